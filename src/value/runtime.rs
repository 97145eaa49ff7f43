//! What values need around them: the heap, the types, names, and the way back into the interpreter.

use super::foreign_store::ForeignStores;
use super::layout::{Arenas, LastBlock, TypeId, TypeTable};
use super::map::trace_map;
use super::object::*;
use super::pin_policy::PinPolicy;
use super::pinner::Pinners;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::{Heap, HeapConfig, MAX_SMALL_PAYLOAD, Marker, OutOfMemory, Shape};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Heap and types, and what else the operations on values share. The interpreter owns one.
pub struct Runtime {
    pub heap: Heap,
    pub types: TypeTable,
    /// Keys of the hash function, random for each run, so that nobody can choose colliding keys.
    pub hash_keys: [u64; 2],
    /// Roots of builtins that call back into scripts: what they hold is pushed here and truncated when they are done.
    pub held: Vec<Value>,
    /// Values that C carries around by a token (`ffi.handle`).
    pub handles: BTreeMap<usize, Value>,
    /// The owners of C memory that the script asked for and has not given back, by address (`ffi.alloc`).
    pub allocations: BTreeMap<usize, Value>,
    /// Strings of one byte, made once.
    pub(super) single_bytes: Vec<Value>,
    pub(super) empty_string: Value,
    /// Where the last pointer from outside pointed.
    pub(super) last_block: LastBlock,
    /// Which pointers are checked on their way to C.
    pub pin_policy: PinPolicy,
    /// The pinners that hold pins.
    pub pinners: Pinners,
    /// Where callbacks that were pinned once were unpinned last, as source ranges by their code addresses.
    pub unpinned_callbacks: HashMap<usize, (u32, u32)>,
    /// Some callback was pinned, so that unpinning looks for such.
    pub has_pinned_callbacks: bool,
    pub arenas: Arenas,
    /// Stores of managed addresses into memory that the collector does not see, by strict checks.
    pub foreign_stores: ForeignStores,
}

/// A way back into the interpreter for operations that a script can overload (`str`, `==`, `hash`, `iter` …).
///
/// A call may collect: whoever calls must have rooted what it holds (registers of the running frame are; else
/// [`Runtime::held`]).
pub trait Host {
    fn runtime(&mut self) -> &mut Runtime;
    /// Calls a value with arguments.
    fn call(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown>;
    /// Fails with `StackOverflow` if the machine's stack is nearly used up; to be asked at each step of a recursion over data.
    fn check_stack(&mut self) -> Result<(), Thrown>;
    /// How `repr` shows a value whose kind is defined above the values: `<fn area>`, `<generator numbers>`, `<module math>`. `None` for
    /// all else, which shows as `<TYPE>`.
    fn describe(&mut self, _value: Value) -> Option<String> {
        None
    }
}

impl Runtime {
    /// A runtime with an empty heap. `hash_keys` are random, except where a run has to be repeated exactly.
    pub fn new(config: HeapConfig, hash_keys: [u64; 2]) -> Runtime {
        let mut heap = Heap::new(HeapConfig { nil_bits: Value::NIL.0, ..config });
        heap.register_trace(Kind::Map as u8, trace_map);
        let mut runtime = Runtime {
            heap,
            types: TypeTable::new(),
            // An even factor would lose a bit of every hash.
            hash_keys: [hash_keys[0], hash_keys[1] | 1],
            held: Vec::new(),
            handles: BTreeMap::new(),
            allocations: BTreeMap::new(),
            single_bytes: Vec::with_capacity(128),
            empty_string: Value::NIL,
            last_block: LastBlock::default(),
            pin_policy: PinPolicy::default(),
            pinners: Pinners::default(),
            unpinned_callbacks: HashMap::new(),
            has_pinned_callbacks: false,
            arenas: Arenas::default(),
            foreign_stores: ForeignStores::default(),
        };
        runtime.make_shared_strings();
        runtime
    }

    /// Frees all objects that cannot be reached from what `roots` marks, nor from what the runtime itself refers to.
    pub fn collect(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.heap.request_collection();
        self.advance(roots);
    }

    /// Makes a step of a collection, or all of it (see [`Heap::advance`]); says whether it has come to its end.
    pub fn advance(&mut self, roots: &mut dyn FnMut(&mut Marker)) -> bool {
        let Runtime { heap, types, held, single_bytes, empty_string, handles, allocations, pinners, arenas, .. } = self;
        let lost = pinners.lost.clone();
        let mut mark = |marker: &mut Marker| {
            for &pinner in &lost {
                marker.mark_object(pinner);
            }
            for value in held.iter().chain(handles.values()).chain(allocations.values()).chain(single_bytes.iter()) {
                marker.mark_word(value.0);
            }
            marker.mark_word(empty_string.0);
            types.for_each_root(&mut |value| marker.mark_word(value.0));
            roots(marker);
        };
        let is_over = heap.advance_watching(&mut mark, &mut |marker| pinners.find_lost(marker));
        if is_over {
            arenas.prune(|view| heap.is_live(view.payload() as usize));
        }
        is_over
    }

    /// Calls `visit` with what the runtime itself refers to, and a word on what that is.
    pub fn for_each_root(&self, visit: &mut dyn FnMut(&'static str, Value)) {
        self.pinners.lost.iter().for_each(|&pinner| visit("a pinner that was lost", Value::reference(pinner)));
        self.handles.values().for_each(|&value| visit("a handle that C has", value));
        self.held.iter().for_each(|&value| visit("a builtin at work", value));
        self.types.for_each_root(&mut |value| visit("a type", value));
        self.single_bytes.iter().chain([&self.empty_string]).for_each(|&value| visit("the library", value));
    }

    /// The name of a value's type, as messages say it.
    pub fn type_name(&self, value: Value) -> Rc<str> {
        self.types.name(self.type_of(value)).clone()
    }

    // ------------------------------------------------------------ allocation

    /// A new object of fixed size; `T` is one of the structs of `object.rs`, and everything behind the header is zero.
    #[inline(always)]
    pub fn new_object<T>(&mut self, kind: Kind, shape: Shape, type_id: TypeId) -> *mut T {
        let payload = size_of::<T>() - size_of::<crate::heap::Header>();
        self.heap.allocate(payload, kind.header(shape, type_id, payload as u64)).get() as *mut T
    }

    /// An int value, boxed if it does not fit inline.
    #[inline(always)]
    pub fn int(&mut self, i: i64) -> Value {
        match Value::try_inline_int(i) {
            Some(value) => value,
            None => self.boxed_int(i),
        }
    }

    #[cold]
    pub fn boxed_int(&mut self, i: i64) -> Value {
        let object = self.new_object::<IntegerObject>(Kind::Integer, Shape::Leaf, TypeId::INT);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).value = i };
        Value::of_object(object)
    }

    /// Room for `count` values, all nil.
    pub fn new_values(&mut self, count: usize) -> Result<*mut Value, Thrown> {
        let bytes = count.checked_mul(8).filter(|&b| b < 1 << 46).ok_or_else(|| self.out_of_memory(usize::MAX))?;
        let header = Kind::Values.header(Shape::Words, TypeId::VALUES, bytes as u64);
        let address = if bytes <= MAX_SMALL_PAYLOAD {
            self.heap.allocate(bytes, header)
        } else {
            self.heap.try_allocate(bytes, header).map_err(|e| self.memory_error(e))?
        };
        let items = address.payload() as *mut Value;
        for i in 0..count {
            // SAFETY: the payload holds `count` values.
            unsafe { items.add(i).write(Value::NIL) };
        }
        Ok(items)
    }

    /// A new range.
    pub fn new_range(&mut self, start: i64, end: i64, step: i64) -> Value {
        let object = self.new_object::<RangeObject>(Kind::Range, Shape::Leaf, TypeId::RANGE);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe {
            (*object).start = start;
            (*object).end = end;
            (*object).step = step;
        }
        Value::of_object(object)
    }

    pub fn new_cell(&mut self, value: Value) -> Value {
        let object = self.new_object::<CellObject>(Kind::Cell, Shape::Words, TypeId::CELL);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).value = value };
        Value::of_object(object)
    }

    // ------------------------------------------------------------ errors

    /// An error object of a kind of the language's own, without a place; the interpreter adds place and trace.
    pub fn error(&mut self, kind: ErrorKind, message: &str) -> Value {
        let kind = self.string_lossy(kind.name());
        let message = self.string_lossy(message);
        self.new_error(message, kind)
    }

    /// An error from its parts (both strings).
    pub fn new_error(&mut self, message: Value, kind: Value) -> Value {
        let object = self.new_object::<ErrorObject>(Kind::Error, Shape::Words, TypeId::ERROR);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe {
            (*object).message = message;
            (*object).kind = kind;
            for field in [
                &raw mut (*object).code,
                &raw mut (*object).cause,
                &raw mut (*object).trace,
                &raw mut (*object).range_start,
                &raw mut (*object).range_end,
                &raw mut (*object).label,
                &raw mut (*object).details,
                &raw mut (*object).help,
                &raw mut (*object).argument,
            ] {
                *field = Value::NIL;
            }
        }
        Value::of_object(object)
    }

    /// Shorthand for `Err(rt.throw(…))`.
    #[cold]
    pub fn fail<T>(&mut self, kind: ErrorKind, message: impl AsRef<str>) -> Result<T, Thrown> {
        Err(Thrown::Value(self.error(kind, message.as_ref())))
    }

    #[cold]
    pub fn memory_error(&mut self, refused: OutOfMemory) -> Thrown {
        let OutOfMemory { requested, limit } = refused;
        let asked = match requested {
            usize::MAX => "more bytes were asked for than can be counted".to_string(),
            _ => format!("{requested} more bytes were asked for"),
        };
        let message = match limit {
            usize::MAX => format!("out of memory: {asked}"),
            _ => format!("out of memory: {asked}, and the heap may have {limit} (see --max-heap)"),
        };
        Thrown::Value(self.error(ErrorKind::MemoryError, &message))
    }

    #[cold]
    pub fn out_of_memory(&mut self, requested: usize) -> Thrown {
        self.memory_error(OutOfMemory { requested, limit: self.heap.config().max_heap })
    }
}

impl Value {
    /// A reference to an object that was just made or is known to live.
    #[inline(always)]
    pub fn of_object<T>(object: *mut T) -> Value {
        Value(crate::heap::REFERENCE_TAG | object as u64)
    }
}

/// Every write of a value into an object that a safepoint has seen goes through here, so that marking in steps learns of it. Those into
/// memory in C layout have their own such function (`layout/store.rs`); moves and copies tell [`Heap::note_rewritten`].
///
/// # Safety
/// `place` is a slot of a live object of this heap that holds a value.
#[inline(always)]
pub unsafe fn write_value(heap: &mut Heap, place: *mut Value, value: Value) {
    // SAFETY: the caller's promise.
    unsafe { place.write(value) };
    heap.note_reference(value.0);
}
