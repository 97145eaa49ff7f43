//! What a call takes, told while it is typed. Nothing is run for it.

use super::documentation::{self, Item, ItemKind};
use super::{Session, documentation::library};
use crate::source::SourceMap;
use crate::syntax::{self, token::TokenClass};
use crate::value::{Kind, Member, Runtime, TypeId, Value};
use crate::vm::Place;

impl Session {
    /// What the call that is open at the end of `text` still takes, to be shown behind it: `y: f64) -> f64` behind `hypot(x, `.
    /// `None` where no call is open, or nothing is known of what is called.
    pub fn call_hint(&self, text: &str) -> Option<String> {
        let call = open_call(text)?;
        let header = self.signature(call.callee)?;
        let (parameters, result) = split_header(&header)?;
        // What follows a rest parameter is given by name, at any time.
        let rest = parameters.iter().position(|parameter| parameter.starts_with("..."));
        let current = call.given.min(rest.unwrap_or(usize::MAX));
        if current >= parameters.len() && (call.given > 0 || call.is_begun) {
            return None;
        }
        let (before, open) = match call.is_begun {
            true if current + 1 < parameters.len() => (", ", &parameters[current + 1..]),
            true => ("", &[][..]),
            false if text.ends_with(',') => (" ", &parameters[current..]),
            false => ("", &parameters[current..]),
        };
        let result = if result.is_empty() { String::new() } else { format!(" {result}") };
        Some(format!("{before}{}){result}", open.join(", ")))
    }

    /// How something is called, by its name in the dialogue or the library: `strlen(s: cstr) -> usize`, `list.push(...xs)`.
    pub fn signature(&self, callee: &str) -> Option<String> {
        let callee = callee.replace("?.", ".");
        if let Some((literal, name)) = callee.rsplit_once('.').filter(|(owner, _)| owner.ends_with('"')) {
            debug_assert!(!literal.is_empty());
            return self.library_header(&format!("string.{name}"));
        }
        if let Some(value) = self.value_of(&callee) {
            return self.signature_of_value(value);
        }
        let Some((owner, name)) = callee.rsplit_once('.') else { return self.library_header(&callee) };
        let value = self.value_of(owner)?;
        if let Some(module) = self.vm.module_of(value) {
            return self.library_header(&format!("{}.{name}", module.name));
        }
        if let Some(type_id) = Runtime::type_of_value(value) {
            return match self.vm.runtime.find_member(type_id, name) {
                Member::Method(method) => self.vm.signature_of(method.function),
                _ => self.library_header(&format!("type.{name}")),
            };
        }
        let record = self.vm.runtime.types.record_behind(self.vm.runtime.type_of(value)).map(|(id, _)| id);
        if let Some(record) = record
            && let Member::Method(method) = self.vm.runtime.find_member(record, name)
        {
            let header = self.vm.signature_of(method.function)?;
            return Some(if method.has_self { documentation::without_self(&header) } else { header });
        }
        let methods = self.vm.method_type(value);
        let namespace = self.vm.namespaces().iter().find(|namespace| namespace.place == Place::Methods(methods))?;
        self.library_header(&format!("{}.{name}", namespace.name))
    }

    pub(super) fn signature_of_value(&self, value: Value) -> Option<String> {
        if !value.is_kind(Kind::Type) {
            return self.vm.signature_of(value);
        }
        let type_id = Runtime::type_of_value(value)?;
        let types = &self.vm.runtime.types;
        let record = types.record(type_id)?;
        let field =
            |name: &str, id: TypeId| if id == TypeId::ANY { name.to_string() } else { format!("{name}: {}", types.name(id)) };
        let named = record.fields.iter().filter(|part| !part.name.is_empty());
        let fields: Vec<String> = named.map(|part| field(&part.name, part.type_id)).collect();
        Some(format!("{}({})", record.name, fields.join(", ")))
    }

    fn library_header(&self, path: &str) -> Option<String> {
        let items: &[Item] = self.library.get_or_init(library);
        let found = documentation::find(items, path);
        found.into_iter().find(|item| item.kind == ItemKind::Function).map(|item| item.header.clone())
    }
}

/// A call whose closing parenthesis is missing.
#[derive(Debug, PartialEq, Eq)]
struct OpenCall<'t> {
    /// What is called, dotted names: `z.crc32`.
    callee: &'t str,
    /// The arguments before the one at the cursor.
    given: usize,
    /// Something of the argument at the cursor is there.
    is_begun: bool,
}

struct Bracket<'t> {
    text: &'t str,
    /// Its index among the tokens.
    index: usize,
    given: usize,
    is_begun: bool,
}

/// The innermost call that is open at the end of a text.
fn open_call(text: &str) -> Option<OpenCall<'_>> {
    let file = SourceMap::new().add("", text).ok()?;
    let mut tokens: Vec<(TokenClass, usize, usize)> = Vec::new();
    for token in syntax::tokens(&file).into_iter().filter(|token| token.range.start < token.range.end) {
        let (start, end) = ((token.range.start - file.base) as usize, (token.range.end - file.base) as usize);
        tokens.push((token.class, start, end));
    }
    let mut open: Vec<Bracket> = Vec::new();
    for (index, &(class, start, end)) in tokens.iter().enumerate() {
        let token = text.get(start..end)?;
        match (class, token) {
            (TokenClass::Comment | TokenClass::DocComment, _) => continue,
            (TokenClass::Bracket, ")" | "]" | "}") => {
                open.pop();
                continue;
            }
            (TokenClass::Separator, ",") => {
                if let Some(bracket) = open.last_mut() {
                    bracket.given += 1;
                    bracket.is_begun = false;
                }
                continue;
            }
            _ => {}
        }
        if let Some(bracket) = open.last_mut() {
            bracket.is_begun = true;
        }
        if class == TokenClass::Bracket {
            open.push(Bracket { text: token, index, given: 0, is_begun: false });
        }
    }
    // Behind a comment nobody types an argument.
    if tokens.last().is_some_and(|(class, ..)| matches!(class, TokenClass::Comment | TokenClass::DocComment)) {
        return None;
    }
    for bracket in open.iter().rev() {
        match bracket.text {
            "(" => {}
            "[" => continue,
            _ => return None,
        }
        if let Some(callee) = callee_before(text, &tokens[..bracket.index]) {
            return Some(OpenCall { callee, given: bracket.given, is_begun: bracket.is_begun });
        }
    }
    None
}

/// The dotted name at the end of some tokens, if something is called by it there.
fn callee_before<'t>(text: &'t str, tokens: &[(TokenClass, usize, usize)]) -> Option<&'t str> {
    let is_dot = |index: usize| tokens.get(index).is_some_and(|&(_, start, end)| matches!(&text[start..end], "." | "?."));
    let mut first = tokens.len().checked_sub(1)?;
    let end = tokens[first].2;
    loop {
        let (class, start, _) = tokens[first];
        let follows_dot = first > 0 && is_dot(first - 1);
        match class {
            TokenClass::Name => {}
            // Behind a point every keyword is a name.
            TokenClass::Keyword if follows_dot => {}
            TokenClass::String if first + 1 < tokens.len() => return Some(&text[start..end]),
            _ => return None,
        }
        if !follows_dot {
            // `fn name(` declares.
            let is_declared = first > 0 && &text[tokens[first - 1].1..tokens[first - 1].2] == "fn";
            return if is_declared { None } else { Some(&text[start..end]) };
        }
        first = first.checked_sub(2)?;
    }
}

/// The parameters of `name(a, b = ",") -> T`, and what stands behind them.
pub fn split_header(header: &str) -> Option<(Vec<&str>, &str)> {
    let open = header.find('(')?;
    let mut parameters = Vec::new();
    let (mut depth, mut in_quotes, mut start) = (0usize, false, open + 1);
    for (at, character) in header.char_indices().skip_while(|&(at, _)| at < open) {
        match character {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    parameters.push(header[start..at].trim());
                    parameters.retain(|parameter| !parameter.is_empty());
                    return Some((parameters, header[at + 1..].trim()));
                }
            }
            ',' if depth == 1 => {
                parameters.push(header[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, ForeignCalls, Options};
    use super::*;

    fn call(text: &str) -> Option<(&str, usize, bool)> {
        open_call(text).map(|call| (call.callee, call.given, call.is_begun))
    }

    #[test]
    fn the_innermost_open_call_is_found() {
        assert_eq!(call("f("), Some(("f", 0, false)));
        assert_eq!(call("f(1, "), Some(("f", 1, false)));
        assert_eq!(call("f(1, [2, 3"), Some(("f", 1, true)));
        assert_eq!(call("f(g(1), h.k("), Some(("h.k", 0, false)));
        assert_eq!(call("f(\"(a, b\", (1 + "), Some(("f", 1, true)));
        assert_eq!(call("let n = \"abc\".find("), Some(("\"abc\".find", 0, false)));
        assert_eq!(call("a?.b("), Some(("a?.b", 0, false)));
        assert_eq!(call("f(1,\n  2"), Some(("f", 1, true)));
    }

    #[test]
    fn other_brackets_are_no_calls() {
        for text in ["", "f", "f(1)", "fn f(", "if (", "xs[", "f(fn(x) { ", "g()(", "f( # (", "f().g("] {
            assert_eq!(call(text), None, "{text}");
        }
    }

    #[test]
    fn headers_have_parameters_and_a_result() {
        assert_eq!(split_header("f(a, b = \", \") -> int"), Some((vec!["a", "b = \", \""], "-> int")));
        assert_eq!(split_header("fn(c_int, fn(a, b) -> c_int)"), Some((vec!["c_int", "fn(a, b) -> c_int"], "")));
        assert_eq!(split_header("f()"), Some((vec![], "")));
        assert_eq!(split_header("list.done"), None);
    }

    #[test]
    fn hints_tell_what_is_still_to_come() {
        let mut session = Session::new(Options { foreign_calls: ForeignCalls::Allowed, ..Options::default() });
        for entry in [
            "import math",
            "extern {\n fn strlen(s: cstr) -> usize\n fn printf(format: cstr, ...) -> c_int }",
            "fn twice(n: int, by = 2) -> int { n * by }",
            "struct Point {\n x: f64\n y: f64\n label\n fn norm(self, p = 2) => 1\n fn origin() => Point(0, 0) }",
            "let p = Point(1, 2)",
            "let xs = [1]",
            "let half = fn(x) => x / 2",
        ] {
            assert!(matches!(session.evaluate_entry("<repl>", entry), Entry::Value { .. }), "{entry}");
        }
        let hint = |text: &str| session.call_hint(text);
        for (text, expected) in [
            ("strlen(", "s: cstr) -> usize"),
            ("let n = strlen(\"abc\"", ") -> usize"),
            ("printf(", "format: cstr, ...) -> c_int"),
            ("printf(\"%d\",", " ...) -> c_int"),
            ("printf(\"%d\", 1, 2, ", "...) -> c_int"),
            ("twice(", "n: int, by = 2) -> int"),
            ("twice(1", ", by = 2) -> int"),
            ("twice(1, ", "by = 2) -> int"),
            ("half(", "x)"),
            ("Point(1.0, ", "y: f64, label)"),
            ("p.norm(", "p = 2)"),
            ("Point.norm(", "self, p = 2)"),
            ("Point.origin(", ")"),
            ("print(", "...values, sep: \" \", end: \"\\n\")"),
            ("print(1, 2, ", "...values, sep: \" \", end: \"\\n\")"),
            ("int(", "x, base = 10)"),
            ("math.hypot(3, ", "y)"),
            ("xs.push(", "...xs)"),
            ("xs.map(", "f)"),
            ("\"abc\".replace(", "a, b)"),
            ("xs.map(f", ")"),
            ("print(strlen(", "s: cstr) -> usize"),
        ] {
            assert_eq!(hint(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["nothing_like_it(", "xs.nothing(", "twice(1, 2, ", "p(", "print(1)", "strlen"] {
            assert_eq!(hint(text), None, "{text}");
        }
    }
}
