//! The examples of doc comments, as scripts.

use super::{Item, ItemKind, library, read_source};

/// An example of a doc comment, ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it is an example of, and which one if there are several: `math.sqrt`, `area (2)`.
    pub name: String,
    /// What makes the names known that it uses, and the example behind it.
    pub code: String,
    /// Printed by the part before the example itself: only what comes behind this line is its output. Empty where that part prints
    /// nothing.
    pub mark: &'static str,
}

/// Between what a module prints when it is imported and the example that imports it.
const MARK: &str = "\u{1}example\u{1}";

/// The examples of the library. The module that one is about is imported for it.
pub fn examples_of_library() -> Vec<Example> {
    let mut found = Vec::new();
    for group in &library() {
        let import = if group.kind == ItemKind::Module { format!("import {}\n", group.name) } else { String::new() };
        group.walk(&mut |item| {
            for code in codes(&item.doc) {
                let import = if imports(&code) { "" } else { &import };
                found.push(Example { name: item.path.clone(), code: format!("{import}{code}"), mark: "" });
            }
        });
    }
    number(&mut found);
    found
}

/// The examples of a file, for a process that runs in its folder. All that the file exports is known to them, and the module by its
/// name; one that imports something itself is left as it is.
pub fn examples_of_source(file_name: &str, text: &str) -> Vec<Example> {
    let stem = file_name.strip_suffix(".cot").unwrap_or(file_name);
    let module = read_source(stem, text);
    let names: Vec<&str> = exports(&module).into_iter().filter(|name| *name != stem).collect();
    let mut import = if is_name(stem) { format!("import \"./{file_name}\"\n") } else { String::new() };
    if !names.is_empty() {
        import.push_str(&format!("from \"./{file_name}\" import {}\n", names.join(", ")));
    }
    import.push_str("print(\"\\u{1}example\\u{1}\")\n");
    let mut found = Vec::new();
    module.walk(&mut |item| {
        for code in codes(&item.doc) {
            let name = item.path.clone();
            found.push(match imports(&code) {
                true => Example { name, code, mark: "" },
                false => Example { name, code: format!("{import}{code}"), mark: MARK },
            });
        }
    });
    number(&mut found);
    found
}

/// The names at the top of a module, those behind an alias as the alias.
fn exports(module: &Item) -> Vec<&str> {
    let mut names: Vec<&str> = module.members.iter().map(|item| item.path.split('.').next().unwrap_or("")).collect();
    names.dedup();
    names
}

fn is_name(stem: &str) -> bool {
    let mut characters = stem.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_') && characters.all(|c| c.is_alphanumeric() || c == '_')
}

fn imports(code: &str) -> bool {
    code.lines().any(|line| line.starts_with("import ") || line.starts_with("from "))
}

/// Tells several examples of one name apart.
fn number(examples: &mut [Example]) {
    for at in (0..examples.len()).rev() {
        let before = examples[..at].iter().filter(|example| example.name == examples[at].name).count();
        if before > 0 {
            examples[at].name = format!("{} ({})", examples[at].name, before + 1);
        }
    }
}

/// The blocks of a text that are indented by four blanks behind an empty line, without that indentation.
pub(super) fn codes(doc: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut was_empty = true;
    let mut empty_lines = 0;
    for line in doc.lines() {
        match line.strip_prefix("    ") {
            Some(line) if is_open => {
                let code = codes.last_mut().expect("one is open");
                code.push_str(&"\n".repeat(std::mem::take(&mut empty_lines)));
                code.push_str(&format!("{line}\n"));
            }
            Some(line) if was_empty => {
                codes.push(format!("{line}\n"));
                is_open = true;
                empty_lines = 0;
            }
            _ if line.trim().is_empty() => empty_lines += 1,
            _ => is_open = false,
        }
        was_empty = line.trim().is_empty();
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_their_indentation() {
        let doc = "Text.\n\n    a\n\n      b\n\nmore\n    no code\n\n    c\n";
        assert_eq!(codes(doc), ["a\n\n  b\n", "c\n"]);
        assert_eq!(codes("    x"), ["x\n"]);
        assert!(codes("Text\n    is not code").is_empty());
    }

    #[test]
    fn names_are_imported_for_examples_of_files() {
        let text = "## About.\n##\n##     two()\n\n## Two.\n##\n##     print(two())   # => 2\n##\n## And\n##\n##     import \"./m.cot\"\nfn two() => 2\n";
        let found = examples_of_source("m.cot", text);
        let names: Vec<&str> = found.iter().map(|example| example.name.as_str()).collect();
        assert_eq!(names, ["m", "two", "two (2)"]);
        assert_eq!(
            found[1].code,
            "import \"./m.cot\"\nfrom \"./m.cot\" import two\nprint(\"\\u{1}example\\u{1}\")\nprint(two())   # => 2\n"
        );
        assert_eq!((found[2].code.as_str(), found[2].mark), ("import \"./m.cot\"\n", ""));
        assert_eq!(examples_of_source("not-a-name.cot", text)[1].code.lines().count(), 3);
    }

    #[test]
    fn the_library_has_examples() {
        let found = examples_of_library();
        assert!(found.iter().any(|example| example.name == "sqlite"), "{found:?}");
    }
}
