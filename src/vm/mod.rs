//! Running: the register machine.
//!
//! A [`Vm`] links units of bytecode into modules and runs their functions. Calls between script functions stay in one loop
//! (`interpret.rs`) and use no machine stack; only builtins and operators that call back start a loop of their own.
//!
//! ## The life of a call
//! 1. The caller's code builds a window at the top of its registers: callee, arguments.
//! 2. `Call` finds a closure with as many parameters as there are arguments, checks that the stack has room, and pushes a [`stack::Frame`]
//!    whose registers begin at the arguments. Anything else goes through `call.rs`.
//! 3. The callee runs; at safepoints (`collect.rs`) the collector sees every frame's live registers.
//! 4. `Return` stores the result where the frame says and pops it.
//! 5. An error instead walks the frames from the top (`unwind.rs`).
//!
//! ## What it relies on, and promises
//! Code has passed the bytecode verifier, so its operands are in range. Collections happen only at safepoints, so Rust code in
//! here and in builtins may hold references between two of them; what it holds across a call back into a script must be a root
//! (a register, or [`Runtime::held`]). Functions and modules are never freed, so plain pointers to them stay good. Nothing lives in
//! thread-locals: whoever holds the `Vm` may run it on any thread.
//!
//! Files in reading order: `stack.rs`, `function.rs`, `module.rs`, `native.rs`, `signature.rs`, `interpret.rs`, `call.rs`, `callback.rs`,
//! `operate.rs`, `field.rs`, `iterate.rs`, `generator.rs`, `unwind.rs`, `collect.rs`, `roots.rs`, `profile.rs`, `leak.rs`, `crash.rs`, `link.rs`, `install.rs`.
#![allow(unsafe_code, reason = "registers and frames are raw memory; each block says why it holds")]

mod call;
mod callback;
mod collect;
mod crash;
mod field;
mod function;
mod generator;
mod install;
mod interpret;
mod interrupt;
mod iterate;
mod leak;
mod link;
mod module;
mod native;
mod operate;
mod output;
mod profile;
mod roots;
mod signature;
mod stack;
mod state;
mod unwind;

pub use call::MakeArguments;
pub use crash::{CallToC, Releasing, catch_crashes};
pub use function::{Function, UnitTypes};
pub use interrupt::catch_interrupts;
pub use link::LinkError;
pub use module::{Foreign, LinkedExterns, Loader, Module, ModuleState, PlannedCall, REPL_SLOTS, extern_variable_link};
pub use native::{Arguments, Namespace, NativeEntry, NativeFunction, Place};
pub use output::Output;
pub use profile::ProfiledStack;
pub use roots::Root;
pub use signature::Signature;
pub use state::State;

use crate::heap::HeapConfig;
use crate::machine_stack;
use crate::source::{SourceMap, SourceRange};
use crate::value::{Host, Runtime, Thrown, TypeId, Value};
use stack::Stack;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What takes the warnings of a run: the message, and the error that it is about.
pub type Warn = Box<dyn FnMut(&mut Vm, &str, Value)>;

/// The interpreter.
pub struct Vm {
    pub runtime: Runtime,
    /// What scripts print.
    pub output: Output,
    /// What builtins keep: open files, the random generator.
    pub state: State,
    /// What `os.args` holds.
    pub script_arguments: Vec<String>,
    /// All source texts, for places in traces and messages.
    pub sources: Rc<RefCell<SourceMap>>,
    /// Set by Ctrl-C; the next safepoint throws.
    pub interrupted: Arc<AtomicBool>,
    /// Where the value that was thrown last and is no error was thrown.
    pub thrown_place: SourceRange,
    /// The same of those that wait in a register for the end of a cleanup or for a `catch`, by the register's address.
    places_of_pending: HashMap<usize, SourceRange>,
    pub loader: Option<Rc<dyn Loader>>,
    pub foreign: Option<&'static dyn Foreign>,
    /// What is told of errors that nobody can catch (in finalizers).
    pub on_warning: Option<Warn>,
    stack: Stack,
    functions: Vec<&'static Function>,
    modules: Vec<&'static Module>,
    library: Library,
    namespaces: Vec<&'static Namespace>,
    /// Modules of namespaces that have been imported, by name.
    native_modules: HashMap<&'static str, &'static Module>,
    /// Variables of other modules that slots stand for.
    live_imports: Vec<(&'static Module, u32)>,
    /// The module of functions without code.
    no_module: &'static Module,
    /// Functions without code whose frames hold values for builtins, by the number of values.
    holders: HashMap<usize, &'static Function>,
    /// Something waits for every safepoint: Ctrl-C, fuel, stress.
    attention: Arc<AtomicBool>,
    fuel: Option<u64>,
    safepoints: u64,
    /// The next collection frees what the handler of a `MemoryError` let go of, and throws none itself.
    relieves_heap: bool,
    /// The safepoint at which stress collects next.
    next_stress: u64,
    in_finalizer: bool,
    /// Where the heap was verified last, if the settings ask for it.
    verified_at: SourceRange,
    /// Callbacks from C in progress.
    pub callback_depth: u32,
    /// The innermost call of C in progress, for crash reports and checks; null if there is none.
    pub call_to_c: *const CallToC,
    /// What the planned call that just ended threw.
    thrown_by_planned_call: Option<Thrown>,
    /// The call that releases what C gave, if one is in progress.
    pub releasing: Releasing,
    exit_status: i32,
    /// For each generator that is being closed, the slot of `runtime.held` with the error that its cleanups threw; undefined if none.
    closing: Vec<usize>,
    machine_stack_limit: usize,
    profile: Option<Box<profile::Profile>>,
    /// The buffer of interpolations.
    scratch: String,
}

/// What scripts can name without declaring it.
#[derive(Default)]
struct Library {
    /// Builtins by name: functions and types.
    builtins: HashMap<Rc<str>, Value>,
    /// What a call of a type of the language does: `int("7")`.
    constructors: HashMap<TypeId, Value>,
    /// Methods by type; undefined where the namespace's script has not been compiled yet.
    methods: HashMap<TypeId, HashMap<&'static str, Value>>,
    properties: HashMap<TypeId, HashMap<&'static str, Value>>,
    /// `name` and `values` of enums, `fields` of records: natives that take the type.
    type_functions: HashMap<&'static str, Value>,
    /// Closures that nothing else keeps: methods of records.
    permanent: Vec<Value>,
}

impl Library {
    /// All of its values, for the collector.
    fn values(&self) -> impl Iterator<Item = &Value> {
        let members = self.methods.values().chain(self.properties.values()).flat_map(|members| members.values());
        let named = self.builtins.values().chain(self.constructors.values()).chain(self.type_functions.values());
        members.chain(named).chain(&self.permanent)
    }
}

/// How a [`Vm`] is set up.
#[derive(Debug, Clone, Default)]
pub struct VmConfig {
    pub heap: HeapConfig,
    /// Instructions that may run.
    pub fuel: Option<u64>,
}

/// Machine stack kept free for what runs between two checks.
const MACHINE_STACK_RESERVE: usize = 512 * 1024;
/// What is kept free of a small stack, as C gives some of its threads: a callback there is refused rather than run to the end of it.
const LEAST_MACHINE_STACK_RESERVE: usize = if cfg!(debug_assertions) { 128 * 1024 } else { 48 * 1024 };

impl Vm {
    /// An interpreter without builtins; see [`Vm::install`].
    pub fn new(config: VmConfig) -> Vm {
        let heap = HeapConfig { nil_bits: Value::NIL.0, ..config.heap };
        let mut vm = Vm {
            runtime: Runtime::new(heap, random_keys()),
            output: Output::default(),
            state: State::default(),
            script_arguments: Vec::new(),
            sources: Rc::default(),
            interrupted: Arc::default(),
            thrown_place: SourceRange::NOWHERE,
            places_of_pending: HashMap::new(),
            loader: None,
            foreign: None,
            on_warning: None,
            stack: Stack::new(),
            functions: Vec::new(),
            modules: Vec::new(),
            library: Library::default(),
            namespaces: Vec::new(),
            native_modules: HashMap::new(),
            live_imports: Vec::new(),
            no_module: Box::leak(Box::new(Module::new("".into(), "".into(), 0))),
            holders: HashMap::new(),
            attention: Arc::default(),
            fuel: config.fuel,
            safepoints: 0,
            relieves_heap: false,
            next_stress: 0,
            in_finalizer: false,
            verified_at: SourceRange::NOWHERE,
            callback_depth: 0,
            call_to_c: std::ptr::null(),
            thrown_by_planned_call: None,
            releasing: Releasing::NOTHING,
            exit_status: 0,
            closing: Vec::new(),
            machine_stack_limit: 0,
            profile: None,
            scratch: String::new(),
        };
        vm.runtime.heap.tells_problems = true;
        vm.use_this_thread();
        vm.set_attention();
        vm
    }

    /// Measures the machine's stack of the thread that is going to run scripts.
    pub fn use_this_thread(&mut self) {
        self.machine_stack_limit = machine_stack::remaining().map_or(0, |left| {
            let here = 0u8;
            let reserve = (left / 4).clamp(LEAST_MACHINE_STACK_RESERVE, MACHINE_STACK_RESERVE);
            (&raw const here as usize).saturating_sub(left.saturating_sub(reserve))
        });
    }

    /// The flags that a signal handler sets for Ctrl-C: both.
    pub fn interrupt_flags(&self) -> (Arc<AtomicBool>, Arc<AtomicBool>) {
        (Arc::clone(&self.interrupted), Arc::clone(&self.attention))
    }

    /// Runs the main function of a unit that was linked.
    pub fn run_main(&mut self, function: &'static Function) -> Result<Value, Thrown> {
        self.locate_for_checks();
        self.report_crashes_of_this();
        let closure = self.plain_closure(function)?;
        self.call(closure, &[])
    }

    /// The function of the top frame; there is one whenever code runs.
    #[inline]
    fn running(&self) -> &'static Function {
        debug_assert!(self.stack.depth() > 0);
        // SAFETY: the top frame is initialised, and functions are never freed.
        unsafe { &*(*self.stack.top).function }
    }

    /// A function whose frame holds `count` values.
    fn holder(&mut self, count: usize) -> &'static Function {
        let no_module = self.no_module;
        self.holders.entry(count).or_insert_with(|| Box::leak(Box::new(Function::holder(count, no_module))))
    }

    /// Tells of what was thrown where nobody can catch it.
    pub fn warn_of(&mut self, place: &str, thrown: &Thrown) {
        if let Thrown::Value(value) = thrown {
            self.warn_of_error(place, *value);
        }
    }

    /// Tells of an error that nobody can catch.
    fn warn_of_error(&mut self, place: &str, error: Value) {
        if let Some(mut warn) = self.on_warning.take() {
            warn(self, place, error);
            self.on_warning = Some(warn);
        }
    }
}

/// Keys that nobody can foresee.
fn random_keys() -> [u64; 2] {
    use std::hash::{BuildHasher, RandomState};
    [RandomState::new().hash_one(1), RandomState::new().hash_one(2)]
}

impl Host for Vm {
    fn runtime(&mut self) -> &mut Runtime {
        &mut self.runtime
    }

    fn call(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        self.call_from_rust(function, arguments)
    }

    fn check_stack(&mut self) -> Result<(), Thrown> {
        self.check_machine_stack()
    }

    fn describe(&mut self, value: Value) -> Option<String> {
        self.describe_value(value)
    }
}
