//! Headers kept in memory, for those who ask again and again: a language server reads a script at each stroke of a key.
//!
//! The C compiler is started once for each header, and again when one of the files it came from has changed. A header that is still
//! being typed costs nothing: the compiler tells once where it looks for headers, and what is in none of these folders is not there.

use super::cache::state_of;
use super::compiler::{CCompiler, CompilerFailure};
use super::header::Header;
use super::naming::{header_names, with_options};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Headers that are kept at most; those of large libraries take megabytes.
const MOST_KEPT: usize = 16;

/// What was read of headers; clones share it.
#[derive(Clone, Default)]
pub struct KeptHeaders(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    /// Those used last come first.
    headers: VecDeque<Kept>,
    /// Where a compiler looks for headers; nothing if it does not tell.
    folders: Vec<(CCompiler, Rc<[PathBuf]>)>,
}

struct Kept {
    asked: String,
    compiler: CCompiler,
    result: Result<Rc<Header>, CompilerFailure>,
    /// The files that it was read from, each with its size and time then.
    files: Vec<(String, Option<String>)>,
}

impl Kept {
    fn is_as_it_was(&self) -> bool {
        self.files.iter().all(|(file, state)| state_of(file) == *state)
    }
}

impl KeptHeaders {
    /// The headers that a text such as `"stdio.h, gmp.h"` names.
    pub(super) fn open(&self, asked: &str, compiler: &CCompiler) -> Result<Rc<Header>, CompilerFailure> {
        let known = {
            let mut state = self.0.borrow_mut();
            let place = state.headers.iter().position(|kept| kept.asked == asked && kept.compiler == *compiler);
            place.and_then(|place| state.headers.remove(place))
        };
        let kept = match known.filter(Kept::is_as_it_was) {
            Some(kept) => kept,
            None => self.read(asked, compiler),
        };
        let result = kept.result.clone();
        let mut state = self.0.borrow_mut();
        state.headers.push_front(kept);
        state.headers.truncate(MOST_KEPT);
        result
    }

    fn read(&self, asked: &str, compiler: &CCompiler) -> Kept {
        let (names, told) = (header_names(asked), with_options(asked, compiler));
        let result = match self.missing(&names, &told) {
            Some(missing) => Err(CompilerFailure::NoHeader(missing)),
            None => Header::open(&names, &told).map(Rc::new),
        };
        let files = match &result {
            Ok(header) => header.dependencies().map(|file| (file.to_string(), state_of(file))).collect(),
            // A header that was not there may come; what else went wrong is tried again when it is asked for anew.
            Err(CompilerFailure::NoHeader(_)) => {
                self.places(&names, &told).into_iter().map(|path| (path.to_string_lossy().into_owned(), None)).collect()
            }
            Err(_) => Vec::new(),
        };
        Kept { asked: asked.to_string(), compiler: compiler.clone(), result, files }
    }

    /// From now on what could not be read is tried again.
    pub fn forget_failures(&self) {
        let mut state = self.0.borrow_mut();
        state.headers.retain(|kept| kept.result.is_ok());
        state.folders.retain(|(_, folders)| !folders.is_empty());
    }

    /// The first header that is in none of the folders, if they are known.
    fn missing(&self, names: &[&str], compiler: &CCompiler) -> Option<String> {
        let folders = self.folders(compiler);
        let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
        let missing = names.iter().find(|name| !is_there(name) && !Path::new(name).is_file());
        missing.filter(|_| !folders.is_empty()).map(|name| name.to_string())
    }

    /// All places where missing headers would be found.
    fn places(&self, names: &[&str], compiler: &CCompiler) -> Vec<PathBuf> {
        let folders = self.folders(compiler);
        let absent = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        absent.filter(|path| !path.is_file()).collect()
    }

    fn folders(&self, compiler: &CCompiler) -> Rc<[PathBuf]> {
        if let Some((_, folders)) = self.0.borrow().folders.iter().find(|(known, _)| known == compiler) {
            return Rc::clone(folders);
        }
        let folders: Rc<[PathBuf]> = compiler.header_folders().unwrap_or_default().into();
        self.0.borrow_mut().folders.push((compiler.clone(), Rc::clone(&folders)));
        folders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_again_when_its_file_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let compiler = CCompiler { folder: Some(folder.path().to_path_buf()), ..CCompiler::default() };
        let kept = KeptHeaders::default();
        assert!(matches!(kept.open("own.h", &compiler), Err(CompilerFailure::NoHeader(name)) if name == "own.h"));
        std::fs::write(folder.path().join("own.h"), "int one(void);\n").expect("written");
        let first = kept.open("own.h", &compiler).expect("it is there now");
        assert!(first.declarations.functions.contains_key("one"));
        assert!(Rc::ptr_eq(&first, &kept.open("own.h", &compiler).expect("kept")));
        std::fs::write(folder.path().join("own.h"), "int one(void);\nint two(void);\n").expect("written");
        assert!(kept.open("own.h", &compiler).expect("read").declarations.functions.contains_key("two"));
    }

    #[test]
    fn without_a_compiler_nothing_is_read_until_it_is_tried_again() {
        let kept = KeptHeaders::default();
        let compiler = CCompiler { command: "surely-no-compiler".into(), ..CCompiler::default() };
        assert!(matches!(kept.open("stdio.h", &compiler), Err(CompilerFailure::Missing { .. })));
        assert_eq!(kept.0.borrow().headers.len(), 1);
        kept.forget_failures();
        assert_eq!(kept.0.borrow().headers.len(), 0);
    }
}
