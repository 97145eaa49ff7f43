//! Pinners: objects that hold pins of other objects.
//!
//! ```text
//!   PinnerObject   entries ──> PinEntries object   ┌ object · place ┬ object · place ┬ …   `count` of `capacity`
//! ```
//!
//! The life of a pin:
//!
//! 1. `pin` finds out which object a value points to ([`Runtime::pin_target`]), asks the heap to pin it, and writes an entry with the
//!    place of the call. A pinner that had none is entered among those that hold pins ([`Pinners`]).
//! 2. Pinned objects are roots of the heap, so entries hold plain addresses that no collection looks at.
//! 3. `unpin` takes one pin off for each entry. The room for entries stays for the next time.
//! 4. A collection that finds a pinner unreachable while it holds pins keeps it, as *lost*, until the interpreter has told of it.

use super::layout::{Memory, TypeId};
use super::object::Kind;
use super::runtime::Runtime;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::{Address, Header, Marker, Shape};

/// A pinner. Shape `Words` with a `meta` of 8, so that the collector looks at `entries` only.
#[repr(C)]
struct PinnerObject {
    header: Header,
    /// The first entry, at the beginning of a `PinEntries` object; null without capacity.
    entries: *mut PinEntry,
    /// Pins that it holds.
    count: usize,
    /// Entries that there is room for.
    capacity: usize,
    /// Where it stands among the pinners that hold pins; only while `count` is not 0.
    position: usize,
    /// Nothing can be pinned with it any more.
    is_closed: bool,
}

/// One pin.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PinEntry {
    /// The object's payload.
    pub object: usize,
    /// The place of the `pin` that made it, as a source range.
    pub start: u32,
    pub end: u32,
}

/// What pinning a value comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinTarget {
    /// It needs no pin: C's memory and functions, constants, objects without size.
    Nothing,
    Object(Address),
}

/// The pinners that hold pins.
#[derive(Default)]
pub struct Pinners {
    /// All of them; not roots.
    holding: Vec<Address>,
    /// Those that a collection found unreachable, and that nobody has told of yet.
    pub(super) lost: Vec<Address>,
}

impl Pinners {
    /// Finds those that nothing reaches, and keeps them. Part of a collection.
    pub(super) fn find_lost(&mut self, marker: &mut Marker) {
        for &pinner in &self.holding {
            if !marker.is_marked(pinner) {
                marker.mark_object(pinner);
                self.lost.push(pinner);
            }
        }
    }

    /// Whether a collection found one unreachable.
    #[inline]
    pub fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Takes those; the caller unpins or roots them before anything is collected.
    pub fn take_lost(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.lost).into_iter().map(Value::reference).collect()
    }

    /// All pinners that hold pins, as values.
    pub fn holding(&self) -> Vec<Value> {
        self.holding.iter().map(|&address| Value::reference(address)).collect()
    }
}

impl Value {
    /// The pinner that a value is.
    fn pinner(self) -> *mut PinnerObject {
        assert!(self.is_kind(Kind::Pinner), "only pinners pin");
        self.object()
    }
}

impl Runtime {
    /// A new pinner that holds nothing.
    pub fn new_pinner(&mut self) -> Value {
        let object = self.new_object::<PinnerObject>(Kind::Pinner, Shape::Words, TypeId::PINNER);
        // SAFETY: `new_object` gave a live object of this layout; `meta` shrinks to the one word that is a reference.
        unsafe { (*object).header.meta = size_of::<*mut PinEntry>() as u64 };
        Value::of_object(object)
    }

    /// The object that `Pinner.pin` pins for a value; a `PinError` for what is no pointer, and for arenas' memory.
    pub fn pin_target(&mut self, value: Value) -> Result<PinTarget, Thrown> {
        self.pin_target_for("Pinner.pin", value)
    }

    /// [`Runtime::pin_target`] with errors that name another function.
    pub fn pin_target_for(&mut self, function: &str, value: Value) -> Result<PinTarget, Thrown> {
        match value.kind() {
            _ if value.is_nil() => self.fail(ErrorKind::PinError, format!("{function}: argument is nil")),
            Some(Kind::String) if value.is_constant_string() => Ok(PinTarget::Nothing),
            Some(Kind::String) => Ok(PinTarget::Object(value.address())),
            Some(Kind::Callback) => {
                self.has_pinned_callbacks = true;
                Ok(PinTarget::Object(value.address()))
            }
            Some(Kind::Block) if value.header().meta == 0 => Ok(PinTarget::Nothing),
            Some(Kind::Block) => Ok(PinTarget::Object(value.address())),
            Some(Kind::CFunction) => Ok(PinTarget::Nothing),
            Some(Kind::View) => {
                let Some(memory) = Memory::of(value) else { return Ok(PinTarget::Nothing) };
                match memory.owner.kind() {
                    Some(Kind::Arena) => {
                        self.check_live(value)?;
                        self.fail(ErrorKind::PinError, format!("{function}: object was allocated into an arena"))
                    }
                    Some(Kind::Block | Kind::String | Kind::Callback) => self.pin_target_for(function, memory.owner),
                    _ => {
                        self.check_open(memory.owner)?;
                        Ok(PinTarget::Nothing)
                    }
                }
            }
            _ => {
                let message = format!("{function}: argument is not a pointer: {}", self.type_name_of(value));
                let help = match value.kind() {
                    Some(Kind::List | Kind::Map) => {
                        "C is given memory in its own layout: a slice, `new [n]T(...list)`, or a struct"
                    }
                    Some(Kind::Closure | Kind::BoundMethod) => "what C can call is a callback value: `f as fn(…) -> T`",
                    _ => "pointers, struct values, slices, strings and callback values can be pinned",
                };
                self.fail(ErrorKind::PinError, message).map_err(|thrown| thrown.with_help(self, help))
            }
        }
    }

    /// Fails for a pinner that was closed.
    pub fn check_pinner_is_open(&mut self, pinner: Value) -> Result<(), Thrown> {
        // SAFETY: the kind says that a `PinnerObject` is there.
        if unsafe { (*pinner.pinner()).is_closed } {
            return self.fail(ErrorKind::PinError, "Pinner.pin: the pinner is closed");
        }
        Ok(())
    }

    /// Pins the object that a value points to. `place` is that of the call, as a source range.
    pub fn pin(&mut self, pinner: Value, value: Value, place: (u32, u32)) -> Result<(), Thrown> {
        self.check_pinner_is_open(pinner)?;
        match self.pin_target(value)? {
            PinTarget::Nothing => Ok(()),
            PinTarget::Object(target) => self.pin_object(pinner, target, place),
        }
    }

    /// Pins a live object.
    pub fn pin_object(&mut self, pinner: Value, target: Address, place: (u32, u32)) -> Result<(), Thrown> {
        let object = pinner.pinner();
        // SAFETY: the kind says that a `PinnerObject` is there, and nothing is collected in here.
        unsafe {
            if (*object).count == (*object).capacity {
                self.grow_pinner(object)?;
            }
            let payload = target.payload() as usize;
            self.heap.pin(payload);
            (*object).entries.add((*object).count).write(PinEntry { object: payload, start: place.0, end: place.1 });
            if (*object).count == 0 {
                (*object).position = self.pinners.holding.len();
                self.pinners.holding.push(pinner.address());
            }
            (*object).count += 1;
        }
        Ok(())
    }

    /// Makes room for more entries.
    ///
    /// # Safety
    /// A live pinner stands at the address.
    #[cold]
    unsafe fn grow_pinner(&mut self, object: *mut PinnerObject) -> Result<(), Thrown> {
        // SAFETY: the caller's promise; the new object has room for `capacity` entries.
        unsafe {
            let capacity = ((*object).capacity * 2).max(4);
            let bytes = capacity * size_of::<PinEntry>();
            let header = Kind::PinEntries.header(Shape::Leaf, TypeId::VALUES, bytes as u64);
            let room = self.heap.try_allocate(bytes, header).map_err(|refused| self.memory_error(refused))?;
            let entries = room.payload() as *mut PinEntry;
            if (*object).count > 0 {
                std::ptr::copy_nonoverlapping((*object).entries, entries, (*object).count);
            }
            (*object).entries = entries;
            (*object).capacity = capacity;
            self.heap.note_reference(entries as u64);
        }
        Ok(())
    }

    /// Remembers where the callbacks that a pinner holds are unpinned, which is about to happen at `place`.
    pub fn note_unpinned_callbacks(&mut self, pinner: Value, place: (u32, u32)) {
        if !self.has_pinned_callbacks {
            return;
        }
        for entry in self.pin_entries(pinner) {
            let object = self.heap.find_object(entry.object).map(|found| Value::reference(found.address));
            if let Some(code) = object.and_then(Value::callback_code) {
                self.unpinned_callbacks.insert(code, place);
            }
        }
    }

    /// Takes off all pins that a pinner holds. Under strict checks it returns the last pins of objects that have none any more.
    pub fn unpin(&mut self, pinner: Value) -> Vec<PinEntry> {
        let object = pinner.pinner();
        let mut freed = Vec::new();
        // SAFETY: the kind says that a `PinnerObject` is there, with `count` entries.
        unsafe {
            if (*object).count == 0 {
                return freed;
            }
            let remembers = self.pin_policy.checks == super::PinChecks::Strict;
            for i in 0..(*object).count {
                let entry = (*object).entries.add(i).read();
                if self.heap.unpin(entry.object) == Some(0) && remembers {
                    self.foreign_stores.keep_no_more(entry.object);
                    freed.push(entry);
                }
            }
            (*object).count = 0;
            let position = (*object).position;
            self.pinners.holding.swap_remove(position);
            if let Some(&moved) = self.pinners.holding.get(position) {
                (*Value::reference(moved).pinner()).position = position;
            }
        }
        freed
    }

    /// `unpin`, after which nothing can be pinned with it.
    pub fn close_pinner(&mut self, pinner: Value) -> Vec<PinEntry> {
        // SAFETY: the kind says that a `PinnerObject` is there.
        unsafe { (*pinner.pinner()).is_closed = true };
        self.unpin(pinner)
    }

    /// The number of pins that a pinner holds.
    pub fn pins_held(&self, pinner: Value) -> usize {
        // SAFETY: the kind says that a `PinnerObject` is there.
        unsafe { (*pinner.pinner()).count }
    }

    /// The pins that a pinner holds, oldest first.
    pub fn pin_entries(&self, pinner: Value) -> Vec<PinEntry> {
        let object = pinner.pinner();
        // SAFETY: the kind says that a `PinnerObject` is there, with `count` entries; none has no memory.
        unsafe {
            match (*object).count {
                0 => Vec::new(),
                count => std::slice::from_raw_parts((*object).entries, count).to_vec(),
            }
        }
    }

    /// The type of a live object that can be pinned, and its size in bytes.
    pub fn pinned_object(&mut self, payload: usize) -> Option<(Value, TypeId, usize)> {
        let found = self.heap.find_object(payload)?;
        let value = Value::reference(found.address);
        let type_id = self.type_of(value);
        // The length of strings and blocks; the other half of a string's word is its hash.
        let meta = value.header().meta;
        let size = match value.kind() {
            Some(Kind::String) => meta as u32 as usize,
            Some(Kind::Block) => meta as usize,
            _ => size_of::<usize>(),
        };
        Some((value, type_id, size))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::test_runtime;
    use super::*;

    const PLACE: (u32, u32) = (1, 2);

    /// The heap must agree with a model in which each pinner has a list of objects, whatever the order of pinning and unpinning.
    #[test]
    fn any_number_of_pinners_agree_with_a_model() {
        let runtime = &mut test_runtime();
        let mut seed = 0x9E37_79B9_7F4A_7C15u64;
        let mut random = move |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below as u64) as usize
        };
        let objects: Vec<Value> = (0..50).map(|i| runtime.new_bytes(&vec![0u8; 1 + i * 37 % 400]).unwrap()).collect();
        let pinners: Vec<Value> = (0..9).map(|_| runtime.new_pinner()).collect();
        let mut model: Vec<Vec<usize>> = vec![Vec::new(); pinners.len()];
        for step in 0..20_000 {
            let which = random(pinners.len());
            if random(12) == 0 {
                runtime.unpin(pinners[which]);
                model[which].clear();
            } else {
                let object = random(objects.len());
                runtime.pin(pinners[which], objects[object], PLACE).unwrap();
                model[which].push(object);
            }
            assert_eq!(runtime.pins_held(pinners[which]), model[which].len());
            if step % 97 == 0 {
                let all = objects.clone();
                let roots = pinners.clone();
                runtime.collect(&mut |marker| all.iter().chain(&roots).for_each(|value| marker.mark_word(value.0)));
            }
            let object = random(objects.len());
            let count = model.iter().flatten().filter(|&&pinned| pinned == object).count();
            let payload = objects[object].address().payload() as usize;
            assert_eq!(runtime.heap.pin_count(payload), count as u64);
            assert_eq!(runtime.heap.is_pinned(payload), count > 0);
            assert_eq!(runtime.heap.pin_counter_exists(payload), count > 1);
        }
        assert_eq!(runtime.pinners.holding().len(), model.iter().filter(|pins| !pins.is_empty()).count());
    }

    #[test]
    fn a_reused_pinner_keeps_its_room() {
        let runtime = &mut test_runtime();
        let buffer = runtime.new_bytes(b"abc").unwrap();
        let pinner = runtime.new_pinner();
        for _ in 0..100 {
            runtime.pin(pinner, buffer, PLACE).unwrap();
        }
        runtime.unpin(pinner);
        let before = runtime.heap.stats().allocated_objects;
        for _ in 0..10 {
            for _ in 0..100 {
                runtime.pin(pinner, buffer, PLACE).unwrap();
            }
            runtime.unpin(pinner);
        }
        assert_eq!(runtime.heap.stats().allocated_objects, before);
    }

    #[test]
    fn an_unreachable_pinner_is_lost_once_and_keeps_its_pins() {
        let runtime = &mut test_runtime();
        let buffer = runtime.new_bytes(b"abc").unwrap();
        let payload = buffer.address().payload() as usize;
        let pinner = runtime.new_pinner();
        runtime.pin(pinner, buffer, PLACE).unwrap();
        runtime.collect(&mut |_| {});
        assert!(runtime.pinners.has_lost());
        runtime.collect(&mut |_| {});
        let lost = runtime.pinners.take_lost();
        assert_eq!(lost.len(), 1);
        assert!(runtime.heap.is_pinned(payload));
        assert_eq!(runtime.pin_entries(lost[0])[0].object, payload);
        runtime.unpin(lost[0]);
        runtime.collect(&mut |_| {});
        assert!(!runtime.heap.is_live(payload));
    }

    #[test]
    fn a_pinner_that_was_unpinned_is_not_lost() {
        let runtime = &mut test_runtime();
        let buffer = runtime.new_bytes(b"abc").unwrap();
        let pinner = runtime.new_pinner();
        runtime.pin(pinner, buffer, PLACE).unwrap();
        runtime.unpin(pinner);
        runtime.collect(&mut |_| {});
        assert!(!runtime.pinners.has_lost());
    }
}
