//! What the environment decides. Nothing else reads it for settings of the command.
//!
//! An option given on the command line wins over its variable, with one exception: `COTTER_DENY_FFI` cannot be lifted.
//! An empty variable counts as not set.

use super::arguments::{self, ErrorFormat, RunOptions};
use crate::diagnostic::Style;
use crate::session::{CCompiler, ForeignCalls, GcOptions, Options, PinLeaks};
use clap::ValueEnum;
use std::env;
use std::io::IsTerminal;
use std::path::PathBuf;

/// A variable with a value that means nothing: the whole message.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidVariable(pub String);

/// Looks variables up; the process's own, or a test's.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable's value in this process.
pub fn variable(name: &str) -> Option<String> {
    env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// Options and environment together. `dialogue` is whether they are for the REPL, which lives on after a leak.
pub fn session_options(given: &RunOptions, dialogue: bool, lookup: Lookup) -> Result<Options, InvalidVariable> {
    let leaks = if dialogue { PinLeaks::Warn } else { PinLeaks::Fatal };
    Ok(Options {
        pin_checks: or_variable(given.pin_checks, "COTTER_PIN_CHECKS", arguments::pin_checks, lookup)?.unwrap_or_default(),
        pin_leaks: or_variable(given.pin_leaks, "COTTER_PIN_LEAKS", arguments::pin_leaks, lookup)?.unwrap_or(leaks),
        foreign_calls: foreign_calls(given, lookup)?,
        calls_by_libffi: lookup("COTTER_FFI_CALLS").is_some_and(|value| value == "libffi"),
        max_heap: or_variable(given.max_heap, "COTTER_MAX_HEAP", arguments::size, lookup)?,
        fuel: or_variable(given.fuel, "COTTER_FUEL", arguments::count, lookup)?,
        gc: or_variable(given.gc, "COTTER_GC", arguments::gc, lookup)?.unwrap_or(GcOptions::default()),
        module_path: module_path(lookup),
        profile: profile(given, lookup).is_some(),
        script_arguments: Vec::new(),
        c_compiler: c_compiler(lookup),
        header_cache: header_cache(lookup),
        kept_headers: None,
        on_warning: None,
    })
}

/// The file that gets the profile of a run.
pub fn profile(given: &RunOptions, lookup: Lookup) -> Option<PathBuf> {
    given.profile.clone().or_else(|| lookup("COTTER_PROFILE").map(PathBuf::from))
}

/// What may be called; whoever denies all is not overruled by a list.
fn foreign_calls(given: &RunOptions, lookup: Lookup) -> Result<ForeignCalls, InvalidVariable> {
    let listed = or_variable(given.allow_ffi.clone(), "COTTER_ALLOW_FFI", arguments::libraries, lookup)?;
    if given.deny_ffi || lookup("COTTER_DENY_FFI").is_some_and(|value| value != "0") {
        return Ok(ForeignCalls::Denied);
    }
    Ok(listed.map_or(ForeignCalls::Allowed, |list| ForeignCalls::Only(list.0)))
}

/// Folders in which modules are looked for.
pub fn module_path(lookup: Lookup) -> Vec<PathBuf> {
    lookup("COTTER_PATH").map(|list| env::split_paths(&list).collect()).unwrap_or_default()
}

/// Options of commands that read scripts and run none.
pub fn reading_options(lookup: Lookup) -> Options {
    let is_denied = lookup("COTTER_DENY_FFI").is_some_and(|value| value != "0");
    let foreign_calls = if is_denied { ForeignCalls::Denied } else { ForeignCalls::Allowed };
    Options { foreign_calls, c_compiler: c_compiler(lookup), header_cache: header_cache(lookup), ..Options::default() }
}

pub fn error_format(given: Option<ErrorFormat>, lookup: Lookup) -> Result<ErrorFormat, InvalidVariable> {
    let parse = |text: &str| ErrorFormat::from_str(text, false).map_err(|_| "expected human, json or short".to_string());
    Ok(or_variable(given, "COTTER_ERROR_FORMAT", parse, lookup)?.unwrap_or_default())
}

fn or_variable<T>(
    given: Option<T>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    lookup: Lookup,
) -> Result<Option<T>, InvalidVariable> {
    if given.is_some() {
        return Ok(given);
    }
    let Some(text) = lookup(name) else { return Ok(None) };
    parse(&text).map(Some).map_err(|reason| InvalidVariable(format!("invalid value `{text}` of the variable {name}: {reason}")))
}

/// Colours for text that goes to a stream: as NO_COLOR and FORCE_COLOR say, otherwise if a terminal shows it.
pub fn style(is_terminal: bool, lookup: Lookup) -> Style {
    let color = if lookup("NO_COLOR").is_some() {
        false
    } else if lookup("FORCE_COLOR").is_some_and(|value| value != "0") {
        true
    } else {
        is_terminal && lookup("TERM").is_none_or(|terminal| terminal != "dumb")
    };
    Style { color }
}

/// Colours for errors of this process.
pub fn error_style() -> Style {
    style(std::io::stderr().is_terminal(), &variable)
}

/// Colours for what this process prints.
pub fn output_style() -> Style {
    style(std::io::stdout().is_terminal(), &variable)
}

/// The C compiler that reads headers: `CC`, else `cc`.
pub fn c_compiler(lookup: Lookup) -> CCompiler {
    let default = CCompiler::default();
    CCompiler { command: lookup("CC").filter(|command| !command.trim().is_empty()).unwrap_or(default.command.clone()), ..default }
}

/// Where what headers said is kept; `None` if there is no place for it, or if it is not to be kept.
pub fn header_cache(lookup: Lookup) -> Option<PathBuf> {
    let folder = match lookup("COTTER_CACHE") {
        Some(folder) => return (folder != "off").then(|| PathBuf::from(folder)),
        None => lookup("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(lookup("HOME")?).join(".cache")))?,
    };
    Some(folder.join("cotter"))
}

/// Where the REPL keeps its history; `None` if there is no place for it.
pub fn history_file(lookup: Lookup) -> Option<PathBuf> {
    if let Some(file) = lookup("COTTER_HISTORY") {
        return Some(PathBuf::from(file));
    }
    let folder = match lookup("XDG_STATE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(lookup("HOME")?).join(".local/state"),
    };
    Some(folder.join("cotter").join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::PinChecks;

    fn with<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
    }

    #[test]
    fn options_win_over_variables() {
        let given = RunOptions { fuel: Some(5), ..Default::default() };
        let lookup = with(&[("COTTER_FUEL", "9"), ("COTTER_MAX_HEAP", "1k"), ("COTTER_PIN_CHECKS", "strict")]);
        let options = session_options(&given, false, &lookup).expect("valid");
        assert_eq!((options.fuel, options.max_heap, options.pin_checks), (Some(5), Some(1024), PinChecks::Strict));
    }

    #[test]
    fn the_module_path_is_a_list() {
        let options = session_options(&RunOptions::default(), false, &with(&[("COTTER_PATH", "/a:b")])).expect("valid");
        assert_eq!(options.module_path, [PathBuf::from("/a"), PathBuf::from("b")]);
    }

    #[test]
    fn denying_cannot_be_lifted() {
        for (value, denied) in [("1", true), ("yes", true), ("0", false)] {
            let lookup_pairs = [("COTTER_DENY_FFI", value)];
            let options = session_options(&RunOptions::default(), false, &with(&lookup_pairs)).expect("valid");
            assert_eq!(options.foreign_calls == ForeignCalls::Denied, denied, "{value}");
        }
    }

    #[test]
    fn a_bad_variable_is_named() {
        let error = session_options(&RunOptions::default(), false, &with(&[("COTTER_GC", "fast")])).err().expect("refused");
        assert!(error.0.contains("COTTER_GC") && error.0.contains("fast"), "{}", error.0);
    }

    #[test]
    fn the_dialogue_survives_leaks_unless_told_otherwise() {
        let given = RunOptions { pin_leaks: Some(PinLeaks::Fatal), ..Default::default() };
        assert_eq!(session_options(&RunOptions::default(), true, &with(&[])).map(|o| o.pin_leaks), Ok(PinLeaks::Warn));
        assert_eq!(session_options(&given, true, &with(&[])).map(|o| o.pin_leaks), Ok(PinLeaks::Fatal));
    }

    #[test]
    fn colors() {
        assert!(!style(true, &with(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")])).color);
        assert!(style(false, &with(&[("FORCE_COLOR", "1")])).color);
        assert!(!style(false, &with(&[("FORCE_COLOR", "0")])).color);
        assert!(!style(true, &with(&[("TERM", "dumb")])).color);
        assert!(style(true, &with(&[("TERM", "xterm")])).color);
    }

    #[test]
    fn history_places() {
        assert_eq!(history_file(&with(&[("COTTER_HISTORY", "/h"), ("HOME", "/u")])), Some(PathBuf::from("/h")));
        assert_eq!(history_file(&with(&[("HOME", "/u")])), Some(PathBuf::from("/u/.local/state/cotter/history")));
        assert_eq!(history_file(&with(&[])), None);
    }
}
