//! Methods of patterns and properties of their matches. `replace` is written in Cotter, in `stdlib/pattern.cot`, since it may call back.
//!
//! A match is made of the string that was searched, the pattern, and the start and end of the whole and of each group, nil for a group
//! that has no part in it. Its texts are made when they are asked for.

use super::expect::{no_constants, parameter};
use super::regex::regex_of;
use crate::value::{Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use regex::{CaptureLocations, Regex};
use std::rc::Rc;

pub const NAMESPACE: Namespace = Namespace {
    name: "pattern",
    place: Place::Methods(TypeId::PATTERN),
    entries: ENTRIES,
    constants: no_constants,
    script: Some((include_str!("../../stdlib/pattern.cot"), &["replace"])),
    doc: "Methods of patterns, which `regex.compile` makes.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "find", signature: "(self, s)", minimum: 2, maximum: 2, function: find, doc: "The first match in a string, or nil." },
    NativeEntry { name: "find_all", signature: "(self, s)", minimum: 2, maximum: 2, function: find_all, doc: "A list of all matches, which do not overlap." },
    NativeEntry { name: "split", signature: "(self, s, limit = nil)", minimum: 2, maximum: 3, function: split, doc: "A list of the pieces between the matches, at most `limit` of them (the last one is the rest). A `limit` below 1 is a `ValueError`." },
    NativeEntry { name: "matches", signature: "(self, s)", minimum: 2, maximum: 2, function: matches, doc: "Whether it matches somewhere in a string; `^…$` asks about the whole." },
    NativeEntry { name: "_replace", signature: "(self, s, with)", minimum: 3, maximum: 3, function: replace, doc: "What `replace` does with a string." },
];

pub const PROPERTIES: Namespace = Namespace {
    name: "match",
    place: Place::Properties(TypeId::FOUND),
    entries: PROPERTY_ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Properties of matches, which `find` and `find_all` of patterns give.",
};

#[rustfmt::skip]
const PROPERTY_ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "text", signature: "(self)", minimum: 1, maximum: 1, function: text, doc: "The text that was matched." },
    NativeEntry { name: "start", signature: "(self)", minimum: 1, maximum: 1, function: start, doc: "The byte offset of its start in the string that was searched." },
    NativeEntry { name: "end", signature: "(self)", minimum: 1, maximum: 1, function: end, doc: "The byte offset behind its end." },
    NativeEntry { name: "groups", signature: "(self)", minimum: 1, maximum: 1, function: groups, doc: "A list of the texts of the groups, the first one at 0; nil for a group that has no part in the match." },
    NativeEntry { name: "named", signature: "(self)", minimum: 1, maximum: 1, function: named, doc: "A map from the names of groups to their texts, nil for a group that has no part in the match." },
];

/// The pattern that a method belongs to, and the string it searches.
fn receive(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<(Rc<Regex>, &'static str), Thrown> {
    let Some(regex) = regex_of(vm, arguments.get(0)) else {
        return parameter(function, "self", 0).wrong_type(vm, "a pattern", arguments.get(0));
    };
    let text = parameter(function, "s", 1).string(vm, arguments)?;
    Ok((regex, text))
}

/// The value of a match: `groups` are the bounds of the whole and of each group.
fn new_match(
    vm: &mut Vm,
    arguments: Arguments,
    groups: impl ExactSizeIterator<Item = Option<(usize, usize)>>,
) -> Result<Value, Thrown> {
    let mut parts = Vec::with_capacity(2 + 2 * groups.len());
    parts.extend([arguments.get(1), arguments.get(0)]);
    for bounds in groups {
        parts.extend(match bounds {
            Some((start, end)) => [Value::inline_int(start as i64), Value::inline_int(end as i64)],
            None => [Value::NIL; 2],
        });
    }
    vm.runtime.new_parts(TypeId::FOUND, &parts)
}

fn bounds(locations: &CaptureLocations) -> impl ExactSizeIterator<Item = Option<(usize, usize)>> {
    (0..locations.len()).map(|group| locations.get(group))
}

fn find(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (regex, text) = receive(vm, arguments, "find")?;
    let mut locations = regex.capture_locations();
    match regex.captures_read(&mut locations, text) {
        Some(_) => new_match(vm, arguments, bounds(&locations)),
        None => Ok(Value::NIL),
    }
}

fn find_all(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (regex, text) = receive(vm, arguments, "find_all")?;
    let list = vm.runtime.new_list(0)?;
    let has_groups = regex.captures_len() > 1;
    let mut locations = regex.capture_locations();
    // Which matches follow each other, empty ones among them, is the crate's knowledge; the groups are asked for at each.
    for whole in regex.find_iter(text) {
        let found = if has_groups {
            regex.captures_read_at(&mut locations, text, whole.start());
            new_match(vm, arguments, bounds(&locations))?
        } else {
            new_match(vm, arguments, std::iter::once(Some((whole.start(), whole.end()))))?
        };
        list.push(&mut vm.runtime, found)?;
    }
    Ok(list.value())
}

fn split(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (regex, text) = receive(vm, arguments, "split")?;
    let limit = match parameter("split", "limit", 2).optional_int(vm, arguments)? {
        None => usize::MAX,
        Some(limit @ 1..) => limit as usize,
        Some(limit) => return parameter("split", "limit", 2).wrong_value(vm, &format!("must be 1 or more; it is {limit}")),
    };
    let list = vm.runtime.new_list(0)?;
    for piece in regex.splitn(text, limit) {
        let piece = vm.runtime.string(piece)?;
        list.push(&mut vm.runtime, piece)?;
    }
    Ok(list.value())
}

fn matches(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (regex, text) = receive(vm, arguments, "matches")?;
    Ok(Value::bool(regex.is_match(text)))
}

fn replace(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (regex, text) = receive(vm, arguments, "replace")?;
    let with = parameter("replace", "with", 2).string(vm, arguments)?;
    match regex.replace_all(text, with) {
        std::borrow::Cow::Borrowed(_) => Ok(arguments.get(1)),
        std::borrow::Cow::Owned(text) => vm.runtime.string(&text),
    }
}

// ------------------------------------------------------------ matches

/// A match taken apart.
#[derive(Clone, Copy)]
struct Found {
    text: &'static str,
    pattern: Value,
    /// Start and end of the whole and of each group.
    bounds: &'static [Value],
}

impl Found {
    fn receive(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<Found, Thrown> {
        let value = arguments.get(0);
        if let Some([text, pattern, bounds @ ..]) = value.parts(TypeId::FOUND) {
            return Ok(Found { text: text.to_str().unwrap_or(""), pattern: *pattern, bounds });
        }
        parameter(function, "self", 0).wrong_type(vm, "a match", value)
    }

    /// The text of the whole (0) or a group, nil if it has no part in the match.
    fn group(self, vm: &mut Vm, number: usize) -> Result<Value, Thrown> {
        match (self.bounds[2 * number].to_int(), self.bounds[2 * number + 1].to_int()) {
            (Some(start), Some(end)) => vm.runtime.string(&self.text[start as usize..end as usize]),
            _ => Ok(Value::NIL),
        }
    }
}

fn text(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Found::receive(vm, arguments, "text")?.group(vm, 0)
}

fn start(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Found::receive(vm, arguments, "start")?.bounds[0])
}

fn end(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Found::receive(vm, arguments, "end")?.bounds[1])
}

fn groups(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let found = Found::receive(vm, arguments, "groups")?;
    let list = vm.runtime.new_list(found.bounds.len() / 2)?;
    for number in 1..found.bounds.len() / 2 {
        let text = found.group(vm, number)?;
        list.push(&mut vm.runtime, text)?;
    }
    Ok(list.value())
}

fn named(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let found = Found::receive(vm, arguments, "named")?;
    let Some(regex) = regex_of(vm, found.pattern) else { return vm.map_of(&[]) };
    let mut entries = Vec::new();
    for (number, name) in regex.capture_names().enumerate() {
        if let Some(name) = name {
            entries.push((name, found.group(vm, number)?));
        }
    }
    vm.map_of(&entries)
}
