//! `str` and `repr`.
//!
//! `str` of a string is the string, of a struct with a `str` method what that gives, of an error its message; everything else shows as its
//! `repr`, which for strings, numbers and what is made of them is a literal that reads back. Inside of collections and struct values,
//! `repr` is shown.
//!
//! What contains itself shows as `[...]`, `[...: ...]` or `Node(...)`. Depth is bounded by the machine's stack, as a `StackOverflow`.
//! Kinds that are defined above the values (functions, modules, …) show what [`Host::describe`] says.

use super::equality::{MemoryKind, memory_identity};
use super::error::ErrorRef;
use super::layout::TypeId;
use super::list::ListRef;
use super::map::MapRef;
use super::object::*;
use super::overload::call_overload;
use super::range::RangeParts;
use super::runtime::{Host, Runtime};
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use std::collections::HashSet;
use std::fmt::Write;

/// Appends the `str` of a value.
pub fn write_str(host: &mut dyn Host, value: Value, out: &mut String) -> Result<(), Thrown> {
    if value.is_string() {
        out.push_str(value.as_str());
        return Ok(());
    }
    if let Some(error) = ErrorRef::of(value) {
        out.push_str(error.message().to_str().unwrap_or(""));
        return Ok(());
    }
    write_repr(host, value, out)
}

/// Appends the `repr` of a value.
pub fn write_repr(host: &mut dyn Host, value: Value, out: &mut String) -> Result<(), Thrown> {
    if write_simple(value, out) {
        return Ok(());
    }
    let held = host.runtime().held.len();
    let result = Display { host: &mut *host, path: Vec::new(), deep: HashSet::new() }.write(value, out);
    host.runtime().held.truncate(held);
    result
}

/// `str(value)` as a value.
pub fn to_string(host: &mut dyn Host, value: Value) -> Result<Value, Thrown> {
    if value.is_string() {
        return Ok(value);
    }
    if let Some(int) = value.to_int() {
        return Ok(int_string(host.runtime(), int));
    }
    let mut text = String::new();
    write_str(host, value, &mut text)?;
    host.runtime().string(&text)
}

/// `repr(value)` as a value.
pub fn to_repr(host: &mut dyn Host, value: Value) -> Result<Value, Thrown> {
    let mut text = String::new();
    write_repr(host, value, &mut text)?;
    host.runtime().string(&text)
}

/// The decimal digits of an int as a string value.
#[inline]
pub fn int_string(rt: &mut Runtime, int: i64) -> Value {
    let mut buffer = IntBuffer::new();
    rt.string_lossy(buffer.format(int))
}

// ------------------------------------------------------------ numbers

/// Room for the digits of an int.
pub struct IntBuffer([u8; 20]);

impl IntBuffer {
    #[inline]
    pub fn new() -> IntBuffer {
        IntBuffer([0; 20])
    }

    /// The decimal text of an int, two digits at a time.
    #[inline]
    pub fn format(&mut self, int: i64) -> &str {
        const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
                                    2021222324252627282930313233343536373839\
                                    4041424344454647484950515253545556575859\
                                    6061626364656667686970717273747576777879\
                                    8081828384858687888990919293949596979899";
        let mut rest = int.unsigned_abs();
        let mut at = self.0.len();
        while rest >= 100 {
            let pair = (rest % 100) as usize * 2;
            rest /= 100;
            at -= 2;
            self.0[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        }
        if rest >= 10 {
            let pair = rest as usize * 2;
            at -= 2;
            self.0[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        } else {
            at -= 1;
            self.0[at] = b'0' + rest as u8;
        }
        if int < 0 {
            at -= 1;
            self.0[at] = b'-';
        }
        std::str::from_utf8(&self.0[at..]).expect("digits are ASCII")
    }
}

impl Default for IntBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// Appends an int.
pub fn write_int(int: i64, out: &mut String) {
    out.push_str(IntBuffer::new().format(int));
}

/// Appends a float in the shortest form that reads back: with `.0` or an exponent, decimal from 1e-4 to below 1e16.
pub fn write_float(float: f64, out: &mut String) {
    if float.is_nan() {
        out.push_str("nan");
        return;
    }
    if float.is_sign_negative() {
        out.push('-');
    }
    let magnitude = float.abs();
    if magnitude.is_infinite() {
        out.push_str("inf");
        return;
    }
    if magnitude == 0.0 {
        out.push_str("0.0");
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(magnitude);
    let is_decimal = (1e-4..1e16).contains(&magnitude);
    if is_decimal && text.contains('.') && !text.contains('e') {
        out.push_str(text);
        return;
    }
    // The value is 0.DIGITS × 10^exponent.
    let (digits, exponent) = shortest_digits(text);
    if is_decimal {
        write_decimal(&digits, exponent, out);
    } else {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        out.push('e');
        write_int(exponent as i64 - 1, out);
    }
}

fn write_decimal(digits: &str, exponent: i32, out: &mut String) {
    if exponent <= 0 {
        out.push_str("0.");
        (exponent..0).for_each(|_| out.push('0'));
        out.push_str(digits);
    } else if digits.len() <= exponent as usize {
        out.push_str(digits);
        (digits.len()..exponent as usize).for_each(|_| out.push('0'));
        out.push_str(".0");
    } else {
        let (whole, fraction) = digits.split_at(exponent as usize);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    }
}

/// The significant digits of a positive decimal number, without zeros at either end, and the power of ten before whose point they stand.
fn shortest_digits(text: &str) -> (String, i32) {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading_zeros = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0').to_string();
    (digits, whole.len() as i32 - leading_zeros as i32 + exponent)
}

// ------------------------------------------------------------ text

/// Appends a string literal that reads back as `text`.
pub fn write_string_literal(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\x1b' => out.push_str("\\e"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '{' => out.push_str("\\{"),
            '}' => out.push_str("\\}"),
            c if c < ' ' || c == '\x7f' => _ = write!(out, "\\x{:02x}", c as u32),
            c if is_invisible(c) => _ = write!(out, "\\u{{{:x}}}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Characters that would change how the text around them looks, or show as nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

// ------------------------------------------------------------ everything else

/// Appends what needs neither a host nor recursion; `false` for all else.
fn write_simple(value: Value, out: &mut String) -> bool {
    if value.is_float() {
        write_float(value.as_float(), out);
    } else if let Some(int) = value.to_int() {
        write_int(int, out);
    } else if value.is_string() {
        write_string_literal(value.as_str(), out);
    } else if value.is_bool() {
        out.push_str(if value == Value::TRUE { "true" } else { "false" });
    } else if !value.is_reference() {
        out.push_str("nil");
    } else if let Some(range) = RangeParts::of(value) {
        _ = if range.step == 1 {
            write!(out, "{}..{}", range.start, range.end)
        } else {
            write!(out, "range({}, {}, {})", range.start, range.end, range.step)
        };
    } else {
        return false;
    }
    true
}

/// One value being shown. What it is inside of stands in `path`, and in the runtime's held values.
struct Display<'a> {
    host: &'a mut dyn Host,
    /// The collections and struct values around the place that is being written.
    path: Vec<Identity>,
    /// Those of them that lie deeper than [`SEARCHED_DEPTH`], so that deep data does not take quadratic time.
    deep: HashSet<Identity>,
}

/// Up to this depth the path is searched from end to end.
const SEARCHED_DEPTH: usize = 32;

/// What tells a collection or struct value from others: its address, and for memory its type and length (an array begins where its
/// first element does).
type Identity = (usize, u32, usize);

fn identity_of(rt: &Runtime, value: Value) -> Identity {
    match value.kind() {
        Some(Kind::Block | Kind::View) => {
            let memory = memory_identity(rt, value);
            (memory.address, memory.type_id.0, memory.count)
        }
        _ => (value.address().get(), 0, 0),
    }
}

impl Display<'_> {
    fn write(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        // A few lists that share their parts can have more text than any memory holds.
        self.host.runtime().check_text_length(out.len())?;
        if write_simple(value, out) {
            return Ok(());
        }
        match value.kind() {
            Some(Kind::List) => self.nested(value, "[...]", out, Self::write_list),
            Some(Kind::Map) => self.nested(value, "[...: ...]", out, Self::write_map),
            Some(Kind::Block | Kind::View) => self.write_memory(value, out),
            Some(Kind::Error) => self.write_error(value, out),
            Some(Kind::Type) => {
                // SAFETY: the kind says that a `TypeObject` is there.
                let type_id = TypeId(unsafe { (*value.object::<TypeObject>()).type_id } as u32);
                out.push_str(self.host.runtime().types.name(type_id));
                Ok(())
            }
            _ => {
                match self.host.describe(value) {
                    Some(text) => out.push_str(&text),
                    None => _ = write!(out, "<{}>", self.host.runtime().type_name(value)),
                }
                Ok(())
            }
        }
    }

    /// Writes what has parts, or `inside_itself` if the value is one that is being written.
    fn nested(
        &mut self,
        value: Value,
        inside_itself: &str,
        out: &mut String,
        write_parts: fn(&mut Self, Value, &mut String) -> Result<(), Thrown>,
    ) -> Result<(), Thrown> {
        let identity = identity_of(self.host.runtime(), value);
        if self.path.iter().take(SEARCHED_DEPTH).any(|&outer| outer == identity) || self.deep.contains(&identity) {
            out.push_str(inside_itself);
            return Ok(());
        }
        self.host.check_stack()?;
        if self.path.len() >= SEARCHED_DEPTH {
            self.deep.insert(identity);
        }
        self.path.push(identity);
        self.host.runtime().held.push(value);
        write_parts(self, value, out)?;
        self.host.runtime().held.pop();
        self.path.pop();
        if self.path.len() >= SEARCHED_DEPTH {
            self.deep.remove(&identity);
        }
        Ok(())
    }

    fn write_list(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        let Some(list) = ListRef::of(value) else { return Ok(()) };
        out.push('[');
        // A `str` method may change the list: each step looks anew.
        let mut at = 0;
        while let Some(element) = list.get(at) {
            if at > 0 {
                out.push_str(", ");
            }
            self.write(element, out)?;
            at += 1;
        }
        out.push(']');
        Ok(())
    }

    fn write_map(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        let Some(map) = MapRef::of(value) else { return Ok(()) };
        if map.is_empty() {
            out.push_str("[:]");
            return Ok(());
        }
        out.push('[');
        let mut at = 0;
        while let Some((found, key, element)) = map.next_entry(at) {
            if at > 0 {
                out.push_str(", ");
            }
            // Held, because the key's `str` method may take it out of the map.
            self.host.runtime().held.push(element);
            self.write(key, out)?;
            out.push_str(": ");
            self.write(element, out)?;
            self.host.runtime().held.pop();
            at = found + 1;
        }
        out.push(']');
        Ok(())
    }

    fn write_error(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        let Some(error) = ErrorRef::of(value) else { return Ok(()) };
        out.push_str("Error(");
        write_string_literal(error.message().to_str().unwrap_or(""), out);
        out.push_str(", kind: ");
        write_string_literal(error.kind().to_str().unwrap_or("Error"), out);
        out.push(')');
        Ok(())
    }

    fn write_memory(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        let rt = self.host.runtime();
        let identity = memory_identity(rt, value);
        let name = rt.types.name(identity.type_id).clone();
        match identity.kind {
            MemoryKind::Pointer => {
                _ = write!(out, "{name}@{:#x}", identity.address);
                Ok(())
            }
            MemoryKind::Slice => self.nested(value, &format!("{name}[...]"), out, Self::write_slice),
            MemoryKind::Record => self.nested(value, &format!("{name}(...)"), out, Self::write_record),
        }
    }

    fn write_slice(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        let rt = self.host.runtime();
        rt.check_live(value)?;
        let identity = memory_identity(rt, value);
        out.push_str(&rt.types.name(identity.type_id).clone());
        out.push('[');
        for at in 0..identity.count {
            if at > 0 {
                out.push_str(", ");
            }
            let element = self.host.runtime().slice_element(value, at)?;
            self.write(element, out)?;
        }
        out.push(']');
        Ok(())
    }

    fn write_record(&mut self, value: Value, out: &mut String) -> Result<(), Thrown> {
        if let Some(text) = call_overload(self.host, value, "str", &[])? {
            return match text.to_str() {
                Some(text) => {
                    out.push_str(text);
                    Ok(())
                }
                None => {
                    let rt = self.host.runtime();
                    let (owner, found) = (rt.type_name(value), rt.type_name(text));
                    rt.fail(ErrorKind::TypeError, format!("the `str` method of {owner} gave {found}; expected a string"))
                }
            };
        }
        let rt = self.host.runtime();
        let identity = memory_identity(rt, value);
        let Some(record) = rt.types.record(identity.type_id).cloned() else { return Ok(()) };
        out.push_str(rt.types.name(identity.type_id));
        out.push('(');
        for (at, field) in record.fields.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            if !field.name.is_empty() {
                out.push_str(&field.name);
                out.push_str(": ");
            }
            let element = self.host.runtime().read_record_field(value, field)?;
            self.write(element, out)?;
        }
        out.push(')');
        Ok(())
    }
}

#[cfg(test)]
#[path = "display_test.rs"]
mod tests;
