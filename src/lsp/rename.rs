//! Giving a name another one, where all its uses are known.
//!
//! The edits are tried on a copy of the text first: if any name would then mean something else, or the compiler would find something new,
//! nothing is renamed.

use super::document::Document;
use super::references::is_exported;
use super::server::Server;
use super::text::Text;
use crate::compile::names::{Declaration, DeclarationId, DeclarationKind, ImportedFrom, Meaning, NameIndex, Owner};
use crate::source::SourceRange;
use crate::syntax::token::{is_keyword, is_name};
use std::rc::Rc;

/// A range of bytes and what takes its place.
type Edit = (usize, usize, String);

/// The edits of each document, by its address.
pub type Edits = Vec<(String, Vec<(lsp_types::Range, String)>)>;

/// What is renamed: the document that declares it, and the declaration there.
pub struct Renamed {
    declaring: Rc<Document>,
    id: DeclarationId,
}

impl Server {
    /// Which name could be renamed here, and what it is, or why it cannot.
    pub(super) fn renamable(&self, document: &Rc<Document>, offset: usize) -> Result<(SourceRange, Renamed), String> {
        let Some((range, meaning)) = document.index.at(document.place(offset)) else {
            return Err("there is no name here that could be renamed".to_string());
        };
        let name = document.slice(range).to_string();
        let (declaring, id) = match meaning {
            Meaning::Declaration(id) => (Rc::clone(document), id),
            Meaning::Builtin(name) => return Err(format!("`{name}` belongs to the language and cannot be renamed")),
            Meaning::Member { owner: Owner::Module(_), .. } => match self.declaration_of(document, &meaning) {
                Some((declaring, id)) if !self.is_of_library(&declaring) => (declaring, id),
                Some(_) => return Err(format!("`{name}` belongs to the library and cannot be renamed")),
                None => return Err(format!("`{name}` is declared in another module, which is no file that could be changed")),
            },
            Meaning::Member { .. } | Meaning::UnknownMember => {
                return Err(format!("`{name}` is a member; which ones its uses mean is known only while the program runs"));
            }
        };
        let declaration = declaring.index.declaration(id);
        let why = match declaration.kind {
            DeclarationKind::Field | DeclarationKind::Method | DeclarationKind::EnumMember => {
                format!("`{name}` is a member; which ones its uses mean is known only while the program runs")
            }
            _ if declaration.foreign.is_some() => format!("`{name}` is declared in C, where it has this name"),
            DeclarationKind::ExternFunction | DeclarationKind::ExternVariable => {
                format!("`{name}` is the name of a symbol of the library; give it another one with `@symbol(\"{name}\")`")
            }
            _ if declaration
                .parent
                .is_some_and(|parent| declaring.index.declaration(parent).kind == DeclarationKind::Library) =>
            {
                format!("`{name}` is behind the name of a library; not all its uses can be seen")
            }
            DeclarationKind::Parameter if &*declaration.name == "self" => {
                "`self` says that the function is a method and cannot be renamed".to_string()
            }
            _ if self.is_of_library(&declaring) => format!("`{name}` belongs to the library and cannot be renamed"),
            _ => return Ok((range, Renamed { declaring, id })),
        };
        Err(why)
    }

    pub(super) fn rename(&self, document: &Rc<Document>, offset: usize, new: &str) -> Result<Edits, String> {
        let (_, Renamed { declaring, id }) = self.renamable(document, offset)?;
        if is_keyword(new) {
            return Err(format!("`{new}` is a keyword"));
        }
        if !is_name(new) {
            return Err(format!("`{new}` is no name: letters, digits and `_`, not beginning with a digit"));
        }
        let edits = edits_in(&declaring, id, new);
        self.check_edits(&declaring, &edits, new)?;
        let mut all = vec![(declaring.uri.clone(), ranges(&declaring.text, edits))];
        let declaration = declaring.index.declaration(id);
        if is_exported(declaration) {
            let importers = self.importers(&declaring, &declaration.name);
            if !importers.is_complete {
                return Err("the folder holds too many scripts to find all that import this one".to_string());
            }
            for other in importers.documents {
                if other.index.has_mistakes {
                    let name = &other.file.name;
                    return Err(format!("{name} imports this file and has mistakes, so that not all uses can be seen there"));
                }
                let edits = self.edits_of_importer(&other, &declaring, &declaration.name, new);
                if !edits.is_empty() {
                    all.push((other.uri.clone(), ranges(&other.text, edits)));
                }
            }
            if new.starts_with('_') && all.len() > 1 {
                return Err(format!("other files import `{}`, and names that begin with `_` are not exported", declaration.name));
            }
        }
        Ok(all)
    }

    /// Refuses edits after which something else would mean something else.
    fn check_edits(&self, document: &Document, edits: &[Edit], new: &str) -> Result<(), String> {
        let text = applied(&document.text.content, edits);
        let Some(renamed) = document.with_text(text, self.session()) else { return Ok(()) };
        let (before, after) = (plain_meanings(&document.index), plain_meanings(&renamed.index));
        if document.index.declarations.len() != renamed.index.declarations.len() || before != after {
            return Err(format!("`{new}` is taken: some names would mean something else"));
        }
        let clash = self.mistakes(&renamed).into_iter().nth(self.mistakes(document).len());
        match clash {
            Some(mistake) => Err(format!("`{new}` cannot be taken: {mistake}")),
            None => Ok(()),
        }
    }

    /// What changes in a file that imports this one.
    fn edits_of_importer(&self, other: &Document, document: &Document, name: &str, new: &str) -> Vec<Edit> {
        let is_this = |from: &ImportedFrom| self.is_import_of(other, from, document);
        let mut edits = Vec::new();
        for used in &other.index.uses {
            if let Meaning::Member { owner: Owner::Module(module), name: member } = &used.meaning
                && &**member == name
                && other.index.declaration(*module).imported.as_ref().is_some_and(|(from, _)| is_this(from))
            {
                edits.push(edit(other, used.range, new.to_string()));
            }
        }
        for declaration in &other.index.declarations {
            if let Some((from, Some(imported))) = &declaration.imported
                && &**imported == name
                && is_this(from)
            {
                edits.extend(import_edit(other, declaration, name, new));
            }
        }
        edits
    }
}

/// In `from m import x` the name becomes `y as x`, so that the rest of that file stays as it is; in `x as z` just `y`.
fn import_edit(document: &Document, declaration: &Declaration, name: &str, new: &str) -> Option<Edit> {
    if &*declaration.name == name {
        return Some(edit(document, declaration.range, format!("{new} as {name}")));
    }
    let alias = (declaration.range.start - document.file.base) as usize;
    let before = document.text.content[..alias].trim_end().strip_suffix("as")?.trim_end();
    let start = before.strip_suffix(name)?.len();
    Some((start, before.len(), new.to_string()))
}

fn edit(document: &Document, range: SourceRange, text: String) -> Edit {
    ((range.start - document.file.base) as usize, (range.end - document.file.base) as usize, text)
}

fn edits_in(document: &Document, id: DeclarationId, new: &str) -> Vec<Edit> {
    let declaration = document.index.declaration(id);
    let written = document.slice(declaration.range);
    let has_alias =
        document.slice(SourceRange::new(declaration.whole.start, declaration.range.start)).trim_end().ends_with(" as");
    let declared = match declaration.kind {
        // What it is called elsewhere stays.
        DeclarationKind::Module | DeclarationKind::Imported if !has_alias => format!("{written} as {new}"),
        _ if declaration.is_field_shorthand => format!("{written}: {new}"),
        _ => new.to_string(),
    };
    let mut edits = vec![edit(document, declaration.range, declared)];
    let uses = document.index.uses.iter().filter(|name| name.meaning == Meaning::Declaration(id));
    edits.extend(uses.map(|name| edit(document, name.range, new.to_string())));
    edits.sort();
    edits.dedup();
    edits
}

fn applied(content: &str, edits: &[Edit]) -> String {
    let mut text = String::with_capacity(content.len() + 64);
    let mut end = 0;
    for (from, to, new) in edits {
        text.push_str(&content[end..*from]);
        text.push_str(new);
        end = *to;
    }
    text.push_str(&content[end..]);
    text
}

fn ranges(text: &Text, edits: Vec<Edit>) -> Vec<(lsp_types::Range, String)> {
    edits.into_iter().map(|(from, to, new)| (text.range(from, to), new)).collect()
}

/// What bare names mean, in order of place.
fn plain_meanings(index: &NameIndex) -> Vec<&Meaning> {
    let is_plain = |meaning: &&Meaning| match meaning {
        Meaning::Declaration(id) => index.declaration(*id).kind != DeclarationKind::Field,
        Meaning::Builtin(_) => true,
        Meaning::Member { .. } | Meaning::UnknownMember => false,
    };
    index.uses.iter().map(|name| &name.meaning).filter(is_plain).collect()
}
