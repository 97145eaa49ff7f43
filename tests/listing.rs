//! The listings of `cotter dump`, compared with the files that stand beside the scripts of `tests/listings`: `NAME.tokens`,
//! `NAME.tree`, `NAME.code`, each where there is one. `COTTER_BLESS=1 cargo test --test listing` writes those files anew.

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const STAGES: [&str; 3] = ["tokens", "tree", "code"];

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cot"))
        .collect();
    scripts.sort();
    let mut trials = Vec::new();
    for script in scripts {
        for stage in STAGES {
            let expected = script.with_extension(stage);
            if expected.exists() {
                let name = format!("{} ({stage})", script.file_stem().expect("a name").display());
                let script = script.clone();
                trials.push(Trial::test(name, move || compare(&script, stage, &expected)));
            }
        }
    }
    assert!(!trials.is_empty(), "no listings were found");
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn compare(script: &Path, stage: &str, expected: &Path) -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_cotter"))
        .args(["dump", stage])
        .arg(script.file_name().ok_or("no name")?)
        .current_dir(script.parent().ok_or("no folder")?)
        .output()?;
    let actual = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    if std::env::var_os("COTTER_BLESS").is_some() {
        std::fs::write(expected, actual)?;
        return Ok(());
    }
    let wanted = std::fs::read_to_string(expected)?;
    if actual == wanted {
        return Ok(());
    }
    let difference = similar::TextDiff::from_lines(&wanted, &actual).unified_diff().header("expected", "actual").to_string();
    Err(difference.into())
}
