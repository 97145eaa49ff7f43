//! Where the fields of structs and unions lie: as GCC lays them out on x86-64 and aarch64.
//!
//! Offsets are counted in bits, as bit-fields need it:
//!
//! - A field begins at the next multiple of its type's alignment; in a packed struct at the next byte.
//! - A bit-field begins at the next bit, unless it would then reach over a boundary of its type's alignment that its type itself
//!   would not reach over; then at that boundary (System V ABI, and AAPCS64 for named bit-fields). In a packed struct always at
//!   the next bit. Its type's alignment counts for the struct's.
//! - The struct is aligned as its most aligned field, or as `@align` says if that is more; its size is rounded up to that.

use super::layout_error::LayoutError;
use super::record::{BitRange, RecordField, RecordType};
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use super::type_table::{MAX_TYPE_POINTERS, MAX_TYPE_SIZE, TypeTable};
use crate::bytecode::FieldPlace;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// A record as it is declared, with its types resolved and complete.
#[derive(Debug, Default)]
pub struct RecordShape {
    pub is_packed: bool,
    /// `@align(n)`, in bytes.
    pub align: Option<u64>,
    pub fields: Vec<FieldShape>,
    /// Methods and operators, which hide promoted names, and whether each has a `self`; those without are not promoted.
    pub methods: Vec<(Rc<str>, bool)>,
}

#[derive(Debug)]
pub struct FieldShape {
    /// Empty for an anonymous part.
    pub name: Rc<str>,
    pub type_id: TypeId,
    /// The width of a bit-field.
    pub bits: Option<u8>,
    pub place: FieldPlace,
}

/// What may be in `@align(n)`.
const MAX_ALIGN: u64 = 1 << 16;

impl TypeTable {
    /// Lays out a declared record.
    pub fn lay_out_record(&mut self, id: TypeId, shape: &RecordShape) -> Result<(), LayoutError> {
        let (name, is_union) = match self.record(id) {
            Some(record) => (record.name.clone(), record.is_union),
            None => return Err(LayoutError::new("only structs and unions have fields")),
        };
        if let Some(align) = shape.align
            && (!align.is_power_of_two() || align > MAX_ALIGN)
        {
            return Err(LayoutError::new(format!("@align({align}): an alignment is a power of two up to {MAX_ALIGN}")));
        }
        let mut record = RecordType::opaque(name.clone(), is_union);
        record.is_opaque = false;
        record.is_packed = shape.is_packed;

        // Where the next field may begin, and where the largest one ends, in bits.
        let mut next: u64 = 0;
        let mut end: u64 = 0;
        let mut align: u64 = shape.align.unwrap_or(1);
        for (i, field) in shape.fields.iter().enumerate() {
            self.check_field(field, is_union).map_err(|e| e.in_field(i))?;
            let info = self.info(field.type_id);
            let type_bits = info.size * 8;
            let align_bits = if shape.is_packed { 8 } else { info.align * 8 };
            if is_union {
                next = 0;
            }
            let (first, width) = match field.bits {
                Some(width) => {
                    let width = width as u64;
                    if !shape.is_packed && reaches_over(next, width, info.align * 8, type_bits) {
                        next = next.next_multiple_of(align_bits);
                    }
                    (next, width)
                }
                None => (next.next_multiple_of(align_bits), type_bits),
            };
            align = align.max(align_bits / 8);
            next = first + width;
            end = end.max(next);
            if end / 8 > MAX_TYPE_SIZE {
                return Err(LayoutError::at(i, format!("{name} is larger than the {MAX_TYPE_SIZE} bytes that a type may have")));
            }
            record.fields.push(RecordField {
                name: field.name.clone(),
                type_id: field.type_id,
                representation: info.representation,
                offset: first / 8,
                size: info.size,
                bits: field.bits.map(|width| BitRange { first: (first % 8) as u8, width }),
                place: field.place,
            });
        }
        let size = end.div_ceil(8).next_multiple_of(align);

        let mut pointers: Vec<u32> = Vec::new();
        let mut values: Vec<u32> = Vec::new();
        let mut holds_managed = false;
        for field in &record.fields {
            let info = self.info(field.type_id);
            if field.bits.is_none() {
                pointers.extend(info.pointers.iter().map(|&offset| offset + field.offset as u32));
                values.extend(info.values.iter().map(|&offset| offset + field.offset as u32));
                holds_managed |= info.holds_managed;
            }
        }
        pointers.sort_unstable();
        pointers.dedup();
        if pointers.len() > MAX_TYPE_POINTERS {
            return Err(LayoutError::new(format!("{name} holds more than {MAX_TYPE_POINTERS} pointers")));
        }
        let is_plain = |(i, field): (usize, &RecordField)| field.type_id == TypeId::ANY && field.offset == i as u64 * 8;
        record.is_plain_object = !is_union && record.fields.iter().enumerate().all(is_plain) && !record.fields.is_empty();
        self.collect_members(&mut record, shape)?;

        let old = self.info(id);
        let (old_value, target) = (old.value, TypeId::VOID);
        let mut info = self.with_target(name, TypeKind::Record(Rc::new(record)), Representation::Record, size, &[], target);
        info.align = align;
        info.pointers = pointers.into();
        info.values = values.into();
        info.holds_managed = holds_managed;
        info.value = old_value;
        self.complete_record(id, info);
        Ok(())
    }

    fn check_field(&self, field: &FieldShape, is_union: bool) -> Result<(), LayoutError> {
        let info = self.info(field.type_id);
        let what = if field.name.is_empty() { "a part".to_string() } else { format!("the field {}", field.name) };
        if field.type_id == TypeId::CSTR {
            let message = format!("{what} cannot be a cstr, which parameters, results and variables are; use *const c_char");
            return Err(LayoutError::new(message));
        }
        if !info.has_layout() {
            let message = match &info.kind {
                TypeKind::Record(_) => {
                    format!("{what} has the opaque type {}; only a pointer to it can be used: *{0}", info.name)
                }
                TypeKind::Nilable(inner) => format!("{what} cannot be {}; without the ? it is {}", info.name, self.name(*inner)),
                _ => format!("{what} cannot have the type {}, which no memory holds; use any", info.name),
            };
            return Err(LayoutError::new(message));
        }
        if is_union && info.holds_managed {
            return Err(LayoutError::new(format!(
                "{what} of a union cannot be {}: a managed kind shares its place with nothing",
                info.name
            )));
        }
        if let Some(width) = field.bits {
            let most = match (info.integer(), info.representation) {
                (Some((bits, _)), _) => bits,
                (None, Representation::Bool) => 1,
                _ => {
                    return Err(LayoutError::new(format!(
                        "a bit-field is made of an integer type or bool, not of {}",
                        info.name
                    )));
                }
            };
            if width == 0 || width > most {
                return Err(LayoutError::new(format!("a bit-field of {} has 1 to {most} bits, not {width}", info.name)));
            }
        }
        if field.place != FieldPlace::Own && info.record().is_none() {
            return Err(LayoutError::new(format!("only a struct or union can be embedded, not {}", info.name)));
        }
        Ok(())
    }

    /// Fills in what names mean: own fields, then what parts lend.
    fn collect_members(&self, record: &mut RecordType, shape: &RecordShape) -> Result<(), LayoutError> {
        let mut own: HashSet<Rc<str>> = shape.methods.iter().map(|(name, _)| name.clone()).collect();
        let mut members: HashMap<Rc<str>, RecordField> = HashMap::new();
        for (i, field) in record.fields.iter().enumerate() {
            if field.name.is_empty() {
                continue;
            }
            if !own.insert(field.name.clone()) {
                return Err(LayoutError::at(i, format!("{} has two members named {}", record.name, field.name)));
            }
            members.insert(field.name.clone(), field.clone());
        }
        let mut promoted_methods: HashMap<Rc<str>, (u64, TypeId)> = HashMap::new();
        for (i, field) in record.fields.iter().enumerate() {
            let Some(part) = self.record(field.type_id).filter(|_| field.place != FieldPlace::Own) else { continue };
            let clash = |name: &str| {
                let message =
                    format!("{} gets {name} from two of its parts; declare a field of its own, or name the parts", record.name);
                Err(LayoutError::at(i, message))
            };
            for (name, lent) in &part.members {
                if own.contains(name) {
                    continue;
                }
                let moved = RecordField { offset: lent.offset + field.offset, ..lent.clone() };
                if promoted_methods.contains_key(name) || members.insert(name.clone(), moved).is_some() {
                    return clash(name);
                }
            }
            if field.place == FieldPlace::Anonymous {
                continue;
            }
            let methods = part.declared_methods.iter().filter(|(name, has_self)| *has_self && !is_operator(name));
            let lent = methods.map(|(name, _)| (name.clone(), (field.offset, field.type_id)));
            let lent_on = part.promoted_methods.iter().map(|(name, &(offset, of))| (name.clone(), (offset + field.offset, of)));
            for (name, place) in lent.chain(lent_on) {
                if own.contains(&name) {
                    continue;
                }
                if members.contains_key(&name) || promoted_methods.insert(name.clone(), place).is_some() {
                    return clash(&name);
                }
            }
        }
        record.members = members;
        record.promoted_methods = promoted_methods;
        record.declared_methods = shape.methods.clone();
        Ok(())
    }
}

/// Operators and what overloads the language's own operations belong to a struct itself and are not promoted: they would
/// answer for a part only.
fn is_operator(name: &str) -> bool {
    let is_spelling = name.chars().next().is_some_and(|c| !c.is_alphabetic() && c != '_');
    is_spelling || matches!(name, "neg" | "call" | "str" | "iter" | "len" | "hash")
}

/// Whether a bit-field at `position` would cover more units of its alignment than its type does.
fn reaches_over(position: u64, width: u64, align: u64, type_bits: u64) -> bool {
    let offset = position % align;
    (offset + width).div_ceil(align) > type_bits / align
}
