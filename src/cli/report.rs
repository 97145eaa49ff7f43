//! Printing: diagnostics to standard error, the rest to standard output.

use super::arguments::ErrorFormat;
use super::{Status, environment};
use crate::diagnostic::{Diagnostic, Style, machine, render};
use crate::session::{Outcome, WarningSink};
use crate::source::SourceMap;
use std::io::Write;
use std::rc::Rc;

/// How errors are shown in this run.
#[derive(Clone, Copy)]
pub struct Reporter {
    format: ErrorFormat,
    style: Style,
}

impl Reporter {
    pub fn new(format: ErrorFormat) -> Reporter {
        Reporter { format, style: environment::error_style() }
    }

    #[cold]
    #[inline(never)]
    pub fn report(self, diagnostic: &Diagnostic, sources: &SourceMap) {
        print_error(&match self.format {
            ErrorFormat::Human => render(diagnostic, sources, self.style),
            ErrorFormat::Json => machine::json(diagnostic, sources),
            ErrorFormat::Short => machine::short(diagnostic, sources),
        });
    }

    /// What a session calls with warnings.
    pub fn warning_sink(self) -> WarningSink {
        Rc::new(move |diagnostic, sources| self.report(diagnostic, sources))
    }

    /// Says how a run ended, and what the process returns for it.
    pub fn conclude(self, outcome: Outcome, sources: &SourceMap) -> Status {
        match outcome {
            Outcome::Done => Status::OK,
            Outcome::Failed(diagnostics) => {
                diagnostics.iter().for_each(|diagnostic| self.report(diagnostic, sources));
                Status::FAILED
            }
            Outcome::Fatal(diagnostic) => {
                self.report(&diagnostic, sources);
                Status::FATAL
            }
            Outcome::Exit(status) => exit_status(status),
            Outcome::Interrupted => Status::INTERRUPTED,
        }
    }
}

/// The system keeps the lowest byte of what a program returns.
pub fn exit_status(status: i32) -> Status {
    Status((status & 0xff) as u8)
}

/// Writes to standard output. `Some` is the status to leave with because nobody takes it.
#[must_use]
pub fn print(text: &str) -> Option<Status> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => None,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Some(Status::CLOSED_PIPE),
        Err(error) => {
            print_error(&format!("error: cannot write to standard output: {error}\n"));
            Some(Status::FAILED)
        }
    }
}

/// Writes to standard error, in one piece. If that fails there is nobody left to tell.
pub fn print_error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
