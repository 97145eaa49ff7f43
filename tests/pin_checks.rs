//! The contract of the original's harness for the programs that stand for its tests (`docs/go_tests.md`): what is refused passes with
//! the checks switched off, what only the store check refuses also with the checks of arguments alone, and what is accepted is
//! accepted by every level. Each program runs in a process of its own.

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a program expects of the checks, by its own comments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expectation {
    Accepted,
    /// By the check of arguments or results.
    Refused,
    /// By the store check.
    StoreRefused,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pins/go_pointer_checks");
    let mut trials = Vec::new();
    let mut scripts: Vec<PathBuf> =
        std::fs::read_dir(root).expect("a folder of the project").map(|entry| entry.expect("an entry").path()).collect();
    scripts.sort();
    for script in scripts.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "cot")) {
        let text = std::fs::read_to_string(&script).expect("readable");
        let expectation = match text.contains("# error: PinError") {
            false => Expectation::Accepted,
            true if text.contains("unpinned managed pointer stored into C memory") => Expectation::StoreRefused,
            true => Expectation::Refused,
        };
        let name = script.file_stem().expect("a name").to_string_lossy().into_owned();
        for level in ["off", "arguments", "all", "strict"] {
            let passes = matches!(
                (expectation, level),
                (Expectation::Accepted, _) | (_, "off") | (Expectation::StoreRefused, "arguments")
            );
            let script = script.clone();
            trials.push(Trial::test(format!("{name} ({level})"), move || run(&script, level, passes)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(script: &Path, level: &str, passes: bool) -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_cotter"))
        .arg(format!("--pin-checks={level}"))
        .arg(script)
        .output()
        .map_err(|error| Failed::from(format!("cannot run cotter: {error}")))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    match (output.status.code(), passes) {
        (Some(0), true) => Ok(()),
        (Some(1), false) if errors.contains("PinError") => Ok(()),
        (status, _) => {
            Err(Failed::from(format!("status {status:?}, expected it to {}:\n{errors}", if passes { "pass" } else { "fail" })))
        }
    }
}
