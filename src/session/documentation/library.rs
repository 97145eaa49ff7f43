//! The library as items: the tables of the builtins with their parts in Cotter, and the bindings.

use super::source::{read_source, without_self};
use super::{Item, ItemKind};
use crate::builtins::{bindings, namespaces};
use crate::value::TypeId;
use crate::vm::{Namespace, NativeEntry, Place};

/// Everything that scripts can name without writing it themselves, in the order of the reference.
pub fn library() -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for kind in [ItemKind::Family, ItemKind::Methods, ItemKind::Module] {
        for namespace in namespaces().iter().chain(crate::ffi::NAMESPACES).filter(|namespace| kind_of(namespace.place) == kind) {
            let members = members(namespace);
            match items.iter_mut().find(|item| item.kind == kind && item.name == namespace.name) {
                // Methods and properties of one type belong together.
                Some(item) => item.members.extend(members),
                None => items.push(item_of(namespace, kind, members)),
            }
        }
    }
    items.extend(bindings().iter().map(|binding| {
        let mut module = read_source(binding.name, binding.source);
        qualify(&mut module, binding.name);
        module
    }));
    items
}

/// The file of the library that defines something in Cotter, and its text: a member of a module or of a type, with an empty owner a builtin;
/// with an empty name a module that is such a file as a whole.
pub fn library_source(owner: &str, name: &str) -> Option<(&'static str, &'static str)> {
    if let Some(binding) = bindings().iter().find(|binding| binding.name == owner) {
        return Some((binding.name, binding.source));
    }
    namespaces().iter().find_map(|namespace| {
        let (source, names) = namespace.script?;
        let is_owner = match namespace.place {
            Place::Builtins => owner.is_empty(),
            _ => namespace.name == owner,
        };
        (is_owner && names.contains(&name)).then_some((namespace.name, source))
    })
}

fn kind_of(place: Place) -> ItemKind {
    match place {
        Place::Builtins => ItemKind::Family,
        Place::Methods(_) | Place::Properties(_) => ItemKind::Methods,
        Place::Module => ItemKind::Module,
    }
}

fn item_of(namespace: &Namespace, kind: ItemKind, members: Vec<Item>) -> Item {
    let name = namespace.name.to_string();
    let title = match namespace.place {
        Place::Builtins if name == "builtins" => "General".to_string(),
        Place::Builtins => name[..1].to_uppercase() + &name[1..],
        Place::Methods(TypeId::TYPE) => "Types".to_string(),
        _ => name.clone(),
    };
    // A family is no name that scripts know.
    let path = if kind == ItemKind::Family { title.clone() } else { name.clone() };
    Item { kind, name, path, header: title, doc: namespace.doc.to_string(), members }
}

fn members(namespace: &Namespace) -> Vec<Item> {
    let native = namespace.entries.iter().filter(|entry| !entry.name.starts_with('_'));
    let mut members: Vec<Item> = native.map(|entry| item_of_entry(namespace, entry)).collect();
    if let Some((source, names)) = namespace.script {
        let mut script = read_source(namespace.name, source);
        script.members.retain(|member| names.contains(&member.name.as_str()));
        for mut member in script.members {
            if namespace.place != Place::Builtins {
                member.header = without_self(&member.header);
                qualify_member(&mut member, namespace.name);
            }
            members.push(member);
        }
    }
    members
}

fn item_of_entry(namespace: &Namespace, entry: &NativeEntry) -> Item {
    let path = match namespace.place {
        Place::Builtins => entry.name.to_string(),
        _ => format!("{}.{}", namespace.name, entry.name),
    };
    let (kind, header) = match namespace.place {
        Place::Properties(_) => (ItemKind::Value, path.clone()),
        _ => (ItemKind::Function, format!("{path}{}", without_self(entry.signature))),
    };
    Item { kind, name: entry.name.to_string(), path, header, doc: entry.doc.to_string(), members: Vec::new() }
}

/// Puts the module's name before the names of all that is in it.
fn qualify(module: &mut Item, name: &str) {
    module.members.iter_mut().for_each(|member| qualify_member(member, name));
}

fn qualify_member(item: &mut Item, owner: &str) {
    let path = format!("{owner}.{}", item.path);
    item.header = item.header.replacen(&item.path, &path, 1);
    item.path = path;
    item.members.iter_mut().for_each(|member| qualify_member(member, owner));
}
