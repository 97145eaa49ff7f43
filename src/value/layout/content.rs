//! What comparing and showing values asks of memory: elements and fields one by one, and contents that compare as bytes.

use super::memory::Memory;
use super::record::RecordField;
use super::type_id::TypeId;
use super::type_info::Representation;
use crate::value::runtime::Runtime;
use crate::value::thrown::Thrown;
use crate::value::word::Value;

impl Runtime {
    /// The number of elements of a slice; 0 for any other value, and for a slice whose end nobody knows.
    #[inline]
    pub fn slice_length(&self, value: Value) -> usize {
        self.slice_parts(value).filter(|parts| !parts.is_unbounded).map_or(0, |parts| parts.count)
    }

    /// The element at an index of a slice.
    pub fn slice_element(&mut self, slice: Value, index: usize) -> Result<Value, Thrown> {
        self.get_index(slice, Value::inline_int(index as i64))
    }

    /// Whether the contents of two slices are equal, where bytes can tell; `None`: the elements are to be compared as values.
    pub fn slices_equal(&mut self, left: Value, right: Value) -> Result<Option<bool>, Thrown> {
        let (a, b) = (self.expect_slice_parts(left)?, self.expect_slice_parts(right)?);
        self.check_has_end(&a)?;
        self.check_has_end(&b)?;
        if a.count != b.count {
            return Ok(Some(false));
        }
        let is_bytes = |representation| representation == Representation::Bool || self.types.info(a.element).integer().is_some();
        if a.representation != b.representation || !is_bytes(a.representation) {
            return Ok(None);
        }
        let bytes = a.count * a.size;
        // SAFETY: both slices have this many bytes.
        Ok(Some(unsafe {
            std::slice::from_raw_parts(a.address as *const u8, bytes) == std::slice::from_raw_parts(b.address as *const u8, bytes)
        }))
    }

    /// The value of an own field of a struct value.
    pub fn read_record_field(&mut self, value: Value, field: &RecordField) -> Result<Value, Thrown> {
        let access = field.access();
        let address = self.field_address(value, &access)?;
        // SAFETY: `field_address` gives fields within the bounds of the value only.
        unsafe { self.load_field(value, address, &access) }
    }

    /// The embedded part at an offset of a struct value or of what a pointer points to: what `self` is for a method of the part.
    pub fn part_of_record(&mut self, value: Value, offset: u64, part: TypeId) -> Value {
        let address = Memory::of(value).map_or(0, |memory| memory.address) + offset as usize;
        self.record_in_place(value, address, part)
    }
}
