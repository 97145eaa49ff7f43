//! Pages that are in no span: runs of them, joined with their neighbours, found by length.
//!
//! Pages from `frontier` on were never used, or were given back as the last run. Below it, each page is in a span or in exactly one
//! free run, and no two free runs touch. A request takes the shortest run that is long enough, of those the lowest.

use std::collections::{BTreeMap, BTreeSet};

use super::size_class::PAGE_SIZE;
use super::space::{CHUNK, Space};

const PAGES_PER_CHUNK: usize = CHUNK / PAGE_SIZE;

/// Pages from the page heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRun {
    /// The first one's number.
    pub(super) page: usize,
    /// Whether any of them may hold other bytes than zero.
    pub(super) dirty: bool,
}

/// See the head of this file.
pub(super) struct PageHeap {
    /// The first page that no span and no free run has.
    frontier: usize,
    /// Pages from here on are not committed.
    committed: usize,
    /// Pages from here on are not ours. The last page of the space is never used, so that one past any object is still in it.
    limit: usize,
    /// Free pages are to stay available beyond each request that may be refused; below, the heap is under pressure.
    reserve: usize,
    /// Committing failed once: what is committed is all there is.
    commit_failed: bool,
    /// The free runs: length by first page.
    by_page: BTreeMap<usize, usize>,
    /// The free runs again: length and first page.
    by_length: BTreeSet<(usize, usize)>,
    /// Pages in free runs.
    free: usize,
    /// A bit for each committed page that may hold other bytes than zero.
    dirty: Vec<u64>,
    /// Pages in free runs with that bit.
    dirty_free: usize,
    /// Dirty free pages that the last two calls of [`Self::trim`] each found to be too many.
    surplus: usize,
}

impl PageHeap {
    /// All pages of the space, none of them committed.
    pub(super) fn new(space: &Space) -> Self {
        let limit = space.size() / PAGE_SIZE - 1;
        Self {
            frontier: 0,
            committed: 0,
            limit,
            reserve: (limit / 16).max(PAGES_PER_CHUNK / 8),
            commit_failed: false,
            by_page: BTreeMap::new(),
            by_length: BTreeSet::new(),
            free: 0,
            dirty: Vec::new(),
            dirty_free: 0,
            surplus: 0,
        }
    }

    /// Pages that were ever used and are below the frontier.
    pub(super) fn frontier(&self) -> usize {
        self.frontier
    }

    /// Pages that are committed.
    pub(super) fn committed(&self) -> usize {
        self.committed
    }

    /// Pages in free runs.
    pub(super) fn free(&self) -> usize {
        self.free
    }

    /// Pages in free runs that may still be backed by physical memory.
    pub(super) fn dirty_free(&self) -> usize {
        self.dirty_free
    }

    /// Pages that could still be handed out, though not in one run.
    fn available(&self) -> usize {
        let end = if self.commit_failed { self.committed.min(self.limit) } else { self.limit };
        self.free + (end - self.frontier.min(end))
    }

    /// Whether fewer pages are left than should be kept for small objects.
    pub(super) fn under_pressure(&self) -> bool {
        self.available() < self.reserve
    }

    /// Takes `pages` pages and leaves the reserve alone.
    pub(super) fn take_if_plenty(&mut self, space: &Space, pages: usize) -> Option<PageRun> {
        if self.available() < pages.saturating_add(self.reserve) { None } else { self.take(space, pages) }
    }

    /// Takes `pages` pages if there is a run of them at all.
    pub(super) fn take(&mut self, space: &Space, pages: usize) -> Option<PageRun> {
        if let Some(&(length, page)) = self.by_length.range((pages, 0)..).next() {
            self.remove_run(page, length);
            if length > pages {
                self.insert_run(page + pages, length - pages);
            }
            return Some(self.taken(page, pages));
        }
        let end = self.frontier.checked_add(pages)?;
        if end > self.limit || !self.commit_up_to(space, end) {
            return None;
        }
        let page = self.frontier;
        self.frontier = end;
        Some(PageRun { page, dirty: self.count_dirty(page, pages) > 0 })
    }

    /// Gives pages back that [`Self::take`] gave out; they may hold any bytes.
    pub(super) fn give_back(&mut self, page: usize, pages: usize) {
        for number in page..page + pages {
            self.dirty[number / 64] |= 1 << (number % 64);
        }
        self.dirty_free += pages;
        let (mut first, mut length) = (page, pages);
        if let Some((&before, &before_length)) = self.by_page.range(..page).next_back()
            && before + before_length == page
        {
            self.remove_run(before, before_length);
            first = before;
            length += before_length;
        }
        if let Some(&behind_length) = self.by_page.get(&(page + pages)) {
            self.remove_run(page + pages, behind_length);
            length += behind_length;
        }
        if first + length == self.frontier {
            self.frontier = first;
            self.dirty_free -= self.count_dirty(first, length);
        } else {
            self.insert_run(first, length);
        }
    }

    /// Gives physical memory back to the system so that about `keep` dirty free pages stay: what the heap will soon need again. Only
    /// what two calls in a row find to be too much goes, longest runs first, so that a heap that breathes keeps its memory.
    pub(super) fn trim(&mut self, space: &Space, keep: usize) {
        let behind = self.count_dirty(self.frontier, self.committed - self.frontier);
        let surplus = (self.dirty_free + behind).saturating_sub(keep);
        let mut left = surplus.min(self.surplus);
        self.surplus = surplus;
        if left == 0 {
            return;
        }
        if behind > 0 {
            left = left.saturating_sub(self.release(space, self.frontier, self.committed - self.frontier));
        }
        let runs: Vec<(usize, usize)> = self.by_length.iter().rev().copied().collect();
        for (length, page) in runs {
            if left == 0 {
                return;
            }
            let released = self.release(space, page, length);
            self.dirty_free -= released;
            left = left.saturating_sub(released);
        }
    }

    /// Releases free pages; returns how many dirty ones that were.
    fn release(&mut self, space: &Space, page: usize, pages: usize) -> usize {
        let dirty = self.count_dirty(page, pages);
        // SAFETY: the pages are committed, and either in a free run or behind the frontier: in no span.
        if dirty == 0 || !unsafe { space.release(page, pages) } {
            return 0;
        }
        for number in page..page + pages {
            self.dirty[number / 64] &= !(1 << (number % 64));
        }
        dirty
    }

    fn taken(&mut self, page: usize, pages: usize) -> PageRun {
        let dirty = self.count_dirty(page, pages);
        self.dirty_free -= dirty;
        PageRun { page, dirty: dirty > 0 }
    }

    /// Whether a page that is in no free run may hold other bytes than zero from before it was taken.
    pub(super) fn was_dirty(&self, page: usize) -> bool {
        self.dirty[page / 64] & 1 << (page % 64) != 0
    }

    fn count_dirty(&self, page: usize, pages: usize) -> usize {
        let mut count = 0;
        let mut number = page;
        while number < page + pages {
            let bits = (64 - number % 64).min(page + pages - number);
            let word = (self.dirty[number / 64] >> (number % 64)) & (u64::MAX >> (64 - bits));
            count += word.count_ones() as usize;
            number += bits;
        }
        count
    }

    fn insert_run(&mut self, page: usize, length: usize) {
        self.by_page.insert(page, length);
        self.by_length.insert((length, page));
        self.free += length;
    }

    fn remove_run(&mut self, page: usize, length: usize) {
        self.by_page.remove(&page);
        self.by_length.remove(&(length, page));
        self.free -= length;
    }

    /// Makes all pages below `end` usable, and tries to keep a chunk ahead: that this fails is noticed while there is still some left.
    fn commit_up_to(&mut self, space: &Space, end: usize) -> bool {
        let all = space.size() / PAGE_SIZE;
        let wanted = end.next_multiple_of(PAGES_PER_CHUNK);
        if end + PAGES_PER_CHUNK <= self.committed || self.committed == all {
            return end <= self.committed;
        }
        for target in [wanted + PAGES_PER_CHUNK.max(self.committed / 8).next_multiple_of(PAGES_PER_CHUNK), wanted] {
            let target = target.min(all);
            if target <= self.committed {
                continue;
            }
            if space.commit(self.committed * PAGE_SIZE, target * PAGE_SIZE) {
                self.committed = target;
                self.dirty.resize(target.div_ceil(64), 0);
                self.commit_failed = false;
                break;
            }
            self.commit_failed = true;
        }
        end <= self.committed
    }

    /// The free runs, for the verifier.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.by_page.iter().map(|(&page, &length)| (page, length))
    }

    /// Whether the two orders of the free runs, and the counts, agree. For the verifier.
    pub(super) fn is_consistent(&self) -> bool {
        let same_runs = self.by_page.len() == self.by_length.len()
            && self.by_page.iter().all(|(&page, &length)| self.by_length.contains(&(length, page)));
        let apart = self.runs().zip(self.runs().skip(1)).all(|((page, length), (next, _))| page + length < next);
        let below = self.runs().all(|(page, length)| length > 0 && page + length < self.frontier);
        let free = self.runs().map(|(_, length)| length).sum::<usize>() == self.free;
        let dirty = self.runs().map(|(page, length)| self.count_dirty(page, length)).sum::<usize>() == self.dirty_free;
        same_runs && apart && below && free && dirty && self.frontier <= self.committed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page_heap() -> (Space, PageHeap) {
        let space = Space::reserve(CHUNK * 4).expect("address space");
        let pages = PageHeap::new(&space);
        (space, pages)
    }

    #[test]
    fn neighbours_are_joined_and_the_best_fit_is_taken() {
        let (space, mut pages) = page_heap();
        let taken: Vec<usize> =
            [3, 1, 5, 1, 4, 1].iter().map(|&length| pages.take(&space, length).expect("pages").page).collect();
        assert_eq!(taken, [0, 3, 4, 9, 10, 14]);
        pages.give_back(0, 3);
        pages.give_back(4, 5);
        pages.give_back(10, 4);
        assert_eq!(pages.take(&space, 4), Some(PageRun { page: 10, dirty: true }));
        pages.give_back(10, 4);
        pages.give_back(9, 1);
        assert_eq!(pages.runs().collect::<Vec<_>>(), [(0, 3), (4, 10)]);
        pages.give_back(14, 1);
        assert_eq!(pages.frontier(), 4, "the last run moves the frontier back");
        pages.give_back(3, 1);
        assert_eq!((pages.frontier(), pages.free()), (0, 0));
        assert!(pages.is_consistent());
    }

    #[test]
    fn what_is_too_much_twice_is_released() {
        let (space, mut pages) = page_heap();
        let run = pages.take(&space, 100).expect("pages");
        let fence = pages.take(&space, 1).expect("pages");
        // SAFETY: the pages were just taken, and are committed.
        unsafe { (space.page_address(run.page) as *mut u8).write(1) };
        pages.give_back(run.page, 100);
        pages.trim(&space, 10);
        assert_eq!(pages.dirty_free(), 100);
        pages.trim(&space, 10);
        assert_eq!(pages.dirty_free(), 0);
        let again = pages.take(&space, 100).expect("pages");
        assert_eq!(again, PageRun { page: run.page, dirty: false });
        // SAFETY: as above.
        assert_eq!(unsafe { (space.page_address(again.page) as *const u8).read() }, 0);
        pages.give_back(fence.page, 1);
        assert!(pages.is_consistent());
    }

    #[test]
    fn the_end_is_announced_before_it_comes() {
        let (space, mut pages) = page_heap();
        let mut count = 0;
        while pages.take_if_plenty(&space, 7).is_some() {
            count += 7;
        }
        assert!(count > 0);
        let mut rest = 0;
        while pages.take(&space, 1).is_some() {
            rest += 1;
        }
        assert!(rest >= PAGES_PER_CHUNK / 8, "{rest}");
        assert!(pages.under_pressure());
        assert_eq!(count + rest, space.size() / PAGE_SIZE - 1);
    }

    proptest! {
        #[test]
        fn runs_never_overlap(steps in proptest::collection::vec((any::<bool>(), 1usize..40, any::<prop::sample::Index>()), 1..200)) {
            let (space, mut pages) = page_heap();
            let mut taken: Vec<(usize, usize)> = Vec::new();
            for (take, length, which) in steps {
                if take || taken.is_empty() {
                    let run = pages.take(&space, length).expect("pages");
                    for &(page, length_of_other) in &taken {
                        prop_assert!(run.page + length <= page || page + length_of_other <= run.page);
                    }
                    taken.push((run.page, length));
                } else {
                    let (page, length) = taken.swap_remove(which.index(taken.len()));
                    pages.give_back(page, length);
                    if length % 3 == 0 {
                        pages.trim(&space, 5);
                    }
                }
                prop_assert!(pages.is_consistent());
                let in_use: usize = taken.iter().map(|&(_, length)| length).sum();
                prop_assert_eq!(in_use + pages.free(), pages.frontier());
            }
        }
    }
}
