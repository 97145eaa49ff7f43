//! Where an argument of a call stands in the source text. Code carries the place of the call only; the rest is found again here, for
//! the few errors that are about one argument.

use crate::source::{SourceMap, SourceRange};
use crate::syntax;

/// The range of an argument (counted from 1) of the call at `call`, which ends with its closing parenthesis. `None` where arguments
/// are named, spread or not to be found.
pub fn argument_range(sources: &SourceMap, call: SourceRange, number: usize) -> Option<SourceRange> {
    let file = sources.file(call)?;
    let within = |range: SourceRange| range.start >= call.start && range.end <= call.end;
    let tokens: Vec<(SourceRange, &str)> = syntax::tokens(file)
        .into_iter()
        .map(|token| token.range)
        .filter(|&range| within(range) && range.start < range.end)
        .map(|range| (range, file.slice(range)))
        .filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#'))
        .collect();
    let (_, last) = tokens.last()?;
    if *last != ")" {
        return None;
    }
    // The parenthesis that the last one closes.
    let mut depth = 0;
    let open = tokens.iter().rposition(|(_, text)| {
        match *text {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let inner = &tokens[open + 1..tokens.len() - 1];
    let mut parts: Vec<Vec<(SourceRange, &str)>> = vec![Vec::new()];
    let mut depth = 0;
    for &(range, text) in inner {
        match text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut()?.push((range, text));
    }
    let is_plain = |part: &[(SourceRange, &str)]| {
        part.first().is_some_and(|(_, text)| *text != "...") && part.get(1).is_none_or(|(_, text)| *text != ":")
    };
    if !parts.iter().take(number).all(|part| is_plain(part)) {
        return None;
    }
    let part = parts.get(number.checked_sub(1)?)?;
    Some(part.first()?.0.to(part.last()?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(text: &str, number: usize) -> Option<String> {
        let mut sources = SourceMap::new();
        let file = sources.add("a.cot", text).ok()?;
        let range = argument_range(&sources, file.range(), number)?;
        Some(file.slice(range).to_string())
    }

    #[test]
    fn arguments_are_found_by_number() {
        assert_eq!(argument("writev(1, iov, 2)", 2).as_deref(), Some("iov"));
        assert_eq!(argument("f(g(1, 2), [3, 4][0], h)", 2).as_deref(), Some("[3, 4][0]"));
        assert_eq!(argument("lib.at(1)(a + b)", 1).as_deref(), Some("a + b"));
        assert_eq!(argument("f(\"a, b)\", c)", 2).as_deref(), Some("c"));
    }

    #[test]
    fn named_and_spread_arguments_have_no_number() {
        assert_eq!(argument("f(1, x: 2)", 2), None);
        assert_eq!(argument("f(...xs, 2)", 2), None);
        assert_eq!(argument("f(1)", 2), None);
        assert_eq!(argument("f", 1), None);
    }
}
