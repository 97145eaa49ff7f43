//! The reference of the library, written from the tables: `docs/reference/library.md`.

use super::namespaces;
use crate::value::TypeId;
use crate::vm::{Namespace, Place};
use std::fmt::Write;

/// The whole page, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# The library\n\n\
         Written from the tables in `src/builtins/` and the comments in `stdlib/`; after a change there, `COTTER_BLESS=1 cargo test \
         library_reference` writes it anew.\n",
    );
    for (title, belongs) in PARTS {
        _ = write!(page, "\n## {title}\n");
        let mut last = "";
        for namespace in namespaces().iter().filter(|namespace| belongs(namespace.place)) {
            // Methods and properties of one type stand under one heading.
            if namespace.name != last {
                _ = write!(page, "\n### {}\n\n{}\n\n", heading(namespace), namespace.doc);
                last = namespace.name;
            }
            write_entries(namespace, &mut page);
        }
    }
    page
}

type Part = (&'static str, fn(Place) -> bool);

const PARTS: &[Part] = &[
    ("Builtins", |place| place == Place::Builtins),
    ("Methods and properties", |place| matches!(place, Place::Methods(_) | Place::Properties(_))),
    ("Modules", |place| place == Place::Module),
];

fn heading(namespace: &Namespace) -> String {
    match namespace.place {
        Place::Builtins if namespace.name == "builtins" => "General".to_string(),
        Place::Builtins => namespace.name[..1].to_uppercase() + &namespace.name[1..],
        Place::Methods(TypeId::TYPE) => "Types".to_string(),
        _ => format!("`{}`", namespace.name),
    }
}

fn write_entries(namespace: &Namespace, page: &mut String) {
    for entry in namespace.entries.iter().filter(|entry| !entry.name.starts_with('_')) {
        let signature = match namespace.place {
            Place::Properties(_) => String::new(),
            _ => entry.signature.replace("(self, ", "(").replace("(self)", "()"),
        };
        write_entry(namespace, entry.name, &signature, entry.doc, page);
    }
    let Some((source, names)) = namespace.script else { return };
    for function in script_functions(source).iter().filter(|function| names.contains(&function.name)) {
        let signature = function.signature.replace("(self, ", "(").replace("(self)", "()");
        write_entry(namespace, function.name, &signature, &function.doc, page);
    }
}

fn write_entry(namespace: &Namespace, name: &str, signature: &str, doc: &str, page: &mut String) {
    let dot = match namespace.place {
        Place::Builtins => String::new(),
        Place::Methods(_) | Place::Properties(_) => ".".to_string(),
        Place::Module => format!("{}.", namespace.name),
    };
    _ = writeln!(page, "- `{dot}{name}{signature}` – {doc}");
}

/// A function of a script: its name, its parameters in parentheses, and the doc comment before it.
#[derive(Debug, PartialEq, Eq)]
pub struct ScriptFunction<'a> {
    pub name: &'a str,
    pub signature: &'a str,
    pub doc: String,
}

/// The top-level functions of a script of the library, each declared on a line of its own.
pub fn script_functions(source: &str) -> Vec<ScriptFunction<'_>> {
    let mut functions = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            doc.push(text.trim());
        } else if let Some(declaration) = line.strip_prefix("fn ")
            && let (Some(open), Some(close)) = (declaration.find('('), declaration.rfind(')'))
        {
            let (name, signature) = (&declaration[..open], &declaration[open..=close]);
            functions.push(ScriptFunction { name, signature, doc: doc.join(" ") });
            doc.clear();
        } else {
            doc.clear();
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_scripts_have_their_comments() {
        let source = "# about\n\n## Does this\n## and that.\nfn f(a, b = (1)) {\n    g()\n}\n\nfn g() => 1\n";
        let functions = script_functions(source);
        assert_eq!(functions.len(), 2);
        assert_eq!(functions[0], ScriptFunction { name: "f", signature: "(a, b = (1))", doc: "Does this and that.".into() });
        assert_eq!((functions[1].name, functions[1].doc.as_str()), ("g", ""));
    }

    #[test]
    fn all_that_scripts_define_for_users_is_documented() {
        for (source, names) in namespaces().iter().filter_map(|namespace| namespace.script) {
            for function in script_functions(source).iter().filter(|function| names.contains(&function.name)) {
                assert!(function.doc.ends_with('.'), "fn {} has a doc comment", function.name);
            }
        }
    }

    #[test]
    fn library_reference_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/library.md");
        let page = reference();
        if std::env::var_os("COTTER_BLESS").is_some_and(|value| !value.is_empty()) {
            std::fs::create_dir_all(path.parent().expect("a folder of the project")).expect("the folder can be made");
            std::fs::write(&path, &page).expect("the page can be written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "docs/reference/library.md is out of date; COTTER_BLESS=1 cargo test library_reference writes it anew"
        );
    }
}
