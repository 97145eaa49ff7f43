//! What could stand in an import: modules of the library, files beside, and the names that they export.

use super::complete::plain;
use super::document::Document;
use super::server::Server;
use crate::compile::names::ImportedFrom;
use crate::syntax::token::is_name;
use lsp_types::{CompletionItem, CompletionItemKind, CompletionTextEdit, TextEdit};
use std::collections::BTreeSet;
use std::path::Path;

/// Where in an import a place is.
#[derive(Debug, PartialEq, Eq)]
enum Place<'t> {
    /// `import ma`
    Module,
    /// `import "./to`: what stands behind the quote.
    Path(&'t str),
    /// `from math import sqrt, f`: the module, and the names that are there already.
    Names { from: ImportedFrom, listed: Vec<&'t str> },
}

/// What stands before a place in its line, if that is an import that is not complete.
fn import_before(line: &str) -> Option<Place<'_>> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("import ") {
        return source_before(rest);
    }
    let rest = line.strip_prefix("from ")?;
    let Some((module, names)) = rest.split_once(" import ") else { return source_before(rest) };
    let module = module.trim();
    let from = match module.strip_prefix('"').and_then(|path| path.strip_suffix('"')) {
        Some(path) => ImportedFrom::Path(path.into()),
        None => ImportedFrom::Name(module.into()),
    };
    let mut listed: Vec<&str> = names.split(',').map(str::trim).collect();
    let last = listed.pop()?;
    listed.iter_mut().for_each(|name| *name = name.split(' ').next().unwrap_or(""));
    is_word(last).then_some(Place::Names { from, listed })
}

fn source_before(rest: &str) -> Option<Place<'_>> {
    let rest = rest.trim_start();
    match rest.strip_prefix('"') {
        Some(path) => (!path.contains('"')).then_some(Place::Path(path)),
        None => is_word(rest).then_some(Place::Module),
    }
}

/// Whether a text is, or can become, one name.
fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Server {
    /// What is offered inside of an import; `None` elsewhere.
    pub(super) fn import_completions(&self, document: &Document, offset: usize) -> Option<Vec<CompletionItem>> {
        let before = &document.text.content[..offset];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        Some(match import_before(line)? {
            Place::Module => self.modules_for(document),
            Place::Path(path) => paths_for(document, offset, path),
            Place::Names { from, listed } => {
                let mut items = self.module_members(document, &from);
                items.retain(|item| !listed.contains(&&*item.label));
                items
            }
        })
    }

    fn modules_for(&self, document: &Document) -> Vec<CompletionItem> {
        let library = self.session().module_names();
        let described = |name: &str| CompletionItem {
            documentation: self.library().description(name).and_then(|text| super::complete::markdown(&text)),
            ..plain(name, CompletionItemKind::MODULE)
        };
        let mut items: Vec<CompletionItem> = library.iter().map(|name| described(name)).collect();
        let beside = document.path.as_deref().and_then(Path::parent);
        let folders = beside.into_iter().chain(self.module_path().iter().map(|folder| &**folder));
        let files: BTreeSet<String> =
            folders.flat_map(|folder| entries(folder, document)).filter(|name| !name.ends_with('/')).collect();
        for file in files {
            let stem = file.trim_end_matches(".cot");
            if is_name(stem) && !library.contains(&stem) {
                items.push(CompletionItem { detail: Some(file.clone()), ..plain(stem, CompletionItemKind::FILE) });
            }
        }
        items
    }
}

/// The files and folders that a path could go on with.
fn paths_for(document: &Document, offset: usize, path: &str) -> Vec<CompletionItem> {
    let Some(beside) = document.path.as_deref().and_then(Path::parent) else { return Vec::new() };
    let (folder, begun) = path.rsplit_once('/').map_or(("", path), |(folder, begun)| (folder, begun));
    let folder = if path.starts_with('/') && folder.is_empty() { Path::new("/") } else { Path::new(folder) };
    let range = document.text.range(offset - begun.len(), offset);
    let item = |name: String| {
        let kind = if name.ends_with('/') { CompletionItemKind::FOLDER } else { CompletionItemKind::FILE };
        let text = if path.contains('/') { name.clone() } else { format!("./{name}") };
        let text_edit = Some(CompletionTextEdit::Edit(TextEdit::new(range, text.clone())));
        CompletionItem { text_edit, filter_text: Some(text), ..plain(&name, kind) }
    };
    entries(&beside.join(folder), document).into_iter().map(item).collect()
}

/// The scripts in a folder without the document itself, and its folders with a slash behind them.
fn entries(folder: &Path, document: &Document) -> BTreeSet<String> {
    let Ok(found) = std::fs::read_dir(folder) else { return BTreeSet::new() };
    let names = found.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        if name.starts_with('.') || Some(entry.path()) == document.path {
            return None;
        }
        match entry.path().is_dir() {
            true => Some(format!("{name}/")),
            false => name.ends_with(".cot").then_some(name),
        }
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_told_from_other_lines() {
        for (line, place) in [
            ("import ", Some(Place::Module)),
            ("  import ma", Some(Place::Module)),
            ("from ma", Some(Place::Module)),
            ("import \"", Some(Place::Path(""))),
            ("import \"./to", Some(Place::Path("./to"))),
            ("from \"../a", Some(Place::Path("../a"))),
            ("import math as m", None),
            ("import \"./to.cot\" ", None),
            ("important", None),
            ("let x = from ", None),
            ("from math import sqrt as root", None),
        ] {
            assert_eq!(import_before(line), place, "{line}");
        }
        let names = |from, listed: &[&'static str]| Some(Place::Names { from, listed: listed.to_vec() });
        assert_eq!(import_before("from math import "), names(ImportedFrom::Name("math".into()), &[]));
        assert_eq!(
            import_before("from \"./a.cot\" import b as c, d, e"),
            names(ImportedFrom::Path("./a.cot".into()), &["b", "d"])
        );
    }
}
