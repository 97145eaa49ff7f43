//! What the call takes that is being typed.
//!
//! Such a text lacks a bracket just there, so brackets are closed until the call can be read. Which argument stands at the place is counted
//! in the text itself.

use super::complete::{markdown, readings};
use super::document::Document;
use super::server::Server;
use crate::compile::names::{CallSite, DeclarationId, DeclarationKind, ImportedFrom, Meaning, Owner};
use crate::session::split_header;
use crate::source::SourceMap;
use crate::syntax;
use crate::syntax::token::TokenClass;
use lsp_types::{ParameterInformation, ParameterLabel, SignatureHelp, SignatureInformation};
use std::rc::Rc;

/// How something is called: `scaled(x, by = 2) -> float`.
struct Header {
    text: String,
    doc: String,
}

/// The argument at a place.
#[derive(Debug, PartialEq, Eq)]
struct Current {
    /// How many stand before it.
    number: usize,
    /// Its name, of a named one.
    name: Option<String>,
}

impl Server {
    pub(super) fn signature_help(&self, document: &Rc<Document>, offset: usize) -> Option<SignatureHelp> {
        let (readable, call) = self.call_around(document, offset)?;
        let start = (call.arguments.start - readable.file.base) as usize;
        let current = current_argument(&document.text.content[start..offset])?;
        let header = self.header_of(&Rc::new(readable), &call.callee)?;
        let (parameters, _) = split_header(&header.text)?;
        let active = active_parameter(&parameters, &current);
        let mut from = 0;
        let ranges: Vec<[u32; 2]> = parameters
            .iter()
            .map(|parameter| {
                let start = from + header.text[from..].find(parameter).unwrap_or(0);
                from = start + parameter.len();
                let units = |offset: usize| header.text[..offset].encode_utf16().count() as u32;
                [units(start), units(from)]
            })
            .collect();
        let information =
            |range: [u32; 2]| ParameterInformation { label: ParameterLabel::LabelOffsets(range), documentation: None };
        let signature = SignatureInformation {
            documentation: markdown(&header.doc),
            parameters: Some(ranges.into_iter().map(information).collect()),
            active_parameter: active,
            label: header.text,
        };
        Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active })
    }

    /// The call in whose brackets a place stands, and the document in which it can be read.
    fn call_around(&self, document: &Document, offset: usize) -> Option<(Document, CallSite)> {
        let content = &document.text.content;
        for text in std::iter::once(content.clone()).chain(readings(content, offset)) {
            let is_as_written = text == *content;
            let mut readable = document.with_text(text, self.session())?;
            // Where brackets are missing, calls seem to end somewhere else.
            if is_as_written && readable.index.has_mistakes {
                continue;
            }
            let place = readable.place(offset);
            let calls = readable.index.calls.iter().enumerate();
            let around = calls.filter(|(_, call)| call.arguments.start < place && place < call.arguments.end);
            if let Some((at, _)) = around.max_by_key(|(_, call)| call.arguments.start) {
                let call = readable.index.calls.swap_remove(at);
                return Some((readable, call));
            }
        }
        None
    }

    fn header_of(&self, document: &Rc<Document>, callee: &Meaning) -> Option<Header> {
        let library = |owner: &str, name: &str| {
            let member = self.library().members(owner).into_iter().find(|member| member.name == name)?;
            let text = format!("{}{}", member.name, member.signature);
            (!member.signature.is_empty()).then_some(Header { text, doc: member.doc })
        };
        let in_module = |from: &ImportedFrom, name: &str| match from {
            ImportedFrom::Name(module) => library(module, name),
            ImportedFrom::Path(_) => None,
        };
        let known = match callee {
            Meaning::Builtin(name) => library("", name),
            Meaning::Member { owner: Owner::Type(owner), name } => library(owner, name),
            Meaning::Member { owner: Owner::Module(module), name } => {
                let (from, _) = document.index.declaration(*module).imported.as_ref()?;
                in_module(from, name)
            }
            Meaning::Declaration(id) => match &document.index.declaration(*id).imported {
                Some((from, Some(name))) => in_module(from, name),
                _ => None,
            },
            Meaning::Member { owner: Owner::Declaration(_), .. } | Meaning::UnknownMember => None,
        };
        known.or_else(|| {
            let (declaring, id) = self.declaration_of(document, callee)?;
            header_of_declaration(&declaring, id)
        })
    }
}

/// How something that is declared in Cotter is called.
fn header_of_declaration(document: &Document, id: DeclarationId) -> Option<Header> {
    let declaration = document.index.declaration(id);
    let parts: Vec<DeclarationId> = document.index.members(id).map(|(part, _)| part).collect();
    let text_of = |part: &DeclarationId| {
        let part = document.index.declaration(*part);
        let text = document.slice(part.header);
        if part.is_rest { format!("...{text}") } else { text.to_string() }
    };
    let written = |kinds: &[DeclarationKind]| -> Vec<String> {
        let wanted = |part: &&DeclarationId| {
            let part = document.index.declaration(**part);
            kinds.contains(&part.kind) && !part.is_left_out
        };
        parts.iter().filter(wanted).map(text_of).collect()
    };
    let (in_text, result) = split_declaration(document.slice(declaration.header), &declaration.name);
    let (parameters, result) = match declaration.kind {
        DeclarationKind::Function | DeclarationKind::Method => {
            let mut parameters = written(&[DeclarationKind::Parameter]);
            if declaration.kind == DeclarationKind::Method && parameters.first().is_some_and(|first| first == "self") {
                parameters.remove(0);
            }
            (parameters, result)
        }
        DeclarationKind::ExternFunction => {
            let mut parameters = written(&[DeclarationKind::ExternParameter]);
            parameters.extend(in_text.last().filter(|last| **last == "...").map(|last| last.to_string()));
            (parameters, result)
        }
        DeclarationKind::Struct | DeclarationKind::Union => (written(&[DeclarationKind::Field]), String::new()),
        _ => return None,
    };
    let text = format!("{}({}){result}", declaration.name, parameters.join(", "));
    Some(Header { text, doc: declaration.doc.as_deref().unwrap_or("").to_string() })
}

/// The parameters and the result of a declaration of a function, as they are written.
fn split_declaration<'t>(header: &'t str, name: &str) -> (Vec<&'t str>, String) {
    let start = header.find(&format!("fn {name}(")).unwrap_or(0);
    let (parameters, rest) = split_header(&header[start..]).unwrap_or_default();
    let result = rest.trim_end_matches("=>").trim_end_matches('{').trim();
    (parameters, if result.is_empty() { String::new() } else { format!(" {result}") })
}

/// What stands at the end of a text that begins with the bracket of a call; nothing where that bracket is closed, or behind a comment.
fn current_argument(text: &str) -> Option<Current> {
    let file = SourceMap::new().add("", text).ok()?;
    let mut depth = 0usize;
    let mut current = Current { number: 0, name: None };
    let mut tokens = 0;
    let mut first = String::new();
    let mut listed = syntax::tokens(&file);
    listed.retain(|token| token.range.start < token.range.end);
    if listed.last().is_some_and(|last| matches!(last.class, TokenClass::Comment | TokenClass::DocComment))
        && !text.ends_with('\n')
    {
        return None;
    }
    for token in &listed {
        let written = file.slice(token.range);
        match (token.class, written) {
            (TokenClass::Comment | TokenClass::DocComment, _) => continue,
            (TokenClass::Bracket, "(" | "[" | "{") => depth += 1,
            (TokenClass::Bracket, _) => depth = depth.checked_sub(1).filter(|&depth| depth > 0)?,
            (TokenClass::Separator, ",") if depth == 1 => {
                current = Current { number: current.number + 1, name: None };
                tokens = 0;
                continue;
            }
            (TokenClass::Separator, ":") if depth == 1 && tokens == 1 => current.name = Some(first.clone()),
            _ => {}
        }
        // The bracket of the call itself is no part of an argument.
        if token.range.start > file.base {
            if tokens == 0 {
                first = written.to_string();
            }
            tokens += 1;
        }
    }
    Some(current)
}

fn active_parameter(parameters: &[&str], current: &Current) -> Option<u32> {
    let name_of = |parameter: &str| parameter.split([':', '=', ' ']).next().unwrap_or("").to_string();
    let place = match &current.name {
        Some(name) => parameters.iter().position(|parameter| name_of(parameter) == *name),
        None => {
            let rest = parameters.iter().position(|parameter| parameter.starts_with("..."));
            Some(current.number.min(rest.unwrap_or(usize::MAX))).filter(|&place| place < parameters.len())
        }
    };
    place.map(|place| place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted() {
        let current = |text: &str| current_argument(text).map(|current| (current.number, current.name));
        for (text, number, name) in [
            ("(", 0, None),
            ("(1", 0, None),
            ("(1, ", 1, None),
            ("([1, 2], {3, ", 1, None),
            ("(\"{f(1, 2)}, \", b", 1, None),
            ("(1, by: ", 1, Some("by")),
            ("(1, by: 2, ", 2, None),
            ("(a ? ", 0, None),
            ("(1, # one, two\n  2", 1, None),
        ] {
            assert_eq!(current(text), Some((number, name.map(str::to_string))), "{text}");
        }
        assert_eq!(current("(1) + "), None);
        assert_eq!(current("(1, # what"), None);
    }

    #[test]
    fn rest_parameters_take_all_that_follow() {
        let active = |number, name: Option<&str>| {
            active_parameter(&["a", "...xs", "by: int = 1"], &Current { number, name: name.map(str::to_string) })
        };
        assert_eq!((active(0, None), active(1, None), active(7, None)), (Some(0), Some(1), Some(1)));
        assert_eq!((active(2, Some("by")), active(2, Some("no"))), (Some(2), None));
        assert_eq!(active_parameter(&["a"], &Current { number: 1, name: None }), None);
    }

    #[test]
    fn results_are_told_from_headers() {
        for (header, count, result) in [
            ("fn f(x) -> int =>", 1, " -> int"),
            ("fn f(x)", 1, ""),
            ("fn f(g: fn(c_int) -> c_int)", 1, ""),
            ("fn f(g: fn(c_int) -> c_int, ...) -> *void", 2, " -> *void"),
            ("@throws(nonzero) fn f() -> fn(c_int) -> c_int", 0, " -> fn(c_int) -> c_int"),
        ] {
            let (parameters, found) = split_declaration(header, "f");
            assert_eq!((parameters.len(), &*found), (count, result), "{header}");
        }
    }
}
