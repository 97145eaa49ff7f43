//! What the library has, for hover and completion: the items that `cotter doc` shows.

use crate::session::documentation::{Item, ItemKind, find, library};

pub struct Library {
    items: Vec<Item>,
}

/// Something of the library as it can be offered.
pub struct LibraryMember {
    pub name: String,
    /// `(x, base = 10)`; empty for what is not called.
    pub signature: String,
    pub doc: String,
    pub kind: ItemKind,
    pub is_method: bool,
}

impl Library {
    pub fn new() -> Library {
        Library { items: library() }
    }

    /// What a module of the library, or a type of the language, has behind a dot; for the empty name the builtins.
    pub fn members(&self, owner: &str) -> Vec<LibraryMember> {
        let owners: Vec<&Item> = match owner {
            "" => self.items.iter().filter(|item| item.kind == ItemKind::Family).collect(),
            _ => find(&self.items, owner).into_iter().filter(|item| item.kind != ItemKind::Function).collect(),
        };
        let members = owners.into_iter().flat_map(|owner| owner.members.iter().map(move |member| (owner, member)));
        members
            .map(|(owner, member)| LibraryMember {
                name: member.name.clone(),
                signature: signature(member),
                doc: member.doc.clone(),
                kind: member.kind,
                is_method: owner.kind == ItemKind::Methods,
            })
            .collect()
    }

    /// What is written down about a name, in Markdown.
    pub fn description(&self, name: &str) -> Option<String> {
        let found: Vec<String> = find(&self.items, name)
            .into_iter()
            .map(|item| match item.doc.as_str() {
                "" => format!("```cotter\n{}\n```", item.header),
                doc => format!("```cotter\n{}\n```\n\n{doc}", item.header),
            })
            .collect();
        (!found.is_empty()).then(|| found.join("\n\n"))
    }

    pub fn signature(&self, owner: &str, name: &str) -> Option<String> {
        self.members(owner).into_iter().find(|member| member.name == name).map(|member| member.signature)
    }
}

/// The parameters in a header such as `math.sqrt(x)`.
fn signature(item: &Item) -> String {
    match item.kind {
        ItemKind::Function => item.header.find('(').map_or(String::new(), |open| item.header[open..].to_string()),
        _ => String::new(),
    }
}
