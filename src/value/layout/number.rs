//! Numbers in memory: ranges, wrapping and saturating casts, bit-fields.

use super::record::BitRange;
use super::type_info::Representation;

/// The smallest and largest int that a slot takes; `None` for what is no integer. 64-bit unsigned slots take every int.
pub fn integer_range(representation: Representation) -> Option<(i64, i64)> {
    Some(match representation {
        Representation::I8 => (i8::MIN as i64, i8::MAX as i64),
        Representation::I16 => (i16::MIN as i64, i16::MAX as i64),
        Representation::I32 => (i32::MIN as i64, i32::MAX as i64),
        Representation::I64 | Representation::U64 => (i64::MIN, i64::MAX),
        Representation::U8 => (0, u8::MAX as i64),
        Representation::U16 => (0, u16::MAX as i64),
        Representation::U32 => (0, u32::MAX as i64),
        Representation::Char => (i8::MIN as i64, u8::MAX as i64),
        _ => return None,
    })
}

/// Whether a slot takes the int.
pub fn integer_fits(number: i64, representation: Representation) -> bool {
    integer_range(representation).is_some_and(|(low, high)| (low..=high).contains(&number))
}

/// The low bits of an int as the slot would read them back: what a C cast between integer types does.
pub fn wrap_integer(number: i64, representation: Representation) -> i64 {
    match representation {
        Representation::I8 | Representation::Char => number as i8 as i64,
        Representation::I16 => number as i16 as i64,
        Representation::I32 => number as i32 as i64,
        Representation::U8 => number as u8 as i64,
        Representation::U16 => number as u16 as i64,
        Representation::U32 => number as u32 as i64,
        Representation::Bool => (number != 0) as i64,
        _ => number,
    }
}

/// A float toward zero, at the nearest end of the slot's range where it lies outside; NaN gives 0.
pub fn saturate_float(number: f64, representation: Representation) -> i64 {
    match representation {
        Representation::I8 | Representation::Char => number as i8 as i64,
        Representation::I16 => number as i16 as i64,
        Representation::I32 => number as i32 as i64,
        Representation::U8 => number as u8 as i64,
        Representation::U16 => number as u16 as i64,
        Representation::U32 => number as u32 as i64,
        Representation::U64 => number as u64 as i64,
        _ => number as i64,
    }
}

/// The smallest and largest int of a bit-field; 64 unsigned bits take every int.
pub fn bit_field_range(representation: Representation, bits: BitRange) -> (i64, i64) {
    let width = bits.width as u32;
    if width == 64 {
        (i64::MIN, i64::MAX)
    } else if is_signed(representation) {
        (-(1 << (width - 1)), (1 << (width - 1)) - 1)
    } else {
        (0, (1 << width) - 1)
    }
}

/// Reads the bits of a bit-field.
///
/// # Safety
/// The bytes that hold the bits can be read.
pub unsafe fn read_bits(address: usize, representation: Representation, bits: BitRange) -> i64 {
    let bytes = (bits.first as usize + bits.width as usize).div_ceil(8);
    let mut word: u128 = 0;
    for i in 0..bytes {
        // SAFETY: the caller's promise.
        word |= (unsafe { *((address + i) as *const u8) } as u128) << (8 * i);
    }
    let raw = (word >> bits.first) as u64;
    let unused = 64 - bits.width as u32;
    if is_signed(representation) { ((raw << unused) as i64) >> unused } else { (raw << unused >> unused) as i64 }
}

/// Writes the bits of a bit-field and leaves its neighbours as they are.
///
/// # Safety
/// The bytes that hold the bits can be written.
pub unsafe fn write_bits(address: usize, bits: BitRange, number: i64) {
    let bytes = (bits.first as usize + bits.width as usize).div_ceil(8);
    let mask = ((1u128 << bits.width) - 1) << bits.first;
    let word = ((number as u64 as u128) << bits.first) & mask;
    for i in 0..bytes {
        let byte = (address + i) as *mut u8;
        let kept = !(mask >> (8 * i)) as u8;
        // SAFETY: the caller's promise.
        unsafe { *byte = (*byte & kept) | (word >> (8 * i)) as u8 };
    }
}

fn is_signed(representation: Representation) -> bool {
    use Representation::*;
    matches!(representation, I8 | I16 | I32 | I64 | Char)
}
