//! Comparing what memory holds: slices are equal by content.

use super::element::SliceParts;
use super::memory::Memory;
use super::type_info::Representation;
use crate::value::runtime::Runtime;
use crate::value::word::Value;

impl Runtime {
    /// Whether the contents of two slices can be compared as bytes, and then whether they are equal: same element type, and no
    /// floats, bools or references in it. `None`: compare the elements as values.
    pub fn slices_equal_as_bytes(&self, left: Value, right: Value) -> Option<bool> {
        let (a, b) = (self.slice_parts(left)?, self.slice_parts(right)?);
        if a.count != b.count {
            return Some(false);
        }
        if a.address == b.address && a.element == b.element && !self.may_differ_from_itself(&a) {
            return Some(true);
        }
        if a.element != b.element || self.types.info(a.element).integer().is_none() {
            return None;
        }
        let bytes = a.count * a.size;
        // SAFETY: both slices have this many bytes.
        Some(unsafe {
            std::slice::from_raw_parts(a.address as *const u8, bytes) == std::slice::from_raw_parts(b.address as *const u8, bytes)
        })
    }

    /// NaN is unequal to itself.
    fn may_differ_from_itself(&self, parts: &SliceParts) -> bool {
        self.types.info(parts.element).integer().is_none()
    }

    /// Whether two values are the same memory: struct values at one address, slices of the same memory, length and type, pointers of
    /// one address. `None` where either is no block or view.
    pub fn same_memory(&self, left: Value, right: Value) -> Option<bool> {
        let (a, b) = (Memory::of(left)?, Memory::of(right)?);
        let counts = match self.types.info(a.type_id).representation {
            Representation::Slice => (self.slice_parts(left).map(|s| s.count), self.slice_parts(right).map(|s| s.count)),
            _ => (None, None),
        };
        Some(a.type_id == b.type_id && a.address == b.address && counts.0 == counts.1)
    }

    /// The number that a pointer or struct value is hashed by; equal for equal ones.
    pub fn memory_hash_key(&self, value: Value) -> Option<u64> {
        let memory = Memory::of(value)?;
        match self.types.info(memory.type_id).representation {
            Representation::Slice => None,
            _ => Some(memory.address as u64),
        }
    }

    /// Whether two slices have elements of one type, so that their contents may be equal at all.
    pub fn have_comparable_elements(&self, left: Value, right: Value) -> bool {
        match (self.slice_parts(left), self.slice_parts(right)) {
            (Some(a), Some(b)) => {
                self.types.are_one_behind_pointer(a.element, b.element)
                    || (self.is_number(&a) && self.is_number(&b))
            }
            _ => false,
        }
    }

    fn is_number(&self, parts: &SliceParts) -> bool {
        let info = self.types.info(parts.element);
        info.integer().is_some() || matches!(parts.representation, Representation::F32 | Representation::F64)
    }
}
