//! What could stand at a place.
//!
//! Behind a dot: the members of what stands before it, as far as the text tells what that is. Elsewhere: the names that can be
//! seen there, those of the library, keywords, and inside the brackets of a call the names of its parameters.
//!
//! A text that is being written has mistakes just there. So a name is put in where it is missing, and brackets are closed, until
//! the place can be read.

use super::describe::signature;
use super::document::Document;
use super::library::LibraryMember;
use super::server::Server;
use crate::compile::names::{DeclarationKind, ImportedFrom, Meaning, Owner};
use crate::session::documentation::ItemKind;
use crate::syntax;
use crate::syntax::token::TokenClass;
use crate::syntax::tree::{ExternBody, StatementKind};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};
use std::rc::Rc;

/// Stands for the name that is not there yet.
const PLACEHOLDER: &str = "cotter_completion";

/// What is put behind the place, until it can be read.
const CLOSINGS: &[&str] = &["", ")", "]", "))", ")]", "])", " }", ") }", ") {}", " {}", "}\"", ")))"];

/// A text with a name at a place, each time with other brackets closed behind it.
pub fn readings(content: &str, offset: usize) -> impl Iterator<Item = String> {
    let (before, behind) = content.split_at(offset);
    let is_named = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let name = if is_named { "" } else { PLACEHOLDER };
    CLOSINGS.iter().map(move |closing| format!("{before}{name}{closing}{behind}"))
}

pub fn plain(label: &str, kind: CompletionItemKind) -> CompletionItem {
    CompletionItem { label: label.to_string(), kind: Some(kind), ..CompletionItem::default() }
}

impl Server {
    pub(super) fn completions(&self, document: &Document, offset: usize) -> Vec<CompletionItem> {
        let content = &document.text.content;
        if let Some(items) = self.import_completions(document, offset) {
            return items;
        }
        if is_in_text(document, offset) {
            return Vec::new();
        }
        let before = &content[..offset];
        let start = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let head = &before[..start];
        let is_member = head.ends_with('.') && !head.ends_with("..");
        if is_member {
            return self.members(document, start, offset);
        }
        if let Some(header) = header_around(document, offset) {
            return self.names_of_headers(document, &header);
        }
        let Some((readable, _)) = self.readable(document, start, offset) else {
            return self.names(document, offset);
        };
        self.names(&readable, offset)
    }

    /// The document with a name at the place, readable there, and what it means.
    fn readable(&self, document: &Document, start: usize, offset: usize) -> Option<(Document, Option<Owner>)> {
        for text in readings(&document.text.content, offset) {
            let patched = document.with_text(text, self.session())?;
            let place = patched.place(start);
            let found = patched.index.uses.iter().find(|name| name.range.start == place);
            let is_called = patched.index.calls.iter().any(|call| call.arguments.start < place && place < call.arguments.end);
            match found {
                Some(found) => {
                    let owner = found.owner.clone();
                    return Some((patched, owner));
                }
                // A name that means nothing is no use, but the call around it is there.
                None if is_called => return Some((patched, None)),
                None => {}
            }
        }
        None
    }

    fn members(&self, document: &Document, start: usize, offset: usize) -> Vec<CompletionItem> {
        let Some((readable, Some(owner))) = self.readable(document, start, offset) else { return Vec::new() };
        match owner {
            Owner::Declaration(id) => {
                let kind = readable.index.declaration(id).kind;
                let is_member = |kind| !matches!(kind, DeclarationKind::Parameter | DeclarationKind::ExternParameter);
                let members = readable.index.members(id).filter(|(_, member)| is_member(member.kind));
                let mut items: Vec<CompletionItem> = members
                    .map(|(id, member)| item(&member.name, member.kind, signature(&readable, id), member.doc.as_deref()))
                    .collect();
                if kind == DeclarationKind::Enum {
                    items.extend(self.library().members("type").iter().map(library_item));
                }
                items
            }
            Owner::Module(id) => match &readable.index.declaration(id).imported {
                Some((from, None)) => self.module_members(&readable, from),
                _ => Vec::new(),
            },
            Owner::Type(name) => self.library().members(name).iter().map(library_item).collect(),
        }
    }

    /// What can be listed in `header "zlib.h" { … }`.
    fn names_of_headers(&self, document: &Document, headers: &str) -> Vec<CompletionItem> {
        let found = self.session().names_of_headers(&document.file, headers).into_iter();
        let named = |(name, text): (Rc<str>, Rc<str>)| CompletionItem {
            label: name.to_string(),
            kind: Some(match text.trim_start().split(' ').next() {
                Some("fn" | "@symbol") => CompletionItemKind::FUNCTION,
                Some("const") => CompletionItemKind::CONSTANT,
                Some("var") => CompletionItemKind::VARIABLE,
                _ => CompletionItemKind::STRUCT,
            }),
            detail: text.trim().lines().next().map(str::to_string),
            ..CompletionItem::default()
        };
        found.map(named).collect()
    }

    pub(super) fn module_members(&self, document: &Document, from: &ImportedFrom) -> Vec<CompletionItem> {
        if let Some(other) = self.imported_document(document, from) {
            let exported = other.index.declarations.iter().enumerate().filter(|(_, declaration)| {
                let is_own = !matches!(declaration.kind, DeclarationKind::Module | DeclarationKind::Imported);
                declaration.is_top && declaration.parent.is_none() && is_own && !declaration.name.starts_with('_')
            });
            return exported
                .map(|(at, found)| {
                    let text = signature(&other, crate::compile::names::DeclarationId(at));
                    item(&found.name, found.kind, text, found.doc.as_deref())
                })
                .collect();
        }
        let ImportedFrom::Name(name) = from else { return Vec::new() };
        self.library().members(name).iter().map(library_item).collect()
    }

    fn names(&self, readable: &Document, offset: usize) -> Vec<CompletionItem> {
        let place = readable.place(offset);
        let mut items = self.parameters(readable, place);
        let seen = readable.index.declarations.iter().enumerate().rev().filter(|(_, declaration)| {
            declaration.scope.start <= place && place <= declaration.scope.end && !declaration.range.is_nowhere()
        });
        for (at, declaration) in seen {
            // Of two names the inner one counts, which is declared further down.
            if &*declaration.name != PLACEHOLDER && !items.iter().any(|item| item.label == *declaration.name) {
                let text = signature(readable, crate::compile::names::DeclarationId(at));
                items.push(item(&declaration.name, declaration.kind, text, declaration.doc.as_deref()));
            }
        }
        let own = items.len();
        let builtins = self.library().members("");
        for builtin in &builtins {
            if !items[..own].iter().any(|item| item.label == builtin.name) {
                items.push(library_item(builtin));
            }
        }
        for name in self.session().type_names() {
            if !items.iter().any(|item| item.label == name) {
                items.push(plain(name, CompletionItemKind::CLASS));
            }
        }
        items.extend(syntax::token::keywords().map(|word| plain(word, CompletionItemKind::KEYWORD)));
        items
    }

    /// The parameters of the call in whose brackets a place stands.
    fn parameters(&self, document: &Document, place: u32) -> Vec<CompletionItem> {
        let calls = document.index.calls.iter();
        let around = calls.filter(|call| call.arguments.start < place && place < call.arguments.end);
        let Some(call) = around.min_by_key(|call| call.arguments.end - call.arguments.start) else { return Vec::new() };
        let named = |name: &str, detail: String| CompletionItem {
            label: format!("{name}:"),
            insert_text: Some(format!("{name}: ")),
            filter_text: Some(name.to_string()),
            kind: Some(CompletionItemKind::VARIABLE),
            detail: Some(detail),
            sort_text: Some(format!("0{name}")),
            ..CompletionItem::default()
        };
        if let Meaning::Declaration(id) = &call.callee {
            let members = document.index.members(*id).filter(|(_, member)| {
                let kinds = [DeclarationKind::Parameter, DeclarationKind::ExternParameter, DeclarationKind::Field];
                kinds.contains(&member.kind) && &*member.name != "self"
            });
            return members.map(|(id, member)| named(&member.name, signature(document, id))).collect();
        }
        let signature = match &call.callee {
            Meaning::Builtin(name) => self.library().signature("", name),
            Meaning::Member { owner: Owner::Type(owner), name } => self.library().signature(owner, name),
            Meaning::Member { owner: Owner::Module(module), name } => match &document.index.declaration(*module).imported {
                Some((ImportedFrom::Name(module), None)) => self.library().signature(module, name),
                _ => None,
            },
            _ => None,
        };
        let Some(signature) = signature else { return Vec::new() };
        parameter_names(&signature).into_iter().map(|(name, text)| named(name, text.to_string())).collect()
    }
}

/// The headers of the block in whose braces a place stands.
fn header_around(document: &Document, offset: usize) -> Option<Rc<str>> {
    let place = document.place(offset);
    let parsed = syntax::parse(&document.file);
    parsed.module.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Extern(block) => match &block.body {
            ExternBody::Header { header, range, .. } if range.end < place && place < block.range.end => Some(Rc::clone(header)),
            _ => None,
        },
        _ => None,
    })
}

/// The parameters of `(xs, by = nil, reverse = false)`, with their texts; what is no name of an argument is left out.
fn parameter_names(signature: &str) -> Vec<(&str, &str)> {
    let inner = signature.trim().trim_start_matches('(').trim_end_matches(')');
    let parts = inner.split(", ").filter(|part| !part.is_empty() && !part.starts_with("..."));
    parts
        .filter_map(|part| {
            let name = part.split([':', '=', ' ']).next()?;
            (name != "self" && syntax::token::is_name(name)).then_some((name, part))
        })
        .collect()
}

/// Inside of a comment or the text of a string nothing is offered.
fn is_in_text(document: &Document, offset: usize) -> bool {
    let place = document.place(offset);
    syntax::tokens(&document.file).iter().any(|token| {
        let is_inside = token.range.start < place && place < token.range.end;
        match token.class {
            TokenClass::Comment | TokenClass::DocComment => token.range.start < place && place <= token.range.end,
            TokenClass::String => is_inside,
            _ => false,
        }
    })
}

fn library_item(member: &LibraryMember) -> CompletionItem {
    let kind = match (member.kind, member.is_method) {
        (ItemKind::Function, true) => CompletionItemKind::METHOD,
        (ItemKind::Function, false) => CompletionItemKind::FUNCTION,
        (ItemKind::Type, _) => CompletionItemKind::STRUCT,
        _ => CompletionItemKind::PROPERTY,
    };
    CompletionItem {
        label: member.name.clone(),
        kind: Some(kind),
        detail: Some(format!("{}{}", member.name, member.signature)),
        documentation: markdown(&member.doc),
        ..CompletionItem::default()
    }
}

fn item(name: &str, kind: DeclarationKind, detail: String, doc: Option<&str>) -> CompletionItem {
    CompletionItem {
        label: name.to_string(),
        kind: Some(completion_kind(kind)),
        detail: Some(detail),
        documentation: doc.and_then(markdown),
        ..CompletionItem::default()
    }
}

pub fn markdown(text: &str) -> Option<Documentation> {
    let content = MarkupContent { kind: MarkupKind::Markdown, value: text.to_string() };
    (!text.is_empty()).then_some(Documentation::MarkupContent(content))
}

fn completion_kind(kind: DeclarationKind) -> CompletionItemKind {
    match kind {
        DeclarationKind::Let
        | DeclarationKind::Var
        | DeclarationKind::Parameter
        | DeclarationKind::ExternParameter
        | DeclarationKind::Bound
        | DeclarationKind::ExternVariable
        | DeclarationKind::Imported => CompletionItemKind::VARIABLE,
        DeclarationKind::Function | DeclarationKind::ExternFunction => CompletionItemKind::FUNCTION,
        DeclarationKind::Method => CompletionItemKind::METHOD,
        DeclarationKind::Field => CompletionItemKind::FIELD,
        DeclarationKind::Struct | DeclarationKind::Union => CompletionItemKind::STRUCT,
        DeclarationKind::Enum => CompletionItemKind::ENUM,
        DeclarationKind::EnumMember => CompletionItemKind::ENUM_MEMBER,
        DeclarationKind::TypeName => CompletionItemKind::CLASS,
        DeclarationKind::Constant => CompletionItemKind::CONSTANT,
        DeclarationKind::Module | DeclarationKind::Library => CompletionItemKind::MODULE,
    }
}
