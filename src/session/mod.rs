//! Text to result: the interface for programs that embed Cotter, and the one that the command line and tests use.
//!
//! A [`Session`] is one interpreter with its sources, its memory and its open libraries. It runs files and texts
//! ([`Session::run_file`], [`Session::run_text`]), reports what the compiler finds without running
//! ([`Session::check_text`]), and takes the entries of a dialogue, in which each sees the names of those before
//! ([`Session::evaluate_entry`]). It never prints an error or ends the process: it returns an [`Outcome`] and leaves
//! both to its owner. Only warnings cannot wait for an outcome; they go to [`Options::on_warning`] as they happen.
//! [`documentation`] is what is written down about names.
//!
//! A program that embeds Cotter loads a script and calls its functions with [`Data`]. Unless it says otherwise, a script
//! cannot reach C ([`ForeignCalls::Denied`]); it can be given limits of memory and of work:
//!
//! ```
//! use cotter::session::{Data, Options, Outcome, Session};
//!
//! let mut session = Session::new(Options { fuel: Some(100_000), max_heap: Some(16 << 20), ..Options::default() });
//! let loaded = session.load_text("prices.cot", "fn total(prices) { return sum(prices) }");
//! assert!(matches!(loaded, Outcome::Done));
//! assert_eq!(session.call("total", &[vec![2, 3, 5].into()]).unwrap(), Data::Int(10));
//!
//! let Err(Outcome::Failed(errors)) = session.call("total", &[7.into()]) else { panic!("an int is nothing to sum") };
//! assert_eq!(errors[0].kind, "TypeError");
//! ```

mod argument;
mod compiling;
mod data;
pub mod documentation;
mod entry;
mod foreign_entry;
mod heap_report;
mod index;
mod loader;
mod names;
mod report;
mod show;
mod signature;
mod table;
mod verify;

pub use crate::binding::{BindRequest, Bound, CCompiler, CompilerFailure, ForeignNames, KeptHeaders};
use crate::binding::{Libraries, Prelude};
use crate::builtins;
use crate::compile::ModuleScope;
use crate::diagnostic::{Diagnostic, Severity};
use crate::heap::HeapConfig;
use crate::source::{SourceFile, SourceMap, SourceRange};
use crate::syntax;
use crate::value::{ErrorKind, Host, PinPolicy, Thrown};
pub use crate::value::{PinChecks, PinLeaks};
pub use crate::vm::ProfiledStack;
use crate::vm::{Module, Vm, VmConfig};
use compiling::Compiled;
pub use data::Data;
pub use foreign_entry::{Answer, extern_block};
use loader::ProgramLoader;
pub use loader::module_candidates;
pub use signature::split_header;
use std::cell::{OnceCell, Ref, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
pub use verify::Verified;

/// What takes warnings while a program runs.
pub type WarningSink = Rc<dyn Fn(&Diagnostic, &SourceMap)>;

/// How programs are run.
#[derive(Clone, Default)]
pub struct Options {
    pub pin_checks: PinChecks,
    pub pin_leaks: PinLeaks,
    /// Which C a script may call: none unless it is said.
    pub foreign_calls: ForeignCalls,
    /// Every call of C goes by libffi, none directly: for tests of both ways.
    pub calls_by_libffi: bool,
    /// Bytes that managed memory may take.
    pub max_heap: Option<u64>,
    /// Instructions that may be executed.
    pub fuel: Option<u64>,
    pub gc: GcOptions,
    /// Folders in which modules named without a path are looked for, after that of the importing file.
    pub module_path: Vec<PathBuf>,
    /// Count where the time goes, for [`Session::take_profile`].
    pub profile: bool,
    /// What `os.args` holds.
    pub script_arguments: Vec<String>,
    /// What reads the headers that extern blocks name.
    pub c_compiler: CCompiler,
    /// Where what headers said is kept for the next time; nowhere if `None`.
    pub header_cache: Option<PathBuf>,
    /// Headers that are kept in memory between two readings of a script, for those who read it again and again.
    pub kept_headers: Option<KeptHeaders>,
    /// Warnings are dropped if `None`.
    pub on_warning: Option<WarningSink>,
}

/// Which C a script may call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ForeignCalls {
    /// Any extern block, use of `ffi` or binding module is an error.
    #[default]
    Denied,
    /// These libraries may be loaded, as extern blocks name them.
    Only(Vec<String>),
    Allowed,
}

/// Settings of the collector for those who test it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GcOptions {
    /// Collect at every nth allocation.
    pub stress: Option<u32>,
    /// Walk the whole heap after each collection.
    pub verify: bool,
    /// Overwrite freed memory.
    pub poison: bool,
    /// Give each object pages of its own, which become inaccessible when it is freed, for good.
    pub noreuse: bool,
    /// Make a step of a collection, as small as can be, at every nth allocation (`stress`), and no whole ones.
    pub steps: bool,
    /// Never collect unless asked.
    pub off: bool,
    /// Tell about each collection on standard error.
    pub trace: bool,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    Done,
    /// One uncaught error, or all that the compiler found.
    Failed(Vec<Diagnostic>),
    /// An end that no script can catch.
    Fatal(Diagnostic),
    /// `os.exit`; also with 141 once nobody reads standard output any more.
    Exit(i32),
    /// Ctrl-C, not caught.
    Interrupted,
}

/// What became of an entry of a dialogue.
#[derive(Debug)]
pub enum Entry {
    Value {
        /// The `repr` of the value, shortened for people; `None` if the entry was a statement or the value is nil.
        rendered: Option<String>,
        type_name: String,
    },
    Failed(Vec<Diagnostic>),
    Fatal(Diagnostic),
    Exit(i32),
    Interrupted,
}

/// What could stand where the cursor is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Completions {
    /// The byte of the line from which the text up to the cursor is replaced.
    pub start: usize,
    pub items: Vec<Completion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    /// A word about it: `function`, `*c_int`; may be empty.
    pub detail: String,
}

/// A form of a program between text and result, for those who want to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Tokens,
    Tree,
    Code,
}

/// What finding and compiling modules needs of the options.
struct Settings {
    module_path: Vec<PathBuf>,
    denies_ffi: bool,
    c_compiler: CCompiler,
    header_cache: Option<PathBuf>,
    kept_headers: Option<KeptHeaders>,
}

/// An interpreter with its sources and its memory.
pub struct Session {
    options: Options,
    sources: Rc<RefCell<SourceMap>>,
    settings: Rc<Settings>,
    loader: Rc<ProgramLoader>,
    vm: Vm,
    dialogue: Option<Dialogue>,
    /// The library's items, once a signature was asked for.
    library: OnceCell<Vec<documentation::Item>>,
    /// The module of the last file or text that was run or loaded.
    main: Option<&'static Module>,
}

/// The module of a dialogue, which grows with each entry.
struct Dialogue {
    module: &'static Module,
    scope: ModuleScope,
    /// What its C text has declared.
    declared_c: Prelude,
    /// The slots of `_`, `_1`, `_2` and `_3`.
    values: [u32; 4],
    /// The slot of `_err`.
    error: u32,
}

impl Session {
    pub fn new(options: Options) -> Session {
        let sources: Rc<RefCell<SourceMap>> = Rc::default();
        let settings = Rc::new(Settings {
            module_path: options.module_path.clone(),
            denies_ffi: options.foreign_calls == ForeignCalls::Denied,
            c_compiler: options.c_compiler.clone(),
            header_cache: options.header_cache.clone(),
            kept_headers: options.kept_headers.clone(),
        });
        let heap = HeapConfig {
            max_heap: options.max_heap.map_or(usize::MAX, |bytes| bytes as usize),
            off: options.gc.off,
            stress_every: options.gc.stress.unwrap_or(0) as u64,
            verify: options.gc.verify,
            poison: options.gc.poison,
            never_reuse: options.gc.noreuse,
            steps: options.gc.steps,
            trace: options.gc.trace,
            ..HeapConfig::default()
        };
        let mut vm = Vm::new(VmConfig { heap, fuel: options.fuel });
        vm.sources = Rc::clone(&sources);
        vm.runtime.pin_policy = PinPolicy { checks: options.pin_checks, leaks: options.pin_leaks };
        vm.script_arguments = options.script_arguments.clone();
        vm.install(builtins::namespaces());
        crate::ffi::install(
            &mut vm,
            crate::ffi::FfiConfig {
                deny: options.foreign_calls == ForeignCalls::Denied,
                allow: match &options.foreign_calls {
                    ForeignCalls::Only(libraries) => Some(libraries.clone()),
                    ForeignCalls::Denied | ForeignCalls::Allowed => None,
                },
                by_libffi: options.calls_by_libffi,
                search: Vec::new(),
            },
        );
        let loader = Rc::new(ProgramLoader::new(Rc::clone(&settings), Rc::clone(&sources)));
        vm.loader = Some(Rc::clone(&loader) as Rc<dyn crate::vm::Loader>);
        if let Some(sink) = options.on_warning.clone() {
            let sources = Rc::clone(&sources);
            vm.on_warning = Some(Box::new(move |vm, place, value| {
                let mut diagnostic = report::diagnostic_of(vm, value);
                diagnostic.severity = Severity::Warning;
                if place.is_empty() {
                    diagnostic.kind = String::new();
                } else {
                    diagnostic.message = format!("{place}: {}", diagnostic.message);
                }
                // What was printed before comes before.
                let _ = vm.output.flush();
                sink(&diagnostic, &sources.borrow());
            }));
        }
        if options.profile {
            vm.start_profile();
        }
        Session { options, sources, settings, loader, vm, dialogue: None, library: OnceCell::new(), main: None }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// All texts this session has seen, to render its diagnostics with.
    pub fn sources(&self) -> Ref<'_, SourceMap> {
        self.sources.borrow()
    }

    /// The interpreter, for embedders.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// The text of bytes read from outside; if they are no source text an error that shows the place.
    pub fn decode(&mut self, name: &str, bytes: Vec<u8>) -> Result<String, Vec<Diagnostic>> {
        compiling::decode(&self.sources, name, &bytes)
    }

    /// Runs a file; relative imports are looked for beside it.
    pub fn run_file(&mut self, path: &Path) -> Outcome {
        let outcome = self.load_file(path);
        self.finish(outcome)
    }

    /// Runs a text that messages call `name`; relative imports are looked for in the working directory.
    pub fn run_text(&mut self, name: &str, text: &str) -> Outcome {
        let outcome = self.load_text(name, text);
        self.finish(outcome)
    }

    /// Runs a file as [`Session::run_file`] does, but leaves what it holds of C's open for calls of its functions.
    pub fn load_file(&mut self, path: &Path) -> Outcome {
        let name = path.to_string_lossy().into_owned();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Outcome::Fatal(no_place(format!("cannot read {name}: {error}"))),
        };
        self.loader.begin_main(path);
        let key = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        match self.decode(&name, bytes) {
            Ok(text) => self.run_main(&name, &key.to_string_lossy(), &text),
            Err(found) => Outcome::Failed(found),
        }
    }

    /// Runs a text as [`Session::run_text`] does, but leaves what it holds of C's open for calls of its functions.
    pub fn load_text(&mut self, name: &str, text: &str) -> Outcome {
        self.run_main(name, name, text)
    }

    /// Calls a function that the last loaded program defines at its top level, and waits for its result. Errors of the script, and a
    /// result that is no plain data, are the outcome.
    #[allow(clippy::result_large_err, reason = "made once for each call from outside; boxes would be in every match")]
    pub fn call(&mut self, function: &str, arguments: &[Data]) -> Result<Data, Outcome> {
        let result = self.call_main(function, arguments);
        match (self.vm.flush_output(), result) {
            (Ok(()), Ok(data)) => Ok(data),
            (_, Err(thrown)) | (Err(thrown), Ok(_)) => Err(report::outcome_of(&mut self.vm, thrown)),
        }
    }

    /// What may be run from now on, in instructions; `None` for no limit. A run that needs more ends with [`Outcome::Fatal`].
    pub fn set_fuel(&mut self, fuel: Option<u64>) {
        self.vm.set_fuel(fuel);
    }

    fn call_main(&mut self, function: &str, arguments: &[Data]) -> Result<Data, Thrown> {
        let exported = self.main.and_then(|main| main.export(function).map(|slot| main.slot(slot)));
        let Some(callee) = exported.filter(|value| !value.is_undefined()) else {
            return self.vm.runtime.fail(ErrorKind::NameError, format!("no loaded program defines {function}"));
        };
        let arguments = arguments.iter().map(|data| data.to_value(&mut self.vm)).collect::<Result<Vec<_>, _>>()?;
        let value = self.vm.call(callee, &arguments)?;
        Data::of(&mut self.vm, value)
    }

    fn run_main(&mut self, name: &str, key: &str, text: &str) -> Outcome {
        match compiling::compile_text(&mut self.vm, &self.sources, &self.settings, name, text, true) {
            Ok(compiled) => self.run_compiled(key, &compiled),
            Err(found) => Outcome::Failed(found),
        }
    }

    fn run_compiled(&mut self, key: &str, compiled: &Compiled) -> Outcome {
        let module = self.vm.add_module("<main>".into(), key.into(), compiled.unit.slots.len());
        self.main = Some(module);
        let main = match self.vm.link(&compiled.unit, module) {
            Ok(main) => main,
            Err(error) => return report::outcome_of_link(&mut self.vm, error),
        };
        match self.vm.run_main(main) {
            Ok(_) => Outcome::Done,
            Err(thrown) => report::outcome_of(&mut self.vm, thrown),
        }
    }

    /// What was printed goes out, whatever the end; if it cannot, that is the outcome.
    fn finish(&mut self, outcome: Outcome) -> Outcome {
        if !matches!(outcome, Outcome::Fatal(_)) {
            self.release_foreign();
        }
        if self.options.pin_leaks == PinLeaks::Warn {
            self.vm.warn_of_pins_at_exit();
        }
        match (self.vm.flush_output(), outcome) {
            (Err(thrown), Outcome::Done) => report::outcome_of(&mut self.vm, thrown),
            (_, outcome) => outcome,
        }
    }

    /// Releases what the program owns of C's.
    fn release_foreign(&mut self) {
        if let Some(foreign) = self.vm.foreign {
            foreign.finish(&mut self.vm);
        }
    }

    /// Releases what a dialogue that is over owns of C's, and tells what it leaves pinned, if leaks are to be told.
    pub fn end_dialogue(&mut self) {
        self.release_foreign();
        if self.options.pin_leaks == PinLeaks::Warn {
            self.vm.warn_of_pins_at_exit();
        }
    }

    /// All that the compiler finds in a text.
    pub fn check_text(&mut self, name: &str, text: &str) -> Vec<Diagnostic> {
        match compiling::compile_text(&mut self.vm, &self.sources, &self.settings, name, text, true) {
            Ok(compiled) => {
                let mistakes = crate::ffi::mistakes_in_contracts(&compiled.unit);
                // As the first call would say it.
                let diagnostic = |(range, message)| Diagnostic::new(Severity::Error, "FFIError", message, range);
                mistakes.into_iter().map(diagnostic).collect()
            }
            Err(found) => found,
        }
    }

    /// Declarations of installed headers as source text.
    pub fn bind(&self, request: &BindRequest) -> Result<Bound, CompilerFailure> {
        let stem = |header: &String| header.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or("").to_string();
        let hints: Vec<String> = request.headers.last().map(stem).into_iter().collect();
        let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
        let denied = self.settings.denies_ffi;
        let known = Libraries {
            that_exports: &|symbols| crate::ffi::library_that_exports(symbols, &hints),
            lacks: &|libraries, symbols| {
                let libraries: Vec<Rc<str>> = libraries.iter().map(|library| library.as_str().into()).collect();
                let missing = if denied { Ok(Vec::new()) } else { crate::ffi::missing_symbols(&libraries, None, symbols) };
                missing.unwrap_or_default().into_iter().map(|(index, _)| index).collect()
            },
        };
        crate::binding::bind(request, &self.options.c_compiler, &known)
    }

    /// Where the time went since the session was made, if [`Options::profile`] asked for it; empties the account.
    pub fn take_profile(&mut self) -> Vec<ProfiledStack> {
        self.vm.take_profile()
    }

    /// A listing of a text at some stage of its way.
    pub fn dump(&mut self, stage: Stage, name: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
        match stage {
            Stage::Code => {
                let compiled = compiling::compile_text(&mut self.vm, &self.sources, &self.settings, name, text, true)?;
                Ok(crate::bytecode::list_unit(&compiled.unit, &self.sources.borrow()))
            }
            Stage::Tree => {
                let file = compiling::add_source(&self.sources, name, text)?;
                let parsed = syntax::parse(&file);
                if parsed.diagnostics.is_empty() { Ok(syntax::print_tree(&parsed.module)) } else { Err(parsed.diagnostics) }
            }
            Stage::Tokens => {
                let file = compiling::add_source(&self.sources, name, text)?;
                Ok(listed_tokens(&file))
            }
        }
    }

    /// From now on a fault in C is reported before the process dies of it.
    pub fn catch_crashes(&mut self) {
        crate::vm::catch_crashes();
    }

    /// From now on Ctrl-C throws `Interrupted` into the running script instead of ending the process; the second
    /// press before the script has answered the first ends it with status 130.
    pub fn catch_interrupts(&mut self) {
        let (interrupted, attention) = self.vm.interrupt_flags();
        crate::vm::catch_interrupts(interrupted, attention);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.release_foreign();
    }
}

fn no_place(message: String) -> Diagnostic {
    Diagnostic::new(Severity::Fatal, "", message, SourceRange::NOWHERE)
}

/// One token a line: its place, its class, its text.
fn listed_tokens(file: &SourceFile) -> String {
    let mut listing = String::new();
    for token in syntax::tokens(file) {
        let (line, column) = file.line_column(token.range.start);
        let text = file.slice(token.range).escape_debug().to_string();
        let row = format!("{:>9}  {:<13}  {text}", format!("{line}:{column}"), token.class.name());
        listing.push_str(row.trim_end());
        listing.push('\n');
    }
    listing
}
