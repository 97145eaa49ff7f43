//! Items as the tree that the parser would make of them.
//!
//! Ranges are those of C names in the script, or all of them the one of the block where the C stands elsewhere.

use super::item::{Constant, Item, ItemKind, Member, Record, Type};
use crate::source::SourceRange;
use crate::syntax::tree::{
    Argument, Attribute, Enum, EnumMember, Expression, ExpressionKind, ExternFunction, ExternItem, ExternParameter, Field,
    Member as TreeMember, Name, NameId, Record as TreeRecord, Statement, StatementKind, Type as TreeType, TypeKind,
};
use std::collections::HashMap;
use std::rc::Rc;

/// Makes nodes; gives out the numbers of names.
pub struct Planter<'a> {
    /// One more than the largest number in use.
    pub name_count: &'a mut u32,
    /// Types that have another name, which may be dotted, in what was declared before.
    pub renamed: &'a HashMap<Rc<str>, Rc<str>>,
    /// Where what stands at a place of C is to be shown.
    pub range_of: &'a dyn Fn(usize) -> SourceRange,
    /// The attributes before the declaration of a piece, given its number and the one that names count on from.
    pub attributes: &'a mut dyn FnMut(usize, &mut u32) -> Vec<Attribute>,
}

impl Planter<'_> {
    pub fn item(&mut self, item: &Item) -> ExternItem {
        let range = (self.range_of)(item.place);
        let name = Name { text: Rc::clone(&item.name), range };
        match &item.kind {
            ItemKind::Function { parameters, is_variadic, result, symbol, piece } => {
                let mut attributes = (self.attributes)(*piece, self.name_count);
                attributes.extend(symbol.as_ref().map(|symbol| symbol_attribute(symbol, range)));
                let parameters = parameters.iter().map(|parameter| {
                    let range = (self.range_of)(parameter.place);
                    ExternParameter {
                        attributes: Vec::new(),
                        name: Name { text: Rc::clone(&parameter.name), range },
                        target: self.type_node(&parameter.target, range),
                    }
                });
                let parameters = parameters.collect();
                let result = result.as_ref().map(|result| self.type_node(result, range));
                let is_variadic = *is_variadic;
                ExternItem::Function(Box::new(ExternFunction {
                    attributes,
                    name,
                    parameters,
                    is_variadic,
                    result,
                    range,
                    doc: None,
                }))
            }
            ItemKind::Variable { target, symbol } => {
                let attributes = symbol.iter().map(|symbol| symbol_attribute(symbol, range)).collect();
                let target = self.type_node(target, range);
                ExternItem::Variable { attributes, name, target, range, doc: None }
            }
            ItemKind::Record(record) => {
                let node = self.record(record, Some(name), range);
                declaration(StatementKind::Record(Box::new(node)), range)
            }
            ItemKind::Enum { base, members, .. } => {
                let members = members.iter().map(|(member, value)| EnumMember {
                    name: Name { text: Rc::clone(member), range },
                    value: Some(int(*value, range)),
                });
                let node = Enum {
                    members: members.collect(),
                    base: Some(self.type_node(&Type::named(base), range)),
                    name,
                    range,
                    doc: None,
                };
                declaration(StatementKind::Enum(Box::new(node)), range)
            }
            ItemKind::TypeName(target) => {
                let target = self.type_node(target, range);
                declaration(StatementKind::TypeName { name, target }, range)
            }
            ItemKind::Constant(constant) => {
                let value = match constant {
                    Constant::Int(value) => int(*value, range),
                    Constant::Float(value) => expression(ExpressionKind::Float(*value), range),
                    Constant::Text(text) => expression(ExpressionKind::String(Rc::clone(text)), range),
                };
                declaration(StatementKind::Constant { name, annotation: None, value }, range)
            }
        }
    }

    fn record(&mut self, record: &Record, name: Option<Name>, range: SourceRange) -> TreeRecord {
        let mut attributes = Vec::new();
        if record.is_packed {
            attributes.push(attribute("packed", Vec::new(), range));
        }
        if let Some(align) = record.align {
            attributes.push(attribute("align", vec![int(align as i64, range)], range));
        }
        let members = record.members.as_ref().map(|members| members.iter().map(|member| self.member(member)).collect());
        TreeRecord { is_union: record.is_union, name, attributes, members, range, doc: None }
    }

    fn member(&mut self, member: &Member) -> TreeMember {
        match member {
            Member::Field { name, target, bits, place } => {
                let range = (self.range_of)(*place);
                TreeMember::Field(Field {
                    name: Name { text: Rc::clone(name), range },
                    annotation: Some(self.type_node(target, range)),
                    bits: bits.map(|bits| int(bits as i64, range)),
                    default: None,
                    doc: None,
                })
            }
            Member::Part(record, place) => {
                let range = (self.range_of)(*place);
                TreeMember::Anonymous(Box::new(self.record(record, None, range)))
            }
        }
    }

    fn type_node(&mut self, found: &Type, range: SourceRange) -> TreeType {
        let kind = match found {
            Type::Name(name) => {
                let id = NameId(*self.name_count);
                *self.name_count += 1;
                let name = self.renamed.get(name).unwrap_or(name);
                let path = name.split('.').map(|part| Name { text: part.into(), range }).collect();
                TypeKind::Name { path, id }
            }
            Type::Pointer { is_const, target } => {
                TypeKind::Pointer { is_const: *is_const, target: Box::new(self.type_node(target, range)) }
            }
            Type::Array { length, element } => TypeKind::Array {
                length: Box::new(int(i64::try_from(*length).unwrap_or(i64::MAX), range)),
                element: Box::new(self.type_node(element, range)),
            },
            Type::Function { parameters, is_variadic, result } => TypeKind::Function {
                parameters: parameters.iter().map(|parameter| self.type_node(parameter, range)).collect(),
                is_variadic: *is_variadic,
                result: result.as_ref().map(|result| Box::new(self.type_node(result, range))),
            },
        };
        let depth = match &kind {
            TypeKind::Pointer { target: inner, .. } | TypeKind::Array { element: inner, .. } => inner.depth + 1,
            TypeKind::Function { parameters, result, .. } => {
                1 + parameters.iter().chain(result.as_deref()).map(|inner| inner.depth).max().unwrap_or(0)
            }
            _ => 1,
        };
        TreeType { range, depth, kind }
    }
}

fn declaration(kind: StatementKind, range: SourceRange) -> ExternItem {
    ExternItem::Declaration(Statement { range, depth: 2, doc: None, kind })
}

fn expression(kind: ExpressionKind, range: SourceRange) -> Expression {
    Expression { range, depth: 1, kind }
}

fn int(value: i64, range: SourceRange) -> Expression {
    expression(ExpressionKind::Int(value), range)
}

fn attribute(name: &str, arguments: Vec<Expression>, range: SourceRange) -> Attribute {
    let arguments = arguments.into_iter().map(|value| Argument { name: None, is_spread: false, value }).collect();
    Attribute { name: Name { text: name.into(), range }, arguments, range }
}

fn symbol_attribute(symbol: &str, range: SourceRange) -> Attribute {
    attribute("symbol", vec![expression(ExpressionKind::String(symbol.into()), range)], range)
}
