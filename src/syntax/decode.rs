//! Bytes to source text.

use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceRange};

/// Bytes that are no source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSource {
    /// The text with U+FFFD in the place of what is invalid, to be shown around the place.
    pub text: String,
    /// The first invalid place, in bytes of `text`.
    pub start: u32,
    pub end: u32,
    pub message: String,
}

impl InvalidSource {
    /// The error, once `text` has been added to the source files as `file`.
    pub fn diagnostic(&self, file: &SourceFile) -> Diagnostic {
        let range = SourceRange::new(file.base + self.start, file.base + self.end);
        Diagnostic::syntax(self.message.clone(), range).with_help("source text is UTF-8")
    }
}

/// The text of a source file. A byte-order mark is left out; an invalid byte or a NUL is an error with its place.
pub fn decode_source(bytes: &[u8]) -> Result<String, InvalidSource> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => Ok(text.to_string()),
            Some(at) => Err(InvalidSource {
                text: text.replace('\0', "\u{fffd}"),
                start: at as u32,
                end: at as u32 + '\u{fffd}'.len_utf8() as u32,
                message: "a NUL byte cannot stand in source text".to_string(),
            }),
        },
        Err(error) => {
            let at = error.valid_up_to();
            Err(InvalidSource {
                text: String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}"),
                start: at as u32,
                end: at as u32 + '\u{fffd}'.len_utf8() as u32,
                message: format!("invalid UTF-8: the byte 0x{:02x}", bytes[at]),
            })
        }
    }
}
