//! Expressions inside of strings: the blanks between their tokens are those of other expressions. They are never broken, and those that the
//! writer broke stay as they are.

use super::build::{Builder, Source};
use crate::syntax::Lexeme;
use crate::syntax::token::Token;

/// Strings in strings in strings: from here on they stay as they are. Nobody writes so many, and each level asks for stack.
const DEEPEST: usize = 8;

/// The text of a string with interpolations, given its tokens; nothing if it stays as it is.
pub fn template(source: Source, tokens: &[Lexeme], depth: usize) -> Option<String> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    if depth >= DEEPEST {
        return None;
    }
    let mut text = String::new();
    let mut copied = first.start as usize;
    let mut open: Vec<usize> = Vec::new();
    for (at, lexeme) in tokens.iter().enumerate() {
        match lexeme.token {
            Token::HoleOpen => open.push(at),
            Token::HoleClose => {
                let Some(opened) = open.pop() else { continue };
                let (start, end) = (tokens[opened].end as usize, lexeme.start as usize);
                if !open.is_empty() || source.text[start..end].contains('\n') {
                    continue;
                }
                text.push_str(&source.text[copied..start]);
                expression(source, &tokens[opened + 1..at], depth, &mut text);
                copied = end;
            }
            _ => {}
        }
    }
    text.push_str(&source.text[copied..last.end as usize]);
    (text != source.text[first.start as usize..last.end as usize]).then_some(text)
}

fn expression(source: Source, tokens: &[Lexeme], depth: usize, out: &mut String) {
    let pieces = Builder::new(source, tokens, &[], depth + 1).run();
    let mut is_first = true;
    for (at, piece) in pieces.pieces.iter().enumerate() {
        if pieces.is_printed(at) {
            if piece.has_space && !is_first {
                out.push(' ');
            }
            out.push_str(&piece.text);
            is_first = false;
        }
    }
}
