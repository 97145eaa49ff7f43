//! Text to result: the interface for programs that embed Cotter, and the one that the command line and tests use.
//!
//! A [`Session`] is one interpreter with its sources, its memory and its open libraries. It runs files and texts
//! ([`Session::run_file`], [`Session::run_text`]), reports what the compiler finds without running
//! ([`Session::check_text`]), and takes the entries of a dialogue, in which each sees the names of those before
//! ([`Session::evaluate_entry`]). It never prints an error or ends the process: it returns an [`Outcome`] and leaves
//! both to its owner. Only warnings cannot wait for an outcome; they go to [`Options::on_warning`] as they happen.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceFile, SourceMap, SourceRange};
use crate::syntax::tree::Module;
use crate::syntax::{self, decode_source, print_tree};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What takes warnings while a program runs.
pub type WarningSink = Rc<dyn Fn(&Diagnostic, &SourceMap)>;

/// How programs are run.
#[derive(Clone, Default)]
pub struct Options {
    pub pin_checks: PinChecks,
    pub pin_leaks: PinLeaks,
    /// Any extern block, use of `ffi` or binding module is an error.
    pub deny_ffi: bool,
    /// The libraries that may be loaded; all if `None`.
    pub allow_ffi: Option<Vec<String>>,
    /// Bytes that managed memory may take.
    pub max_heap: Option<u64>,
    /// Instructions that may be executed.
    pub fuel: Option<u64>,
    pub gc: GcOptions,
    /// Where to draw a profile of the run.
    pub profile: Option<PathBuf>,
    /// Folders in which modules named without a path are looked for, after that of the importing file.
    pub module_path: Vec<PathBuf>,
    /// What `os.args` holds.
    pub script_arguments: Vec<String>,
    /// Warnings are dropped if `None`.
    pub on_warning: Option<WarningSink>,
}

/// Which pointers are checked on their way to C.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PinChecks {
    Off,
    Arguments,
    #[default]
    All,
    Strict,
}

/// What becomes of a pinner that is collected while it holds pins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PinLeaks {
    #[default]
    Fatal,
    Warn,
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

pub struct Session {
    options: Options,
    sources: SourceMap,
}

impl Session {
    pub fn new(options: Options) -> Session {
        Session { options, sources: SourceMap::new() }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// All texts this session has seen, to render its diagnostics with.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// The text of bytes read from outside; if they are no source text an error that shows the place.
    pub fn decode(&mut self, name: &str, bytes: Vec<u8>) -> Result<String, Vec<Diagnostic>> {
        let invalid = match decode_source(&bytes) {
            Ok(text) => return Ok(text),
            Err(invalid) => invalid,
        };
        match self.sources.add(name, invalid.text.clone()) {
            Ok(file) => Err(vec![invalid.diagnostic(&file)]),
            Err(_) => Err(vec![too_much_source()]),
        }
    }

    /// Runs a file; relative imports are looked for beside it.
    pub fn run_file(&mut self, path: &Path) -> Outcome {
        let name = path.to_string_lossy().into_owned();
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return Outcome::Fatal(no_place(format!("cannot read {name}: {error}"))),
        };
        match self.decode(&name, bytes) {
            Ok(text) => self.run_text(&name, &text),
            Err(found) => Outcome::Failed(found),
        }
    }

    /// Runs a text that messages call `name`.
    pub fn run_text(&mut self, name: &str, text: &str) -> Outcome {
        match self.parse(name, text) {
            Ok(_) => Outcome::Fatal(no_interpreter()),
            Err(found) => Outcome::Failed(found),
        }
    }

    /// All that the compiler finds in a text.
    pub fn check_text(&mut self, name: &str, text: &str) -> Vec<Diagnostic> {
        match self.parse(name, text) {
            Ok(_) => vec![no_interpreter()],
            Err(found) => found,
        }
    }

    /// A listing of a text at some stage of its way.
    pub fn dump(&mut self, stage: Stage, name: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
        match stage {
            Stage::Tokens => {
                let file = self.sources.add(name, text).map_err(|_| vec![too_much_source()])?;
                Ok(listed_tokens(&file))
            }
            Stage::Tree => self.parse(name, text).map(|module| print_tree(&module)),
            Stage::Code => Err(self.check_text(name, text)),
        }
    }

    fn parse(&mut self, name: &str, text: &str) -> Result<Module, Vec<Diagnostic>> {
        let file = self.sources.add(name, text).map_err(|_| vec![too_much_source()])?;
        let parsed = syntax::parse(&file);
        if parsed.diagnostics.is_empty() { Ok(parsed.module) } else { Err(parsed.diagnostics) }
    }

    /// Runs an entry of a dialogue that messages call `name`, and binds `_` to its value unless that is nil.
    pub fn evaluate_entry(&mut self, name: &str, text: &str) -> Entry {
        let _ = (name, text);
        Entry::Fatal(no_interpreter())
    }

    /// What could stand at a byte of a line, found without running anything.
    pub fn complete(&self, line: &str, cursor: usize) -> Completions {
        let _ = line;
        Completions { start: cursor, items: Vec::new() }
    }

    /// The documentation of a name, dotted for what is in a module.
    pub fn documentation(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// From now on Ctrl-C throws `Interrupted` into the running script instead of ending the process; the second
    /// press before the script has answered the first ends it with status 130.
    pub fn catch_interrupts(&mut self) {}
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

fn too_much_source() -> Diagnostic {
    no_place("more than 4 GiB of source text".into())
}

fn no_place(message: String) -> Diagnostic {
    Diagnostic::new(Severity::Fatal, "", message, SourceRange::NOWHERE)
}

fn no_interpreter() -> Diagnostic {
    no_place("this build of cotter holds no interpreter".into())
}
