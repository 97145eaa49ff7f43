//! What C functions give together with the duty to release it: `@owned(f)`.
//!
//! The pointer value has an owner (`value::OwnedObject`), which all copies and views of it share. It is released once: by
//! `ffi.close`, by a call of the function that releases it, by a finalizer when nothing refers to it any more, or when the session
//! ends, the newest first.

use super::block::Ffi;
use super::call::{c_function, call};
use super::contract::not_declared;
use crate::heap::Shape;
use crate::source::SourceRange;
use crate::value::{ErrorKind, Kind, Memory, NativeObject, OwnedObject, Runtime, Thrown, TypeId, Value, ViewObject};
use crate::vm::{Arguments, CallToC, NativeEntry, Releasing, Vm};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is owned and not released yet.
#[derive(Debug, Default)]
pub(super) struct OwnedTable {
    /// The owners by number. The heap keeps each until its finalizer has run, so these references are good.
    open: RefCell<BTreeMap<u64, Value>>,
    next: Cell<u64>,
}

/// What the collector calls with an owner that nothing refers to.
static RELEASE: NativeEntry = NativeEntry {
    name: "release",
    signature: "(owner)",
    minimum: 1,
    maximum: 1,
    function: release_unreachable,
    doc: "Releases what C gave to be released.",
};

fn release_unreachable(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let ffi = vm.state.get::<Rc<Ffi>>().clone();
    ffi.close_owner(vm, arguments.get(0))?;
    Ok(Value::NIL)
}

impl Ffi {
    /// A pointer that C gave, with the duty to call `release` with it. NULL owns nothing.
    pub(super) fn own(&self, vm: &mut Vm, pointer: Value, release: Value) -> Result<Value, Thrown> {
        let Some(memory) = Memory::of(pointer) else { return Ok(pointer) };
        let place = vm.current_range();
        let runtime = &mut vm.runtime;
        if runtime.heap.is_managed(memory.address) {
            // The script's own memory came back: there is nothing to release.
            return Ok(pointer);
        }
        let number = self.owned.next.get();
        self.owned.next.set(number + 1);
        let owner = runtime.new_owned(release, memory.address, number, (place.start, place.end));
        let finalizer = runtime.new_object::<NativeObject>(Kind::Native, Shape::Leaf, TypeId::FUNCTION);
        // SAFETY: `new_object` gave a live object of this layout, and entries are static.
        unsafe { (*finalizer).entry = (&raw const RELEASE).cast() };
        runtime.heap.set_release(owner.address(), Value::of_object(finalizer).0);
        self.owned.open.borrow_mut().insert(number, owner);
        let view = crate::value::View { memory: Memory { owner, ..memory }, count: 0 };
        Ok(runtime.new_view(view))
    }

    /// `ffi.close(p)`
    pub(super) fn close(&self, vm: &mut Vm, pointer: Value) -> Result<(), Thrown> {
        let owner = if pointer.is_kind(Kind::View) {
            // SAFETY: the kind says that a `ViewObject` is there.
            unsafe { (*pointer.object::<ViewObject>()).owner }
        } else {
            Value::NIL
        };
        // SAFETY: the kind says that an `OwnedObject` is there; memory of `ffi.alloc` has no function that releases it.
        if !owner.is_kind(Kind::Owned) || unsafe { (*owner.object::<OwnedObject>()).release.is_nil() } {
            let message = format!("ffi.close: a {} that is not owned (@owned) is not closed", vm.runtime.type_name_of(pointer));
            return vm.runtime.fail(ErrorKind::FFIError, message);
        }
        vm.runtime.check_open(owner)?;
        self.close_owner(vm, owner)
    }

    /// Releases what an owner owns, unless that has happened.
    fn close_owner(&self, vm: &mut Vm, owner: Value) -> Result<(), Thrown> {
        let object = owner.object::<OwnedObject>();
        // SAFETY: only owners come here.
        let (release, address, number, is_closed, place) =
            unsafe { ((*object).release, (*object).address, (*object).number, (*object).is_closed, (*object).place) };
        self.owned.open.borrow_mut().remove(&number);
        if is_closed {
            return Ok(());
        }
        // SAFETY: as above.
        unsafe { (*object).is_closed = true };
        vm.runtime.heap.clear_release(owner.address());
        let parameter = c_function(release).first_parameter();
        let pointer = vm.runtime.pointer_value(address, parameter)?;
        let floor = vm.runtime.held.len();
        vm.runtime.held.extend([owner, pointer]);
        let ffi = vm.state.get::<Rc<Ffi>>().clone();
        vm.output_before_c()?;
        let arguments = [pointer];
        let in_progress =
            CallToC { function: release, arguments: arguments.as_ptr(), count: arguments.len(), previous: vm.call_to_c };
        let before = vm.releasing;
        vm.releasing = Releasing { call: &raw const in_progress, place: SourceRange::new(place.0, place.1) };
        vm.call_to_c = &raw const in_progress;
        let outcome = call(&ffi, vm, release, &arguments);
        vm.call_to_c = in_progress.previous;
        vm.releasing = before;
        vm.runtime.held.truncate(floor);
        outcome.map(|_| ())
    }

    /// Releases all that is left, the newest first; gives the first error.
    pub(super) fn close_all(&self, vm: &mut Vm) -> Result<(), Thrown> {
        let mut outcome = Ok(());
        loop {
            let newest = self.owned.open.borrow().last_key_value().map(|(_, &owner)| owner);
            let Some(owner) = newest else { return outcome };
            let closed = self.close_owner(vm, owner);
            outcome = outcome.and(closed);
        }
    }
}

/// An owned pointer is about to be given to the function at `callee`, as its only argument. If that is the very function that releases it,
/// the call does what `ffi.close` does: from here on the pointer is closed, and nobody else releases it. (The table of what is open drops
/// it when its finalizer runs, or at the end.)
#[cold]
pub(super) fn note_release(runtime: &mut Runtime, owner: Value, release: Value, callee: usize) {
    if c_function(release).bind(runtime).is_ok_and(|(address, _)| address == callee) {
        owner.end_ownership();
    }
}

/// The error for a release function that is not declared.
pub(super) fn no_release_function<T>(runtime: &mut Runtime, function: &str, release: &str) -> Result<T, Thrown> {
    let message = format!("{function}: {}", not_declared(&format!("@owned({release})")));
    runtime.fail(ErrorKind::FFIError, message)
}
