//! Installed headers: what the C compiler's preprocessor makes of them, and which of it was asked for.

use super::c_type::Declarations;
use super::choose::{Chosen, choose};
use super::compiler::{CCompiler, CompilerFailure, includes};
use super::doc::doc_at;
use super::macros::{Macros, definition};
use super::piece::pieces;
use super::read::read;
use super::token::{Kind, Token, tokens};
use crate::nearest::nearest_name;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// What headers declare.
pub struct Header {
    pub declarations: Declarations,
    pub macros: Macros,
    /// Where in the preprocessed text which file begins: place, file, line.
    regions: Vec<(usize, usize, usize)>,
    /// The preprocessed text, to count lines in.
    text: String,
    pub files: Vec<String>,
    /// The files that were asked for, by index.
    own: Vec<usize>,
    /// The lines of files whose comments were looked at, by index.
    lines: RefCell<HashMap<usize, Rc<[String]>>>,
    /// The last questions with their answers.
    answers: RefCell<VecDeque<(Vec<String>, Rc<Chosen>)>>,
}

/// Questions whose answers are remembered.
const MOST_ANSWERS: usize = 4;

impl Header {
    /// Reads headers, in this order.
    pub fn open(headers: &[&str], compiler: &CCompiler) -> Result<Header, CompilerFailure> {
        Header::of_c(&includes(headers), compiler)
    }

    /// Reads what the preprocessor makes of C.
    pub fn of_c(text: &str, compiler: &CCompiler) -> Result<Header, CompilerFailure> {
        Ok(Header::of_text(compiler.preprocess(text)?))
    }

    fn of_text(text: String) -> Header {
        let mut macros = Macros::default();
        let (mut regions, mut files, mut own): (Vec<_>, Vec<String>, Vec<usize>) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest: Vec<Token> = Vec::new();
        let mut current = String::new();
        for token in tokens(&text, 0) {
            if token.kind != Kind::Directive {
                rest.push(token);
                continue;
            }
            if let Some((line, file, is_entered)) = marker(&token.text) {
                let index = files.iter().position(|known| *known == file).unwrap_or_else(|| {
                    files.push(file.clone());
                    files.len() - 1
                });
                if is_entered && current == "<stdin>" && !file.starts_with('<') && !file.ends_with("stdc-predef.h") {
                    own.push(index);
                }
                // The line below the marker has this number.
                let next = text[token.place..].find('\n').map_or(text.len(), |end| token.place + end + 1);
                regions.push((next, index, line));
                current = file;
            } else if let Some(line) = token.text.strip_prefix("define ") {
                if let Some(found) = definition(line.trim_start(), token.place) {
                    macros.insert(found);
                }
            } else if let Some(name) = token.text.strip_prefix("undef ") {
                macros.remove(name.trim());
            } else {
                rest.push(token);
            }
        }
        let declarations = read(&pieces(rest));
        let mut header =
            Header { declarations, macros, regions, text, files, own, lines: RefCell::default(), answers: RefCell::default() };
        header.include_folder();
        header
    }

    /// A header that declares no function itself stands for those of its folder that it includes.
    fn include_folder(&mut self) {
        let declares = |header: &Header, index: usize| {
            header.declarations.functions.values().any(|function| header.file_of(function.place) == Some(index))
        };
        for own in self.own.clone() {
            let Some((folder, _)) = self.files[own].rsplit_once('/') else { continue };
            let is_root = folder.ends_with("/include") || folder.ends_with("-linux-gnu");
            if is_root || declares(self, own) {
                continue;
            }
            let prefix = format!("{folder}/");
            let siblings = (0..self.files.len()).filter(|&index| self.files[index].starts_with(&prefix));
            let siblings: Vec<usize> = siblings.collect();
            self.own.extend(siblings);
        }
    }

    /// Counts files whose path matches a pattern as asked for.
    pub fn include_also(&mut self, pattern: &str) {
        let pattern = format!("*{pattern}");
        let more = (0..self.files.len()).filter(|&index| matches(&pattern, &self.files[index]));
        let more: Vec<usize> = more.collect();
        self.own.extend(more);
        self.answers.borrow_mut().clear();
    }

    fn region(&self, place: usize) -> Option<(usize, usize, usize)> {
        let after = self.regions.partition_point(|&(start, ..)| start <= place);
        self.regions.get(after.checked_sub(1)?).copied()
    }

    fn file_of(&self, place: usize) -> Option<usize> {
        self.region(place).map(|(_, file, _)| file)
    }

    /// `zlib.h:123`
    pub fn place(&self, place: usize) -> String {
        let Some((file, line)) = self.file_and_line(place) else { return String::new() };
        format!("{}:{line}", file.rsplit('/').next().unwrap_or_default())
    }

    /// The path of the file in which something stands, and the line there, from 1.
    pub fn file_and_line(&self, place: usize) -> Option<(&str, usize)> {
        let (start, file, line) = self.region(place)?;
        let before = &self.text.as_bytes()[start.min(place)..place];
        Some((&self.files[file], line + before.iter().filter(|&&byte| byte == b'\n').count()))
    }

    /// What a doc comment says about what is declared at a place: its lines.
    pub fn doc(&self, place: usize) -> Vec<String> {
        let Some(file) = self.file_of(place) else { return Vec::new() };
        let Some((path, line)) = self.file_and_line(place).filter(|(path, _)| !path.starts_with('<')) else { return Vec::new() };
        let lines = Rc::clone(self.lines.borrow_mut().entry(file).or_insert_with(|| {
            let bytes = std::fs::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).lines().map(str::to_string).collect()
        }));
        doc_at(&lines, line)
    }

    /// The files that it was read from, for those who remember the answer.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|file| !file.starts_with('<'))
    }

    /// Whether names ask for a declaration: by its name, by a pattern, or by `*` for all that the header itself declares.
    pub fn is_asked(&self, names: &[&str], name: &str, place: usize) -> bool {
        names.iter().any(|&asked| match asked {
            "*" => !name.starts_with('_') && self.file_of(place).is_some_and(|file| self.own.contains(&file)),
            _ if asked.contains('*') => {
                let is_predefined = self.file_of(place).is_none_or(|file| self.files[file].starts_with('<'));
                !is_predefined && (!name.starts_with('_') || asked.starts_with('_')) && matches(asked, name)
            }
            _ => asked == name,
        })
    }

    /// What names ask for. Who asks the same again, as editors do, is answered from memory.
    pub fn choose(&self, names: &[&str]) -> Rc<Chosen> {
        let mut answers = self.answers.borrow_mut();
        if let Some((_, known)) = answers.iter().find(|(asked, _)| asked == names) {
            return Rc::clone(known);
        }
        let chosen = Rc::new(choose(&self.declarations, &self.macros, &|name, place| self.is_asked(names, name, place)));
        answers.push_front((names.iter().map(|name| name.to_string()).collect(), Rc::clone(&chosen)));
        answers.truncate(MOST_ANSWERS);
        chosen
    }

    /// Why a name that was asked for is not among what was chosen; nothing if it is.
    pub fn missing(&self, name: &str, chosen: &Chosen) -> Option<String> {
        let is_pattern = name.contains('*');
        let is_there = |found: &str| if is_pattern { name == "*" || matches(name, found) } else { name == found };
        let is_keyword = |found: &str| found.strip_suffix('_') == Some(name);
        if chosen.items.iter().any(|item| is_there(&item.name) || is_keyword(&item.name)) {
            return None;
        }
        if is_pattern {
            return Some(format!("the header declares nothing that matches `{name}`"));
        }
        if let Some(left) = chosen.left_out.iter().find(|left| *left.name == *name) {
            return Some(format!("`{name}` cannot be declared: {}", left.why));
        }
        if let Some(problem) =
            self.declarations.problems.iter().find(|problem| problem.names.iter().any(|found| **found == *name))
        {
            return Some(format!("the declaration of `{name}` cannot be read: {}", problem.message));
        }
        // A clash or a macro without a value has another name or none.
        if self.macros.get(name).is_some() {
            return Some(format!("`{name}` is a macro without a value"));
        }
        let declarations = &self.declarations;
        if declarations.record_tags.contains_key(name) || declarations.typedefs.contains_key(name) {
            return None;
        }
        let known = declarations.functions.keys().chain(declarations.variables.keys()).chain(declarations.typedefs.keys());
        let known = known.chain(declarations.enumerators.keys()).map(|known| &**known);
        let macros = self.macros.in_order();
        let nearest = nearest_name(name, known.chain(macros.iter().map(|found| &*found.name)));
        Some(match nearest {
            Some(nearest) => format!("the header does not declare `{name}`; did you mean `{nearest}`?"),
            None => format!("the header does not declare `{name}`"),
        })
    }
}

/// `12 "file" 1 3`: the line, the file, whether it is entered here.
fn marker(text: &str) -> Option<(usize, String, bool)> {
    let (line, rest) = text.split_once(' ')?;
    let line = line.parse().ok()?;
    let (file, flags) = rest.trim().strip_prefix('"')?.rsplit_once('"')?;
    Some((line, file.replace("\\\\", "\\"), flags.split_whitespace().any(|flag| flag == "1")))
}

/// Whether a name matches a pattern in which `*` stands for any letters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, name, fits) in [
            ("Z_*", "Z_OK", true),
            ("Z_*", "ZOK", false),
            ("*_a*", "x_ab", true),
            ("a*b", "ab", true),
            ("a*b", "abc", false),
            ("a", "a", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn places_are_those_of_the_header() {
        let text = "# 1 \"<stdin>\"\n# 1 \"/usr/include/a.h\" 1 3\n\nint a(void);\n#define A 1\n# 10 \"/usr/include/a.h\"\nint b(void);\n";
        let header = Header::of_text(text.to_string());
        assert_eq!(header.place(header.declarations.functions["a"].place), "a.h:2");
        assert_eq!(header.place(header.declarations.functions["b"].place), "a.h:10");
        assert_eq!(header.choose(&["*"]).items.len(), 3);
    }
}
