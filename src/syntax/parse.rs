//! Tokens to tree, statement by statement, with recovery.
//!
//! The generated parser is called once for each statement at the top level and stops at the first mistake in it. Then:
//!
//! 1. the smallest *unit* around the mistake is found: a statement of a block, a member of a record, an arm of a match, an item of an
//!    extern block (the tokens are balanced, so this is a matter of counting);
//! 2. the mistake is reported, unless the lexer or the bracket check have already reported one in that unit;
//! 3. the unit's tokens are replaced by one `Failed`, followed by the blocks that it held, so that what is wrong in those is found too;
//! 4. the statement is parsed again.
//!
//! So a mistake costs its unit and nothing else, and never causes a second one. Each round makes a unit smaller, or goes one unit
//! outwards, so it ends; rounds are bounded all the same.

use super::bracket::BraceKind;
use super::builder::Builder;
use super::lexer::{Lexed, Lexeme, lex};
use super::parse_error::{self, Failure};
use super::statement_end::{End, end_statements};
use super::token::Token;
use super::tree::{Module, Statement, StatementKind};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceRange};
use lalrpop_util::ParseError;
use std::cell::Cell;

/// How many errors of one file are reported.
pub const MAXIMUM_ERRORS: usize = 20;

/// How often statements of one file are parsed again in all.
const MAXIMUM_ROUNDS: usize = 200;

/// What the grammar sees of a token: the token and its value.
pub(crate) type Terminal = (Token, u32);

/// A tree, and what is wrong with the text it was made of.
#[derive(Debug, Default)]
pub struct Parsed {
    pub module: Module,
    /// In order of place; empty if the text is correct as far as the grammar goes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file, or an entry of the REPL. Whatever the text, there is a tree; what could not be read is an error node in it.
pub fn parse(file: &SourceFile) -> Parsed {
    parse_behind(file, 0)
}

/// As [`parse`], for text that becomes part of another tree, whose names have numbers below `name_count`.
pub fn parse_behind(file: &SourceFile, name_count: u32) -> Parsed {
    let mut lexed = lex(file);
    let (tokens, _) = end_statements(file, &mut lexed);
    let comments = std::mem::take(&mut lexed.comments);
    let mut driver = Driver::new(file, &lexed);
    driver.builder.name_count = name_count;
    let statements = driver.statements(&tokens);
    let name_count = driver.builder.name_count;
    let mut diagnostics = driver.reported;
    diagnostics.extend(lexed.diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.range.start);
    diagnostics.truncate(MAXIMUM_ERRORS);
    let ends_with_semicolon =
        tokens.last().is_some_and(|last| last.token == Token::Semicolon && last.value == End::Semicolon as u32);
    Parsed { module: Module { statements, comments, name_count, ends_with_semicolon }, diagnostics }
}

struct Driver<'source> {
    file: &'source SourceFile,
    lexed: &'source Lexed,
    builder: Builder<'source>,
    parser: super::grammar::UnitParser,
    reported: Vec<Diagnostic>,
    rounds: usize,
}

impl<'source> Driver<'source> {
    fn new(file: &'source SourceFile, lexed: &'source Lexed) -> Self {
        Driver {
            file,
            lexed,
            builder: Builder::new(&file.text, file.base, lexed),
            parser: super::grammar::UnitParser::new(),
            reported: Vec::new(),
            rounds: 0,
        }
    }

    fn statements(&mut self, tokens: &[Lexeme]) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut start = 0;
        while start < tokens.len() && self.reported.len() + self.lexed.diagnostics.len() < MAXIMUM_ERRORS {
            let end = statement_length(&tokens[start..]) + start;
            if end - start > 1 {
                statements.push(*self.statement(&tokens[start..end]));
            }
            start = end;
        }
        statements
    }

    /// Parses the tokens of one statement, its `;` included.
    fn statement(&mut self, tokens: &[Lexeme]) -> Box<Statement> {
        let (index, expected) = match self.attempt(tokens) {
            Ok(statement) => return statement,
            Err(failure) => failure,
        };
        let mut tokens = tokens.to_vec();
        let mut failure = (index, expected);
        loop {
            let unit = self.unit_around(&tokens, failure.0);
            if !self.is_reported(&tokens, &unit) {
                let failure =
                    Failure { tokens: &tokens, at: failure.0, first: unit.start, expected: &failure.1, file: self.file };
                self.reported.push(parse_error::describe(&failure));
            }
            self.rounds += 1;
            if self.rounds > MAXIMUM_ROUNDS || self.reported.len() >= MAXIMUM_ERRORS {
                return self.given_up(&tokens);
            }
            replace(&mut tokens, &unit);
            failure = match self.attempt(&tokens) {
                Ok(statement) => return statement,
                Err(failure) => failure,
            };
        }
    }

    fn given_up(&self, tokens: &[Lexeme]) -> Box<Statement> {
        let range = SourceRange::new(self.file.base + tokens[0].start, self.file.base + tokens[tokens.len() - 1].end);
        Box::new(Statement { range, depth: 1, doc: None, kind: StatementKind::Error })
    }

    /// One call of the generated parser: the statement, or the index of the token it could not take and what it would have taken.
    fn attempt(&mut self, tokens: &[Lexeme]) -> Result<Box<Statement>, (usize, Vec<String>)> {
        let taken = Cell::new(0);
        let stream = tokens.iter().map(|lexeme| {
            taken.set(taken.get() + 1);
            Ok::<_, ()>((lexeme.start, (lexeme.token, lexeme.value), lexeme.end))
        });
        let (name_count, was_too_deep) = (self.builder.name_count, self.builder.is_too_deep);
        let result = self.parser.parse(&mut self.builder, stream);
        let found = std::mem::take(&mut self.builder.diagnostics);
        match result {
            Ok(statement) => {
                self.reported.extend(found);
                Ok(statement)
            }
            Err(error) => {
                self.builder.name_count = name_count;
                self.builder.is_too_deep = was_too_deep;
                let expected = match error {
                    ParseError::UnrecognizedToken { expected, .. } | ParseError::UnrecognizedEof { expected, .. } => expected,
                    _ => Vec::new(),
                };
                Err((taken.get().max(1) - 1, expected))
            }
        }
    }

    /// The smallest unit around a token that has not failed before.
    fn unit_around(&self, tokens: &[Lexeme], at: usize) -> Unit {
        let mut unit = innermost_unit(tokens, at);
        unit.keeps_blocks = tokens.get(at).is_some_and(|lexeme| lexeme.token != Token::BraceOpen);
        while (unit.start == unit.end || tokens[unit.start].token == Token::Failed) && unit.brace.is_some() {
            let Some(brace) = unit.brace else { break };
            unit = innermost_unit(tokens, brace);
            unit.keeps_blocks = false;
        }
        unit
    }

    /// Whether the unit is known to be wrong: the lexer or the bracket check have said so (the blocks that are kept aside).
    fn is_reported(&self, tokens: &[Lexeme], unit: &Unit) -> bool {
        if self.lexed.diagnostics.is_empty() {
            return false;
        }
        let mut starts = Vec::new();
        let blocks = if unit.keeps_blocks { blocks_of(tokens, unit) } else { Vec::new() };
        let mut from = unit.start;
        for (open, close) in blocks {
            starts.push((from, open));
            from = close + 1;
        }
        starts.push((from, unit.end));
        starts.into_iter().filter(|(from, to)| from <= to).any(|(from, to)| {
            let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.min(tokens.len() - 1))) else { return false };
            let (low, high) = (self.file.base + first.start, self.file.base + last.end);
            self.lexed.diagnostics.iter().any(|d| d.primary.range.start >= low && d.primary.range.start <= high)
        })
    }
}

/// The tokens from `start` to before `end`, between two separators of what encloses them.
struct Unit {
    start: usize,
    end: usize,
    /// The `{` that encloses it; none at the top level.
    brace: Option<usize>,
    keeps_blocks: bool,
}

/// How many tokens the first statement takes, its `;` included.
fn statement_length(tokens: &[Lexeme]) -> usize {
    let mut depth = 0usize;
    for (at, lexeme) in tokens.iter().enumerate() {
        match bracket_step(lexeme.token) {
            1 => depth += 1,
            -1 => depth = depth.saturating_sub(1),
            _ if depth == 0 && lexeme.token == Token::Semicolon => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

fn bracket_step(token: Token) -> i32 {
    use Token::*;
    match token {
        ParenOpen | BracketOpen | BraceOpen | HoleOpen => 1,
        ParenClose | BracketClose | BraceClose | HoleClose => -1,
        _ => 0,
    }
}

fn separates(lexeme: Lexeme, kind: BraceKind) -> bool {
    lexeme.token == Token::Semicolon || lexeme.token == Token::Comma && kind.separates_by_comma()
}

fn innermost_unit(tokens: &[Lexeme], at: usize) -> Unit {
    struct Frame {
        brace: Option<usize>,
        is_brace: bool,
        kind: BraceKind,
        unit_start: usize,
    }
    let mut frames = vec![Frame { brace: None, is_brace: true, kind: BraceKind::Block, unit_start: 0 }];
    for (index, &lexeme) in tokens[..at].iter().enumerate() {
        match bracket_step(lexeme.token) {
            1 => {
                let is_brace = lexeme.token == Token::BraceOpen;
                let kind = BraceKind::from_value(lexeme.value);
                frames.push(Frame { brace: Some(index), is_brace, kind, unit_start: index + 1 });
            }
            -1 => {
                if frames.len() > 1 {
                    frames.pop();
                }
            }
            _ => {
                if let Some(frame) = frames.last_mut()
                    && frame.is_brace
                    && separates(lexeme, frame.kind)
                {
                    frame.unit_start = index + 1;
                }
            }
        }
    }
    let outer = frames.iter().rposition(|frame| frame.is_brace).unwrap_or(0);
    let mut depth = frames.len() - 1 - outer;
    let frame = &frames[outer];
    let mut end = tokens.len();
    for (index, &lexeme) in tokens.iter().enumerate().skip(at) {
        match bracket_step(lexeme.token) {
            1 => depth += 1,
            -1 if depth == 0 => {
                end = index;
                break;
            }
            -1 => depth -= 1,
            _ if depth == 0 && separates(lexeme, frame.kind) => {
                end = index;
                break;
            }
            _ => {}
        }
    }
    Unit { start: frame.unit_start, end, brace: frame.brace, keeps_blocks: true }
}

/// The blocks that stand directly in a unit, behind what may be a header: the indexes of their braces.
fn blocks_of(tokens: &[Lexeme], unit: &Unit) -> Vec<(usize, usize)> {
    let mut blocks = Vec::new();
    let mut depth = 0usize;
    let mut open = None;
    for (index, lexeme) in tokens[unit.start..unit.end].iter().enumerate().map(|(i, lexeme)| (i + unit.start, lexeme)) {
        match bracket_step(lexeme.token) {
            1 => {
                let is_block = lexeme.token == Token::BraceOpen && BraceKind::from_value(lexeme.value) == BraceKind::Block;
                if depth == 0 && is_block && index > unit.start && ends_header(tokens[index - 1].token) {
                    open = Some(index);
                }
                depth += 1;
            }
            -1 => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(start) = open.take()
                {
                    blocks.push((start, index));
                }
            }
            _ => {}
        }
    }
    blocks
}

fn ends_header(token: Token) -> bool {
    token.can_end_statement() || matches!(token, Token::Else | Token::Try | Token::Catch | Token::Finally | Token::Defer)
}

/// Puts `Failed` and the blocks that are kept in the place of a unit.
fn replace(tokens: &mut Vec<Lexeme>, unit: &Unit) {
    let blocks = if unit.keeps_blocks { blocks_of(tokens, unit) } else { Vec::new() };
    let start = tokens.get(unit.start).map_or(0, |lexeme| lexeme.start);
    let end = tokens[unit.start..unit.end].last().map_or(start, |lexeme| lexeme.end);
    let failed = Lexeme { token: Token::Failed, line_break: false, start, end, value: 0 };
    let mut kept = vec![failed];
    for (open, close) in blocks {
        kept.extend_from_slice(&tokens[open..=close]);
    }
    tokens.splice(unit.start..unit.end, kept);
}
