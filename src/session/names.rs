//! Names for people: completion and documentation, found without running anything.

use super::{Completion, Completions, Session};
use crate::value::{Kind, Runtime, TypeId, TypeKind, Value};
use crate::vm::{Module, Place};
use std::rc::Rc;

impl Session {
    /// What could stand at a byte of a line, found without running anything.
    pub fn complete(&self, line: &str, cursor: usize) -> Completions {
        let before = &line[..cursor.min(line.len())];
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let prefix = &before[start..];
        let mut items = match before[..start].strip_suffix('.') {
            Some(object) => self.members_of(object.strip_suffix('?').unwrap_or(object)),
            None => self.all_names(),
        };
        items.retain(|item| item.text.starts_with(prefix) && (prefix.starts_with('_') || !item.text.starts_with('_')));
        items.sort_by(|a, b| a.text.cmp(&b.text));
        items.dedup_by(|a, b| a.text == b.text);
        Completions { start, items }
    }

    fn all_names(&self) -> Vec<Completion> {
        let mut items: Vec<Completion> = self.vm.builtin_names().iter().map(|name| item(name, "builtin")).collect();
        items.extend(crate::value::FIXED_TYPES.iter().map(|(_, name)| item(name, "type")));
        items.extend(crate::syntax::token::keywords().map(|word| item(word, "keyword")));
        if let Some(dialogue) = &self.dialogue {
            let module = dialogue.module;
            for (index, slot) in module.slot_info.borrow().iter().enumerate() {
                let value = module.slot(index as u32);
                if !value.is_undefined() {
                    items.push(item(&slot.name, &self.vm.runtime.type_name(value)));
                }
            }
        }
        items
    }

    /// The value of a dotted name of the dialogue, by walking plain fields only.
    fn value_of(&self, dotted: &str) -> Option<Value> {
        let start = dotted.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).map_or(0, |at| at + 1);
        let mut parts = dotted.get(start..)?.split('.');
        let dialogue = self.dialogue.as_ref()?;
        let module = dialogue.module;
        let first = parts.next()?;
        let slot = module.slot_info.borrow().iter().rposition(|slot| &*slot.name == first)?;
        let mut value = module.slot(slot as u32);
        for name in parts {
            let inner = self.vm.module_of(value)?;
            value = inner.slot(inner.export(name)?);
        }
        if value.is_undefined() { None } else { Some(value) }
    }

    fn members_of(&self, object: &str) -> Vec<Completion> {
        let Some(value) = self.value_of(object) else { return Vec::new() };
        if let Some(module) = self.vm.module_of(value) {
            return self.exports_of(module);
        }
        if let Some(type_id) = Runtime::type_of_value(value) {
            return match &self.vm.runtime.types.info(type_id).kind {
                TypeKind::Enum(members) => members.members.iter().map(|(name, number)| item(name, &number.to_string())).collect(),
                TypeKind::Record(record) => record.member_names().iter().map(|name| item(name, "")).collect(),
                _ => Vec::new(),
            };
        }
        let type_id = self.vm.runtime.type_of(value);
        let mut items: Vec<Completion> = Vec::new();
        if matches!(value.kind(), Some(Kind::Block | Kind::View))
            && let Some((_, record)) = self.vm.runtime.types.record_behind(type_id)
        {
            items.extend(record.member_names().iter().map(|name| item(name, "")));
        }
        let methods = self.vm.method_type(value);
        for namespace in self.vm.namespaces() {
            if matches!(namespace.place, Place::Methods(id) | Place::Properties(id) if id == methods) {
                items.extend(namespace.entries.iter().map(|entry| item(entry.name, entry.signature)));
                items.extend(namespace.script.iter().flat_map(|(_, names)| names.iter()).map(|name| item(name, "function")));
            }
        }
        items
    }

    fn exports_of(&self, module: &Module) -> Vec<Completion> {
        let exports = module.exports.borrow();
        let names = exports.iter().map(|(name, slot)| (Rc::clone(name), module.slot(*slot)));
        names
            .map(|(name, value)| {
                item(&name, &if value.is_undefined() { "function".into() } else { self.vm.runtime.type_name(value) })
            })
            .collect()
    }

    /// The documentation of a name, dotted for what is in a module or belongs to a type: `print`, `math.sqrt`, `list.push`, `math`.
    pub fn documentation(&self, name: &str) -> Option<String> {
        let (owner, member) = name.split_once('.').map_or((None, name), |(owner, member)| (Some(owner), member));
        let mut found = Vec::new();
        for namespace in self.vm.namespaces() {
            if owner.is_none() && namespace.place != Place::Builtins && namespace.name == name {
                let members: Vec<&str> = namespace
                    .entries
                    .iter()
                    .map(|entry| entry.name)
                    .chain(namespace.script.iter().flat_map(|(_, names)| names.iter().copied()))
                    .collect();
                found.push(format!("{}: {}\n  {}", namespace.name, namespace.doc, members.join(" ")));
            }
            let here = match owner {
                None => namespace.place == Place::Builtins,
                Some(owner) => namespace.name == owner,
            };
            if !here {
                continue;
            }
            for entry in namespace.entries.iter().filter(|entry| entry.name == member) {
                found.push(format!("{}\n  {}", entry.documentation(namespace.place, namespace.name), entry.doc));
            }
            if let Some((source, names)) = namespace.script
                && names.contains(&member)
                && let Some(text) = script_documentation(source, member)
            {
                found.push(text);
            }
        }
        if found.is_empty()
            && let Some((_, type_name)) =
                crate::value::FIXED_TYPES.iter().find(|(id, known)| *known == name && *id != TypeId::VALUES)
        {
            found.push(format!("{type_name}: a type"));
        }
        if found.is_empty() { None } else { Some(found.join("\n\n")) }
    }
}

/// The header and doc comment of a function in source text.
fn script_documentation(source: &str, name: &str) -> Option<String> {
    let start = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().collect();
    let at = lines.iter().position(|line| line.starts_with(&start))?;
    let header = lines[at].trim_start_matches("fn ").split(" {").next()?.split(" =>").next()?;
    let docs = lines[..at].iter().rev().take_while(|line| line.starts_with("##")).map(|line| line.trim_start_matches('#').trim());
    let docs: Vec<&str> = docs.collect();
    Some(format!("{header}\n  {}", docs.into_iter().rev().collect::<Vec<_>>().join("\n  ")))
}

fn item(text: &str, detail: &str) -> Completion {
    Completion { text: text.to_string(), detail: detail.to_string() }
}
