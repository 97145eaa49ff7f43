//! Ranges, and the checks of indexes and slice bounds that all sequences share.

use super::number::float_to_exact_int;
use super::object::*;
use super::runtime::Runtime;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use std::ops::Range;

/// The numbers of a range.
#[derive(Clone, Copy, Debug)]
pub struct RangeParts {
    pub start: i64,
    /// Not included.
    pub end: i64,
    /// Never 0.
    pub step: i64,
}

impl RangeParts {
    /// The parts, if the value is a range.
    #[inline]
    pub fn of(value: Value) -> Option<RangeParts> {
        if !value.is_kind(Kind::Range) {
            return None;
        }
        let object = value.object::<RangeObject>();
        // SAFETY: the kind says that a `RangeObject` is there.
        unsafe { Some(RangeParts { start: (*object).start, end: (*object).end, step: (*object).step }) }
    }

    /// How many ints it has.
    pub fn count(self) -> u64 {
        let (distance, step) = if self.step > 0 {
            (self.end as i128 - self.start as i128, self.step as i128)
        } else {
            (self.start as i128 - self.end as i128, -(self.step as i128))
        };
        if distance <= 0 { 0 } else { ((distance + step - 1) / step) as u64 }
    }

    /// The int at `index`, if there is one.
    pub fn get(self, index: u64) -> Option<i64> {
        if index < self.count() { Some((self.start as i128 + index as i128 * self.step as i128) as i64) } else { None }
    }

    /// Whether `==` holds for the number and one of the ints.
    pub fn contains(self, value: Value) -> bool {
        let number = if value.is_float() { float_to_exact_int(value.as_float()) } else { value.to_int() };
        let Some(number) = number else { return false };
        let inside =
            if self.step > 0 { self.start <= number && number < self.end } else { self.end < number && number <= self.start };
        inside && (number as i128 - self.start as i128) % self.step as i128 == 0
    }

    /// Whether both have the same ints in the same order.
    pub fn equal(self, other: RangeParts) -> bool {
        let count = self.count();
        count == other.count() && (count == 0 || self.start == other.start && (count == 1 || self.step == other.step))
    }
}

impl Runtime {
    /// `start..=end`. `ArithmeticError` where the end has no successor.
    pub fn new_range_inclusive(&mut self, start: i64, end: i64) -> Result<Value, Thrown> {
        match end.checked_add(1) {
            Some(end) => Ok(self.new_range(start, end, 1)),
            None => self.fail(ErrorKind::ArithmeticError, "integer overflow"),
        }
    }
}

/// The place of `index` in a sequence of `length` elements; `IndexError` if there is none. `what` names the sequence: `list`.
#[inline(always)]
pub fn check_index(rt: &mut Runtime, what: &str, unit: &str, index: i64, length: usize) -> Result<usize, Thrown> {
    if (index as u64) < length as u64 { Ok(index as usize) } else { index_error(rt, what, unit, index, length) }
}

#[cold]
#[inline(never)]
fn index_error<T>(rt: &mut Runtime, what: &str, unit: &str, index: i64, length: usize) -> Result<T, Thrown> {
    let message = if length == 0 {
        format!("index {index} is out of range: the {what} is empty")
    } else if index < 0 {
        format!("index {index} is out of range: indexes of the {what} go from 0 to {}; the last is [len(x) - 1]", length - 1)
    } else {
        format!("index {index} is out of range: the {what} has {length} {}", plural(unit, length))
    };
    rt.fail(ErrorKind::IndexError, message)
}

/// The bounds of `[start..end]` in a sequence of `length` elements; `IndexError` where they are outside or reversed.
#[inline(always)]
pub fn check_slice_bounds(
    rt: &mut Runtime,
    what: &str,
    unit: &str,
    start: i64,
    end: i64,
    length: usize,
) -> Result<Range<usize>, Thrown> {
    if 0 <= start && start <= end && end as u64 <= length as u64 {
        Ok(start as usize..end as usize)
    } else {
        slice_error(rt, what, unit, start, end, length)
    }
}

#[cold]
#[inline(never)]
fn slice_error<T>(rt: &mut Runtime, what: &str, unit: &str, start: i64, end: i64, length: usize) -> Result<T, Thrown> {
    let message = if start < 0 || end < 0 {
        format!("slice {start}..{end} is out of range: offsets count from 0; negative ones do not count from the end")
    } else if start > length as i64 {
        format!("a slice from {start} on is out of range: the {what} has {length} {}", plural(unit, length))
    } else if start > end {
        format!("slice {start}..{end} is reversed: the start must not lie behind the end")
    } else {
        format!("slice {start}..{end} is out of range: the {what} has {length} {}", plural(unit, length))
    };
    rt.fail(ErrorKind::IndexError, message)
}

/// `elements` without its `s` for one.
fn plural(unit: &str, count: usize) -> &str {
    if count == 1 { unit.strip_suffix('s').unwrap_or(unit) } else { unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(start: i64, end: i64, step: i64) -> RangeParts {
        RangeParts { start, end, step }
    }

    #[test]
    fn counts_at_the_edges() {
        assert_eq!(parts(0, 3, 1).count(), 3);
        assert_eq!(parts(5, 2, 1).count(), 0);
        assert_eq!(parts(0, 10, 3).count(), 4);
        assert_eq!(parts(10, 0, -3).count(), 4);
        assert_eq!(parts(i64::MIN, i64::MAX, 1).count(), u64::MAX);
        assert_eq!(parts(i64::MAX, i64::MIN, i64::MIN).count(), 2);
    }

    #[test]
    fn elements_are_contained_and_nothing_else() {
        for range in [parts(0, 10, 3), parts(10, -5, -4), parts(3, 3, 1), parts(i64::MAX - 5, i64::MAX, 2)] {
            let elements: Vec<i64> = (0..range.count()).map(|i| range.get(i).unwrap()).collect();
            assert_eq!(range.get(range.count()), None);
            for candidate in (-10..=14).chain(i64::MAX - 7..=i64::MAX) {
                if let Some(value) = Value::try_inline_int(candidate) {
                    assert_eq!(range.contains(value), elements.contains(&candidate), "{candidate} in {range:?}");
                }
            }
        }
        assert!(parts(0, 3, 1).contains(Value::float(2.0)));
        assert!(!parts(0, 3, 1).contains(Value::float(2.5)));
        assert!(!parts(0, 3, 1).contains(Value::TRUE));
    }

    #[test]
    fn ranges_with_the_same_ints_are_equal() {
        assert!(parts(0, 4, 1).equal(parts(0, 4, 1)));
        assert!(parts(5, 2, 1).equal(parts(0, 0, 1)));
        assert!(parts(0, 10, 3).equal(parts(0, 12, 3)));
        assert!(parts(7, 8, 1).equal(parts(7, 9, 5)));
        assert!(!parts(0, 4, 1).equal(parts(0, 5, 1)));
    }
}
