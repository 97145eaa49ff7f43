//! Declarations as Cotter has them: what is made of C, and what becomes a tree or source text.

use std::rc::Rc;

/// A declaration of an extern block.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The name in Cotter.
    pub name: Rc<str>,
    /// Where C declares it, in the text that was read.
    pub place: usize,
    /// Nobody asked for it, but something that was asked for names it.
    pub is_companion: bool,
    pub kind: ItemKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    Function {
        parameters: Vec<Parameter>,
        is_variadic: bool,
        /// `None`: void.
        result: Option<Type>,
        /// The symbol, if it is not the name.
        symbol: Option<Rc<str>>,
        /// The piece of C that it stands in, for the attributes before it.
        piece: usize,
    },
    Variable {
        target: Type,
        symbol: Option<Rc<str>>,
    },
    Record(Record),
    Enum {
        base: &'static str,
        members: Vec<(Rc<str>, i64)>,
        spelling: Option<String>,
    },
    TypeName(Type),
    Constant(Constant),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: Rc<str>,
    pub target: Type,
    pub place: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub is_union: bool,
    pub is_packed: bool,
    pub align: Option<u64>,
    /// `None`: opaque.
    pub members: Option<Vec<Member>>,
    /// How C names it, where C can: `struct stat`.
    pub spelling: Option<String>,
    /// Why it is opaque although C tells its fields.
    pub remark: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    Field {
        name: Rc<str>,
        target: Type,
        bits: Option<u64>,
        place: usize,
    },
    /// An anonymous struct or union.
    Part(Record, usize),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A type of the language or of C, or one that is declared.
    Name(Rc<str>),
    Pointer {
        is_const: bool,
        target: Box<Type>,
    },
    Array {
        length: u64,
        element: Box<Type>,
    },
    Function {
        parameters: Vec<Type>,
        is_variadic: bool,
        result: Option<Box<Type>>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// 64 bits; unsigned values above the largest int keep their bits.
    Int(i64),
    Float(f64),
    Text(Rc<str>),
}

/// What was left out, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    pub name: Rc<str>,
    pub why: String,
    pub place: usize,
    /// Macros and bodies, which belong to C itself: nobody is told of them who did not ask.
    pub is_expected: bool,
}

impl Type {
    pub fn named(name: &str) -> Type {
        Type::Name(name.into())
    }

    /// As source text.
    pub fn text(&self) -> String {
        match self {
            Type::Name(name) => name.to_string(),
            Type::Pointer { is_const, target } => format!("*{}{}", if *is_const { "const " } else { "" }, target.text()),
            Type::Array { length, element } => format!("[{length}]{}", element.text()),
            Type::Function { parameters, is_variadic, result } => {
                let mut parts: Vec<String> = parameters.iter().map(Type::text).collect();
                if *is_variadic {
                    parts.push("...".into());
                }
                let result = result.as_ref().map(|result| format!(" -> {}", result.text())).unwrap_or_default();
                format!("fn({}){result}", parts.join(", "))
            }
        }
    }
}
