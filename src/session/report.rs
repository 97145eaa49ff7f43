//! From what was thrown to a diagnostic.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceRange;
use crate::value::{AS_WRITTEN, ErrorKind, ErrorRef, FatalEnd, Kind, Thrown, Value, write_repr};
use crate::vm::{LinkError, Vm};

use super::Outcome;

/// The outcome of a run that threw.
pub fn outcome_of(vm: &mut Vm, thrown: Thrown) -> Outcome {
    match thrown {
        Thrown::Value(value) => Outcome::Failed(vec![diagnostic_of(vm, value)]),
        Thrown::Exit(status) => Outcome::Exit(status),
        Thrown::Interrupted => Outcome::Interrupted,
        Thrown::Closed => Outcome::Done,
        Thrown::Fatal(end) => Outcome::Fatal(fatal(&end)),
    }
}

pub fn fatal(end: &FatalEnd) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(Severity::Fatal, "", end.message.clone(), SourceRange::NOWHERE);
    diagnostic.details = end.details.clone();
    diagnostic
}

/// Mistakes in declarations, or what linking threw.
pub fn outcome_of_link(vm: &mut Vm, error: LinkError) -> Outcome {
    match error {
        LinkError::Thrown(thrown) => outcome_of(vm, thrown),
        LinkError::Declarations(errors) => {
            Outcome::Failed(errors.into_iter().map(|(range, message)| Diagnostic::syntax(message, range)).collect())
        }
    }
}

/// An uncaught value as people see it.
pub fn diagnostic_of(vm: &mut Vm, value: Value) -> Diagnostic {
    let Some(error) = ErrorRef::of(value) else {
        let mut text = String::new();
        if write_repr(vm, value, &mut text).is_err() {
            text = format!("a value of type {}", vm.runtime.type_name_of(value));
        }
        return Diagnostic::new(Severity::Error, "", text, vm.thrown_place);
    };
    diagnostic_of_error(vm, error, 0)
}

/// Causes are followed this far.
const MAXIMUM_CAUSES: usize = 16;

fn diagnostic_of_error(vm: &mut Vm, error: ErrorRef, depth: usize) -> Diagnostic {
    let kind = text_of(error.kind());
    let message = text_of(error.message());
    let mut diagnostic = Diagnostic::new(Severity::Error, kind, message, place_of(error.value()));
    if let Some(number) = error.argument().to_int()
        && let Some(range) = super::argument::argument_range(&vm.sources.borrow(), diagnostic.primary.range, number as usize)
    {
        diagnostic = diagnostic_at(diagnostic, range);
    }
    diagnostic.primary.text = error.label().to_str().unwrap_or("").to_string();
    diagnostic.details = ErrorRef::lines(error.details()).into_iter().map(str::to_string).collect();
    let argument = diagnostic.at.and_then(|_| {
        let range = diagnostic.primary.range;
        vm.sources.borrow().file(range).map(|file| file.slice(range).to_string())
    });
    diagnostic.help = ErrorRef::lines(error.help()).into_iter().map(|line| with_argument(line, argument.as_deref())).collect();
    diagnostic.trace = vm.trace_lines(error.value());
    if let Some(cause) = ErrorRef::of(error.cause())
        && depth < MAXIMUM_CAUSES
    {
        diagnostic.cause = Some(Box::new(diagnostic_of_error(vm, cause, depth + 1)));
    } else if !error.cause().is_nil() && depth < MAXIMUM_CAUSES {
        let mut text = String::new();
        if write_repr(vm, error.cause(), &mut text).is_ok() {
            diagnostic.help.push(format!("caused by the value {text}"));
        }
    }
    diagnostic
}

/// Arguments that are longer are not repeated in a `help:` line.
const SHORT_ARGUMENT: usize = 40;

/// A `help:` line with the argument as it is written, see [`AS_WRITTEN`].
fn with_argument(line: &str, written: Option<&str>) -> String {
    let written = written.filter(|text| text.len() <= SHORT_ARGUMENT && !text.contains('\n'));
    let parts = line.split(AS_WRITTEN).enumerate();
    parts.map(|(i, part)| if i % 2 == 1 { written.unwrap_or(part) } else { part }).collect()
}

/// The diagnostic with its marker under an argument of the call that its heading names.
fn diagnostic_at(mut diagnostic: Diagnostic, argument: SourceRange) -> Diagnostic {
    diagnostic.at = Some(diagnostic.primary.range);
    diagnostic.primary.range = argument;
    diagnostic
}

fn text_of(value: Value) -> String {
    value.to_str().unwrap_or(ErrorKind::TypeError.name()).to_string()
}

/// Where an error was thrown first.
pub fn place_of(error: Value) -> SourceRange {
    if !error.is_kind(Kind::Error) {
        return SourceRange::NOWHERE;
    }
    let object = ErrorRef::of(error).map(|e| (e.range_start().to_int(), e.range_end().to_int()));
    match object {
        Some((Some(start), Some(end))) => SourceRange::new(start as u32, end as u32),
        _ => SourceRange::NOWHERE,
    }
}

/// Gives an error that has not been thrown yet its place.
pub fn set_place(error: Value, range: SourceRange) {
    if let Some(error) = ErrorRef::of(error) {
        error.set_range_start(range.start as i64);
        error.set_range_end(range.end as i64);
    }
}
