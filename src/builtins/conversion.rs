//! Conversions: what a type of the language does when it is called, and `chr` and `ord`.

use super::expect::{hold, no_constants, parameter};
use crate::value::{self, ErrorKind, ListRef, MapRef, NotANumber, Number, Thrown, Value, float_to_int, parse_float, parse_int};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "conversions",
    place: Place::Builtins,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "The names of types are the types themselves, which convert when they are called.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "int", signature: "(x, base = 10)", minimum: 1, maximum: 2, function: int, doc: "The int of a number (a float without its fraction), of a bool, or of a text: white space around it, a sign, `_` between digits and in base 10 the prefixes `0x 0o 0b` are fine; `base` is 2 to 36. What does not parse or fit is a `ValueError`.\n\n    print(int(\"0x1f\"), int(\" 7 \"), int(3.9), int(\"zz\", base: 36))   # => 31 7 3 1295" },
    NativeEntry { name: "float", signature: "(x)", minimum: 1, maximum: 1, function: float, doc: "The float of a number, of a bool, or of a text (`inf` and `nan` too). What does not parse, or is too large, is a `ValueError`." },
    NativeEntry { name: "bool", signature: "(x)", minimum: 1, maximum: 1, function: bool, doc: "false for nil and false, true for everything else." },
    NativeEntry { name: "string", signature: "(x)", minimum: 1, maximum: 1, function: string, doc: "The same as `str(x)`." },
    NativeEntry { name: "list", signature: "(iterable = [])", minimum: 0, maximum: 1, function: list, doc: "A new list of the elements of an iterable: of a map its keys, of a string its characters." },
    NativeEntry { name: "map", signature: "(pairs = [])", minimum: 0, maximum: 1, function: map, doc: "A new map of an iterable of pairs `[key, value]`, or a copy of a map. What is no pair is a `TypeError`, a list of another length a `ValueError`.\n\n    print(map([[\"a\", 1], [\"b\", 2]]))   # => [\"a\": 1, \"b\": 2]" },
    NativeEntry { name: "chr", signature: "(n)", minimum: 1, maximum: 1, function: chr, doc: "The character of a code point, as a string; what is no code point is a `ValueError`." },
    NativeEntry { name: "ord", signature: "(s)", minimum: 1, maximum: 1, function: ord, doc: "The code point of a string of one character; any other string is a `ValueError`." },
];

fn int(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let value = arguments.get(0);
    let base = parameter("int", "base", 1).optional_int(vm, arguments)?;
    if let Some(text) = value.to_str() {
        let base = base.unwrap_or(10);
        if !(2..=36).contains(&base) {
            return parameter("int", "base", 1).wrong_value(vm, &format!("is 2 to 36, not {base}"));
        }
        return match parse_int(text, base as u32) {
            Ok(int) => Ok(vm.runtime.int(int)),
            Err(reason) => {
                let what = if base == 10 { "an int".to_string() } else { format!("an int in base {base}") };
                not_a_number(vm, arguments.get(0), reason, &what)
            }
        };
    }
    if base.is_some() {
        return parameter("int", "x", 0).wrong_type(vm, "a string where a base is given", value);
    }
    if value.is_bool() {
        return Ok(Value::inline_int(value.is_truthy() as i64));
    }
    match value.to_number() {
        Some(Number::Int(_)) => Ok(value),
        Some(Number::Float(float)) => match float_to_int(float) {
            Some(int) => Ok(vm.runtime.int(int)),
            None => {
                let shown = vm.repr_short(value)?;
                vm.fail(ErrorKind::ValueError, format!("int() cannot convert {shown}: an int has 64 bits"))
            }
        },
        None => parameter("int", "x", 0).wrong_type(vm, "a number or string", value),
    }
}

#[cold]
fn not_a_number(vm: &mut Vm, text: Value, reason: NotANumber, what: &str) -> Result<Value, Thrown> {
    let shown = vm.repr_short(text)?;
    let message = match reason {
        NotANumber::Malformed => format!("{shown} is not the text of {what}"),
        NotANumber::OutOfRange => format!("{shown} does not fit {what} of 64 bits"),
    };
    let failed = vm.fail(ErrorKind::ValueError, message);
    failed.map_err(|thrown| {
        thrown.with_help(&mut vm.runtime, "where a text may be no number, to_int() and to_float() of it give nil")
    })
}

fn float(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let value = arguments.get(0);
    if let Some(text) = value.to_str() {
        return match parse_float(text) {
            Ok(float) => Ok(Value::float_from_memory(float)),
            Err(reason) => not_a_number(vm, value, reason, "a float"),
        };
    }
    if value.is_bool() {
        return Ok(Value::float(value.is_truthy() as u8 as f64));
    }
    match value.to_number() {
        Some(number) => Ok(Value::float(number.to_float())),
        None => parameter("float", "x", 0).wrong_type(vm, "a number or string", value),
    }
}

fn bool(_: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(arguments.get(0).is_truthy()))
}

fn string(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    value::to_string(vm, arguments.get(0))
}

fn list(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    match arguments.optional(0) {
        None => Ok(vm.runtime.new_list(0)?.value()),
        Some(iterable) => Ok(vm.collect_iterable(iterable)?.value()),
    }
}

fn map(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let Some(pairs) = arguments.optional(0) else {
        return Ok(vm.runtime.new_map(0)?.value());
    };
    if let Some(map) = MapRef::of(pairs) {
        return Ok(vm.runtime.copy_map(map)?.value());
    }
    let made = vm.runtime.new_map(0)?;
    let mut at = 0;
    hold(vm, &[made.value()], |vm| {
        vm.for_each(pairs, &mut |vm, pair| {
            let Some(list) = ListRef::of(pair) else {
                let found = vm.runtime.type_name(pair);
                return vm.fail(ErrorKind::TypeError, format!("map() takes pairs [key, value], and element {at} is {found}"));
            };
            let &[key, value] = list.values() else {
                let length = list.len();
                return vm.fail(
                    ErrorKind::ValueError,
                    format!("map() takes pairs [key, value], and element {at} has the length {length}"),
                );
            };
            at += 1;
            hold(vm, &[key, value], |vm| made.insert(vm, key, value))
        })
    })?;
    Ok(made.value())
}

fn chr(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let code = parameter("chr", "n", 0).int(vm, arguments)?;
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(character) => Ok(vm.runtime.char_string(character)),
        None => vm.fail(
            ErrorKind::ValueError,
            format!("{code} is no code point: they go from 0 to 0x10ffff, without 0xd800 to 0xdfff"),
        ),
    }
}

fn ord(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = parameter("ord", "s", 0).string(vm, arguments)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(Value::inline_int(character as i64)),
        _ => {
            let count = text.chars().count();
            vm.fail(ErrorKind::ValueError, format!("ord() takes a string of one character, not of {count}"))
        }
    }
}
