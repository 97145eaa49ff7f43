//! Text to raw tokens: the loop around the generated matcher, and the stack of strings whose interpolations are open.
//!
//! Nothing here fails: what is wrong goes to the list of diagnostics, and a token that keeps the rest readable takes its place.

use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::source::{SourceFile, SourceRange};
use crate::syntax::tree::Comment;
use logos::Logos;
use std::rc::Rc;

/// A token with its place, in bytes of the file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    pub token: Token,
    /// A line break stands between the token before and this one.
    pub line_break: bool,
    pub start: u32,
    pub end: u32,
    /// What the token's own documentation says.
    pub value: u32,
}

/// The values of literals; tokens hold indexes into these.
#[derive(Debug, Default)]
pub struct Literals {
    pub integers: Vec<i64>,
    pub floats: Vec<f64>,
    pub strings: Vec<Rc<str>>,
    pub bytes: Vec<Rc<[u8]>>,
    pub formats: Vec<Format>,
}

/// All that the lexer found in a file.
#[derive(Debug, Default)]
pub struct Lexed {
    pub lexemes: Vec<Lexeme>,
    pub literals: Literals,
    pub comments: Vec<Comment>,
    /// Doc comments, by the position (in the text) of the token they stand before; sorted.
    pub docs: Vec<(u32, Rc<str>)>,
    pub diagnostics: Vec<Diagnostic>,
    /// A string, or C text, goes on beyond the end of the text.
    pub is_unterminated: bool,
    /// Brackets were nested too deep, which the second pass has reported; what is behind them is left out.
    pub is_cut: bool,
}

pub(super) struct Lexer<'source> {
    pub text: &'source str,
    pub base: u32,
    pub out: Lexed,
    /// Where the next token is looked for.
    pub at: usize,
    /// The strings we are in an interpolation of, outermost first.
    pub templates: Vec<super::string::OpenTemplate>,
    line_break: bool,
    /// Doc comment lines that may belong to the next token, and the line breaks seen since the last of them.
    pending_doc: Vec<(usize, usize)>,
    breaks_since_doc: u32,
    /// Since `extern`, nothing but what may stand between it and `c {` was read.
    in_extern_header: bool,
}

/// Reads a whole file.
pub fn lex(file: &SourceFile) -> Lexed {
    let mut lexer = Lexer {
        text: &file.text,
        base: file.base,
        out: Lexed::default(),
        at: 0,
        templates: Vec::new(),
        line_break: false,
        pending_doc: Vec::new(),
        breaks_since_doc: 0,
        in_extern_header: false,
    };
    lexer.out.lexemes.reserve(file.text.len() / 4);
    lexer.run();
    lexer.out
}

impl Lexer<'_> {
    pub fn range(&self, start: usize, end: usize) -> SourceRange {
        SourceRange::new(self.base + start as u32, self.base + end as u32)
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.out.diagnostics.push(diagnostic);
    }

    pub fn push(&mut self, token: Token, start: usize, end: usize) {
        self.push_value(token, start, end, 0);
    }

    pub fn push_value(&mut self, token: Token, start: usize, end: usize, value: usize) {
        if !self.pending_doc.is_empty() {
            self.attach_doc(start);
        }
        let lexeme = Lexeme { token, line_break: self.line_break, start: start as u32, end: end as u32, value: value as u32 };
        self.line_break = false;
        self.out.lexemes.push(lexeme);
    }

    pub fn last_token(&self) -> Option<Token> {
        self.out.lexemes.last().map(|lexeme| lexeme.token)
    }

    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        if let Some(nul) = self.text.find('\0') {
            let range = self.range(nul, nul + 1);
            self.report(
                Diagnostic::syntax("a NUL byte cannot stand in source text", range).with_help("in a string, write `\\0`"),
            );
        }
        let mut matcher = Token::lexer(self.text);
        matcher.bump(self.at);
        while let Some(result) = matcher.next() {
            let span = matcher.span();
            self.at = span.end;
            match result {
                Ok(token) => self.accept(token, span.start, span.end),
                Err(()) => self.unknown(span.start),
            }
            let behind = self.at - matcher.span().end;
            if behind > 0 {
                matcher.bump(behind);
            }
        }
        self.finish_templates();
    }

    /// Handles one match of the generated matcher; may read on by hand and leave `at` further behind.
    fn accept(&mut self, token: Token, start: usize, end: usize) {
        use Token::*;
        match token {
            LineBreak => {
                self.line_break = true;
                self.breaks_since_doc += 1;
            }
            Comment => self.comment(start, end),
            Integer => self.number(start),
            Quote => self.string(start, super::string::Quotes::Single),
            BlockQuote => self.string(start, super::string::Quotes::Block),
            RawQuote => self.raw_string(start, end, "\""),
            RawBlockQuote => self.raw_string(start, end, "\"\"\""),
            BytesQuote => self.byte_string(start, end),
            CharacterQuote => self.character(start, end),
            Foreign => self.foreign(start, end),
            Name => self.name(start, end),
            ParenOpen | BracketOpen | BraceOpen => {
                if let Some(template) = self.templates.last_mut() {
                    template.brackets.push(token);
                }
                self.in_extern_header = false;
                self.push(token, start, end);
            }
            ParenClose | BracketClose => {
                if let Some(template) = self.templates.last_mut()
                    && template.brackets.last() == Some(if token == ParenClose { &ParenOpen } else { &BracketOpen })
                {
                    template.brackets.pop();
                }
                self.push(token, start, end);
            }
            BraceClose => {
                let ends_hole = self.templates.last_mut().is_some_and(|template| !template.close_brace());
                if ends_hole { self.close_hole(start, end) } else { self.push(token, start, end) }
            }
            Colon if self.templates.last().is_some_and(|template| template.brackets.is_empty()) => self.hole_format(start, end),
            Comma | As => self.push(token, start, end),
            Extern => {
                self.in_extern_header = true;
                self.push(token, start, end);
            }
            _ => {
                self.in_extern_header = false;
                self.push(token, start, end);
            }
        }
    }

    /// A name, unless it is the `c` or `header` of an extern block.
    fn name(&mut self, start: usize, end: usize) {
        if !self.in_extern_header {
            return self.push(Token::Name, start, end);
        }
        let last = self.last_token();
        let rest = self.text[end..].trim_start_matches([' ', '\t']);
        let word = &self.text[start..end];
        if last == Some(Token::As) {
            self.push(Token::Name, start, end);
        } else if word == "header" && rest.starts_with(['"', 'r']) {
            self.push(Token::Header, start, end);
        } else if word == "c" && rest.starts_with('{') {
            self.push(Token::C, start, end);
            self.c_text(self.text.len() - rest.len());
        } else {
            self.in_extern_header = false;
            self.push(Token::Name, start, end);
        }
    }

    /// Reads the braces behind `extern … c` and the C declarations between them.
    fn c_text(&mut self, open: usize) {
        self.in_extern_header = false;
        self.push(Token::BraceOpen, open, open + 1);
        let length = super::c_text::length(&self.text[open + 1..]);
        let end = open + 1 + length.unwrap_or(self.text.len() - open - 1);
        self.push(Token::CText, open + 1, end);
        match length {
            Some(_) => {
                self.push(Token::BraceClose, end, end + 1);
                self.at = end + 1;
            }
            None => {
                // The brackets' own check reports the brace.
                self.out.is_unterminated = true;
                self.at = end;
            }
        }
    }

    /// One error for a run of characters that begin no token.
    fn unknown(&mut self, start: usize) {
        let rest = &self.text[start..];
        let Some(character) = rest.chars().next() else { return };
        let is_unknown =
            |c: char| !c.is_ascii() && !unicode_ident::is_xid_start(c) || matches!(c, '$' | '\\' | '`') || c.is_ascii_control();
        let length = rest.find(|c: char| !is_unknown(c) || c == '\n').unwrap_or(rest.len()).max(character.len_utf8());
        let end = start + length;
        self.at = end;
        let range = self.range(start, end);
        let mut diagnostic = Diagnostic::syntax(format!("unexpected character {}", describe_character(character)), range);
        if let Some(help) = replacement(character) {
            diagnostic = diagnostic.with_help(help);
        }
        self.report(diagnostic);
        self.push(Token::Unknown, start, end);
    }

    /// `&& || ! ++ --` and longer runs of them: one error that says what to write, and the token that was meant.
    fn foreign(&mut self, start: usize, end: usize) {
        let word = &self.text[start..end];
        let (token, message, help) = match word.as_bytes()[0] {
            b'&' => (Token::And, "there is no operator `&&`", "write `and`"),
            b'|' => (Token::Or, "there is no operator `||`", "write `or`"),
            b'!' => (Token::Not, "there is no operator `!`", "write `not`"),
            b'+' => (Token::Unknown, "there is no operator `++`", "write `+= 1`"),
            _ if self.text[end..].starts_with([' ', '\n']) && (self.line_break || self.out.lexemes.is_empty()) => {
                (Token::Unknown, "there is no operator `--`", "a comment begins with `#`; to count down, write `x -= 1`")
            }
            _ => (Token::Unknown, "there is no operator `--`", "write `-= 1`, or `- -x` to negate twice"),
        };
        let range = self.range(start, end);
        self.report(Diagnostic::syntax(message, range).with_help(help));
        self.push(token, start, end);
    }

    fn comment(&mut self, start: usize, end: usize) {
        let line = self.text[start..end].trim_end_matches('\r');
        let end = start + line.len();
        let is_doc = line.trim_end() == "##" || line.starts_with("## ");
        let range = self.range(start, end);
        self.out.comments.push(Comment { range, is_doc });
        let begins_line = self.line_break || self.out.lexemes.is_empty();
        if !is_doc || !begins_line || self.breaks_since_doc > 1 {
            self.pending_doc.clear();
        }
        if is_doc && begins_line {
            self.pending_doc.push((start, end));
            self.breaks_since_doc = 0;
        }
    }

    /// Keeps the doc comment for the token at `start`, if no blank line stands between.
    fn attach_doc(&mut self, start: usize) {
        if self.breaks_since_doc == 1 {
            // Without the blank behind `##`; what is indented further (an example) stays so.
            let line = |&(from, to): &(usize, usize)| {
                let line = &self.text[from + 2..to];
                line.strip_prefix(' ').unwrap_or(line).trim_end()
            };
            let text = self.pending_doc.iter().map(line).collect::<Vec<&str>>().join("\n");
            if !text.trim().is_empty() {
                self.out.docs.push((start as u32, text.into()));
            }
        }
        self.pending_doc.clear();
    }
}

fn describe_character(character: char) -> String {
    if character.is_control() || character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}') {
        format!("U+{:04X}", character as u32)
    } else if character == '`' {
        "'`'".to_string()
    } else {
        format!("`{character}`")
    }
}

/// What a character that word processors and other languages write is meant to be.
fn replacement(character: char) -> Option<&'static str> {
    Some(match character {
        '“' | '”' | '„' | '«' | '»' => "strings stand in straight quotes: \"…\"",
        '‘' | '’' | '`' => "strings stand in double quotes: \"…\"",
        '–' | '—' | '−' => "a minus sign is `-`",
        '×' => "multiplication is `*`",
        '÷' => "division is `/`",
        '≠' => "write `!=`",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '→' => "write `->`",
        '$' => "an interpolation is written \"{name}\"",
        '\\' => "a statement goes on after an operator or inside brackets; no sign is needed for it",
        '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => "an invisible character; delete it",
        _ => return None,
    })
}
