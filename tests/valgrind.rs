//! The scripts that call C, under Valgrind: neither C nor what leads to it may read memory that nobody wrote or gave. Each must do as
//! it says, too.
//!
//! Where Valgrind is missing this is skipped, unless `CI` is set. Scripts that do not come to call C are left out, and so are those
//! whose time is spent in waiting or in filling memory: they show nothing here that they do not show elsewhere.

mod c_library;

use cotter::cli::test::script::collect;
use cotter::cli::test::{NORMAL, Settings, Verdict, run_script};
use libtest_mimic::{Arguments, Failed, Trial};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// Parts of the names of scripts that are left out.
const LEFT_OUT: [&str; 13] = [
    "recursive_callbacks",
    "deep_recursion",
    "that_overflow",
    "memory_that_runs_out",
    "waits",
    "refused",
    "allow_ffi",
    "c_text",
    "deny_ffi",
    "integers_out_of_range",
    "missing",
    "libraries",
    "wrong_numbers",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let quiet = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !quiet.is_ok_and(|status| status.success()) {
        let is_needed = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        eprintln!("{}: valgrind is not installed", if is_needed { "failed" } else { "skipped" });
        return if is_needed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut scripts = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("tests/golden/ffi"), &mut scripts).expect("the scripts can be read");
    if !arguments.list {
        c_library::build(folder.path(), &root.join("tests/c/native.c"), "libnative.so");
    }
    let mut own = Vec::new();
    collect(&root.join("tests/c"), &mut own).expect("the scripts can be read");
    for script in own {
        // They name the library beside them.
        let copy = folder.path().join(script.file_name().expect("a file"));
        std::fs::copy(&script, &copy).expect("copied");
        scripts.push(copy);
    }
    let settings = Settings {
        executable: wrapper(folder.path()),
        timeout: Duration::from_secs(300),
        folder: None,
        no_skip: std::env::var_os("CI").is_some_and(|value| !value.is_empty()),
        bless: false,
        update: false,
    };
    let trials = scripts
        .into_iter()
        .map(|script| (script.file_stem().expect("a file").to_string_lossy().into_owned(), script))
        .filter(|(name, _)| !LEFT_OUT.iter().any(|part| name.contains(part)))
        .map(|(name, script)| {
            let settings = settings.clone();
            Trial::test(name, move || match run_script(&script, NORMAL, &settings) {
                Verdict::Failed(reason) => Err(Failed::from(reason)),
                Verdict::Passed | Verdict::Updated | Verdict::Skipped(_) => Ok(()),
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(folder);
    conclusion.exit_code()
}

/// A program that is the command under Valgrind. What Valgrind finds fails the script: it stands on standard error, and the exit status
/// is none that a script has.
fn wrapper(folder: &Path) -> PathBuf {
    let path = folder.join("cotter-under-valgrind");
    let text = format!(
        "#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=no --num-callers=30 {} \"$@\"\n",
        env!("CARGO_BIN_EXE_cotter")
    );
    std::fs::write(&path, text).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("made executable");
    path
}
