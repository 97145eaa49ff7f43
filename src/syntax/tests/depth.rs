//! Whatever is nested, and however deep, there is a result or one error, and the machine's stack holds.

use super::*;

const MANY: usize = 100_000;

/// At most one error, and the tree is dropped within the stack of a test's thread.
fn at_most_one_error(text: &str) {
    let parsed = parse_text(text);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|d| &d.message).collect();
    assert!(messages.len() <= 1, "{} errors for {}…: {messages:?}", messages.len(), text.chars().take(40).collect::<String>());
    print_tree(&parsed.module);
}

fn one_error(text: &str, message: &str) {
    let parsed = parse_text(text);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|d| d.message.clone()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains(message), "{messages:?}");
}

#[test]
fn brackets() {
    for open in ["(", "[", "{", "f(", "\"{", "if a {", "fn f() {", "match x { 1 -> ", "new [", "a[", "struct A {", "union { "] {
        one_error(&open.repeat(MANY), if open.contains('"') { "never closed" } else { "nested more than 1000 deep" });
    }
    one_error(&format!("{}1{}", "(".repeat(MANY), ")".repeat(MANY)), "nested more than 1000 deep");
}

#[test]
fn prefix_operators() {
    for (prefix, end) in [("not ", "a"), ("- ", "a"), ("~", "a"), ("& ", "a"), ("let x: *", "T"), ("fn() => ", "1")] {
        if prefix.starts_with("let") {
            one_error(&format!("let x: {}T = 1", "* ".repeat(MANY)), "nested more than 1000 deep");
            one_error(&format!("let x: {}T = 1", "*".repeat(MANY)), "nested more than 1000 deep");
        } else {
            one_error(&format!("{}{end}", prefix.repeat(MANY)), "nested more than 1000 deep");
        }
    }
    at_most_one_error(&"-".repeat(MANY));
    at_most_one_error(&"!".repeat(MANY));
    at_most_one_error(&"not ".repeat(MANY));
    at_most_one_error(&"- ".repeat(MANY));
    at_most_one_error(&"defer ".repeat(MANY));
    at_most_one_error(&"a: ".repeat(MANY));
}

#[test]
fn chains() {
    for link in [" + a", " ** a", " ?? a", ".b", "?.b", "()", "[0]", " and a", " or a", " == a", " as T", "..a", " is T"] {
        at_most_one_error(&format!("x = a{}", link.repeat(MANY)));
    }
    at_most_one_error(&format!("let x: T{} = 1", "?".repeat(MANY)));
    at_most_one_error(&format!("x = a{}", " + a".repeat(1_000_000)));
}

#[test]
fn flat_things_have_no_bound() {
    let chain = format!("if a {{ 1 }}{} else {{ 2 }}", " else if a { 1 }".repeat(MANY));
    assert!(parse_text(&chain).diagnostics.is_empty());
    assert!(parse_text(&format!("x = [{}]", "1, ".repeat(MANY))).diagnostics.is_empty());
    assert!(parse_text(&"x = 1\n".repeat(MANY)).diagnostics.is_empty());
    assert!(parse_text(&format!("match x {{ {} -> 1 }}", vec!["1"; MANY].join(" | "))).diagnostics.is_empty());
    at_most_one_error(&" else if a { 1 }".repeat(MANY));
}

#[test]
fn a_tree_of_the_greatest_height_is_kept() {
    let module = parse_clean(&format!("x = {}1{}", "(".repeat(990), ")".repeat(990)));
    let height = module.statements[0].depth;
    assert!((990..=tree::MAXIMUM_DEPTH).contains(&height), "{height}");
}
