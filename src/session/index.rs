//! The names of a file, for editors.

use super::{Session, compiling};
use crate::binding::{ForeignBlock, ForeignNames, ForeignPlace, Surroundings, expand_names, names_of_headers};
use crate::compile::names::{Declaration, DeclarationId, Foreign, NameIndex, index_names};
use crate::source::{SourceFile, SourceMap, SourceRange};
use crate::syntax;
use std::cell::RefCell;
use std::rc::Rc;

impl Session {
    /// Where the names of a file are declared and what they mean, without running anything. What C declares is known, too: its
    /// declarations, as Cotter would write them, become sources beside the file. `before` is what its blocks with C declared when it was
    /// read the last time, for while they are being written; what they declare now is returned.
    pub fn index_names(
        &self,
        file: &SourceFile,
        sources: &RefCell<SourceMap>,
        before: &ForeignNames,
    ) -> (NameIndex, ForeignNames) {
        let mut parsed = syntax::parse(file);
        let foreign =
            self.reading_c(&file.name, sources, |surroundings| expand_names(&mut parsed.module, file, surroundings, before));
        let mut index =
            compiling::with_environment(&self.vm, |environment| index_names(&parsed.module, environment, file.range()));
        place_foreign(&mut index, file.range(), &foreign);
        index.has_mistakes = !parsed.diagnostics.is_empty();
        (index, foreign)
    }

    /// The modules of the library.
    pub fn module_names(&self) -> Vec<&'static str> {
        compiling::module_names(&self.vm)
    }

    /// What headers declare that a block of a file names: each name with its declaration in Cotter.
    pub fn names_of_headers(&self, file: &SourceFile, headers: &str) -> Vec<(Rc<str>, Rc<str>)> {
        self.reading_c(&file.name, &self.sources, |surroundings| names_of_headers(headers, surroundings))
    }

    fn reading_c<T>(&self, file: &str, sources: &RefCell<SourceMap>, read: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let settings = &self.settings;
        read(&Surroundings {
            compiler: &compiling::compiler_beside(settings, file),
            cache: None,
            deny: settings.denies_ffi,
            kept: settings.kept_headers.as_ref(),
            prelude: None,
            add_source: &|name, text| compiling::add_source(sources, name, text),
        })
    }
}

/// Gives what C declares its place in the file: its name in C text or in the list of a header block, otherwise that of the block.
fn place_foreign(index: &mut NameIndex, file: SourceRange, blocks: &ForeignNames) {
    let is_inside = |range: SourceRange| file.start <= range.start && range.end <= file.end;
    index.uses.retain(|name| is_inside(name.range));
    for at in 0..index.declarations.len() {
        let declaration = &index.declarations[at];
        if is_inside(declaration.range) {
            continue;
        }
        // A parameter or a field has the place of its owner, which stands before it, unless its own is known.
        let owner = declaration.parent.filter(|&DeclarationId(parent)| !is_inside(index.declarations[parent].header));
        let outermost = &index.declarations[owner.map_or(at, |DeclarationId(owner)| owner)];
        let library = outermost.parent.map(|DeclarationId(library)| &*index.declarations[library].name);
        let name = &outermost.name;
        let block = blocks.declaring(library, name);
        let (range, foreign) = match owner {
            None => place_of(declaration, block),
            Some(DeclarationId(owner)) => {
                let parts = block.and_then(|block| block.name(name)).map(|found| &found.parts[..]).unwrap_or_default();
                let own = parts.iter().find(|(part, _)| *part == declaration.name);
                let owner = &index.declarations[owner];
                let header = owner.foreign.as_ref().and_then(|foreign| foreign.header.clone());
                (own.map_or(owner.range, |(_, range)| *range), Foreign { header, is_named: own.is_some() })
            }
        };
        let declaration = &mut index.declarations[at];
        declaration.range = range;
        declaration.whole = range;
        declaration.scope = match declaration.parent {
            None => file,
            Some(_) => SourceRange::NOWHERE,
        };
        declaration.foreign = Some(foreign);
    }
}

fn place_of(declaration: &Declaration, block: Option<&ForeignBlock>) -> (SourceRange, Foreign) {
    let Some(block) = block else { return (SourceRange::NOWHERE, Foreign { header: None, is_named: false }) };
    let (own, header) = match block.name(&declaration.name).map(|found| &found.place) {
        Some(ForeignPlace::Script(range)) => (Some(*range), None),
        Some(ForeignPlace::Header { path, line }) => {
            let listed = block.listed.iter().find(|(name, _)| *name == declaration.name);
            (listed.map(|(_, range)| *range), Some((path.clone(), *line)))
        }
        _ => (None, None),
    };
    (own.unwrap_or(block.range.at_start()), Foreign { header, is_named: own.is_some() })
}
