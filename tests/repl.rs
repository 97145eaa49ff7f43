//! Dialogues, by pipe: each file of `tests/repl` is one.
//!
//! A line that begins with `> ` is typed, one that begins with `. ` continues the entry before; all other lines are what
//! the dialogue must answer, output and errors as they come. Lines that begin with `# ` before the first entry say what
//! the dialogue is about. `0x…` stands for any address. Dialogues in the page about the REPL go as they are written, too.

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

/// Addresses differ from run to run: hexadecimal numbers of more digits than anything else has are written `0x…`.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut result = parts.next().unwrap_or("").to_string();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(part.len());
        result.push_str("0x");
        result.push_str(if digits > 8 { "…" } else { &part[..digits] });
        result.push_str(&part[digits..]);
    }
    result
}

/// What is wrong with a dialogue.
fn complaint(place: &str, dialogue: &str) -> Option<String> {
    let (mut input, mut expected) = (String::new(), String::new());
    for line in dialogue.lines() {
        match (line.strip_prefix("> "), line.strip_prefix(". ")) {
            (Some(entry), _) | (_, Some(entry)) => input.push_str(&format!("{entry}\n")),
            _ if input.is_empty() && line.starts_with('#') => {}
            _ => expected.push_str(&format!("{line}\n")),
        }
    }
    let actual = without_addresses(&answers(&input));
    if actual == expected {
        return None;
    }
    let diff = similar::TextDiff::from_lines(&expected, &actual);
    Some(format!("{place}:\n{}", diff.unified_diff().header("expected", "actual")))
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
        failures.extend(complaint(&path.display().to_string(), &text));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_pipe_gets_no_prompt() {
    assert_eq!(answers(""), "");
    assert_eq!(answers("\n\n:quit\n"), "");
}

#[test]
fn dialogues_of_the_page_go_as_written() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/repl.md");
    let text = std::fs::read_to_string(&page).expect("readable");
    let dialogues: Vec<&str> = text.split("```text\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    let dialogues: Vec<&str> = dialogues.into_iter().filter(|block| block.starts_with("> ")).collect();
    assert!(dialogues.len() >= 4, "the page shows dialogues");
    let failures: Vec<String> =
        dialogues.into_iter().filter_map(|dialogue| complaint("docs/reference/repl.md", dialogue)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The row of a table that begins with a word: its other words.
fn row<'t>(table: &'t str, name: &str) -> Vec<&'t str> {
    let found = table.lines().find(|line| line.trim_start().starts_with(name));
    let line = found.unwrap_or_else(|| panic!("{name} is missing in\n{table}"));
    line.trim_start()[name.len()..].split_whitespace().collect()
}

#[test]
fn the_heap_is_told_in_figures() {
    let empty = answers(":heap\n");
    assert!(empty.contains("there was no collection yet"), "{empty}");
    let full = answers(
        "import gc\nlet big = new [3 * 1024 * 1024]u8\nlet points = []\nstruct Point { x: f64, y: f64 }\n\
         for i in 0..1000 { points.push(Point(i, i)) }\nlet pinner = Pinner()\npinner.pin(big);\ngc.collect()\n:heap\npinner.unpin()\n",
    );
    let bytes = row(&full, "[]u8 ");
    let size: f64 = bytes[1].parse().expect("a number");
    assert!((3.0..3.1).contains(&size) && bytes[2] == "MiB", "{full}");
    let points: u32 = row(&full, "Point ")[0].parse().expect("a number");
    assert_eq!(points, 1000, "{full}");
    assert_eq!(row(&full, "pinned ")[..3], ["1", "see", ":pins"], "{full}");
    let (allocated, alive): (u32, u32) = (row(&full, "allocated ")[0].parse().unwrap(), row(&full, "alive ")[0].parse().unwrap());
    assert!(allocated >= alive && alive > 1000, "{full}");
    // One was asked for; whether the heap had one before is its own affair.
    assert!(full.contains(" collection took ") || full.contains(" collections took "), "{full}");
}

#[test]
fn help_lists_all_commands() {
    let help = answers(":help\n");
    for word in [":c", ":doc", ":heap", ":help", ":load", ":pins", ":quit", ":reset", ":show", ":time", ":type"] {
        assert!(help.contains(&format!("\n  {word} ")), "{word} is missing in\n{help}");
    }
}

#[test]
fn a_file_that_cannot_be_loaded_is_told_with_the_folder() {
    let answer = answers(":load no_such_file.cot\n1\n");
    assert!(answer.starts_with("error: cannot read `no_such_file.cot`: No such file"), "{answer}");
    assert!(answer.contains("\n  help: paths begin in /"), "{answer}");
    assert!(answer.ends_with("\n1\n"), "{answer}");
}
