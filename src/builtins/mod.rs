//! What scripts can name without declaring it: builtins, methods of the language's types, and modules of the library.
//!
//! Everything here is declared in tables. A [`Namespace`] is one of them: the functions of a module, the methods of a type, a family
//! of builtins. From its entries come the names that the compiler knows, the counts and names of arguments that a call is checked
//! against, `:doc`, `cotter doc` and `docs/reference/library.md` (see `session::documentation`). So the line at each entry is for users: what it gives,
//! in which unit, and which errors.
//!
//! Each namespace has a file of its own, and all of them have the same shape: the `Namespace`, its table, its functions in the order of
//! the table. What takes functions of a script is written in Cotter, in `stdlib/`: there a callback is a plain call, and whatever
//! a collection may do meanwhile is no concern. The rest is Rust, under three rules:
//!
//! 1. Nothing is collected while a native function runs, unless it calls back (`str` and `==` of structs, iteration over generators).
//!    What it holds across that and is no argument goes to the runtime's held values (`expect::hold`).
//! 2. A wrong argument is a `TypeError`, and one of the right type that will not do a `ValueError`; both name function and argument
//!    (`expect.rs`).
//! 3. What must outlive a call and is no value of the language (open files, the random generator) is kept in the interpreter's
//!    [`State`](crate::vm::State).
//!
//! Names that begin with `_` are for the library's own Cotter code, and are not documented.
//!
//! Files in reading order: `expect`; the builtins `general`, `conversion`, `sequence`; the methods `string`, `list`, `map`,
//! `slice`, `generator`, `error`, `weak`, `pinner`, `arena`, `type_member`; the modules `math`, `io` (with `open_file`, `system_error` and the
//! methods `file`), `fs`, `path`, `os` (with `program`), `time`, `random`, `json` (with `json_read` and `json_write`), `regex`
//! (with the methods `pattern`), `gc` (with `pin_row`, `snapshot` and `heap_page`), `test`; and `binding`, the modules that are written in Cotter whole.

mod arena;
mod binding;
mod conversion;
mod error;
mod expect;
mod file;
mod fs;
mod gc;
mod general;
mod generator;
mod heap_page;
mod io;
mod json;
mod json_read;
mod json_write;
mod list;
mod map;
mod math;
mod open_file;
mod os;
mod path;
mod pattern;
mod pin_row;
mod pinner;
mod program;
mod random;
mod regex;
mod sequence;
mod slice;
mod snapshot;
mod string;
mod system_error;
mod test;
mod time;
mod type_member;
mod weak;

pub use binding::{Binding, bindings};
pub use pin_row::{PinRow, pin_rows};

use crate::vm::Namespace;

static NAMESPACES: &[Namespace] = &[
    general::NAMESPACE,
    conversion::NAMESPACE,
    sequence::NAMESPACE,
    string::NAMESPACE,
    list::NAMESPACE,
    map::NAMESPACE,
    slice::NAMESPACE,
    generator::NAMESPACE,
    generator::PROPERTIES,
    error::PROPERTIES,
    weak::NAMESPACE,
    pinner::CONSTRUCTOR,
    pinner::NAMESPACE,
    pinner::PROPERTIES,
    arena::NAMESPACE,
    type_member::NAMESPACE,
    math::NAMESPACE,
    io::NAMESPACE,
    file::NAMESPACE,
    fs::NAMESPACE,
    path::NAMESPACE,
    os::NAMESPACE,
    time::NAMESPACE,
    random::NAMESPACE,
    json::NAMESPACE,
    regex::NAMESPACE,
    pattern::NAMESPACE,
    pattern::PROPERTIES,
    gc::NAMESPACE,
    test::NAMESPACE,
];

/// All namespaces, in the order in which the reference shows them.
pub fn namespaces() -> &'static [Namespace] {
    NAMESPACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::{NativeEntry, Place};
    use std::collections::HashSet;

    /// The parameters that can be given by position, and whether there is a rest.
    fn positional(entry: &NativeEntry) -> (usize, bool) {
        let inner = entry.signature.trim_start_matches('(').trim_end_matches(')');
        let parts: Vec<&str> = inner.split(", ").filter(|part| !part.is_empty()).collect();
        match parts.iter().position(|part| part.starts_with("...")) {
            Some(rest) => (rest, true),
            None => (parts.len(), false),
        }
    }

    #[test]
    fn counts_agree_with_signatures() {
        for entry in namespaces().iter().flat_map(|namespace| namespace.entries) {
            let (count, has_rest) = positional(entry);
            let maximum = if has_rest { NativeEntry::ANY as usize } else { count };
            assert_eq!(entry.maximum as usize, maximum, "{}{}", entry.name, entry.signature);
            let optional = entry.signature.matches(" = ").count();
            if !has_rest {
                assert_eq!(entry.minimum as usize, count - optional, "{}{}", entry.name, entry.signature);
            }
        }
    }

    #[test]
    fn methods_begin_with_self_and_names_are_told_once() {
        for namespace in namespaces() {
            let mut names = HashSet::new();
            for entry in namespace.entries {
                let is_method = matches!(namespace.place, Place::Methods(_) | Place::Properties(_));
                assert_eq!(entry.signature.starts_with("(self"), is_method, "{}.{}", namespace.name, entry.name);
                assert!(names.insert(entry.name), "{}.{} stands there twice", namespace.name, entry.name);
                let line = entry.doc.split("\n\n").next().unwrap_or("");
                assert!(line.ends_with(['.', '…', ')']), "the line of {}.{} is a sentence", namespace.name, entry.name);
            }
            for name in namespace.script.map_or(&[][..], |(_, names)| names) {
                assert!(names.insert(name), "{}.{name} is written twice", namespace.name);
            }
        }
    }

    #[test]
    fn scripts_define_what_they_are_said_to() {
        for namespace in namespaces() {
            let Some((source, names)) = namespace.script else { continue };
            for name in names {
                assert!(source.contains(&format!("\nfn {name}(")), "{} defines {name}", namespace.name);
            }
        }
    }
}
