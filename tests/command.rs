//! The command as the shell sees it: exit statuses, streams, files that are not there, signals.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn cotter() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.env("NO_COLOR", "1").env_remove("FORCE_COLOR").env_remove("RUST_BACKTRACE");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COTTER_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the command line with input, and gives status, standard output and standard error.
fn run_with(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child =
        cotter().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    // A program that fails early does not read its input.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    told(child.wait_with_output().expect("an end"))
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    run_with(arguments, "")
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command prints text");
    (output.status.code().expect("an exit status"), text(output.stdout), text(output.stderr))
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    told(cotter().args(arguments).current_dir(folder).output().expect("started"))
}

/// Waits for an end, and fails rather than waiting forever.
fn end_of(mut child: Child) -> i32 {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("a child") {
            return status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    panic!("the command did not end");
}

#[test]
fn the_version_is_one_line() {
    for flag in ["--version", "-V", "-v"] {
        let (status, output, errors) = run(&[flag]);
        assert_eq!((status, output.lines().count(), errors.as_str()), (0, 1, ""));
        assert!(output.starts_with(&format!("cotter {}", env!("CARGO_PKG_VERSION"))), "{output}");
    }
}

#[test]
fn help_lists_the_commands_there_are() {
    let (status, output, errors) = run(&["--help"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    let words =
        ["run", "check", "bind", "verify", "doc", "fmt", "lsp", "dump", "test", "--pin-checks", "--max-heap", "COTTER_DENY_FFI"];
    for word in words {
        assert!(output.contains(word), "{word} is missing in:\n{output}");
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let (status, output, errors) = run(&["--pin-cheks=all", "x.cot"]);
    assert_eq!((status, output.as_str()), (2, ""));
    assert_eq!(
        errors,
        "error: there is no option `--pin-cheks`\n  help: did you mean `--pin-checks`?\n  help: cotter --help lists the options\n"
    );
    for line in [&["--fuel=many", "-e", "1"][..], &["--gc=fast", "-e", "1"], &["--max-heap=0", "-e", "1"], &["dump", "x"]] {
        assert_eq!(run(line).0, 2, "{line:?}");
    }
}

#[test]
fn a_missing_script_suggests_commands_and_files() {
    let folder = folder_with(&[("tests.cot", ""), ("hello.cot", "")]);
    let (status, _, errors) = run_in(folder.path(), &["tset"]);
    assert_eq!(status, 2);
    assert_eq!(errors, "error: there is no file `tset`\n  help: did you mean the command `cotter test`?\n");
    assert!(run_in(folder.path(), &["hallo.cot"]).2.ends_with("  help: did you mean the file `hello.cot`?\n"));
    assert!(run_in(folder.path(), &["hello"]).2.ends_with("  help: did you mean the file `hello.cot`?\n"));
    assert_eq!(run_in(folder.path(), &["zzzzzz"]).2, "error: there is no file `zzzzzz`\n");
}

#[test]
fn a_folder_is_no_script() {
    let folder = folder_with(&[]);
    let (status, _, errors) = run(&[folder.path().to_str().expect("a plain name")]);
    assert_eq!(status, 2);
    assert!(errors.contains("is a folder, not a script"), "{errors}");
}

#[test]
fn a_script_runs_and_ends_with_0() {
    let folder = folder_with(&[("a.cot", "#!/usr/bin/env cotter\nprint(\"hi\")\n")]);
    assert_eq!(run_in(folder.path(), &["a.cot"]), (0, "hi\n".into(), "".into()));
    assert_eq!(run_in(folder.path(), &["run", "a.cot"]), (0, "hi\n".into(), "".into()));
}

#[test]
fn a_syntax_error_is_status_1_with_its_place() {
    let folder = folder_with(&[("a.cot", "let x = 1\nlet x = 2\n")]);
    for line in [&["a.cot"][..], &["check", "a.cot"]] {
        let (status, output, errors) = run_in(folder.path(), line);
        assert_eq!((status, output.as_str()), (1, ""));
        assert!(errors.starts_with("error: SyntaxError: ") && errors.contains("  --> a.cot:2:5\n"), "{errors}");
    }
}

#[test]
fn check_reports_all_files_without_running_them() {
    let folder = folder_with(&[("a.cot", "print(1)\n"), ("b.cot", "nope\n"), ("c.cot", "nope\n")]);
    assert_eq!(run_in(folder.path(), &["check", "a.cot"]), (0, "".into(), "".into()));
    let (status, output, errors) = run_in(folder.path(), &["check", "--error-format=short", "a.cot", "b.cot", "c.cot"]);
    assert_eq!((status, output.as_str(), errors.lines().count()), (1, "", 2), "{errors}");
    assert!(errors.starts_with("b.cot:1:1: error: SyntaxError: ") && errors.contains("\nc.cot:1:1: "), "{errors}");
    assert_eq!(run_in(folder.path(), &["check", "missing.cot", "b.cot"]).0, 2);
}

#[test]
fn check_finds_contracts_that_mean_nothing() {
    let text = "extern \"libc.so.6\" {\n    @throws(zero) fn abs(n: c_int) -> c_int\n    fn strlen(@sized_by(n) text: cstr) -> usize\n    \
                @owned(nothing) fn strdup(text: cstr) -> *c_char\n    fn free(p: *void)\n    @owned(free) fn malloc(n: usize) -> *void\n    \
                @throws(nonzero, text: nobody) fn close(fd: c_int) -> c_int\n}\n";
    let folder = folder_with(&[("a.cot", text)]);
    let (status, output, errors) = run_in(folder.path(), &["check", "--error-format=short", "a.cot"]);
    assert_eq!((status, output.as_str()), (1, ""));
    let expected = [
        "a.cot:2:22: error: FFIError: abs: @throws(zero): it is @throws, @throws(nonzero) or @throws(negative)",
        "a.cot:3:8: error: FFIError: strlen: @sized_by(n): strlen has no parameter `n`",
        "a.cot:4:24: error: FFIError: strdup: @owned(nothing) names a C function that is not declared; declare it in an extern block",
        "a.cot:7:39: error: FFIError: close: text: nobody names a C function that is not declared; declare it in an extern block",
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn options_of_a_command_stand_behind_it() {
    let (status, _, errors) = run(&["--error-format=short", "check", "x.cot"]);
    assert_eq!(status, 2);
    assert!(errors.contains("  help: options of a command stand behind it: cotter check --option …\n"), "{errors}");
}

#[test]
fn check_looks_into_folders() {
    let folder = folder_with(&[("a.cot", "print(1)\n"), ("b.txt", "nope\n")]);
    std::fs::create_dir_all(folder.path().join("sub/.hidden")).expect("created");
    std::fs::write(folder.path().join("sub/c.cot"), "nope\n").expect("written");
    std::fs::write(folder.path().join("sub/.hidden/d.cot"), "nope\n").expect("written");
    let (status, output, errors) = run_in(folder.path(), &["check", "--error-format=short", "."]);
    assert_eq!((status, output.as_str(), errors.lines().count()), (1, "", 1), "{errors}");
    assert!(errors.starts_with("./sub/c.cot:1:1: error: SyntaxError: "), "{errors}");
    assert_eq!(run_in(folder.path(), &["check", "sub", "a.cot"]).0, 1);
    std::fs::remove_file(folder.path().join("sub/c.cot")).expect("removed");
    assert_eq!(run_in(folder.path(), &["check", "."]), (0, String::new(), String::new()));
}

#[test]
fn dump_shows_each_stage() {
    let folder = folder_with(&[("a.cot", "let x = 1 # one\n"), ("b.cot", "let = 1\n")]);
    let (status, output, errors) = run_in(folder.path(), &["dump", "tokens", "a.cot"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    let words: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[..3], [vec!["1:1", "keyword", "let"], vec!["1:5", "name", "x"], vec!["1:7", "operator", "="]]);
    assert!(words.contains(&vec!["1:11", "comment", "#", "one"]), "{output}");
    for stage in ["tree", "code"] {
        let (status, output, errors) = run_in(folder.path(), &["dump", stage, "a.cot"]);
        assert_eq!((status, errors.as_str()), (0, ""), "{stage}");
        assert!(!output.is_empty(), "{stage}");
        let (status, output, errors) = run_in(folder.path(), &["dump", stage, "b.cot"]);
        assert_eq!((status, output.as_str()), (1, ""), "{stage}");
        assert!(errors.starts_with("error: SyntaxError: "), "{errors}");
    }
}

#[test]
fn an_uncaught_error_is_status_1() {
    let (status, output, errors) = run(&["-e", "print(1)", "-e", "throw 42"]);
    assert_eq!((status, output.as_str()), (1, "1\n"));
    assert_eq!(errors, "error: uncaught value: 42\n  --> <command line>:2:1\n   |\n 2 | throw 42\n   | ^^^^^^^^\n");
}

#[test]
fn machine_formats() {
    let (_, _, errors) = run(&["--error-format=short", "-e", "throw 42"]);
    assert_eq!(errors, "<command line>:1:1: error: uncaught value: 42\n");
    let (_, _, errors) = run(&["--error-format=json", "-e", "throw 42"]);
    assert!(errors.starts_with("{\"severity\":\"error\",\"kind\":\"\",") && errors.ends_with("}\n"), "{errors}");
    assert_eq!(errors.lines().count(), 1);
}

#[test]
fn text_that_is_not_utf_8_has_a_place() {
    let mut child =
        cotter().arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("piped").write_all(b"let x = 1\nlet y = \"\xff\"\n").expect("read");
    let (status, _, errors) = told(child.wait_with_output().expect("an end"));
    assert_eq!(status, 1);
    assert!(errors.starts_with("error: SyntaxError: ") && errors.contains("<stdin>:2:10"), "{errors}");
}

#[test]
fn exit_gives_its_status() {
    assert_eq!(run(&["-e", "import os", "-e", "os.exit(7)"]).0, 7);
    assert_eq!(run(&["-e", "import os", "-e", "defer print(\"bye\")", "-e", "os.exit(0)"]), (0, "bye\n".into(), "".into()));
}

#[test]
fn running_out_of_fuel_is_fatal() {
    for (flag, variable) in [(Some("--fuel=10000"), None), (None, Some(("COTTER_FUEL", "10000")))] {
        let (status, _, errors) =
            told(cotter().args(flag).envs(variable).args(["-e", "while true { }"]).output().expect("started"));
        assert_eq!(status, 70);
        assert!(errors.starts_with("fatal: ") && errors.contains("fuel"), "{errors}");
    }
}

#[test]
fn the_environment_can_deny_ffi_for_good() {
    let code = "extern \"libc.so.6\" { fn getpid() -> c_int }\nprint(getpid() > 0)";
    assert_eq!(run(&["-e", code]), (0, "true\n".into(), "".into()));
    let denied =
        told(cotter().env("COTTER_DENY_FFI", "1").args(["--allow-ffi=libc.so.6", "-e", code]).output().expect("started"));
    assert_eq!((denied.0, denied.1.as_str()), (1, ""));
    assert!(denied.2.starts_with("error: FFIError: "), "{}", denied.2);
}

#[test]
fn scripts_from_standard_input() {
    assert_eq!(run_with(&[], "print(1 + 1)\n"), (0, "2\n".into(), "".into()));
    assert_eq!(run_with(&["-", "a", "-b"], "import os\nprint(os.args)\n"), (0, "[\"a\", \"-b\"]\n".into(), "".into()));
}

#[test]
fn arguments_belong_to_the_script() {
    let folder = folder_with(&[("a.cot", "import os\nprint(os.args)\n")]);
    let shown = "[\"--fuel=1\", \"--help\", \"--\", \"x\"]\n";
    assert_eq!(run_in(folder.path(), &["a.cot", "--fuel=1", "--help", "--", "x"]), (0, shown.into(), "".into()));
    assert_eq!(run(&["-e", "import os", "-e", "print(os.args)", "a", "-b"]).1, "[\"a\", \"-b\"]\n");
}

#[test]
fn the_value_of_code_can_be_printed() {
    assert_eq!(run(&["-p", "-e", "[1, 2]"]), (0, "[1, 2]\n".into(), "".into()));
    assert_eq!(run(&["-e", "[1, 2]"]), (0, "".into(), "".into()));
}

#[test]
fn a_script_reads_its_input() {
    assert_eq!(run_with(&["-e", "print(input() + \"!\")", "-e", "print(input())"], "a\n"), (0, "a!\nnil\n".into(), "".into()));
}

#[test]
fn what_the_script_and_c_print_keeps_its_order() {
    let code = "extern \"libc.so.6\" { fn puts(text: cstr) -> c_int }\nprint(1)\nputs(\"2\")\nprint(3)\nputs(\"4\")\nprint(5)";
    assert_eq!(run(&["-e", code]), (0, "1\n2\n3\n4\n5\n".into(), "".into()));
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let mut child = cotter()
        .args(["-e", "var n = 0", "-e", "while true { print(n); n += 1 }"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdout = child.stdout.take().expect("piped");
    let mut errors = child.stderr.take().expect("piped");
    stdout.read_exact(&mut [0; 4]).expect("output");
    drop(stdout);
    assert_eq!(end_of(child), 141);
    let mut text = String::new();
    errors.read_to_string(&mut text).expect("text");
    assert_eq!(text, "");
}

#[test]
fn a_closed_pipe_is_no_failure_of_help() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let child = cotter().arg("--help").stdout(writer).stderr(Stdio::piped()).spawn().expect("started");
    let (status, _, errors) = told(child.wait_with_output().expect("an end"));
    assert_eq!((status, errors.as_str()), (141, ""));
}

#[test]
fn ctrl_c_ends_a_script_with_130_and_runs_its_finally() {
    let mut child = cotter()
        .args(["-e", "import io"])
        .args(["-e", "try { print(\"go\"); io.stdout.flush(); while true { } } finally { print(\"bye\") }"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdout = child.stdout.take().expect("piped");
    interrupt_after_start(&child, &mut stdout);
    assert_eq!(end_of(child), 130);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "bye\n");
}

#[test]
fn a_program_that_is_asked_to_end_writes_what_it_printed() {
    let mut child = cotter()
        .args(["-e", "import io", "-e", "print(\"go\"); io.stdout.flush(); print(\"pending\"); while true { }"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_exact(&mut [0; 3]).expect("the child has started");
    // The second line is printed right behind the first one is out.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
    let status = child.wait().expect("ended");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "pending\n");
}

/// Sends SIGINT once the child has printed `go` and a newline.
fn interrupt_after_start(child: &Child, stdout: &mut impl Read) {
    stdout.read_exact(&mut [0; 3]).expect("the child has started");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
}

#[test]
fn the_test_command_counts_and_shows_differences() {
    let folder = folder_with(&[
        ("good.cot", "print(1)  # => 1\n"),
        ("bad.cot", "print(1)  # => 2\n"),
        ("needy.cot", "# needs: libno_such_thing.so.9\n"),
        ("throws.cot", "let x = 1\nthrow Error(\"no\", kind: \"Odd\")  # error: Odd: n\n"),
    ]);
    let (status, output, errors) = run_in(folder.path(), &["test"]);
    assert_eq!((status, errors.as_str()), (1, ""));
    assert_eq!(
        timeless(&output),
        "FAILED  ./bad.cot\n    output differs:\n    --- expected\n    +++ actual\n    @@ -1 +1 @@\n    -2\n    +1\n    ./bad.cot:1: expected `2`, found `1`\n\
         skipped ./needy.cot: needs libno_such_thing.so.9\n2 passed, 1 failed, 1 skipped\n"
    );
    let (status, output, _) = run_in(folder.path(), &["test", "--modes", "--filter", "good"]);
    assert_eq!((status, timeless(&output).as_str()), (0, "5 passed, 0 failed, 0 skipped\n"));
    let (status, output, _) = run_in(folder.path(), &["test", "--verbose", "good.cot"]);
    assert_eq!((status, timeless(&output).as_str()), (0, "passed  good.cot (TIME)\n1 passed, 0 failed, 0 skipped\n"));
    assert_eq!(run_in(folder.path(), &["test", "--no-skip", "needy.cot"]).0, 1);
}

#[test]
fn the_test_command_ends_what_does_not_end() {
    let folder = folder_with(&[("endless.cot", "while true { }\n# => 1\n")]);
    let (status, output, _) = run_in(folder.path(), &["test", "--timeout=1"]);
    assert_eq!(status, 1);
    assert!(output.contains("still running after 1 s"), "{output}");
}

#[test]
fn the_test_command_blesses_diagnostics() {
    let folder = folder_with(&[("a.cot", "throw 1  # error: uncaught value: 1\n"), ("a.diagnostic", "old\n")]);
    let (status, output, _) = run_in(folder.path(), &["test"]);
    assert!(status == 1 && output.contains("standard error differs"), "{output}");
    let blessed = cotter().arg("test").env("COTTER_BLESS", "1").current_dir(folder.path()).output().expect("started");
    assert_eq!(told(blessed).0, 0);
    let mut text = String::new();
    File::open(folder.path().join("a.diagnostic")).expect("there").read_to_string(&mut text).expect("text");
    assert!(text.starts_with("error: uncaught value: 1\n  --> a.cot:1:1\n"), "{text}");
    assert_eq!(run_in(folder.path(), &["test"]).0, 0);
}

#[test]
fn completions_and_the_manual_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let (status, script, errors) = run(&["completions", shell]);
        assert_eq!((status, errors.as_str()), (0, ""), "{shell}");
        for word in ["cotter", "check", "pin-checks"] {
            assert!(script.contains(word), "{word} is missing for {shell}");
        }
    }
    let (status, _, errors) = run(&["completions", "csh"]);
    assert_eq!(status, 2);
    assert!(errors.contains("bash"), "{errors}");
    let (status, manual, _) = run(&["manual"]);
    assert_eq!(status, 0);
    for word in [".TH cotter 1", "\\-\\-pin\\-checks", "COTTER_DENY_FFI", "cotter check \\-\\-help"] {
        assert!(manual.contains(word), "{word} is missing in:\n{manual}");
    }
    assert!(!manual.contains("(1)\n") || manual.matches("(1)").count() <= 1, "pages that nobody has are named in:\n{manual}");
}

#[test]
fn a_debian_package_holds_the_program_and_what_belongs_to_it() {
    if !Command::new("dpkg-deb").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no dpkg-deb to build a package with");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/deb.sh");
    let built = Command::new(script).arg(env!("CARGO_BIN_EXE_cotter")).arg(folder.path()).output().expect("a shell");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let package = std::fs::read_dir(folder.path()).expect("a folder").next().expect("a package").expect("readable").path();
    let listed = Command::new("dpkg-deb").arg("--contents").arg(&package).output().expect("dpkg-deb");
    let listed = String::from_utf8(listed.stdout).expect("text");
    for path in ["./usr/bin/cotter", "man1/cotter.1.gz", "completions/cotter", "cotter/copyright", "examples/zlib_crc32.cot"] {
        assert!(listed.contains(path), "{path} is missing in:\n{listed}");
    }
}

/// What `cotter test` prints, without the times in it, which differ from run to run.
fn timeless(output: &str) -> String {
    let without = |line: &str| match line.rsplit_once(" skipped in ") {
        Some((before, time)) if time.ends_with('s') => format!("{before} skipped\n"),
        _ => match line.rsplit_once(" (") {
            Some((before, time)) if time.ends_with("s)") && time.starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{before} (TIME)\n")
            }
            _ => format!("{line}\n"),
        },
    };
    output.lines().map(without).collect()
}

#[test]
fn the_test_command_writes_expectations() {
    let folder = folder_with(&[
        ("new.cot", "print(1)\nprint(\"two\")\n"),
        ("old.cot", "print(1)  # => 2\nfor i in 0..2 {\n    print(i)  # => 0\n}\n# => gone\nthrow Error(\"no\")\n"),
        ("file.cot", "print(1)\n"),
        ("file.out", "2\n"),
        ("right.cot", "print(1)  # => 1"),
        ("endless.cot", "print(1)\nwhile true { }\n# => 2\n"),
    ]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("text");
    let (status, output, _) = run_in(folder.path(), &["test", "--update", "--timeout=1"]);
    assert_eq!(status, 1, "what does not end has failed:\n{output}");
    assert!(output.contains("1 passed, 2 updated, 1 failed, 0 skipped in "), "{output}");
    assert!(output.contains("updated ./old.cot\n"), "{output}");
    assert!(output.contains("not run, for they expect nothing: ./new.cot\n"), "{output}");
    // A program is made a test of where it is named, and only there.
    assert_eq!(read("new.cot"), "print(1)\nprint(\"two\")\n");
    assert_eq!(run_in(folder.path(), &["test", "--update", "new.cot"]).0, 0);
    assert_eq!(read("new.cot"), "print(1)\nprint(\"two\")\n# => 1\n# => two\n");
    assert_eq!(
        read("old.cot"),
        "print(1)  # => 1\nfor i in 0..2 {\n    print(i)  # => 0\n}\n# => 1\nthrow Error(\"no\")  # error: Error: no\n"
    );
    assert_eq!((read("file.cot").as_str(), read("file.out").as_str()), ("print(1)\n", "1\n"));
    assert_eq!(
        (read("right.cot").as_str(), read("endless.cot").as_str()),
        ("print(1)  # => 1", "print(1)\nwhile true { }\n# => 2\n")
    );
    std::fs::remove_file(folder.path().join("endless.cot")).expect("removed");
    assert_eq!(run_in(folder.path(), &["test"]).0, 0);
    assert_eq!(run_in(folder.path(), &["test", "--update", "--modes"]).0, 2, "only one mode can say what is right");
}

#[test]
fn programs_without_expectations_are_no_tests() {
    let folder = folder_with(&[
        ("program.cot", "print(\"hi\")\n"),
        ("asserts.cot", "assert(1 + 1 == 2)\n"),
        ("cases.cot", "import test\ntest.case(\"one\", fn() => test.equal(1, 1))\n"),
        ("module.cot", "fn two() => 2\n"),
    ]);
    let (status, output, errors) = run_in(folder.path(), &["test"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_eq!(
        timeless(&output),
        "2 passed, 0 failed, 0 skipped\nnot run, for they expect nothing: ./module.cot, ./program.cot\n"
    );
    // Named, it must print nothing and end well.
    assert_eq!(run_in(folder.path(), &["test", "module.cot"]).0, 0);
    assert_eq!(run_in(folder.path(), &["test", "program.cot"]).0, 1);
}

#[test]
fn expectations_are_comments() {
    let text = "let usage = \"\"\"\n    # => neither\n    {1 + 1}  # error: that\n    \"\"\"\nprint(len(usage) > 0)   # => true\n\
        print(\"a # => b\")   # => a # => b\nprint(r\"\"\"\n# => raw\"\"\")\n# =>\n";
    let folder = folder_with(&[("a.cot", &format!("{text}# => # => raw\n"))]);
    let (status, output, _) = run_in(folder.path(), &["test"]);
    assert_eq!(status, 0, "{output}");
    // Neither are they written anew.
    let wrong = text.replace("# => true", "# => false");
    std::fs::write(folder.path().join("a.cot"), format!("{wrong}# => # => raw\n")).expect("written");
    assert_eq!(run_in(folder.path(), &["test", "--update"]).0, 0);
    let updated = std::fs::read_to_string(folder.path().join("a.cot")).expect("text");
    assert_eq!(updated, format!("{text}# => # => raw\n"));
}

#[test]
fn each_wrong_line_is_told_with_its_place() {
    let text = "print(1)   # => 1\nfor i in 0..3 { print(i) }\n# => 0\n# => 7\nprint(\"end\")   # => end\n# => gone\n";
    let folder = folder_with(&[("a.cot", text)]);
    let (status, output, _) = run_in(folder.path(), &["test"]);
    assert_eq!(status, 1);
    for line in [
        "a.cot:4: expected `7`, found `1`\n",
        "a.cot:4: `2` was printed behind that\n",
        "a.cot:6: expected `gone`, which did not come\n",
    ] {
        assert!(output.contains(line), "{line}\n{output}");
    }
}

const SHAPES: &str = "\
## Shapes of all kinds.

import math

## The area of a circle of a radius.
##
##     print(area(1))          # => 3.14
##     print(shapes.area(2))   # => 12.57
fn area(r) => math.round(math.pi * r ** 2 * 100) / 100

## A point.
struct Point {
    ## To the right.
    x: f64
    y: f64
    ## How far it is from the origin.
    ##
    ##     Point(3, 4).norm()
    ##     throw Error(\"always\")   # error: Error: always
    fn norm(self) => math.hypot(self.x, self.y)
}
print(\"loaded\")   # => loaded
";

#[test]
fn examples_in_doc_comments_are_tests() {
    let folder = folder_with(&[("shapes.cot", SHAPES)]);
    let (status, output, errors) = run_in(folder.path(), &["test", "-v"]);
    assert_eq!((status, errors.as_str()), (0, ""), "{output}");
    assert_eq!(
        timeless(&output),
        "passed  ./shapes.cot (TIME)\npassed  ./shapes.cot: example of area (TIME)\n\
         passed  ./shapes.cot: example of Point.norm (TIME)\n3 passed, 0 failed, 0 skipped\n"
    );
    std::fs::write(folder.path().join("shapes.cot"), SHAPES.replace("12.57", "12.58")).expect("written");
    let (status, output, _) = run_in(folder.path(), &["test", "--filter", "example of area"]);
    assert_eq!(status, 1);
    assert!(
        output.starts_with("FAILED  ./shapes.cot: example of area\n") && output.contains("\n    -12.58\n    +12.57\n"),
        "{output}"
    );
    assert!(output.contains("\n    ./shapes.cot:8: expected `12.58`, found `12.57`\n"), "{output}");
    assert!(output.contains("0 passed, 1 failed, 0 skipped in "), "{output}");
}

#[test]
fn examples_may_import_and_are_told_with_their_place() {
    let folder = folder_with(&[(
        "logdb.cot",
        "## A log.\n##\n##     import json\n##     print(json.format(one()))   # => 1\nimport io\n\n\
        ## The first.\n##\n##     import \"./logdb.cot\" as l\n##     print(l.one(), two())\nfn one() => 1\n\
        ## The second.\n##\n##     from json import parse\n##     let one = 3\n##     print(parse(\"2\") + one, two())   # => 5 2\nfn two() => 2\n",
    )]);
    let (status, output, _) = run_in(folder.path(), &["test", "-v"]);
    assert_eq!(status, 1);
    assert!(output.contains("passed  ./logdb.cot: example of logdb ("), "{output}");
    assert!(output.contains("passed  ./logdb.cot: example of two ("), "{output}");
    assert!(output.contains("FAILED  ./logdb.cot: example of one\n"), "{output}");
    assert!(output.contains("    unexpected: ./logdb.cot:10: error: SyntaxError: "), "{output}");
    assert!(output.contains("    an example that imports its own file is given no other names of it\n"), "{output}");
}

#[test]
fn the_words_of_the_language_are_documented() {
    for (name, first) in [
        ("@keeps", "@keeps p: *T\n"),
        ("keeps", "@keeps p: *T\n"),
        ("defer", "defer EXPRESSION\n"),
        ("struct", "struct Name { field: Type, … }\n"),
        ("extern", "extern \"LIBRARY\" { … }\n"),
    ] {
        let (status, output, errors) = run(&["doc", name]);
        assert_eq!((status, errors.as_str()), (0, ""), "{name}");
        assert!(output.starts_with(first) && output.lines().count() > 3, "{name}:\n{output}");
    }
    let (_, output, _) = run(&["doc"]);
    assert!(output.contains(" @sized_by") && output.contains(" match"), "{output}");
    assert!(run(&["doc", "@keep"]).2.contains("did you mean `@keeps`?"));
}

#[test]
fn the_librarys_own_bindings_can_be_read() {
    let (status, output, _) = run(&["doc", "--source", "zlib"]);
    assert!(status == 0 && output.contains("extern \"libz.so") && output.contains("## "), "{output}");
    let (status, _, errors) = run(&["doc", "--source", "math"]);
    assert_eq!(status, 2);
    assert!(errors.starts_with("error: `math` is no module that is written in Cotter\n  help: "), "{errors}");
    assert_eq!(run(&["doc", "--source"]).0, 2);
}

#[test]
fn contracts_and_operators_of_a_file_are_documented() {
    let folder = folder_with(&[(
        "m.cot",
        "extern \"libc.so.6\" as c {\n    ## Opens.\n    @throws @symbol(\"open\") fn opened(@nonnull path: cstr, flags: c_int) -> c_int\n}\n\
        ## Two numbers.\nstruct V {\n    x: f64\n    fn +(self, o) => V(self.x + o.x)\n    fn str(self) => \"v\"\n}\n",
    )]);
    let (_, output, _) = run_in(folder.path(), &["doc", "m.cot", "c.opened", "V"]);
    assert!(output.contains("c.opened(@nonnull path: cstr, flags: c_int) -> c_int @throws\n"), "{output}");
    assert!(output.contains("It has methods for `+ str`.\n"), "{output}");
}

#[test]
fn documentation_of_names_and_files() {
    let (status, output, errors) = run(&["doc", "list.push"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(output.starts_with("list.push(...xs)\n  "), "{output}");
    let (status, output, _) = run(&["doc", "sqlite"]);
    assert!(status == 0 && output.contains("\n    .transaction(f) "), "{output}");
    let (status, output, _) = run(&["doc"]);
    assert!(status == 0 && output.contains(" zlib\n") && output.contains(" print "), "{output}");
    assert_eq!(
        run(&["doc", "math.sqr"]),
        (1, String::new(), "error: there is no documentation of `math.sqr`\n  help: did you mean `math.sqrt`?\n".to_string())
    );
    let folder = folder_with(&[("shapes.cot", SHAPES)]);
    let (status, output, _) = run_in(folder.path(), &["doc", "shapes.cot"]);
    assert_eq!(status, 0);
    assert_eq!(
        output,
        "shapes\n  Shapes of all kinds.\n\n  area(r)       The area of a circle of a radius.\n  struct Point  A point.\n    \
         .x: f64     To the right.\n    .y: f64\n    .norm()     How far it is from the origin.\n"
    );
    let (status, output, _) = run_in(folder.path(), &["doc", "shapes.cot", "Point.norm"]);
    assert_eq!(status, 0);
    assert!(output.starts_with("Point.norm()\n  How far it is from the origin.\n\n      Point(3, 4).norm()\n"), "{output}");
    assert_eq!(
        run_in(folder.path(), &["doc", "shapes.cot", "areas"]).2,
        "error: there is no documentation of `areas` in shapes.cot\n  help: did you mean `area`?\n"
    );
    assert_eq!(
        run_in(folder.path(), &["doc", "shapes"]).2.lines().last(),
        Some("  help: for the file say `cotter doc shapes.cot`")
    );
    assert_eq!(run_in(folder.path(), &["doc", "gone.cot"]).0, 2);
}

#[test]
fn a_profile_is_written_however_a_run_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("p.svg");
    let option = format!("--profile={}", picture.display());
    for (code, status) in [("1 // 0", 1), ("import os\nos.exit(3)", 3), ("while true { }", 70)] {
        let found = run(&["--fuel=100000", &option, "-e", code]).0;
        assert_eq!(found, status, "{code}");
        let text = std::fs::read_to_string(&picture).expect("a picture");
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{text}");
        std::fs::remove_file(&picture).expect("removed");
    }
    let (status, _, errors) = run(&["--profile=/no-such/p.svg", "-e", "1"]);
    assert_eq!(status, 1);
    assert!(errors.starts_with("error: cannot write the profile to /no-such/p.svg: "), "{errors}");
    let (status, _, errors) = run(&["repl", "--profile=p.svg"]);
    assert_eq!(status, 2);
    assert!(errors.contains("a dialogue has no profile"), "{errors}");
}
