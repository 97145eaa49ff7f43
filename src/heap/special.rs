//! Specials: what is known of few objects, and kept beside their span.
//!
//! | special | its word | when its object is found unreachable |
//! |---|---|---|
//! | finalizer | given back when it is ready, a root until then | the object is kept for now, and the special is used up |
//! | release | as of a finalizer | the same, but not before no finalizer can use the object any more |
//! | weak reference | the address of the weak object | the weak object's first payload word becomes nil |
//! | allocation site | the allocator's | it goes with the object |
//!
//! Weak references are cleared first, then finalizers are made ready: an object that only a finalizer brings back is no longer to be
//! had through a weak reference. What finalizers bring back is as they knew it: releases, which end what an object stands for outside of
//! the heap, wait for the collection that finds it unreachable with no finalizer before it. The number of pins is kept beside the span too, in an array, where it is found in constant time.

use std::sync::Arc;

use super::address::Address;
use super::mark::Marker;
use super::space::{Slot, Space};
use super::span::SpanPointer;

/// Which special it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SpecialKind {
    Finalizer,
    Release,
    Weak,
    AllocationSite,
}

impl SpecialKind {
    /// Whether its word is to be given back when the object is unreachable.
    fn gets_ready(self) -> bool {
        matches!(self, Self::Finalizer | Self::Release)
    }
}

/// One special. A span's are sorted by slot, then by kind, then by age.
#[derive(Clone, Copy, Debug)]
pub(super) struct Special {
    /// The slot of the object in its span.
    slot: u32,
    /// Which special it is.
    kind: SpecialKind,
    /// See the table above.
    word: u64,
    /// Specials made earlier have a lower number; the order in which finalizers become ready.
    age: u64,
}

/// The specials of a heap.
pub(super) struct Specials {
    space: Arc<Space>,
    /// The spans with finalizers or weak references.
    spans: Vec<SpanPointer>,
    /// The age of the next special.
    next_age: u64,
    /// Objects whose finalizer is to be run, and its word.
    ready: Vec<(Address, u64)>,
}

impl Specials {
    pub(super) fn new(space: Arc<Space>) -> Self {
        Self { space, spans: Vec::new(), next_age: 0, ready: Vec::new() }
    }

    /// The slot of an object. Objects that are not alive are refused.
    fn slot_of(&self, object: Address) -> Slot {
        let slot = self
            .space
            .resolve(object.payload() as usize)
            .filter(|slot| slot.start == object.get() && self.space.is_allocated(*slot));
        slot.expect("a special is for a live object")
    }

    /// The place of the first special of this slot and kind, or where it would be.
    fn place(specials: &[Special], slot: u32, kind: SpecialKind) -> (usize, bool) {
        let place = specials.partition_point(|special| (special.slot, special.kind) < (slot, kind));
        let found = specials.get(place).is_some_and(|special| special.slot == slot && special.kind == kind);
        (place, found)
    }

    /// Sets the only special of a kind that an object has; returns the word it replaces.
    fn set(&mut self, object: Address, kind: SpecialKind, word: u64) -> Option<u64> {
        let slot = self.slot_of(object);
        self.list(slot.span, kind);
        let age = self.next_age;
        self.next_age += 1;
        let mut side = slot.span.side.lock();
        let special = Special { slot: slot.index as u32, kind, word, age };
        match Self::place(&side.specials, special.slot, kind) {
            (place, true) => Some(std::mem::replace(&mut side.specials[place], special).word),
            (place, false) => {
                side.specials.insert(place, special);
                None
            }
        }
    }

    fn list(&mut self, span: SpanPointer, kind: SpecialKind) {
        if kind != SpecialKind::AllocationSite && !span.listed.get() {
            span.listed.set(true);
            self.spans.push(span);
        }
    }

    pub(super) fn set_finalizer(&mut self, object: Address, word: u64) -> Option<u64> {
        self.set(object, SpecialKind::Finalizer, word)
    }

    pub(super) fn clear_finalizer(&mut self, object: Address) -> Option<u64> {
        self.clear(object, SpecialKind::Finalizer)
    }

    pub(super) fn set_release(&mut self, object: Address, word: u64) -> Option<u64> {
        self.set(object, SpecialKind::Release, word)
    }

    pub(super) fn clear_release(&mut self, object: Address) -> Option<u64> {
        self.clear(object, SpecialKind::Release)
    }

    fn clear(&mut self, object: Address, kind: SpecialKind) -> Option<u64> {
        let slot = self.slot_of(object);
        let mut side = slot.span.side.lock();
        match Self::place(&side.specials, slot.index as u32, kind) {
            (place, true) => Some(side.specials.remove(place).word),
            _ => None,
        }
    }

    pub(super) fn set_weak(&mut self, target: Address, weak: Address) {
        let slot = self.slot_of(target);
        self.slot_of(weak);
        self.list(slot.span, SpecialKind::Weak);
        let special = Special { slot: slot.index as u32, kind: SpecialKind::Weak, word: weak.get() as u64, age: self.next_age };
        self.next_age += 1;
        let mut side = slot.span.side.lock();
        let place = side.specials.partition_point(|other| (other.slot, other.kind) <= (special.slot, special.kind));
        side.specials.insert(place, special);
    }

    pub(super) fn set_allocation_site(&mut self, object: Address, site: u64) {
        self.set(object, SpecialKind::AllocationSite, site);
    }

    pub(super) fn allocation_site(&self, object: Address) -> Option<u64> {
        let slot = self.slot_of(object);
        let side = slot.span.side.lock();
        match Self::place(&side.specials, slot.index as u32, SpecialKind::AllocationSite) {
            (place, true) => Some(side.specials[place].word),
            _ => None,
        }
    }

    pub(super) fn take_ready(&mut self) -> Vec<(Address, u64)> {
        std::mem::take(&mut self.ready)
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Marks the words of all finalizers and releases, and the objects of those that wait to be run.
    pub(super) fn mark_roots(&self, marker: &mut Marker) {
        for span in &self.spans {
            for special in span.side.lock().specials.iter().filter(|special| special.kind.gets_ready()) {
                marker.mark_word(special.word);
            }
        }
        for &(object, word) in &self.ready {
            marker.mark_object(object);
            marker.mark_word(word);
        }
    }

    /// Clears the weak references to what is not marked, when all that roots reach is. First of the three steps after marking.
    pub(super) fn clear_weak(&self, marker: &Marker, nil_bits: u64) {
        for &span in &self.spans {
            span.side.lock().specials.retain(|special| {
                if special.kind != SpecialKind::Weak || marker.is_marked(object_of(span, special)) {
                    return true;
                }
                let weak = Address::new(special.word as usize).expect("a weak object has an address");
                // SAFETY: the weak object is not swept yet, be it marked or not, and its payload has at least a word.
                unsafe { weak.payload().cast::<u64>().write(nil_bits) };
                false
            });
        }
    }

    /// Makes the finalizers of all that is not marked ready, newest first, and marks what they bring back: what wraps something is
    /// younger than that, and its finalizer still finds it as it was. The second step; the marker has to be drained behind it.
    pub(super) fn ready_finalizers(&mut self, marker: &mut Marker) {
        self.make_ready(marker, SpecialKind::Finalizer);
    }

    /// The same with releases, of what no finalizer has brought back.
    pub(super) fn ready_releases(&mut self, marker: &mut Marker) {
        self.make_ready(marker, SpecialKind::Release);
    }

    fn make_ready(&mut self, marker: &mut Marker, kind: SpecialKind) {
        let mut found = Vec::new();
        for &span in &self.spans {
            span.side.lock().specials.retain(|special| {
                let object = object_of(span, special);
                let ready = special.kind == kind && !marker.is_marked(object);
                if ready {
                    found.push((special.age, object, special.word));
                }
                !ready
            });
        }
        found.sort_unstable_by_key(|&(age, ..)| std::cmp::Reverse(age));
        for (_, object, word) in found {
            marker.mark_object(object);
            marker.mark_word(word);
            self.ready.push((object, word));
        }
    }

    /// Forgets the weak references whose weak object is gone, and the spans that have nothing more to say. The third step.
    pub(super) fn prune(&mut self, marker: &Marker) {
        self.spans.retain(|span| {
            let mut side = span.side.lock();
            side.specials.retain(|special| {
                special.kind != SpecialKind::Weak
                    || Address::new(special.word as usize).is_some_and(|weak| marker.is_marked(weak))
            });
            let stays = side.specials.iter().any(|special| special.kind != SpecialKind::AllocationSite);
            span.listed.set(stays);
            stays
        });
    }
}

fn object_of(span: SpanPointer, special: &Special) -> Address {
    Address::new(span.slot_address(special.slot as usize)).expect("no object is at address 0")
}

impl Special {
    /// The slot of the object in its span.
    pub(super) fn slot(&self) -> usize {
        self.slot as usize
    }
}
