//! `cotter SCRIPT`, `cotter run`, `cotter -e`, standard input, and which of them is meant.

use super::arguments::{Repl, Run};
use super::report::{self, Reporter};
use super::{Status, environment, flame_graph, repl, usage};
use crate::session::{Entry, Options, Outcome, Session};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

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
    let end = End { reporter, profile: environment::profile(&arguments.options, &environment::variable) };
    let mut rest = arguments.rest.into_iter();
    if !arguments.code.is_empty() {
        options.script_arguments = rest.collect();
        let code = arguments.code.join("\n");
        return match arguments.print {
            true => run_and_print(&code, options, &end),
            false => run_text(COMMAND_LINE, &code, options, &end),
        };
    }
    let script = rest.next();
    options.script_arguments = rest.collect();
    match script.as_deref() {
        None if dialogue => repl::repl(options, reporter, false),
        None | Some("-") => run_standard_input(options, &end),
        Some(script) => run_script(script, options, &end),
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
    if dialogue && options.profile {
        return Err(usage::mistake("a dialogue has no profile", &["--profile is for runs of a script".to_string()]));
    }
    Ok((options, reporter))
}

/// What is done when a run is over.
struct End {
    reporter: Reporter,
    /// The file that gets its profile.
    profile: Option<PathBuf>,
}

impl End {
    /// Says how a run of `name` ended, and writes its profile.
    fn conclude(&self, name: &str, outcome: Outcome, session: &mut Session) -> Status {
        let status = self.reporter.conclude(outcome, &session.sources());
        let Some(path) = &self.profile else { return status };
        match std::fs::write(path, flame_graph::draw(name, &session.take_profile())) {
            Ok(()) => status,
            Err(error) => {
                report::print_error(&format!("error: cannot write the profile to {}: {error}\n", path.display()));
                if status == Status::OK { Status::FAILED } else { status }
            }
        }
    }
}

fn run_script(script: &str, options: Options, end: &End) -> Status {
    if let Err(status) = usage::read(script) {
        return status;
    }
    let mut session = interruptible(options);
    let outcome = session.run_file(Path::new(script));
    end.conclude(script, outcome, &mut session)
}

fn run_text(name: &str, text: &str, options: Options, end: &End) -> Status {
    let mut session = interruptible(options);
    let outcome = session.run_text(name, text);
    end.conclude(name, outcome, &mut session)
}

fn run_standard_input(options: Options, end: &End) -> Status {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        return usage::mistake(&format!("cannot read standard input: {error}"), &[]);
    }
    let mut session = interruptible(options);
    match session.decode(STANDARD_INPUT, bytes) {
        Ok(text) => {
            let outcome = session.run_text(STANDARD_INPUT, &text);
            end.conclude(STANDARD_INPUT, outcome, &mut session)
        }
        Err(found) => end.conclude(STANDARD_INPUT, Outcome::Failed(found), &mut session),
    }
}

fn run_and_print(code: &str, options: Options, end: &End) -> Status {
    let mut session = interruptible(options);
    let mut printed = None;
    let outcome = match session.evaluate_entry(COMMAND_LINE, code) {
        Entry::Value { rendered, .. } => {
            printed = rendered.and_then(|text| report::print(&format!("{text}\n")));
            Outcome::Done
        }
        Entry::Failed(found) => Outcome::Failed(found),
        Entry::Fatal(diagnostic) => Outcome::Fatal(diagnostic),
        Entry::Exit(status) => Outcome::Exit(status),
        Entry::Interrupted => Outcome::Interrupted,
    };
    let status = end.conclude(COMMAND_LINE, outcome, &mut session);
    printed.unwrap_or(status)
}

fn interruptible(options: Options) -> Session {
    let mut session = Session::new(options);
    session.catch_interrupts();
    session.catch_crashes();
    session
}
