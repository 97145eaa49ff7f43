//! `for`: iterations without iterator objects.
//!
//! Three registers hold the state of an iteration: what is iterated over, how far it is, and the size it had. For ranges written in
//! the loop's header there are operations of their own.

use super::Vm;
use super::stack::Role;
use crate::value::{self, ErrorKind, Host, Kind, ListRef, MapRef, RangeParts, Thrown, Value};

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The next element stands in its registers.
    Next,
    End,
    /// A generator's frame was pushed: its next `yield` goes on in the loop's body.
    Resumed,
}

/// An `iter` method may return something that has an `iter` method itself, this many times.
const MAXIMUM_ITERS: usize = 100;

impl Vm {
    /// Readies the two ints of a `for` over a range; false if it is empty.
    pub(super) fn prepare_range(&mut self, state: *mut Value, is_inclusive: bool) -> Result<bool, Thrown> {
        // SAFETY: the state's registers.
        let (start, end) = unsafe { (*state, *state.add(1)) };
        let (Some(from), Some(to)) = (start.to_int(), end.to_int()) else {
            return self.range_bounds_error(start, end);
        };
        if is_inclusive {
            if from > to {
                return Ok(false);
            }
            match to.checked_add(1) {
                // SAFETY: the state's registers.
                Some(behind) => unsafe { *state.add(1) = self.runtime.int(behind) },
                None => return self.fail(ErrorKind::ValueError, "a range that includes the largest int cannot be walked"),
            }
            return Ok(true);
        }
        Ok(from < to)
    }

    pub(super) fn range_bounds_error<T>(&mut self, start: Value, end: Value) -> Result<T, Thrown> {
        let wrong = if start.to_int().is_none() { start } else { end };
        let name = self.runtime.type_name_of(wrong).to_string();
        let hint = if wrong.is_string() { "; to join strings, write `+`" } else { "" };
        self.fail(ErrorKind::TypeError, format!("a range goes from int to int; found {name}{hint}"))
    }

    /// The int behind `current`, if it is below `end`.
    pub(super) fn next_in_range(&mut self, current: Value, end: Value) -> Option<Value> {
        let next = current.to_int()?.checked_add(1)?;
        if next < end.to_int()? { Some(self.runtime.int(next)) } else { None }
    }

    /// Begins an iteration.
    pub(super) fn prepare_iteration(&mut self, iterable: Value, state: *mut Value) -> Result<(), Thrown> {
        let mut iterable = iterable;
        for _ in 0..MAXIMUM_ITERS {
            let size = match iterable.kind() {
                Some(Kind::List) => ListRef::of(iterable).map(|list| list.len()),
                Some(Kind::Map) => MapRef::of(iterable).map(|map| map.len()),
                Some(Kind::Range) => RangeParts::of(iterable).map(|range| range.count() as usize),
                Some(Kind::String) => Some(iterable.string_length()),
                Some(Kind::Generator) => Some(0),
                Some(Kind::Block | Kind::View) => match self.record_method(iterable, "iter") {
                    Some((method, receiver)) => {
                        iterable = self.call(method, &[receiver])?;
                        continue;
                    }
                    None => {
                        self.runtime.check_live(iterable)?;
                        self.runtime.slice_parts(iterable).map(|slice| slice.count)
                    }
                },
                _ => None,
            };
            let Some(size) = size else {
                let name = self.runtime.type_name_of(iterable).to_string();
                return self.fail(
                    ErrorKind::TypeError,
                    format!("cannot iterate over {name}; for takes lists, slices, ranges, strings, maps, generators, and structs with an iter method"),
                );
            };
            let size = self.runtime.int(size as i64);
            // SAFETY: the state's registers.
            unsafe {
                *state = iterable;
                *state.add(1) = Value::inline_int(0);
                *state.add(2) = size;
            }
            return Ok(());
        }
        self.fail(ErrorKind::TypeError, "iter methods return structs with iter methods without end")
    }

    /// The next element of an iteration.
    pub(super) fn iterate(&mut self, state: *mut Value, is_pair: bool) -> Result<Step, Thrown> {
        // SAFETY: the state's registers, as `prepare_iteration` left them.
        unsafe {
            let container = *state;
            let at = (*state.add(1)).as_inline_int();
            if container.is_kind(Kind::Generator) {
                if is_pair {
                    *state.add(3) = Value::inline_int(at);
                    *state.add(1) = Value::inline_int(at + 1);
                }
                let result = state.add(3 + is_pair as usize);
                return Ok(if self.resume_generator(container, result, Role::Iterate)? { Step::Resumed } else { Step::End });
            }
            let Some((first, second, next)) =
                self.element_at(container, at as usize, (*state.add(2)).to_int().unwrap_or(0) as usize, is_pair)?
            else {
                return Ok(Step::End);
            };
            *state.add(1) = Value::inline_int(next as i64);
            *state.add(3) = first;
            if is_pair {
                *state.add(4) = second;
            }
        }
        Ok(Step::Next)
    }

    /// What stands at a position: the element (and nil), or with `is_pair` key or index and value; and the position behind it.
    fn element_at(
        &mut self,
        container: Value,
        at: usize,
        size: usize,
        is_pair: bool,
    ) -> Result<Option<(Value, Value, usize)>, Thrown> {
        let index = Value::inline_int(at as i64);
        let element = match container.kind() {
            Some(Kind::List) => {
                let Some(list) = ListRef::of(container) else { return Ok(None) };
                if list.len() != size {
                    return self.changed("list", size, list.len());
                }
                match list.get(at) {
                    Some(element) => element,
                    None => return Ok(None),
                }
            }
            Some(Kind::Map) => {
                let Some(map) = MapRef::of(container) else { return Ok(None) };
                if map.len() != size {
                    return self.changed("map", size, map.len());
                }
                return Ok(map.next_entry(at).map(|(at, key, value)| (key, value, at + 1)));
            }
            Some(Kind::Range) => match RangeParts::of(container).and_then(|range| range.get(at as u64)) {
                Some(number) => self.runtime.int(number),
                None => return Ok(None),
            },
            Some(Kind::String) => {
                // `at` counts bytes, and characters where pairs are asked for are counted from the start.
                let text = container.as_str();
                let Some(character) = text[at.min(text.len())..].chars().next() else { return Ok(None) };
                let value = self.runtime.char_string(character);
                let next = at + character.len_utf8();
                if is_pair {
                    let count = text[..at].chars().count() as i64;
                    return Ok(Some((Value::inline_int(count), value, next)));
                }
                return Ok(Some((value, Value::NIL, next)));
            }
            _ => {
                if at >= size.min(self.runtime.slice_parts(container).map_or(0, |slice| slice.count)) {
                    // It ends too early where its arena was freed meanwhile.
                    self.runtime.check_live(container)?;
                    return Ok(None);
                }
                self.runtime.slice_element(container, at)?
            }
        };
        Ok(Some(if is_pair { (index, element, at + 1) } else { (element, Value::NIL, at + 1) }))
    }

    fn changed<T>(&mut self, what: &str, from: usize, to: usize) -> Result<T, Thrown> {
        self.fail(
            ErrorKind::IterationError,
            format!("the {what} was changed while a for runs over it: it had {from} elements and has {to}; iterate over a copy: copy(…)"),
        )
    }

    /// Gives every element of an iterable to `visit`, which may call back: the iterable and what was collected so far must be
    /// roots.
    pub fn for_each(
        &mut self,
        iterable: Value,
        visit: &mut dyn FnMut(&mut Vm, Value) -> Result<(), Thrown>,
    ) -> Result<(), Thrown> {
        let floor = self.runtime.held.len();
        let result = self.for_each_held(iterable, visit);
        self.runtime.held.truncate(floor);
        result
    }

    fn for_each_held(
        &mut self,
        iterable: Value,
        visit: &mut dyn FnMut(&mut Vm, Value) -> Result<(), Thrown>,
    ) -> Result<(), Thrown> {
        let mut state = [Value::NIL; 5];
        self.runtime.held.push(iterable);
        self.prepare_iteration(iterable, state.as_mut_ptr())?;
        self.runtime.held.push(state[0]);
        if state[0].is_kind(Kind::Generator) {
            while let Some(value) = self.next_of_generator(state[0])? {
                visit(self, value)?;
            }
            return Ok(());
        }
        while self.iterate(state.as_mut_ptr(), false)? == Step::Next {
            visit(self, state[3])?;
        }
        Ok(())
    }

    /// All elements of an iterable in a new list.
    pub fn collect_iterable(&mut self, iterable: Value) -> Result<ListRef, Thrown> {
        let list = self.runtime.new_list(0)?;
        self.list_extend(list.value(), iterable)?;
        Ok(list)
    }

    /// Pushes all elements of an iterable to a list.
    pub fn list_extend(&mut self, list: Value, iterable: Value) -> Result<(), Thrown> {
        let Some(target) = ListRef::of(list) else { return Ok(()) };
        if let Some(source) = ListRef::of(iterable) {
            let values = source.values().to_vec();
            return target.extend(&mut self.runtime, &values);
        }
        target.reserve_for(&mut self.runtime, iterable)?;
        let floor = self.runtime.held.len();
        self.runtime.held.push(list);
        let result = self.for_each(iterable, &mut |vm, value| target.push(&mut vm.runtime, value));
        self.runtime.held.truncate(floor);
        result
    }

    /// `item in container`
    pub(super) fn contains(&mut self, item: Value, container: Value) -> Result<bool, Thrown> {
        match container.kind() {
            Some(Kind::Map) => match MapRef::of(container) {
                Some(map) => Ok(map.get(self, item)?.is_some()),
                None => Ok(false),
            },
            Some(Kind::String) => match item.to_str() {
                Some(piece) => Ok(value::find(container.as_str(), piece).is_some()),
                None => {
                    let name = self.runtime.type_name_of(item).to_string();
                    self.fail(ErrorKind::TypeError, format!("only a string can be in a string; found {name}"))
                }
            },
            Some(Kind::Range) => Ok(RangeParts::of(container).is_some_and(|range| range.contains(item))),
            Some(Kind::List) => {
                let mut index = 0;
                while let Some(element) = ListRef::of(container).and_then(|list| list.get(index)) {
                    if value::equal(self, item, element)? {
                        return Ok(true);
                    }
                    index += 1;
                }
                Ok(false)
            }
            _ => {
                if container.kind().is_none()
                    || !(container.is_kind(Kind::Generator) || matches!(container.kind(), Some(Kind::Block | Kind::View)))
                {
                    let name = self.runtime.type_name_of(container).to_string();
                    return self.fail(
                        ErrorKind::TypeError,
                        format!("`in` looks into lists, slices, ranges, strings, maps and generators; found {name}"),
                    );
                }
                let mut state = [Value::NIL; 5];
                self.prepare_iteration(container, state.as_mut_ptr())?;
                let floor = self.runtime.held.len();
                self.runtime.held.extend([item, state[0]]);
                let result = self.contains_by_walk(item, &mut state);
                self.runtime.held.truncate(floor);
                result
            }
        }
    }

    fn contains_by_walk(&mut self, item: Value, state: &mut [Value; 5]) -> Result<bool, Thrown> {
        loop {
            let element = if state[0].is_kind(Kind::Generator) {
                self.next_of_generator(state[0])?
            } else if self.iterate(state.as_mut_ptr(), false)? == Step::Next {
                Some(state[3])
            } else {
                None
            };
            let Some(element) = element else { return Ok(false) };
            if value::equal(self, item, element)? {
                return Ok(true);
            }
        }
    }
}
