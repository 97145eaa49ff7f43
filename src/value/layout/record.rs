//! Records (structs and unions) and enums: their fields, members and methods.

use super::type_id::TypeId;
use super::type_info::Representation;
use crate::bytecode::FieldPlace;
use crate::value::runtime::Runtime;
use crate::value::word::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A struct or union with its layout.
#[derive(Debug)]
pub struct RecordType {
    pub name: Rc<str>,
    pub is_union: bool,
    /// Declared without a body.
    pub is_opaque: bool,
    pub is_packed: bool,
    /// Own fields in order of declaration, embedded and anonymous parts among them.
    pub fields: Vec<RecordField>,
    /// All that `value.name` can mean as a field, promoted ones included, with offsets from the start of this record.
    pub members: HashMap<Rc<str>, RecordField>,
    /// The methods of embedded parts that are reached through: name, offset and type of the part whose own method it is.
    pub promoted_methods: HashMap<Rc<str>, (u64, TypeId)>,
    /// Own methods, and operators by their spelling; filled when the module's functions are linked.
    pub methods: RefCell<HashMap<Rc<str>, RecordMethod>>,
    /// Names of the own methods as declared, and whether they have a `self`, whether they are linked yet or not.
    pub declared_methods: Vec<(Rc<str>, bool)>,
    /// The function that evaluates defaults, or nil.
    pub constructor: Cell<Value>,
    /// All fields are `any`, in order, 8 bytes each: construction is a copy.
    pub is_plain_object: bool,
}

#[derive(Debug, Clone)]
pub struct RecordField {
    /// Empty for an anonymous part.
    pub name: Rc<str>,
    pub type_id: TypeId,
    pub representation: Representation,
    /// Bytes from the start of the record (for a bit-field: of the byte that holds its first bit).
    pub offset: u64,
    /// Bytes of its type.
    pub size: u64,
    pub bits: Option<BitRange>,
    pub place: FieldPlace,
}

/// The bits of a bit-field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitRange {
    /// Counted from the lowest bit of the byte at the field's offset, 0 to 7.
    pub first: u8,
    /// 1 to 64.
    pub width: u8,
}

/// A method and what its `self` is.
#[derive(Debug, Clone, Copy)]
pub struct RecordMethod {
    pub function: Value,
    /// Its first parameter is `self`; else it is called on the type.
    pub has_self: bool,
    /// The embedded part that `self` is: its offset and type; `None` for an own method.
    pub part: Option<(u64, TypeId)>,
}

/// An enum's members by name and number.
#[derive(Debug)]
pub struct EnumType {
    pub name: Rc<str>,
    pub base: TypeId,
    pub members: Vec<(Rc<str>, i64)>,
}

impl EnumType {
    /// The name of the first member with this number.
    pub fn name_of(&self, number: i64) -> Option<&Rc<str>> {
        self.members.iter().find(|(_, n)| *n == number).map(|(name, _)| name)
    }

    pub fn number_of(&self, name: &str) -> Option<i64> {
        self.members.iter().find(|(n, _)| &**n == name).map(|(_, number)| *number)
    }
}

/// What an inline cache remembers of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldAccess {
    /// Bytes from the start of the struct value that the name was asked of.
    pub offset: u32,
    /// Bytes that the field takes.
    pub size: u32,
    pub representation: Representation,
    pub type_id: TypeId,
    pub bits: Option<BitRange>,
}

impl FieldAccess {
    /// Stands where no field is.
    pub const NONE: FieldAccess =
        FieldAccess { offset: 0, size: 0, representation: Representation::None, type_id: TypeId::VOID, bits: None };
}

impl RecordField {
    pub fn access(&self) -> FieldAccess {
        FieldAccess {
            offset: self.offset as u32,
            size: self.bits.map_or(self.size, |bits| (bits.first as u64 + bits.width as u64).div_ceil(8)) as u32,
            representation: self.representation,
            type_id: self.type_id,
            bits: self.bits,
        }
    }
}

/// What a name of a record means.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    Field(FieldAccess),
    Method(RecordMethod),
    /// No such member.
    Missing,
}

impl RecordType {
    pub(super) fn opaque(name: Rc<str>, is_union: bool) -> RecordType {
        RecordType {
            name,
            is_union,
            is_opaque: true,
            is_packed: false,
            fields: Vec::new(),
            members: HashMap::new(),
            promoted_methods: HashMap::new(),
            methods: RefCell::default(),
            declared_methods: Vec::new(),
            constructor: Cell::new(Value::NIL),
            is_plain_object: false,
        }
    }

    /// The names that a message may suggest for a wrong one: fields and methods.
    pub fn member_names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<Rc<str>> = self.members.keys().cloned().collect();
        names.extend(self.methods.borrow().keys().cloned());
        names.extend(self.promoted_methods.keys().cloned());
        names.sort();
        names.dedup();
        names
    }
}

impl Runtime {
    /// What `name` means for values of a record: an own field or method, else a promoted one.
    pub fn find_member(&self, record: TypeId, name: &str) -> Member {
        let Some(record) = self.types.record(record) else { return Member::Missing };
        if let Some(field) = record.members.get(name) {
            return Member::Field(field.access());
        }
        match self.find_method_of(record, name) {
            Some(method) => Member::Method(method),
            None => Member::Missing,
        }
    }

    /// The method or operator `name` of a record, own or promoted.
    pub fn find_method(&self, record: TypeId, name: &str) -> Option<RecordMethod> {
        self.find_method_of(self.types.record(record)?, name)
    }

    fn find_method_of(&self, record: &RecordType, name: &str) -> Option<RecordMethod> {
        if let Some(&method) = record.methods.borrow().get(name) {
            return Some(method);
        }
        let &(offset, part) = record.promoted_methods.get(name)?;
        let method = *self.types.record(part)?.methods.borrow().get(name)?;
        Some(RecordMethod { part: Some((offset, part)), ..method })
    }

    /// Gives a record its methods and its constructor, once the functions of its unit are linked.
    pub fn set_methods(&mut self, record: TypeId, methods: impl IntoIterator<Item = (Rc<str>, Value, bool)>, constructor: Value) {
        if let Some(record) = self.types.record(record) {
            let entries =
                methods.into_iter().map(|(name, function, has_self)| (name, RecordMethod { function, has_self, part: None }));
            record.methods.borrow_mut().extend(entries);
            record.constructor.set(constructor);
        }
    }
}
