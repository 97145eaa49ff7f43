//! Source lines with markers under them.
//!
//! Every marked range is cut into strokes, each within one line. A line of up to [`WIDEST`] columns is shown whole with
//! all its strokes; of a longer one each stroke shows the part around it. Tabs become four blanks, and characters that
//! would move the cursor or reorder the line become `�`, so the marker always stands where the eye expects it.

use super::style::{Paint, Style, one_line};
use crate::source::{SourceFile, SourceRange};
use unicode_width::UnicodeWidthChar;

/// Columns of source text in one row; more is cut.
const WIDEST: usize = 120;
/// Columns kept before a marker in a line that is cut.
const LEAD: usize = 40;
const TAB: &str = "    ";

/// A range to mark, all in one file.
pub(super) struct Mark<'a> {
    pub range: SourceRange,
    /// Shown behind the marker; may be empty.
    pub text: &'a str,
    /// `^^^` for the place that matters, `---` for those that explain it.
    pub primary: bool,
}

/// The part of a mark that lies in one line.
struct Stroke<'a> {
    /// From 1.
    line: usize,
    /// Byte offsets in the line.
    from: usize,
    to: usize,
    text: &'a str,
    primary: bool,
}

/// A character as it is shown.
struct Cell {
    /// Where it stands in the line, in bytes.
    byte: usize,
    /// Where it is shown, in columns from 0.
    column: usize,
    width: usize,
    shown: Shown,
}

enum Shown {
    Itself(char),
    Tab,
    Replaced,
}

/// An empty range behind the last line of a file is moved to the end of the last line that has something in it, where
/// a reader looks for what is missing.
pub(super) fn visible(file: &SourceFile, range: SourceRange) -> SourceRange {
    let before = file.slice(SourceRange::new(file.base, range.start));
    let at_end = range.start >= file.range().end;
    if !at_end || !before.ends_with('\n') {
        return range;
    }
    let kept = file.base + before.trim_end().len() as u32;
    SourceRange::new(kept, kept)
}

/// The highest line number that an excerpt of these marks shows.
pub(super) fn last_line(file: &SourceFile, marks: &[Mark]) -> usize {
    marks.iter().flat_map(|mark| strokes(file, mark)).map(|stroke| stroke.line).max().unwrap_or(1)
}

/// The rows of an excerpt: an empty one with the bar, then the lines with their markers.
pub(super) fn excerpt(file: &SourceFile, marks: &[Mark], digits: usize, style: Style) -> Vec<String> {
    let mut strokes: Vec<Stroke> = marks.iter().flat_map(|mark| strokes(file, mark)).collect();
    strokes.sort_by_key(|stroke| (stroke.line, !stroke.primary, stroke.from));
    let bar = style.paint(Paint::Frame, &format!(" {:digits$} |", ""));
    let mut rows = vec![bar.clone()];
    let mut previous = None;
    let mut rest = strokes.as_slice();
    while let Some(first) = rest.first() {
        let line = first.line;
        let count = rest.iter().take_while(|stroke| stroke.line == line).count();
        match previous {
            Some(before) if line == before + 2 => rows.push(source_row(file, before + 1, digits, style)),
            Some(before) if line > before + 2 => rows.push(style.paint(Paint::Frame, "...")),
            _ => {}
        }
        line_with_markers(file, line, &rest[..count], digits, style, &bar, &mut rows);
        previous = Some(line);
        rest = &rest[count..];
    }
    rows
}

fn strokes<'a>(file: &SourceFile, mark: &Mark<'a>) -> Vec<Stroke<'a>> {
    let (first, from) = line_and_byte(file, mark.range.start);
    let (mut last, mut to) = line_and_byte(file, mark.range.end.max(mark.range.start));
    // A range that ends with a line break ends in the line before it.
    if last > first && to == 0 {
        last -= 1;
        to = file.line(last).len();
    }
    let stroke = |line, from, to, text| Stroke { line, from, to, text, primary: mark.primary };
    if first == last {
        return vec![stroke(first, from, to, mark.text)];
    }
    let text = file.line(last);
    let indentation = text.len() - text.trim_start().len();
    vec![stroke(first, from, file.line(first).len(), ""), stroke(last, indentation.min(to), to, mark.text)]
}

/// The line, from 1, and the byte in it; a position in a line's end counts as the end of its text.
fn line_and_byte(file: &SourceFile, position: u32) -> (usize, usize) {
    let (line, column) = file.line_column(position);
    let text = file.line(line);
    let byte = text.char_indices().nth(column - 1).map_or(text.len(), |(byte, _)| byte);
    (line, byte)
}

fn cells(line: &str) -> Vec<Cell> {
    let mut column = 0;
    line.char_indices()
        .map(|(byte, character)| {
            let (shown, width) = match character {
                '\t' => (Shown::Tab, TAB.len()),
                _ if reorders(character) => (Shown::Replaced, 1),
                _ => match character.width() {
                    Some(width) => (Shown::Itself(character), width),
                    None => (Shown::Replaced, 1),
                },
            };
            let cell = Cell { byte, column, width, shown };
            column += width;
            cell
        })
        .collect()
}

/// The characters that change the direction of what follows, by which a line can look like another one.
fn reorders(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

fn total_width(cells: &[Cell]) -> usize {
    cells.last().map_or(0, |cell| cell.column + cell.width)
}

/// The column of a byte of the line, or the column behind the line.
fn column_of(cells: &[Cell], byte: usize) -> usize {
    cells.iter().find(|cell| cell.byte >= byte).map_or(total_width(cells), |cell| cell.column)
}

/// The columns `from..to` of a line, and what they look like.
struct Window {
    from: usize,
    to: usize,
    text: String,
    /// Columns that `…` takes before the text.
    shift: usize,
}

fn window(cells: &[Cell], around: usize) -> Window {
    let total = total_width(cells);
    let (from, to) = if total <= WIDEST {
        (0, total)
    } else {
        let from = around.saturating_sub(LEAD).min(total - WIDEST);
        (from, from + WIDEST)
    };
    let shown: Vec<&Cell> = cells.iter().filter(|cell| cell.column >= from && cell.column + cell.width <= to).collect();
    let begin = shown.first().map_or(from, |cell| cell.column);
    let mut text = String::new();
    if from > 0 {
        text.push('…');
    }
    for cell in shown {
        match cell.shown {
            Shown::Itself(character) => text.push(character),
            Shown::Tab => text.push_str(TAB),
            Shown::Replaced => text.push('\u{FFFD}'),
        }
    }
    if to < total {
        text.push('…');
    }
    Window { from: begin, to, text, shift: usize::from(from > 0) }
}

fn source_row(file: &SourceFile, line: usize, digits: usize, style: Style) -> String {
    let cells = cells(file.line(line));
    numbered(line, &window(&cells, 0).text, digits, style)
}

fn numbered(line: usize, text: &str, digits: usize, style: Style) -> String {
    let gutter = style.paint(Paint::Frame, &format!(" {line:>digits$} |"));
    if text.trim().is_empty() { gutter } else { format!("{gutter} {}", text.trim_end()) }
}

fn line_with_markers(
    file: &SourceFile,
    line: usize,
    strokes: &[Stroke],
    digits: usize,
    style: Style,
    bar: &str,
    rows: &mut Vec<String>,
) {
    let cells = cells(file.line(line));
    let mut rest: Vec<&Stroke> = strokes.iter().collect();
    while let Some(first) = rest.first() {
        let window = window(&cells, column_of(&cells, first.from));
        rows.push(numbered(line, &window.text, digits, style));
        rest.retain(|stroke| {
            let from = column_of(&cells, stroke.from);
            if from < window.from || from > window.to {
                return true;
            }
            let to = column_of(&cells, stroke.to).min(window.to);
            let indentation = " ".repeat(from - window.from + window.shift);
            let (sign, paint) = if stroke.primary { ("^", Paint::Primary) } else { ("-", Paint::Frame) };
            let mut marker = sign.repeat(to.saturating_sub(from).max(1));
            if !stroke.text.is_empty() {
                marker.push(' ');
                marker.push_str(&one_line(stroke.text));
            }
            rows.push(format!("{bar} {indentation}{}", style.paint(paint, marker.trim_end())));
            false
        });
    }
}
