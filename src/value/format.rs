//! Formats carried out: `"{x:.3}"`, `"{n:#08x}"`, `"{name:>10}"` (language.md, section 11).
//!
//! Numbers are rounded exactly, from all their binary digits, halves to even; `e`, `f`, `g` and `%` write what C and Python write.
//! Width and precision count characters.

use super::display::{IntBuffer, write_float, write_str};
use super::number::Number;
use super::runtime::Host;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::format::{Align, Format, Sign};

/// No float has more digits than this behind its point.
const MAXIMUM_FRACTION: usize = 1074;
/// Digits behind the point where a format asks for none.
const DEFAULT_PRECISION: usize = 6;

/// Why a format does not fit; becomes a `ValueError`.
struct Misfit(String);

/// A number on its way: sign, prefix and digits, which padding may separate.
struct Digits {
    is_negative: bool,
    prefix: &'static str,
    text: String,
    /// Zeros may stand between sign and digits.
    can_fill_with_zeros: bool,
}

/// Appends a value in a format. `ValueError` where the format does not fit the value.
pub fn format_value(host: &mut dyn Host, value: Value, format: &Format, out: &mut String) -> Result<(), Thrown> {
    let result = match (value.to_number(), format.kind) {
        (Some(Number::Int(int)), Some('c')) => character(int, format).map(|text| pad(&text, format, Align::Left, out)),
        (Some(number), _) => number_digits(number, format).map(|digits| write_number(&digits, format, out)),
        (None, None | Some('s')) => {
            let mut text = String::new();
            write_str(host, value, &mut text)?;
            cut_text(&text, format).map(|text| pad(text, format, Align::Left, out))
        }
        (None, Some(kind)) => {
            let expected = if "dxXobuc".contains(kind) { "an int" } else { "a number" };
            Err(Misfit(format!("format `{kind}` takes {expected}, not {}", host.runtime().type_name(value))))
        }
    };
    match result {
        Ok(()) => Ok(()),
        Err(Misfit(message)) => host.runtime().fail(ErrorKind::ValueError, message),
    }
}

// ------------------------------------------------------------ text

fn cut_text<'a>(text: &'a str, format: &Format) -> Result<&'a str, Misfit> {
    if format.sign != Sign::Negative || format.alternate {
        let flag = if format.alternate { "#" } else { "a sign" };
        return Err(Misfit(format!("a format with {flag} takes a number, not text")));
    }
    Ok(match format.precision {
        Some(precision) => match text.char_indices().nth(precision as usize) {
            Some((end, _)) => &text[..end],
            None => text,
        },
        None => text,
    })
}

fn character(int: i64, format: &Format) -> Result<String, Misfit> {
    if format.sign != Sign::Negative || format.alternate || format.precision.is_some() {
        return Err(Misfit("format `c` takes no sign, `#` or precision".to_string()));
    }
    match u32::try_from(int).ok().and_then(char::from_u32) {
        Some(character) => Ok(character.to_string()),
        None => Err(Misfit(format!("format `c` takes the number of a character, not {int}"))),
    }
}

/// Appends text with fill characters up to the width.
fn pad(text: &str, format: &Format, default: Align, out: &mut String) {
    let fill = if format.zero && format.fill == ' ' && format.align.is_none() { '0' } else { format.fill };
    let missing = (format.width as usize).saturating_sub(text.chars().count());
    let before = match format.align.unwrap_or(default) {
        Align::Left => 0,
        Align::Right => missing,
        Align::Center => missing / 2,
    };
    out.extend(std::iter::repeat_n(fill, before));
    out.push_str(text);
    out.extend(std::iter::repeat_n(fill, missing - before));
}

// ------------------------------------------------------------ numbers

fn write_number(digits: &Digits, format: &Format, out: &mut String) {
    let sign = match (digits.is_negative, format.sign) {
        (true, _) => "-",
        (false, Sign::Always) => "+",
        (false, Sign::Blank) => " ",
        (false, Sign::Negative) => "",
    };
    let length = sign.len() + digits.prefix.len() + digits.text.len();
    let missing = (format.width as usize).saturating_sub(length);
    if format.zero && format.align.is_none() && digits.can_fill_with_zeros {
        out.push_str(sign);
        out.push_str(digits.prefix);
        out.extend(std::iter::repeat_n('0', missing));
        out.push_str(&digits.text);
        return;
    }
    let before = match format.align.unwrap_or(Align::Right) {
        Align::Left => 0,
        Align::Right => missing,
        Align::Center => missing / 2,
    };
    out.extend(std::iter::repeat_n(format.fill, before));
    out.push_str(sign);
    out.push_str(digits.prefix);
    out.push_str(&digits.text);
    out.extend(std::iter::repeat_n(format.fill, missing - before));
}

fn number_digits(number: Number, format: &Format) -> Result<Digits, Misfit> {
    match (format.kind, number) {
        (None, Number::Int(int)) if format.precision.is_none() => int_digits(int, 'd', format),
        (None, Number::Float(float)) if format.precision.is_none() => Ok(shortest_digits(float)),
        (None, _) => Ok(float_digits(number.to_float(), 'f', format)),
        (Some(kind @ ('d' | 'x' | 'X' | 'o' | 'b' | 'u')), Number::Int(int)) => int_digits(int, kind, format),
        (Some(kind @ ('e' | 'f' | 'g' | '%')), _) => Ok(float_digits(number.to_float(), kind, format)),
        (Some('s'), _) => Err(Misfit("format `s` takes text, not a number; write str(x)".to_string())),
        (Some(kind), Number::Float(_)) => Err(Misfit(format!("format `{kind}` takes an int, not float"))),
        (Some(kind), Number::Int(_)) => Err(Misfit(format!("format `{kind}` does not fit an int"))),
    }
}

fn int_digits(int: i64, kind: char, format: &Format) -> Result<Digits, Misfit> {
    if format.precision.is_some() {
        return Err(Misfit(format!("format `{kind}` takes no precision; `f` shows digits behind a point")));
    }
    let magnitude = int.unsigned_abs();
    let (prefix, text) = match kind {
        'x' => ("0x", format!("{magnitude:x}")),
        'X' => ("0X", format!("{magnitude:X}")),
        'o' => ("0o", format!("{magnitude:o}")),
        'b' => ("0b", format!("{magnitude:b}")),
        'u' => ("", (int as u64).to_string()),
        _ => ("", IntBuffer::new().format(int).trim_start_matches('-').to_string()),
    };
    let prefix = if format.alternate { prefix } else { "" };
    Ok(Digits { is_negative: int < 0 && kind != 'u', prefix, text, can_fill_with_zeros: true })
}

/// A float without type and precision: as `str` shows it.
fn shortest_digits(float: f64) -> Digits {
    let mut text = String::new();
    write_float(float.abs(), &mut text);
    Digits { is_negative: float.is_sign_negative() && !float.is_nan(), prefix: "", text, can_fill_with_zeros: float.is_finite() }
}

fn float_digits(float: f64, kind: char, format: &Format) -> Digits {
    let is_negative = float.is_sign_negative() && !float.is_nan();
    if !float.is_finite() {
        let percent = if kind == '%' { "%" } else { "" };
        let text = format!("{}{percent}", if float.is_nan() { "nan" } else { "inf" });
        return Digits { is_negative, prefix: "", text, can_fill_with_zeros: false };
    }
    let magnitude = float.abs();
    let precision = format.precision.map_or(DEFAULT_PRECISION, |p| p as usize);
    let text = match kind {
        'e' => exponential(magnitude, precision, format.alternate),
        'g' => general(magnitude, precision, format.alternate),
        '%' => format!("{}%", percent(magnitude, precision, format.alternate)),
        _ => fixed(magnitude, precision, format.alternate),
    };
    Digits { is_negative, prefix: "", text, can_fill_with_zeros: true }
}

/// `precision` digits behind the point; beyond those that a float can have, zeros.
fn fixed(magnitude: f64, precision: usize, keeps_point: bool) -> String {
    let exact = precision.min(MAXIMUM_FRACTION);
    let mut text = format!("{magnitude:.exact$}");
    text.extend(std::iter::repeat_n('0', precision - exact));
    if precision == 0 && keeps_point {
        text.push('.');
    }
    text
}

/// The number times 100; beyond the largest float the digits are moved instead.
fn percent(magnitude: f64, precision: usize, keeps_point: bool) -> String {
    let scaled = magnitude * 100.0;
    if scaled.is_finite() {
        return fixed(scaled, precision, keeps_point);
    }
    // A number of this size is whole.
    let mut text = format!("{magnitude:.0}00");
    if precision > 0 {
        text.push('.');
        text.extend(std::iter::repeat_n('0', precision));
    } else if keeps_point {
        text.push('.');
    }
    text
}

/// Mantissa and exponent with `precision` digits behind the point.
fn mantissa_and_exponent(magnitude: f64, precision: usize) -> (String, i32) {
    let exact = precision.min(MAXIMUM_FRACTION);
    let text = format!("{magnitude:.exact$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut mantissa = mantissa.to_string();
    mantissa.extend(std::iter::repeat_n('0', precision - exact));
    (mantissa, exponent.parse().unwrap_or(0))
}

fn write_exponent(text: &mut String, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    text.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
}

fn exponential(magnitude: f64, precision: usize, keeps_point: bool) -> String {
    let (mut text, exponent) = mantissa_and_exponent(magnitude, precision);
    if precision == 0 && keeps_point {
        text.push('.');
    }
    write_exponent(&mut text, exponent);
    text
}

/// The shorter of both forms with `precision` significant digits, without zeros at the end unless `#` asks for them.
fn general(magnitude: f64, precision: usize, keeps_zeros: bool) -> String {
    let precision = precision.max(1);
    let (mantissa, exponent) = mantissa_and_exponent(magnitude, precision - 1);
    let is_fixed = (-4..precision as i64).contains(&(exponent as i64));
    let mut text =
        if is_fixed { fixed(magnitude, (precision as i64 - 1 - exponent as i64) as usize, keeps_zeros) } else { mantissa };
    if keeps_zeros {
        if !text.contains('.') {
            text.push('.');
        }
    } else if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if !is_fixed {
        write_exponent(&mut text, exponent);
    }
    text
}

#[cfg(test)]
#[path = "format_test.rs"]
mod tests;
