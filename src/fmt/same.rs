//! Whether a formatted text means what its source means.

use crate::source::{SourceFile, SourceMap};
use crate::syntax::token::Token;
use crate::syntax::{BraceKind, Lexemes, lexemes};

/// Panics if two texts differ in more than what the style may change.
pub fn expect_same(file: &SourceFile, text: &str) {
    let mut sources = SourceMap::new();
    let Ok(formatted) = sources.add(file.name.clone(), text) else { return };
    let (before, after) = (lexemes(file), lexemes(&formatted));
    let (old, new) = (meaning(file, &before), meaning(&formatted, &after));
    if let Some(at) = old.iter().zip(&new).position(|(old, new)| old != new) {
        panic!("formatting {} would turn {:?} into {:?}", file.name, old[at], new[at]);
    }
    assert!(old.len() == new.len(), "formatting {} would change how many tokens there are", file.name);
    assert!(comments_of(file, &before) == comments_of(&formatted, &after), "formatting {} would lose a comment", file.name);
}

/// The comments of a text, without blanks at their ends.
pub fn comments(file: &SourceFile) -> Vec<&str> {
    comments_of(file, &lexemes(file))
}

fn comments_of<'text>(file: &'text SourceFile, lexemes: &Lexemes) -> Vec<&'text str> {
    lexemes.comments.iter().map(|comment| file.slice(comment.range).trim_end()).collect()
}

/// A token and its text. Separators have the text of their kind, wherever they come from; those before a closing bracket,
/// behind an opening one and behind another one say nothing. The text of a block of text may be indented otherwise.
fn meaning(file: &SourceFile, lexemes: &Lexemes) -> Vec<(Token, String)> {
    let mut tokens: Vec<(Token, String)> = Vec::with_capacity(lexemes.tokens.len());
    let mut open: Vec<bool> = Vec::new();
    for lexeme in &lexemes.tokens {
        let mut token = lexeme.token;
        match token {
            Token::BraceOpen => open.push(BraceKind::from_value(lexeme.value).separates_by_comma()),
            Token::ParenOpen | Token::BracketOpen | Token::HoleOpen => open.push(false),
            Token::Comma if open.last() == Some(&true) => token = Token::Semicolon,
            _ => {}
        }
        if closes(token) {
            open.pop();
            while tokens.last().is_some_and(|(last, _)| matches!(last, Token::Semicolon | Token::Comma)) {
                tokens.pop();
            }
        }
        if token == Token::Semicolon {
            let says_nothing = tokens.last().is_none_or(|(last, _)| matches!(last, Token::Semicolon | Token::BraceOpen));
            if !says_nothing {
                tokens.push((token, String::new()));
            }
            continue;
        }
        let text = &file.text[lexeme.start as usize..lexeme.end as usize];
        let is_text = matches!(token, Token::String | Token::TemplateText) && text.contains('\n');
        let text = if is_text { unindented(text) } else { text.to_string() };
        tokens.push((token, text));
    }
    while tokens.last().is_some_and(|(last, _)| *last == Token::Semicolon) {
        tokens.pop();
    }
    tokens
}

fn unindented(text: &str) -> String {
    text.split('\n').map(str::trim_start).collect::<Vec<_>>().join("\n")
}

fn closes(token: Token) -> bool {
    matches!(token, Token::ParenClose | Token::BracketClose | Token::BraceClose | Token::HoleClose)
}
