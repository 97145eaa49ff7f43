//! Macros: what `#define` says, and what a use of one becomes.

use super::token::{Kind, Token, tokens};
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub struct Macro {
    pub name: Rc<str>,
    /// `None` for one without parentheses.
    pub parameters: Option<Vec<Rc<str>>>,
    pub is_variadic: bool,
    pub body: Vec<Token>,
    /// Where its line stands.
    pub place: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Macros {
    by_name: HashMap<Rc<str>, Macro>,
}

/// More tokens than this are no declaration of anybody.
const MAXIMUM_TOKENS: usize = 200_000;

impl Macros {
    pub fn get(&self, name: &str) -> Option<&Macro> {
        self.by_name.get(name)
    }

    pub fn remove(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    pub fn insert(&mut self, definition: Macro) {
        self.by_name.insert(Rc::clone(&definition.name), definition);
    }

    /// All of them, in order of place.
    pub fn in_order(&self) -> Vec<&Macro> {
        let mut all: Vec<&Macro> = self.by_name.values().collect();
        all.sort_by(|a, b| (a.place, &a.name).cmp(&(b.place, &b.name)));
        all
    }

    /// Tokens with all macros replaced.
    pub fn expand(&self, tokens: &[Token]) -> Vec<Token> {
        let mut out = Vec::new();
        self.expand_into(tokens, &mut Vec::new(), &mut out);
        out
    }

    fn expand_into(&self, tokens: &[Token], hidden: &mut Vec<Rc<str>>, out: &mut Vec<Token>) {
        let mut at = 0;
        while at < tokens.len() && out.len() < MAXIMUM_TOKENS {
            let token = &tokens[at];
            at += 1;
            let found = self.get(&token.text).filter(|_| token.is_identifier() && !hidden.contains(&token.text));
            let Some(found) = found else {
                out.push(token.clone());
                continue;
            };
            let body = match &found.parameters {
                None => found.body.clone(),
                Some(parameters) => {
                    let Some((arguments, end)) = arguments_of(tokens, at) else {
                        out.push(token.clone());
                        continue;
                    };
                    at = end;
                    self.substitute(found, parameters, &arguments, hidden)
                }
            };
            let body: Vec<Token> = body.into_iter().map(|part| Token { place: token.place, ..part }).collect();
            let first = out.len();
            hidden.push(Rc::clone(&found.name));
            self.expand_into(&paste(body), hidden, out);
            hidden.pop();
            if let Some(first) = out.get_mut(first) {
                first.has_space |= token.has_space;
            }
        }
    }

    fn substitute(
        &self,
        definition: &Macro,
        parameters: &[Rc<str>],
        arguments: &[Vec<Token>],
        hidden: &mut Vec<Rc<str>>,
    ) -> Vec<Token> {
        let rest: Vec<Token> = match definition.is_variadic {
            true => arguments.get(parameters.len()..).unwrap_or(&[]).join(&comma()[..]),
            false => Vec::new(),
        };
        let argument = |name: &str| match parameters.iter().position(|parameter| &**parameter == name) {
            Some(index) => Some(arguments.get(index).map_or(&[][..], Vec::as_slice)),
            None if name == "__VA_ARGS__" && definition.is_variadic => Some(&rest[..]),
            None => None,
        };
        let mut out = Vec::new();
        let body = &definition.body;
        for (at, token) in body.iter().enumerate() {
            if token.is("#") && body.get(at + 1).is_some_and(|next| argument(&next.text).is_some()) {
                continue;
            }
            let Some(given) = argument(&token.text).filter(|_| token.is_identifier()) else {
                out.push(token.clone());
                continue;
            };
            let before = at.checked_sub(1).map(|before| &body[before]);
            if before.is_some_and(|before| before.is("#")) {
                let text = format!("\"{}\"", super::token::text_of(given).replace('\\', "\\\\").replace('"', "\\\""));
                out.push(Token { kind: Kind::Literal, text: text.into(), ..token.clone() });
            } else if before.is_some_and(|before| before.is("##")) || body.get(at + 1).is_some_and(|next| next.is("##")) {
                out.extend(given.iter().cloned());
            } else {
                let first = out.len();
                self.expand_into(given, hidden, &mut out);
                if let Some(first) = out.get_mut(first) {
                    first.has_space |= token.has_space;
                }
            }
        }
        out
    }
}

fn comma() -> [Token; 1] {
    [Token { kind: Kind::Punctuator, text: ",".into(), place: 0, has_space: false }]
}

/// The arguments behind a macro's name, and where they end.
fn arguments_of(tokens: &[Token], from: usize) -> Option<(Vec<Vec<Token>>, usize)> {
    if !tokens.get(from)?.is("(") {
        return None;
    }
    let mut arguments = vec![Vec::new()];
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from + 1) {
        match &*token.text {
            ")" if depth == 0 && token.kind == Kind::Punctuator => return Some((arguments, at + 1)),
            "," if depth == 0 && token.kind == Kind::Punctuator => {
                arguments.push(Vec::new());
                continue;
            }
            "(" if token.kind == Kind::Punctuator => depth += 1,
            ")" if token.kind == Kind::Punctuator => depth -= 1,
            _ => {}
        }
        arguments.last_mut()?.push(token.clone());
    }
    None
}

/// Joins what stands around `##`.
fn paste(body: Vec<Token>) -> Vec<Token> {
    if !body.iter().any(|token| token.is("##")) {
        return body;
    }
    let mut out: Vec<Token> = Vec::new();
    let mut joins = false;
    for token in body {
        if token.is("##") {
            joins = true;
        } else if std::mem::take(&mut joins) && !out.is_empty() {
            let last = out.len() - 1;
            out[last].text = format!("{}{}", out[last].text, token.text).into();
        } else {
            out.push(token);
        }
    }
    out
}

/// Reads what stands behind `#define`.
pub fn definition(line: &str, place: usize) -> Option<Macro> {
    let name_end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$').unwrap_or(line.len());
    let (name, rest) = line.split_at(name_end);
    if name.is_empty() {
        return None;
    }
    let mut definition = Macro { name: name.into(), parameters: None, is_variadic: false, body: Vec::new(), place };
    let body = match rest.strip_prefix('(') {
        None => rest,
        Some(list) => {
            let end = list.find(')')?;
            let mut parameters = Vec::new();
            for parameter in list[..end].split(',').map(str::trim).filter(|p| !p.is_empty()) {
                match parameter {
                    "..." => definition.is_variadic = true,
                    name => parameters.push(name.into()),
                }
            }
            definition.parameters = Some(parameters);
            &list[end + 1..]
        }
    };
    // Behind something else, so that a `#` at the start is no line of the preprocessor.
    let lexed = tokens(&format!("0 {}", body.trim()), 0);
    definition.body = lexed.into_iter().skip(1).map(|token| Token { place, ..token }).collect();
    Some(definition)
}

#[cfg(test)]
mod tests {
    use super::super::token::text_of;
    use super::*;

    fn expanded(definitions: &[&str], text: &str) -> String {
        let mut macros = Macros::default();
        definitions.iter().for_each(|line| macros.insert(definition(line, 0).expect("a definition")));
        text_of(&macros.expand(&tokens(text, 0)))
    }

    #[test]
    fn macros_are_replaced_all_the_way() {
        assert_eq!(expanded(&["A B + 1", "B (2)"], "x = A;"), "x = (2) + 1;");
        assert_eq!(expanded(&["OF(args) args"], "int f OF((int a, int b));"), "int f (int a, int b);");
        assert_eq!(expanded(&["A A", "F(x) x"], "A F (1) F"), "A 1 F");
        assert_eq!(
            expanded(&["J(a,b) a##b", "S(x) #x", "V(...) f(__VA_ARGS__)"], "J(x, 1) S(a b) V(1, 2)"),
            "x1 \"a b\" f(1, 2)"
        );
    }
}
