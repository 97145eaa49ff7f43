//! Types as written to types as described: names resolved, lengths evaluated.

use super::emitter::Emitter;
use super::resolve::deep;
use super::symbol::{Progress, Symbol};
use crate::bytecode::TypeDescription;
use crate::syntax::tree::{MAXIMUM_DEPTH, Name, Type, TypeKind};
use std::rc::Rc;

/// Of how many types a named one may be made: each name in it stands for all that it is made of.
const MAXIMUM_SIZE: usize = 10_000;

impl Emitter<'_, '_> {
    /// What a type is; nothing after an error that has been reported.
    pub fn describe_type(&mut self, node: &Type) -> Option<TypeDescription> {
        deep(|| self.describe_type_inner(node))
    }

    /// As [`Self::describe_type`], with `any` in the place of what is wrong.
    pub fn describe_type_or_any(&mut self, node: &Type) -> TypeDescription {
        self.describe_type(node).unwrap_or_else(|| TypeDescription::Builtin("any".into()))
    }

    fn describe_type_inner(&mut self, node: &Type) -> Option<TypeDescription> {
        Some(match &node.kind {
            TypeKind::Name { path, id } => {
                let symbol = self.resolved.meanings[id.0 as usize].clone();
                return self.describe_symbol(&symbol, path, node);
            }
            TypeKind::Pointer { is_const, target } => {
                TypeDescription::Pointer { is_const: *is_const, target: Rc::new(self.describe_type(target)?) }
            }
            TypeKind::Slice(element) => TypeDescription::Slice(Rc::new(self.describe_type(element)?)),
            TypeKind::Nilable(inner) => TypeDescription::Nilable(Rc::new(self.describe_type(inner)?)),
            TypeKind::Array { length, element } => {
                let value = self.evaluate_int(length, "the length of an array");
                let element = self.describe_type(element)?;
                let length = match u64::try_from(value?) {
                    Ok(value) => value,
                    Err(_) => {
                        self.error("the length of an array cannot be negative", length.range);
                        return None;
                    }
                };
                TypeDescription::Array { length, element: Rc::new(element) }
            }
            TypeKind::Function { parameters, is_variadic, result } => {
                let parameters: Vec<_> = parameters.iter().map(|p| self.describe_type(p)).collect();
                let result = match result {
                    Some(result) => self.describe_type(result)?,
                    None => TypeDescription::Builtin("void".into()),
                };
                TypeDescription::Function {
                    parameters: parameters.into_iter().collect::<Option<_>>()?,
                    is_variadic: *is_variadic,
                    result: Rc::new(result),
                }
            }
            TypeKind::Error => return None,
        })
    }

    fn describe_symbol(&mut self, symbol: &Symbol, path: &[Name], node: &Type) -> Option<TypeDescription> {
        let rest = || path[1..].iter().map(|name| Rc::clone(&name.text)).collect();
        Some(match symbol {
            Symbol::BuiltinType(name) => TypeDescription::Builtin(Rc::clone(name)),
            Symbol::Record { index, .. } => TypeDescription::Record(*index),
            Symbol::Enum { index, .. } => TypeDescription::Enum(*index),
            Symbol::TypeName { index, .. } => return self.describe_type_name(*index),
            Symbol::ExternAlias { block, .. } => {
                let name = path.get(1)?;
                let symbol = self.resolved.tables.blocks[*block as usize].names.get(&name.text)?.0.clone();
                return self.describe_symbol(&symbol, &path[1..], node);
            }
            Symbol::Module { slot } | Symbol::Imported { slot } | Symbol::Earlier { slot, .. } => {
                TypeDescription::Member { slot: *slot, path: rest(), range: node.range }
            }
            _ => return None,
        })
    }

    /// The type that a `type Name = T` names.
    pub fn describe_type_name(&mut self, index: u32) -> Option<TypeDescription> {
        let entry = &mut self.resolved.tables.type_names[index as usize];
        match &entry.description {
            Progress::Done(description) => return description.clone(),
            Progress::Running => {
                let (name, range) = (Rc::clone(&entry.name.text), entry.name.range);
                entry.description = Progress::Done(None);
                self.error(format!("the type `{name}` is defined by itself"), range);
                return None;
            }
            Progress::Pending => entry.description = Progress::Running,
        }
        let target = entry.target;
        let mut description = self.describe_type(target);
        let (depth, size) = description.as_ref().map_or((0, 0), TypeDescription::depth_and_size);
        if depth > usize::from(MAXIMUM_DEPTH) || size > MAXIMUM_SIZE {
            let message = format!(
                "with the types it names this is nested more than {MAXIMUM_DEPTH} deep, or made of more than {MAXIMUM_SIZE} types"
            );
            self.error(message, target.range);
            description = None;
        }
        let entry = &mut self.resolved.tables.type_names[index as usize];
        if matches!(entry.description, Progress::Done(None)) {
            return None;
        }
        entry.description = Progress::Done(description.clone());
        description
    }
}
