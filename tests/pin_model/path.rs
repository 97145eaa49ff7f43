//! The way that a message shows, followed on the model: `v[1].next`, `(n.data as *Pair)[0].b`.

use crate::layout::{Slot, Type};
use crate::model::{Form, Model, ObjectId, Value, Word};

/// What an expression of a path stands for.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// Memory of a type, from an address on: a struct, or what a pointer points to.
    Memory(ObjectId, usize, Type),
    /// A slot with a pointer to a type.
    Slot(ObjectId, usize, Type),
    /// The array of a `Wide`.
    Parts(ObjectId, usize),
}

pub struct Path<'a> {
    model: &'a Model,
    /// Names that it may begin with.
    names: &'a [(String, Value)],
    rest: &'a str,
}

/// The slot that a path leads to.
pub fn follow(model: &Model, names: &[(String, Value)], text: &str) -> Result<(ObjectId, usize), String> {
    let mut path = Path { model, names, rest: text };
    let found = path.expression()?;
    match found {
        _ if !path.rest.is_empty() => Err(format!("`{}` is left of `{text}`", path.rest)),
        Found::Slot(object, offset, _) => Ok((object, offset)),
        _ => Err(format!("`{text}` leads to no slot")),
    }
}

impl Path<'_> {
    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_string()
    }

    fn expression(&mut self) -> Result<Found, String> {
        let mut found = if self.take("(") {
            let is_object = self.take("object of ");
            let inner = self.expression()?;
            if !self.take(" as *") {
                return Err(format!("no cast at `{}`", self.rest));
            }
            let star = if self.take("*") { "*" } else { "" };
            let name = format!("{star}{}", self.word());
            let element = *Type::ALL.iter().find(|element| element.name() == name).ok_or(format!("no type {name}"))?;
            if !self.take(")") {
                return Err(format!("no `)` at `{}`", self.rest));
            }
            match self.deref(inner)? {
                Found::Memory(object, _, _) if is_object => Found::Memory(object, 0, element),
                Found::Memory(object, offset, _) => Found::Memory(object, offset, element),
                _ => return Err("only memory is cast".to_string()),
            }
        } else {
            let name = self.word();
            match self.names.iter().find(|(known, _)| *known == name) {
                Some((_, Value::Memory { object, offset, element, .. })) => Found::Memory(*object, *offset, *element),
                _ => return Err(format!("no name `{name}`")),
            }
        };
        loop {
            if self.take(".") {
                let field = self.word();
                found = self.field(found, &field)?;
            } else if self.take("[") {
                let end = self.rest.find(']').ok_or("no `]`")?;
                let index: isize = self.rest[..end].parse().map_err(|_| format!("no index: `{}`", self.rest))?;
                self.rest = &self.rest[end + 1..];
                found = self.index(found, index)?;
            } else {
                return Ok(found);
            }
        }
    }

    /// What the pointer in a slot points to.
    fn deref(&self, found: Found) -> Result<Found, String> {
        match found {
            Found::Slot(object, offset, target) => match self.model.word(object, offset) {
                Word::Pointer(object, offset) => Ok(Found::Memory(object, offset, target)),
                Word::Number(number) => Err(format!("a pointer is followed that is {number}")),
            },
            other => Ok(other),
        }
    }

    fn field(&self, found: Found, name: &str) -> Result<Found, String> {
        let Found::Memory(object, offset, element) = self.deref(found)? else { return Err("an array has no fields".to_string()) };
        if (element, name) == (Type::Wide, "parts") {
            return Ok(Found::Parts(object, offset + 8));
        }
        if (element, name) == (Type::Tagged, "word") {
            return Ok(Found::Memory(object, offset + 8, Type::Word));
        }
        if element == Type::Word {
            let target = if name == "p" { Type::Node } else { Type::Void };
            return if matches!(name, "p" | "v") {
                Ok(Found::Slot(object, offset, target))
            } else {
                Err(format!("no pointer {name}"))
            };
        }
        let leaf = element.leaves().into_iter().find(|leaf| leaf.path == format!(".{name}"));
        match leaf.as_ref().map(|leaf| leaf.slot) {
            Some(Slot::Pointer(target)) => Ok(Found::Slot(object, offset + leaf.map_or(0, |leaf| leaf.offset), target)),
            _ => Err(format!("{} has no pointer {name}", element.name())),
        }
    }

    fn index(&self, found: Found, index: isize) -> Result<Found, String> {
        if let Found::Parts(object, offset) = found {
            return Ok(Found::Memory(object, offset.wrapping_add_signed(index * 24), Type::Pair));
        }
        let Found::Memory(object, offset, element) = self.deref(found)? else { return Err("no elements".to_string()) };
        let offset = offset.wrapping_add_signed(index * element.size() as isize);
        if offset + element.size() > self.model.objects[object].size() {
            return Err(format!("the index {index} is outside"));
        }
        Ok(match element.target() {
            Some(target) => Found::Slot(object, offset, target),
            None => Found::Memory(object, offset, element),
        })
    }
}

/// The names that the path of a struct by value begins with are those of its parameter.
pub fn as_parameter(name: &str, value: Value) -> (String, Value) {
    let value = match value {
        Value::Memory { object, offset, element, .. } => Value::Memory { object, offset, element, form: Form::Pointer },
        Value::Nil => Value::Nil,
    };
    (name.to_string(), value)
}
