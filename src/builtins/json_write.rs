//! Values to JSON text.

use super::json_read::MAXIMUM_DEPTH;
use crate::value::{ErrorKind, ListRef, MapRef, Thrown, Value, write_float, write_int};
use crate::vm::Vm;
use std::fmt::Write;

/// The text for a value; with an indent one item a line.
pub(super) fn write(vm: &mut Vm, value: Value, indent: Option<usize>) -> Result<String, Thrown> {
    let mut writer = Writer { out: String::new(), indent, path: Vec::new() };
    writer.value(vm, value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    indent: Option<usize>,
    /// The lists and maps around this place.
    path: Vec<Value>,
}

impl Writer {
    fn value(&mut self, vm: &mut Vm, value: Value) -> Result<(), Thrown> {
        if value.is_string() {
            write_string(value.as_str(), &mut self.out);
        } else if value.is_float() {
            let float = value.as_float();
            if !float.is_finite() {
                return self.not_a_number(vm, float);
            }
            write_float(float, &mut self.out);
        } else if let Some(int) = value.to_int() {
            write_int(int, &mut self.out);
        } else if value.is_nil() {
            self.out.push_str("null");
        } else if value.is_bool() {
            self.out.push_str(if value == Value::TRUE { "true" } else { "false" });
        } else if let Some(list) = ListRef::of(value) {
            self.enter(vm, value)?;
            self.list(vm, list)?;
            self.path.pop();
        } else if let Some(map) = MapRef::of(value) {
            self.enter(vm, value)?;
            self.map(vm, map)?;
            self.path.pop();
        } else {
            let found = vm.runtime.type_name(value);
            let message = format!("format(): JSON has no {found}; it holds nil, bools, numbers, strings, lists and maps");
            return vm.fail(ErrorKind::TypeError, message);
        }
        Ok(())
    }

    #[cold]
    fn not_a_number(&self, vm: &mut Vm, float: f64) -> Result<(), Thrown> {
        let name = if float.is_nan() { "NaN" } else { "infinity" };
        vm.fail(ErrorKind::ValueError, format!("format(): JSON has no {name}"))
    }

    /// Goes into a list or map, unless it is in itself or too deep.
    fn enter(&mut self, vm: &mut Vm, value: Value) -> Result<(), Thrown> {
        if self.path.contains(&value) {
            let name = vm.runtime.type_name(value);
            return vm.fail(ErrorKind::ValueError, format!("format(): a {name} contains itself"));
        }
        if self.path.len() == MAXIMUM_DEPTH {
            return vm
                .fail(ErrorKind::ValueError, format!("format(): the value is nested more than {MAXIMUM_DEPTH} levels deep"));
        }
        vm.check_machine_stack()?;
        self.path.push(value);
        Ok(())
    }

    /// Begins a line at the level of what stands in the innermost list or map.
    fn line(&mut self, level: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * level));
        }
    }

    fn list(&mut self, vm: &mut Vm, list: ListRef) -> Result<(), Thrown> {
        let level = self.path.len();
        self.out.push('[');
        for (index, &value) in list.values().iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(level);
            self.value(vm, value)?;
        }
        if !list.is_empty() {
            self.line(level - 1);
        }
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self, vm: &mut Vm, map: MapRef) -> Result<(), Thrown> {
        let level = self.path.len();
        self.out.push('{');
        for (index, (key, value)) in map.entries().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line(level);
            let Some(key) = key.to_str() else {
                let found = vm.runtime.type_name(key);
                return vm.fail(ErrorKind::TypeError, format!("format(): keys in JSON are strings, not {found}"));
            };
            write_string(key, &mut self.out);
            self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
            self.value(vm, value)?;
        }
        if !map.is_empty() {
            self.line(level - 1);
        }
        self.out.push('}');
        Ok(())
    }
}

/// Appends a string as JSON writes it.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => _ = write!(out, "\\u{byte:04x}"),
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
}
