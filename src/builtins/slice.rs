//! Methods of slices. They work on the elements in place; what they store goes through the conversions and checks of every store.

use super::expect::{no_constants, parameter};
use crate::value::{self, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "slice",
    place: Place::Methods(TypeId::SLICE_METHODS),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Methods of slices, `[]T`. `text` and `hex` are those of `[]u8`.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "fill", signature: "(self, v)", minimum: 2, maximum: 2, function: fill, doc: "Stores `v` in every element, and returns the slice." },
    NativeEntry { name: "copy_from", signature: "(self, src)", minimum: 2, maximum: 2, function: copy_from, doc: "Copies the elements of a slice of the same type into the beginning (they may overlap), and returns the slice. A slice of bytes takes a string too; in one of `c_char` a NUL is put behind it. More elements than there is room for are a `ValueError`.\n\n    let s = new [4]u8\n    s.copy_from(b\"ab\")\n    print(s)   # => []u8[97, 98, 0, 0]\n\n    import ffi\n    struct user { name: [8]c_char }\n    let u = user()\n    u.name.copy_from(\"alice\")\n    print(ffi.string(u.name))   # => alice" },
    NativeEntry { name: "list", signature: "(self)", minimum: 1, maximum: 1, function: list, doc: "A list of its elements." },
    NativeEntry { name: "sort", signature: "(self)", minimum: 1, maximum: 1, function: sort, doc: "Sorts the elements in place, NaN last, and returns the slice. Elements that cannot be compared are a `TypeError`." },
    NativeEntry { name: "find", signature: "(self, v)", minimum: 2, maximum: 2, function: find, doc: "The index of the first element that is equal to `v`, or nil." },
    NativeEntry { name: "contains", signature: "(self, v)", minimum: 2, maximum: 2, function: contains, doc: "Whether an element is equal to `v`; the same as `v in self`." },
    NativeEntry { name: "text", signature: "(self, lossy = false)", minimum: 1, maximum: 2, function: text, doc: "The string that these bytes are in UTF-8. Where they are not, it is a `ValueError`, or with `lossy` a replacement character." },
    NativeEntry { name: "hex", signature: "(self)", minimum: 1, maximum: 1, function: hex, doc: "The bytes as two hexadecimal digits each." },
];

fn fill(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    vm.runtime.fill_slice(arguments.get(0), arguments.get(1))?;
    Ok(arguments.get(0))
}

fn copy_from(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let source = arguments.get(1);
    if source.is_string() {
        vm.runtime.copy_text_into(arguments.get(0), source)?;
        return Ok(arguments.get(0));
    }
    if vm.runtime.slice_parts(source).is_none() {
        return parameter("copy_from", "src", 1).wrong_type(vm, "a slice or string", source);
    }
    vm.runtime.copy_slice_from(arguments.get(0), source)?;
    Ok(arguments.get(0))
}

fn list(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let values = vm.runtime.slice_values(arguments.get(0))?;
    Ok(vm.runtime.list_of(&values)?.value())
}

fn sort(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let slice = arguments.get(0);
    if let Some(result) = vm.runtime.sort_slice(slice) {
        return result.map(|()| slice);
    }
    // Strings and values of the language: sorted as a list and stored again. (Struct values are views of the very places that
    // change, so they are copied first.)
    let mut values = vm.runtime.slice_values(slice)?;
    let held = vm.runtime.held.len();
    for value in &mut values {
        if let Some(copied) = vm.runtime.copy_memory(*value)
            && vm.runtime.record_identity(*value).is_some()
        {
            *value = copied?;
        }
        vm.runtime.held.push(*value);
    }
    let list = vm.runtime.list_of(&values)?;
    vm.runtime.held.truncate(held);
    vm.runtime.held.push(list.value());
    let result = value::sort(vm, list);
    vm.runtime.held.truncate(held);
    result?;
    // All of it is checked before the first element is written, so it goes there as one copy. Nothing collects on the way.
    let Some(parts) = vm.runtime.slice_parts(slice) else { return Ok(slice) };
    let count = list.len().min(values.len()).min(parts.count);
    let sorted = vm.runtime.new_slice_of(parts.element, count)?;
    for at in 0..count {
        let element = list.get(at).unwrap_or(Value::NIL);
        vm.runtime.set_element(sorted, at, element)?;
    }
    vm.runtime.copy_slice_from(slice, sorted)?;
    Ok(slice)
}

/// The index of an equal element; the elements may change while a struct's `==` runs.
fn position(vm: &mut Vm, slice: Value, wanted: Value) -> Result<Option<usize>, Thrown> {
    let parts = vm.runtime.expect_slice_parts(slice)?;
    vm.runtime.check_has_end(&parts)?;
    for at in 0..parts.count {
        let element = vm.runtime.slice_element(slice, at)?;
        if value::equal(vm, element, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn find(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(position(vm, arguments.get(0), arguments.get(1))?.map_or(Value::NIL, |at| Value::inline_int(at as i64)))
}

fn contains(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(position(vm, arguments.get(0), arguments.get(1))?.is_some()))
}

fn text(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let is_lossy = arguments.optional(1).is_some_and(Value::is_truthy);
    vm.runtime.slice_text(arguments.get(0), is_lossy)
}

fn hex(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    vm.runtime.slice_hex(arguments.get(0))
}
