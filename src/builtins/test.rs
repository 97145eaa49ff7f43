//! The module `test`. What takes functions is written in Cotter, in `stdlib/test.cot`.

use super::expect::no_constants;
use crate::value::{self, ErrorKind, ListRef, MapRef, Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "test",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: Some((include_str!("../../stdlib/test.cot"), &["case", "throws"])),
    doc: "Checks for tests: what they find is an `AssertionError`.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "equal", signature: "(a, b)", minimum: 2, maximum: 2, function: equal, doc: "Throws an `AssertionError` that shows both values, and where they differ first, unless `a == b`.\n\n    try { test.equal([1, 2], [1, 3]) } catch e { print(e.kind) }   # => AssertionError" },
];

fn equal(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let (a, b) = (arguments.get(0), arguments.get(1));
    if value::equal(vm, a, b)? {
        return Ok(Value::NIL);
    }
    let mut message = format!("not equal: {} and {}", vm.repr_short(a)?, vm.repr_short(b)?);
    let mut path = String::new();
    if let Some((first, second)) = find_difference(vm, a, b, &mut path)? {
        message.push_str(&format!("; {path} is {} and {}", vm.repr_short(first)?, vm.repr_short(second)?));
    }
    vm.fail(ErrorKind::AssertionError, message)
}

/// How deep a difference is looked for.
const MAXIMUM_DEPTH: usize = 20;

/// The innermost parts that differ first in two lists or maps, and the way to them; `None` where the values themselves say it all.
fn find_difference(vm: &mut Vm, mut a: Value, mut b: Value, path: &mut String) -> Result<Option<(Value, Value)>, Thrown> {
    for depth in 0..MAXIMUM_DEPTH {
        let step = if let (Some(first), Some(second)) = (ListRef::of(a), ListRef::of(b)) {
            difference_of_lists(vm, first, second, path)?
        } else if let (Some(first), Some(second)) = (MapRef::of(a), MapRef::of(b)) {
            difference_of_maps(vm, first, second, path)?
        } else {
            None
        };
        match step {
            Some((first, second)) => (a, b) = (first, second),
            None => return Ok((depth > 0).then_some((a, b))),
        }
    }
    Ok(Some((a, b)))
}

type Difference = Option<(Value, Value)>;

fn difference_of_lists(vm: &mut Vm, a: ListRef, b: ListRef, path: &mut String) -> Result<Difference, Thrown> {
    let mut at = 0;
    while let (Some(first), Some(second)) = (a.get(at), b.get(at)) {
        if !value::equal(vm, first, second)? {
            path.push_str(&format!("[{at}]"));
            return Ok(Some((first, second)));
        }
        at += 1;
    }
    if a.len() == b.len() {
        return Ok(None);
    }
    path.push_str(".len");
    Ok(Some((Value::inline_int(a.len() as i64), Value::inline_int(b.len() as i64))))
}

fn difference_of_maps(vm: &mut Vm, a: MapRef, b: MapRef, path: &mut String) -> Result<Difference, Thrown> {
    let mut at = 0;
    while let Some((found, key, first)) = a.next_entry(at) {
        let second = b.get(vm, key)?;
        let is_equal = match second {
            Some(second) => value::equal(vm, first, second)?,
            None => false,
        };
        if !is_equal {
            path.push_str(&format!("[{}]", vm.repr_short(key)?));
            // A missing key shows as nil.
            return Ok(Some((first, second.unwrap_or(Value::NIL))));
        }
        at = found + 1;
    }
    let mut at = 0;
    while let Some((found, key, second)) = b.next_entry(at) {
        if a.get(vm, key)?.is_none() {
            path.push_str(&format!("[{}]", vm.repr_short(key)?));
            return Ok(Some((Value::NIL, second)));
        }
        at = found + 1;
    }
    Ok(None)
}
