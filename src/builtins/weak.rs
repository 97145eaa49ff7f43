//! Weak references, which the builtin `weak` makes.

use super::expect::no_constants;
use crate::value::{Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "weak",
    place: Place::Methods(TypeId::WEAK),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of weak references, which `weak(x)` makes.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "get", signature: "(self)", minimum: 1, maximum: 1, function: get, doc: "The value it refers to, or nil once nothing but weak references was left of it." },
];

fn get(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(vm.runtime.weak_target(arguments.get(0)))
}
