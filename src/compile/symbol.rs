//! What names mean, and the tables of everything a module declares.

use crate::bytecode::{Constant, Slot, SlotKind, TypeDescription};
use crate::source::SourceRange;
use crate::syntax::tree;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(super) struct VariableId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct FunctionId(pub u32);

/// The code of the module itself.
pub(super) const MAIN: FunctionId = FunctionId(0);

/// A node of the tree, told from others by its place in memory (the tree does not move while it is compiled).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct NodeKey(usize);

impl NodeKey {
    pub fn of<T>(node: &T) -> NodeKey {
        NodeKey(std::ptr::from_ref(node).addr())
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Symbol {
    /// Nothing; an error has been reported.
    Unknown,
    /// `is_early`: the use may run before the variable has its value (a nested `fn` declared further down).
    Variable {
        id: VariableId,
        is_early: bool,
    },
    /// A top-level function, or an extern function without an alias.
    Function {
        slot: u32,
    },
    /// `import m`
    Module {
        slot: u32,
    },
    /// `from m import x`
    Imported {
        slot: u32,
    },
    Record {
        index: u32,
        slot: Option<u32>,
    },
    Enum {
        index: u32,
        slot: Option<u32>,
    },
    TypeName {
        index: u32,
        slot: Option<u32>,
    },
    Constant {
        index: u32,
    },
    /// A member of the enum whose values are just being given.
    EnumMember {
        index: u32,
        member: u32,
    },
    ExternAlias {
        block: u32,
        slot: u32,
    },
    ExternVariable {
        index: u32,
    },
    /// A name of an earlier entry of the REPL.
    Earlier {
        slot: u32,
        kind: EarlierKind,
    },
    Builtin(Rc<str>),
    BuiltinType(Rc<str>),
}

/// A name in a scope, and where it was declared.
#[derive(Clone, Debug)]
pub(super) struct ScopeEntry {
    pub symbol: Symbol,
    pub range: SourceRange,
}

/// What a name of an earlier REPL entry was.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EarlierKind {
    Let,
    Var,
    Function,
    Type,
    Module,
    Imported,
    Constant(Constant),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum VariableKind {
    Let,
    Var,
    Parameter,
    /// A nested `fn`.
    Function,
    /// Bound by `for`, `catch` or a pattern.
    Bound,
    /// Brought by an `import` inside a block.
    Import,
}

/// Whether a variable has its value at the place that is being resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Readiness {
    /// Further down in the text.
    Later,
    /// Its initial value, or the body of the nested `fn`, is being resolved.
    Defining,
    Ready,
}

#[derive(Debug)]
pub(super) struct Variable<'t> {
    pub name: Rc<str>,
    pub range: SourceRange,
    pub function: FunctionId,
    pub kind: VariableKind,
    pub annotation: Option<&'t tree::Type>,
    /// Declared at the top level of the file, not in a block.
    pub is_top: bool,
    /// Used by a function other than the one that declares it.
    pub is_captured: bool,
    /// Assigned other than by its declaration.
    pub is_assigned: bool,
    /// Used, or taken along by a closure, before it has its value.
    pub is_early: bool,
    pub readiness: Readiness,
    /// The module slot, for a top-level variable that needs one.
    pub slot: Option<u32>,
    pub doc: Option<Rc<str>>,
}

impl Variable<'_> {
    /// Lives in a cell, because closures share it while it changes.
    pub fn is_cell(&self) -> bool {
        !self.is_top && self.is_captured && (self.is_assigned || self.is_early)
    }
}

/// What the resolver found out about one function.
#[derive(Debug, Default)]
pub(super) struct FunctionFacts {
    pub parent: Option<FunctionId>,
    /// In the order in which the closure takes them along.
    pub captures: Vec<VariableId>,
    pub capture_index: HashMap<VariableId, u16>,
    pub is_generator: bool,
}

/// How far the value of a constant or of a type name is known.
#[derive(Clone, Debug)]
pub(super) enum Progress<T> {
    Pending,
    Running,
    /// `None`: an error has been reported.
    Done(Option<T>),
}

pub(super) struct RecordEntry<'t> {
    pub node: &'t tree::Record,
    pub slot: Option<u32>,
    /// The records of the anonymous parts, in order.
    pub anonymous: Vec<u32>,
    pub doc: Option<Rc<str>>,
}

pub(super) struct EnumEntry<'t> {
    pub node: &'t tree::Enum,
    pub slot: Option<u32>,
    pub values: Progress<Vec<i64>>,
    /// While the values are being computed: those known so far.
    pub partial: Vec<i64>,
    pub doc: Option<Rc<str>>,
}

pub(super) struct TypeNameEntry<'t> {
    pub name: &'t tree::Name,
    pub target: &'t tree::Type,
    pub slot: Option<u32>,
    pub description: Progress<TypeDescription>,
}

pub(super) struct ConstantEntry<'t> {
    pub name: &'t tree::Name,
    pub annotation: Option<&'t tree::Type>,
    pub value: &'t tree::Expression,
    pub slot: Option<u32>,
    pub result: Progress<Constant>,
}

pub(super) struct ExternFunctionEntry<'t> {
    pub node: &'t tree::ExternFunction,
    pub slot: Option<u32>,
}

pub(super) struct ExternVariableEntry<'t> {
    pub attributes: &'t [tree::Attribute],
    pub name: &'t tree::Name,
    pub target: &'t tree::Type,
    pub block: u32,
    pub slot: Option<u32>,
}

pub(super) struct BlockEntry<'t> {
    pub node: &'t tree::Extern,
    pub alias_slot: Option<u32>,
    pub functions: Vec<ExternFunctionEntry<'t>>,
    pub variables: Vec<u32>,
    /// What an alias has behind it, and what is usable by bare name inside the block.
    pub names: HashMap<Rc<str>, (Symbol, SourceRange)>,
    /// The names of records, enums, type names and constants, in order.
    pub declared: Vec<Rc<str>>,
}

/// Everything that a module declares at its top level.
#[derive(Default)]
pub(super) struct Tables<'t> {
    pub records: Vec<RecordEntry<'t>>,
    pub enums: Vec<EnumEntry<'t>>,
    pub type_names: Vec<TypeNameEntry<'t>>,
    pub constants: Vec<ConstantEntry<'t>>,
    pub blocks: Vec<BlockEntry<'t>>,
    pub extern_variables: Vec<ExternVariableEntry<'t>>,
    /// Top-level functions: slot and node.
    pub functions: Vec<(u32, &'t tree::Function)>,
    pub slots: Vec<Slot>,
    pub first_slot: u32,
}

impl Tables<'_> {
    pub fn new_slot(&mut self, name: &tree::Name, kind: SlotKind, is_import: bool, doc: Option<Rc<str>>) -> u32 {
        self.slots.push(Slot {
            name: Rc::clone(&name.text),
            kind,
            range: name.range,
            is_exported: !is_import && !name.text.starts_with('_'),
            doc,
        });
        self.first_slot + self.slots.len() as u32 - 1
    }
}

/// What the resolver hands to the emitter.
pub(super) struct Resolved<'t> {
    /// By [`tree::NameId`].
    pub meanings: Vec<Symbol>,
    pub variables: Vec<Variable<'t>>,
    /// The variable that a declaring [`tree::Name`] made.
    pub bindings: HashMap<NodeKey, VariableId>,
    pub functions: Vec<FunctionFacts>,
    /// The number of a [`tree::Function`].
    pub function_ids: HashMap<NodeKey, FunctionId>,
    /// The slot of an [`tree::Import`] of a module, or of a [`tree::ImportedName`], at the top level.
    pub import_slots: HashMap<NodeKey, u32>,
    /// The names of the top level.
    pub top: HashMap<Rc<str>, ScopeEntry>,
    pub tables: Tables<'t>,
}
