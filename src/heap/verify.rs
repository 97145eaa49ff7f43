//! The heap's invariants as code. Walks everything; run after each collection when the settings ask for it, and by tests.

use super::Heap;
use super::address::Address;
use super::header::{HEADER_SIZE, Shape};
use super::size_class::{PAGE_SIZE, SizeClass};
use super::space::Slot;
use super::span::SpanPointer;

/// Returns the problem unless a condition holds.
macro_rules! verify {
    ($condition:expr, $($problem:tt)*) => {
        if !$condition {
            return Err(format!($($problem)*));
        }
    };
}

impl Heap {
    /// Checks that
    /// - spans and free runs cover the pages below the frontier exactly, and the page table says the same;
    /// - live bits stand only where slots begin, and the table for the next marks is clear;
    /// - every live object has a sane header, which agrees with its span about having references;
    /// - every reference in a live object names a live object;
    /// - every pinned object is alive, and pins are counted as they are.
    ///
    /// # Errors
    /// The first problem found, in words.
    pub fn verify(&mut self) -> Result<(), String> {
        if self.is_marking {
            self.forget_marks();
        }
        self.verify_pages()?;
        for index in 0..self.spans.len() {
            let span = self.spans[index];
            self.verify_bits(span)?;
            self.verify_pins(span)?;
            let mut objects = Vec::new();
            self.space.for_each_allocated(span, |slot| objects.push(slot));
            for slot in objects {
                let start = slot.start;
                if self.config.never_reuse && !self.is_alone(slot) {
                    // What stands right before the suspect is to blame.
                    let behind = start + slot.span.slot_size();
                    self.suspect = Some(behind);
                    return Err(format!("the bytes at {behind:#x}, behind the object at {start:#x}, were written to"));
                }
                if let Err(problem) = self.verify_header(slot).and_then(|()| self.verify_references(slot)) {
                    self.suspect = Some(start);
                    return Err(problem);
                }
            }
        }
        Ok(())
    }

    fn verify_pages(&self) -> Result<(), String> {
        verify!(self.pages.is_consistent(), "the free runs of pages contradict each other");
        let in_spans: usize = self.spans.iter().map(|span| span.pages()).sum();
        let (free, frontier) = (self.pages.free(), self.pages.frontier());
        verify!(
            in_spans + self.retired_pages + free == frontier,
            "{in_spans} pages in spans, {} retired and {free} free are not the {frontier} that were used",
            self.retired_pages
        );
        for span in &self.spans {
            let first = (span.base() - self.space.base()) / PAGE_SIZE;
            for page in first..first + span.pages() {
                verify!(self.space.span_of_page(page) == Some(*span), "page {page} does not lead to its span");
            }
        }
        for (page, length) in self.pages.runs() {
            for page in page..page + length {
                verify!(self.space.span_of_page(page).is_none(), "page {page} is free and has a span");
            }
        }
        Ok(())
    }

    fn verify_bits(&self, span: SpanPointer) -> Result<(), String> {
        let offset = span.base() - self.space.base();
        let starts = span.class().size_class().slot_starts();
        verify!(starts.len() == span.live_words(), "the span at {:#x} is not of its class's size", span.base());
        // SAFETY: the span's pages are committed, and neither table is written meanwhile.
        let (live, marks) =
            unsafe { (self.space.live_bits().words(offset, starts.len()), self.space.mark_bits().words(offset, starts.len())) };
        verify!(
            live.iter().zip(starts).all(|(live, starts)| live & !starts == 0),
            "a live bit of the span at {:#x} is at no slot",
            span.base()
        );
        verify!(marks.iter().all(|&word| word == 0), "the span at {:#x} has marks between collections", span.base());
        Ok(())
    }

    fn verify_pins(&self, span: SpanPointer) -> Result<(), String> {
        let base = span.base();
        let side = span.side.lock();
        let bits = span.pin_bits.load(std::sync::atomic::Ordering::Acquire);
        // SAFETY: pin bits are freed only with the space.
        let Some(bits) = (unsafe { bits.as_ref() }) else {
            verify!(side.pinned == 0, "the span at {base:#x} has pins and no pin bits");
            return Ok(());
        };
        let (pinned, counted) = bits.count();
        verify!(
            pinned > 0 && side.pinned == pinned,
            "the span at {base:#x} counts {} pinned objects and has {pinned}",
            side.pinned
        );
        verify!(side.counted == counted, "the span at {base:#x} counts {} pin counters and has {counted}", side.counted);
        verify!(
            side.pin_counters.is_some() || counted == 0,
            "the span at {base:#x} has no counters for objects with more than one pin"
        );
        for index in bits.slots() {
            let slot = Slot { span, index, start: span.slot_address(index) };
            verify!(index < span.slots() && self.space.is_allocated(slot), "the pinned object at {:#x} was freed", slot.start);
        }
        Ok(())
    }

    /// Whether nothing but zeros stands behind an object that has its pages for itself.
    fn is_alone(&self, slot: Slot) -> bool {
        let (behind, end) = (slot.start + slot.span.slot_size(), slot.span.base() + slot.span.pages() * PAGE_SIZE);
        // SAFETY: the span's pages are committed, and those of a live object can be read.
        let bytes = unsafe { std::slice::from_raw_parts(behind as *const u8, end - behind) };
        // The first is zero, and each is what the one before it is: compared in one go, for there are thousands for each object.
        bytes.split_first().is_none_or(|(&first, rest)| first == 0 && *rest == bytes[..rest.len()])
    }

    fn verify_header(&self, slot: Slot) -> Result<(), String> {
        let at = slot.start;
        // SAFETY: there is an object in the slot. Its shape is read as a number, so that it may be a wrong one.
        let (number, meta, type_id, kind) = unsafe {
            let header = at as *const u8;
            (header.add(5).read(), header.add(8).cast::<u64>().read(), header.cast::<u32>().read(), header.add(4).read())
        };
        let Some(shape) = Shape::from_number(number) else {
            return Err(format!("the object at {at:#x} has the shape {number}"));
        };
        let class = slot.span.class();
        verify!(
            class.is_noscan() == (shape == Shape::Leaf),
            "the object at {at:#x} has the shape {shape:?} in a span of the other sort"
        );
        verify!(class.size_class() == SizeClass::LARGE || at.is_multiple_of(HEADER_SIZE), "the object at {at:#x} is not aligned");
        let capacity = (slot.span.slot_size() - HEADER_SIZE) as u64;
        match shape {
            Shape::Words | Shape::Mapped => {
                verify!(meta <= capacity, "the object at {at:#x} has a length of {meta} and room for {capacity}");
                verify!(
                    shape == Shape::Words || self.layouts.map(type_id).is_some(),
                    "the object at {at:#x} has the type {type_id}, which has no pointer map"
                );
            }
            Shape::Custom => verify!(
                self.layouts.trace(kind).is_some(),
                "the object at {at:#x} has the kind {kind}, which has no trace function"
            ),
            Shape::Leaf => {}
        }
        Ok(())
    }

    fn verify_references(&mut self, slot: Slot) -> Result<(), String> {
        let object = Address::new(slot.start).expect("no object is at address 0");
        let mut dead = None;
        let space = self.space.clone();
        self.marker.for_each_reference(&self.layouts, object, &mut |target| {
            let alive = space.find_object(target.payload() as usize).is_some_and(|found| found.address == target);
            if !alive {
                dead = Some(target);
            }
        });
        match dead {
            Some(target) => Err(format!("the object at {object:?} refers to {target:?}, where no object is")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{collect_keeping, heap, set_word};
    use super::super::{Header, HeapConfig};
    use super::*;

    #[test]
    fn a_sound_heap_passes() {
        let mut heap = heap();
        let list = heap.allocate(80, Header::words(1, 0, 80));
        for index in 0..10 {
            let leaf = heap.allocate(24, Header::leaf(2, 0, 0));
            set_word(list, index, leaf.to_word());
        }
        assert_eq!(heap.verify(), Ok(()));
        collect_keeping(&mut heap, &[list]);
        heap.pin(list.payload() as usize);
        assert_eq!(heap.verify(), Ok(()));
    }

    #[test]
    fn a_reference_to_a_freed_object_is_found() {
        let mut heap = heap();
        let list = heap.allocate(16, Header::words(1, 0, 16));
        let (leaf, other) = (heap.allocate(24, Header::leaf(2, 0, 0)), heap.allocate(24, Header::leaf(2, 0, 0)));
        collect_keeping(&mut heap, &[list, other]);
        set_word(list, 1, leaf.to_word());
        assert!(heap.verify().unwrap_err().contains("where no object is"));
    }

    #[test]
    fn an_address_that_outlived_its_object_is_no_problem() {
        let mut heap = heap();
        let list = heap.allocate(16, Header::words(1, 0, 16));
        let (leaf, other) = (heap.allocate(24, Header::leaf(2, 0, 0)), heap.allocate(24, Header::leaf(2, 0, 0)));
        collect_keeping(&mut heap, &[list, other]);
        set_word(list, 1, leaf.payload() as u64);
        assert_eq!(heap.verify(), Ok(()));
    }

    #[test]
    fn what_is_written_behind_an_object_with_its_own_pages_is_found() {
        let mut heap = Heap::new(HeapConfig { never_reuse: true, ..HeapConfig::default() });
        let object = heap.allocate(40, Header::leaf(1, 0, 0));
        assert_eq!(heap.verify(), Ok(()));
        // SAFETY: the pages of the object reach farther than its slot of 64 bytes.
        unsafe { object.payload().cast::<u8>().add(100).write(1) };
        assert!(heap.verify().unwrap_err().contains("behind the object"));
    }

    #[test]
    fn wrong_headers_are_found() {
        let problem = |header: Header, spoil: fn(*mut u8)| {
            let mut heap = Heap::new(HeapConfig::default());
            let object = heap.allocate(32, header);
            spoil(object.header_pointer().cast());
            heap.verify().unwrap_err()
        };
        // SAFETY: all of these write into the header of an object that was just made, as numbers.
        unsafe {
            assert!(problem(Header::words(1, 0, 32), |header| header.add(5).write(9)).contains("shape 9"));
            assert!(problem(Header::words(1, 0, 32), |header| header.add(5).write(0)).contains("other sort"));
            assert!(problem(Header::words(1, 0, 32), |header| header.add(8).cast::<u64>().write(33)).contains("room for 32"));
        }
        assert!(problem(Header::mapped(1, 7, 32), |_| ()).contains("no pointer map"));
        assert!(problem(Header::custom(7, 1, 32), |_| ()).contains("no trace function"));
    }
}
