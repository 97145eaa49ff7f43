//! What people see, letter by letter.

use super::*;
use crate::diagnostic::{Label, Severity};

/// Source text in which `⟦…⟧` marks the ranges meant, in order.
fn marked(name: &str, text: &str, sources: &mut SourceMap) -> Vec<SourceRange> {
    let mut plain = String::new();
    let mut open = Vec::new();
    let mut ranges = Vec::new();
    for character in text.chars() {
        match character {
            '⟦' => {
                open.push(ranges.len());
                ranges.push((plain.len() as u32, 0));
            }
            '⟧' => ranges[open.pop().expect("opened")].1 = plain.len() as u32,
            character => plain.push(character),
        }
    }
    let base = sources.add(name, plain).expect("small").base;
    ranges.into_iter().map(|(from, to)| SourceRange::new(base + from, base + to)).collect()
}

fn error(kind: &str, message: &str, range: SourceRange) -> Diagnostic {
    Diagnostic::new(Severity::Error, kind, message, range)
}

fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let text = render(diagnostic, sources, Style::PLAIN);
    assert!(text.lines().all(|line| !line.ends_with(' ')), "a row ends in blanks:\n{text}");
    text
}

#[test]
fn the_example_of_the_pin_check() {
    let mut sources = SourceMap::new();
    let text = "#\n#\n#\n#\n#\n#\n#\n{\n    ⟦writev(1, ⟦iov⟧, 2)⟧\n}\n";
    let ranges = marked("main.cot", text, &mut sources);
    let mut diagnostic = error("PinError", "argument 2 of writev: managed pointer to unpinned managed pointer", ranges[1])
        .with_at(ranges[0])
        .with_label("C could follow this pointer after the collector took its memory back")
        .with_detail("iov[1].base -> []u8 of 5 bytes")
        .with_help("pin it for as long as C may use it: pinner.pin(…), or pinner.pin_all(iov)");
    diagnostic.trace.push("main main.cot:9:5".into());
    assert_eq!(
        plain(&diagnostic, &sources),
        "\
error: PinError: argument 2 of writev: managed pointer to unpinned managed pointer
  iov[1].base -> []u8 of 5 bytes
  --> main.cot:9:5
   |
 9 |     writev(1, iov, 2)
   |               ^^^ C could follow this pointer after the collector took its memory back
  help: pin it for as long as C may use it: pinner.pin(…), or pinner.pin_all(iov)
"
    );
}

#[test]
fn a_value_that_is_no_error_has_no_kind() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "⟦throw 42⟧", &mut sources);
    assert_eq!(
        plain(&error("", "42", ranges[0]), &sources),
        "\
error: uncaught value: 42
  --> a.cot:1:1
   |
 1 | throw 42
   | ^^^^^^^^
"
    );
}

#[test]
fn warning_and_fatal_without_a_place() {
    let sources = SourceMap::new();
    let warning = Diagnostic::new(Severity::Warning, "", "an error in a finalizer", SourceRange::NOWHERE);
    assert_eq!(plain(&warning, &sources), "warning: an error in a finalizer\n");
    let fatal = Diagnostic::new(Severity::Fatal, "", "out of fuel", SourceRange::NOWHERE).with_detail("pinned at a.cot:1:2");
    assert_eq!(plain(&fatal, &sources), "fatal: out of fuel\n  pinned at a.cot:1:2\n");
}

#[test]
fn trace_cause_and_help_in_this_order() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "fn f() {\n    ⟦throw e⟧\n}\n⟦open(x)⟧\nf()\n", &mut sources);
    let mut cause = error("IOError", "no such file: x", ranges[1]).with_help("look twice");
    cause.trace.push("main a.cot:4:1".into());
    let mut diagnostic = error("Error", "could not load", ranges[0]).with_help("try again").with_help("look twice");
    diagnostic.trace = vec!["f a.cot:2:5".into(), "main a.cot:5:1".into()];
    diagnostic.cause = Some(Box::new(cause));
    assert_eq!(
        plain(&diagnostic, &sources),
        "\
error: Error: could not load
  --> a.cot:2:5
   |
 2 |     throw e
   |     ^^^^^^^
  in f a.cot:2:5
  in main a.cot:5:1
cause: IOError: no such file: x
  --> a.cot:4:1
   |
 4 | open(x)
   | ^^^^^^^
  help: try again
  help: look twice
"
    );
}

#[test]
fn secondary_places_in_the_same_file_and_in_another() {
    let mut sources = SourceMap::new();
    let other = marked("b.cot", "let ⟦a⟧ = 1\n", &mut sources);
    let ranges = marked("a.cot", "let ⟦x⟧ = 1\n#\nlet ⟦x⟧ = 2\n#\n#\n#\n#\n#\n#\n⟦y⟧\n", &mut sources);
    let diagnostic = Diagnostic::syntax("'x' is already declared", ranges[1])
        .with_secondary(ranges[0], "first declared here")
        .with_secondary(ranges[2], "")
        .with_secondary(other[0], "and here");
    assert_eq!(
        plain(&diagnostic, &sources),
        "\
error: SyntaxError: 'x' is already declared
   --> a.cot:3:5
    |
  1 | let x = 1
    |     - first declared here
  2 | #
  3 | let x = 2
    |     ^
...
 10 | y
    | -
   ::: b.cot:1:5
    |
  1 | let a = 1
    |     - and here
"
    );
}

#[test]
fn two_marks_in_one_line() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "f⟦(⟧1, 2⟦]⟧\n", &mut sources);
    let diagnostic =
        Diagnostic::syntax("expected ')'", ranges[1]).with_label("found ']'").with_secondary(ranges[0], "this bracket is open");
    assert_eq!(
        plain(&diagnostic, &sources),
        "\
error: SyntaxError: expected ')'
  --> a.cot:1:7
   |
 1 | f(1, 2]
   |       ^ found ']'
   |  - this bracket is open
"
    );
}

#[test]
fn tabs_and_wide_characters() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "\tlet 日本 = ⟦\"漢字\"⟧ + 1\n", &mut sources);
    assert_eq!(
        plain(&error("TypeError", "no", ranges[0]).with_label("a string"), &sources),
        "\
error: TypeError: no
  --> a.cot:1:11
   |
 1 |     let 日本 = \"漢字\" + 1
   |                ^^^^^^ a string
"
    );
}

#[test]
fn characters_that_move_the_cursor_are_replaced() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "x = \"\u{1b}[2J\u{202e}\" ⟦?⟧\n", &mut sources);
    assert_eq!(
        plain(&error("SyntaxError", "odd \u{1b}[2J", ranges[0]), &sources),
        "\
error: SyntaxError: odd \\x1b[2J
  --> a.cot:1:13
   |
 1 | x = \"\u{fffd}[2J\u{fffd}\" ?
   |             ^
"
    );
}

#[test]
fn a_long_line_is_cut_around_each_marker() {
    let mut sources = SourceMap::new();
    let text = format!("⟦first⟧ = {} + ⟦bad⟧ + {}\n", "a".repeat(300), "b".repeat(300));
    let ranges = marked("a.cot", &text, &mut sources);
    let diagnostic = error("TypeError", "no", ranges[1]).with_secondary(ranges[0], "into this");
    let expected = format!(
        "\
error: TypeError: no
  --> a.cot:1:312
   |
 1 | …{} + bad + {}…
   |  {}^^^
 1 | first = {}…
   | ----- into this
",
        "a".repeat(37),
        "b".repeat(74),
        " ".repeat(40),
        "a".repeat(112),
    );
    assert_eq!(plain(&diagnostic, &sources), expected);
}

#[test]
fn a_range_of_several_lines_marks_its_ends() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "let x = ⟦f(\n    1,\n    2,\n    3\n)⟧ + 1\nlet y = ⟦g(\n    1)\n⟧z\n", &mut sources);
    assert_eq!(
        plain(&error("TypeError", "too many arguments", ranges[0]).with_label("4 given"), &sources),
        "\
error: TypeError: too many arguments
  --> a.cot:1:9
   |
 1 | let x = f(
   |         ^^
...
 5 | ) + 1
   | ^ 4 given
"
    );
    assert_eq!(
        plain(&error("TypeError", "no", ranges[1]), &sources),
        "\
error: TypeError: no
  --> a.cot:6:9
   |
 6 | let y = g(
   |         ^^
 7 |     1)
   |     ^^
"
    );
}

#[test]
fn the_end_of_the_file_is_shown_behind_its_last_text() {
    let mut sources = SourceMap::new();
    for text in ["if x {\n    y\n\n  \n⟦⟧", "if x {\n    y⟦⟧", "if x {\r\n    y\r\n⟦⟧"] {
        let ranges = marked("a.cot", text, &mut sources);
        assert_eq!(
            plain(&Diagnostic::syntax("expected '}'", ranges[0]), &sources),
            "\
error: SyntaxError: expected '}'
  --> a.cot:2:6
   |
 2 |     y
   |      ^
"
        );
    }
}

#[test]
fn an_empty_file_has_a_place_too() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "⟦⟧", &mut sources);
    assert_eq!(
        plain(&Diagnostic::syntax("nothing here", ranges[0]), &sources),
        "error: SyntaxError: nothing here\n  --> a.cot:1:1\n   |\n 1 |\n   | ^\n"
    );
}

#[test]
fn a_message_of_several_lines_is_indented() {
    let sources = SourceMap::new();
    let mut diagnostic = error("Error", "one\n\ntwo\t3", SourceRange::NOWHERE).with_help("a\nb");
    diagnostic.primary = Label { range: SourceRange::NOWHERE, text: "unseen".into() };
    assert_eq!(plain(&diagnostic, &sources), "error: Error: one\n\n  two    3\n  help: a\n        b\n");
}

#[test]
fn colors_only_when_asked_for() {
    let mut sources = SourceMap::new();
    let ranges = marked("a.cot", "⟦x⟧\n", &mut sources);
    let diagnostic = error("NameError", "no", ranges[0]).with_help("h");
    assert_eq!(
        render(&diagnostic, &sources, Style::COLORED),
        "\x1b[1;31merror\x1b[0m: \x1b[1mNameError: no\x1b[0m
\x1b[1;34m  -->\x1b[0m a.cot:1:1
\x1b[1;34m   |\x1b[0m
\x1b[1;34m 1 |\x1b[0m x
\x1b[1;34m   |\x1b[0m \x1b[1;31m^\x1b[0m
  \x1b[1;36mhelp:\x1b[0m h
"
    );
}
