//! Pinners, which keep memory alive and in place for C.

use super::expect::no_constants;
use crate::ffi;
use crate::source::SourceRange;
use crate::value::{ErrorKind, Kind, Memory, PinEntry, PinTarget, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const CONSTRUCTOR: Namespace = Namespace {
    name: "pins",
    place: Place::Builtins,
    entries: CONSTRUCTORS,
    constants: no_constants,
    script: None,
    doc: "Memory that C may keep: pinned, or in an arena.",
};

pub const NAMESPACE: Namespace = Namespace {
    name: "Pinner",
    place: Place::Methods(TypeId::PINNER),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of pinners, which `Pinner()` makes.",
};

pub const PROPERTIES: Namespace = Namespace {
    name: "Pinner",
    place: Place::Properties(TypeId::PINNER),
    entries: PROPERTY_ENTRIES,
    constants: no_constants,
    script: None,
    doc: "What can be read of a pinner.",
};

#[rustfmt::skip]
const CONSTRUCTORS: &[NativeEntry] = &[
    NativeEntry { name: "Pinner", signature: "()", minimum: 0, maximum: 0, function: new_pinner, doc: "A new pinner. It must be unpinned before it becomes unreachable: `defer pinner.unpin()`." },
    NativeEntry { name: "Arena", signature: "()", minimum: 0, maximum: 0, function: super::arena::new_arena, doc: "A new arena: `new(arena) T` allocates memory in it that C may keep until `arena.free()`." },
];

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "pin", signature: "(self, x)", minimum: 2, maximum: 2, function: pin, doc: "Pins the memory that a pointer, struct value, slice, string or callback value points to or into: it stays alive and in place until `unpin()`. Returns `x`; what cannot be pinned is a `PinError`." },
    NativeEntry { name: "pin_all", signature: "(self, x)", minimum: 2, maximum: 2, function: pin_all, doc: "Pins all that must be pinned before `x` can be passed to C, however far it leads, and returns `x`.\n\n    struct Node { value: int, next: *Node }\n    let pinner = Pinner()\n    defer pinner.unpin()\n    pinner.pin_all(Node(1, Node(2, Node(3, nil))))\n    print(pinner.count)   # => 2" },
    NativeEntry { name: "unpin", signature: "(self)", minimum: 1, maximum: 1, function: unpin, doc: "Takes off all pins that this pinner made." },
    NativeEntry { name: "close", signature: "(self)", minimum: 1, maximum: 1, function: close, doc: "`unpin()`, after which `pin` is a `PinError`." },
];

#[rustfmt::skip]
const PROPERTY_ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "count", signature: "(self)", minimum: 1, maximum: 1, function: count, doc: "The number of pins that it holds." },
];

fn new_pinner(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    Ok(vm.runtime.new_pinner())
}

fn pin(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (pinner, value) = (arguments.get(0), arguments.get(1));
    let place = vm.place_of_pin();
    vm.runtime.pin(pinner, value, place)?;
    Ok(value)
}

fn pin_all(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (pinner, value) = (arguments.get(0), arguments.get(1));
    let place = vm.place_of_pin();
    vm.runtime.check_pinner_is_open(pinner)?;
    let is_in_arena = Memory::of(value).is_some_and(|memory| memory.owner.is_kind(Kind::Arena));
    if value.is_nil() || is_in_arena {
        // Neither can be pinned, and a call asks for no pin.
        vm.runtime.check_live(value)?;
        return Ok(value);
    }
    // The errors of `pin`, for a value that it would refuse.
    match vm.runtime.pin_target_for("Pinner.pin_all", value)? {
        PinTarget::Nothing => {}
        PinTarget::Object(_) => {
            for object in ffi::objects_to_pin(&mut vm.runtime, value)? {
                vm.runtime.has_pinned_callbacks |= Value::reference(object).is_kind(Kind::Callback);
                vm.runtime.pin_object(pinner, object, place)?;
            }
        }
    }
    Ok(value)
}

fn unpin(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    note_callbacks(vm, arguments.get(0));
    let unpinned = vm.runtime.unpin(arguments.get(0));
    check_stale(vm, &unpinned)
}

fn close(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    note_callbacks(vm, arguments.get(0));
    let unpinned = vm.runtime.close_pinner(arguments.get(0));
    check_stale(vm, &unpinned)
}

/// What is told of a callback that C calls later.
fn note_callbacks(vm: &mut Vm, pinner: Value) {
    if vm.runtime.has_pinned_callbacks {
        let place = vm.place_of_pin();
        vm.runtime.note_unpinned_callbacks(pinner, place);
    }
}

fn count(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let count = vm.runtime.pins_held(arguments.get(0));
    Ok(Value::inline_int(count as i64))
}

/// Fails if memory that a script stored an address into still holds it, though the object has no pin any more; for strict checks.
fn check_stale(vm: &mut Vm, unpinned: &[PinEntry]) -> Result<Value, Thrown> {
    let mut first = None;
    for entry in unpinned {
        if let Some(stale) = vm.runtime.take_stale_store(entry.object) {
            first.get_or_insert((*entry, stale));
        }
    }
    let Some((entry, stale)) = first else { return Ok(Value::NIL) };
    let place = |place: (u32, u32)| vm.sources.borrow().place(SourceRange::new(place.0, place.1));
    let stored = format!("stored at {}", place(stale.place));
    let pinned = vm.places_of_pins(&[entry]).join("");
    let refused = vm.fail(ErrorKind::PinError, "unpinned while C memory still holds it");
    refused.map_err(|thrown| {
        let thrown = thrown.with_detail(&mut vm.runtime, &pinned).with_detail(&mut vm.runtime, &stored);
        thrown.with_help(&mut vm.runtime, "overwrite or free that memory first, then unpin")
    })
}
