//! Builtins about sequences. Those that take functions are written in Cotter, in `stdlib/sequences.cot`.

use super::expect::{hold, no_constants, parameter};
use crate::value::{
    ErrorKind, ListRef, MapRef, Number, OrderOperator, RangeParts, Thrown, Value, call_overload, integer_overflow,
};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "sequences",
    place: Place::Builtins,
    entries: ENTRIES,
    constants: no_constants,
    script: Some((include_str!("../../stdlib/sequences.cot"), &["sorted", "zip"])),
    doc: "Lengths, ranges, and what is computed of all elements of an iterable.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "len", signature: "(x)", minimum: 1, maximum: 1, function: len, doc: "The bytes of a string, the elements of a list, slice or range, the entries of a map, what the `len` method of a struct value gives." },
    NativeEntry { name: "range", signature: "(start, end = nil, step = 1)", minimum: 1, maximum: 3, function: range, doc: "The ints from `start` to before `end`, `step` apart; with one argument those from 0 to before it. A step of 0 is a `ValueError`.\n\n    print([...range(3)], [...range(10, 0, -4)])   # => [0, 1, 2] [10, 6, 2]" },
    NativeEntry { name: "min", signature: "(x, ...others)", minimum: 1, maximum: NativeEntry::ANY, function: min, doc: "The least of several arguments, or of the elements of one iterable, the first of several; NaN if one of them is NaN. Of none it is a `ValueError`." },
    NativeEntry { name: "max", signature: "(x, ...others)", minimum: 1, maximum: NativeEntry::ANY, function: max, doc: "The greatest of several arguments, or of the elements of one iterable, the first of several; NaN if one of them is NaN. Of none it is a `ValueError`." },
    NativeEntry { name: "sum", signature: "(xs)", minimum: 1, maximum: 1, function: sum, doc: "The sum of the numbers of an iterable, 0 if there are none. Ints are added exactly, and a sum that does not fit is an `ArithmeticError`; with a float among them it is a float." },
    NativeEntry { name: "enumerate", signature: "(xs)", minimum: 1, maximum: 1, function: enumerate, doc: "A list of pairs `[index, element]`.\n\n    for [i, x] in enumerate([\"a\", \"b\"]) { print(i, x) }\n    # => 0 a\n    # => 1 b" },
];

fn len(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let value = arguments.get(0);
    let length = if value.is_string() {
        value.string_length()
    } else if let Some(list) = ListRef::of(value) {
        list.len()
    } else if let Some(map) = MapRef::of(value) {
        map.len()
    } else if let Some(range) = RangeParts::of(value) {
        match usize::try_from(range.count()) {
            Ok(count) if count <= i64::MAX as usize => count,
            _ => return integer_overflow(&mut vm.runtime),
        }
    } else if let Some(parts) = vm.runtime.slice_parts(value) {
        vm.runtime.check_live(value)?;
        vm.runtime.check_has_end(&parts)?;
        parts.count
    } else {
        return len_of_record(vm, value);
    };
    Ok(vm.runtime.int(length as i64))
}

fn len_of_record(vm: &mut Vm, value: Value) -> Result<Value, Thrown> {
    match call_overload(vm, value, "len", &[])? {
        Some(length) if length.to_int().is_some_and(|length| length >= 0) => Ok(length),
        Some(answer) => {
            let shown = vm.repr_short(answer)?;
            let owner = vm.runtime.type_name(value);
            vm.fail(ErrorKind::TypeError, format!("the `len` method of {owner} gave {shown}; expected an int of 0 or more"))
        }
        None => {
            let found = vm.runtime.type_name(value);
            vm.fail(
                ErrorKind::TypeError,
                format!(
                    "{found} has no length; len() takes a string, list, map, range, slice, or a struct value with a `len` method"
                ),
            )
        }
    }
}

fn range(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let first = parameter("range", "start", 0).int(vm, arguments)?;
    let end = parameter("range", "end", 1).optional_int(vm, arguments)?;
    let step = parameter("range", "step", 2).optional_int(vm, arguments)?.unwrap_or(1);
    if step == 0 {
        return parameter("range", "step", 2).wrong_value(vm, "must not be 0");
    }
    let (start, end) = match end {
        Some(end) => (first, end),
        None => (0, first),
    };
    Ok(vm.runtime.new_range(start, end, step))
}

/// The element that comes before all others by `operator`, the first of several.
fn extreme(vm: &mut Vm, arguments: Arguments, function: &'static str, operator: OrderOperator) -> Result<Value, Thrown> {
    // The best so far stands among the held values: a struct's `<` may run in between.
    hold(vm, &[Value::UNDEFINED], |vm| {
        let slot = vm.runtime.held.len() - 1;
        let mut visit = |vm: &mut Vm, candidate: Value| {
            let best = vm.runtime.held[slot];
            if best.is_undefined() || is_better(vm, operator, candidate, best)? {
                vm.runtime.held[slot] = candidate;
            }
            Ok(())
        };
        if arguments.count() == 1 {
            vm.for_each(arguments.get(0), &mut visit)?;
        } else {
            for at in 0..arguments.count() {
                visit(vm, arguments.get(at))?;
            }
        }
        let best = vm.runtime.held[slot];
        if best.is_undefined() {
            return vm.fail(ErrorKind::ValueError, format!("{function}() of no elements; check the length first"));
        }
        Ok(best)
    })
}

/// Whether the candidate goes before the best so far. NaN goes before every other number, and stays.
fn is_better(vm: &mut Vm, operator: OrderOperator, candidate: Value, best: Value) -> Result<bool, Thrown> {
    if let (Some(a), Some(b)) = (candidate.to_number(), best.to_number()) {
        let is_nan = |number| matches!(number, Number::Float(float) if float.is_nan());
        if is_nan(a) || is_nan(b) {
            return Ok(!is_nan(b));
        }
    }
    vm.order(operator, candidate, best)
}

fn min(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    extreme(vm, arguments, "min", OrderOperator::Less)
}

fn max(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    extreme(vm, arguments, "max", OrderOperator::Greater)
}

/// A sum on its way: exact as long as there are ints only.
enum Sum {
    Int(i128),
    Float(f64),
}

impl Sum {
    fn add(&mut self, number: Number) {
        *self = match (&self, number) {
            (Sum::Int(sum), Number::Int(int)) => Sum::Int(sum + int as i128),
            (Sum::Int(sum), Number::Float(float)) => Sum::Float(*sum as f64 + float),
            (Sum::Float(sum), number) => Sum::Float(sum + number.to_float()),
        };
    }
}

fn sum(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let mut sum = Sum::Int(0);
    let mut at = 0;
    vm.for_each(arguments.get(0), &mut |vm, value| {
        match value.to_number() {
            Some(number) => sum.add(number),
            None => {
                let found = vm.runtime.type_name(value);
                return vm.fail(ErrorKind::TypeError, format!("sum() adds numbers, and element {at} is {found}"));
            }
        }
        at += 1;
        Ok(())
    })?;
    match sum {
        Sum::Int(sum) => match i64::try_from(sum) {
            Ok(sum) => Ok(vm.runtime.int(sum)),
            Err(_) => integer_overflow(&mut vm.runtime),
        },
        Sum::Float(sum) => Ok(Value::float_from_memory(sum)),
    }
}

fn enumerate(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let list = vm.runtime.new_list(0)?;
    hold(vm, &[list.value()], |vm| {
        vm.for_each(arguments.get(0), &mut |vm, value| {
            let index = vm.runtime.int(list.len() as i64);
            let pair = vm.runtime.list_of(&[index, value])?;
            list.push(&mut vm.runtime, pair.value())
        })
    })?;
    Ok(list.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_ints_are_exact() {
        let mut sum = Sum::Int(0);
        for int in [i64::MAX, i64::MAX, -i64::MAX, 5 - i64::MAX] {
            sum.add(Number::Int(int));
        }
        assert!(matches!(sum, Sum::Int(5)));
        sum.add(Number::Float(0.5));
        assert!(matches!(sum, Sum::Float(total) if total == 5.5));
    }
}
