//! Marking: finding all that can be reached.
//!
//! A marked object has its bit in the mark table. It is *gray* while it waits on the stack to be looked into. Objects without
//! references are marked and never looked into, nor is their header read: the page table says what they are.
//!
//! Objects that leave the stack pass through a short queue while their memory is fetched, so that the processor waits for several at
//! once. Large objects are looked into in pieces, which keeps the stack small and lets marking stop between two of them.
//!
//! Marking is a state that can be left and taken up again ([`Marker::drain`] takes a budget). While the program runs in between, two
//! lists grow: objects that were marked and then written in bulk, and C-layout objects that something else than the language may
//! write. Both are looked into again at the end ([`Marker::look_again`]).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::address::{ADDRESS_MASK, Address, REFERENCE_TAG, TAG_MASK};
use super::alias::Aliases;
use super::bitmap::Bitmap;
use super::header::{HEADER_SIZE, Shape};
use super::layout::Layouts;
use super::size_class::PAGE_SIZE;
use super::space::{NOSCAN, Space};

/// Words that are looked at in one piece.
const PIECE: usize = 1024;

/// Objects whose memory is being fetched.
const AHEAD: usize = 16;

/// Words of a payload that cost as much as an object does.
const WORDS_PER_UNIT: usize = 4;

/// A large object that was looked into up to an offset.
#[derive(Clone, Copy)]
struct Piece {
    /// The offset of the object's header in the address space.
    object: usize,
    /// The offset in its payload from which on its words were not seen yet.
    next: usize,
}

/// Collects what is reachable: given to the callback that names the roots, and to trace functions.
pub struct Marker {
    /// The first address of the space.
    base: usize,
    /// Bytes of the space.
    size: usize,
    /// The table that takes the marks.
    bits: Bitmap,
    /// The space's page table.
    page_table: *const AtomicUsize,
    /// The bits of a page-table entry that keep an object off the stack: [`NOSCAN`], or none when every reference is to be seen.
    skip: usize,
    /// Offsets in the address space of marked objects that were not looked into yet.
    stack: Vec<usize>,
    /// Large objects that were looked into in part.
    pieces: Vec<Piece>,
    /// Marked objects that others than the language may write, by the same offsets.
    foreign: Vec<usize>,
    /// Marked objects that were written in bulk, by the same offsets.
    rewritten: BTreeSet<usize>,
    /// For addresses that point into objects.
    space: Arc<Space>,
    /// For addresses that stand for objects.
    pub(super) aliases: Aliases,
}

// SAFETY: the raw pointers name memory of the space, which the marker keeps.
unsafe impl Send for Marker {}

#[inline(always)]
fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of any address has no effect that a program can see.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

impl Marker {
    pub(super) fn new(space: Arc<Space>) -> Self {
        Self {
            base: space.base(),
            size: space.size(),
            bits: space.mark_bits(),
            page_table: space.page_table(),
            skip: NOSCAN,
            stack: Vec::new(),
            pieces: Vec::new(),
            foreign: Vec::new(),
            rewritten: BTreeSet::new(),
            space,
            aliases: Aliases::default(),
        }
    }

    /// A marker that takes its marks to a table of its own.
    ///
    /// # Safety
    /// The table covers all pages that are committed, and is clear.
    pub(super) unsafe fn with_table(space: Arc<Space>, bits: Bitmap) -> Self {
        Self { bits, ..Self::new(space) }
    }

    /// Makes it ready for a collection: marks go to the table that is clear now. With `see_all` objects without references come to the
    /// stack as well.
    pub(super) fn begin(&mut self, see_all: bool) {
        debug_assert!(self.is_done());
        self.bits = self.space.mark_bits();
        self.skip = if see_all { 0 } else { NOSCAN };
        self.foreign.clear();
        self.rewritten.clear();
    }

    /// Forgets what is gray; the marks are the caller's to clear.
    pub(super) fn abandon(&mut self) {
        self.stack.clear();
        self.pieces.clear();
    }

    /// Marks the object that `word` refers to, if it refers to one: a reference word, or an address anywhere in a live object. An
    /// address in a free slot or page, or in foreign memory, is ignored. A reference word is trusted: it must name a live object.
    /// Words that something else than the language wrote are for [`Self::mark_foreign_word`].
    #[inline(always)]
    pub fn mark_word(&mut self, word: u64) {
        if word & TAG_MASK == REFERENCE_TAG {
            self.mark_offset(((word & ADDRESS_MASK) as usize).wrapping_sub(self.base));
        } else if (word as usize).wrapping_sub(self.base) < self.size {
            self.mark_address(word as usize);
        }
    }

    /// [`Self::mark_word`] for a word that C may have written: a word that only looks like a reference is ignored as well.
    #[inline]
    pub fn mark_foreign_word(&mut self, word: u64) {
        if word & TAG_MASK == REFERENCE_TAG {
            let header = (word & ADDRESS_MASK) as usize;
            if self.space.contains(header)
                && self.space.find_object(header + HEADER_SIZE).is_some_and(|found| found.address.get() == header)
            {
                self.mark_offset(header - self.base);
            }
        } else if (word as usize).wrapping_sub(self.base) < self.size {
            self.mark_address(word as usize);
        } else if let Some(object) = self.aliases.find(word as usize) {
            self.mark_object(object);
        }
    }

    /// [`Self::mark_word`] for each of `words`.
    #[inline]
    pub fn mark_words(&mut self, words: &[u64]) {
        for &word in words {
            self.mark_word(word);
        }
    }

    /// [`Self::mark_word`] for each of `count` words from `words` on, which need no alignment.
    ///
    /// # Safety
    /// They can be read.
    pub unsafe fn mark_range(&mut self, words: *const u64, count: usize) {
        for index in 0..count {
            // SAFETY: by this function's contract.
            self.mark_word(unsafe { words.add(index).read_unaligned() });
        }
    }

    /// Marks the object at `address`, which must be a live one's.
    #[inline(always)]
    pub fn mark_object(&mut self, address: Address) {
        self.mark_offset(address.get() - self.base);
    }

    /// Whether the object at `address`, a live one's, is marked.
    pub fn is_marked(&self, address: Address) -> bool {
        // SAFETY: the object's page is committed, and no other thread writes the table of marks.
        unsafe { self.bits.test(address.get() - self.base) }
    }

    /// Marks the object whose header is at this offset in the address space.
    #[inline(always)]
    fn mark_offset(&mut self, offset: usize) {
        debug_assert!(offset < self.size, "a reference to no object");
        // SAFETY: references are the heap's own addresses of objects, whose pages are committed and have page-table entries. The table
        // of marks is written by this thread alone.
        unsafe {
            if self.bits.set(offset) && (*self.page_table.add(offset / PAGE_SIZE)).load(Ordering::Relaxed) & self.skip == 0 {
                self.stack.push(offset);
            }
        }
    }

    /// Marks the live object that an address in the space belongs to.
    #[inline(never)]
    fn mark_address(&mut self, address: usize) {
        if let Some(slot) = self.space.resolve(address)
            && self.space.is_allocated(slot)
        {
            self.mark_offset(slot.start - self.base);
        }
    }

    /// Notes that the object around an address was written in bulk. Where it is not marked it will be looked into anyway.
    pub(super) fn note_rewritten(&mut self, address: usize) {
        if let Some(slot) = self.space.resolve(address) {
            let offset = slot.start - self.base;
            // SAFETY: the slot's page is committed, and no other thread writes the table of marks.
            if unsafe { self.bits.test(offset) } {
                self.rewritten.insert(offset);
            }
        }
    }

    /// Looks again into the objects that may have changed since they were looked into without a word to the marker.
    pub(super) fn look_again(&mut self, layouts: &Layouts) {
        for offset in std::mem::take(&mut self.rewritten) {
            self.look_into(layouts, offset, 0);
        }
        // Each of these comes to the new list by itself.
        for offset in std::mem::take(&mut self.foreign) {
            self.look_into(layouts, offset, 0);
        }
    }

    /// Forgets the aliases of what is not marked.
    pub(super) fn forget_aliases(&mut self) {
        let mut aliases = std::mem::take(&mut self.aliases);
        aliases.retain(|object| self.is_marked(object));
        self.aliases = aliases;
    }

    /// Whether nothing waits to be looked into.
    pub(super) fn is_done(&self) -> bool {
        self.stack.is_empty() && self.pieces.is_empty()
    }

    /// Calls `visit` with each object that `object` refers to, once. Leaves no marks. Not for use while a collection is under way.
    pub(super) fn for_each_reference(&mut self, layouts: &Layouts, object: Address, visit: &mut dyn FnMut(Address)) {
        self.begin(true);
        self.look_into(layouts, object.get() - self.base, 0);
        while let Some(piece) = self.pieces.pop() {
            self.look_into(layouts, piece.object, piece.next);
        }
        let found = std::mem::take(&mut self.stack);
        for &offset in &found {
            // SAFETY: the bit was set by looking into the object.
            unsafe { self.bits.clear(offset) };
            visit(Address::new(self.base + offset).expect("no object is at address 0"));
        }
        self.foreign.clear();
    }

    /// Looks into objects and pieces of objects until `budget` is used up, of which each costs something by its size; returns what is
    /// left of it, 0 only if it was too little. Nothing is gray if some is left.
    pub(super) fn drain(&mut self, layouts: &Layouts, budget: usize) -> usize {
        let mut queue = [0usize; AHEAD];
        let (mut head, mut queued) = (0, 0);
        let mut left = budget;
        while left > 0 {
            while queued < AHEAD
                && let Some(offset) = self.stack.pop()
            {
                prefetch(self.base + offset);
                queue[(head + queued) % AHEAD] = offset;
                queued += 1;
            }
            if queued > 0 {
                let offset = queue[head];
                head = (head + 1) % AHEAD;
                queued -= 1;
                left = left.saturating_sub(self.look_into(layouts, offset, 0));
            } else if let Some(piece) = self.pieces.pop() {
                left = left.saturating_sub(self.look_into(layouts, piece.object, piece.next));
            } else {
                return left;
            }
        }
        for index in 0..queued {
            self.stack.push(queue[(head + index) % AHEAD]);
        }
        self.is_done() as usize
    }

    /// Marks what the object at an offset of the address space refers to, from an offset in its payload on. Returns what that costs.
    #[inline(always)]
    fn look_into(&mut self, layouts: &Layouts, offset: usize, from: usize) -> usize {
        let Some(object) = Address::new(self.base + offset) else { return 1 };
        // SAFETY: the object is marked, so it is a live one with an initialised header.
        let header = unsafe { object.header() };
        match header.shape {
            Shape::Words => {
                let words = header.meta as usize / 8;
                let first = from / 8;
                let last = words.min(first + PIECE);
                let payload = object.payload() as *const u64;
                for index in first..last {
                    // SAFETY: `meta` is the payload's length, and the payload is aligned to 16 bytes.
                    self.mark_word(unsafe { payload.add(index).read() });
                }
                if last < words {
                    self.pieces.push(Piece { object: offset, next: last * 8 });
                }
                1 + (last - first) / WORDS_PER_UNIT
            }
            Shape::Mapped => self.look_into_mapped(layouts, object, header.type_id, header.meta as usize, from),
            Shape::Custom => {
                if let Some(trace) = layouts.trace(header.kind) {
                    // SAFETY: a live object of the kind the function was registered for.
                    unsafe { trace(object, self) };
                }
                1
            }
            Shape::Leaf => 1,
        }
    }

    #[inline(never)]
    fn look_into_mapped(&mut self, layouts: &Layouts, object: Address, type_id: u32, length: usize, from: usize) -> usize {
        let Some(map) = layouts.map(type_id) else { return 1 };
        if from == 0 && map.is_foreign() {
            self.foreign.push(object.get() - self.base);
        }
        let payload = object.payload();
        let next = map.for_each_offset(length, from, PIECE, |offset| {
            // SAFETY: the offset and the seven bytes behind it lie within the payload's length.
            self.mark_foreign_word(unsafe { payload.add(offset).cast::<u64>().read_unaligned() });
        });
        if let Some(next) = next {
            self.pieces.push(Piece { object: object.get() - self.base, next });
        }
        // At most: scalars in between cost nothing.
        1 + (next.unwrap_or(length) - from) / 8 / WORDS_PER_UNIT
    }
}
