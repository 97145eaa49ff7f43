//! `cotter SCRIPT`, `cotter run`, `cotter -e`, standard input, and which of them is meant.

use super::arguments::{Repl, Run};
use super::report::{self, Reporter};
use super::{Status, environment, repl, usage};
use crate::session::{Entry, Options, Outcome, Session};
use std::io::{IsTerminal, Read};
use std::path::Path;

pub(super) const COMMAND_LINE: &str = "<command line>";
const STANDARD_INPUT: &str = "<stdin>";

pub fn run(arguments: Run, words: &[String]) -> Status {
    if arguments.version {
        return usage::version();
    }
    if let Some(option) = arguments.unknown_option(words) {
        return usage::unknown_option(option);
    }
    let dialogue = arguments.code.is_empty() && arguments.rest.is_empty() && std::io::stdin().is_terminal();
    let (mut options, reporter) = match settings(&arguments.options, dialogue) {
        Ok(settings) => settings,
        Err(status) => return status,
    };
    let mut rest = arguments.rest.into_iter();
    if !arguments.code.is_empty() {
        options.script_arguments = rest.collect();
        let code = arguments.code.join("\n");
        return match arguments.print {
            true => run_and_print(&code, options, reporter),
            false => run_text(COMMAND_LINE, &code, options, reporter),
        };
    }
    let script = rest.next();
    options.script_arguments = rest.collect();
    match script.as_deref() {
        None if dialogue => repl::repl(options, reporter, false),
        None | Some("-") => run_standard_input(options, reporter),
        Some(script) => run_script(script, options, reporter),
    }
}

/// `cotter repl`.
pub fn dialogue(arguments: Repl) -> Status {
    match settings(&arguments.options, true) {
        Ok((options, reporter)) => repl::repl(options, reporter, arguments.quiet),
        Err(status) => status,
    }
}

fn settings(given: &super::arguments::RunOptions, dialogue: bool) -> Result<(Options, Reporter), Status> {
    let mistake = |error: environment::InvalidVariable| usage::mistake(&error.0, &[]);
    let mut options = environment::session_options(given, dialogue, &environment::variable).map_err(mistake)?;
    let format = environment::error_format(given.error_format, &environment::variable).map_err(mistake)?;
    let reporter = Reporter::new(format);
    options.on_warning = Some(reporter.warning_sink());
    Ok((options, reporter))
}

fn run_script(script: &str, options: Options, reporter: Reporter) -> Status {
    if let Some(status) = usage::missing_command(script) {
        return status;
    }
    if let Err(status) = usage::read(script) {
        return status;
    }
    let mut session = interruptible(options);
    let outcome = session.run_file(Path::new(script));
    reporter.conclude(outcome, &session.sources())
}

fn run_text(name: &str, text: &str, options: Options, reporter: Reporter) -> Status {
    let mut session = interruptible(options);
    let outcome = session.run_text(name, text);
    reporter.conclude(outcome, &session.sources())
}

fn run_standard_input(options: Options, reporter: Reporter) -> Status {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        return usage::mistake(&format!("cannot read standard input: {error}"), &[]);
    }
    let mut session = interruptible(options);
    match session.decode(STANDARD_INPUT, bytes) {
        Ok(text) => {
            let outcome = session.run_text(STANDARD_INPUT, &text);
            reporter.conclude(outcome, &session.sources())
        }
        Err(found) => reporter.conclude(Outcome::Failed(found), &session.sources()),
    }
}

fn run_and_print(code: &str, options: Options, reporter: Reporter) -> Status {
    let mut session = interruptible(options);
    match session.evaluate_entry(COMMAND_LINE, code) {
        Entry::Value { rendered: Some(text), .. } => report::print(&format!("{text}\n")).unwrap_or(Status::OK),
        Entry::Value { rendered: None, .. } => Status::OK,
        Entry::Failed(found) => reporter.conclude(Outcome::Failed(found), &session.sources()),
        Entry::Fatal(diagnostic) => reporter.conclude(Outcome::Fatal(diagnostic), &session.sources()),
        Entry::Exit(status) => reporter.conclude(Outcome::Exit(status), &session.sources()),
        Entry::Interrupted => reporter.conclude(Outcome::Interrupted, &session.sources()),
    }
}

fn interruptible(options: Options) -> Session {
    let mut session = Session::new(options);
    session.catch_interrupts();
    session.catch_crashes();
    session
}
