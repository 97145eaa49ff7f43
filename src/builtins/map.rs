//! Methods of maps.

use super::expect::{hold, no_constants, parameter, receiver_map};
use crate::value::{MapRef, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "map",
    place: Place::Methods(TypeId::MAP),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of maps. Keys keep the order in which they came.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "get", signature: "(self, k, default = nil)", minimum: 2, maximum: 3, function: get, doc: "The value of the key `k`, or `default` if it is missing." },
    NativeEntry { name: "has", signature: "(self, k)", minimum: 2, maximum: 2, function: has, doc: "Whether the key is there; the same as `k in self`." },
    NativeEntry { name: "remove", signature: "(self, k)", minimum: 2, maximum: 2, function: remove, doc: "Takes the key out and returns its value, or nil if it was missing." },
    NativeEntry { name: "keys", signature: "(self)", minimum: 1, maximum: 1, function: keys, doc: "A list of the keys." },
    NativeEntry { name: "values", signature: "(self)", minimum: 1, maximum: 1, function: values, doc: "A list of the values, in the order of their keys." },
    NativeEntry { name: "items", signature: "(self)", minimum: 1, maximum: 1, function: items, doc: "A list of pairs `[key, value]`.\n\n    for [k, v] in [\"a\": 1].items() { print(k, v) }   # => a 1" },
    NativeEntry { name: "clear", signature: "(self)", minimum: 1, maximum: 1, function: clear, doc: "Takes all entries out, and returns the map." },
    NativeEntry { name: "merge", signature: "(self, m)", minimum: 2, maximum: 2, function: merge, doc: "A new map with the entries of both; where both have a key, the value of `m`." },
    NativeEntry { name: "copy", signature: "(self)", minimum: 1, maximum: 1, function: copy, doc: "A new map with the same entries." },
];

fn get(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "get")?;
    let found = map.get(vm, arguments.get(1))?;
    Ok(found.or(arguments.optional(2)).unwrap_or(Value::NIL))
}

fn has(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "has")?;
    Ok(Value::bool(map.get(vm, arguments.get(1))?.is_some()))
}

fn remove(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "remove")?;
    Ok(map.remove(vm, arguments.get(1))?.unwrap_or(Value::NIL))
}

fn keys(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "keys")?;
    let list = vm.runtime.new_list(map.len())?;
    for (key, _) in map.entries() {
        list.push(&mut vm.runtime, key)?;
    }
    Ok(list.value())
}

fn values(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "values")?;
    let list = vm.runtime.new_list(map.len())?;
    for (_, value) in map.entries() {
        list.push(&mut vm.runtime, value)?;
    }
    Ok(list.value())
}

fn items(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "items")?;
    let list = vm.runtime.new_list(map.len())?;
    for (key, value) in map.entries() {
        let pair = vm.runtime.list_of(&[key, value])?;
        list.push(&mut vm.runtime, pair.value())?;
    }
    Ok(list.value())
}

fn clear(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "clear")?;
    map.clear();
    Ok(map.value())
}

fn merge(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "merge")?;
    let other = parameter("merge", "m", 1).map(vm, arguments)?;
    let merged = vm.runtime.copy_map(map)?;
    hold(vm, &[merged.value()], |vm| insert_all(vm, merged, other))?;
    Ok(merged.value())
}

/// Inserts the entries of `other`, which is rooted as `map` is. A key's `==` may change it: each step looks anew.
fn insert_all(vm: &mut Vm, map: MapRef, other: MapRef) -> Result<(), Thrown> {
    let mut at = 0;
    while let Some((found, key, value)) = other.next_entry(at) {
        hold(vm, &[key, value], |vm| map.insert(vm, key, value))?;
        at = found + 1;
    }
    Ok(())
}

fn copy(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let map = receiver_map(vm, arguments, "copy")?;
    Ok(vm.runtime.copy_map(map)?.value())
}
