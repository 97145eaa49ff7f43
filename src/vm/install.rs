//! Putting the builtins in: namespaces of native functions, and their parts that are written in Cotter.

use super::Vm;
use super::module::{Module, ModuleState};
use super::native::{Namespace, NativeEntry, Place};
use crate::bytecode::{Slot, SlotKind};
use crate::heap::Shape;
use crate::source::SourceRange;
use crate::value::{ErrorKind, Kind, ModuleObject, NativeObject, Thrown, TypeId, Value};
use std::rc::Rc;

impl Vm {
    /// Makes the namespaces known. Builtins and methods are there at once, modules when they are imported.
    pub fn install(&mut self, namespaces: &'static [Namespace]) {
        for namespace in namespaces {
            self.namespaces.push(namespace);
            for entry in namespace.entries {
                let value = match namespace.place {
                    Place::Module => continue,
                    _ => self.native_value(entry),
                };
                match namespace.place {
                    Place::Builtins => {
                        if let Some(id) = TypeId::fixed(entry.name) {
                            self.library.constructors.insert(id, value);
                        } else {
                            self.library.builtins.insert(entry.name.into(), value);
                        }
                    }
                    Place::Methods(TypeId::TYPE) => {
                        self.library.type_functions.insert(entry.name, value);
                    }
                    Place::Methods(id) => {
                        self.library.methods.entry(id).or_default().insert(entry.name, value);
                    }
                    Place::Properties(id) => {
                        self.library.properties.entry(id).or_default().insert(entry.name, value);
                    }
                    Place::Module => {}
                }
            }
            if let (Place::Methods(id), Some((_, names))) = (namespace.place, namespace.script) {
                for name in names {
                    self.library.methods.entry(id).or_default().insert(name, Value::UNDEFINED);
                }
            }
            if namespace.place == Place::Builtins {
                for (name, value) in (namespace.constants)(self) {
                    self.library.builtins.insert(name.into(), value);
                }
            }
        }
    }

    pub fn native_value(&mut self, entry: &'static NativeEntry) -> Value {
        let object = self.runtime.new_object::<NativeObject>(Kind::Native, Shape::Leaf, TypeId::FUNCTION);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).entry = (&raw const *entry).cast() };
        Value::of_object(object)
    }

    pub fn namespaces(&self) -> &[&'static Namespace] {
        &self.namespaces
    }

    /// The names that code may use without declaring them: functions, and types.
    pub fn builtin_names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<Rc<str>> = self.library.builtins.keys().cloned().collect();
        for namespace in self.namespaces.iter().filter(|n| n.place == Place::Builtins) {
            if let Some((_, script)) = namespace.script {
                names.extend(script.iter().map(|name| Rc::from(*name)));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// Makes a module known and keeps it for the rest of the run.
    pub fn add_module(&mut self, name: Rc<str>, key: Rc<str>, slots: usize) -> &'static Module {
        let module: &'static Module = Box::leak(Box::new(Module::new(name, key, slots)));
        let object = self.runtime.new_object::<ModuleObject>(Kind::Module, Shape::Leaf, TypeId::MODULE);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).module = std::ptr::from_ref(module).cast() };
        module.value.set(Value::of_object(object));
        self.modules.push(module);
        module
    }

    /// The module that a value is; modules are never freed.
    pub fn module_of(&self, value: Value) -> Option<&'static Module> {
        if !value.is_kind(Kind::Module) {
            return None;
        }
        // SAFETY: the kind says what the object is, and modules are never freed.
        Some(unsafe { Module::of_pointer((*value.object::<ModuleObject>()).module) })
    }

    /// The module of a namespace, if there is one of this name.
    pub fn native_module(&mut self, name: &str) -> Option<&'static Module> {
        if let Some(&module) = self.native_modules.get(name) {
            return Some(module);
        }
        let namespace = *self.namespaces.iter().find(|n| n.place == Place::Module && n.name == name)?;
        let constants = (namespace.constants)(self);
        let script_names = namespace.script.map_or(&[][..], |(_, names)| names);
        let mut members: Vec<(Rc<str>, Value)> =
            namespace.entries.iter().map(|entry| (entry.name.into(), self.native_value(entry))).collect();
        members.extend(constants.into_iter().map(|(name, value)| (name.into(), value)));
        members.extend(script_names.iter().map(|name| (Rc::from(*name), Value::UNDEFINED)));
        let module = self.add_module_of(name.into(), format!("std:{name}").into(), members);
        module.state.set(ModuleState::Ready);
        self.native_modules.insert(namespace.name, module);
        Some(module)
    }

    /// A module of given members, all of which it exports.
    pub fn add_module_of(&mut self, name: Rc<str>, key: Rc<str>, members: Vec<(Rc<str>, Value)>) -> &'static Module {
        let module = self.add_module(name, key, members.len());
        for (index, (name, value)) in members.into_iter().enumerate() {
            module.set_slot(index as u32, value);
            module.exports.borrow_mut().insert(Rc::clone(&name), index as u32);
            let slot = Slot { name, kind: SlotKind::Let, range: SourceRange::NOWHERE, is_exported: true, doc: None };
            module.slot_info.borrow_mut().push(slot);
        }
        module
    }

    /// The names of the modules that are part of the program.
    pub fn native_module_names(&self) -> Vec<&'static str> {
        self.namespaces.iter().filter(|n| n.place == Place::Module).map(|n| n.name).collect()
    }

    // ------------------------------------------------------------ parts written in Cotter

    fn run_script(&mut self, namespace: &'static Namespace) -> Result<&'static Module, Thrown> {
        let Some((source, _)) = namespace.script else {
            return self.fail(ErrorKind::ImportError, format!("the namespace {} has no script", namespace.name));
        };
        let Some(loader) = self.loader.clone() else {
            return self.fail(ErrorKind::ImportError, format!("the namespace {} needs a compiler", namespace.name));
        };
        loader.namespace_script(self, namespace.name, source)
    }

    /// Compiles the script of the methods of a type and enters its functions.
    pub(super) fn load_namespace_script(&mut self, type_id: TypeId) -> Result<(), Thrown> {
        let found = self.namespaces.iter().copied().filter(|n| n.place == Place::Methods(type_id) && n.script.is_some());
        for namespace in found.collect::<Vec<_>>() {
            let module = self.run_script(namespace)?;
            let (_, names) = namespace.script.unwrap_or_default();
            for name in names {
                if let Some(slot) = module.export(name) {
                    self.library.methods.entry(type_id).or_default().insert(name, module.slot(slot));
                }
            }
        }
        Ok(())
    }

    /// The namespace whose script fills the undefined exports of a module.
    pub(super) fn module_script(&self, module: &Module) -> Option<&'static Namespace> {
        let name = module.key.strip_prefix("std:")?;
        self.namespaces.iter().copied().find(|n| n.place == Place::Module && n.name == name && n.script.is_some())
    }

    pub(super) fn load_module_script(&mut self, module: &Module, namespace: &'static Namespace) -> Result<(), Thrown> {
        let script = self.run_script(namespace)?;
        let (_, names) = namespace.script.unwrap_or_default();
        for name in names {
            if let (Some(from), Some(to)) = (script.export(name), module.export(name)) {
                module.set_slot(to, script.slot(from));
            }
        }
        Ok(())
    }

    /// A builtin that is written in Cotter, compiled at its first use.
    pub(super) fn scripted_builtin(&mut self, name: &str) -> Result<Option<Value>, Thrown> {
        let found = self
            .namespaces
            .iter()
            .copied()
            .find(|n| n.place == Place::Builtins && n.script.is_some_and(|(_, names)| names.contains(&name)));
        let Some(namespace) = found else { return Ok(None) };
        let module = self.run_script(namespace)?;
        let (_, names) = namespace.script.unwrap_or_default();
        for name in names {
            if let Some(slot) = module.export(name) {
                self.library.builtins.insert((*name).into(), module.slot(slot));
            }
        }
        Ok(self.library.builtins.get(name).copied())
    }
}
