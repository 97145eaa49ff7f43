//! Modules that are written in Cotter and nothing else: bindings of C libraries, which show what the language is for.
//!
//! Unlike a [`Namespace`](crate::vm::Namespace), such a module has no part in Rust. It is a file of `stdlib/` that is compiled and run
//! when it is first imported, as a file of a user is; what it exports are its top-level names that do not begin with `_`.

/// A module of the library that is a file of `stdlib/`.
#[derive(Debug)]
pub struct Binding {
    /// What scripts import.
    pub name: &'static str,
    pub source: &'static str,
    /// The C library it needs, and the Debian package that holds it: for whoever lacks it.
    pub library: &'static str,
    pub package: &'static str,
}

static BINDINGS: &[Binding] = &[
    Binding {
        name: "sqlite",
        source: include_str!("../../stdlib/sqlite.cot"),
        library: "libsqlite3.so.0",
        package: "libsqlite3-0",
    },
    Binding { name: "zlib", source: include_str!("../../stdlib/zlib.cot"), library: "libz.so.1", package: "zlib1g" },
];

/// All of them, in the order of their names.
pub fn bindings() -> &'static [Binding] {
    BINDINGS
}

impl Binding {
    pub fn of_name(name: &str) -> Option<&'static Binding> {
        BINDINGS.iter().find(|binding| binding.name == name)
    }
}
