//! Extern variables: live places in a library's memory.

use super::block::Block;
use crate::value::{Destination, Runtime, Thrown, TypeId, Value};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// An extern variable.
#[derive(Debug)]
pub struct Variable {
    name: Rc<str>,
    symbol: Rc<str>,
    type_id: TypeId,
    block: Rc<Block>,
    /// Where it stands, once it was used.
    address: OnceCell<usize>,
    /// Whether it was looked for on behalf of the strict checks.
    is_learned: Cell<bool>,
}

impl Variable {
    pub(super) fn new(name: Rc<str>, symbol: Rc<str>, type_id: TypeId, block: Rc<Block>) -> Variable {
        Variable { name, symbol, type_id, block, address: OnceCell::new(), is_learned: Cell::new(false) }
    }

    fn address(&self, runtime: &mut Runtime) -> Result<usize, Thrown> {
        if let Some(&address) = self.address.get() {
            return Ok(address);
        }
        // A variable of a type without size would be read as nothing.
        if self.type_id != TypeId::CSTR {
            runtime.size_of(self.type_id)?;
        }
        if runtime.types.info(self.type_id).holds_managed {
            let name = runtime.types.name(self.type_id);
            let message = format!("{}: {name} holds managed values, which only managed memory can", self.name);
            return runtime.fail(crate::value::ErrorKind::FFIError, message);
        }
        let address = self.block.symbol(runtime, &self.symbol)?;
        if super::library::LoadedLibrary::is_function(address) == Some(true) {
            let message = format!("{}: the library has a function of this name, not a variable; declare it with `fn`", self.name);
            return runtime.fail(crate::value::ErrorKind::FFIError, message);
        }
        let bytes = runtime.types.info(self.type_id).size as usize;
        runtime.foreign_stores.learn(address, bytes);
        Ok(*self.address.get_or_init(|| address))
    }

    /// Makes its memory known to the strict checks before the script uses it, if its library is loaded. A name that the library does not have is
    /// told at its first use.
    pub(super) fn learn(&self, runtime: &mut Runtime) {
        if self.address.get().is_none() && !self.is_learned.get() && self.block.is_loaded() {
            self.is_learned.set(true);
            let _ = self.address(runtime);
        }
    }

    /// Its value now; of a struct or array a view of it.
    pub fn get(&self, runtime: &mut Runtime) -> Result<Value, Thrown> {
        let address = self.address(runtime)?;
        let representation = runtime.types.info(self.type_id).representation;
        // SAFETY: the library has a variable of this name; that it is of this type is the script's promise.
        unsafe { runtime.load(Value::NIL, address, representation, self.type_id) }
    }

    pub fn set(&self, runtime: &mut Runtime, value: Value) -> Result<(), Thrown> {
        let address = self.address(runtime)?;
        let representation = runtime.types.info(self.type_id).representation;
        // SAFETY: as in `get`.
        unsafe { runtime.store(Value::NIL, address, representation, self.type_id, value, Destination::Variable(&self.name)) }
    }

    /// `&variable`.
    pub fn address_of(&self, runtime: &mut Runtime) -> Result<Value, Thrown> {
        let address = self.address(runtime)?;
        runtime.pointer_in_place(Value::NIL, address, self.type_id)
    }
}
