//! `==` and `same`.
//!
//! `==` compares numbers by exact mathematical value, strings, lists, maps, ranges and slices by content, pointers by address, struct
//! values by their `==` method or by identity, and everything else by identity.
//!
//! Content may be deep, shared or contain itself. Each step down asks whether the machine's stack suffices. From the depth
//! [`REMEMBERED_DEPTH`] on, pairs that were compared, or are being compared, are remembered and taken for equal when they are met
//! again: a comparison ends at the first difference, so all pairs before it were equal.

use super::layout::{Memory, Representation, TypeId};
use super::list::ListRef;
use super::map::MapRef;
use super::number::compare_numbers;
use super::object::*;
use super::overload::{call_overload, find_overload};
use super::range::RangeParts;
use super::runtime::{Host, Runtime};
use super::string::strings_equal;
use super::thrown::Thrown;
use super::word::Value;
use std::collections::HashSet;

/// Pairs this deep and deeper are remembered; shallower ones are compared as often as they are met.
const REMEMBERED_DEPTH: usize = 5;

/// What a block or view is to the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryKind {
    Pointer,
    Slice,
    Record,
}

/// Which memory a block or view is, and as what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryIdentity {
    pub kind: MemoryKind,
    /// Without the view bit.
    pub type_id: TypeId,
    pub address: usize,
    /// Elements of a slice, else 0.
    pub count: usize,
}

/// The memory of a block or view; only for these.
pub fn memory_identity(rt: &Runtime, value: Value) -> MemoryIdentity {
    let Some(memory) = Memory::of(value) else { unreachable!("asked for a block or view only") };
    let kind = match rt.types.info(memory.type_id).representation {
        Representation::Slice => MemoryKind::Slice,
        Representation::Record => MemoryKind::Record,
        _ => MemoryKind::Pointer,
    };
    let count = if kind == MemoryKind::Slice { rt.slice_length(value) } else { 0 };
    MemoryIdentity { kind, type_id: memory.type_id, address: memory.address, count }
}

/// `a == b` as far as it can be told at once: `None` where content must be compared or a method asked.
#[inline]
pub fn simple_equal(rt: &Runtime, a: Value, b: Value) -> Option<bool> {
    if a.is_inline_int() && b.is_inline_int() {
        return Some(a == b);
    }
    if a.is_string() && b.is_string() {
        return Some(strings_equal(a, b));
    }
    simple_equal_slow(rt, a, b)
}

fn simple_equal_slow(rt: &Runtime, a: Value, b: Value) -> Option<bool> {
    if let Some(first) = a.to_number() {
        return Some(b.to_number().is_some_and(|second| compare_numbers(first, second) == Some(std::cmp::Ordering::Equal)));
    }
    let (Some(first), Some(second)) = (a.kind(), b.kind()) else {
        return Some(a == b);
    };
    let is_memory = |kind| matches!(kind, Kind::Block | Kind::View);
    if is_memory(first) && is_memory(second) {
        return memory_equal(rt, a, b);
    }
    if first == Kind::Callback || second == Kind::Callback {
        return Some(match (rt.pointer_address(a), rt.pointer_address(b)) {
            (Some(first), Some(second)) => first == second,
            _ => a == b,
        });
    }
    if first != second {
        return Some(false);
    }
    match first {
        // Also for one and the same: a list that holds NaN is not equal to itself.
        Kind::List | Kind::Map => None,
        // SAFETY: the kind says which struct is there.
        Kind::Type => Some(unsafe { (*a.object::<TypeObject>()).type_id == (*b.object::<TypeObject>()).type_id }),
        Kind::Range => match (RangeParts::of(a), RangeParts::of(b)) {
            (Some(a), Some(b)) => Some(a.equal(b)),
            _ => Some(false),
        },
        _ => Some(a == b),
    }
}

fn memory_equal(rt: &Runtime, a: Value, b: Value) -> Option<bool> {
    let (first, second) = (memory_identity(rt, a), memory_identity(rt, b));
    if first.kind != second.kind {
        return Some(false);
    }
    match first.kind {
        MemoryKind::Pointer => Some(first.address == second.address),
        // The content of what an arena no longer has is asked for, and refused.
        MemoryKind::Slice if first.count != second.count && !rt.is_spent(a) && !rt.is_spent(b) => Some(false),
        MemoryKind::Slice => None,
        MemoryKind::Record if first.type_id != second.type_id => Some(false),
        MemoryKind::Record if find_overload(rt, a, "==").is_some() => None,
        MemoryKind::Record => Some(first.address == second.address),
    }
}

/// `a == b` of the language.
#[inline]
pub fn equal(host: &mut dyn Host, a: Value, b: Value) -> Result<bool, Thrown> {
    match simple_equal(host.runtime(), a, b) {
        Some(answer) => Ok(answer),
        None => equal_slow(host, a, b),
    }
}

#[cold]
fn equal_slow(host: &mut dyn Host, a: Value, b: Value) -> Result<bool, Thrown> {
    let held = host.runtime().held.len();
    let result = Comparer { host: &mut *host, depth: 0, remembered: HashSet::new() }.content_equal(a, b);
    host.runtime().held.truncate(held);
    result
}

/// One comparison of content. What it compares stands in the runtime's held values, since methods of structs may run.
struct Comparer<'a> {
    host: &'a mut dyn Host,
    depth: usize,
    remembered: HashSet<(u64, u64)>,
}

impl Comparer<'_> {
    fn equal(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        match simple_equal(self.host.runtime(), a, b) {
            Some(answer) => Ok(answer),
            None => self.content_equal(a, b),
        }
    }

    fn content_equal(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        self.host.check_stack()?;
        if self.depth >= REMEMBERED_DEPTH && !self.remembered.insert((a.0, b.0)) {
            return Ok(true);
        }
        self.depth += 1;
        self.host.runtime().held.extend([a, b]);
        let result = if let (Some(a), Some(b)) = (ListRef::of(a), ListRef::of(b)) {
            self.lists_equal(a, b)
        } else if let (Some(a), Some(b)) = (MapRef::of(a), MapRef::of(b)) {
            self.maps_equal(a, b)
        } else {
            self.memory_equal(a, b)
        };
        self.depth -= 1;
        // What is remembered stays held until the comparison ends, so that no other object takes its address meanwhile.
        if result.is_ok() && self.remembered.is_empty() {
            let held = &mut self.host.runtime().held;
            held.truncate(held.len() - 2);
        }
        result
    }

    fn lists_equal(&mut self, a: ListRef, b: ListRef) -> Result<bool, Thrown> {
        if a.len() != b.len() {
            return Ok(false);
        }
        // Methods may change the lists: each step looks anew.
        let mut at = 0;
        while let (Some(first), Some(second)) = (a.get(at), b.get(at)) {
            if !self.equal(first, second)? {
                return Ok(false);
            }
            at += 1;
        }
        Ok(a.len() == b.len())
    }

    fn maps_equal(&mut self, a: MapRef, b: MapRef) -> Result<bool, Thrown> {
        if a.len() != b.len() {
            return Ok(false);
        }
        // A place that keeps the value at hand alive, should a method take it out of the map.
        let place = self.host.runtime().held.len();
        self.host.runtime().held.push(Value::NIL);
        let mut at = 0;
        while let Some((found, key, value)) = a.next_entry(at) {
            self.host.runtime().held[place] = value;
            let Some(other) = b.get(self.host, key)? else {
                return Ok(false);
            };
            if !self.equal(value, other)? {
                return Ok(false);
            }
            at = found + 1;
        }
        if self.remembered.is_empty() {
            self.host.runtime().held.truncate(place);
        }
        Ok(a.len() == b.len())
    }

    /// Two slices of one length, or two values of a struct with `==`.
    fn memory_equal(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        let rt = self.host.runtime();
        let identity = memory_identity(rt, a);
        if identity.kind == MemoryKind::Record {
            let answer = call_overload(self.host, a, "==", &[b])?.unwrap_or(Value::FALSE);
            return Ok(answer.is_truthy());
        }
        if let Some(answer) = rt.slices_equal(a, b)? {
            return Ok(answer);
        }
        for at in 0..identity.count {
            let rt = self.host.runtime();
            let (first, second) = (rt.slice_element(a, at)?, rt.slice_element(b, at)?);
            if !self.equal(first, second)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `same(a, b)`: identity. Numbers and strings by type and content; pointers, struct values and slices by memory, length and type.
pub fn same(rt: &Runtime, a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    if a.is_float() || b.is_float() {
        return false;
    }
    if let (Some(a), Some(b)) = (a.to_int(), b.to_int()) {
        return a == b;
    }
    let (Some(first), Some(second)) = (a.kind(), b.kind()) else {
        return false;
    };
    match (first, second) {
        (Kind::String, Kind::String) => strings_equal(a, b),
        (Kind::Block | Kind::View, Kind::Block | Kind::View) => memory_identity(rt, a) == memory_identity(rt, b),
        _ => false,
    }
}

#[cfg(test)]
#[path = "equality_test.rs"]
mod tests;
