//! Tree to bytecode.
//!
//! Two walks over the tree. The *resolver* finds out what every name means, which variables closures share, and what is
//! wrong with names, labels and the places of `return` and its kin. The *emitter* then writes instructions; it knows where
//! each variable lives and reports only what needs types or constants. All errors of a file are reported, ordered by place,
//! and none that only follows from another one.
//!
//! ## Where variables live
//! - A local variable is a register of its function. Locals are operands where they stand; nothing is copied to be used.
//! - What a closure uses is copied into it, if it is never assigned after its declaration. Otherwise it lives in a cell that
//!   the closure and the function share; a nested `fn` that is named above its declaration does too.
//! - Top-level names are slots of the module. In a script that is run (not imported), a top-level variable that no function
//!   uses is a register of the module's code.
//! - Constants and members of enums are known here and become operands.
//!
//! ## Registers
//! They are given out like a stack. A call builds its window at the top: callee, arguments, and the result lands in the
//! first one. An expression is compiled into a register that its user names, which a call may use as its window if that
//! register is the topmost and no variable's. What an assignment writes to a variable directly must be written in the last
//! step, because the old content may be read before.
//!
//! ## Limits
//! Sixteen bits hold a register, a cache, and the distance of a fused jump. A function whose fused jumps do not reach is
//! emitted again with long jumps; anything else that does not fit is one error, never a wrong operand.
//!
//! Files in reading order: `symbol.rs` (what names mean, tables), `scope.rs`, `nearest.rs`; `resolve.rs`, `declare.rs`,
//! `resolve_statement.rs`, `resolve_expression.rs`; `constant.rs`, `fold.rs`, `type_name.rs`; `emitter.rs`; then one file for
//! each family of syntax: `expression.rs`, `operator.rs`, `call.rs`, `assign.rs`, `control.rs`, `iteration.rs`, `matching.rs`,
//! `cleanup.rs`, `function.rs`, `record.rs`, `declaration.rs`; `names.rs` with `names_type.rs` is for editors.

mod assign;
mod call;
mod cleanup;
mod constant;
mod control;
mod declaration;
mod declare;
mod emitter;
mod expression;
mod fold;
mod foreign_name;
mod function;
mod iteration;
mod matching;
pub mod names;
mod names_type;
mod operator;
mod record;
mod resolve;
mod resolve_expression;
mod resolve_statement;
mod scope;
mod symbol;
#[cfg(test)]
mod tests;
mod type_name;

use crate::bytecode::Unit;
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::syntax::tree::Module;
use emitter::{Emitter, FunctionState};
use std::collections::HashMap;
use std::rc::Rc;
use symbol::{EarlierKind, MAIN, Progress, Symbol, VariableKind};

/// The names that every program has.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'e> {
    /// Values: functions and types that can be called. They become [`crate::bytecode::Constant::Builtin`].
    pub builtins: &'e [&'e str],
    /// Types, of the language and of C. Where a value is expected, a name that is no builtin stands for the type.
    pub types: &'e [&'e str],
    /// Modules that could be imported, for hints.
    pub modules: &'e [&'e str],
}

/// What earlier entries of the REPL declared.
#[derive(Debug, Default)]
pub struct ModuleScope {
    names: HashMap<Rc<str>, EarlierName>,
    slot_count: u32,
}

#[derive(Debug)]
struct EarlierName {
    slot: u32,
    kind: EarlierKind,
}

impl ModuleScope {
    pub fn new() -> ModuleScope {
        ModuleScope::default()
    }

    /// Gives a slot to a name that the session itself fills in, such as `_`. It reads like a `let`.
    pub fn define(&mut self, name: &str) -> u32 {
        let slot = self.slot_count;
        self.slot_count += 1;
        self.names.insert(name.into(), EarlierName { slot, kind: EarlierKind::Let });
        slot
    }

    /// The slot that the next new name gets.
    pub fn next_slot(&self) -> u32 {
        self.slot_count
    }

    /// The names that can be seen, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }
}

/// Compiles a file. `is_main` says that it is the script that is run: nobody imports it.
///
/// The bodies of extern blocks must have been read: what stands there as C text has become items.
///
/// # Errors
/// Every mistake that was found, ordered by place.
pub fn compile_module(
    tree: &Module,
    sources: &SourceMap,
    environment: &Environment<'_>,
    is_main: bool,
) -> Result<Unit, Vec<Diagnostic>> {
    compile(tree, sources, environment, None, is_main).map(|(unit, _)| unit)
}

/// Compiles an entry of the REPL, whose last expression is the result of its main code. Its names are added to the scope
/// if it has no mistakes; a name that is declared again gets a new slot.
///
/// # Errors
/// Every mistake that was found, ordered by place.
pub fn compile_entry(
    tree: &Module,
    sources: &SourceMap,
    environment: &Environment<'_>,
    scope: &mut ModuleScope,
) -> Result<Unit, Vec<Diagnostic>> {
    let (unit, names) = compile(tree, sources, environment, Some(scope), false)?;
    scope.slot_count += unit.slots.len() as u32;
    scope.names.extend(names);
    Ok(unit)
}

type NewNames = Vec<(Rc<str>, EarlierName)>;

fn compile(
    tree: &Module,
    sources: &SourceMap,
    environment: &Environment<'_>,
    earlier: Option<&ModuleScope>,
    is_main: bool,
) -> Result<(Unit, NewNames), Vec<Diagnostic>> {
    let (resolved, diagnostics) = resolve::resolve(tree, environment, earlier, is_main);
    let function = FunctionState::new(MAIN, false);
    let mut emitter = Emitter { resolved, sources, diagnostics, function };
    let unit = emitter.unit(tree, earlier.is_some());
    if !emitter.diagnostics.is_empty() {
        let mut diagnostics = emitter.diagnostics;
        diagnostics.sort_by_key(|diagnostic| diagnostic.primary.range);
        diagnostics.dedup();
        return Err(diagnostics);
    }
    #[cfg(debug_assertions)]
    if let Err(message) = crate::bytecode::verify_unit(&unit) {
        panic!("the compiler made bad code: {message}");
    }
    let names = if earlier.is_some() { emitter.new_names() } else { Vec::new() };
    Ok((unit, names))
}

impl<'t> Emitter<'t, '_> {
    fn unit(&mut self, tree: &'t Module, returns_value: bool) -> Unit {
        for index in 0..self.resolved.tables.constants.len() {
            self.constant_of(index as u32);
        }
        for index in 0..self.resolved.tables.type_names.len() {
            self.describe_type_name(index as u32);
        }
        let enums = self.enum_declarations();
        let records = self.record_declarations();
        let mut functions = Vec::new();
        for index in 0..self.resolved.tables.functions.len() {
            let (slot, node) = self.resolved.tables.functions[index];
            let name = node.name.as_ref().map_or_else(|| "".into(), |name| Rc::clone(&name.text));
            functions.push((slot, self.function_code(node, name)));
        }
        let extern_blocks = self.extern_blocks();
        let extern_variables = self.extern_variables();
        let main = self.main_code(tree, returns_value);
        let tables = &mut self.resolved.tables;
        let type_names = tables.type_names.iter().filter_map(|entry| match &entry.description {
            Progress::Done(Some(description)) => Some((entry.slot?, description.clone())),
            _ => None,
        });
        let constants = tables.constants.iter().filter_map(|entry| match &entry.result {
            Progress::Done(Some(value)) => Some((entry.slot?, value.clone())),
            _ => None,
        });
        Unit {
            main,
            first_slot: tables.first_slot,
            functions,
            records,
            record_slots: tables.records.iter().map(|entry| entry.slot).collect(),
            enums,
            enum_slots: tables.enums.iter().map(|entry| entry.slot).collect(),
            type_names: type_names.collect(),
            constants: constants.collect(),
            extern_blocks,
            extern_variables,
            slots: std::mem::take(&mut tables.slots),
        }
    }

    /// What the entry declared, for the entries that follow.
    fn new_names(&mut self) -> NewNames {
        let top = std::mem::take(&mut self.resolved.top);
        let names = top.into_iter().filter_map(|(name, entry)| {
            let (slot, kind) = match entry.symbol {
                Symbol::Variable { id, .. } => {
                    let variable = self.variable(id);
                    let kind = if variable.kind == VariableKind::Var { EarlierKind::Var } else { EarlierKind::Let };
                    (variable.slot?, kind)
                }
                Symbol::Function { slot } => (slot, EarlierKind::Function),
                Symbol::Module { slot } | Symbol::ExternAlias { slot, .. } => (slot, EarlierKind::Module),
                Symbol::Imported { slot } => (slot, EarlierKind::Imported),
                Symbol::Record { slot, .. } | Symbol::Enum { slot, .. } | Symbol::TypeName { slot, .. } => {
                    (slot?, EarlierKind::Type)
                }
                Symbol::Constant { index } => {
                    let slot = self.resolved.tables.constants[index as usize].slot?;
                    (slot, EarlierKind::Constant(self.constant_of(index)?))
                }
                Symbol::ExternVariable { index } => {
                    (self.resolved.tables.extern_variables[index as usize].slot?, EarlierKind::Var)
                }
                _ => return None,
            };
            Some((name, EarlierName { slot, kind }))
        });
        names.collect()
    }
}
