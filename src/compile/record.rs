//! Structs, unions and enums: their fields, methods and constructors as data.

use super::constant::integer_type;
use super::emitter::{Emitter, Register};
use super::function::Outline;
use super::resolve::deep;
use super::symbol::NodeKey;
use crate::bytecode::{
    Code, EnumDeclaration, FieldDeclaration, FieldPlace, Instruction, Op, Parameter, RecordDeclaration, TypeDescription,
};
use crate::diagnostic::Diagnostic;
use crate::source::SourceRange;
use crate::syntax::tree::{Field, Member, Record};
use std::collections::HashMap;
use std::rc::Rc;

/// Fields that one struct may have: each is a parameter of its constructor.
const MAXIMUM_FIELDS: usize = 10_000;

impl<'t> Emitter<'t, '_> {
    pub fn record_declarations(&mut self) -> Vec<RecordDeclaration> {
        let count = self.resolved.tables.records.len();
        let mut records: Vec<_> = (0..count).map(|index| self.record_declaration(index as u32)).collect();
        self.check_containment(&records);
        self.check_promoted(&records);
        // The code comes after the fields of all records are known.
        for (index, record) in records.iter_mut().enumerate() {
            let node = self.resolved.tables.records[index].node;
            self.methods(node, record);
            record.constructor = self.constructor(node, index as u32, record);
        }
        records
    }

    fn record_declaration(&mut self, index: u32) -> RecordDeclaration {
        let entry = &self.resolved.tables.records[index as usize];
        let node = entry.node;
        let doc = entry.doc.clone();
        let anonymous = entry.anonymous.clone();
        let (is_packed, align) = self.record_attributes(node);
        let mut fields = Vec::new();
        let mut parts = anonymous.into_iter();
        for member in node.members.iter().flatten() {
            match member {
                Member::Field(field) => fields.push(self.field(node, field)),
                Member::Embedded { target, range } => {
                    let description = self.describe_type_or_any(target);
                    let name = match &target.kind {
                        crate::syntax::tree::TypeKind::Name { path, .. } => path.last().map(|name| Rc::clone(&name.text)),
                        _ => None,
                    };
                    let is_record = matches!(description, TypeDescription::Record(_) | TypeDescription::Member { .. });
                    if name.is_none() || (!is_record && self.describes_known(&description)) {
                        self.error("only a struct or union can be embedded", *range);
                    }
                    let name = name.unwrap_or_else(|| "".into());
                    let place = FieldPlace::Embedded;
                    fields.push(FieldDeclaration { name, range: *range, description, bits: None, place, has_default: false });
                }
                Member::Anonymous(part) => fields.push(FieldDeclaration {
                    name: "".into(),
                    range: part.range,
                    description: TypeDescription::Record(parts.next().unwrap_or(index)),
                    bits: None,
                    place: FieldPlace::Anonymous,
                    has_default: false,
                }),
                Member::Method(_) => {}
            }
        }
        if fields.len() > MAXIMUM_FIELDS {
            self.error(format!("a struct has {MAXIMUM_FIELDS} fields at most"), node.range);
            fields.truncate(MAXIMUM_FIELDS);
        }
        self.check_names(node, &fields);
        RecordDeclaration {
            name: node.name.as_ref().map_or_else(|| "".into(), |name| Rc::clone(&name.text)),
            range: node.name.as_ref().map_or(node.range, |name| name.range),
            is_union: node.is_union,
            is_packed,
            align,
            is_opaque: node.members.is_none(),
            fields,
            methods: Vec::new(),
            constructor: None,
            doc,
        }
    }

    /// Whether a description is one of a type that is known to be no record (`any` may stand for an error).
    fn describes_known(&self, description: &TypeDescription) -> bool {
        !matches!(description, TypeDescription::Builtin(name) if &**name == "any")
    }

    fn record_attributes(&mut self, node: &'t Record) -> (bool, Option<u64>) {
        let mut is_packed = false;
        let mut align = None;
        for attribute in &node.attributes {
            match (&*attribute.name.text, attribute.arguments.as_slice()) {
                ("packed", []) => is_packed = true,
                ("align", [argument]) if argument.name.is_none() => {
                    let Some(value) = self.evaluate_int(&argument.value, "an alignment") else { continue };
                    match u64::try_from(value) {
                        Ok(value) if value.is_power_of_two() && value <= 1 << 28 => align = Some(value),
                        _ => self.error("an alignment is a power of two", argument.value.range),
                    }
                }
                ("packed", _) => self.error("`@packed` takes no arguments", attribute.range),
                ("align", _) => self.error("`@align` takes one number of bytes: `@align(64)`", attribute.range),
                (name, _) => {
                    let message = format!("`@{name}` is no attribute of a struct or union; there are `@packed` and `@align(n)`");
                    self.error(message, attribute.range);
                }
            }
        }
        (is_packed, align)
    }

    fn field(&mut self, record: &Record, field: &'t Field) -> FieldDeclaration {
        let range = field.name.range;
        let description = match &field.annotation {
            Some(annotation) => self.describe_type_or_any(annotation),
            None => TypeDescription::Builtin("any".into()),
        };
        let has_error = field.annotation.is_some() && !self.describes_known(&description);
        if record.is_union {
            if field.default.is_some() {
                self.error("a field of a union has no default", range);
            }
            if is_managed(&description) && !has_error {
                self.error(format!("`{}` holds a managed value, which a union cannot", field.name.text), range);
            }
        }
        let bits = field.bits.as_ref().and_then(|bits| {
            let width = self.evaluate_int(bits, "the width of a bit-field")?;
            let size = match &description {
                TypeDescription::Builtin(name) if &**name == "bool" => Some(1),
                TypeDescription::Builtin(name) => integer_type(name).map(|(size, _)| i64::from(size) * 8),
                TypeDescription::Enum(_) => Some(32),
                // What another module's type is, is known when it is linked.
                TypeDescription::Member { .. } => Some(64),
                _ => None,
            };
            match size {
                None => {
                    self.error("a bit-field has an integer type, an enum or bool", range);
                    None
                }
                Some(size) if !(1..=size).contains(&width) => {
                    self.error(format!("the width of this bit-field is from 1 to {size}"), bits.range);
                    None
                }
                Some(_) => Some(width as u8),
            }
        });
        FieldDeclaration {
            name: Rc::clone(&field.name.text),
            range,
            description,
            bits,
            place: FieldPlace::Own,
            has_default: field.default.is_some() && !record.is_union,
        }
    }

    /// Fields and methods of one record have different names.
    fn check_names(&mut self, node: &Record, fields: &[FieldDeclaration]) {
        let mut known: HashMap<&str, (SourceRange, &str)> = HashMap::new();
        for field in fields.iter().filter(|f| !f.name.is_empty()) {
            if let Some((first, _)) = known.insert(&field.name, (field.range, "field")) {
                let diagnostic = Diagnostic::syntax(format!("there are two fields `{}`", field.name), field.range)
                    .with_secondary(first, "the first one");
                self.diagnostics.push(diagnostic);
            }
        }
        for member in node.members.iter().flatten() {
            let Member::Method(method) = member else { continue };
            let Some(name) = &method.name else { continue };
            if let Some((first, what)) = known.insert(&name.text, (name.range, "method")) {
                let message = if what == "field" {
                    format!("`{}` is a field and a method", name.text)
                } else {
                    format!("there are two methods `{}`", name.text)
                };
                self.diagnostics.push(Diagnostic::syntax(message, name.range).with_secondary(first, format!("the {what}")));
            }
            let is_operator = !name.text.starts_with(|c: char| c == '_' || c.is_alphabetic());
            let has_self = method.parameters.first().is_some_and(|p| &*p.name.text == "self");
            if is_operator && !has_self {
                self.error(format!("the operator `{}` needs `self` as its first parameter", name.text), name.range);
            }
        }
    }

    // ------------------------------------------------------------ checks across records

    /// No record contains itself.
    fn check_containment(&mut self, records: &[RecordDeclaration]) {
        let mut done = vec![false; records.len()];
        for index in 0..records.len() {
            let mut path = Vec::new();
            if let Some((record, range)) = containment_cycle(records, index, &mut path, &mut done) {
                let name = &records[record].name;
                let name = if name.is_empty() { "this part".to_string() } else { format!("`{name}`") };
                let diagnostic = Diagnostic::syntax(format!("{name} contains itself"), range)
                    .with_help("a pointer to it can be a field: `*T`; or leave the type out, and the field holds any value");
                self.diagnostics.push(diagnostic);
                for index in path {
                    done[index] = true;
                }
            }
        }
    }

    /// Names that two parts promote, and that the record does not hide by one of its own.
    fn check_promoted(&mut self, records: &[RecordDeclaration]) {
        let mut names: Vec<Option<HashMap<Rc<str>, Rc<str>>>> = vec![None; records.len()];
        for index in 0..records.len() {
            self.promoted_names(records, index, &mut names);
        }
    }

    /// All names that can be reached in a record, each with the part that brings it (empty for its own).
    fn promoted_names(
        &mut self,
        records: &[RecordDeclaration],
        index: usize,
        names: &mut Vec<Option<HashMap<Rc<str>, Rc<str>>>>,
    ) {
        if names[index].is_some() {
            return;
        }
        // For a record that contains itself, which has been reported.
        names[index] = Some(HashMap::new());
        let record = &records[index];
        let mut reached: HashMap<Rc<str>, Rc<str>> = HashMap::new();
        for field in record.fields.iter().filter(|f| !f.name.is_empty()) {
            reached.insert(Rc::clone(&field.name), "".into());
        }
        for member in self.resolved.tables.records[index].node.members.iter().flatten() {
            if let Member::Method(method) = member
                && let Some(name) = &method.name
            {
                reached.insert(Rc::clone(&name.text), "".into());
            }
        }
        for field in record.fields.iter().filter(|f| f.place != FieldPlace::Own) {
            let TypeDescription::Record(part) = field.description else { continue };
            deep(|| self.promoted_names(records, part as usize, names));
            let part_name: Rc<str> =
                if field.name.is_empty() { "an anonymous part".into() } else { format!("`{}`", field.name).into() };
            let mut promoted: Vec<Rc<str>> = names[part as usize].iter().flat_map(|n| n.keys().cloned()).collect();
            promoted.sort();
            for name in promoted {
                // Methods that every struct may have are not promoted against each other: an operator belongs to its own struct.
                match reached.get(&name) {
                    None => {
                        reached.insert(name, Rc::clone(&part_name));
                    }
                    Some(own) if own.is_empty() => {}
                    Some(other) => {
                        let message = format!("`{name}` comes from {other} and from {part_name}");
                        let diagnostic = Diagnostic::syntax(message, record.range)
                            .with_secondary(field.range, "the second one")
                            .with_help(format!("a field or method `{name}` of the struct itself would hide both"));
                        self.diagnostics.push(diagnostic);
                    }
                }
            }
        }
        names[index] = Some(reached);
    }

    // ------------------------------------------------------------ code

    fn methods(&mut self, node: &'t Record, record: &mut RecordDeclaration) {
        for member in node.members.iter().flatten() {
            if let Member::Method(method) = member
                && let Some(name) = &method.name
            {
                let full =
                    if record.name.is_empty() { Rc::clone(&name.text) } else { format!("{}.{}", record.name, name.text).into() };
                let code = self.function_code(method, full);
                record.methods.push((Rc::clone(&name.text), code));
            }
        }
    }

    /// The function that makes a value where a field has a default.
    fn constructor(&mut self, node: &'t Record, index: u32, record: &RecordDeclaration) -> Option<Rc<Code>> {
        if node.is_union || !record.fields.iter().any(|f| f.has_default) {
            return None;
        }
        let id = *self.resolved.function_ids.get(&NodeKey::of(node))?;
        let count = record.fields.len();
        let outline = Outline {
            name: Rc::clone(&record.name),
            range: record.range,
            parameters: record.fields.iter().map(|f| Parameter { name: Rc::clone(&f.name), has_default: true }).collect(),
            rest: None,
            has_self: false,
            doc: record.doc.clone(),
        };
        let range = record.range;
        let members: Vec<&'t Member> =
            node.members.iter().flatten().filter(|m| !matches!(m, Member::Method(_))).take(count).collect();
        Some(self.code(id, outline, |this| {
            for (number, member) in members.iter().enumerate() {
                if let Member::Field(Field { default: Some(default), .. }) = member {
                    let register = Register(number as u16);
                    let given = this.jump_if(default.range, Op::JumpIfDefined, register);
                    this.value(default, register);
                    this.patch(given);
                }
            }
            let made = this.allocate();
            let description = this.narrow_type_index(TypeDescription::Record(index));
            this.emit(range, Instruction::abc(Op::MakeRecord, made.0, 0, description));
            this.op_a(range, Op::Return, made);
        }))
    }

    pub fn enum_declarations(&mut self) -> Vec<EnumDeclaration> {
        let count = self.resolved.tables.enums.len();
        let declarations = (0..count).map(|index| {
            let values = self.enum_values(index as u32);
            let entry = &self.resolved.tables.enums[index];
            let (node, doc) = (entry.node, entry.doc.clone());
            let mut known: HashMap<&str, SourceRange> = HashMap::new();
            for member in &node.members {
                if let Some(first) = known.insert(&member.name.text, member.name.range) {
                    // The resolver has reported it, for the members are one scope.
                    debug_assert!(first != member.name.range);
                }
            }
            let base = match &node.base {
                Some(base) => self.describe_type_or_any(base),
                None => TypeDescription::Builtin("c_int".into()),
            };
            let values = values.unwrap_or_default();
            EnumDeclaration {
                name: Rc::clone(&node.name.text),
                range: node.name.range,
                base,
                members: node.members.iter().zip(values).map(|(m, value)| (Rc::clone(&m.name.text), value)).collect(),
                doc,
            }
        });
        declarations.collect()
    }
}

/// Kinds of the language that live in a record as managed references.
fn is_managed(description: &TypeDescription) -> bool {
    match description {
        TypeDescription::Builtin(name) => matches!(&**name, "string" | "any" | "list" | "map" | "function"),
        TypeDescription::Slice(_) => true,
        TypeDescription::Array { element, .. } => is_managed(element),
        _ => false,
    }
}

/// The record that a description holds by value.
fn contained(description: &TypeDescription) -> Option<u32> {
    match description {
        TypeDescription::Record(index) => Some(*index),
        TypeDescription::Array { element, .. } => contained(element),
        _ => None,
    }
}

/// Finds a record that contains itself, walking from one; the field that closes the circle.
fn containment_cycle(
    records: &[RecordDeclaration],
    index: usize,
    path: &mut Vec<usize>,
    done: &mut [bool],
) -> Option<(usize, SourceRange)> {
    if done[index] {
        return None;
    }
    path.push(index);
    for field in &records[index].fields {
        let Some(part) = contained(&field.description) else { continue };
        let part = part as usize;
        if path.contains(&part) {
            return Some((part, field.range));
        }
        let found = deep(|| containment_cycle(records, part, path, done));
        if found.is_some() {
            return found;
        }
    }
    path.pop();
    done[index] = true;
    None
}
