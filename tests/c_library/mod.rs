//! Compiles the C libraries that tests call.

use std::path::Path;
use std::process::Command;

/// Compiles `source` to the shared library `library` in a folder. `COTTER_TEST_CFLAGS` holds further flags for the compiler (not for
/// the linker), such as `-fsanitize=address`.
pub fn build(folder: &Path, source: &Path, library: &str) {
    let object = folder.join(format!("{library}.o"));
    let more = std::env::var("COTTER_TEST_CFLAGS").unwrap_or_default();
    run(Command::new("cc").args(["-c", "-fPIC", "-O1", "-g", "-w", "-o"]).arg(&object).args(more.split_whitespace()).arg(source));
    run(Command::new("cc").args(["-shared", "-pthread", "-o"]).arg(folder.join(library)).arg(&object));
}

fn run(compiler: &mut Command) {
    let compiled = compiler.output().expect("the tests need a C compiler: cc");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
}
