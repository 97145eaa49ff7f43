//! Maps: compact hash tables that keep the order of insertion.
//!
//! ```text
//!   map object            entries (a values object)          index (leaf; none up to 8 entries)
//!   ┌──────────┐            ┌─────┬───────┐                    ┌──────────────────────┐
//!   │ header   │         0  │ key │ value │                    │ hash of each entry   │  capacity × u32
//!   │ entries ─┼──────►  1  │ key │ value │                    ├──────────────────────┤
//!   │ slots   ─┼──╮      2  │  –  │   –   │ taken out          │ slots                │  2 × capacity × u32
//!   │ count …  │  │      …  └─────┴───────┘       ╭──────────► │ hash bits ‖ entry+1  │  0: free
//!   └──────────┘  ╰────────────────────────────────╯            └──────────────────────┘
//! ```
//!
//! Entries stand in the order in which they came. A slot is a number of 32 bits: as many low ones as the table has bits name the
//! entry (plus one), the rest are bits of its hash, so that nearly every wrong entry is passed over without being looked at.
//! Collisions go to the next slot. Slots are never freed one by one: an entry that is taken out leaves its key undefined and its slot
//! in place, until the table is rebuilt. Half of the slots at least are always free.
//!
//! Up to 8 entries are searched one by one, without hashes or slots, unless a key has a `hash` method of its own.

use super::equality::simple_equal;
use super::hash::{KeyClass, classify_key, hash_bytes, hash_word, overloaded_hash, simple_hash, string_hash};
use super::layout::TypeId;
use super::object::*;
use super::runtime::{Host, Runtime, write_value};
use super::string::strings_equal;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::{Address, Header, MAX_SMALL_PAYLOAD, Marker, Shape};

/// Maps of this capacity and less have no index.
const UNINDEXED_CAPACITY: usize = 8;
/// The smallest capacity of a table with an index.
const INDEXED_CAPACITY: usize = 16;
/// The largest capacity: its slots are numbered with 31 bits.
const MAXIMUM_CAPACITY: usize = 1 << 30;

/// A map, known to be one. Like every reference it keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct MapRef(*mut MapObject);

/// What a search finds that must not call a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lookup {
    Found(Value),
    Missing,
    /// The key has a `hash` method: only the way through a [`Host`] can tell.
    Overloaded,
}

/// The trace function of maps.
///
/// # Safety
/// `address` is a live map's.
pub(super) unsafe fn trace_map(address: Address, marker: &mut Marker) {
    let map = address.get() as *const MapObject;
    // SAFETY: the caller's promise. Both words are null or point into live objects.
    unsafe {
        marker.mark_word((*map).entries as u64);
        marker.mark_word((*map).slots as u64);
    }
}

// ------------------------------------------------------------ reading

impl MapRef {
    /// The map, if the value is one.
    #[inline(always)]
    pub fn of(value: Value) -> Option<MapRef> {
        if value.is_kind(Kind::Map) { Some(MapRef(value.object())) } else { None }
    }

    #[inline(always)]
    pub fn value(self) -> Value {
        Value::of_object(self.0)
    }

    /// The number of entries.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.object().count as usize
    }

    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// A number that changes with every entry that comes or goes: an iteration compares it at each step.
    #[inline(always)]
    pub fn version(self) -> u32 {
        self.object().version
    }

    /// The first entry at or behind position `from`: its position, key and value. An iteration begins with 0 and goes on with the
    /// position plus one; positions hold as long as the version stays.
    #[inline(always)]
    pub fn next_entry(self, from: usize) -> Option<(usize, Value, Value)> {
        let object = self.object();
        let mut at = from.max(object.first as usize);
        while at < object.used as usize {
            let entry = self.entry(at);
            if !entry.key.is_undefined() {
                return Some((at, entry.key, entry.value));
            }
            at += 1;
        }
        None
    }

    /// All entries in order. The map must not be changed meanwhile.
    pub fn entries(self) -> impl Iterator<Item = (Value, Value)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (found, key, value) = self.next_entry(at)?;
            at = found + 1;
            Some((key, value))
        })
    }

    #[inline(always)]
    fn object(self) -> &'static MapObject {
        // SAFETY: `of` and `new_map` make these of live maps only; changes go through the pointer between two such borrows.
        unsafe { &*self.0 }
    }

    #[inline(always)]
    fn entry(self, at: usize) -> MapEntry {
        debug_assert!(at < self.object().used as usize);
        // SAFETY: entries below `used` are there.
        unsafe { *self.object().entries.add(at) }
    }

    /// The position of the entry with this hash whose key fits. Nothing may change the map meanwhile.
    #[inline(always)]
    fn find(self, hash: impl FnOnce() -> u32, mut is_key: impl FnMut(Value) -> bool) -> Option<usize> {
        let object = self.object();
        if object.slots.is_null() {
            return (object.first as usize..object.used as usize).find(|&at| is_key(self.entry(at).key));
        }
        let hash = hash();
        let mask = object.mask;
        let mut place = hash & mask;
        loop {
            // SAFETY: there are `mask + 1` slots.
            let slot = unsafe { *object.slots.add(place as usize) };
            if slot == 0 {
                return None;
            }
            if (slot ^ hash) & !mask == 0 {
                let at = (slot & mask) as usize - 1;
                if is_key(self.entry(at).key) {
                    return Some(at);
                }
            }
            place = (place + 1) & mask;
        }
    }

    /// The position of a key that needs no script, as `classify_key` gave it.
    #[inline]
    fn find_simple(self, rt: &Runtime, key: Value, class: KeyClass) -> Option<usize> {
        match class {
            KeyClass::Bits => self.find(|| hash_word(&rt.hash_keys, key.0), |candidate| candidate == key),
            KeyClass::Text => self.find(
                || string_hash(&rt.hash_keys, key),
                |candidate| candidate == key || candidate.is_string() && strings_equal(candidate, key),
            ),
            _ => self.find(|| simple_hash(rt, key), |candidate| simple_equal(rt, candidate, key) == Some(true)),
        }
    }

    /// The position of a struct value with methods. Scripts run; the map may change, which is an `IterationError`.
    #[cold]
    fn find_overloaded(self, host: &mut dyn Host, key: Value, hash: u32) -> Result<Option<usize>, Thrown> {
        // A map without an index holds no such key.
        if self.object().slots.is_null() {
            return Ok(None);
        }
        let version = self.version();
        let mask = self.object().mask;
        let mut place = hash & mask;
        loop {
            let object = self.object();
            // SAFETY: there are `mask + 1` slots, as long as the version stays.
            let slot = unsafe { *object.slots.add(place as usize) };
            if slot == 0 {
                return Ok(None);
            }
            if (slot ^ hash) & !mask == 0 {
                let at = (slot & mask) as usize - 1;
                let candidate = self.entry(at).key;
                // SAFETY: the hashes of all entries stand before the slots.
                let same_hash = unsafe { *self.hashes().add(at) } == hash;
                if same_hash && !candidate.is_undefined() {
                    let is_key = super::equality::equal(host, candidate, key)?;
                    if self.version() != version {
                        return host.runtime().fail(
                            ErrorKind::IterationError,
                            "the map was changed by the `==` of a key while that key was looked up in it",
                        );
                    }
                    if is_key {
                        return Ok(Some(at));
                    }
                }
            }
            place = (place + 1) & mask;
        }
    }

    /// The value of a key, as far as it can be told without calling a script. `TypeError` or `ValueError` for what is no key.
    #[inline]
    pub fn lookup(self, rt: &mut Runtime, key: Value) -> Result<Lookup, Thrown> {
        let (key, class) = classify_key(rt, key)?;
        if class == KeyClass::Overloaded {
            return Ok(Lookup::Overloaded);
        }
        Ok(match self.find_simple(rt, key, class) {
            Some(at) => Lookup::Found(self.entry(at).value),
            None => Lookup::Missing,
        })
    }

    /// The value of the string key with this text.
    pub fn get_text(self, rt: &Runtime, text: &str) -> Option<Value> {
        let at = self.find(
            || hash_bytes(&rt.hash_keys, text.as_bytes()),
            |candidate| candidate.is_string() && candidate.as_str() == text,
        )?;
        Some(self.entry(at).value)
    }

    fn position(self, host: &mut dyn Host, key: Value) -> Result<(Value, KeyClass, u32, Option<usize>), Thrown> {
        let rt = host.runtime();
        let (key, class) = classify_key(rt, key)?;
        if class == KeyClass::Overloaded {
            // The methods that are asked may let go of the map and of the key.
            let held = rt.held.len();
            rt.held.extend([self.value(), key]);
            let found = overloaded_hash(host, key).and_then(|hash| Ok((hash, self.find_overloaded(host, key, hash)?)));
            host.runtime().held.truncate(held);
            let (hash, at) = found?;
            Ok((key, class, hash, at))
        } else {
            let at = self.find_simple(rt, key, class);
            Ok((key, class, 0, at))
        }
    }

    /// The value of a key.
    pub fn get(self, host: &mut dyn Host, key: Value) -> Result<Option<Value>, Thrown> {
        let (_, _, _, at) = self.position(host, key)?;
        Ok(at.map(|at| self.entry(at).value))
    }

    /// `m[key]`: `KeyError` if it is missing.
    pub fn get_or_fail(self, host: &mut dyn Host, key: Value) -> Result<Value, Thrown> {
        match self.get(host, key)? {
            Some(value) => Ok(value),
            None => {
                let mut text = String::new();
                super::display::write_repr(host, key, &mut text)?;
                host.runtime()
                    .fail(ErrorKind::KeyError, format!("the map has no key {text}; m.get(key, default) gives a default"))
            }
        }
    }
}

// ------------------------------------------------------------ changing

impl MapRef {
    /// Sets the value of a key, as far as that can be done without calling a script: `false` if the key has a `hash` method, and
    /// nothing was changed.
    #[inline]
    pub fn insert_simple(self, rt: &mut Runtime, key: Value, value: Value) -> Result<bool, Thrown> {
        let (key, class) = classify_key(rt, key)?;
        if class == KeyClass::Overloaded {
            return Ok(false);
        }
        match self.find_simple(rt, key, class) {
            Some(at) => self.set_value(rt, at, value),
            None => self.append(rt, key, None, value)?,
        }
        Ok(true)
    }

    /// Sets the value of a key.
    pub fn insert(self, host: &mut dyn Host, key: Value, value: Value) -> Result<(), Thrown> {
        let (key, class, hash, at) = self.position(host, key)?;
        match at {
            Some(at) => {
                self.set_value(host.runtime(), at, value);
                Ok(())
            }
            None => self.append(host.runtime(), key, (class == KeyClass::Overloaded).then_some(hash), value),
        }
    }

    /// Takes a key out; its value, if it was there.
    pub fn remove(self, host: &mut dyn Host, key: Value) -> Result<Option<Value>, Thrown> {
        let (_, _, _, at) = self.position(host, key)?;
        Ok(at.map(|at| self.remove_at(host.runtime(), at)))
    }

    /// Takes all entries out, and gives the memory back.
    pub fn clear(self) {
        // SAFETY: the map lives; without entries all numbers are 0.
        unsafe {
            let map = &mut *self.0;
            map.entries = std::ptr::null_mut();
            map.slots = std::ptr::null_mut();
            map.count = 0;
            map.used = 0;
            map.first = 0;
            map.capacity = 0;
            map.mask = 0;
            map.version = map.version.wrapping_add(1);
        }
    }

    #[inline(always)]
    fn set_value(self, rt: &mut Runtime, at: usize, value: Value) {
        // SAFETY: the position was found, so it is below `used`.
        unsafe { write_value(&mut rt.heap, &raw mut (*(*self.0).entries.add(at)).value, value) };
    }

    /// Where the hashes of the entries stand, before the slots; only with an index.
    #[inline(always)]
    fn hashes(self) -> *mut u32 {
        let object = self.object();
        // SAFETY: the index object holds `capacity` hashes and then the slots.
        unsafe { object.slots.sub(object.capacity as usize) }
    }

    /// Adds an entry whose key is not there. `hash` is given for keys with a method of their own, which need an index.
    #[inline]
    fn append(self, rt: &mut Runtime, key: Value, hash: Option<u32>, value: Value) -> Result<(), Thrown> {
        let object = self.object();
        if object.used == object.capacity || hash.is_some() && object.slots.is_null() {
            self.make_room(rt, hash.is_some())?;
        }
        let at = self.object().used as usize;
        let map = self.0;
        // SAFETY: there is room for one more entry, and its slot and hash if there is an index.
        unsafe {
            let entry = (*map).entries.add(at);
            write_value(&mut rt.heap, &raw mut (*entry).key, key);
            write_value(&mut rt.heap, &raw mut (*entry).value, value);
            if !(*map).slots.is_null() {
                let hash = hash.unwrap_or_else(|| simple_hash(rt, key));
                *self.hashes().add(at) = hash;
                self.place(hash, at);
            }
            (*map).used += 1;
            (*map).count += 1;
            (*map).version = (*map).version.wrapping_add(1);
        }
        Ok(())
    }

    /// Puts entry `at` into the first free slot for its hash.
    #[inline(always)]
    fn place(self, hash: u32, at: usize) {
        let object = self.object();
        let mask = object.mask;
        let mut place = hash & mask;
        // SAFETY: there are `mask + 1` slots, half of them free at least.
        unsafe {
            while *object.slots.add(place as usize) != 0 {
                place = (place + 1) & mask;
            }
            *object.slots.add(place as usize) = hash & !mask | (at as u32 + 1);
        }
    }

    fn remove_at(self, rt: &mut Runtime, at: usize) -> Value {
        // SAFETY: the position was found, so it is below `used`.
        let (value, map) = unsafe {
            let entry = (*self.0).entries.add(at);
            let value = (*entry).value;
            *entry = MapEntry { key: Value::UNDEFINED, value: Value::NIL };
            (value, &mut *self.0)
        };
        map.count -= 1;
        map.version = map.version.wrapping_add(1);
        // What is taken from the front is passed over at once next time, so that a map can serve as a queue.
        if at == map.first as usize {
            // SAFETY: positions below `used` are there.
            while map.first < map.used && unsafe { (*map.entries.add(map.first as usize)).key.is_undefined() } {
                map.first += 1;
            }
        }
        let (count, used) = (map.count as usize, map.used as usize);
        // Walking over a map costs what it holds, not what it once held. If memory for a smaller table is short, it stays as it is.
        if used > 4 * INDEXED_CAPACITY && count * 8 < used {
            let capacity = self.capacity_for(count, !map.slots.is_null());
            let _ = self.rebuild(rt, capacity, false);
        }
        value
    }

    fn capacity_for(self, count: usize, is_indexed: bool) -> usize {
        let least = if is_indexed { INDEXED_CAPACITY } else { 4 };
        (count * 2).next_power_of_two().max(least)
    }

    /// Makes room for one more entry: by leaving out what was taken out if that is at least half, else in a larger table.
    #[cold]
    #[inline(never)]
    fn make_room(self, rt: &mut Runtime, needs_index: bool) -> Result<(), Thrown> {
        let object = self.object();
        let is_indexed = needs_index || !object.slots.is_null();
        let mut capacity = self.capacity_for(object.count as usize, is_indexed);
        if capacity <= object.count as usize {
            capacity *= 2;
        }
        self.rebuild(rt, capacity, needs_index)
    }

    /// Moves the entries together, in place if the capacity stays, and makes the index anew.
    fn rebuild(self, rt: &mut Runtime, capacity: usize, needs_index: bool) -> Result<(), Thrown> {
        let (old_entries, old_capacity, old_used) = {
            let object = self.object();
            (object.entries, object.capacity as usize, object.used as usize)
        };
        let old_hashes = if self.object().slots.is_null() { std::ptr::null_mut() } else { self.hashes() };
        let is_indexed = needs_index || !old_hashes.is_null() || capacity > UNINDEXED_CAPACITY;
        if capacity > MAXIMUM_CAPACITY {
            return Err(rt.out_of_memory(capacity.saturating_mul(size_of::<MapEntry>())));
        }
        let stays = capacity == old_capacity && is_indexed != old_hashes.is_null();
        let slot_count = 2 * capacity;
        let (entries, hashes) = if stays {
            (old_entries, old_hashes)
        } else {
            let entries = rt.new_map_entries(capacity)?;
            let hashes = if is_indexed { rt.new_map_index(capacity + slot_count)? } else { std::ptr::null_mut() };
            (entries, hashes)
        };
        let mut used = 0;
        // SAFETY: both runs have room for all live entries; in place, an entry only moves down. A hash is known where an index was,
        // and without one all keys are simple.
        unsafe {
            for at in 0..old_used {
                let entry = *old_entries.add(at);
                if entry.key.is_undefined() {
                    continue;
                }
                *entries.add(used) = entry;
                if is_indexed {
                    *hashes.add(used) = if old_hashes.is_null() { simple_hash(rt, entry.key) } else { *old_hashes.add(at) };
                }
                used += 1;
            }
            if stays {
                for at in used..old_used {
                    *entries.add(at) = MapEntry { key: Value::UNDEFINED, value: Value::NIL };
                }
            }
            let map = &mut *self.0;
            map.entries = entries;
            map.capacity = capacity as u32;
            map.used = used as u32;
            map.first = 0;
            if is_indexed {
                map.slots = hashes.add(capacity);
                map.mask = slot_count as u32 - 1;
                if stays {
                    map.slots.write_bytes(0, slot_count);
                }
                for at in 0..used {
                    self.place(*hashes.add(at), at);
                }
            }
        }
        if stays {
            rt.heap.note_rewritten(entries as usize);
        } else {
            rt.heap.note_reference(entries as u64);
            rt.heap.note_reference(hashes as u64);
        }
        Ok(())
    }
}

// ------------------------------------------------------------ making

impl Runtime {
    fn new_map_entries(&mut self, capacity: usize) -> Result<*mut MapEntry, Thrown> {
        let bytes = capacity * size_of::<MapEntry>();
        let header = Kind::Values.header(Shape::Words, TypeId::VALUES, bytes as u64);
        self.allocate_table(bytes, header).map(|payload| payload as *mut MapEntry)
    }

    /// Zeroed numbers of 32 bits: hashes and slots.
    fn new_map_index(&mut self, count: usize) -> Result<*mut u32, Thrown> {
        let bytes = count * size_of::<u32>();
        let header = Kind::MapIndex.header(Shape::Leaf, TypeId::VALUES, bytes as u64);
        self.allocate_table(bytes, header).map(|payload| payload as *mut u32)
    }

    fn allocate_table(&mut self, bytes: usize, header: Header) -> Result<*mut u8, Thrown> {
        let address = if bytes <= MAX_SMALL_PAYLOAD {
            self.heap.allocate(bytes, header)
        } else {
            self.heap.try_allocate(bytes, header).map_err(|refused| self.memory_error(refused))?
        };
        Ok(address.payload())
    }

    /// An empty map with room for `capacity` entries.
    pub fn new_map(&mut self, capacity: usize) -> Result<MapRef, Thrown> {
        let object = self.new_object::<MapObject>(Kind::Map, Shape::Custom, TypeId::MAP);
        let map = MapRef(object);
        if capacity > 0 {
            map.rebuild(self, capacity.next_power_of_two().max(4), false)?;
        }
        Ok(map)
    }

    /// A new map with the same entries in the same order.
    pub fn copy_map(&mut self, map: MapRef) -> Result<MapRef, Thrown> {
        let copy = self.new_map(0)?;
        if map.is_empty() {
            return Ok(copy);
        }
        let is_indexed = !map.object().slots.is_null();
        let least = if is_indexed { INDEXED_CAPACITY } else { 4 };
        let capacity = map.len().next_power_of_two().max(least);
        copy.rebuild(self, capacity, is_indexed)?;
        let mut at = 0;
        while let Some((found, key, value)) = map.next_entry(at) {
            // SAFETY: the hashes of all entries stand before the slots.
            let hash = if is_indexed { Some(unsafe { *map.hashes().add(found) }) } else { None };
            copy.append(self, key, hash, value)?;
            at = found + 1;
        }
        Ok(copy)
    }
}

#[cfg(test)]
#[path = "map_test.rs"]
mod tests;
