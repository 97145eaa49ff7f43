//! Mistakes in the command itself, and the answers to `--help` and `--version`.

use super::arguments::{Arguments, COMMANDS};
use super::nearest::nearest;
use super::{Status, environment, report};
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::path::Path;

/// Prints what the parser of the command line has to say: help, or what it did not understand.
pub fn answer(error: &clap::Error) -> Status {
    let text = error.render();
    if error.use_stderr() {
        report::print_error(&in_our_form(&text.to_string()));
        return Status::USAGE;
    }
    let text = if environment::output_style().color { text.ansi().to_string() } else { text.to_string() };
    debug_assert!(matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand));
    report::print(&text).unwrap_or(Status::OK)
}

/// The parser's complaint with its hints as `help:` lines.
fn in_our_form(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let hint = line.trim_start();
        lines.push(if let Some(values) = hint.strip_prefix("[possible values: ").and_then(|rest| rest.strip_suffix(']')) {
            format!("  help: it takes {values}")
        } else if let Some(tip) = hint.strip_prefix("tip: ") {
            format!("  help: {tip}")
        } else if let Some(usage) = hint.strip_prefix("Usage: ") {
            format!("  help: it is used as {usage}")
        } else if hint.starts_with("For more information") {
            "  help: cotter --help tells more".to_string()
        } else {
            line.to_string()
        });
    }
    lines.join("\n") + "\n"
}

/// An option that does not exist, with the nearest one that does.
pub fn unknown_option(option: &str) -> Status {
    let word = option.split('=').next().unwrap_or(option);
    let definition = Arguments::command();
    let known: Vec<String> =
        definition.get_arguments().filter_map(|known| known.get_long()).map(|long| format!("--{long}")).collect();
    let mut help = Vec::new();
    if let Some(known) = nearest(word, known.iter().map(String::as_str)) {
        help.push(format!("did you mean `{known}`?"));
    }
    help.push("cotter --help lists the options".to_string());
    mistake(&format!("there is no option `{word}`"), &help)
}

/// `error: MESSAGE` with help lines, status 2.
#[cold]
#[inline(never)]
pub fn mistake(message: &str, help: &[String]) -> Status {
    let mut text = format!("error: {message}\n");
    for line in help {
        text.push_str(&format!("  help: {line}\n"));
    }
    report::print_error(&text);
    Status::USAGE
}

/// One line about this program.
pub fn version() -> Status {
    let text = format!("cotter {} ({}-{})\n", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS);
    report::print(&text).unwrap_or(Status::OK)
}

/// The bytes of a file named on the command line, or why they are not to be had.
pub fn read(name: &str) -> Result<Vec<u8>, Status> {
    let path = Path::new(name);
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(no_such_file(name)),
        Ok(data) if data.is_dir() => return Err(a_folder(name)),
        _ => {}
    }
    std::fs::read(path).map_err(|error| mistake(&format!("cannot read `{name}`: {}", reason(&error)), &[]))
}

#[cold]
#[inline(never)]
fn a_folder(name: &str) -> Status {
    let help = format!("give a file in it, or `cotter test {name}` to run the tests in it");
    mistake(&format!("`{name}` is a folder, not a script"), &[help])
}

/// What went wrong, without the number that Rust adds.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

/// A script that is not there is often a misspelt command.
#[cold]
#[inline(never)]
fn no_such_file(name: &str) -> Status {
    let mut help = Vec::new();
    if COMMANDS.contains(&name) {
        help.push(format!("options of a command stand behind it: cotter {name} --option …"));
    } else if let Some(command) = nearest(name, COMMANDS) {
        help.push(format!("did you mean the command `cotter {command}`?"));
    }
    if let Some(file) = nearest_file(Path::new(name)) {
        help.push(format!("did you mean the file `{file}`?"));
    }
    mistake(&format!("there is no file `{name}`"), &help)
}

fn nearest_file(path: &Path) -> Option<String> {
    let with_extension = path.with_extension("cot");
    if with_extension != path && with_extension.is_file() {
        return Some(with_extension.display().to_string());
    }
    let folder = path.parent()?;
    let entries = std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".cot"))
        .collect();
    names.sort();
    let wanted = path.file_name()?.to_str()?;
    let stems = names.iter().map(|name| name.trim_end_matches(".cot"));
    let found = match nearest(wanted, names.iter().map(String::as_str)) {
        Some(name) => name.to_string(),
        None => format!("{}.cot", nearest(wanted, stems)?),
    };
    Some(folder.join(found).display().to_string())
}
