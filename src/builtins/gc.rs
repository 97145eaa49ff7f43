//! The module `gc`: the collector, and finalizers.

use super::expect::{hold, no_constants, parameter};
use super::heap_page;
use super::pin_row::pin_rows;
use super::snapshot;
use super::system_error::system_error;
use crate::value::{Host, Kind, ListRef, Memory, Thrown, TypeId, Value, View, ViewObject};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::io::Write;

pub const NAMESPACE: Namespace = Namespace {
    name: "gc",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "The collector, and finalizers.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "collect", signature: "()", minimum: 0, maximum: 0, function: collect, doc: "Collects now; the finalizers of what was found unreachable have run when it returns." },
    NativeEntry { name: "stats", signature: "()", minimum: 0, maximum: 0, function: stats, doc: "A map of figures. `allocated_bytes` and `allocated_objects`: what is in use or was not collected yet; `live_bytes` and `live_objects`: what the last collection left; `goal_bytes`: where the next one begins (nil: never); `committed_bytes`, `free_bytes`, `reserved_bytes`: memory of the system's, the part of it without objects, and the addresses that are set aside; `collections`, `freed_bytes`, `total_allocated_bytes`: since the start; `pinned_objects`; `pause_total` and `pause_max`, in seconds." },
    NativeEntry { name: "pins", signature: "()", minimum: 0, maximum: 0, function: pins, doc: "A list with a map for each pin in force: `type` and `size` (in bytes) of the pinned object, and the `place` where it was pinned." },
    NativeEntry { name: "set_percent", signature: "(n)", minimum: 1, maximum: 1, function: set_percent, doc: "By how many percent the heap may grow before the next collection (100 at first); nil for no limit. Returns the percentage before." },
    NativeEntry { name: "finalizer", signature: "(x, f)", minimum: 2, maximum: 2, function: finalizer, doc: "Calls `f(x)` once after `x` (of a slice or pointer: its memory) has become unreachable; `f` must not refer to `x` itself. A second call for `x` replaces the first, with nil it takes it back. What becomes unreachable together is finalized newest first.\n\n    fn make() { gc.finalizer([1], fn(x) { print(\"gone\", x) }) }\n    make()\n    gc.collect()   # => gone [1]" },
    NativeEntry { name: "snapshot", signature: "(path)", minimum: 1, maximum: 1, function: snapshot, doc: "Writes what the heap holds to a file, what was not collected yet included. A path that ends with `.html` gets a page for a browser: spans by size class and how full they are, what is pinned and from where, the largest objects and what keeps them alive. Any other gets lines of JSON: `objects` and `bytes` of all, then for each object its `id`, `type`, `bytes`, `pins`, and the ids of the objects that it `refers` to. What fails is an `IOError`." },
];

/// The function that a finalizer of a view is bound to.
static SHOW_VIEW: NativeEntry = NativeEntry {
    name: "finalizer",
    signature: "(recipe, memory)",
    minimum: 2,
    maximum: 2,
    function: finalize_view,
    doc: "Calls the finalizer of a view with a view like the one it was set for.",
};

fn collect(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    // The safepoint behind this call does it, where all that lives is known.
    vm.runtime.heap.request_collection();
    Ok(Value::NIL)
}

fn stats(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    let stats = vm.runtime.heap.stats();
    let goal = if stats.goal_bytes == usize::MAX { Value::NIL } else { vm.runtime.int(stats.goal_bytes as i64) };
    let mut int = |number: u64| vm.runtime.int(number.min(i64::MAX as u64) as i64);
    let entries = [
        ("allocated_bytes", int(stats.allocated_bytes as u64)),
        ("allocated_objects", int(stats.allocated_objects as u64)),
        ("live_bytes", int(stats.live_bytes as u64)),
        ("live_objects", int(stats.live_objects as u64)),
        ("goal_bytes", goal),
        ("committed_bytes", int(stats.committed_bytes as u64)),
        ("free_bytes", int(stats.free_bytes as u64)),
        ("reserved_bytes", int(stats.reserved_bytes as u64)),
        ("collections", int(stats.collections)),
        ("freed_bytes", int(stats.freed_bytes)),
        ("total_allocated_bytes", int(stats.total_allocated_bytes)),
        ("pinned_objects", int(stats.pinned_objects as u64)),
        ("pause_total", Value::float(stats.pause_total.as_secs_f64())),
        ("pause_max", Value::float(stats.pause_max.as_secs_f64())),
    ];
    vm.map_of(&entries)
}

fn pins(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    let rows = pin_rows(vm);
    let list = vm.runtime.new_list(rows.len())?;
    for row in rows {
        let size = vm.runtime.int(row.size as i64);
        let place = match row.place {
            Some(place) => vm.runtime.string(&place)?,
            None => Value::NIL,
        };
        let entry = vm.map_of(&[("type", row.type_value), ("size", size), ("place", place)])?;
        list.push(&mut vm.runtime, entry)?;
    }
    Ok(list.value())
}

fn set_percent(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let percent = match parameter("set_percent", "n", 0).optional_int(vm, arguments)? {
        None => None,
        Some(percent) => match u32::try_from(percent) {
            Ok(percent) => Some(percent),
            Err(_) => return parameter("set_percent", "n", 0).wrong_value(vm, &format!("is 0 or more, or nil; not {percent}")),
        },
    };
    let before = vm.runtime.heap.set_percent(percent);
    Ok(before.map_or(Value::NIL, |percent| Value::inline_int(percent as i64)))
}

fn finalizer(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (value, function) = (arguments.get(0), arguments.get(1));
    let (object, finalizer) = match value.kind() {
        Some(
            Kind::List | Kind::Map | Kind::Range | Kind::String | Kind::Closure | Kind::BoundMethod | Kind::Error | Kind::Block,
        ) => (value, function),
        Some(Kind::View) => match Memory::of(value) {
            Some(memory) if memory.owner.is_reference() => (memory.owner, finalizer_of_view(vm, value, memory, function)?),
            _ => (value, function),
        },
        _ => {
            return parameter("finalizer", "x", 0).wrong_type(
                vm,
                "a list, map, string, function, error, struct value, slice or pointer",
                value,
            );
        }
    };
    if function.is_nil() {
        vm.runtime.heap.clear_finalizer(object.address());
    } else {
        vm.runtime.heap.set_finalizer(object.address(), finalizer.0);
    }
    Ok(Value::NIL)
}

/// A finalizer of the object behind a view, which calls the function with a view like this one. (It cannot keep the view itself, which
/// would keep the object.)
fn finalizer_of_view(vm: &mut Vm, value: Value, memory: Memory, function: Value) -> Result<Value, Thrown> {
    let count = vm.runtime.slice_parts(value).map_or(0, |parts| parts.count);
    let type_id = value.header().type_id;
    let words = [type_id as usize, memory.address, memory.low, memory.high, count, memory.flags as usize];
    let mut recipe = vec![function];
    recipe.extend(words.map(|word| vm.runtime.int(word as i64)));
    let recipe = vm.runtime.list_of(&recipe)?;
    let native = vm.native_value(&SHOW_VIEW);
    Ok(vm.bind(recipe.value(), native))
}

fn finalize_view(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let recipe = ListRef::of(arguments.get(0)).map_or(&[][..], ListRef::values);
    let &[function, ref words @ ..] = recipe else { return Ok(Value::NIL) };
    let words: Vec<usize> = words.iter().map(|word| word.to_int().unwrap_or(0) as usize).collect();
    let &[type_id, address, low, high, count, flags] = &words[..] else { return Ok(Value::NIL) };
    debug_assert!(flags as u64 & !(ViewObject::FLAG_CONST | ViewObject::FLAG_UNBOUNDED) == 0);
    let memory = Memory { type_id: TypeId(type_id as u32), address, owner: arguments.get(1), low, high, flags: flags as u64 };
    let view = vm.runtime.new_view(View { memory, count });
    hold(vm, &[function, view], |vm| vm.call(function, &[view]))
}

fn snapshot(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("snapshot", "path", 0).string(vm, arguments)?;
    let is_page = path.ends_with(".html");
    let written = std::fs::File::create(path).and_then(|mut file| match is_page {
        true => file.write_all(heap_page::page(vm).as_bytes()),
        false => snapshot::write(&mut vm.runtime, file),
    });
    match written {
        Ok(()) => Ok(Value::NIL),
        Err(error) => Err(system_error(vm, "write", path, &error)),
    }
}
