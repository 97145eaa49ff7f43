//! How structs and unions are passed by value.
//!
//! On x86-64 the System V ABI cuts what is at most 16 bytes large into words of eight bytes. A word in which there are floats only goes
//! into a register for doubles, any other into one for integers; if not all words find a register, all go to the stack. What is
//! larger, or has a field that is not aligned, always goes to the stack; as a result it goes into memory that the caller gives. So
//! libffi is told of words instead of fields (a *stand-in*), which covers unions, bit-fields and packed structs as well. On other
//! machines libffi is told the fields, and what it has no words for is refused.

use crate::value::{Representation, TypeId, TypeKind, TypeTable};
use libffi::middle::Type;

/// Structs of more bytes are not passed by value: they would not fit the stack of a thread.
pub(super) const MAX_BY_VALUE: u64 = 64 << 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RegisterClass {
    Integer,
    Double,
}

/// Where a struct goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Passing {
    /// One or two words in registers.
    Registers { first: RegisterClass, second: Option<RegisterClass> },
    /// On the stack; a result where the caller says.
    Memory,
    /// As libffi decides by the fields.
    ByFields,
}

impl RegisterClass {
    /// libffi's type of a word of this class.
    fn general_type(self) -> Type {
        match self {
            RegisterClass::Integer => Type::u64(),
            RegisterClass::Double => Type::f64(),
        }
    }
}

/// How a struct or union goes by value, or why it does not.
pub(super) fn passing_of(types: &TypeTable, id: TypeId) -> Result<Passing, String> {
    let info = types.info(id);
    if !info.is_complete {
        return Err("which is opaque; only a pointer to it can be passed".to_string());
    }
    if info.size == 0 {
        return Err("which has no size".to_string());
    }
    if info.size > MAX_BY_VALUE {
        return Err(format!("whose {} bytes are too many to be passed by value; pass a pointer", info.size));
    }
    if info.align > 8 {
        return Err(format!("whose alignment of {} bytes is not kept when it is passed by value; pass a pointer", info.align));
    }
    if !cfg!(target_arch = "x86_64") {
        return if is_plain(types, id) {
            Ok(Passing::ByFields)
        } else {
            Err("which has a union, bit-fields or packed fields, and is not passed by value on this machine; pass a pointer"
                .into())
        };
    }
    let mut words = [None, None];
    let is_aligned = classify(types, id, 0, &mut words, info.size <= 16);
    match (info.size <= 16, is_aligned) {
        (false, _) => Ok(Passing::Memory),
        (true, false) => Err("whose packed fields are not aligned, and is not passed by value; pass a pointer".to_string()),
        (true, true) => {
            let first = words[0].unwrap_or(RegisterClass::Integer);
            let second = (info.size > 8).then(|| words[1].unwrap_or(RegisterClass::Integer));
            Ok(Passing::Registers { first, second })
        }
    }
}

/// Notes the classes of the words that a value at an offset covers; says whether all of it is aligned.
fn classify(types: &TypeTable, id: TypeId, offset: u64, words: &mut [Option<RegisterClass>; 2], is_small: bool) -> bool {
    if !is_small {
        return true;
    }
    let info = types.info(id);
    match &info.kind {
        TypeKind::Record(record) => record.fields.iter().all(|field| match field.bits {
            Some(bits) => {
                let first = (offset + field.offset) * 8 + bits.first as u64;
                for bit in [first, first + bits.width as u64 - 1] {
                    note(words, bit / 8, RegisterClass::Integer);
                }
                true
            }
            None => classify(types, field.type_id, offset + field.offset, words, is_small),
        }),
        TypeKind::Array { length, element } => {
            let size = types.info(*element).size;
            (0..*length).all(|i| classify(types, *element, offset + i * size, words, is_small))
        }
        _ => {
            let is_float = matches!(info.representation, Representation::F32 | Representation::F64);
            note(words, offset, if is_float { RegisterClass::Double } else { RegisterClass::Integer });
            if info.size > 8 {
                note(words, offset + 8, RegisterClass::Integer);
            }
            offset.is_multiple_of(info.align)
        }
    }
}

/// Notes the class of what begins at an offset; integers win over doubles.
fn note(words: &mut [Option<RegisterClass>; 2], offset: u64, class: RegisterClass) {
    let word = &mut words[(offset / 8) as usize % 2];
    if *word != Some(RegisterClass::Integer) {
        *word = Some(class);
    }
}

/// Whether libffi has words for all of a struct.
fn is_plain(types: &TypeTable, id: TypeId) -> bool {
    match &types.info(id).kind {
        TypeKind::Record(record) => {
            !record.is_union
                && !record.is_packed
                && record.fields.iter().all(|field| field.bits.is_none() && is_plain(types, field.type_id))
        }
        TypeKind::Array { length, element } => *length > 0 && is_plain(types, *element),
        _ => true,
    }
}

/// libffi's type of a value that is passed.
pub(super) fn general_type(types: &TypeTable, id: TypeId) -> Result<Type, String> {
    let info = types.info(id);
    Ok(match info.representation {
        Representation::I8 | Representation::Char => Type::i8(),
        Representation::I16 => Type::i16(),
        Representation::I32 => Type::i32(),
        Representation::I64 => Type::i64(),
        Representation::U8 | Representation::Bool => Type::u8(),
        Representation::U16 => Type::u16(),
        Representation::U32 => Type::u32(),
        Representation::U64 => Type::u64(),
        Representation::F32 => Type::f32(),
        Representation::F64 => Type::f64(),
        Representation::Pointer | Representation::FunctionPointer | Representation::CString => Type::pointer(),
        Representation::Record => match passing_of(types, id)? {
            Passing::Registers { first, second } => {
                Type::structure(std::iter::once(first).chain(second).map(RegisterClass::general_type).collect::<Vec<Type>>())
            }
            Passing::Memory => Type::structure(vec![Type::u64(); info.size.div_ceil(8) as usize]),
            Passing::ByFields => by_fields(types, id)?,
        },
        _ => return Err(format!("{} cannot be passed to C", info.name)),
    })
}

fn by_fields(types: &TypeTable, id: TypeId) -> Result<Type, String> {
    let mut parts = Vec::new();
    collect_parts(types, id, &mut parts)?;
    Ok(Type::structure(parts))
}

fn collect_parts(types: &TypeTable, id: TypeId, parts: &mut Vec<Type>) -> Result<(), String> {
    let info = types.info(id);
    match &info.kind {
        TypeKind::Record(record) => {
            let mut inner = Vec::new();
            record.fields.iter().try_for_each(|field| collect_parts(types, field.type_id, &mut inner))?;
            parts.push(Type::structure(inner));
        }
        TypeKind::Array { length, element } => {
            (0..*length).try_for_each(|_| collect_parts(types, *element, parts))?;
        }
        _ if matches!(info.representation, Representation::String | Representation::Slice) => {
            parts.extend([Type::pointer(), Type::u64()]);
        }
        _ if matches!(info.representation, Representation::Any | Representation::Reference) => parts.push(Type::u64()),
        _ => parts.push(general_type(types, id)?),
    }
    Ok(())
}
