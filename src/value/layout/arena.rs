//! Arenas: memory that C may keep until all of it is freed at once.
//!
//! An arena takes its memory from the system in chunks that double in size, and hands it out from their beginning to their end. For
//! all checks it is C's memory: the collector does not look into it. Freeing it gives the pages back but keeps the addresses, which
//! fault from then on and are never handed out again, so that a pointer which C or a script still has can never reach new memory.
//!
//! A view of an arena's memory has the arena as its owner. When an arena is freed, its views are *spent*: their bounds are set where no
//! access fits ([`SPENT`]), so that every access takes its slow way out, which tells why. Nothing is asked on the fast ways.
//!
//! A value of `Kind::Arena` holds the arena's number. An arena whose values are gone stays: C may have its addresses.

use super::destination::Destination;
use super::memory::{Memory, View};
use super::type_id::TypeId;
use super::type_info::Representation;
use crate::heap::Address;
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;
use std::collections::BTreeMap;

/// The bounds of a view whose arena was freed.
pub(super) const SPENT: usize = usize::MAX;

const FIRST_CHUNK: usize = 64 << 10;
const LARGEST_DOUBLED_CHUNK: usize = 64 << 20;
const PAGE: usize = 4096;
/// What every allocation is aligned to at least, as managed memory is.
const ALIGNMENT: usize = 16;

/// All arenas of a run.
#[derive(Default)]
pub struct Arenas {
    arenas: Vec<Arena>,
    /// The chunks by their first address: the address behind them, and the arena's number.
    chunks: BTreeMap<usize, (usize, usize)>,
}

#[derive(Default)]
struct Arena {
    /// Address and bytes of each chunk.
    chunks: Vec<(usize, usize)>,
    /// Where the next allocation may begin, and the end of the last chunk; 0 before the first.
    cursor: usize,
    end: usize,
    /// Bytes of the next chunk, if not more are needed.
    next_chunk: usize,
    /// Address and bytes of each allocation, of which those of one chunk ascend.
    allocations: BTreeMap<usize, usize>,
    /// Views that have it as owner and were not found dead by a collection.
    views: Vec<Address>,
    /// The place of the call that freed it, as a source range.
    freed_at: Option<(u32, u32)>,
}

/// What is known of an address in an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArenaAddress {
    pub arena: usize,
    /// The allocation that it lies in, or one past whose end; both 0 if it is in none.
    pub low: usize,
    pub high: usize,
    /// The place of the call that freed the arena, as a source range.
    pub freed_at: Option<(u32, u32)>,
}

impl Arenas {
    /// What is known of an address; `None` if it is in no arena. Allocates nothing.
    pub fn find(&self, address: usize) -> Option<ArenaAddress> {
        let (_, &(end, number)) = self.chunks.range(..=address).next_back()?;
        if address > end {
            return None;
        }
        let arena = &self.arenas[number];
        let within = arena.allocations.range(..=address).next_back().filter(|&(&start, &size)| address - start <= size);
        let (low, high) = within.map_or((0, 0), |(&start, &size)| (start, start + size));
        Some(ArenaAddress { arena: number, low, high, freed_at: arena.freed_at })
    }

    /// Whether there are none, so that no address is in one.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// All allocations of arenas that were not freed, as address and bytes.
    pub(crate) fn allocations(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let in_use = self.arenas.iter().filter(|arena| arena.freed_at.is_none());
        in_use.flat_map(|arena| arena.allocations.iter().map(|(&start, &size)| (start, size)))
    }

    /// Takes memory from an arena that was not freed; `None` if the system has none.
    fn take(&mut self, number: usize, size: usize, align: usize) -> Option<usize> {
        let arena = &mut self.arenas[number];
        let align = align.max(ALIGNMENT);
        // An allocation without size has an address of its own too.
        let room = size.max(1);
        let mut start = arena.cursor.checked_next_multiple_of(align)?;
        if arena.end == 0 || start.checked_add(room)? > arena.end {
            let wanted = room.checked_add(align)?.checked_next_multiple_of(PAGE)?;
            let bytes = wanted.max(arena.next_chunk.max(FIRST_CHUNK));
            let chunk = map_pages(bytes)?;
            arena.next_chunk = (bytes * 2).min(LARGEST_DOUBLED_CHUNK);
            arena.chunks.push((chunk, bytes));
            arena.end = chunk + bytes;
            self.chunks.insert(chunk, (chunk + bytes, number));
            start = chunk.next_multiple_of(align);
        }
        // At least one byte lies between two allocations: an address one past the end of one belongs to no other.
        arena.cursor = start + room + 1;
        arena.allocations.insert(start, size);
        Some(start)
    }

    /// Forgets the views that a collection found dead.
    pub(crate) fn prune(&mut self, is_live: impl Fn(Address) -> bool) {
        for arena in &mut self.arenas {
            arena.views.retain(|&view| is_live(view));
        }
    }
}

impl Drop for Arenas {
    fn drop(&mut self) {
        for &(address, size) in self.arenas.iter().flat_map(|arena| &arena.chunks) {
            // SAFETY: `map_pages` gave them, and with the runtime everybody is gone who could use them.
            unsafe { libc::munmap(address as *mut libc::c_void, size) };
        }
    }
}

/// Zeroed pages from the system.
fn map_pages(bytes: usize) -> Option<usize> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping touches no memory that exists.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if address == libc::MAP_FAILED { None } else { Some(address as usize) }
}

/// Gives the memory of pages back and keeps their addresses, which fault from now on.
fn retire_pages(address: usize, bytes: usize) {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
    // SAFETY: the pages are an arena's, which the script has freed; nothing of ours reads them again.
    let retired = unsafe { libc::mmap(address as *mut libc::c_void, bytes, libc::PROT_NONE, flags, -1, 0) };
    if retired == libc::MAP_FAILED {
        // SAFETY: as above.
        unsafe { libc::mprotect(address as *mut libc::c_void, bytes, libc::PROT_NONE) };
    }
}

impl Runtime {
    /// A new arena, which has no memory yet.
    pub fn new_arena(&mut self) -> Value {
        self.arenas.arenas.push(Arena::default());
        self.new_external(Kind::Arena, TypeId::ARENA, self.arenas.arenas.len() as u64 - 1)
    }

    /// Frees all memory of an arena; again: nothing. `place` is that of the call, as a source range.
    pub fn free_arena(&mut self, arena: Value, place: (u32, u32)) {
        let Some(number) = arena.external_number(Kind::Arena, TypeId::ARENA) else { return };
        let arena = &mut self.arenas.arenas[number as usize];
        if arena.freed_at.is_some() {
            return;
        }
        arena.freed_at = Some(place);
        for &(address, size) in &arena.chunks {
            retire_pages(address, size);
        }
        for view in std::mem::take(&mut arena.views) {
            let view = Value::reference(view).object::<ViewObject>();
            // SAFETY: those in the list are views that live: they were entered when they were made, and collections prune the list.
            unsafe {
                (*view).low = SPENT;
                (*view).high = SPENT;
                (*view).count = 0;
            }
        }
    }

    /// Whether a value is a view whose arena was freed.
    #[inline]
    pub fn is_spent(&self, value: Value) -> bool {
        Memory::of(value).is_some_and(|memory| memory.low == SPENT)
    }

    /// The `PinError` for memory of an arena that was freed.
    #[cold]
    pub(super) fn used_after_free<T>(&mut self) -> Result<T, Thrown> {
        let failed = self.fail(ErrorKind::PinError, "arena memory used after free");
        failed.map_err(|thrown| thrown.with_help(self, "what is needed longer is copied out before free(): copy(x)"))
    }

    /// Fails for a view whose memory is gone: its arena was freed, or what it belongs to was released.
    #[inline]
    pub fn check_live(&mut self, value: Value) -> Result<(), Thrown> {
        match Memory::of(value) {
            Some(memory) if memory.low == SPENT => self.used_after_free(),
            Some(memory) => self.check_open(memory.owner),
            None => Ok(()),
        }
    }

    /// Enters a new view of an arena's memory, or spends it if the arena was freed.
    #[cold]
    pub(super) fn note_arena_view(&mut self, view: Value, owner: Value) {
        let Some(number) = owner.external_number(Kind::Arena, TypeId::ARENA) else { return };
        let arena = &mut self.arenas.arenas[number as usize];
        if arena.freed_at.is_none() {
            arena.views.push(view.address());
            return;
        }
        let view = view.object::<ViewObject>();
        // SAFETY: the caller has just made the view.
        unsafe {
            (*view).low = SPENT;
            (*view).high = SPENT;
            (*view).count = 0;
        }
    }

    /// The pointer that an address in an arena is, where C gave it back; `None` for addresses elsewhere.
    #[cold]
    pub(super) fn pointer_into_arena(&mut self, address: usize, type_id: TypeId) -> Option<Result<Value, Thrown>> {
        let found = self.arenas.find(address)?;
        if found.freed_at.is_some() {
            return Some(self.used_after_free());
        }
        let owner = self.new_external(Kind::Arena, TypeId::ARENA, found.arena as u64);
        let (low, high) = if found.high == 0 { (address, address) } else { (found.low, found.high) };
        Some(Ok(self.new_view(View { memory: Memory { type_id, address, owner, low, high, flags: 0 }, count: 0 })))
    }

    /// Memory in an arena for `count` elements of a type, as a value of type `holder` (see `new_memory`).
    fn new_arena_memory(&mut self, arena: Value, holder: TypeId, content: TypeId, count: usize) -> Result<Value, Thrown> {
        let Some(number) = arena.external_number(Kind::Arena, TypeId::ARENA) else {
            let message = format!("new(…) takes an Arena, not {}", self.type_name_of(arena));
            return self.fail(ErrorKind::TypeError, message);
        };
        if self.arenas.arenas[number as usize].freed_at.is_some() {
            return self.used_after_free();
        }
        self.check_has_layout(content)?;
        let info = self.types.info(content);
        if info.holds_managed {
            let message = format!("{} holds managed values, which only managed memory can; allocate it with `new`", info.name);
            return self.fail(ErrorKind::TypeError, message);
        }
        let (size, align) = (info.size as usize, info.align as usize);
        let bytes = match size.checked_mul(count).filter(|&bytes| bytes < 1 << 46) {
            Some(bytes) => bytes,
            None => return Err(self.out_of_memory(size.saturating_mul(count))),
        };
        let Some(address) = self.arenas.take(number as usize, bytes, align) else { return Err(self.out_of_memory(bytes)) };
        let representation = self.types.info(holder).representation;
        let memory = Memory {
            type_id: if representation == Representation::Record { holder.with_view() } else { holder },
            address,
            owner: arena,
            low: address,
            high: address + bytes,
            flags: 0,
        };
        let count = if representation == Representation::Slice { count } else { 0 };
        Ok(self.new_view(View { memory, count }))
    }

    /// `new(arena) T`, zeroed, or with a value: for a record a struct value whose bytes are copied.
    pub fn new_one_in_arena(&mut self, arena: Value, type_id: TypeId, initial: Option<Value>) -> Result<Value, Thrown> {
        let representation = self.types.info(type_id).representation;
        let holder = if representation == Representation::Record { type_id } else { self.types.pointer(false, type_id) };
        let made = self.new_arena_memory(arena, holder, type_id, 1)?;
        if let (Some(value), Some(memory)) = (initial, Memory::of(made)) {
            // SAFETY: the memory is new and holds one value of the type.
            unsafe { self.store(made, memory.address, representation, type_id, value, Destination::New(type_id))? };
        }
        Ok(made)
    }

    /// `new(arena) [count]T`, zeroed, or with as many values.
    pub fn new_slice_in_arena(
        &mut self,
        arena: Value,
        element: TypeId,
        count: Value,
        values: Option<&[Value]>,
    ) -> Result<Value, Thrown> {
        let count = self.expect_slice_length(count)?;
        let slice = self.types.slice(element);
        if let Some(values) = values
            && values.len() != count
        {
            let message = format!("{} of {count} elements is given {} values", self.types.name(slice), values.len());
            return self.fail(ErrorKind::ValueError, message);
        }
        let made = self.new_arena_memory(arena, slice, element, count)?;
        for (i, &value) in values.unwrap_or_default().iter().enumerate() {
            self.set_element(made, i, value)?;
        }
        Ok(made)
    }
}
