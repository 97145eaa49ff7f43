//! Tests of the front end as a whole.

mod depth;
mod endings;
mod errors;
mod literals;
mod precedence;
mod programs;
mod robust;

use super::*;
use crate::source::SourceMap;

/// Parses text that is expected to be correct.
fn parse_clean(text: &str) -> tree::Module {
    let parsed = parse_text(text);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|d| (&d.message, d.primary.range)).collect();
    assert!(messages.is_empty(), "{text}\n{messages:?}");
    parsed.module
}

fn parse_text(text: &str) -> Parsed {
    let mut map = SourceMap::new();
    parse(&map.add("test.cot", text).expect("the text is short"))
}

/// The expression that a text of one statement is, on one line with every grouping in parentheses.
fn grouped(text: &str) -> String {
    let module = parse_clean(text);
    match &module.statements[..] {
        [tree::Statement { kind: tree::StatementKind::Expression(expression), .. }] => print_expression(expression),
        _ => print_tree(&module).split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
