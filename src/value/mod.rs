//! What a value is: the 8-byte word, the objects it refers to, and the rules of the language about them.
//!
//! It relies on the heap (an object stays where it is and as it is until a collection, and collections happen only between two
//! instructions of the interpreter) and promises the layouts of `object.rs` to everybody above.
//!
//! In reading order: `word.rs` draws the word, `object.rs` the objects, `runtime.rs` what all operations share. Each kind of data has
//! a file that makes, reads and changes it: `string`, `list` (with `sort`), `map`, `range`, `error`, `weak`, `external` and `parts`
//! (values of the library's own); numbers have `number` (their rules) and `arithmetic` (the operators, for all kinds). What the
//! language asks of every value has a file each: `equality`, `hash`, `display`, `format`; where a struct's method decides, they ask it
//! by `overload`. Two kinds serve calls of C: `callback` and `owned`. Types and memory in C layout are `layout/`.
//!
//! What holds everywhere here:
//!
//! 1. Operations that take a [`Runtime`] never run a script and never collect: whatever they hold stays where it is. Those that take
//!    a [`Host`] may do both. They keep what they hold in [`Runtime::held`] and look at collections anew at each step, since a
//!    method of a struct may change them; what the caller holds, the caller roots.
//! 2. `ListRef`, `MapRef` and `ErrorRef` are references whose kind was tested once. Like every reference they keep nothing alive.
//! 3. Texts and runs of elements are lent without a lifetime: they are valid until the next safepoint, and runs of elements until
//!    the list changes.
//! 4. Recursion over data asks [`Host::check_stack`] at each level.
#![allow(unsafe_code, reason = "object layouts are read and written through raw pointers; each block says why it holds")]

mod arithmetic;
mod callback;
mod display;
mod equality;
mod error;
mod external;
mod foreign_store;
mod format;
mod hash;
pub mod layout;
mod list;
mod map;
mod number;
mod object;
mod overload;
mod owned;
mod parts;
mod pin_policy;
mod pinner;
mod range;
mod runtime;
mod sort;
mod string;
#[cfg(test)]
pub(crate) mod testing;
mod thrown;
mod weak;
mod word;

pub use arithmetic::{
    Arithmetic, Comparison, OrderOperator, arithmetic, compare, compare_with, complement, float_arithmetic, int_arithmetic,
    integer_overflow, negate, operand_error, order_error,
};
pub use display::{
    IntBuffer, int_string, to_repr, to_string, write_float, write_int, write_repr, write_str, write_string_literal,
};
pub use equality::{MemoryIdentity, MemoryKind, equal, memory_identity, same, simple_equal};
pub use error::{AS_WRITTEN, ErrorRef};
pub use foreign_store::{ForeignStores, Locate, StaleStore};
pub use format::format_value;
pub use hash::{hash, string_hash};
pub use layout::{
    ArenaAddress, Arenas, DescribeError, Destination, EnumType, FieldAccess, FunctionType, LayoutError, Member, Memory,
    RecordField, RecordMethod, RecordType, Refusal, Representation, Root, TypeId, TypeInfo, TypeKind, TypeResolver, TypeTable,
    View, fixed_type_names, nearest_name, store_number,
};
pub use list::ListRef;
pub use map::{Lookup, MapRef};
pub use number::{
    NotANumber, Number, compare_numbers, float_to_exact_int, float_to_int, floor_divide_floats, floor_divide_ints,
    floor_remainder_floats, floor_remainder_ints, parse_float, parse_int, power_ints,
};
pub use object::*;
pub use overload::{call_overload, find_overload};
pub use pin_policy::{PinChecks, PinLeaks, PinPolicy};
pub use pinner::{PinEntry, PinTarget, Pinners};
pub use range::{RangeParts, check_index, check_slice_bounds};
pub use runtime::{Host, Runtime, write_value};
pub use sort::{Less, less_than, sort, sort_by};
pub use string::{STRING_IS_CONSTANT, STRING_LIMIT, compare_strings, find, find_last, strings_equal};
pub use thrown::{ErrorKind, FatalEnd, Thrown};
pub use word::{FIRST_NON_FLOAT, INLINE_INT_MAX, INLINE_INT_MIN, INT_TAG, Value};
