//! What strict checks remember: memory outside of the collector's whose life Cotter knows, and the managed addresses that a script
//! stored there.

use super::layout::ArenaAddress;
use super::pin_policy::PinChecks;
use super::runtime::Runtime;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Finds the place of the running instruction, as a source range, from the interpreter that set it.
pub type Locate = (fn(*const std::ffi::c_void) -> (u32, u32), *const std::ffi::c_void);

/// The address of a slot, and the place of the store into it as a source range.
type Slot = (usize, (u32, u32));

/// The memory and the stores.
#[derive(Default)]
pub struct ForeignStores {
    /// Memory that `ffi.alloc` gave, extern variables, what `@keeps` parameters took: first address and bytes.
    known: BTreeMap<usize, usize>,
    /// By the payload of the object that was stored: the slots that got its address, and the place of the store.
    slots: HashMap<usize, Vec<Slot>>,
    /// Payloads of objects that a `@keeps` parameter took, under strict checks: C's memory for the store check while they are pinned.
    kept: HashSet<usize>,
    /// Who knows the running instruction.
    pub locate: Option<Locate>,
}

/// A slot that still holds the address of an object that has no pin any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StaleStore {
    pub slot: usize,
    /// The place of the store, as a source range.
    pub place: (u32, u32),
}

impl ForeignStores {
    /// From now on the memory is known.
    pub fn learn(&mut self, address: usize, bytes: usize) {
        if bytes > 0 {
            self.known.insert(address, bytes);
        }
    }

    /// The memory is gone.
    pub fn forget(&mut self, address: usize) {
        if let Some(bytes) = self.known.remove(&address) {
            for slots in self.slots.values_mut() {
                slots.retain(|&(slot, _)| slot < address || slot >= address + bytes);
            }
        }
    }

    /// C keeps the object with this payload, as a `@keeps` says.
    pub fn keep(&mut self, payload: usize) {
        self.kept.insert(payload);
    }

    /// The last pin of the object with this payload has ended, and with it C's right to it.
    pub(super) fn keep_no_more(&mut self, payload: usize) {
        self.kept.remove(&payload);
    }

    /// Whether C keeps any object.
    #[inline(always)]
    pub(super) fn keeps_any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether C keeps the object with this payload.
    pub(super) fn keeps(&self, payload: usize) -> bool {
        self.kept.contains(&payload)
    }

    fn knows(&self, address: usize) -> bool {
        self.known.range(..=address).next_back().is_some_and(|(&start, &bytes)| address + 8 <= start + bytes)
    }
}

impl Runtime {
    /// The place of the running instruction, if the interpreter said how to find it.
    fn place_now(&self) -> (u32, u32) {
        self.foreign_stores.locate.map_or((0, 0), |(locate, interpreter)| locate(interpreter))
    }

    /// Remembers the store of a pinned object's address, under strict checks and where the memory is known.
    pub(super) fn note_store(&mut self, slot: usize, pointer: usize) {
        if self.pin_policy.checks != PinChecks::Strict {
            return;
        }
        let is_arena = matches!(self.arenas.find(slot), Some(ArenaAddress { freed_at: None, .. }));
        if !is_arena && !self.foreign_stores.knows(slot) {
            return;
        }
        let Some(found) = self.heap.find_object(pointer) else { return };
        let place = self.place_now();
        let slots = self.foreign_stores.slots.entry(found.payload_start).or_default();
        slots.retain(|&(known, _)| known != slot);
        slots.push((slot, place));
    }

    /// A slot that still holds the address of this object, which has no pin any more; what was remembered of it is forgotten.
    pub fn take_stale_store(&mut self, payload: usize) -> Option<StaleStore> {
        let slots = self.foreign_stores.slots.remove(&payload)?;
        let object = self.heap.find_object(payload)?;
        slots.into_iter().find_map(|(slot, place)| {
            let is_there =
                self.foreign_stores.knows(slot) || matches!(self.arenas.find(slot), Some(ArenaAddress { freed_at: None, .. }));
            if !is_there {
                return None;
            }
            // SAFETY: the memory is known and was not given back.
            let word = unsafe { (slot as *const usize).read_unaligned() };
            let is_held = word >= object.payload_start && word <= object.payload_start + object.payload_capacity;
            is_held.then_some(StaleStore { slot, place })
        })
    }

    /// All memory whose life is known, as address and bytes: what kept arguments are looked for in.
    pub fn known_foreign_memory(&self) -> Vec<(usize, usize)> {
        let mut known: Vec<(usize, usize)> = self.foreign_stores.known.iter().map(|(&start, &bytes)| (start, bytes)).collect();
        known.extend(self.arenas.allocations());
        known
    }
}
