//! Blocks and views: the objects that give access to memory in C layout.

use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::heap::{HEADER_SIZE, Header, MAX_SMALL_PAYLOAD, PointerMap, Shape};
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// The memory that a block or view gives access to.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The type of the holder: a record, pointer or slice type, without the view bit.
    pub type_id: TypeId,
    /// Where it begins or points.
    pub address: usize,
    /// The object that keeps it alive; nil for C's memory.
    pub owner: Value,
    /// From `low` to before `high` it may be used; both 0 where nothing is known.
    pub low: usize,
    pub high: usize,
    /// The `FLAG_…` bits of [`ViewObject`].
    pub flags: u64,
}

/// What a new view is made of.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub memory: Memory,
    /// Elements of a slice, else 0.
    pub count: usize,
}

impl Value {
    /// Whether this is a struct value that stands in a block and may be written to.
    #[inline(always)]
    pub(super) fn is_plain_record_view(self) -> bool {
        if !self.is_kind(Kind::View) || self.header().type_id & TypeId::VIEW_BIT == 0 {
            return false;
        }
        // SAFETY: the kind says that a `ViewObject` is there.
        let view = unsafe { &*self.object::<ViewObject>() };
        view.flags == 0 && view.owner.is_kind(Kind::Block)
    }
}

impl Memory {
    /// The memory of a block or view; `None` for any other value.
    #[inline(always)]
    pub fn of(value: Value) -> Option<Memory> {
        if !value.is_reference() {
            return None;
        }
        let header = value.header();
        let type_id = TypeId(header.type_id).without_view();
        if header.kind == Kind::Block as u8 {
            let address = value.address().payload() as usize;
            Some(Memory { type_id, address, owner: value, low: address, high: address + header.meta as usize, flags: 0 })
        } else if header.kind == Kind::View as u8 {
            // SAFETY: the kind says that a `ViewObject` is there.
            let view = unsafe { &*value.object::<ViewObject>() };
            Some(Memory { type_id, address: view.address, owner: view.owner, low: view.low, high: view.high, flags: view.flags })
        } else {
            None
        }
    }

    /// Whether nothing is known of its bounds: C's memory.
    #[inline(always)]
    pub fn is_unchecked(&self) -> bool {
        self.high == 0
    }

    /// Whether `size` bytes at `address` may be used.
    #[inline(always)]
    pub fn allows(&self, address: usize, size: usize) -> bool {
        self.high == 0 || (address >= self.low && address <= self.high && self.high - address >= size)
    }
}

impl Runtime {
    /// How the collector is to look at blocks of this type (a record; a pointer or slice type stands for its target, over and
    /// over), registered with the heap at the first question.
    pub fn block_shape(&mut self, type_id: TypeId) -> Shape {
        let info = self.types.info(type_id);
        if let Some(shape) = info.block_shape {
            return shape;
        }
        // Shifted contents always get a map, so that every shift of a type has one shape.
        let (by, is_shifted, content) = match info.kind {
            TypeKind::Pointer { target, .. } => (0, false, target),
            TypeKind::Slice { element } => (0, false, element),
            TypeKind::Shifted { by, element } => (by, true, element),
            _ => (0, false, type_id),
        };
        let content = self.types.info(content);
        // Only tagged values: other words may stand for objects elsewhere (see `Heap::set_alias`).
        let is_all_words = !is_shifted
            && content.values.len() as u64 * 8 == content.size
            && content.values.iter().enumerate().all(|(i, &offset)| offset as usize == i * 8);
        let shape = if content.pointers.is_empty() {
            Shape::Leaf
        } else if is_all_words {
            Shape::Words
        } else {
            let map = PointerMap::with_tail(by as usize, &[], content.size as usize, &content.pointers);
            // C may not write tagged values, and nothing else may stand in their place; other words it may.
            let map = if content.pointers == content.values { map.written_by_language() } else { map };
            self.heap.register_map(type_id.0, map);
            Shape::Mapped
        };
        self.types.info_mut(type_id).block_shape = Some(shape);
        shape
    }

    /// A new block of `bytes` zeroed bytes whose header has this type, with nil in its tagged words.
    ///
    /// The bytes are a whole number of the type's contents.
    #[inline]
    pub(super) fn new_block(&mut self, type_id: TypeId, bytes: usize) -> Result<Value, Thrown> {
        let shape = match self.types.info(type_id).block_shape {
            Some(shape) => shape,
            None => self.block_shape(type_id),
        };
        let header = Kind::Block.header(shape, type_id, bytes as u64);
        let address = if bytes <= MAX_SMALL_PAYLOAD {
            self.heap.allocate(bytes, header)
        } else {
            self.heap.try_allocate(bytes, header).map_err(|refused| self.memory_error(refused))?
        };
        Ok(Value::reference(address))
    }

    /// Writes nil into the tagged words of `count` zeroed elements.
    ///
    /// # Safety
    /// They stand at `address`, in memory that nothing refers to yet.
    pub(super) unsafe fn fill_with_nil(&self, address: usize, content: TypeId, count: usize) {
        let info = self.types.info(content);
        if info.values.is_empty() {
            return;
        }
        for i in 0..count {
            for &offset in info.values.iter() {
                let place = (address + i * info.size as usize + offset as usize) as *mut Value;
                // SAFETY: the offset lies within the element; the caller's promise. The word may be unaligned in a packed struct.
                unsafe { place.write_unaligned(Value::NIL) };
            }
        }
    }

    /// A new view. In line, so that its parts go straight to where they belong.
    #[inline(always)]
    pub fn new_view(&mut self, view: View) -> Value {
        let Memory { type_id, address, owner, low, high, flags } = view.memory;
        let shape = if owner.is_nil() { Shape::Leaf } else { Shape::Words };
        let header = Kind::View.header(shape, type_id, size_of::<Value>() as u64);
        let object = self.heap.allocate(size_of::<ViewObject>() - HEADER_SIZE, header).get() as *mut ViewObject;
        // SAFETY: the object was just made, with room for a `ViewObject` behind its header.
        unsafe {
            (*object).owner = owner;
            (*object).address = address;
            (*object).low = low;
            (*object).high = high;
            (*object).count = view.count;
            (*object).flags = flags;
        }
        if owner.is_kind(Kind::Arena) {
            self.note_arena_view(Value::of_object(object), owner);
        }
        Value::of_object(object)
    }

    /// The contents of a block: where they begin, the type of one element and the number of elements.
    pub(super) fn block_content(&self, header: &Header, payload: usize) -> (usize, TypeId, usize) {
        let (by, content) = self.content_of(header);
        let size = self.types.info(content).size as usize;
        let count = (header.meta as usize).saturating_sub(by).checked_div(size).unwrap_or(1);
        (payload + by, content, count)
    }

    /// How far into a block its contents begin, and the type of one element.
    #[inline(always)]
    pub(super) fn content_of(&self, header: &Header) -> (usize, TypeId) {
        let type_id = TypeId(header.type_id);
        match self.types.info(type_id).kind {
            TypeKind::Pointer { target, .. } => (0, target),
            TypeKind::Slice { element } => (0, element),
            TypeKind::Shifted { by, element } => (by as usize, element),
            _ => (0, type_id),
        }
    }

    /// Memory for `count` elements of a complete type, as a value of type `holder`: the record itself, or a pointer or slice type
    /// with that target. A block where it can be one; a view of a block for elements without size or aligned to more than 16.
    pub(super) fn new_memory(&mut self, holder: TypeId, content: TypeId, count: usize) -> Result<Value, Thrown> {
        let info = self.types.info(content);
        let (size, align) = (info.size as usize, info.align as usize);
        let bytes = match size.checked_mul(count).filter(|&bytes| bytes < 1 << 46) {
            Some(bytes) => bytes,
            None => return Err(self.out_of_memory(size.saturating_mul(count))),
        };
        let is_slice = self.types.info(holder).representation == Representation::Slice;
        if align <= 16 && (size > 0 || !is_slice) {
            let block = self.new_block(holder, bytes)?;
            // SAFETY: the block is new and holds `count` elements.
            unsafe { self.fill_with_nil(block.address().payload() as usize, content, count) };
            return Ok(block);
        }
        let room = bytes + align.saturating_sub(16);
        // Where the elements begin is known only once the block is there; its header is corrected then.
        let placeholder = self.types.shifted(0, content);
        let block = self.new_block(placeholder, room)?;
        let payload = block.address().payload() as usize;
        let address = payload.next_multiple_of(align);
        let shifted = self.types.shifted((address - payload) as u64, content);
        let shape = self.block_shape(shifted);
        debug_assert!(shape == block.header().shape);
        // SAFETY: the block is new and nothing else refers to its header; every shift of a type has the same shape.
        unsafe { (*block.address().header_pointer()).type_id = shifted.0 };
        // SAFETY: the block is new and holds `count` elements from `address` on.
        unsafe { self.fill_with_nil(address, content, count) };
        let is_record = self.types.info(holder).representation == Representation::Record;
        let memory = Memory {
            type_id: if is_record { holder.with_view() } else { holder },
            address,
            owner: block,
            low: address,
            high: address + bytes,
            flags: 0,
        };
        Ok(self.new_view(View { memory, count: if is_slice { count } else { 0 } }))
    }

    /// The bytes that `count` elements need, or an error that says that the type has none.
    pub(super) fn check_has_layout(&mut self, type_id: TypeId) -> Result<(), Thrown> {
        let info = self.types.info(type_id);
        if info.has_layout() && type_id != TypeId::CSTR {
            return Ok(());
        }
        let name = info.name.clone();
        let message = match info.kind {
            TypeKind::Record(_) => format!("{name} is opaque: only pointers to it can be used"),
            _ => format!("no memory holds values of type {name}"),
        };
        self.fail(ErrorKind::TypeError, message)
    }
}
