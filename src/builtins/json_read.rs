//! JSON text to values, without a tree between: one pass that makes each value as it ends. Nothing is collected meanwhile.

use crate::value::{ErrorKind, Runtime, Thrown, Value};
use crate::vm::Vm;

/// How deep values may be nested: what reads and writes them uses the machine's stack, and so does most of what is done with them.
pub(super) const MAXIMUM_DEPTH: usize = 1000;

/// The value of a text, or the `ValueError` that says where it is wrong.
pub(super) fn read(vm: &mut Vm, text: &str) -> Result<Value, Thrown> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        pending: Vec::new(),
        keys: [Value::UNDEFINED; KNOWN_KEYS],
        unescaped: String::new(),
    };
    let result = reader.value(vm).and_then(|value| match reader.next_byte() {
        None => Ok(value),
        Some(_) => reader.mistake("expected the end of the text"),
    });
    result.or_else(|failure| match failure {
        Failure::Thrown(thrown) => Err(thrown),
        Failure::Mistake { at, message } => vm.fail(ErrorKind::ValueError, describe(text, at, message)),
    })
}

/// Why reading stopped.
enum Failure {
    /// The text is wrong at this offset. What begins with `expected` goes on with what was found.
    Mistake {
        at: usize,
        message: &'static str,
    },
    Thrown(Thrown),
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Failure {
        Failure::Thrown(thrown)
    }
}

#[cold]
fn describe(text: &str, at: usize, message: &str) -> String {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let found = match text[before.len()..].chars().next() {
        _ if !message.starts_with("expected") => String::new(),
        None => ", found the end of the text".to_string(),
        Some(character) if character.is_control() || character == BYTE_ORDER_MARK => {
            format!(", found the character U+{:04X}", character as u32)
        }
        Some(character) => format!(", found `{character}`"),
    };
    format!("parse(): line {line}, column {column}: {message}{found}")
}

/// What some programs write before their text, and shows as nothing.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Keys that come again and again are strings only once: the last key for each of as many hashes.
const KNOWN_KEYS: usize = 256;
/// Longer keys are not kept.
const LONGEST_KNOWN_KEY: usize = 40;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Lists and maps around this place.
    depth: usize,
    /// The elements, or keys and values, of all lists and maps that have not ended.
    pending: Vec<Value>,
    keys: [Value; KNOWN_KEYS],
    /// The last string that had escapes, without them.
    unescaped: String,
}

/// A string of the text as it was read.
enum Text<'a> {
    /// As it stands there.
    Plain(&'a str),
    /// In `Reader::unescaped`.
    Unescaped,
}

/// The bytes that a string is not read past at once: quote, backslash, control characters.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        stops[byte] = true;
        byte += 1;
    }
    stops[b'"' as usize] = true;
    stops[b'\\' as usize] = true;
    stops
};

impl<'a> Reader<'a> {
    #[cold]
    fn mistake<T>(&self, message: &'static str) -> Result<T, Failure> {
        Err(Failure::Mistake { at: self.at, message })
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte that is no white space, which is not taken.
    #[inline(always)]
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                byte => return byte,
            }
        }
    }

    fn value(&mut self, vm: &mut Vm) -> Result<Value, Failure> {
        match self.next_byte() {
            Some(b'"') => match self.string()? {
                Text::Plain(text) => Ok(vm.runtime.string(text)?),
                Text::Unescaped => Ok(vm.runtime.string(&self.unescaped)?),
            },
            Some(b'-' | b'0'..=b'9') => self.number(&mut vm.runtime),
            Some(open @ (b'[' | b'{')) => {
                if self.depth == MAXIMUM_DEPTH {
                    return self.mistake("the text is nested more than 1000 levels deep");
                }
                vm.check_machine_stack()?;
                self.at += 1;
                self.depth += 1;
                let value = if open == b'[' { self.list(vm) } else { self.map(vm) };
                self.depth -= 1;
                value
            }
            Some(b't') => self.word("true", Value::TRUE),
            Some(b'f') => self.word("false", Value::FALSE),
            Some(b'n') => self.word("null", Value::NIL),
            _ => self.mistake("expected a value"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Failure> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            self.mistake("expected a value (of words there are true, false and null)")
        }
    }

    /// Behind a `[`.
    fn list(&mut self, vm: &mut Vm) -> Result<Value, Failure> {
        let floor = self.pending.len();
        if self.next_byte() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                let value = self.value(vm)?;
                self.pending.push(value);
                match self.next_byte() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break self.at += 1,
                    _ => return self.mistake("expected `,` or `]`"),
                }
            }
        }
        let list = vm.runtime.list_of(&self.pending[floor..])?;
        self.pending.truncate(floor);
        Ok(list.value())
    }

    /// Behind a `{`.
    fn map(&mut self, vm: &mut Vm) -> Result<Value, Failure> {
        let floor = self.pending.len();
        if self.next_byte() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                if self.next_byte() != Some(b'"') {
                    return self.mistake("expected a key in double quotes");
                }
                let key = self.key(&mut vm.runtime)?;
                if self.next_byte() != Some(b':') {
                    return self.mistake("expected `:`");
                }
                self.at += 1;
                let value = self.value(vm)?;
                self.pending.extend([key, value]);
                match self.next_byte() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break self.at += 1,
                    _ => return self.mistake("expected `,` or `}`"),
                }
            }
        }
        let entries = &self.pending[floor..];
        let map = vm.runtime.new_map(entries.len() / 2)?;
        for entry in entries.chunks_exact(2) {
            map.insert_simple(&mut vm.runtime, entry[0], entry[1])?;
        }
        self.pending.truncate(floor);
        Ok(map.value())
    }

    fn key(&mut self, runtime: &mut Runtime) -> Result<Value, Failure> {
        let text = match self.string()? {
            Text::Plain(text) => text,
            Text::Unescaped => return Ok(runtime.string(&self.unescaped)?),
        };
        let &[first, .., last] = text.as_bytes() else { return Ok(runtime.string(text)?) };
        if text.len() > LONGEST_KNOWN_KEY {
            return Ok(runtime.string(text)?);
        }
        let middle = text.as_bytes()[text.len() / 2];
        let hash = [first, middle, last].iter().fold(text.len(), |hash, &byte| hash * 31 + byte as usize);
        let known = &mut self.keys[hash % KNOWN_KEYS];
        if known.is_undefined() || known.as_str() != text {
            *known = runtime.string(text)?;
        }
        Ok(*known)
    }

    // ------------------------------------------------------------ strings

    /// At a `"`.
    fn string(&mut self) -> Result<Text<'a>, Failure> {
        let text = self.text;
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            let plain = &text[start..self.at];
            self.at += 1;
            return Ok(Text::Plain(plain));
        }
        self.unescaped.clear();
        let mut from = start;
        loop {
            self.unescaped.push_str(&text[from..self.at]);
            match self.peek() {
                Some(b'"') => break self.at += 1,
                Some(b'\\') => {
                    let character = self.escape()?;
                    self.unescaped.push(character);
                }
                Some(_) => return self.mistake("a control character in a string is written as an escape"),
                None => return self.mistake("expected `\"` at the end of the string"),
            }
            from = self.at;
            self.skip_plain();
        }
        Ok(Text::Unescaped)
    }

    #[inline(always)]
    fn skip_plain(&mut self) {
        while let Some(byte) = self.peek()
            && !STOPS[byte as usize]
        {
            self.at += 1;
        }
    }

    /// At a backslash.
    fn escape(&mut self) -> Result<char, Failure> {
        self.at += 1;
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte as char,
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.mistake("expected one of `\"\\/bfnrtu` behind a backslash"),
        };
        self.at += 1;
        Ok(character)
    }

    /// At the `u` of an escape: one code point, or the two halves of one.
    fn unicode_escape(&mut self) -> Result<char, Failure> {
        let start = self.at - 1;
        let alone = Failure::Mistake { at: start, message: "half a surrogate pair is no character" };
        self.at += 1;
        let first = self.hexadecimal()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(alone);
        }
        if !self.bytes[self.at..].starts_with(b"\\u") {
            return Err(alone);
        }
        self.at += 2;
        let second = self.hexadecimal()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(alone);
        }
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(alone)
    }

    fn hexadecimal(&mut self) -> Result<u32, Failure> {
        let mut number = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| (byte as char).to_digit(16)) {
                Some(digit) => number = number * 16 + digit,
                None => return self.mistake("expected four hexadecimal digits"),
            }
            self.at += 1;
        }
        Ok(number)
    }

    // ------------------------------------------------------------ numbers

    /// At a digit or a `-`.
    fn number(&mut self, runtime: &mut Runtime) -> Result<Value, Failure> {
        /// So many digits always fit.
        const SAFE_DIGITS: usize = 18;
        let start = self.at;
        let is_negative = self.bytes[start] == b'-';
        self.at += is_negative as usize;
        let first = self.at;
        let mut magnitude: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            magnitude = magnitude.wrapping_mul(10).wrapping_add((digit - b'0') as i64);
            self.at += 1;
        }
        let digits = self.at - first;
        if digits == 0 {
            return self.mistake("expected a digit");
        }
        if digits > 1 && self.bytes[first] == b'0' {
            return Err(Failure::Mistake { at: first, message: "a number does not begin with 0 before another digit" });
        }
        let mut is_int = true;
        if self.peek() == Some(b'.') {
            is_int = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_int = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        if is_int && digits <= SAFE_DIGITS {
            return Ok(runtime.int(if is_negative { -magnitude } else { magnitude }));
        }
        let text = &self.text[start..self.at];
        if is_int && let Ok(int) = text.parse() {
            return Ok(runtime.int(int));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::float(float)),
            _ => Err(Failure::Mistake { at: start, message: "the number is beyond the range of floats" }),
        }
    }

    fn digits(&mut self) -> Result<(), Failure> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.mistake("expected a digit") } else { Ok(()) }
    }
}
