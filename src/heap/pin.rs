//! Pins: objects that stay alive and in place whoever refers to them.
//!
//! A span has one pointer to its pin bits, null until something in it is pinned:
//!
//! ```text
//!   pin bits      pinned    one bit for each slot: it has a pin
//!                 multiple  one bit for each slot: it has more than one, and a counter
//! ```
//!
//! Any thread may pin and unpin. Changes take the span's lock; *is it pinned?* takes none. When the last pin of a span goes, the pointer
//! becomes null; the bits, clear now, wait beside the span in case it is pinned in again. The next collection takes them away for other
//! spans to use. So a reader on another thread who still holds them sees bits of its own span, or sees that a collection has passed and
//! asks again under the lock. The array of counters is handled likewise.
//!
//! Lock order: a span, then the registry.

use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use parking_lot::Mutex;

use super::address::Address;
use super::latch::LatchGuard;
use super::size_class::{MAX_OBJECTS_PER_SPAN, PAGE_SIZE};
use super::space::{Slot, Space};
use super::span::{Side, SpanPointer};

const WORDS: usize = MAX_OBJECTS_PER_SPAN / 64;

/// The pin bits of a span.
#[derive(Default)]
pub(super) struct PinBits {
    /// Which slots hold an object with a pin.
    pinned: [AtomicU64; WORDS],
    /// Which slots hold one with more than one.
    multiple: [AtomicU64; WORDS],
}

impl PinBits {
    #[inline(always)]
    fn has(words: &[AtomicU64; WORDS], slot: usize) -> bool {
        words[slot / 64 % WORDS].load(Ordering::Acquire) & 1 << (slot % 64) != 0
    }

    /// Sets a bit. The caller has the span's lock, so that nobody else writes the word.
    fn set(words: &[AtomicU64; WORDS], slot: usize) {
        let word = &words[slot / 64 % WORDS];
        word.store(word.load(Ordering::Relaxed) | 1 << (slot % 64), Ordering::Release);
    }

    /// Clears a bit. The caller has the span's lock.
    fn clear(words: &[AtomicU64; WORDS], slot: usize) {
        let word = &words[slot / 64 % WORDS];
        word.store(word.load(Ordering::Relaxed) & !(1 << (slot % 64)), Ordering::Release);
    }
}

impl PinBits {
    /// The number of slots with a pin, and of those with more than one.
    pub(super) fn count(&self) -> (u32, u32) {
        let sum = |words: &[AtomicU64; WORDS]| words.iter().map(|word| word.load(Ordering::Acquire).count_ones()).sum();
        (sum(&self.pinned), sum(&self.multiple))
    }

    /// The slots with a pin.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MAX_OBJECTS_PER_SPAN).filter(|&slot| Self::has(&self.pinned, slot))
    }
}

/// What the space knows of pins.
#[derive(Default)]
pub(super) struct PinRegistry {
    inner: Mutex<Registry>,
}

#[derive(Default)]
struct Registry {
    /// The spans that have pins or had some since the last collection.
    spans: Vec<SpanPointer>,
    /// All pin bits ever made.
    all: Vec<NonNull<PinBits>>,
    /// Those that no span has.
    unused: Vec<NonNull<PinBits>>,
}

// SAFETY: pin bits are atomic, and freed only with the registry.
unsafe impl Send for Registry {}

impl Drop for Registry {
    fn drop(&mut self) {
        for &bits in &self.all {
            // SAFETY: it was leaked from a box in `enter`, and the registry goes with the space, after all who could read it.
            drop(unsafe { Box::from_raw(bits.as_ptr()) });
        }
    }
}

impl PinRegistry {
    /// Adds a span that has no pin bits; returns clear ones for it.
    fn enter(&self, span: SpanPointer) -> NonNull<PinBits> {
        let mut registry = self.inner.lock();
        registry.spans.push(span);
        registry.unused.pop().unwrap_or_else(|| {
            let bits = NonNull::from(Box::leak(Box::<PinBits>::default()));
            registry.all.push(bits);
            bits
        })
    }

    /// The spans that have pins or had some since the last collection.
    pub(super) fn spans(&self) -> Vec<SpanPointer> {
        self.inner.lock().spans.clone()
    }
}

/// Pin bits that wait beside a span.
pub(super) struct PinBitsPointer(NonNull<PinBits>);

// SAFETY: pin bits are atomic, and freed only with the space.
unsafe impl Send for PinBitsPointer {}

impl Space {
    /// Takes what waits beside spans without pins, for other spans to use. Part of each collection.
    pub(super) fn recycle_pin_bits(&self) {
        let spans = std::mem::take(&mut self.pins.inner.lock().spans);
        let mut taken = Vec::new();
        for span in spans {
            let mut side = span.side.lock();
            if side.counted == 0 {
                side.pin_counters = None;
            }
            match side.spare_pin_bits.take() {
                Some(PinBitsPointer(bits)) => taken.push(bits),
                None => self.pins.inner.lock().spans.push(span),
            }
        }
        // Between: who read the pointer of a span before now finds that the epoch has changed.
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.pins.inner.lock().unused.extend(taken);
    }

    /// The slot an address belongs to and its span's lock; `None` when there is no object in it.
    fn lock_slot(&self, address: usize) -> Option<(Slot, LatchGuard<'_, Side>)> {
        loop {
            let slot = self.resolve(address)?;
            let slot_size = slot.span.slot_size();
            // SAFETY: a span lives as long as the space, which the guard's lifetime does not exceed.
            let side = unsafe { (*slot.span.as_ptr()).side.lock() };
            // Before the lock was had the pages may have gone to another span, or have come back to this one for another size.
            let is_same = self.span_of_page((slot.start - self.base()) / PAGE_SIZE) == Some(slot.span)
                && slot.span.slot_size() == slot_size
                && slot.span.slot_address(slot.index) == slot.start;
            if is_same {
                return self.is_allocated(slot).then_some((slot, side));
            }
        }
    }

    pub(super) fn pin(&self, address: usize) -> Option<u64> {
        let (slot, mut side) = self.lock_slot(address)?;
        let span = slot.span;
        let mut bits = span.pin_bits.load(Ordering::Acquire);
        if bits.is_null() {
            bits = match side.spare_pin_bits.take() {
                Some(PinBitsPointer(spare)) => spare.as_ptr(),
                None => self.pins.enter(span).as_ptr(),
            };
            span.pin_bits.store(bits, Ordering::Release);
        }
        // SAFETY: pin bits are freed only with the space.
        let bits = unsafe { &*bits };
        if !PinBits::has(&bits.pinned, slot.index) {
            PinBits::set(&bits.pinned, slot.index);
            side.pinned += 1;
            return Some(1);
        }
        let slots = span.slots();
        let first_counter = !PinBits::has(&bits.multiple, slot.index);
        let counters = side.pin_counters.get_or_insert_with(|| vec![0; slots].into_boxed_slice());
        if first_counter {
            counters[slot.index] = 1;
            PinBits::set(&bits.multiple, slot.index);
        }
        counters[slot.index] += 1;
        let count = counters[slot.index];
        side.counted += first_counter as u32;
        Some(count)
    }

    pub(super) fn unpin(&self, address: usize) -> Option<u64> {
        let (slot, mut side) = self.lock_slot(address)?;
        let bits = NonNull::new(slot.span.pin_bits.load(Ordering::Acquire))?;
        // SAFETY: pin bits are freed only with the space.
        let words = unsafe { bits.as_ref() };
        if !PinBits::has(&words.pinned, slot.index) {
            return None;
        }
        if PinBits::has(&words.multiple, slot.index) {
            let counters = side.pin_counters.as_mut()?;
            counters[slot.index] -= 1;
            let left = counters[slot.index];
            if left == 1 {
                PinBits::clear(&words.multiple, slot.index);
                side.counted -= 1;
            }
            return Some(left);
        }
        PinBits::clear(&words.pinned, slot.index);
        side.pinned -= 1;
        if side.pinned == 0 {
            slot.span.pin_bits.store(ptr::null_mut(), Ordering::Release);
            side.spare_pin_bits = Some(PinBitsPointer(bits));
        }
        Some(0)
    }

    #[inline]
    pub(super) fn is_pinned(&self, address: usize) -> bool {
        match self.resolve(address) {
            Some(slot) => self.is_slot_pinned(slot, address),
            None => false,
        }
    }

    /// Whether the address lies in a pinned object without references. It is the answer of most questions that a check asks, and is
    /// found without a look at the object.
    #[inline]
    pub(super) fn is_pinned_leaf(&self, address: usize) -> bool {
        match self.resolve(address) {
            Some(slot) if slot.span.class().is_noscan() => self.is_slot_pinned(slot, address),
            _ => false,
        }
    }

    #[inline(always)]
    fn is_slot_pinned(&self, slot: Slot, address: usize) -> bool {
        let epoch = self.epoch.load(Ordering::Acquire);
        let bits = slot.span.pin_bits.load(Ordering::Acquire);
        // SAFETY: pin bits are freed only with the space.
        if bits.is_null() || !PinBits::has(unsafe { &(*bits).pinned }, slot.index) {
            return false;
        }
        fence(Ordering::Acquire);
        self.epoch.load(Ordering::Relaxed) == epoch || self.pin_count(address) > 0
    }

    pub(super) fn pin_count(&self, address: usize) -> u64 {
        let Some((slot, side)) = self.lock_slot(address) else { return 0 };
        // SAFETY: pin bits are freed only with the space.
        match unsafe { slot.span.pin_bits.load(Ordering::Acquire).as_ref() } {
            Some(bits) if PinBits::has(&bits.multiple, slot.index) => {
                side.pin_counters.as_ref().map_or(0, |counters| counters[slot.index])
            }
            Some(bits) if PinBits::has(&bits.pinned, slot.index) => 1,
            _ => 0,
        }
    }

    pub(super) fn pin_counter_exists(&self, address: usize) -> bool {
        let Some((slot, side)) = self.lock_slot(address) else { return false };
        // SAFETY: pin bits are freed only with the space.
        let multiple = unsafe { slot.span.pin_bits.load(Ordering::Acquire).as_ref() }
            .is_some_and(|bits| PinBits::has(&bits.multiple, slot.index));
        multiple && side.pin_counters.as_ref().is_some_and(|counters| counters[slot.index] > 1)
    }

    /// Calls `visit` with each pinned object.
    pub(super) fn for_each_pinned(&self, mut visit: impl FnMut(Address)) {
        for span in self.pins.spans() {
            // SAFETY: pin bits are freed only with the space.
            let Some(bits) = (unsafe { span.pin_bits.load(Ordering::Acquire).as_ref() }) else { continue };
            for slot in bits.slots() {
                visit(Address::new(span.slot_address(slot)).expect("no object is at address 0"));
            }
        }
    }

    /// The number of objects with a pin.
    pub(super) fn pinned_objects(&self) -> usize {
        self.pins.spans().iter().map(|span| span.side.lock().pinned as usize).sum()
    }
}

/// The part of a heap that any thread may use: questions about addresses, and pins. It keeps the address space, not the heap.
///
/// An address may point anywhere into an object, or one past its end. Whoever pins or asks keeps the object alive meanwhile; a thread
/// that does not hold the interpreter does so by a pin, or because its caller does.
#[derive(Clone)]
pub struct Pins {
    space: Arc<Space>,
}

impl Pins {
    pub(super) fn new(space: Arc<Space>) -> Self {
        Self { space }
    }

    /// Pins the live object that `address` points into; returns the number of its pins, or `None` where there is no such object.
    pub fn pin(&self, address: usize) -> Option<u64> {
        self.space.pin(address)
    }

    /// Takes one pin off; returns how many are left, or `None` if there was none.
    pub fn unpin(&self, address: usize) -> Option<u64> {
        self.space.unpin(address)
    }

    /// Whether the object that `address` points into has a pin.
    #[inline]
    pub fn is_pinned(&self, address: usize) -> bool {
        self.space.is_pinned(address)
    }

    /// How many pins it has.
    pub fn pin_count(&self, address: usize) -> u64 {
        self.space.pin_count(address)
    }

    /// Whether a counter is kept for it, which is so exactly when it has more than one pin. For tests.
    pub fn pin_counter_exists(&self, address: usize) -> bool {
        self.space.pin_counter_exists(address)
    }

    /// Whether the address lies in the heap's address space.
    #[inline(always)]
    pub fn is_managed(&self, address: usize) -> bool {
        self.space.contains(address)
    }
}
