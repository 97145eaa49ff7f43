//! The first look at a file: enters everything its top level declares, so that it can be used above its declaration.

use super::resolve::{Resolver, twice};
use super::symbol::{
    BlockEntry, ConstantEntry, EnumEntry, ExternFunctionEntry, ExternVariableEntry, NodeKey, Progress, Readiness, RecordEntry,
    ScopeEntry, Symbol, TypeNameEntry, VariableKind,
};
use crate::bytecode::SlotKind;
use crate::syntax::token::is_name;
use crate::syntax::tree::{self, Binding, ExternBody, ExternItem, Import, ImportSource, Member, StatementKind};
use std::collections::HashMap;
use std::rc::Rc;

impl<'t> Resolver<'t, '_> {
    pub fn declare_module(&mut self, module: &'t tree::Module) {
        for statement in &module.statements {
            self.declare_top(statement);
        }
    }

    fn declare_top(&mut self, statement: &'t tree::Statement) {
        match &statement.kind {
            StatementKind::Let(node) => {
                let kind = if node.is_var { VariableKind::Var } else { VariableKind::Let };
                self.declare_top_binding(&node.target, kind, node.annotation.as_ref(), statement.doc.as_ref());
            }
            StatementKind::Function(node) => {
                let Some(name) = &node.name else { return };
                let doc = node.doc.clone().or_else(|| statement.doc.clone());
                let slot = self.tables.new_slot(name, SlotKind::Declared, false, doc);
                self.tables.functions.push((slot, node));
                self.enter(name, Symbol::Function { slot });
            }
            StatementKind::Record(_)
            | StatementKind::Enum(_)
            | StatementKind::TypeName { .. }
            | StatementKind::Constant { .. } => {
                if let Some((name, symbol)) = self.declare_type_or_constant(statement, true) {
                    self.enter(name, symbol);
                }
            }
            StatementKind::Extern(node) => self.declare_extern(node),
            StatementKind::Import(node) => self.declare_import(node),
            _ => {}
        }
    }

    fn declare_top_binding(
        &mut self,
        binding: &'t Binding,
        kind: VariableKind,
        annotation: Option<&'t tree::Type>,
        doc: Option<&Rc<str>>,
    ) {
        match binding {
            Binding::Name(name) => self.declare_top_variable(name, kind, annotation, doc),
            Binding::List { items, rest, .. } => {
                for item in items {
                    self.declare_top_binding(item, kind, None, None);
                }
                if let Some(rest) = rest {
                    self.declare_top_variable(rest, kind, None, None);
                }
            }
        }
    }

    fn declare_top_variable(
        &mut self,
        name: &'t tree::Name,
        kind: VariableKind,
        annotation: Option<&'t tree::Type>,
        doc: Option<&Rc<str>>,
    ) {
        if &*name.text == "_" {
            return;
        }
        let id = self.new_variable(name, kind, Readiness::Later);
        let variable = &mut self.variables[id.0 as usize];
        variable.is_top = true;
        variable.annotation = annotation;
        variable.doc = doc.cloned();
        self.enter(name, Symbol::Variable { id, is_early: false });
    }

    /// Makes the table entry of a struct, union, enum, type name or constant, with a slot if asked.
    pub fn declare_type_or_constant(
        &mut self,
        statement: &'t tree::Statement,
        with_slot: bool,
    ) -> Option<(&'t tree::Name, Symbol)> {
        let doc = statement.doc.clone();
        Some(match &statement.kind {
            StatementKind::Record(node) => {
                let name = node.name.as_ref()?;
                let doc = node.doc.clone().or(doc);
                let slot = with_slot.then(|| self.tables.new_slot(name, SlotKind::Declared, false, doc.clone()));
                let index = self.declare_record(node, slot, doc);
                (name, Symbol::Record { index, slot })
            }
            StatementKind::Enum(node) => {
                let doc = node.doc.clone().or(doc);
                let slot = with_slot.then(|| self.tables.new_slot(&node.name, SlotKind::Declared, false, doc.clone()));
                let index = self.tables.enums.len() as u32;
                self.tables.enums.push(EnumEntry { node, slot, values: Progress::Pending, partial: Vec::new(), doc });
                (&node.name, Symbol::Enum { index, slot })
            }
            StatementKind::TypeName { name, target } => {
                let slot = with_slot.then(|| self.tables.new_slot(name, SlotKind::Declared, false, doc));
                let index = self.tables.type_names.len() as u32;
                self.tables.type_names.push(TypeNameEntry { name, target, slot, description: Progress::Pending });
                (name, Symbol::TypeName { index, slot })
            }
            StatementKind::Constant { name, annotation, value } => {
                let slot = with_slot.then(|| self.tables.new_slot(name, SlotKind::Declared, false, doc));
                let index = self.tables.constants.len() as u32;
                let annotation = annotation.as_ref();
                self.tables.constants.push(ConstantEntry { name, annotation, value, slot, result: Progress::Pending });
                (name, Symbol::Constant { index })
            }
            _ => return None,
        })
    }

    fn declare_record(&mut self, node: &'t tree::Record, slot: Option<u32>, doc: Option<Rc<str>>) -> u32 {
        let index = self.tables.records.len();
        self.tables.records.push(RecordEntry { node, slot, anonymous: Vec::new(), doc });
        for member in node.members.iter().flatten() {
            if let Member::Anonymous(part) = member {
                let part = self.declare_record(part, None, None);
                self.tables.records[index].anonymous.push(part);
            }
        }
        index as u32
    }

    fn declare_import(&mut self, node: &'t Import) {
        match node {
            Import::Module { source, alias } => {
                let name = match import_name(source, alias.as_ref()) {
                    Ok(name) => name,
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        return;
                    }
                };
                let slot = self.tables.new_slot(&name, SlotKind::Let, true, None);
                self.import_slots.insert(NodeKey::of(node), slot);
                self.enter(&name, Symbol::Module { slot });
            }
            Import::Names { names, .. } => {
                for imported in names {
                    let name = imported.alias.as_ref().unwrap_or(&imported.name);
                    let slot = self.tables.new_slot(name, SlotKind::Let, true, None);
                    self.import_slots.insert(NodeKey::of(imported), slot);
                    self.enter(name, Symbol::Imported { slot });
                }
            }
        }
    }

    fn declare_extern(&mut self, node: &'t tree::Extern) {
        let block = self.tables.blocks.len() as u32;
        let alias_slot = node.alias.as_ref().map(|alias| self.tables.new_slot(alias, SlotKind::Declared, false, None));
        self.tables.blocks.push(BlockEntry {
            node,
            alias_slot,
            functions: Vec::new(),
            variables: Vec::new(),
            names: HashMap::new(),
            declared: Vec::new(),
        });
        if let (Some(alias), Some(slot)) = (&node.alias, alias_slot) {
            self.enter(alias, Symbol::ExternAlias { block, slot });
        }
        let ExternBody::Items(items) = &node.body else {
            // Who compiles has C turned into items before; this is for those who forget.
            self.error("the declarations of this block have not been read", node.range);
            return;
        };
        let with_slots = alias_slot.is_none();
        for item in items {
            let (name, symbol) = match item {
                ExternItem::Function(function) => {
                    let slot =
                        with_slots.then(|| self.tables.new_slot(&function.name, SlotKind::Declared, false, function.doc.clone()));
                    self.tables.blocks[block as usize].functions.push(ExternFunctionEntry { node: function, slot });
                    (&function.name, Symbol::Function { slot: slot.unwrap_or(0) })
                }
                ExternItem::Variable { attributes, name, target, doc, .. } => {
                    let slot = with_slots.then(|| self.tables.new_slot(name, SlotKind::Var, false, doc.clone()));
                    let index = self.tables.extern_variables.len() as u32;
                    self.tables.extern_variables.push(ExternVariableEntry { attributes, name, target, block, slot });
                    self.tables.blocks[block as usize].variables.push(index);
                    (name, Symbol::ExternVariable { index })
                }
                ExternItem::Declaration(statement) => {
                    let Some((name, symbol)) = self.declare_type_or_constant(statement, with_slots) else { continue };
                    self.tables.blocks[block as usize].declared.push(Rc::clone(&name.text));
                    (name, symbol)
                }
            };
            if with_slots {
                self.enter(name, symbol.clone());
            }
            let names = &mut self.tables.blocks[block as usize].names;
            match names.get(&name.text) {
                Some((_, first)) if !with_slots => self.diagnostics.push(twice(&name.text, name.range, *first)),
                Some(_) => {}
                None => {
                    names.insert(Rc::clone(&name.text), (symbol, name.range));
                }
            }
        }
    }

    /// The types and constants of a block, by their bare names.
    pub fn block_scope_entries(&self, block: u32) -> HashMap<Rc<str>, ScopeEntry> {
        let names = &self.tables.blocks[block as usize].names;
        let usable = names.iter().filter(|(_, (symbol, _))| {
            matches!(symbol, Symbol::Record { .. } | Symbol::Enum { .. } | Symbol::TypeName { .. } | Symbol::Constant { .. })
        });
        usable.map(|(name, (symbol, range))| (Rc::clone(name), ScopeEntry { symbol: symbol.clone(), range: *range })).collect()
    }
}

/// The name that `import m` declares: the alias, the module's name, or the stem of the path.
pub(super) fn import_name(
    source: &ImportSource,
    alias: Option<&tree::Name>,
) -> Result<tree::Name, Box<crate::diagnostic::Diagnostic>> {
    if let Some(alias) = alias {
        return Ok(alias.clone());
    }
    match source {
        ImportSource::Name(name) => Ok(name.clone()),
        ImportSource::Path { path, range } => {
            let file = path.rsplit('/').next().unwrap_or(path);
            let stem = file.strip_suffix(".cot").unwrap_or(file);
            if is_name(stem) {
                Ok(tree::Name { text: stem.into(), range: *range })
            } else {
                Err(Box::new(
                    crate::diagnostic::Diagnostic::syntax(format!("`{stem}` cannot be the name of a module"), *range).with_help(
                        match file.ends_with(".h") {
                            true => {
                                "C is not imported; declarations are read by `extern \"library\" header \"name.h\" { names }`"
                            }
                            false => "give it one: `import \"…\" as name`",
                        },
                    ),
                ))
            }
        }
    }
}
