//! After marking: what is left in each span, and what becomes of the spans.
//!
//! Nothing is done for single slots here, but for poisoning them when that is asked for: the marks are the live bits already, and
//! allocation reads those. So this takes time by the number of spans, a few instructions for each page.

use super::bitmap::Bitmap;
use super::size_class::PAGE_SIZE;
use super::span::SpanPointer;
use super::{Heap, POISON};

/// What the sweep found alive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Swept {
    /// Bytes of the slots of live objects.
    pub(super) bytes: usize,
    /// Their number.
    pub(super) objects: usize,
}

impl Heap {
    /// Steps 7 and 8 of a collection. The marks are the live bits already.
    pub(super) fn sweep(&mut self) -> Swept {
        let live = self.space.live_bits();
        let old = self.space.mark_bits();
        let frontier = self.pages.frontier();
        for list in &mut self.partial {
            list.clear();
        }
        let mut swept = Swept::default();
        let mut spans = std::mem::take(&mut self.spans);
        spans.retain(|&span| {
            let objects = self.sweep_span(span, live, old);
            swept.objects += objects;
            swept.bytes += objects * span.slot_size();
            objects > 0
        });
        self.spans = spans;
        // Allocation takes from the end; the oldest spans, which are the most likely to stay, are to be filled first.
        for list in &mut self.partial {
            list.reverse();
        }
        if !self.config.never_reuse {
            // SAFETY: the pages are committed. Each span's lock was taken since the tables changed roles, so no thread reads this one.
            unsafe { old.clear_pages(frontier) };
        }
        swept
    }

    /// Returns the number of live objects in a span; without any, the span is gone afterwards.
    fn sweep_span(&mut self, span: SpanPointer, live: Bitmap, old: Bitmap) -> usize {
        let offset = span.base() - self.space.base();
        // SAFETY: the span's pages are committed, and the live bits are not written before the next collection.
        let words = unsafe { live.words(offset, span.live_words()) };
        let objects = words.iter().map(|word| word.count_ones() as usize).sum();
        if self.config.poison {
            self.poison_freed(span, live, old);
        }
        {
            // Another thread that is about to pin reads cursor and live bits under this lock.
            let mut side = span.side.lock();
            if !side.specials.is_empty() {
                side.specials.retain(|special| {
                    // SAFETY: as above.
                    unsafe { live.test(span.slot_address(special.slot()) - self.space.base()) }
                });
            }
            span.rewind();
        }
        if self.config.never_reuse {
            // Most of what was ever used is gone for good; the old bits are where the spans are that were there until now.
            // SAFETY: as in `sweep`, for the pages of this span.
            unsafe { old.clear_words(offset, span.live_words()) };
        }
        if objects == 0 {
            self.free_span(span);
        } else if objects < span.slots() && !self.config.never_reuse {
            self.partial[span.class().index()].push(span);
        }
        objects
    }

    /// Fills the slots of a span whose object was not marked.
    fn poison_freed(&self, span: SpanPointer, live: Bitmap, old: Bitmap) {
        for slot in 0..span.slots() {
            let start = span.slot_address(slot);
            let offset = start - self.space.base();
            // SAFETY: the slot lies in a span, whose pages are committed, and what is freed is nobody's.
            unsafe {
                if !live.test(offset) && (start < span.cursor() || old.test(offset)) {
                    std::ptr::write_bytes(start as *mut u8, POISON, span.slot_size());
                }
            }
        }
    }

    fn free_span(&mut self, span: SpanPointer) {
        let page = (span.base() - self.space.base()) / PAGE_SIZE;
        let pages = span.pages();
        if self.config.never_reuse {
            // The span stays in the page table and on no list: its addresses are known to hold nothing for good.
            self.retired_pages += pages;
            // SAFETY: the pages are committed and hold no object.
            unsafe { self.space.fence(page, pages) };
        } else {
            self.space.retire_span(span);
            self.pages.give_back(page, pages);
        }
    }
}
