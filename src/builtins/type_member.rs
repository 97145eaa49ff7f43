//! What types know of themselves: `Color.name(6)`, `Color.values()`, `T.fields()`.
//!
//! The interpreter finds these behind a type, and only where they fit: the first two behind enums, the last behind structs and unions.

use super::expect::{no_constants, parameter};
use crate::value::{Runtime, Thrown, TypeId, TypeKind, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::rc::Rc;

pub const NAMESPACE: Namespace = Namespace {
    name: "type",
    place: Place::Methods(TypeId::TYPE),
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "What types know of themselves: `name` and `values` are those of enums, `fields` of structs and unions.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "name", signature: "(self, n)", minimum: 2, maximum: 2, function: name, doc: "The name of the enum's first member with this number, nil if there is none." },
    NativeEntry { name: "values", signature: "(self)", minimum: 1, maximum: 1, function: values, doc: "A map from the names of the enum's members to their numbers." },
    NativeEntry { name: "fields", signature: "(self)", minimum: 1, maximum: 1, function: fields, doc: "A list with a map for each field: `name`, `type`, `offset` and `size` (in bytes), and for a bit-field `bit` (the first, counted from the lowest of the byte at `offset`) and `bits`." },
];

fn type_of_receiver(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<TypeId, Thrown> {
    let value = arguments.get(0);
    match Runtime::type_of_value(value) {
        Some(type_id) => Ok(type_id),
        None => parameter(function, "self", 0).wrong_type(vm, "a type", value),
    }
}

/// The members of an enum.
fn members(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<Vec<(Rc<str>, i64)>, Thrown> {
    let type_id = type_of_receiver(vm, arguments, function)?;
    match &vm.runtime.types.info(type_id).kind {
        TypeKind::Enum(members) => Ok(members.members.clone()),
        _ => parameter(function, "self", 0).wrong_type(vm, "an enum", arguments.get(0)),
    }
}

fn name(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let members = members(vm, arguments, "name")?;
    let number = parameter("name", "n", 1).int(vm, arguments)?;
    match members.iter().find(|(_, member)| *member == number) {
        Some((name, _)) => vm.runtime.string(name),
        None => Ok(Value::NIL),
    }
}

fn values(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let members = members(vm, arguments, "values")?;
    let map = vm.runtime.new_map(members.len())?;
    for (name, number) in members {
        let name = vm.runtime.string(&name)?;
        let number = vm.runtime.int(number);
        map.insert_simple(&mut vm.runtime, name, number)?;
    }
    Ok(map.value())
}

fn fields(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let type_id = type_of_receiver(vm, arguments, "fields")?;
    let entries = vm.runtime.field_entries(type_id);
    let list = vm.runtime.new_list(entries.len())?;
    for entry in entries {
        let name = vm.runtime.string(&entry.name)?;
        let type_value = vm.runtime.type_value(entry.type_id);
        let mut parts = vec![
            ("name", name),
            ("type", type_value),
            ("offset", Value::inline_int(entry.offset as i64)),
            ("size", Value::inline_int(entry.size as i64)),
        ];
        if let Some(bits) = entry.bits {
            parts.push(("bit", Value::inline_int(bits.first as i64)));
            parts.push(("bits", Value::inline_int(bits.width as i64)));
        }
        let map = vm.map_of(&parts)?;
        list.push(&mut vm.runtime, map)?;
    }
    Ok(list.value())
}

impl Vm {
    /// A new map with these names as keys.
    pub(super) fn map_of(&mut self, entries: &[(&str, Value)]) -> Result<Value, Thrown> {
        let map = self.runtime.new_map(entries.len())?;
        for &(name, value) in entries {
            let name = self.runtime.string(name)?;
            map.insert_simple(&mut self.runtime, name, value)?;
        }
        Ok(map.value())
    }
}
