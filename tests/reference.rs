//! The reference of the language names all there is: keywords, operators, kinds of errors, attributes, options. What the program knows is read
//! where it is declared, so that a page which forgets something new fails here.

use std::path::Path;
use std::process::Command;

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn page(name: &str) -> String {
    text(&format!("docs/reference/language/{name}.md"))
}

/// The quoted terminals of the grammar whose line ends in `, _),`: those that stand for one word.
fn terminals() -> Vec<String> {
    let grammar = text("grammar/cotter.lalrpop");
    let lines = grammar.lines().filter(|line| line.contains("=> (Token::") && line.ends_with(", _),"));
    lines.filter_map(|line| line.split('"').nth(1).map(str::to_string)).collect()
}

/// The words of the first code block behind a heading.
fn words_of_block(page: &str, heading: &str) -> Vec<String> {
    let (_, behind) = page.split_once(heading).unwrap_or_else(|| panic!("no heading {heading}"));
    let block = behind.split("```").nth(1).expect("a block");
    block.split_whitespace().skip(1).map(str::to_string).collect()
}

/// The string literals in a piece of source text that begins behind `start` and ends before `end`.
fn literals(path: &str, start: &str, end: &str) -> Vec<String> {
    let source = text(path);
    let (_, behind) = source.split_once(start).unwrap_or_else(|| panic!("{path} has no {start}"));
    let (piece, _) = behind.split_once(end).expect("an end");
    piece.split('"').skip(1).step_by(2).map(str::to_string).collect()
}

fn check_all_named(what: &str, names: &[String], at_least: usize, is_named: impl Fn(&str) -> bool) {
    assert!(names.len() >= at_least, "{what}: only {} were found: {names:?}", names.len());
    let missing: Vec<&String> = names.iter().filter(|name| !is_named(name)).collect();
    assert!(missing.is_empty(), "{what}: the reference does not name {missing:?}");
}

#[test]
fn every_keyword_and_operator_is_named() {
    let lexical = page("lexical");
    let (words, symbols): (Vec<String>, Vec<String>) = terminals()
        .into_iter()
        .filter(|word| !word.contains(' '))
        .partition(|word| word.starts_with(|c: char| c.is_alphabetic()));
    let keywords = words_of_block(&lexical, "## Keywords");
    // Those that are keywords in places only stand below the list; the others are no words but kinds of them.
    let others = ["type", "from", "c", "header", "name", "unknown", "failed"];
    let words: Vec<String> = words.into_iter().filter(|word| !others.contains(&word.as_str())).collect();
    check_all_named("keywords", &words, 30, |word| keywords.iter().any(|keyword| keyword == word));
    let operators = words_of_block(&lexical, "## Operators and punctuation");
    check_all_named("operators", &symbols, 50, |symbol| operators.iter().any(|operator| operator == symbol));
}

#[test]
fn every_kind_of_error_is_named() {
    let kinds = literals("src/value/thrown.rs", "pub fn name(self)", "\n    }\n");
    let errors = page("errors");
    check_all_named("kinds of errors", &kinds, 16, |kind| errors.contains(&format!("`{kind}`")));
}

#[test]
fn every_attribute_is_named() {
    let pages = page("extern") + &page("structs");
    let mut attributes = literals("src/compile/declaration.rs", "const FUNCTION_ATTRIBUTES", ";");
    attributes.extend(literals("src/compile/declaration.rs", "const PARAMETER_ATTRIBUTES", ";"));
    attributes.extend(["packed", "align"].map(String::from));
    check_all_named("attributes", &attributes, 12, |name| pages.contains(&format!("@{name}")));
}

/// `cotter doc @keeps`, `cotter doc struct`: the table of the command has them all, too.
#[test]
fn every_attribute_and_keyword_is_documented() {
    let known: Vec<String> = cotter::session::documentation::language().into_iter().map(|item| item.name).collect();
    let mut attributes = literals("src/compile/declaration.rs", "const FUNCTION_ATTRIBUTES", ";");
    attributes.extend(literals("src/compile/declaration.rs", "const PARAMETER_ATTRIBUTES", ";"));
    check_all_named("attributes", &attributes, 11, |name| known.contains(&format!("@{name}")));
    let keywords = words_of_block(&page("lexical"), "## Keywords");
    check_all_named("keywords", &keywords, 36, |name| known.iter().any(|word| word == name));
}

#[test]
fn every_option_of_a_run_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_cotter")).arg("--help").output().expect("started");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, options) = help.split_once("Options of a run:").expect("the options of a run");
    let names = options.lines().filter_map(|line| line.trim().strip_prefix("--")?.split([' ', '<']).next().map(str::to_string));
    let running = page("running");
    check_all_named("options", &names.collect::<Vec<_>>(), 8, |name| running.contains(&format!("`--{name}")));
}

#[test]
fn every_type_of_fields_is_named() {
    let source = text("src/value/layout/type_id.rs");
    let (_, behind) = source.split_once("// C's.").expect("the types of C");
    let (piece, _) = behind.split_once("// What stands behind").expect("their end");
    let names: Vec<String> = piece.split('"').skip(1).step_by(2).map(str::to_string).collect();
    let pages = page("structs") + &page("extern");
    let words: Vec<&str> = pages.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    check_all_named("types", &names, 20, |name| words.contains(&name));
}
