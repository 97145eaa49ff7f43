//! Allocation.
//!
//! The life of a small object's slot:
//! 1. The heap has a current span for each span class. If its current run has a slot left, that is taken: a comparison and an addition.
//! 2. Otherwise the next run of free slots is looked for in the span's live bits, charged to the pace and zeroed.
//! 3. A span without free slots is left for one that the last collection found room in; this is when freed slots are met again.
//! 4. Where there is none, pages are taken for a new span.
//!
//! A large object has a span of its own.

use super::address::Address;
use super::header::{HEADER_SIZE, Header, Shape};
use super::size_class::{MAX_SMALL_SIZE, PAGE_SIZE, SizeClass, SpanClass};
use super::span::SpanPointer;
use super::{Heap, MAX_SMALL_PAYLOAD, OutOfMemory, fatal};

impl Heap {
    /// A new object with this header and a zeroed payload of at least `payload_bytes`, which is at most [`MAX_SMALL_PAYLOAD`].
    ///
    /// It never fails for want of `max_heap`: it may overshoot, a collection is requested, and after that [`Self::over_limit`] tells.
    /// Long before the address space is used up, a collection is requested and `over_limit` becomes true as well; a program that goes
    /// on nevertheless to the very end is ended with status 70.
    #[inline(always)]
    pub fn allocate(&mut self, payload_bytes: usize, header: Header) -> Address {
        if payload_bytes > MAX_SMALL_PAYLOAD {
            return self.allocate_large_or_end(payload_bytes, header);
        }
        let class = SpanClass::new(SizeClass::of(payload_bytes + HEADER_SIZE), header.shape as u8 == Shape::Leaf as u8);
        let address = match self.current[class.index()].take_slot() {
            Some(address) => address,
            None => self.allocate_slow(class),
        };
        // SAFETY: the slot was just taken, is aligned to 16 bytes and has room for a header.
        unsafe {
            (address as *mut Header).write(header);
            Address::new(address).unwrap_unchecked()
        }
    }

    /// A new object of any size, its payload zeroed.
    ///
    /// # Errors
    /// The request is refused if what the last collection left and the request are together more than `max_heap`, or if no address
    /// space is left for it. Otherwise it is granted even if it overshoots. In both cases a collection is requested, unless it could not
    /// help: what the last one left may be garbage by now, so a later request can succeed.
    pub fn try_allocate(&mut self, payload_bytes: usize, header: Header) -> Result<Address, OutOfMemory> {
        self.try_allocations += 1;
        let limit = self.pace.max_heap();
        if self.try_allocations == self.config.fail_nth {
            return Err(OutOfMemory { requested: payload_bytes, limit });
        }
        let large = payload_bytes > MAX_SMALL_PAYLOAD;
        let slot = if large {
            let whole = payload_bytes.checked_add(HEADER_SIZE).and_then(|size| size.checked_next_multiple_of(PAGE_SIZE));
            whole.ok_or(OutOfMemory { requested: payload_bytes, limit: self.space.size() })?
        } else {
            SizeClass::of(payload_bytes + HEADER_SIZE).slot_size()
        };
        if self.pace.allocated().saturating_add(slot) > limit && slot <= limit {
            self.request_collection();
        }
        if self.pace.live().saturating_add(slot) > limit {
            return Err(OutOfMemory { requested: payload_bytes, limit });
        }
        if large {
            let address = self.allocate_large(slot, header);
            return address.ok_or(OutOfMemory { requested: payload_bytes, limit: self.space.size() });
        }
        if self.pages.under_pressure() {
            self.request_collection();
            return Err(OutOfMemory { requested: payload_bytes, limit: self.space.size() });
        }
        Ok(self.allocate(payload_bytes, header))
    }

    /// A slot of the class when the current run has none.
    #[inline(never)]
    fn allocate_slow(&mut self, class: SpanClass) -> usize {
        let is_alone = self.config.never_reuse;
        let limit = if self.config.poison || is_alone { 1 } else { usize::MAX };
        if is_alone {
            self.current[class.index()] = self.nothing;
        }
        loop {
            let span = self.current[class.index()];
            if span != self.nothing {
                // SAFETY: the span's pages are committed; its live bits change only in a collection.
                let live = unsafe { self.space.live_bits().words(span.base() - self.space.base(), span.live_words()) };
                // SAFETY: these are its live bits, and `take_slot` found the run used up.
                if let Some(bytes) = unsafe { span.next_run(live, limit) } {
                    if self.pace.charge(bytes) {
                        self.collect_requested = true;
                    }
                    if let Some(address) = span.take_slot() {
                        return address;
                    }
                }
            }
            self.current[class.index()] = match self.partial[class.index()].pop() {
                Some(span) => span,
                None => {
                    let pages = class.size_class().pages();
                    let run = self.pages.take(&self.space, pages);
                    let Some(run) = run else { self.end_without_memory(class.size_class().slot_size()) };
                    self.open_span(class, run.page, pages, run.dirty)
                }
            };
        }
    }

    /// An object with a span of `bytes`, a multiple of the page size, to itself.
    fn allocate_large(&mut self, bytes: usize, header: Header) -> Option<Address> {
        debug_assert!(bytes > MAX_SMALL_SIZE && bytes.is_multiple_of(PAGE_SIZE));
        let pages = bytes / PAGE_SIZE;
        let Some(run) = self.pages.take_if_plenty(&self.space, pages) else {
            self.request_collection();
            return None;
        };
        if run.dirty {
            for page in run.page..run.page + pages {
                if self.pages.was_dirty(page) {
                    // SAFETY: the page was just taken for this object, and is committed.
                    unsafe { std::ptr::write_bytes(self.space.page_address(page) as *mut u8, 0, PAGE_SIZE) };
                }
            }
        }
        let class = SpanClass::new(SizeClass::LARGE, header.shape == Shape::Leaf);
        let span = self.open_span(class, run.page, pages, false);
        if self.pace.charge(bytes) {
            self.collect_requested = true;
        }
        let address = span.take_only_slot();
        // SAFETY: the slot was just taken, and has room for a header.
        unsafe { (address as *mut Header).write(header) };
        Address::new(address)
    }

    #[cold]
    #[inline(never)]
    fn allocate_large_or_end(&mut self, payload_bytes: usize, header: Header) -> Address {
        let bytes = payload_bytes.saturating_add(HEADER_SIZE).checked_next_multiple_of(PAGE_SIZE);
        match bytes.and_then(|bytes| self.allocate_large(bytes, header)) {
            Some(address) => address,
            None => self.end_without_memory(payload_bytes),
        }
    }

    /// Makes a span of pages that were taken.
    fn open_span(&mut self, class: SpanClass, page: usize, pages: usize, dirty: bool) -> SpanPointer {
        let span = self.space.unused_span();
        span.open(self.space.page_address(page), pages, class, dirty);
        self.space.enter_span(span);
        self.spans.push(span);
        if self.pages.under_pressure() {
            self.request_collection();
        }
        span
    }

    #[cold]
    #[inline(never)]
    fn end_without_memory(&self, requested: usize) -> ! {
        fatal(&format!(
            "out of memory: no room for {requested} bytes beside the {} bytes allocated in an address space of {} bytes",
            self.pace.allocated(),
            self.space.size()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::system;
    use super::super::tests::{collect_keeping, heap, payload};
    use super::super::{HeapConfig, POISON};
    use super::*;

    #[test]
    fn every_size_is_aligned_zeroed_and_apart() {
        let mut heap = heap();
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for round in 0..2 {
            for size in (0..2048).chain((2048..MAX_SMALL_PAYLOAD).step_by(509)).chain([MAX_SMALL_PAYLOAD]) {
                let object = heap.allocate(size, Header::leaf(1, 0, size as u64));
                assert!(object.get().is_multiple_of(16));
                let bytes = payload(object, size);
                assert!(bytes.iter().all(|&byte| byte == 0), "size {size} in round {round}");
                bytes.fill(0xA5);
                seen.push((object.get(), object.get() + HEADER_SIZE + size));
            }
            seen.sort_unstable();
            assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            seen.clear();
            heap.collect(&mut |_| {});
        }
    }

    #[test]
    fn large_objects_are_zeroed_also_where_others_were() {
        let mut heap = heap();
        for size in [MAX_SMALL_PAYLOAD + 1, 100_000, 1 << 20, 9_000_000] {
            for _ in 0..3 {
                let object = heap.try_allocate(size, Header::leaf(1, 0, 0)).expect("memory");
                let bytes = payload(object, size);
                assert!(bytes.iter().all(|&byte| byte == 0));
                bytes.fill(0xA5);
                heap.collect(&mut |_| {});
            }
        }
    }

    #[test]
    fn freed_slots_are_used_again() {
        let mut heap = heap();
        let objects: Vec<Address> = (0..1000).map(|_| heap.allocate(48, Header::leaf(1, 0, 0))).collect();
        let kept: Vec<Address> = objects.iter().copied().step_by(3).collect();
        collect_keeping(&mut heap, &kept);
        let before = heap.stats().committed_bytes;
        let again: Vec<Address> = (0..660).map(|_| heap.allocate(48, Header::leaf(1, 0, 0))).collect();
        assert!(again.iter().all(|object| !kept.contains(object)));
        assert!(again.iter().filter(|object| objects.contains(object)).count() > 600);
        assert_eq!(heap.stats().committed_bytes, before);
    }

    #[test]
    fn slots_are_never_reused_and_can_be_touched_no_more_when_that_is_asked_for() {
        let mut heap = Heap::new(HeapConfig { never_reuse: true, verify: true, ..HeapConfig::default() });
        let mut seen = std::collections::HashSet::new();
        for _ in 0..20 {
            let objects: Vec<Address> = (0..300).map(|_| heap.allocate(48, Header::leaf(1, 0, 0))).collect();
            assert!(objects.iter().all(|&object| seen.insert(object)));
            collect_keeping(&mut heap, &objects[..7]);
            assert!(system::is_accessible(objects[6].get()) && !system::is_accessible(objects[7].get()));
            assert_eq!((heap.find_object(objects[7].get() + 20), heap.pin(objects[7].get() + 20)), (None, None));
        }
        let large = heap.try_allocate(100_000, Header::leaf(1, 0, 0)).expect("memory");
        heap.collect(&mut |_| {});
        assert!(!system::is_accessible(large.get()) && !system::is_accessible(large.get() + 99_000));
        assert_ne!(heap.try_allocate(100_000, Header::leaf(1, 0, 0)), Ok(large));
    }

    #[test]
    fn freed_slots_are_poisoned_and_new_ones_zero() {
        let mut heap = Heap::new(HeapConfig { poison: true, verify: true, ..HeapConfig::default() });
        let objects: Vec<Address> = (0..10).map(|_| heap.allocate(40, Header::leaf(1, 0, 0))).collect();
        collect_keeping(&mut heap, &objects[5..6]);
        assert!(payload(objects[4], 40).iter().all(|&byte| byte == POISON));
        assert!(payload(objects[5], 40).iter().all(|&byte| byte == 0));
        let again = heap.allocate(40, Header::leaf(1, 0, 0));
        assert!(payload(again, 40).iter().all(|&byte| byte == 0));
        assert!(payload(objects[4], 40).iter().all(|&byte| byte == POISON), "others stay poisoned");
    }

    #[test]
    fn requests_beyond_the_limit_are_refused_by_what_lives() {
        let mut heap = Heap::new(HeapConfig { max_heap: 1 << 20, percent: None, ..HeapConfig::default() });
        let leaf = Header::leaf(1, 0, 0);
        assert_eq!(heap.try_allocate(2 << 20, leaf), Err(OutOfMemory { requested: 2 << 20, limit: 1 << 20 }));
        let kept = heap.try_allocate(600 << 10, leaf).expect("within the limit");
        assert!(!heap.should_collect());
        let granted = heap.try_allocate(600 << 10, leaf);
        assert!(granted.is_ok() && heap.should_collect(), "it overshoots, and a collection is due");
        collect_keeping(&mut heap, &[kept]);
        assert!(!heap.over_limit());
        assert_eq!(heap.try_allocate(600 << 10, leaf), Err(OutOfMemory { requested: 600 << 10, limit: 1 << 20 }));
        assert!(heap.try_allocate(100 << 10, leaf).is_ok());
    }

    #[test]
    fn small_objects_overshoot_and_the_next_collection_tells() {
        let mut heap = Heap::new(HeapConfig { max_heap: 1 << 20, ..HeapConfig::default() });
        let objects: Vec<Address> = (0..3000).map(|_| heap.allocate(1000, Header::leaf(1, 0, 0))).collect();
        assert!(heap.should_collect());
        collect_keeping(&mut heap, &objects);
        assert!(heap.over_limit());
        collect_keeping(&mut heap, &objects[..10]);
        assert!(!heap.over_limit());
    }

    #[test]
    fn the_end_of_the_address_space_is_told_before_it_is_reached() {
        let mut heap = Heap::new(HeapConfig { reserve: 16 << 20, ..HeapConfig::default() });
        let mut objects = Vec::new();
        while !heap.pages.under_pressure() {
            objects.push(heap.allocate(16000, Header::leaf(1, 0, 0)));
        }
        assert!(heap.should_collect());
        collect_keeping(&mut heap, &objects);
        assert!(heap.over_limit());
        assert!(heap.try_allocate(16, Header::leaf(1, 0, 0)).is_err());
        assert!(heap.try_allocate(1 << 20, Header::leaf(1, 0, 0)).is_err());
        for _ in 0..10 {
            heap.allocate(16000, Header::leaf(1, 0, 0));
        }
        collect_keeping(&mut heap, &objects[..3]);
        assert!(!heap.over_limit() && heap.try_allocate(1 << 20, Header::leaf(1, 0, 0)).is_ok());
    }

    #[test]
    fn absurd_requests_are_refused() {
        let mut heap = heap();
        for request in [usize::MAX, usize::MAX - 15, usize::MAX - 16, isize::MAX as usize, 1 << 47] {
            assert!(heap.try_allocate(request, Header::leaf(1, 0, 0)).is_err());
        }
    }

    #[test]
    fn the_nth_request_fails() {
        let mut heap = Heap::new(HeapConfig { fail_nth: 3, ..HeapConfig::default() });
        let results: Vec<bool> = (0..5).map(|_| heap.try_allocate(8, Header::leaf(1, 0, 0)).is_ok()).collect();
        assert_eq!(results, [true, true, false, true, true]);
    }
}
