//! Brackets: which are open, what kind of braces each pair is, and what is said when they do not match.
//!
//! What leaves this pass is balanced: a missing bracket is put in (empty, where it was missed), one too many is left out. So the
//! parser and its recovery can count on pairs, and a missing bracket costs one error, not one for each line behind it.

use super::lexer::Lexeme;
use super::statement_end::Pass;
use super::token::Token;
use super::tree::MAXIMUM_DEPTH;
use crate::diagnostic::Diagnostic;

/// What stands between a pair of braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BraceKind {
    Block = 0,
    /// The arms of a `match`.
    Match = 1,
    /// The members of a struct or union.
    Record = 2,
    Enum = 3,
    Extern = 4,
    /// The names behind `header "…"`.
    HeaderNames = 5,
}

impl BraceKind {
    pub fn from_value(value: u32) -> BraceKind {
        match value {
            1 => BraceKind::Match,
            2 => BraceKind::Record,
            3 => BraceKind::Enum,
            4 => BraceKind::Extern,
            5 => BraceKind::HeaderNames,
            _ => BraceKind::Block,
        }
    }

    /// A comma separates what stands in these braces, as a line break does.
    pub fn separates_by_comma(self) -> bool {
        !matches!(self, BraceKind::Block | BraceKind::Extern)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Paren {
        /// The parameters of a function, also of a function type.
        is_parameters: bool,
        is_attribute: bool,
        is_offsetof: bool,
    },
    Bracket,
    Brace(BraceKind),
    /// The `{` of an interpolation.
    Hole,
}

impl Opening {
    fn closer(self) -> Token {
        match self {
            Opening::Paren { .. } => Token::ParenClose,
            Opening::Bracket => Token::BracketClose,
            Opening::Brace(_) => Token::BraceClose,
            Opening::Hole => Token::HoleClose,
        }
    }

    fn closer_text(self) -> &'static str {
        match self {
            Opening::Paren { .. } => ")",
            Opening::Bracket => "]",
            Opening::Brace(_) | Opening::Hole => "}",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Opening::Paren { .. } => "(",
            Opening::Bracket => "[",
            Opening::Brace(_) | Opening::Hole => "{",
        }
    }

    pub fn is_brace(self) -> bool {
        matches!(self, Opening::Brace(_))
    }
}

/// A bracket that is not closed yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub opening: Opening,
    pub start: u32,
    pub end: u32,
    /// How far the line of the bracket is indented.
    indentation: usize,
}

impl Pass<'_> {
    pub(super) fn open(&mut self, opening: Opening, lexeme: Lexeme) {
        if self.stack.len() >= usize::from(MAXIMUM_DEPTH) {
            if !self.is_cut && !self.is_unterminated {
                let range = self.range(lexeme);
                self.report(
                    Diagnostic::syntax(format!("brackets are nested more than {MAXIMUM_DEPTH} deep"), range)
                        .with_help("give parts of it names of their own"),
                );
            }
            self.is_cut = true;
            return;
        }
        let indentation = if opening.is_brace() { self.indentation(lexeme.start) } else { 0 };
        self.stack.push(Open { opening, start: lexeme.start, end: lexeme.end, indentation });
        let value = if let Opening::Brace(kind) = opening { kind as u32 } else { lexeme.value };
        self.out.push(Lexeme { value, ..lexeme });
    }

    /// A closing bracket: closes what it fits, reports what is missing or too much.
    pub(super) fn close(&mut self, lexeme: Lexeme) {
        let fits = |open: &Open| open.opening.closer() == lexeme.token;
        let is_round = matches!(lexeme.token, Token::ParenClose | Token::BracketClose);
        // A `)` inside of braces rarely means that the braces are not closed: it is one too many, or takes the place of a `]`.
        let crosses_brace = |at: usize| is_round && self.stack[at + 1..].iter().any(|open| open.opening.is_brace());
        let matching = self.stack.iter().rposition(fits).filter(|&at| !self.crosses_hole(at) && !crosses_brace(at));
        let Some(matching) = matching else {
            return match self.stack.last() {
                Some(&open) if is_round && matches!(open.opening, Opening::Paren { .. } | Opening::Bracket) => {
                    self.mismatch(open, lexeme)
                }
                _ => self.stray(lexeme),
            };
        };
        let innermost = self.stack.len() - 1;
        if matching < innermost {
            let unclosed = self.stack[innermost];
            // At the end of a text that a string swallowed, the string is the error.
            if lexeme.start != lexeme.end {
                self.report_unclosed(unclosed, Some(lexeme));
            }
            while self.stack.len() - 1 > matching {
                self.close_virtually();
            }
        }
        let open = self.stack[matching];
        if open.opening.is_brace() {
            self.note_indentation(open, lexeme);
        }
        self.stack.pop();
        self.forget_headers();
        self.out.push(lexeme);
    }

    /// An interpolation keeps its brackets to itself.
    fn crosses_hole(&self, matching: usize) -> bool {
        let inner = if self.stack[matching].opening == Opening::Hole { matching + 1 } else { matching };
        self.stack[inner..].iter().any(|open| open.opening == Opening::Hole)
    }

    /// `(` closed by `]`: the one is taken for the other.
    fn mismatch(&mut self, open: Open, lexeme: Lexeme) {
        let text = &self.text[lexeme.start as usize..lexeme.end as usize];
        let message = format!("this `{}` is closed by `{text}`", open.opening.text());
        let diagnostic = Diagnostic::syntax(message, self.range_of(open.start, open.end))
            .with_label("opened here")
            .with_secondary(self.range(lexeme), "closed here");
        self.report(diagnostic);
        self.close_virtually();
    }

    fn stray(&mut self, lexeme: Lexeme) {
        let text = &self.text[lexeme.start as usize..lexeme.end as usize];
        let mut diagnostic = Diagnostic::syntax(format!("this `{text}` closes nothing"), self.range(lexeme));
        if lexeme.token == Token::BraceClose
            && let Some((open, close)) = self.suspect
        {
            diagnostic = diagnostic
                .with_secondary(self.range(close), "this one is indented differently…")
                .with_secondary(self.range_of(open.start, open.end), "…from the line it closes");
        } else if lexeme.token == Token::BraceClose && !self.has_closed {
            diagnostic = diagnostic.with_help("there is a `}` too many, or a `{` too few before it");
        }
        self.report(diagnostic);
        self.push_unknown(lexeme);
    }

    /// Remembers the first `}` that begins a line and is not indented like the line of its `{`.
    fn note_indentation(&mut self, open: Open, close: Lexeme) {
        self.has_closed = true;
        if close.line_break && self.suspect.is_none() && self.indentation(close.start) != open.indentation {
            self.suspect = Some((open, close));
        }
    }

    fn indentation(&mut self, position: u32) -> usize {
        let (known, known_start) = if self.last_line.0 <= position { self.last_line } else { (0, 0) };
        let since = &self.text[known as usize..position as usize];
        let line_start = since.rfind('\n').map_or(known_start, |i| known + i as u32 + 1);
        self.last_line = (position, line_start);
        self.text[line_start as usize..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
    }

    pub(super) fn report_unclosed(&mut self, open: Open, found: Option<Lexeme>) {
        let message = format!("this `{}` is never closed", open.opening.text());
        let mut diagnostic = Diagnostic::syntax(message, self.range_of(open.start, open.end)).with_label("opened here");
        match found {
            Some(lexeme) if lexeme.start < lexeme.end => {
                let closer = open.opening.closer_text();
                diagnostic = diagnostic.with_secondary(self.range(lexeme), format!("expected `{closer}` before this"));
            }
            _ => {
                let text = open.opening.closer_text();
                diagnostic = diagnostic.with_help(format!("a `{text}` is missing"));
            }
        }
        self.report(diagnostic);
    }

    /// Puts in the closing bracket that the innermost open one misses.
    pub(super) fn close_virtually(&mut self) {
        if let Some(open) = self.stack.pop() {
            self.forget_headers();
            let end = self.out.last().map_or(0, |lexeme| lexeme.end);
            self.out.push(Lexeme { token: open.opening.closer(), line_break: false, start: end, end, value: 0 });
        }
    }

    /// At the end of the text: one error for all that is open.
    pub(super) fn close_all(&mut self, is_reported: bool) {
        if is_reported && let Some(&innermost) = self.stack.last() {
            match self.suspect {
                Some((open, close)) if innermost.opening.is_brace() => {
                    let diagnostic = Diagnostic::syntax("this `{` is never closed", self.range_of(open.start, open.end))
                        .with_label("opened here")
                        .with_secondary(self.range(close), "this `}` is indented as if it closed something else");
                    self.report(diagnostic);
                }
                _ => self.report_unclosed(innermost, None),
            }
        }
        while !self.stack.is_empty() {
            if self.stack.last().is_some_and(|open| open.opening.is_brace()) {
                self.end_statement(super::statement_end::End::Text);
            }
            self.close_virtually();
        }
    }
}
