//! Dialogues that are pasted back: what stands behind the prompts is what was typed.
//!
//! A terminal hands over what is pasted in one piece, so answers can be told from entries there, and are left out. From a pipe lines come
//! one by one, and each stands for itself.

use super::meta::{self, Meta};
use crate::session::extern_block;
use crate::syntax::is_incomplete;

/// What stands before the first line of an entry in a transcript, and before its further lines.
const FIRST: &str = "> ";
const FURTHER: [&str; 3] = ["… ", "... ", ". "];

/// The entries of a text: those of a transcript, if its first line has a prompt, otherwise the text itself.
pub fn entries(text: &str) -> Vec<String> {
    if typed(text.trim_start().lines().next().unwrap_or(""), &[FIRST]).is_none() {
        return vec![text.to_string()];
    }
    let mut entries: Vec<String> = Vec::new();
    // Whether a line without a prompt can still belong to an entry.
    let mut is_open = false;
    for line in text.trim_start().lines() {
        if let Some(entry) = typed(line, &[FIRST]) {
            entries.push(entry.to_string());
            is_open = true;
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        let further = typed(line, &FURTHER).filter(|_| is_open);
        // A bracket that is still open goes on, whatever the line begins with.
        match further.or((is_open && is_unfinished(entry)).then_some(line)) {
            Some(rest) => {
                entry.push('\n');
                entry.push_str(rest);
            }
            None => is_open = false,
        }
    }
    entries
}

/// Whether an entry goes on in the next line.
pub fn is_unfinished(entry: &str) -> bool {
    match meta::parse(entry) {
        None => is_incomplete(entry),
        // A struct may take several lines.
        Some(Ok(Meta::C(declaration))) => is_incomplete(&extern_block(&declaration)),
        Some(_) => false,
    }
}

/// What stands behind a prompt; a line that is nothing else is empty.
fn typed<'t>(line: &'t str, prompts: &[&str]) -> Option<&'t str> {
    prompts.iter().find_map(|prompt| line.strip_prefix(prompt).or((line == prompt.trim_end()).then_some("")))
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn a_text_without_prompts_is_one_entry() {
        for text in ["1 + 1", "", "let s = \"> \"", "a\n> b", ">= 2", ">1"] {
            assert_eq!(entries(text), [text]);
        }
    }

    #[test]
    fn answers_are_no_entries() {
        let text = "> fn double(n) {\n.     n * 2\n. }\n> double(21)\n42\n> double(\"a\")\nerror: TypeError: no\n  --> <repl>:1:1\n   |\n";
        assert_eq!(entries(text), ["fn double(n) {\n    n * 2\n}", "double(21)", "double(\"a\")"]);
        assert_eq!(entries("  > 1\n1\n. 2\n"), ["1"]);
        assert_eq!(entries("> f(\n…     1,\n… )\n… 3"), ["f(\n    1,\n)\n3"]);
        assert_eq!(entries(">\n> 1"), ["", "1"]);
    }

    #[test]
    fn lines_without_a_prompt_go_on_with_what_is_open() {
        assert_eq!(entries("> fn f() {\n    1\n}\n> f()"), ["fn f() {\n    1\n}", "f()"]);
    }
}
