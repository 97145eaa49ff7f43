//! `x as T`.
//!
//! | from | to |
//! |---|---|
//! | number, bool | number (wraps; a float saturates, NaN gives 0), bool |
//! | pointer, struct value, slice, nil | pointer |
//! | string | what takes its address: `*const c_char`, `*const u8`, `*const void` |
//! | pointer | `usize`, if it is pinned or not managed; nil is 0 |
//! | int | pointer |
//! | pointer, C function | C function pointer, and back |
//!
//! A value that already is of the type stays as it is. All else is a `TypeError`.

use super::compatible::PointerFit;
use super::memory::{Memory, View};
use super::number::{saturate_float, wrap_integer};
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::object::{CFunctionObject, Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

impl Runtime {
    /// `value as type_id`.
    pub fn cast(&mut self, value: Value, type_id: TypeId) -> Result<Value, Thrown> {
        let info = self.types.info(type_id);
        match (&info.kind, info.representation) {
            (TypeKind::Integer { .. } | TypeKind::Enum(_), representation) => {
                self.cast_to_integer(value, type_id, representation)
            }
            (TypeKind::Float { bits }, _) => {
                let is_narrow = *bits == 32;
                match value.to_float().or_else(|| value.is_bool().then(|| value.is_truthy() as u8 as f64)) {
                    // An int is rounded once, not by way of a double.
                    Some(number) if is_narrow => {
                        let narrow = value.to_int().map_or(number as f32, |int| int as f32);
                        Ok(Value::float_from_memory(narrow as f64))
                    }
                    Some(number) => Ok(Value::float(number)),
                    None => self.no_cast(value, type_id),
                }
            }
            (_, Representation::Bool) => match value.to_float() {
                Some(number) => Ok(Value::bool(number != 0.0)),
                None if value.is_bool() => Ok(value),
                None => self.no_cast(value, type_id),
            },
            (TypeKind::Pointer { .. }, _) => self.cast_to_pointer(value, type_id),
            (TypeKind::Function(_), _) => self.cast_to_function(value, type_id),
            _ if self.is_of_type(value, type_id) => Ok(value),
            _ => self.no_cast(value, type_id),
        }
    }

    fn cast_to_integer(&mut self, value: Value, type_id: TypeId, representation: Representation) -> Result<Value, Thrown> {
        if let Some(number) = value.to_int() {
            return Ok(self.int(wrap_integer(number, representation)));
        }
        if value.is_float() {
            let number = saturate_float(value.as_float(), representation);
            return Ok(self.int(number));
        }
        if value.is_bool() {
            return Ok(Value::inline_int(value.is_truthy() as i64));
        }
        if type_id == TypeId::USIZE {
            if value.is_nil() {
                return Ok(Value::inline_int(0));
            }
            if let Some(address) = self.pointer_address(value) {
                self.check_live(value)?;
                return self.address_as_int(address);
            }
        }
        self.no_cast(value, type_id)
    }

    /// The address as an int: no check can follow it from there, so managed memory must be pinned.
    pub fn address_as_int(&mut self, address: usize) -> Result<Value, Thrown> {
        let kept = self.heap.resolve_alias(address);
        if self.heap.is_managed(kept) && !self.heap.is_pinned(kept) && !self.needs_no_pin(kept) {
            let message = "a pointer to unpinned managed memory cannot become an integer; pin it first: pinner.pin(…)";
            return self.fail(ErrorKind::PinError, message);
        }
        Ok(self.int(address as i64))
    }

    fn cast_to_pointer(&mut self, value: Value, type_id: TypeId) -> Result<Value, Thrown> {
        if value.is_nil() || TypeId(self.type_of(value).0) == type_id {
            return Ok(value);
        }
        if let Some(number) = value.to_int() {
            return self.pointer_value(number as usize, type_id);
        }
        if value.is_kind(Kind::String) {
            return match self.fit_pointer(value, type_id) {
                PointerFit::Address(address) => self.pointer_into(value, address, type_id),
                PointerFit::HasNul => {
                    self.fail(ErrorKind::ValueError, "the string has a NUL inside, where C would end it; cast it to *const u8")
                }
                PointerFit::Freed | PointerFit::No => self.no_cast(value, type_id),
            };
        }
        if value.is_kind(Kind::Callback) {
            let code = self.expect_code(value)?;
            return self.pointer_value(code, type_id);
        }
        if value.is_kind(Kind::CFunction) {
            let function_type = c_function_type(value);
            let address = self.expect_function(value, function_type, super::Destination::Cast(type_id))?;
            return self.pointer_value(address, type_id);
        }
        let Some(memory) = Memory::of(value) else { return self.no_cast(value, type_id) };
        let Some((is_const, target)) = self.pointer_parts(type_id) else { return self.no_cast(value, type_id) };
        if !is_const && memory.owner.is_kind(Kind::String) {
            let message = format!("cannot drop const from a pointer into a string ({})", self.types.name(memory.type_id));
            return self.fail(ErrorKind::TypeError, message);
        }
        let from = self.types.info(memory.type_id);
        let from_target = match from.kind {
            TypeKind::Record(_) => memory.type_id,
            TypeKind::Function(_) => TypeId::VOID,
            _ => from.target,
        };
        self.check_reinterpretation(memory, from_target, target, type_id)?;
        let flags = if is_const { memory.flags & ViewObject::FLAG_CONST } else { 0 };
        if memory.owner.is_kind(Kind::Block) {
            if memory.owner.address().payload() as usize == memory.address && memory.owner.header().type_id == type_id.0 {
                return Ok(memory.owner);
            }
            let (low, high) = self.bounds_in(memory.owner, memory.address, target);
            return Ok(self.new_view(View { memory: Memory { type_id, low, high, flags, ..memory }, count: 0 }));
        }
        Ok(self.new_view(View { memory: Memory { type_id, flags, ..memory }, count: 0 }))
    }

    /// Managed kinds exist only where the layout of a managed object has them: neither they nor what only looks like them may be
    /// seen as something else, except through `*void`.
    fn check_reinterpretation(&mut self, memory: Memory, from: TypeId, to: TypeId, pointer: TypeId) -> Result<(), Thrown> {
        if to == TypeId::VOID || self.types.are_one_behind_pointer(from, to) {
            return Ok(());
        }
        let wants_managed = self.types.info(to).holds_managed;
        let has_managed = self.types.info(from).holds_managed || self.holds_managed_around(memory.owner);
        if !wants_managed && !has_managed {
            return Ok(());
        }
        let is_there = memory.owner.is_kind(Kind::Block) && self.array_around(memory.owner, memory.address, to).is_some();
        if is_there {
            return Ok(());
        }
        let message = if wants_managed {
            format!("{} would read other memory as managed values", self.types.name(pointer))
        } else {
            format!("{} would look into managed values", self.types.name(pointer))
        };
        self.fail(ErrorKind::TypeError, message)
    }

    fn holds_managed_around(&self, owner: Value) -> bool {
        if !owner.is_kind(Kind::Block) {
            return false;
        }
        let (_, content, _) = self.block_content(owner.header(), owner.address().payload() as usize);
        self.types.info(content).holds_managed
    }

    fn cast_to_function(&mut self, value: Value, type_id: TypeId) -> Result<Value, Thrown> {
        if value.is_nil() || (value.is_kind(Kind::Callback) && value.header().type_id == type_id.0) {
            return Ok(value);
        }
        if let Some(address) = self.pointer_address(value) {
            return self.function_value(address, type_id);
        }
        if value.is_kind(Kind::CFunction) {
            let address = self.expect_function(value, type_id, super::Destination::Cast(type_id))?;
            return self.function_value(address, type_id);
        }
        self.no_cast(value, type_id)
    }

    #[cold]
    fn no_cast<T>(&mut self, value: Value, type_id: TypeId) -> Result<T, Thrown> {
        let hint = match self.types.info(type_id).kind {
            TypeKind::Integer { .. } if self.pointer_address(value).is_some() => "; a pointer is cast to usize",
            TypeKind::Integer { .. } if Memory::of(value).is_some() => "; its address is ffi.address(x)",
            TypeKind::Integer { .. } | TypeKind::Float { .. } if value.is_kind(Kind::String) => {
                "; use int(s) or float(s) to read a number"
            }
            _ => "",
        };
        let message = format!("{} cannot be cast to {}{hint}", self.type_name_of(value), self.types.name(type_id));
        self.fail(ErrorKind::TypeError, message)
    }
}

/// The C function type of a `CFunction`.
pub(super) fn c_function_type(value: Value) -> TypeId {
    debug_assert!(value.is_kind(Kind::CFunction));
    // SAFETY: the kind says that a `CFunctionObject` is there.
    TypeId(unsafe { (*value.object::<CFunctionObject>()).function_type } as u32)
}
