//! Generators: methods, and the property `done`.

use super::expect::no_constants;
use crate::value::{Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "generator",
    place: Place::Methods(TypeId::GENERATOR),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of generators, the suspended calls of functions with `yield`.",
};

pub const PROPERTIES: Namespace = Namespace {
    name: "generator",
    place: Place::Properties(TypeId::GENERATOR),
    entries: PROPERTY_ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Properties of generators.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "next", signature: "(self)", minimum: 1, maximum: 1, function: next, doc: "Runs to the next `yield` and gives its value; nil once there is none, and `done` turns true. An error inside is thrown and ends the generator; a running generator is a `ValueError`.\n\n    fn two() { yield 1; yield 2 }\n    let g = two()\n    print(g.next(), g.next(), g.done, g.next(), g.done)   # => 1 2 false nil true" },
    NativeEntry { name: "close", signature: "(self)", minimum: 1, maximum: 1, function: close, doc: "Ends the generator and runs its pending `defer`s and `finally` blocks." },
];

#[rustfmt::skip]
const PROPERTY_ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "done", signature: "(self)", minimum: 1, maximum: 1, function: done, doc: "Whether the generator has ended." },
];

fn next(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(vm.next_of_generator(arguments.get(0))?.unwrap_or(Value::NIL))
}

fn close(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    vm.close_generator(arguments.get(0))?;
    Ok(Value::NIL)
}

fn done(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(vm.generator_is_done(arguments.get(0))))
}
