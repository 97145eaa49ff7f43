//! Tokens and comments to pieces and groups.

use super::hole;
use super::piece::{Group, GroupIndex, GroupKind, Piece, PieceKind, Pieces, WHOLE_FILE};
use super::spacing::{Mark, Role, has_space};
use crate::source::SourceFile;
use crate::syntax::token::Token;
use crate::syntax::tree::{Comment, Module, Type, TypeKind};
use crate::syntax::walk::{Visitor, walk_module, walk_type};
use crate::syntax::{BraceKind, Lexeme, Lexemes};
use std::collections::HashSet;
use unicode_width::UnicodeWidthStr;

/// The pieces of a file whose syntax is correct.
pub fn build<'text>(file: &'text SourceFile, listed: &'text Lexemes, types: &'text TypeStarts) -> Pieces<'text> {
    let source = Source { text: &file.text, base: file.base, types: &types.starts };
    let mut pieces = Builder::new(source, &listed.tokens, &listed.comments, 0).run();
    tell_levels(&mut pieces);
    pieces
}

/// What all parts of a text have in common.
#[derive(Clone, Copy)]
pub(super) struct Source<'text> {
    pub text: &'text str,
    base: u32,
    /// Where the stars and brackets of types begin, in bytes of the text.
    types: &'text HashSet<u32>,
}

/// Where the stars and brackets of types begin, in bytes of the text.
pub struct TypeStarts {
    base: u32,
    starts: HashSet<u32>,
}

impl TypeStarts {
    pub fn of(file: &SourceFile, module: &Module) -> TypeStarts {
        let mut types = TypeStarts { base: file.base, starts: HashSet::new() };
        walk_module(&mut types, module);
        types
    }
}

impl<'tree> Visitor<'tree> for TypeStarts {
    fn type_node(&mut self, node: &'tree Type) {
        if matches!(node.kind, TypeKind::Pointer { .. } | TypeKind::Slice(_) | TypeKind::Array { .. }) {
            self.starts.insert(node.range.start - self.base);
        }
        walk_type(self, node);
    }
}

pub(super) struct Builder<'text, 'list> {
    source: Source<'text>,
    text: &'text str,
    base: u32,
    tokens: &'list [Lexeme],
    comments: &'list [Comment],
    /// In how many interpolations this stands.
    depth: usize,
    at: usize,
    next_comment: usize,
    out: Pieces<'text>,
    /// The groups that are open, the file first.
    open: Vec<GroupIndex>,
    /// The token before, and the one before that; statement ends count.
    marks: [Option<Mark<'text>>; 2],
    /// Where the piece before ends in the text.
    end: usize,
    /// A line break stands between that piece and a separator behind it.
    has_break_before_separator: bool,
    starts_item: bool,
    follows_attribute: bool,
    /// Blocks that an `else`, `catch` or `finally` has gone on from, whose next block is still to come, with the group around them.
    joined: Vec<(GroupIndex, GroupIndex)>,
    /// Colons since the last separator among the members of a record.
    colons: usize,
}

impl<'text, 'list> Builder<'text, 'list> {
    pub fn new(source: Source<'text>, tokens: &'list [Lexeme], comments: &'list [Comment], depth: usize) -> Self {
        let mut out = Pieces::default();
        out.groups.push(Group {
            kind: GroupKind::File,
            braces: WHOLE_FILE,
            open: 0,
            close: usize::MAX,
            is_broken: true,
            is_exploded: false,
            chain: None,
            indentation: 0,
        });
        Builder {
            source,
            text: source.text,
            base: source.base,
            tokens,
            comments,
            depth,
            at: 0,
            next_comment: 0,
            out,
            open: vec![WHOLE_FILE],
            marks: [None; 2],
            end: tokens.first().filter(|_| depth > 0).map_or(0, |first| first.start as usize),
            has_break_before_separator: false,
            starts_item: true,
            follows_attribute: false,
            joined: Vec::new(),
            colons: 0,
        }
    }

    pub fn run(mut self) -> Pieces<'text> {
        while let Some(&lexeme) = self.tokens.get(self.at) {
            let index = self.at;
            self.comments_before(lexeme.start as usize);
            // `# fmt: off` may have taken it.
            if self.at != index {
                continue;
            }
            self.at += 1;
            match lexeme.token {
                Token::Semicolon => self.separator(lexeme),
                Token::Comma if matches!(self.kind(), GroupKind::Members(_)) => self.separator(lexeme),
                Token::Comma => self.comma(lexeme),
                Token::TemplateStart => self.template(lexeme),
                _ if lexeme.start == lexeme.end => {}
                token => self.token(token, lexeme.start as usize, lexeme.end as usize),
            }
        }
        self.comments_before(self.text.len() + 1);
        self.out
    }

    fn innermost(&self) -> GroupIndex {
        self.open.last().copied().unwrap_or(WHOLE_FILE)
    }

    fn kind(&self) -> GroupKind {
        self.out.group(self.innermost()).kind
    }

    fn previous(&self) -> Option<Token> {
        self.marks[0].map(|mark| mark.token)
    }

    fn before_previous(&self) -> Option<Token> {
        self.marks[1].map(|mark| mark.token)
    }

    fn ends_operand(&self) -> bool {
        self.marks[0].is_some_and(Mark::ends_operand)
    }

    /// The last piece that is no comment, of the innermost group.
    fn last_solid(&self) -> Option<usize> {
        self.out.pieces.iter().rposition(|piece| !piece.is_comment())
    }

    fn push(&mut self, kind: PieceKind, start: usize, end: usize) -> usize {
        let text = &self.text[start..end];
        let gap = self.text.get(self.end..start).unwrap_or("");
        let breaks = gap.bytes().filter(|&byte| byte == b'\n').take(2).count() as u8;
        let breaks = breaks.max(u8::from(std::mem::take(&mut self.has_break_before_separator)));
        self.end = end;
        let (first_width, last_width) = widths(text);
        self.out.pieces.push(Piece {
            kind,
            text: text.into(),
            start,
            breaks,
            has_space: true,
            group: self.innermost(),
            opens: None,
            closes: None,
            starts_item: false,
            follows_attribute: false,
            goes_on: false,
            joins: false,
            is_at_item_level: false,
            is_split: false,
            can_shift: false,
            first_width,
            last_width,
        });
        self.out.pieces.len() - 1
    }

    /// Puts a separator or comma behind the last piece that is no comment. Its place in the text counts for nothing.
    fn insert(&mut self, kind: PieceKind, text: &'text str) {
        let (end, has_break) = (self.end, self.has_break_before_separator);
        self.push(kind, 0, 0);
        (self.end, self.has_break_before_separator) = (end, has_break);
        let mut at = self.out.pieces.len() - 1;
        let piece = &mut self.out.pieces[at];
        (piece.text, piece.first_width, piece.last_width, piece.has_space, piece.breaks) = (text.into(), 1, 1, false, 0);
        while at > 0 && self.out.pieces[at - 1].is_comment() {
            self.out.pieces.swap(at - 1, at);
            at -= 1;
        }
    }

    /// A `;`, or a comma where it does the same, in the text or standing for a line break.
    fn separator(&mut self, lexeme: Lexeme) {
        let is_first = match self.last_solid() {
            None => true,
            Some(last) => {
                let piece = &self.out.pieces[last];
                piece.opens.is_some() || matches!(piece.kind, PieceKind::Separator | PieceKind::Verbatim)
            }
        };
        if lexeme.end > lexeme.start {
            self.pass_over(lexeme);
            if !is_first {
                let text = if matches!(self.kind(), GroupKind::Members(_)) { "," } else { ";" };
                self.insert(PieceKind::Separator, text);
            }
        }
        self.remember(Token::Semicolon, ";", Role::Plain);
        self.forget_joined(self.innermost());
        self.begin_item();
    }

    /// What follows a separator counts its line breaks from there, but those before it are not forgotten.
    fn pass_over(&mut self, lexeme: Lexeme) {
        let gap = self.text.get(self.end..lexeme.start as usize).unwrap_or("");
        self.has_break_before_separator |= gap.contains('\n');
        self.end = self.end.max(lexeme.end as usize);
    }

    fn comma(&mut self, lexeme: Lexeme) {
        let closes_next =
            self.tokens.get(self.at).is_some_and(|next| matches!(next.token, Token::ParenClose | Token::BracketClose));
        self.pass_over(lexeme);
        if !(closes_next && matches!(self.kind(), GroupKind::List { .. })) {
            self.insert(PieceKind::Token(Token::Comma), ",");
        }
        self.remember(Token::Comma, ",", Role::Plain);
        if matches!(self.kind(), GroupKind::List { .. }) {
            self.begin_item();
        }
    }

    fn begin_item(&mut self) {
        self.starts_item = true;
        self.follows_attribute = false;
        self.colons = 0;
    }

    fn remember(&mut self, token: Token, text: &'text str, role: Role) {
        self.marks = [Some(Mark { token, text, role }), self.marks[0]];
    }

    /// A string with interpolations is one piece, to its closing quotes. Expressions in it have the style of others, as far as they stand
    /// in one line.
    fn template(&mut self, first: Lexeme) {
        let from = self.at - 1;
        let mut depth = 1;
        let mut holes_are_plain = true;
        let mut end = first.end;
        while depth > 0
            && let Some(&lexeme) = self.tokens.get(self.at)
        {
            self.at += 1;
            end = lexeme.end;
            let text = &self.text[lexeme.start as usize..lexeme.end as usize];
            match lexeme.token {
                Token::TemplateStart => depth += 1,
                Token::TemplateEnd => depth -= 1,
                Token::TemplateText if depth == 1 => continue,
                _ => holes_are_plain &= !lexeme.line_break && !text.contains('\n'),
            }
        }
        while self.comments.get(self.next_comment).is_some_and(|comment| comment.range.start - self.base < end) {
            self.next_comment += 1;
        }
        let at = self.whole(Token::String, first.start as usize, end as usize, holes_are_plain);
        if let Some(text) = hole::template(self.source, &self.tokens[from..self.at], self.depth) {
            let piece = &mut self.out.pieces[at];
            (piece.first_width, piece.last_width) = widths(&text);
            piece.text = text.into();
        }
    }

    /// A piece that is printed as it is.
    fn whole(&mut self, token: Token, start: usize, end: usize, can_shift: bool) -> usize {
        let text = &self.text[start..end];
        let at = self.solid(PieceKind::Whole(token), token, start, end, Role::Plain);
        // Of a text block that begins in the line behind its quotes, the indentation of the closing quotes is no content.
        let is_block = text.strip_prefix("\"\"\"").and_then(|rest| rest.split_once('\n'));
        self.out.pieces[at].can_shift = can_shift && is_block.is_some_and(|(line, _)| line.trim().is_empty());
        at
    }

    fn token(&mut self, token: Token, start: usize, end: usize) {
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => self.opening(token, start, end),
            Token::ParenClose | Token::BracketClose | Token::BraceClose => self.closing(token, start, end),
            Token::String | Token::Bytes | Token::CText => {
                self.whole(token, start, end, token != Token::CText);
            }
            _ => {
                let role = self.role(token, start);
                self.solid(PieceKind::Token(token), token, start, end, role);
            }
        }
    }

    fn role(&mut self, token: Token, start: usize) -> Role {
        if self.previous() == Some(Token::Fn) && token != Token::Name {
            return Role::MethodName;
        }
        match token {
            Token::Star | Token::Power if self.source.types.contains(&(start as u32)) => Role::Prefix,
            // Of `**T` only the whole is in the tree.
            Token::Minus | Token::Star | Token::Power | Token::Ampersand if !self.ends_operand() => Role::Prefix,
            Token::Star if self.kind() == GroupKind::Members(BraceKind::HeaderNames) => Role::NameStar,
            Token::Tilde => Role::Prefix,
            Token::Colon => {
                self.colons += 1;
                let is_member = self.kind() == GroupKind::Members(BraceKind::Record);
                if is_member && self.colons == 2 { Role::BitColon } else { Role::Plain }
            }
            _ => Role::Plain,
        }
    }

    /// Adds a piece that is no separator, with the blank before it.
    fn solid(&mut self, kind: PieceKind, token: Token, start: usize, end: usize, role: Role) -> usize {
        let text = &self.text[start..end];
        let mark = Mark { token, text, role };
        let left = self.marks[0];
        let previous_at = self.last_solid();
        let at = self.push(kind, start, end);
        let goes_on = matches!(token, Token::Else | Token::Catch | Token::Finally);
        let block_before = previous_at
            .filter(|&previous| previous + 1 == at)
            .and_then(|previous| self.out.pieces[previous].closes)
            .filter(|&group| self.out.group(group).kind == GroupKind::Block);
        if let Some(block) = block_before.filter(|_| goes_on) {
            self.joined.push((self.innermost(), block));
        }
        let piece = &mut self.out.pieces[at];
        piece.has_space = left.is_none_or(|left| has_space(left, mark));
        piece.starts_item = self.starts_item;
        piece.follows_attribute = self.follows_attribute;
        piece.goes_on = goes_on;
        piece.joins = goes_on && block_before.is_some();
        self.starts_item = false;
        self.follows_attribute = false;
        self.remember(token, text, role);
        if token == Token::Name && self.before_previous() == Some(Token::At) {
            let has_arguments = self.tokens.get(self.at).is_some_and(|next| next.token == Token::ParenOpen && !next.line_break);
            if !has_arguments {
                self.after_attribute();
            }
        }
        at
    }

    fn after_attribute(&mut self) {
        self.starts_item = true;
        self.follows_attribute = true;
    }

    fn opening(&mut self, token: Token, start: usize, end: usize) {
        let kind = self.group_kind(token, start);
        let role = if kind == GroupKind::TypeBrackets { Role::TypeBracket } else { Role::Plain };
        let chain = self.chain(kind);
        let at = self.solid(PieceKind::Token(token), token, start, end, role);
        let index = GroupIndex(self.out.groups.len());
        let around = self.innermost();
        let braces = if self.out.group(around).kind.is_braces() { around } else { self.out.group(around).braces };
        self.out.groups.push(Group {
            kind,
            braces,
            open: at,
            close: usize::MAX,
            is_broken: false,
            is_exploded: false,
            chain,
            indentation: 0,
        });
        if let Some(chain) = chain {
            self.out.chains[chain].push(index);
        }
        self.out.pieces[at].opens = Some(index);
        self.open.push(index);
        if kind != GroupKind::TypeBrackets {
            self.begin_item();
        }
    }

    fn group_kind(&self, token: Token, start: usize) -> GroupKind {
        match token {
            Token::BraceOpen => match BraceKind::from_value(self.tokens[self.at - 1].value) {
                BraceKind::Block | BraceKind::Extern => GroupKind::Block,
                kind => GroupKind::Members(kind),
            },
            Token::ParenOpen => match self.previous() {
                Some(Token::Sizeof | Token::Alignof | Token::Offsetof | Token::New) => GroupKind::Fixed,
                Some(Token::Name) if self.before_previous() == Some(Token::At) => GroupKind::List { is_attribute: true },
                Some(Token::Fn | Token::IndexName | Token::IndexSetName) => GroupKind::List { is_attribute: false },
                _ if self.ends_operand() || self.marks[0].is_some_and(|mark| mark.role == Role::MethodName) => {
                    GroupKind::List { is_attribute: false }
                }
                _ => GroupKind::Parentheses,
            },
            _ if self.source.types.contains(&(start as u32)) => GroupKind::TypeBrackets,
            // The length of `new [n]T` is no part of a type.
            _ if self.previous() == Some(Token::New) => GroupKind::TypeBrackets,
            _ if self.marks[0].is_some_and(|mark| mark.role == Role::HeaderEnd) => GroupKind::TypeBrackets,
            _ if self.ends_operand() => GroupKind::Fixed,
            _ => GroupKind::List { is_attribute: false },
        }
    }

    /// The chain that a block goes on with: the one of the block before its `else`, `catch` or `finally`.
    fn chain(&mut self, kind: GroupKind) -> Option<usize> {
        let &(around, before) = self.joined.last()?;
        if kind != GroupKind::Block || around != self.innermost() {
            return None;
        }
        self.joined.pop();
        if let Some(chain) = self.out.group(before).chain {
            return Some(chain);
        }
        self.out.chains.push(vec![before]);
        let chain = self.out.chains.len() - 1;
        self.out.groups[before.0].chain = Some(chain);
        Some(chain)
    }

    /// What waited in a group for its block waits no longer.
    fn forget_joined(&mut self, group: GroupIndex) {
        while self.joined.last().is_some_and(|&(around, _)| around == group) {
            self.joined.pop();
        }
    }

    fn closing(&mut self, token: Token, start: usize, end: usize) {
        let index = self.open.pop().unwrap_or(WHOLE_FILE);
        self.forget_joined(index);
        let (kind, open) = (self.out.group(index).kind, self.out.group(index).open);
        let is_empty = self.out.pieces.len() == open + 1;
        if matches!(kind, GroupKind::List { .. })
            && let Some(last) = self.last_solid()
            && last > open
            && self.out.pieces[last].kind != PieceKind::Verbatim
            && !matches!(self.marks[0].map(|mark| mark.token), Some(Token::Colon))
        {
            self.open.push(index);
            self.insert(PieceKind::TrailingComma, ",");
            self.open.pop();
        }
        let is_attribute = kind == GroupKind::List { is_attribute: true };
        let is_arena = kind == GroupKind::Fixed && open > 0 && self.out.pieces[open - 1].token() == Some(Token::New);
        let role = match kind {
            GroupKind::TypeBrackets => Role::TypeBracket,
            _ if is_attribute || is_arena => Role::HeaderEnd,
            _ => Role::Plain,
        };
        self.starts_item = false;
        self.follows_attribute = false;
        let at = self.solid(PieceKind::Token(token), token, start, end, role);
        let piece = &mut self.out.pieces[at];
        piece.closes = Some(index);
        if is_empty {
            piece.breaks = 0;
        }
        self.out.groups[index.0].close = at;
        if is_attribute {
            self.after_attribute();
        }
    }

    /// Adds the comments that stand before a place.
    fn comments_before(&mut self, place: usize) {
        while let Some(comment) = self.comments.get(self.next_comment) {
            let (start, end) = ((comment.range.start - self.base) as usize, (comment.range.end - self.base) as usize);
            if start >= place {
                return;
            }
            self.next_comment += 1;
            if start < self.end && self.end > 0 {
                continue;
            }
            let kept = start + self.text[start..end].trim_end().len();
            let at = self.push(PieceKind::Comment, start, kept);
            let begins_line = self.out.pieces[at].breaks > 0 || at == 0;
            if begins_line && is_switch(&self.text[start..kept], "off") {
                self.verbatim(end);
            }
        }
    }

    /// Takes all that stands between `# fmt: off` and `# fmt: on`, or the end of the brackets around it.
    fn verbatim(&mut self, off_end: usize) {
        let Some(start) = self.text[off_end..].find('\n').map(|at| off_end + at + 1) else { return };
        let mut depth = 0usize;
        let mut end = start;
        loop {
            let token = self.tokens.get(self.at).copied();
            let place = token.map_or(usize::MAX, |lexeme| lexeme.start as usize);
            if let Some(comment) = self.comments.get(self.next_comment)
                && ((comment.range.start - self.base) as usize) < place
            {
                let from = (comment.range.start - self.base) as usize;
                let to = (comment.range.end - self.base) as usize;
                let begins_line = self.text[..from].trim_end_matches([' ', '\t']).ends_with('\n');
                if depth == 0 && begins_line && is_switch(&self.text[from..to], "on") {
                    break;
                }
                self.next_comment += 1;
                end = end.max(to);
                continue;
            }
            let Some(lexeme) = token else { break };
            match lexeme.token {
                Token::ParenOpen | Token::BracketOpen | Token::BraceOpen | Token::HoleOpen => depth += 1,
                Token::ParenClose | Token::BracketClose | Token::BraceClose | Token::HoleClose => {
                    if depth == 0 {
                        break;
                    }
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            end = end.max(lexeme.end as usize);
        }
        if end > start && !self.text[start..end].trim().is_empty() {
            self.push(PieceKind::Verbatim, start, start + self.text[start..end].trim_end().len());
            self.end = end;
        }
        self.remember(Token::Semicolon, ";", Role::Plain);
        self.begin_item();
    }
}

/// The columns of a text up to its first line break, and behind its last one.
fn widths(text: &str) -> (usize, usize) {
    let (first, last) = (text.split('\n').next().unwrap_or(""), text.rsplit('\n').next().unwrap_or(""));
    let first_width = first.width();
    (first_width, if first.len() == text.len() { first_width } else { last.width() })
}

fn is_switch(comment: &str, state: &str) -> bool {
    comment.trim_start_matches('#').trim().strip_prefix("fmt:").is_some_and(|rest| rest.trim() == state)
}

/// Tells of each piece whether it stands at the level of items; a comment goes with what follows it.
fn tell_levels(pieces: &mut Pieces) {
    let mut level = true;
    for piece in pieces.pieces.iter_mut().rev() {
        if !piece.is_comment() && !matches!(piece.kind, PieceKind::Separator | PieceKind::TrailingComma) {
            level = piece.starts_item || piece.closes.is_some() || piece.goes_on || piece.kind == PieceKind::Verbatim;
        }
        piece.is_at_item_level = level;
    }
}
