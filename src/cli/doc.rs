//! `cotter doc`: what is written down about a builtin, a module or a file.

use super::arguments::Doc;
use super::nearest::nearest;
use super::{Status, report, usage};
use crate::session::documentation::{self, Item, ItemKind};
use std::path::Path;

pub fn doc(arguments: Doc) -> Status {
    if arguments.source {
        return source(&arguments.names);
    }
    let mut names = arguments.names.into_iter().peekable();
    let Some(first) = names.peek().cloned() else { return print(&contents()) };
    let (items, of) = if is_file(&first) {
        names.next();
        match read(&first) {
            Ok(module) => (vec![module], format!(" in {first}")),
            Err(status) => return status,
        }
    } else {
        let mut items = documentation::library();
        items.extend(documentation::language());
        (items, String::new())
    };
    if names.peek().is_none() {
        return print(&documentation::render(&items[0]));
    }
    for name in names {
        let found = documentation::find(&items, &name);
        if found.is_empty() {
            let help = documentation::nearest(&items, &name).map(|near| format!("did you mean `{near}`?"));
            report::print_error(&format!("error: there is no documentation of `{name}`{of}\n"));
            if let Some(help) = help.or_else(|| file_like(&name)) {
                report::print_error(&format!("  help: {help}\n"));
            }
            return Status::FAILED;
        }
        let texts: Vec<String> = found.into_iter().map(documentation::render).collect();
        if let Some(status) = report::print(&texts.join("\n")) {
            return status;
        }
    }
    Status::OK
}

fn print(text: &str) -> Status {
    report::print(text).unwrap_or(Status::OK)
}

/// A file is named by its path or with its ending.
fn is_file(name: &str) -> bool {
    name.ends_with(".cot") || name.contains('/')
}

fn read(name: &str) -> Result<Item, Status> {
    let bytes = usage::read(name)?;
    let stem = Path::new(name).file_stem().map_or(name.to_string(), |stem| stem.to_string_lossy().into_owned());
    Ok(documentation::read_source(&stem, &String::from_utf8_lossy(&bytes)))
}

/// The file that somebody may have meant who named it without its ending.
fn file_like(name: &str) -> Option<String> {
    let file = format!("{name}.cot");
    Path::new(&file).is_file().then(|| format!("for the file say `cotter doc {file}`"))
}

/// Prints the text of modules of the library that are written in Cotter.
fn source(names: &[String]) -> Status {
    for name in names {
        let Some((_, text)) = documentation::library_source(name, "") else {
            let help = "sqlite and zlib are bindings that are written in Cotter".to_string();
            return usage::mistake(&format!("`{name}` is no module that is written in Cotter"), &[help]);
        };
        if let Some(status) = report::print(text) {
            return status;
        }
    }
    Status::OK
}

/// What there is: all modules and builtins.
fn contents() -> String {
    let mut items = documentation::library();
    items.extend(documentation::language());
    let mut text = String::new();
    for (title, kind) in [
        ("Modules", ItemKind::Module),
        ("Types with methods", ItemKind::Methods),
        ("Builtins", ItemKind::Family),
        ("Words of the language, and attributes", ItemKind::Word),
    ] {
        let of_kind = items.iter().filter(|item| item.kind == kind);
        let names: Vec<&str> = match kind {
            ItemKind::Family => of_kind.flat_map(|item| item.members.iter().map(|member| member.name.as_str())).collect(),
            _ => of_kind.map(|item| item.name.as_str()).collect(),
        };
        text.push_str(&format!("{title}\n"));
        let mut line = String::from(" ");
        for name in names {
            if line.len() + name.len() > 90 {
                text.push_str(&format!("{line}\n"));
                line = String::from(" ");
            }
            line.push_str(&format!(" {name}"));
        }
        text.push_str(&format!("{line}\n\n"));
    }
    text.push_str(
        "cotter doc NAME shows more: a builtin, a module, what is in one (math.sqrt, list.push), or a FILE.cot [NAME]\n",
    );
    text
}

/// The nearest name of the library, for a dialogue.
pub fn suggestion(name: &str) -> Option<String> {
    let mut items = documentation::library();
    items.extend(documentation::language());
    documentation::nearest(&items, name)
        .or_else(|| nearest(name, items.iter().map(|item| item.name.as_str())).map(str::to_string))
}
