//! What belongs beside the program once it is installed: completions for shells, and the manual page. Both come from the description of
//! the command line, so they cannot disagree with it.

use super::Status;
use super::arguments::{Arguments, COMMANDS, Completions};
use clap::CommandFactory;
use std::io::Write;

/// Prints the script that makes a shell complete `cotter`.
pub fn completions(completions: &Completions) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Arguments::command(), "cotter", &mut script);
    print(&script)
}

/// Prints the manual page, for `man -l`. Commands have no pages of their own; their help is what it points to.
pub fn manual() -> Status {
    let mut page = Vec::new();
    if clap_mangen::Man::new(Arguments::command()).render(&mut page).is_err() {
        return Status::FAILED;
    }
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in COMMANDS {
        page = page.replace(&format!("cotter\\-{command}(1)"), &format!("cotter {command} \\-\\-help"));
    }
    print(page.as_bytes())
}

/// Nobody who reads the first lines only is told that the rest could not be written.
fn print(bytes: &[u8]) -> Status {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Ok(()) => Status::OK,
        Err(_) => Status::CLOSED_PIPE,
    }
}
