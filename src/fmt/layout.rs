//! Pieces to lines.
//!
//! Lines are laid out from the first to the last. A line reaches to the next place where one must begin; if it is too wide, `split` breaks
//! it somewhere and it is measured again. What was laid out is never touched again: a break only concerns what follows it.

use super::piece::{GroupIndex, Pieces};
use super::split::{self, Overflow};
use super::{INDENTATION, WIDTH};

/// A line of the result.
#[derive(Debug)]
pub struct Line {
    pub indentation: usize,
    /// The pieces from `first` to before `end`.
    pub first: usize,
    pub end: usize,
    pub blank_before: bool,
}

pub fn lay_out(pieces: &mut Pieces) -> Vec<Line> {
    let mut lines = Vec::new();
    // The broken groups that are open.
    let mut open: Vec<GroupIndex> = Vec::new();
    let mut first = 0;
    while first < pieces.pieces.len() {
        let indentation = indentation(pieces, first, &open);
        let end = fitted(pieces, first, indentation);
        for at in first..end {
            if let Some(group) = pieces.pieces[at].opens {
                pieces.groups[group.0].indentation = indentation;
                if pieces.is_broken(group) {
                    open.push(group);
                }
            }
            if pieces.pieces[at].closes.is_some() && pieces.pieces[at].closes == open.last().copied() {
                open.pop();
            }
        }
        let piece = &pieces.pieces[first];
        let is_inner = first > 0 && pieces.pieces[first - 1].opens.is_none() && piece.closes.is_none();
        let blank_before = is_inner && piece.breaks > 1 && piece.is_at_item_level && !piece.goes_on;
        lines.push(Line { indentation, first, end, blank_before });
        first = end;
    }
    lines
}

fn indentation(pieces: &Pieces, first: usize, open: &[GroupIndex]) -> usize {
    let piece = &pieces.pieces[first];
    if let Some(group) = piece.closes.filter(|&group| pieces.is_broken(group)) {
        return pieces.group(group).indentation;
    }
    let level = open.last().map_or(0, |&group| pieces.group(group).indentation + INDENTATION);
    if piece.is_at_item_level { level } else { level + INDENTATION }
}

/// Breaks the line that begins with a piece until it fits; where it ends then.
fn fitted(pieces: &mut Pieces, first: usize, indentation: usize) -> usize {
    loop {
        match measure(pieces, first, indentation) {
            Measured::Fits(end) => return end,
            Measured::Over(overflow) => {
                if !split::split(pieces, &overflow) {
                    return line_end(pieces, first);
                }
            }
        }
    }
}

fn line_end(pieces: &Pieces, first: usize) -> usize {
    (first + 1..pieces.pieces.len()).find(|&at| pieces.begins_line(at)).unwrap_or(pieces.pieces.len())
}

enum Measured {
    Fits(usize),
    Over(Overflow),
}

fn measure(pieces: &Pieces, first: usize, indentation: usize) -> Measured {
    let mut overflow = Overflow::new(first);
    let mut column = indentation;
    for at in first..pieces.pieces.len() {
        if at > first && pieces.begins_line(at) {
            return Measured::Fits(at);
        }
        let piece = &pieces.pieces[at];
        if piece.is_comment() {
            return Measured::Fits(at + 1);
        }
        if piece.kind == super::piece::PieceKind::Verbatim {
            return Measured::Fits(at + 1);
        }
        if !pieces.is_printed(at) {
            continue;
        }
        column += usize::from(at > first && piece.has_space) + piece.first_width;
        overflow.note_before(pieces, at);
        if column > WIDTH {
            return Measured::Over(overflow);
        }
        overflow.note_behind(pieces, at);
        if piece.is_multiline() {
            column = piece.last_width;
        }
    }
    Measured::Fits(pieces.pieces.len())
}
