//! Names for people: completion and documentation, found without running anything.

use super::documentation::{self, Item};
use super::{Completion, Completions, Session, compiling};
use crate::value::{Kind, Runtime, TypeKind, Value, fixed_type_names};
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
        items.extend(fixed_type_names().map(|name| item(name, "type")));
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
    pub(super) fn value_of(&self, dotted: &str) -> Option<Value> {
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

    /// What is written down about a name: of the dialogue (also of what it imported), or of the library. Dotted for what is in a module
    /// or belongs to a type: `print`, `math.sqrt`, `list.push`, `util.Point.norm`.
    pub fn documentation(&self, name: &str) -> Option<String> {
        let items = self.items_of_dialogue(name);
        let mut found: Vec<String> = items.iter().map(documentation::render).collect();
        if found.is_empty() {
            found = documentation::find(&documentation::library(), name).into_iter().map(documentation::render).collect();
        }
        // A word of the language may be the name of something in the library as well, as `match` is.
        found.extend(documentation::find(&documentation::language(), name).into_iter().map(documentation::render));
        if found.is_empty()
            && let Some(type_name) = fixed_type_names().find(|known| *known == name)
        {
            found.push(format!("{type_name}: a type\n"));
        }
        if found.is_empty() {
            // A C function that was declared as C, a function without a word about it.
            found.extend(self.value_of(name).and_then(|value| self.signature_of_value(value)).map(|header| header + "\n"));
        }
        if found.is_empty() { None } else { Some(found.join("\n")) }
    }

    /// What the dialogue, or a module that it imported, documents under a name.
    fn items_of_dialogue(&self, name: &str) -> Vec<Item> {
        let first = name.split('.').next().unwrap_or(name);
        if let Some(value) = self.value_of(first)
            && let Some(module) = self.vm.module_of(value)
        {
            let (stem, text) = match self.loader.source_of(module) {
                Some(found) => found,
                None => return self.library_items(&module.name, first, name),
            };
            let module = documentation::read_source(&stem, &text);
            if name == first {
                return vec![module];
            }
            let found = documentation::find(&module.members, &name[first.len() + 1..]);
            return found.into_iter().cloned().collect();
        }
        // The last entry that declares it.
        let sources = self.sources.borrow();
        let entries = sources.files().filter(|file| file.name.starts_with("<repl")).collect::<Vec<_>>();
        for file in entries.into_iter().rev() {
            let module = documentation::read_source("", &file.text);
            let found: Vec<Item> = documentation::find(&module.members, name).into_iter().cloned().collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// A module of the library under the name that the dialogue gave it.
    fn library_items(&self, module: &str, alias: &str, name: &str) -> Vec<Item> {
        let path = format!("{module}{}", &name[alias.len()..]);
        documentation::find(&documentation::library(), &path).into_iter().cloned().collect()
    }
}

fn item(text: &str, detail: &str) -> Completion {
    Completion { text: text.to_string(), detail: detail.to_string() }
}

impl Session {
    /// The types that every program knows, of the language and of C.
    pub fn type_names(&self) -> Vec<&'static str> {
        compiling::type_names()
    }
}
