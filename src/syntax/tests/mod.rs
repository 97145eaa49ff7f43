//! Tests of the front end as a whole.

mod programs;

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
