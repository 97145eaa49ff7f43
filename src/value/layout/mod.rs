//! Memory in C layout: types, where fields lie, and how values of the language go into memory and come out of it.
//!
//! A type is a number (`type_id.rs`) with a row in the runtime's table (`type_info.rs`, `type_table.rs`). Declarations become
//! types in `link.rs`; where the fields of a record lie is decided in `lay_out.rs`, as GCC would.
//!
//! Two kinds of objects give access to memory. A `Block` holds the memory itself: behind its header stand the bytes of a struct
//! value, of `new c_int`, of `new [16]u8`; its header's type says which of these it is. A `View` looks into memory elsewhere:
//! it has an address, what keeps that memory alive (the *owner*, an object), and the bounds in which it may be used. Only a view
//! into C's own memory has no owner and no bounds.
//!
//! What holds everywhere here:
//!
//! 1. An address goes with a *holder*: the block or view that it was computed from. The holder keeps the memory alive, and its
//!    bounds were checked before an address is read or written.
//! 2. Raw addresses found in memory are never trusted: one inside the managed heap gives a value only if it lies in a live
//!    object, which then is the owner of the view that is made (`pointer.rs`).
//! 3. Words of tagged values (`any`, `list`, `map`, `function`), strings and slices stand only where the type of a managed object
//!    has them, so what is read there was written by `store.rs`. New memory has nil in tagged words.
//! 4. Every write of a pointer into memory passes `check_store`.
//!
//! It does not call scripts: operators, defaults and `str` methods are asked for by the interpreter.

mod annotation;
mod arena;
mod cast;
mod compatible;
mod construct;
mod content;
mod destination;
pub mod element;
mod field;
mod lay_out;
mod layout_error;
mod link;
mod load;
mod memory;
mod number;
mod place;
mod pointer;
mod raw;
mod record;
mod search;
mod search_path;
mod slice;
mod store;
mod type_id;
mod type_info;
mod type_table;

pub use arena::{ArenaAddress, Arenas};
pub use compatible::PointerFit;
pub use destination::Destination;
pub use field::FieldEntry;
pub use lay_out::{FieldShape, RecordShape};
pub use layout_error::LayoutError;
pub use link::{DescribeError, TypeResolver};
pub use memory::{Memory, View};
pub use number::{integer_fits, integer_range, read_bits, saturate_float, wrap_integer, write_bits};
pub(super) use pointer::LastBlock;
pub use raw::RawBytes;
pub use record::{BitRange, EnumType, FieldAccess, Member, RecordField, RecordMethod, RecordType};

pub use crate::nearest::nearest_name;
pub use search::{Refusal, Root};
pub use store::store_number;
pub use type_id::{TypeId, fixed_type_names};
pub use type_info::{FunctionType, Representation, TypeInfo, TypeKind};
pub use type_table::{BindFunction, MAX_TYPE_SIZE, TypeTable};

#[cfg(test)]
mod access_test;
#[cfg(test)]
mod gcc_test;
#[cfg(test)]
mod lay_out_test;
