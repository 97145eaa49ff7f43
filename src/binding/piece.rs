//! Cuts tokens into declarations and takes out what the parser of C need not see.
//!
//! A piece is one declaration. Attributes, assembler labels, `inline` and qualifiers without meaning here are taken out and noted;
//! bodies of functions become `;`. So what stands in one declaration cannot spoil the next, and what compilers add to C
//! does not matter.

use super::token::{Kind, Token};
use std::collections::HashMap;

/// One declaration.
#[derive(Debug, Default)]
pub struct Piece {
    pub tokens: Vec<Token>,
    /// Attributes of Cotter that stood before it: `@throws(nonzero)`, as tokens.
    pub attributes: Vec<Vec<Token>>,
    pub is_inline: bool,
    pub is_static: bool,
    pub is_thread_local: bool,
    /// It had a body or an initial value.
    pub is_definition: bool,
    /// `__asm__("name")`: what the symbol is called.
    pub symbol: Option<String>,
    /// Layout attributes of records, by the index of the token that they follow: `struct` or the closing brace.
    pub layouts: HashMap<usize, LayoutAttribute>,
    /// What a field or a type asks of its alignment, which cannot be said; the place of it.
    pub alignments: Vec<usize>,
    /// `#pragma pack(n)` in force at its start.
    pub pack: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct LayoutAttribute {
    pub is_packed: bool,
    pub align: Option<u64>,
}

/// Words that say nothing about how a function is called or how memory lies.
const SILENT: &[&str] = &[
    "__extension__",
    "_Noreturn",
    "__restrict",
    "__restrict__",
    "restrict",
    "volatile",
    "__volatile__",
    "__volatile",
    "_Nullable",
    "_Nonnull",
    "__noreturn__",
    "register",
];

/// The pieces of a text, in order.
pub fn pieces(tokens: Vec<Token>) -> Vec<Piece> {
    let mut cutter =
        Cutter { tokens, at: 0, piece: Piece::default(), out: Vec::new(), packs: Vec::new(), pack: None, linkage: 0 };
    cutter.run();
    cutter.out
}

struct Cutter {
    tokens: Vec<Token>,
    at: usize,
    piece: Piece,
    out: Vec<Piece>,
    packs: Vec<Option<u64>>,
    pack: Option<u64>,
    /// Open `extern "C" {`.
    linkage: usize,
}

impl Cutter {
    fn run(&mut self) {
        let mut open: Vec<char> = Vec::new();
        while let Some(token) = self.tokens.get(self.at).cloned() {
            let depth = open.len();
            self.at += 1;
            if token.kind == Kind::Directive {
                self.pragma(&token);
                continue;
            }
            if self.is_left_out(&token, depth) {
                continue;
            }
            let text = if token.kind == Kind::Punctuator { &*token.text } else { "" };
            match text {
                "{" if depth == 0 && self.begins_body() => {
                    self.skip_group();
                    self.piece.is_definition = true;
                    self.piece.tokens.push(Token { text: ";".into(), ..token });
                    self.finish();
                    continue;
                }
                "(" | "[" | "{" => open.push(token.text.chars().next().unwrap_or('(')),
                "}" if depth == 0 && self.linkage > 0 => {
                    self.linkage -= 1;
                    continue;
                }
                ")" | "]" | "}" => {
                    open.pop();
                }
                // A mistake: no declaration goes on behind it.
                ";" if open.last().is_some_and(|&bracket| bracket != '{') => open.clear(),
                "=" if depth == 0 => self.piece.is_definition = true,
                _ => {}
            }
            let ends = text == ";" && open.is_empty();
            if !(ends && self.piece.tokens.is_empty()) {
                if self.piece.tokens.is_empty() {
                    self.piece.pack = self.pack;
                }
                self.piece.tokens.push(token);
            }
            if ends {
                self.finish();
            }
        }
        self.finish();
    }

    fn finish(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        if !piece.tokens.is_empty() {
            self.out.push(piece);
        }
    }

    /// A brace behind `)` opens the body of a function, unless a value is being given.
    fn begins_body(&self) -> bool {
        !self.piece.is_definition && self.piece.tokens.last().is_some_and(|last| last.is(")"))
    }

    fn next_is(&self, text: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|next| next.is(text))
    }

    /// Goes behind the bracket that closes the one just read.
    fn skip_group(&mut self) {
        let mut depth = 1;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            if token.kind == Kind::Punctuator {
                match &*token.text {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    return;
                }
            }
        }
    }

    /// The tokens of a group in parentheses that follows, without these; nothing is read if there is none.
    fn group(&mut self) -> Vec<Token> {
        if !self.next_is("(") {
            return Vec::new();
        }
        self.at += 1;
        let start = self.at;
        self.skip_group();
        self.tokens[start..self.at.saturating_sub(1).max(start)].to_vec()
    }

    fn is_left_out(&mut self, token: &Token, depth: usize) -> bool {
        match (&token.kind, &*token.text) {
            (Kind::Punctuator, "@") => {
                let start = self.at - 1;
                if self.tokens.get(self.at).is_some_and(Token::is_identifier) {
                    self.at += 1;
                    self.group();
                }
                self.piece.attributes.push(self.tokens[start..self.at].to_vec());
            }
            (Kind::Punctuator, "[") if depth == 0 && self.next_is("[") => {
                self.skip_group();
            }
            (Kind::Identifier, "__attribute__" | "__attribute" | "__declspec") => {
                let group = self.group();
                self.attribute(&group, token.place);
            }
            (Kind::Identifier, "_Alignas" | "alignas") => {
                self.group();
                self.piece.alignments.push(token.place);
            }
            (Kind::Identifier, "asm" | "__asm__" | "__asm") => {
                let group = self.group();
                let name: String = group.iter().map(|part| part.text.trim_matches('"')).collect();
                self.piece.symbol = Some(name).filter(|name| !name.is_empty());
            }
            (Kind::Identifier, "inline" | "__inline" | "__inline__" | "__forceinline") => self.piece.is_inline = true,
            (Kind::Identifier, "_Thread_local" | "__thread" | "thread_local") => self.piece.is_thread_local = true,
            (Kind::Identifier, "static") if depth == 0 => self.piece.is_static = true,
            (Kind::Identifier, "extern") if depth == 0 && self.tokens.get(self.at).is_some_and(|t| &*t.text == "\"C\"") => {
                self.at += 1;
                if self.next_is("{") {
                    self.at += 1;
                    self.linkage += 1;
                }
            }
            // The parser does not know the type; together with a sign it would be a mistake.
            (Kind::Identifier, "unsigned" | "signed") => return self.next_is("__int128"),
            (Kind::Identifier, word) => return SILENT.contains(&word),
            _ => return false,
        }
        true
    }

    fn attribute(&mut self, group: &[Token], place: usize) {
        let mut found = LayoutAttribute::default();
        for (index, token) in group.iter().enumerate() {
            match &*token.text {
                "packed" | "__packed__" => found.is_packed = true,
                "aligned" | "__aligned__" => {
                    let number =
                        group.get(index + 2).and_then(|number| number.text.trim_end_matches(['u', 'U', 'l', 'L']).parse().ok());
                    found.align = Some(number.unwrap_or(16));
                }
                _ => {}
            }
        }
        if !found.is_packed && found.align.is_none() {
            return;
        }
        let last = self.piece.tokens.len().checked_sub(1).map(|index| (index, &self.piece.tokens[index]));
        match last {
            Some((index, token)) if token.is("struct") || token.is("union") || token.is("}") || token.is("enum") => {
                let layout = self.piece.layouts.entry(index).or_default();
                layout.is_packed |= found.is_packed;
                layout.align = found.align.or(layout.align);
            }
            _ => self.piece.alignments.push(place),
        }
    }

    /// `#pragma pack(push, 1)` and its kin.
    fn pragma(&mut self, line: &Token) {
        let Some(rest) = line.text.strip_prefix("pragma").map(str::trim).and_then(|rest| rest.strip_prefix("pack")) else {
            return;
        };
        let inner = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let words: Vec<&str> = inner.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            self.pack = None;
        }
        for word in words {
            match word {
                "push" => self.packs.push(self.pack),
                "pop" => self.pack = self.packs.pop().flatten(),
                number => self.pack = number.parse().ok().or(self.pack),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{text_of, tokens};
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        pieces(tokens(text, 0)).iter().map(|piece| text_of(&piece.tokens)).collect()
    }

    #[test]
    fn one_piece_for_each_declaration() {
        let text = "extern \"C\" { int a(void) __attribute__((pure)); static inline int b(int x) { return x; } }\n\
                    struct __attribute__((packed)) s { int x; } v = { 1 }; ; int c[3] = {1}; __extension__ long d __asm__(\"e\");";
        assert_eq!(cut(text), ["int a(void);", "int b(int x) ;", "struct s { int x; } v = { 1 };", "int c[3] = {1};", "long d;"]);
    }

    #[test]
    fn layouts_are_noted_where_they_stand() {
        let found = pieces(tokens(
            "#pragma pack(push, 1)\nstruct s { int x; } __attribute__((aligned(8)));\n#pragma pack(pop)\nint y;",
            0,
        ));
        assert_eq!((found[0].pack, found[1].pack), (Some(1), None));
        assert_eq!(found[0].layouts[&6].align, Some(8));
    }
}
