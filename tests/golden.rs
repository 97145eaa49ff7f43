//! The scripts of `tests/golden` and the examples, each in four modes: as usual, with a collection at every chance and freed memory
//! poisoned, with collections in the smallest of steps and a proof of their marks, and without the collector. Those that are about memory
//! and C run in a fifth, in which freed memory faults and is never used again; where `COTTER_ALL_MODES` is set, all do. In all of them a program must do the same.
//!
//! `COTTER_BLESS=1 cargo test --test golden` writes the `.out` and `.diagnostic` files anew. Where `CI` is set, a script whose
//! needs are missing has failed; elsewhere it is ignored.

use cotter::cli::test::script::collect;
use cotter::cli::test::{MODES, NOREUSE, NORMAL, Settings, Verdict, run_script};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// The folders of scripts for which the fifth mode is.
const ABOUT_MEMORY: [&str; 7] = ["arenas", "crashes", "ffi", "gc", "memory", "pins", "structs"];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut scripts = Vec::new();
    for folder in ["tests/golden", "examples"] {
        collect(&root.join(folder), &mut scripts).expect("the scripts can be read");
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let settings = Settings {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_cotter")),
        timeout: Duration::from_secs(120),
        folder: None,
        no_skip: is_set("CI"),
        bless: is_set("COTTER_BLESS"),
        update: false,
    };
    let mut trials = Vec::new();
    for script in scripts {
        let below = script.strip_prefix(root).expect("collected below the root").with_extension("");
        let name = below.strip_prefix("tests/golden").unwrap_or(&below).display().to_string();
        for mode in MODES {
            if settings.bless && mode != NORMAL {
                continue;
            }
            let is_about_memory = ABOUT_MEMORY.iter().any(|folder| name.starts_with(&format!("{folder}/")));
            if mode == NOREUSE && !is_about_memory && !is_set("COTTER_ALL_MODES") {
                continue;
            }
            let (script, mut settings) = (script.clone(), settings.clone());
            if script.starts_with(root.join("examples")) {
                // They find their data from where a reader of the README calls them.
                settings.folder = Some(root.to_path_buf());
            }
            trials.push(Trial::test(format!("{name} ({})", mode.name), move || match run_script(&script, mode, &settings) {
                Verdict::Passed | Verdict::Updated => Ok(()),
                Verdict::Failed(reason) => Err(Failed::from(reason)),
                Verdict::Skipped(reason) => {
                    println!("skipped {}: {reason}", script.display());
                    Ok(())
                }
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
