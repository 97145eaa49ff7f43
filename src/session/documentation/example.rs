//! The examples of doc comments, as scripts.

use super::{Item, ItemKind, language, library, read_source};
use crate::source::SourceMap;
use crate::syntax::{self, tree};
use std::collections::HashSet;

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
    /// How many lines stand before the example itself.
    pub lines_before: usize,
    /// The line of the file that it begins in, from 1; 0 for one of the library.
    pub line: usize,
    /// Of a file whose names it does not know, for it imports that file itself.
    pub imports_itself: bool,
}

impl Example {
    fn new(name: &str, before: &str, code: &str) -> Example {
        Example {
            name: name.to_string(),
            code: format!("{before}{code}"),
            mark: "",
            lines_before: before.lines().count(),
            line: 0,
            imports_itself: false,
        }
    }

    /// The line of the file that a line of the code stands in; `None` for what was put before it.
    pub fn line_of(&self, line: usize) -> Option<usize> {
        let own = line.checked_sub(self.lines_before + 1)?;
        (self.line > 0).then_some(self.line + own)
    }
}

/// Between what a module prints when it is imported and the example that imports it.
const MARK: &str = "\u{1}example\u{1}";

/// The examples of the library and the language. The module that one is about is imported for it.
pub fn examples_of_library() -> Vec<Example> {
    let mut found = Vec::new();
    for group in library().iter().chain(&language()) {
        let import = if group.kind == ItemKind::Module { format!("import {}\n", group.name) } else { String::new() };
        group.walk(&mut |item| {
            for code in codes(&item.doc) {
                let import = if imports(&code) { "" } else { &import };
                found.push(Example::new(&item.path, import, &code));
            }
        });
    }
    number(&mut found);
    found
}

/// The examples of a file, for a process that runs in its folder. All that the file exports is known to them, but for names that they
/// declare themselves, and the module by its name; one that imports the file itself is left as it is.
pub fn examples_of_source(file_name: &str, text: &str) -> Vec<Example> {
    let stem = file_name.strip_suffix(".cot").unwrap_or(file_name);
    let module = read_source(stem, text);
    let exported: Vec<&str> = exports(&module).into_iter().filter(|name| *name != stem).collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Example> = Vec::new();
    let mut taken = HashSet::new();
    module.walk(&mut |item| {
        for code in codes(&item.doc) {
            let own = Names::of(&code, file_name);
            let mut before = String::new();
            if !own.imports_itself {
                if is_name(stem) && !own.bound.contains(stem) {
                    before.push_str(&format!("import \"./{file_name}\"\n"));
                }
                let names: Vec<&str> = exported.iter().copied().filter(|name| !own.bound.contains(*name)).collect();
                if !names.is_empty() {
                    before.push_str(&format!("from \"./{file_name}\" import {}\n", names.join(", ")));
                }
                before.push_str("print(\"\\u{1}example\\u{1}\")\n");
            }
            let mark = if own.imports_itself { "" } else { MARK };
            let line = line_of(&code, &lines, &mut taken);
            found.push(Example { mark, line, imports_itself: own.imports_itself, ..Example::new(&item.path, &before, &code) });
        }
    });
    number(&mut found);
    found
}

/// The line, from 1, in which the comment with an example begins that no other was found in.
fn line_of(code: &str, lines: &[&str], taken: &mut HashSet<usize>) -> usize {
    let is_at = |at: usize| {
        code.lines().enumerate().all(|(index, wanted)| {
            let line = lines.get(at + index).and_then(|line| line.trim_start().strip_prefix("##")).map(str::trim_end);
            let indented = line.map(|line| line.strip_prefix("     ").unwrap_or(line.trim_start()));
            indented == Some(wanted.trim_end())
        })
    };
    let at = (0..lines.len()).find(|&at| is_at(at) && !taken.contains(&at));
    at.map_or(0, |at| {
        taken.insert(at);
        at + 1
    })
}

/// The names that an example binds at its top.
struct Names {
    bound: HashSet<String>,
    imports_itself: bool,
}

impl Names {
    fn of(code: &str, file_name: &str) -> Names {
        let mut names = Names { bound: HashSet::new(), imports_itself: false };
        let Ok(file) = SourceMap::new().add("example", code) else { return names };
        for statement in &syntax::parse(&file).module.statements {
            names.statement(&statement.kind, file_name);
        }
        names
    }

    fn statement(&mut self, kind: &tree::StatementKind, file_name: &str) {
        use tree::StatementKind::*;
        let mut bind = |name: &tree::Name| {
            self.bound.insert(name.text.to_string());
        };
        match kind {
            Import(node) => {
                let source = match node {
                    tree::Import::Module { source, alias } => {
                        match (alias, source) {
                            (Some(name), _) | (None, tree::ImportSource::Name(name)) => bind(name),
                            (None, tree::ImportSource::Path { path, .. }) => {
                                let file = path.rsplit('/').next().unwrap_or(path);
                                self.bound.insert(file.strip_suffix(".cot").unwrap_or(file).to_string());
                            }
                        }
                        source
                    }
                    tree::Import::Names { source, names } => {
                        names.iter().for_each(|name| bind(name.alias.as_ref().unwrap_or(&name.name)));
                        source
                    }
                };
                self.imports_itself |= match source {
                    tree::ImportSource::Name(name) => file_name.strip_suffix(".cot") == Some(&*name.text),
                    tree::ImportSource::Path { path, .. } => path.strip_prefix("./").unwrap_or(path) == file_name,
                };
            }
            Let(node) => bound_names(&node.target, &mut bind),
            Function(function) => function.name.iter().for_each(bind),
            Record(record) => record.name.iter().for_each(bind),
            Enum(node) => bind(&node.name),
            TypeName { name, .. } | Constant { name, .. } => bind(name),
            Extern(block) => match (&block.alias, &block.body) {
                (Some(alias), _) => bind(alias),
                (None, tree::ExternBody::Items(items)) => {
                    for item in items {
                        match item {
                            tree::ExternItem::Function(function) => bind(&function.name),
                            tree::ExternItem::Variable { name, .. } => bind(name),
                            tree::ExternItem::Declaration(statement) => match &statement.kind {
                                Record(record) => record.name.iter().for_each(&mut bind),
                                Enum(node) => bind(&node.name),
                                TypeName { name, .. } | Constant { name, .. } => bind(name),
                                _ => {}
                            },
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn bound_names(binding: &tree::Binding, bind: &mut dyn FnMut(&tree::Name)) {
    match binding {
        tree::Binding::Name(name) => bind(name),
        tree::Binding::List { items, rest, .. } => {
            items.iter().for_each(|item| bound_names(item, bind));
            rest.iter().for_each(bind);
        }
    }
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
        let lines: Vec<usize> = found.iter().map(|example| example.line).collect();
        assert_eq!(lines, [3, 7, 11]);
        assert_eq!((found[1].line_of(3), found[1].line_of(4), found[1].line_of(5)), (None, Some(7), Some(8)));
        assert_eq!(examples_of_source("not-a-name.cot", text)[1].code.lines().count(), 3);
    }

    #[test]
    fn the_library_has_examples() {
        let found = examples_of_library();
        assert!(found.iter().any(|example| example.name == "sqlite"), "{found:?}");
    }
}
