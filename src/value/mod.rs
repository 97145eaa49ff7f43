//! What a value is: the 8-byte word, the objects it refers to, and the rules of the language about them.
//!
//! It relies on the heap (an object stays where it is and as it is until a collection, and collections happen only between two
//! instructions of the interpreter) and promises the layouts of `object.rs` to everybody above.
#![allow(unsafe_code, reason = "object layouts are read and written through raw pointers; each block says why it holds")]

pub mod layout;
mod object;
mod runtime;
mod thrown;
mod word;

pub use layout::{
    Destination, EnumType, FIXED_TYPES, FieldAccess, FunctionType, Member, RecordField, RecordMethod, RecordType, Representation, TypeId,
    TypeInfo, TypeKind, TypeResolver, TypeTable, nearest_name,
};
pub use object::*;
pub use runtime::{Host, Runtime, write_value};
pub use thrown::{ErrorKind, FatalEnd, Thrown};
pub use word::{FIRST_NON_FLOAT, INLINE_INT_MAX, INLINE_INT_MIN, INT_TAG, Value};

impl Runtime {
    /// A string value of this text. (In `string.rs` once it is there.)
    pub fn string_lossy(&mut self, _text: &str) -> Value {
        Value::NIL
    }
}
