//! Items for a terminal.

use super::{Item, ItemKind};

/// Where lines are broken.
const WIDTH: usize = 100;
/// A header wider than this has its sentence on a line of its own.
const MOST_HEADER: usize = 34;

/// An item as people read it: its header, its text, and a line for each of its members.
pub fn render(item: &Item) -> String {
    let mut out = format!("{}\n", item.header);
    paragraphs(&item.doc, "  ", &mut out);
    if item.members.is_empty() {
        return out;
    }
    out.push('\n');
    let mut members = Vec::new();
    list(item, "  ", &mut members);
    let width = members.iter().map(|(header, _)| header.chars().count()).filter(|&width| width <= MOST_HEADER).max().unwrap_or(0);
    for (header, sentence) in members {
        let mut lines = broken(&sentence, WIDTH.saturating_sub(width + 2).max(30)).into_iter();
        let mut left = header.clone();
        if header.chars().count() > width {
            out.push_str(&format!("{header}\n"));
            left.clear();
            if sentence.is_empty() {
                continue;
            }
        }
        loop {
            let line = lines.next().unwrap_or_default();
            out.push_str(format!("{left:width$}  {line}").trim_end());
            out.push('\n');
            left.clear();
            if lines.len() == 0 {
                break;
            }
        }
    }
    out
}

/// The members of an item with their first sentences, those of types below them.
fn list(item: &Item, indent: &str, lines: &mut Vec<(String, String)>) {
    for member in &item.members {
        // What belongs to a type is shorter without its name.
        let header = match item.kind {
            ItemKind::Type => member.header.strip_prefix(&item.path).unwrap_or(&member.header),
            _ => &member.header,
        };
        lines.push((format!("{indent}{header}"), first_sentence(&member.doc)));
        if member.kind == ItemKind::Type {
            list(member, &format!("{indent}  "), lines);
        }
    }
}

/// The first sentence of a text, on one line.
fn first_sentence(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or("");
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(at) => line[..=at].to_string(),
        None => line,
    }
}

/// The words of a text on lines of at most some characters.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// A text with its lines broken anew; examples stay as they are.
fn paragraphs(doc: &str, indent: &str, out: &mut String) {
    let mut words: Vec<&str> = Vec::new();
    let flush = |words: &mut Vec<&str>, out: &mut String| {
        for line in broken(&words.join(" "), WIDTH - indent.len()) {
            out.push_str(&format!("{indent}{line}\n"));
        }
        words.clear();
    };
    for line in doc.lines() {
        if line.starts_with("    ") && words.is_empty() {
            out.push_str(&format!("{indent}{line}\n"));
        } else if line.trim().is_empty() {
            flush(&mut words, out);
            out.push('\n');
        } else {
            words.extend(line.split_whitespace());
        }
    }
    flush(&mut words, out);
}

#[cfg(test)]
mod tests {
    use super::super::read_source;
    use super::*;

    #[test]
    fn a_function_has_a_header_and_a_text() {
        let module = read_source("m", "## Adds\n## two numbers.\n##\n##     add(1, 2)\nfn add(a, b) => a + b\n");
        assert_eq!(render(&module.members[0]), "add(a, b)\n  Adds two numbers.\n\n      add(1, 2)\n");
    }

    #[test]
    fn a_module_lists_what_is_in_it() {
        let text =
            "## About.\n\n## Adds. And more.\nfn add(a, b) => a + b\n## A point.\nstruct Point {\n    ## Right.\n    x: f64\n}\n";
        assert_eq!(
            render(&read_source("m", text)),
            "m\n  About.\n\n  add(a, b)     Adds.\n  struct Point  A point.\n    .x: f64     Right.\n"
        );
    }

    #[test]
    fn long_lines_are_broken() {
        let module = read_source("m", &format!("## {}\nfn f() => 1\n", "word ".repeat(40)));
        assert!(render(&module.members[0]).lines().all(|line| line.chars().count() <= WIDTH));
    }
}
