//! The rules of numbers: exact comparison, division that floors, powers, conversion and reading.
//!
//! Nothing here knows values but [`Value::to_number`]; `arithmetic.rs` carries the operators of the language out with it.

use super::word::Value;
use std::cmp::Ordering;

/// 2 to the power of 63 as a float: the first that is beyond an int.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// A number taken out of its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub fn to_float(self) -> f64 {
        match self {
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }
}

impl Value {
    /// The number, if this is an int or float.
    #[inline]
    pub fn to_number(self) -> Option<Number> {
        if self.is_float() { Some(Number::Float(self.as_float())) } else { self.to_int().map(Number::Int) }
    }

    #[inline]
    pub fn is_int(self) -> bool {
        self.is_inline_int() || self.is_kind(super::object::Kind::Integer)
    }

    #[inline]
    pub fn is_number(self) -> bool {
        self.is_float() || self.is_int()
    }
}

// ------------------------------------------------------------ comparison

/// The order by exact mathematical value; `None` with NaN.
#[inline]
pub fn compare_numbers(a: Number, b: Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Int(a), Number::Float(b)) => compare_int_float(a, b),
        (Number::Float(a), Number::Int(b)) => compare_int_float(b, a).map(Ordering::reverse),
    }
}

fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        None
    } else if float >= TWO_TO_63 {
        Some(Ordering::Less)
    } else if float < -TWO_TO_63 {
        Some(Ordering::Greater)
    } else {
        // The whole part fits an int exactly; what the fraction adds decides among equals.
        let whole = float.trunc();
        let fraction = float - whole;
        Some(int.cmp(&(whole as i64)).then_with(|| 0.0f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal)))
    }
}

/// The int that is exactly this float, if there is one.
#[inline]
pub fn float_to_exact_int(float: f64) -> Option<i64> {
    let int = float_to_int(float)?;
    if int as f64 == float { Some(int) } else { None }
}

/// The float without its fraction as an int; `None` for NaN and what does not fit.
#[inline]
pub fn float_to_int(float: f64) -> Option<i64> {
    if (-TWO_TO_63..TWO_TO_63).contains(&float) { Some(float as i64) } else { None }
}

// ------------------------------------------------------------ division and powers

/// `a // b` of ints; `None` where it overflows. `b` is not 0.
#[inline]
pub fn floor_divide_ints(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// `a % b` of ints: has the sign of `b`. `b` is not 0.
#[inline]
pub fn floor_remainder_ints(a: i64, b: i64) -> i64 {
    let remainder = a.wrapping_rem(b);
    if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder }
}

/// `a % b` of floats: has the sign of `b`; by IEEE with 0 and infinities.
#[inline]
pub fn floor_remainder_floats(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        // A zero of `b`'s sign, so that -0.0 and 0.0 come out the same however they were reached.
        if b.is_nan() { b } else { 0.0f64.copysign(b) }
    } else if (remainder < 0.0) != (b < 0.0) {
        remainder + b
    } else {
        remainder
    }
}

/// `a // b` of floats: the floor of the exact quotient, so that `a == (a // b) * b + a % b` as far as floats allow.
#[inline]
pub fn floor_divide_floats(a: f64, b: f64) -> f64 {
    if b == 0.0 {
        return a / b;
    }
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 && (remainder < 0.0) != (b < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0.0f64.copysign(a / b);
    }
    if remainder.is_nan() {
        return (a / b).floor();
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// `base ** exponent` of ints, with an exponent that is not negative; `None` where it overflows.
pub fn power_ints(base: i64, exponent: i64) -> Option<i64> {
    debug_assert!(exponent >= 0);
    match base {
        0 => return Some((exponent == 0) as i64),
        1 => return Some(1),
        -1 => return Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => {}
    }
    // Any other base overflows before an exponent of 64.
    u32::try_from(exponent).ok().filter(|&e| e < 64).and_then(|e| base.checked_pow(e))
}

// ------------------------------------------------------------ reading

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANumber {
    Malformed,
    /// It is one, but does not fit.
    OutOfRange,
}

/// Reads an int as `int(text, base)` does: white space around it, a sign, underscores between digits; with base 10 also the prefixes
/// `0x`, `0o`, `0b`, with 16, 8 and 2 their own prefix. As in a literal, a number with a prefix may use all 64 bits.
/// `base` is 2 to 36.
pub fn parse_int(text: &str, base: u32) -> Result<i64, NotANumber> {
    debug_assert!((2..=36).contains(&base));
    let text = text.trim();
    let (is_negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix_base = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => 16,
        [b'0', b'o' | b'O', _, ..] => 8,
        [b'0', b'b' | b'B', _, ..] => 2,
        _ => 0,
    };
    // `0b1` with base 16 is a number without a prefix.
    let has_prefix = prefix_base != 0 && (base == 10 || base == prefix_base);
    let (digits, base) = if has_prefix { (&digits[2..], prefix_base) } else { (digits, base) };
    let mut magnitude: u64 = 0;
    let mut overflows = false;
    let mut after_digit = false;
    for &byte in digits.as_bytes() {
        if byte == b'_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = (byte as char).to_digit(base).ok_or(NotANumber::Malformed)?;
        after_digit = true;
        match magnitude.checked_mul(base as u64).and_then(|m| m.checked_add(digit as u64)) {
            Some(next) => magnitude = next,
            None => overflows = true,
        }
    }
    if !after_digit {
        return Err(NotANumber::Malformed);
    }
    if overflows {
        return Err(NotANumber::OutOfRange);
    }
    if is_negative {
        0i64.checked_sub_unsigned(magnitude).ok_or(NotANumber::OutOfRange)
    } else if has_prefix {
        Ok(magnitude as i64)
    } else {
        i64::try_from(magnitude).map_err(|_| NotANumber::OutOfRange)
    }
}

/// Reads a float as `float(text)` does: white space around it, a sign, underscores between digits, `inf` and `nan`. A finite number beyond
/// the range is refused.
pub fn parse_float(text: &str) -> Result<f64, NotANumber> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        "inf" => return Ok(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" => return Ok(f64::NAN),
        _ => {}
    }
    // Rust reads `infinity`, `NaN` and the like as well; a number begins with a digit or a point.
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(NotANumber::Malformed);
    }
    let parsed = if text.contains('_') {
        let bytes = text.as_bytes();
        let is_between_digits =
            |i: usize| i > 0 && bytes[i - 1].is_ascii_digit() && bytes.get(i + 1).is_some_and(u8::is_ascii_digit);
        if (0..bytes.len()).any(|i| bytes[i] == b'_' && !is_between_digits(i)) {
            return Err(NotANumber::Malformed);
        }
        text.replace('_', "").parse::<f64>()
    } else {
        text.parse::<f64>()
    };
    match parsed {
        Ok(float) if float.is_infinite() => Err(NotANumber::OutOfRange),
        Ok(float) => Ok(float),
        Err(_) => Err(NotANumber::Malformed),
    }
}

#[cfg(test)]
#[path = "number_test.rs"]
mod tests;
