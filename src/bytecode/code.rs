//! Functions and units as data.

use super::declaration::{EnumDeclaration, ExternBlock, ExternVariable, RecordDeclaration, TypeDescription};
use super::instruction::Instruction;
use crate::format::Format;
use crate::source::SourceRange;
use std::rc::Rc;

/// A constant of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Rc<str>),
    Bytes(Rc<[u8]>),
    Format(Format),
    /// Names of arguments, or a path of field names.
    Names(Vec<Rc<str>>),
    /// A builtin by its name: `print`, `len`.
    Builtin(Rc<str>),
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: Rc<str>,
    /// Has a default: the function's code fills it in where it is undefined.
    pub has_default: bool,
}

/// What a closure takes along when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A register of the function that makes the closure (a value, or a cell).
    Register(u16),
    /// A captured variable of the function that makes the closure.
    Captured(u16),
}

/// Where an error thrown in a range of instructions goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First instruction of the range.
    pub start: u32,
    /// First instruction behind it.
    pub end: u32,
    pub kind: HandlerKind,
    /// The register that takes the error.
    pub register: u16,
    /// Registers from here on are dead when the handler begins.
    pub live: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerKind {
    /// A `catch`: execution goes on at the target. It does not see what cannot be caught (`os.exit`, a closed generator, Ctrl-C).
    Catch { target: u32 },
    /// A `finally` or `defer`: execution goes on at the target for whatever is thrown, which the code rethrows at its end.
    Cleanup { target: u32 },
    /// The inside of a cleanup: an error thrown here gets what stands in the register (if it is an error) as its cause and goes on.
    Chain,
}

/// From instruction `from` on, the first `registers` registers may be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveChange {
    pub from: u32,
    pub registers: u16,
}

/// One function.
#[derive(Debug)]
pub struct Code {
    /// Empty for an anonymous function; `main` code of a module is `<main>`.
    pub name: Rc<str>,
    /// The header, `fn` to before the body.
    pub range: SourceRange,
    /// Without the rest parameter. Parameter i arrives in register i.
    pub parameters: Vec<Parameter>,
    /// Parameters without a default, which a call must give.
    pub required: u16,
    /// The name of the `...rest` parameter, which arrives as a list behind the others.
    pub rest: Option<Rc<str>>,
    /// The first parameter is `self`: a method.
    pub has_self: bool,
    pub is_generator: bool,
    pub register_count: u16,
    pub instructions: Vec<Instruction>,
    /// One for each instruction: what an error at it points at.
    pub ranges: Vec<SourceRange>,
    pub constants: Vec<Constant>,
    /// Types that the instructions name.
    pub types: Vec<TypeDescription>,
    /// Functions that the instructions make closures of.
    pub functions: Vec<Rc<Code>>,
    pub captures: Vec<Capture>,
    /// Innermost first.
    pub handlers: Vec<Handler>,
    pub live: Vec<LiveChange>,
    /// The name that each inline cache looks for.
    pub caches: Vec<Rc<str>>,
    /// The variables whose annotations are checked, by the instruction that does it, in order.
    pub checked_variables: Vec<(u32, Rc<str>)>,
    pub doc: Option<Rc<str>>,
}

impl Code {
    /// The variable whose annotation an instruction checks.
    pub fn checked_variable(&self, instruction: usize) -> Option<&str> {
        let found = self.checked_variables.binary_search_by_key(&(instruction as u32), |(at, _)| *at).ok()?;
        Some(&self.checked_variables[found].1)
    }

    /// How many registers may be needed at an instruction.
    pub fn live_registers(&self, instruction: usize) -> usize {
        let after = self.live.partition_point(|change| change.from as usize <= instruction);
        after.checked_sub(1).map_or(0, |i| self.live[i].registers as usize)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// `let`, functions, imports, types: read-only from outside.
    Let,
    Var,
    /// Filled when the unit is linked: functions (a `Code`), records, enums, extern functions.
    Declared,
}

/// A top-level name of a module.
#[derive(Debug, Clone)]
pub struct Slot {
    pub name: Rc<str>,
    pub kind: SlotKind,
    pub range: SourceRange,
    /// Names that begin with `_`, and names that came by import, are not exported.
    pub is_exported: bool,
    pub doc: Option<Rc<str>>,
}

/// A compiled file, or one entry of the REPL.
#[derive(Debug)]
pub struct Unit {
    pub main: Rc<Code>,
    /// The module's slots; for a REPL entry those added by it, numbered on from `first_slot`.
    pub slots: Vec<Slot>,
    pub first_slot: u32,
    /// Top-level functions, made into closures when the unit is linked: slot and code.
    pub functions: Vec<(u32, Rc<Code>)>,
    pub records: Vec<RecordDeclaration>,
    /// The slots that get the record types and enums (parallel to `records` and `enums`; none for anonymous parts or names behind an alias).
    pub record_slots: Vec<Option<u32>>,
    pub enums: Vec<EnumDeclaration>,
    pub enum_slots: Vec<Option<u32>>,
    /// `type Name = T`: slot and type.
    pub type_names: Vec<(u32, TypeDescription)>,
    /// `const`: slot and value.
    pub constants: Vec<(u32, Constant)>,
    pub extern_blocks: Vec<ExternBlock>,
    pub extern_variables: Vec<ExternVariable>,
}
