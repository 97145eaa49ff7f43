//! Numbers and characters in quotes.

use super::lexer::Lexer;
use super::token::Token;
use crate::diagnostic::Diagnostic;

impl Lexer<'_> {
    /// Reads the number that starts at `start`.
    pub(super) fn number(&mut self, start: usize) {
        let end = number_end(self.text.as_bytes(), start);
        self.at = end;
        let text = &self.text[start..end];
        // A letter beyond ASCII glued to the number belongs to the same mistake.
        let glued = self.text[end..].find(|c: char| !unicode_ident::is_xid_continue(c)).unwrap_or(self.text.len() - end);
        let is_prefixed =
            text.len() > 1 && text.starts_with('0') && matches!(text.as_bytes()[1], b'x' | b'X' | b'o' | b'O' | b'b' | b'B');
        if glued > 0 {
            self.at = end + glued;
            self.number_error(start, self.at, "a letter is glued to a number", "put a blank or an operator between them");
        } else if is_prefixed {
            self.prefixed(start, end);
        } else {
            self.plain(start, end);
        }
    }

    /// A number without a prefix: digits, a fraction, an exponent, and nothing else.
    fn plain(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let digits = |from: usize| text[from..].find(|c: char| c != '_' && !c.is_ascii_digit()).map_or(text.len(), |i| from + i);
        let mut at = digits(0);
        let mut is_float = false;
        if text[at..].starts_with('.') {
            is_float = true;
            at = digits(at + 1);
        }
        if text[at..].starts_with(['e', 'E']) {
            let sign = usize::from(text[at + 1..].starts_with(['+', '-']));
            let end = digits(at + 1 + sign);
            // `12em` is a number with a letter glued to it, not one with a broken exponent.
            if end > at + 1 + sign || end == text.len() {
                is_float = true;
                at = end;
            }
        }
        if at < text.len() {
            let message = format!("`{}` is glued to a number", &text[at..]);
            self.number_error(start, end, message, "put a blank or an operator between them");
        } else if is_float {
            self.float(start, end);
        } else {
            self.decimal(start, end);
        }
    }

    fn prefixed(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let (radix, name) = match text.as_bytes()[1] {
            b'x' => (16, "hexadecimal"),
            b'o' => (8, "octal"),
            b'b' => (2, "binary"),
            _ => return self.number_error(start, end, "the prefix of a number is written small", "write `0x`, `0o` or `0b`"),
        };
        let digits = &text[2..];
        if digits.is_empty() {
            return self.number_error(start, end, format!("expected {name} digits after `{}`", &text[..2]), "");
        }
        if let Some(bad) = digits.chars().find(|&c| c != '_' && !c.is_digit(radix)) {
            return self.number_error(start, end, format!("`{bad}` is no {name} digit"), "");
        }
        if has_misplaced_underscore(digits) {
            return self.underscore_error(start, end);
        }
        let mut value: u64 = 0;
        for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
            match value.checked_mul(u64::from(radix)).and_then(|v| v.checked_add(u64::from(digit))) {
                Some(next) => value = next,
                None => return self.number_error(start, end, "the integer does not fit in 64 bits", ""),
            }
        }
        self.integer(start, end, value as i64);
    }

    fn decimal(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        if has_misplaced_underscore(text) {
            return self.underscore_error(start, end);
        }
        let mut value: u64 = 0;
        for digit in text.bytes().filter(u8::is_ascii_digit) {
            match value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))) {
                Some(next) if next <= 1 << 63 => value = next,
                _ => return self.too_large(start, end),
            }
        }
        if value == 1 << 63 { self.push(Token::IntegerMinimum, start, end) } else { self.integer(start, end, value as i64) }
    }

    fn too_large(&mut self, start: usize, end: usize) {
        let help = "a float, such as `1e30`, goes further; `0x…` may use all 64 bits";
        self.number_error(start, end, "the integer is out of range: at most 9223372036854775807", help);
    }

    fn float(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let exponent_digits = exponent.map(|e| e.trim_start_matches(['+', '-']));
        let mut parts = mantissa.split('.').chain(exponent_digits);
        if exponent_digits == Some("") {
            return self.number_error(start, end, "expected digits in the exponent", "");
        }
        if parts.any(has_misplaced_underscore) {
            return self.underscore_error(start, end);
        }
        let plain: String = text.chars().filter(|&c| c != '_').collect();
        match plain.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                let index = self.out.literals.floats.len();
                self.out.literals.floats.push(value);
                self.push_value(Token::Float, start, end, index);
            }
            _ => self.number_error(
                start,
                end,
                "the number is beyond the range of a float",
                "the largest is about 1.8e308; infinity is `math.inf`",
            ),
        }
    }

    pub(super) fn integer(&mut self, start: usize, end: usize, value: i64) {
        let index = self.out.literals.integers.len();
        self.out.literals.integers.push(value);
        self.push_value(Token::Integer, start, end, index);
    }

    fn underscore_error(&mut self, start: usize, end: usize) {
        self.number_error(start, end, "an underscore in a number stands between two digits", "");
    }

    /// Reports, and leaves a zero in the number's place.
    fn number_error(&mut self, start: usize, end: usize, message: impl Into<String>, help: &str) {
        let mut diagnostic = Diagnostic::syntax(message, self.range(start, end));
        if !help.is_empty() {
            diagnostic = diagnostic.with_help(help);
        }
        self.report(diagnostic);
        self.integer(start, end, 0);
    }

    /// `'A'`: an integer, the code point.
    pub(super) fn character(&mut self, start: usize, body: usize) {
        let line_end = self.text[body..].find('\n').map_or(self.text.len(), |i| body + i);
        let bytes = self.text.as_bytes();
        let mut close = body;
        while close < line_end && bytes[close] != b'\'' {
            close += if bytes[close] == b'\\' { 2 } else { 1 };
        }
        if close >= line_end {
            // Only the quote is taken, so that an apostrophe does not swallow what follows it.
            let range = self.range(start, body);
            let help = "a character stands in single quotes, 'a'; a string in double quotes, \"text\"";
            self.report(Diagnostic::syntax("this character is never closed", range).with_help(help));
            return self.push(Token::Unknown, start, body);
        }
        self.at = close + 1;
        let mut cooked = String::new();
        let errors = self.out.diagnostics.len();
        self.cook(body, close, super::escape::Flavour::Character, &mut cooked);
        let mut characters = cooked.chars();
        let value = match (characters.next(), characters.next()) {
            (Some(character), None) => character as i64,
            _ if self.out.diagnostics.len() > errors => 0,
            (first, _) => {
                let message = if first.is_none() {
                    "a character literal holds one character"
                } else {
                    "a character literal holds only one character"
                };
                let range = self.range(start, close + 1);
                self.report(Diagnostic::syntax(message, range).with_help("a string stands in double quotes: \"text\""));
                0
            }
        };
        self.integer(start, close + 1, value);
    }
}

/// Where the number that starts at `start` ends: digits, letters and underscores, a fraction, a signed exponent.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let run = |from: usize| {
        bytes[from..].iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').map_or(bytes.len(), |i| from + i)
    };
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = run(start);
    let is_plain = bytes[start..end].iter().all(|b| b.is_ascii_digit() || *b == b'_');
    if is_plain && bytes.get(end) == Some(&b'.') && is_digit(end + 1) {
        end = run(end + 1);
    }
    let body = &bytes[start..end];
    let is_decimal = body[..body.len() - 1].iter().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'));
    let ends_in_e = matches!(body[body.len() - 1], b'e' | b'E') && body.len() > 1;
    if is_decimal && ends_in_e && matches!(bytes.get(end), Some(b'+' | b'-')) && is_digit(end + 1) {
        end = run(end + 1);
    }
    end
}

fn has_misplaced_underscore(digits: &str) -> bool {
    digits.starts_with('_') || digits.ends_with('_') || digits.contains("__")
}
