//! Files beside the one that is open: modules that it imports, the library's own sources, and the scripts of the editor's folders.

use super::document::{Document, ReadFile};
use super::server::Server;
use crate::compile::names::{DeclarationId, ImportedFrom, Meaning, Owner};
use crate::session::documentation::library_source;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Scripts of the editor's folders that are looked at.
const MOST_SCRIPTS: usize = 2_000;
/// A file that is larger is not looked at unless a script imports it.
const LARGEST_SCRIPT: u64 = 1 << 20;
/// How deep folders are looked into.
const DEEPEST_FOLDER: usize = 16;

/// Scripts, and whether these are all.
pub struct Scripts {
    pub documents: Vec<Rc<Document>>,
    pub is_complete: bool,
}

impl Server {
    /// A module that a document imports, as the editor has it or else as it is on the disk. Modules of the library have no such file.
    pub(super) fn imported_document(&self, document: &Document, from: &ImportedFrom) -> Option<Rc<Document>> {
        self.document_at(&self.imported_file(document, from)?)
    }

    fn imported_file(&self, document: &Document, from: &ImportedFrom) -> Option<PathBuf> {
        match from {
            ImportedFrom::Name(name) if self.session().module_names().contains(&&**name) => None,
            _ => document.imported_file(from, self.module_path()),
        }
    }

    /// A file, as the editor has it or else as it is on the disk.
    pub(super) fn document_at(&self, path: &Path) -> Option<Rc<Document>> {
        let real = path.canonicalize().ok()?;
        if let Some(open) = self.documents().find(|open| open.real_path.as_deref() == Some(&*real)) {
            return Some(Rc::clone(open));
        }
        let data = fs::metadata(&real).ok()?;
        let state = (data.len(), data.modified().ok()?);
        if let Some(known) = self.files().borrow().get(&real).filter(|known| known.state == state) {
            return Some(Rc::clone(&known.document));
        }
        let document = Rc::new(Document::read(path, self.session())?);
        self.files().borrow_mut().insert(real, ReadFile { state, document: Rc::clone(&document) });
        Some(document)
    }

    /// Where a meaning is declared, if that is a text of Cotter: here, in a file that is imported, or in the library.
    pub(super) fn declaration_of(&self, document: &Rc<Document>, meaning: &Meaning) -> Option<(Rc<Document>, DeclarationId)> {
        let imported = |from: &ImportedFrom, name: &str| {
            let other = self.imported_document(document, from).or_else(|| match from {
                ImportedFrom::Name(module) => self.library_document(module, name),
                ImportedFrom::Path(_) => None,
            })?;
            let id = other.index.top(name)?;
            Some((other, id))
        };
        match meaning {
            Meaning::Declaration(id) => match &document.index.declaration(*id).imported {
                Some((from, Some(name))) => imported(from, name).or(Some((Rc::clone(document), *id))),
                _ => Some((Rc::clone(document), *id)),
            },
            Meaning::Member { owner: Owner::Module(module), name } => {
                let (from, _) = document.index.declaration(*module).imported.as_ref()?;
                imported(from, name)
            }
            Meaning::Member { owner: Owner::Type(owner), name } => self.in_library(owner, name),
            Meaning::Builtin(name) => self.in_library("", name),
            Meaning::Member { owner: Owner::Declaration(_), .. } | Meaning::UnknownMember => None,
        }
    }

    fn in_library(&self, owner: &str, name: &str) -> Option<(Rc<Document>, DeclarationId)> {
        let document = self.library_document(owner, name)?;
        let id = document.index.top(name)?;
        Some((document, id))
    }

    /// The file of the library that defines something in Cotter. The library is inside the program: editors are shown a copy, which
    /// nobody is meant to change.
    pub(super) fn library_document(&self, owner: &str, name: &str) -> Option<Rc<Document>> {
        let (file, source) = library_source(owner, name)?;
        let folder = self.cache_folder()?.join("library");
        let path = folder.join(format!("{file}.cot"));
        if fs::read_to_string(&path).ok().as_deref() != Some(source) {
            fs::create_dir_all(&folder).ok()?;
            let unfinished = folder.join(format!("{file}.{}.new", std::process::id()));
            fs::write(&unfinished, source).ok()?;
            let mut permissions = fs::metadata(&unfinished).ok()?.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&unfinished, permissions).ok()?;
            // Another server may do the same; the file appears whole.
            fs::rename(&unfinished, &path).ok()?;
        }
        self.document_at(&path)
    }

    /// Whether a file is a copy of one of the library.
    pub(super) fn is_of_library(&self, document: &Document) -> bool {
        let folder = self.cache_folder().and_then(|folder| folder.join("library").canonicalize().ok());
        folder.is_some_and(|folder| document.real_path.as_ref().is_some_and(|path| path.starts_with(folder)))
    }

    /// The scripts that import a document and name something of it: those that are open, and those of the editor's folders.
    pub(super) fn importers(&self, document: &Document, name: &str) -> Scripts {
        let mut documents: Vec<Rc<Document>> = self.documents().filter(|other| other.uri != document.uri).cloned().collect();
        let (paths, is_complete) = scripts_in(self.folders());
        for path in paths {
            let is_known = |known: &Rc<Document>| known.real_path.as_deref() == Some(&*path);
            if document.real_path.as_deref() == Some(&*path) || documents.iter().any(is_known) {
                continue;
            }
            let may_be_one = fs::read_to_string(&path).is_ok_and(|text| text.contains("import") && text.contains(name));
            if may_be_one {
                documents.extend(self.document_at(&path));
            }
        }
        documents.retain(|other| {
            let mut imported = other.index.declarations.iter().filter_map(|declaration| declaration.imported.as_ref());
            imported.any(|(from, _)| self.is_import_of(other, from, document))
        });
        Scripts { documents, is_complete }
    }

    /// Whether what a document imports is another one.
    pub(super) fn is_import_of(&self, importer: &Document, from: &ImportedFrom, document: &Document) -> bool {
        let found = || match from {
            ImportedFrom::Name(name) if self.is_of_library(document) => self.library_document(name, "")?.real_path.clone(),
            _ => self.imported_file(importer, from)?.canonicalize().ok(),
        };
        document.real_path.is_some() && found() == document.real_path
    }
}

/// The scripts in some folders and below, by their real paths, and whether these are all.
fn scripts_in(folders: &[PathBuf]) -> (Vec<PathBuf>, bool) {
    let mut found = Vec::new();
    let mut is_complete = true;
    let mut pending: Vec<(PathBuf, usize)> = folders.iter().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = pending.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            if kind.is_dir() {
                is_complete &= depth < DEEPEST_FOLDER;
                if depth < DEEPEST_FOLDER {
                    pending.push((entry.path(), depth + 1));
                }
            } else if name.ends_with(".cot") && entry.metadata().is_ok_and(|data| data.len() <= LARGEST_SCRIPT) {
                if found.len() == MOST_SCRIPTS {
                    return (found, false);
                }
                found.extend(entry.path().canonicalize());
            }
        }
    }
    found.sort();
    found.dedup();
    (found, is_complete)
}
