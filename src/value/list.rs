//! Lists: growable runs of values.
//!
//! ```text
//!   list object                       values object (none while the capacity is 0)
//!   ┌────────┬───────┬────────┬──────┐   ┌────────┬────┬────┬────┬ ─ ─ ┬────┐
//!   │ header │ items │ length │ cap. │   │ header │ v0 │ v1 │ v2 │ …   │nil │
//!   └────────┴───┬───┴────────┴──────┘   └────────┴────┴────┴────┴ ─ ─ ┴────┘
//!                └──────────────────────────────────▲
//! ```
//!
//! What lies behind the length holds no references, so that a list keeps nothing alive that was taken out of it.

use super::layout::TypeId;
use super::object::*;
use super::range::{RangeParts, check_index, check_slice_bounds};
use super::runtime::{Runtime, write_value};
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::{Heap, MAX_SMALL_PAYLOAD, Shape};

/// A list, known to be one. Like every reference it keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct ListRef(*mut ListObject);

// ------------------------------------------------------------ reading

impl ListRef {
    /// The list, if the value is one.
    #[inline(always)]
    pub fn of(value: Value) -> Option<ListRef> {
        if value.is_kind(Kind::List) { Some(ListRef(value.object())) } else { None }
    }

    #[inline(always)]
    pub fn value(self) -> Value {
        Value::of_object(self.0)
    }

    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: `of` and `new_list` make these of live lists only (as all below).
        unsafe { (*self.0).length }
    }

    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub fn get(self, index: usize) -> Option<Value> {
        // SAFETY: `items` holds `length` values.
        if index < self.len() { Some(unsafe { *(*self.0).items.add(index) }) } else { None }
    }

    /// The elements. Valid until the list changes or the next safepoint: not to be held while a script may run.
    #[inline(always)]
    pub fn values(self) -> &'static [Value] {
        // SAFETY: `items` holds `length` values; an empty list may have no memory.
        unsafe { if (*self.0).length == 0 { &[] } else { std::slice::from_raw_parts((*self.0).items, (*self.0).length) } }
    }

    /// The elements for changing their order; the rules of [`ListRef::values`], and nothing else looks at the list meanwhile.
    #[inline]
    pub fn values_mut(self, heap: &mut Heap) -> &'static mut [Value] {
        heap.note_rewritten(self.items() as usize);
        // SAFETY: as in `values`.
        unsafe { if (*self.0).length == 0 { &mut [] } else { std::slice::from_raw_parts_mut((*self.0).items, (*self.0).length) } }
    }

    #[inline(always)]
    fn items(self) -> *mut Value {
        // SAFETY: the list lives.
        unsafe { (*self.0).items }
    }

    #[inline(always)]
    fn set_length(self, length: usize) {
        // SAFETY: the list lives; callers keep the length within the capacity.
        unsafe {
            debug_assert!(length <= (*self.0).capacity);
            (*self.0).length = length;
        }
    }
}

// ------------------------------------------------------------ changing

impl ListRef {
    /// Replaces an element; `index` is below the length.
    #[inline(always)]
    pub fn set(self, heap: &mut Heap, index: usize, value: Value) {
        assert!(index < self.len(), "a list's element is set at its index");
        // SAFETY: the index is below the length.
        unsafe { write_value(heap, self.items().add(index), value) };
    }

    /// `xs[i] = v` with the check.
    #[inline]
    pub fn set_checked(self, rt: &mut Runtime, index: i64, value: Value) -> Result<(), Thrown> {
        let index = check_index(rt, "list", "elements", index, self.len())?;
        self.set(&mut rt.heap, index, value);
        Ok(())
    }

    /// `xs[i]` with the check.
    #[inline]
    pub fn get_checked(self, rt: &mut Runtime, index: i64) -> Result<Value, Thrown> {
        let index = check_index(rt, "list", "elements", index, self.len())?;
        Ok(self.values()[index])
    }

    #[inline(always)]
    pub fn push(self, rt: &mut Runtime, value: Value) -> Result<(), Thrown> {
        // SAFETY: the list lives; below the capacity there is a slot behind the last element.
        unsafe {
            let length = (*self.0).length;
            if length == (*self.0).capacity {
                self.grow(rt, 1)?;
            }
            write_value(&mut rt.heap, (*self.0).items.add(length), value);
            (*self.0).length = length + 1;
        }
        Ok(())
    }

    /// Makes room for `more` elements behind the last one.
    #[cold]
    #[inline(never)]
    fn grow(self, rt: &mut Runtime, more: usize) -> Result<(), Thrown> {
        // SAFETY: the list lives.
        let (length, capacity) = unsafe { ((*self.0).length, (*self.0).capacity) };
        let Some(needed) = length.checked_add(more) else {
            return Err(rt.out_of_memory(usize::MAX));
        };
        // Twice while copies are cheap, then half as much again.
        let generous = if capacity < 1 << 16 { capacity * 2 } else { capacity + capacity / 2 };
        self.set_capacity(rt, needed.max(generous).max(4))
    }

    /// Moves the elements to a new run of values; `capacity` is not below the length.
    fn set_capacity(self, rt: &mut Runtime, capacity: usize) -> Result<(), Thrown> {
        let items = rt.new_value_room(capacity)?;
        // SAFETY: both runs have room for `length` values, and one of them is new.
        unsafe {
            let length = (*self.0).length;
            debug_assert!(length <= capacity);
            if length > 0 {
                items.copy_from_nonoverlapping((*self.0).items, length);
            }
            (*self.0).items = items;
            (*self.0).capacity = capacity;
        }
        rt.heap.note_reference(items as u64);
        Ok(())
    }

    /// Makes room for `more` further elements at once.
    pub fn reserve(self, rt: &mut Runtime, more: usize) -> Result<(), Thrown> {
        // SAFETY: the list lives.
        let free = unsafe { (*self.0).capacity - (*self.0).length };
        if more > free { self.grow(rt, more) } else { Ok(()) }
    }

    /// Makes room for the elements of an iterable whose number is known beforehand.
    pub fn reserve_for(self, rt: &mut Runtime, iterable: Value) -> Result<(), Thrown> {
        match RangeParts::of(iterable) {
            Some(range) => self.reserve(rt, range.count() as usize),
            None => Ok(()),
        }
    }

    /// Takes the last element off.
    #[inline]
    pub fn pop(self) -> Option<Value> {
        let length = self.len().checked_sub(1)?;
        // SAFETY: the slot is below the old length.
        unsafe {
            let slot = self.items().add(length);
            let value = *slot;
            slot.write(Value::NIL);
            self.set_length(length);
            Some(value)
        }
    }

    /// Inserts before the element at `index`; `IndexError` beyond the end.
    pub fn insert(self, rt: &mut Runtime, index: i64, value: Value) -> Result<(), Thrown> {
        let length = self.len();
        let index = if index as u64 == length as u64 { length } else { check_index(rt, "list", "elements", index, length)? };
        self.reserve(rt, 1)?;
        // SAFETY: there is room for one more; the elements behind `index` move up by one.
        unsafe {
            let slot = self.items().add(index);
            slot.copy_to(slot.add(1), length - index);
            write_value(&mut rt.heap, slot, value);
        }
        rt.heap.note_rewritten(self.items() as usize);
        self.set_length(length + 1);
        Ok(())
    }

    /// Takes the element at `index` out.
    pub fn remove(self, rt: &mut Runtime, index: i64) -> Result<Value, Thrown> {
        let length = self.len();
        let index = check_index(rt, "list", "elements", index, length)?;
        // SAFETY: the index is below the length; the elements behind it move down by one.
        unsafe {
            let slot = self.items().add(index);
            let value = *slot;
            slot.add(1).copy_to(slot, length - index - 1);
            self.items().add(length - 1).write(Value::NIL);
            self.set_length(length - 1);
            rt.heap.note_rewritten(self.items() as usize);
            Ok(value)
        }
    }

    /// Takes all elements out, and gives the memory back.
    pub fn clear(self) {
        // SAFETY: the list lives; without items its length and capacity are 0.
        unsafe {
            (*self.0).length = 0;
            (*self.0).capacity = 0;
            (*self.0).items = std::ptr::null_mut();
        }
    }

    /// Keeps the first `length` elements.
    pub fn truncate(self, length: usize) {
        for index in length..self.len() {
            // SAFETY: the index is below the length.
            unsafe { self.items().add(index).write(Value::NIL) };
        }
        self.set_length(length.min(self.len()));
    }

    /// Appends the values, which may be the list's own.
    pub fn extend(self, rt: &mut Runtime, values: &[Value]) -> Result<(), Thrown> {
        self.reserve(rt, values.len())?;
        let length = self.len();
        for (i, &value) in values.iter().enumerate() {
            // SAFETY: there is room for all of them. Should `values` be the list's own former run, that is still there: nothing is
            // freed before the next safepoint.
            unsafe { write_value(&mut rt.heap, self.items().add(length + i), value) };
        }
        self.set_length(length + values.len());
        Ok(())
    }

    pub fn reverse(self, heap: &mut Heap) {
        self.values_mut(heap).reverse();
    }
}

// ------------------------------------------------------------ making

impl Runtime {
    /// Room for `count` values (at least one) that are all zero words, which no collector takes for references.
    fn new_value_room(&mut self, count: usize) -> Result<*mut Value, Thrown> {
        let Some(bytes) = count.checked_mul(size_of::<Value>()).filter(|&bytes| bytes < 1 << 46) else {
            return Err(self.out_of_memory(usize::MAX));
        };
        let header = Kind::Values.header(Shape::Words, TypeId::VALUES, bytes as u64);
        let address = if bytes <= MAX_SMALL_PAYLOAD {
            self.heap.allocate(bytes, header)
        } else {
            self.heap.try_allocate(bytes, header).map_err(|refused| self.memory_error(refused))?
        };
        Ok(address.payload() as *mut Value)
    }

    /// An empty list with room for `capacity` elements.
    #[inline]
    pub fn new_list(&mut self, capacity: usize) -> Result<ListRef, Thrown> {
        let items = if capacity == 0 { std::ptr::null_mut() } else { self.new_value_room(capacity)? };
        let object = self.new_object::<ListObject>(Kind::List, Shape::Words, TypeId::LIST);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe {
            (*object).items = items;
            (*object).capacity = capacity;
        }
        Ok(ListRef(object))
    }

    /// A list of these values.
    #[inline]
    pub fn list_of(&mut self, values: &[Value]) -> Result<ListRef, Thrown> {
        let list = self.new_list(values.len())?;
        if !values.is_empty() {
            // SAFETY: the list is new and has room for all of them.
            unsafe { list.items().copy_from_nonoverlapping(values.as_ptr(), values.len()) };
            list.set_length(values.len());
        }
        Ok(list)
    }

    /// `xs[start..end]`, a copy.
    pub fn slice_list(&mut self, list: ListRef, start: i64, end: i64) -> Result<Value, Thrown> {
        let range = check_slice_bounds(self, "list", "elements", start, end, list.len())?;
        Ok(self.list_of(&list.values()[range])?.value())
    }

    /// `a + b` of two lists, a new one.
    pub fn concat_lists(&mut self, a: ListRef, b: ListRef) -> Result<Value, Thrown> {
        let list = self.new_list(a.len() + b.len())?;
        list.extend(self, a.values())?;
        list.extend(self, b.values())?;
        Ok(list.value())
    }

    /// `list * count`, a new one. `ValueError` for a negative count.
    pub fn repeat_list(&mut self, list: ListRef, count: i64) -> Result<Value, Thrown> {
        let count = self.check_repeat_count(count)?;
        let Some(length) = list.len().checked_mul(count) else {
            return Err(self.out_of_memory(usize::MAX));
        };
        let result = self.new_list(length)?;
        if length > 0 {
            for _ in 0..count {
                result.extend(self, list.values())?;
            }
        }
        Ok(result.value())
    }

    /// The `IndexError` of `pop` on an empty list.
    #[cold]
    pub fn fail_empty_list<T>(&mut self) -> Result<T, Thrown> {
        self.fail(ErrorKind::IndexError, "cannot take an element from an empty list; check len(xs) first")
    }
}

#[cfg(test)]
#[path = "list_test.rs"]
mod tests;
