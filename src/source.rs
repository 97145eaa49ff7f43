//! Source text: files, positions and ranges.
//!
//! All files of a run share one position space. Each file is given a base when it is added, so a
//! [`SourceRange`] of eight bytes names its file too, and code that carries ranges need not carry files.

use std::rc::Rc;

/// A run of source text, from `start` to before `end`, in bytes of the shared position space.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct SourceRange {
    pub start: u32,
    pub end: u32,
}

impl SourceRange {
    /// The range of code that no file holds (built-in functions).
    pub const NOWHERE: SourceRange = SourceRange { start: 0, end: 0 };

    pub fn new(start: u32, end: u32) -> SourceRange {
        SourceRange { start, end }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: SourceRange) -> SourceRange {
        SourceRange { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty range at the start of this one.
    pub fn at_start(self) -> SourceRange {
        SourceRange { start: self.start, end: self.start }
    }

    /// The empty range at the end of this one.
    pub fn at_end(self) -> SourceRange {
        SourceRange { start: self.end, end: self.end }
    }

    pub fn is_nowhere(self) -> bool {
        self == SourceRange::NOWHERE
    }
}

/// A source file, or text given in its place (`-e`, a REPL entry).
#[derive(Debug)]
pub struct SourceFile {
    /// What messages call it: the path as given, `<stdin>`, `<command line>`, `<repl>`.
    pub name: String,
    pub text: String,
    /// The position of the file's first byte.
    pub base: u32,
    /// Offsets in `text` at which the lines start; the first is 0.
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// A text whose positions begin at `base`: part of a file that is read by itself.
    pub fn fragment(name: &str, text: String, base: u32) -> SourceFile {
        let line_starts = line_starts(&text);
        SourceFile { name: name.to_string(), text, base, line_starts }
    }

    /// The range of the whole text.
    pub fn range(&self) -> SourceRange {
        SourceRange { start: self.base, end: self.base + self.text.len() as u32 }
    }

    /// The text of a range of this file.
    pub fn slice(&self, range: SourceRange) -> &str {
        let end = self.text.len();
        let from = (range.start.saturating_sub(self.base) as usize).min(end);
        let to = (range.end.saturating_sub(self.base) as usize).min(end);
        self.text.get(from..to).unwrap_or("")
    }

    /// Line and column, both from 1, of a position; columns count characters.
    pub fn line_column(&self, position: u32) -> (usize, usize) {
        let offset = position.saturating_sub(self.base).min(self.text.len() as u32);
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.text.get(start..offset as usize).map_or(0, |s| s.chars().count());
        (line + 1, column + 1)
    }

    /// The text of a line (from 1) without its end.
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_starts[line - 1] as usize;
        let end = self.line_starts.get(line).map_or(self.text.len(), |&e| e as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|&(_, b)| b == b'\n').map(|(i, _)| i as u32 + 1)).collect()
}

/// All source files of a run.
#[derive(Debug)]
pub struct SourceMap {
    files: Vec<Rc<SourceFile>>,
}

impl Default for SourceMap {
    fn default() -> Self {
        SourceMap::new()
    }
}

impl SourceMap {
    pub fn new() -> SourceMap {
        SourceMap { files: Vec::new() }
    }

    /// Adds a file and gives it its place. Fails once all files together hold 4 GiB.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> Result<Rc<SourceFile>, TooMuchSource> {
        let text = text.into();
        // Position 0 belongs to no file, so that `NOWHERE` is unmistakable.
        let base = self.files.last().map_or(1, |f| f.range().end + 1);
        if u64::from(base) + text.len() as u64 >= u64::from(u32::MAX) - 1 {
            return Err(TooMuchSource);
        }
        let line_starts = line_starts(&text);
        let file = Rc::new(SourceFile { name: name.into(), text, base, line_starts });
        self.files.push(Rc::clone(&file));
        Ok(file)
    }

    /// The bytes of all files together.
    pub fn size(&self) -> usize {
        self.files.last().map_or(0, |file| file.range().end as usize)
    }

    /// All files, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = &Rc<SourceFile>> {
        self.files.iter()
    }

    /// The file that holds a range.
    pub fn file(&self, range: SourceRange) -> Option<&Rc<SourceFile>> {
        if range.is_nowhere() {
            return None;
        }
        let after = self.files.partition_point(|f| f.base <= range.start);
        self.files.get(after.checked_sub(1)?)
    }

    /// `name:line:column` of the start of a range.
    pub fn place(&self, range: SourceRange) -> String {
        match self.file(range) {
            Some(file) => {
                let (line, column) = file.line_column(range.start);
                format!("{}:{line}:{column}", file.name)
            }
            None => "<built in>".to_string(),
        }
    }
}

/// More than 4 GiB of source text in one run.
#[derive(Debug, Clone, Copy)]
pub struct TooMuchSource;
