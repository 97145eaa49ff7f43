//! Linked code: what a [`Code`] becomes when its constants are values and its tables are ready to run.

use super::module::Module;
use crate::bytecode::{Code, Instruction};
use crate::value::{Representation, Value};
use std::cell::{Cell, UnsafeCell};
use std::rc::Rc;

/// A function ready to run. Functions are never freed, so plain pointers to them are good for the whole run.
pub struct Function {
    pub code: Rc<Code>,
    /// The code's instructions; `Yield`s know in `b` how many registers to keep.
    pub instructions: Box<[Instruction]>,
    pub constants: Box<[Value]>,
    pub caches: Box<[UnsafeCell<Cache>]>,
    /// The code's types by number, [`Function::UNRESOLVED`] until one is first needed.
    pub types: Box<[Cell<u32>]>,
    pub functions: Box<[*const Function]>,
    pub module: *const Module,
    /// The module's slots (`Module::slots`), one hop nearer.
    pub slots: *mut Value,
    pub register_count: u16,
    pub parameter_count: u16,
    pub required: u16,
    /// No rest parameter, no generator: `parameter_count` arguments need no preparation.
    pub is_simple: bool,
    /// Some handler runs whatever is thrown: a suspended generator of it must be closed before it is freed.
    pub has_cleanup: bool,
    /// The function's index in the interpreter's table, which compact traces use.
    pub number: u32,
}

impl Function {
    pub const UNRESOLVED: u32 = u32::MAX;

    /// The index of the instruction before `ip`: the one that runs.
    #[inline]
    pub fn index_of(&self, ip: *const Instruction) -> usize {
        // SAFETY: `ip` points into (or one past) the instructions of this function.
        let next = unsafe { ip.offset_from(self.instructions.as_ptr()) } as usize;
        next.saturating_sub(1)
    }

    /// It only holds values for a builtin: no code.
    #[inline]
    pub fn is_holder(&self) -> bool {
        self.instructions.is_empty()
    }

    /// What messages call it.
    pub fn display_name(&self) -> &str {
        if self.code.name.is_empty() { "<fn>" } else { &self.code.name }
    }
}

/// An inline cache: what a name meant for the type that was last seen at one place of the code.
///
/// `key` is a type number for values that have fields and methods by type, or the bits of the value itself for modules
/// and types. Further types that were seen at the place stand in `others`.
pub struct Cache {
    pub way: CacheWay,
    pub others: Vec<CacheWay>,
    pub name: Rc<str>,
}

#[derive(Clone, Copy)]
pub struct CacheWay {
    pub key: u64,
    pub what: Cached,
    /// For a field: how it is read.
    pub representation: Representation,
    /// For a field: its type's number.
    pub type_id: u32,
    /// For a field: its place. For a method of an embedded part: where `self` begins.
    pub offset: u32,
    /// The method or member.
    pub value: Value,
}

/// What a cache way found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Cached {
    Nothing,
    /// A field of type `any` in an object's own memory.
    AnyField,
    /// A field of another type in an object's own memory.
    Field,
    /// A method that takes the receiver as its first argument.
    Method,
    /// A function that is called without the receiver: of a module, a type.
    Member,
}

/// More types than this at one place are not remembered.
pub const MAXIMUM_WAYS: usize = 8;

impl Cache {
    pub fn new(name: Rc<str>) -> Cache {
        let way = CacheWay {
            key: u64::MAX,
            what: Cached::Nothing,
            representation: Representation::None,
            type_id: 0,
            offset: 0,
            value: Value::NIL,
        };
        Cache { way, others: Vec::new(), name }
    }

    /// The way for a key among those that were not last seen; it becomes the first.
    #[inline]
    pub fn find_other(&mut self, key: u64) -> Option<CacheWay> {
        self.others.iter().find(|way| way.key == key).copied()
    }

    pub fn remember(&mut self, way: CacheWay) {
        if self.way.what != Cached::Nothing && self.way.key != way.key && self.others.len() < MAXIMUM_WAYS {
            let old = self.way;
            if !self.others.iter().any(|w| w.key == old.key) {
                self.others.push(old);
            }
        }
        self.way = way;
    }
}
