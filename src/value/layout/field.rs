//! Fields by name: the slow halves of `p.x` and `p.x = v`, and what a struct says of itself.

use super::destination::Destination;
use super::memory::Memory;
use super::record::{BitRange, Member};
use super::type_id::TypeId;
use super::type_info::TypeKind;
use crate::nearest::nearest_name;
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;
use std::rc::Rc;

/// What `T.fields()` tells of one field.
#[derive(Debug, Clone)]
pub struct FieldEntry {
    /// Empty for an anonymous part.
    pub name: Rc<str>,
    pub type_id: TypeId,
    /// In bytes.
    pub offset: u64,
    pub size: u64,
    pub bits: Option<BitRange>,
}

impl Runtime {
    /// The value of the field `name`; methods are the interpreter's (see `find_member`).
    pub fn get_field(&mut self, holder: Value, name: &str) -> Result<Value, Thrown> {
        let (access, address) = self.expect_field(holder, name)?;
        // SAFETY: `expect_field` gives fields within the bounds of the holder only.
        unsafe { self.load_field(holder, address, &access) }
    }

    /// `holder.name = value`.
    pub fn set_field(&mut self, holder: Value, name: &str, value: Value) -> Result<(), Thrown> {
        let (access, address) = self.expect_field(holder, name)?;
        self.check_writable(holder)?;
        let record = self.types.record_behind(TypeId(holder.header().type_id)).map_or(TypeId::VOID, |(id, _)| id);
        // SAFETY: `expect_field` gives fields within the bounds of the holder only, which may be written to.
        unsafe { self.store_field(holder, address, &access, value, Destination::Field { record, name }) }
    }

    /// The `TypeError` for a name that a value does not have, with the nearest one suggested.
    #[cold]
    pub fn no_member<T>(&mut self, holder: Value, name: &str) -> Result<T, Thrown> {
        if holder.is_nil() {
            let message = format!("nil has no field {name}; `?.` gives nil instead");
            return self.fail(ErrorKind::TypeError, message);
        }
        let type_id = self.type_of(holder);
        let mut message = format!("{} has no field or method {name}", self.types.name(type_id));
        if let Some((target, record)) = self.types.record_behind(type_id) {
            if record.is_opaque {
                message = format!("{} is opaque: nothing is known of its fields", self.types.name(target));
            } else {
                message = format!("{} has no field or method {name}", record.name);
                let names = record.member_names();
                if let Some(nearest) = nearest_name(name, names.iter().map(|name| &**name)) {
                    message.push_str(&format!("; did you mean {nearest}?"));
                }
            }
        }
        self.fail(ErrorKind::TypeError, message)
    }

    /// What `T.fields()` lists: the fields in order of declaration; the parts of an anonymous part in its place.
    pub fn field_entries(&self, record: TypeId) -> Vec<FieldEntry> {
        let mut entries = Vec::new();
        self.collect_entries(record, 0, &mut entries);
        entries
    }

    fn collect_entries(&self, record: TypeId, base: u64, entries: &mut Vec<FieldEntry>) {
        let Some(record) = self.types.record(record) else { return };
        for field in &record.fields {
            if field.name.is_empty() {
                self.collect_entries(field.type_id, base + field.offset, entries);
                continue;
            }
            entries.push(FieldEntry {
                name: field.name.clone(),
                type_id: field.type_id,
                offset: base + field.offset,
                size: field.size,
                bits: field.bits,
            });
        }
    }

    /// `offsetof(type, path)`, in bytes.
    pub fn offset_of(&mut self, type_id: TypeId, path: &[Rc<str>]) -> Result<u64, Thrown> {
        let mut current = type_id;
        let mut offset = 0;
        for name in path {
            let name: &str = name;
            let field = match self.types.record(current) {
                Some(record) => record.members.get(name).cloned(),
                None => {
                    let message = format!("{} has no fields", self.types.name(current));
                    return self.fail(ErrorKind::TypeError, message);
                }
            };
            let Some(field) = field else {
                let record = self.types.name(current).clone();
                let names = self.types.record(current).map_or(Vec::new(), |record| record.member_names());
                let nearest = nearest_name(name, names.iter().map(|name| &**name));
                let hint = nearest.map_or(String::new(), |nearest| format!("; did you mean {nearest}?"));
                return self.fail(ErrorKind::TypeError, format!("{record} has no field {name}{hint}"));
            };
            if field.bits.is_some() {
                return self.fail(ErrorKind::TypeError, format!("{name} is a bit-field, which has no offset in bytes"));
            }
            offset += field.offset;
            current = field.type_id;
        }
        Ok(offset)
    }

    /// `sizeof` a type, in bytes.
    pub fn size_of(&mut self, type_id: TypeId) -> Result<u64, Thrown> {
        self.check_has_layout(type_id)?;
        Ok(self.types.info(type_id).size)
    }

    /// `alignof` a type, in bytes.
    pub fn align_of(&mut self, type_id: TypeId) -> Result<u64, Thrown> {
        self.check_has_layout(type_id)?;
        Ok(self.types.info(type_id).align)
    }

    /// Whether a value is one of a type, for `is` and patterns: of a C integer type the ints that it holds.
    pub fn is_of_type(&self, value: Value, type_id: TypeId) -> bool {
        let own = self.type_of(value);
        if own == type_id {
            return true;
        }
        let info = self.types.info(type_id);
        match &info.kind {
            TypeKind::Nilable(inner) => value.is_nil() || self.is_of_type(value, *inner),
            TypeKind::Integer { .. } | TypeKind::Enum(_) => {
                value.to_int().is_some_and(|number| super::number::integer_fits(number, info.representation))
            }
            TypeKind::Float { bits } => value.is_float() && (*bits == 64 || is_f32(value.as_float())),
            TypeKind::Language if type_id == TypeId::ANY => true,
            TypeKind::Language if type_id == TypeId::FUNCTION => matches!(self.types.info(own).kind, TypeKind::Function(_)),
            TypeKind::Pointer { .. } | TypeKind::Slice { .. } => {
                Memory::of(value).is_some() && self.types.are_one_behind_pointer(own, type_id)
            }
            _ => false,
        }
    }

    /// The record type that a struct value has.
    pub fn record_of(&self, value: Value) -> Option<TypeId> {
        self.record_identity(value).map(|(_, type_id)| type_id)
    }

    /// What `name` means for a struct value or a pointer to one, for inline caches.
    pub fn member_of(&self, holder_type: TypeId, name: &str) -> Member {
        match self.types.record_behind(holder_type) {
            Some((record, _)) => self.find_member(record, name),
            None => Member::Missing,
        }
    }
}

fn is_f32(number: f64) -> bool {
    number.is_nan() || number as f32 as f64 == number
}
