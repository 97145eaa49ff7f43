//! Methods of lists. Those that only change the list return it. Those that take functions are written in Cotter, in
//! `stdlib/list.cot`, so that they need no care about what a collection may find.

use super::expect::{no_constants, parameter, receiver_list};
use super::string::join_iterable;
use crate::value::{self, Comparison, ListRef, Number, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::cmp::Ordering;

pub const NAMESPACE: Namespace = Namespace {
    name: "list",
    place: Place::Methods(TypeId::LIST),
    entries: ENTRIES,
    constants: no_constants,
    script: Some((
        include_str!("../../stdlib/list.cot"),
        &["map", "filter", "reduce", "each", "any", "all", "sort_by", "sort_with"],
    )),
    doc: "Methods of lists. Those that only change a list return it.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "push", signature: "(self, ...xs)", minimum: 1, maximum: NativeEntry::ANY, function: push, doc: "Appends the values.\n\n    let xs = [1]\n    xs.push(2, 3)\n    print(xs)   # => [1, 2, 3]" },
    NativeEntry { name: "pop", signature: "(self)", minimum: 1, maximum: 1, function: pop, doc: "Takes the last element off and returns it; an empty list is an `IndexError`." },
    NativeEntry { name: "insert", signature: "(self, i, x)", minimum: 3, maximum: 3, function: insert, doc: "Inserts `x` before the element at `i`, or at the end if `i` is the length; elsewhere it is an `IndexError`." },
    NativeEntry { name: "remove", signature: "(self, i)", minimum: 2, maximum: 2, function: remove, doc: "Takes the element at `i` out and returns it; `IndexError` if there is none." },
    NativeEntry { name: "clear", signature: "(self)", minimum: 1, maximum: 1, function: clear, doc: "Takes all elements out." },
    NativeEntry { name: "extend", signature: "(self, iterable)", minimum: 2, maximum: 2, function: extend, doc: "Appends the elements of an iterable." },
    NativeEntry { name: "first", signature: "(self)", minimum: 1, maximum: 1, function: first, doc: "The first element, nil if there is none." },
    NativeEntry { name: "last", signature: "(self)", minimum: 1, maximum: 1, function: last, doc: "The last element, nil if there is none." },
    NativeEntry { name: "contains", signature: "(self, x)", minimum: 2, maximum: 2, function: contains, doc: "Whether an element is equal to `x`; the same as `x in self`." },
    NativeEntry { name: "index_of", signature: "(self, x)", minimum: 2, maximum: 2, function: index_of, doc: "The index of the first element that is equal to `x`, or nil." },
    NativeEntry { name: "reverse", signature: "(self)", minimum: 1, maximum: 1, function: reverse, doc: "Turns the order round, in place." },
    NativeEntry { name: "sort", signature: "(self)", minimum: 1, maximum: 1, function: sort, doc: "Sorts in place, stable: numbers (NaN last), strings by their bytes, pointers, or struct values with `<`. Elements that cannot be compared are a `TypeError`, and the list stays as it was." },
    NativeEntry { name: "join", signature: "(self, sep)", minimum: 2, maximum: 2, function: join, doc: "The `str` of its elements, with `sep` between them." },
    NativeEntry { name: "copy", signature: "(self)", minimum: 1, maximum: 1, function: copy, doc: "A new list of the same elements." },
    NativeEntry { name: "flat", signature: "(self)", minimum: 1, maximum: 1, function: flat, doc: "A new list in which elements that are lists are replaced by their elements; one level deep.\n\n    print([[1], [2, [3]], 4].flat())   # => [1, 2, [3], 4]" },
    NativeEntry { name: "_sort_by_keys", signature: "(self, keys)", minimum: 2, maximum: 2, function: sort_by_keys, doc: "Sorts by a list of keys, one for each element." },
];

fn push(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "push")?;
    if arguments.count() == 2 {
        list.push(&mut vm.runtime, arguments.get(1))?;
    } else {
        list.extend(&mut vm.runtime, &arguments.rest(1))?;
    }
    Ok(list.value())
}

fn pop(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "pop")?;
    match list.pop() {
        Some(value) => Ok(value),
        None => vm.runtime.fail_empty_list(),
    }
}

fn insert(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "insert")?;
    let index = parameter("insert", "i", 1).int(vm, arguments)?;
    list.insert(&mut vm.runtime, index, arguments.get(2))?;
    Ok(list.value())
}

fn remove(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "remove")?;
    let index = parameter("remove", "i", 1).int(vm, arguments)?;
    list.remove(&mut vm.runtime, index)
}

fn clear(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "clear")?;
    list.clear();
    Ok(list.value())
}

fn extend(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "extend")?;
    vm.list_extend(list.value(), arguments.get(1))?;
    Ok(list.value())
}

fn first(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "first")?;
    Ok(list.get(0).unwrap_or(Value::NIL))
}

fn last(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "last")?;
    Ok(list.values().last().copied().unwrap_or(Value::NIL))
}

/// Where an element is equal. A struct's `==` may change the list, so each step looks anew.
fn position(vm: &mut Vm, list: ListRef, wanted: Value) -> Result<Option<usize>, Thrown> {
    let mut at = 0;
    while let Some(element) = list.get(at) {
        if value::equal(vm, element, wanted)? {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}

fn contains(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "contains")?;
    Ok(Value::bool(position(vm, list, arguments.get(1))?.is_some()))
}

fn index_of(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "index_of")?;
    Ok(position(vm, list, arguments.get(1))?.map_or(Value::NIL, |at| Value::inline_int(at as i64)))
}

fn reverse(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "reverse")?;
    list.reverse(&mut vm.runtime.heap);
    Ok(list.value())
}

fn sort(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "sort")?;
    value::sort(vm, list)?;
    Ok(list.value())
}

fn join(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    receiver_list(vm, arguments, "join")?;
    let separator = parameter("join", "sep", 1).string(vm, arguments)?;
    join_iterable(vm, arguments.get(0), separator)
}

fn copy(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "copy")?;
    Ok(vm.runtime.list_of(list.values())?.value())
}

fn flat(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "flat")?;
    let result = vm.runtime.new_list(list.len())?;
    for &element in list.values() {
        match ListRef::of(element) {
            Some(inner) => result.extend(&mut vm.runtime, inner.values())?,
            None => result.push(&mut vm.runtime, element)?,
        }
    }
    Ok(result.value())
}

// ------------------------------------------------------------ sorting by keys

/// The order of two keys that are numbers or strings, NaN behind all numbers; `None` for what else there is.
fn order_of_keys(vm: &Vm, a: Value, b: Value) -> Option<Ordering> {
    match value::compare(&vm.runtime, a, b) {
        Comparison::Ordered(ordering) => Some(ordering),
        Comparison::Unordered => Some(is_nan(a).cmp(&is_nan(b))),
        Comparison::NotApplicable => None,
    }
}

fn is_nan(value: Value) -> bool {
    matches!(value.to_number(), Some(Number::Float(float)) if float.is_nan())
}

/// The second half of `sort_by`: the keys are computed, and each element is as far from the start as its key.
fn sort_by_keys(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = receiver_list(vm, arguments, "sort_by")?;
    let keys = parameter("sort_by", "keys", 1).list(vm, arguments)?;
    if keys.len() != list.len() {
        return vm.fail(value::ErrorKind::IterationError, "the list was changed while its keys were computed; sort a copy of it");
    }
    let all = keys.values();
    let order = if all.iter().all(|key| key.is_number()) || all.iter().all(|key| key.is_string()) {
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        order.sort_by(|&a, &b| order_of_keys(vm, all[a as usize], all[b as usize]).unwrap_or(Ordering::Equal));
        order
    } else {
        order_by_methods(vm, keys)?
    };
    if order.len() != list.len() {
        return vm.fail(
            value::ErrorKind::IterationError,
            "the list was changed by a comparison while it was sorted; sort a copy of it",
        );
    }
    let sorted: Vec<Value> = order.iter().map(|&at| list.values()[at as usize]).collect();
    for (at, value) in sorted.into_iter().enumerate() {
        list.set(&mut vm.runtime.heap, at, value);
    }
    Ok(list.value())
}

/// The order of keys that may have `<` methods: a list of their positions is sorted.
fn order_by_methods(vm: &mut Vm, keys: ListRef) -> Result<Vec<u32>, Thrown> {
    let positions: Vec<Value> = (0..keys.len()).map(|at| Value::inline_int(at as i64)).collect();
    let positions = vm.runtime.list_of(&positions)?;
    let key_at = |position: Value| keys.get(position.as_inline_int() as usize).unwrap_or(Value::NIL);
    value::sort_by(vm, positions, &mut |host, a, b| value::less_than(host, key_at(a), key_at(b)))?;
    Ok(positions.values().iter().map(|position| position.as_inline_int() as u32).collect())
}
