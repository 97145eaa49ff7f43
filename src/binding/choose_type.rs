//! Types: what a type of C is called in Cotter, and which records, enums and typedefs have to come along for it.

use super::c_type::{CField, CType, KNOWN_OPAQUE, Signature, known_typedef};
use super::choose::{Chooser, Need, usable};
use super::item::{Item, ItemKind, Member, Record, Type};
use std::rc::Rc;

impl Chooser<'_> {
    // ------------------------------------------------------------ types

    /// The type of something that has a size.
    pub(super) fn value_type(&mut self, c_type: &CType) -> Result<Type, String> {
        match c_type {
            CType::Void => Err("`void` has no values".into()),
            CType::Bool => Ok(Type::named("bool")),
            CType::Scalar(name) => Ok(Type::named(name)),
            CType::Refused(name) => Err(format!("Cotter has no type for `{name}`")),
            CType::Typedef(name) => self.typedef_type(name),
            CType::Record(index) => {
                let record = &self.declarations.records[*index];
                if record.fields.is_none() || self.refusal(*index).is_some() {
                    let spelling = record.spelling.clone().unwrap_or_else(|| "a struct".into());
                    let why = self.refusal(*index).unwrap_or_else(|| "its fields are not told".into());
                    return Err(format!("`{spelling}` by value: {why}"));
                }
                Ok(self.record_type(*index))
            }
            CType::Enum(index) => match self.enum_name(*index) {
                Some(name) => {
                    self.want(Need::Enum(*index));
                    Ok(Type::Name(name))
                }
                None => Ok(Type::named(self.declarations.enums[*index].base())),
            },
            CType::Pointer { is_const, target } => self.pointer_type(*is_const, target),
            CType::Array { length, element } => {
                let element = Box::new(self.value_type(element)?);
                Ok(Type::Array { length: length.unwrap_or(0), element })
            }
            CType::Function(signature) => self.function_type(signature),
        }
    }

    pub(super) fn pointer_type(&mut self, is_const: bool, target: &CType) -> Result<Type, String> {
        let pointer = |target: Type| Ok(Type::Pointer { is_const, target: Box::new(target) });
        match self.declarations.resolve(target) {
            CType::Function(signature) => match target {
                CType::Typedef(name) if !name.starts_with('_') => {
                    // The name stands for the pointer: Cotter's function types are pointers already.
                    self.function_type(&signature.clone())?;
                    self.want(Need::Typedef(Rc::clone(name)));
                    Ok(Type::Name(usable(name)))
                }
                _ => self.function_type(&signature.clone()),
            },
            CType::Void => pointer(Type::named("void")),
            CType::Refused(name) => Err(format!("Cotter has no type for `{name}`")),
            CType::Record(index) => {
                let index = *index;
                match target {
                    CType::Typedef(name) if !name.starts_with('_') || self.declarations.records[index].tag.is_none() => {
                        let named = self.typedef_type_of_record(name, index);
                        pointer(named)
                    }
                    _ => {
                        let named = self.record_type(index);
                        pointer(named)
                    }
                }
            }
            CType::Typedef(name) if KNOWN_OPAQUE.contains(&&**name) => {
                let known = KNOWN_OPAQUE.iter().find(|known| **known == &**name).copied().unwrap_or("FILE");
                self.want(Need::Opaque(known));
                pointer(Type::named(known))
            }
            _ => {
                let target = self.value_type(target)?;
                pointer(target)
            }
        }
    }

    pub(super) fn function_type(&mut self, signature: &Signature) -> Result<Type, String> {
        let mut parameters = Vec::new();
        for (_, c_type, _) in &signature.parameters {
            parameters.push(self.value_type(c_type)?);
        }
        let result = self.result(signature)?.map(Box::new);
        Ok(Type::Function { parameters, is_variadic: signature.is_variadic, result })
    }

    pub(super) fn typedef_type(&mut self, name: &Rc<str>) -> Result<Type, String> {
        if let Some(known) = known_typedef(name) {
            return Ok(Type::named(known));
        }
        let Some(typedef) = self.declarations.typedefs.get(name) else {
            return Err(format!("`{name}` is not declared, only pointed to"));
        };
        let c_type = typedef.c_type.clone();
        match &c_type {
            // The implementation's own names are looked through, unless only they name a record.
            CType::Record(index) => {
                self.value_type(&c_type)?;
                Ok(self.typedef_type_of_record(name, *index))
            }
            _ if name.starts_with('_') => self.value_type(&c_type),
            _ => {
                self.value_type(&c_type)?;
                self.want(Need::Typedef(Rc::clone(name)));
                Ok(Type::Name(usable(name)))
            }
        }
    }

    /// A typedef of a record, by its own name where that is another one than the record's.
    pub(super) fn typedef_type_of_record(&mut self, name: &Rc<str>, index: usize) -> Type {
        let record = self.record_type(index);
        if record == Type::Name(usable(name)) || name.starts_with('_') {
            return record;
        }
        self.want(Need::Typedef(Rc::clone(name)));
        Type::Name(usable(name))
    }

    pub(super) fn record_type(&mut self, index: usize) -> Type {
        self.want(Need::Record(index));
        Type::Name(self.record_name(index))
    }

    /// What a record is called: its tag, unless that clashes; else a typedef of it, or what it is part of.
    pub(super) fn record_name(&self, index: usize) -> Rc<str> {
        let record = &self.declarations.records[index];
        let word = if record.is_union { "union" } else { "struct" };
        let typedef = self.typedef_of.get(&Need::Record(index));
        match (&record.tag, typedef) {
            (Some(tag), Some(typedef)) if tag.starts_with('_') && !typedef.starts_with('_') => usable(typedef),
            (Some(tag), _) => self.tag_name(tag, word, CType::Record(index)),
            (None, Some(typedef)) => usable(typedef),
            (None, None) => match &record.hint {
                Some(hint) => self.tag_name(hint, word, CType::Record(index)),
                None => format!("{word}_{index}").into(),
            },
        }
    }

    pub(super) fn tag_name(&self, tag: &str, word: &str, c_type: CType) -> Rc<str> {
        let other = self.declarations.typedefs.get(tag).is_some_and(|typedef| typedef.c_type != c_type);
        if self.ordinary.contains(tag) || other { format!("{word}_{tag}").into() } else { usable(tag) }
    }

    /// What an enum is called; none where nothing names it.
    pub(super) fn enum_name(&self, index: usize) -> Option<Rc<str>> {
        let found = &self.declarations.enums[index];
        if !found.is_complete {
            return None;
        }
        match (&found.tag, self.typedef_of.get(&Need::Enum(index)), &found.hint) {
            (Some(tag), ..) => Some(self.tag_name(tag, "enum", CType::Enum(index))),
            (None, Some(typedef), _) => Some(usable(typedef)),
            (None, None, Some(hint)) => Some(self.tag_name(hint, "enum", CType::Enum(index))),
            _ => None,
        }
    }

    // ------------------------------------------------------------ declarations of types

    pub(super) fn needed(&mut self, need: &Need) {
        let first = self.items.len();
        match need {
            Need::Record(index) => self.record_item(*index),
            Need::Enum(index) => {
                let found = &self.declarations.enums[*index];
                let (base, place, spelling) = (found.base(), found.place, found.spelling.clone());
                let members = found.members.iter().map(|(name, value, _)| (usable(name), *value as i64)).collect();
                let Some(name) = self.enum_name(*index) else { return };
                self.items.push(Item { name, place, is_companion: true, kind: ItemKind::Enum { base, members, spelling } });
            }
            Need::Opaque(name) => {
                let record = Record {
                    is_union: false,
                    is_packed: false,
                    align: None,
                    members: None,
                    spelling: Some((*name).into()),
                    remark: None,
                };
                self.items.push(Item { name: (*name).into(), place: 0, is_companion: true, kind: ItemKind::Record(record) });
            }
            Need::Typedef(name) => self.typedef_item(name),
        }
        if self.asked.contains(need) {
            self.items[first..].iter_mut().for_each(|item| item.is_companion = false);
        }
    }

    pub(super) fn typedef_item(&mut self, name: &Rc<str>) {
        let Some(typedef) = self.declarations.typedefs.get(name) else { return };
        let (c_type, place) = (typedef.c_type.clone(), typedef.place);
        let target = match &c_type {
            CType::Record(index) => Ok(self.record_type(*index)),
            CType::Function(signature) => self.function_type(&signature.clone()),
            CType::Void => Ok(Type::named("void")),
            _ => self.value_type(&c_type),
        };
        match target {
            Err(why) => self.leave_out(name, why, place),
            // The record or enum has this name already.
            Ok(Type::Name(target)) if target == usable(name) => {}
            Ok(target) => {
                let kind = ItemKind::TypeName(target);
                self.items.push(Item { name: usable(name), place, is_companion: true, kind });
            }
        }
    }

    pub(super) fn record_item(&mut self, index: usize) {
        let name = self.record_name(index);
        let place = self.declarations.records[index].place;
        let record = self.record(index);
        self.items.push(Item { name, place, is_companion: true, kind: ItemKind::Record(record) });
    }

    pub(super) fn record(&mut self, index: usize) -> Record {
        let declared = &self.declarations.records[index];
        let mut record = Record {
            is_union: declared.is_union,
            is_packed: declared.is_packed,
            align: declared.align,
            members: None,
            spelling: declared
                .spelling
                .clone()
                .or_else(|| self.typedef_of.get(&Need::Record(index)).map(|name| name.to_string())),
            remark: None,
        };
        let is_private = declared.tag.as_ref().is_some_and(|tag| tag.starts_with("_IO_"));
        let Some(fields) = declared.fields.clone().filter(|_| !is_private) else { return opaque(record, None) };
        if let Some(why) = self.refusal(index) {
            return opaque(record, Some(why));
        }
        let mut members = Vec::new();
        let mut fillers = 0;
        for field in &fields {
            match self.member(field, &mut fillers) {
                Ok(member) => members.extend(member),
                Err(why) => return opaque(record, Some(why)),
            }
        }
        record.members = Some(members);
        record
    }

    pub(super) fn member(&mut self, field: &CField, fillers: &mut u32) -> Result<Option<Member>, String> {
        let place = field.place;
        match (&field.name, field.bits, &field.c_type) {
            (None, Some(_), _) => {
                *fillers += 1;
                let name = format!("_fill{fillers}").into();
                let target = self.value_type(&field.c_type)?;
                Ok(Some(Member::Field { name, target, bits: field.bits, place }))
            }
            (None, None, CType::Record(index)) if self.declarations.records[*index].tag.is_none() => {
                Ok(Some(Member::Part(self.record(*index), place)))
            }
            // A struct that is declared inside, with a tag and without a name: it is no field.
            (None, None, _) => Ok(None),
            (Some(name), bits, c_type) => {
                let target = self.value_type(c_type)?;
                Ok(Some(Member::Field { name: name.replace('$', "_").into(), target, bits, place }))
            }
        }
    }

    /// Why the fields of a record cannot be told, if so: one that stands in it by value counts too.
    pub(super) fn refusal(&self, index: usize) -> Option<String> {
        let record = &self.declarations.records[index];
        if record.refusal.is_some() {
            return record.refusal.clone();
        }
        for field in record.fields.as_ref()? {
            if field.name.is_none() && field.bits == Some(0) {
                return Some("it has a bit-field of no width".into());
            }
            if let Some(why) = self.field_refusal(&field.c_type) {
                return Some(match &field.name {
                    Some(name) => format!("its field `{name}`: {why}"),
                    None => why,
                });
            }
        }
        None
    }

    pub(super) fn field_refusal(&self, c_type: &CType) -> Option<String> {
        match self.declarations.resolve(c_type) {
            CType::Refused(name) => Some(format!("Cotter has no type for `{name}`")),
            CType::Array { element, .. } => self.field_refusal(element),
            CType::Pointer { target, .. } => match self.declarations.resolve(target) {
                CType::Record(_) => None,
                target => self.field_refusal(target),
            },
            CType::Function(signature) => {
                let types = signature.parameters.iter().map(|parameter| &parameter.1).chain([&signature.result]);
                types
                    .filter(|c_type| !matches!(self.declarations.resolve(c_type), CType::Record(_)))
                    .find_map(|c_type| self.field_refusal(c_type))
            }
            CType::Record(index) => match self.declarations.records[*index].fields {
                None => Some("its fields are not told".into()),
                Some(_) => self.refusal(*index),
            },
            _ => None,
        }
    }
}

fn opaque(record: Record, remark: Option<String>) -> Record {
    Record { members: None, is_packed: false, align: None, remark, ..record }
}
