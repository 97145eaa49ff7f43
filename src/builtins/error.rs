//! The parts of an error, as properties.

use super::expect::{no_constants, parameter};
use crate::value::{ErrorRef, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const PROPERTIES: Namespace = Namespace {
    name: "error",
    place: Place::Properties(TypeId::ERROR),
    entries: PROPERTY_ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Properties of errors, which `Error(…)` makes.",
};

#[rustfmt::skip]
const PROPERTY_ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "message", signature: "(self)", minimum: 1, maximum: 1, function: message, doc: "What went wrong, a string." },
    NativeEntry { name: "kind", signature: "(self)", minimum: 1, maximum: 1, function: kind, doc: "What kind of error it is, a string such as `\"TypeError\"`." },
    NativeEntry { name: "code", signature: "(self)", minimum: 1, maximum: 1, function: code, doc: "The code it was made with (errno for an `IOError` or `OSError`), nil if there is none." },
    NativeEntry { name: "cause", signature: "(self)", minimum: 1, maximum: 1, function: cause, doc: "The error that led to this one or was replaced by it, or nil." },
    NativeEntry { name: "trace", signature: "(self)", minimum: 1, maximum: 1, function: trace, doc: "A list of the calls that were in progress when it was first thrown, innermost first, each as `\"function file:line:column\"`." },
];

fn receiver(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<ErrorRef, Thrown> {
    let value = arguments.get(0);
    match ErrorRef::of(value) {
        Some(error) => Ok(error),
        None => parameter(function, "self", 0).wrong_type(vm, "an error", value),
    }
}

fn message(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver(vm, arguments, "message").map(ErrorRef::message)
}

fn kind(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver(vm, arguments, "kind").map(ErrorRef::kind)
}

fn code(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver(vm, arguments, "code").map(ErrorRef::code)
}

fn cause(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver(vm, arguments, "cause").map(ErrorRef::cause)
}

fn trace(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let error = receiver(vm, arguments, "trace")?;
    let lines = vm.trace_lines(error.value());
    let list = vm.runtime.new_list(lines.len())?;
    for line in lines {
        let line = vm.runtime.string_lossy(&line);
        list.push(&mut vm.runtime, line)?;
    }
    Ok(list.value())
}
