//! Types: what a value is, and how memory in C layout holds it.
//!
//! Each type has a number. Those of the language and C's scalars are fixed; pointers, slices, arrays and function types
//! are made once for each combination, records and enums once for each declaration.

use super::word::Value;
use std::rc::Rc;

/// The number of a type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(transparent)]
pub struct TypeId(pub u32);

macro_rules! fixed_types {
    ($($constant:ident $name:literal,)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u32)]
        enum FixedNumber { $($constant,)+ COUNT }

        impl TypeId {
            $(pub const $constant: TypeId = TypeId(FixedNumber::$constant as u32);)+
            /// The first number of a type that is made at run time.
            pub const FIRST_MADE: u32 = FixedNumber::COUNT as u32;
        }

        /// The fixed types and the names that scripts know them by, in the order of their numbers.
        pub const FIXED_TYPES: &[(TypeId, &str)] = &[$((TypeId::$constant, $name),)+];
    };
}

fixed_types! {
    // The language's.
    NIL "nil", BOOL "bool", INT "int", FLOAT "float", STRING "string", LIST "list", MAP "map", RANGE "range",
    FUNCTION "function", GENERATOR "generator", ERROR "error", TYPE "type", MODULE "module", PINNER "Pinner", ARENA "Arena",
    LIBRARY "library", WEAK "weak", FILE "file", PATTERN "pattern", FOUND "match", ANY "any", VOID "void",
    // C's. `int` and `i64`, `float` and `f64`, `bool` and C's bool are one each: INT, FLOAT, BOOL.
    I8 "i8", I16 "i16", I32 "i32", U8 "u8", U16 "u16", U32 "u32", U64 "u64", F32 "f32", ISIZE "isize", USIZE "usize",
    C_CHAR "c_char", C_SCHAR "c_schar", C_UCHAR "c_uchar", C_SHORT "c_short", C_USHORT "c_ushort", C_INT "c_int", C_UINT "c_uint",
    C_LONG "c_long", C_ULONG "c_ulong", C_LONGLONG "c_longlong", C_ULONGLONG "c_ulonglong",
    I64 "i64", F64 "f64", C_FLOAT "c_float", C_DOUBLE "c_double", CSTR "cstr",
    // What stands behind objects that no script names.
    VALUES "values", CELL "cell",
}

impl TypeId {
    /// Set in the header of a `View` that is a struct value (see `ViewObject`).
    pub const VIEW_BIT: u32 = 1 << 31;

    /// The type without the bit.
    #[inline(always)]
    pub fn without_view(self) -> TypeId {
        TypeId(self.0 & !TypeId::VIEW_BIT)
    }
}

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
    /// A struct or union that stands in place.
    Record,
    /// An array that stands in place.
    Array,
    /// No memory holds it.
    None,
}

/// Everything about one type.
#[derive(Debug, Clone)]
pub struct TypeInfo {
    /// As a script writes it: `*c_int`, `[]u8`, `Point`.
    pub name: Rc<str>,
    pub kind: TypeKind,
    /// Bytes; 0 for what no memory holds and for opaque records.
    pub size: u64,
    pub align: u64,
    pub representation: Representation,
    /// Offsets of the words that may refer to managed memory, within one value.
    pub pointers: Rc<[u32]>,
    /// The type as a value, made at its first use.
    pub value: Value,
}

#[derive(Debug, Clone)]
pub enum TypeKind {
    /// A type of the language that has no layout, or one of the managed kinds.
    Language,
    Integer { bits: u8, is_signed: bool },
    Float { bits: u8 },
    Pointer { is_const: bool, target: TypeId },
    Slice { element: TypeId },
    Array { length: u64, element: TypeId },
    Function(Rc<FunctionType>),
    Record(Rc<super::record::RecordType>),
    Enum(Rc<super::record::EnumType>),
}

/// The type of a C function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionType {
    pub parameters: Vec<TypeId>,
    pub is_variadic: bool,
    /// [`TypeId::VOID`] for none.
    pub result: TypeId,
}

/// All types of a run.
#[derive(Debug)]
pub struct TypeTable {
    pub(super) types: Vec<TypeInfo>,
    pub(super) made: std::collections::HashMap<MadeKey, TypeId>,
}

/// What a made type is found again by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum MadeKey {
    Pointer { is_const: bool, target: TypeId },
    Slice(TypeId),
    Array(u64, TypeId),
    Function(FunctionType),
}
