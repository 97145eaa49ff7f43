//! A file and what is known of it.

use super::text::Text;
use crate::compile::names::{ImportedFrom, NameIndex};
use crate::session::{Session, module_candidates};
use crate::source::{SourceFile, SourceMap, SourceRange};
use lsp_types::{Location, Range, Uri};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;

pub struct Document {
    pub uri: String,
    /// Where the file is; `None` for a text that is in no file yet.
    pub path: Option<PathBuf>,
    pub text: Text,
    pub file: Rc<SourceFile>,
    pub index: NameIndex,
}

impl Document {
    pub fn new(uri: &str, content: String, session: &Session) -> Option<Document> {
        let path = path_of(uri);
        let mut sources = SourceMap::new();
        let name = path.as_ref().map_or_else(|| uri.to_string(), |path| path.display().to_string());
        let file = sources.add(name, content.as_str()).ok()?;
        let index = session.index_names(&file);
        Some(Document { uri: uri.to_string(), path, text: Text::new(content), file, index })
    }

    /// A file that the editor has not opened.
    pub fn read(path: &Path, session: &Session) -> Option<Document> {
        let content = crate::syntax::decode_source(&std::fs::read(path).ok()?).ok()?;
        Document::new(&uri_of(path), content, session)
    }

    pub fn offset(&self, position: lsp_types::Position) -> usize {
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
        self.file.slice(range)
    }

    pub fn location(&self, range: SourceRange) -> Option<Location> {
        Some(Location::new(Uri::from_str(&self.uri).ok()?, self.range(range)))
    }

    /// The file of a module that this one imports, if it is a file.
    pub fn imported_file(&self, from: &ImportedFrom, module_path: &[PathBuf]) -> Option<PathBuf> {
        let beside = self.path.as_ref()?.parent()?;
        let (ImportedFrom::Name(name) | ImportedFrom::Path(name)) = from;
        module_candidates(name, beside, module_path).into_iter().find(|path| path.is_file())
    }
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
