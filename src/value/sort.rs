//! Sorting lists, stable, in the natural order or by a comparison that may lie.
//!
//! Lists of numbers or strings only are sorted without calling anything; NaN goes last. All else is sorted by a merge sort of our own
//! that asks for each comparison once, keeps all values rooted, and gives a permutation whatever the answers are.

use super::arithmetic::{Comparison, compare, order_error};
use super::list::ListRef;
use super::number::{Number, compare_numbers};
use super::overload::call_overload;
use super::runtime::{Host, Runtime};
use super::string::compare_strings;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use std::cmp::Ordering;

/// Runs of this length are sorted by insertion.
const RUN: usize = 8;

/// A comparison: whether the first value goes before the second.
pub type Less<'a> = &'a mut dyn FnMut(&mut dyn Host, Value, Value) -> Result<bool, Thrown>;

/// What the elements of a list have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    InlineInts,
    Floats,
    Numbers,
    Strings,
    Other,
}

fn content_of(values: &[Value]) -> Content {
    let is_all = |test: fn(Value) -> bool| values.iter().all(|&value| test(value));
    if is_all(Value::is_inline_int) {
        Content::InlineInts
    } else if is_all(Value::is_float) {
        Content::Floats
    } else if is_all(Value::is_string) {
        Content::Strings
    } else if is_all(Value::is_number) {
        Content::Numbers
    } else {
        Content::Other
    }
}

/// The order of floats with NaN behind everything else.
fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn compare_any_numbers(a: Value, b: Value) -> Ordering {
    let (a, b) = (a.to_number().unwrap_or(Number::Int(0)), b.to_number().unwrap_or(Number::Int(0)));
    let is_nan = |n: Number| matches!(n, Number::Float(f) if f.is_nan());
    compare_numbers(a, b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

/// Sorts values that need no script: `false`, and nothing done, if there are others among them.
fn sort_simple(values: &mut [Value]) -> bool {
    match content_of(values) {
        // Equal ints cannot be told apart, so stability needs no care.
        Content::InlineInts => values.sort_unstable_by_key(|value| value.as_shifted_int()),
        Content::Floats => values.sort_by(|a, b| compare_floats(a.as_float(), b.as_float())),
        Content::Numbers => values.sort_by(|&a, &b| compare_any_numbers(a, b)),
        Content::Strings => values.sort_by(|&a, &b| compare_strings(a, b)),
        Content::Other => return false,
    }
    true
}

/// Sorts the list in place in the natural order: numbers, strings, pointers, or struct values with `<`. `TypeError` if two elements have
/// no order; `IterationError` if a `<` changed the list.
pub fn sort(host: &mut dyn Host, list: ListRef) -> Result<(), Thrown> {
    if list.len() < 2 || sort_simple(list.values_mut(&mut host.runtime().heap)) {
        return Ok(());
    }
    sort_by(host, list, &mut less_than)
}

/// `a < b` with struct methods. NaN goes behind all other numbers.
pub fn less_than(host: &mut dyn Host, a: Value, b: Value) -> Result<bool, Thrown> {
    match compare(host.runtime(), a, b) {
        Comparison::Ordered(ordering) => Ok(ordering.is_lt()),
        Comparison::Unordered => Ok(compare_any_numbers(a, b).is_lt()),
        Comparison::NotApplicable => match call_overload(host, a, "<", &[b])? {
            Some(answer) => Ok(answer.is_truthy()),
            None => Err(order_error(host.runtime(), a, b)),
        },
    }
}

/// Sorts the list in place by `less`, whatever that answers. `IterationError` if the list was changed meanwhile, which then stays as it
/// was changed; after any other error the list is as before.
pub fn sort_by(host: &mut dyn Host, list: ListRef, less: Less) -> Result<(), Thrown> {
    let rt = host.runtime();
    let base = rt.held.len();
    rt.held.push(list.value());
    let result = sort_held(host, list, base + 1, less);
    host.runtime().held.truncate(base);
    result
}

fn sort_held(host: &mut dyn Host, list: ListRef, base: usize, less: Less) -> Result<(), Thrown> {
    let count = list.len();
    let original: Vec<Value> = list.values().to_vec();
    let rt = host.runtime();
    // Three runs of `count` values: as they were, and two that are merged back and forth.
    for _ in 0..3 {
        rt.held.extend_from_slice(&original);
    }
    let sorted = merge_sort(host, base + count, base + 2 * count, count, less)?;
    let rt = host.runtime();
    if list.values() != original {
        return fail_changed(rt);
    }
    for at in 0..count {
        let value = rt.held[sorted + at];
        list.set(&mut rt.heap, at, value);
    }
    Ok(())
}

#[cold]
fn fail_changed<T>(rt: &mut Runtime) -> Result<T, Thrown> {
    rt.fail(ErrorKind::IterationError, "the list was changed by a comparison while it was sorted; sort a copy of it")
}

/// Sorts `count` held values that begin at `from`, using as many at `other`; gives the one of the two where they are sorted.
fn merge_sort(host: &mut dyn Host, from: usize, other: usize, count: usize, less: Less) -> Result<usize, Thrown> {
    for start in (0..count).step_by(RUN) {
        insertion_sort(host, from + start, RUN.min(count - start), less)?;
    }
    let (mut source, mut target) = (from, other);
    let mut width = RUN;
    while width < count {
        for start in (0..count).step_by(2 * width) {
            let middle = (start + width).min(count);
            let end = (start + 2 * width).min(count);
            merge(host, source, target, start, middle, end, less)?;
        }
        std::mem::swap(&mut source, &mut target);
        width *= 2;
    }
    Ok(source)
}

fn insertion_sort(host: &mut dyn Host, start: usize, count: usize, less: Less) -> Result<(), Thrown> {
    for next in start + 1..start + count {
        let value = host.runtime().held[next];
        let mut at = next;
        while at > start {
            let before = host.runtime().held[at - 1];
            if !less(host, value, before)? {
                break;
            }
            host.runtime().held.swap(at - 1, at);
            at -= 1;
        }
    }
    Ok(())
}

fn merge(
    host: &mut dyn Host,
    source: usize,
    target: usize,
    start: usize,
    middle: usize,
    end: usize,
    less: Less,
) -> Result<(), Thrown> {
    let (mut left, mut right) = (start, middle);
    for at in start..end {
        let held = &host.runtime().held;
        let takes_right = if left == middle {
            true
        } else if right == end {
            false
        } else {
            let (first, second) = (held[source + left], held[source + right]);
            less(host, second, first)?
        };
        let from = if takes_right { &mut right } else { &mut left };
        let held = &mut host.runtime().held;
        held[target + at] = held[source + *from];
        *from += 1;
    }
    Ok(())
}

#[cfg(test)]
#[path = "sort_test.rs"]
mod tests;
