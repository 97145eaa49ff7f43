//! Strings: immutable UTF-8 with a NUL behind it, so that C reads it without a copy.
//!
//! ```text
//!   ┌──────── header ────────┬──────────────────────┬────┐
//!   │  …  meta: hash ‖ length │ bytes, UTF-8          │ 0  │
//!   └────────────────────────┴──────────────────────┴────┘
//!                               ▲ what C is given
//! ```
//!
//! The empty string and those of one byte are made once. A string's hash is computed when it is first asked for and kept.

use super::hash::string_hash;
use super::layout::TypeId;
use super::object::*;
use super::range::check_slice_bounds;
use super::runtime::Runtime;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::{HEADER_SIZE, MAX_SMALL_PAYLOAD, Shape};
use std::cmp::Ordering;

/// The longest string, in bytes.
pub const STRING_LIMIT: usize = u32::MAX as usize;

/// A flag of a string's header: it is a literal, which lives as long as the program and needs no pin.
pub const STRING_IS_CONSTANT: u16 = 1;
/// A flag of a string's header: it was looked through, and there is no NUL among its bytes.
const STRING_HAS_NO_NUL: u16 = 2;

// ------------------------------------------------------------ reading

impl Value {
    #[inline(always)]
    pub fn is_string(self) -> bool {
        self.is_kind(Kind::String)
    }

    /// The length of a string in bytes; only for a string.
    #[inline(always)]
    pub fn string_length(self) -> usize {
        debug_assert!(self.is_string());
        self.header().meta as u32 as usize
    }

    /// The text of a string; only for a string. Valid as long as the string lives: until the next safepoint, if nothing keeps it.
    #[inline(always)]
    pub fn as_str(self) -> &'static str {
        debug_assert!(self.is_string());
        // SAFETY: strings are made in this file only, of UTF-8 of the length that `meta` says; they never change. That the reference
        // is not kept beyond a collection is the caller's duty, as for all objects (head of this module).
        unsafe {
            let bytes = std::slice::from_raw_parts(self.address().payload(), self.header().meta as u32 as usize);
            std::str::from_utf8_unchecked(bytes)
        }
    }

    /// The text, if this is a string; valid as for [`Value::as_str`].
    #[inline(always)]
    pub fn to_str(self) -> Option<&'static str> {
        if self.is_string() { Some(self.as_str()) } else { None }
    }

    /// Whether this is a string that needs no pin (see [`STRING_IS_CONSTANT`]).
    pub fn is_constant_string(self) -> bool {
        self.is_string() && self.header().flags & STRING_IS_CONSTANT != 0
    }
}

impl Value {
    /// Whether [`Value::has_nul`] said no before; only for a string.
    #[inline(always)]
    pub fn is_known_without_nul(self) -> bool {
        debug_assert!(self.is_string());
        self.header().flags & STRING_HAS_NO_NUL != 0
    }

    /// Whether there is a NUL among the bytes of a string, which is looked for once; only for a string.
    pub fn has_nul(self) -> bool {
        if self.is_known_without_nul() {
            return false;
        }
        let has = memchr::memchr(0, self.as_str().as_bytes()).is_some();
        if !has {
            // SAFETY: the string lives, and flags are the owner's.
            unsafe { (*self.address().header_pointer()).flags |= STRING_HAS_NO_NUL };
        }
        has
    }
}

/// Whether two strings have the same bytes; both are strings.
#[inline]
pub fn strings_equal(a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    let (first, second) = (a.header().meta, b.header().meta);
    if first as u32 != second as u32 {
        return false;
    }
    // Hashes that are both known and differ settle it.
    if (first ^ second) >> 32 != 0 && first >> 32 != 0 && second >> 32 != 0 {
        return false;
    }
    a.as_str().as_bytes() == b.as_str().as_bytes()
}

/// The order of two strings by their bytes; both are strings.
#[inline]
pub fn compare_strings(a: Value, b: Value) -> Ordering {
    a.as_str().as_bytes().cmp(b.as_str().as_bytes())
}

/// The byte offset of the first occurrence of `piece` in `text`.
#[inline]
pub fn find(text: &str, piece: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), piece.as_bytes())
}

/// The byte offset of the last occurrence of `piece` in `text`.
#[inline]
pub fn find_last(text: &str, piece: &str) -> Option<usize> {
    memchr::memmem::rfind(text.as_bytes(), piece.as_bytes())
}

// ------------------------------------------------------------ making

impl Runtime {
    /// A string object of this length whose bytes are still zero. `MemoryError` if it would be too long or memory is short.
    #[inline]
    fn allocate_string(&mut self, length: usize) -> Result<*mut StringObject, Thrown> {
        let header = Kind::String.header(Shape::Leaf, TypeId::STRING, length as u64);
        if length < MAX_SMALL_PAYLOAD {
            return Ok(self.heap.allocate(length + 1, header).get() as *mut StringObject);
        }
        if length > STRING_LIMIT {
            return self.string_too_long(length);
        }
        match self.heap.try_allocate(length + 1, header) {
            Ok(address) => Ok(address.get() as *mut StringObject),
            Err(refused) => Err(self.memory_error(refused)),
        }
    }

    /// Whether text that is being made outside of the heap may have so many bytes: `MemoryError` if no string of them could be made.
    #[inline]
    pub fn check_text_length(&mut self, length: usize) -> Result<(), Thrown> {
        if length > STRING_LIMIT {
            return self.string_too_long(length);
        }
        if length > self.heap.config().max_heap { Err(self.out_of_memory(length)) } else { Ok(()) }
    }

    #[cold]
    fn string_too_long<T>(&mut self, length: usize) -> Result<T, Thrown> {
        self.fail(
            ErrorKind::MemoryError,
            format!("a string of {length} bytes is too long: {STRING_LIMIT} bytes at most; keep the pieces in a list or a file"),
        )
    }

    /// A string of the joined parts, copied once.
    #[inline]
    fn string_of_two(&mut self, first: &str, second: &str) -> Result<Value, Thrown> {
        let object = self.allocate_string(first.len() + second.len())?;
        // SAFETY: the object has room for both texts and a NUL, which is there already.
        unsafe {
            let bytes = (object as *mut u8).add(HEADER_SIZE);
            bytes.copy_from_nonoverlapping(first.as_ptr(), first.len());
            bytes.add(first.len()).copy_from_nonoverlapping(second.as_ptr(), second.len());
        }
        Ok(Value::of_object(object))
    }

    /// A string value of this text.
    #[inline]
    pub fn string(&mut self, text: &str) -> Result<Value, Thrown> {
        match *text.as_bytes() {
            [] => Ok(self.empty_string),
            [byte] => Ok(self.single_bytes[byte as usize]),
            _ => self.string_of_two(text, ""),
        }
    }

    /// A string value of this text, cut to what fits where memory does not suffice: for messages and names.
    pub fn string_lossy(&mut self, text: &str) -> Value {
        let mut end = text.len();
        if end >= MAX_SMALL_PAYLOAD {
            let header = Kind::String.header(Shape::Leaf, TypeId::STRING, end as u64);
            if end <= STRING_LIMIT
                && let Ok(address) = self.heap.try_allocate(end + 1, header)
            {
                // SAFETY: the payload has room for the text and a NUL.
                unsafe { address.payload().copy_from_nonoverlapping(text.as_ptr(), end) };
                return Value::reference(address);
            }
            end = text.floor_char_boundary(MAX_SMALL_PAYLOAD - 1);
        }
        match self.string(&text[..end]) {
            Ok(value) => value,
            Err(_) => unreachable!("small strings are never refused"),
        }
    }

    /// A string of its own for a literal, which needs no pin. The caller keeps it alive as long as the program runs.
    pub fn constant_string(&mut self, text: &str) -> Result<Value, Thrown> {
        let object = self.allocate_string(text.len())?;
        // SAFETY: the object has room for the text and a NUL, which is there already.
        unsafe {
            (object as *mut u8).add(HEADER_SIZE).copy_from_nonoverlapping(text.as_ptr(), text.len());
            (*object).header.flags |= STRING_IS_CONSTANT;
        }
        Ok(Value::of_object(object))
    }

    /// The string of one character.
    #[inline]
    pub fn char_string(&mut self, character: char) -> Value {
        if character.is_ascii() {
            self.single_bytes[character as usize]
        } else {
            self.string_lossy(character.encode_utf8(&mut [0; 4]))
        }
    }

    /// A string of the joined parts, copied once.
    pub fn string_from_parts(&mut self, parts: &[&str]) -> Result<Value, Thrown> {
        self.joined(parts.len(), |i| parts[i])
    }

    /// A string of the joined strings, copied once; all are strings.
    pub fn join_strings(&mut self, strings: &[Value]) -> Result<Value, Thrown> {
        self.joined(strings.len(), |i| strings[i].as_str())
    }

    /// `separator.join(strings)`, copied once; all are strings.
    pub fn join_strings_with(&mut self, separator: &str, strings: &[Value]) -> Result<Value, Thrown> {
        if strings.is_empty() {
            return Ok(self.empty_string);
        }
        self.joined(strings.len() * 2 - 1, |i| if i % 2 == 0 { strings[i / 2].as_str() } else { separator })
    }

    fn joined<'a>(&mut self, count: usize, part: impl Fn(usize) -> &'a str) -> Result<Value, Thrown> {
        let length = (0..count).fold(0usize, |sum, i| sum.saturating_add(part(i).len()));
        if length <= 1 {
            let only = (0..count).map(&part).find(|text| !text.is_empty());
            return self.string(only.unwrap_or(""));
        }
        let object = self.allocate_string(length)?;
        let mut at = (object as usize + HEADER_SIZE) as *mut u8;
        for i in 0..count {
            let text = part(i);
            // SAFETY: the object has room for the sum of all lengths.
            unsafe {
                at.copy_from_nonoverlapping(text.as_ptr(), text.len());
                at = at.add(text.len());
            }
        }
        Ok(Value::of_object(object))
    }

    /// `a + b` of two strings.
    #[inline]
    pub fn concat(&mut self, a: Value, b: Value) -> Result<Value, Thrown> {
        let (first, second) = (a.as_str(), b.as_str());
        if first.is_empty() {
            Ok(b)
        } else if second.is_empty() {
            Ok(a)
        } else {
            self.string_of_two(first, second)
        }
    }

    /// `text * count`. `ValueError` for a negative count.
    pub fn repeat_string(&mut self, string: Value, count: i64) -> Result<Value, Thrown> {
        let text = string.as_str();
        let count = self.check_repeat_count(count)?;
        if count == 1 || text.is_empty() {
            return Ok(string);
        }
        let length = text.len().saturating_mul(count);
        if length <= 1 {
            return Ok(self.empty_string);
        }
        let object = self.allocate_string(length)?;
        // SAFETY: the object has room for `length` bytes; the filled part is doubled until all is filled, so the two parts of
        // each copy do not overlap.
        unsafe {
            let bytes = (object as *mut u8).add(HEADER_SIZE);
            bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
            let mut filled = text.len();
            while filled < length {
                let step = filled.min(length - filled);
                bytes.add(filled).copy_from_nonoverlapping(bytes, step);
                filled += step;
            }
        }
        Ok(Value::of_object(object))
    }

    /// The right operand of a repetition: not negative.
    pub fn check_repeat_count(&mut self, count: i64) -> Result<usize, Thrown> {
        if count < 0 {
            return self.fail(ErrorKind::ValueError, format!("cannot repeat {count} times: expected a count of 0 or more"));
        }
        Ok(count as usize)
    }

    /// `s[start..end]` by byte offsets: `IndexError` outside or reversed, `ValueError` inside a character.
    #[inline]
    pub fn slice_string(&mut self, string: Value, start: i64, end: i64) -> Result<Value, Thrown> {
        let text = string.as_str();
        let range = check_slice_bounds(self, "string", "bytes", start, end, text.len())?;
        match text.get(range.clone()) {
            Some(piece) if piece.len() == text.len() => Ok(string),
            Some(piece) => self.string(piece),
            None => {
                let at = if text.is_char_boundary(range.start) { range.end } else { range.start };
                self.fail_inside_character(text, at)
            }
        }
    }

    #[cold]
    fn fail_inside_character<T>(&mut self, text: &str, at: usize) -> Result<T, Thrown> {
        let start = text.floor_char_boundary(at);
        let character = text[start..].chars().next().unwrap_or(' ');
        let end = start + character.len_utf8();
        self.fail(
            ErrorKind::ValueError,
            format!("byte offset {at} lies inside the character '{character}' ({start}..{end}): cut at its edge, or use chars() or bytes()"),
        )
    }

    /// The hash of a string (see `hash.rs`).
    #[inline]
    pub fn hash_of_string(&self, string: Value) -> u32 {
        string_hash(&self.hash_keys, string)
    }

    /// The strings that are made once; called when the runtime is made.
    pub(super) fn make_shared_strings(&mut self) {
        for byte in 0..128u8 {
            let object = self.allocate_string(1).unwrap_or_else(|_| unreachable!("small strings are never refused"));
            // SAFETY: the object has room for one byte and a NUL.
            unsafe { (object as *mut u8).add(HEADER_SIZE).write(byte) };
            self.single_bytes.push(Value::of_object(object));
        }
        let object = self.allocate_string(0).unwrap_or_else(|_| unreachable!("small strings are never refused"));
        self.empty_string = Value::of_object(object);
    }
}

#[cfg(test)]
#[path = "string_test.rs"]
mod tests;
