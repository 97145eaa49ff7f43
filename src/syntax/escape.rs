//! What stands between quotes, with its escapes resolved.

use super::lexer::Lexer;
use crate::diagnostic::Diagnostic;

/// Which escapes a literal knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    String,
    /// `b"…"`: `\xNN` goes up to ff.
    Bytes,
    /// `'A'`
    Character,
}

/// Where decoded text goes: a string, or bytes.
pub(super) trait Sink {
    fn text(&mut self, text: &str);
    fn byte(&mut self, byte: u8);
}

impl Sink for String {
    fn text(&mut self, text: &str) {
        self.push_str(text);
    }

    fn byte(&mut self, byte: u8) {
        self.push(char::from(byte));
    }
}

impl Sink for Vec<u8> {
    fn text(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    fn byte(&mut self, byte: u8) {
        self.push(byte);
    }
}

impl Lexer<'_> {
    /// Decodes the text from `start` to before `end`: escapes, and CRLF as one newline.
    pub(super) fn cook(&mut self, start: usize, end: usize, flavour: Flavour, sink: &mut impl Sink) {
        let text = &self.text[..end];
        let bytes = text.as_bytes();
        let mut at = start;
        while at < end {
            let run = bytes[at..].iter().position(|&b| b == b'\\' || b == b'\r').map_or(end, |i| at + i);
            sink.text(&text[at..run]);
            if run == end {
                return;
            }
            at = if bytes[run] == b'\r' {
                if bytes.get(run + 1) != Some(&b'\n') {
                    sink.byte(b'\r');
                }
                run + 1
            } else {
                self.escape(run, end, flavour, sink)
            };
        }
    }

    /// Decodes the escape whose backslash is at `start`; where the text goes on.
    fn escape(&mut self, start: usize, end: usize, flavour: Flavour, sink: &mut impl Sink) -> usize {
        let Some(character) = self.text[start + 1..end].chars().next() else {
            // Only a literal that is not closed ends so; that is reported.
            return end;
        };
        let after = start + 1 + character.len_utf8();
        let plain = match character {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            '0' => 0,
            'e' => 0x1b,
            '\\' | '"' | '\'' | '{' | '}' => character as u8,
            'x' => return self.hexadecimal_escape(start, end, flavour, sink),
            'u' => return self.unicode_escape(start, end, sink),
            _ => {
                let shown = if character.is_control() { "a line break".to_string() } else { format!("`\\{character}`") };
                let diagnostic = Diagnostic::syntax(format!("unknown escape: {shown}"), self.range(start, after))
                    .with_help("the escapes are \\n \\t \\r \\0 \\e \\\\ \\\" \\' \\{ \\} \\xNN \\u{…}; for a backslash itself write `\\\\`, or a raw string r\"…\"");
                self.report(diagnostic);
                return after;
            }
        };
        sink.byte(plain);
        after
    }

    fn hexadecimal_escape(&mut self, start: usize, end: usize, flavour: Flavour, sink: &mut impl Sink) -> usize {
        let digits = self.text.as_bytes()[start + 2..end].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
        let after = start + 2 + digits;
        let value = u8::from_str_radix(&self.text[start + 2..after], 16).unwrap_or(0);
        if digits < 2 {
            let range = self.range(start, after);
            self.report(Diagnostic::syntax("`\\x` is followed by two hexadecimal digits", range));
        } else if value >= 0x80 && flavour != Flavour::Bytes {
            let range = self.range(start, after);
            let help = format!("write `\\u{{{value:x}}}` for the character, or a byte string b\"…\" for the byte");
            self.report(Diagnostic::syntax("`\\x` goes up to 7f in text", range).with_help(help));
        } else {
            sink.byte(value);
        }
        after
    }

    fn unicode_escape(&mut self, start: usize, end: usize, sink: &mut impl Sink) -> usize {
        let rest = &self.text[start + 2..end];
        let digits = rest.strip_prefix('{').map(|r| r.bytes().take_while(u8::is_ascii_hexdigit).count());
        let (Some(digits), true) = (digits, digits.is_some_and(|d| rest[1 + d..].starts_with('}'))) else {
            let after = start + 2 + digits.map_or(0, |d| 1 + d);
            let range = self.range(start, after);
            self.report(
                Diagnostic::syntax("`\\u` is followed by a code point in braces", range).with_help("for instance `\\u{1F600}`"),
            );
            return after;
        };
        let after = start + 2 + digits + 2;
        match u32::from_str_radix(&rest[1..1 + digits], 16).ok().and_then(char::from_u32) {
            Some(character) => sink.text(character.encode_utf8(&mut [0; 4])),
            None => {
                let range = self.range(start, after);
                self.report(
                    Diagnostic::syntax("this is no Unicode character", range)
                        .with_help("code points go from 0 to 10FFFF, without D800 to DFFF"),
                );
            }
        }
        after
    }
}
