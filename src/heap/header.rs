//! What stands before every object.
//!
//! ```text
//!   byte   0            4      5       6       8                    16
//!          ┌────────────┬──────┬───────┬───────┬────────────────────┬──────────────
//!          │  type_id   │ kind │ shape │ flags │        meta        │  payload …
//!          └────────────┴──────┴───────┴───────┴────────────────────┴──────────────
//! ```

use std::mem::offset_of;

/// The bytes of a header; an object's payload begins this far behind its address.
pub const HEADER_SIZE: usize = 16;

/// How the heap finds the references in a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Shape {
    /// There are none. Such objects live in spans of their own and are never looked into; `meta` is the owner's.
    Leaf = 0,
    /// Every whole 8-byte word may be one. `meta` is the payload's length in bytes.
    Words = 1,
    /// They are where the [`PointerMap`](super::PointerMap) registered for `type_id` says. `meta` is the payload's length in bytes.
    Mapped = 2,
    /// The trace function registered for `kind` knows. `meta` is the owner's.
    Custom = 3,
}

impl Shape {
    /// The shape with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Leaf),
            1 => Some(Self::Words),
            2 => Some(Self::Mapped),
            3 => Some(Self::Custom),
            _ => None,
        }
    }
}

/// The header of an object.
///
/// The heap reads `shape`, and by the shape `meta`, `type_id` or `kind`; the rest belongs to whoever allocates. All of it may be written
/// while the object lives, as long as `shape` stays what it is and `meta` stays within the object's capacity where it is a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Header {
    /// The number of the object's type; selects the pointer map of a [`Shape::Mapped`] object.
    pub type_id: u32,
    /// Which kind of object this is; selects the trace function of a [`Shape::Custom`] object.
    pub kind: u8,
    /// How references are found in the payload.
    pub shape: Shape,
    /// The owner's, opaque to the heap.
    pub flags: u16,
    /// The payload's length in bytes for [`Shape::Words`] and [`Shape::Mapped`], the owner's otherwise.
    pub meta: u64,
}

impl Header {
    /// The header of an object without references.
    #[inline(always)]
    pub fn leaf(kind: u8, type_id: u32, meta: u64) -> Self {
        Self { type_id, kind, shape: Shape::Leaf, flags: 0, meta }
    }

    /// The header of an object whose payload of `length` bytes is all words that may be references.
    #[inline(always)]
    pub fn words(kind: u8, type_id: u32, length: usize) -> Self {
        Self { type_id, kind, shape: Shape::Words, flags: 0, meta: length as u64 }
    }

    /// The header of an object whose payload of `length` bytes is laid out as the pointer map of `type_id` says.
    #[inline(always)]
    pub fn mapped(kind: u8, type_id: u32, length: usize) -> Self {
        Self { type_id, kind, shape: Shape::Mapped, flags: 0, meta: length as u64 }
    }

    /// The header of an object that the trace function of `kind` knows.
    #[inline(always)]
    pub fn custom(kind: u8, type_id: u32, meta: u64) -> Self {
        Self { type_id, kind, shape: Shape::Custom, flags: 0, meta }
    }
}

const _: () = {
    assert!(size_of::<Header>() == HEADER_SIZE);
    assert!(offset_of!(Header, type_id) == 0);
    assert!(offset_of!(Header, kind) == 4);
    assert!(offset_of!(Header, shape) == 5);
    assert!(offset_of!(Header, flags) == 6);
    assert!(offset_of!(Header, meta) == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_numbered_as_drawn() {
        for number in 0..=u8::MAX {
            match Shape::from_number(number) {
                Some(shape) => assert_eq!(shape as u8, number),
                None => assert!(number > Shape::Custom as u8),
            }
        }
    }
}
