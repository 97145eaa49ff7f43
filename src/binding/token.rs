//! C text as tokens, each with the place that it came from.
//!
//! A preprocessor line is one token. Comments and joined lines are gone; what is no C at all is a punctuator, and whoever reads
//! it complains.

use std::rc::Rc;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Identifier,
    /// A number as the preprocessor sees it: digits, letters, points, signs of exponents.
    Number,
    /// A string or character literal with its quotes.
    Literal,
    Punctuator,
    /// A preprocessor line without its `#`, comments and joints.
    Directive,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: Rc<str>,
    /// Where it stands in the text, in bytes; what a macro became stands where the macro was used.
    pub place: usize,
    /// White space or a comment stands before it.
    pub has_space: bool,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.kind != Kind::Directive && &*self.text == text
    }

    pub fn is_identifier(&self) -> bool {
        self.kind == Kind::Identifier
    }
}

/// Punctuators of several characters, longest first.
const PUNCTUATORS: &[&str] = &[
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=", "/=", "%=", "+=", "-=", "&=",
    "^=", "|=", "##",
];

/// The tokens of a text whose first byte has the place `base`.
pub fn tokens(text: &str, base: usize) -> Vec<Token> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, base, out: Vec::new() };
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    base: usize,
    out: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let (mut starts_line, mut has_space) = (true, false);
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'\n' {
                starts_line = true;
                has_space = true;
                self.at += 1;
            } else if byte.is_ascii_whitespace() {
                has_space = true;
                self.at += 1;
            } else if let Some(length) = self.joint(self.at) {
                has_space = true;
                self.at += length;
            } else if let Some(end) = self.comment(self.at) {
                has_space = true;
                self.at = end;
            } else {
                if byte == b'#' && starts_line {
                    self.directive();
                } else {
                    let start = self.at;
                    let kind = self.token();
                    let text = self.text.get(start..self.at).unwrap_or("?").into();
                    self.out.push(Token { kind, text, place: self.base + start, has_space });
                }
                starts_line = false;
                has_space = false;
            }
        }
    }

    /// The length of a backslash and the line end behind it.
    fn joint(&self, at: usize) -> Option<usize> {
        match self.bytes.get(at..)? {
            [b'\\', b'\n', ..] => Some(2),
            [b'\\', b'\r', b'\n', ..] => Some(3),
            _ => None,
        }
    }

    fn comment(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if rest.starts_with("//") {
            return Some(at + rest.find('\n').unwrap_or(rest.len()));
        }
        let inside = rest.strip_prefix("/*")?;
        Some(at + inside.find("*/").map_or(rest.len(), |end| end + 4))
    }

    fn directive(&mut self) {
        let start = self.at;
        self.at += 1;
        let mut line = String::new();
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'\n' {
                break;
            } else if let Some(length) = self.joint(self.at) {
                self.at += length;
                line.push(' ');
            } else if let Some(end) = self.comment(self.at) {
                self.at = end;
                line.push(' ');
            } else if byte == b'"' || byte == b'\'' {
                let from = self.at;
                self.literal(byte);
                line.push_str(&self.text[from..self.at].replace("\\\r\n", "").replace("\\\n", ""));
            } else {
                let character = self.text[self.at..].chars().next().unwrap_or(' ');
                line.push(character);
                self.at += character.len_utf8();
            }
        }
        let text = line.trim().into();
        self.out.push(Token { kind: Kind::Directive, text, place: self.base + start, has_space: true });
    }

    fn token(&mut self) -> Kind {
        let byte = self.bytes[self.at];
        if byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80 {
            self.skip(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80);
            return Kind::Identifier;
        }
        let next = self.bytes.get(self.at + 1).copied().unwrap_or(0);
        if byte.is_ascii_digit() || (byte == b'.' && next.is_ascii_digit()) {
            self.number();
            return Kind::Number;
        }
        if byte == b'"' || byte == b'\'' {
            self.literal(byte);
            return Kind::Literal;
        }
        let rest = &self.text[self.at..];
        self.at += PUNCTUATORS.iter().find(|p| rest.starts_with(**p)).map_or(1, |p| p.len());
        Kind::Punctuator
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|&b| belongs(b)) {
            self.at += 1;
        }
    }

    fn number(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            let before = self.bytes[self.at.saturating_sub(1)].to_ascii_lowercase();
            let is_sign = (byte == b'+' || byte == b'-') && (before == b'e' || before == b'p');
            if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || is_sign) {
                break;
            }
            // `0xe+1` is a sum: an `e` is an exponent in decimal numbers only.
            self.at += 1;
        }
    }

    /// To behind the closing quote, or to the end of the line.
    fn literal(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                b'\n' => return,
                _ => {
                    self.at += 1;
                    if byte == quote {
                        return;
                    }
                }
            }
        }
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}

/// Tokens as text again, a blank where one stood.
pub fn text_of(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.has_space && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_joints_and_lines() {
        let found = tokens("int /* a } */ f\\\n(x); // no\n  #define A \"/*\" \\\n 1 // c\n'\\'' 1.5e-3f ...", 10);
        let texts: Vec<&str> = found.iter().map(|token| &*token.text).collect();
        assert_eq!(texts, ["int", "f", "(", "x", ")", ";", "define A \"/*\"   1", "'\\''", "1.5e-3f", "..."]);
        assert_eq!(found[0].place, 10);
        assert_eq!(found[6].kind, Kind::Directive);
    }
}
