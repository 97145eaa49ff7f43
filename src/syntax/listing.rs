//! Tokens as others see them: for the listing, for highlighting, for the formatter, and to tell whether an entry is complete.

use super::lexer::{Lexeme, lex};
use super::statement_end::{Ending, end_statements};
use super::token::{Token, TokenClass};
use super::tree::Comment;
use crate::source::{SourceFile, SourceMap, SourceRange};

/// A token or comment with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedToken {
    pub class: TokenClass,
    /// Empty for what stands for a line break or a missing bracket.
    pub range: SourceRange,
}

/// All tokens of a file and its comments, in order of place. Never fails.
pub fn tokens(file: &SourceFile) -> Vec<ListedToken> {
    let mut lexed = lex(file);
    let (lexemes, _) = end_statements(file, &mut lexed);
    let mut listed: Vec<ListedToken> = Vec::with_capacity(lexemes.len() + lexed.comments.len());
    let mut is_attribute = false;
    for &lexeme in &lexemes {
        let class = if is_attribute && lexeme.token == Token::Name { TokenClass::Attribute } else { class_of(file, lexeme) };
        is_attribute = lexeme.token == Token::At;
        listed.push(ListedToken { class, range: SourceRange::new(file.base + lexeme.start, file.base + lexeme.end) });
    }
    for comment in &lexed.comments {
        let class = if comment.is_doc { TokenClass::DocComment } else { TokenClass::Comment };
        listed.push(ListedToken { class, range: comment.range });
    }
    listed.sort_by_key(|token| token.range.start);
    listed
}

/// A character in quotes is an integer to the grammar, and a string to the eye.
fn class_of(file: &SourceFile, lexeme: Lexeme) -> TokenClass {
    let is_character = lexeme.token == Token::Integer && file.text[lexeme.start as usize..].starts_with('\'');
    if is_character { TokenClass::String } else { lexeme.token.class() }
}

/// A file as the grammar sees it, with its comments: what the formatter lays out.
#[derive(Debug)]
pub struct Lexemes {
    /// In order of place. A `;` that stands for a line break is empty; so is a bracket that was missing.
    pub tokens: Vec<Lexeme>,
    pub comments: Vec<Comment>,
}

/// The tokens of a file behind the second pass, and its comments. Never fails.
pub fn lexemes(file: &SourceFile) -> Lexemes {
    let mut lexed = lex(file);
    let (tokens, _) = end_statements(file, &mut lexed);
    Lexemes { tokens, comments: lexed.comments }
}

/// Whether a punctuation mark that follows another without a blank would be read as something else.
pub fn would_join(left: &str, right: &str) -> bool {
    let text = format!("{left}{right}");
    let mut matcher = <Token as logos::Logos>::lexer(&text);
    while matcher.next().is_some() && matcher.span().end < left.len() {}
    matcher.span().end != left.len()
}

/// Whether more has to follow before `text` is worth parsing: a bracket or string is open, or it ends in an operator or a doc comment.
pub fn is_incomplete(text: &str) -> bool {
    let mut map = SourceMap::new();
    let Ok(file) = map.add("<entry>", text) else { return false };
    let mut lexed = lex(&file);
    let (_, ending) = end_statements(&file, &mut lexed);
    let last_line = text.trim_end_matches('\n').rsplit('\n').next().unwrap_or("").trim_start();
    ending == Ending::Incomplete || last_line.starts_with("## ") && lexed.comments.last().is_some_and(|comment| comment.is_doc)
}
