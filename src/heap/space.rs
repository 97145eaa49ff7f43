//! The heap's address space: one reservation, its page table, and the question which object an address belongs to.
//!
//! ```text
//!   reservation   ┌───────────────────────────────┬──────────┬──────────┬────────────┐
//!                 │            objects            │ bitmap 0 │ bitmap 1 │ page table │
//!                 └───────────────────────────────┴──────────┴──────────┴────────────┘
//!                 base        committed     base + size
//!
//!   page table    63                                    6 5           1    0
//!   entry         ┌──────────────────────────────────────┬─────────────┬────────┐
//!                 │ address of the page's span, or all 0 │      0      │ noscan │
//!                 └──────────────────────────────────────┴─────────────┴────────┘
//! ```
//!
//! Objects and bitmaps are committed together in chunks, the page table at once; the system backs what is touched. The space is shared:
//! the heap holds it, and every [`Pins`](super::Pins) does.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::ObjectRef;
use super::address::Address;
use super::bitmap::{Bitmap, table_bytes};
use super::header::HEADER_SIZE;
use super::pin::PinRegistry;
use super::size_class::PAGE_SIZE;
use super::span::{Span, SpanPointer};
use super::system;

/// Address space is committed in multiples of this; the bitmaps' share of it is a multiple of every system's page.
pub(super) const CHUNK: usize = 8 << 20;

/// The smallest space that is of any use.
const SMALLEST: usize = 2 * CHUNK;

/// The alignment of the space, so that large pages fit.
const ALIGNMENT: usize = 2 << 20;

/// Bitmaps are committed for this much of the space at a time, ahead of the objects: their share is one large page.
const BITMAP_UNIT: usize = 256 << 20;

/// From this many committed bytes on, large pages are asked for: below, they would only blow a small program up.
const HUGE_PAGES_FROM: usize = 64 << 20;

/// Marks the page-table entries of spans without references.
pub(super) const NOSCAN: usize = 1;

/// Spans that are made at a time.
const SLAB: usize = 64;

/// See the head of this file.
pub(super) struct Space {
    /// The address of the first page; a multiple of the page size and of 2 MiB.
    base: usize,
    /// Bytes from there for objects.
    size: usize,
    /// Where the reservation begins.
    mapping: *mut u8,
    /// Bytes of the reservation.
    mapping_bytes: usize,
    /// One entry for each page, and one behind the last.
    page_table: *const AtomicUsize,
    /// The two bitmaps.
    bitmaps: [Bitmap; 2],
    /// How often they were swapped; the lowest bit says which of them holds the live bits.
    live: AtomicUsize,
    /// The number of times that pin bits went from span to span: once in each collection.
    pub(super) epoch: AtomicU64,
    /// Which spans have pins, and what pin bits there are to use.
    pub(super) pins: PinRegistry,
    /// All spans ever made, and which of them are not in use.
    spans: Mutex<SpanStore>,
}

#[derive(Default)]
struct SpanStore {
    slabs: Vec<NonNull<[Span]>>,
    unused: Vec<SpanPointer>,
}

// SAFETY: the raw pointers name memory that the space owns; what is shared of it is atomic, or guarded as `span.rs` and `pin.rs` say.
unsafe impl Send for Space {}
// SAFETY: as above.
unsafe impl Sync for Space {}

/// A slot of a span in use. Whether there is an object in it is another question.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) span: SpanPointer,
    /// The number of the slot in the span.
    pub(super) index: usize,
    /// The address of the slot, and of the header of the object in it.
    pub(super) start: usize,
}

impl Space {
    /// Reserves `bytes`, or a quarter or a sixteenth and so on where that fails. `None` when nothing can be had.
    pub(super) fn reserve(bytes: usize) -> Option<Self> {
        let mut size = bytes.next_multiple_of(CHUNK).max(SMALLEST);
        loop {
            if let Some(space) = Self::reserve_exactly(size) {
                return Some(space);
            }
            if size == SMALLEST {
                return None;
            }
            size = (size / 4).next_multiple_of(CHUNK).max(SMALLEST);
        }
    }

    fn reserve_exactly(size: usize) -> Option<Self> {
        let bitmap_bytes = table_bytes(size);
        let page_table_bytes = ((size / PAGE_SIZE + 1) * size_of::<usize>()).next_multiple_of(1 << 16);
        let mapping_bytes = ALIGNMENT + size + 2 * bitmap_bytes + page_table_bytes;
        let mapping = system::reserve(mapping_bytes)?;
        let base = (mapping as usize).next_multiple_of(ALIGNMENT);
        let at = |offset: usize| mapping.wrapping_add(base - mapping as usize + offset);
        let page_table = at(size + 2 * bitmap_bytes);
        // SAFETY: the page table lies in the reservation just made, at a multiple of 64 KiB.
        if !unsafe { system::commit(page_table, page_table_bytes) } {
            // SAFETY: nothing uses the reservation yet.
            unsafe { system::unreserve(mapping, mapping_bytes) };
            return None;
        }
        Some(Self {
            base,
            size,
            mapping,
            mapping_bytes,
            page_table: page_table.cast(),
            bitmaps: [Bitmap::new(at(size).cast()), Bitmap::new(at(size + bitmap_bytes).cast())],
            live: AtomicUsize::new(0),
            epoch: AtomicU64::new(0),
            pins: PinRegistry::default(),
            spans: Mutex::new(SpanStore::default()),
        })
    }

    #[inline(always)]
    pub(super) fn base(&self) -> usize {
        self.base
    }

    #[inline(always)]
    pub(super) fn size(&self) -> usize {
        self.size
    }

    #[inline(always)]
    pub(super) fn page_table(&self) -> *const AtomicUsize {
        self.page_table
    }

    /// The address of a page.
    pub(super) fn page_address(&self, page: usize) -> usize {
        self.base + page * PAGE_SIZE
    }

    /// Whether the address lies in the space.
    #[inline(always)]
    pub(super) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.size
    }

    /// The table that says which objects the last collection left.
    #[inline(always)]
    pub(super) fn live_bits(&self) -> Bitmap {
        self.bitmaps[self.live.load(Ordering::Acquire) & 1]
    }

    /// The other one, which is clear but during a collection.
    #[inline(always)]
    pub(super) fn mark_bits(&self) -> Bitmap {
        self.bitmaps[(self.live.load(Ordering::Acquire) & 1) ^ 1]
    }

    /// Makes the marks the live bits, and the other way round.
    pub(super) fn swap_bits(&self) {
        self.live.fetch_add(1, Ordering::AcqRel);
    }

    /// How often that was done.
    #[inline(always)]
    pub(super) fn swaps(&self) -> usize {
        self.live.load(Ordering::Acquire)
    }

    /// Makes the pages from byte `from` to byte `to` of the space usable, both multiples of [`CHUNK`]. Says whether that could be done.
    pub(super) fn commit(&self, from: usize, to: usize) -> bool {
        debug_assert!(from.is_multiple_of(CHUNK) && to.is_multiple_of(CHUNK) && from < to && to <= self.size);
        let objects = self.base as *mut u8;
        let units = |bytes: usize| bytes.next_multiple_of(BITMAP_UNIT).min(self.size);
        let (bits_from, bits_to) = (table_bytes(units(from)), table_bytes(units(to)));
        // SAFETY: the stretches lie in the reservation, and chunks begin and end at page boundaries in all three tables.
        unsafe {
            for bits in self.bitmaps.map(|bitmap| bitmap.as_ptr().cast::<u8>().add(bits_from)) {
                if bits_from < bits_to && !system::commit(bits, bits_to - bits_from) {
                    return false;
                }
                if bits_from > 0 && bits_from < bits_to {
                    system::prefer_huge_pages(bits, bits_to - bits_from);
                }
            }
            if !system::commit(objects.add(from), to - from) {
                return false;
            }
            if to > HUGE_PAGES_FROM {
                system::prefer_huge_pages(objects.add(from), to - from);
            }
        }
        true
    }

    /// Gives the memory behind pages back to the system; they are zero afterwards. Says whether that could be done.
    ///
    /// # Safety
    /// The pages are committed and in no span.
    pub(super) unsafe fn release(&self, page: usize, pages: usize) -> bool {
        // SAFETY: pages of the heap are multiples of the system's, or the call fails, which changes nothing.
        unsafe { system::release(self.page_address(page) as *mut u8, pages * PAGE_SIZE) }
    }

    /// Gives the memory behind pages back and makes them inaccessible for good. Where the system has no room to remember that, they
    /// stay as they are.
    ///
    /// # Safety
    /// As for [`Self::release`], and nothing ever uses the pages again.
    pub(super) unsafe fn fence(&self, page: usize, pages: usize) {
        // SAFETY: by this function's contract.
        unsafe {
            if system::fence(self.page_address(page) as *mut u8, pages * PAGE_SIZE) {
                self.release(page, pages);
            }
        }
    }

    /// A span that is not in use.
    pub(super) fn unused_span(&self) -> SpanPointer {
        let mut store = self.spans.lock();
        if let Some(span) = store.unused.pop() {
            return span;
        }
        let slab: Box<[Span]> = (0..SLAB).map(|_| Span::default()).collect();
        let slab = NonNull::from(Box::leak(slab));
        store.slabs.push(slab);
        for index in (0..SLAB).rev() {
            // SAFETY: the slab is freed when the space is dropped, and pointers to spans are kept by those only who keep the space.
            store.unused.push(unsafe { SpanPointer::new(slab.cast::<Span>().add(index)) });
        }
        store.unused.pop().expect("a slab has spans")
    }

    /// Writes a span into the page table, so that addresses find it.
    pub(super) fn enter_span(&self, span: SpanPointer) {
        let entry = span.as_ptr() as usize | if span.class().is_noscan() { NOSCAN } else { 0 };
        self.fill_entries(span, entry);
    }

    /// Takes a span out of the page table and keeps it for another use. It must hold no objects and no pins.
    pub(super) fn retire_span(&self, span: SpanPointer) {
        self.fill_entries(span, 0);
        self.spans.lock().unused.push(span);
    }

    fn fill_entries(&self, span: SpanPointer, entry: usize) {
        let first = (span.base() - self.base) / PAGE_SIZE;
        for page in first..first + span.pages() {
            // SAFETY: the page lies in the space, and the page table has an entry for each.
            unsafe { (*self.page_table.add(page)).store(entry, Ordering::Release) };
        }
    }

    /// The span of a page, if it is in one; `page` may also be the number behind the last.
    #[inline(always)]
    pub(super) fn span_of_page(&self, page: usize) -> Option<SpanPointer> {
        debug_assert!(page <= self.size / PAGE_SIZE);
        // SAFETY: the page table has an entry for each page and one behind the last.
        let entry = unsafe { (*self.page_table.add(page)).load(Ordering::Acquire) };
        let span = NonNull::new((entry & !NOSCAN) as *mut Span)?;
        // SAFETY: entries are pointers made by `unused_span`, and this space is at hand.
        Some(unsafe { SpanPointer::new(span) })
    }

    /// The slot that an address belongs to: the one it lies in, or the one before if it lies in a slot's header, where it can only mean
    /// one past the end. `None` when that is no slot of a span in use.
    #[inline(always)]
    pub(super) fn resolve(&self, address: usize) -> Option<Slot> {
        let offset = address.wrapping_sub(self.base);
        if offset >= self.size {
            return None;
        }
        let Some(span) = self.span_of_page(offset / PAGE_SIZE) else {
            return self.resolve_end(address);
        };
        let index = span.slot_of(address);
        let start = span.slot_address(index);
        if address - start < HEADER_SIZE {
            return self.resolve_end(start);
        }
        if index >= span.slots() {
            return None;
        }
        Some(Slot { span, index, start })
    }

    /// The slot that ends where the slot or page at `address` begins, if `address` lies in the first 16 bytes of one.
    #[cold]
    #[inline(never)]
    fn resolve_end(&self, address: usize) -> Option<Slot> {
        let end = address & !(HEADER_SIZE - 1);
        if end == self.base {
            return None;
        }
        let last = end - HEADER_SIZE;
        let span = self.span_of_page((last - self.base) / PAGE_SIZE)?;
        let index = span.slot_of(last);
        let start = span.slot_address(index);
        (index < span.slots() && start + span.slot_size() == end).then_some(Slot { span, index, start })
    }

    /// Whether there is an object in a slot: one that was allocated since the last collection, or that it left.
    #[inline(always)]
    pub(super) fn is_allocated(&self, slot: Slot) -> bool {
        // SAFETY: pages of a span in use are committed. The live bits are written only by a collection, which waits for the span's
        // lock before it changes what this thread reads under it, or has the thread to itself.
        slot.start < slot.span.cursor() || unsafe { self.live_bits().test(slot.start - self.base) }
    }

    /// The live object that an address belongs to.
    #[inline]
    pub(super) fn find_object(&self, address: usize) -> Option<ObjectRef> {
        let slot = self.resolve(address)?;
        if self.is_allocated(slot) { self.object_in(slot) } else { None }
    }

    /// What is to be said of the object in a slot that has one.
    #[inline]
    pub(super) fn object_in(&self, slot: Slot) -> Option<ObjectRef> {
        let address = Address::new(slot.start)?;
        // SAFETY: there is an object in the slot. Only the kind is read, as a byte, so that no header can be an invalid one.
        let kind = unsafe { (&raw const (*address.header_pointer()).kind).read() };
        Some(ObjectRef {
            address,
            kind,
            payload_start: slot.start + HEADER_SIZE,
            payload_capacity: slot.span.slot_size() - HEADER_SIZE,
            noscan: slot.span.class().is_noscan(),
        })
    }

    /// Calls `visit` with each slot of a span that has an object.
    pub(super) fn for_each_allocated(&self, span: SpanPointer, mut visit: impl FnMut(Slot)) {
        for index in 0..span.slots() {
            let slot = Slot { span, index, start: span.slot_address(index) };
            if self.is_allocated(slot) {
                visit(slot);
            }
        }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        for slab in &self.spans.get_mut().slabs {
            // SAFETY: the slab was leaked from a box in `unused_span`, and nobody has pointers into it once the space goes.
            drop(unsafe { Box::from_raw(slab.as_ptr()) });
        }
        // SAFETY: nobody has addresses of the space that may be followed once it goes.
        unsafe { system::unreserve(self.mapping, self.mapping_bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::super::size_class::{SizeClass, SpanClass};
    use super::*;

    /// A space with a span of the class at its first page and, behind it, a large one of one page.
    fn space_with(size: usize) -> (Space, SpanPointer, SpanPointer) {
        let space = Space::reserve(CHUNK).expect("address space");
        assert!(space.commit(0, CHUNK));
        let class = SizeClass::of(size);
        let first = space.unused_span();
        first.open(space.page_address(0), class.pages(), SpanClass::new(class, false), false);
        space.enter_span(first);
        let second = space.unused_span();
        second.open(space.page_address(class.pages()), 1, SpanClass::new(SizeClass::LARGE, true), false);
        space.enter_span(second);
        (space, first, second)
    }

    #[test]
    fn every_address_of_a_slot_but_its_header_finds_it() {
        for size in [16, 32, 48, 320, 1152, 6784, 32768] {
            let (space, span, _) = space_with(size);
            for index in 0..span.slots() {
                let start = span.slot_address(index);
                for address in start + HEADER_SIZE..start + span.slot_size() {
                    let slot = space.resolve(address).expect("a slot");
                    assert!(slot.span == span && slot.index == index && slot.start == start);
                }
            }
        }
    }

    #[test]
    fn a_header_address_is_one_past_the_end_of_the_slot_before() {
        let (space, span, _) = space_with(48);
        for byte in 0..HEADER_SIZE {
            let slot = space.resolve(span.slot_address(3) + byte).expect("a slot");
            assert_eq!(slot.index, 2);
            assert!(space.resolve(span.base() + byte).is_none(), "nothing stands before the space's first page");
        }
        let end = span.slot_address(span.slots());
        assert_eq!(space.resolve(end).map(|slot| slot.index), Some(span.slots() - 1));
        assert!(space.resolve(end + HEADER_SIZE).is_none(), "the tail of a span belongs to no slot");
    }

    #[test]
    fn one_past_a_full_span_is_found_from_the_next_page() {
        let (space, first, second) = space_with(512);
        let slot = space.resolve(second.base()).expect("a slot");
        assert!(slot.span == first && slot.index == first.slots() - 1);
        let behind = second.base() + PAGE_SIZE;
        assert!(space.resolve(behind).expect("a slot of the page before a free page").span == second);
        assert!(space.resolve(behind + HEADER_SIZE).is_none());
        let (space, _, second) = space_with(48);
        assert!(space.resolve(second.base()).is_none(), "the span before has a tail");
    }

    #[test]
    fn the_space_ends_where_it_ends() {
        let (space, ..) = space_with(16);
        assert!(space.contains(space.base()) && space.contains(space.base() + space.size() - 1));
        assert!(!space.contains(space.base() - 1) && !space.contains(space.base() + space.size()));
        assert!(space.resolve(space.base() + space.size() - 1).is_none());
        assert!(space.resolve(0).is_none() && space.resolve(usize::MAX).is_none());
    }

    #[test]
    fn a_reservation_that_is_too_large_becomes_smaller() {
        let space = Space::reserve(1 << 50).expect("address space");
        assert!(space.size() >= SMALLEST && space.size() < 1 << 50);
    }
}
