//! The gallery of messages: each script of `tests/gallery` makes a mistake, and `docs/errors.md` shows what the command says to it.
//!
//! `tests/gallery/contents.txt` says what is shown and in which order: a title behind `#`, scripts by their names, command lines
//! behind `$` with the mistake behind `--`. `COTTER_BLESS=1 cargo test --test gallery` writes the page anew.
//!
//! A script begins with a comment that says what its author did. It is run in its folder, so that messages hold no path of this
//! machine, with the options behind `# flags:`, if its second line has them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const INTRODUCTION: &str = "\
# What goes wrong, and what is said

Every message says what is wrong, where, what was expected, and what to do about it. This page shows them, each with a script
that makes the mistake. It is written by a test, from the scripts in `tests/gallery`: what it shows is what the command says.

Errors go to standard error. They are coloured on a terminal; `NO_COLOR=1` switches that off, `FORCE_COLOR=1` on.
`--error-format=short` prints one line for each, `--error-format=json` one JSON object for each, for editors and other programs.
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn gallery() -> PathBuf {
    root().join("tests/gallery")
}

enum Entry {
    Title(String),
    Script(String),
    CommandLine { arguments: String, mistake: String },
}

fn contents() -> Vec<Entry> {
    let text = std::fs::read_to_string(gallery().join("contents.txt")).expect("a table of contents");
    let entry = |line: &str| match (line.strip_prefix("# "), line.strip_prefix("$ cotter ")) {
        (Some(title), _) => Entry::Title(title.to_string()),
        (_, Some(command)) => {
            let (arguments, mistake) = command.split_once(" -- ").unwrap_or_else(|| panic!("no mistake is told: {line}"));
            Entry::CommandLine { arguments: arguments.trim().to_string(), mistake: mistake.to_string() }
        }
        _ => Entry::Script(line.to_string()),
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(entry).collect()
}

fn cotter(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COTTER_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").env("LC_ALL", "C").env_remove("FORCE_COLOR").env_remove("LD_LIBRARY_PATH");
    command.current_dir(gallery()).args(arguments).stdin(Stdio::null()).output().expect("the command runs")
}

/// What a command that must fail says, and nothing else.
fn message(name: &str, output: &Output) -> String {
    assert!(!output.status.success(), "{name} succeeds, so it shows nothing");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{name} prints");
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert!(!text.contains(&*root().to_string_lossy()), "{name} shows a path of this machine:\n{text}");
    assert!(!text.contains('\u{1b}'), "{name} is coloured");
    text
}

/// A script without its first comment and flags, which the page tells in its own way.
struct Script {
    mistake: String,
    flags: Vec<String>,
    text: String,
}

fn script(name: &str) -> Script {
    let text = std::fs::read_to_string(gallery().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mistake = text.lines().next().and_then(|line| line.strip_prefix("# "));
    let mistake = mistake.unwrap_or_else(|| panic!("{name} does not say what its author did")).to_string();
    let flags = text.lines().nth(1).and_then(|line| line.strip_prefix("# flags: ")).unwrap_or_default();
    Script { mistake, flags: flags.split_whitespace().map(str::to_string).collect(), text: text.clone() }
}

fn page() -> String {
    let mut page = INTRODUCTION.to_string();
    for entry in contents() {
        match entry {
            Entry::Title(title) => page.push_str(&format!("\n## {title}\n")),
            Entry::Script(name) => {
                let script = script(&name);
                let mut arguments: Vec<&str> = script.flags.iter().map(String::as_str).collect();
                arguments.push(&name);
                let said = message(&name, &cotter(&arguments));
                let mistake = script.mistake.trim_end_matches('.');
                page.push_str(&format!("\n### {mistake}\n\n```cotter-fails\n{}```\n\n```text\n{said}```\n", script.text));
            }
            Entry::CommandLine { arguments, mistake } => {
                let words: Vec<&str> = arguments.split_whitespace().collect();
                let said = message(&arguments, &cotter(&words));
                page.push_str(&format!("\n### {mistake}\n\n```text\n$ cotter {arguments}\n{said}```\n"));
            }
        }
    }
    page
}

#[test]
fn the_page_shows_what_is_said() {
    let page = page();
    let path = root().join("docs/errors.md");
    if std::env::var_os("COTTER_BLESS").is_some_and(|value| !value.is_empty()) {
        std::fs::write(&path, &page).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(&written, &page);
    let diff = diff.unified_diff().context_radius(2).header("docs/errors.md", "what is said").to_string();
    assert!(diff.is_empty(), "COTTER_BLESS=1 cargo test --test gallery writes the page anew\n{diff}");
}

#[test]
fn every_script_is_shown() {
    let shown: Vec<String> = contents()
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Script(name) => Some(name),
            _ => None,
        })
        .collect();
    for entry in std::fs::read_dir(gallery()).expect("the gallery") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        // What the scripts import is seen through them.
        let is_script = name.ends_with(".cot") && !name.ends_with("_imported.cot");
        assert!(!is_script || shown.contains(&name), "contents.txt does not name {name}");
    }
    for (index, name) in shown.iter().enumerate() {
        assert!(!shown[..index].contains(name), "contents.txt names {name} twice");
    }
}

/// One mistake in the three forms in which it can be told, and in colour.
#[test]
fn the_forms_of_a_message_tell_the_same() {
    let told = |arguments: &[&str]| message("undefined_name.cot", &cotter(&[arguments, &["undefined_name.cot"]].concat()));
    assert_eq!(told(&["--error-format=short"]), "undefined_name.cot:3:7: error: SyntaxError: undefined name `mesage`\n");
    let json = told(&["--error-format=json"]);
    assert_eq!(json.lines().count(), 1, "{json}");
    for part in
        ["\"kind\":\"SyntaxError\"", "\"message\":\"undefined name `mesage`\"", "\"file\":\"undefined_name.cot\"", "did you mean"]
    {
        assert!(json.contains(part), "{part} is missing in {json}");
    }
}

/// Colours are for terminals, unless somebody says otherwise.
#[test]
fn colours_are_for_terminals() {
    let said = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
        command.env_remove("NO_COLOR").env_remove("FORCE_COLOR").env_remove("COTTER_ERROR_FORMAT").env("TERM", "xterm");
        command.envs(variables.iter().copied()).current_dir(gallery()).arg("undefined_name.cot").stdin(Stdio::null());
        String::from_utf8(command.output().expect("the command runs").stderr).expect("text")
    };
    let plain = said(&[]);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    assert!(said(&[("FORCE_COLOR", "1")]).contains("\u{1b}[1;31merror\u{1b}[0m"));
    assert_eq!(said(&[("NO_COLOR", "1")]), plain);
    let mut rest = said(&[("FORCE_COLOR", "1")]);
    while let Some(start) = rest.find('\u{1b}') {
        let end = start + rest[start..].find('m').expect("an end") + 1;
        rest.replace_range(start..end, "");
    }
    assert_eq!(rest, plain, "colours change nothing but colours");
}
