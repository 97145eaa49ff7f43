//! Lines to text.

use super::layout::Line;
use super::piece::{Piece, PieceKind, Pieces};
use crate::source::SourceFile;
use unicode_width::UnicodeWidthStr;

/// What stands at least between code and the comment behind it.
const BEFORE_COMMENT: usize = 2;

/// A line's code, and the comment behind it.
struct Printed<'text> {
    code: String,
    comment: Option<&'text str>,
    /// Where that comment begins in its line of the source, in columns, and how many blanks stand before it.
    source_column: usize,
    source_gap: usize,
    blank_before: bool,
}

pub fn print(pieces: &Pieces, lines: &[Line], file: &SourceFile) -> String {
    let printed: Vec<Printed> = lines.iter().map(|line| print_line(pieces, line, file)).collect();
    let mut out = String::with_capacity(file.text.len() + file.text.len() / 8);
    let mut first = 0;
    while first < printed.len() {
        let count = comments_in_column(&printed[first..]);
        let run = &printed[first..first + count];
        let column = run.iter().map(|line| last_width(&line.code)).max().unwrap_or(0) + BEFORE_COMMENT;
        for line in run {
            if line.blank_before {
                out.push('\n');
            }
            out.push_str(&line.code);
            if let Some(comment) = line.comment {
                out.extend(std::iter::repeat_n(' ', column - last_width(&line.code)));
                out.push_str(comment);
            }
            out.push('\n');
        }
        first += count;
    }
    out
}

/// How many of the lines have comments in one column, which stay in one. At least one.
fn comments_in_column(lines: &[Printed]) -> usize {
    let first = &lines[0];
    let count = 1 + lines[1..]
        .iter()
        .take_while(|line| {
            first.comment.is_some() && line.comment.is_some() && line.source_column == first.source_column && !line.blank_before
        })
        .count();
    // Behind code of one width it is chance.
    if lines[..count].iter().all(|line| line.source_gap == first.source_gap) { 1 } else { count }
}

fn last_width(code: &str) -> usize {
    code.rsplit('\n').next().unwrap_or("").width()
}

fn print_line<'text>(pieces: &'text Pieces, line: &Line, file: &SourceFile) -> Printed<'text> {
    let mut printed =
        Printed { code: String::new(), comment: None, source_column: 0, source_gap: 0, blank_before: line.blank_before };
    for at in line.first..line.end {
        let piece = &pieces.pieces[at];
        if !pieces.is_printed(at) {
            continue;
        }
        if piece.kind == PieceKind::Verbatim {
            printed.code.push_str(&piece.text);
            continue;
        }
        if piece.is_comment() && at > line.first {
            printed.comment = Some(&piece.text);
            let before = source_line(file, piece.start);
            printed.source_column = before.width();
            printed.source_gap = before.len() - before.trim_end().len();
            continue;
        }
        if at == line.first {
            printed.code.extend(std::iter::repeat_n(' ', line.indentation));
        } else if piece.has_space {
            printed.code.push(' ');
        }
        if piece.can_shift { shift(piece, line.indentation, file, &mut printed.code) } else { printed.code.push_str(&piece.text) }
    }
    printed
}

/// The source from the start of a line up to a place in it.
fn source_line(file: &SourceFile, place: usize) -> &str {
    let start = file.text[..place].rfind('\n').map_or(0, |at| at + 1);
    &file.text[start..place]
}

/// Prints a text block, moved as far as the line in which it begins has moved.
fn shift(piece: &Piece, indentation: usize, file: &SourceFile, out: &mut String) {
    let closing = piece.text.rsplit('\n').next().map_or("", blanks);
    let old = columns(blanks(source_line(file, piece.start)));
    let new_closing = " ".repeat((columns(closing) + indentation).saturating_sub(old));
    for (number, line) in piece.text.split('\n').enumerate() {
        if number == 0 {
            out.push_str(line);
            continue;
        }
        out.push('\n');
        match line.strip_prefix(closing) {
            Some("") => {}
            Some(rest) => {
                out.push_str(&new_closing);
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
}

fn blanks(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn columns(blanks: &str) -> usize {
    blanks.bytes().map(|byte| if byte == b'\t' { super::INDENTATION } else { 1 }).sum()
}
