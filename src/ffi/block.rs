//! Extern blocks and what all of them share.

use super::allocation::Allocations;
use super::errno::SavedErrno;
use super::library::{LoadedLibrary, load};
use super::plan::Plan;
use crate::value::{ErrorKind, Runtime, Thrown, TypeId};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// What a run allows of calls to C.
#[derive(Debug, Default, Clone)]
pub struct FfiConfig {
    /// `--deny-ffi`: nothing of it can be used.
    pub deny: bool,
    /// `--allow-ffi=LIB,…`: only these libraries, by the names that blocks use. A seat belt, not a sandbox.
    pub allow: Option<Vec<String>>,
    /// Directories in which versions of a bare name are looked for besides the loader's own.
    pub search: Vec<PathBuf>,
}

/// The name that a library was asked for, and the directory it was relative to.
type LibraryKey = (String, Option<PathBuf>);

/// The state of the calls to C of one run.
#[derive(Debug, Default)]
pub struct Ffi {
    pub config: FfiConfig,
    pub errno: SavedErrno,
    /// Libraries by the name they were asked for and the directory it was relative to.
    libraries: RefCell<HashMap<LibraryKey, Rc<LoadedLibrary>>>,
    pub(super) allocations: Allocations,
    /// Plans of calls through pointers, by their function type.
    pub(super) pointer_plans: RefCell<HashMap<TypeId, Rc<Plan>>>,
}

/// Where the names of an extern block come from.
#[derive(Debug)]
pub struct Block {
    pub(super) ffi: Rc<Ffi>,
    /// In the order in which they are tried; empty for the process itself.
    names: Vec<Rc<str>>,
    /// The directory of the source file.
    base: Option<PathBuf>,
    library: OnceCell<Rc<LoadedLibrary>>,
}

impl Ffi {
    pub fn new(config: FfiConfig) -> Rc<Ffi> {
        Rc::new(Ffi { config, ..Ffi::default() })
    }

    /// Fails if nothing of the FFI may be used.
    pub fn check_allowed(&self, runtime: &mut Runtime) -> Result<(), Thrown> {
        if self.config.deny {
            return runtime.fail(ErrorKind::FFIError, "calls to C are switched off (--deny-ffi)");
        }
        Ok(())
    }

    fn check_library_allowed(&self, runtime: &mut Runtime, name: &str) -> Result<(), Thrown> {
        self.check_allowed(runtime)?;
        match &self.config.allow {
            Some(allowed) if !allowed.iter().any(|allowed| allowed == name) => {
                let what = if name.is_empty() { "the process itself".to_string() } else { format!("library {name}") };
                runtime.fail(ErrorKind::FFIError, format!("{what} is not among those that --allow-ffi names"))
            }
            _ => Ok(()),
        }
    }

    /// Loads the first of the libraries that can be, or the process itself if none is named.
    pub(super) fn load_library(
        &self,
        runtime: &mut Runtime,
        names: &[Rc<str>],
        base: Option<&PathBuf>,
    ) -> Result<Rc<LoadedLibrary>, Thrown> {
        if names.is_empty() {
            self.check_library_allowed(runtime, "")?;
            return Ok(Rc::new(LoadedLibrary::process()));
        }
        let mut tried = Vec::new();
        for name in names {
            self.check_library_allowed(runtime, name)?;
            let key = (name.to_string(), base.cloned());
            if let Some(known) = self.libraries.borrow().get(&key) {
                return Ok(known.clone());
            }
            if let Some(library) = load(name, base.map(PathBuf::as_path), &self.config.search, &mut tried) {
                let library = Rc::new(library);
                // The map holds it to the end: what was loaded is never unloaded.
                self.libraries.borrow_mut().insert(key, library.clone());
                return Ok(library);
            }
        }
        let message = match &tried[..] {
            [only] => format!("cannot load library {}: {only}", names[0]),
            _ => format!("cannot load library {}; tried {}", names[0], tried.join("; ")),
        };
        runtime.fail(ErrorKind::FFIError, message)
    }
}

impl Block {
    pub(super) fn new(ffi: Rc<Ffi>, names: Vec<Rc<str>>, base: Option<PathBuf>) -> Block {
        Block { ffi, names, base, library: OnceCell::new() }
    }

    /// Loads the block's library, unless it is.
    pub fn load(&self, runtime: &mut Runtime) -> Result<(), Thrown> {
        self.library(runtime).map(|_| ())
    }

    fn library(&self, runtime: &mut Runtime) -> Result<&LoadedLibrary, Thrown> {
        if self.library.get().is_none() {
            let library = self.ffi.load_library(runtime, &self.names, self.base.as_ref())?;
            self.library.get_or_init(|| library);
        }
        match self.library.get() {
            Some(library) => Ok(library),
            None => unreachable!("it was just set"),
        }
    }

    /// The address of a symbol; an `FFIError` if the library does not have it.
    pub(super) fn symbol(&self, runtime: &mut Runtime, name: &str) -> Result<usize, Thrown> {
        let library = self.library(runtime)?;
        match library.symbol(name) {
            Some(address) => Ok(address),
            None => {
                let message = library.missing_symbol(name);
                runtime.fail(ErrorKind::FFIError, message)
            }
        }
    }
}
