//! Linking: a unit of plain data becomes functions, types and slots of a module.
//!
//! In this order, each step standing on the one before: slots; enums, then records (which may name each other in any order), then
//! type names; constants; code; closures of top-level functions; methods; extern blocks. Nothing of the script runs.

use super::Vm;
use super::function::{Cache, Function, UnitTypes};
use super::module::{LIVE_IMPORT_BASE, Module, extern_variable_of};
use crate::bytecode::{Code, Constant, TypeDescription, Unit};
use crate::heap::Shape;
use crate::source::SourceRange;
use crate::value::{ClosureObject, DescribeError, ErrorKind, Kind, Runtime, Thrown, TypeId, TypeResolver, Value};
use std::cell::{Cell, UnsafeCell};
use std::rc::Rc;

/// Why a unit could not be linked.
#[derive(Debug)]
pub enum LinkError {
    /// Mistakes in declarations, each with its place.
    Declarations(Vec<(SourceRange, String)>),
    Thrown(Thrown),
}

impl From<Thrown> for LinkError {
    fn from(thrown: Thrown) -> Self {
        LinkError::Thrown(thrown)
    }
}

/// Finds the types that descriptions of a unit name.
struct ModuleTypes<'a> {
    types: &'a UnitTypes,
    module: &'a Module,
    live_imports: &'a [(&'static Module, u32)],
}

impl TypeResolver for ModuleTypes<'_> {
    fn record(&mut self, index: u32) -> TypeId {
        self.types.records[index as usize]
    }

    fn enumeration(&mut self, index: u32) -> TypeId {
        self.types.enums[index as usize]
    }

    fn member(&mut self, runtime: &mut Runtime, slot: u32, path: &[Rc<str>]) -> Result<TypeId, Thrown> {
        let mut value = follow(self.module.slot(slot), self.live_imports);
        for name in path {
            let found = if value.is_kind(Kind::Module) {
                // SAFETY: the kind says what the object is, and modules are never freed.
                let module = unsafe { Module::of_pointer((*value.object::<crate::value::ModuleObject>()).module) };
                module.export(name).map(|slot| module.slot(slot))
            } else {
                None
            };
            match found {
                Some(member) => value = member,
                None => return runtime.fail(ErrorKind::NameError, format!("there is no type `{name}` in the module")),
            }
        }
        if value.is_undefined() {
            return runtime.fail(ErrorKind::NameError, "a type is used before the import that brings it has run");
        }
        match Runtime::type_of_value(value) {
            Some(id) => Ok(id),
            None => {
                let name = runtime.type_name_of(value).to_string();
                runtime.fail(ErrorKind::TypeError, format!("a type is needed here; found {name}"))
            }
        }
    }
}

fn follow(value: Value, live_imports: &[(&'static Module, u32)]) -> Value {
    let index = value.0.wrapping_sub(LIVE_IMPORT_BASE);
    match live_imports.get(index as usize) {
        Some(&(module, slot)) if index < 1 << 40 => module.slot(slot),
        _ => value,
    }
}

impl Vm {
    /// Links a unit into a module and gives its main function.
    pub fn link(&mut self, unit: &Unit, module: &'static Module) -> Result<&'static Function, LinkError> {
        self.link_slots(unit, module)?;
        let mut types = UnitTypes::default();
        let mut errors = Vec::new();
        for declaration in &unit.enums {
            let base = self.describe(&declaration.base, module, &types)?;
            match self.runtime.types.declare_enum(Rc::clone(&declaration.name), base, declaration.members.clone()) {
                Ok(id) => types.enums.push(id),
                Err(error) => {
                    types.enums.push(TypeId::C_INT);
                    errors.push((declaration.range, error.message));
                }
            }
        }
        self.link_records(unit, module, &mut types, &mut errors)?;
        if !errors.is_empty() {
            return Err(LinkError::Declarations(errors));
        }
        for (slots, ids) in [(&unit.record_slots, &types.records), (&unit.enum_slots, &types.enums)] {
            for (slot, id) in slots.iter().zip(ids) {
                if let Some(slot) = slot {
                    let value = self.runtime.type_value(*id);
                    module.set_slot(*slot, value);
                }
            }
        }
        for (slot, description) in &unit.type_names {
            let id = self.describe(description, module, &types)?;
            let value = self.runtime.type_value(id);
            module.set_slot(*slot, value);
        }
        for (slot, constant) in &unit.constants {
            let value = self.constant_value(constant)?;
            module.set_slot(*slot, value);
        }
        let block_count = unit.extern_blocks.len();
        if block_count > 0 {
            self.link_externs(unit, module, &mut types)?;
        }
        let types = Rc::new(types);
        for (slot, code) in &unit.functions {
            let function = self.link_code(code, module, &types)?;
            let closure = self.plain_closure(function)?;
            module.set_slot(*slot, closure);
        }
        for (index, declaration) in unit.records.iter().enumerate() {
            let mut methods = Vec::new();
            for (name, code) in &declaration.methods {
                let function = self.link_code(code, module, &types)?;
                let closure = self.plain_closure(function)?;
                self.library.permanent.push(closure);
                methods.push((Rc::clone(name), closure, code.has_self));
            }
            let constructor = match &declaration.constructor {
                Some(code) => {
                    let function = self.link_code(code, module, &types)?;
                    let closure = self.plain_closure(function)?;
                    self.library.permanent.push(closure);
                    closure
                }
                None => Value::NIL,
            };
            self.runtime.set_methods(types.records[index], methods, constructor);
        }
        Ok(self.link_code(&unit.main, module, &types)?)
    }

    fn link_slots(&mut self, unit: &Unit, module: &Module) -> Result<(), Thrown> {
        let mut info = module.slot_info.borrow_mut();
        if unit.first_slot as usize + unit.slots.len() > module.slot_capacity {
            drop(info);
            return self.fail(ErrorKind::MemoryError, "too many names at the top level of this session; start a new one");
        }
        info.truncate(unit.first_slot as usize);
        let mut exports = module.exports.borrow_mut();
        for (index, slot) in unit.slots.iter().enumerate() {
            let number = unit.first_slot + index as u32;
            module.set_slot(number, Value::UNDEFINED);
            if slot.is_exported {
                exports.insert(Rc::clone(&slot.name), number);
            }
            info.push(slot.clone());
        }
        Ok(())
    }

    fn link_records(
        &mut self,
        unit: &Unit,
        module: &Module,
        types: &mut UnitTypes,
        errors: &mut Vec<(SourceRange, String)>,
    ) -> Result<(), Thrown> {
        let mut resolver = ModuleTypes { types, module, live_imports: &self.live_imports };
        match self.runtime.link_records(&unit.records, &mut resolver) {
            Ok(ids) => types.records = ids,
            Err(found) => {
                for error in found {
                    match error {
                        DescribeError::Layout(error) => {
                            let record = &unit.records[error.record];
                            let range =
                                error.field.and_then(|field| record.fields.get(field)).map_or(record.range, |field| field.range);
                            errors.push((range, error.message));
                        }
                        DescribeError::Thrown(thrown) => return Err(thrown),
                    }
                }
            }
        }
        Ok(())
    }

    fn link_externs(&mut self, unit: &Unit, module: &Module, types: &mut UnitTypes) -> Result<(), Thrown> {
        let Some(foreign) = self.foreign else {
            return self.fail(ErrorKind::FFIError, "this program was built without calls to C");
        };
        let linked = foreign.link(self, unit, module, types)?;
        self.library.permanent.extend(linked.blocks.iter().chain(&linked.variables).chain(&linked.functions));
        types.extern_blocks = linked.blocks;
        types.extern_variables = linked.variables;
        Ok(())
    }

    /// The type that a description of a unit means.
    pub fn describe(&mut self, description: &TypeDescription, module: &Module, types: &UnitTypes) -> Result<TypeId, Thrown> {
        self.with_resolver(module, types, |runtime, resolver| runtime.describe_or_throw(description, resolver))
    }

    /// Runs `body` with what finds the types that descriptions of a unit name.
    pub fn with_resolver<T>(
        &mut self,
        module: &Module,
        types: &UnitTypes,
        body: impl FnOnce(&mut Runtime, &mut dyn TypeResolver) -> T,
    ) -> T {
        let mut resolver = ModuleTypes { types, module, live_imports: &self.live_imports };
        body(&mut self.runtime, &mut resolver)
    }

    /// A closure that captures nothing.
    pub fn plain_closure(&mut self, function: &'static Function) -> Result<Value, Thrown> {
        let object = self.runtime.new_object::<ClosureObject>(Kind::Closure, Shape::Words, TypeId::FUNCTION);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).function = std::ptr::from_ref(function).cast() };
        Ok(Value::of_object(object))
    }

    /// Links one function and those it makes closures of.
    fn link_code(
        &mut self,
        code: &Rc<Code>,
        module: &'static Module,
        types: &Rc<UnitTypes>,
    ) -> Result<&'static Function, Thrown> {
        let floor = self.runtime.held.len();
        let mut constants = Vec::with_capacity(code.constants.len());
        for constant in &code.constants {
            let value = self.constant_value(constant)?;
            self.runtime.held.push(value);
            constants.push(value);
        }
        let mut functions = Vec::with_capacity(code.functions.len());
        for inner in &code.functions {
            functions.push(self.link_code(inner, module, types)?);
        }
        let mut instructions = code.instructions.clone().into_boxed_slice();
        Vm::patch_yields(&mut instructions, code);
        let has_cleanup = code.handlers.iter().any(|h| matches!(h.kind, crate::bytecode::HandlerKind::Cleanup { .. }));
        let function: &'static Function = Box::leak(Box::new(Function {
            instructions,
            constants: constants.into_boxed_slice(),
            caches: code.caches.iter().map(|name| UnsafeCell::new(Cache::new(Rc::clone(name)))).collect(),
            types: code.types.iter().map(|_| Cell::new(Function::UNRESOLVED)).collect(),
            functions: functions.into_boxed_slice(),
            records: Rc::clone(types),
            module,
            slots: module.slots,
            register_count: code.register_count as u32,
            parameter_count: code.parameters.len() as u16,
            required: code.required,
            is_simple: code.rest.is_none(),
            has_cleanup,
            number: self.functions.len() as u32,
            code: Rc::clone(code),
        }));
        self.functions.push(function);
        self.runtime.held.truncate(floor);
        Ok(function)
    }

    pub fn constant_value(&mut self, constant: &Constant) -> Result<Value, Thrown> {
        Ok(match constant {
            Constant::Nil | Constant::Bytes(_) | Constant::Format(_) | Constant::Names(_) => Value::NIL,
            Constant::Bool(b) => Value::bool(*b),
            Constant::Int(i) => self.runtime.int(*i),
            Constant::Float(f) => Value::float_from_memory(*f),
            Constant::String(text) => self.runtime.constant_string(text)?,
            Constant::Builtin(name) => match self.library.builtins.get(&**name).copied() {
                Some(value) => value,
                None => match TypeId::fixed(name) {
                    Some(id) => self.runtime.type_value(id),
                    None => match self.scripted_builtin(name)? {
                        Some(value) => value,
                        None => return self.fail(ErrorKind::NameError, format!("there is no builtin `{name}`")),
                    },
                },
            },
        })
    }

    // ------------------------------------------------------------ while running

    /// A closure of the running function's function `index`, with what it captures.
    pub(super) fn make_closure(&mut self, index: usize, base: *mut Value) -> Result<Value, Thrown> {
        // SAFETY: there is a running frame; captures name its registers and its closure's captured values; the new object has room.
        unsafe {
            let function = self.running().functions[index];
            let captures = &function.code.captures;
            let payload = 8 + 8 * captures.len();
            let header = Kind::Closure.header(Shape::Words, TypeId::FUNCTION, payload as u64);
            let address = if payload <= crate::heap::MAX_SMALL_PAYLOAD {
                self.runtime.heap.allocate(payload, header)
            } else {
                self.runtime.heap.try_allocate(payload, header).map_err(|refused| self.runtime.memory_error(refused))?
            };
            let object = address.get() as *mut ClosureObject;
            (*object).function = std::ptr::from_ref(function).cast();
            let captured = object.add(1) as *mut Value;
            for (at, capture) in captures.iter().enumerate() {
                *captured.add(at) = match *capture {
                    crate::bytecode::Capture::Register(register) => *base.add(register as usize),
                    crate::bytecode::Capture::Captured(index) => *super::interpret::captured(base, index as usize),
                };
            }
            Ok(Value::of_object(object))
        }
    }

    /// A slot that holds no plain value: not declared yet, or a `var` of another module.
    pub(super) fn load_slot_slow(&mut self, index: usize, value: Value) -> Result<Value, Thrown> {
        let followed = self.load_live(value)?;
        if followed.is_undefined() {
            let module = self.running().module;
            let name = module.slot_info.borrow().get(index).map_or("?".into(), |slot| Rc::clone(&slot.name));
            return Err(self.used_early(&name));
        }
        Ok(followed)
    }

    /// The value behind a live import; any other value as it is.
    pub(super) fn follow_live(&self, value: Value) -> Value {
        if value.is_reference() || value.is_float() || value.is_inline_int() { value } else { follow(value, &self.live_imports) }
    }

    /// [`Vm::follow_live`], also for extern variables, which are read where they stand.
    pub(super) fn load_live(&mut self, value: Value) -> Result<Value, Thrown> {
        let followed = self.follow_live(value);
        match (extern_variable_of(followed), self.foreign) {
            (Some(variable), Some(foreign)) => foreign.get_variable(self, variable),
            _ => Ok(followed),
        }
    }

    /// Assigns to a slot that forwards to an extern variable.
    #[cold]
    pub(super) fn store_slot_slow(&mut self, slot: Value, value: Value) -> Result<(), Thrown> {
        match (extern_variable_of(slot), self.foreign) {
            (Some(variable), Some(foreign)) => foreign.set_variable(self, variable, value),
            _ => Ok(()),
        }
    }

    pub(super) fn import(&mut self, constant: usize) -> Result<Value, Thrown> {
        let Constant::String(name) = self.constant(constant) else { unreachable!("the verifier has checked the constant") };
        let module = self.running().module;
        let Some(loader) = self.loader.clone() else {
            return self.fail(ErrorKind::ImportError, format!("there is no module `{name}`: this session imports nothing"));
        };
        loader.import(self, &name, module).map(|module| module.value.get())
    }

    /// `from module import name`: the value itself, or for a `var` a link to it.
    pub(super) fn import_name(&mut self, module: Value, slot: Value, constant: usize) -> Result<(), Thrown> {
        let Constant::String(name) = self.constant(constant) else { unreachable!("the verifier has checked the constant") };
        // SAFETY: the compiler puts a module there; modules are never freed.
        let (from, into) =
            unsafe { (&*((*module.object::<crate::value::ModuleObject>()).module as *const Module), self.running().module) };
        let value = match from.export(&name) {
            Some(export) if from.is_var(export) => {
                self.live_imports.push((from, export));
                Value(LIVE_IMPORT_BASE + self.live_imports.len() as u64 - 1)
            }
            _ => self.get_member(module, &name)?,
        };
        into.set_slot(slot.as_inline_int() as u32, value);
        Ok(())
    }

    // ------------------------------------------------------------ C

    pub(super) fn load_extern(&mut self, index: usize) -> Result<(), Thrown> {
        let block = self.running().records.extern_blocks[index];
        match self.foreign {
            Some(foreign) => foreign.load_block(self, block),
            None => Ok(()),
        }
    }

    fn extern_variable(&mut self, index: usize) -> Result<(&'static dyn super::module::Foreign, Value), Thrown> {
        let variable = self.running().records.extern_variables[index];
        match self.foreign {
            Some(foreign) => Ok((foreign, variable)),
            None => self.fail(ErrorKind::FFIError, "this program was built without calls to C"),
        }
    }

    pub(super) fn get_extern(&mut self, index: usize) -> Result<Value, Thrown> {
        let (foreign, variable) = self.extern_variable(index)?;
        foreign.get_variable(self, variable)
    }

    pub(super) fn set_extern(&mut self, index: usize, value: Value) -> Result<(), Thrown> {
        let (foreign, variable) = self.extern_variable(index)?;
        foreign.set_variable(self, variable, value)
    }

    pub(super) fn address_of_extern(&mut self, index: usize) -> Result<Value, Thrown> {
        let (foreign, variable) = self.extern_variable(index)?;
        foreign.address_of_variable(self, variable)
    }
}
