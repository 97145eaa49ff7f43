//! A diagnostic as people read it.
//!
//! ```text
//! error: KIND: MESSAGE
//!   details
//!   --> file:line:column
//!    |
//!  9 |     writev(1, iov, 2)
//!    |               ^^^ label
//!   in function file:line:column
//! cause: KIND: MESSAGE
//!   (the same parts again)
//!   help: what to do
//! ```
//!
//! A trace of one call that only repeats the heading is left out. No row ends in blanks.

use super::excerpt::{Mark, excerpt, last_line, visible};
use super::style::{Paint, Style, printable};
use super::{Diagnostic, trace};
use crate::source::{SourceFile, SourceMap, SourceRange};
use std::rc::Rc;

/// The whole text of a diagnostic, each row with its line break.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let mut rows = Vec::new();
    let word = style.paint(Paint::Severity(diagnostic.severity), diagnostic.severity.word());
    let mut part = Some((word, diagnostic));
    let mut help: Vec<&str> = Vec::new();
    while let Some((word, diagnostic)) = part {
        push_part(&mut rows, &word, diagnostic, sources, style);
        for line in &diagnostic.help {
            if !help.contains(&line.as_str()) {
                help.push(line);
            }
        }
        part = diagnostic.cause.as_deref().map(|cause| (style.paint(Paint::Severity(cause.severity), "cause"), cause));
    }
    for line in help {
        let mut lines = printable(line).into_iter();
        rows.push(format!("  {} {}", style.paint(Paint::Help, "help:"), lines.next().unwrap_or_default()));
        rows.extend(lines.map(|line| format!("        {line}")));
    }
    let mut text = String::new();
    for row in rows {
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn push_part(rows: &mut Vec<String>, word: &str, diagnostic: &Diagnostic, sources: &SourceMap, style: Style) {
    let mut message = printable(&diagnostic.headline()).into_iter();
    rows.push(format!("{word}: {}", style.paint(Paint::Message, message.next().unwrap_or_default().trim_end())));
    rows.extend(message.map(|line| format!("  {line}")));
    for detail in &diagnostic.details {
        rows.extend(printable(detail).into_iter().map(|line| format!("  {line}")));
    }
    push_places(rows, diagnostic, sources, style);
    let only_here = diagnostic.trace.len() == 1 && {
        let here = heading_place(diagnostic, sources);
        here.is_some_and(|here| diagnostic.trace[0].ends_with(&format!(" {here}")))
    };
    if !only_here {
        rows.extend(trace::fold(&diagnostic.trace).into_iter().map(|line| format!("  {line}")));
    }
}

/// The `file:line:column` of the heading.
pub(super) fn heading_place(diagnostic: &Diagnostic, sources: &SourceMap) -> Option<String> {
    let range = diagnostic.place();
    let file = sources.file(range)?;
    Some(sources.place(visible(file, range)))
}

fn push_places(rows: &mut Vec<String>, diagnostic: &Diagnostic, sources: &SourceMap, style: Style) {
    let marked = if diagnostic.primary.range.is_nowhere() { diagnostic.place() } else { diagnostic.primary.range };
    let mut groups: Vec<(&Rc<SourceFile>, Vec<Mark>)> = Vec::new();
    let mut push = |range: SourceRange, text, primary| {
        let Some(file) = sources.file(range) else { return };
        let mark = Mark { range: visible(file, range), text, primary };
        match groups.iter_mut().find(|(known, _)| Rc::ptr_eq(known, file)) {
            Some((_, marks)) => marks.push(mark),
            None => groups.push((file, vec![mark])),
        }
    };
    push(marked, &diagnostic.primary.text, true);
    for label in &diagnostic.secondary {
        push(label.range, &label.text, false);
    }
    let digits = groups.iter().map(|(file, marks)| last_line(file, marks)).max().unwrap_or(1).to_string().len();
    for (index, (file, marks)) in groups.iter().enumerate() {
        let place = match heading_place(diagnostic, sources) {
            Some(place) if index == 0 && marks[0].primary => place,
            _ => sources.place(marks[0].range),
        };
        let arrow = if index == 0 { "-->" } else { ":::" };
        rows.push(format!("{} {place}", style.paint(Paint::Frame, &format!(" {:digits$}{arrow}", ""))));
        rows.extend(excerpt(file, marks, digits, style));
    }
}

#[cfg(test)]
#[path = "render_test.rs"]
mod tests;
