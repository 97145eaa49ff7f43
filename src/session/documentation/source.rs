//! Doc comments of Cotter source as items.

use super::{Item, ItemKind};
use crate::source::{SourceFile, SourceMap, SourceRange};
use crate::syntax::{self, tree};
use std::rc::Rc;

/// The module that a text is: what it exports, as far as it is documented or is a function or type. What the parser cannot read is
/// left out.
pub fn read_source(name: &str, text: &str) -> Item {
    let mut module = Item {
        kind: ItemKind::Module,
        name: name.to_string(),
        path: name.to_string(),
        header: name.to_string(),
        doc: doc_of_file(text),
        members: Vec::new(),
    };
    if let Ok(file) = SourceMap::new().add(name, text) {
        let reader = Reader { file };
        let parsed = syntax::parse(&reader.file);
        module.members = parsed.module.statements.iter().flat_map(|statement| reader.statement(statement)).collect();
    }
    module
}

/// The doc comment at the start of a file, which an empty line parts from what follows, or which stands before what has no documentation of
/// its own.
fn doc_of_file(text: &str) -> String {
    let mut lines = text.lines().map(str::trim_end).skip_while(|line| line.is_empty() || is_plain_comment(line)).peekable();
    let mut doc = Vec::new();
    while let Some(line) = lines.next_if(|line| *line == "##" || line.starts_with("## ")) {
        doc.push(line[2..].strip_prefix(' ').unwrap_or(&line[2..]));
    }
    match lines.next() {
        // It is the first declaration's.
        Some(line) if begins_declaration(line) => String::new(),
        _ => doc.join("\n"),
    }
}

/// Whether a line begins what has a doc comment: imports and extern blocks, and statements that do something, have none.
fn begins_declaration(line: &str) -> bool {
    const WORDS: [&str; 8] = ["fn", "struct", "union", "enum", "type", "const", "let", "var"];
    let line = line.trim_start();
    line.starts_with('@')
        || WORDS.iter().any(|word| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(char::is_whitespace)))
}

fn is_plain_comment(line: &str) -> bool {
    line.starts_with('#') && line != "##" && !line.starts_with("## ")
}

struct Reader {
    file: Rc<SourceFile>,
}

impl Reader {
    /// What was written at a place, on one line.
    fn text(&self, range: SourceRange) -> String {
        let line = self.file.slice(range).split_whitespace().collect::<Vec<_>>().join(" ");
        // A list over several lines ends with a comma.
        line.replace("( ", "(").replace(", )", ")").replace(" )", ")")
    }

    fn statement(&self, statement: &tree::Statement) -> Vec<Item> {
        use tree::StatementKind::*;
        let doc = |own: &Option<Rc<str>>| own.clone().or_else(|| statement.doc.clone());
        let item = match &statement.kind {
            Function(function) => self.function(function, "", doc(&function.doc)),
            Record(record) => self.record(record, doc(&record.doc)),
            Enum(node) => self.enumeration(node, doc(&node.doc)),
            TypeName { name, .. } => self.value(ItemKind::Type, name, statement),
            Constant { name, .. } => self.value(ItemKind::Value, name, statement),
            Let(tree::Let { target: tree::Binding::Name(name), is_var, .. }) if statement.doc.is_some() => {
                let mut item = self.value(ItemKind::Value, name, statement);
                if let Some(item) = &mut item {
                    item.header = format!("{} {}", if *is_var { "var" } else { "let" }, name.text);
                }
                item
            }
            Extern(block) => return self.block(block),
            _ => None,
        };
        item.into_iter().collect()
    }

    fn function(&self, function: &tree::Function, owner: &str, doc: Option<Rc<str>>) -> Option<Item> {
        let name = function.name.as_ref()?;
        if name.text.starts_with('_') {
            return None;
        }
        let written = self.text(function.header);
        let header = written.trim_start_matches("fn ").trim_end_matches(['{', ' ']).trim_end_matches("=>").trim_end();
        let header = if owner.is_empty() { header.to_string() } else { format!("{owner}.{}", without_self(header)) };
        Some(item(ItemKind::Function, &name.text, owner, header, doc))
    }

    fn record(&self, record: &tree::Record, doc: Option<Rc<str>>) -> Option<Item> {
        let name = record.name.as_ref()?;
        if name.text.starts_with('_') {
            return None;
        }
        let word = if record.is_union { "union" } else { "struct" };
        let mut result = item(ItemKind::Type, &name.text, "", format!("{word} {}", name.text), doc);
        let mut operators: Vec<&str> = Vec::new();
        for member in record.members.iter().flatten() {
            match member {
                tree::Member::Field(field) if !field.name.text.starts_with('_') => {
                    let annotation = field.annotation.as_ref().map(|node| format!(": {}", self.text(node.range)));
                    let header = format!("{}.{}{}", name.text, field.name.text, annotation.unwrap_or_default());
                    result.members.push(item(ItemKind::Value, &field.name.text, &name.text, header, field.doc.clone()));
                }
                tree::Member::Method(method) => match self.method(method, &name.text) {
                    Ok(item) => result.members.extend(item),
                    Err(operator) => operators.push(operator),
                },
                _ => {}
            }
        }
        if !operators.is_empty() {
            let sentence = format!("It has methods for `{}`.", operators.join(" "));
            result.doc = if result.doc.is_empty() { sentence } else { format!("{}\n\n{sentence}", result.doc) };
        }
        Some(result)
    }

    /// Operators are items where there is something to say about them; of others, the name is all there is.
    fn method<'tree>(&self, method: &'tree tree::Function, owner: &str) -> Result<Option<Item>, &'tree str> {
        const BY_NAME: [&str; 6] = ["neg", "call", "str", "iter", "len", "hash"];
        let name = method.name.as_ref().map_or("", |name| &*name.text);
        let is_operator = BY_NAME.contains(&name) || !name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        match is_operator && method.doc.is_none() && !name.is_empty() {
            true => Err(name),
            false => Ok(self.function(method, owner, method.doc.clone())),
        }
    }

    fn enumeration(&self, node: &tree::Enum, doc: Option<Rc<str>>) -> Option<Item> {
        if node.name.text.starts_with('_') {
            return None;
        }
        let base = node.base.as_ref().map(|base| format!(": {}", self.text(base.range))).unwrap_or_default();
        let mut result = item(ItemKind::Type, &node.name.text, "", format!("enum {}{base}", node.name.text), doc);
        let names: Vec<&str> = node.members.iter().map(|member| &*member.name.text).collect();
        let list = format!("Its members are `{}`.", names.join(" "));
        result.doc = if result.doc.is_empty() { list } else { format!("{}\n\n{list}", result.doc) };
        Some(result)
    }

    fn value(&self, kind: ItemKind, name: &tree::Name, statement: &tree::Statement) -> Option<Item> {
        let is_private = name.text.starts_with('_');
        let header = || self.text(statement.range);
        if is_private { None } else { Some(item(kind, &name.text, "", header(), statement.doc.clone())) }
    }

    fn block(&self, block: &tree::Extern) -> Vec<Item> {
        let alias = block.alias.as_ref().map_or("", |name| &*name.text);
        let tree::ExternBody::Items(items) = &block.body else { return Vec::new() };
        if alias.starts_with('_') {
            return Vec::new();
        }
        let mut found = Vec::new();
        for declared in items {
            match declared {
                tree::ExternItem::Function(function) if !function.name.text.starts_with('_') => {
                    let written = self.text(function.range);
                    let mut header = written.find("fn ").map_or(written.as_str(), |at| &written[at + 3..]).to_string();
                    // What callers should know stands behind what they write.
                    for attribute in function.attributes.iter().filter(|attribute| &*attribute.name.text != "symbol") {
                        header.push_str(&format!(" {}", self.text(attribute.range)));
                    }
                    found.push(item(ItemKind::Function, &function.name.text, "", header, function.doc.clone()));
                }
                tree::ExternItem::Variable { name, doc, range, .. } if !name.text.starts_with('_') => {
                    found.push(item(ItemKind::Value, &name.text, "", self.text(*range), doc.clone()));
                }
                tree::ExternItem::Declaration(statement) => found.extend(self.statement(statement)),
                _ => {}
            }
        }
        if !alias.is_empty() {
            for item in &mut found {
                let path = format!("{alias}.{}", item.path);
                item.header = item.header.replacen(&item.path, &path, 1);
                item.path = path;
            }
        }
        found
    }
}

fn item(kind: ItemKind, name: &str, owner: &str, header: String, doc: Option<Rc<str>>) -> Item {
    let path = if owner.is_empty() { name.to_string() } else { format!("{owner}.{name}") };
    Item { kind, name: name.to_string(), path, header, doc: doc.as_deref().unwrap_or("").to_string(), members: Vec::new() }
}

/// A signature as callers see it.
pub(in crate::session) fn without_self(signature: &str) -> String {
    signature.replacen("(self, ", "(", 1).replacen("(self)", "()", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#!/usr/bin/env cotter\n## Shapes.\n##\n##     print(1)   # => 1\n\nimport math\n\
        ## The area\n## of a circle.\nfn area(\n    r: float,\n    n = 2,\n) -> float => 3.0 * r\n\
        fn _hidden() {}\nfn plain() { 1 }\n\
        ## A point.\nstruct Point {\n    ## To the right.\n    x: f64\n    _secret\n    ## How far.\n    fn norm(self, n = 1) => 1\n    fn str(self) => \"\"\n    fn origin() => 1\n}\n\
        ## How many.\nconst N = 16\n## Read me.\nvar state = 1\nlet quiet = 2\n\
        ## Colours.\nenum Color { Red, Green = 5 }\n\
        extern \"libc.so.6\" as c {\n    ## The process.\n    @symbol(\"getpid\") fn process_id() -> c_int\n    var environ: **c_char\n}\n\
        extern \"libm.so.6\" as _m { fn cos(x: f64) -> f64 }\n";

    #[test]
    fn a_file_is_a_module() {
        let module = read_source("shapes", TEXT);
        assert_eq!(module.doc, "Shapes.\n\n    print(1)   # => 1");
        let told: Vec<(&str, &str, &str)> =
            module.members.iter().map(|item| (item.path.as_str(), item.header.as_str(), item.doc.as_str())).collect();
        assert_eq!(
            told,
            [
                ("area", "area(r: float, n = 2) -> float", "The area\nof a circle."),
                ("plain", "plain()", ""),
                ("Point", "struct Point", "A point.\n\nIt has methods for `str`."),
                ("N", "const N = 16", "How many."),
                ("state", "var state", "Read me."),
                ("Color", "enum Color", "Colours.\n\nIts members are `Red Green`."),
                ("c.process_id", "c.process_id() -> c_int", "The process."),
                ("c.environ", "var c.environ: **c_char", ""),
            ]
        );
        let members: Vec<(&str, &str)> =
            module.members[2].members.iter().map(|item| (item.header.as_str(), item.doc.as_str())).collect();
        assert_eq!(members, [("Point.x: f64", "To the right."), ("Point.norm(n = 1)", "How far."), ("Point.origin()", "")]);
    }

    #[test]
    fn the_first_comment_may_be_the_first_declarations() {
        let module = read_source("m", "## Doubles.\nfn double(x) => 2 * x\n");
        assert_eq!((module.doc.as_str(), module.members[0].doc.as_str()), ("", "Doubles."));
        for what in ["import io", "extern \"libc.so.6\" {}", "print(1)", ""] {
            assert_eq!(read_source("m", &format!("## Doc.\n##\n##     one()\n{what}\n")).doc, "Doc.\n\n    one()", "{what}");
        }
        assert_eq!(read_source("m", "## Only this.").doc, "Only this.");
        assert_eq!(read_source("m", "").doc, "");
    }

    #[test]
    fn broken_text_is_read_as_far_as_it_goes() {
        let module = read_source("m", "## One.\nfn one() => 1\nfn (\n");
        assert_eq!(module.members.first().map(|item| item.doc.as_str()), Some("One."));
    }
}
