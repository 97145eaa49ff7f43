//! Bitmaps with one bit for each 16 bytes of the heap's address space.
//!
//! A bit stands at the address of an object's header, and nowhere else: whether an object is marked is decided by its address alone,
//! without looking up its span. The bits of a page are one cache line. There are two such tables. One says which objects the last
//! collection left (*live bits*), the other is clear and takes the marks of the next one; then they change roles.

use super::size_class::{GRANULE, PAGE_SIZE, WORDS_PER_PAGE};

/// One of the two tables. A copyable handle; the memory belongs to the [`Space`](super::space::Space).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bitmap {
    /// The word for the first 64 granules of the address space.
    words: *mut u64,
}

/// Bytes of table for so many bytes of address space.
pub(super) const fn table_bytes(space_bytes: usize) -> usize {
    space_bytes / GRANULE / 8
}

impl Bitmap {
    /// The table that begins at `words`.
    pub(super) fn new(words: *mut u64) -> Self {
        Self { words }
    }

    /// Where the table begins.
    pub(super) fn as_ptr(self) -> *mut u64 {
        self.words
    }

    /// The word that holds the bit of the byte `offset` of the address space, and the bit.
    #[inline(always)]
    fn place(self, offset: usize) -> (*mut u64, u64) {
        (self.words.wrapping_add(offset / (GRANULE * 64)), 1 << (offset / GRANULE % 64))
    }

    /// Whether the bit for `offset` is set.
    ///
    /// # Safety
    /// `offset` lies in committed address space, and no other thread writes there.
    #[inline(always)]
    pub(super) unsafe fn test(self, offset: usize) -> bool {
        let (word, bit) = self.place(offset);
        // SAFETY: the words for committed address space are committed with it.
        unsafe { *word & bit != 0 }
    }

    /// Sets the bit for `offset`; returns whether it was clear.
    ///
    /// # Safety
    /// As for [`Self::test`].
    #[inline(always)]
    pub(super) unsafe fn set(self, offset: usize) -> bool {
        let (word, bit) = self.place(offset);
        // SAFETY: the words for committed address space are committed with it.
        unsafe {
            let old = *word;
            *word = old | bit;
            old & bit == 0
        }
    }

    /// Clears the bit for `offset`.
    ///
    /// # Safety
    /// As for [`Self::test`].
    pub(super) unsafe fn clear(self, offset: usize) {
        let (word, bit) = self.place(offset);
        // SAFETY: the words for committed address space are committed with it.
        unsafe { *word &= !bit };
    }

    /// The words for `count` words' worth of granules from `offset`, which begins a page.
    ///
    /// # Safety
    /// As for [`Self::test`]; and no word of them is written while the slice is held.
    #[inline(always)]
    pub(super) unsafe fn words<'a>(self, offset: usize, count: usize) -> &'a [u64] {
        debug_assert!(offset.is_multiple_of(PAGE_SIZE));
        // SAFETY: the words for committed address space are committed with it.
        unsafe { std::slice::from_raw_parts(self.words.add(offset / (GRANULE * 64)), count) }
    }

    /// Clears `count` words from that of `offset` on, which begins a page.
    ///
    /// # Safety
    /// As for [`Self::clear_pages`].
    pub(super) unsafe fn clear_words(self, offset: usize, count: usize) {
        debug_assert!(offset.is_multiple_of(PAGE_SIZE));
        // SAFETY: the words for committed address space are committed with it.
        unsafe { std::ptr::write_bytes(self.words.add(offset / (GRANULE * 64)), 0, count) };
    }

    /// Clears the bits of the first `pages` pages.
    ///
    /// # Safety
    /// They are committed, and nobody else reads or writes the table.
    pub(super) unsafe fn clear_pages(self, pages: usize) {
        // SAFETY: the words for committed address space are committed with it.
        unsafe { std::ptr::write_bytes(self.words, 0, pages * WORDS_PER_PAGE) };
    }
}

/// The stretches of free slots in a span.
///
/// `starts` has a bit where each slot begins, `live` where each live object does. Beginning with granule `from`, finds the first slot
/// that is free, and where the next live object or the end of the slots stands: granules `start..end`. Works on 64 granules a step.
#[inline]
pub(super) fn next_free_run(starts: &[u64], live: &[u64], from: usize, end: usize) -> Option<(usize, usize)> {
    let mut index = from / 64;
    let mut free = *starts.get(index)? & !live[index] & (u64::MAX << (from % 64));
    while free == 0 {
        index += 1;
        free = *starts.get(index)? & !live[index];
    }
    let start = index * 64 + free.trailing_zeros() as usize;
    // The bit of `start` itself is clear in `live`, so that the search may begin with it.
    let mut live_ahead = live[index] & (u64::MAX << (start % 64));
    while live_ahead == 0 {
        index += 1;
        if index >= live.len() {
            return Some((start, end));
        }
        live_ahead = live[index];
    }
    Some((start, index * 64 + live_ahead.trailing_zeros() as usize))
}

#[cfg(test)]
mod tests {
    use super::super::size_class::{SIZE_CLASSES, SizeClass};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_are_told_apart() {
        let mut words = vec![0u64; WORDS_PER_PAGE * 2];
        let bitmap = Bitmap::new(words.as_mut_ptr());
        // SAFETY: the offsets lie within the two pages that `words` covers.
        unsafe {
            assert!(bitmap.set(0));
            assert!(bitmap.set(16));
            assert!(!bitmap.set(16));
            assert!(bitmap.set(PAGE_SIZE + 1024));
            assert!(!bitmap.test(32));
            assert!(bitmap.test(PAGE_SIZE + 1024));
            assert_eq!(bitmap.words(0, WORDS_PER_PAGE)[0], 3);
            assert_eq!(bitmap.words(PAGE_SIZE, WORDS_PER_PAGE)[1], 1);
            bitmap.clear(16);
            assert!(!bitmap.test(16));
            bitmap.clear_pages(2);
        }
        assert!(words.iter().all(|&word| word == 0));
    }

    proptest! {
        #[test]
        fn runs_cover_exactly_the_free_slots(class in 2..SIZE_CLASSES as u8, alive in proptest::collection::vec(any::<bool>(), 512)) {
            let class = SizeClass(class);
            prop_assume!(class.slot_size().is_multiple_of(GRANULE));
            let starts = class.slot_starts();
            let stride = class.slot_size() / GRANULE;
            let mut live = vec![0u64; starts.len()];
            for slot in (0..class.slots()).filter(|&slot| alive[slot]) {
                live[slot * stride / 64] |= 1 << (slot * stride % 64);
            }
            let end = class.slots() * stride;
            let mut free = Vec::new();
            let mut from = 0;
            while let Some((start, stop)) = next_free_run(starts, &live, from, end) {
                prop_assert!(start >= from && stop > start && (stop - start).is_multiple_of(stride));
                free.extend((start..stop).step_by(stride).map(|granule| granule / stride));
                from = stop;
            }
            let expected: Vec<usize> = (0..class.slots()).filter(|&slot| !alive[slot]).collect();
            prop_assert_eq!(free, expected);
        }
    }
}
