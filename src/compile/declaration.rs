//! Imports, and extern blocks as data.

use super::emitter::{Emitter, Register};
use super::resolve::deep;
use super::symbol::{NodeKey, Symbol};
use crate::bytecode::{Constant, Contract, ExternBlock, ExternFunction, ExternParameter, ExternVariable, Op, TypeDescription};
use crate::diagnostic::Diagnostic;
use crate::nearest::nearest_name;
use crate::source::SourceRange;
use crate::syntax::tree::{self, Attribute, BinaryOperator, ExpressionKind, Import, ImportSource};
use std::rc::Rc;

/// Attributes of extern functions.
const FUNCTION_ATTRIBUTES: &[&str] = &["symbol", "throws", "owned", "blocking", "text"];

/// Attributes of parameters; before a prototype in C text they name their parameter first.
const PARAMETER_ATTRIBUTES: &[&str] = &["keeps", "sized_by", "nonnull", "out", "owned", "on_error"];

impl<'t> Emitter<'t, '_> {
    // ------------------------------------------------------------ imports

    pub fn import_statement(&mut self, node: &'t Import, range: SourceRange) {
        match node {
            Import::Module { source, .. } => {
                let register = self.allocate();
                self.import_module(source, register);
                if let Some(&slot) = self.resolved.import_slots.get(&NodeKey::of(node)) {
                    self.op_wide(range, Op::StoreSlot, register, slot);
                    self.release(register.0);
                } else if let Some(&id) = self.resolved.bindings.get(&NodeKey::of(node)) {
                    self.settle(range, id, register);
                    self.protect();
                }
            }
            Import::Names { source, names } => {
                let is_local = !names.iter().any(|name| self.resolved.import_slots.contains_key(&NodeKey::of(name)));
                // Local names come first, so that they stay when the module's register is released.
                let first = self.allocate_run(if is_local { names.len() } else { 0 });
                let kept = self.mark();
                let module = self.allocate();
                self.import_module(source, module);
                let number = self.allocate();
                for (position, imported) in names.iter().enumerate() {
                    let range = imported.name.range;
                    let name = Rc::clone(&imported.name.text);
                    if let Some(&slot) = self.resolved.import_slots.get(&NodeKey::of(imported)) {
                        self.load_int(range, number, slot as i32);
                        let constant = self.constant(Constant::String(name));
                        self.op_wide(range, Op::ImportName, module, constant);
                    } else if let Some(id) = self.variable_of(imported.alias.as_ref().unwrap_or(&imported.name)) {
                        let register = first.offset(position as u16);
                        let cache = self.cache(&name);
                        self.emit(range, crate::bytecode::Instruction::abc(Op::GetField, register.0, module.0, cache));
                        self.settle(range, id, register);
                    }
                }
                self.release(kept);
                if is_local {
                    self.protect();
                }
            }
        }
    }

    fn import_module(&mut self, source: &ImportSource, to: Register) {
        let (text, range): (Rc<str>, SourceRange) = match source {
            ImportSource::Name(name) => (Rc::clone(&name.text), name.range),
            // A path always has a slash, so that it cannot be taken for the name of a module.
            ImportSource::Path { path, range } if path.contains('/') => (Rc::clone(path), *range),
            ImportSource::Path { path, range } => (format!("./{path}").into(), *range),
        };
        let index = self.constant(Constant::String(text));
        self.op_wide(range, Op::Import, to, index);
    }

    // ------------------------------------------------------------ extern blocks

    pub fn extern_statement(&mut self, node: &'t tree::Extern, range: SourceRange) {
        let block = self.resolved.tables.blocks.iter().position(|entry| std::ptr::eq(entry.node, node));
        if let Some(block) = block {
            self.op_wide(range, Op::LoadExtern, Register(0), block as u32);
        }
    }

    pub fn extern_blocks(&mut self) -> Vec<ExternBlock> {
        let count = self.resolved.tables.blocks.len();
        (0..count).map(|index| self.extern_block(index)).collect()
    }

    fn extern_block(&mut self, index: usize) -> ExternBlock {
        let entry = &self.resolved.tables.blocks[index];
        let (node, alias_slot, variables) = (entry.node, entry.alias_slot, entry.variables.clone());
        let nodes: Vec<_> = entry.functions.iter().map(|f| (f.node, f.slot)).collect();
        let declared: Vec<(Rc<str>, Symbol)> =
            entry.declared.iter().filter_map(|name| Some((Rc::clone(name), entry.names.get(name)?.0.clone()))).collect();
        let functions = nodes.into_iter().map(|(function, slot)| self.extern_function(function, slot)).collect();
        let (mut types, mut constants) = (Vec::new(), Vec::new());
        if alias_slot.is_some() {
            for (name, symbol) in declared {
                let description = match symbol {
                    Symbol::Record { index, .. } => Some(TypeDescription::Record(index)),
                    Symbol::Enum { index, .. } => Some(TypeDescription::Enum(index)),
                    Symbol::TypeName { index, .. } => self.describe_type_name(index),
                    Symbol::Constant { index } => {
                        constants.extend(self.constant_of(index).map(|value| (Rc::clone(&name), value)));
                        None
                    }
                    _ => None,
                };
                types.extend(description.map(|description| (name, description)));
            }
        }
        ExternBlock {
            range: node.range,
            libraries: node.libraries.iter().map(|(name, _)| Rc::clone(name)).collect(),
            alias_slot,
            functions,
            variables,
            types,
            constants,
        }
    }

    fn extern_function(&mut self, node: &'t tree::ExternFunction, slot: Option<u32>) -> ExternFunction {
        let mut parameters = Vec::new();
        for parameter in &node.parameters {
            self.check_attributes(&parameter.attributes, PARAMETER_ATTRIBUTES, "a parameter", &[]);
            parameters.push(ExternParameter {
                name: Rc::clone(&parameter.name.text),
                range: parameter.name.range,
                description: self.describe_type_or_any(&parameter.target),
                contracts: self.contracts(&parameter.attributes),
            });
        }
        let names: Vec<&str> = node.parameters.iter().map(|p| &*p.name.text).collect();
        for (number, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..number].contains(name) {
                let message = format!("there are two parameters `{name}`");
                self.error(message, node.parameters[number].name.range);
            }
        }
        self.check_attributes(&node.attributes, FUNCTION_ATTRIBUTES, "a function", &names);
        ExternFunction {
            name: Rc::clone(&node.name.text),
            symbol: self.symbol_name(&node.attributes).unwrap_or_else(|| Rc::clone(&node.name.text)),
            range: node.name.range,
            slot,
            parameters,
            is_variadic: node.is_variadic,
            result: match &node.result {
                Some(result) => self.describe_type_or_any(result),
                None => TypeDescription::Builtin("void".into()),
            },
            contracts: self.contracts(&node.attributes),
            doc: node.doc.clone(),
        }
    }

    pub fn extern_variables(&mut self) -> Vec<ExternVariable> {
        let count = self.resolved.tables.extern_variables.len();
        let variables = (0..count).map(|index| {
            let entry = &self.resolved.tables.extern_variables[index];
            let (attributes, name, target, block, slot) = (entry.attributes, entry.name, entry.target, entry.block, entry.slot);
            self.check_attributes(attributes, &["symbol"], "a variable", &[]);
            ExternVariable {
                name: Rc::clone(&name.text),
                symbol: self.symbol_name(attributes).unwrap_or_else(|| Rc::clone(&name.text)),
                range: name.range,
                block,
                slot,
                description: self.describe_type_or_any(target),
            }
        });
        variables.collect()
    }

    /// Attributes that exist, and stand where they may. Those of parameters may stand before a function if they name one.
    fn check_attributes(&mut self, attributes: &[Attribute], known: &[&str], place: &str, parameters: &[&str]) {
        for attribute in attributes {
            let name = &*attribute.name.text;
            if known.contains(&name) {
                continue;
            }
            if PARAMETER_ATTRIBUTES.contains(&name) {
                let first = attribute.arguments.first().map(|argument| &argument.value.kind);
                let names_one = matches!(first, Some(ExpressionKind::Name { name, .. }) if parameters.contains(&&**name));
                if names_one {
                    continue;
                }
                self.error(format!("`@{name}` belongs before a parameter, not before {place}"), attribute.range);
            } else if FUNCTION_ATTRIBUTES.contains(&name) {
                self.error(format!("`@{name}` belongs before a function, not before {place}"), attribute.range);
            } else {
                let all = FUNCTION_ATTRIBUTES.iter().chain(PARAMETER_ATTRIBUTES).copied();
                let mut diagnostic = Diagnostic::syntax(format!("there is no attribute `@{name}`"), attribute.range);
                let help = match nearest_name(name, all.clone()) {
                    Some(nearest) => format!("did you mean `@{nearest}`?"),
                    None => {
                        let mut names: Vec<String> = all.map(|name| format!("@{name}")).collect();
                        names.sort();
                        names.dedup();
                        format!("the attributes are {}", names.join(" "))
                    }
                };
                diagnostic = diagnostic.with_help(help);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// What `@symbol("…")` says.
    fn symbol_name(&mut self, attributes: &[Attribute]) -> Option<Rc<str>> {
        let attribute = attributes.iter().find(|a| &*a.name.text == "symbol")?;
        match attribute.arguments.as_slice() {
            [argument] => match &argument.value.kind {
                ExpressionKind::String(name) => return Some(Rc::clone(name)),
                _ => self.error("`@symbol` takes the name as a string", argument.value.range),
            },
            _ => self.error("`@symbol` takes one string", attribute.range),
        }
        None
    }

    /// Attributes as data, their arguments as they are written, but for constants, which appear by their values.
    fn contracts(&mut self, attributes: &[Attribute]) -> Vec<Contract> {
        let mut contracts = Vec::new();
        for attribute in attributes.iter().filter(|attribute| &*attribute.name.text != "symbol") {
            let takes_values = matches!(&*attribute.name.text, "sized_by" | "on_error");
            let arguments = attribute.arguments.iter();
            contracts.push(Contract {
                name: Rc::clone(&attribute.name.text),
                arguments: arguments.map(|argument| self.argument_text(argument, takes_values)).collect(),
                range: attribute.range,
            });
        }
        contracts
    }

    fn argument_text(&mut self, argument: &tree::Argument, takes_values: bool) -> Rc<str> {
        let text = if takes_values { self.value_text(&argument.value) } else { self.source_text(argument.value.range) };
        match &argument.name {
            Some(name) => format!("{}: {text}", name.text).into(),
            None => text.into(),
        }
    }

    fn source_text(&self, range: SourceRange) -> String {
        self.sources.file(range).map_or("", |file| file.slice(range)).to_string()
    }

    fn value_text(&mut self, value: &tree::Expression) -> String {
        if let ExpressionKind::Binary { operator: BinaryOperator::Multiply, left, right, .. } = &value.kind {
            return deep(|| format!("{} * {}", self.value_text(left), self.value_text(right)));
        }
        // A parameter means nothing here, so its name stays.
        match self.known_constant(value) {
            Some(Constant::Nil) => "nil".to_string(),
            Some(Constant::Bool(value)) => value.to_string(),
            Some(Constant::Int(value)) => value.to_string(),
            Some(Constant::Float(value)) => format!("{value:?}"),
            _ => self.source_text(value.range),
        }
    }
}
