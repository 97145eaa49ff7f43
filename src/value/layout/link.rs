//! From what the compiler hands over to types: descriptions, records, enums.

use super::lay_out::{FieldShape, RecordShape};
use super::layout_error::LayoutError;
use super::type_id::TypeId;
use super::type_info::FunctionType;
use crate::bytecode::{RecordDeclaration, TypeDescription};
use crate::machine_stack;
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use std::rc::Rc;

/// Knows the types that a unit's descriptions name by number.
pub trait TypeResolver {
    /// A record of the unit.
    fn record(&mut self, index: u32) -> TypeId;
    /// An enum of the unit.
    fn enumeration(&mut self, index: u32) -> TypeId;
    /// A type that another module exports, complete.
    fn member(&mut self, runtime: &mut Runtime, slot: u32, path: &[Rc<str>]) -> Result<TypeId, Thrown>;
}

/// Why a description names no type.
#[derive(Debug)]
pub enum DescribeError {
    /// The declaration is wrong.
    Layout(LayoutError),
    /// Another module does not have what it should.
    Thrown(Thrown),
}

impl From<LayoutError> for DescribeError {
    fn from(error: LayoutError) -> Self {
        DescribeError::Layout(error)
    }
}

impl From<Thrown> for DescribeError {
    fn from(thrown: Thrown) -> Self {
        DescribeError::Thrown(thrown)
    }
}

/// The records of a unit while they are linked, with the enums' types; other modules' members are asked of `outer`.
struct UnitTypes<'a> {
    records: Vec<TypeId>,
    outer: &'a mut dyn TypeResolver,
}

impl TypeResolver for UnitTypes<'_> {
    fn record(&mut self, index: u32) -> TypeId {
        self.records[index as usize]
    }

    fn enumeration(&mut self, index: u32) -> TypeId {
        self.outer.enumeration(index)
    }

    fn member(&mut self, runtime: &mut Runtime, slot: u32, path: &[Rc<str>]) -> Result<TypeId, Thrown> {
        self.outer.member(runtime, slot, path)
    }
}

impl Runtime {
    /// The type that a description means, made if it is not there yet.
    pub fn describe(&mut self, description: &TypeDescription, resolver: &mut dyn TypeResolver) -> Result<TypeId, DescribeError> {
        Ok(match description {
            TypeDescription::Builtin(name) => match TypeId::fixed(name) {
                Some(id) => id,
                None => return Err(LayoutError::new(format!("there is no type {name}")).into()),
            },
            TypeDescription::Record(index) => resolver.record(*index),
            TypeDescription::Enum(index) => resolver.enumeration(*index),
            TypeDescription::Member { slot, path, .. } => resolver.member(self, *slot, path)?,
            TypeDescription::Pointer { is_const, target } => {
                let target = self.describe(target, resolver)?;
                self.types.pointer(*is_const, target)
            }
            TypeDescription::Slice(element) => {
                let element = self.describe(element, resolver)?;
                self.types.slice(element)
            }
            TypeDescription::Array { length, element } => {
                let element = self.describe(element, resolver)?;
                self.types.array(*length, element)?
            }
            TypeDescription::Function { parameters, is_variadic, result } => {
                let parameters = parameters.iter().map(|p| self.describe(p, resolver)).collect::<Result<Vec<_>, _>>()?;
                let result = self.describe(result, resolver)?;
                self.types.function(FunctionType { parameters, is_variadic: *is_variadic, result })
            }
            TypeDescription::Nilable(inner) => {
                let inner = self.describe(inner, resolver)?;
                self.types.nilable(inner)
            }
        })
    }

    /// [`Runtime::describe`] where an error is thrown to the script.
    pub fn describe_or_throw(
        &mut self,
        description: &TypeDescription,
        resolver: &mut dyn TypeResolver,
    ) -> Result<TypeId, Thrown> {
        match self.describe(description, resolver) {
            Ok(id) => Ok(id),
            Err(DescribeError::Thrown(thrown)) => Err(thrown),
            Err(DescribeError::Layout(error)) => self.fail(ErrorKind::TypeError, error.message),
        }
    }

    /// Declares and lays out all records of a unit; they may refer to each other in any order. Methods are set later
    /// (`set_methods`). `outer` is asked for enums and for other modules' types, never for records.
    ///
    /// All mistakes are returned, with the numbers of the record and field they are about.
    pub fn link_records(
        &mut self,
        declarations: &[RecordDeclaration],
        outer: &mut dyn TypeResolver,
    ) -> Result<Vec<TypeId>, Vec<DescribeError>> {
        let ids: Vec<TypeId> = declarations
            .iter()
            .map(|d| {
                let name = if !d.name.is_empty() {
                    d.name.clone()
                } else if d.is_union {
                    "union".into()
                } else {
                    "struct".into()
                };
                self.types.declare_record(name, d.is_union)
            })
            .collect();
        let mut linker = RecordLinker {
            declarations,
            types: UnitTypes { records: ids.clone(), outer },
            progress: vec![Progress::Untouched; declarations.len()],
            errors: Vec::new(),
        };
        for index in 0..declarations.len() {
            linker.complete(self, index);
        }
        if linker.errors.is_empty() { Ok(ids) } else { Err(linker.errors) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Untouched,
    /// Its fields are being looked at: meeting it again means that it would contain itself.
    Begun,
    Done,
    Failed,
}

/// Lays records out in the order in which they contain each other.
struct RecordLinker<'a> {
    declarations: &'a [RecordDeclaration],
    types: UnitTypes<'a>,
    progress: Vec<Progress>,
    errors: Vec<DescribeError>,
}

impl RecordLinker<'_> {
    fn complete(&mut self, runtime: &mut Runtime, index: usize) {
        if self.progress[index] != Progress::Untouched {
            return;
        }
        let declaration = &self.declarations[index];
        if declaration.is_opaque {
            self.progress[index] = Progress::Done;
            return;
        }
        self.progress[index] = Progress::Begun;
        let mut shape = RecordShape {
            is_packed: declaration.is_packed,
            align: declaration.align,
            fields: Vec::new(),
            methods: declaration.methods.iter().map(|(name, code)| (name.clone(), code.has_self)).collect(),
        };
        for (i, field) in declaration.fields.iter().enumerate() {
            if let Some(part) = contained_record(&field.description) {
                machine_stack::with_room(64 * 1024, 1024 * 1024, || self.complete(runtime, part as usize));
                match self.progress[part as usize] {
                    Progress::Begun => {
                        let part = &self.declarations[part as usize].name;
                        let message = if part == &declaration.name {
                            format!("{part} would contain itself and have no size; use a pointer: *{part}")
                        } else {
                            format!(
                                "{} and {part} would contain each other and have no size; use a pointer: *{part}",
                                declaration.name
                            )
                        };
                        return self.fail(index, i, LayoutError::new(message).into());
                    }
                    // What is wrong there was told there.
                    Progress::Failed => {
                        self.progress[index] = Progress::Failed;
                        return;
                    }
                    _ => {}
                }
            }
            match runtime.describe(&field.description, &mut self.types) {
                Ok(type_id) => {
                    shape.fields.push(FieldShape { name: field.name.clone(), type_id, bits: field.bits, place: field.place });
                }
                Err(error) => return self.fail(index, i, error),
            }
        }
        match runtime.types.lay_out_record(self.types.records[index], &shape) {
            Ok(()) => self.progress[index] = Progress::Done,
            Err(error) => {
                self.progress[index] = Progress::Failed;
                self.errors.push(error.in_record(index).into());
            }
        }
    }

    fn fail(&mut self, record: usize, field: usize, error: DescribeError) {
        self.progress[record] = Progress::Failed;
        self.errors.push(match error {
            DescribeError::Layout(error) => error.in_record(record).in_field(field).into(),
            thrown => thrown,
        });
    }
}

/// The record of the unit that stands in place in a field of this type.
fn contained_record(description: &TypeDescription) -> Option<u32> {
    match description {
        TypeDescription::Record(index) => Some(*index),
        TypeDescription::Array { element, .. } => contained_record(element),
        _ => None,
    }
}
