//! Dialogues, by pipe: each file of `tests/repl` is one.
//!
//! A line that begins with `> ` is typed, one that begins with `. ` continues the entry before; all other lines are what
//! the dialogue must answer, output and errors as they come. Lines that begin with `# ` before the first entry say what
//! the dialogue is about.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The answers of the REPL to a text, standard output and standard error in one.
fn answers(input: &str) -> String {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.arg("repl").env("NO_COLOR", "1").env_remove("FORCE_COLOR").env("TERM", "dumb");
    command.stdin(Stdio::piped()).stdout(writer.try_clone().expect("a second end")).stderr(writer);
    let mut child = command.spawn().expect("started");
    // The command holds ends of the pipe, which must be closed for the reading to end.
    drop(command);
    let mut stdin = child.stdin.take().expect("piped");
    let text = input.to_string();
    let writing = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let mut output = String::new();
    reader.read_to_string(&mut output).expect("answers are text");
    let status = child.wait().expect("an end");
    writing.join().expect("no panic").expect("the REPL reads to the end");
    assert!(status.success(), "the REPL ended with {status}:\n{output}");
    output
}

#[test]
fn dialogues_go_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/repl");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).expect("readable").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "repl"));
    paths.sort();
    assert!(!paths.is_empty(), "there are no dialogues");
    let mut failures = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("readable");
        let (mut input, mut expected) = (String::new(), String::new());
        for line in text.lines() {
            match (line.strip_prefix("> "), line.strip_prefix(". ")) {
                (Some(entry), _) | (_, Some(entry)) => input.push_str(&format!("{entry}\n")),
                _ if input.is_empty() && line.starts_with('#') => {}
                _ => expected.push_str(&format!("{line}\n")),
            }
        }
        let actual = answers(&input);
        if actual != expected {
            let diff = similar::TextDiff::from_lines(&expected, &actual);
            failures.push(format!("{}:\n{}", path.display(), diff.unified_diff().header("expected", "actual")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_pipe_gets_no_prompt() {
    assert_eq!(answers(""), "");
    assert_eq!(answers("\n\n:quit\n"), "");
}
