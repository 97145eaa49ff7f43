//! Strings, text blocks and their interpolations, raw and byte strings.
//!
//! A string without interpolations is one token. One with them is `TemplateStart (TemplateText | HoleOpen … HoleClose)* TemplateEnd`:
//! the tokens of an interpolation come from the ordinary loop, so it may hold anything, strings included. A text block's
//! indentation is known only at its closing quotes; so the pieces of text are decoded when the string closes.

use super::escape::Flavour;
use super::lexer::Lexer;
use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::format::Format;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Single,
    /// `"""`
    Block,
}

impl Quotes {
    fn text(self) -> &'static str {
        match self {
            Quotes::Single => "\"",
            Quotes::Block => "\"\"\"",
        }
    }
}

/// A string that has interpolations and is not closed yet.
#[derive(Debug)]
pub(super) struct OpenTemplate {
    start: usize,
    quotes: Quotes,
    /// The brackets open in the interpolation being read.
    pub brackets: Vec<Token>,
    /// Where the `{` of that interpolation is.
    hole: usize,
    pieces: Vec<Piece>,
}

/// A run of text in a string, not decoded yet.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Its token; `None` for the only piece of a plain string.
    lexeme: Option<usize>,
    start: usize,
    end: usize,
}

impl OpenTemplate {
    /// A `}` was read. `true` if a `{` of the interpolation's expression is closed by it, `false` if it ends the interpolation.
    pub fn close_brace(&mut self) -> bool {
        match self.brackets.iter().rposition(|&token| token == Token::BraceOpen) {
            Some(at) => {
                self.brackets.truncate(at);
                true
            }
            None => false,
        }
    }
}

impl Lexer<'_> {
    /// Reads a string whose opening quotes start at `start` and end at `self.at`.
    pub(super) fn string(&mut self, start: usize, quotes: Quotes) {
        let body = self.at;
        let (end, stop) = self.scan(body, quotes);
        match stop {
            Stop::Close => {
                self.at = end + quotes.text().len();
                let piece = Piece { lexeme: None, start: body, end };
                let index = self.decode(&[piece], quotes, body);
                self.push_value(Token::String, start, self.at, index);
            }
            Stop::Hole => {
                self.push(Token::TemplateStart, start, body);
                self.templates.push(OpenTemplate { start, quotes, brackets: Vec::new(), hole: end, pieces: Vec::new() });
                self.open_hole(body, end);
            }
            Stop::EndOfText => {
                self.push(Token::String, start, self.text.len());
                self.at = self.text.len();
                if self.templates.is_empty() {
                    self.report_unclosed(start, quotes, None);
                }
                self.out.literals.strings.push("".into());
                if let Some(last) = self.out.lexemes.last_mut() {
                    last.value = self.out.literals.strings.len() as u32 - 1;
                }
            }
        }
    }

    /// The text from `from` to the `{` at `hole` is read; goes on behind it.
    fn open_hole(&mut self, from: usize, hole: usize) {
        self.text_piece(from, hole);
        self.push(Token::HoleOpen, hole, hole + 1);
        if let Some(template) = self.templates.last_mut() {
            template.hole = hole;
            template.brackets.clear();
        }
        self.at = hole + 1;
    }

    fn text_piece(&mut self, start: usize, end: usize) {
        // The first piece of a block is kept though empty: it stands for the start of a line.
        let is_first = self.templates.last().is_some_and(|template| template.pieces.is_empty());
        if start == end && !is_first {
            return;
        }
        let lexeme = Some(self.out.lexemes.len());
        self.push(Token::TemplateText, start, end);
        if let Some(template) = self.templates.last_mut() {
            template.pieces.push(Piece { lexeme, start, end });
        }
    }

    /// The `}` of an interpolation without a format.
    pub(super) fn close_hole(&mut self, start: usize, end: usize) {
        self.check_hole_is_filled(start, end);
        self.push(Token::HoleClose, start, end);
        self.go_on(end);
    }

    /// The first `:` outside of brackets in an interpolation: what follows up to the `}` is a format.
    pub(super) fn hole_format(&mut self, colon: usize, start: usize) {
        let rest = &self.text[start..];
        let length = rest.find(['}', '\n', '"']).unwrap_or(rest.len());
        let end = start + length;
        self.check_hole_is_filled(colon, end);
        if !rest[length..].starts_with('}') {
            let hole = self.templates.last().map_or(colon, |template| template.hole);
            let range = self.range(hole, hole + 1);
            let diagnostic = Diagnostic::syntax("this interpolation is never closed", range)
                .with_label("opened here")
                .with_secondary(self.range(colon, end), "this was read as a format; no `}` follows it in the line")
                .with_help("for a brace itself write `\\{`");
            self.report(diagnostic);
            self.push(Token::HoleClose, colon, colon);
            return self.go_on(colon);
        }
        match Format::parse(&rest[..length]) {
            Ok(format) => {
                self.out.literals.formats.push(format);
                let index = self.out.literals.formats.len();
                self.push_value(Token::HoleClose, colon, end + 1, index);
            }
            Err(message) => {
                let range = self.range(colon, end);
                self.report(Diagnostic::syntax(format!("malformed format: {message}"), range));
                self.push(Token::HoleClose, colon, end + 1);
            }
        }
        self.go_on(end + 1);
    }

    fn check_hole_is_filled(&mut self, start: usize, end: usize) {
        if self.last_token() == Some(Token::HoleOpen) {
            let hole = self.templates.last().map_or(start, |template| template.hole);
            let range = self.range(hole, end);
            self.report(
                Diagnostic::syntax("an interpolation without an expression", range)
                    .with_help("for braces themselves write `\\{\\}`"),
            );
            self.push(Token::Unknown, start, start);
        }
    }

    /// Reads the text of the innermost open string from `from` on.
    fn go_on(&mut self, from: usize) {
        let Some(template) = self.templates.last() else { return };
        let (start, quotes) = (template.start, template.quotes);
        let (end, stop) = self.scan(from, quotes);
        match stop {
            Stop::Hole => self.open_hole(from, end),
            Stop::Close => {
                self.text_piece(from, end);
                let close = end + quotes.text().len();
                self.push(Token::TemplateEnd, end, close);
                self.at = close;
                if let Some(template) = self.templates.pop() {
                    self.decode(&template.pieces, quotes, start + quotes.text().len());
                }
            }
            Stop::EndOfText => {
                self.text_piece(from, end);
                self.at = end;
                self.finish_templates();
            }
        }
    }

    /// At the end of the text: closes what is open, with one error for the outermost string.
    pub(super) fn finish_templates(&mut self) {
        let end = self.text.len();
        if let Some(outermost) = self.templates.first() {
            let (start, quotes, hole) = (outermost.start, outermost.quotes, outermost.hole);
            let is_in_hole =
                self.templates.len() > 1 || !matches!(self.last_token(), Some(Token::TemplateText | Token::HoleClose));
            self.report_unclosed(start, quotes, is_in_hole.then_some(hole));
        }
        while let Some(template) = self.templates.pop() {
            if !matches!(self.last_token(), Some(Token::TemplateText | Token::HoleClose)) {
                self.push(Token::HoleClose, end, end);
            }
            self.push(Token::TemplateEnd, end, end);
            let indices: Vec<usize> = template.pieces.iter().filter_map(|piece| piece.lexeme).collect();
            self.out.literals.strings.push("".into());
            for index in indices {
                self.out.lexemes[index].value = self.out.literals.strings.len() as u32 - 1;
            }
        }
    }

    fn report_unclosed(&mut self, start: usize, quotes: Quotes, hole: Option<usize>) {
        self.out.is_unterminated = true;
        let range = self.range(start, start + quotes.text().len());
        let name = if quotes == Quotes::Block { "this text block is never closed" } else { "this string is never closed" };
        let mut diagnostic = Diagnostic::syntax(name, range).with_label("opened here");
        if let Some(hole) = hole {
            diagnostic = diagnostic
                .with_secondary(self.range(hole, hole + 1), "an interpolation begins here")
                .with_help("if the brace is meant as text, write `\\{`");
        } else {
            diagnostic = diagnostic.with_help(match quotes.text() {
                "\"" => "it goes on over line ends, up to the next `\"`; a quote inside of it is written `\\\"`",
                _ => "it goes on over line ends, up to the same quotes",
            });
        }
        self.report(diagnostic);
    }

    /// Looks for the end of a run of text.
    fn scan(&self, from: usize, quotes: Quotes) -> (usize, Stop) {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                // The brace of `\u{…}` opens no interpolation.
                b'\\' if self.text[at + 1..].starts_with("u{") => at += 3,
                b'\\' => at += 2,
                b'{' => return (at, Stop::Hole),
                b'"' if self.text[at..].starts_with(quotes.text()) => return (at, Stop::Close),
                _ => at += 1,
            }
        }
        (bytes.len(), Stop::EndOfText)
    }

    /// Decodes the pieces of a string whose text begins at `body`. The index of the last one's text.
    fn decode(&mut self, pieces: &[Piece], quotes: Quotes, body: usize) -> usize {
        let end = pieces.last().map_or(body, |piece| piece.end);
        let first_line = self.text[body..].bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        let dropped = body + first_line + 1;
        let is_stripped = quotes == Quotes::Block
            && pieces.first().is_some_and(|piece| piece.start == body && piece.end >= dropped)
            && self.text.as_bytes()[dropped - 1] == b'\n';
        let indentation = if is_stripped { self.closing_indentation(end) } else { String::new() };
        let count = pieces.len();
        for (number, &piece) in pieces.iter().enumerate() {
            let mut cooked = String::with_capacity(piece.end - piece.start);
            if !is_stripped {
                self.cook(piece.start, piece.end, Flavour::String, &mut cooked);
            } else {
                let start = if number == 0 { dropped } else { piece.start };
                let is_last = number + 1 == count;
                self.cook_lines(Piece { start, ..piece }, number == 0, is_last, &indentation, &mut cooked);
            }
            self.out.literals.strings.push(cooked.into());
            let index = self.out.literals.strings.len() - 1;
            if let Some(lexeme) = piece.lexeme {
                self.out.lexemes[lexeme].value = index as u32;
            }
        }
        self.out.literals.strings.len().saturating_sub(1)
    }

    /// Decodes a piece of a text block line by line, without the indentation.
    fn cook_lines(&mut self, piece: Piece, begins_line: bool, ends_block: bool, indentation: &str, sink: &mut String) {
        let mut at = piece.start;
        let mut at_line_start = begins_line;
        loop {
            let rest = &self.text[at..piece.end];
            let break_at = rest.find('\n');
            let line_end = break_at.map_or(piece.end, |i| at + i);
            let line = &self.text[at..line_end];
            let mut from = at;
            if at_line_start {
                let is_blank = line.trim_matches([' ', '\t', '\r']).is_empty() && (break_at.is_some() || ends_block);
                if line.starts_with(indentation) {
                    from = at + indentation.len();
                } else if is_blank {
                    from = line_end;
                } else {
                    let width = line.len() - line.trim_start_matches([' ', '\t']).len();
                    let help = if line[..width].contains('\t') != indentation.contains('\t') {
                        "the indentation of a text block is the same mix of tabs and blanks in every line"
                    } else {
                        "indent the line further, or the closing quotes less"
                    };
                    let range = self.range(at, (at + width).max(at + usize::from(width == 0 && line_end > at)));
                    let message = "this line of a text block is indented less than its closing quotes";
                    self.report(Diagnostic::syntax(message, range).with_help(help));
                    from = at + width;
                }
            }
            let to = break_at.map_or(piece.end, |i| at + i + 1);
            self.cook(from.min(to), to, Flavour::String, sink);
            if break_at.is_none() {
                return;
            }
            at = to;
            at_line_start = true;
        }
    }

    /// The blanks that begin the line in which the closing quotes at `end` stand.
    fn closing_indentation(&self, end: usize) -> String {
        let line_start = self.text[..end].rfind('\n').map_or(0, |i| i + 1);
        let line = &self.text[line_start..end];
        let width = line.len() - line.trim_start_matches([' ', '\t']).len();
        line[..width].to_string()
    }

    /// `r"…"` and `r"""…"""`: nothing but line breaks is changed.
    pub(super) fn raw_string(&mut self, start: usize, body: usize, quotes: &'static str) {
        match self.text[body..].find(quotes) {
            Some(length) => {
                let end = body + length;
                self.at = end + quotes.len();
                let cooked = self.text[body..end].replace("\r\n", "\n");
                self.out.literals.strings.push(cooked.into());
                self.push_value(Token::String, start, self.at, self.out.literals.strings.len() - 1);
            }
            None => self.unclosed_literal(start, body, "this raw string is never closed"),
        }
    }

    pub(super) fn byte_string(&mut self, start: usize, body: usize) {
        let bytes = self.text.as_bytes();
        let mut close = body;
        while close < bytes.len() && bytes[close] != b'"' {
            close += if bytes[close] == b'\\' { 2 } else { 1 };
        }
        if close >= bytes.len() {
            return self.unclosed_literal(start, body, "this byte string is never closed");
        }
        self.at = close + 1;
        let mut cooked: Vec<u8> = Vec::with_capacity(close - body);
        self.cook(body, close, Flavour::Bytes, &mut cooked);
        self.out.literals.bytes.push(cooked.into());
        self.push_value(Token::Bytes, start, self.at, self.out.literals.bytes.len() - 1);
    }

    fn unclosed_literal(&mut self, start: usize, body: usize, message: &str) {
        self.at = self.text.len();
        if self.templates.is_empty() {
            let range = self.range(start, body);
            self.report(Diagnostic::syntax(message, range).with_label("opened here"));
        }
        self.out.is_unterminated = true;
        self.push(Token::Unknown, start, self.text.len());
    }
}

/// Where a run of text ends.
enum Stop {
    Close,
    Hole,
    EndOfText,
}
