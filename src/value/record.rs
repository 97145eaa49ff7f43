//! Records (structs and unions) and enums: their fields, layout and members.

use super::type_table::{Representation, TypeId};
use super::word::Value;
use crate::bytecode::FieldPlace;
use std::cell::{Cell, OnceCell, RefCell};
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
    /// All that `value.name` can mean, promoted fields included.
    pub members: HashMap<Rc<str>, RecordMember>,
    /// What a pointer map or an argument check must look at conservatively: unions with pointers.
    pub has_union_pointers: bool,
    /// Methods, own and promoted, and operators by their spelling; filled when the module's functions are linked.
    pub methods: RefCell<HashMap<Rc<str>, RecordMethod>>,
    /// The function that evaluates defaults, or nil.
    pub constructor: Cell<Value>,
    /// All fields are `any`, in order, 8 bytes each: construction is a copy.
    pub is_plain_object: bool,
    /// Positional fields of the constructor.
    pub doc: OnceCell<Rc<str>>,
}

#[derive(Debug, Clone)]
pub struct RecordField {
    pub name: Rc<str>,
    pub type_id: TypeId,
    pub representation: Representation,
    /// Bytes from the start of the record (for a bit-field: of the bytes that hold its first bit).
    pub offset: u64,
    /// For a bit-field: its first bit, counted from `offset`, and its width.
    pub bits: Option<(u8, u8)>,
    pub place: FieldPlace,
}

#[derive(Debug, Clone)]
pub enum RecordMember {
    /// A field of this record or of a part, with its offset from the start of this record.
    Field(RecordField),
}

/// A method and where its `self` begins: 0, or the offset of the embedded part it came with.
#[derive(Debug, Clone, Copy)]
pub struct RecordMethod {
    pub function: Value,
    pub has_self: bool,
    /// The part that `self` is: its offset and type.
    pub part: Option<(u64, TypeId)>,
}

/// An enum's members by name and number.
#[derive(Debug)]
pub struct EnumType {
    pub name: Rc<str>,
    pub base: TypeId,
    pub members: Vec<(Rc<str>, i64)>,
}
