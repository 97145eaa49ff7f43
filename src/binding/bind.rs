//! `cotter bind`: declarations of a header as source text, with what was left out and why.

use super::Missing;
use super::compiler::{CCompiler, CompilerFailure};
use super::header::Header;
use super::item::{Item, ItemKind, LeftOut};
use super::naming::text_of;
use super::print;
use std::collections::HashSet;
use std::rc::Rc;

/// What is to be bound.
#[derive(Clone, Debug, Default)]
pub struct BindRequest {
    pub headers: Vec<String>,
    /// Names and patterns; all that the headers themselves declare if there are none.
    pub names: Vec<String>,
    /// Patterns of files that count as the headers themselves.
    pub also: Vec<String>,
    /// The libraries that the block names; found by `find_library` if there are none.
    pub libraries: Vec<String>,
    pub alias: Option<String>,
}

/// Source text, and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    pub text: String,
    /// Names that were asked for and are not in the text.
    pub missing: Vec<Missing>,
    /// That most of it may stand in other headers, and what to do.
    pub remark: Option<(String, String)>,
    /// No library was named, and none found.
    pub has_no_library: bool,
}

type Lacks<'a> = dyn Fn(&[String], &[Rc<str>]) -> Vec<usize> + 'a;

/// What is known of the libraries of the system.
pub struct Libraries<'a> {
    /// The one that has most of some symbols.
    pub that_exports: &'a dyn Fn(&[&str]) -> Option<String>,
    /// Of symbols those that the first of some libraries does not have, by their numbers; none if it is not there to be asked.
    pub lacks: &'a Lacks<'a>,
}

/// Makes source text of headers. The library is the one that has the functions of the last header, for those before it are most often what
/// that one needs. What it does not have is left out, unless it was asked for by its name.
pub fn bind(request: &BindRequest, compiler: &CCompiler, known: &Libraries) -> Result<Bound, CompilerFailure> {
    let headers: Vec<&str> = request.headers.iter().map(String::as_str).collect();
    let mut header = Header::open(&headers, compiler)?;
    request.also.iter().for_each(|pattern| header.include_also(pattern));
    let all = vec!["*"];
    let names: Vec<&str> = if request.names.is_empty() { all } else { request.names.iter().map(String::as_str).collect() };
    let chosen = header.choose(&names);
    let mut left_out = chosen.left_out.clone();
    let mut bound = Bound::default();
    for name in names.iter().filter(|name| **name != "*") {
        let by_option = |_: &str| "say so with `-D _GNU_SOURCE`".to_string();
        let missing = header.missing(name, &chosen);
        bound.missing.extend(missing.map(|missing| missing.or_of_gnu(name, &headers.join(", "), compiler, &by_option)));
    }
    if request.names.is_empty() && request.also.is_empty() {
        bound.remark = header.remark();
    }
    let symbols_of = |is_counted: &dyn Fn(&Item) -> bool| -> Vec<&str> {
        let functions = chosen.items.iter().filter(|item| matches!(item.kind, ItemKind::Function { .. }));
        let counted = functions.filter(|item| is_counted(item));
        counted.filter_map(symbol_of).collect()
    };
    let last = headers.last().copied().unwrap_or_default();
    let mut symbols = symbols_of(&|item| header.is_of(last, item.place));
    if symbols.is_empty() {
        symbols = symbols_of(&|_| true);
    }
    let mut libraries = request.libraries.clone();
    if libraries.is_empty() && !symbols.is_empty() {
        match (known.that_exports)(&symbols) {
            // What the process itself has needs no library.
            Some(found) if found.is_empty() => {}
            Some(found) => libraries.push(found),
            None => bound.has_no_library = true,
        }
    }
    let symbols: Vec<(Rc<str>, &Item)> = chosen.items.iter().filter_map(|item| Some((symbol_of(item)?.into(), item))).collect();
    let mut lacking: HashSet<&Rc<str>> = HashSet::new();
    if let Some(library) = libraries.first() {
        let asked: Vec<Rc<str>> = symbols.iter().map(|(symbol, _)| Rc::clone(symbol)).collect();
        for index in (known.lacks)(&libraries, &asked) {
            let (symbol, item) = &symbols[index];
            if !names.contains(&&*item.name) {
                let why = format!("{library} has no symbol {symbol}");
                left_out.push(LeftOut { name: Rc::clone(&item.name), why, place: item.place, is_expected: false });
                lacking.insert(&item.name);
            }
        }
    }
    left_out.sort_by_key(|left| left.place);
    let mut text = format!("# What {} declares", headers.join(", "));
    if !request.names.is_empty() {
        text.push_str(&format!(" of {}", request.names.join(" ")));
    }
    text.push_str(", as `cotter bind` found it; `cotter verify` compares it with the header.\n");
    text.push_str(&format!("# header: {}\n\nextern ", text_of(&compiler.options, &headers)));
    if !libraries.is_empty() {
        text.push_str(&libraries.iter().map(|library| format!("{library:?}")).collect::<Vec<_>>().join(", "));
        text.push(' ');
    }
    if let Some(alias) = &request.alias {
        text.push_str(&format!("as {alias} "));
    }
    text.push_str("{\n");
    print::items(
        &chosen.items.iter().filter(|item| !lacking.contains(&item.name)).collect::<Vec<_>>(),
        &|place| header.doc(place),
        &mut text,
    );
    if !left_out.is_empty() {
        text.push_str("\n    # Left out:\n");
        for left in &left_out {
            text.push_str(&format!("    #   {}: {} ({})\n", left.name, left.why, header.place(left.place)));
        }
    }
    text.push_str("}\n");
    bound.text = text;
    Ok(bound)
}

/// The symbol that a function or variable is found by.
fn symbol_of(item: &Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Function { symbol, .. } | ItemKind::Variable { symbol, .. } => Some(symbol.as_deref().unwrap_or(&item.name)),
        _ => None,
    }
}
