//! The reference of the library: `docs/reference/library.md`.

use super::{Item, ItemKind, library};
use std::fmt::Write;

/// The whole page, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# The library\n\n\
         What scripts can name without writing it themselves. `cotter doc NAME` and the REPL's `:doc NAME` show the same, and the words of \
         the language besides: `cotter doc match`, `cotter doc @keeps`.\n",
    );
    let items = library();
    for (title, kind) in
        [("Builtins", ItemKind::Family), ("Methods and properties", ItemKind::Methods), ("Modules", ItemKind::Module)]
    {
        _ = write!(page, "\n## {title}\n");
        for item in items.iter().filter(|item| item.kind == kind) {
            let heading = match kind {
                ItemKind::Family => item.header.clone(),
                _ if item.header == "Types" => item.header.clone(),
                _ => format!("`{}`", item.name),
            };
            _ = write!(page, "\n### {heading}\n\n{}\n", item.doc);
            members(item, &mut page);
        }
    }
    page
}

fn members(item: &Item, page: &mut String) {
    let (types, others): (Vec<&Item>, Vec<&Item>) = item.members.iter().partition(|member| member.kind == ItemKind::Type);
    if !others.is_empty() {
        page.push('\n');
    }
    for member in others {
        let shown = match item.kind {
            // Of a value they are asked behind a dot.
            ItemKind::Methods | ItemKind::Type => member.header.strip_prefix(&item.path).unwrap_or(&member.header),
            _ => &member.header,
        };
        _ = writeln!(
            page,
            "- `{shown}`{}",
            if member.doc.is_empty() { String::new() } else { format!(" – {}", below(&member.doc)) }
        );
    }
    for member in types {
        _ = write!(page, "\n#### `{}`\n\n{}\n", member.header, member.doc);
        members(member, page);
    }
}

/// A text as the item of a list: its further lines stand below the first.
fn below(doc: &str) -> String {
    let mut lines = doc.lines();
    let mut text = lines.next().unwrap_or("").to_string();
    for line in lines {
        text.push('\n');
        if !line.is_empty() {
            text.push_str(&format!("  {line}"));
        }
    }
    text
}
