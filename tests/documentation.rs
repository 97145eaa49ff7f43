//! The documentation of the library: its examples are run, each in each mode, and must print what their comments say; and
//! `docs/reference/library.md` must be what is written from it. `COTTER_BLESS=1 cargo test --test documentation` writes that page anew.

use cotter::cli::test::{MODES, Settings, Verdict, run_example};
use cotter::session::documentation::{examples_of_library, reference};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let settings = Settings {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_cotter")),
        timeout: Duration::from_secs(60),
        folder: None,
        no_skip: false,
        bless: false,
        update: false,
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("example.cot");
    let mut trials = Vec::new();
    for example in examples_of_library() {
        for mode in MODES {
            let (example, settings, here) = (example.clone(), settings.clone(), here.clone());
            let name = format!("{} ({})", example.name, mode.name);
            trials.push(Trial::test(name, move || match run_example(&here, &example, mode, &settings) {
                Verdict::Failed(reason) => Err(Failed::from(format!("{reason}\n{}", example.code))),
                _ => Ok(()),
            }));
        }
    }
    trials.push(Trial::test("the reference is up to date", reference_is_up_to_date));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn reference_is_up_to_date() -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/library.md");
    let page = reference();
    if std::env::var_os("COTTER_BLESS").is_some_and(|value| !value.is_empty()) {
        std::fs::write(&path, &page)?;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if written == page {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&written, &page);
    let diff = diff.unified_diff().context_radius(1).header("docs/reference/library.md", "as it should be").to_string();
    Err(Failed::from(format!("out of date; COTTER_BLESS=1 cargo test --test documentation writes it anew\n{diff}")))
}
