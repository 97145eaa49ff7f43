//! Which pointers fit where.

use super::memory::Memory;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use super::type_table::TypeTable;
use crate::bytecode::FieldPlace;
use crate::value::object::{Kind, ViewObject};
use crate::value::runtime::Runtime;
use crate::value::word::Value;

/// Whether a value can stand where a pointer is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerFit {
    /// The address; 0 for nil.
    Address(usize),
    /// A string for a `*const c_char` that has a NUL inside.
    HasNul,
    /// Memory of an arena that was freed.
    Freed,
    No,
}

impl TypeTable {
    /// Whether two types are one behind a pointer: the same; integers of one size and signedness, and all of one byte; floats
    /// of one size; pointers and arrays of such.
    pub fn are_one_behind_pointer(&self, a: TypeId, b: TypeId) -> bool {
        if a == b {
            return true;
        }
        let (left, right) = (self.info(a), self.info(b));
        if let (Some((bits, is_signed)), Some((other_bits, other_signed))) = (left.integer(), right.integer()) {
            return bits == other_bits && (is_signed == other_signed || bits == 8);
        }
        match (&left.kind, &right.kind) {
            (TypeKind::Float { bits }, TypeKind::Float { bits: other }) => bits == other,
            (TypeKind::Pointer { is_const, target }, TypeKind::Pointer { is_const: other_const, target: other }) => {
                is_const == other_const && self.are_one_behind_pointer(*target, *other)
            }
            (TypeKind::Slice { element }, TypeKind::Slice { element: other }) => self.are_one_behind_pointer(*element, *other),
            (TypeKind::Array { length, element }, TypeKind::Array { length: other_length, element: other }) => {
                length == other_length && self.are_one_behind_pointer(*element, *other)
            }
            _ => false,
        }
    }

    /// Whether a record is `part` or has it as its first part, embedded.
    fn begins_with(&self, record: TypeId, part: TypeId) -> bool {
        if record == part {
            return true;
        }
        let first = self.record(record).and_then(|record| record.fields.first());
        first.is_some_and(|field| field.place != FieldPlace::Own && field.offset == 0 && self.begins_with(field.type_id, part))
    }

    /// Whether the type takes the addresses of strings: `*const c_char`, `*const u8`, `*const void` and their like.
    pub fn takes_strings(&self, pointer: TypeId) -> bool {
        match self.info(pointer).kind {
            TypeKind::Pointer { is_const: true, target } => {
                target == TypeId::VOID || self.info(target).integer().is_some_and(|(bits, _)| bits == 8)
            }
            _ => pointer == TypeId::CSTR,
        }
    }
}

impl Runtime {
    /// Whether `value` can stand where a pointer of this type is expected, by the table of conversions.
    pub fn fit_pointer(&self, value: Value, pointer: TypeId) -> PointerFit {
        if value.is_nil() {
            return PointerFit::Address(0);
        }
        if value.is_kind(Kind::String) && self.types.takes_strings(pointer) {
            let is_text = pointer == TypeId::CSTR || self.types.info(pointer).target == TypeId::C_CHAR;
            if is_text && value.has_nul() {
                return PointerFit::HasNul;
            }
            return PointerFit::Address(value.as_str().as_ptr() as usize);
        }
        let pointer = if pointer == TypeId::CSTR { CSTR_TARGET } else { self.pointer_parts(pointer) };
        let (Some((is_const, target)), Some(memory)) = (pointer, Memory::of(value)) else { return PointerFit::No };
        let info = self.types.info(memory.type_id);
        let (value_const, value_target) = match info.kind {
            TypeKind::Pointer { is_const, target } => (is_const, target),
            TypeKind::Slice { element } => (false, element),
            TypeKind::Record(_) => (false, memory.type_id),
            _ => return PointerFit::No,
        };
        if !is_const && (value_const || memory.flags & ViewObject::FLAG_CONST != 0) {
            return PointerFit::No;
        }
        let fits = target == TypeId::VOID
            || self.types.are_one_behind_pointer(value_target, target)
            || self.is_array_of(value_target, target)
            || (info.representation == Representation::Record && self.types.begins_with(memory.type_id, target));
        match fits {
            true if memory.low == super::arena::SPENT => PointerFit::Freed,
            true => PointerFit::Address(memory.address),
            false => PointerFit::No,
        }
    }

    /// Whether a type is an array of such elements: a pointer to one is taken for one to its first element, as C does with the array.
    fn is_array_of(&self, array: TypeId, element: TypeId) -> bool {
        matches!(self.types.info(array).kind, TypeKind::Array { element: own, .. } if self.types.are_one_behind_pointer(own, element))
    }

    /// Whether a pointer type is const, and its target.
    #[inline]
    pub(super) fn pointer_parts(&self, pointer: TypeId) -> Option<(bool, TypeId)> {
        match self.types.info(pointer).kind {
            TypeKind::Pointer { is_const, target } => Some((is_const, target)),
            _ => None,
        }
    }
}

/// `cstr` takes what `*const c_char` takes.
const CSTR_TARGET: Option<(bool, TypeId)> = Some((true, TypeId::C_CHAR));
