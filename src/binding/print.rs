//! Items as source text.

use super::item::{Constant, Item, ItemKind, Member, Record};
use std::fmt::Write;

/// The text of items inside of an extern block, a group of constants, of types and of functions. `doc` gives what is said about what is
/// declared at a place of C.
pub fn items(items: &[&Item], doc: &dyn Fn(usize) -> Vec<String>, out: &mut String) {
    let mut before: Option<u8> = None;
    for item in items {
        let group = match &item.kind {
            ItemKind::Constant(_) => 0,
            ItemKind::TypeName(_) => 1,
            ItemKind::Record(Record { members: None, .. }) => 1,
            ItemKind::Record(_) | ItemKind::Enum { .. } => 2,
            _ => 3,
        };
        if before.is_some_and(|before| before != group || group == 2) {
            out.push('\n');
        }
        before = Some(group);
        self::doc(&doc(item.place), out);
        self::item(item, out);
    }
}

/// A doc comment.
pub fn doc(lines: &[String], out: &mut String) {
    for line in lines {
        let _ = writeln!(out, "{}", format!("    ## {line}").trim_end());
    }
}

/// The text of one item, with its line end.
pub fn item(item: &Item, out: &mut String) {
    let name = &item.name;
    let _ = match &item.kind {
        ItemKind::Function { parameters, is_variadic, result, symbol, .. } => {
            let mut parts: Vec<String> =
                parameters.iter().map(|parameter| format!("{}: {}", parameter.name, parameter.target.text())).collect();
            if *is_variadic {
                parts.push("...".to_string());
            }
            let result = result.as_ref().map(|result| format!(" -> {}", result.text())).unwrap_or_default();
            writeln!(out, "    {}fn {name}({}){result}", symbol_text(symbol.as_deref()), parts.join(", "))
        }
        ItemKind::Variable { target, symbol } => {
            writeln!(out, "    {}var {name}: {}", symbol_text(symbol.as_deref()), target.text())
        }
        ItemKind::TypeName(target) => writeln!(out, "    type {name} = {}", target.text()),
        ItemKind::Constant(constant) => writeln!(out, "    const {name} = {}", constant_text(constant)),
        ItemKind::Enum { base, members, .. } => {
            let _ = writeln!(out, "    enum {name}: {base} {{");
            for (member, value) in members {
                let _ = writeln!(out, "        {member} = {value}");
            }
            writeln!(out, "    }}")
        }
        ItemKind::Record(record) => {
            self::record(record, Some(name), 1, out);
            Ok(())
        }
    };
}

fn symbol_text(symbol: Option<&str>) -> String {
    symbol.map(|symbol| format!("@symbol({}) ", quoted(symbol))).unwrap_or_default()
}

fn record(record: &Record, name: Option<&str>, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    if let Some(why) = &record.remark {
        let _ = writeln!(out, "{indent}# opaque here: {why}");
    }
    out.push_str(&indent);
    if record.is_packed {
        out.push_str("@packed ");
    }
    if let Some(align) = record.align {
        let _ = write!(out, "@align({align}) ");
    }
    out.push_str(if record.is_union { "union" } else { "struct" });
    if let Some(name) = name {
        let _ = write!(out, " {name}");
    }
    let Some(members) = &record.members else {
        out.push('\n');
        return;
    };
    out.push_str(" {\n");
    for member in members {
        match member {
            Member::Field { name, target, bits, .. } => {
                let bits = bits.map(|bits| format!(" : {bits}")).unwrap_or_default();
                let _ = writeln!(out, "{indent}    {name}: {}{bits}", target.text());
            }
            Member::Part(part, _) => self::record(part, None, depth + 1, out),
        }
    }
    let _ = writeln!(out, "{indent}}}");
}

pub fn constant_text(constant: &Constant) -> String {
    match constant {
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Text(text) => quoted(text),
    }
}

/// A string literal that reads back.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '{' | '}' => {
                out.push('\\');
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
