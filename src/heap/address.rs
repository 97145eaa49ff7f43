//! Where an object is, and how a reference to it looks in a word.
//!
//! ```text
//!   reference word    63            48 47                                  0
//!                     ┌───────────────┬─────────────────────────────────────┐
//!                     │     0xFFFA    │  address of the object's header     │
//!                     └───────────────┴─────────────────────────────────────┘
//! ```
//!
//! A word whose high 16 bits are not `0xFFFA` may still refer to an object: memory in C layout holds plain machine
//! addresses, which may point anywhere into an object. Both are decided by [`Marker::mark_word`](super::Marker::mark_word).

use std::fmt;
use std::num::NonZeroUsize;

use super::header::{HEADER_SIZE, Header};

/// The high 16 bits of a word that refers to an object by the address of its header.
pub const REFERENCE_TAG: u64 = 0xFFFA << 48;

/// Selects the high 16 bits of a word.
pub const TAG_MASK: u64 = 0xFFFF << 48;

/// Selects the low 48 bits of a word: the address in a reference.
pub const ADDRESS_MASK: u64 = !TAG_MASK;

/// The address of an object's header; the object's payload, which is what C is given, begins [`HEADER_SIZE`] bytes behind it.
///
/// It says where an object was when the address was made. It keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Address(NonZeroUsize);

impl Address {
    /// The address as a type of its own; `None` for zero.
    #[inline(always)]
    pub fn new(address: usize) -> Option<Self> {
        NonZeroUsize::new(address).map(Self)
    }

    /// The object whose payload begins at `payload`; `None` where there can be none.
    #[inline(always)]
    pub fn of_payload(payload: usize) -> Option<Self> {
        Self::new(payload.wrapping_sub(HEADER_SIZE))
    }

    /// The number of the header's first byte.
    #[inline(always)]
    pub fn get(self) -> usize {
        self.0.get()
    }

    /// The object a reference word refers to; `None` when the word's tag is another one.
    #[inline(always)]
    pub fn from_word(word: u64) -> Option<Self> {
        if word & TAG_MASK == REFERENCE_TAG { Self::new((word & ADDRESS_MASK) as usize) } else { None }
    }

    /// The reference word for this object.
    #[inline(always)]
    pub fn to_word(self) -> u64 {
        REFERENCE_TAG | self.get() as u64
    }

    /// A pointer to the header, valid while the object lives.
    #[inline(always)]
    pub fn header_pointer(self) -> *mut Header {
        self.get() as *mut Header
    }

    /// A pointer to the payload, aligned to 16 bytes, valid while the object lives.
    #[inline(always)]
    pub fn payload(self) -> *mut u8 {
        (self.get() + HEADER_SIZE) as *mut u8
    }

    /// A copy of the header.
    ///
    /// # Safety
    /// The object lives.
    #[inline(always)]
    pub unsafe fn header(self) -> Header {
        // SAFETY: the caller promises that the object lives, and a live object begins with an initialised header.
        unsafe { self.header_pointer().read() }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#x}", self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_word_and_so_is_an_option_of_it() {
        assert_eq!(size_of::<Address>(), 8);
        assert_eq!(size_of::<Option<Address>>(), 8);
    }

    #[test]
    fn a_reference_word_gives_its_address_back() {
        let address = Address::new(0x7F12_3456_7890).unwrap();
        assert_eq!(address.to_word(), 0xFFFA_7F12_3456_7890);
        assert_eq!(Address::from_word(address.to_word()), Some(address));
        assert_eq!(Address::of_payload(address.payload() as usize), Some(address));
    }

    #[test]
    fn other_words_are_no_references() {
        for word in [0, 0x7F12_3456_7890, 0xFFF9_7F12_3456_7890, 0xFFFB_7F12_3456_7890, 1.5f64.to_bits(), f64::NAN.to_bits()] {
            assert_eq!(Address::from_word(word), None);
        }
        assert_eq!(Address::from_word(REFERENCE_TAG), None);
    }
}
