//! The storeys of the house as data, and the rules that keep them: imports go down only, a crate is used by its owner
//! alone, no file grows beyond a thousand lines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module of the crate and the modules it may import. `main` imports the command line and nothing else.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("format", &[]),
    ("machine_stack", &[]),
    ("markup", &[]),
    ("nearest", &[]),
    ("diagnostic", &["source"]),
    ("bytecode", &["source", "format"]),
    ("heap", &[]),
    ("syntax", &["source", "diagnostic", "format", "machine_stack"]),
    ("fmt", &["source", "diagnostic", "syntax"]),
    ("binding", &["source", "diagnostic", "nearest", "syntax", "machine_stack"]),
    ("value", &["bytecode", "heap", "format", "nearest", "machine_stack"]),
    ("compile", &["source", "diagnostic", "bytecode", "syntax", "format", "nearest", "machine_stack"]),
    ("vm", &["source", "bytecode", "heap", "value", "format", "machine_stack"]),
    ("ffi", &["source", "bytecode", "heap", "value", "vm", "format"]),
    ("builtins", &["source", "diagnostic", "bytecode", "heap", "value", "vm", "ffi", "format", "markup"]),
    (
        "session",
        &["source", "diagnostic", "bytecode", "heap", "syntax", "binding", "value", "compile", "vm", "ffi", "builtins", "format"],
    ),
    ("lsp", &["session", "source", "diagnostic", "syntax", "compile", "fmt"]),
    ("cli", &["markup", "session", "source", "diagnostic", "syntax", "bytecode", "format", "fmt", "lsp"]),
    ("main", &["cli"]),
];

/// A crate, as code names it, and the modules or files that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("logos", &["syntax"]),
    ("lalrpop_util", &["syntax"]),
    ("lang_c", &["binding"]),
    ("unicode_ident", &["syntax"]),
    ("libffi", &["ffi"]),
    ("libloading", &["ffi"]),
    ("rustyline", &["cli/repl.rs"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli/install.rs"]),
    ("similar", &["cli/test", "cli/fmt.rs"]),
    ("stacker", &["machine_stack.rs"]),
    ("regex", &["builtins"]),
    ("jiff", &["builtins/time.rs"]),
    ("lsp_server", &["lsp"]),
    ("lsp_types", &["lsp"]),
    ("serde", &["lsp"]),
    ("serde_json", &["lsp"]),
];

/// Where the environment is read: for settings the command line, for scripts the library.
const READ_THE_ENVIRONMENT: &[&str] = &["cli", "builtins"];

/// Files that may be longer: they are tables.
const LONG_TABLES: &[&str] = &["src/bytecode/op.rs"];
const MOST_LINES: usize = 1_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the project").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files.extend(rust_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// A source file: its path below `src`, its top-level module, and its code without comments.
struct File {
    path: String,
    module: String,
    code: String,
}

fn sources() -> Vec<File> {
    let source = root().join("src");
    rust_files(&source)
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&source).expect("below src").to_str().expect("a plain name").to_string();
            let module = below.split('/').next().expect("a first part").trim_end_matches(".rs").to_string();
            let text = std::fs::read_to_string(&path).expect("readable");
            let code = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
            File { path: below, module, code }
        })
        .collect()
}

/// The identifiers that follow a prefix such as `crate::`, in code; of a group in braces, the first of each member.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.extend(identifier(rest)),
            Some(group) => names.extend(members(group).into_iter().filter_map(identifier)),
        }
    }
    names
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The members of a group of imports, up to its closing brace.
fn members(group: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..at]);
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn imports_go_down_only() {
    let mut offences = Vec::new();
    for file in sources() {
        if file.module == "lib" {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| *module == file.module) else {
            offences.push(format!("src/{}: the module {} is not in the table", file.path, file.module));
            continue;
        };
        let prefix = if file.module == "main" { "cotter::" } else { "crate::" };
        for name in named_after(&file.code, prefix) {
            let is_module = MAY_IMPORT.iter().any(|(module, _)| *module == name);
            if is_module && name != file.module && !allowed.contains(&name.as_str()) {
                offences.push(format!("src/{}: {} may not import {name}", file.path, file.module));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_module_is_in_the_table_and_the_table_has_no_circle() {
    for (index, (module, allowed)) in MAY_IMPORT.iter().enumerate() {
        for name in *allowed {
            let position = MAY_IMPORT.iter().position(|(other, _)| other == name);
            assert!(position.is_some_and(|position| position < index), "{module} imports {name}, which is not below it");
        }
    }
}

#[test]
fn crates_are_used_by_their_owners() {
    let mut offences = Vec::new();
    for file in sources() {
        for (name, owners) in OWNERS {
            let used = !named_after(&file.code, &format!("{name}::")).is_empty() || file.code.contains(&format!("use {name};"));
            let owned = owners.iter().any(|owner| file.path == *owner || file.path.starts_with(&format!("{owner}/")));
            if used && !owned {
                offences.push(format!("src/{}: {name} belongs to {}", file.path, owners.join(", ")));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_environment_is_read_at_the_door() {
    let offences: Vec<String> = sources()
        .into_iter()
        // Tests hand settings to the processes that they start.
        .filter(|file| !file.path.ends_with("tests.rs") && !file.path.ends_with("_test.rs"))
        .filter(|file| file.code.contains("env::var") && !READ_THE_ENVIRONMENT.contains(&file.module.as_str()))
        .map(|file| format!("src/{} reads the environment", file.path))
        .collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let mut offences = Vec::new();
    for folder in ["src", "tests"] {
        for path in rust_files(&root().join(folder)) {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            let lines = std::fs::read_to_string(&path).expect("readable").lines().count();
            if lines > MOST_LINES && !LONG_TABLES.contains(&name.as_str()) {
                offences.push(format!("{name} has {lines} lines"));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn names_are_found_where_they_stand() {
    let code = "use crate::heap::{Heap, Kind};\nuse crate::{value, vm::loader, self};\nlet x = mycrate::no;";
    let names: Vec<String> = named_after(code, "crate::").into_iter().collect();
    assert_eq!(names, ["heap", "self", "value", "vm"]);
}
