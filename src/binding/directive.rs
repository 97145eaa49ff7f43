//! The preprocessor of C text that is pasted into a script: `#define`, `#if` and their kin. It opens no file.
//!
//! (What an installed header says goes through the C compiler's own preprocessor, see `header.rs`.)

use super::Problem;
use super::evaluate::{self, NoScope, Number};
use super::macros::{Macro, Macros, definition};
use super::token::{Kind, Token, tokens};
use std::rc::Rc;

/// Headers whose types are known without them.
const KNOWN_HEADERS: &[&str] = &[
    "stddef.h",
    "stdint.h",
    "inttypes.h",
    "stdbool.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "limits.h",
    "time.h",
    "errno.h",
    "sys/types.h",
    "unistd.h",
];

/// C text without preprocessor lines.
pub struct Processed {
    /// Declarations with macros replaced; `#pragma` lines are still there.
    pub tokens: Vec<Token>,
    pub macros: Macros,
    pub problems: Vec<Problem>,
}

struct Condition {
    /// The branch being read is taken.
    is_taken: bool,
    /// A branch has been taken, or the whole stands in text that is left out.
    is_settled: bool,
    place: usize,
}

/// Processes C text whose first byte has the place `base`.
pub fn process(text: &str, base: usize) -> Processed {
    let mut macros = Macros::default();
    for line in predefined() {
        macros.insert(definition(&line, usize::MAX).expect("a definition"));
    }
    process_behind(macros, text, base)
}

/// Processes C text behind other text that has defined macros.
pub fn process_behind(macros: Macros, text: &str, base: usize) -> Processed {
    let mut out = Processed { tokens: Vec::new(), macros, problems: Vec::new() };
    let mut conditions: Vec<Condition> = Vec::new();
    let mut pending: Vec<Token> = Vec::new();
    for token in tokens(text, base) {
        let is_read = conditions.iter().all(|condition| condition.is_taken);
        if token.kind != Kind::Directive {
            if is_read {
                pending.push(token);
            }
            continue;
        }
        // A macro is replaced by what it is here, not by what it may become further down.
        out.tokens.extend(out.macros.expand(&std::mem::take(&mut pending)));
        out.directive(&token, is_read, &mut conditions);
    }
    out.tokens.extend(out.macros.expand(&pending));
    if let Some(open) = conditions.last() {
        out.problems.push(Problem::new(open.place, "this `#if` has no `#endif`"));
    }
    out
}

/// What a C compiler of this platform predefines and headers ask for.
fn predefined() -> Vec<String> {
    let mut lines = vec!["__STDC__ 1".to_string(), "__STDC_VERSION__ 201112L".into(), "__GNUC__ 4".into()];
    let mut add = |condition: bool, names: &[&str]| {
        if condition {
            lines.extend(names.iter().map(|name| format!("{name} 1")));
        }
    };
    add(cfg!(target_os = "linux"), &["__linux__", "__unix__"]);
    add(cfg!(target_arch = "x86_64"), &["__x86_64__"]);
    add(cfg!(target_arch = "aarch64"), &["__aarch64__"]);
    add(cfg!(target_pointer_width = "64"), &["__LP64__"]);
    lines
}

/// Whether a macro is one that [`process`] puts there itself.
pub fn is_predefined(definition: &Macro) -> bool {
    definition.place == usize::MAX
}

impl Processed {
    fn directive(&mut self, line: &Token, is_read: bool, conditions: &mut Vec<Condition>) {
        let text = Rc::clone(&line.text);
        let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = (&text[..end], text[end..].trim());
        match word {
            "if" | "ifdef" | "ifndef" => {
                let is_taken = is_read
                    && match word {
                        "if" => self.condition(rest, line.place),
                        "ifdef" => self.macros.get(rest).is_some(),
                        _ => self.macros.get(rest).is_none(),
                    };
                conditions.push(Condition { is_taken, is_settled: is_taken || !is_read, place: line.place });
            }
            "elif" | "else" => {
                let is_taken =
                    word == "else" || conditions.last().is_some_and(|last| !last.is_settled) && self.condition(rest, line.place);
                match conditions.last_mut() {
                    Some(last) => {
                        last.is_taken = is_taken && !last.is_settled;
                        last.is_settled |= is_taken;
                    }
                    None => self.problems.push(Problem::new(line.place, format!("this `#{word}` has no `#if`"))),
                }
            }
            "endif" => {
                if conditions.pop().is_none() {
                    self.problems.push(Problem::new(line.place, "this `#endif` has no `#if`"));
                }
            }
            _ if !is_read => {}
            "define" => match definition(rest, line.place) {
                Some(found) => self.macros.insert(found),
                None => self.problems.push(Problem::new(line.place, "`#define` takes a name and what it stands for")),
            },
            "undef" => self.macros.remove(rest),
            "include" => {
                let name = rest.trim_matches(['"', '<', '>']);
                if !KNOWN_HEADERS.contains(&name) {
                    let help = format!("to take declarations from it: extern … header \"{name}\" {{ … }}");
                    self.problems.push(Problem::new(line.place, "C text follows no `#include`").with_help(help));
                }
            }
            "error" => self.problems.push(Problem::new(line.place, format!("#error {rest}"))),
            "pragma" => self.tokens.push(line.clone()),
            "warning" | "line" | "ident" | "" => {}
            _ => self.problems.push(Problem::new(line.place, format!("there is no preprocessor line `#{word}`"))),
        }
    }

    fn condition(&mut self, text: &str, place: usize) -> bool {
        let mut out: Vec<Token> = Vec::new();
        let all = tokens(text, 0);
        let mut at = 0;
        while let Some(token) = all.get(at) {
            at += 1;
            if !token.is("defined") {
                out.push(token.clone());
                continue;
            }
            let name = match all.get(at) {
                Some(next) if next.is("(") => {
                    at += 3;
                    all.get(at - 2)
                }
                next => {
                    at += 1;
                    next
                }
            };
            let is_defined = name.is_some_and(|name| self.macros.get(&name.text).is_some());
            out.push(Token { kind: Kind::Number, text: if is_defined { "1" } else { "0" }.into(), ..token.clone() });
        }
        let mut expanded = self.macros.expand(&out);
        for token in expanded.iter_mut().filter(|token| token.is_identifier()) {
            (token.kind, token.text) = (Kind::Number, "0".into());
        }
        match evaluate::tokens(&expanded, &NoScope) {
            Ok(Number::Int { value, .. }) => value != 0,
            _ => {
                self.problems.push(Problem::new(place, "the condition of this line cannot be evaluated"));
                false
            }
        }
    }
}
