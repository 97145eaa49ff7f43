//! The table of types: those of the language and C's scalars are fixed; pointers, slices, arrays and function types are
//! made once for each combination, records and enums once for each declaration.

use super::layout_error::LayoutError;
use super::record::{EnumType, RecordType};
use super::type_id::{FIXED_TYPES, TypeId};
use super::type_info::{FunctionType, Representation, TypeInfo, TypeKind};
use crate::value::object::Kind;
use crate::value::runtime::Runtime;
use crate::value::thrown::Thrown;
use crate::value::word::Value;
use std::collections::HashMap;
use std::rc::Rc;

/// No type is larger than this: one gibibyte.
pub const MAX_TYPE_SIZE: u64 = 1 << 30;
/// No type has more words than this that may hold references.
pub const MAX_TYPE_POINTERS: usize = 1 << 20;

/// Finds the code address of a C function value; `ffi` knows how.
pub type BindFunction = fn(&mut Runtime, Value) -> Result<usize, Thrown>;

/// All types of a run.
#[derive(Debug)]
pub struct TypeTable {
    types: Vec<TypeInfo>,
    made: HashMap<MadeKey, TypeId>,
    /// Set by `ffi` once it is there.
    pub bind_function: Option<BindFunction>,
}

/// What a made type is found again by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum MadeKey {
    Pointer { is_const: bool, target: TypeId },
    Slice(TypeId),
    Array(u64, TypeId),
    Function(FunctionType),
    Nilable(TypeId),
    Shifted(u64, TypeId),
}

impl Default for TypeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl TypeTable {
    /// A table of the fixed types.
    pub fn new() -> TypeTable {
        let types = FIXED_TYPES.iter().map(|&(id, name)| fixed_type(id, name)).collect();
        TypeTable { types, made: HashMap::new(), bind_function: None }
    }

    /// What is known of a type; the view bit is ignored.
    #[inline(always)]
    pub fn info(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.without_view().0 as usize]
    }

    /// How many types there are.
    #[allow(clippy::len_without_is_empty, reason = "there are always the fixed ones")]
    pub fn len(&self) -> usize {
        self.types.len()
    }

    pub(super) fn info_mut(&mut self, id: TypeId) -> &mut TypeInfo {
        &mut self.types[id.without_view().0 as usize]
    }

    /// The type's name as a script writes it.
    pub fn name(&self, id: TypeId) -> &Rc<str> {
        &self.info(id).name
    }

    /// The record that a type is.
    pub fn record(&self, id: TypeId) -> Option<&Rc<RecordType>> {
        self.info(id).record()
    }

    /// The record that a struct value or a pointer to one has, with its type.
    pub fn record_behind(&self, id: TypeId) -> Option<(TypeId, &Rc<RecordType>)> {
        let info = self.info(id);
        match &info.kind {
            TypeKind::Record(record) => Some((id.without_view(), record)),
            TypeKind::Pointer { target, .. } => self.record(*target).map(|record| (*target, record)),
            _ => None,
        }
    }

    // ------------------------------------------------------------ made types

    /// `*target` or `*const target`.
    pub fn pointer(&mut self, is_const: bool, target: TypeId) -> TypeId {
        self.find_or_make(MadeKey::Pointer { is_const, target }, |types| {
            let name = format!("*{}{}", if is_const { "const " } else { "" }, types.name(target));
            types.with_target(name, TypeKind::Pointer { is_const, target }, Representation::Pointer, 8, &[0], target)
        })
    }

    /// `[]element`.
    pub fn slice(&mut self, element: TypeId) -> TypeId {
        self.find_or_make(MadeKey::Slice(element), |types| {
            let name = format!("[]{}", types.name(element));
            let mut info = types.with_target(name, TypeKind::Slice { element }, Representation::Slice, 16, &[0], element);
            info.holds_managed = true;
            info
        })
    }

    /// `[length]element`.
    pub fn array(&mut self, length: u64, element: TypeId) -> Result<TypeId, LayoutError> {
        let info = self.info(element);
        if !info.has_layout() {
            return Err(LayoutError::new(format!("an array cannot have elements of type {}, which has no size", info.name)));
        }
        let size = info.size.checked_mul(length).filter(|&size| size <= MAX_TYPE_SIZE).ok_or_else(|| {
            LayoutError::new(format!("[{length}]{} is larger than the {MAX_TYPE_SIZE} bytes that a type may have", info.name))
        })?;
        if info.pointers.len() as u64 * length > MAX_TYPE_POINTERS as u64 {
            return Err(LayoutError::new(format!(
                "[{length}]{} holds more than {MAX_TYPE_POINTERS} pointers; use `new`",
                info.name
            )));
        }
        Ok(self.find_or_make(MadeKey::Array(length, element), |types| {
            let part = types.info(element);
            let repeat = |offsets: &[u32]| -> Rc<[u32]> {
                (0..length).flat_map(|i| offsets.iter().map(move |&o| (i * part.size) as u32 + o)).collect()
            };
            let (align, pointers, values, holds_managed) =
                (part.align, repeat(&part.pointers), repeat(&part.values), part.holds_managed);
            let name = format!("[{length}]{}", part.name);
            let mut made =
                types.with_target(name, TypeKind::Array { length, element }, Representation::Array, size, &[], element);
            made.align = align;
            made.pointers = pointers;
            made.values = values;
            made.holds_managed = holds_managed;
            made
        }))
    }

    /// A C function type.
    pub fn function(&mut self, function: FunctionType) -> TypeId {
        self.find_or_make(MadeKey::Function(function.clone()), |types| {
            let mut names: Vec<&str> = function.parameters.iter().map(|&p| &**types.name(p)).collect();
            if function.is_variadic {
                names.push("...");
            }
            let mut name = format!("fn({})", names.join(", "));
            if function.result != TypeId::VOID {
                name.push_str(" -> ");
                name.push_str(types.name(function.result));
            }
            types.with_target(name, TypeKind::Function(Rc::new(function)), Representation::FunctionPointer, 8, &[0], TypeId::VOID)
        })
    }

    /// `target?`; pointers, C functions and `any` admit nil anyway.
    pub fn nilable(&mut self, target: TypeId) -> TypeId {
        let admits_nil =
            matches!(self.info(target).kind, TypeKind::Pointer { .. } | TypeKind::Function(_) | TypeKind::Nilable(_));
        if admits_nil || target == TypeId::ANY || target == TypeId::NIL {
            return target;
        }
        self.find_or_make(MadeKey::Nilable(target), |types| {
            let name = format!("{}?", types.name(target));
            types.with_target(name, TypeKind::Nilable(target), Representation::None, 0, &[], target)
        })
    }

    /// Contents of type `element` behind `by` unused bytes.
    pub(super) fn shifted(&mut self, by: u64, element: TypeId) -> TypeId {
        self.find_or_make(MadeKey::Shifted(by, element), |types| {
            let name = types.name(element).to_string();
            types.with_target(name, TypeKind::Shifted { by, element }, Representation::None, 0, &[], element)
        })
    }

    // ------------------------------------------------------------ declared types

    /// A record whose fields are not known yet (see `lay_out_record`), or an opaque one.
    pub fn declare_record(&mut self, name: Rc<str>, is_union: bool) -> TypeId {
        let record = RecordType::opaque(name.clone(), is_union);
        let mut info = self.with_target(name, TypeKind::Record(Rc::new(record)), Representation::Record, 0, &[], TypeId::VOID);
        info.is_complete = false;
        self.push(info)
    }

    /// An enum; its base must be an integer type, and its members must fit it.
    pub fn declare_enum(&mut self, name: Rc<str>, base: TypeId, members: Vec<(Rc<str>, i64)>) -> Result<TypeId, LayoutError> {
        let info = self.info(base);
        let (size, representation) = (info.size, info.representation);
        if info.integer().is_none() {
            return Err(LayoutError::new(format!("an enum is made of an integer type, not of {}", info.name)));
        }
        for (i, (member, number)) in members.iter().enumerate() {
            if !super::number::integer_fits(*number, representation) {
                let message = format!("{name}.{member} = {number} does not fit {}", self.name(base));
                return Err(LayoutError::at(i, message));
            }
        }
        let kind = TypeKind::Enum(Rc::new(EnumType { name: name.clone(), base, members }));
        let info = self.with_target(name, kind, representation, size, &[], TypeId::VOID);
        Ok(self.push(info))
    }

    /// The fields of a declared record are known.
    pub(super) fn complete_record(&mut self, id: TypeId, complete: TypeInfo) {
        let (size, representation) = (complete.size, complete.representation);
        *self.info_mut(id) = complete;
        for info in &mut self.types {
            if info.target == id {
                info.target_size = size;
                info.target_representation = representation;
            }
        }
    }

    // ------------------------------------------------------------ roots

    /// Calls `visit` with what the table refers to: types as values, methods, constructors.
    pub fn for_each_root(&self, visit: &mut dyn FnMut(Value)) {
        for info in &self.types {
            visit(info.value);
            if let TypeKind::Record(record) = &info.kind {
                visit(record.constructor.get());
                record.methods.borrow().values().for_each(|method| visit(method.function));
            }
        }
    }

    fn find_or_make(&mut self, key: MadeKey, make: impl FnOnce(&TypeTable) -> TypeInfo) -> TypeId {
        if let Some(&id) = self.made.get(&key) {
            return id;
        }
        let info = make(self);
        let id = self.push(info);
        self.made.insert(key, id);
        id
    }

    fn push(&mut self, info: TypeInfo) -> TypeId {
        let id = TypeId(self.types.len() as u32);
        self.types.push(info);
        id
    }

    /// A type whose alignment is its size, at most 8.
    pub(super) fn with_target(
        &self,
        name: impl Into<Rc<str>>,
        kind: TypeKind,
        representation: Representation,
        size: u64,
        pointers: &[u32],
        target: TypeId,
    ) -> TypeInfo {
        let (target_size, target_representation) = match self.types.get(target.0 as usize) {
            Some(info) => (info.size, info.representation),
            None => (0, Representation::None),
        };
        TypeInfo {
            name: name.into(),
            kind,
            size,
            align: size.clamp(1, 8),
            representation,
            is_complete: true,
            pointers: pointers.into(),
            values: Rc::default(),
            holds_managed: false,
            target,
            target_size,
            target_representation,
            block_shape: None,
            value: Value::NIL,
        }
    }
}

impl Runtime {
    /// The type as a value: always the same object.
    pub fn type_value(&mut self, id: TypeId) -> Value {
        let id = id.without_view();
        let known = self.types.info(id).value;
        if !known.is_nil() {
            return known;
        }
        let object = self.new_object::<crate::value::TypeObject>(Kind::Type, crate::heap::Shape::Leaf, TypeId::TYPE);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).type_id = id.0 as u64 };
        let value = Value::of_object(object);
        self.types.info_mut(id).value = value;
        value
    }

    /// The type that a value of `Kind::Type` stands for.
    pub fn type_of_value(value: Value) -> Option<TypeId> {
        // SAFETY: the kind says that a `TypeObject` is there.
        value.is_kind(Kind::Type).then(|| TypeId(unsafe { (*value.object::<crate::value::TypeObject>()).type_id } as u32))
    }
}

fn fixed_type(id: TypeId, name: &str) -> TypeInfo {
    use Representation as R;
    let (representation, size) = match id {
        TypeId::BOOL => (R::Bool, 1),
        TypeId::I8 | TypeId::C_SCHAR => (R::I8, 1),
        TypeId::U8 | TypeId::C_UCHAR => (R::U8, 1),
        TypeId::C_CHAR => (R::Char, 1),
        TypeId::I16 | TypeId::C_SHORT => (R::I16, 2),
        TypeId::U16 | TypeId::C_USHORT => (R::U16, 2),
        TypeId::I32 | TypeId::C_INT => (R::I32, 4),
        TypeId::U32 | TypeId::C_UINT => (R::U32, 4),
        TypeId::INT | TypeId::I64 | TypeId::ISIZE | TypeId::C_LONG | TypeId::C_LONGLONG => (R::I64, 8),
        TypeId::U64 | TypeId::USIZE | TypeId::C_ULONG | TypeId::C_ULONGLONG => (R::U64, 8),
        TypeId::F32 | TypeId::C_FLOAT => (R::F32, 4),
        TypeId::FLOAT | TypeId::F64 | TypeId::C_DOUBLE => (R::F64, 8),
        TypeId::STRING => (R::String, 16),
        TypeId::LIST | TypeId::MAP | TypeId::FUNCTION => (R::Reference, 8),
        TypeId::ANY => (R::Any, 8),
        TypeId::CSTR => (R::CString, 8),
        _ => (R::None, 0),
    };
    let kind = match representation {
        R::I8 | R::Char => TypeKind::Integer { bits: 8, is_signed: true },
        R::I16 => TypeKind::Integer { bits: 16, is_signed: true },
        R::I32 => TypeKind::Integer { bits: 32, is_signed: true },
        R::I64 => TypeKind::Integer { bits: 64, is_signed: true },
        R::U8 => TypeKind::Integer { bits: 8, is_signed: false },
        R::U16 => TypeKind::Integer { bits: 16, is_signed: false },
        R::U32 => TypeKind::Integer { bits: 32, is_signed: false },
        R::U64 => TypeKind::Integer { bits: 64, is_signed: false },
        R::F32 => TypeKind::Float { bits: 32 },
        R::F64 => TypeKind::Float { bits: 64 },
        _ => TypeKind::Language,
    };
    let is_tagged = matches!(representation, R::Any | R::Reference);
    let is_managed = is_tagged || representation == R::String;
    let one: Rc<[u32]> = Rc::new([0]);
    TypeInfo {
        name: name.into(),
        kind,
        size,
        align: size.clamp(1, 8),
        representation,
        is_complete: true,
        pointers: if is_managed || representation == R::CString { one.clone() } else { Rc::default() },
        values: if is_tagged { one } else { Rc::default() },
        holds_managed: is_managed,
        target: TypeId::VOID,
        target_size: 0,
        target_representation: Representation::None,
        block_shape: None,
        value: Value::NIL,
    }
}
