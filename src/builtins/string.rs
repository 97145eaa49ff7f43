//! Methods of strings. Indexes and lengths are in bytes, as `s[i]` and `len(s)` are; widths of padding in characters.

use super::expect::{no_constants, parameter, receiver_string};
use crate::value::{self, Thrown, TypeId, Value, parse_float, parse_int};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "string",
    place: Place::Methods(TypeId::STRING),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of strings. Strings do not change: each method gives a new one.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "upper", signature: "(self)", minimum: 1, maximum: 1, function: upper, doc: "The text in capital letters, by the rules of Unicode." },
    NativeEntry { name: "lower", signature: "(self)", minimum: 1, maximum: 1, function: lower, doc: "The text in small letters, by the rules of Unicode." },
    NativeEntry { name: "trim", signature: "(self)", minimum: 1, maximum: 1, function: trim, doc: "Without white space at both ends." },
    NativeEntry { name: "trim_start", signature: "(self)", minimum: 1, maximum: 1, function: trim_start, doc: "Without white space at the start." },
    NativeEntry { name: "trim_end", signature: "(self)", minimum: 1, maximum: 1, function: trim_end, doc: "Without white space at the end." },
    NativeEntry { name: "split", signature: "(self, sep = nil, limit = nil)", minimum: 1, maximum: 3, function: split, doc: "A list of the pieces between occurrences of `sep`, at most `limit` of them (the last one is the rest); without `sep` the words between runs of white space, none of them empty. An empty `sep` or a `limit` below 1 is a `ValueError`.\n\n    print(\"a, b,c\".split(\",\"), \" a  b \".split())   # => [\"a\", \" b\", \"c\"] [\"a\", \"b\"]" },
    NativeEntry { name: "lines", signature: "(self)", minimum: 1, maximum: 1, function: lines, doc: "A list of the lines without their ends (`\\n` or `\\r\\n`); behind a last line end comes no empty line." },
    NativeEntry { name: "join", signature: "(self, xs)", minimum: 2, maximum: 2, function: join, doc: "The `str` of each element of an iterable, with this string between them.\n\n    print(\", \".join([\"a\", 1]))   # => a, 1" },
    NativeEntry { name: "replace", signature: "(self, a, b)", minimum: 3, maximum: 3, function: replace, doc: "With `b` in the place of every `a`, from left to right." },
    NativeEntry { name: "contains", signature: "(self, s)", minimum: 2, maximum: 2, function: contains, doc: "Whether `s` occurs in it; the same as `s in self`." },
    NativeEntry { name: "starts_with", signature: "(self, s)", minimum: 2, maximum: 2, function: starts_with, doc: "Whether it begins with `s`." },
    NativeEntry { name: "ends_with", signature: "(self, s)", minimum: 2, maximum: 2, function: ends_with, doc: "Whether it ends with `s`." },
    NativeEntry { name: "find", signature: "(self, s)", minimum: 2, maximum: 2, function: find, doc: "The byte index of the first `s`, or nil." },
    NativeEntry { name: "rfind", signature: "(self, s)", minimum: 2, maximum: 2, function: rfind, doc: "The byte index of the last `s`, or nil." },
    NativeEntry { name: "repeat", signature: "(self, n)", minimum: 2, maximum: 2, function: repeat, doc: "The text `n` times over, as `s * n`; a negative `n` is a `ValueError`." },
    NativeEntry { name: "chars", signature: "(self)", minimum: 1, maximum: 1, function: chars, doc: "A list of its characters, as strings." },
    NativeEntry { name: "bytes", signature: "(self)", minimum: 1, maximum: 1, function: bytes, doc: "Its bytes in a new `[]u8`." },
    NativeEntry { name: "pad_start", signature: "(self, n, fill = \" \")", minimum: 2, maximum: 3, function: pad_start, doc: "Filled up to `n` characters with `fill` at the start; as it is if it has as many. An empty `fill` is a `ValueError`.\n\n    print(\"7\".pad_start(3, \"0\"))   # => 007" },
    NativeEntry { name: "pad_end", signature: "(self, n, fill = \" \")", minimum: 2, maximum: 3, function: pad_end, doc: "Filled up to `n` characters with `fill` at the end; as it is if it has as many. An empty `fill` is a `ValueError`." },
    NativeEntry { name: "to_int", signature: "(self)", minimum: 1, maximum: 1, function: to_int, doc: "The int that `int(s)` reads, or nil where it would throw." },
    NativeEntry { name: "to_float", signature: "(self)", minimum: 1, maximum: 1, function: to_float, doc: "The float that `float(s)` reads, or nil where it would throw." },
];

/// A string for a part of the receiver: the receiver itself where that is all of it.
fn part(vm: &mut Vm, arguments: Arguments, text: &str, part: &str) -> Result<Value, Thrown> {
    if part.len() == text.len() { Ok(arguments.get(0)) } else { vm.runtime.string(part) }
}

fn upper(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "upper")?;
    vm.runtime.string(&text.to_uppercase())
}

fn lower(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "lower")?;
    vm.runtime.string(&text.to_lowercase())
}

fn trim(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "trim")?;
    part(vm, arguments, text, text.trim())
}

fn trim_start(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "trim_start")?;
    part(vm, arguments, text, text.trim_start())
}

fn trim_end(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "trim_end")?;
    part(vm, arguments, text, text.trim_end())
}

/// A list of new strings. Nothing collects before it holds them.
fn list_of_pieces<'a>(vm: &mut Vm, pieces: impl Iterator<Item = &'a str>) -> Result<Value, Thrown> {
    let list = vm.runtime.new_list(0)?;
    for piece in pieces {
        let piece = vm.runtime.string(piece)?;
        list.push(&mut vm.runtime, piece)?;
    }
    Ok(list.value())
}

fn split(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "split")?;
    let separator = parameter("split", "sep", 1).optional_string(vm, arguments)?;
    let limit = match parameter("split", "limit", 2).optional_int(vm, arguments)? {
        None => usize::MAX,
        Some(limit) if limit >= 1 => limit as usize,
        Some(limit) => return parameter("split", "limit", 2).wrong_value(vm, &format!("must be 1 or more; it is {limit}")),
    };
    match separator {
        Some("") => parameter("split", "sep", 1).wrong_value(vm, "must not be empty; chars() gives the characters"),
        Some(separator) if limit == usize::MAX => list_of_pieces(vm, text.split(separator)),
        Some(separator) => list_of_pieces(vm, text.splitn(limit, separator)),
        None if limit == usize::MAX => list_of_pieces(vm, text.split_whitespace()),
        None => list_of_pieces(vm, words(text, limit)),
    }
}

/// The words of a text, the last of at most `limit` with all the rest.
fn words(text: &str, limit: usize) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    let mut count = 0;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        count += 1;
        match rest.find(char::is_whitespace) {
            Some(end) if count < limit => {
                let word = &rest[..end];
                rest = rest[end..].trim_start();
                Some(word)
            }
            _ => Some(std::mem::take(&mut rest)),
        }
    })
}

fn lines(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "lines")?;
    list_of_pieces(vm, text.lines())
}

fn join(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let separator = receiver_string(vm, arguments, "join")?;
    join_iterable(vm, arguments.get(1), separator)
}

/// The strings of an iterable with a separator between them; both are roots.
pub(super) fn join_iterable(vm: &mut Vm, iterable: Value, separator: &str) -> Result<Value, Thrown> {
    let list = match value::ListRef::of(iterable) {
        Some(list) => list,
        None => vm.collect_iterable(iterable)?,
    };
    if list.values().iter().all(|item| item.is_string()) {
        return vm.runtime.join_strings_with(separator, list.values());
    }
    let floor = vm.runtime.held.len();
    vm.runtime.held.push(list.value());
    let mut text = String::new();
    let mut result = Ok(());
    let mut at = 0;
    // Elements are shown by their `str`, which may run a script that changes the list.
    while let (Ok(()), Some(item)) = (&result, list.get(at)) {
        if at > 0 {
            text.push_str(separator);
        }
        result = value::write_str(vm, item, &mut text).and_then(|()| vm.runtime.check_text_length(text.len()));
        at += 1;
    }
    vm.runtime.held.truncate(floor);
    result?;
    vm.runtime.string(&text)
}

fn replace(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "replace")?;
    let from = parameter("replace", "a", 1).string(vm, arguments)?;
    let to = parameter("replace", "b", 2).string(vm, arguments)?;
    if value::find(text, from).is_none() {
        return Ok(arguments.get(0));
    }
    let count = text.matches(from).count();
    let length = (text.len() - count * from.len()).saturating_add(count.saturating_mul(to.len()));
    vm.runtime.check_text_length(length)?;
    vm.runtime.string(&text.replace(from, to))
}

fn contains(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "contains")?;
    let piece = parameter("contains", "s", 1).string(vm, arguments)?;
    Ok(Value::bool(value::find(text, piece).is_some()))
}

fn starts_with(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "starts_with")?;
    let piece = parameter("starts_with", "s", 1).string(vm, arguments)?;
    Ok(Value::bool(text.starts_with(piece)))
}

fn ends_with(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "ends_with")?;
    let piece = parameter("ends_with", "s", 1).string(vm, arguments)?;
    Ok(Value::bool(text.ends_with(piece)))
}

fn index_or_nil(index: Option<usize>) -> Value {
    index.map_or(Value::NIL, |index| Value::inline_int(index as i64))
}

fn find(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "find")?;
    let piece = parameter("find", "s", 1).string(vm, arguments)?;
    Ok(index_or_nil(value::find(text, piece)))
}

fn rfind(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "rfind")?;
    let piece = parameter("rfind", "s", 1).string(vm, arguments)?;
    Ok(index_or_nil(value::find_last(text, piece)))
}

fn repeat(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver_string(vm, arguments, "repeat")?;
    let count = parameter("repeat", "n", 1).int(vm, arguments)?;
    vm.runtime.repeat_string(arguments.get(0), count)
}

fn chars(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "chars")?;
    let list = vm.runtime.new_list(if text.is_ascii() { text.len() } else { 0 })?;
    for character in text.chars() {
        let character = vm.runtime.char_string(character);
        list.push(&mut vm.runtime, character)?;
    }
    Ok(list.value())
}

fn bytes(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "bytes")?;
    vm.runtime.new_bytes(text.as_bytes())
}

/// What is missing to `count` characters, and the text itself.
fn padding(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<(String, &'static str), Thrown> {
    let text = receiver_string(vm, arguments, function)?;
    let count = parameter(function, "n", 1).int(vm, arguments)?.max(0) as usize;
    let fill = parameter(function, "fill", 2).optional_string(vm, arguments)?.unwrap_or(" ");
    if fill.is_empty() {
        return parameter(function, "fill", 2).wrong_value(vm, "must not be empty");
    }
    let missing = count.saturating_sub(text.chars().count());
    vm.runtime.check_text_length(missing.saturating_mul(fill.chars().map(char::len_utf8).max().unwrap_or(1)))?;
    Ok((fill.chars().cycle().take(missing).collect(), text))
}

fn pad_start(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (padding, text) = padding(vm, arguments, "pad_start")?;
    vm.runtime.string_from_parts(&[&padding, text])
}

fn pad_end(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (padding, text) = padding(vm, arguments, "pad_end")?;
    vm.runtime.string_from_parts(&[text, &padding])
}

fn to_int(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "to_int")?;
    Ok(parse_int(text, 10).map_or(Value::NIL, |int| vm.runtime.int(int)))
}

fn to_float(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = receiver_string(vm, arguments, "to_float")?;
    Ok(parse_float(text).map_or(Value::NIL, Value::float_from_memory))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_last_word_of_a_limited_split_is_the_rest() {
        assert_eq!(words("  a  b  c ", 2).collect::<Vec<_>>(), ["a", "b  c"]);
        assert_eq!(words("a b", 5).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(words("  ", 3).count(), 0);
        assert_eq!(words(" one ", 1).collect::<Vec<_>>(), ["one"]);
    }
}
