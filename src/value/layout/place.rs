//! Pointers as values: `&place`, arithmetic, comparison.

use super::element::offset_address;
use super::memory::{Memory, View};
use super::record::{FieldAccess, Member};
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

impl Runtime {
    /// `&holder.name`.
    pub fn address_of_field(&mut self, holder: Value, name: &str) -> Result<Value, Thrown> {
        let (access, address) = self.expect_field(holder, name)?;
        if access.bits.is_some() {
            let message = format!("{name} is a bit-field, which has no address");
            return self.fail(ErrorKind::TypeError, message);
        }
        self.pointer_in_place(holder, address, access.type_id)
    }

    /// `&holder[index]`.
    pub fn address_of_index(&mut self, holder: Value, index: Value) -> Result<Value, Thrown> {
        let (address, element, _) = self.element_address(holder, index)?;
        self.pointer_in_place(holder, address, element)
    }

    /// `&value` of a struct value, or of a slice: a pointer to its first element.
    pub fn address_of_value(&mut self, value: Value) -> Result<Value, Thrown> {
        let memory = Memory::of(value).map(|memory| (memory, self.types.info(memory.type_id)));
        match memory.map(|(memory, info)| (memory.address, memory.type_id, info.target, info.representation)) {
            Some((address, record, _, Representation::Record)) => self.pointer_in_place(value, address, record),
            Some((address, _, element, Representation::Slice)) => self.pointer_in_place(value, address, element),
            _ => self.fail(ErrorKind::TypeError, "a local has no address; use new"),
        }
    }

    /// A pointer to what stands at an address in the memory of `holder`; for an array in place to its first element.
    pub fn pointer_in_place(&mut self, holder: Value, address: usize, target: TypeId) -> Result<Value, Thrown> {
        let target = match self.types.info(target).kind {
            TypeKind::Array { element, .. } => element,
            _ => target,
        };
        let mut memory = self.memory_in_place(holder, address, target);
        let is_const = memory.flags & ViewObject::FLAG_CONST != 0;
        memory.type_id = self.types.pointer(is_const, target);
        memory.flags &= ViewObject::FLAG_CONST;
        if memory.owner.is_kind(Kind::Block) {
            let owner = memory.owner;
            if owner.address().payload() as usize == address && owner.header().type_id == memory.type_id.0 {
                return Ok(owner);
            }
            (memory.low, memory.high) = self.bounds_in(owner, address, target);
        }
        Ok(self.new_view(View { memory, count: 0 }))
    }

    /// `pointer + count` (or `-`): must stay in its object or one past its end.
    pub fn offset_pointer(&mut self, pointer: Value, count: Value, is_minus: bool) -> Result<Value, Thrown> {
        let Some(memory) = self.pointer_memory(pointer) else {
            let message = format!("only pointers are moved, not {}", self.type_name_of(pointer));
            return self.fail(ErrorKind::TypeError, message);
        };
        let Some(number) = count.to_int() else {
            let message = format!("a pointer is moved by an int, not {}", self.type_name_of(count));
            return self.fail(ErrorKind::TypeError, message);
        };
        if let Err(message) = self.types.check_target(memory.type_id) {
            return self.fail(ErrorKind::TypeError, message);
        }
        let size = self.types.info(memory.type_id).target_size as usize;
        let number = if is_minus { number.checked_neg() } else { Some(number) };
        match number.and_then(|number| offset_address(memory.address, number, size)) {
            Some(address) if memory.allows(address, 0) => {
                Ok(self.new_view(View { memory: Memory { address, ..memory }, count: 0 }))
            }
            _ => {
                self.check_live(pointer)?;
                let message = format!("{} would leave the object it points into", self.types.name(memory.type_id));
                self.fail(ErrorKind::IndexError, message)
            }
        }
    }

    /// `left - right`: how many elements lie between two pointers of one type.
    pub fn pointer_difference(&mut self, left: Value, right: Value) -> Result<Value, Thrown> {
        let (Some(a), Some(b)) = (self.pointer_memory(left), self.pointer_memory(right)) else {
            let message = format!("{} - {} has no meaning", self.type_name_of(left), self.type_name_of(right));
            return self.fail(ErrorKind::TypeError, message);
        };
        let (target, other) = (self.types.info(a.type_id).target, self.types.info(b.type_id).target);
        if !self.types.are_one_behind_pointer(target, other) {
            let message =
                format!("{} - {}: they point to different types", self.types.name(a.type_id), self.types.name(b.type_id));
            return self.fail(ErrorKind::TypeError, message);
        }
        if let Err(message) = self.types.check_target(a.type_id) {
            return self.fail(ErrorKind::TypeError, message);
        }
        if !a.owner.is_nil() && !b.owner.is_nil() && a.owner != b.owner {
            return self.fail(ErrorKind::ValueError, "the pointers point into two objects, which have no distance");
        }
        let size = (self.types.info(target).size as i64).max(1);
        let bytes = (a.address as i64).wrapping_sub(b.address as i64);
        if bytes % size != 0 {
            return self.fail(ErrorKind::ValueError, "the pointers are not a whole number of elements apart");
        }
        Ok(self.int(bytes / size))
    }

    /// Whether a value is a pointer (`*T` or the address of a C function).
    #[inline]
    pub fn is_pointer(&self, value: Value) -> bool {
        self.pointer_memory(value).is_some()
    }

    /// The address of a pointer value; `None` for any other. Pointers are equal and ordered by it.
    #[inline]
    pub fn pointer_address(&self, value: Value) -> Option<usize> {
        self.pointer_memory(value).map(|memory| memory.address)
    }

    fn pointer_memory(&self, value: Value) -> Option<Memory> {
        if let Some(code) = value.callback_code() {
            let type_id = TypeId(value.header().type_id);
            return Some(Memory { type_id, address: code, owner: value, low: code, high: code, flags: 0 });
        }
        let memory = Memory::of(value)?;
        let representation = self.types.info(memory.type_id).representation;
        matches!(representation, Representation::Pointer | Representation::FunctionPointer).then_some(memory)
    }

    /// Where a struct value stands, with its type: struct values are identical if both agree.
    #[inline]
    pub fn record_identity(&self, value: Value) -> Option<(usize, TypeId)> {
        let memory = Memory::of(value)?;
        (self.types.info(memory.type_id).representation == Representation::Record).then_some((memory.address, memory.type_id))
    }

    // ------------------------------------------------------------ fields

    /// The field `name` of a struct value or of what a pointer points to, and where it stands; an error if there is none, or if the
    /// pointer leaves its bounds there.
    pub fn expect_field(&mut self, holder: Value, name: &str) -> Result<(FieldAccess, usize), Thrown> {
        let record = match Memory::of(holder) {
            Some(memory) => self.types.record_behind(memory.type_id).map(|(id, _)| id),
            None => None,
        };
        let Some(record) = record else { return self.no_member(holder, name) };
        match self.find_member(record, name) {
            Member::Field(access) => Ok((access, self.field_address(holder, &access)?)),
            Member::Method(_) => {
                let message = format!("{name} is a method of {}, not a field", self.types.name(record));
                self.fail(ErrorKind::TypeError, message)
            }
            Member::Missing => self.no_member(holder, name),
        }
    }

    /// Where a field of a struct value or of what a pointer points to stands.
    #[inline(always)]
    pub fn field_address(&mut self, holder: Value, access: &FieldAccess) -> Result<usize, Thrown> {
        let header = holder.header();
        // A block that is a struct value has all its fields; a pointer's type says that it is none, and views are checked.
        if header.kind == Kind::Block as u8 {
            return Ok(holder.address().payload() as usize + access.offset as usize);
        }
        // SAFETY: what has fields is a block or a view.
        let view = unsafe { &*holder.object::<ViewObject>() };
        let address = view.address.wrapping_add(access.offset as usize);
        if !view.owner.is_nil() {
            self.check_open(view.owner)?;
        }
        let is_inside =
            view.high == 0 || (address >= view.low && address <= view.high && view.high - address >= access.size as usize);
        if is_inside { Ok(address) } else { self.outside_field(holder) }
    }

    #[cold]
    fn outside_field(&mut self, holder: Value) -> Result<usize, Thrown> {
        self.check_live(holder)?;
        let message = format!("the field lies outside of the object that the {} points into", self.type_name_of(holder));
        self.fail(ErrorKind::IndexError, message)
    }
}
