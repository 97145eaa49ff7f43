//! What C text of a dialogue has declared before: later text knows its types and its macros.
//!
//! Earlier text is read once more before the text in question, at places of its own, and nothing of it is declared again: its types have
//! their names in the dialogue.

use super::item::{Item, ItemKind};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Places from here on are those of earlier text; no position of a script reaches them.
const EARLIER: usize = 1 << 40;

/// Whether a place is in earlier text.
pub fn is_earlier(place: usize) -> bool {
    place >= EARLIER
}

/// What has been declared so far.
#[derive(Clone, Debug, Default)]
pub struct Prelude {
    text: String,
    types: Vec<KnownType>,
}

#[derive(Clone, Debug)]
struct KnownType {
    place: usize,
    /// Its name where it was declared.
    name: Rc<str>,
    /// What it is called in the dialogue: dotted, if it is behind a library.
    path: Rc<str>,
}

impl Prelude {
    /// The text with the place of its first byte.
    pub fn text(&self) -> (&str, usize) {
        (&self.text, EARLIER)
    }

    /// Adds a text whose first byte has the place `base`, and what was declared by it behind an alias or without one.
    pub fn add(&mut self, text: &str, base: usize, items: &[Item], alias: Option<&str>) {
        let shift = EARLIER + self.text.len();
        for item in items {
            if !matches!(item.kind, ItemKind::Record(_) | ItemKind::Enum { .. } | ItemKind::TypeName(_)) {
                continue;
            }
            // What C's own library declares, such as `FILE`, stands in no text.
            let is_here = item.place >= base && !is_earlier(item.place);
            let place = if is_here { item.place - base + shift } else { item.place };
            let path = alias.map_or(Rc::clone(&item.name), |alias| format!("{alias}.{}", item.name).into());
            self.types.push(KnownType { place, name: Rc::clone(&item.name), path });
        }
        self.text.push_str(text);
        // The last declaration may lack its end.
        self.text.push_str("\n;\n");
    }

    /// Leaves out what was declared before. What is called otherwise now than it is in the dialogue is returned with its name there.
    pub fn without_known(&self, items: &mut Vec<Item>) -> HashMap<Rc<str>, Rc<str>> {
        let mut renamed = HashMap::new();
        let declared: HashSet<Rc<str>> =
            items.iter().filter(|item| !is_earlier(item.place)).map(|item| Rc::clone(&item.name)).collect();
        items.retain(|item| {
            let is_it = |known: &&KnownType| match is_earlier(item.place) {
                true => known.place == item.place,
                false => item.is_companion && item.place == 0 && known.place == 0 && known.name == item.name,
            };
            let Some(known) = self.types.iter().rev().find(is_it) else { return !is_earlier(item.place) };
            if known.path != item.name {
                // Its name is about to mean something else, such as the function `stat`: it is declared anew, as `struct_stat`.
                if declared.contains(&known.path) {
                    return true;
                }
                renamed.insert(Rc::clone(&item.name), Rc::clone(&known.path));
            }
            false
        });
        renamed
    }
}
