//! What the interpreter asks of the FFI.

use super::block::{Block, Ffi, FfiConfig};
use super::call::{c_function, call};
use super::namespace::NAMESPACES;
use super::quick::{in_progress, quick_callee};
use super::strict::KeptWatch;
use super::variable::Variable;
use crate::bytecode::Unit;
use crate::value::{Kind, PinChecks, Thrown, TypeId, TypeKind, Value};
use crate::vm::{Arguments, Foreign, LinkedExterns, Module, ModuleState, PlannedCall, UnitTypes, Vm, extern_variable_link};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The FFI of one interpreter. Blocks and variables are known to the interpreter by their numbers in here.
struct Interface {
    ffi: Rc<Ffi>,
    blocks: RefCell<Vec<Rc<Block>>>,
    variables: RefCell<Vec<Rc<Variable>>>,
}

/// Gives an interpreter calls to C, and scripts the module `ffi`.
pub fn install(vm: &mut Vm, config: FfiConfig) {
    let ffi = Ffi::new(config);
    *vm.state.get::<Rc<Ffi>>() = ffi.clone();
    vm.install(NAMESPACES);
    // Callbacks may be called as long as there is a process.
    std::mem::forget(ffi.clone());
    *ffi.sources.borrow_mut() = Some(Rc::clone(&vm.sources));
    let interface = Interface { ffi, blocks: RefCell::default(), variables: RefCell::default() };
    // The interpreter holds it to the end of the process: functions of libraries may be called until then.
    vm.foreign = Some(Box::leak(Box::new(interface)));
}

impl Interface {
    fn block(&self, handle: Value) -> Rc<Block> {
        Rc::clone(&self.blocks.borrow()[handle.as_inline_int() as usize])
    }

    fn variable(&self, handle: Value) -> Rc<Variable> {
        Rc::clone(&self.variables.borrow()[handle.as_inline_int() as usize])
    }
}

impl Foreign for Interface {
    fn link(&self, vm: &mut Vm, unit: &Unit, module: &Module, types: &UnitTypes) -> Result<LinkedExterns, Thrown> {
        self.ffi.interlock.begin();
        let mut functions: HashMap<Rc<str>, Value> = HashMap::new();
        let mut linked =
            LinkedExterns { blocks: Vec::new(), variables: vec![Value::NIL; unit.extern_variables.len()], functions: Vec::new() };
        let base: Option<PathBuf> = Path::new(&*module.key).parent().map(Path::to_path_buf);
        for declared in &unit.extern_blocks {
            let block = vm.with_resolver(module, types, |runtime, resolver| {
                self.ffi.link_block(runtime, declared, &unit.extern_variables, base.clone(), resolver)
            })?;
            linked.blocks.push(Value::inline_int(self.blocks.borrow().len() as i64));
            self.blocks.borrow_mut().push(block.block);
            for (&index, variable) in declared.variables.iter().zip(block.variables) {
                let number = Value::inline_int(self.variables.borrow().len() as i64);
                linked.variables[index as usize] = number;
                if let Some(slot) = unit.extern_variables[index as usize].slot {
                    module.set_slot(slot, extern_variable_link(number));
                }
                self.variables.borrow_mut().push(Rc::new(variable));
            }
            for (function, &value) in declared.functions.iter().zip(&block.functions) {
                functions.insert(Rc::clone(&function.name), value);
                linked.functions.push(value);
                if let Some(slot) = function.slot {
                    module.set_slot(slot, value);
                }
            }
            if let Some(slot) = declared.alias_slot {
                let mut members: Vec<(Rc<str>, Value)> = declared
                    .functions
                    .iter()
                    .zip(&block.functions)
                    .map(|(function, &value)| (Rc::clone(&function.name), value))
                    .collect();
                for (name, description) in &declared.types {
                    let id = vm.describe(description, module, types)?;
                    members.push((Rc::clone(name), vm.runtime.type_value(id)));
                }
                for (name, constant) in &declared.constants {
                    members.push((Rc::clone(name), vm.constant_value(constant)?));
                }
                for &index in &declared.variables {
                    let name = Rc::clone(&unit.extern_variables[index as usize].name);
                    members.push((name, extern_variable_link(linked.variables[index as usize])));
                }
                let name = module.slot_info.borrow().get(slot as usize).map_or("extern".into(), |slot| Rc::clone(&slot.name));
                let alias = vm.add_module_of(name, "extern".into(), members);
                alias.state.set(ModuleState::Ready);
                module.set_slot(slot, alias.value.get());
            }
        }
        let functions = Rc::new(functions);
        for &function in &linked.functions {
            let _ = c_function(function).neighbours.set(Rc::clone(&functions));
        }
        Ok(linked)
    }

    fn load_block(&self, vm: &mut Vm, block: Value) -> Result<(), Thrown> {
        self.block(block).load(&mut vm.runtime)
    }

    unsafe fn call_planned(&self, vm: &mut Vm, window: *mut Value, count: usize) -> PlannedCall {
        // SAFETY: the caller's promise.
        let function = unsafe { *window };
        match quick_callee(&self.ffi, function, count) {
            Some((callee, quick)) if vm.runtime.pin_policy.checks != PinChecks::Strict => {
                // SAFETY: the caller's promise; the plan is the function's, and takes so many arguments.
                unsafe { quick(&self.ffi, vm, callee, window, count) }
            }
            _ => PlannedCall::NotPlanned,
        }
    }

    fn call(&self, vm: &mut Vm, function: Value, arguments: Arguments) -> Result<Value, Thrown> {
        let arguments = arguments.as_slice();
        if vm.runtime.pin_policy.checks == PinChecks::Strict {
            self.variables.borrow().iter().for_each(|variable| variable.learn(&mut vm.runtime));
        }
        in_progress(vm, function, arguments, |vm| {
            let watch = KeptWatch::begin(&mut vm.runtime, function, arguments);
            let result = call(&self.ffi, vm, function, arguments);
            match watch {
                Some(watch) => result.and_then(|value| watch.end(&mut vm.runtime).map(|()| value)),
                None => result,
            }
        })
    }

    fn is_callable(&self, vm: &Vm, value: Value) -> bool {
        value.is_kind(Kind::View) && matches!(vm.runtime.types.info(vm.runtime.type_of(value)).kind, TypeKind::Function(_))
    }

    fn member(&self, _vm: &mut Vm, _object: Value, _name: &str) -> Result<Option<Value>, Thrown> {
        Ok(None)
    }

    fn get_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown> {
        self.variable(variable).get(&mut vm.runtime)
    }

    fn set_variable(&self, vm: &mut Vm, variable: Value, value: Value) -> Result<(), Thrown> {
        self.variable(variable).set(&mut vm.runtime, value)
    }

    fn make_callback(&self, vm: &mut Vm, function: Value, type_id: TypeId) -> Result<Value, Thrown> {
        self.ffi.forever().callback_value(vm, function, type_id)
    }

    fn finish(&self, vm: &mut Vm) {
        if let Err(thrown) = self.ffi.close_all(vm) {
            vm.warn_of("at exit", &thrown);
        }
        self.ffi.vm.set(std::ptr::null_mut());
    }

    fn address_of_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown> {
        self.variable(variable).address_of(&mut vm.runtime)
    }
}
