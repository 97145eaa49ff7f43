//! The command `cotter`: what its arguments mean, and what it says and returns.
//!
//! This is the door of the house. Nothing below it reads the environment for settings, decides what is printed about an
//! error, or ends the process; here all of that is done, once:
//!
//! 1. [`arguments`] is the shape of the command line, [`environment`] adds the variables `COTTER_…` and answers what
//!    else the environment decides (colours, the history file).
//! 2. One file per command: [`run`], [`repl`], [`check`], [`doc`], [`fmt`], [`lsp`], [`dump`], [`test`], [`mod@bind`], [`verify`].
//! 3. [`report`] prints diagnostics; [`usage`] is for mistakes in the command itself.
//!
//! Exit status: 0; 1 an uncaught or syntax error, or findings; 2 wrong usage; 70 `fatal:`; 130 after Ctrl-C; 141 when
//! nobody reads the output any more; what `os.exit` was given.
//!
//! SIGPIPE is ignored from the start (`main.rs`): a C library that writes to a closed socket must get its error
//! code, not kill the script. A closed standard output is noticed where it is written to.

pub mod arguments;
mod bind;
mod check;
mod doc;
mod dump;
pub mod environment;
mod files;
mod flame_graph;
mod fmt;
mod highlight;
mod install;
mod lsp;
mod meta;
mod nearest;
mod repl;
mod report;
mod run;
pub mod test;
mod transcript;
mod usage;
mod verify;

use arguments::{Arguments, Command, Run};
use clap::Parser;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

/// What the process returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub u8);

impl Status {
    pub const OK: Status = Status(0);
    /// An uncaught error, or findings of `check` and `test`.
    pub const FAILED: Status = Status(1);
    pub const USAGE: Status = Status(2);
    pub const FATAL: Status = Status(70);
    pub const INTERRUPTED: Status = Status(130);
    pub const CLOSED_PIPE: Status = Status(141);
}

/// Runs the command line of this process.
pub fn main() -> Status {
    panic::set_hook(Box::new(|information| {
        let place = information.location().map(|place| format!(" at {place}")).unwrap_or_default();
        let message = information.payload_as_str().unwrap_or("no message");
        report::print_error(&format!(
            "fatal: internal error{place}: {message}\n  help: this is a mistake in cotter, please report it; unless the script calls C, which \
             wrote beyond memory that it was given: then a run with --gc=stress,verify tells where\n"
        ));
    }));
    panic::catch_unwind(AssertUnwindSafe(dispatch)).unwrap_or(Status::FATAL)
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.0)
    }
}

fn dispatch() -> Status {
    // Words that are no text are for the parser to complain of.
    let words: Option<Vec<String>> = std::env::args_os().map(|word| word.into_string().ok()).collect();
    if let Some(words) = words
        && let Some(run) = Run::of_a_script(&words)
    {
        return run::run(run, &words);
    }
    dispatch_parsed()
}

/// Goes by the whole description of the command line. Apart, since most runs can do without, and its code is large.
#[cold]
#[inline(never)]
fn dispatch_parsed() -> Status {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::answer(&error),
    };
    let words: Vec<String> = std::env::args().collect();
    match arguments.command {
        None => run::run(arguments.run, &words),
        Some(Command::Run(run)) => run::run(run, &words),
        Some(Command::Repl(repl)) => run::dialogue(repl),
        Some(Command::Check(check)) => check::check(check),
        Some(Command::Doc(doc)) => doc::doc(doc),
        Some(Command::Dump(dump)) => dump::dump(dump),
        Some(Command::Fmt(fmt)) => fmt::fmt(fmt),
        Some(Command::Lsp(_)) => lsp::lsp(),
        Some(Command::Test(test)) => test::command(test),
        Some(Command::Bind(bind)) => bind::bind(bind),
        Some(Command::Verify(verify)) => verify::verify(verify),
        Some(Command::Completions(completions)) => install::completions(&completions),
        Some(Command::Manual) => install::manual(),
    }
}
