//! Memory: where objects live, and how those that nothing refers to are found.
//!
//! A mark-sweep collector over spans, after Go's (`runtime/malloc.go`, `mgcsweep.go`, `pinner.go`), for one thread that allocates and
//! any number that pin. It knows words, headers and callbacks, and nothing of the language.
//!
//! # The picture
//!
//! ```text
//!   Space       one reservation of addresses; its page table leads from any address to a span, and from there to a slot
//!   PageHeap    the pages that are in no span
//!   Span        pages that hold objects of one size class, or one large object; with references in them or all without (noscan)
//!   Bitmap      a bit for each 16 bytes: which objects are alive; a second one takes the marks
//!   Marker      what is gray
//!   Specials    finalizers, weak references, allocation sites
//!   Pins        pin bits and counters; the one part that other threads may use
//! ```
//!
//! # The life of an object
//!
//! 1. `allocate` takes the next slot of the current span of its size class, whose bytes are zero, and writes the header.
//! 2. References to it are words with the tag [`REFERENCE_TAG`]; C is given the address behind the header. C-layout memory may hold
//!    such addresses, which may point anywhere into the object or one past its end.
//! 3. A collection marks it if roots reach it. A mark is one bit, found from the address alone.
//! 4. If it is not marked, the slot is free from then on: the marks have become the live bits. Nothing is run and nothing is written.
//! 5. The slot is met again when a current span looks for free slots in its live bits; then it is zeroed and handed out.
//!
//! # What differs from Go
//!
//! - Live bits and marks are not kept by slot number in each span but by address in two tables for the whole space. Marking a reference
//!   needs neither its span nor a division, and the bits of a page are one cache line. The tables change roles at the end of a
//!   collection, which is all the sweeping there is for most spans, so that spans need no sweep generation.
//! - The free slots of a span are taken in runs, found with 64 slots a step, and a run is a cursor and an end: no bit is looked at for
//!   each allocation, and memory is zeroed by the run.
//! - The number of pins of an object lies in an array beside its span, not in a list.
//! - Marking happens in steps, too, but on the thread of the program and at its safepoints; new objects are not marked, and roots are
//!   looked at again at the end instead of being watched (`incremental.rs`).
//!
//! # What it relies on
//!
//! - One thread at a time holds the [`Heap`]. Collections happen only in `collect` and `advance`, where the caller names all roots. A
//!   reference that the caller holds and does not name is dead afterwards.
//! - Whoever writes references into an object that may have been there at the last call of `advance` tells the heap
//!   ([`Heap::note_reference`], [`Heap::note_rewritten`]); objects with a pointer map that is not the language's alone are excepted.
//! - A word with the reference tag in a [`Shape::Words`] object or given to [`Marker::mark_word`] is the address of a live object.
//!   Words in [`Shape::Mapped`] objects may be anything.
//! - `shape` in a header stays what it was at allocation, and `meta` is within the capacity where it is a length.
//! - An object that is pinned from a thread without the interpreter is kept alive by someone else meanwhile.
//!
//! # What it promises
//!
//! - Objects do not move. Payloads are aligned to 16 bytes and zeroed.
//! - What can be reached is kept with its bytes; what cannot is never found by [`Heap::find_object`] again, until its slot is used anew.
//! - The same requests in the same order give the same addresses relative to the start of the space, and finalizers in the same order.
//! - Marking uses no stack of the machine, whatever the data looks like.
//! - `advance` takes about a millisecond at a time, but for memory that C may write, deep stacks, and the spans of a very large heap, all
//!   of which are looked at in the last step; and but for the limit of the heap, which is kept at any price.
//!
//! It gives a slot no identity beyond its object's life, and never runs code of the language.

#![allow(unsafe_code, reason = "this module hands out and takes back raw memory")]

mod address;
mod alias;
mod allocate;
mod bitmap;
mod collect;
mod config;
mod header;
mod incremental;
mod latch;
mod layout;
mod mark;
mod pace;
mod page_heap;
mod pin;
mod pinner;
mod prove;
mod size_class;
mod space;
mod span;
mod special;
mod statistics;
mod sweep;
mod system;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

pub use address::{ADDRESS_MASK, Address, REFERENCE_TAG, TAG_MASK};
use collect::Tally;
pub use config::HeapConfig;
pub use header::{HEADER_SIZE, Header, Shape};
use incremental::Cycle;
use layout::Layouts;
pub use layout::{PointerMap, TraceFunction};
pub use mark::Marker;
use pace::Pace;
use page_heap::PageHeap;
pub use pin::Pins;
pub use pinner::Pinner;
use size_class::{PAGE_SIZE, SIZE_CLASSES, SPAN_CLASSES};
use space::Space;
use span::SpanPointer;
use special::Specials;
pub use statistics::{SpanFigures, Stats};

/// The byte that freed slots are filled with when the heap poisons them.
pub const POISON: u8 = 0xDB;

/// The largest payload, in bytes, that [`Heap::allocate`] is for.
pub const MAX_SMALL_PAYLOAD: usize = size_class::MAX_SMALL_SIZE - HEADER_SIZE;

/// A request that the heap refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// The bytes of payload that were asked for.
    pub requested: usize,
    /// The limit that stood against it, in bytes: `max_heap`, or the address space the heap has.
    pub limit: usize,
}

/// What [`Heap::find_object`] says of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    /// Where the object's header is.
    pub address: Address,
    /// The kind its header names.
    pub kind: u8,
    /// The address of its payload.
    pub payload_start: usize,
    /// Bytes from there to the end of its slot; the object's own length is its owner's knowledge.
    pub payload_capacity: usize,
    /// Whether it is in a span of objects without references.
    pub noscan: bool,
}

/// A managed heap. It belongs to whoever holds the interpreter; what other threads may do, they do through [`Pins`].
pub struct Heap {
    /// A collection should happen at the next safepoint. The heap sets it; the interpreter polls it, and may set it too.
    pub collect_requested: bool,
    /// What the verifier finds waits in [`Self::take_problem`]; otherwise it ends the process.
    pub tells_problems: bool,
    /// What it found, and in which object, if it was one.
    problem: Option<String>,
    suspect: Option<usize>,
    /// It should be a whole one: a collection that has begun will not do.
    whole_requested: bool,
    /// A collection has begun and the program runs: writes of references have to be told.
    is_marking: bool,
    /// How far it is.
    cycle: Cycle,
    /// The span to allocate from for each span class; `nothing` where there is none. Longer than the number of span classes, so that
    /// any byte may be an index.
    current: [SpanPointer; 256],
    /// A span without slots.
    nothing: SpanPointer,
    /// When the next collection is due.
    pace: Pace,
    /// The address space, page table and bitmaps.
    space: Arc<Space>,
    /// The pages that are in no span.
    pages: PageHeap,
    /// For each span class the spans in which the last collection found room, and which were not allocated from since; taken from the end.
    partial: Vec<Vec<SpanPointer>>,
    /// All spans in use.
    spans: Vec<SpanPointer>,
    /// Pages that are used up for good, as slots are never to be reused.
    retired_pages: usize,
    /// What is gray; empty between collections.
    marker: Marker,
    /// Where references are.
    layouts: Layouts,
    /// Finalizers, weak references, allocation sites.
    specials: Specials,
    /// The settings. `percent` and `max_heap` are kept up to date.
    config: HeapConfig,
    /// Calls of `try_allocate` so far.
    try_allocations: u64,
    /// What is counted over the heap's life.
    tally: Tally,
}

// SAFETY: nothing in a heap is tied to a thread: whoever owns it may use it.
unsafe impl Send for Heap {}

/// Ends the program because it cannot go on.
#[cold]
fn fatal(message: &str) -> ! {
    eprintln!("fatal: {message}");
    std::process::exit(70)
}

impl Heap {
    /// Makes an empty heap. Ends the program with status 70 when no address space can be had.
    pub fn new(config: HeapConfig) -> Self {
        let Some(space) = Space::reserve(config.reserve) else { fatal("out of memory: no address space for the heap") };
        let space = Arc::new(space);
        let nothing = space.unused_span();
        Self {
            collect_requested: false,
            tells_problems: false,
            problem: None,
            suspect: None,
            whole_requested: false,
            is_marking: false,
            cycle: Cycle::default(),
            current: [nothing; 256],
            nothing,
            pace: Pace::new(config.percent, config.max_heap, config.off),
            pages: PageHeap::new(&space),
            partial: vec![Vec::new(); SPAN_CLASSES],
            spans: Vec::new(),
            retired_pages: 0,
            marker: Marker::new(space.clone()),
            layouts: Layouts::new(),
            specials: Specials::new(space.clone()),
            space,
            config,
            try_allocations: 0,
            tally: Tally::default(),
        }
    }

    /// The settings.
    pub fn config(&self) -> &HeapConfig {
        &self.config
    }

    /// The handle other threads use.
    pub fn pins(&self) -> Pins {
        Pins::new(self.space.clone())
    }

    /// Registers where the references are in [`Shape::Mapped`] objects of this type. Type numbers should be small: they index a table.
    /// Registering one again replaces its map, for objects that exist as well.
    pub fn register_map(&mut self, type_id: u32, map: PointerMap) {
        self.layouts.register_map(type_id, map);
    }

    /// Registers what finds the references in [`Shape::Custom`] objects of this kind.
    pub fn register_trace(&mut self, kind: u8, trace: TraceFunction) {
        self.layouts.register_trace(kind, trace);
    }

    /// Whether live objects took more than `max_heap` after the last collection, or address space is about to run out. To be asked after
    /// a collection; the answer to *yes* is an error that the program can handle.
    pub fn over_limit(&self) -> bool {
        self.pace.live() > self.pace.max_heap() || self.pages.under_pressure()
    }

    /// Requests a whole collection at the next safepoint: what is unreachable now will be gone then.
    pub fn request_collection(&mut self) {
        self.collect_requested = true;
        self.whole_requested = true;
    }

    /// Whether a collection, or a step of one, should happen at the next safepoint: [`Self::collect_requested`].
    #[inline(always)]
    pub fn should_collect(&self) -> bool {
        self.collect_requested
    }

    /// Sets the growth percentage; `None` for no collections on account of growth. Returns the old one.
    pub fn set_percent(&mut self, percent: Option<u32>) -> Option<u32> {
        self.config.percent = percent;
        self.pace.set_percent(percent)
    }

    /// Sets `max_heap`, in bytes. Returns the old one.
    pub fn set_max_heap(&mut self, bytes: usize) -> usize {
        self.config.max_heap = bytes;
        self.pace.set_max_heap(bytes)
    }

    /// Sets the word that [`Self::take_ready_finalizers`] gives once `object` is unreachable; returns the one it replaces. The word is a
    /// root until then, so that an object which it reaches is never found unreachable.
    ///
    /// # Panics
    /// If there is no object at the address; so do all that set or ask for specials.
    pub fn set_finalizer(&mut self, object: Address, word: u64) -> Option<u64> {
        self.specials.set_finalizer(object, word)
    }

    /// Takes a finalizer back, with its word.
    pub fn clear_finalizer(&mut self, object: Address) -> Option<u64> {
        self.specials.clear_finalizer(object)
    }

    /// [`Self::set_finalizer`] for what `object` stands for outside of the heap, beside a finalizer that it may have: its turn comes in the
    /// first collection that finds `object` unreachable and with no finalizer that could still use it.
    pub fn set_release(&mut self, object: Address, word: u64) -> Option<u64> {
        self.specials.set_release(object, word)
    }

    /// Takes a release back, with its word.
    pub fn clear_release(&mut self, object: Address) -> Option<u64> {
        self.specials.clear_release(object)
    }

    /// The objects that collections since the last call found unreachable, with the words of their finalizers and releases, of each the
    /// newest of a collection first. They are roots of the heap until taken, and then the caller's to root.
    pub fn take_ready_finalizers(&mut self) -> Vec<(Address, u64)> {
        self.specials.take_ready()
    }

    /// Whether there are any to take.
    pub fn has_ready_finalizers(&self) -> bool {
        self.specials.has_ready()
    }

    /// Makes the first payload word of `weak` become `nil_bits` of the settings when only weak references to `target` are left. `weak` is a
    /// [`Shape::Leaf`] object with a payload of at least 8 bytes; what it says until then is its owner's.
    pub fn set_weak(&mut self, target: Address, weak: Address) {
        self.specials.set_weak(target, weak);
    }

    /// Makes an address outside of the heap stand for a live object, until [`Self::clear_alias`] or the object's end: a word of C-layout
    /// memory that holds it keeps the object alive.
    pub fn set_alias(&mut self, alias: usize, object: Address) {
        self.note_reference(object.to_word());
        debug_assert!(!self.is_managed(alias) && self.is_live(object.payload() as usize));
        self.marker.aliases.set(alias, object);
    }

    /// Takes an alias back.
    pub fn clear_alias(&mut self, alias: usize) {
        self.marker.aliases.clear(alias);
    }

    /// The live object that an address outside of the heap stands for.
    #[inline(always)]
    pub fn find_alias(&self, address: usize) -> Option<Address> {
        self.marker.aliases.find(address)
    }

    /// Changes whenever objects are freed: what was found to live does so for as long as this is the same.
    #[inline(always)]
    pub fn epoch(&self) -> usize {
        self.space.swaps()
    }

    /// The address to ask about pins and objects where `address` was found: that of the object it stands for, else itself.
    #[inline(always)]
    pub fn resolve_alias(&self, address: usize) -> usize {
        self.find_alias(address).map_or(address, |object| object.payload() as usize)
    }

    /// Remembers where `object` was allocated, or whatever else the number means to the caller.
    pub fn set_allocation_site(&mut self, object: Address, site: u64) {
        self.specials.set_allocation_site(object, site);
    }

    /// What was remembered.
    pub fn allocation_site(&self, object: Address) -> Option<u64> {
        self.specials.allocation_site(object)
    }

    /// Whether the address lies in the heap's address space.
    #[inline(always)]
    pub fn is_managed(&self, address: usize) -> bool {
        self.space.contains(address)
    }

    /// The first address of the heap's address space and the one behind its last: what [`Self::is_managed`] compares with. They never
    /// change.
    pub fn address_range(&self) -> std::ops::Range<usize> {
        self.space.base()..self.space.base() + self.space.size()
    }

    /// The live object that an address points into, or one past the end of; `None` for a free slot or foreign memory. An address in an
    /// object's header belongs to the object before it, so a header's own address does not find its object: ask with the payload's.
    #[inline]
    pub fn find_object(&self, address: usize) -> Option<ObjectRef> {
        self.space.find_object(address)
    }

    /// Whether [`Self::find_object`] finds one.
    pub fn is_live(&self, address: usize) -> bool {
        self.find_object(address).is_some()
    }

    /// Calls `visit` with every object that was not freed: what the last collection left, and what was allocated since.
    pub fn for_each_object(&self, visit: &mut dyn FnMut(ObjectRef)) {
        for &span in &self.spans {
            self.space.for_each_allocated(span, |slot| {
                if let Some(object) = self.space.object_in(slot) {
                    visit(object);
                }
            });
        }
    }

    /// Calls `visit` with every object that the live object at `object` refers to, each once.
    pub fn for_each_reference(&mut self, object: Address, visit: &mut dyn FnMut(Address)) {
        if self.is_marking {
            self.forget_marks();
        }
        self.marker.for_each_reference(&self.layouts, object, visit);
    }

    /// Calls `visit` with every object that has a pin.
    pub fn for_each_pinned(&self, visit: &mut dyn FnMut(Address)) {
        self.space.for_each_pinned(visit);
    }

    /// Calls `visit` with the figures of every span in use, in the order of their making.
    pub fn for_each_span(&self, visit: &mut dyn FnMut(SpanFigures)) {
        for &span in &self.spans {
            let class = span.class();
            visit(SpanFigures {
                slot_size: span.slot_size(),
                slots: span.slots(),
                allocated: self.allocated_in(span),
                pinned: span.side.lock().pinned as usize,
                is_large: class.size_class() == size_class::SizeClass::LARGE,
                noscan: class.is_noscan(),
            });
        }
    }

    /// The number of objects in a span that were not freed.
    fn allocated_in(&self, span: SpanPointer) -> usize {
        // SAFETY: the span's pages are committed, and the live bits are not written before the next collection.
        let live = unsafe { self.space.live_bits().words(span.base() - self.space.base(), span.live_words()) };
        span.count_allocated(live)
    }

    /// The heap's figures. Takes time by the number of spans.
    pub fn stats(&self) -> Stats {
        let mut spans_by_class = vec![0; SIZE_CLASSES];
        let mut objects = 0;
        let mut unused = 0;
        for &span in &self.spans {
            spans_by_class[span.class().size_class().0 as usize] += 1;
            objects += self.allocated_in(span);
        }
        for span in self.current.iter().filter(|&&span| span != self.nothing) {
            unused += span.run_left();
        }
        let since = self.pace.since() - unused;
        Stats {
            allocated_bytes: self.pace.live() + since,
            allocated_objects: objects,
            live_bytes: self.pace.live(),
            live_objects: self.tally.live_objects,
            goal_bytes: self.pace.goal(),
            committed_bytes: self.pages.committed() * PAGE_SIZE,
            free_bytes: self.pages.dirty_free() * PAGE_SIZE,
            reserved_bytes: self.space.size(),
            collections: self.tally.collections,
            freed_bytes: self.tally.freed_bytes,
            total_allocated_bytes: self.tally.allocated_bytes + since as u64,
            pause_total: self.tally.pause_total,
            pause_max: self.tally.pause_max,
            pinned_objects: self.space.pinned_objects(),
            spans_by_class,
        }
    }

    /// See [`Pins::pin`].
    pub fn pin(&self, address: usize) -> Option<u64> {
        self.space.pin(address)
    }

    /// See [`Pins::unpin`].
    pub fn unpin(&self, address: usize) -> Option<u64> {
        self.space.unpin(address)
    }

    /// See [`Pins::is_pinned`].
    #[inline]
    pub fn is_pinned(&self, address: usize) -> bool {
        self.space.is_pinned(address)
    }

    /// Whether the address lies in a pinned object without references: found without a look at the object.
    #[inline]
    pub fn is_pinned_leaf(&self, address: usize) -> bool {
        self.space.is_pinned_leaf(address)
    }

    /// See [`Pins::pin_count`].
    pub fn pin_count(&self, address: usize) -> u64 {
        self.space.pin_count(address)
    }

    /// See [`Pins::pin_counter_exists`].
    pub fn pin_counter_exists(&self, address: usize) -> bool {
        self.space.pin_counter_exists(address)
    }
}
