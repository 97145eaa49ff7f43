//! Installed headers: what the C compiler's preprocessor makes of them, and which of it was asked for.

use super::c_type::Declarations;
use super::choose::choose;
use super::compiler::{CCompiler, CompilerFailure, includes};
use super::doc::doc_at;
use super::macros::{Macros, definition};
use super::naming::{GNU_SOURCE, header_names, with_gnu_source, with_options};
use super::piece::pieces;
use super::read::read;
use super::token::{Kind, Token, tokens};
use super::{Missing, choose::Chosen};
use crate::nearest::nearest_name;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
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
    /// The file that includes each first.
    includers: Vec<Option<usize>>,
    /// The files that were asked for, by index.
    own: BTreeSet<usize>,
    /// The lines of files whose comments were looked at, by index.
    lines: RefCell<HashMap<usize, Rc<[String]>>>,
    /// The last questions with their answers.
    answers: RefCell<VecDeque<(Vec<String>, Rc<Chosen>)>>,
}

/// Questions whose answers are remembered.
const MOST_ANSWERS: usize = 4;

impl Header {
    /// Reads the headers that a text names, with the options in it.
    pub fn named(text: &str, compiler: &CCompiler) -> Result<Header, CompilerFailure> {
        Header::open(&header_names(text), &with_options(text, compiler))
    }

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
        let (mut regions, mut files): (Vec<_>, Vec<String>) = (Vec::new(), Vec::new());
        let (mut includers, mut own): (Vec<Option<usize>>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
        let mut rest: Vec<Token> = Vec::new();
        let mut current: Option<usize> = None;
        for token in tokens(&text, 0) {
            if token.kind != Kind::Directive {
                rest.push(token);
                continue;
            }
            if let Some((line, file, is_entered)) = marker(&token.text) {
                let index = files.iter().position(|known| *known == file).unwrap_or_else(|| {
                    files.push(file.clone());
                    includers.push(current.filter(|_| is_entered));
                    files.len() - 1
                });
                let is_asked = current.is_some_and(|current| files[current] == "<stdin>");
                if is_entered && is_asked && !file.starts_with('<') && !file.ends_with("stdc-predef.h") {
                    own.insert(index);
                }
                // The line below the marker has this number.
                let next = text[token.place..].find('\n').map_or(text.len(), |end| token.place + end + 1);
                regions.push((next, index, line));
                current = Some(index);
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
        let (lines, answers) = Default::default();
        let mut header = Header { declarations, macros, regions, text, files, includers, own, lines, answers };
        header.include_parts();
        header
    }

    /// Counts what a header is made of as the header itself.
    fn include_parts(&mut self) {
        let functions = self.functions_by_file();
        let declaring = self.declaring_files();
        for own in self.own.clone() {
            // One that declares no function stands for those of its folder that it includes.
            if !functions.contains_key(&own)
                && let Some(folder) = self.folder_of_parts(own)
            {
                self.own.extend((0..self.files.len()).filter(|&index| self.files[index].starts_with(&folder)));
            }
        }
        // Files are numbered as they are entered, so what includes one comes before it.
        for index in 0..self.files.len() {
            let Some(includer) = self.includers[index].filter(|includer| self.own.contains(includer)) else { continue };
            // One with nothing in it stands for what it includes, `poll.h` for `sys/poll.h`.
            if !declaring.contains(&includer) || is_part(&self.files[includer], &self.files[index]) {
                self.own.insert(index);
            }
        }
    }

    /// The folder, with its slash, whose headers one of it may stand for: its own, or `lzma/` beside `lzma.h` where all libraries have theirs.
    fn folder_of_parts(&self, file: usize) -> Option<String> {
        let (folder, name) = self.files[file].rsplit_once('/')?;
        let is_root = folder.ends_with("/include") || folder.ends_with("-linux-gnu");
        match is_root {
            true => Some(format!("{folder}/{}/", name.split('.').next().unwrap_or(name))),
            false => Some(format!("{folder}/")),
        }
    }

    fn functions_by_file(&self) -> BTreeMap<usize, usize> {
        let mut counts = BTreeMap::new();
        for file in self.declarations.functions.values().filter_map(|function| self.file_of(function.place)) {
            *counts.entry(file).or_insert(0) += 1;
        }
        counts
    }

    /// The files in which something is declared or a macro has a value.
    fn declaring_files(&self) -> BTreeSet<usize> {
        let declarations = &self.declarations;
        let functions = declarations.functions.values().map(|found| found.place);
        let variables = declarations.variables.values().map(|found| found.place);
        let types = declarations.typedefs.values().map(|found| found.place);
        let records = declarations.records.iter().map(|found| found.place);
        let enums = declarations.enums.iter().map(|found| found.place);
        let macros = self.macros.in_order();
        let macros =
            macros.iter().filter(|found| !found.name.starts_with('_') && !found.body.is_empty()).map(|found| found.place);
        let places = functions.chain(variables).chain(types).chain(records).chain(enums).chain(macros);
        places.filter_map(|place| self.file_of(place)).collect()
    }

    /// What is to be said of a header that hardly declares anything itself, although those that it includes do: the sentence and the help.
    pub fn remark(&self) -> Option<(String, String)> {
        let functions = self.functions_by_file();
        let of_own: usize = self.own.iter().filter_map(|file| functions.get(file)).sum();
        let folders: BTreeSet<String> = self.own.iter().filter_map(|&file| self.folder_of_parts(file)).collect();
        let is_beside = |file: &usize| folders.iter().any(|folder| self.files[*file].starts_with(folder));
        let is_included = |file: &usize| self.includers[*file].is_some_and(|includer| self.own.contains(&includer));
        let others: Vec<(usize, usize)> = functions
            .into_iter()
            .filter(|(file, _)| !self.own.contains(file) && (is_beside(file) || of_own == 0 && is_included(file)))
            .collect();
        let of_others: usize = others.iter().map(|(_, count)| count).sum();
        if of_others == 0 || of_own * 10 >= of_others {
            return None;
        }
        let name_of = |file: usize| self.files[file].rsplit_once("/include/").map_or(&*self.files[file], |(_, name)| name);
        let mut named: Vec<String> = others.iter().take(4).map(|&(file, _)| name_of(file).to_string()).collect();
        let mut patterns: BTreeSet<String> = BTreeSet::new();
        for &(file, _) in &others {
            let name = name_of(file);
            patterns.insert(name.rsplit_once('/').map_or(name.to_string(), |(folder, _)| format!("{folder}/*.h")));
        }
        if others.len() > named.len() {
            named.push("…".to_string());
        }
        let pattern: Vec<String> = patterns.iter().map(|pattern| format!("--also '{pattern}'")).collect();
        let plural = if of_own == 1 { "" } else { "s" };
        Some((
            format!(
                "the header itself declares {of_own} function{plural}, those that it includes {of_others} more: {}",
                named.join(", ")
            ),
            format!("{} counts them in; or bind the one that you need", pattern.join(" ")),
        ))
    }

    /// Whether a place is in a header that was asked for by this name, or in what that one is made of.
    pub fn is_of(&self, header: &str, place: usize) -> bool {
        let end = format!("/{}", header.trim_start_matches("./"));
        let is_named = |file: usize| self.files[file] == header || self.files[file].ends_with(&end);
        let mut next = self.file_of(place).filter(|file| self.own.contains(file));
        while let Some(file) = next {
            if is_named(file) {
                return true;
            }
            next = self.includers[file];
        }
        false
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
    pub fn missing(&self, name: &str, chosen: &Chosen) -> Option<Missing> {
        self.why_missing(name, chosen).map(|why| Missing { why, help: None })
    }

    fn why_missing(&self, name: &str, chosen: &Chosen) -> Option<String> {
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
            Some(nearest) => format!("{NOT_DECLARED} `{name}`; did you mean `{nearest}`?"),
            None => format!("{NOT_DECLARED} `{name}`"),
        })
    }
}

impl Missing {
    /// The same, or that the headers declare the name where GNU's additions to the C library are asked for. `opened` is given the text that
    /// names them so, and says what to write.
    pub fn or_of_gnu(self, name: &str, headers: &str, compiler: &CCompiler, opened: &dyn Fn(&str) -> String) -> Missing {
        if !self.why.starts_with(NOT_DECLARED) || compiler.options.iter().any(|option| option == GNU_SOURCE) {
            return self;
        }
        let text = with_gnu_source(headers);
        let is_there = Header::named(&text, compiler).is_ok_and(|header| {
            let chosen = header.choose(&[name]);
            header.missing(name, &chosen).is_none()
        });
        match is_there {
            true => Missing { why: format!("{NOT_DECLARED} `{name}` unless _GNU_SOURCE is defined"), help: Some(opened(&text)) },
            false => self,
        }
    }
}

const NOT_DECLARED: &str = "the header does not declare";

/// Whether a file is a part of the one that includes it: the C library keeps what a header declares in `bits/`, and some numbers of the
/// kernel's behind that.
fn is_part(includer: &str, file: &str) -> bool {
    let is_in = |path: &str, folder: &str| path.contains(&format!("/{folder}/"));
    let is_bits = |path: &str| is_in(path, "bits");
    let is_kernels = |path: &str| ["asm", "asm-generic", "linux"].iter().any(|folder| is_in(path, folder));
    is_bits(file) || is_kernels(file) && (is_bits(includer) || is_kernels(includer))
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

    /// Of a text in which `>file` enters a file and `<` leaves it.
    fn header(lines: &[&str]) -> Header {
        let mut text = "# 0 \"<stdin>\"\n".to_string();
        let mut open = vec!["<stdin>".to_string()];
        for line in lines {
            match (line.strip_prefix('>'), *line) {
                (Some(file), _) => {
                    open.push(format!("/usr/include/{file}"));
                    text.push_str(&format!("# 1 \"/usr/include/{file}\" 1\n"));
                }
                (_, "<") => {
                    open.pop();
                    text.push_str(&format!("# 9 \"{}\" 2\n", open[open.len() - 1]));
                }
                _ => text.push_str(&format!("{line}\n")),
            }
        }
        Header::of_text(text)
    }

    fn all_of(header: &Header) -> Vec<String> {
        header.choose(&["*"]).items.iter().map(|item| item.name.to_string()).collect()
    }

    #[test]
    fn what_a_header_is_made_of_is_its_own() {
        let only_includes = header(&[
            ">poll.h",
            "#define _POLL_H 1",
            ">sys/poll.h",
            "int poll(void);",
            ">bits/poll.h",
            "#define POLLIN 1",
            "<",
            "<",
            "<",
        ]);
        assert_eq!(all_of(&only_includes), ["POLLIN", "poll"]);
        let beside = header(&[
            ">lzma.h",
            "#define LZMA 1",
            ">lzma/base.h",
            "int code(void);",
            "<",
            ">stdint.h",
            "int other(void);",
            "<",
            "<",
        ]);
        assert_eq!(all_of(&beside), ["LZMA", "code"]);
        let kernel = header(&[
            ">errno.h",
            "int where(void);",
            ">bits/errno.h",
            ">linux/errno.h",
            ">asm/errno.h",
            "#define EPERM 1",
            "<",
            "<",
            "<",
            ">linux/x.h",
            "#define X 1",
            "<",
            "<",
        ]);
        assert_eq!(all_of(&kernel), ["EPERM", "where"]);
        assert_eq!(only_includes.remark(), None);
    }

    #[test]
    fn what_stands_in_other_headers_is_told() {
        let mut lines = vec![">SDL2/SDL.h", "int one(void);", ">SDL2/video.h"];
        lines.extend(["int a(void);", "int b(void);", "int c(void);", "int d(void);", "int e(void);", "int f(void);"]);
        lines.extend(["int g(void);", "int h(void);", "int i(void);", "int j(void);", "int k(void);", "<", "<"]);
        let (what, help) = header(&lines).remark().expect("little of its own");
        assert_eq!(what, "the header itself declares 1 function, those that it includes 11 more: SDL2/video.h");
        assert_eq!(help, "--also 'SDL2/*.h' counts them in; or bind the one that you need");
    }
}
