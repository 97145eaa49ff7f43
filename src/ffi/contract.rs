//! Contracts: what attributes of a declaration say, read once.

use crate::bytecode::{Contract, ExternFunction, Unit};
use crate::source::SourceRange;
use std::rc::Rc;

/// The contracts of one function.
#[derive(Debug, Clone, Default)]
pub(super) struct Contracts {
    /// Which results its `@throws` makes errors of.
    pub failure: Option<Failure>,
    /// `@throws(…, text: f)`: the C function from status to text.
    pub failure_text: Option<Rc<str>>,
    /// `@owned(f)` on the result.
    pub owned: Option<Rc<str>>,
    pub is_blocking: bool,
    /// The result is a text (`@text` of C declarations).
    pub is_text: bool,
    /// For each parameter; empty if none has any.
    pub parameters: Vec<ParameterContract>,
}

/// Which results `@throws` makes errors of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// All bits set, or NULL: an `OSError` with errno.
    Errno,
    /// The result is a status, 0 for success: an `FFIError`.
    NonZero,
    /// A negative result is a status: an `FFIError`.
    Negative,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ParameterContract {
    pub is_out: bool,
    pub is_nonnull: bool,
    pub is_kept: bool,
    pub sized_by: Option<SizeRule>,
    /// `@owned(f)` on an `@out` parameter.
    pub owned: Option<Rc<str>>,
    pub on_error: Option<Literal>,
}

/// `@sized_by(…)`: a product.
#[derive(Debug, Clone)]
pub(super) struct SizeRule {
    pub factors: Vec<Factor>,
    /// As it was written.
    pub text: Rc<str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factor {
    /// The value of another parameter, from 0.
    Parameter(usize),
    /// What another parameter points to.
    Pointee(usize),
    Number(i64),
}

/// The value of `@on_error(v)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Literal {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
}

/// What is wrong with the contracts of a unit, as far as their text tells: the rest is known when the types are, at the first call.
pub fn mistakes_in_contracts(unit: &Unit) -> Vec<(SourceRange, String)> {
    let functions = || unit.extern_blocks.iter().flat_map(|block| &block.functions);
    let is_declared = |name: &str| {
        let name = name.rsplit('.').next().unwrap_or(name);
        functions().any(|function| *function.name == *name)
    };
    let mut mistakes = Vec::new();
    for function in functions() {
        let name = &function.name;
        let contracts = match Contracts::of(function) {
            Ok(contracts) => contracts,
            Err(why) => {
                mistakes.push((function.range, format!("{name}: {why}")));
                continue;
            }
        };
        let releases = contracts.owned.iter().chain(contracts.parameters.iter().filter_map(|parameter| parameter.owned.as_ref()));
        for release in releases.filter(|release| !is_declared(release)) {
            mistakes.push((function.range, format!("{name}: {}", not_declared(&format!("@owned({release})")))));
        }
        if let Some(text) = contracts.failure_text.filter(|text| !is_declared(text)) {
            mistakes.push((function.range, format!("{name}: {}", not_declared(&format!("text: {text}")))));
        }
    }
    mistakes
}

/// What is said of a contract that names a function which is not there.
pub(super) fn not_declared(contract: &str) -> String {
    format!("{contract} names a C function that is not declared; declare it in an extern block")
}

impl Contracts {
    pub fn has_any(&self) -> bool {
        !self.parameters.is_empty() || self.owned.is_some() || self.is_blocking
    }

    /// The contract of a parameter.
    pub fn parameter(&self, index: usize) -> Option<&ParameterContract> {
        self.parameters.get(index)
    }

    /// Reads the attributes of a function, or says what is wrong with them.
    pub fn of(function: &ExternFunction) -> Result<Contracts, String> {
        let mut contracts = Contracts::default();
        let mut parameters = vec![ParameterContract::default(); function.parameters.len()];
        let mut has_parameters = false;
        let index_of = |name: &str| function.parameters.iter().position(|parameter| &*parameter.name == name);
        for contract in &function.contracts {
            let first = contract.arguments.first().and_then(|name| index_of(name));
            // Before a prototype of C, those of parameters name theirs first.
            let names_parameter = match &*contract.name {
                "keeps" | "nonnull" | "out" => true,
                "sized_by" | "on_error" | "owned" => contract.arguments.len() > 1,
                _ => false,
            };
            match first {
                Some(index) if names_parameter => {
                    has_parameters = true;
                    let rest = Contract { arguments: contract.arguments[1..].to_vec(), ..contract.clone() };
                    parameters[index].read(&rest, function)?;
                }
                _ => contracts.read(contract)?,
            }
        }
        for (parameter, declared) in parameters.iter_mut().zip(&function.parameters) {
            for contract in &declared.contracts {
                has_parameters = true;
                parameter.read(contract, function)?;
            }
        }
        if has_parameters {
            contracts.parameters = parameters;
        }
        Ok(contracts)
    }

    fn read(&mut self, contract: &Contract) -> Result<(), String> {
        let arguments: Vec<&str> = contract.arguments.iter().map(|argument| &**argument).collect();
        match (&*contract.name, &arguments[..]) {
            ("throws", []) => self.failure = Some(Failure::Errno),
            ("throws", [kind @ ("nonzero" | "negative"), text @ ..]) => {
                self.failure = Some(if *kind == "nonzero" { Failure::NonZero } else { Failure::Negative });
                match text {
                    [] => {}
                    [text] if text.starts_with("text: ") => self.failure_text = Some(text["text: ".len()..].trim().into()),
                    _ => return Err(format!("@throws({}): behind {kind} stands at most `text: f`", arguments.join(", "))),
                }
            }
            ("throws", _) => {
                return Err(format!("@throws({}): it is @throws, @throws(nonzero) or @throws(negative)", arguments.join(", ")));
            }
            ("owned", [release]) => self.owned = Some((*release).into()),
            ("owned", _) => return Err("@owned takes the C function that releases the result: @owned(f)".to_string()),
            ("blocking", []) => self.is_blocking = true,
            ("text", []) => self.is_text = true,
            ("symbol", _) => {}
            (name, _) => return Err(format!("@{name}({}) is not understood here", arguments.join(", "))),
        }
        Ok(())
    }
}

impl ParameterContract {
    fn read(&mut self, contract: &Contract, function: &ExternFunction) -> Result<(), String> {
        let arguments: Vec<&str> = contract.arguments.iter().map(|argument| argument.trim()).collect();
        match (&*contract.name, &arguments[..]) {
            ("keeps", []) => self.is_kept = true,
            ("nonnull", []) => self.is_nonnull = true,
            ("out", []) => self.is_out = true,
            ("owned", [release]) => self.owned = Some((*release).into()),
            ("on_error", [value]) => {
                let literal = parse_literal(value);
                self.on_error = Some(literal.ok_or(format!("@on_error({value}): the value is a literal or a constant"))?);
            }
            ("sized_by", [rule]) => self.sized_by = Some(SizeRule::parse(rule, function)?),
            (name, _) => return Err(format!("@{name}({}) is not understood on a parameter", arguments.join(", "))),
        }
        Ok(())
    }
}

impl SizeRule {
    /// `n`, `*n`, `n * size`, `*n * 4`.
    fn parse(text: &str, function: &ExternFunction) -> Result<SizeRule, String> {
        let wrong = || format!("@sized_by({text}): it takes a parameter, *parameter or a product of such");
        let mut factors = Vec::new();
        let mut is_pointee = false;
        let mut wants_factor = true;
        for token in tokens(text) {
            if token == "(" || token == ")" {
                continue;
            }
            if token == "*" {
                if wants_factor && is_pointee {
                    return Err(wrong());
                }
                is_pointee = wants_factor;
                wants_factor = true;
                continue;
            }
            if !wants_factor {
                return Err(wrong());
            }
            let number = parse_integer(&token);
            factors.push(match (function.parameters.iter().position(|parameter| *parameter.name == *token), number) {
                (Some(index), _) if is_pointee => Factor::Pointee(index),
                (Some(index), _) => Factor::Parameter(index),
                (None, Some(number)) if !is_pointee && number >= 0 => Factor::Number(number),
                _ => return Err(format!("@sized_by({text}): {} has no parameter `{token}`", function.name)),
            });
            (is_pointee, wants_factor) = (false, false);
        }
        if wants_factor || factors.is_empty() {
            return Err(wrong());
        }
        Ok(SizeRule { factors, text: text.into() })
    }
}

/// Words and stars.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in text.chars() {
        let is_word = c.is_alphanumeric() || c == '_';
        if is_word && in_word {
            if let Some(last) = tokens.last_mut() {
                last.push(c);
            }
        } else if !c.is_whitespace() {
            tokens.push(c.to_string());
        }
        in_word = is_word;
    }
    tokens
}

fn parse_integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let (digits, is_negative) = text.strip_prefix('-').map_or((&*text, false), |rest| (rest.trim(), true));
    let number = match digits.get(..2) {
        Some("0x") => i64::from_str_radix(&digits[2..], 16).ok()?,
        Some("0o") => i64::from_str_radix(&digits[2..], 8).ok()?,
        Some("0b") => i64::from_str_radix(&digits[2..], 2).ok()?,
        _ => digits.parse().ok()?,
    };
    Some(if is_negative { -number } else { number })
}

fn parse_literal(text: &str) -> Option<Literal> {
    Some(match text {
        "nil" => Literal::Nil,
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        _ => match parse_integer(text) {
            Some(number) => Literal::Int(number),
            None if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => Literal::Float(text.parse().ok()?),
            None => return None,
        },
    })
}
