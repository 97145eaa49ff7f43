//! New memory: struct values, `new T`, `new [n]T`, copies.

use super::destination::Destination;
use super::memory::Memory;
use super::record::RecordField;
use super::type_id::TypeId;
use super::type_info::Representation;
use crate::bytecode::FieldPlace;
use crate::nearest::nearest_name;
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;
use std::rc::Rc;

impl Runtime {
    /// A struct value from one value for each field, in order of declaration; a field whose value is undefined (or left out at the
    /// end) is zero, or nil.
    #[inline]
    pub fn construct(&mut self, record: TypeId, values: &[Value]) -> Result<Value, Thrown> {
        let info = self.types.info(record);
        if let Some(described) = info.record()
            && described.is_plain_object
            && info.align <= 16
            && values.len() == described.fields.len()
        {
            let block = self.new_block(record, values.len() * 8)?;
            let payload = block.address().payload() as *mut Value;
            for (i, &value) in values.iter().enumerate() {
                let value = if value.is_undefined() { Value::NIL } else { value };
                // SAFETY: a plain object has one word for each field.
                unsafe { payload.add(i).write(value) };
            }
            return Ok(block);
        }
        self.construct_slow(record, values)
    }

    fn construct_slow(&mut self, record: TypeId, values: &[Value]) -> Result<Value, Thrown> {
        let value = self.new_record(record)?;
        let Some(described) = self.types.record(record).cloned() else { return Ok(value) };
        for (field, &given) in described.fields.iter().zip(values) {
            if !given.is_undefined() {
                self.initialise(value, record, field, given)?;
            }
        }
        Ok(value)
    }

    /// Calls the type of a record that has no function for its defaults: positional values go to the fields that have a name, in
    /// order, the last ones by name also to those of anonymous parts.
    pub fn construct_named(&mut self, record: TypeId, values: &[Value], names: &[Rc<str>]) -> Result<Value, Thrown> {
        let described = match self.types.record(record) {
            Some(described) if !described.is_opaque => described.clone(),
            _ => {
                let message = format!("{} is opaque: only pointers to it can be used", self.types.name(record));
                return self.fail(ErrorKind::TypeError, message);
            }
        };
        let positional = values.len() - names.len();
        let fields: Vec<&RecordField> = described.fields.iter().filter(|field| field.place != FieldPlace::Anonymous).collect();
        let limit = if described.is_union { fields.len().min(1) } else { fields.len() };
        if positional > limit || (described.is_union && values.len() > 1) {
            let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
            let most =
                if described.is_union { "one value for one of".to_string() } else { format!("at most {limit} values for") };
            let message = format!("{} takes {most} ({}), not {}", described.name, names.join(", "), values.len());
            return self.fail(ErrorKind::TypeError, message);
        }
        if names.is_empty() && positional == described.fields.len() {
            return self.construct(record, values);
        }
        let value = self.new_record(record)?;
        for (field, &given) in fields.iter().zip(&values[..positional]) {
            self.initialise(value, record, field, given)?;
        }
        for (i, (name, &given)) in names.iter().zip(&values[positional..]).enumerate() {
            let Some(field) = described.members.get(name) else {
                let known = described.members.keys().map(|name| &**name);
                let hint = nearest_name(name, known).map_or(String::new(), |nearest| format!("; did you mean {nearest}?"));
                return self.fail(ErrorKind::TypeError, format!("{} has no field {name}{hint}", described.name));
            };
            if fields[..positional].iter().any(|field| field.name == *name) || names[..i].contains(name) {
                return self.fail(ErrorKind::TypeError, format!("{} is given {name} twice", described.name));
            }
            self.initialise(value, record, field, given)?;
        }
        Ok(value)
    }

    /// Puts a value into a field of a new struct value.
    fn initialise(&mut self, value: Value, record: TypeId, field: &RecordField, given: Value) -> Result<(), Thrown> {
        let access = field.access();
        let address = self.field_address(value, &access)?;
        // SAFETY: the field belongs to the record, and `field_address` checked the bounds.
        unsafe { self.store_field(value, address, &access, given, Destination::Field { record, name: &field.name }) }
    }

    /// A struct value whose fields are all zero or nil.
    pub fn new_record(&mut self, record: TypeId) -> Result<Value, Thrown> {
        self.check_has_layout(record)?;
        self.new_memory(record, record, 1)
    }

    /// A new struct value with the bytes at an address, which came from C.
    ///
    /// # Safety
    /// So many bytes as the record has can be read there, and it holds no managed kinds.
    pub unsafe fn record_from(&mut self, record: TypeId, bytes: *const u8) -> Result<Value, Thrown> {
        let info = self.types.info(record);
        let (size, is_plain) = (info.size as usize, info.align <= 16);
        let value = if is_plain { self.new_block(record, size)? } else { self.new_record(record)? };
        let address = Memory::of(value).map_or(0, |memory| memory.address);
        // SAFETY: the new struct value has so many bytes; the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(bytes, address as *mut u8, size) };
        Ok(value)
    }

    /// A new struct value of at most 16 bytes, which came from C in two registers.
    ///
    /// # Safety
    /// The record has no more bytes, and holds no managed kinds.
    pub unsafe fn record_of_words(&mut self, record: TypeId, words: [u64; 2]) -> Result<Value, Thrown> {
        let info = self.types.info(record);
        let size = info.size as usize;
        if size != 16 || info.align > 16 {
            // SAFETY: the caller's promise.
            return unsafe { self.record_from(record, words.as_ptr().cast()) };
        }
        let value = self.new_block(record, size)?;
        // Word by word: what was written so is slow to be read in one piece.
        let place = value.address().payload().cast::<u64>();
        // SAFETY: the new struct value has room for two words.
        unsafe {
            place.write(words[0]);
            place.add(1).write(words[1]);
        }
        Ok(value)
    }

    /// `new T`, zeroed: a pointer, or a struct value (whose defaults are the interpreter's to evaluate).
    pub fn new_one(&mut self, type_id: TypeId) -> Result<Value, Thrown> {
        if self.types.info(type_id).representation == Representation::Record {
            return self.new_record(type_id);
        }
        self.check_has_layout(type_id)?;
        let pointer = self.types.pointer(false, type_id);
        self.new_memory(pointer, type_id, 1)
    }

    /// `new T(value)` for a type that is no record.
    pub fn new_one_from(&mut self, type_id: TypeId, value: Value) -> Result<Value, Thrown> {
        let made = self.new_one(type_id)?;
        let Some(memory) = Memory::of(made) else { return Ok(made) };
        let representation = self.types.info(type_id).representation;
        // SAFETY: the memory is new and holds one value of the type.
        unsafe { self.store(made, memory.address, representation, type_id, value, Destination::New(type_id))? };
        Ok(made)
    }

    /// `new [count]T`, zeroed.
    pub fn new_slice(&mut self, element: TypeId, count: Value) -> Result<Value, Thrown> {
        let count = self.expect_slice_length(count)?;
        self.new_slice_of(element, count)
    }

    /// The length that a new slice is given.
    pub(super) fn expect_slice_length(&mut self, count: Value) -> Result<usize, Thrown> {
        match count.to_int() {
            Some(count) if count >= 0 => Ok(count as usize),
            Some(count) => self.fail(ErrorKind::ValueError, format!("the length of a slice is at least 0, not {count}")),
            None => {
                let message = format!("the length of a slice is an int, not {}", self.type_name_of(count));
                self.fail(ErrorKind::TypeError, message)
            }
        }
    }

    /// A zeroed slice of `count` elements.
    pub fn new_slice_of(&mut self, element: TypeId, count: usize) -> Result<Value, Thrown> {
        self.check_has_layout(element)?;
        let slice = self.types.slice(element);
        self.new_memory(slice, element, count)
    }

    /// `new [count]T(...values)`: as many values as elements.
    pub fn new_slice_from(&mut self, element: TypeId, count: Value, values: &[Value]) -> Result<Value, Thrown> {
        let slice = self.new_slice(element, count)?;
        let Some(parts) = self.slice_parts(slice) else { return Ok(slice) };
        if parts.count != values.len() {
            let message = format!("{} of {} elements is given {} values", self.type_name_of(slice), parts.count, values.len());
            return self.fail(ErrorKind::ValueError, message);
        }
        let type_id = self.type_of(slice);
        for (i, &value) in values.iter().enumerate() {
            let address = parts.address + i * parts.size;
            // SAFETY: the element lies within the new slice.
            unsafe { self.store(slice, address, parts.representation, element, value, Destination::Element(type_id))? };
        }
        Ok(slice)
    }

    /// A new `[]u8` of these bytes.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Result<Value, Thrown> {
        let slice = self.new_slice_of(TypeId::U8, bytes.len())?;
        if let Some(parts) = self.slice_parts(slice) {
            // SAFETY: the slice is new and as long as `bytes`.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), parts.address as *mut u8, bytes.len()) };
        }
        Ok(slice)
    }

    /// `copy(x)` of a struct value (its bytes) or a slice (new memory); `None` for any other value.
    pub fn copy_memory(&mut self, value: Value) -> Option<Result<Value, Thrown>> {
        let memory = Memory::of(value)?;
        if let Err(thrown) = self.check_live(value) {
            return Some(Err(thrown));
        }
        match self.types.info(memory.type_id).representation {
            Representation::Record => Some(self.copy_record(memory)),
            Representation::Slice => Some(self.copy_slice(value)),
            _ => None,
        }
    }

    fn copy_record(&mut self, memory: Memory) -> Result<Value, Thrown> {
        let copy = self.new_record(memory.type_id)?;
        if let Some(made) = Memory::of(copy) {
            // SAFETY: both are records of this type; the new one has its references where the collector looks.
            unsafe { self.copy_elements(made.owner, made.address, memory.address, memory.type_id, 1)? };
        }
        Ok(copy)
    }

    fn copy_slice(&mut self, slice: Value) -> Result<Value, Thrown> {
        let Some(parts) = self.slice_parts(slice) else { return Ok(slice) };
        self.check_has_end(&parts)?;
        let copy = self.new_slice_of(parts.element, parts.count)?;
        self.copy_into(copy, 0, &parts)?;
        Ok(copy)
    }

    /// `a + b` of two slices of one type, anew.
    pub fn join_slices(&mut self, left: Value, right: Value) -> Result<Value, Thrown> {
        self.check_live(left)?;
        self.check_live(right)?;
        let (a, b) = match (self.slice_parts(left), self.slice_parts(right)) {
            (Some(a), Some(b)) if self.types.are_one_behind_pointer(a.element, b.element) => (a, b),
            _ => {
                let message = format!("{} and {} cannot be joined", self.type_name_of(left), self.type_name_of(right));
                return self.fail(ErrorKind::TypeError, message);
            }
        };
        self.check_has_end(&a)?;
        self.check_has_end(&b)?;
        let joined = self.new_slice_of(a.element, a.count + b.count)?;
        self.copy_into(joined, 0, &a)?;
        self.copy_into(joined, a.count, &b)?;
        Ok(joined)
    }

    /// `slice * count` of a `[]u8`.
    pub fn repeat_bytes(&mut self, slice: Value, count: i64) -> Result<Value, Thrown> {
        self.check_live(slice)?;
        let parts = match self.slice_parts(slice) {
            Some(parts) if parts.size == 1 && self.types.info(parts.element).integer().is_some() => parts,
            _ => {
                let message = format!("{} cannot be repeated", self.type_name_of(slice));
                return self.fail(ErrorKind::TypeError, message);
            }
        };
        if count < 0 {
            return self.fail(ErrorKind::ValueError, format!("a []u8 cannot be repeated {count} times"));
        }
        self.check_has_end(&parts)?;
        let Some(total) = parts.count.checked_mul(count as usize) else { return Err(self.out_of_memory(usize::MAX)) };
        let repeated = self.new_slice_of(parts.element, total)?;
        for i in 0..count as usize {
            self.copy_into(repeated, i * parts.count, &parts)?;
        }
        Ok(repeated)
    }

    /// Copies elements into a new slice from the index `at` on.
    fn copy_into(&mut self, slice: Value, at: usize, from: &super::element::SliceParts) -> Result<(), Thrown> {
        let Some(made) = self.slice_parts(slice) else { return Ok(()) };
        let holder = Memory::of(slice).map_or(slice, |memory| memory.owner);
        // SAFETY: the caller made the slice long enough.
        unsafe { self.copy_elements(holder, made.address + at * made.size, from.address, from.element, from.count) }
    }

    /// The zero of a type in registers: what a field that was not given would read as.
    pub fn zero_value(&self, type_id: TypeId) -> Value {
        match self.types.info(type_id).representation {
            Representation::F32 | Representation::F64 => Value::float(0.0),
            Representation::Bool => Value::FALSE,
            _ if self.types.info(type_id).integer().is_some() => Value::inline_int(0),
            _ => Value::NIL,
        }
    }
}
