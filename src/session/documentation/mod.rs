//! What is written down about names, from one source for all who ask: `cotter doc`, the REPL's `:doc`, the page
//! `docs/reference/library.md`, and the tests that run the examples.
//!
//! An [`Item`] is something with a name and a text: a module, a function, a type with its methods. Items come from the tables of the
//! builtins and from the doc comments of Cotter source, be it the library's or a user's. Nothing is run for them.
//!
//! A text is Markdown of the plain kind: paragraphs, `code`, and examples, which are indented by four blanks behind an empty line. An
//! example is a script like those of `cotter test`: its comments say what it prints. What it documents is imported for it.
//!
//! Files in reading order: [`source`] reads Cotter text, [`library`] the tables, [`language`] is one of keywords and attributes; [`example`] finds the examples; [`text`] writes for a
//! terminal, [`markdown`] the page of the reference.

mod example;
mod language;
mod library;
mod markdown;
mod source;
mod text;

pub use example::{Example, examples_of_library, examples_of_source};
pub use language::language;
pub use library::{library, library_source};
pub use markdown::reference;
pub use source::read_source;
pub(super) use source::without_self;
pub use text::render;

/// Something that has a name and a text, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub kind: ItemKind,
    /// The last part of its name: `sqrt`.
    pub name: String,
    /// What people ask for: `math.sqrt`, `list.push`, `sqlite.Database.run`; in a file of a user without the module.
    pub path: String,
    /// How it is declared or called: `math.sqrt(x)`, `struct Point`, `const N = 16`.
    pub header: String,
    /// Markdown; may be empty.
    pub doc: String,
    pub members: Vec<Item>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A family of builtins, `Conversions`.
    Family,
    /// The methods and properties of a type of the language.
    Methods,
    Module,
    Function,
    /// What is read without a call: properties, fields, variables, constants.
    Value,
    /// A struct, union, enum or name of a type.
    Type,
    /// A keyword or an attribute of the language.
    Word,
}

impl Item {
    /// Itself and all that belongs to it, each before its members.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Item)) {
        visit(self);
        self.members.iter().for_each(|member| member.walk(visit));
    }
}

/// The items that a name means among some, most often one: `string` is a function and a type with methods.
pub fn find<'a>(items: &'a [Item], name: &str) -> Vec<&'a Item> {
    let mut found = Vec::new();
    for item in items {
        item.walk(&mut |item| {
            if item.path == name {
                found.push(item);
            }
        });
    }
    // An attribute is found without its sign, where nothing else has the name.
    if found.is_empty() {
        found.extend(items.iter().filter(|item| item.kind == ItemKind::Word && item.path.strip_prefix('@') == Some(name)));
    }
    found
}

/// The name among some that is nearest to one that is not there.
pub fn nearest(items: &[Item], name: &str) -> Option<String> {
    let mut paths: Vec<&str> = Vec::new();
    for item in items {
        item.walk(&mut |item| paths.push(&item.path));
    }
    let by_last_part =
        || paths.iter().copied().filter(|path| path.rsplit('.').next() == Some(name)).min_by_key(|path| path.len());
    by_last_part().or_else(|| crate::value::nearest_name(name, paths.iter().copied())).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str) -> Vec<String> {
        find(&library(), name).iter().map(|item| item.header.clone()).collect()
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        assert_eq!(headers("print"), ["print(...values, sep: \" \", end: \"\\n\")"]);
        assert_eq!(headers("math.sqrt"), ["math.sqrt(x)"]);
        assert_eq!(headers("math.pi"), Vec::<String>::new(), "constants are in the module's own text");
        assert_eq!(headers("list.push"), ["list.push(...xs)"]);
        assert_eq!(headers("list.map"), ["list.map(f)"]);
        assert_eq!(headers("generator.done"), ["generator.done"]);
        assert_eq!(headers("os.run"), ["os.run(args, input = nil, mode = \"r\")"]);
        assert_eq!(headers("sqlite.Database.first"), ["sqlite.Database.first(sql, ...values)"]);
        assert_eq!(headers("zlib.File"), ["struct zlib.File"]);
        assert_eq!(headers("string"), ["string(x)", "string"]);
        assert_eq!(headers("zlib._pump"), Vec::<String>::new());
    }

    #[test]
    fn all_that_is_there_is_documented() {
        for item in &library() {
            item.walk(&mut |item| {
                assert!(
                    item.doc.ends_with(['.', '…', ')', '`', '\n']) || item.doc.contains("\n\n    "),
                    "{}: {}",
                    item.path,
                    item.doc
                );
            });
        }
    }

    #[test]
    fn a_name_that_is_not_there_has_a_nearest_one() {
        assert_eq!(nearest(&library(), "sqrt").as_deref(), Some("math.sqrt"));
        assert_eq!(nearest(&library(), "math.sqr").as_deref(), Some("math.sqrt"));
        assert_eq!(nearest(&library(), "pritn").as_deref(), Some("print"));
        assert_eq!(nearest(&library(), "nothing_like_it"), None);
    }
}
