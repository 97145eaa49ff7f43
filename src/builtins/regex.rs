//! The module `regex`: compiled patterns, which the collector frees.

use super::expect::{no_constants, parameter};
use crate::value::{ErrorKind, ErrorRef, Kind, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use regex::Regex;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

pub const NAMESPACE: Namespace = Namespace {
    name: "regex",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Regular expressions, matched in a time that grows with the length of the text alone; so there are no backreferences and no looking around. The syntax is that of the Rust crate `regex`: `(?i)`, `(?m)`, `(?s)`, `(?x)` set flags, `(?P<name>…)` names a group, and `\\w`, `\\d`, `\\s` know Unicode.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "compile", signature: "(p)", minimum: 1, maximum: 1, function: compile, doc: "A pattern, to be used many times; one that is wrong is a `ValueError`. Best written as a raw string: `r\"\\d+\"`.\n\n    let date = regex.compile(r\"(?<y>\\d{4})-(\\d\\d)\")\n    let found = date.find(\"on 2024-05-06\")\n    print(found.text, found.start, found.named[\"y\"])   # => 2024-05 3 2024" },
    NativeEntry { name: "escape", signature: "(s)", minimum: 1, maximum: 1, function: escape, doc: "The text of a pattern that matches just this string." },
];

/// What the collector calls for a pattern that nothing refers to any more.
static FORGET: NativeEntry = NativeEntry {
    name: "forget",
    signature: "(pattern)",
    minimum: 1,
    maximum: 1,
    function: forget,
    doc: "Frees a pattern that was lost.",
};

/// So many compiled patterns are kept before the collector is asked which of them are still needed: it sees only their small values, not
/// the memory behind them.
const FEW: usize = 64;

/// All patterns that scripts have compiled and still hold. Those of the same text share one compiled pattern.
#[derive(Default)]
struct Patterns {
    by_number: HashMap<u64, Rc<Regex>>,
    by_text: HashMap<String, Weak<Regex>>,
    next: u64,
    /// The collector was asked at this number of texts, since the last time they became fewer.
    asked_at: usize,
}

impl Patterns {
    fn compile(&mut self, text: &str) -> Result<Rc<Regex>, regex::Error> {
        if let Some(regex) = self.by_text.get(text).and_then(Weak::upgrade) {
            return Ok(regex);
        }
        let regex = Rc::new(Regex::new(text)?);
        self.by_text.insert(text.to_string(), Rc::downgrade(&regex));
        Ok(regex)
    }

    fn add(&mut self, regex: Rc<Regex>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.by_number.insert(number, regex);
        number
    }

    fn forget(&mut self, number: u64) {
        let Some(regex) = self.by_number.remove(&number) else { return };
        if Rc::strong_count(&regex) == 1 {
            self.by_text.remove(regex.as_str());
            self.asked_at = self.asked_at.min(self.by_text.len());
        }
    }

    /// Whether there are so many more than after the last collection that another one is worth while.
    fn are_many(&mut self) -> bool {
        let count = self.by_text.len();
        let are_many = count >= FEW && count >= 2 * self.asked_at;
        if are_many {
            self.asked_at = count;
        }
        are_many
    }
}

/// What a pattern's value stands for; `None` for any other value.
pub(super) fn regex_of(vm: &mut Vm, value: Value) -> Option<Rc<Regex>> {
    let number = value.external_number(Kind::External, TypeId::PATTERN)?;
    vm.state::<Patterns>().by_number.get(&number).cloned()
}

fn compile(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = parameter("compile", "p", 0).string(vm, arguments)?;
    let patterns = vm.state::<Patterns>();
    let regex = match patterns.compile(text) {
        Ok(regex) => regex,
        Err(error) => return refuse(vm, &error),
    };
    let number = patterns.add(regex);
    let heap = &mut vm.runtime.heap;
    if vm.state.get::<Patterns>().are_many() && heap.stats().goal_bytes != usize::MAX {
        heap.request_collection();
    }
    let value = vm.runtime.new_external(Kind::External, TypeId::PATTERN, number);
    let forget = vm.native_value(&FORGET);
    vm.runtime.heap.set_release(value.address(), forget.0);
    Ok(value)
}

/// The error for a pattern that is wrong: the reason, and as details the pattern with a mark where it is wrong.
#[cold]
fn refuse(vm: &mut Vm, error: &regex::Error) -> Result<Value, Thrown> {
    let text = match error {
        regex::Error::CompiledTooBig(_) => "error: it takes too much memory when compiled".to_string(),
        error => error.to_string(),
    };
    let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(&text);
    let value = vm.runtime.error(ErrorKind::ValueError, &format!("the pattern is not valid: {reason}"));
    if let Some(error) = ErrorRef::of(value) {
        for line in text.lines().filter_map(|line| line.strip_prefix("    ")) {
            error.add_detail(&mut vm.runtime, line);
        }
    }
    Err(Thrown::Value(value))
}

fn escape(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let text = parameter("escape", "s", 0).string(vm, arguments)?;
    vm.runtime.string(&regex::escape(text))
}

fn forget(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    if let Some(number) = arguments.get(0).external_number(Kind::External, TypeId::PATTERN) {
        vm.state::<Patterns>().forget(number);
    }
    Ok(Value::NIL)
}
