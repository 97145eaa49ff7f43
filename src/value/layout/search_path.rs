//! What the argument check found, in words: the way to a pointer as the language would write it, and what it points to.

use super::memory::Memory;
use super::search::{NO_PARENT, Part, Root};
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::object::Kind;
use crate::value::runtime::Runtime;
use crate::value::word::Value;

/// An expression that leads to memory, as a path is built.
struct Expression {
    text: String,
    /// Where it points, and what its type says is there; void where its type does not say.
    address: usize,
    target: TypeId,
    /// Its parts are reached through an index, even if there is only one.
    is_slice: bool,
}

impl Runtime {
    /// The root (by its number among the roots) from which a word was reached, and the way to it.
    pub(super) fn path_of(&self, roots: &[Root], parts: &[Part], part: usize, word: usize) -> (usize, String) {
        let mut chain = vec![(part, word)];
        while parts[chain[chain.len() - 1].0].parent != NO_PARENT {
            let here = parts[chain[chain.len() - 1].0];
            chain.push((here.parent, here.word));
        }
        let root = parts[chain[chain.len() - 1].0].word;
        let value = roots[root].value;
        let mut expression = self.expression_of_value(roots[root].name.clone(), value);
        for &(part, word) in chain.iter().rev() {
            expression = self.step(expression, &parts[part], word);
        }
        (root, expression.text)
    }

    fn expression_of_value(&self, text: String, value: Value) -> Expression {
        let Some(memory) = Memory::of(value) else {
            return Expression { text, address: 0, target: TypeId::VOID, is_slice: false };
        };
        let info = self.types.info(memory.type_id);
        let target = if info.representation == Representation::Record { memory.type_id } else { info.target };
        Expression { text, address: memory.address, target, is_slice: matches!(info.kind, TypeKind::Slice { .. }) }
    }

    /// The expression for the word at `word` of a part that `from` points to.
    fn step(&self, from: Expression, part: &Part, word: usize) -> Expression {
        let block = Value::reference(part.block);
        let payload = part.block.payload() as usize;
        let (start, content, count) = self.block_content(block.header(), payload);
        // An array or field inside the object, where the pointer is one to an element of such.
        let target_size = self.types.info(from.target).size.max(1) as usize;
        let inside = if from.target == TypeId::VOID { None } else { self.array_around(block, from.address, from.target) };
        let inside = inside.filter(|(low, _)| from.address.wrapping_sub(*low).is_multiple_of(target_size));
        let (target, is_single, text) = match inside {
            Some((low, high)) if word >= low && word + 8 <= high => {
                (from.target, high - low == target_size && !from.is_slice, from.text)
            }
            _ => {
                let size = self.types.info(content).size.max(1) as usize;
                let name = self.types.name(content);
                let is_on_element = from.address >= start && (from.address - start).is_multiple_of(size);
                let text = match is_on_element {
                    true => format!("({} as *{name})", from.text),
                    false => format!("(object of {} as *{name})", from.text),
                };
                (content, count == 1, text)
            }
        };
        let size = self.types.info(target).size.max(1) as usize;
        // Counted from where the expression points, if that is on an element.
        let origin = if (from.address.wrapping_sub(start) as isize).rem_euclid(size as isize) == 0 || inside.is_some() {
            from.address
        } else {
            start
        };
        let distance = word as isize - origin as isize;
        let index = distance.div_euclid(size as isize);
        let offset = distance.rem_euclid(size as isize) as u64;
        let is_record = self.types.info(target).representation == Representation::Record;
        let mut text = if is_record && is_single && index == 0 { text } else { format!("{text}[{index}]") };
        let slot = self.write_field_path(&mut text, target, offset);
        // SAFETY: the word lies in a live object.
        let content = unsafe { super::load::read::<usize>(word) };
        if self.types.info(slot).values.is_empty() {
            let info = self.types.info(slot);
            return Expression {
                text,
                address: content,
                target: info.target,
                is_slice: matches!(info.kind, TypeKind::Slice { .. }),
            };
        }
        self.expression_of_value(text, Value(content as u64))
    }

    /// Appends the way to the word at an offset of a type: `.base`, `.parts[2].next`; returns the type of what stands there.
    pub(super) fn write_field_path(&self, text: &mut String, type_id: TypeId, offset: u64) -> TypeId {
        let info = self.types.info(type_id);
        match &info.kind {
            TypeKind::Array { element, .. } => {
                let size = self.types.info(*element).size.max(1);
                text.push_str(&format!("[{}]", offset / size));
                self.write_field_path(text, *element, offset % size)
            }
            TypeKind::Record(record) => {
                let field = record.fields.iter().find(|field| {
                    field.bits.is_none()
                        && (field.offset..field.offset + field.size).contains(&offset)
                        && self.has_pointer_at(field.type_id, offset - field.offset)
                });
                let Some(field) = field else { return TypeId::VOID };
                if !field.name.is_empty() {
                    text.push('.');
                    text.push_str(&field.name);
                }
                self.write_field_path(text, field.type_id, offset - field.offset)
            }
            _ => type_id,
        }
    }

    fn has_pointer_at(&self, type_id: TypeId, offset: u64) -> bool {
        self.types.info(type_id).pointers.binary_search(&(offset as u32)).is_ok()
    }

    /// What a managed address points to: `[]u8 of 5 bytes`.
    pub fn describe_address(&self, address: usize) -> String {
        match self.heap.find_object(address) {
            Some(found) => self.describe_object(Value::reference(found.address)),
            None => "freed managed memory".to_string(),
        }
    }

    /// An object, as the target of a pointer: `Node (24 bytes)`, `[]u8 of 5 bytes`, `string of 9 bytes`, `list`.
    pub fn describe_object(&self, value: Value) -> String {
        let bytes = |count: usize| if count == 1 { "1 byte".to_string() } else { format!("{count} bytes") };
        match value.kind() {
            Some(Kind::String) => format!("string of {}", bytes(value.string_length())),
            Some(Kind::Block) => {
                let size = value.header().meta as usize;
                let (_, content, count) = self.block_content(value.header(), 0);
                let content = self.types.name(content);
                match self.types.info(TypeId(value.header().type_id)).kind {
                    TypeKind::Slice { .. } => format!("[]{content} of {}", bytes(size)),
                    TypeKind::Shifted { .. } if count != 1 => format!("[]{content} of {}", bytes(size)),
                    _ => format!("{content} ({})", bytes(size)),
                }
            }
            Some(Kind::Callback) => "callback".to_string(),
            _ => self.type_name_of(value).to_string(),
        }
    }
}
