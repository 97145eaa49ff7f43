//! Modules at run time, and who finds them.

use super::Vm;
use super::function::UnitTypes;
use super::native::Arguments;
use crate::bytecode::{Slot, SlotKind, Unit};
use crate::value::{Thrown, TypeId, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A module: its name and its top-level variables. Modules are never freed.
pub struct Module {
    /// `math`, `util`, `<main>`.
    pub name: Rc<str>,
    /// What it is identified by: a real path, or `std:math`.
    pub key: Rc<str>,
    /// Values of the slots; the memory never moves.
    pub slots: *mut Value,
    pub slot_capacity: usize,
    pub slot_info: RefCell<Vec<Slot>>,
    /// Names that can be reached from outside.
    pub exports: RefCell<HashMap<Rc<str>, u32>>,
    pub state: Cell<ModuleState>,
    /// The module as a value.
    pub value: Cell<Value>,
    pub doc: RefCell<Option<Rc<str>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleState {
    Running,
    Ready,
    Failed,
}

/// Special values from here on stand for a `var` of another module: the number counts `Vm::live_imports`.
pub const LIVE_IMPORT_BASE: u64 = Value::UNDEFINED.0 + 0x100;

/// Special values from here on stand for an extern variable: the number is the one that [`Foreign::get_variable`] knows.
pub const EXTERN_VARIABLE_BASE: u64 = LIVE_IMPORT_BASE + (1 << 40);

/// The extern variable that a slot's special value stands for.
#[inline(always)]
pub fn extern_variable_of(value: Value) -> Option<Value> {
    let number = value.0.wrapping_sub(EXTERN_VARIABLE_BASE);
    if number < 1 << 32 { Some(Value::inline_int(number as i64)) } else { None }
}

/// What a slot holds that forwards to an extern variable.
pub fn extern_variable_link(variable: Value) -> Value {
    Value(EXTERN_VARIABLE_BASE + variable.as_inline_int() as u64)
}

/// Slots that a REPL's module has room for.
pub const REPL_SLOTS: usize = 1 << 16;

impl Module {
    /// The module that a `ModuleObject` points at.
    ///
    /// # Safety
    /// The pointer comes from a live `ModuleObject`.
    #[inline]
    pub unsafe fn of_pointer(pointer: *const std::ffi::c_void) -> &'static Module {
        // SAFETY: the caller's promise; modules are never freed.
        unsafe { &*pointer.cast::<Module>() }
    }

    pub fn new(name: Rc<str>, key: Rc<str>, capacity: usize) -> Module {
        let slots: Box<[Value]> = vec![Value::UNDEFINED; capacity].into_boxed_slice();
        Module {
            name,
            key,
            slots: Box::leak(slots).as_mut_ptr(),
            slot_capacity: capacity,
            slot_info: RefCell::default(),
            exports: RefCell::default(),
            state: Cell::new(ModuleState::Running),
            value: Cell::new(Value::NIL),
            doc: RefCell::default(),
        }
    }

    pub fn slot(&self, index: u32) -> Value {
        debug_assert!((index as usize) < self.slot_capacity);
        // SAFETY: slots are allocated for `slot_capacity` values, and slot numbers come from the unit that was linked here.
        unsafe { *self.slots.add(index as usize) }
    }

    pub fn set_slot(&self, index: u32, value: Value) {
        debug_assert!((index as usize) < self.slot_capacity);
        // SAFETY: as in `slot`.
        unsafe { *self.slots.add(index as usize) = value };
    }

    /// The slot of an exported name.
    pub fn export(&self, name: &str) -> Option<u32> {
        self.exports.borrow().get(name).copied()
    }

    /// Whether an exported name has this value and keeps it: it is no `var`, here or where it comes from.
    pub fn has_constant(&self, name: &str, value: Value) -> bool {
        self.export(name).is_some_and(|slot| !self.is_var(slot) && self.slot(slot).0 == value.0)
    }

    pub fn is_var(&self, slot: u32) -> bool {
        self.slot_info.borrow().get(slot as usize).is_some_and(|s| s.kind == SlotKind::Var)
    }

    /// All values, for the collector.
    pub fn all_slots(&self) -> &[Value] {
        // SAFETY: as in `slot`.
        unsafe { std::slice::from_raw_parts(self.slots, self.slot_info.borrow().len().min(self.slot_capacity)) }
    }
}

/// Who finds, compiles and runs what an `import` names. The assembly implements it; the interpreter knows no files and no
/// compiler.
pub trait Loader {
    /// The module that `name` (a bare name, or a path with `./`) means where `importer` asks for it: linked and run.
    /// Missing modules and cycles are `ImportError`s.
    fn import(&self, vm: &mut Vm, name: &str, importer: &Module) -> Result<&'static Module, Thrown>;

    /// The part of a namespace that is written in Cotter, linked and run.
    fn namespace_script(&self, vm: &mut Vm, name: &'static str, source: &'static str) -> Result<&'static Module, Thrown>;
}

/// What linking the extern blocks of a unit gave, by their numbers there.
#[derive(Debug, Default)]
pub struct LinkedExterns {
    pub blocks: Vec<Value>,
    pub variables: Vec<Value>,
    /// The C functions, which are kept for good, as code is.
    pub functions: Vec<Value>,
}

/// How [`Foreign::call_planned`] ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlannedCall {
    Done,
    /// It is no C function, or one for [`Foreign::call`]: nothing was done.
    NotPlanned,
    /// What it threw is for [`Vm::thrown_by_planned_call`] to say, so that all that does not throw has no result to carry.
    Threw,
}

/// Calls to C. The FFI implements it; the interpreter knows no C.
pub trait Foreign {
    /// Makes the values of a unit's extern blocks and puts functions (or what stands behind an alias) into the module's slots. No
    /// library is loaded yet.
    fn link(&self, vm: &mut Vm, unit: &Unit, module: &Module, types: &UnitTypes) -> Result<LinkedExterns, Thrown>;

    /// Loads the library of a block, where execution reaches it.
    fn load_block(&self, vm: &mut Vm, block: Value) -> Result<(), Thrown>;

    /// Calls what stands in a window with `count` arguments behind it, if it is a C function that is known and needs no preparations;
    /// the result takes its place.
    ///
    /// # Safety
    /// The window holds a reference and `count` arguments.
    unsafe fn call_planned(&self, vm: &mut Vm, window: *mut Value, count: usize) -> PlannedCall;

    /// Calls a C function, or a pointer to one.
    fn call(&self, vm: &mut Vm, function: Value, arguments: Arguments) -> Result<Value, Thrown>;

    /// Whether a value in memory is a pointer to a C function.
    fn is_callable(&self, vm: &Vm, value: Value) -> bool;

    /// What a name means behind a value of the FFI's own kinds.
    fn member(&self, vm: &mut Vm, object: Value, name: &str) -> Result<Option<Value>, Thrown>;

    /// `function as type_id`, a callback value of a function of the language.
    fn make_callback(&self, vm: &mut Vm, function: Value, type_id: TypeId) -> Result<Value, Thrown>;

    /// The program has ended: releases what it owns of C's.
    fn finish(&self, vm: &mut Vm);

    fn get_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown>;
    fn set_variable(&self, vm: &mut Vm, variable: Value, value: Value) -> Result<(), Thrown>;
    fn address_of_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown>;
}
