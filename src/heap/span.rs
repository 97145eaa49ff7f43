//! Spans: runs of pages that hold objects of one size.
//!
//! ```text
//!   base                         cursor          run_end
//!   ┌──────┬──────┬──────┬───────┬──────┬────────┬──────┬──────┬──────┬─────┐
//!   │ slot │ slot │ slot │  …    │ free │ free   │ live │ free │ live │ tail│
//!   └──────┴──────┴──────┴───────┴──────┴────────┴──────┴──────┴──────┴─────┘
//!     all allocated              the current run   the live bits decide
//! ```
//!
//! A slot holds an object if it lies below `cursor` or its live bit is set. Allocation takes the slot at `cursor` until the run is
//! used up, and then looks in the live bits for the next run of free slots. A collection sets `cursor` back to the beginning.

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use super::bitmap::next_free_run;
use super::latch::Latched;
use super::pin::{PinBits, PinBitsPointer};
use super::size_class::{GRANULE, PAGE_SIZE, SizeClass, SpanClass, WORDS_PER_PAGE};
use super::special::Special;

/// What the heap knows of a span.
///
/// Atomic fields are read by any thread that asks for an object; cells belong to whoever holds the heap. Its memory is never used for
/// anything but spans until the heap is gone.
#[repr(C, align(64))]
pub(super) struct Span {
    /// The address of its first page; 0 while it is not in use.
    base: AtomicUsize,
    /// Bytes of a slot; for a large object all of its pages.
    slot_size: AtomicUsize,
    /// Each slot below this address holds an object.
    cursor: AtomicUsize,
    /// The slots from `cursor` up to this address are free and their bytes zero.
    run_end: Cell<usize>,
    /// What divides an offset by the slot size; 0 for a large object.
    multiplier: AtomicU32,
    /// The number of slots.
    slots: AtomicU32,
    /// The number of pages.
    pages: Cell<u32>,
    /// The class of its objects.
    class: Cell<SpanClass>,
    /// Whether the bytes of free slots have to be zeroed before they are allocated.
    dirty: Cell<bool>,
    /// Whether the heap's list of spans with finalizers or weak references has it.
    pub(super) listed: Cell<bool>,
    /// Which objects are pinned; null while none is.
    pub(super) pin_bits: AtomicPtr<PinBits>,
    /// What few spans have.
    pub(super) side: Latched<Side>,
}

/// The part of a span that its lock guards.
#[derive(Default)]
pub(super) struct Side {
    /// Finalizers, weak references and allocation sites of its objects, by slot and then by kind.
    pub(super) specials: Vec<Special>,
    /// Pin bits that the span does not need at the moment; all clear. The next collection takes them.
    pub(super) spare_pin_bits: Option<PinBitsPointer>,
    /// The number of pins of each object that has more than one, by slot; valid where the pin bits say that there are several. There from
    /// the first such object on until a collection finds none.
    pub(super) pin_counters: Option<Box<[u64]>>,
    /// The number of objects with more than one pin.
    pub(super) counted: u32,
    /// The number of objects with a pin.
    pub(super) pinned: u32,
}

// SAFETY: the cells are read and written only through the heap, which one thread holds at a time; all else is atomic or locked.
unsafe impl Sync for Span {}
// SAFETY: nothing in a span is tied to the thread that made it.
unsafe impl Send for Span {}

impl Default for Span {
    fn default() -> Self {
        Self {
            base: AtomicUsize::new(0),
            slot_size: AtomicUsize::new(GRANULE),
            cursor: AtomicUsize::new(0),
            run_end: Cell::new(0),
            multiplier: AtomicU32::new(0),
            slots: AtomicU32::new(0),
            pages: Cell::new(0),
            class: Cell::new(SpanClass::new(SizeClass::LARGE, true)),
            dirty: Cell::new(false),
            listed: Cell::new(false),
            pin_bits: AtomicPtr::new(std::ptr::null_mut()),
            side: Latched::new(Side::default()),
        }
    }
}

impl Span {
    /// Makes it the span of `pages` pages at `base`. Its slots are free, and hold other bytes than zero if `dirty`.
    pub(super) fn open(&self, base: usize, pages: usize, class: SpanClass, dirty: bool) {
        let size_class = class.size_class();
        let (slot_size, slots) =
            if size_class == SizeClass::LARGE { (pages * PAGE_SIZE, 1) } else { (size_class.slot_size(), size_class.slots()) };
        self.base.store(base, Ordering::Relaxed);
        self.slot_size.store(slot_size, Ordering::Relaxed);
        self.cursor.store(base, Ordering::Relaxed);
        self.run_end.set(base);
        self.multiplier.store(size_class.multiplier(), Ordering::Relaxed);
        self.slots.store(slots as u32, Ordering::Relaxed);
        self.pages.set(pages as u32);
        self.class.set(class);
        self.dirty.set(dirty);
        self.listed.set(false);
    }

    #[inline(always)]
    pub(super) fn base(&self) -> usize {
        self.base.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn slot_size(&self) -> usize {
        self.slot_size.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn cursor(&self) -> usize {
        self.cursor.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn slots(&self) -> usize {
        self.slots.load(Ordering::Relaxed) as usize
    }

    #[inline(always)]
    pub(super) fn pages(&self) -> usize {
        self.pages.get() as usize
    }

    #[inline]
    pub(super) fn class(&self) -> SpanClass {
        self.class.get()
    }

    /// The address of a slot.
    #[inline(always)]
    pub(super) fn slot_address(&self, slot: usize) -> usize {
        self.base() + slot * self.slot_size()
    }

    /// The slot that holds the address; for one behind the last slot their number.
    #[inline(always)]
    pub(super) fn slot_of(&self, address: usize) -> usize {
        (((address - self.base()) as u64).wrapping_mul(self.multiplier.load(Ordering::Relaxed) as u64) >> 32) as usize
    }

    /// Takes the slot at the cursor, if the current run has one left.
    #[inline(always)]
    pub(super) fn take_slot(&self) -> Option<usize> {
        let address = self.cursor();
        let next = address + self.slot_size();
        if next > self.run_end.get() {
            return None;
        }
        self.cursor.store(next, Ordering::Relaxed);
        Some(address)
    }

    /// Takes the slot of a fresh large span.
    pub(super) fn take_only_slot(&self) -> usize {
        self.run_end.set(self.base() + self.slot_size());
        self.take_slot().expect("a fresh large span has a slot")
    }

    /// Bytes of the current run that were not taken yet.
    #[inline]
    pub(super) fn run_left(&self) -> usize {
        self.run_end.get() - self.cursor()
    }

    /// The words of the live bits that matter to it: all of its pages', or the first one of a large object.
    #[inline(always)]
    pub(super) fn live_words(&self) -> usize {
        if self.class().size_class() == SizeClass::LARGE { 1 } else { self.pages() * WORDS_PER_PAGE }
    }

    /// Goes on to the next run of free slots, at most `limit` of them, and zeroes their bytes. Returns the run's bytes; `None` when
    /// there is no free slot left.
    ///
    /// # Safety
    /// `live` are the span's live bits, and the current run is used up.
    #[inline]
    pub(super) unsafe fn next_run(&self, live: &[u64], limit: usize) -> Option<usize> {
        let base = self.base();
        let end = self.slots() * self.slot_size() / GRANULE;
        let from = (self.run_end.get() - base) / GRANULE;
        let (start, stop) = next_free_run(self.class().size_class().slot_starts(), live, from, end)?;
        let start = base + start * GRANULE;
        let stop = (base + stop * GRANULE).min(start.saturating_add(limit.saturating_mul(self.slot_size())));
        if self.dirty.get() {
            // SAFETY: the run lies in the span's committed pages, and no object is in it.
            unsafe { std::ptr::write_bytes(start as *mut u8, 0, stop - start) };
        }
        self.run_end.set(stop);
        self.cursor.store(start, Ordering::Relaxed);
        Some(stop - start)
    }

    /// The number of its objects. `live` are its live bits.
    pub(super) fn count_allocated(&self, live: &[u64]) -> usize {
        let below = self.cursor() - self.base();
        let granules = below / GRANULE;
        let above: usize = live
            .iter()
            .enumerate()
            .skip(granules / 64)
            .map(|(index, word)| if index == granules / 64 { word & (u64::MAX << (granules % 64)) } else { *word })
            .map(|word| word.count_ones() as usize)
            .sum();
        below / self.slot_size() + above
    }

    /// Begins again with its first slot: from now on only the live bits say which slots hold objects.
    pub(super) fn rewind(&self) {
        self.cursor.store(self.base(), Ordering::Relaxed);
        self.run_end.set(self.base());
        self.dirty.set(true);
    }
}

/// A span that stays where it is as long as the heap's address space exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct SpanPointer(NonNull<Span>);

// SAFETY: a span may be shared between threads, and outlives all pointers to it (see `SpanPointer::new`).
unsafe impl Send for SpanPointer {}
// SAFETY: as above.
unsafe impl Sync for SpanPointer {}

impl SpanPointer {
    /// # Safety
    /// The span lives as long as the space that hands the pointer out, and all holders of the pointer keep that space.
    pub(super) unsafe fn new(span: NonNull<Span>) -> Self {
        Self(span)
    }

    pub(super) fn as_ptr(self) -> *const Span {
        self.0.as_ptr()
    }
}

impl Deref for SpanPointer {
    type Target = Span;

    #[inline(always)]
    fn deref(&self) -> &Span {
        // SAFETY: the span lives as long as the space, which whoever holds the pointer keeps.
        unsafe { self.0.as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_two_cache_lines_and_what_allocation_reads_is_one() {
        assert_eq!(size_of::<Span>(), 128);
        assert!(std::mem::offset_of!(Span, pin_bits) + 8 <= 64);
    }

    #[test]
    fn a_fresh_span_is_one_run() {
        let span = Span::default();
        let class = SizeClass::of(48);
        span.open(PAGE_SIZE, class.pages(), SpanClass::new(class, false), false);
        assert_eq!(span.take_slot(), None);
        // SAFETY: the live bits are those of a span without live objects; it is not dirty, so that no memory is touched.
        let bytes = unsafe { span.next_run(&[0; WORDS_PER_PAGE], usize::MAX) };
        assert_eq!(bytes, Some(170 * 48));
        let taken: Vec<usize> = std::iter::from_fn(|| span.take_slot()).collect();
        assert_eq!(taken.len(), 170);
        for (slot, &address) in taken.iter().enumerate() {
            assert_eq!(address, span.slot_address(slot));
            assert_eq!(span.slot_of(address + 47), slot);
        }
        assert_eq!(span.run_left(), 0);
    }

    #[test]
    fn a_limited_run_is_taken_up_again_where_it_ended() {
        let span = Span::default();
        let class = SizeClass::of(4096);
        span.open(PAGE_SIZE, class.pages(), SpanClass::new(class, false), false);
        let live = [0; WORDS_PER_PAGE];
        for slot in 0..class.slots() {
            // SAFETY: as in the test above.
            assert_eq!(unsafe { span.next_run(&live, 1) }, Some(4096));
            assert_eq!(span.take_slot(), Some(span.slot_address(slot)));
        }
        // SAFETY: as in the test above.
        assert_eq!(unsafe { span.next_run(&live, 1) }, None);
    }
}
