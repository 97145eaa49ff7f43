//! What a module declares, as data: types, records, enums, extern blocks.

use super::Code;
use crate::source::SourceRange;
use std::rc::Rc;

/// A type as it is written, with all names resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeDescription {
    /// A type of the language or of C by its name: `int`, `string`, `any`, `c_int`, `f64`, `void`, `cstr`, `list`, `nil`, `range`, `generator`, `error`, `Pinner`….
    Builtin(Rc<str>),
    /// A record of this unit.
    Record(u32),
    /// An enum of this unit.
    Enum(u32),
    /// A type that another module exports, found when it is first needed: the module's slot, then the names behind it.
    Member {
        slot: u32,
        path: Vec<Rc<str>>,
        range: SourceRange,
    },
    Pointer {
        is_const: bool,
        target: Rc<TypeDescription>,
    },
    Slice(Rc<TypeDescription>),
    Array {
        length: u64,
        element: Rc<TypeDescription>,
    },
    Function {
        parameters: Vec<TypeDescription>,
        is_variadic: bool,
        result: Rc<TypeDescription>,
    },
    Nilable(Rc<TypeDescription>),
}

impl TypeDescription {
    /// How deep it is nested, and of how many types it is made.
    pub fn depth_and_size(&self) -> (usize, usize) {
        let around = |(depth, size): (usize, usize)| (depth + 1, size + 1);
        match self {
            Self::Builtin(_) | Self::Record(_) | Self::Enum(_) | Self::Member { .. } => (1, 1),
            Self::Pointer { target: inner, .. }
            | Self::Slice(inner)
            | Self::Array { element: inner, .. }
            | Self::Nilable(inner) => around(inner.depth_and_size()),
            Self::Function { parameters, result, .. } => {
                let parts = parameters.iter().map(Self::depth_and_size);
                around(parts.fold(result.depth_and_size(), |(depth, size), part| (depth.max(part.0), size + part.1)))
            }
        }
    }
}

/// A struct or union.
#[derive(Debug)]
pub struct RecordDeclaration {
    /// Empty for an anonymous part.
    pub name: Rc<str>,
    pub range: SourceRange,
    pub is_union: bool,
    pub is_packed: bool,
    /// `@align(n)`, in bytes.
    pub align: Option<u64>,
    /// Declared without a body.
    pub is_opaque: bool,
    pub fields: Vec<FieldDeclaration>,
    /// Methods by name, operators by their spelling; functions of the unit's `functions` table.
    pub methods: Vec<(Rc<str>, Rc<Code>)>,
    /// Makes a value where a field has a default: takes the fields as parameters, ends in `MakeRecord`.
    pub constructor: Option<Rc<Code>>,
    pub doc: Option<Rc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPlace {
    Own,
    /// `...Shape`: the part is named after its type, and its fields and methods are reached through.
    Embedded,
    /// An anonymous union or struct: only its fields are reached.
    Anonymous,
}

#[derive(Debug)]
pub struct FieldDeclaration {
    /// Empty for an anonymous part.
    pub name: Rc<str>,
    pub range: SourceRange,
    pub description: TypeDescription,
    /// The width of a bit-field.
    pub bits: Option<u8>,
    pub place: FieldPlace,
    pub has_default: bool,
}

#[derive(Debug)]
pub struct EnumDeclaration {
    pub name: Rc<str>,
    pub range: SourceRange,
    pub base: TypeDescription,
    /// In order of declaration, evaluated.
    pub members: Vec<(Rc<str>, i64)>,
    pub doc: Option<Rc<str>>,
}

/// One extern block: where its names come from, and the functions and variables it declares.
#[derive(Debug)]
pub struct ExternBlock {
    pub range: SourceRange,
    /// In the order in which they are tried; empty for the process itself.
    pub libraries: Vec<Rc<str>>,
    /// The slot of `extern … as z`, which holds a module-like value; `None`: the names have slots of their own.
    pub alias_slot: Option<u32>,
    pub functions: Vec<ExternFunction>,
    /// Indexes into the unit's `extern_variables`.
    pub variables: Vec<u32>,
    /// Names of records, enums, type names and constants declared inside, for `z.NAME`: name and constant or type.
    pub types: Vec<(Rc<str>, TypeDescription)>,
    pub constants: Vec<(Rc<str>, super::Constant)>,
}

#[derive(Debug)]
pub struct ExternFunction {
    pub name: Rc<str>,
    /// `@symbol("…")`, else the name.
    pub symbol: Rc<str>,
    pub range: SourceRange,
    /// The slot that holds the function, if the block has no alias.
    pub slot: Option<u32>,
    pub parameters: Vec<ExternParameter>,
    pub is_variadic: bool,
    pub result: TypeDescription,
    pub contracts: Vec<Contract>,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
pub struct ExternParameter {
    pub name: Rc<str>,
    pub range: SourceRange,
    pub description: TypeDescription,
    pub contracts: Vec<Contract>,
}

#[derive(Debug)]
pub struct ExternVariable {
    pub name: Rc<str>,
    pub symbol: Rc<str>,
    pub range: SourceRange,
    pub block: u32,
    /// The slot that forwards to the variable (for other modules and later REPL entries), if the block has no alias.
    pub slot: Option<u32>,
    pub description: TypeDescription,
}

/// An attribute that an extern declaration carries: its name and its arguments as source text.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub name: Rc<str>,
    pub arguments: Vec<Rc<str>>,
    pub range: SourceRange,
}
