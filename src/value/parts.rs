//! Values of the library that are made of other values and nothing else, such as a match of a pattern: a fixed run of values, and the
//! type says what each place means.

use super::layout::TypeId;
use super::object::Kind;
use super::runtime::Runtime;
use super::thrown::Thrown;
use super::word::Value;
use crate::heap::{HEADER_SIZE, Header};

impl Runtime {
    /// A new value of this type, one of the library's own, made of these parts.
    pub fn new_parts(&mut self, type_id: TypeId, parts: &[Value]) -> Result<Value, Thrown> {
        let items = self.new_values(parts.len())?;
        let header = (items as usize - HEADER_SIZE) as *mut Header;
        // SAFETY: `new_values` gave a new object with room for as many values behind its header.
        unsafe {
            (*header).type_id = type_id.0;
            items.copy_from_nonoverlapping(parts.as_ptr(), parts.len());
        }
        Ok(Value::of_object(header))
    }
}

impl Value {
    /// The parts that a value of this type is made of; `None` for any other value. They never change, and live as long as it.
    pub fn parts(self, type_id: TypeId) -> Option<&'static [Value]> {
        if !self.is_kind(Kind::Values) || self.header().type_id != type_id.0 {
            return None;
        }
        let count = self.header().meta as usize / size_of::<Value>();
        // SAFETY: the payload of this kind holds values, and `meta` is its length in bytes. That the reference is not kept beyond a
        // collection is the caller's duty, as for all objects.
        Some(unsafe { std::slice::from_raw_parts(self.address().payload() as *const Value, count) })
    }
}
