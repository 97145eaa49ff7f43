//! Colours for source text, and what else the tokens of an entry tell.

use crate::source::SourceMap;
use crate::syntax::token::TokenClass;
use crate::syntax::{ListedToken, tokens};
use std::ops::Range;

/// The text with colours; what is shown has the same width.
pub fn paint(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for (class, range) in listed(text) {
        // Tokens that overlap would be shown twice.
        if range.start < at {
            continue;
        }
        painted.push_str(&text[at..range.start]);
        let token = &text[range.clone()];
        match color(class) {
            Some(color) => painted.push_str(&format!("\x1b[{color}m{token}\x1b[0m")),
            None => painted.push_str(token),
        }
        at = range.end;
    }
    painted.push_str(&text[at..]);
    painted
}

/// Whether the last thing in the text that is no comment is a `;`.
pub fn ends_with_semicolon(text: &str) -> bool {
    let is_comment = |class| matches!(class, TokenClass::Comment | TokenClass::DocComment);
    listed(text).into_iter().rfind(|(class, _)| !is_comment(*class)).is_some_and(|(_, range)| &text[range] == ";")
}

/// The tokens that have text, with their places in it.
fn listed(text: &str) -> Vec<(TokenClass, Range<usize>)> {
    let mut sources = SourceMap::new();
    let Ok(file) = sources.add("", text) else { return Vec::new() };
    let place = |token: ListedToken| {
        let range = (token.range.start - file.base) as usize..(token.range.end - file.base) as usize;
        (!range.is_empty()).then_some((token.class, range))
    };
    tokens(&file).into_iter().filter_map(place).collect()
}

fn color(class: TokenClass) -> Option<&'static str> {
    match class {
        TokenClass::Keyword => Some("1;34"),
        TokenClass::Number => Some("36"),
        TokenClass::String => Some("32"),
        TokenClass::Interpolation => Some("1;32"),
        TokenClass::Comment | TokenClass::DocComment => Some("90"),
        TokenClass::Attribute => Some("33"),
        TokenClass::CText => Some("35"),
        TokenClass::Unknown => Some("31"),
        TokenClass::Name | TokenClass::Operator | TokenClass::Bracket | TokenClass::Separator => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A painted text without its colours.
    fn bare(painted: &str) -> String {
        let mut text = String::new();
        let mut rest = painted;
        while let Some((before, after)) = rest.split_once('\x1b') {
            text.push_str(before);
            rest = after.split_once('m').expect("an escape sequence ends").1;
        }
        text + rest
    }

    #[test]
    fn only_colors_are_added() {
        for text in [
            "let x = 1 # one\n",
            "\"a {b + \"c\"} d\"",
            "f(",
            "\"open",
            "@packed struct S { x: u8 }",
            "é ? ¿ 1x",
            "",
            "if x {\n  y\n}",
        ] {
            assert_eq!(bare(&paint(text)), text);
        }
        assert!(paint("let x = 1").contains("\x1b[1;34mlet\x1b[0m x = \x1b[36m1\x1b[0m"));
    }

    #[test]
    fn a_semicolon_at_the_end() {
        for text in ["x;", "x; ", "x; # quiet", "f();\n"] {
            assert!(ends_with_semicolon(text), "{text}");
        }
        for text in ["x", "x # no;", "\"x;", "\"x;\"", "", "a; b"] {
            assert!(!ends_with_semicolon(text), "{text}");
        }
    }
}
