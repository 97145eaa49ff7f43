//! Memory as bytes: what the module `ffi` does with pointers of any type.

use super::memory::Memory;
use super::type_id::TypeId;
use super::type_info::TypeKind;
use crate::value::object::Kind;
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// Bytes that a pointer, slice, struct value or string gives access to.
#[derive(Clone, Copy, Debug)]
pub struct RawBytes {
    pub address: usize,
    /// How many there are; `None` where nobody knows: C's memory.
    pub length: Option<usize>,
}

impl Runtime {
    /// The bytes behind a pointer, slice, struct value or string; `None` for any other value.
    pub fn raw_bytes(&self, value: Value) -> Option<RawBytes> {
        if value.is_string() {
            return Some(RawBytes { address: value.as_str().as_ptr() as usize, length: Some(value.string_length()) });
        }
        let memory = Memory::of(value)?;
        let length = match self.slice_parts(value) {
            Some(parts) if parts.is_unbounded => None,
            Some(parts) => Some(parts.count * parts.size),
            None if memory.is_unchecked() => None,
            None => Some(memory.high.saturating_sub(memory.address.max(memory.low))),
        };
        Some(RawBytes { address: memory.address, length })
    }

    /// The bytes behind a value that must be a pointer, slice, struct value or string, at least `count` of them.
    pub fn expect_raw_bytes(&mut self, value: Value, count: usize, function: &str) -> Result<usize, Thrown> {
        self.check_live(value)?;
        match self.raw_bytes(value) {
            Some(bytes) if bytes.length.is_none_or(|length| count <= length) => Ok(bytes.address),
            Some(bytes) => {
                let length = bytes.length.unwrap_or(0);
                self.fail(ErrorKind::IndexError, format!("{function}: {count} bytes are asked for, and {length} are there"))
            }
            None => {
                let message = format!("{function} takes a pointer, not {}", self.type_name_of(value));
                self.fail(ErrorKind::TypeError, message)
            }
        }
    }

    /// A copy of `count` bytes, or of those before the first NUL.
    pub fn read_raw(&mut self, value: Value, count: Option<usize>, function: &str) -> Result<Vec<u8>, Thrown> {
        let address = self.expect_raw_bytes(value, count.unwrap_or(0), function)?;
        let count = match (count, self.raw_bytes(value).and_then(|bytes| bytes.length)) {
            (Some(count), _) => count,
            (None, Some(length)) => {
                // SAFETY: so many bytes are there.
                let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, length) };
                match bytes.iter().position(|&byte| byte == 0) {
                    Some(end) => end,
                    None => {
                        return self
                            .fail(ErrorKind::IndexError, format!("{function}: no NUL ends the {length} bytes that are there"));
                    }
                }
            }
            // SAFETY: C says that a string ends with a NUL; its memory cannot be checked.
            (None, None) => unsafe { std::ffi::CStr::from_ptr(address as *const std::ffi::c_char) }.count_bytes(),
        };
        self.check_raw_range(value, address, count, function)?;
        // SAFETY: the bytes are there, or C says so.
        Ok(unsafe { std::slice::from_raw_parts(address as *const u8, count) }.to_vec())
    }

    /// A copy of the first `count` bytes behind a pointer, slice, struct value or string as they are, also where managed values
    /// stand: for people to look at.
    pub fn peek_raw(&mut self, value: Value, count: usize, function: &str) -> Result<Vec<u8>, Thrown> {
        let address = self.expect_raw_bytes(value, count, function)?;
        // SAFETY: so many bytes are there, or C says so.
        Ok(unsafe { std::slice::from_raw_parts(address as *const u8, count) }.to_vec())
    }

    /// Copies bytes from memory to memory, which may overlap.
    pub fn copy_raw(&mut self, to: Value, from: Value, count: usize) -> Result<(), Thrown> {
        let source = self.expect_raw_bytes(from, count, "ffi.copy")?;
        let target = self.expect_raw_bytes(to, count, "ffi.copy")?;
        self.check_raw_range(from, source, count, "ffi.copy")?;
        self.check_raw_range(to, target, count, "ffi.copy")?;
        self.check_raw_writable(to, "ffi.copy")?;
        self.check_bytes(target, source, count)?;
        // SAFETY: both have so many bytes.
        unsafe { std::ptr::copy(source as *const u8, target as *mut u8, count) };
        Ok(())
    }

    /// Sets bytes.
    pub fn fill_raw(&mut self, to: Value, byte: u8, count: usize) -> Result<(), Thrown> {
        let target = self.expect_raw_bytes(to, count, "ffi.fill")?;
        self.check_raw_range(to, target, count, "ffi.fill")?;
        self.check_raw_writable(to, "ffi.fill")?;
        // SAFETY: so many bytes are there.
        unsafe { std::ptr::write_bytes(target as *mut u8, byte, count) };
        Ok(())
    }

    fn check_raw_writable(&mut self, to: Value, function: &str) -> Result<(), Thrown> {
        if to.is_string() {
            return self.fail(ErrorKind::TypeError, format!("{function}: the memory of a string cannot be written to"));
        }
        self.check_writable(to)
    }

    /// Managed kinds are no bytes: a range is read or written as bytes if none of it belongs to one, whatever stands around it.
    fn check_raw_range(&mut self, value: Value, address: usize, count: usize, function: &str) -> Result<(), Thrown> {
        let Some(memory) = Memory::of(value).filter(|memory| memory.owner.is_kind(Kind::Block)) else { return Ok(()) };
        let (start, content, _) = self.block_content(memory.owner.header(), memory.owner.address().payload() as usize);
        let (low, high) = (address.saturating_sub(start) as u64, (address + count).saturating_sub(start) as u64);
        if self.managed_kind_among(content, low, high) {
            let message = format!("{function}: the memory holds managed values ({})", self.types.name(content));
            return self.fail(ErrorKind::TypeError, message);
        }
        Ok(())
    }

    /// Whether the bytes from `low` to before `high` of a row of elements touch a managed kind.
    fn managed_kind_among(&self, element: TypeId, low: u64, high: u64) -> bool {
        let info = self.types.info(element);
        if !info.holds_managed || info.size == 0 || low >= high {
            return false;
        }
        // An element that is covered whole has one, so the search ends soon.
        (low / info.size..high.div_ceil(info.size)).any(|index| {
            let begin = index * info.size;
            self.managed_kind_in(element, low.saturating_sub(begin), (high - begin).min(info.size))
        })
    }

    fn managed_kind_in(&self, id: TypeId, low: u64, high: u64) -> bool {
        let info = self.types.info(id);
        if !info.holds_managed || low >= high {
            return false;
        }
        match &info.kind {
            TypeKind::Record(record) => record.fields.iter().any(|field| {
                let end = high.saturating_sub(field.offset).min(field.size);
                self.managed_kind_in(field.type_id, low.saturating_sub(field.offset), end)
            }),
            TypeKind::Array { element, .. } => self.managed_kind_among(*element, low, high),
            _ => true,
        }
    }

    /// Calls `visit` for each pointer that, as the object's type says, stands in or reaches into bytes at an address of managed memory;
    /// with its offset from the address.
    pub(super) fn for_each_pointer(
        &mut self,
        address: usize,
        count: usize,
        visit: &mut dyn FnMut(&mut Runtime, isize) -> Result<(), Thrown>,
    ) -> Result<(), Thrown> {
        if !self.heap.is_managed(address) {
            return Ok(());
        }
        let Some(found) = self.heap.find_object(address).filter(|found| found.kind == Kind::Block as u8 && !found.noscan) else {
            return Ok(());
        };
        let (start, content, _) = self.block_content(Value::reference(found.address).header(), found.payload_start);
        let info = self.types.info(content);
        let (size, pointers) = (info.size as usize, info.pointers.clone());
        if size == 0 || address + count <= start {
            return Ok(());
        }
        let mut element = start + address.saturating_sub(start) / size * size;
        while element < address + count {
            for &offset in pointers.iter() {
                let word = element + offset as usize;
                if word < address + count && word + 8 > address {
                    visit(self, word as isize - address as isize)?;
                }
            }
            element += size;
        }
        Ok(())
    }

    /// The address that a value has for C: of a pointer, slice, struct value or string; 0 for nil.
    pub fn foreign_address(&mut self, value: Value) -> Result<Option<usize>, Thrown> {
        if value.is_nil() {
            return Ok(Some(0));
        }
        if value.is_kind(Kind::CFunction) {
            let function_type = super::cast::c_function_type(value);
            return self.expect_function(value, function_type, super::Destination::New(TypeId::FUNCTION)).map(Some);
        }
        if value.is_kind(Kind::Callback) {
            return self.expect_code(value).map(Some);
        }
        self.check_live(value)?;
        Ok(self.raw_bytes(value).map(|bytes| bytes.address))
    }
}
