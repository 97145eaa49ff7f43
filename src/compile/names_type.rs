//! What the text tells about the type of a value: an annotation, a constructor, the result of a declared function.

use super::names::{DeclarationId, DeclarationKind, Indexer, Meaning, Origin, Owner};
use super::symbol::Symbol;
use crate::syntax::tree::*;

/// How far a chain of variables is followed to where a value comes from.
const FOLLOWED: usize = 24;

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum Shape<'t> {
    /// A value of a type.
    Type(&'t Type),
    /// Elements of a type in a row.
    Slice(&'t Type),
    Owner(Owner),
}

/// Types of the language whose methods are listed under another name, or under their own.
const TYPES: &[(&str, &str)] = &[
    ("string", "string"),
    ("cstr", "string"),
    ("list", "list"),
    ("map", "map"),
    ("generator", "generator"),
    ("error", "error"),
    ("Pinner", "Pinner"),
    ("Arena", "Arena"),
];

/// Builtins that give a value of one type.
const RESULTS: &[(&str, &str)] = &[
    ("str", "string"),
    ("repr", "string"),
    ("string", "string"),
    ("chr", "string"),
    ("list", "list"),
    ("sorted", "list"),
    ("enumerate", "list"),
    ("zip", "list"),
    ("map", "map"),
    ("Error", "error"),
    ("Pinner", "Pinner"),
    ("Arena", "Arena"),
];

fn listed(table: &[(&str, &'static str)], name: &str) -> Option<Owner> {
    table.iter().find(|(known, _)| *known == name).map(|&(_, owner)| Owner::Type(owner))
}

impl<'t> Indexer<'t> {
    pub(super) fn shape(&self, expression: &'t Expression, followed: usize) -> Option<Shape<'t>> {
        if followed > FOLLOWED {
            return None;
        }
        let next = followed + 1;
        match &expression.kind {
            ExpressionKind::String(_) | ExpressionKind::Template(_) => Some(Shape::Owner(Owner::Type("string"))),
            ExpressionKind::List(_) => Some(Shape::Owner(Owner::Type("list"))),
            ExpressionKind::Map(_) => Some(Shape::Owner(Owner::Type("map"))),
            ExpressionKind::Bytes(_) => Some(Shape::Owner(Owner::Type("slice"))),
            ExpressionKind::Parenthesized(inner) => self.shape(inner, next),
            ExpressionKind::AddressOf(inner) => self.shape(inner, next),
            ExpressionKind::Cast { target, .. } => Some(Shape::Type(target)),
            ExpressionKind::New(new) => Some(match &new.target {
                NewTarget::One(target) => Shape::Type(target),
                NewTarget::Slice { element, .. } => Shape::Slice(element),
            }),
            ExpressionKind::Name { id, .. } => {
                let symbol = self.resolved.meanings.get(id.0 as usize)?;
                match self.meaning_of(symbol)? {
                    Meaning::Declaration(id) => self.shape_of_declaration(id, next),
                    _ => None,
                }
            }
            ExpressionKind::Index { object, .. } => match self.shape(object, next)? {
                Shape::Slice(element) => Some(Shape::Type(element)),
                Shape::Type(node) => match &node.kind {
                    TypeKind::Slice(element) | TypeKind::Array { element, .. } | TypeKind::Pointer { target: element, .. } => {
                        Some(Shape::Type(element))
                    }
                    _ => None,
                },
                Shape::Owner(_) => None,
            },
            ExpressionKind::Field { object, name, .. } => {
                let owner = self.shape(object, next).and_then(|shape| self.owner_of_shape(shape))?;
                let Owner::Declaration(owner) = owner else { return None };
                let (id, _) = self.index.members(owner).find(|(_, member)| member.name == name.text)?;
                self.shape_of_declaration(id, next)
            }
            ExpressionKind::Call { callee, .. } => self.shape_of_call(callee, next),
            _ => None,
        }
    }

    fn shape_of_call(&self, callee: &'t Expression, followed: usize) -> Option<Shape<'t>> {
        if let ExpressionKind::Name { id, .. } = &callee.kind
            && let Some(Symbol::Builtin(name) | Symbol::BuiltinType(name)) = self.resolved.meanings.get(id.0 as usize)
        {
            return listed(RESULTS, name).map(Shape::Owner);
        }
        let id = match &callee.kind {
            ExpressionKind::Name { id, .. } => match self.meaning_of(self.resolved.meanings.get(id.0 as usize)?)? {
                Meaning::Declaration(id) => id,
                _ => return None,
            },
            ExpressionKind::Field { object, name, .. } => {
                let owner = self.shape(object, followed).and_then(|shape| self.owner_of_shape(shape))?;
                let Owner::Declaration(owner) = owner else { return None };
                self.index.members(owner).find(|(_, member)| member.name == name.text)?.0
            }
            _ => return None,
        };
        match self.index.declaration(id).kind {
            DeclarationKind::Struct | DeclarationKind::Union => Some(Shape::Owner(Owner::Declaration(id))),
            _ => match self.origins.get(&id)? {
                Origin::Result(result) => Some(Shape::Type(result)),
                _ => None,
            },
        }
    }

    fn shape_of_declaration(&self, id: DeclarationId, followed: usize) -> Option<Shape<'t>> {
        if let Some(owner) = self.owner_by_declaration(id) {
            return Some(Shape::Owner(owner));
        }
        match *self.origins.get(&id)? {
            Origin::Annotation(node) => Some(Shape::Type(node)),
            Origin::Value(value) => self.shape(value, followed),
            Origin::SelfOf(record) => Some(Shape::Owner(Owner::Declaration(record))),
            Origin::Result(_) => None,
        }
    }

    /// What a name has behind a dot, if it stands for a type, a library or a module.
    pub(super) fn owner_by_declaration(&self, id: DeclarationId) -> Option<Owner> {
        match self.index.declaration(id).kind {
            DeclarationKind::Struct | DeclarationKind::Union | DeclarationKind::Enum | DeclarationKind::Library => {
                Some(Owner::Declaration(id))
            }
            DeclarationKind::Module => Some(Owner::Module(id)),
            _ => None,
        }
    }

    pub(super) fn owner_of_shape(&self, shape: Shape<'t>) -> Option<Owner> {
        let mut node = match shape {
            Shape::Owner(owner) => return Some(owner),
            Shape::Slice(_) => return Some(Owner::Type("slice")),
            Shape::Type(node) => node,
        };
        for _ in 0..FOLLOWED {
            match &node.kind {
                TypeKind::Pointer { target, .. } | TypeKind::Nilable(target) => node = target,
                TypeKind::Slice(_) | TypeKind::Array { .. } => return Some(Owner::Type("slice")),
                TypeKind::Name { path, id } => {
                    let symbol = self.resolved.meanings.get(id.0 as usize)?;
                    if let Symbol::BuiltinType(name) | Symbol::Builtin(name) = symbol {
                        return listed(TYPES, name);
                    }
                    let Meaning::Declaration(mut id) = self.meaning_of(symbol)? else { return None };
                    if let Some(second) = path.get(1) {
                        id = self.index.members(id).find(|(_, member)| member.name == second.text)?.0;
                    }
                    if self.index.declaration(id).kind != DeclarationKind::TypeName {
                        return self.owner_by_declaration(id);
                    }
                    match self.origins.get(&id)? {
                        Origin::Annotation(target) => node = target,
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
        None
    }
}
