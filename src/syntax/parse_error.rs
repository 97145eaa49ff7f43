//! The wording of the parser's errors: what the grammar would have taken, in words a person uses, and what was probably meant.

use super::bracket::BraceKind;
use super::foreign_word::{TYPE_WORDS, of_other_languages};
use super::lexer::Lexeme;
use super::statement_end::End;
use super::token::{Token, is_keyword};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, SourceRange};

/// A token that the grammar could not take.
pub(super) struct Failure<'a> {
    pub tokens: &'a [Lexeme],
    pub at: usize,
    /// The first token of the unit that fails.
    pub first: usize,
    /// The names of the terminals that would have been taken, in quotes.
    pub expected: &'a [String],
    pub file: &'a SourceFile,
}

/// The error for a token that the grammar could not take.
pub(super) fn describe(failure: &Failure) -> Diagnostic {
    let found = failure.found();
    if let Some(special) = failure.special(found) {
        return special;
    }
    let expected = failure.expected_words();
    let found_words = failure.found_words(found);
    let message = match expected.as_slice() {
        [] => format!("unexpected {}", found_words.trim_start_matches("the ")),
        words => format!("expected {}, found {found_words}", join(words)),
    };
    let mut diagnostic = Diagnostic::syntax(message, failure.range(found));
    if let Some(help) = failure.help(found) {
        diagnostic = diagnostic.with_help(help);
    }
    if let Some(previous) = failure.previous()
        && matches!(previous.token, Token::String | Token::TemplateEnd)
        && previous.end == found.start
        && let Some(start) = failure.long_string(previous)
    {
        diagnostic = diagnostic.with_secondary(start, "the string that ends here begins there; is a quote missing?");
    }
    diagnostic
}

impl Failure<'_> {
    fn found(&self) -> Lexeme {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn previous(&self) -> Option<Lexeme> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied()
    }

    fn next(&self) -> Option<Lexeme> {
        self.tokens.get(self.at + 1).copied()
    }

    fn text(&self, lexeme: Lexeme) -> &str {
        &self.file.text[lexeme.start as usize..lexeme.end as usize]
    }

    fn range(&self, lexeme: Lexeme) -> SourceRange {
        SourceRange::new(self.file.base + lexeme.start, self.file.base + lexeme.end)
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|e| e.strip_prefix('"').and_then(|e| e.strip_suffix('"')) == Some(terminal))
    }

    /// An expression could begin here.
    fn expects_expression(&self) -> bool {
        self.expects("new") && self.expects("integer")
    }

    /// An expression has ended here, and could go on. (What the grammar says it expects need not show it: it may have decided
    /// that the expression is complete before it met the token.)
    fn is_behind_operand(&self) -> bool {
        let is_operand = self.previous().is_some_and(|previous| {
            use Token::*;
            previous.token.can_end_statement() && !matches!(previous.token, Return | Break | Continue | Yield)
        });
        is_operand && !self.expects_expression() && (!self.expects("in") || self.expects("is"))
    }

    fn expects_type(&self) -> bool {
        self.expects("*") && self.expects("[") && self.expects("nil") && !self.expects("integer")
    }

    fn expects_pattern(&self) -> bool {
        self.expects("integer") && self.expects("name") && !self.expects("new")
    }

    /// Where the string that ends with this token begins, if that is on an earlier line.
    fn long_string(&self, end: Lexeme) -> Option<SourceRange> {
        let start = if end.token == Token::String {
            end.start
        } else {
            self.tokens[..self.at].iter().rev().find(|lexeme| lexeme.token == Token::TemplateStart)?.start
        };
        let text = &self.file.text[start as usize..end.end as usize];
        let position = self.file.base + start;
        text.contains('\n').then(|| SourceRange::new(position, position + 1))
    }

    fn found_words(&self, found: Lexeme) -> String {
        use Token::*;
        match found.token {
            Semicolon if found.value == End::LineBreak as u32 => "the end of the line".into(),
            Semicolon if found.value == End::Text as u32 => "the end of the file".into(),
            Name => format!("the name `{}`", self.text(found)),
            Integer | IntegerMinimum | Float => format!("the number `{}`", self.text(found)),
            String | TemplateStart | TemplateText | TemplateEnd => "a string".into(),
            Bytes => "a byte string".into(),
            HoleClose => "the end of the interpolation".into(),
            CText => "C text".into(),
            _ if found.start == found.end => "the end of the line".into(),
            token if token.is_keyword() => format!("the keyword `{}`", self.text(found)),
            _ => format!("`{}`", self.text(found)),
        }
    }

    /// What would have been taken: three groups of words at most.
    fn expected_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let is_behind = self.is_behind_operand();
        if self.expects("let") {
            return vec!["a statement".into()];
        }
        if self.expects("while") {
            return vec!["a loop behind the label".into()];
        }
        if self.expects_expression() {
            words.push("an expression".into());
        } else if self.expects_type() && !is_behind {
            words.push("a type".into());
        } else if self.expects_pattern() {
            words.push("a pattern".into());
        } else if self.expects("name") {
            words.push("a name".into());
            if self.expects("string") {
                words.push("a string".into());
            }
        }
        if words.is_empty() && self.expects("string") {
            let is_behind_dots = self.previous().is_some_and(|p| matches!(p.token, Token::Range | Token::RangeInclusive));
            words.push(if is_behind_dots { "an int" } else { "a string" }.into());
        }
        if self.expects("var") && !self.expects("let") {
            words = vec!["a declaration".into()];
        }
        let is_open = !words.is_empty();
        if self.expects(";") {
            words.push("the end of the statement".into());
        }
        for mark in ["{", "=", "=>", "->", ",", ")", "]", "}", ":", "in", "import", "(", "[", "}", ".", "as", "header"] {
            // What merely goes on with an operand, or begins what has been named as a group, says nothing.
            let is_noise = matches!(mark, "(" | "[" | "." | "in" | "as") && (is_behind || is_open)
                || mark == "=" && self.expects(";")
                || mark == ":" && is_behind && (self.expects(";") || self.expects(")"))
                || matches!(mark, "{" | "[" | ":") && is_open
                || mark == "," && self.expects(";") && self.expects("}");
            if self.expects(mark) && !is_noise && !words.iter().any(|w| w == &format!("`{mark}`")) {
                words.push(format!("`{mark}`"));
            }
        }
        if words.is_empty() && is_behind {
            words.push("an operator".into());
        }
        words.truncate(3);
        words
    }

    /// Mistakes that have a message of their own.
    fn special(&self, found: Lexeme) -> Option<Diagnostic> {
        let range = self.range(found);
        let first = self.tokens[self.first.min(self.at)];
        let word = self.text(found);
        match found.token {
            Token::IntegerMinimum => {
                let help = "only -9223372036854775808 goes that far";
                return Some(
                    Diagnostic::syntax("the integer is out of range: at most 9223372036854775807", range).with_help(help),
                );
            }
            Token::Power if self.previous().is_some_and(|p| p.token == Token::IntegerMinimum) => {
                let number = self.range(self.previous()?);
                let help = "`-2 ** 2` is `-(2 ** 2)`; write parentheses around the negative number";
                return Some(
                    Diagnostic::syntax("the integer is out of range: at most 9223372036854775807", number).with_help(help),
                );
            }
            Token::Colon if self.at == self.first && self.next().is_some_and(|next| self.is_word_of_dialogue(next)) => {
                let next = self.next()?;
                let message = format!("`:{}` is for the REPL, not for a script", self.text(next));
                return Some(Diagnostic::syntax(message, range.to(self.range(next))));
            }
            Token::Else | Token::Catch | Token::Finally => {
                let opener = if found.token == Token::Else { "if" } else { "try" };
                return Some(Diagnostic::syntax(format!("`{word}` without `{opener}`"), range));
            }
            Token::Semicolon | Token::BraceClose if first.token == Token::Let && self.expects("=") => {
                let help = "write `let x = …`, or `var x` for a variable that begins as nil";
                return Some(Diagnostic::syntax("a `let` needs a value", range).with_help(help));
            }
            Token::TemplateStart if self.expects("string") && !self.expects_expression() => {
                let help = "escape the braces, `\\{`, or compute the text elsewhere";
                return Some(Diagnostic::syntax("a string here cannot hold interpolations", range).with_help(help));
            }
            token
                if token.is_keyword()
                    && is_keyword(word)
                    && self.expects("name")
                    && !self.expects_expression()
                    && !self.begins_expected(token) =>
            {
                let message = format!("`{word}` is a keyword and cannot be a name here");
                return Some(Diagnostic::syntax(message, range).with_help(format!("choose another name, such as `{word}_`")));
            }
            _ => {}
        }
        self.foreign_word(found).or_else(|| self.foreign_operator(found))
    }

    /// `:show`, right behind each other.
    fn is_word_of_dialogue(&self, word: Lexeme) -> bool {
        const WORDS: [&str; 10] = ["c", "doc", "heap", "help", "load", "pins", "quit", "show", "time", "type"];
        word.start == self.found().end && WORDS.contains(&self.text(word))
    }

    /// A keyword that could stand here as itself.
    fn begins_expected(&self, token: Token) -> bool {
        token == Token::In && self.previous().is_some_and(|previous| previous.token == Token::For)
            || token == Token::Fn && self.expects("fn")
            || self.expects_type() && token == Token::Const
    }

    /// A word of another language, right before the place or at it.
    fn foreign_word(&self, found: Lexeme) -> Option<Diagnostic> {
        let lookup = |lexeme: Lexeme| {
            let word = (lexeme.token == Token::Name).then(|| self.text(lexeme))?;
            Some((word, of_other_languages(word)?))
        };
        // `except:` looks like a label.
        let label = (self.expects("while") && !self.expects("let")).then(|| self.tokens.get(self.at.checked_sub(2)?)).flatten();
        if let Some((lexeme, (word, help))) = label.and_then(|&label| Some((label, lookup(label)?))) {
            return Some(Diagnostic::syntax(format!("there is no `{word}`"), self.range(lexeme)).with_help(help));
        }
        let begins_unit = self.at == self.first + 1;
        let begins_value = || {
            self.previous().is_some_and(|p| matches!(self.text(p), "lambda" | "typeof" | "await" | "async" | "function" | "func"))
        };
        let previous = self.previous().filter(|_| self.is_behind_operand() && (begins_unit || begins_value()));
        let (lexeme, (word, help)) = match previous.and_then(|p| Some((p, lookup(p)?))) {
            Some(hit) => hit,
            None if self.is_behind_operand() => (found, lookup(found)?),
            None => return None,
        };
        Some(Diagnostic::syntax(format!("there is no `{word}`"), self.range(lexeme)).with_help(help))
    }

    /// An operator of another language, which is two tokens here that touch.
    fn foreign_operator(&self, found: Lexeme) -> Option<Diagnostic> {
        use Token::*;
        let previous = self.previous().unwrap_or(found);
        let (first, second, help) = match (previous.token, found.token, self.next().map(|next| next.token)) {
            (Equal, Assign, _) => (previous, found, "write `==`; values of different kinds are unequal anyway"),
            (NotEqual, Assign, _) => (previous, found, "write `!=`; values of different kinds are unequal anyway"),
            (Less, Greater, _) => (previous, found, "write `!=`"),
            (_, Tilde, Some(Assign)) => (found, self.next()?, "write `!=`"),
            (Colon, Assign, _) => (previous, found, "write `let x = …`, or `var x = …` for a variable that is assigned again"),
            (_, Slash, Some(Star)) if self.expects("let") => (found, self.next()?, ONE_COMMENT),
            (_, Floor, _) if self.expects("let") => (found, found, ONE_COMMENT),
            _ => return None,
        };
        if first.start != second.start && first.end != second.start {
            return None;
        }
        let range = self.range(first).to(self.range(second));
        let word = &self.file.text[first.start as usize..second.end as usize];
        let message = match help {
            ONE_COMMENT => format!("`{word}` begins no comment"),
            _ => format!("there is no operator `{word}`"),
        };
        Some(Diagnostic::syntax(message, range).with_help(help))
    }

    /// A declaration as C, a call as a shell, a prefix as Python writes it: two operands side by side.
    fn side_by_side(&self, found: Lexeme) -> Option<String> {
        let previous = self.previous().filter(|previous| previous.token == Token::Name)?;
        let (word, next) = (self.text(previous), self.text(found));
        let is_string = matches!(found.token, Token::String | Token::TemplateStart | Token::Bytes);
        if is_string && previous.end == found.start {
            return Some(format!(
                "a string needs no `{word}` before it: \"{{x}}\" puts in the value of `x`, r\"…\" takes all as it is"
            ));
        }
        if self.at >= 2 && self.tokens[self.at - 2].token == Token::Floor {
            return Some(format!("`//` divides and rounds down; {ONE_COMMENT}"));
        }
        let is_type = TYPE_WORDS.contains(&word);
        let encloses = self.enclosing();
        if found.token == Token::Name && encloses == Some(BraceKind::Record) {
            return Some("a field is written `name: type`".to_string());
        }
        if found.token == Token::Name && is_type && self.expects(",") && !self.expects(";") {
            return Some(format!("the type stands behind the name: `{next}: {word}`"));
        }
        if self.at != self.first + 1 && !self.begins_statement(self.at - 1) {
            return None;
        }
        match found.token {
            Token::Name if is_type => {
                Some(format!("the type stands behind the name, and is not needed: `var {next}: {word} = …`"))
            }
            _ if self.expects(";") && found.token != Token::Comma => {
                Some(format!("to call `{word}`, write `{word}(…)`; put `;` between statements on one line"))
            }
            _ => None,
        }
    }

    /// A statement begins with this token.
    fn begins_statement(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|at| self.tokens[at].token);
        matches!(before, None | Some(Token::Semicolon | Token::BraceOpen | Token::BraceClose))
    }

    /// How the block is written that a colon, a `then` or nothing begins.
    fn block_form(&self) -> &'static str {
        let opener = self.tokens[self.first..self.at].iter().rev().map(|lexeme| lexeme.token).find(|token| {
            use Token::*;
            matches!(token, If | Else | While | For | Try | Catch | Finally | Fn | Match | Struct | Defer)
        });
        match opener {
            Some(Token::Else) => "a block stands in braces: `else { … }`",
            Some(Token::While) => "a block stands in braces: `while a { … }`",
            Some(Token::For) => "a block stands in braces: `for x in xs { … }`",
            Some(Token::Try) => "a block stands in braces: `try { … } catch e { … }`",
            Some(Token::Catch) => "a block stands in braces: `catch e { … }`",
            Some(Token::Finally) => "a block stands in braces: `finally { … }`",
            Some(Token::Fn) => "a body stands in braces, or is one expression behind `=>`: `fn f(x) { … }`, `fn f(x) => x + 1`",
            Some(Token::Match) => "the arms stand in braces: `match x { pattern -> result }`",
            Some(Token::Struct) => "the fields stand in braces: `struct Point { x: f64, y: f64 }`",
            _ => "a block stands in braces: `if a { … }`",
        }
    }

    /// What was probably meant.
    fn help(&self, found: Lexeme) -> Option<String> {
        use Token::*;
        let first = self.tokens[self.first.min(self.at)].token;
        let is_behind = self.is_behind_operand();
        if is_behind && let Some(help) = self.side_by_side(found) {
            return Some(help);
        }
        let before = self.previous().map(|previous| previous.token);
        // `name: T` and then something.
        let is_behind_type = before == Some(Name)
            && self.at.checked_sub(2).is_some_and(|at| matches!(self.tokens[at].token, Colon | Arrow | ResultArrow));
        let help = match found.token {
            _ if self.expects("while") && !self.expects("let") => {
                "a name and `:` before a statement label a loop; a type stands in a declaration: `let x: int = …`"
            }
            ParenOpen if before == Some(For) => {
                "a `for` has no parentheses: `for x in xs { … }`; to count, `for i in 0..n { … }`"
            }
            ParenOpen if matches!(before, Some(Let | Var)) => "to take a list apart, write `let [a, b] = …`",
            Assign if first == For && self.expects("in") => "to count, write `for i in 0..n { … }`",
            Name if first == For && self.expects("in") && self.text(found) == "of" => "write `for x in xs { … }`",
            Star | BracketOpen if is_behind_type => {
                let name = self.previous().map_or("T", |previous| self.text(previous));
                return Some(match found.token {
                    Star => format!("the star of a pointer type stands before: `*{name}`"),
                    _ if matches!(name, "list" | "map") => format!("the type is `{name}`, whatever it holds"),
                    _ => format!("a slice of C memory is `[]{name}`; a list is `list`, whatever it holds"),
                });
            }
            Star if first == From || self.tokens[..self.at].last().is_some_and(|last| last.token == Import) => {
                "name what you want, `from math import sqrt, pi`, or take the module: `import math`, then `math.sqrt(2)`"
            }
            ParenClose | Comma if self.enclosing() == Some(BraceKind::Extern) && self.expects(":") => {
                "a parameter in an extern block has a name and a type: `x: c_int`"
            }
            Colon if matches!(first, Let | Var | For) && self.expects("]") => {
                "names that take a list apart have no types; check them behind it: `let n: int = a`"
            }
            Colon if is_behind && self.expects("]") && !self.expects(":") => "a part is cut with a range: `xs[a..b]`",
            For if is_behind && self.expects("]") => "to make a list from another: `xs.filter(fn(x) => …).map(fn(x) => …)`",
            If if is_behind => "write `if a { b } else { c }`, which is an expression",
            Pipe if self.expects_expression() => "an anonymous function is written `fn(x) => x + 1`",
            Comma if is_behind && self.expects(")") && !self.expects(",") => "a list stands in brackets: `[1, 2]`",
            Assign if is_behind && self.expects(")") && self.expects(",") => {
                "a named argument is written `name: value`; to compare, write `==`"
            }
            Assign if is_behind => "to compare, write `==`",
            Colon if first == Fn && before == Some(ParenClose) && self.next().is_some_and(|next| next.token == Name) => {
                "the type of a result stands behind `->`: `fn f(x) -> int { … }`"
            }
            Colon if self.expects("{") => self.block_form(),
            Question if is_behind => "write `if a { b } else { c }`",
            FatArrow if self.expects("->") => "an arm is written `pattern -> result`",
            Arrow if is_behind => "a field is reached with a point, through a pointer too: `p.name`",
            FatArrow if is_behind && self.expects("{") => {
                "behind an operator a function with `=>` stands in parentheses: `a ?? (fn(x) => x + 1)`"
            }
            FatArrow if is_behind => "an anonymous function is written `fn(x) => x + 1`",
            Comma if matches!(first, Let | Var) => "to take a list apart, write `let [a, b] = …`",
            Comma if is_behind && self.expects(";") => {
                "several places are assigned as `[a, b] = [b, a]`; a list stands in brackets"
            }
            Throw | Return | Break | Continue | Yield if self.expects_expression() => {
                "this is a statement; only `throw` and `return` may stand in an expression, right of `??` and `or`"
            }
            Let | Var if self.expects("...") && self.expects("union") => {
                "a field is written `name: type`, `name = value` or `name`"
            }
            BraceOpen if self.expects(";") && self.enclosing() == Some(BraceKind::Extern) => {
                "a function in an extern block has no body"
            }
            BraceOpen
                if before == Some(ParenClose)
                    && self.tokens[self.first..self.at]
                        .iter()
                        .any(|lexeme| matches!(self.text(*lexeme), "function" | "func" | "def" | "lambda")) =>
            {
                "an anonymous function is written `fn(x) { … }`"
            }
            BraceOpen if self.previous().is_some_and(|p| matches!(p.token, If | While | In | Match)) => return None,
            BraceOpen if self.expects_expression() => {
                "braces enclose blocks; a list or map stands in brackets: `[1, 2]`, `[\"a\": 1]`"
            }
            At if self.is_in_header_block() => {
                "what a header gives takes no attributes: leave the function out and declare it in a block of its own, or print the \
                 declarations with `cotter bind` and add them there"
            }
            _ if self.at.checked_sub(2).is_some_and(|at| self.tokens[at].token == At) => ATTRIBUTES,
            Name | Return | Break | Continue | Throw
                if self.expects("{") && before == Some(ParenClose) && matches!(first, If | While | For) =>
            {
                self.block_form()
            }
            At if !self.expects("@") => ATTRIBUTES,
            Dot if self.expects_expression() && self.next().is_some_and(|next| next.token == Integer) => POINT,
            _ if self.follows_point() => POINT,
            token if self.at == self.first && is_binary(token) => {
                "a line that begins with an operator does not go on with the one before; put it at that one's end"
            }
            Plus if self.expects_expression() => "there is no sign `+`; leave it out",
            Star if self.expects_expression() => "to read through a pointer, write `p[0]`",
            Name | Integer | Float | String | Bytes | TemplateStart if is_behind => match () {
                () if self.expects(";") && !self.expects(")") => "put `;` between statements on one line",
                () if self.expects(",") => "is a comma missing?",
                () => return None,
            },
            token if token.is_keyword() && is_behind && self.expects(";") => "put `;` between statements on one line",
            Semicolon if self.expects("{") && !self.expects_expression() => match self.next() {
                Some(next) if next.token == BraceOpen => "a header and its `{` stand on one line",
                _ => self.block_form(),
            },
            _ if self.previous().is_some_and(|p| p.token == ResultArrow) && self.enclosing() == Some(BraceKind::Match) => {
                "a C function type in an arm stands in parentheses: `p is (fn(c_int)) -> …`"
            }
            _ => return None,
        };
        Some(help.to_string())
    }

    /// The place is right behind `1.`
    fn follows_point(&self) -> bool {
        let before = self.at.checked_sub(2).map(|at| self.tokens[at].token);
        before == Some(Token::Integer) && self.previous().is_some_and(|previous| previous.token == Token::Dot)
    }

    /// The place is between the names of an `extern … header` block.
    fn is_in_header_block(&self) -> bool {
        let open = self.tokens[..self.at].iter().rposition(|lexeme| lexeme.token == Token::BraceOpen);
        open.and_then(|open| open.checked_sub(2)).is_some_and(|at| self.tokens[at].token == Token::Header)
    }

    /// What the braces around the place enclose.
    fn enclosing(&self) -> Option<BraceKind> {
        let mut depth = 0;
        for lexeme in self.tokens[..self.at].iter().rev() {
            match lexeme.token {
                Token::BraceClose => depth += 1,
                Token::BraceOpen if depth == 0 => return Some(BraceKind::from_value(lexeme.value)),
                Token::BraceOpen => depth -= 1,
                _ => {}
            }
        }
        None
    }
}

const ONE_COMMENT: &str = "a comment begins with `#` and goes to the end of the line";

const ATTRIBUTES: &str = "attributes stand before structs, extern functions and their parameters";
const POINT: &str = "digits stand on both sides of the point: `0.5`, `1.0`";

/// Operators that only stand between two operands.
fn is_binary(token: Token) -> bool {
    use Token::*;
    matches!(token, Plus | Star | Slash | Floor | Percent | Power | PlusWrap | MinusWrap | StarWrap | Pipe | Caret)
        || matches!(
            token,
            ShiftLeft | ShiftRight | ShiftRightLogical | Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
        )
        || matches!(token, Range | RangeInclusive | Is | In | As)
}

fn join(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
