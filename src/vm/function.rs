//! Linked code: what a [`Code`] becomes when its constants are values and its tables are ready to run.

use super::module::Module;
use crate::bytecode::{Code, Instruction};
use crate::source::SourceRange;
use crate::value::{FieldAccess, Representation, TypeId, Value};
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
    pub functions: Box<[&'static Function]>,
    /// The record and enum types of the unit that the code came with, by their numbers there.
    pub records: Rc<UnitTypes>,
    pub module: &'static Module,
    /// The module's slots (`Module::slots`), one hop nearer.
    pub slots: *mut Value,
    pub register_count: u32,
    pub parameter_count: u16,
    pub required: u16,
    /// No rest parameter: `parameter_count` arguments need no preparation.
    pub is_simple: bool,
    /// Some handler runs whatever is thrown: a suspended generator of it must be closed before it is freed.
    pub has_cleanup: bool,
    /// The function's index in the interpreter's table, which compact traces use.
    pub number: u32,
}

/// The types that a unit declares.
#[derive(Debug, Default)]
pub struct UnitTypes {
    pub records: Vec<TypeId>,
    pub enums: Vec<TypeId>,
    /// The unit's extern variables.
    pub extern_variables: Vec<Value>,
    pub extern_blocks: Vec<Value>,
}

impl Function {
    pub const UNRESOLVED: u32 = u32::MAX;

    /// The index of the instruction before `ip`, which points into this function: the one that runs.
    #[inline]
    pub(super) fn index_of(&self, ip: *const Instruction) -> usize {
        // SAFETY: `ip` points into (or one past) the instructions of this function.
        let next = unsafe { ip.offset_from(self.instructions.as_ptr()) } as usize;
        next.saturating_sub(1)
    }

    /// A function without code, for a frame that holds `count` values.
    pub fn holder(count: usize, module: &'static Module) -> Function {
        let code = Code {
            name: "".into(),
            range: SourceRange::NOWHERE,
            parameters: Vec::new(),
            required: 0,
            rest: None,
            has_self: false,
            is_generator: false,
            register_count: 0,
            instructions: Vec::new(),
            ranges: Vec::new(),
            constants: Vec::new(),
            types: Vec::new(),
            functions: Vec::new(),
            captures: Vec::new(),
            handlers: Vec::new(),
            live: Vec::new(),
            caches: Vec::new(),
            checked_variables: Vec::new(),
            doc: None,
        };
        Function {
            code: Rc::new(code),
            instructions: Box::default(),
            constants: Box::default(),
            caches: Box::default(),
            types: Box::default(),
            functions: Box::default(),
            records: Rc::default(),
            module,
            slots: std::ptr::null_mut(),
            register_count: count as u32,
            parameter_count: 0,
            required: 0,
            is_simple: false,
            has_cleanup: false,
            number: u32::MAX,
        }
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
    /// For a field: how it is read, as the loop asks it.
    pub representation: Representation,
    /// For a field: its place.
    pub offset: u32,
    /// For a field: all about it.
    pub access: FieldAccess,
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
    BitField,
    /// A field in memory that a view shows or a pointer points to; the key is the type of those.
    FieldElsewhere,
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
            offset: 0,
            access: FieldAccess::NONE,
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
