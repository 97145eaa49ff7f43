//! Arenas: memory that C may keep until all of it is freed at once.

use super::expect::no_constants;
use crate::value::{Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "Arena",
    place: Place::Methods(TypeId::ARENA),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of arenas, which `Arena()` makes. `new(arena) T` allocates in one.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "free", signature: "(self)", minimum: 1, maximum: 1, function: free, doc: "Frees all memory of the arena at once; a second time it does nothing. Any use of that memory is a `PinError` from then on." },
];

pub(super) fn new_arena(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    Ok(vm.runtime.new_arena())
}

fn free(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let place = vm.place_of_pin();
    vm.runtime.free_arena(arguments.get(0), place);
    Ok(Value::NIL)
}
