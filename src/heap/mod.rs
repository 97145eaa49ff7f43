//! Memory: where objects live, and how those that nothing refers to are found.
#![allow(unsafe_code, reason = "this module hands out and takes back raw memory")]

mod address;
mod config;
mod header;
mod layout;
mod mark;
mod statistics;

pub use address::{ADDRESS_MASK, Address, REFERENCE_TAG, TAG_MASK};
pub use config::HeapConfig;
pub use header::{HEADER_SIZE, Header, Shape};
pub use layout::{PointerMap, TraceFunction};
pub use mark::Marker;
pub use statistics::Stats;

/// The byte that freed slots are filled with when the heap poisons them.
pub const POISON: u8 = 0xDB;

/// The largest payload, in bytes, that [`Heap::allocate`] takes.
pub const MAX_SMALL_PAYLOAD: usize = 32768 - HEADER_SIZE;

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
    /// A collection should happen at the next safepoint. The interpreter polls it there and may set it.
    pub collect_requested: bool,
}

/// The part of a heap that any thread may use: questions about addresses, and pins.
#[derive(Clone)]
pub struct Pins {
    _private: (),
}

#[allow(unused_variables, clippy::missing_panics_doc)]
impl Heap {
    /// Makes an empty heap. Ends the program with status 70 when no address space can be had.
    pub fn new(config: HeapConfig) -> Self { todo!() }
    /// The settings.
    pub fn config(&self) -> &HeapConfig { todo!() }
    /// The handle other threads use.
    pub fn pins(&self) -> Pins { todo!() }

    /// Registers where the references are in [`Shape::Mapped`] objects of this type. Type numbers should be small: they index a table.
    pub fn register_map(&mut self, type_id: u32, map: PointerMap) { todo!() }
    /// Registers what finds the references in [`Shape::Custom`] objects of this kind.
    pub fn register_trace(&mut self, kind: u8, trace: TraceFunction) { todo!() }

    /// A new object with this header and a zeroed payload of at least `payload_bytes`, at most [`MAX_SMALL_PAYLOAD`]. Never fails.
    #[inline(always)]
    pub fn allocate(&mut self, payload_bytes: usize, header: Header) -> Address { todo!() }
    /// A new object of any size.
    pub fn try_allocate(&mut self, payload_bytes: usize, header: Header) -> Result<Address, OutOfMemory> { todo!() }
    /// Whether live objects took more than `max_heap` after the last collection, or address space is about to run out. Ask after a collection.
    pub fn over_limit(&self) -> bool { todo!() }

    /// Whether a collection should happen at the next safepoint.
    #[inline(always)]
    pub fn should_collect(&self) -> bool { self.collect_requested }
    /// Sets the growth percentage; `None` for no collections on account of growth. Returns the old one.
    pub fn set_percent(&mut self, percent: Option<u32>) -> Option<u32> { todo!() }
    /// Sets `max_heap`, in bytes. Returns the old one.
    pub fn set_max_heap(&mut self, bytes: usize) -> usize { todo!() }
    /// Frees all objects that cannot be reached from `roots`, pins, finalizers' words and what weak references leave.
    pub fn collect(&mut self, roots: &mut dyn FnMut(&mut Marker)) { todo!() }

    /// Sets the word that [`Self::take_ready_finalizers`] gives once `object` is unreachable; returns the one it replaces. The word is a root.
    pub fn set_finalizer(&mut self, object: Address, word: u64) -> Option<u64> { todo!() }
    /// Takes a finalizer back, with its word.
    pub fn clear_finalizer(&mut self, object: Address) -> Option<u64> { todo!() }
    /// The objects found unreachable since the last call and their words, oldest `set_finalizer` first. They are the heap's roots until taken.
    pub fn take_ready_finalizers(&mut self) -> Vec<(Address, u64)> { todo!() }
    /// Whether there are any to take.
    pub fn has_ready_finalizers(&self) -> bool { todo!() }
    /// Makes the first payload word of the leaf object `weak` become `nil_bits` when `target` is freed.
    pub fn set_weak(&mut self, target: Address, weak: Address) { todo!() }
    /// Remembers where `object` was allocated.
    pub fn set_allocation_site(&mut self, object: Address, site: u64) { todo!() }
    /// What was remembered.
    pub fn allocation_site(&self, object: Address) -> Option<u64> { todo!() }

    /// Whether the address lies in the heap's address space.
    #[inline(always)]
    pub fn is_managed(&self, address: usize) -> bool { todo!() }
    /// The live object that an address points into, or one past the end of; `None` for a free slot or foreign memory.
    #[inline]
    pub fn find_object(&self, address: usize) -> Option<ObjectRef> { todo!() }
    /// Whether [`Self::find_object`] finds one.
    pub fn is_live(&self, address: usize) -> bool { todo!() }
    /// Calls `visit` with every live object.
    pub fn for_each_object(&self, visit: &mut dyn FnMut(ObjectRef)) { todo!() }
    /// Calls `visit` with every object that `object` refers to, each once.
    pub fn for_each_reference(&mut self, object: Address, visit: &mut dyn FnMut(Address)) { todo!() }
    /// The heap's figures.
    pub fn stats(&self) -> Stats { todo!() }

    /// See [`Pins::pin`].
    pub fn pin(&self, address: usize) -> Option<u64> { todo!() }
    /// See [`Pins::unpin`].
    pub fn unpin(&self, address: usize) -> Option<u64> { todo!() }
    /// See [`Pins::is_pinned`].
    #[inline]
    pub fn is_pinned(&self, address: usize) -> bool { todo!() }
    /// See [`Pins::pin_count`].
    pub fn pin_count(&self, address: usize) -> u64 { todo!() }
    /// See [`Pins::pin_counter_exists`].
    pub fn pin_counter_exists(&self, address: usize) -> bool { todo!() }
}

#[allow(unused_variables, clippy::missing_panics_doc)]
impl Pins {
    /// Pins the live object that `address` points into; returns the number of its pins, or `None` where there is no such object.
    pub fn pin(&self, address: usize) -> Option<u64> { todo!() }
    /// Takes one pin off; returns how many are left, or `None` if there was none.
    pub fn unpin(&self, address: usize) -> Option<u64> { todo!() }
    /// Whether the object that `address` points into has a pin.
    #[inline]
    pub fn is_pinned(&self, address: usize) -> bool { todo!() }
    /// How many pins it has.
    pub fn pin_count(&self, address: usize) -> u64 { todo!() }
    /// Whether a counter is kept for it, which is so exactly when it has more than one pin. For tests.
    pub fn pin_counter_exists(&self, address: usize) -> bool { todo!() }
    /// Whether the address lies in the heap's address space.
    #[inline(always)]
    pub fn is_managed(&self, address: usize) -> bool { todo!() }
}
