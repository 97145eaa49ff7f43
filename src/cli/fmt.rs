//! `cotter fmt`: source text in the one style, in place, or to standard output.

use super::arguments::Fmt;
use super::files::scripts_in;
use super::report::{self, Reporter};
use super::{Status, environment, usage};
use crate::fmt::format;
use crate::session::{ForeignCalls, Options, Session};
use crate::source::SourceMap;
use similar::TextDiff;
use std::io::{IsTerminal, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

const STANDARD_INPUT: &str = "<stdin>";

/// Lines of a difference that are shown around what changes.
const CONTEXT: usize = 2;

pub fn fmt(arguments: Fmt) -> Status {
    let format = match environment::error_format(arguments.error_format, &environment::variable) {
        Ok(format) => format,
        Err(error) => return usage::mistake(&error.0, &[]),
    };
    let reporter = Reporter::new(format);
    let files = match arguments.files.is_empty() {
        false => arguments.files,
        true if std::io::stdin().is_terminal() => {
            return usage::mistake("there is nothing to format", &["give files or folders, such as `cotter fmt .`".to_string()]);
        }
        true => vec!["-".to_string()],
    };
    let mut status = Status::OK;
    for name in &files {
        let one = if name == "-" { standard_input(arguments.check, reporter) } else { path(name, arguments.check, reporter) };
        if one == Status::CLOSED_PIPE {
            return one;
        }
        status = worse(status, one);
    }
    status
}

/// What the process returns for both: a mistake in the command outweighs a finding.
fn worse(left: Status, right: Status) -> Status {
    if left.0 >= right.0 { left } else { right }
}

fn path(name: &str, check: bool, reporter: Reporter) -> Status {
    if !Path::new(name).is_dir() {
        return file(Path::new(name), check, reporter);
    }
    let found = match scripts_in(name) {
        Ok(found) => found,
        Err(status) => return status,
    };
    let mut status = Status::OK;
    for path in found {
        status = worse(status, file(&path, check, reporter));
        if status == Status::CLOSED_PIPE {
            break;
        }
    }
    status
}

fn file(path: &Path, check: bool, reporter: Reporter) -> Status {
    let name = path.display().to_string();
    let bytes = match usage::read(&name) {
        Ok(bytes) => bytes,
        Err(status) => return status,
    };
    let text = match formatted(&name, bytes.clone(), reporter) {
        Ok(text) => text,
        Err(status) => return status,
    };
    if bytes == text.as_bytes() {
        return Status::OK;
    }
    if check {
        return difference(&name, &bytes, &text);
    }
    match std::fs::write(path, text) {
        Ok(()) => Status::OK,
        Err(error) => usage::mistake(&format!("cannot write `{name}`: {error}"), &[]),
    }
}

fn standard_input(check: bool, reporter: Reporter) -> Status {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
        return usage::mistake(&format!("cannot read standard input: {error}"), &[]);
    }
    match formatted(STANDARD_INPUT, bytes.clone(), reporter) {
        Ok(text) if !check => report::print(&text).unwrap_or(Status::OK),
        Ok(text) if text.as_bytes() == bytes => Status::OK,
        Ok(text) => difference(STANDARD_INPUT, &bytes, &text),
        Err(status) => status,
    }
}

/// The text in its style. What is wrong with it is reported, as `cotter check` would.
fn formatted(name: &str, bytes: Vec<u8>, reporter: Reporter) -> Result<String, Status> {
    let mut session = Session::new(Options { foreign_calls: ForeignCalls::Allowed, ..Options::default() });
    let found = match session.decode(name, bytes) {
        Ok(text) => {
            let mut sources = SourceMap::new();
            let Ok(file) = sources.add(name, text.as_str()) else { return Err(Status::FAILED) };
            // A mistake of the formatter, which the hook has told about, is no reason to leave out the files behind this one.
            match panic::catch_unwind(AssertUnwindSafe(|| format(&file))) {
                Ok(Ok(text)) => return Ok(text),
                Ok(Err(_)) => session.check_text(name, &text),
                Err(_) => return Err(Status::FATAL),
            }
        }
        Err(found) => found,
    };
    found.iter().for_each(|diagnostic| reporter.report(diagnostic, &session.sources()));
    Err(Status::FAILED)
}

/// Shows what would change.
fn difference(name: &str, bytes: &[u8], text: &str) -> Status {
    let old = String::from_utf8_lossy(bytes);
    let diff = TextDiff::from_lines(&*old, text);
    let shown = diff.unified_diff().context_radius(CONTEXT).header(name, &format!("{name} (formatted)")).to_string();
    report::print(&shown).unwrap_or(Status::FAILED)
}
