//! The 8-byte value.
//!
//! ```text
//!   any bits below 0xFFF9 << 48      a float as it is; NaN is always 0x7FF8… or 0xFFF8… (other NaN bits that come
//!                                    from memory are made canonical when they are read)
//!   0xFFF9 | number                  nil, false, true, the undefined value, live imports
//!   0xFFFA | address (48 bits)       a reference: the address of an object's header
//!   0xFFFC…0xFFFF | 50 bits          an int between -2^49 and 2^49-1, two's complement
//! ```
//!
//! So two ints are recognised by one test, `a & b >= INT_TAG`; a float by one comparison. An int that does not fit 50 bits
//! is a boxed object (`Kind::Integer`); which form an int has follows from its size alone, so equal ints of the
//! inline range have equal bits.

use super::object::Kind;
use crate::heap::{ADDRESS_MASK, Address, Header, REFERENCE_TAG};

/// The smallest word that is no float.
pub const FIRST_NON_FLOAT: u64 = 0xFFF9_0000_0000_0000;
/// Ints are the words from here on.
pub const INT_TAG: u64 = 0xFFFC_0000_0000_0000;
const SPECIAL_TAG: u64 = FIRST_NON_FLOAT;
/// Bits left of an inline int.
const INT_SHIFT: u32 = 14;

pub const INLINE_INT_MIN: i64 = -(1 << 49);
pub const INLINE_INT_MAX: i64 = (1 << 49) - 1;

/// A value of the language: a float, an int, a special word, or a reference to an object of the heap.
///
/// Equality of `Value`s is equality of bits, which is not the `==` of the language.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(pub u64);

impl Value {
    pub const NIL: Value = Value(SPECIAL_TAG);
    pub const FALSE: Value = Value(SPECIAL_TAG | 1);
    pub const TRUE: Value = Value(SPECIAL_TAG | 2);
    /// Stands where no value is: a parameter that was not given, a top-level name before its declaration ran.
    pub const UNDEFINED: Value = Value(SPECIAL_TAG | 3);

    #[inline(always)]
    pub fn bool(b: bool) -> Value {
        Value(Value::FALSE.0 + b as u64)
    }

    /// A float; the caller has not taken it from raw memory (see [`Value::float_from_memory`]).
    #[inline(always)]
    pub fn float(f: f64) -> Value {
        Value(f.to_bits())
    }

    /// A float from memory that C or a script wrote, whose NaN may have any bits.
    #[inline(always)]
    pub fn float_from_memory(f: f64) -> Value {
        if f.is_nan() { Value(f64::NAN.to_bits()) } else { Value(f.to_bits()) }
    }

    /// An int that fits the inline range.
    #[inline(always)]
    pub fn inline_int(i: i64) -> Value {
        debug_assert!((INLINE_INT_MIN..=INLINE_INT_MAX).contains(&i));
        Value((i as u64) | INT_TAG)
    }

    /// An int if it fits the inline range.
    #[inline(always)]
    pub fn try_inline_int(i: i64) -> Option<Value> {
        let shifted = i << INT_SHIFT;
        if shifted >> INT_SHIFT == i { Some(Value(i as u64 | INT_TAG)) } else { None }
    }

    /// A reference to the object whose header is at the address.
    #[inline(always)]
    pub fn reference(address: Address) -> Value {
        Value(address.to_word())
    }

    #[inline(always)]
    pub fn is_float(self) -> bool {
        self.0 < FIRST_NON_FLOAT
    }

    #[inline(always)]
    pub fn is_inline_int(self) -> bool {
        self.0 >= INT_TAG
    }

    #[inline(always)]
    pub fn both_inline_ints(self, other: Value) -> bool {
        self.0 & other.0 >= INT_TAG
    }

    #[inline(always)]
    pub fn both_floats(self, other: Value) -> bool {
        self.0 < FIRST_NON_FLOAT && other.0 < FIRST_NON_FLOAT
    }

    #[inline(always)]
    pub fn is_nil(self) -> bool {
        self == Value::NIL
    }

    #[inline(always)]
    pub fn is_undefined(self) -> bool {
        self == Value::UNDEFINED
    }

    #[inline(always)]
    pub fn is_bool(self) -> bool {
        self == Value::TRUE || self == Value::FALSE
    }

    #[inline(always)]
    pub fn is_reference(self) -> bool {
        self.0 >> 48 == REFERENCE_TAG >> 48
    }

    /// Only nil and false are false.
    #[inline(always)]
    pub fn is_truthy(self) -> bool {
        self.0.wrapping_sub(SPECIAL_TAG) > 1
    }

    /// The float; only for a float.
    #[inline(always)]
    pub fn as_float(self) -> f64 {
        debug_assert!(self.is_float());
        f64::from_bits(self.0)
    }

    /// The int; only for an inline int.
    #[inline(always)]
    pub fn as_inline_int(self) -> i64 {
        debug_assert!(self.is_inline_int());
        ((self.0 << INT_SHIFT) as i64) >> INT_SHIFT
    }

    /// The int shifted to the top of a word: the sum of two such overflows exactly where the inline range ends.
    #[inline(always)]
    pub fn as_shifted_int(self) -> i64 {
        (self.0 << INT_SHIFT) as i64
    }

    /// The inverse of [`Value::as_shifted_int`].
    #[inline(always)]
    pub fn from_shifted_int(shifted: i64) -> Value {
        Value((shifted as u64 >> INT_SHIFT) | INT_TAG)
    }

    /// The address of the object; only for a reference.
    #[inline(always)]
    pub fn address(self) -> Address {
        debug_assert!(self.is_reference());
        // SAFETY: a reference holds the address of a header, which is not zero.
        unsafe { Address::new((self.0 & ADDRESS_MASK) as usize).unwrap_unchecked() }
    }

    /// The header of the object; only for a reference.
    #[inline(always)]
    pub fn header(self) -> &'static Header {
        debug_assert!(self.is_reference());
        // SAFETY: a reference value is only made of the address of a live object, and collections happen only where no
        // borrowed header is held (between two instructions).
        unsafe { &*self.address().header_pointer() }
    }

    /// The object as a struct of `object.rs`; the caller knows its kind, and that it lives.
    #[inline(always)]
    pub fn object<T>(self) -> *mut T {
        self.address().get() as *mut T
    }

    /// The kind of object that this refers to, if it is a reference.
    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        if self.is_reference() { Some(Kind::of(self.header())) } else { None }
    }

    #[inline(always)]
    pub fn is_kind(self, kind: Kind) -> bool {
        self.is_reference() && self.header().kind == kind as u8
    }

    /// The int of an inline or boxed int.
    #[inline(always)]
    pub fn to_int(self) -> Option<i64> {
        if self.is_inline_int() {
            Some(self.as_inline_int())
        } else if self.is_kind(Kind::Integer) {
            // SAFETY: the kind says that an `IntegerObject` is there.
            Some(unsafe { (*self.object::<super::object::IntegerObject>()).value })
        } else {
            None
        }
    }

    /// The number of an int or float as a float.
    #[inline(always)]
    pub fn to_float(self) -> Option<f64> {
        if self.is_float() { Some(self.as_float()) } else { self.to_int().map(|i| i as f64) }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Value::NIL => write!(f, "nil"),
            Value::TRUE => write!(f, "true"),
            Value::FALSE => write!(f, "false"),
            Value::UNDEFINED => write!(f, "undefined"),
            v if v.is_float() => write!(f, "{:?}", v.as_float()),
            v if v.is_inline_int() => write!(f, "{}", v.as_inline_int()),
            v if v.is_reference() => write!(f, "reference({:#x})", v.address().get()),
            v => write!(f, "special({:#x})", v.0),
        }
    }
}
