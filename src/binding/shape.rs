//! Types by what a call or a piece of memory sees of them, to compare declarations of Cotter with those of C.

use super::c_type::{CType, Declarations, KNOWN_OPAQUE, known_typedef, scalar_kind};
use super::evaluate::Scalar;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Void,
    Bool,
    /// Enums too.
    Int {
        bits: u8,
        is_signed: bool,
    },
    Float {
        bits: u8,
    },
    Pointer {
        is_const: bool,
        target: Box<Shape>,
    },
    Array {
        length: u64,
        element: Box<Shape>,
    },
    /// By all the names that it has in Cotter.
    Record(Vec<Rc<str>>),
    Function {
        parameters: Vec<Shape>,
        is_variadic: bool,
        result: Box<Shape>,
    },
    /// What the other side has no counterpart for.
    Other(String),
}

/// Why two types cannot stand for each other, if so.
pub fn difference(ours: &Shape, theirs: &Shape) -> Option<&'static str> {
    const KINDS: Option<&str> = Some("another type");
    match (ours, theirs) {
        (Shape::Void, Shape::Void) | (Shape::Bool, Shape::Bool) => None,
        (Shape::Int { bits, is_signed }, Shape::Int { bits: theirs, is_signed: signed }) => {
            if bits != theirs {
                Some("an integer of another size")
            } else if is_signed != signed {
                Some("an integer of another signedness")
            } else {
                None
            }
        }
        (Shape::Float { bits }, Shape::Float { bits: theirs }) => (bits != theirs).then_some("a float of another size"),
        (Shape::Pointer { is_const, target }, Shape::Pointer { is_const: const_theirs, target: theirs }) => {
            if *is_const && !const_theirs && !is_function(theirs) {
                return Some("a pointer through which C may write");
            }
            match (&**target, &**theirs) {
                // A pointer to anything may be declared as one to nothing in particular, and the other way round.
                (Shape::Void, _) | (_, Shape::Void) => None,
                (Shape::Int { bits: 8, .. } | Shape::Bool, Shape::Int { bits: 8, .. } | Shape::Bool) => None,
                (ours, theirs) => difference(ours, theirs).map(|_| "a pointer to something else"),
            }
        }
        (Shape::Pointer { target, .. }, Shape::Function { .. }) | (Shape::Function { .. }, Shape::Pointer { target, .. })
            if **target == Shape::Void =>
        {
            None
        }
        (Shape::Array { length, element }, Shape::Array { length: theirs, element: of }) => match (&**element, &**of) {
            _ if length != theirs => Some("an array of another length"),
            // The bytes of a text have no sign that matters.
            (Shape::Int { bits: 8, .. }, Shape::Int { bits: 8, .. }) => None,
            (ours, theirs) => difference(ours, theirs),
        },
        (Shape::Record(ours), Shape::Record(theirs)) => {
            (!ours.iter().any(|name| theirs.contains(name))).then_some("another struct or union")
        }
        (
            Shape::Function { parameters, is_variadic, result },
            Shape::Function { parameters: theirs, is_variadic: variadic, result: of },
        ) => {
            let is_same = parameters.len() == theirs.len()
                && is_variadic == variadic
                && difference(result, of).is_none()
                && parameters.iter().zip(theirs).all(|(ours, theirs)| difference(ours, theirs).is_none());
            (!is_same).then_some("a function of another type")
        }
        _ => KINDS,
    }
}

fn is_function(shape: &Shape) -> bool {
    matches!(shape, Shape::Function { .. })
}

/// The shape of a type of C. `names` gives the names that a record has in Cotter.
pub fn shape_of(declarations: &Declarations, c_type: &CType, names: &dyn Fn(usize) -> Vec<Rc<str>>) -> Shape {
    let of = |c_type: &CType| shape_of(declarations, c_type, names);
    match declarations.resolve(c_type) {
        CType::Void => Shape::Void,
        CType::Bool => Shape::Bool,
        CType::Scalar(name) => scalar(name),
        CType::Typedef(name) => match known_typedef(name) {
            Some(known) => scalar(known),
            None if KNOWN_OPAQUE.contains(&&**name) => Shape::Record(vec![Rc::clone(name)]),
            None => Shape::Other(name.to_string()),
        },
        CType::Record(index) => Shape::Record(names(*index)),
        CType::Enum(index) => scalar(declarations.enums[*index].base()),
        CType::Pointer { is_const, target } => match declarations.resolve(target) {
            CType::Function(_) => of(target),
            _ => Shape::Pointer { is_const: *is_const, target: Box::new(of(target)) },
        },
        CType::Array { length, element } => Shape::Array { length: length.unwrap_or(0), element: Box::new(of(element)) },
        CType::Function(signature) => Shape::Function {
            parameters: signature.parameters.iter().map(|(_, c_type, _)| of(c_type)).collect(),
            is_variadic: signature.is_variadic,
            result: Box::new(of(&signature.result)),
        },
        CType::Refused(name) => Shape::Other(name.to_string()),
    }
}

fn scalar(name: &str) -> Shape {
    match scalar_kind(name) {
        Scalar::Bool => Shape::Bool,
        Scalar::Int(kind) => Shape::Int { bits: kind.bits, is_signed: kind.is_signed },
        Scalar::Float { bits } => Shape::Float { bits },
        Scalar::Other => Shape::Other(name.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_for_each_other() {
        let int = |bits, is_signed| Shape::Int { bits, is_signed };
        let pointer = |is_const, target| Shape::Pointer { is_const, target: Box::new(target) };
        assert_eq!(difference(&int(32, true), &int(32, true)), None);
        assert!(difference(&int(32, true), &int(32, false)).is_some());
        assert!(difference(&int(32, true), &int(64, true)).is_some());
        assert_eq!(difference(&pointer(false, int(8, false)), &pointer(true, int(8, true))), None);
        assert!(difference(&pointer(true, int(8, false)), &pointer(false, int(8, false))).is_some());
        assert_eq!(difference(&pointer(false, Shape::Void), &pointer(false, Shape::Record(vec!["FILE".into()]))), None);
        let record = |name: &str| Shape::Record(vec![name.into()]);
        assert!(difference(&record("a"), &record("b")).is_some());
        assert!(difference(&Shape::Float { bits: 64 }, &int(64, true)).is_some());
    }
}
