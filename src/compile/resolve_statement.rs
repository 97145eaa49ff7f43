//! Resolving statements, blocks, functions and records.

use super::declare::import_name;
use super::resolve::{Resolver, deep};
use super::scope::{Scope, Surrounding};
use super::symbol::{EarlierKind, FunctionFacts, FunctionId, MAIN, NodeKey, Readiness, Symbol, VariableKind};
use crate::diagnostic::Diagnostic;
use crate::syntax::tree::{
    self, Binding, Block, ExpressionKind, ExternBody, ExternItem, FunctionBody, Import, Member, Statement, StatementKind,
};
use std::rc::Rc;

impl<'t> Resolver<'t, '_> {
    pub fn statement(&mut self, statement: &'t Statement, is_top: bool) {
        deep(|| self.statement_inner(statement, is_top));
    }

    fn statement_inner(&mut self, statement: &'t Statement, is_top: bool) {
        match &statement.kind {
            StatementKind::Let(node) => self.let_statement(node, is_top),
            StatementKind::Constant { annotation, value, .. } => {
                if !is_top {
                    self.enter_local_declaration(statement);
                }
                if let Some(annotation) = annotation {
                    self.type_name(annotation);
                }
                self.expression(value);
            }
            StatementKind::Function(node) => self.function_statement(node, is_top),
            StatementKind::Record(node) => {
                if !is_top {
                    let word = if node.is_union { "unions" } else { "structs" };
                    self.error(format!("{word} are declared at the top level only"), node.range);
                    return;
                }
                self.record(node);
            }
            StatementKind::Enum(node) => {
                if !is_top {
                    self.error("enums are declared at the top level only", node.range);
                    return;
                }
                self.enumeration(node);
            }
            StatementKind::TypeName { target, .. } => {
                if !is_top {
                    self.enter_local_declaration(statement);
                }
                self.type_name(target);
            }
            StatementKind::Extern(node) => {
                if !is_top {
                    self.error("extern blocks stand at the top level only", node.range);
                    return;
                }
                self.extern_block(node);
            }
            StatementKind::Import(node) => {
                if !is_top {
                    self.local_import(node);
                }
            }
            StatementKind::Assign { target, value, .. } => {
                self.place(target);
                self.expression(value);
            }
            StatementKind::AssignList { targets, rest, value } => {
                for target in targets.iter().chain(rest) {
                    self.place(target);
                }
                self.expression(value);
            }
            StatementKind::Expression(expression) => self.expression(expression),
            StatementKind::While { label, condition, body } => {
                self.expression(condition);
                self.loop_body(label.as_ref(), |this| this.block(body));
            }
            StatementKind::For(node) => {
                self.expression(&node.iterable);
                self.scopes.push(Scope::new(self.current));
                self.binding(&node.first, VariableKind::Bound, None);
                if let Some(second) = &node.second {
                    self.binding(second, VariableKind::Bound, None);
                }
                self.loop_body(node.label.as_ref(), |this| this.block(&node.body));
                self.scopes.pop();
            }
            StatementKind::Block(block) => self.block(block),
            StatementKind::Defer(inner) => {
                self.surroundings.push(Surrounding::Cleanup { word: "defer" });
                self.statement(inner, false);
                self.surroundings.pop();
            }
            StatementKind::Error => self.has_unread_parts = true,
        }
    }

    fn let_statement(&mut self, node: &'t tree::Let, is_top: bool) {
        if let Some(annotation) = &node.annotation {
            self.type_name(annotation);
        }
        if is_top {
            self.set_readiness(&node.target, Readiness::Defining);
        }
        if let Some(value) = &node.value {
            self.expression(value);
        }
        if is_top {
            self.set_readiness(&node.target, Readiness::Ready);
        } else {
            let kind = if node.is_var { VariableKind::Var } else { VariableKind::Let };
            self.binding(&node.target, kind, node.annotation.as_ref());
        }
    }

    fn set_readiness(&mut self, binding: &'t Binding, readiness: Readiness) {
        match binding {
            Binding::Name(name) => {
                if let Some(id) = self.bindings.get(&NodeKey::of(name)) {
                    self.variables[id.0 as usize].readiness = readiness;
                }
            }
            Binding::List { items, rest, .. } => {
                for item in items {
                    self.set_readiness(item, readiness);
                }
                if let Some(id) = rest.as_ref().and_then(|name| self.bindings.get(&NodeKey::of(name))) {
                    self.variables[id.0 as usize].readiness = readiness;
                }
            }
        }
    }

    /// Declares the names that a `let`, `for` or `catch` binds in the innermost scope.
    pub fn binding(&mut self, binding: &'t Binding, kind: VariableKind, annotation: Option<&'t tree::Type>) {
        match binding {
            Binding::Name(name) => self.declare(name, kind, annotation),
            Binding::List { items, rest, .. } => {
                for item in items {
                    deep(|| self.binding(item, kind, None));
                }
                if let Some(rest) = rest {
                    self.declare(rest, kind, None);
                }
            }
        }
    }

    /// A `const` or `type` inside a block.
    fn enter_local_declaration(&mut self, statement: &'t Statement) {
        if let Some((name, symbol)) = self.declare_type_or_constant(statement, false) {
            self.enter(name, symbol);
        }
    }

    fn local_import(&mut self, node: &'t Import) {
        match node {
            Import::Module { source, alias } => match import_name(source, alias.as_ref()) {
                Ok(name) => {
                    let id = self.new_variable(&name, VariableKind::Import, Readiness::Ready);
                    // The name may be made from a path; the statement's node stands for it.
                    self.bindings.insert(NodeKey::of(node), id);
                    self.enter(&name, Symbol::Variable { id, is_early: false });
                }
                Err(diagnostic) => self.diagnostics.push(*diagnostic),
            },
            Import::Names { names, .. } => {
                for imported in names {
                    self.declare(imported.alias.as_ref().unwrap_or(&imported.name), VariableKind::Import, None);
                }
            }
        }
    }

    // ------------------------------------------------------------ blocks

    pub fn block(&mut self, block: &'t Block) {
        self.scopes.push(Scope::new(self.current));
        self.statements(&block.statements);
        self.scopes.pop();
    }

    /// The statements of a block, in the innermost scope.
    pub fn statements(&mut self, statements: &'t [Statement]) {
        for statement in statements {
            if let StatementKind::Function(node) = &statement.kind
                && let Some(name) = &node.name
            {
                let id = self.new_variable(name, VariableKind::Function, Readiness::Later);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.later.insert(Rc::clone(&name.text), id);
                }
            }
        }
        for statement in statements {
            self.statement(statement, false);
        }
    }

    fn loop_body(&mut self, label: Option<&'t tree::Name>, walk: impl FnOnce(&mut Self)) {
        if let Some(label) = label {
            let is_taken = self
                .surroundings
                .iter()
                .rev()
                .take_while(|s| !matches!(s, Surrounding::Function | Surrounding::Outside))
                .any(|s| matches!(s, Surrounding::Loop { label: Some(other) } if *other == label.text));
            if is_taken {
                self.error(format!("an enclosing loop has the label `{}` already", label.text), label.range);
            }
        }
        self.surroundings.push(Surrounding::Loop { label: label.map(|l| Rc::clone(&l.text)) });
        walk(self);
        self.surroundings.pop();
    }

    // ------------------------------------------------------------ functions

    fn function_statement(&mut self, node: &'t tree::Function, is_top: bool) {
        let Some(name) = &node.name else { return };
        if is_top {
            self.function(node);
            return;
        }
        let id = self.bindings[&NodeKey::of(name)];
        if let Some(scope) = self.scopes.last_mut() {
            scope.later.remove(&name.text);
        }
        self.enter(name, Symbol::Variable { id, is_early: false });
        self.variables[id.0 as usize].readiness = Readiness::Defining;
        self.function(node);
        self.variables[id.0 as usize].readiness = Readiness::Ready;
    }

    /// Begins a function: its number, with the current one as its parent.
    fn open_function(&mut self, key: NodeKey, surrounding: Surrounding) -> FunctionId {
        let id = FunctionId(self.functions.len() as u32);
        self.functions.push(FunctionFacts { parent: Some(self.current), ..FunctionFacts::default() });
        self.function_ids.insert(key, id);
        self.surroundings.push(surrounding);
        std::mem::replace(&mut self.current, id)
    }

    fn close_function(&mut self, outer: FunctionId) {
        self.surroundings.pop();
        self.current = outer;
    }

    /// A function and all that is in it. Parameters and body are one scope.
    pub fn function(&mut self, node: &'t tree::Function) {
        let outer = self.open_function(NodeKey::of(node), Surrounding::Function);
        self.scopes.push(Scope::new(self.current));
        for parameter in &node.parameters {
            if let Some(annotation) = &parameter.annotation {
                self.type_name(annotation);
            }
            if let Some(default) = &parameter.default {
                self.expression(default);
            }
            self.declare(&parameter.name, VariableKind::Parameter, parameter.annotation.as_ref());
        }
        if let Some(result) = &node.result {
            self.type_name(result);
        }
        match &node.body {
            FunctionBody::Block(block) => self.statements(&block.statements),
            FunctionBody::Expression(expression) => self.expression(expression),
        }
        self.scopes.pop();
        self.close_function(outer);
    }

    // ------------------------------------------------------------ records, enums, extern blocks

    pub fn record(&mut self, node: &'t tree::Record) {
        for attribute in &node.attributes {
            for argument in &attribute.arguments {
                self.expression(&argument.value);
            }
        }
        let constructor = NodeKey::of(node);
        for member in node.members.iter().flatten() {
            match member {
                Member::Field(field) => {
                    if let Some(annotation) = &field.annotation {
                        self.type_name(annotation);
                    }
                    if let Some(bits) = &field.bits {
                        self.expression(bits);
                    }
                    if let Some(default) = &field.default {
                        // All defaults of a struct are code of one function, its constructor.
                        let known = self.function_ids.get(&constructor).copied();
                        let outer = match known {
                            Some(id) => {
                                self.surroundings.push(Surrounding::Outside);
                                std::mem::replace(&mut self.current, id)
                            }
                            None => self.open_function(constructor, Surrounding::Outside),
                        };
                        self.scopes.push(Scope::new(self.current));
                        self.expression(default);
                        self.scopes.pop();
                        self.close_function(outer);
                    }
                }
                Member::Embedded { target, .. } => self.type_name(target),
                Member::Anonymous(part) => deep(|| self.record(part)),
                Member::Method(method) => self.function(method),
            }
        }
    }

    fn enumeration(&mut self, node: &'t tree::Enum) {
        if let Some(base) = &node.base {
            self.type_name(base);
        }
        let Some(index) = self.tables.enums.iter().position(|entry| std::ptr::eq(entry.node, node)) else { return };
        self.scopes.push(Scope::new(self.current));
        for (member, node) in node.members.iter().enumerate() {
            if let Some(value) = &node.value {
                self.expression(value);
            }
            self.enter(&node.name, Symbol::EnumMember { index: index as u32, member: member as u32 });
        }
        self.scopes.pop();
    }

    fn extern_block(&mut self, node: &'t tree::Extern) {
        let Some(block) = self.tables.blocks.iter().position(|entry| std::ptr::eq(entry.node, node)) else { return };
        let ExternBody::Items(items) = &node.body else { return };
        let mut scope = Scope::new(MAIN);
        if node.alias.is_some() {
            scope.names = self.block_scope_entries(block as u32);
        }
        self.scopes.push(scope);
        for item in items {
            match item {
                ExternItem::Function(function) => {
                    let own = function.parameters.iter().flat_map(|parameter| &parameter.attributes);
                    for attribute in own.chain(&function.attributes) {
                        for argument in &attribute.arguments {
                            self.contract_value(&argument.value, &function.parameters);
                        }
                    }
                    for parameter in &function.parameters {
                        self.type_name(&parameter.target);
                    }
                    if let Some(result) = &function.result {
                        self.type_name(result);
                    }
                }
                ExternItem::Variable { target, .. } => self.type_name(target),
                ExternItem::Declaration(statement) => self.statement(statement, true),
            }
        }
        self.scopes.pop();
    }

    /// An argument of a contract is no expression of the language: its names are those of parameters first, of other C functions, or
    /// words of the attribute. What is left may be a constant.
    fn contract_value(&mut self, value: &'t tree::Expression, parameters: &[tree::ExternParameter]) {
        match &value.kind {
            ExpressionKind::Name { name, id } => {
                let is_parameter = parameters.iter().any(|parameter| parameter.name.text == *name);
                if !is_parameter && let Some(symbol) = self.find(name) {
                    self.meanings[id.0 as usize] = symbol;
                }
            }
            ExpressionKind::Unary { operand, .. } => self.contract_value(operand, parameters),
            ExpressionKind::Parenthesized(inner) => self.contract_value(inner, parameters),
            ExpressionKind::Field { object, .. } => self.contract_value(object, parameters),
            ExpressionKind::Binary { left, right, .. } => {
                self.contract_value(left, parameters);
                self.contract_value(right, parameters);
            }
            _ => {}
        }
    }

    // ------------------------------------------------------------ places

    /// The target of an assignment.
    pub fn place(&mut self, target: &'t tree::Expression) {
        match &target.kind {
            ExpressionKind::Name { name, id } => {
                let Some(symbol) = self.find(name) else {
                    self.report_undeclared(name, target.range);
                    return;
                };
                self.check_assignable(name, &symbol, target.range);
                self.meanings[id.0 as usize] = symbol;
            }
            ExpressionKind::Field { object, .. } => self.expression(object),
            ExpressionKind::Index { object, index } => {
                self.expression(object);
                self.expression(index);
            }
            ExpressionKind::List(elements) => {
                for element in elements {
                    deep(|| self.place(&element.value));
                }
            }
            ExpressionKind::Error => self.has_unread_parts = true,
            // The parser has refused what is no place.
            _ => self.expression(target),
        }
    }

    fn check_assignable(&mut self, name: &str, symbol: &Symbol, range: crate::source::SourceRange) {
        let what = match symbol {
            Symbol::Variable { id, .. } => {
                let variable = &mut self.variables[id.0 as usize];
                match variable.kind {
                    VariableKind::Var | VariableKind::Parameter => {
                        variable.is_assigned = true;
                        return;
                    }
                    VariableKind::Let => {
                        let declared = variable.range;
                        self.diagnostics.push(
                            Diagnostic::syntax(format!("`{name}` is a `let` and cannot be assigned again"), range)
                                .with_secondary(declared, "declared here")
                                .with_help(format!("declare it with `var {name}`")),
                        );
                        return;
                    }
                    VariableKind::Bound => {
                        let declared = variable.range;
                        self.diagnostics.push(
                            Diagnostic::syntax(format!("`{name}` is bound here once and cannot be assigned again"), range)
                                .with_secondary(declared, "bound here")
                                .with_help("names of `for`, `catch` and patterns are `let`s; use a `var` of another name"),
                        );
                        return;
                    }
                    VariableKind::Function => "a function",
                    VariableKind::Import => "an imported name",
                }
            }
            Symbol::ExternVariable { .. } | Symbol::Earlier { kind: EarlierKind::Var, .. } | Symbol::Unknown => return,
            Symbol::Earlier { kind, .. } => match kind {
                EarlierKind::Let => "a `let`",
                EarlierKind::Function => "a function",
                EarlierKind::Type => "a type",
                EarlierKind::Module => "a module",
                EarlierKind::Constant(_) => "a constant",
                EarlierKind::Imported | EarlierKind::Var => "an imported name",
            },
            Symbol::Function { .. } => "a function",
            Symbol::Module { .. } => "a module",
            Symbol::Imported { .. } => "an imported name",
            Symbol::Record { .. } | Symbol::Enum { .. } | Symbol::TypeName { .. } | Symbol::BuiltinType(_) => "a type",
            Symbol::Constant { .. } | Symbol::EnumMember { .. } => "a constant",
            Symbol::ExternAlias { .. } => "a library",
            Symbol::Builtin(_) => {
                self.error_with_help(
                    format!("`{name}` is built in and cannot be assigned"),
                    range,
                    format!("declare a variable of your own: `var {name} = …`"),
                );
                return;
            }
        };
        self.error(format!("`{name}` is {what} and cannot be assigned"), range);
    }
}
