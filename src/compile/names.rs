//! The names of a file, for editors: what is declared where, and what each use means.
//!
//! What a bare name means is the resolver's word. What this file adds is what the language itself finds out only while a program runs,
//! as far as it can be seen in the text: to which struct, enum, library or module a member belongs, and which parameter
//! a named argument is for. Where that cannot be seen, nothing is said.

use super::names_type::Shape;
use super::resolve::resolve;
use super::symbol::{Resolved, Symbol};
use super::{Environment, declare};
use crate::source::SourceRange;
use crate::syntax::tree::*;
use crate::syntax::walk::{
    Visitor, walk_block, walk_expression, walk_extern_item, walk_function, walk_module, walk_pattern, walk_record,
    walk_statement, walk_type,
};
use std::collections::HashMap;
use std::rc::Rc;

/// An index of [`NameIndex::declarations`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct DeclarationId(pub usize);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeclarationKind {
    Let,
    Var,
    Parameter,
    /// Bound by `for`, `catch` or a pattern.
    Bound,
    Function,
    Method,
    Field,
    Struct,
    Union,
    Enum,
    EnumMember,
    TypeName,
    Constant,
    /// `import m`: a module.
    Module,
    /// `from m import x`
    Imported,
    /// The alias of an extern block.
    Library,
    ExternFunction,
    ExternParameter,
    ExternVariable,
}

#[derive(Debug)]
pub struct Declaration {
    pub name: Rc<str>,
    pub kind: DeclarationKind,
    /// The name where it is declared; of an import of a path the path.
    pub range: SourceRange,
    /// All that declares it, with its body.
    pub whole: SourceRange,
    /// What to show of it: without a body.
    pub header: SourceRange,
    /// Where a bare name means it, if nothing else of that name is nearer.
    pub scope: SourceRange,
    pub doc: Option<Rc<str>>,
    /// What it is a member or a parameter of.
    pub parent: Option<DeclarationId>,
    /// Declared at the top level of the file, or in an extern block.
    pub is_top: bool,
    /// Brought from elsewhere: the module, and the name there if it is one name of it.
    pub imported: Option<(ImportedFrom, Option<Rc<str>>)>,
    /// In `Point(x)` it stands for a field, too.
    pub is_field_shorthand: bool,
    /// `...rest`
    pub is_rest: bool,
    /// Callers leave this parameter out: `@out`.
    pub is_left_out: bool,
    /// It is declared as C.
    pub foreign: Option<Foreign>,
}

/// What is known of a declaration of C's. Its header is in a text of its own, in which it stands as Cotter would declare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The file and the line, from 1, of the C header that declares it.
    pub header: Option<(Rc<str>, usize)>,
    /// Its range is that of its name in the script; otherwise that of what brings it.
    pub is_named: bool,
}

impl Declaration {
    /// Whether its name stands at its range.
    pub fn is_named(&self) -> bool {
        self.foreign.as_ref().is_none_or(|foreign| foreign.is_named)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportedFrom {
    Name(Rc<str>),
    Path(Rc<str>),
}

/// What a use of a name means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Declaration(DeclarationId),
    Builtin(Rc<str>),
    /// A member of what is not declared in this file.
    Member {
        owner: Owner,
        name: Rc<str>,
    },
    /// A member of something that cannot be told.
    UnknownMember,
}

/// What has members.
#[derive(Clone, Debug, PartialEq)]
pub enum Owner {
    /// A struct, union or enum, or a library with an alias.
    Declaration(DeclarationId),
    /// A module, by the declaration that imports it.
    Module(DeclarationId),
    /// A type of the language, as its methods are listed: `list`, `string`.
    Type(&'static str),
}

#[derive(Debug)]
pub struct NameUse {
    pub range: SourceRange,
    pub meaning: Meaning,
    /// Of a member: what stands before the dot, as far as it can be told.
    pub owner: Option<Owner>,
}

/// A call, for the names of its arguments.
#[derive(Debug)]
pub struct CallSite {
    /// From behind the callee to the closing bracket.
    pub arguments: SourceRange,
    pub callee: Meaning,
}

#[derive(Debug, Default)]
pub struct NameIndex {
    pub declarations: Vec<Declaration>,
    /// In order of place.
    pub uses: Vec<NameUse>,
    pub calls: Vec<CallSite>,
    /// The text could not be read whole, so something may be missing.
    pub has_mistakes: bool,
}

impl NameIndex {
    pub fn declaration(&self, id: DeclarationId) -> &Declaration {
        &self.declarations[id.0]
    }

    /// What is declared in another: the fields and methods of a struct, the members of an enum, the names behind a library's alias.
    pub fn members(&self, owner: DeclarationId) -> impl Iterator<Item = (DeclarationId, &Declaration)> {
        self.declarations
            .iter()
            .enumerate()
            .map(|(at, declaration)| (DeclarationId(at), declaration))
            .filter(move |(_, declaration)| declaration.parent == Some(owner))
    }

    /// The declaration of the top level with a name.
    pub fn top(&self, name: &str) -> Option<DeclarationId> {
        let found = |declaration: &Declaration| declaration.is_top && declaration.parent.is_none() && &*declaration.name == name;
        self.declarations.iter().position(found).map(DeclarationId)
    }

    /// What is named at a position, and where that name stands.
    pub fn at(&self, position: u32) -> Option<(SourceRange, Meaning)> {
        let holds = |range: SourceRange| range.start <= position && position <= range.end;
        let declared = self.declarations.iter().position(|declaration| declaration.is_named() && holds(declaration.range));
        let used = self.uses.iter().find(|name| holds(name.range));
        match (used, declared) {
            // What stands for a field and a new variable at once is the variable.
            (_, Some(at)) => Some((self.declarations[at].range, Meaning::Declaration(DeclarationId(at)))),
            (Some(name), None) => Some((name.range, name.meaning.clone())),
            (None, None) => None,
        }
    }
}

/// Makes the index of a file. Works on texts with mistakes, too, as far as they could be read.
pub fn index_names(tree: &Module, environment: &Environment<'_>, file: SourceRange) -> NameIndex {
    let (resolved, _) = resolve(tree, environment, None, true);
    let mut indexer = Indexer {
        resolved,
        index: NameIndex::default(),
        by_range: HashMap::new(),
        origins: HashMap::new(),
        scopes: vec![file],
        parents: Vec::new(),
        in_function: 0,
    };
    walk_module(&mut indexer, tree);
    let mut reader = UseReader { indexer, extern_parent: None };
    walk_module(&mut reader, tree);
    let mut index = reader.indexer.index;
    index.uses.sort_by_key(|name| name.range);
    index
}

/// What is known of how a variable comes to its value.
#[derive(Clone, Copy)]
pub(super) enum Origin<'t> {
    Annotation(&'t Type),
    Value(&'t Expression),
    /// What a function gives.
    Result(&'t Type),
    /// `self` in a method.
    SelfOf(DeclarationId),
}

/// The first walk: declarations.
pub(super) struct Indexer<'t> {
    pub resolved: Resolved<'t>,
    pub index: NameIndex,
    /// Declarations by the place of their name.
    pub by_range: HashMap<SourceRange, DeclarationId>,
    pub origins: HashMap<DeclarationId, Origin<'t>>,
    /// The blocks around, the whole file first.
    scopes: Vec<SourceRange>,
    /// The records and libraries around.
    parents: Vec<DeclarationId>,
    in_function: usize,
}

impl<'t> Indexer<'t> {
    fn scope(&self) -> SourceRange {
        self.scopes.last().copied().unwrap_or_default()
    }

    fn declare(&mut self, name: &Name, kind: DeclarationKind, whole: SourceRange, header: SourceRange) -> DeclarationId {
        let id = DeclarationId(self.index.declarations.len());
        let scope = self.scope();
        let is_hoisted = matches!(kind, DeclarationKind::Function) || self.scopes.len() == 1;
        let scope = if is_hoisted { scope } else { SourceRange::new(name.range.start.max(scope.start), scope.end) };
        self.index.declarations.push(Declaration {
            name: Rc::clone(&name.text),
            kind,
            range: name.range,
            whole,
            header,
            scope,
            doc: None,
            parent: None,
            is_top: self.scopes.len() == 1 && self.in_function == 0,
            imported: None,
            is_field_shorthand: false,
            is_rest: false,
            is_left_out: false,
            foreign: None,
        });
        self.by_range.insert(name.range, id);
        id
    }

    fn document(&mut self, id: DeclarationId, docs: [&Option<Rc<str>>; 2]) {
        self.index.declarations[id.0].doc = docs.into_iter().flatten().next().cloned();
    }

    /// Makes it a member or parameter of another; what is behind a dot has no place where its bare name means it.
    fn member_of(&mut self, id: DeclarationId, parent: Option<DeclarationId>) {
        let declaration = &mut self.index.declarations[id.0];
        declaration.parent = parent;
        if parent.is_some() && !matches!(declaration.kind, DeclarationKind::Parameter | DeclarationKind::EnumMember) {
            declaration.scope = SourceRange::NOWHERE;
        }
    }

    fn inside(&mut self, scope: SourceRange, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(scope);
        walk(self);
        self.scopes.pop();
    }

    fn declare_binding(&mut self, binding: &'t Binding, kind: DeclarationKind, whole: SourceRange, origin: Option<Origin<'t>>) {
        match binding {
            Binding::Name(name) => {
                let id = self.declare(name, kind, whole, whole);
                if let Some(origin) = origin {
                    self.origins.insert(id, origin);
                }
            }
            Binding::List { items, rest, .. } => {
                items.iter().for_each(|item| self.declare_binding(item, kind, whole, None));
                if let Some(rest) = rest {
                    self.declare(rest, kind, whole, whole);
                }
            }
        }
    }

    fn import(&mut self, import: &'t Import, whole: SourceRange) {
        let from = |source: &ImportSource| match source {
            ImportSource::Name(name) => ImportedFrom::Name(Rc::clone(&name.text)),
            ImportSource::Path { path, .. } => ImportedFrom::Path(Rc::clone(path)),
        };
        match import {
            Import::Module { source, alias } => {
                let Ok(name) = declare::import_name(source, alias.as_ref()) else { return };
                let id = self.declare(&name, DeclarationKind::Module, whole, whole);
                self.index.declarations[id.0].imported = Some((from(source), None));
            }
            Import::Names { source, names } => {
                for imported in names {
                    let name = imported.alias.as_ref().unwrap_or(&imported.name);
                    let id = self.declare(name, DeclarationKind::Imported, whole, whole);
                    self.index.declarations[id.0].imported = Some((from(source), Some(Rc::clone(&imported.name.text))));
                }
            }
        }
    }

    fn pattern_name(&mut self, name: &'t Name, origin: Option<Origin<'t>>) -> DeclarationId {
        let id = self.declare(name, DeclarationKind::Bound, name.range, name.range);
        if let Some(origin) = origin {
            self.origins.insert(id, origin);
        }
        id
    }

    fn declare_function(&mut self, function: &'t Function, docs: &Option<Rc<str>>) -> Option<DeclarationId> {
        let parent = self.parents.last().copied().filter(|_| self.in_function == 0);
        let kind = if parent.is_some() { DeclarationKind::Method } else { DeclarationKind::Function };
        let name = function.name.as_ref()?;
        let id = self.declare(name, kind, function.range, function.header);
        self.document(id, [&function.doc, docs]);
        self.member_of(id, parent);
        if let Some(result) = &function.result {
            self.origins.insert(id, Origin::Result(result));
        }
        Some(id)
    }

    /// Parameters and body.
    fn function_inside(&mut self, function: &'t Function, id: Option<DeclarationId>) {
        let method_of = id.and_then(|id| self.index.declaration(id).parent);
        self.in_function += 1;
        self.inside(function.range, |this| {
            for (number, parameter) in function.parameters.iter().enumerate() {
                let parameter_id =
                    this.declare(&parameter.name, DeclarationKind::Parameter, parameter.name.range, parameter_range(parameter));
                this.index.declarations[parameter_id.0].scope = function.range;
                this.index.declarations[parameter_id.0].is_rest = parameter.is_rest;
                this.member_of(parameter_id, id);
                match (&parameter.annotation, method_of) {
                    (Some(annotation), _) => {
                        this.origins.insert(parameter_id, Origin::Annotation(annotation));
                    }
                    (None, Some(record)) if number == 0 && &*parameter.name.text == "self" => {
                        this.origins.insert(parameter_id, Origin::SelfOf(record));
                    }
                    _ => {}
                }
            }
            walk_function(this, function);
        });
        self.in_function -= 1;
    }
}

fn parameter_range(parameter: &Parameter) -> SourceRange {
    let with_type = parameter.annotation.as_ref().map_or(parameter.name.range, |node| parameter.name.range.to(node.range));
    parameter.default.as_ref().map_or(with_type, |value| with_type.to(value.range))
}

impl<'t> Visitor<'t> for Indexer<'t> {
    fn block(&mut self, block: &'t Block) {
        self.inside(block.range, |this| walk_block(this, block));
    }

    fn statement(&mut self, statement: &'t Statement) {
        match &statement.kind {
            StatementKind::Let(node) => {
                walk_statement(self, statement);
                let kind = if node.is_var { DeclarationKind::Var } else { DeclarationKind::Let };
                let origin = node.annotation.as_ref().map(Origin::Annotation).or(node.value.as_ref().map(Origin::Value));
                let before = self.index.declarations.len();
                self.declare_binding(&node.target, kind, statement.range, origin);
                for declaration in &mut self.index.declarations[before..] {
                    declaration.doc = statement.doc.clone();
                    // Of a value with a body its beginning is enough.
                    if self.scopes.len() > 1 {
                        declaration.scope.start = statement.range.end;
                    }
                }
            }
            StatementKind::Constant { name, .. } => {
                let id = self.declare(name, DeclarationKind::Constant, statement.range, statement.range);
                self.document(id, [&statement.doc, &None]);
                self.member_of_library(id);
                walk_statement(self, statement);
            }
            StatementKind::TypeName { name, target } => {
                let id = self.declare(name, DeclarationKind::TypeName, statement.range, statement.range);
                self.document(id, [&statement.doc, &None]);
                self.member_of_library(id);
                self.origins.insert(id, Origin::Annotation(target));
                walk_statement(self, statement);
            }
            StatementKind::Function(function) => {
                let id = self.declare_function(function, &statement.doc);
                self.function_inside(function, id);
            }
            StatementKind::Record(record) => {
                let Some(name) = &record.name else { return };
                let kind = if record.is_union { DeclarationKind::Union } else { DeclarationKind::Struct };
                let id = self.declare(name, kind, record.range, record.range);
                self.document(id, [&record.doc, &statement.doc]);
                self.member_of_library(id);
                self.parents.push(id);
                self.record(record);
                self.parents.pop();
            }
            StatementKind::Enum(enumeration) => {
                let id = self.declare(&enumeration.name, DeclarationKind::Enum, enumeration.range, enumeration.range);
                self.document(id, [&enumeration.doc, &statement.doc]);
                self.member_of_library(id);
                for member in &enumeration.members {
                    let whole = member.value.as_ref().map_or(member.name.range, |value| member.name.range.to(value.range));
                    let member = self.declare(&member.name, DeclarationKind::EnumMember, whole, whole);
                    self.index.declarations[member.0].scope = enumeration.range;
                    self.member_of(member, Some(id));
                }
                walk_statement(self, statement);
            }
            StatementKind::Extern(block) => {
                let parent = block.alias.as_ref().map(|alias| {
                    let header = SourceRange::new(block.range.start, alias.range.end);
                    self.declare(alias, DeclarationKind::Library, block.range, header)
                });
                self.parents.extend(parent);
                walk_statement(self, statement);
                if parent.is_some() {
                    self.parents.pop();
                }
            }
            StatementKind::Import(import) => self.import(import, statement.range),
            StatementKind::For(node) => {
                self.expression(&node.iterable);
                self.inside(node.body.range, |this| {
                    this.declare_binding(&node.first, DeclarationKind::Bound, binding_range(&node.first), None);
                    if let Some(second) = &node.second {
                        this.declare_binding(second, DeclarationKind::Bound, binding_range(second), None);
                    }
                    walk_block(this, &node.body);
                });
            }
            _ => walk_statement(self, statement),
        }
    }

    fn function(&mut self, function: &'t Function) {
        // A method or an anonymous function; the others are statements.
        let id = if function.name.is_some() { self.declare_function(function, &None) } else { None };
        self.function_inside(function, id);
    }

    fn record(&mut self, record: &'t Record) {
        for member in record.members.iter().flatten() {
            if let Member::Field(field) = member {
                let with_type = field.annotation.as_ref().map_or(field.name.range, |node| field.name.range.to(node.range));
                let whole = field.default.as_ref().map_or(with_type, |value| with_type.to(value.range));
                let id = self.declare(&field.name, DeclarationKind::Field, whole, whole);
                self.document(id, [&field.doc, &None]);
                self.member_of(id, self.parents.last().copied());
                if let Some(annotation) = &field.annotation {
                    self.origins.insert(id, Origin::Annotation(annotation));
                }
            }
        }
        walk_record(self, record);
    }

    fn extern_item(&mut self, item: &'t ExternItem) {
        match item {
            ExternItem::Function(function) => {
                let id = self.declare(&function.name, DeclarationKind::ExternFunction, function.range, function.range);
                self.document(id, [&function.doc, &None]);
                self.member_of_library(id);
                if let Some(result) = &function.result {
                    self.origins.insert(id, Origin::Result(result));
                }
                for parameter in &function.parameters {
                    let range = parameter.name.range.to(parameter.target.range);
                    let is_left_out = parameter.attributes.iter().any(|attribute| &*attribute.name.text == "out");
                    let parameter = self.declare(&parameter.name, DeclarationKind::ExternParameter, range, range);
                    self.index.declarations[parameter.0].is_left_out = is_left_out;
                    self.member_of(parameter, Some(id));
                }
            }
            ExternItem::Variable { name, target, range, doc, .. } => {
                let id = self.declare(name, DeclarationKind::ExternVariable, *range, *range);
                self.document(id, [doc, &None]);
                self.member_of_library(id);
                self.origins.insert(id, Origin::Annotation(target));
            }
            ExternItem::Declaration(_) => walk_extern_item(self, item),
        }
    }

    fn expression(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Match(node) => {
                self.expression(&node.subject);
                for arm in &node.arms {
                    self.inside(arm.range, |this| {
                        this.pattern(&arm.pattern);
                        arm.guard.iter().for_each(|guard| this.expression(guard));
                        match &arm.body {
                            ArmBody::Expression(value) => this.expression(value),
                            ArmBody::Block(block) => this.block(block),
                            ArmBody::Statement(statement) => this.statement(statement),
                        }
                    });
                }
            }
            ExpressionKind::Try(node) => {
                self.block(&node.body);
                for catch in &node.catches {
                    self.inside(catch.range, |this| {
                        if let Some(name) = &catch.name {
                            this.declare(name, DeclarationKind::Bound, name.range, name.range);
                        }
                        catch.guard.iter().for_each(|guard| this.expression(guard));
                        this.block(&catch.body);
                    });
                }
                node.finally.iter().for_each(|block| self.block(block));
            }
            _ => walk_expression(self, expression),
        }
    }

    fn pattern(&mut self, pattern: &'t Pattern) {
        match &pattern.kind {
            PatternKind::Bind(name) => {
                self.pattern_name(name, None);
            }
            PatternKind::Is { name: Some(name), target } => {
                self.pattern_name(name, Some(Origin::Annotation(target)));
            }
            PatternKind::List { rest: Some(Some(rest)), .. } => {
                self.pattern_name(rest, None);
            }
            PatternKind::Record { fields, .. } => {
                for (name, _) in fields.iter().filter(|(_, pattern)| pattern.is_none()) {
                    let id = self.pattern_name(name, None);
                    self.index.declarations[id.0].is_field_shorthand = true;
                }
            }
            _ => {}
        }
        walk_pattern(self, pattern);
    }
}

impl Indexer<'_> {
    /// What stands in an extern block with an alias is behind it.
    fn member_of_library(&mut self, id: DeclarationId) {
        let library = self.parents.last().copied();
        let is_library = library.is_some_and(|library| self.index.declaration(library).kind == DeclarationKind::Library);
        self.member_of(id, library.filter(|_| is_library));
    }
}

fn binding_range(binding: &Binding) -> SourceRange {
    match binding {
        Binding::Name(name) => name.range,
        Binding::List { range, .. } => *range,
    }
}

/// The second walk: uses.
struct UseReader<'t> {
    indexer: Indexer<'t>,
    /// The extern function whose attributes are read.
    extern_parent: Option<DeclarationId>,
}

impl<'t> UseReader<'t> {
    fn add(&mut self, range: SourceRange, meaning: Meaning, owner: Option<Owner>) {
        self.indexer.index.uses.push(NameUse { range, meaning, owner });
    }

    fn add_symbol(&mut self, range: SourceRange, symbol: &Symbol) {
        if let Some(meaning) = self.indexer.meaning_of(symbol) {
            self.add(range, meaning, None);
        }
    }

    fn add_member(&mut self, name: &Name, owner: Option<Owner>) {
        let meaning = match &owner {
            None => Meaning::UnknownMember,
            Some(owner) => self.indexer.member(owner, &name.text),
        };
        self.add(name.range, meaning, owner);
    }

    /// The names of named arguments.
    fn argument_names(&mut self, arguments: &'t [Argument], callee: &Meaning) {
        let Meaning::Declaration(callee) = callee else { return };
        for name in arguments.iter().filter_map(|argument| argument.name.as_ref()) {
            let found = self.indexer.index.members(*callee).find(|(_, member)| {
                member.name == name.text
                    && matches!(
                        member.kind,
                        DeclarationKind::Parameter | DeclarationKind::Field | DeclarationKind::ExternParameter
                    )
            });
            if let Some((id, _)) = found {
                self.add(name.range, Meaning::Declaration(id), None);
            }
        }
    }

    fn callee(&self, callee: &'t Expression) -> Option<Meaning> {
        match &callee.kind {
            ExpressionKind::Name { id, .. } => self.indexer.meaning_of(self.indexer.resolved.meanings.get(id.0 as usize)?),
            ExpressionKind::Field { object, name, .. } => {
                let owner = self.indexer.owner_of(object)?;
                Some(self.indexer.member(&owner, &name.text))
            }
            ExpressionKind::Parenthesized(inner) => self.callee(inner),
            _ => None,
        }
    }

    fn extern_attributes(&mut self, attributes: &'t [Attribute]) {
        for argument in attributes.iter().flat_map(|attribute| &attribute.arguments) {
            self.expression(&argument.value);
        }
    }
}

impl<'t> Visitor<'t> for UseReader<'t> {
    fn expression(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Name { name, id } => {
                let symbol = self.indexer.resolved.meanings.get(id.0 as usize).cloned().unwrap_or(Symbol::Unknown);
                if let (Symbol::Unknown, Some(function)) = (&symbol, self.extern_parent) {
                    // An attribute's argument: a parameter, or another function of the block.
                    let library = self.indexer.index.declaration(function).parent;
                    let own = self.indexer.index.members(function).find(|(_, member)| member.name == *name).map(|(id, _)| id);
                    let found = own.or_else(|| match library {
                        Some(library) => {
                            self.indexer.index.members(library).find(|(_, member)| member.name == *name).map(|(id, _)| id)
                        }
                        None => self.indexer.index.top(name),
                    });
                    if let Some(found) = found {
                        self.add(expression.range, Meaning::Declaration(found), None);
                    }
                    return;
                }
                self.add_symbol(expression.range, &symbol);
            }
            ExpressionKind::Field { object, name, .. } => {
                self.expression(object);
                let owner = self.indexer.owner_of(object);
                self.add_member(name, owner);
            }
            ExpressionKind::Call { callee, arguments } => {
                walk_expression(self, expression);
                let range = SourceRange::new(callee.range.end, expression.range.end);
                if let Some(meaning) = self.callee(callee) {
                    self.argument_names(arguments, &meaning);
                    self.indexer.index.calls.push(CallSite { arguments: range, callee: meaning });
                }
            }
            ExpressionKind::New(new) => {
                walk_expression(self, expression);
                if let (NewTarget::One(target), Some(arguments)) = (&new.target, &new.arguments)
                    && let Some(Owner::Declaration(id)) = self.indexer.owner_of_type(target)
                {
                    let range = SourceRange::new(target.range.end, expression.range.end);
                    self.argument_names(arguments, &Meaning::Declaration(id));
                    self.indexer.index.calls.push(CallSite { arguments: range, callee: Meaning::Declaration(id) });
                }
            }
            ExpressionKind::OffsetOf { target, path } => {
                self.type_node(target);
                let owner = self.indexer.owner_of_type(target);
                if let Some(first) = path.first() {
                    self.add_member(first, owner);
                }
            }
            _ => walk_expression(self, expression),
        }
    }

    fn type_node(&mut self, node: &'t Type) {
        if let TypeKind::Name { path, id } = &node.kind {
            let symbol = self.indexer.resolved.meanings.get(id.0 as usize).cloned().unwrap_or(Symbol::Unknown);
            if let Some(first) = path.first() {
                self.add_symbol(first.range, &symbol);
            }
            if let Some(second) = path.get(1) {
                let owner = match self.indexer.meaning_of(&symbol) {
                    Some(Meaning::Declaration(id)) => self.indexer.owner_by_declaration(id),
                    _ => None,
                };
                self.add_member(second, owner);
            }
        }
        walk_type(self, node);
    }

    fn pattern(&mut self, pattern: &'t Pattern) {
        if let PatternKind::Record { target, fields } = &pattern.kind {
            let owner = self.indexer.owner_of_type(target);
            for (name, inner) in fields {
                if inner.is_some() {
                    self.add_member(name, owner.clone());
                }
            }
        }
        walk_pattern(self, pattern);
    }

    fn extern_item(&mut self, item: &'t ExternItem) {
        if let ExternItem::Function(function) = item {
            self.extern_parent = self.indexer.by_range.get(&function.name.range).copied();
            self.extern_attributes(&function.attributes);
            for parameter in &function.parameters {
                self.extern_attributes(&parameter.attributes);
                self.type_node(&parameter.target);
            }
            function.result.iter().for_each(|result| self.type_node(result));
            self.extern_parent = None;
            return;
        }
        walk_extern_item(self, item);
    }
}

impl<'t> Indexer<'t> {
    pub(super) fn meaning_of(&self, symbol: &Symbol) -> Option<Meaning> {
        let tables = &self.resolved.tables;
        let range = match symbol {
            Symbol::Unknown | Symbol::Earlier { .. } => return None,
            Symbol::Builtin(name) | Symbol::BuiltinType(name) => return Some(Meaning::Builtin(Rc::clone(name))),
            Symbol::Variable { id, .. } => self.resolved.variables[id.0 as usize].range,
            Symbol::Function { slot } | Symbol::Module { slot } | Symbol::Imported { slot } => {
                tables.slots.get((*slot - tables.first_slot) as usize)?.range
            }
            Symbol::Record { index, .. } => tables.records[*index as usize].node.name.as_ref()?.range,
            Symbol::Enum { index, .. } => tables.enums[*index as usize].node.name.range,
            Symbol::TypeName { index, .. } => tables.type_names[*index as usize].name.range,
            Symbol::Constant { index } => tables.constants[*index as usize].name.range,
            Symbol::EnumMember { index, member } => tables.enums[*index as usize].node.members.get(*member as usize)?.name.range,
            Symbol::ExternAlias { block, .. } => tables.blocks[*block as usize].node.alias.as_ref()?.range,
            Symbol::ExternVariable { index } => tables.extern_variables[*index as usize].name.range,
        };
        self.by_range.get(&range).map(|&id| Meaning::Declaration(id))
    }

    /// What a member of something is.
    fn member(&self, owner: &Owner, name: &Rc<str>) -> Meaning {
        if let Owner::Declaration(id) = owner
            && let Some((found, _)) = self.index.members(*id).find(|(_, member)| member.name == *name)
        {
            return Meaning::Declaration(found);
        }
        Meaning::Member { owner: owner.clone(), name: Rc::clone(name) }
    }

    /// What a value is, as far as the text tells.
    pub(super) fn owner_of(&self, expression: &'t Expression) -> Option<Owner> {
        self.shape(expression, 0).and_then(|shape| self.owner_of_shape(shape))
    }

    fn owner_of_type(&self, node: &'t Type) -> Option<Owner> {
        self.owner_of_shape(Shape::Type(node))
    }
}
