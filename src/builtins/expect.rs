//! Arguments as Rust values, or the `TypeError` that names the function, the argument, what was expected and what was found.
//!
//! All messages have one form: `split() takes a string for `sep`, not int`.

use crate::value::{ErrorKind, ListRef, MapRef, Number, Thrown, Value};
use crate::vm::{Arguments, Vm};

/// What a function asks of its arguments: `arguments` at `index`, which the signature calls `name`.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub function: &'static str,
    pub name: &'static str,
    pub index: usize,
}

/// Shorthand for a [`Parameter`].
pub(super) const fn parameter(function: &'static str, name: &'static str, index: usize) -> Parameter {
    Parameter { function, name, index }
}

impl Parameter {
    /// The `TypeError` for this argument. `expected` is written with its article: `a string`.
    #[cold]
    pub fn wrong_type<T>(self, vm: &mut Vm, expected: &str, found: Value) -> Result<T, Thrown> {
        let found = vm.runtime.type_name(found);
        vm.fail(ErrorKind::TypeError, format!("{}() takes {expected} for `{}`, not {found}", self.function, self.name))
    }

    /// The `ValueError` for this argument. `reason` goes on behind its name: `must not be empty`.
    #[cold]
    pub fn wrong_value<T>(self, vm: &mut Vm, reason: &str) -> Result<T, Thrown> {
        vm.fail(ErrorKind::ValueError, format!("{}(): `{}` {reason}", self.function, self.name))
    }

    pub fn string(self, vm: &mut Vm, arguments: Arguments) -> Result<&'static str, Thrown> {
        let value = arguments.get(self.index);
        match value.to_str() {
            Some(text) => Ok(text),
            None => self.wrong_type(vm, "a string", value),
        }
    }

    /// A string that may be left out or nil.
    pub fn optional_string(self, vm: &mut Vm, arguments: Arguments) -> Result<Option<&'static str>, Thrown> {
        match arguments.optional(self.index) {
            None | Some(Value::NIL) => Ok(None),
            Some(_) => self.string(vm, arguments).map(Some),
        }
    }

    pub fn int(self, vm: &mut Vm, arguments: Arguments) -> Result<i64, Thrown> {
        let value = arguments.get(self.index);
        match value.to_int() {
            Some(int) => Ok(int),
            None => self.wrong_type(vm, "an int", value),
        }
    }

    /// An int that may be left out or nil.
    pub fn optional_int(self, vm: &mut Vm, arguments: Arguments) -> Result<Option<i64>, Thrown> {
        match arguments.optional(self.index) {
            None | Some(Value::NIL) => Ok(None),
            Some(_) => self.int(vm, arguments).map(Some),
        }
    }

    /// An int that counts something: 0 or more.
    pub fn count(self, vm: &mut Vm, arguments: Arguments) -> Result<usize, Thrown> {
        match self.int(vm, arguments)? {
            count if count >= 0 => Ok(count as usize),
            negative => self.wrong_value(vm, &format!("must not be negative; it is {negative}")),
        }
    }

    pub fn number(self, vm: &mut Vm, arguments: Arguments) -> Result<Number, Thrown> {
        let value = arguments.get(self.index);
        match value.to_number() {
            Some(number) => Ok(number),
            None => self.wrong_type(vm, "a number", value),
        }
    }

    /// A number as a float.
    #[inline]
    pub fn float(self, vm: &mut Vm, arguments: Arguments) -> Result<f64, Thrown> {
        let value = arguments.get(self.index);
        if value.is_float() { Ok(value.as_float()) } else { self.number(vm, arguments).map(Number::to_float) }
    }

    pub fn list(self, vm: &mut Vm, arguments: Arguments) -> Result<ListRef, Thrown> {
        let value = arguments.get(self.index);
        match ListRef::of(value) {
            Some(list) => Ok(list),
            None => self.wrong_type(vm, "a list", value),
        }
    }

    pub fn map(self, vm: &mut Vm, arguments: Arguments) -> Result<MapRef, Thrown> {
        let value = arguments.get(self.index);
        match MapRef::of(value) {
            Some(map) => Ok(map),
            None => self.wrong_type(vm, "a map", value),
        }
    }
}

/// The receiver of a method of lists.
#[inline]
pub(super) fn receiver_list(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<ListRef, Thrown> {
    parameter(function, "self", 0).list(vm, arguments)
}

/// The receiver of a method of maps.
#[inline]
pub(super) fn receiver_map(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<MapRef, Thrown> {
    parameter(function, "self", 0).map(vm, arguments)
}

/// The receiver of a method of strings.
#[inline]
pub(super) fn receiver_string(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<&'static str, Thrown> {
    parameter(function, "self", 0).string(vm, arguments)
}

/// No constants: what most namespaces have.
pub(super) fn no_constants(_: &mut Vm) -> Vec<(&'static str, Value)> {
    Vec::new()
}

/// Keeps values alive while `body` calls back into scripts.
pub(super) fn hold<T>(vm: &mut Vm, values: &[Value], body: impl FnOnce(&mut Vm) -> Result<T, Thrown>) -> Result<T, Thrown> {
    let floor = vm.runtime.held.len();
    vm.runtime.held.extend_from_slice(values);
    let result = body(vm);
    vm.runtime.held.truncate(floor);
    result
}
