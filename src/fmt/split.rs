//! Where a line that is too wide is broken.
//!
//! In this order, each only if the line has such a place before it gets too wide:
//!
//! 1. behind the attributes of a declaration;
//! 2. before the last item or statement, if the line holds several;
//! 3. inside the outermost bracket that is still open there; but if its last item is a function with a body, or its only one a list, inside of
//!    that;
//! 4. at the last of the loosest operators, then before a method of a chain of calls;
//! 5. inside the last bracket that was closed before.

use super::piece::{GroupIndex, GroupKind, Piece, PieceKind, Pieces};
use crate::syntax::token::Token;

/// Classes of operators at which a line is broken, the loosest first.
const CLASSES: usize = 4;

/// What was seen of a line up to the piece that is too far right.
#[derive(Debug)]
pub struct Overflow {
    first: usize,
    /// The groups opened in this line and still open.
    open: Vec<GroupIndex>,
    /// Those that were closed again, outermost ones only.
    closed: Vec<GroupIndex>,
    behind_attributes: Option<usize>,
    last_item: Option<usize>,
    /// Of each class of operators the last one: the piece that a line would begin with.
    operators: [Option<usize>; CLASSES],
}

impl Overflow {
    pub fn new(first: usize) -> Overflow {
        Overflow {
            first,
            open: Vec::new(),
            closed: Vec::new(),
            behind_attributes: None,
            last_item: None,
            operators: [None; CLASSES],
        }
    }

    /// Notes that a line could begin with a piece.
    pub fn note_before(&mut self, pieces: &Pieces, at: usize) {
        if at == self.first || !self.open.is_empty() {
            return;
        }
        let piece = &pieces.pieces[at];
        let group = pieces.group(piece.group);
        if piece.follows_attribute {
            let begins_with_attribute = pieces.pieces[self.first].token() == Some(Token::At);
            let is_list = matches!(group.kind, GroupKind::List { .. });
            if begins_with_attribute && !is_list && piece.token() != Some(Token::At) {
                self.behind_attributes = Some(at);
            }
        } else if piece.starts_item && group.is_broken {
            self.last_item = Some(at);
        }
        let class = match piece.token() {
            Some(Token::Or | Token::Coalesce) => 0,
            Some(Token::And) => 1,
            Some(Token::Dot | Token::SafeDot) if pieces.pieces[at - 1].closes.is_some() => 3,
            _ => return,
        };
        self.operators[class] = Some(at);
    }

    /// Notes brackets, and operators behind which a line could begin.
    pub fn note_behind(&mut self, pieces: &Pieces, at: usize) {
        let piece = &pieces.pieces[at];
        if let Some(group) = piece.closes
            && self.open.last() == Some(&group)
        {
            self.open.pop();
            if self.open.is_empty() {
                self.closed.push(group);
            }
        }
        if let Some(group) = piece.opens {
            self.open.push(group);
        }
        let is_binary = at > self.first && piece.has_space && pieces.pieces.get(at + 1).is_some_and(|next| next.has_space);
        if self.open.is_empty() && is_binary && matches!(piece.token(), Some(Token::Plus | Token::Minus | Token::Pipe)) {
            self.operators[2] = Some(at + 1);
        }
    }
}

/// Breaks the line somewhere. `false` if there is no place left.
pub fn split(pieces: &mut Pieces, overflow: &Overflow) -> bool {
    if let Some(at) = overflow.behind_attributes.or(overflow.last_item) {
        pieces.pieces[at].is_split = true;
        return true;
    }
    if let Some(group) = open_group(pieces, overflow) {
        let explode = !is_filled(pieces, group);
        pieces.break_group(group, explode);
        return true;
    }
    if let Some(&at) = overflow.operators.iter().flatten().next() {
        pieces.pieces[at].is_split = true;
        return true;
    }
    let closed = overflow.closed.iter().rev().copied().find(|&group| is_breakable(pieces, group) && !pieces.is_broken(group));
    if let Some(group) = closed {
        let explode = !is_filled(pieces, group);
        pieces.break_group(group, explode);
    }
    closed.is_some()
}

fn is_breakable(pieces: &Pieces, group: GroupIndex) -> bool {
    let group = pieces.group(group);
    // The line breaks of C text are its own.
    let is_c = pieces.pieces.get(group.open + 1).and_then(Piece::token) == Some(Token::CText);
    !group.is_empty() && !is_c && !matches!(group.kind, GroupKind::Fixed | GroupKind::TypeBrackets | GroupKind::File)
}

/// The bracket to break of those that are open where the line gets too wide.
fn open_group(pieces: &Pieces, overflow: &Overflow) -> Option<GroupIndex> {
    let can = |group: &GroupIndex| is_breakable(pieces, *group) && !pieces.is_broken(*group);
    let is_strong = |group: &GroupIndex| can(group) && pieces.group(*group).kind != GroupKind::Parentheses;
    let outermost = overflow.open.iter().position(is_strong).or_else(|| overflow.open.iter().position(can))?;
    let group = overflow.open[outermost];
    if !matches!(pieces.group(group).kind, GroupKind::List { .. }) {
        return Some(group);
    }
    let inner = overflow.open[outermost + 1..].iter().copied().find(|&inner| can(&inner) && takes_place_of(pieces, inner, group));
    Some(inner.unwrap_or(group))
}

/// Whether a group is what ends a list, so that breaking it is enough: the body of a function, or a list that is the only item.
fn takes_place_of(pieces: &Pieces, inner: GroupIndex, outer: GroupIndex) -> bool {
    let (inner, outer) = (pieces.group(inner), pieces.group(outer));
    let ends_it = pieces.pieces[inner.close + 1..outer.close]
        .iter()
        .all(|piece| piece.closes.is_some() || piece.kind == PieceKind::TrailingComma);
    let is_list = matches!(inner.kind, GroupKind::List { .. }) && pieces.pieces[inner.open].token() == Some(Token::BracketOpen);
    ends_it && (inner.kind == GroupKind::Block || is_list && inner.open == outer.open + 1)
}

/// Numbers in a row are not given a line each.
fn is_filled(pieces: &Pieces, group: GroupIndex) -> bool {
    let group = pieces.group(group);
    matches!(group.kind, GroupKind::List { .. })
        && pieces.pieces[group.open + 1..group.close].iter().all(|piece| {
            matches!(
                piece.kind,
                PieceKind::TrailingComma
                    | PieceKind::Token(Token::Integer | Token::Float | Token::IntegerMinimum | Token::Minus | Token::Comma)
            )
        })
}
