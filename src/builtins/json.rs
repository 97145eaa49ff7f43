//! The module `json`. Reading is in `json_read`, writing in `json_write`.

use super::expect::{no_constants, parameter};
use super::json_read;
use super::json_write;
use crate::value::{Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "json",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "JSON, by RFC 8259. Objects are maps with strings as keys, arrays are lists, null is nil. Both ways at most 1000 levels deep.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "parse", signature: "(s)", minimum: 1, maximum: 1, function: parse, doc: "The value that a text describes. Numbers without a fraction and exponent are ints, floats where they do not fit; of equal keys the last one counts. A mistake is a `ValueError` with its line and column.\n\n    let x = json.parse(\"\\{\\\"a\\\": [1, 2.5, null]\\}\")\n    print(x[\"a\"])   # => [1, 2.5, nil]" },
    NativeEntry { name: "format", signature: "(x, indent = nil)", minimum: 1, maximum: 2, function: format, doc: "The text for a value, in one line, or with `indent` (0 to 16 spaces for each level) one item a line. What JSON cannot hold is a `TypeError`; NaN, infinities, and what contains itself are a `ValueError`.\n\n    print(json.format([\"a\": [1, nil], \"b\": true]))   # => {\"a\":[1,null],\"b\":true}" },
];

/// The widest indent.
const MAXIMUM_INDENT: i64 = 16;

fn parse(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = parameter("parse", "s", 0).string(vm, arguments)?;
    json_read::read(vm, text)
}

fn format(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let indent = match parameter("format", "indent", 1).optional_int(vm, arguments)? {
        None => None,
        Some(indent @ 0..=MAXIMUM_INDENT) => Some(indent as usize),
        Some(indent) => {
            return parameter("format", "indent", 1).wrong_value(vm, &format!("is 0 to {MAXIMUM_INDENT}, not {indent}"));
        }
    };
    let text = json_write::write(vm, arguments.get(0), indent)?;
    vm.runtime.string(&text)
}
