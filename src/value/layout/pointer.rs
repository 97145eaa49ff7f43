//! From raw addresses to pointer values: what an address in memory, or from C, points to.

use super::memory::{Memory, View};
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use super::type_table::TypeTable;
use crate::heap::{HEADER_SIZE, ObjectRef};
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// The block that a pointer was last found to point into: C often gives many pointers into one.
#[derive(Clone, Copy)]
pub struct LastBlock {
    /// The heap's, then: in another one the block may be gone.
    epoch: usize,
    block: Value,
    /// Its memory, all of which a pointer of any type may use. Both 0 before the first.
    low: usize,
    high: usize,
}

impl Default for LastBlock {
    fn default() -> LastBlock {
        LastBlock { epoch: 0, block: Value::NIL, low: 0, high: 0 }
    }
}

impl Runtime {
    /// The value of an address that was found in memory or came from C: nil for NULL; a view with owner and bounds where the
    /// address lies in a live managed object, else one of C's memory. `type_id` is a pointer or C function type.
    #[inline(always)]
    pub fn pointer_value(&mut self, address: usize, type_id: TypeId) -> Result<Value, Thrown> {
        let LastBlock { epoch, block, low, high } = self.last_block;
        // At its very beginning the block itself may be the pointer.
        if address > low && address < high && epoch == self.heap.epoch() {
            let memory = Memory { type_id, address, owner: block, low, high, flags: 0 };
            return Ok(self.new_view(View { memory, count: 0 }));
        }
        self.find_pointer(address, type_id)
    }

    /// [`Runtime::pointer_value`] of an address of which nothing is known yet.
    #[inline(never)]
    fn find_pointer(&mut self, address: usize, type_id: TypeId) -> Result<Value, Thrown> {
        if address == 0 {
            return Ok(Value::NIL);
        }
        if !self.heap.is_managed(address) {
            if let Some(callback) = self.callback_at(address) {
                return Ok(self.view_of_code(callback, address, type_id));
            }
            if !self.arenas.is_empty()
                && let Some(pointer) = self.pointer_into_arena(address, type_id)
            {
                return pointer;
            }
            let memory = Memory { type_id, address, owner: Value::NIL, low: 0, high: 0, flags: 0 };
            return Ok(self.new_view(View { memory, count: 0 }));
        }
        let found = self.expect_live(address)?;
        self.pointer_into(Value::reference(found.address), address, type_id)
    }

    /// A pointer to the code of a callback, which it keeps alive; nothing can be read there.
    pub(super) fn view_of_code(&mut self, owner: Value, code: usize, type_id: TypeId) -> Value {
        let memory = Memory { type_id, address: code, owner, low: code, high: code, flags: 0 };
        self.new_view(View { memory, count: 0 })
    }

    /// The object that a managed address lies in, or the error that there is none any more.
    #[inline(always)]
    pub(super) fn expect_live(&mut self, address: usize) -> Result<ObjectRef, Thrown> {
        match self.heap.find_object(address) {
            Some(found) if found.kind == Kind::Block as u8 || found.kind == Kind::String as u8 => Ok(found),
            _ => self.fail(ErrorKind::PinError, "pointer to freed managed memory"),
        }
    }

    /// A pointer to an address in a live block or string.
    #[inline(always)]
    pub(super) fn pointer_into(&mut self, owner: Value, address: usize, type_id: TypeId) -> Result<Value, Thrown> {
        let header = owner.header();
        let payload = owner.address().get() + HEADER_SIZE;
        if header.kind == Kind::String as u8 {
            // The NUL behind the bytes can be read too.
            let high = payload + header.meta as u32 as usize + 1;
            let memory = Memory { type_id, address, owner, low: payload, high, flags: ViewObject::FLAG_CONST };
            return Ok(self.new_view(View { memory, count: 0 }));
        }
        if address == payload && header.type_id == type_id.0 {
            return Ok(owner);
        }
        let (low, high) = self.bounds_in(owner, address, self.types.info(type_id).target);
        if !self.types.info(self.content_of(header).1).holds_managed {
            self.last_block = LastBlock { epoch: self.heap.epoch(), block: owner, low, high };
        }
        let memory = Memory { type_id, address, owner, low, high, flags: 0 };
        Ok(self.new_view(View { memory, count: 0 }))
    }

    /// The memory that a pointer to `target` at `address` in a block may use: the whole block, or where the block holds managed
    /// kinds, the field or array of `target` that contains the address; nothing if there is none.
    #[inline(always)]
    pub(super) fn bounds_in(&self, block: Value, address: usize, target: TypeId) -> (usize, usize) {
        let payload = block.address().payload() as usize;
        let (_, content) = self.content_of(block.header());
        if !self.types.info(content).holds_managed || target == TypeId::VOID {
            return (payload, payload + block.header().meta as usize);
        }
        let (start, content, count) = self.block_content(block.header(), payload);
        self.types.find_array(content, start, count, address, target).unwrap_or((address, address))
    }

    /// The memory in question of a pointer to `target` at `address`, which lies in a block: the largest array of `target` that
    /// contains the address in the layout of the block, or the one `target` there.
    pub fn array_around(&self, block: Value, address: usize, target: TypeId) -> Option<(usize, usize)> {
        let payload = block.address().payload() as usize;
        let (start, content, count) = self.block_content(block.header(), payload);
        self.types.find_array(content, start, count, address, target)
    }
}

impl TypeTable {
    /// Where, in `count` elements of `content` from `start` on, an array of `target` (or one alone) contains `address`: its start
    /// and end. An address that only ends an array belongs to it if it is in no other.
    pub(super) fn find_array(
        &self,
        content: TypeId,
        start: usize,
        count: usize,
        address: usize,
        target: TypeId,
    ) -> Option<(usize, usize)> {
        let info = self.info(content);
        let size = info.size as usize;
        let end = start + size * count;
        if address < start || address > end {
            return None;
        }
        if self.are_one_behind_pointer(content, target) {
            let is_aligned = size == 0 || (address - start).is_multiple_of(size);
            return if is_aligned || !info.holds_managed { Some((start, end)) } else { None };
        }
        if size == 0 || count == 0 {
            return None;
        }
        let index = ((address - start) / size).min(count - 1);
        let start = start + index * size;
        match &info.kind {
            TypeKind::Array { length, element } => self.find_array(*element, start, *length as usize, address, target),
            TypeKind::Record(record) => {
                let inside = |offset: u64, size: u64| {
                    let first = start + offset as usize;
                    address >= first && address < first + size as usize
                };
                let search = |strict: bool| {
                    record.fields.iter().filter(|field| field.bits.is_none()).find_map(|field| {
                        if strict && !inside(field.offset, field.size) {
                            return None;
                        }
                        self.find_array(field.type_id, start + field.offset as usize, 1, address, target)
                    })
                };
                search(true).or_else(|| search(false))
            }
            _ => None,
        }
    }

    /// Whether values of the type can be reached through a pointer to `target`, or the message that says why not.
    pub(super) fn check_target(&self, pointer: TypeId) -> Result<(), String> {
        let info = self.info(pointer);
        let target = self.info(info.target);
        if target.has_layout() {
            return Ok(());
        }
        Err(match target.representation {
            Representation::Record => format!("{} is opaque: nothing is known of what a {} points to", target.name, info.name),
            _ => format!("a {} has no elements; say what it points to with `as`", info.name),
        })
    }
}
