//! What slices can do: fill, copy, list, sort, find; and of bytes: text, hex.

use super::destination::Destination;
use super::element::SliceParts;
use super::load::read;
use super::memory::{Memory, View};
use super::store::write;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

impl Runtime {
    /// The elements of a value that must be a slice.
    pub fn expect_slice_parts(&mut self, value: Value) -> Result<SliceParts, Thrown> {
        self.check_live(value)?;
        match self.slice_parts(value) {
            Some(parts) => Ok(parts),
            None => {
                let message = format!("expected a slice, not {}", self.type_name_of(value));
                self.fail(ErrorKind::TypeError, message)
            }
        }
    }

    /// Fails for a slice whose end nobody knows.
    pub fn check_has_end(&mut self, parts: &SliceParts) -> Result<(), Thrown> {
        if parts.is_unbounded {
            return self.fail(
                ErrorKind::ValueError,
                "nobody knows where a flexible array in C's memory ends; take a part of it: s[0..n]",
            );
        }
        Ok(())
    }

    /// `.list()`: the elements, to be put into a list. Values of structs and arrays are views, which a collection must see: nothing may
    /// collect before they are in the list.
    pub fn slice_values(&mut self, slice: Value) -> Result<Vec<Value>, Thrown> {
        let parts = self.expect_slice_parts(slice)?;
        self.check_has_end(&parts)?;
        (0..parts.count).map(|i| self.slice_element(slice, i)).collect()
    }

    /// `.fill(v)`.
    pub fn fill_slice(&mut self, slice: Value, value: Value) -> Result<(), Thrown> {
        let parts = self.expect_slice_parts(slice)?;
        self.check_has_end(&parts)?;
        self.check_writable(slice)?;
        if parts.count == 0 {
            return Ok(());
        }
        let (first, size) = (parts.address, parts.size);
        let plain = !matches!(parts.representation, Representation::Record | Representation::Array)
            && self.types.info(parts.element).pointers.is_empty();
        if plain {
            // Once converted and stored, the first element is copied bit by bit.
            self.set_index(slice, Value::inline_int(0), value)?;
            let mut done = 1;
            while done < parts.count {
                let more = done.min(parts.count - done);
                // SAFETY: both ranges lie within the slice, apart, and their elements hold neither references nor pointers.
                unsafe { std::ptr::copy_nonoverlapping(first as *const u8, (first + done * size) as *mut u8, more * size) };
                done += more;
            }
            return Ok(());
        }
        // Pointers are checked for every element before the first is written.
        let sample = self.new_slice_of(parts.element, 1)?;
        self.set_element(sample, 0, value)?;
        let from = self.expect_slice_parts(sample)?.address;
        for i in 0..parts.count {
            // SAFETY: the sample is one element.
            unsafe { self.check_elements(slice, first + i * size, from, parts.element, 1)? };
        }
        for i in 0..parts.count {
            // SAFETY: the sample is one element, and this is one of the slice, which may be written to.
            unsafe { std::ptr::copy_nonoverlapping(from as *const u8, (first + i * size) as *mut u8, size) };
        }
        self.heap.note_rewritten(first);
        Ok(())
    }

    /// `.copy_from(src)`: elements of a slice of the same type and length (or shorter) into the beginning; of another slice type
    /// whose elements convert, one by one. All of it is checked before the first is written where types agree.
    pub fn copy_slice_from(&mut self, slice: Value, source: Value) -> Result<(), Thrown> {
        let parts = self.expect_slice_parts(slice)?;
        let from = self.expect_slice_parts(source)?;
        self.check_has_end(&from)?;
        self.check_writable(slice)?;
        if from.count > parts.count {
            let message = format!("{} elements do not fit into {}", from.count, parts.count);
            return self.fail(ErrorKind::ValueError, message);
        }
        if self.types.are_one_behind_pointer(parts.element, from.element) {
            // SAFETY: the slice has at least as many elements as the source.
            return unsafe { self.copy_elements(slice, parts.address, from.address, parts.element, from.count) };
        }
        let (to, of) = (self.type_of(slice), self.type_of(source));
        let message = format!("{} takes the elements of a {0}, not of a {}", self.types.name(to), self.types.name(of));
        self.fail(ErrorKind::TypeError, message)
    }

    /// `.copy_from(text)`: the bytes of a string into a slice of one-byte elements; where these are `c_char`, a NUL behind them, without
    /// which it would be no text for C.
    pub fn copy_text_into(&mut self, slice: Value, text: Value) -> Result<(), Thrown> {
        let parts = self.expect_slice_parts(slice)?;
        self.check_writable(slice)?;
        let bytes = text.as_str().as_bytes();
        let is_text = parts.element == TypeId::C_CHAR;
        let needed = bytes.len() + is_text as usize;
        if self.types.info(parts.element).integer().is_none_or(|(bits, _)| bits != 8) {
            let message = format!("{} takes no string: its elements are no bytes", self.type_name_of(slice));
            return self.fail(ErrorKind::TypeError, message);
        }
        if is_text && text.has_nul() {
            return self.fail(ErrorKind::ValueError, "the string has a NUL inside, where C would end it; give bytes: b\"…\"");
        }
        if needed > parts.count {
            let what = if is_text { " and the NUL behind it" } else { "" };
            let message = format!("a text of {} bytes{what} does not fit into {}", bytes.len(), parts.count);
            return self.fail(ErrorKind::ValueError, message);
        }
        // SAFETY: the slice may be written to and has room for so many bytes, and strings do not move meanwhile.
        unsafe {
            std::ptr::copy(bytes.as_ptr(), parts.address as *mut u8, bytes.len());
            if is_text {
                write(parts.address + bytes.len(), 0u8);
            }
        }
        Ok(())
    }

    /// `.sort()` of numbers, bools and pointers (by address); NaN last. `None` for elements of other types, which are sorted by
    /// comparing values.
    pub fn sort_slice(&mut self, slice: Value) -> Option<Result<(), Thrown>> {
        let parts = match self.expect_slice_parts(slice) {
            Ok(parts) => parts,
            Err(thrown) => return Some(Err(thrown)),
        };
        if let Err(thrown) = self.check_has_end(&parts).and_then(|()| self.check_writable(slice)) {
            return Some(Err(thrown));
        }
        match parts.representation {
            Representation::I8 | Representation::Char => sort_by(&parts, i8::cmp),
            Representation::I16 => sort_by(&parts, i16::cmp),
            Representation::I32 => sort_by(&parts, i32::cmp),
            // The language's value of an unsigned 64-bit element is the int with its bits; `<` on it is that of ints.
            Representation::I64 | Representation::U64 => return Some(self.sort_words(slice, &parts, i64::cmp)),
            Representation::U8 | Representation::Bool => sort_by(&parts, u8::cmp),
            Representation::U16 => sort_by(&parts, u16::cmp),
            Representation::U32 => sort_by(&parts, u32::cmp),
            Representation::F32 => sort_by(&parts, |a: &f32, b| order_floats(*a as f64, *b as f64)),
            Representation::F64 => {
                let order = |a: &i64, b: &i64| order_floats(f64::from_bits(*a as u64), f64::from_bits(*b as u64));
                return Some(self.sort_words(slice, &parts, order));
            }
            Representation::Pointer => {
                return Some(self.sort_words(slice, &parts, |a: &i64, b: &i64| (*a as u64).cmp(&(*b as u64))));
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    /// Sorts elements of 8 bytes. Where pointers stand in the memory, each word is checked at its new place before the first is written:
    /// a cast may show numbers and pointers side by side as elements of one type.
    fn sort_words(
        &mut self,
        slice: Value,
        parts: &SliceParts,
        order: impl FnMut(&i64, &i64) -> std::cmp::Ordering,
    ) -> Result<(), Thrown> {
        let place = |i: usize| parts.address + i * parts.size;
        // SAFETY: the slice has `count` words.
        let mut words: Vec<i64> = (0..parts.count).map(|i| unsafe { read(place(i)) }).collect();
        words.sort_by(order);
        let mut has_pointers = parts.representation == Representation::Pointer;
        self.for_each_pointer(parts.address, parts.count * parts.size, &mut |_, _| {
            has_pointers = true;
            Ok(())
        })?;
        if has_pointers {
            for (i, &word) in words.iter().enumerate() {
                self.check_store(slice, place(i), word as usize)?;
            }
        }
        for (i, word) in words.into_iter().enumerate() {
            // SAFETY: as above, and the caller may write.
            unsafe { write(place(i), word) };
        }
        Ok(())
    }

    /// The bytes of a slice of one-byte integers, copied; `None` for any other value.
    pub fn slice_bytes(&mut self, value: Value) -> Result<Option<Vec<u8>>, Thrown> {
        let is_bytes = |runtime: &Runtime, parts: &SliceParts| {
            parts.size == 1 && !parts.is_unbounded && runtime.types.info(parts.element).integer().is_some()
        };
        let Some(parts) = self.slice_parts(value).filter(|parts| is_bytes(self, parts)) else { return Ok(None) };
        self.check_live(value)?;
        // SAFETY: the slice has `count` elements of one byte.
        Ok(Some(unsafe { std::slice::from_raw_parts(parts.address as *const u8, parts.count) }.to_vec()))
    }

    /// `.text()` of a `[]u8`: UTF-8, else a `ValueError`; lossy with replacement characters.
    pub fn slice_text(&mut self, slice: Value, is_lossy: bool) -> Result<Value, Thrown> {
        let bytes = self.expect_bytes(slice, "text")?;
        match String::from_utf8(bytes) {
            Ok(text) => self.string(&text),
            Err(error) if is_lossy => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                self.string(&text)
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.fail(ErrorKind::ValueError, format!("not UTF-8 at byte {at}; .text(lossy: true) replaces what is not"))
            }
        }
    }

    /// `.hex()` of a `[]u8`.
    pub fn slice_hex(&mut self, slice: Value) -> Result<Value, Thrown> {
        let bytes = self.expect_bytes(slice, "hex")?;
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
            }
        }
        self.string(&text)
    }

    fn expect_bytes(&mut self, slice: Value, method: &str) -> Result<Vec<u8>, Thrown> {
        match self.slice_bytes(slice)? {
            Some(bytes) => Ok(bytes),
            None => {
                let message = format!("{method} is a method of []u8, not of {}", self.type_name_of(slice));
                self.fail(ErrorKind::TypeError, message)
            }
        }
    }

    /// `ffi.view(p, n)`: a slice of the `count` elements that a pointer points to.
    pub fn view_pointer(&mut self, pointer: Value, count: Value) -> Result<Value, Thrown> {
        let Some(memory) = Memory::of(pointer).filter(|_| self.is_pointer(pointer)) else {
            let message = format!("a view is made of a pointer, not of {}", self.type_name_of(pointer));
            return self.fail(ErrorKind::TypeError, message);
        };
        let count = match count.to_int() {
            Some(count) if count >= 0 => count as usize,
            _ => return self.fail(ErrorKind::ValueError, "the length of a view is an int, at least 0"),
        };
        if let Err(message) = self.types.check_target(memory.type_id) {
            return self.fail(ErrorKind::TypeError, message);
        }
        let info = self.types.info(memory.type_id);
        let (target, size) = (info.target, info.target_size as usize);
        let fits =
            count.checked_mul(size).is_some_and(|bytes| bytes <= isize::MAX as usize && memory.allows(memory.address, bytes));
        if !fits {
            self.check_live(pointer)?;
            let name = self.types.name(memory.type_id);
            let message = format!("a view of {count} elements would leave the object that the {name} points into");
            return self.fail(ErrorKind::IndexError, message);
        }
        let flags = self.memory_in_place(pointer, memory.address, memory.type_id).flags;
        let type_id = self.types.slice(target);
        Ok(self.new_view(View { memory: Memory { type_id, flags, ..memory }, count }))
    }

    /// Stores a value at an index of a slice, as `new [n]T(…)` and the like do.
    pub fn set_element(&mut self, slice: Value, index: usize, value: Value) -> Result<(), Thrown> {
        let parts = self.expect_slice_parts(slice)?;
        if index >= parts.count {
            return self.fail(ErrorKind::IndexError, format!("index {index} is outside of {} elements", parts.count));
        }
        self.check_writable(slice)?;
        let destination = Destination::Element(self.type_of(slice));
        // SAFETY: the index lies within the slice, which may be written to.
        unsafe { self.store(slice, parts.address + index * parts.size, parts.representation, parts.element, value, destination) }
    }

    /// Whether a type is a slice of one-byte integers.
    pub fn is_bytes_type(&self, type_id: TypeId) -> bool {
        match self.types.info(type_id).kind {
            TypeKind::Slice { element } => self.types.info(element).integer().is_some_and(|(bits, _)| bits == 8),
            _ => false,
        }
    }
}

/// Sorts elements that are plain numbers, whatever their alignment.
fn sort_by<T: Copy>(parts: &SliceParts, order: impl FnMut(&T, &T) -> std::cmp::Ordering) {
    let place = |i: usize| parts.address + i * size_of::<T>();
    // SAFETY: the slice has `count` elements of this size, for which any bits are a value.
    let mut elements: Vec<T> = (0..parts.count).map(|i| unsafe { read::<T>(place(i)) }).collect();
    elements.sort_by(order);
    for (i, element) in elements.into_iter().enumerate() {
        // SAFETY: as above, and the caller may write.
        unsafe { write(place(i), element) };
    }
}

/// The order of floats for sorting: numbers, then NaN.
fn order_floats(a: f64, b: f64) -> std::cmp::Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
