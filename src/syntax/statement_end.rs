//! The second pass: where statements end, and which words are names.
//!
//! The grammar sees a `;` at the end of every statement. This pass puts it where a line break ends one:
//!
//! 1. the token before the break can end a statement (a name, a literal, a closing bracket, `return` …);
//! 2. the innermost open bracket is a brace, not `(`, `[` or the `{` of an interpolation;
//! 3. the token behind the break does not go on with the statement (`.`, `else`, `and` …);
//! 4. the token before is not the end of an attribute.
//!
//! An unclosed `(` or `[` would swallow all that follows. So, where a line inside of it begins with a keyword that only a statement
//! begins with, the bracket is reported and taken as closed.
//!
//! Keywords become names where the language says so, and `type from c header` become keywords where the grammar expects them,
//! told from their neighbours.

use super::bracket::{BraceKind, Open, Opening};
use super::lexer::{Lexed, Lexeme};
use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceRange};

/// What ended a statement: the value of a `;` token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A `;` in the text.
    Semicolon = 0,
    LineBreak = 1,
    /// The end of the text.
    Text = 2,
}

/// A header that waits for its `{`.
#[derive(Debug, Clone, Copy)]
struct Header {
    /// How many brackets were open where it began.
    level: usize,
    kind: BraceKind,
    is_function: bool,
}

/// How a text ends, for multi-line entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    /// More has to follow: an open bracket, an operator at the end.
    Incomplete,
}

pub(super) struct Pass<'source> {
    pub text: &'source str,
    base: u32,
    raw: &'source [Lexeme],
    at: usize,
    pub out: Vec<Lexeme>,
    pub stack: Vec<Open>,
    headers: Vec<Header>,
    /// A position, and where its line starts: brackets come in order of place, so each search goes back to the one before only.
    pub last_line: (u32, u32),
    /// Braces of extern blocks among the open brackets.
    extern_depth: usize,
    /// The token before ended an attribute.
    after_attribute: bool,
    /// The brackets were nested too deep; what follows is left out.
    pub is_cut: bool,
    /// The first closing brace whose indentation tells that a brace is missing before it.
    pub suspect: Option<(Open, Lexeme)>,
    pub has_closed: bool,
    /// The lexer has reported a string that swallows the rest of the text.
    pub is_unterminated: bool,
    diagnostics: Vec<Diagnostic>,
}

/// The tokens as the grammar sees them, appended to `lexed.diagnostics` what is wrong with their brackets.
pub fn end_statements(file: &SourceFile, lexed: &mut Lexed) -> (Vec<Lexeme>, Ending) {
    let raw = std::mem::take(&mut lexed.lexemes);
    let mut pass = Pass {
        text: &file.text,
        base: file.base,
        raw: &raw,
        at: 0,
        out: Vec::with_capacity(raw.len() + raw.len() / 4),
        stack: Vec::new(),
        headers: Vec::new(),
        last_line: (0, 0),
        extern_depth: 0,
        after_attribute: false,
        is_cut: false,
        suspect: None,
        has_closed: false,
        is_unterminated: lexed.is_unterminated,
        diagnostics: Vec::new(),
    };
    pass.run();
    let ending = pass.ending(lexed.is_unterminated);
    let is_reported = !pass.is_cut && !lexed.is_unterminated;
    pass.close_all(is_reported || pass.only_c_text_is_open());
    pass.end_statement(End::Text);
    lexed.is_cut = pass.is_cut;
    lexed.diagnostics.extend(pass.diagnostics);
    (pass.out, ending)
}

impl Pass<'_> {
    pub(super) fn range(&self, lexeme: Lexeme) -> SourceRange {
        self.range_of(lexeme.start, lexeme.end)
    }

    pub(super) fn range_of(&self, start: u32, end: u32) -> SourceRange {
        SourceRange::new(self.base + start, self.base + end)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn last(&self) -> Option<Token> {
        self.out.last().map(|lexeme| lexeme.token)
    }

    fn before_last(&self) -> Option<Token> {
        self.out.len().checked_sub(2).map(|at| self.out[at].token)
    }

    fn next_is(&self, test: impl Fn(&Lexeme) -> bool) -> bool {
        self.raw.get(self.at + 1).is_some_and(test)
    }

    fn top(&self) -> Option<Opening> {
        self.stack.last().map(|open| open.opening)
    }

    fn run(&mut self) {
        while let Some(&lexeme) = self.raw.get(self.at) {
            let lexeme = Lexeme { token: self.meaning(lexeme), ..lexeme };
            if lexeme.line_break && !self.out.is_empty() {
                self.line_break(lexeme);
            }
            self.accept(lexeme);
            if self.is_cut {
                return;
            }
            self.at += 1;
        }
    }

    /// Which token a word is here.
    fn meaning(&self, lexeme: Lexeme) -> Token {
        let token = lexeme.token;
        if token == Token::Name {
            return self.contextual(lexeme);
        }
        if !token.is_keyword() || matches!(token, Token::C | Token::Header) {
            return token;
        }
        let is_name = match self.last() {
            Some(Token::Dot | Token::SafeDot) => true,
            last => match self.top() {
                Some(Opening::Paren { is_parameters: true, .. }) => {
                    self.extern_depth > 0 && self.next_is(|n| n.token == Token::Colon)
                }
                Some(Opening::Paren { is_offsetof: true, .. }) if last == Some(Token::Comma) => {
                    self.next_is(|n| matches!(n.token, Token::ParenClose | Token::Dot | Token::Comma))
                }
                Some(Opening::Paren { .. }) => {
                    matches!(last, Some(Token::ParenOpen | Token::Comma)) && self.next_is(|n| n.token == Token::Colon)
                }
                Some(Opening::Brace(BraceKind::Record)) => {
                    let ends_name = |n: &Lexeme| {
                        n.line_break
                            || matches!(
                                n.token,
                                Token::Colon | Token::Assign | Token::Comma | Token::BraceClose | Token::Semicolon
                            )
                    };
                    let begins_member =
                        matches!(last, Some(Token::BraceOpen | Token::Semicolon | Token::Comma)) || lexeme.line_break;
                    begins_member && self.next_is(ends_name)
                }
                Some(Opening::Brace(BraceKind::HeaderNames)) => true,
                _ => false,
            },
        };
        if is_name { Token::Name } else { token }
    }

    /// `type` and `from` begin a statement and are followed by a name (or a path) in the same line.
    fn contextual(&self, lexeme: Lexeme) -> Token {
        let word = &self.text[lexeme.start as usize..lexeme.end as usize];
        if !matches!(word, "type" | "from") || !self.is_at_statement_start(lexeme) || !self.next_is(|n| !n.line_break) {
            return Token::Name;
        }
        if word == "type" && self.next_is(|n| n.token == Token::Name || n.token.is_keyword() && !is_operator_word(n.token)) {
            Token::Type
        } else if word == "from" && self.next_is(|n| matches!(n.token, Token::Name | Token::String | Token::TemplateStart)) {
            Token::From
        } else {
            Token::Name
        }
    }

    fn is_at_statement_start(&self, lexeme: Lexeme) -> bool {
        match self.last() {
            None | Some(Token::Semicolon) => true,
            Some(Token::BraceOpen) => matches!(self.top(), Some(Opening::Brace(BraceKind::Block | BraceKind::Extern))),
            Some(last) => {
                lexeme.line_break
                    && last.can_end_statement()
                    && matches!(self.top(), None | Some(Opening::Brace(BraceKind::Block | BraceKind::Extern)))
            }
        }
    }

    /// Handles the line break before a token.
    fn line_break(&mut self, lexeme: Lexeme) {
        if matches!(self.top(), Some(Opening::Paren { .. } | Opening::Bracket)) && self.begins_statement(lexeme) {
            self.give_up_brackets(lexeme);
        }
        let is_significant = match self.top() {
            None | Some(Opening::Brace(_)) => true,
            Some(_) => false,
        };
        if !is_significant || self.after_attribute || lexeme.token.continues_statement() {
            return;
        }
        if lexeme.token == Token::BraceOpen && self.is_header_open() {
            if let Some(&last) = self.out.last() {
                let diagnostic = Diagnostic::syntax("a header and its `{` stand on one line", self.range(last))
                    .with_label("the `{` belongs behind this")
                    .with_secondary(self.range(lexeme), "it stands here");
                self.report(diagnostic);
            }
            return;
        }
        let ends_header_name = self.last() == Some(Token::Star) && self.top() == Some(Opening::Brace(BraceKind::HeaderNames));
        if self.last().is_some_and(Token::can_end_statement) || ends_header_name {
            self.end_statement(End::LineBreak);
        }
    }

    fn is_header_open(&self) -> bool {
        self.headers.last().is_some_and(|header| header.level == self.stack.len())
    }

    /// Inside of `(` or `[`: a line that begins a statement, so that the bracket must have been forgotten.
    fn begins_statement(&self, lexeme: Lexeme) -> bool {
        let token = lexeme.token;
        let is_declaration = token == Token::Fn && self.next_is(|n| n.token == Token::Name) && self.extern_depth == 0;
        let is_right_side =
            matches!(token, Token::Throw | Token::Return) && matches!(self.last(), Some(Token::Coalesce | Token::Or));
        (token.begins_statement() && !is_right_side || is_declaration)
            && !(token == Token::Const && matches!(self.last(), Some(Token::Star | Token::Power)))
    }

    fn give_up_brackets(&mut self, lexeme: Lexeme) {
        if let Some(&open) = self.stack.last() {
            self.report_unclosed(open, Some(lexeme));
        }
        while matches!(self.top(), Some(Opening::Paren { .. } | Opening::Bracket)) {
            self.close_virtually();
        }
    }

    /// Puts in a `;` (none behind another one).
    pub(super) fn end_statement(&mut self, end: End) {
        let position = match self.out.last() {
            None => return,
            Some(last) if last.token == Token::Semicolon => return,
            Some(last) => last.end,
        };
        let position = if end == End::Text { self.text.trim_end().len().max(position as usize) as u32 } else { position };
        self.out.push(Lexeme { token: Token::Semicolon, line_break: false, start: position, end: position, value: end as u32 });
        self.forget_headers_from(self.stack.len());
    }

    /// A bracket was closed: headers inside of it wait no longer.
    pub(super) fn forget_headers(&mut self) {
        self.forget_headers_from(self.stack.len() + 1);
        self.extern_depth = self.extern_depth.min(self.stack.len());
        if self.extern_depth > 0 {
            self.extern_depth = self.stack.iter().filter(|o| o.opening == Opening::Brace(BraceKind::Extern)).count();
        }
    }

    fn forget_headers_from(&mut self, level: usize) {
        while self.headers.last().is_some_and(|header| header.level >= level) {
            self.headers.pop();
        }
    }

    fn accept(&mut self, lexeme: Lexeme) {
        let was_attribute_name = self.last() == Some(Token::At);
        self.after_attribute = false;
        match lexeme.token {
            Token::ParenOpen => {
                let is_parameters = self.last() == Some(Token::Fn) || self.before_last() == Some(Token::Fn);
                let is_attribute = self.before_last() == Some(Token::At);
                let is_offsetof = self.last() == Some(Token::Offsetof);
                self.open(Opening::Paren { is_parameters, is_attribute, is_offsetof }, lexeme);
            }
            Token::BracketOpen => {
                if !self.index_name(lexeme) {
                    self.open(Opening::Bracket, lexeme);
                }
            }
            Token::BraceOpen => self.open_brace(lexeme),
            Token::HoleOpen => self.open(Opening::Hole, lexeme),
            Token::ParenClose => {
                let opening = self.top();
                self.close(lexeme);
                self.after_attribute = matches!(opening, Some(Opening::Paren { is_attribute: true, .. }));
                // Where an arrow follows, it announces the function's result.
                self.result_arrow_follows(opening);
            }
            Token::BraceClose | Token::BracketClose | Token::HoleClose => self.close(lexeme),
            Token::Semicolon => {
                self.forget_headers_from(self.stack.len());
                self.out.push(lexeme);
            }
            Token::FatArrow => {
                if self.is_header_open() && self.headers.last().is_some_and(|header| header.is_function) {
                    self.headers.pop();
                }
                self.out.push(lexeme);
            }
            Token::Arrow if self.is_result_arrow() => self.out.push(Lexeme { token: Token::ResultArrow, ..lexeme }),
            token => {
                self.begin_header(token);
                self.out.push(lexeme);
                self.after_attribute = was_attribute_name && !self.next_is(|n| n.token == Token::ParenOpen && !n.line_break);
            }
        }
    }

    /// Marks the `)` of a parameter list by its value, so that the arrow behind it is known.
    fn result_arrow_follows(&mut self, opening: Option<Opening>) {
        if matches!(opening, Some(Opening::Paren { is_parameters: true, .. }))
            && let Some(last) = self.out.last_mut()
            && last.token == Token::ParenClose
        {
            last.value = 1;
        }
    }

    fn is_result_arrow(&self) -> bool {
        self.out.last().is_some_and(|last| last.token == Token::ParenClose && last.value == 1)
    }

    /// `[]` and `[]=` behind `fn` are names of methods.
    fn index_name(&mut self, lexeme: Lexeme) -> bool {
        let follows = |offset: usize, token: Token| {
            let end = lexeme.start + offset as u32;
            self.raw.get(self.at + offset).is_some_and(|n| n.token == token && n.start == end)
        };
        if self.last() != Some(Token::Fn) || !follows(1, Token::BracketClose) {
            return false;
        }
        let is_set = follows(2, Token::Assign);
        let (token, length) = if is_set { (Token::IndexSetName, 3) } else { (Token::IndexName, 2) };
        self.out.push(Lexeme { token, end: lexeme.start + length, ..lexeme });
        self.at += length as usize - 1;
        true
    }

    fn open_brace(&mut self, lexeme: Lexeme) {
        let kind = match self.headers.last() {
            Some(header) if header.level == self.stack.len() => {
                let kind = header.kind;
                self.headers.pop();
                kind
            }
            _ => BraceKind::Block,
        };
        self.open(Opening::Brace(kind), lexeme);
        if kind == BraceKind::Extern && !self.is_cut {
            self.extern_depth += 1;
        }
    }

    /// Notes a keyword whose `{` is to come.
    fn begin_header(&mut self, token: Token) {
        let level = self.stack.len();
        let last = self.last();
        let kind = match token {
            Token::Match => BraceKind::Match,
            Token::Struct | Token::Union => BraceKind::Record,
            Token::Enum => BraceKind::Enum,
            Token::Extern => BraceKind::Extern,
            Token::Header => {
                if let Some(header) = self.headers.last_mut() {
                    header.kind = BraceKind::HeaderNames;
                }
                return;
            }
            Token::If if last == Some(Token::Else) => return,
            Token::If | Token::While | Token::For | Token::Else | Token::Try | Token::Catch | Token::Finally => BraceKind::Block,
            Token::Fn if !self.is_type_position() => BraceKind::Block,
            _ => return,
        };
        // A guard's `if` waits for an arrow, and that of a `catch` for the brace of the `catch`.
        let is_guard = token == Token::If
            && (matches!(self.top(), Some(Opening::Brace(BraceKind::Match)))
                && !matches!(last, Some(Token::Arrow | Token::Assign))
                || self.out.iter().rev().take(2).any(|l| l.token == Token::Catch));
        if !is_guard {
            self.headers.push(Header { level, kind, is_function: token == Token::Fn });
        }
    }

    /// A `fn` here is a function type, which has no body.
    fn is_type_position(&self) -> bool {
        let is_parameter = matches!(self.top(), Some(Opening::Paren { is_parameters: true, .. }));
        is_parameter
            || self.extern_depth > 0
            || matches!(
                self.last(),
                Some(
                    Token::Colon
                        | Token::ResultArrow
                        | Token::As
                        | Token::Is
                        | Token::Star
                        | Token::Power
                        | Token::BracketClose
                        | Token::Const
                )
            )
            || self.out.len() >= 3 && self.last() == Some(Token::Assign) && self.out[self.out.len() - 3].token == Token::Type
    }

    /// Something unreadable: kept, so that what is around it is known to be in error.
    pub(super) fn push_unknown(&mut self, lexeme: Lexeme) {
        self.out.push(Lexeme { token: Token::Unknown, ..lexeme });
    }

    /// The text ends inside of C declarations: their brace is the error.
    fn only_c_text_is_open(&self) -> bool {
        self.last() == Some(Token::CText)
    }

    fn ending(&self, is_unterminated: bool) -> Ending {
        let goes_on = self.last().is_some_and(|last| !last.can_end_statement() && last != Token::Semicolon);
        let is_open = !self.stack.is_empty() && !self.is_cut;
        if is_unterminated || is_open || goes_on || self.after_attribute { Ending::Incomplete } else { Ending::Complete }
    }
}

/// Words that may follow a variable called `type`.
fn is_operator_word(token: Token) -> bool {
    matches!(token, Token::And | Token::Or | Token::Is | Token::In | Token::Not | Token::As)
}
