//! What a name is, in words: its declaration as it is written, and its documentation.

use super::document::Document;
use super::server::Server;
use crate::compile::names::{DeclarationId, DeclarationKind, ImportedFrom, Meaning, Owner};

/// A declaration with more lines than this is shown by its first one.
const MOST_LINES: usize = 14;

impl Server {
    /// What is shown for a meaning, in Markdown.
    pub(super) fn description(&self, document: &Document, meaning: &Meaning) -> Option<String> {
        match meaning {
            Meaning::Declaration(id) => self.description_of_declaration(document, *id),
            Meaning::Builtin(name) => self.library().description(name),
            Meaning::Member { owner: Owner::Type(owner), name } => self.library().description(&format!("{owner}.{name}")),
            Meaning::Member { owner: Owner::Module(module), name } => {
                let (from, _) = document.index.declaration(*module).imported.as_ref()?;
                self.description_of_imported(document, from, name)
            }
            Meaning::Member { owner: Owner::Declaration(_), .. } | Meaning::UnknownMember => None,
        }
    }

    fn description_of_declaration(&self, document: &Document, id: DeclarationId) -> Option<String> {
        let declaration = document.index.declaration(id);
        match &declaration.imported {
            Some((from, Some(name))) => {
                if let Some(found) = self.description_of_imported(document, from, name) {
                    return Some(found);
                }
            }
            Some((ImportedFrom::Name(name), None)) => {
                if let Some(found) = self.library().description(name) {
                    return Some(found);
                }
            }
            _ => {}
        }
        Some(with_documentation(&signature(document, id), declaration.doc.as_deref().unwrap_or("")))
    }

    fn description_of_imported(&self, document: &Document, from: &ImportedFrom, name: &str) -> Option<String> {
        if let Some(other) = self.imported_document(document, from) {
            let id = other.index.top(name)?;
            let declaration = other.index.declaration(id);
            return Some(with_documentation(&signature(&other, id), declaration.doc.as_deref().unwrap_or("")));
        }
        let ImportedFrom::Name(module) = from else { return None };
        self.library().description(&format!("{module}.{name}"))
    }
}

fn with_documentation(code: &str, documentation: &str) -> String {
    let code = format!("```cotter\n{code}\n```");
    if documentation.is_empty() { code } else { format!("{code}\n\n{documentation}") }
}

/// A declaration without its body.
pub fn signature(document: &Document, id: DeclarationId) -> String {
    let declaration = document.index.declaration(id);
    let text = document.slice(declaration.header).trim();
    let owner = declaration.parent.map(|parent| document.index.declaration(parent).name.to_string());
    match declaration.kind {
        DeclarationKind::Field | DeclarationKind::EnumMember => format!("{}.{text}", owner.unwrap_or_default()),
        DeclarationKind::Bound => format!("let {}", declaration.name),
        DeclarationKind::Function | DeclarationKind::Method => {
            // The name of a method tells whose it is.
            let text = text.trim_end_matches("=>").trim();
            match owner {
                Some(owner) => text.replacen("fn ", &format!("fn {owner}."), 1),
                None => text.to_string(),
            }
        }
        DeclarationKind::Let | DeclarationKind::Var => {
            let text =
                if text.lines().count() > 1 { format!("{} …", text.lines().next().unwrap_or("")) } else { text.to_string() };
            if text.contains(&*declaration.name) { text } else { format!("let {}", declaration.name) }
        }
        _ if text.lines().count() > MOST_LINES => format!("{} …", text.lines().next().unwrap_or("")),
        _ => unindented(text),
    }
}

/// The lines of a declaration without the indentation that it has where it stands.
fn unindented(text: &str) -> String {
    let blanks = |line: &str| line.len() - line.trim_start().len();
    let least = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(blanks).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(at, line)| if at == 0 { line } else { line.get(least..).unwrap_or("") });
    lines.collect::<Vec<_>>().join("\n")
}
