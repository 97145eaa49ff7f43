//! Where a name is declared, and where it is used: here and in the files that import it.

use super::document::Document;
use super::server::Server;
use crate::compile::names::{Declaration, DeclarationId, ImportedFrom, Meaning, Owner};
use crate::source::SourceRange;
use lsp_types::{DocumentHighlight, Location};
use std::rc::Rc;

/// Whether other files can name it.
pub fn is_exported(declaration: &Declaration) -> bool {
    declaration.is_top && declaration.parent.is_none() && declaration.imported.is_none() && !declaration.name.starts_with('_')
}

impl Server {
    pub(super) fn location(&self, document: &Rc<Document>, meaning: &Meaning) -> Option<Location> {
        // The name of a module leads to its file.
        if let Meaning::Declaration(id) = meaning
            && let Some((from, None)) = &document.index.declaration(*id).imported
        {
            let library = || match from {
                ImportedFrom::Name(name) => self.library_document(name, ""),
                ImportedFrom::Path(_) => None,
            };
            if let Some(other) = self.imported_document(document, from).or_else(library) {
                return other.location(SourceRange::new(other.file.base, other.file.base));
            }
        }
        let (other, id) = self.declaration_of(document, meaning)?;
        other.location_of(other.index.declaration(id))
    }

    /// All places where something is named that is named at a place, its declaration included or not.
    pub(super) fn references_of(&self, document: &Rc<Document>, meaning: &Meaning, with_declaration: bool) -> Vec<Location> {
        let found = match meaning {
            // Of methods of the library nobody knows who calls them.
            Meaning::Builtin(_) | Meaning::Member { owner: Owner::Type(_), .. } => None,
            _ => self.declaration_of(document, meaning),
        };
        let Some((declaring, id)) = found else {
            return places(document, meaning).into_iter().filter_map(|range| document.location(range)).collect();
        };
        let declaration = declaring.index.declaration(id);
        let mut found = Vec::new();
        if with_declaration && declaration.is_named() {
            found.extend(declaring.location(declaration.range));
        }
        let here = places(&declaring, &Meaning::Declaration(id));
        found.extend(here.into_iter().filter_map(|range| declaring.location(range)));
        if is_exported(declaration) {
            for other in self.importers(&declaring, &declaration.name).documents {
                let there = self.places_in_importer(&other, &declaring, &declaration.name);
                found.extend(there.into_iter().filter_map(|range| other.location(range)));
            }
        }
        found
    }

    /// Where a file that imports another names something of it.
    fn places_in_importer(&self, other: &Document, declaring: &Document, name: &str) -> Vec<SourceRange> {
        let index = &other.index;
        let mut found: Vec<SourceRange> = index
            .uses
            .iter()
            .filter(|used| match &used.meaning {
                Meaning::Member { owner: Owner::Module(module), name: member } => {
                    let imported = index.declaration(*module).imported.as_ref();
                    &**member == name && imported.is_some_and(|(from, _)| self.is_import_of(other, from, declaring))
                }
                _ => false,
            })
            .map(|used| used.range)
            .collect();
        for (at, declaration) in index.declarations.iter().enumerate() {
            if let Some((from, Some(imported))) = &declaration.imported
                && &**imported == name
                && self.is_import_of(other, from, declaring)
            {
                found.push(declaration.range);
                found.extend(places(other, &Meaning::Declaration(DeclarationId(at))));
            }
        }
        found.sort();
        found
    }

    /// The places in a document where what stands at a place is named.
    pub(super) fn highlights(&self, document: &Document, meaning: &Meaning) -> Vec<DocumentHighlight> {
        let mut found = places(document, meaning);
        if let Meaning::Declaration(id) = meaning {
            let declaration = document.index.declaration(*id);
            found.extend(Some(declaration.range).filter(|_| declaration.is_named()));
        }
        found.sort();
        found.dedup();
        found.into_iter().map(|range| DocumentHighlight { range: document.range(range), kind: None }).collect()
    }
}

/// The uses of something in a document.
fn places(document: &Document, meaning: &Meaning) -> Vec<SourceRange> {
    let uses = document.index.uses.iter();
    uses.filter(|used| used.meaning == *meaning && used.meaning != Meaning::UnknownMember).map(|used| used.range).collect()
}
