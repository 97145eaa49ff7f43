//! Puts items in the place of C: after this step every extern block of a tree has items.

use super::choose::{Chosen, choose};
use super::compiler::{CCompiler, CompilerFailure};
use super::directive::{process, process_behind};
use super::header::Header;
use super::item::{Item, ItemKind};
use super::kept::KeptHeaders;
use super::piece::{Piece, pieces};
use super::prelude::{Prelude, is_earlier};
use super::read::read;
use super::token::{Kind, tokens};
use super::tree::Planter;
use super::{Problem, cache, print};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceFile, SourceRange};
use crate::syntax::parse_behind;
use crate::syntax::tree::{Attribute, Extern, ExternBody, ExternItem, Module, Name, StatementKind};
use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

/// Reads the C text and the headers of a module's extern blocks. What is wrong with them is returned; the blocks it is in stay
/// as they are.
pub fn expand(module: &mut Module, file: &SourceFile, surroundings: &Surroundings) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut declared = declared_names(module);
    for statement in &mut module.statements {
        let StatementKind::Extern(block) = &mut statement.kind else { continue };
        let found = match &block.body {
            ExternBody::Items(_) => continue,
            ExternBody::CText { range } => c_text(block, *range, file, surroundings, &mut module.name_count, &mut declared),
            ExternBody::Header { header, names, range } => {
                let request = Request { header: Rc::clone(header), names, range: *range, alias: block.alias.is_some() };
                from_header(&request, surroundings, &mut module.name_count, &mut declared)
            }
        };
        match found {
            Ok(items) => block.body = ExternBody::Items(items),
            Err(found) => diagnostics.extend(found),
        }
    }
    diagnostics
}

pub type AddSource<'a> = dyn Fn(&str, &str) -> Result<Rc<SourceFile>, Vec<Diagnostic>> + 'a;

/// What reading a header takes beside the script.
pub struct Surroundings<'a> {
    pub compiler: &'a CCompiler,
    /// Where what was read is kept for the next time.
    pub cache: Option<&'a Path>,
    /// No header is read.
    pub deny: bool,
    /// Headers that are kept between two readings.
    pub kept: Option<&'a KeptHeaders>,
    /// What C text of the dialogue has declared before; what this one declares is added.
    pub prelude: Option<&'a RefCell<Prelude>>,
    /// Makes a text, given its name and itself, one of the sources of the run.
    pub add_source: &'a AddSource<'a>,
}

impl Surroundings<'_> {
    pub(super) fn open(&self, headers: &str) -> Result<Rc<Header>, CompilerFailure> {
        match self.kept {
            Some(kept) => kept.open(headers, self.compiler),
            None => Header::named(headers, self.compiler).map(Rc::new),
        }
    }
}

/// `header "zlib.h" { crc32, Z_* }`
struct Request<'a> {
    header: Rc<str>,
    names: &'a [Name],
    /// The place of the header's name.
    range: SourceRange,
    alias: bool,
}

#[cold]
#[inline(never)]
fn from_header(
    request: &Request,
    surroundings: &Surroundings,
    name_count: &mut u32,
    declared: &mut HashSet<Rc<str>>,
) -> Result<Vec<ExternItem>, Vec<Diagnostic>> {
    if surroundings.deny {
        let message = "no header is read where calls of C are denied";
        return Err(vec![Diagnostic::new(Severity::Error, "FFIError", message, request.range)]);
    }
    let names: Vec<&str> = request.names.iter().map(|name| &*name.text).collect();
    // What is kept in memory is not asked of the disk, and a list of names that is being written not kept there.
    let folder = surroundings.cache.filter(|_| surroundings.kept.is_none());
    let text = match cache::remembered(folder, surroundings.compiler, &request.header, &names) {
        Some(text) => text,
        None => read_header(request, surroundings, &names, folder)?,
    };
    let file = (surroundings.add_source)(&format!("<{}>", request.header), &text)?;
    let parsed = parse_behind(&file, *name_count);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    *name_count = parsed.module.name_count;
    // The first block holds what was asked for, the second what came along.
    let mut items = Vec::new();
    for (index, statement) in parsed.module.statements.into_iter().enumerate() {
        let StatementKind::Extern(block) = statement.kind else { continue };
        let ExternBody::Items(found) = block.body else { continue };
        for item in found {
            let name = match &item {
                ExternItem::Declaration(statement) => type_name_of(&statement.kind),
                _ => None,
            };
            if let Some(name) = name.filter(|_| !request.alias)
                && !declared.insert(name)
                && index > 0
            {
                continue;
            }
            items.push(item);
        }
    }
    Ok(items)
}

fn read_header(
    request: &Request,
    surroundings: &Surroundings,
    names: &[&str],
    folder: Option<&Path>,
) -> Result<String, Vec<Diagnostic>> {
    let header = match surroundings.open(&request.header) {
        Ok(header) => header,
        Err(failure) => {
            let mut diagnostic = Diagnostic::syntax(failure.message(), request.range).with_help(failure.help());
            // An editor shows what is wrong with the script; that no compiler is here is not.
            if surroundings.kept.is_some() && matches!(failure, CompilerFailure::Missing { .. }) {
                diagnostic.severity = Severity::Warning;
            }
            return Err(vec![diagnostic]);
        }
    };
    let chosen = header.choose(names);
    let mut diagnostics = Vec::new();
    for name in request.names {
        if let Some(missing) = header.missing(&name.text, &chosen) {
            // An editor asks at every stroke: there the compiler does not run again for it.
            let missing = if surroundings.kept.is_some() {
                missing
            } else {
                missing.or_of_gnu(&name.text, &request.header, surroundings.compiler, &|opened| {
                    format!("write `header \"{opened}\"`")
                })
            };
            let diagnostic = Diagnostic::syntax(missing.why, name.range);
            diagnostics.push(match missing.help {
                Some(help) => diagnostic.with_help(help),
                None => diagnostic,
            });
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut text = String::from("extern {\n");
    print::items(
        &chosen.items.iter().filter(|item| !item.is_companion).collect::<Vec<_>>(),
        &|place| header.doc(place),
        &mut text,
    );
    text.push_str("}\nextern {\n");
    print::items(
        &chosen.items.iter().filter(|item| item.is_companion).collect::<Vec<_>>(),
        &|place| header.doc(place),
        &mut text,
    );
    text.push_str("}\n");
    cache::remember(folder, surroundings.compiler, &request.header, names, &header, &text);
    Ok(text)
}

/// The names of types that a module declares by itself, which no block needs to bring along again.
pub(super) fn declared_names(module: &Module) -> HashSet<Rc<str>> {
    let mut names = HashSet::new();
    for statement in &module.statements {
        match &statement.kind {
            StatementKind::Extern(block) if block.alias.is_none() => {
                let ExternBody::Items(items) = &block.body else { continue };
                for item in items {
                    if let ExternItem::Declaration(statement) = item {
                        names.extend(type_name_of(&statement.kind));
                    }
                }
            }
            kind => names.extend(type_name_of(kind)),
        }
    }
    names
}

fn type_name_of(kind: &StatementKind) -> Option<Rc<str>> {
    match kind {
        StatementKind::Record(record) => record.name.as_ref().map(|name| Rc::clone(&name.text)),
        StatementKind::Enum(found) => Some(Rc::clone(&found.name.text)),
        StatementKind::TypeName { name, .. } => Some(Rc::clone(&name.text)),
        _ => None,
    }
}

/// Leaves out what comes along although the module has it already, and notes what the block declares.
pub(super) fn without_known(items: &mut Vec<Item>, block: &Extern, declared: &mut HashSet<Rc<str>>) {
    if block.alias.is_some() {
        return;
    }
    items.retain(|item| !(item.is_companion && declared.contains(&item.name)));
    for item in items.iter() {
        if matches!(item.kind, ItemKind::Record(_) | ItemKind::Enum { .. } | ItemKind::TypeName(_)) {
            declared.insert(Rc::clone(&item.name));
        }
    }
}

#[cold]
#[inline(never)]
fn c_text(
    block: &Extern,
    range: SourceRange,
    file: &SourceFile,
    surroundings: &Surroundings,
    name_count: &mut u32,
    declared: &mut HashSet<Rc<str>>,
) -> Result<Vec<ExternItem>, Vec<Diagnostic>> {
    let before = surroundings.prelude.map(|prelude| prelude.borrow().clone()).unwrap_or_default();
    let (earlier, base) = before.text();
    let earlier = process(earlier, base);
    let processed = process_behind(earlier.macros, file.slice(range), range.start as usize);
    let found = pieces(earlier.tokens.into_iter().chain(processed.tokens).collect());
    let declarations = read(&found);
    let mut chosen = choose(&declarations, &processed.macros, &|_, place| !is_earlier(place));
    let renamed = before.without_known(&mut chosen.items);
    let problems = processed.problems.iter().chain(&declarations.problems);
    let mut diagnostics: Vec<Diagnostic> =
        problems.filter(|problem| !is_earlier(problem.place)).map(|problem| of_problem(problem, file)).collect();
    diagnostics.extend(refusals(&chosen, file));
    without_known(&mut chosen.items, block, declared);
    let mut used = HashSet::new();
    let mut attributes = |piece: usize, name_count: &mut u32| {
        used.insert(piece);
        attributes_of(&found[piece], file, name_count, &mut diagnostics)
    };
    let range_of = |place: usize| range_at(file, place, block.range);
    let mut planter = Planter { name_count, renamed: &renamed, range_of: &range_of, attributes: &mut attributes };
    let items = chosen.items.iter().map(|item| planter.item(item)).collect();
    for (_, piece) in found.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        let attribute = piece.attributes.first().and_then(|attribute| attribute.first());
        if let Some(first) = attribute.filter(|first| !is_earlier(first.place)) {
            let message = "an attribute in C text stands before the prototype of a function";
            diagnostics.push(Diagnostic::syntax(message, range_at(file, first.place, range)));
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    if let Some(prelude) = surroundings.prelude {
        let alias = block.alias.as_ref().map(|alias| &*alias.text);
        prelude.borrow_mut().add(file.slice(range), range.start as usize, &chosen.items, alias);
    }
    Ok(items)
}

fn of_problem(problem: &Problem, file: &SourceFile) -> Diagnostic {
    let diagnostic = Diagnostic::syntax(&problem.message, range_at(file, problem.place, file.range().at_start()));
    match &problem.help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// What C text says and Cotter cannot, as errors.
fn refusals(chosen: &Chosen, file: &SourceFile) -> Vec<Diagnostic> {
    let refuse = |name: &str, why: &str, place: usize| {
        let range = range_at(file, place, file.range().at_start());
        Diagnostic::syntax(format!("`{name}` cannot be declared: {why}"), range)
    };
    let left_out = chosen.left_out.iter().filter(|left| !left.is_expected);
    let mut found: Vec<Diagnostic> = left_out.map(|left| refuse(&left.name, &left.why, left.place)).collect();
    for item in &chosen.items {
        if let ItemKind::Record(record) = &item.kind
            && let Some(why) = &record.remark
        {
            found.push(refuse(&item.name, why, item.place));
        }
    }
    found
}

/// The range of the word, or of the line of a macro, that begins at a place; `otherwise` for what stands in no text.
fn range_at(file: &SourceFile, place: usize, otherwise: SourceRange) -> SourceRange {
    let offset = place.wrapping_sub(file.base as usize);
    let Some(rest) = file.text.get(offset..).filter(|rest| !rest.is_empty()) else { return otherwise };
    let from = match rest.strip_prefix('#').map(str::trim_start).and_then(|line| line.strip_prefix("define")) {
        Some(line) => rest.len() - line.trim_start().len(),
        None => 0,
    };
    let length = match tokens(rest[from..].lines().next().unwrap_or(""), 0).first() {
        Some(token) if token.kind != Kind::Directive => token.text.len(),
        _ => rest.lines().next().map_or(1, |line| line.trim_end().len()),
    };
    let start = (place + from) as u32;
    SourceRange::new(start, start + length as u32)
}

/// The attributes before a declaration, read as the language reads them, in their own place.
fn attributes_of(piece: &Piece, file: &SourceFile, name_count: &mut u32, diagnostics: &mut Vec<Diagnostic>) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    for tokens in &piece.attributes {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
        let range = SourceRange::new(first.place as u32, (last.place + last.text.len()) as u32);
        const BEFORE: &str = "extern{";
        let text = format!("{BEFORE}{}\nfn f()}}", file.slice(range));
        // A block with C text begins with more than these letters, so the positions reach.
        let fragment = SourceFile::fragment(&file.name, text, range.start - BEFORE.len() as u32);
        let parsed = parse_behind(&fragment, *name_count);
        *name_count = parsed.module.name_count;
        if let Some(first) = parsed.diagnostics.into_iter().next() {
            diagnostics.push(Diagnostic { primary: crate::diagnostic::Label { range, ..first.primary }, ..first });
            continue;
        }
        for statement in parsed.module.statements {
            let StatementKind::Extern(block) = statement.kind else { continue };
            let ExternBody::Items(items) = block.body else { continue };
            for item in items {
                if let ExternItem::Function(function) = item {
                    attributes.extend(function.attributes);
                }
            }
        }
    }
    attributes
}
