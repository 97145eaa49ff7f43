//! Extern blocks and what all of them share.

use super::callback::Callbacks;
use super::contract::Contracts;
use super::errno::SavedErrno;
use super::interlock::Interlock;
use super::library::{LoadedLibrary, load};
use super::owned::OwnedTable;
use super::plan::Plan;
use crate::heap::Address;
use crate::source::SourceMap;
use crate::value::{ErrorKind, FunctionType, Runtime, Thrown, TypeId};
use crate::vm::Vm;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// What a run allows of calls to C.
#[derive(Debug, Default, Clone)]
pub struct FfiConfig {
    /// `--deny-ffi`: nothing of it can be used.
    pub deny: bool,
    /// `--allow-ffi=LIB,…`: only these libraries, by the names that blocks use. A seat belt, not a sandbox.
    pub allow: Option<Vec<String>>,
    /// No call goes directly: for tests of both ways.
    pub by_libffi: bool,
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
    /// Plans of calls through pointers, by the numbers of their function types; never freed.
    pointer_plans: RefCell<Vec<Option<&'static Plan>>>,
    /// That of the pointer that was called last.
    last_pointer_plan: Cell<Option<(TypeId, &'static Plan)>>,
    pub(super) callbacks: Callbacks,
    pub(super) owned: OwnedTable,
    pub(super) interlock: Interlock,
    /// The interpreter that the last C call came from; null before the first and after the session. Used by callbacks, while it waits for
    /// that call.
    pub(super) vm: Cell<*mut Vm>,
    /// The C call that runs now, null while the script does. Plans that were called are never freed.
    pub(super) calling: AtomicPtr<Plan>,
    /// What `ffi.poll` counts as a call of.
    poll_plan: OnceCell<Plan>,
    /// C calls so far.
    pub(super) calls: AtomicU64,
    /// What a callback threw waits here until the C call that it came from returns.
    pub(super) pending: RefCell<Option<Thrown>>,
    pub(super) has_pending: Cell<bool>,
    /// For places in messages.
    pub(super) sources: RefCell<Option<Rc<RefCell<SourceMap>>>>,
    /// What the token of the next handle counts from.
    pub(super) next_handle: Cell<usize>,
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

    /// The same for the rest of the process: `install` leaks one count of uses.
    pub(super) fn forever(&self) -> &'static Ffi {
        // SAFETY: `install` never gives its count back, so the state is never freed.
        unsafe { &*std::ptr::from_ref(self) }
    }

    /// The plan of calls through pointers of a type, if there is one yet.
    #[inline(always)]
    pub(super) fn pointer_plan(&self, type_id: TypeId) -> Option<&'static Plan> {
        match self.last_pointer_plan.get() {
            Some((known, plan)) if known == type_id => Some(plan),
            _ => self.find_pointer_plan(type_id),
        }
    }

    #[inline(never)]
    fn find_pointer_plan(&self, type_id: TypeId) -> Option<&'static Plan> {
        let plan = self.pointer_plans.borrow().get(type_id.0 as usize).copied().flatten()?;
        self.last_pointer_plan.set(Some((type_id, plan)));
        Some(plan)
    }

    pub(super) fn add_pointer_plan(&self, type_id: TypeId, plan: &'static Plan) {
        let mut plans = self.pointer_plans.borrow_mut();
        let index = type_id.0 as usize;
        if plans.len() <= index {
            plans.resize(index + 1, None);
        }
        plans[index] = Some(plan);
    }

    /// Runs a call into C: errno is put in place and taken back, and callbacks find the interpreter.
    pub(super) fn run_c<T>(&self, vm: &mut Vm, plan: &Plan, call: impl FnOnce() -> T) -> T {
        if !plan.contracts.is_blocking {
            return self.run_here(vm, plan, call);
        }
        self.begin_call(vm, plan);
        // errno is this thread's own: callbacks of other threads leave it alone.
        let before = self.errno.get();
        let (result, errno) = self.interlock.without(|| {
            self.errno.set_of_c(before);
            let result = call();
            (result, self.errno.of_c())
        });
        self.errno.set(errno);
        self.calling.store(std::ptr::null_mut(), Ordering::Release);
        result
    }

    /// [`Ffi::run_c`] for a function that is not `@blocking`.
    #[inline(always)]
    pub(super) fn run_here<T>(&self, vm: &mut Vm, plan: &Plan, call: impl FnOnce() -> T) -> T {
        self.begin_call(vm, plan);
        let result = self.errno.around(call);
        self.calling.store(std::ptr::null_mut(), Ordering::Release);
        result
    }

    #[inline(always)]
    fn begin_call(&self, vm: &mut Vm, plan: &Plan) {
        self.vm.set(vm);
        self.calling.store(std::ptr::from_ref(plan).cast_mut(), Ordering::Release);
        self.calls.store(self.calls.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// What all C calls in flight keep: what their arguments point to, and what was held for them (the callbacks made for a call, what
    /// structs by value point to).
    pub(super) fn kept_in_flight(&self, vm: &Vm) -> Vec<Address> {
        let mut kept: Vec<Address> = vm.runtime.held.iter().filter_map(|&held| vm.runtime.object_behind(held)).collect();
        let mut call = vm.call_to_c;
        while !call.is_null() {
            // SAFETY: each stands on the frame of a call that has not returned, and its arguments are registers of the caller.
            let (arguments, previous) =
                unsafe { (std::slice::from_raw_parts((*call).arguments, (*call).count), (*call).previous) };
            kept.extend(arguments.iter().filter_map(|&argument| vm.runtime.object_behind(argument)));
            call = previous;
        }
        kept
    }

    /// `ffi.poll()`: runs the callbacks that wait on other threads.
    pub(super) fn poll(&self, vm: &mut Vm) -> Result<(), Thrown> {
        if self.poll_plan.get().is_none() {
            let nothing = FunctionType { parameters: Vec::new(), is_variadic: false, result: TypeId::VOID };
            match Plan::new(&vm.runtime.types, "ffi.poll".into(), &nothing, Contracts::default(), false) {
                Ok(plan) => self.poll_plan.get_or_init(|| plan),
                Err(why) => return vm.runtime.fail(ErrorKind::FFIError, why),
            };
        }
        if let Some(plan) = self.poll_plan.get() {
            self.run_c(vm, plan, || self.interlock.poll());
        }
        self.take_pending()
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
            _ => format!("cannot load library {}; tried\n{}", names[0], tried.join("\n")),
        };
        runtime.fail(ErrorKind::FFIError, message).map_err(|thrown| thrown.with_help(runtime, HOW_LIBRARIES_ARE_FOUND))
    }
}

const HOW_LIBRARIES_ARE_FOUND: &str = "is it installed? \"z\" finds the newest libz.so.N that the loader knows, \"libz.so.1\" that file, \
     and \"./libz.so\" one beside the script";

impl Block {
    pub(super) fn new(ffi: Rc<Ffi>, names: Vec<Rc<str>>, base: Option<PathBuf>) -> Block {
        Block { ffi, names, base, library: OnceCell::new() }
    }

    /// Loads the block's library, unless it is.
    pub fn load(&self, runtime: &mut Runtime) -> Result<(), Thrown> {
        self.library(runtime).map(|_| ())
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.library.get().is_some()
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
                let is_near = message.contains("did you mean");
                runtime
                    .fail(ErrorKind::FFIError, message)
                    .map_err(|thrown| if is_near { thrown } else { thrown.with_help(runtime, LoadedLibrary::ABOUT_SYMBOLS) })
            }
        }
    }
}
