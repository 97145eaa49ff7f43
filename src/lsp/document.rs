//! A file and what is known of it.

use super::text::Text;
use crate::compile::names::{Declaration, ImportedFrom, NameIndex};
use crate::session::{ForeignNames, Session, module_candidates};
use crate::source::{SourceFile, SourceMap, SourceRange};
use lsp_types::{Location, Position, Range, Uri};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;
use std::time::SystemTime;

pub struct Document {
    pub uri: String,
    /// Where the file is; `None` for a text that is in no file yet.
    pub path: Option<PathBuf>,
    /// Which file that is, whatever it is called on the way there.
    pub real_path: Option<PathBuf>,
    pub text: Text,
    pub file: Rc<SourceFile>,
    pub index: NameIndex,
    /// What its blocks with C declare, as far as it is known.
    pub foreign: ForeignNames,
    /// The file and, behind it, the declarations of C as Cotter writes them.
    sources: SourceMap,
}

/// A file as it was when it was read.
pub struct ReadFile {
    /// Its size and time.
    pub state: (u64, SystemTime),
    pub document: Rc<Document>,
}

impl Document {
    /// `before` is what its blocks with C declared when it was read the last time.
    pub fn new(uri: &str, content: String, session: &Session, before: &ForeignNames) -> Option<Document> {
        let path = path_of(uri);
        let mut sources = SourceMap::new();
        let name = path.as_ref().map_or_else(|| uri.to_string(), |path| path.display().to_string());
        let file = sources.add(name, content.as_str()).ok()?;
        let sources = RefCell::new(sources);
        let (index, foreign) = session.index_names(&file, &sources, before);
        let (uri, text, sources) = (uri.to_string(), Text::new(content), sources.into_inner());
        let real_path = path.as_ref().and_then(|path| path.canonicalize().ok());
        Some(Document { uri, path, real_path, text, file, index, foreign, sources })
    }

    /// A file that the editor has not opened.
    pub fn read(path: &Path, session: &Session) -> Option<Document> {
        let content = crate::syntax::decode_source(&std::fs::read(path).ok()?).ok()?;
        Document::new(&uri_of(path), content, session, &ForeignNames::default())
    }

    /// The same document with another text.
    pub fn with_text(&self, content: String, session: &Session) -> Option<Document> {
        Document::new(&self.uri, content, session, &self.foreign)
    }

    pub fn offset(&self, position: Position) -> usize {
        self.text.offset(position)
    }

    /// The byte of the text as a position of the compiler.
    pub fn place(&self, offset: usize) -> u32 {
        self.file.base + offset as u32
    }

    pub fn range(&self, range: SourceRange) -> Range {
        self.text.range((range.start - self.file.base) as usize, (range.end - self.file.base) as usize)
    }

    pub fn slice(&self, range: SourceRange) -> &str {
        self.sources.file(range).map_or("", |file| file.slice(range))
    }

    pub fn location(&self, range: SourceRange) -> Option<Location> {
        Some(Location::new(Uri::from_str(&self.uri).ok()?, self.range(range)))
    }

    /// Where something is declared; what a header declares in that, if it is known.
    pub fn location_of(&self, declaration: &Declaration) -> Option<Location> {
        let header = declaration.foreign.as_ref().and_then(|foreign| foreign.header.as_ref());
        header.and_then(|(path, line)| in_header(path, *line, &declaration.name)).or_else(|| self.location(declaration.range))
    }

    /// The file of a module that this one imports, if it is a file.
    pub fn imported_file(&self, from: &ImportedFrom, module_path: &[PathBuf]) -> Option<PathBuf> {
        let beside = self.path.as_ref()?.parent()?;
        let (ImportedFrom::Name(name) | ImportedFrom::Path(name)) = from;
        module_candidates(name, beside, module_path).into_iter().find(|path| path.is_file())
    }
}

/// A name in a line of a header, from 1; the line itself if it is not there.
fn in_header(path: &str, line: usize, name: &str) -> Option<Location> {
    let bytes = std::fs::read(path).ok()?;
    let text = Text::new(String::from_utf8_lossy(&bytes).into_owned());
    let start = text.offset(Position::new(u32::try_from(line).ok()?.checked_sub(1)?, 0));
    let content = text.content[start..].lines().next().unwrap_or("");
    let is_word = |at: &usize| {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        !content[..*at].ends_with(is_letter) && !content[at + name.len()..].starts_with(is_letter)
    };
    let found = content.match_indices(name).map(|(at, _)| at).find(is_word);
    let range = found.map_or(start..start, |at| start + at..start + at + name.len());
    Some(Location::new(Uri::from_str(&uri_of(Path::new(path))).ok()?, text.range(range.start, range.end)))
}

/// The path in a `file:` address.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let encoded = uri.strip_prefix("file://")?;
    let encoded = &encoded[encoded.find('/')?..];
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let hexadecimal = (byte == b'%').then(|| behind.get(..2)).flatten().and_then(|digits| std::str::from_utf8(digits).ok());
        match hexadecimal.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &behind[2..];
            }
            None => {
                bytes.push(byte);
                rest = behind;
            }
        }
    }
    Some(PathBuf::from(String::from_utf8(bytes).ok()?))
}

/// The `file:` address of a path.
pub fn uri_of(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut uri = "file://".to_string();
    for &byte in path.to_string_lossy().as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            uri.push(byte as char);
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths() {
        assert_eq!(path_of("file:///a%20b/%C3%A9.cot"), Some(PathBuf::from("/a b/é.cot")));
        assert_eq!(path_of("file://host/a"), Some(PathBuf::from("/a")));
        assert_eq!(path_of("untitled:1"), None);
        assert_eq!(path_of("file:///100%"), Some(PathBuf::from("/100%")));
        assert_eq!(uri_of(Path::new("/nowhere/a b/é.cot")), "file:///nowhere/a%20b/%C3%A9.cot");
    }
}
