//! Elements of slices and of what pointers point to: `s[i]`, `p[i]`, `s[a..b]`.

use super::destination::Destination;
use super::memory::{Memory, View};
use super::store::store_number;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeInfo, TypeKind};
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// The elements of a slice.
#[derive(Clone, Copy, Debug)]
pub struct SliceParts {
    /// Of the first element.
    pub address: usize,
    pub count: usize,
    pub element: TypeId,
    /// Bytes of one element.
    pub size: usize,
    pub representation: Representation,
    /// Nobody knows its end: `count` is only a bound for indexes.
    pub is_unbounded: bool,
}

impl Runtime {
    /// `holder[index]` in the common cases: a number or struct in a block, or in the memory of a block or of C's that a slice or pointer
    /// shows. The undefined value leaves it, and every error, to [`Runtime::get_index`].
    #[inline(never)]
    pub fn quick_element(&mut self, holder: Value, index: i64) -> Value {
        let Some((address, info)) = self.quick_place(holder, index) else { return Value::UNDEFINED };
        // SAFETY: `quick_place` gives elements within the bounds of the holder only.
        unsafe {
            match info.target_representation {
                Representation::I32 => Value::inline_int(super::load::read::<i32>(address) as i64),
                Representation::U8 => Value::inline_int(super::load::read::<u8>(address) as i64),
                Representation::F64 => Value::float_from_memory(super::load::read::<f64>(address)),
                Representation::I64 => Value::try_inline_int(super::load::read::<i64>(address)).unwrap_or(Value::UNDEFINED),
                // A pointer has the bounds of its struct's object, which for a struct in memory is another question.
                Representation::Record if info.representation == Representation::Slice => {
                    let type_id = info.target.with_view();
                    self.record_element(holder, address, type_id)
                }
                _ => Value::UNDEFINED,
            }
        }
    }

    /// `holder[index] = value` for numbers in a block, or in what a slice shows of one or of C's memory; false leaves it, and every error,
    /// to [`Runtime::set_index`].
    #[inline(never)]
    pub fn quick_set_element(&mut self, holder: Value, index: i64, value: Value) -> bool {
        let Some((address, info)) = self.quick_place(holder, index) else { return false };
        // SAFETY: a block or a view, or there would be no place.
        let may_write = holder.is_kind(Kind::Block)
            || (info.representation == Representation::Slice && unsafe { (*holder.object::<ViewObject>()).flags == 0 });
        // SAFETY: `quick_place` gives elements within the bounds of the holder only.
        may_write && unsafe { store_number(address, info.target_representation, value) }
    }

    /// Where an element stands, and what is known of the holder's type, if it is an element of memory that a block holds or of C's.
    #[inline(always)]
    fn quick_place(&self, holder: Value, index: i64) -> Option<(usize, &TypeInfo)> {
        if !holder.is_kind(Kind::Block) && !holder.is_kind(Kind::View) {
            return None;
        }
        let header = holder.header();
        let info = self.types.info(TypeId(header.type_id));
        let offset = (index as isize).checked_mul(info.target_size as isize).filter(|_| info.target_size != 0)?;
        if header.kind == Kind::Block as u8 {
            // A block is a whole number of elements, so one that begins inside ends inside.
            let is_inside = (offset as usize) < header.meta as usize;
            return is_inside.then(|| (holder.address().payload() as usize + offset as usize, info));
        }
        // SAFETY: it is a view, or else a block.
        let view = unsafe { &*holder.object::<ViewObject>() };
        if view.flags & ViewObject::FLAG_UNBOUNDED != 0 || !(view.owner.is_nil() || view.owner.is_kind(Kind::Block)) {
            return None;
        }
        let address = view.address.checked_add_signed(offset)?;
        let is_inside = if info.representation == Representation::Slice {
            (index as usize) < view.count
        } else {
            let size = info.target_size as usize;
            view.high == 0 || (address >= view.low && address <= view.high && view.high - address >= size)
        };
        is_inside.then_some((address, info))
    }

    /// A struct in a slice, as a value that shares its bytes.
    #[inline(never)]
    fn record_element(&mut self, slice: Value, address: usize, type_id: TypeId) -> Value {
        let header = slice.header();
        let memory = if header.kind == Kind::Block as u8 {
            let low = slice.address().payload() as usize;
            Memory { type_id, address, owner: slice, low, high: low + header.meta as usize, flags: 0 }
        } else {
            // SAFETY: what has elements is a block or a view.
            let view = unsafe { &*slice.object::<ViewObject>() };
            Memory { type_id, address, owner: view.owner, low: view.low, high: view.high, flags: view.flags }
        };
        self.new_view(View { memory, count: 0 })
    }

    /// The elements of a slice; `None` for any other value.
    #[inline]
    pub fn slice_parts(&self, value: Value) -> Option<SliceParts> {
        let memory = Memory::of(value)?;
        let info = self.types.info(memory.type_id);
        if info.representation != Representation::Slice {
            return None;
        }
        let size = info.target_size as usize;
        let (count, is_unbounded) = if value.is_kind(Kind::View) {
            // SAFETY: the kind says that a `ViewObject` is there.
            (unsafe { (*value.object::<ViewObject>()).count }, memory.flags & ViewObject::FLAG_UNBOUNDED != 0)
        } else {
            (((memory.high - memory.low) / size.max(1)), false)
        };
        let (element, representation) = (info.target, info.target_representation);
        Some(SliceParts { address: memory.address, count, element, size, representation, is_unbounded })
    }

    /// The value of `holder[index]`, where the holder is a block or view: an element of a slice or of what a pointer points to.
    #[inline]
    pub fn get_index(&mut self, holder: Value, index: Value) -> Result<Value, Thrown> {
        let (address, element, representation) = self.element_address(holder, index)?;
        // SAFETY: `element_address` gives elements within the bounds of the holder only.
        unsafe { self.load(holder, address, representation, element) }
    }

    /// `holder[index] = value`.
    #[inline]
    pub fn set_index(&mut self, holder: Value, index: Value, value: Value) -> Result<(), Thrown> {
        let (address, element, representation) = self.element_address(holder, index)?;
        self.check_writable(holder)?;
        let destination = Destination::Element(TypeId(holder.header().type_id).without_view());
        // SAFETY: `element_address` gives elements within the bounds of the holder only, which may be written to.
        unsafe { self.store(holder, address, representation, element, value, destination) }
    }

    /// Where the element at an index stands, with its type; an error if the holder has no such element.
    #[inline]
    pub fn element_address(&mut self, holder: Value, index: Value) -> Result<(usize, TypeId, Representation), Thrown> {
        if holder.is_kind(Kind::Block) && index.is_inline_int() {
            let header = holder.header();
            let info = self.types.info(TypeId(header.type_id));
            let size = info.target_size as usize;
            let offset = (index.as_inline_int() as usize).checked_mul(size);
            // A block is a whole number of elements, so one that begins inside ends inside.
            if let Some(offset) = offset
                && offset < header.meta as usize
                && size > 0
            {
                return Ok((holder.address().payload() as usize + offset, info.target, info.target_representation));
            }
        }
        self.element_address_slow(holder, index)
    }

    fn element_address_slow(&mut self, holder: Value, index: Value) -> Result<(usize, TypeId, Representation), Thrown> {
        let Some(memory) = Memory::of(holder) else {
            let message = format!("a value of type {} has no elements", self.type_name_of(holder));
            return self.fail(ErrorKind::TypeError, message);
        };
        self.check_open(memory.owner)?;
        let info = self.types.info(memory.type_id);
        let (target, size, representation) = (info.target, info.target_size as usize, info.target_representation);
        let is_pointer = match info.kind {
            TypeKind::Slice { .. } => false,
            TypeKind::Pointer { .. } => true,
            _ => {
                let message = format!("{} has no elements; it needs a [] operator", info.name);
                return self.fail(ErrorKind::TypeError, message);
            }
        };
        let Some(number) = index.to_int() else {
            let message = format!("an index of {} is an int, not {}", info.name, self.type_name_of(index));
            return self.fail(ErrorKind::TypeError, message);
        };
        if !is_pointer {
            let count = self.slice_parts(holder).map_or(0, |slice| slice.count);
            if (number as u64) < count as u64 {
                return Ok((memory.address.wrapping_add(number as usize * size), target, representation));
            }
            self.check_live(holder)?;
            let message = format!("index {number} is outside of {} of {count} elements", self.types.name(memory.type_id));
            return self.fail(ErrorKind::IndexError, message);
        }
        if let Err(message) = self.types.check_target(memory.type_id) {
            return self.fail(ErrorKind::TypeError, message);
        }
        match offset_address(memory.address, number, size) {
            Some(address) if memory.allows(address, size) => Ok((address, target, representation)),
            _ => {
                self.check_live(holder)?;
                let message =
                    format!("index {number} of {} lies outside of the object it points into", self.types.name(memory.type_id));
                self.fail(ErrorKind::IndexError, message)
            }
        }
    }

    /// `slice[from..to]`: a view of the same memory; nil for an end that is left out.
    pub fn get_part(&mut self, slice: Value, from: Value, to: Value, is_closed: bool) -> Result<Value, Thrown> {
        self.check_live(slice)?;
        let (Some(parts), Some(memory)) = (self.slice_parts(slice), Memory::of(slice)) else {
            let hint = if Memory::of(slice).is_some() { "; make a slice of a pointer with ffi.view(p, n)" } else { "" };
            let message = format!("a part can be taken of slices, not of {}{hint}", self.type_name_of(slice));
            return self.fail(ErrorKind::TypeError, message);
        };
        for end in [from, to] {
            if !end.is_nil() && end.to_int().is_none() {
                let message = format!("the ends of a part are ints, not {}", self.type_name_of(end));
                return self.fail(ErrorKind::TypeError, message);
            }
        }
        let first = from.to_int().unwrap_or(0);
        let behind = match to.to_int() {
            Some(last) if is_closed => last.checked_add(1),
            Some(end) => Some(end),
            None => Some(parts.count as i64),
        };
        match behind {
            Some(behind) if first >= 0 && first <= behind && behind as u64 <= parts.count as u64 => {
                let keeps_unbounded = parts.is_unbounded && to.is_nil();
                let flags = if keeps_unbounded { memory.flags } else { memory.flags & !ViewObject::FLAG_UNBOUNDED };
                let address = parts.address + first as usize * parts.size;
                let count = (behind - first) as usize;
                Ok(self.new_view(View { memory: Memory { address, flags, ..memory }, count }))
            }
            _ => {
                let to = behind.map_or("beyond all ints".to_string(), |behind| behind.to_string());
                let name = self.types.name(memory.type_id);
                let message = format!("part {first}..{to} is outside of {name} of {} elements", parts.count);
                self.fail(ErrorKind::IndexError, message)
            }
        }
    }
}

/// An address some elements further on; `None` where it leaves the address space.
pub(super) fn offset_address(address: usize, count: i64, size: usize) -> Option<usize> {
    let bytes = (count as i128) * (size as i128);
    usize::try_from(address as i128 + bytes).ok()
}
