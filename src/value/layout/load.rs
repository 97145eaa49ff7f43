//! Reading memory: what a slot holds, as a value of the language.

use super::memory::{Memory, View};
use super::number::read_bits;
use super::record::FieldAccess;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::heap::HEADER_SIZE;
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// Reads a number or word at an address of any alignment.
///
/// # Safety
/// The bytes can be read, and any bits are a `T`.
#[inline(always)]
pub(super) unsafe fn read<T: Copy>(address: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { (address as *const T).read_unaligned() }
}

impl Runtime {
    /// The value in a slot of memory. `holder` is the block or view that the address was computed from, nil for C's memory of
    /// which nothing is known (extern variables).
    ///
    /// A struct, union or array that stands in place gives a view into the same memory. Fails only for pointers: to managed memory
    /// that is no longer there, and for `cstr` to what is not UTF-8.
    ///
    /// # Safety
    /// A slot of this type stands at the address, within the holder's bounds.
    #[inline(always)]
    pub unsafe fn load(
        &mut self,
        holder: Value,
        address: usize,
        representation: Representation,
        type_id: TypeId,
    ) -> Result<Value, Thrown> {
        // SAFETY: the caller's promise, in each arm.
        unsafe {
            Ok(match representation {
                Representation::Any => Value(read::<u64>(address)),
                Representation::F64 => Value::float_from_memory(read::<f64>(address)),
                Representation::I32 => Value::inline_int(read::<i32>(address) as i64),
                Representation::U8 => Value::inline_int(read::<u8>(address) as i64),
                Representation::I64 => self.int(read::<i64>(address)),
                _ => return self.load_slow(holder, address, representation, type_id),
            })
        }
    }

    /// The rest of [`Runtime::load`].
    ///
    /// # Safety
    /// As there.
    pub unsafe fn load_slow(
        &mut self,
        holder: Value,
        address: usize,
        representation: Representation,
        type_id: TypeId,
    ) -> Result<Value, Thrown> {
        // SAFETY: the caller's promise, in each arm.
        unsafe {
            Ok(match representation {
                Representation::I8 | Representation::Char => Value::inline_int(read::<i8>(address) as i64),
                Representation::I16 => Value::inline_int(read::<i16>(address) as i64),
                Representation::I32 => Value::inline_int(read::<i32>(address) as i64),
                Representation::U8 => Value::inline_int(read::<u8>(address) as i64),
                Representation::U16 => Value::inline_int(read::<u16>(address) as i64),
                Representation::U32 => Value::inline_int(read::<u32>(address) as i64),
                Representation::I64 | Representation::U64 => self.int(read::<i64>(address)),
                Representation::F32 => Value::float_from_memory(read::<f32>(address) as f64),
                Representation::F64 => Value::float_from_memory(read::<f64>(address)),
                Representation::Bool => Value::bool(read::<u8>(address) != 0),
                Representation::Any | Representation::Reference => Value(read::<u64>(address)),
                Representation::String => return self.load_string(read(address), read(address + 8)),
                Representation::Slice => return self.load_slice(read(address), read(address + 8), type_id),
                Representation::Pointer => return self.pointer_value(read(address), type_id),
                Representation::FunctionPointer => return self.function_value(read(address), type_id),
                Representation::CString => return self.copy_c_string(read(address)),
                Representation::Record => self.record_in_place(holder, address, type_id),
                Representation::Array => self.array_in_place(holder, address, type_id),
                Representation::None => Value::NIL,
            })
        }
    }

    /// The value of a field.
    ///
    /// # Safety
    /// The field stands at `address`, within the holder's bounds.
    #[inline(always)]
    pub unsafe fn load_field(&mut self, holder: Value, address: usize, access: &FieldAccess) -> Result<Value, Thrown> {
        // SAFETY: the caller's promise.
        unsafe {
            match access.bits {
                None => self.load(holder, address, access.representation, access.type_id),
                Some(bits) => {
                    let number = read_bits(address, access.representation, bits);
                    Ok(if access.representation == Representation::Bool { Value::bool(number != 0) } else { self.int(number) })
                }
            }
        }
    }

    /// A struct or union that stands at an address in the memory of `holder`, as a value that shares its bytes.
    pub fn record_in_place(&mut self, holder: Value, address: usize, type_id: TypeId) -> Value {
        let memory = self.memory_in_place(holder, address, type_id.with_view());
        self.new_view(View { memory, count: 0 })
    }

    /// An array that stands at an address in the memory of `holder`, as a slice. A flexible one reaches to the end of the object.
    pub fn array_in_place(&mut self, holder: Value, address: usize, type_id: TypeId) -> Value {
        let TypeKind::Array { length, element } = self.types.info(type_id).kind else { return Value::NIL };
        let slice = self.types.slice(element);
        let mut memory = self.memory_in_place(holder, address, slice);
        let mut count = length as usize;
        if length == 0 {
            let size = self.types.info(element).size.max(1) as usize;
            if memory.is_unchecked() {
                memory.flags |= ViewObject::FLAG_UNBOUNDED;
                count = i64::MAX as usize / size;
            } else {
                count = memory.high.saturating_sub(address) / size;
            }
        }
        self.new_view(View { memory, count })
    }

    /// The memory of `holder` seen from another address in it.
    pub(super) fn memory_in_place(&self, holder: Value, address: usize, type_id: TypeId) -> Memory {
        match Memory::of(holder) {
            Some(memory) => Memory { type_id, address, flags: memory.flags | self.const_flag(memory.type_id), ..memory },
            None => Memory { type_id, address, owner: Value::NIL, low: 0, high: 0, flags: 0 },
        }
    }

    /// The flag of views made through a pointer of this type.
    fn const_flag(&self, type_id: TypeId) -> u64 {
        match self.types.info(type_id).kind {
            TypeKind::Pointer { is_const: true, .. } => ViewObject::FLAG_CONST,
            _ => 0,
        }
    }

    /// The value of a `string` slot: the very string that was stored.
    fn load_string(&mut self, data: usize, size: usize) -> Result<Value, Thrown> {
        if data == 0 {
            return Ok(Value::NIL);
        }
        if self.heap.is_managed(data) {
            let found = self.expect_live(data)?;
            let value = Value::reference(found.address);
            let is_whole = found.kind == Kind::String as u8
                && data == found.address.get() + HEADER_SIZE
                && value.header().meta as u32 as usize == size;
            if is_whole {
                return Ok(value);
            }
        }
        // C wrote here, which it must not; what it left can still be read.
        // SAFETY: that is what a string slot says; C's memory cannot be checked.
        let bytes = unsafe { std::slice::from_raw_parts(data as *const u8, size) };
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.string(&text)
    }

    /// The value of a `[]T` slot: the very block where it is a whole one.
    fn load_slice(&mut self, data: usize, count: usize, type_id: TypeId) -> Result<Value, Thrown> {
        if data == 0 {
            return Ok(Value::NIL);
        }
        let mut memory = Memory { type_id, address: data, owner: Value::NIL, low: 0, high: 0, flags: 0 };
        let bytes = count.saturating_mul(self.types.info(type_id).target_size as usize);
        if self.heap.is_managed(data) {
            let found = self.expect_live(data)?;
            let owner = Value::reference(found.address);
            let header = owner.header();
            if data == found.payload_start && header.type_id == type_id.0 && header.meta as usize == bytes {
                return Ok(owner);
            }
            memory.owner = owner;
            (memory.low, memory.high) = if found.kind == Kind::Block as u8 {
                self.bounds_in(owner, data, self.types.info(type_id).target)
            } else {
                memory.flags = ViewObject::FLAG_CONST;
                (found.payload_start, found.payload_start + header.meta as u32 as usize + 1)
            };
            if !memory.allows(data, bytes) {
                return self.fail(ErrorKind::IndexError, "a slice in memory reaches beyond its object");
            }
        }
        Ok(self.new_view(View { memory, count }))
    }

    /// The value of a C function's address.
    pub fn function_value(&mut self, address: usize, type_id: TypeId) -> Result<Value, Thrown> {
        if address == 0 {
            return Ok(Value::NIL);
        }
        if let Some(callback) = self.callback_at(address) {
            let is_whole = callback.header().type_id == type_id.0;
            return Ok(if is_whole { callback } else { self.view_of_code(callback, address, type_id) });
        }
        if self.heap.is_managed(address) {
            // Data that a cast calls code: whoever has the pointer keeps the data, and checks find it.
            let found = self.expect_live(address)?;
            return Ok(self.view_of_code(Value::reference(found.address), address, type_id));
        }
        let memory = Memory { type_id, address, owner: Value::NIL, low: 0, high: 0, flags: 0 };
        Ok(self.new_view(View { memory, count: 0 }))
    }

    /// A C string copied into a string value; nil for NULL. What is not UTF-8 is a `ValueError`.
    pub fn copy_c_string(&mut self, address: usize) -> Result<Value, Thrown> {
        if address == 0 {
            return Ok(Value::NIL);
        }
        // SAFETY: C says that a string ends with a NUL; its memory cannot be checked.
        let bytes = unsafe { std::ffi::CStr::from_ptr(address as *const std::ffi::c_char) }.to_bytes();
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.to_string();
                self.string(&text)
            }
            Err(error) => {
                let message = format!("a C string is not UTF-8 (byte {} of it); read it with ffi.bytes", error.valid_up_to());
                self.fail(ErrorKind::ValueError, message)
            }
        }
    }
}
