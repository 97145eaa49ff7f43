//! What the C of a script declares, for editors: as names with their declarations in Cotter, read while the script is being written.
//!
//! Here a mistake costs what it is in and nothing else. What cannot be read now, but could be read before, is still known.

use super::choose::choose;
use super::directive::process;
use super::doc::doc_at;
use super::expand::{Surroundings, declared_names, without_known};
use super::header::Header;
use super::item::{Item, ItemKind, Member};
use super::piece::{Piece, pieces};
use super::print;
use super::read::read;
use super::token::{Kind, tokens};
use crate::source::{SourceFile, SourceRange};
use crate::syntax::parse_behind;
use crate::syntax::tree::{Extern, ExternBody, ExternItem, Module, Name, StatementKind};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Where something of C's is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignPlace {
    /// In C text of the script: its name.
    Script(SourceRange),
    /// In a header: its path and the line, from 1.
    Header { path: Rc<str>, line: usize },
    /// Nowhere any more: it is known from before.
    Unknown,
}

/// Something that a block declares.
#[derive(Clone, Debug)]
pub struct ForeignName {
    pub name: Rc<str>,
    /// The declaration in Cotter.
    text: Rc<str>,
    pub place: ForeignPlace,
    /// In C text: the places of its fields or parameters, by their names.
    pub parts: Vec<(Rc<str>, SourceRange)>,
}

/// What one block declares.
#[derive(Clone, Debug, Default)]
pub struct ForeignBlock {
    names: Vec<ForeignName>,
    /// Where a name is among them.
    by_name: HashMap<Rc<str>, usize>,
    /// The block, from `extern` to its brace.
    pub range: SourceRange,
    /// The names that are listed in it: `header "zlib.h" { crc32 }`.
    pub listed: Vec<(Rc<str>, SourceRange)>,
}

impl ForeignBlock {
    fn new(names: Vec<ForeignName>, range: SourceRange, listed: Vec<(Rc<str>, SourceRange)>) -> ForeignBlock {
        let by_name = names.iter().enumerate().map(|(at, name)| (Rc::clone(&name.name), at)).collect();
        ForeignBlock { names, by_name, range, listed }
    }

    pub fn name(&self, name: &str) -> Option<&ForeignName> {
        self.by_name.get(name).map(|&at| &self.names[at])
    }
}

/// What the blocks of a script declare, each under its alias, or its number among those without one.
#[derive(Clone, Debug, Default)]
pub struct ForeignNames(Vec<(String, Rc<ForeignBlock>)>);

impl ForeignNames {
    fn block(&self, key: &str) -> Option<&Rc<ForeignBlock>> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, block)| block)
    }

    /// The block that declares a name, behind an alias or without one.
    pub fn declaring(&self, alias: Option<&str>, name: &str) -> Option<&ForeignBlock> {
        let mut blocks = self.0.iter().filter(|(key, block)| match alias {
            Some(alias) => key == alias && block.name(name).is_some(),
            None => key.starts_with('#') && block.name(name).is_some(),
        });
        blocks.next().map(|(_, block)| &**block)
    }
}

/// Puts what can be read of the C of a module in its place; the texts of these declarations become sources of their own. `before` is
/// what the module declared when it was read the last time.
pub fn expand_names(module: &mut Module, file: &SourceFile, surroundings: &Surroundings, before: &ForeignNames) -> ForeignNames {
    let mut found = ForeignNames::default();
    let mut declared = declared_names(module);
    let mut without_alias = 0;
    for statement in &mut module.statements {
        let StatementKind::Extern(block) = &mut statement.kind else { continue };
        if matches!(block.body, ExternBody::Items(_)) {
            continue;
        }
        let key = match &block.alias {
            Some(alias) => alias.text.to_string(),
            None => {
                without_alias += 1;
                format!("#{without_alias}")
            }
        };
        let (mut read, is_whole) = read_block(block, file, surroundings, &mut declared);
        if let Some(before) = before.block(&key).filter(|_| !is_whole) {
            read.add_missing(before, block, file);
        }
        block.body = ExternBody::Items(items(&read, surroundings, &mut module.name_count));
        found.0.push((key, Rc::new(read)));
    }
    // A block that is being written may not be there at all for a while.
    for (key, block) in &before.0 {
        if found.block(key).is_none() {
            found.0.push((key.clone(), Rc::clone(block)));
        }
    }
    found
}

impl ForeignBlock {
    /// Adds what was known before, in its old words; where it stands now is looked for.
    fn add_missing(&mut self, before: &ForeignBlock, block: &Extern, file: &SourceFile) {
        let words = match &block.body {
            ExternBody::CText { range } => tokens(file.slice(*range), range.start as usize),
            _ => Vec::new(),
        };
        let place_of = |name: &str| {
            let word = words.iter().find(|token| token.kind == Kind::Identifier && *token.text == *name)?;
            let start = word.place as u32;
            Some(ForeignPlace::Script(SourceRange::new(start, start + name.len() as u32)))
        };
        for name in &before.names {
            if self.name(&name.name).is_some() {
                continue;
            }
            let place = match &name.place {
                header @ ForeignPlace::Header { .. } => header.clone(),
                _ => place_of(&name.name).unwrap_or(ForeignPlace::Unknown),
            };
            self.by_name.insert(Rc::clone(&name.name), self.names.len());
            self.names.push(ForeignName { place, parts: Vec::new(), ..name.clone() });
        }
    }
}

/// All that headers themselves declare, each name with its declaration in Cotter.
pub fn names_of_headers(headers: &str, surroundings: &Surroundings) -> Vec<(Rc<str>, Rc<str>)> {
    let Some(header) = surroundings.open(headers).ok().filter(|_| !surroundings.deny) else { return Vec::new() };
    header.choose(&["*"]).items.iter().map(|item| (Rc::clone(&item.name), text(item, "", &[]))).collect()
}

/// What a block declares, and whether there is nothing wrong with it.
fn read_block(
    block: &Extern,
    file: &SourceFile,
    surroundings: &Surroundings,
    declared: &mut HashSet<Rc<str>>,
) -> (ForeignBlock, bool) {
    let (names, listed, is_whole) = match &block.body {
        ExternBody::Items(_) => (Vec::new(), Vec::new(), true),
        ExternBody::CText { range } => {
            let (names, is_whole) = of_c_text(block, *range, file, declared);
            (names, Vec::new(), is_whole)
        }
        ExternBody::Header { header, names, .. } => {
            let listed = names.iter().map(|name| (Rc::clone(&name.text), name.range)).collect();
            match surroundings.open(header).ok().filter(|_| !surroundings.deny) {
                Some(header) => {
                    let (names, is_whole) = of_header(block, &header, names, declared);
                    (names, listed, is_whole)
                }
                None => (Vec::new(), listed, false),
            }
        }
    };
    (ForeignBlock::new(names, block.range, listed), is_whole)
}

fn of_c_text(block: &Extern, range: SourceRange, file: &SourceFile, declared: &mut HashSet<Rc<str>>) -> (Vec<ForeignName>, bool) {
    let processed = process(file.slice(range), range.start as usize);
    let found = pieces(processed.tokens);
    let declarations = read(&found);
    let mut chosen = choose(&declarations, &processed.macros, &|_, _| true);
    let is_whole =
        processed.problems.is_empty() && declarations.problems.is_empty() && chosen.left_out.iter().all(|left| left.is_expected);
    without_known(&mut chosen.items, block, declared);
    let lines: Vec<&str> = file.text.lines().collect();
    let names = chosen.items.iter().map(|item| {
        let attributes = match &item.kind {
            ItemKind::Function { piece, .. } => attributes(&found[*piece], file),
            _ => String::new(),
        };
        let place = word_at(file, item.place, &item.name).map_or(ForeignPlace::Unknown, ForeignPlace::Script);
        let doc = match &place {
            ForeignPlace::Script(range) => doc_at(&lines, file.line_column(range.start).0),
            _ => Vec::new(),
        };
        let mut parts = parts(item);
        let placed = |(name, place): (Rc<str>, usize)| word_at(file, place, &name).map(|range| (name, range));
        let parts = parts.drain(..).filter_map(placed).collect();
        ForeignName { name: Rc::clone(&item.name), text: text(item, &attributes, &doc), place, parts }
    });
    (names.collect(), is_whole)
}

fn of_header(block: &Extern, header: &Header, asked: &[Name], declared: &mut HashSet<Rc<str>>) -> (Vec<ForeignName>, bool) {
    let names: Vec<&str> = asked.iter().map(|name| &*name.text).collect();
    let chosen = header.choose(&names);
    let is_whole = names.iter().all(|name| header.missing(name, &chosen).is_none());
    let mut items = chosen.items.clone();
    without_known(&mut items, block, declared);
    let names = items.iter().map(|item| {
        let place = match header.file_and_line(item.place) {
            Some((path, line)) if !path.starts_with('<') => ForeignPlace::Header { path: path.into(), line },
            _ => ForeignPlace::Unknown,
        };
        ForeignName { name: Rc::clone(&item.name), text: text(item, "", &header.doc(item.place)), place, parts: Vec::new() }
    });
    (names.collect(), is_whole)
}

fn text(item: &Item, attributes: &str, doc: &[String]) -> Rc<str> {
    let (mut text, mut declaration) = (String::new(), String::new());
    print::doc(doc, &mut text);
    print::item(item, &mut declaration);
    match attributes {
        "" => text.push_str(&declaration),
        attributes => text.push_str(&format!("    {attributes}{}", declaration.trim_start())),
    }
    text.into()
}

/// The attributes before a prototype, each with a blank behind it.
fn attributes(piece: &Piece, file: &SourceFile) -> String {
    let mut text = String::new();
    for tokens in &piece.attributes {
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            let range = SourceRange::new(first.place as u32, (last.place + last.text.len()) as u32);
            text.push_str(&file.slice(range).split_whitespace().collect::<Vec<_>>().join(" "));
            text.push(' ');
        }
    }
    text
}

/// The names in an item, and their places.
fn parts(item: &Item) -> Vec<(Rc<str>, usize)> {
    fn fields(members: &[Member], found: &mut Vec<(Rc<str>, usize)>) {
        for member in members {
            match member {
                Member::Field { name, place, .. } => found.push((Rc::clone(name), *place)),
                Member::Part(record, _) => fields(record.members.as_deref().unwrap_or_default(), found),
            }
        }
    }
    let mut found = Vec::new();
    match &item.kind {
        ItemKind::Function { parameters, .. } => {
            found.extend(parameters.iter().map(|parameter| (Rc::clone(&parameter.name), parameter.place)));
        }
        ItemKind::Record(record) => fields(record.members.as_deref().unwrap_or_default(), &mut found),
        _ => {}
    }
    found
}

/// The word that begins at a place, or a macro's name in its line there; only if it is the name in question, or as good as it:
/// `struct_stat` is the name of `stat`.
fn word_at(file: &SourceFile, place: usize, name: &str) -> Option<SourceRange> {
    let rest = file.text.get(place.checked_sub(file.base as usize)?..)?;
    let from = match rest.strip_prefix('#').map(str::trim_start).and_then(|line| line.strip_prefix("define")) {
        Some(line) => rest.len() - line.trim_start().len(),
        None => 0,
    };
    let length = rest[from..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - from);
    let word = &rest[from..from + length];
    let start = (place + from) as u32;
    let is_it = !word.is_empty() && (name == word || name.trim_end_matches('_') == word || name.ends_with(&format!("_{word}")));
    is_it.then(|| SourceRange::new(start, start + length as u32))
}

/// The items of a block, from the texts of its names.
fn items(block: &ForeignBlock, surroundings: &Surroundings, name_count: &mut u32) -> Vec<ExternItem> {
    let mut text = String::from("extern {\n");
    block.names.iter().for_each(|name| text.push_str(&name.text));
    text.push_str("}\n");
    let Ok(file) = (surroundings.add_source)("<C>", &text) else { return Vec::new() };
    let parsed = parse_behind(&file, *name_count);
    *name_count = parsed.module.name_count;
    let mut items = Vec::new();
    for statement in parsed.module.statements {
        if let StatementKind::Extern(block) = statement.kind
            && let ExternBody::Items(found) = block.body
        {
            items.extend(found);
        }
    }
    items
}
