//! Writing memory: values of the language converted to what C expects.

use super::compatible::PointerFit;
use super::destination::Destination;
use super::memory::Memory;
use super::number::{bit_field_range, integer_fits, write_bits};
use super::record::FieldAccess;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::heap::{Heap, Shape};
use crate::value::object::{CFunctionObject, Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// Writes a number or word at an address of any alignment.
///
/// # Safety
/// The bytes can be written.
#[inline(always)]
pub(super) unsafe fn write<T: Copy>(address: usize, value: T) {
    // SAFETY: the caller's promise.
    unsafe { (address as *mut T).write_unaligned(value) }
}

/// Puts an inline int or a float into a slot of numbers that takes it; false leaves the slot as it is, for [`Runtime::store`] to know why.
///
/// # Safety
/// A slot of this representation stands at the address, and can be written.
#[inline(always)]
pub unsafe fn store_number(address: usize, representation: Representation, value: Value) -> bool {
    use Representation as R;
    // SAFETY: the caller's promise, in each arm.
    unsafe {
        if value.is_inline_int() {
            let number = value.as_inline_int();
            match representation {
                R::I64 | R::U64 => write(address, number),
                R::I32 if number as i32 as i64 == number => write(address, number as i32),
                R::U32 if number as u32 as i64 == number => write(address, number as u32),
                R::U8 if number as u8 as i64 == number => write(address, number as u8),
                _ => return false,
            }
            return true;
        }
        if value.is_float() && representation == R::F64 {
            write(address, value.0);
            return true;
        }
        false
    }
}

/// Every write of a tagged word into memory in C layout goes through here, as those into other objects go through
/// [`write_value`](crate::value::write_value), so that marking in steps learns of it. Numbers and pointers tell nobody: memory that
/// holds pointers is looked into at the end of marking, whoever wrote it (see `block_shape`).
///
/// # Safety
/// The word can be written.
#[inline(always)]
pub(super) unsafe fn write_word(heap: &mut Heap, address: usize, word: u64) {
    // SAFETY: the caller's promise.
    unsafe { write(address, word) }
    heap.note_reference(word);
}

impl Runtime {
    /// Puts a value into a slot of memory, converted by the table of conversions. `holder` is the block or view that the address
    /// was computed from, nil for C's memory of which nothing is known.
    ///
    /// An int out of range is a `ValueError`, a value of the wrong type a `TypeError`, a managed pointer where the collector would
    /// not see it a `PinError`; the slot then keeps its content. Whether the holder may be written to is the caller's question
    /// (`check_writable`).
    ///
    /// # Safety
    /// A slot of this type stands at the address, within the holder's bounds.
    #[inline(always)]
    pub unsafe fn store(
        &mut self,
        holder: Value,
        address: usize,
        representation: Representation,
        type_id: TypeId,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        // SAFETY: the caller's promise, in each arm.
        unsafe {
            if representation == Representation::Any {
                write_word(&mut self.heap, address, value.0);
                return Ok(());
            }
            if store_number(address, representation, value) {
                return Ok(());
            }
            if representation == Representation::Pointer {
                return self.store_pointer(holder, address, type_id, value, destination);
            }
            self.store_slow(holder, address, representation, type_id, value, destination)
        }
    }

    /// The rest of [`Runtime::store`].
    ///
    /// # Safety
    /// As there.
    pub unsafe fn store_slow(
        &mut self,
        holder: Value,
        address: usize,
        representation: Representation,
        type_id: TypeId,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        use Representation as R;
        // SAFETY: the caller's promise, in each arm.
        unsafe {
            match representation {
                R::I8 | R::U8 | R::Char => write(address, self.expect_integer(value, type_id, destination)? as u8),
                R::I16 | R::U16 => write(address, self.expect_integer(value, type_id, destination)? as u16),
                R::I32 | R::U32 => write(address, self.expect_integer(value, type_id, destination)? as u32),
                R::I64 | R::U64 => write(address, self.expect_integer(value, type_id, destination)?),
                R::F32 => write(address, self.expect_f32(value, type_id, destination)?),
                R::F64 => match value.to_float() {
                    Some(number) => write(address, number),
                    None => return self.wrong_type(destination, type_id, value),
                },
                R::Bool => match value {
                    Value::TRUE => write(address, 1u8),
                    Value::FALSE => write(address, 0u8),
                    _ => return self.wrong_type(destination, type_id, value),
                },
                R::Any => write_word(&mut self.heap, address, value.0),
                R::Reference => {
                    if !value.is_nil() && !self.is_of_managed_kind(value, type_id) {
                        return self.wrong_type(destination, type_id, value);
                    }
                    write_word(&mut self.heap, address, value.0);
                }
                R::String => {
                    let (data, size) = match value.kind() {
                        _ if value.is_nil() => (0, 0),
                        Some(Kind::String) => (value.as_str().as_ptr() as usize, value.string_length()),
                        _ => return self.wrong_type(destination, type_id, value),
                    };
                    self.check_store(holder, address, data)?;
                    write(address, data as u64);
                    write(address + 8, size);
                }
                R::Slice => {
                    let (data, count) = self.expect_slice(value, type_id, destination)?;
                    self.check_store(holder, address, data)?;
                    write(address, data as u64);
                    write(address + 8, count);
                }
                R::Pointer | R::CString => self.store_pointer(holder, address, type_id, value, destination)?,
                R::FunctionPointer => {
                    let pointer = self.expect_function(value, type_id, destination)?;
                    self.check_store(holder, address, pointer)?;
                    write(address, pointer as u64);
                }
                R::Record => {
                    let source = self.expect_record(value, type_id, destination)?;
                    self.copy_elements(holder, address, source, type_id, 1)?;
                }
                R::Array => self.store_array(holder, address, type_id, value, destination)?,
                R::None => return self.wrong_type(destination, type_id, value),
            }
        }
        Ok(())
    }

    /// Puts the address of what fits a pointer type (or `cstr`) into a slot.
    ///
    /// # Safety
    /// A slot of this type stands at the address, within the holder's bounds.
    #[inline(never)]
    unsafe fn store_pointer(
        &mut self,
        holder: Value,
        address: usize,
        type_id: TypeId,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        let pointer = self.expect_pointer(value, type_id, destination)?;
        self.check_store(holder, address, pointer)?;
        // SAFETY: the caller's promise.
        unsafe { write(address, pointer as u64) };
        Ok(())
    }

    /// Puts a value into a field.
    ///
    /// # Safety
    /// The field stands at `address`, within the holder's bounds.
    #[inline(always)]
    pub unsafe fn store_field(
        &mut self,
        holder: Value,
        address: usize,
        access: &FieldAccess,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        // SAFETY: the caller's promise.
        unsafe {
            match access.bits {
                None => self.store(holder, address, access.representation, access.type_id, value, destination),
                Some(_) => self.store_bits(address, access, value, destination),
            }
        }
    }

    /// # Safety
    /// The bytes that hold the bits can be written.
    unsafe fn store_bits(
        &mut self,
        address: usize,
        access: &FieldAccess,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        let Some(bits) = access.bits else { return Ok(()) };
        let number = match (access.representation, value, value.to_int()) {
            (Representation::Bool, Value::TRUE, _) => 1,
            (Representation::Bool, Value::FALSE, _) => 0,
            (representation, _, Some(number)) if representation != Representation::Bool => number,
            _ => return self.wrong_type(destination, access.type_id, value),
        };
        let (low, high) = bit_field_range(access.representation, bits);
        if access.representation != Representation::Bool && !(low..=high).contains(&number) {
            return self.out_of_bits(destination, access.type_id, bits, number);
        }
        // SAFETY: the caller's promise.
        unsafe { write_bits(address, bits, number) };
        Ok(())
    }

    // ------------------------------------------------------------ conversions

    /// An int in the range of an integer type.
    #[inline]
    pub fn expect_integer(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<i64, Thrown> {
        match value.to_int() {
            Some(number) if integer_fits(number, self.types.info(type_id).representation) => Ok(number),
            Some(number) => self.out_of_range(destination, type_id, number),
            None => self.wrong_type(destination, type_id, value),
        }
    }

    /// A number as an `f32`; a finite one must stay finite.
    pub fn expect_f32(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<f32, Thrown> {
        let Some(number) = value.to_float() else { return self.wrong_type(destination, type_id, value) };
        // An int is rounded once, not by way of a double.
        let narrow = value.to_int().map_or(number as f32, |int| int as f32);
        if number.is_finite() && narrow.is_infinite() {
            let message = format!("{number:e} overflows {}", self.types.name(type_id));
            return self.refuse_value(ErrorKind::ValueError, destination, &message);
        }
        Ok(narrow)
    }

    /// The address of what fits a pointer type (or `cstr`); 0 for nil.
    pub fn expect_pointer(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<usize, Thrown> {
        match self.fit_pointer(value, type_id) {
            PointerFit::Address(address) => {
                if value.is_kind(Kind::View) {
                    // SAFETY: the kind says that a `ViewObject` is there.
                    self.check_open(unsafe { (*value.object::<ViewObject>()).owner })?;
                }
                Ok(address)
            }
            PointerFit::HasNul => {
                self.refuse_value(ErrorKind::ValueError, destination, "the string has a NUL inside, where C would end it")
            }
            PointerFit::Freed => self.used_after_free(),
            PointerFit::No => self.wrong_type(destination, type_id, value),
        }
    }

    /// The code address of a C function of this type; 0 for nil.
    pub fn expect_function(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<usize, Thrown> {
        if value.is_nil() {
            return Ok(0);
        }
        if value.is_kind(Kind::View) && TypeId(value.header().type_id) == type_id {
            // SAFETY: the kind says that a `ViewObject` is there.
            return Ok(unsafe { (*value.object::<ViewObject>()).address });
        }
        if value.is_kind(Kind::Callback) && TypeId(value.header().type_id) == type_id {
            return self.expect_code(value);
        }
        if value.is_kind(Kind::CFunction) {
            // SAFETY: the kind says that a `CFunctionObject` is there.
            let function_type = TypeId(unsafe { (*value.object::<CFunctionObject>()).function_type } as u32);
            if function_type == type_id
                && let Some(bind) = self.types.bind_function
            {
                return bind(self, value);
            }
            let message =
                format!("takes {}, not the C function of type {}", self.types.name(type_id), self.types.name(function_type));
            return self.refuse_value(ErrorKind::TypeError, destination, &message);
        }
        self.wrong_type(destination, type_id, value)
    }

    /// The address of a struct value of this type.
    pub fn expect_record(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<usize, Thrown> {
        match Memory::of(value) {
            Some(memory) if memory.type_id == type_id => self.check_live(value).map(|()| memory.address),
            _ => self.wrong_type(destination, type_id, value),
        }
    }

    /// Address and count of a slice that fits a `[]T` slot; zeros for nil.
    fn expect_slice(&mut self, value: Value, type_id: TypeId, destination: Destination) -> Result<(usize, usize), Thrown> {
        if value.is_nil() {
            return Ok((0, 0));
        }
        self.check_live(value)?;
        match self.slice_parts(value) {
            Some(slice) if self.types.are_one_behind_pointer(slice.element, self.types.info(type_id).target) => {
                Ok((slice.address, slice.count))
            }
            _ => self.wrong_type(destination, type_id, value),
        }
    }

    fn is_of_managed_kind(&self, value: Value, type_id: TypeId) -> bool {
        let Some(kind) = value.kind() else { return false };
        match type_id {
            TypeId::LIST => kind == Kind::List,
            TypeId::MAP => kind == Kind::Map,
            TypeId::FUNCTION => {
                matches!(kind, Kind::Closure | Kind::Native | Kind::BoundMethod | Kind::CFunction | Kind::Callback)
                    || matches!(self.types.info(self.type_of(value)).kind, TypeKind::Function(_))
            }
            _ => false,
        }
    }

    /// # Safety
    /// An array of this type stands at the address.
    unsafe fn store_array(
        &mut self,
        holder: Value,
        address: usize,
        type_id: TypeId,
        value: Value,
        destination: Destination,
    ) -> Result<(), Thrown> {
        let TypeKind::Array { length, element } = self.types.info(type_id).kind else { return Ok(()) };
        self.check_live(value)?;
        let slice = match self.slice_parts(value) {
            Some(slice) if self.types.are_one_behind_pointer(slice.element, element) => slice,
            _ => return self.wrong_type(destination, type_id, value),
        };
        if slice.count != length as usize {
            let message = format!("takes {length} elements, not {}", slice.count);
            return self.refuse_value(ErrorKind::ValueError, destination, &message);
        }
        // SAFETY: the caller's promise; a slice's elements can be read.
        unsafe { self.copy_elements(holder, address, slice.address, element, slice.count) }
    }

    // ------------------------------------------------------------ copies and checks

    /// Copies elements from memory to memory, which may overlap. All pointers are checked before the first byte is written.
    ///
    /// # Safety
    /// `count` elements of the type stand at `from`, and there is room for as many at `address`, within the holder's bounds.
    pub(super) unsafe fn copy_elements(
        &mut self,
        holder: Value,
        address: usize,
        from: usize,
        type_id: TypeId,
        count: usize,
    ) -> Result<(), Thrown> {
        // SAFETY: the caller's promise.
        unsafe { self.check_elements(holder, address, from, type_id, count)? };
        let size = self.types.info(type_id).size as usize;
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy(from as *const u8, address as *mut u8, size * count) };
        self.heap.note_rewritten(address);
        Ok(())
    }

    /// The checks of [`Runtime::copy_elements`], without the copy.
    ///
    /// # Safety
    /// `count` elements of the type stand at `from`.
    pub(super) unsafe fn check_elements(
        &mut self,
        holder: Value,
        address: usize,
        from: usize,
        type_id: TypeId,
        count: usize,
    ) -> Result<(), Thrown> {
        let info = self.types.info(type_id);
        let size = info.size as usize;
        if !info.pointers.is_empty() {
            let offsets = info.pointers.clone();
            for i in 0..count {
                for &offset in offsets.iter() {
                    let offset = i * size + offset as usize;
                    // SAFETY: the offset lies within the elements at `from`.
                    let word = unsafe { super::load::read::<usize>(from + offset) };
                    self.check_store(holder, address + offset, word)?;
                }
            }
        }
        // A cast may show as plain numbers what the object itself has pointers in.
        if size * count > 0 && !self.is_content(from, type_id) {
            self.check_bytes(address, from, size * count)?;
        }
        Ok(())
    }

    /// Whether the object around an address is made of elements of this type, one of which begins there.
    fn is_content(&self, address: usize, type_id: TypeId) -> bool {
        if !self.heap.is_managed(address) {
            return true;
        }
        let Some(found) = self.heap.find_object(address).filter(|found| found.kind == Kind::Block as u8) else { return true };
        if found.noscan {
            return true;
        }
        let (start, content, _) = self.block_content(Value::reference(found.address).header(), found.payload_start);
        let size = self.types.info(content).size as usize;
        content == type_id && size > 0 && address >= start && (address - start).is_multiple_of(size)
    }

    /// Checks the pointers among bytes that are going to be copied: managed memory may hold some although it is seen as bytes.
    /// A pointer of which only a part is copied counts: the rest may follow.
    pub(super) fn check_bytes(&mut self, address: usize, from: usize, count: usize) -> Result<(), Thrown> {
        self.for_each_pointer(from, count, &mut |runtime, offset| {
            // SAFETY: a pointer of the object around `from` stands there.
            let word = unsafe { super::load::read::<usize>(from.wrapping_add_signed(offset)) };
            runtime.check_store(Value::NIL, address.wrapping_add_signed(offset), word)
        })
    }

    /// The one place through which every write of a pointer into memory goes first: a managed pointer may be written only where
    /// the collector looks, or while its object is pinned.
    #[inline]
    pub(super) fn check_store(&mut self, holder: Value, address: usize, pointer: usize) -> Result<(), Thrown> {
        if pointer == 0 {
            return Ok(());
        }
        let pointer = self.heap.resolve_alias(pointer);
        if !self.heap.is_managed(pointer) {
            return Ok(());
        }
        if !self.foreign_stores.keeps_any() {
            // A field or element of a block, reached through the block's own type, is where its pointer map says.
            if holder.is_kind(Kind::Block) {
                return Ok(());
            }
            if holder.is_kind(Kind::View) {
                // SAFETY: the kind says that a `ViewObject` is there.
                let owner = unsafe { (*holder.object::<ViewObject>()).owner };
                if owner.is_kind(Kind::Block) && self.is_pointer_of(owner, address) {
                    return Ok(());
                }
            }
        }
        self.check_store_slow(address, pointer)
    }

    /// Whether the collector looks at the word at an address, which lies in a block or nearby.
    fn is_pointer_of(&self, block: Value, address: usize) -> bool {
        let header = block.header();
        let (by, content) = self.content_of(header);
        let info = self.types.info(content);
        let offset = address.wrapping_sub(block.address().payload() as usize + by);
        let (size, room) = (info.size as usize, (header.meta as usize).saturating_sub(by));
        if header.shape == Shape::Leaf || offset >= room || size == 0 {
            return false;
        }
        // A division of 32 bits is the quicker one.
        let within = match (u32::try_from(offset), u32::try_from(size)) {
            (Ok(offset), Ok(size)) => (offset % size) as usize,
            _ => offset % size,
        };
        offset - within + size <= room && info.pointers.binary_search(&(within as u32)).is_ok()
    }

    #[cold]
    fn check_store_slow(&mut self, address: usize, pointer: usize) -> Result<(), Thrown> {
        if !self.pin_policy.checks_stores() || self.is_seen_by_collector(address) || self.needs_no_pin(pointer) {
            return Ok(());
        }
        if self.heap.is_pinned(pointer) {
            self.note_store(address, pointer);
            return Ok(());
        }
        let target = self.describe_address(pointer);
        let refused = self.fail::<()>(ErrorKind::PinError, "unpinned managed pointer stored into C memory");
        refused.map_err(|thrown| {
            thrown
                .with_detail(self, &format!("-> {target}"))
                .with_label(self, "the collector does not look at this memory, and could take back what it points to")
                .with_help(self, "pin it for as long as C may use it: pinner.pin(…)")
        })
    }

    /// Whether a managed address is in an object that stays without a pin: a string literal, or one without size.
    pub fn needs_no_pin(&self, address: usize) -> bool {
        let Some(found) = self.heap.find_object(address) else { return false };
        let value = Value::reference(found.address);
        (found.kind == Kind::String as u8 && value.is_constant_string())
            || (found.kind == Kind::Block as u8 && value.header().meta == 0)
    }

    /// Whether the collector looks at the word at an address.
    fn is_seen_by_collector(&self, address: usize) -> bool {
        if !self.heap.is_managed(address) {
            return false;
        }
        let Some(found) = self.heap.find_object(address).filter(|found| found.kind == Kind::Block as u8 && !found.noscan) else {
            return false;
        };
        if self.foreign_stores.keeps(found.payload_start) && self.heap.is_pinned(found.payload_start) {
            return false;
        }
        self.is_pointer_of(Value::reference(found.address), address)
    }

    /// Whether the memory of a holder may be written to; else the `TypeError` that says why not.
    #[inline(always)]
    pub fn check_writable(&mut self, holder: Value) -> Result<(), Thrown> {
        if holder.is_kind(Kind::Block) || holder.is_plain_record_view() { Ok(()) } else { self.check_writable_slow(holder) }
    }

    #[cold]
    fn check_writable_slow(&mut self, holder: Value) -> Result<(), Thrown> {
        let Some(memory) = Memory::of(holder) else { return Ok(()) };
        if memory.owner.is_kind(Kind::String) {
            return self.fail(ErrorKind::TypeError, "the memory of a string cannot be written to");
        }
        if self.memory_in_place(holder, memory.address, memory.type_id).flags & ViewObject::FLAG_CONST != 0 {
            let message = format!("cannot write through a const pointer ({})", self.types.name(memory.type_id));
            return self.fail(ErrorKind::TypeError, message);
        }
        Ok(())
    }
}
