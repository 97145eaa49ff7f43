//! The numbers of types, and the names of those that are fixed.

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
    // C's. A value of the language never has one of these types: `i64` reads as INT, `f64` as FLOAT, C's bool is BOOL.
    I8 "i8", I16 "i16", I32 "i32", U8 "u8", U16 "u16", U32 "u32", U64 "u64", F32 "f32", ISIZE "isize", USIZE "usize",
    C_CHAR "c_char", C_SCHAR "c_schar", C_UCHAR "c_uchar", C_SHORT "c_short", C_USHORT "c_ushort", C_INT "c_int", C_UINT "c_uint",
    C_LONG "c_long", C_ULONG "c_ulong", C_LONGLONG "c_longlong", C_ULONGLONG "c_ulonglong",
    I64 "i64", F64 "f64", C_FLOAT "c_float", C_DOUBLE "c_double", CSTR "cstr",
    // What stands behind objects that no script names.
    VALUES "values", CELL "cell", SLICE_METHODS "slice",
}

/// The names of the fixed types that scripts can name.
pub fn fixed_type_names() -> impl Iterator<Item = &'static str> {
    FIXED_TYPES.iter().filter(|(id, _)| id.0 < TypeId::VALUES.0).map(|(_, name)| *name)
}

impl TypeId {
    /// Set in the header of a `View` that is a struct value (see `ViewObject`).
    pub const VIEW_BIT: u32 = 1 << 31;

    /// The type without the bit.
    #[inline(always)]
    pub fn without_view(self) -> TypeId {
        TypeId(self.0 & !TypeId::VIEW_BIT)
    }

    /// The type with the bit, for the header of a struct value that is a `View`.
    #[inline(always)]
    pub fn with_view(self) -> TypeId {
        TypeId(self.0 | TypeId::VIEW_BIT)
    }

    /// The fixed type of this name.
    pub fn fixed(name: &str) -> Option<TypeId> {
        FIXED_TYPES.iter().find(|(_, fixed)| *fixed == name).map(|(id, _)| *id)
    }
}
