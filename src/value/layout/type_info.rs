//! What is known of one type.

use super::record::{EnumType, RecordType};
use super::type_id::TypeId;
use crate::heap::Shape;
use crate::value::word::Value;
use std::rc::Rc;

/// How a slot of memory is read and written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Representation {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Bool,
    /// `c_char`: reads as a signed byte, takes -128..255.
    Char,
    /// A value of the language, any.
    Any,
    /// A value of the language of one type, or nil: list, map, function.
    Reference,
    /// `{const char *data; size_t size}`
    String,
    /// `{T *data; size_t count}`
    Slice,
    /// An address: `*T`.
    Pointer,
    /// The address of a C function.
    FunctionPointer,
    /// The address of a C string, which is read as a copy: `cstr`.
    CString,
    /// A struct or union that stands in place.
    Record,
    /// An array that stands in place.
    Array,
    /// No memory holds it.
    None,
}

/// Everything about one type.
#[derive(Debug)]
pub struct TypeInfo {
    /// As a script writes it: `*c_int`, `[]u8`, `Point`.
    pub name: Rc<str>,
    pub kind: TypeKind,
    /// Bytes; 0 for what no memory holds and for opaque records.
    pub size: u64,
    /// Bytes, a power of two.
    pub align: u64,
    pub representation: Representation,
    /// False for opaque records and those whose fields are not known yet: only pointers to them can be used.
    pub is_complete: bool,
    /// Offsets of the words that may refer to managed memory, within one value.
    pub pointers: Rc<[u32]>,
    /// Offsets of those that hold tagged values (`any`, `list`, `map`, `function`): new memory has nil there.
    pub values: Rc<[u32]>,
    /// A managed kind stands somewhere in it (`string`, `[]T` and those of `values`).
    pub holds_managed: bool,
    /// What a pointer points to, the elements of a slice or array; VOID for other types.
    pub target: TypeId,
    /// Bytes of one `target`; 0 while it is incomplete and for void.
    pub target_size: u64,
    pub target_representation: Representation,
    /// How the collector looks at a `Block` whose header has this type; `None` until one is made (see `Runtime::block_shape`).
    pub block_shape: Option<Shape>,
    /// The type as a value; nil until it was asked for.
    pub value: Value,
}

#[derive(Debug, Clone)]
pub enum TypeKind {
    /// A type of the language that has no layout, or one of the managed kinds.
    Language,
    Integer {
        bits: u8,
        is_signed: bool,
    },
    Float {
        bits: u8,
    },
    Pointer {
        is_const: bool,
        target: TypeId,
    },
    Slice {
        element: TypeId,
    },
    Array {
        length: u64,
        element: TypeId,
    },
    Function(Rc<FunctionType>),
    Record(Rc<RecordType>),
    Enum(Rc<EnumType>),
    /// A type or nil; no memory has it, annotations do.
    Nilable(TypeId),
    /// The contents of a block that stand behind some unused bytes, so that they are aligned to more than 16.
    Shifted {
        by: u64,
        element: TypeId,
    },
}

/// The type of a C function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionType {
    pub parameters: Vec<TypeId>,
    pub is_variadic: bool,
    /// [`TypeId::VOID`] for none.
    pub result: TypeId,
}

impl TypeInfo {
    pub fn record(&self) -> Option<&Rc<RecordType>> {
        match &self.kind {
            TypeKind::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Whether values of it can stand in memory.
    pub fn has_layout(&self) -> bool {
        self.is_complete && self.representation != Representation::None
    }

    /// The type's integer class (bits and sign), enums included.
    pub fn integer(&self) -> Option<(u8, bool)> {
        match self.representation {
            Representation::I8 | Representation::Char => Some((8, true)),
            Representation::I16 => Some((16, true)),
            Representation::I32 => Some((32, true)),
            Representation::I64 => Some((64, true)),
            Representation::U8 => Some((8, false)),
            Representation::U16 => Some((16, false)),
            Representation::U32 => Some((32, false)),
            Representation::U64 => Some((64, false)),
            _ => None,
        }
    }
}
