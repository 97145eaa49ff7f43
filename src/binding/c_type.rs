//! What C declarations say, as data: types with their names resolved, and the declarations of a text.

use super::Problem;
use super::evaluate::{IntKind, Number, Scalar};
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub enum CType {
    Void,
    Bool,
    /// An arithmetic type, by the name that Cotter has for it: `c_uint`, `f64`.
    Scalar(&'static str),
    Typedef(Rc<str>),
    Record(usize),
    Enum(usize),
    Pointer {
        is_const: bool,
        target: Box<CType>,
    },
    /// `None` where no length is given.
    Array {
        length: Option<u64>,
        element: Box<CType>,
    },
    Function(Rc<Signature>),
    /// What Cotter has no type for, by its name in C.
    Refused(Rc<str>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Names may be missing.
    pub parameters: Vec<(Option<Rc<str>>, CType, usize)>,
    pub is_variadic: bool,
    pub result: CType,
    /// `f(a) int a; { … }`
    pub is_old_style: bool,
}

/// A struct or union.
#[derive(Clone, Debug)]
pub struct CRecord {
    pub tag: Option<Rc<str>>,
    pub is_union: bool,
    /// `None` while only its name is known.
    pub fields: Option<Vec<CField>>,
    pub is_packed: bool,
    pub align: Option<u64>,
    pub place: usize,
    /// Why its layout cannot be said.
    pub refusal: Option<String>,
    /// For one without a tag: what it may be called after what it is part of.
    pub hint: Option<String>,
    /// How C names it, where C can.
    pub spelling: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CField {
    /// `None` for an anonymous part, and for bits that only fill.
    pub name: Option<Rc<str>>,
    pub c_type: CType,
    pub bits: Option<u64>,
    pub place: usize,
}

#[derive(Clone, Debug)]
pub struct CEnum {
    pub tag: Option<Rc<str>>,
    /// Name, value, place.
    pub members: Vec<(Rc<str>, i128, usize)>,
    pub is_complete: bool,
    pub is_packed: bool,
    pub place: usize,
    pub hint: Option<String>,
    pub spelling: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CTypedef {
    pub c_type: CType,
    /// `typedef const struct a b;`
    pub is_const: bool,
    pub place: usize,
}

#[derive(Clone, Debug)]
pub struct CFunction {
    pub signature: Rc<Signature>,
    pub symbol: Option<String>,
    pub place: usize,
    /// The whole declaration's tokens, for attributes: index of the piece.
    pub piece: usize,
    /// `static` or `inline`: no library has it.
    pub is_local: bool,
}

#[derive(Clone, Debug)]
pub struct CVariable {
    pub c_type: CType,
    pub symbol: Option<String>,
    pub place: usize,
    /// `static`, or one for each thread: why it cannot be reached.
    pub refusal: Option<&'static str>,
}

/// A declaration, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Declared {
    Record(usize),
    Enum(usize),
    Typedef(Rc<str>),
    Function(Rc<str>),
    Variable(Rc<str>),
}

/// All that a text declares.
#[derive(Default)]
pub struct Declarations {
    pub records: Vec<CRecord>,
    pub enums: Vec<CEnum>,
    pub typedefs: HashMap<Rc<str>, CTypedef>,
    pub functions: HashMap<Rc<str>, CFunction>,
    pub variables: HashMap<Rc<str>, CVariable>,
    /// The enum and value of each enumerator.
    pub enumerators: HashMap<Rc<str>, (usize, i128)>,
    pub record_tags: HashMap<Rc<str>, usize>,
    pub enum_tags: HashMap<Rc<str>, usize>,
    pub order: Vec<Declared>,
    pub problems: Vec<Problem>,
}

impl Declarations {
    /// A type with typedefs looked through, and whether a `const` was among them.
    pub fn resolve<'a>(&'a self, c_type: &'a CType) -> &'a CType {
        let mut found = c_type;
        // Typedefs name earlier ones, so this ends; the bound is for a text that is wrong.
        for _ in 0..100 {
            match found {
                CType::Typedef(name) => match self.typedefs.get(name) {
                    Some(typedef) => found = &typedef.c_type,
                    None => return found,
                },
                _ => return found,
            }
        }
        found
    }

    /// Size and alignment in bytes, where they can be told without the C compiler.
    pub fn layout(&self, c_type: &CType) -> Option<(u64, u64)> {
        match c_type {
            CType::Void => Some((1, 1)),
            CType::Bool => Some((1, 1)),
            CType::Scalar(name) => scalar_size(name).map(|size| (size, size)),
            CType::Typedef(name) => match known_typedef(name) {
                Some(known) if !self.typedefs.contains_key(name) => scalar_size(known).map(|size| (size, size)),
                _ => self.layout(&self.typedefs.get(name)?.c_type),
            },
            CType::Record(index) => self.record_layout(&self.records[*index]),
            CType::Enum(index) => scalar_size(self.enums[*index].base()).map(|size| (size, size)),
            CType::Pointer { .. } => Some((8, 8)),
            CType::Array { length, element } => {
                let (size, align) = self.layout(element)?;
                Some((size.checked_mul(length.unwrap_or(0))?, align))
            }
            CType::Function(_) | CType::Refused(_) => None,
        }
    }

    /// The layout of a record without bit-fields.
    fn record_layout(&self, record: &CRecord) -> Option<(u64, u64)> {
        if record.refusal.is_some() {
            return None;
        }
        let (mut size, mut align) = (0u64, record.align.unwrap_or(1));
        for field in record.fields.as_ref()? {
            if field.bits.is_some() {
                return None;
            }
            let (field_size, field_align) = self.layout(&field.c_type)?;
            let field_align = if record.is_packed { 1 } else { field_align };
            align = align.max(field_align);
            size = if record.is_union {
                size.max(field_size)
            } else {
                size.checked_next_multiple_of(field_align)?.checked_add(field_size)?
            };
        }
        Some((size.checked_next_multiple_of(align)?, align))
    }

    /// What a type is in a cast.
    pub fn scalar(&self, c_type: &CType) -> Scalar {
        match self.resolve(c_type) {
            CType::Bool => Scalar::Bool,
            CType::Scalar(name) => scalar_kind(name),
            CType::Enum(index) => scalar_kind(self.enums[*index].base()),
            CType::Typedef(name) => known_typedef(name).map_or(Scalar::Other, scalar_kind),
            _ => Scalar::Other,
        }
    }

    pub fn enumerator(&self, name: &str) -> Option<Number> {
        let &(index, value) = self.enumerators.get(name)?;
        let kind = match scalar_kind(self.enums[index].base()) {
            Scalar::Int(kind) if kind.bits > 32 => kind,
            _ if value > i128::from(i32::MAX) => IntKind { bits: 32, is_signed: false },
            _ => IntKind::INT,
        };
        Some(Number::Int { value, kind })
    }
}

impl CEnum {
    /// The integer type that GCC gives it, by Cotter's name.
    pub fn base(&self) -> &'static str {
        let least = self.members.iter().map(|member| member.1).min().unwrap_or(0);
        let most = self.members.iter().map(|member| member.1).max().unwrap_or(0);
        if self.is_packed {
            let fits =
                |bits: u32| if least < 0 { least >= -(1 << (bits - 1)) && most < 1 << (bits - 1) } else { most < 1 << bits };
            match (fits(8), fits(16), least < 0) {
                (true, _, true) => return "i8",
                (true, _, false) => return "u8",
                (_, true, true) => return "i16",
                (_, true, false) => return "u16",
                _ => {}
            }
        }
        match (least < 0, least >= i128::from(i32::MIN) && most <= i128::from(i32::MAX), most <= i128::from(u32::MAX)) {
            (true, true, _) => "c_int",
            (true, false, _) => "c_long",
            (false, _, true) => "c_uint",
            (false, _, false) => "c_ulong",
        }
    }
}

pub fn scalar_kind(name: &str) -> Scalar {
    match name {
        "bool" => Scalar::Bool,
        "c_float" | "f32" => Scalar::Float { bits: 32 },
        "c_double" | "f64" => Scalar::Float { bits: 64 },
        _ => match scalar_size(name) {
            Some(size) => {
                let is_signed = match name.strip_prefix("c_") {
                    Some("char") => std::ffi::c_char::MIN != 0,
                    Some(rest) => !rest.starts_with('u'),
                    None => name.starts_with('i'),
                };
                Scalar::Int(IntKind { bits: size as u8 * 8, is_signed })
            }
            None => Scalar::Other,
        },
    }
}

fn scalar_size(name: &str) -> Option<u64> {
    Some(match name {
        "bool" | "c_char" | "c_schar" | "c_uchar" | "i8" | "u8" => 1,
        "c_short" | "c_ushort" | "i16" | "u16" => 2,
        "c_int" | "c_uint" | "c_float" | "i32" | "u32" | "f32" => 4,
        "c_long" | "c_ulong" => size_of::<std::ffi::c_long>() as u64,
        "isize" | "usize" => size_of::<usize>() as u64,
        "c_longlong" | "c_ulonglong" | "c_double" | "i64" | "u64" | "f64" => 8,
        _ => return None,
    })
}

/// Typedefs that every C programmer takes for granted, with the type of Cotter that each one is on this platform.
const KNOWN_TYPEDEFS: &[(&str, &str)] = &[
    ("size_t", "usize"),
    ("ssize_t", "isize"),
    ("ptrdiff_t", "isize"),
    ("intptr_t", "isize"),
    ("uintptr_t", "usize"),
    ("int8_t", "i8"),
    ("uint8_t", "u8"),
    ("int16_t", "i16"),
    ("uint16_t", "u16"),
    ("int32_t", "i32"),
    ("uint32_t", "u32"),
    ("int64_t", "i64"),
    ("uint64_t", "u64"),
    ("intmax_t", "i64"),
    ("uintmax_t", "u64"),
    ("bool", "bool"),
    ("wchar_t", "c_int"),
    ("off_t", "i64"),
    ("off64_t", "i64"),
    ("time_t", "c_long"),
    ("clock_t", "c_long"),
    ("pid_t", "c_int"),
    ("uid_t", "c_uint"),
    ("gid_t", "c_uint"),
    ("mode_t", "c_uint"),
    ("socklen_t", "c_uint"),
    ("dev_t", "u64"),
    ("ino_t", "u64"),
    ("suseconds_t", "c_long"),
    ("useconds_t", "c_uint"),
    ("uint", "c_uint"),
    ("ushort", "c_ushort"),
    ("ulong", "c_ulong"),
];

/// Types of the C library that are only pointed to.
pub const KNOWN_OPAQUE: &[&str] = &["FILE", "DIR"];

/// Types that are refused by name.
pub const REFUSED_TYPES: &[(&str, &str)] = &[
    ("va_list", "va_list"),
    ("__builtin_va_list", "va_list"),
    ("__gnuc_va_list", "va_list"),
    ("__int128", "__int128"),
    ("__int128_t", "__int128"),
    ("__uint128_t", "__int128"),
    ("__float128", "__float128"),
    ("__bf16", "__bf16"),
];

pub fn known_typedef(name: &str) -> Option<&'static str> {
    KNOWN_TYPEDEFS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
