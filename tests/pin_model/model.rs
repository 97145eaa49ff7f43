//! What memory holds, who keeps what alive, and what the rules of pins say: written from the language's specification alone.

use crate::layout::{Slot, Type};
use cotter::session::PinChecks;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

pub type ObjectId = usize;

/// What stands at an offset of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// A number; NULL is 0.
    Number(i64),
    /// An address: an object, and an offset in it.
    Pointer(ObjectId, usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Managed,
    Arena,
    C,
}

/// As what a script has an object or a part of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Record,
    /// So many elements.
    Slice(usize),
    Pointer,
}

#[derive(Clone, Debug)]
pub struct Object {
    pub place: Place,
    /// `count` elements of this type.
    pub element: Type,
    pub count: usize,
    /// As what it was made.
    pub form: Form,
    pub pins: usize,
    pub words: BTreeMap<usize, Word>,
    /// Nothing keeps it any more: a pointer to it must not be followed.
    pub is_lost: bool,
}

impl Object {
    pub fn size(&self) -> usize {
        self.element.size() * self.count
    }

    /// The offsets at which the collector and the check look.
    pub fn slots(&self) -> Vec<usize> {
        let offsets = self.element.pointers();
        (0..self.count).flat_map(|i| offsets.iter().map(move |offset| i * self.element.size() + offset)).collect()
    }

    /// As messages describe it.
    pub fn description(&self) -> String {
        let (name, size) = (self.element.name(), self.size());
        match self.form {
            Form::Slice(_) => format!("[]{name} of {size} bytes"),
            _ => format!("{name} ({size} bytes)"),
        }
    }
}

/// What a variable holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    Nil,
    Memory { object: ObjectId, offset: usize, element: Type, form: Form },
}

/// An argument of a call, as the check takes it.
#[derive(Clone, Copy, Debug)]
pub enum Argument {
    Pointer(Value),
    /// A contract says how many bytes are in question.
    Sized(Value, usize),
    /// A struct by value: its pointers are arguments of their own.
    Struct(Value),
    Number,
}

#[derive(Clone, Default)]
pub struct Model {
    /// How much is checked.
    pub level: PinChecks,
    pub objects: Vec<Object>,
    /// The list that all variables of a program are in.
    pub variables: Vec<Value>,
    /// The objects that each pinner pins, once for each pin.
    pub pinners: Vec<Vec<ObjectId>>,
}

impl Model {
    pub fn word(&self, object: ObjectId, offset: usize) -> Word {
        self.objects[object].words.get(&offset).copied().unwrap_or(Word::Number(0))
    }

    pub fn set_word(&mut self, object: ObjectId, offset: usize, word: Word) {
        self.objects[object].words.insert(offset, word);
    }

    /// Whether an address, where it is one, may be followed.
    pub fn is_sound(&self, word: Word) -> bool {
        match word {
            Word::Number(_) => true,
            Word::Pointer(object, _) => !self.objects[object].is_lost,
        }
    }

    /// Whether the words at these offsets are all sound.
    pub fn are_sound(&self, object: ObjectId, mut offsets: impl Iterator<Item = usize>) -> bool {
        offsets.all(|offset| self.is_sound(self.word(object, offset)))
    }

    /// Whether a `Node` stands there.
    pub fn is_node(&self, object: ObjectId, offset: usize) -> bool {
        let found = &self.objects[object];
        matches!(found.element, Type::Node | Type::Byte) && offset.is_multiple_of(32) && offset + 32 <= found.size()
    }

    // ------------------------------------------------------------ what the collector keeps

    /// The managed objects that variables, pins, and what they hold keep.
    pub fn kept(&self) -> HashSet<ObjectId> {
        let mut kept = HashSet::new();
        let mut queue: VecDeque<ObjectId> = VecDeque::new();
        queue.extend(self.variables.iter().filter_map(|value| match *value {
            Value::Memory { object, .. } => Some(object),
            Value::Nil => None,
        }));
        queue.extend((0..self.objects.len()).filter(|&object| self.objects[object].pins > 0));
        while let Some(object) = queue.pop_front() {
            let found = &self.objects[object];
            if found.place != Place::Managed || !kept.insert(object) {
                continue;
            }
            queue.extend(found.slots().into_iter().filter_map(|slot| match self.word(object, slot) {
                Word::Pointer(target, _) => Some(target),
                Word::Number(_) => None,
            }));
        }
        kept
    }

    /// Marks what nothing keeps any more. It may be gone from now on.
    pub fn settle(&mut self) {
        let kept = self.kept();
        for (id, object) in self.objects.iter_mut().enumerate() {
            if object.place == Place::Managed && !kept.contains(&id) {
                object.is_lost = true;
            }
        }
    }

    // ------------------------------------------------------------ pins

    /// Whether a pointer to it may be anywhere without a pin: C's memory, an arena's, an object without size.
    pub fn needs_no_pin(&self, object: ObjectId) -> bool {
        self.objects[object].place != Place::Managed || self.objects[object].size() == 0
    }

    pub fn pin(&mut self, pinner: usize, object: ObjectId) {
        self.objects[object].pins += 1;
        self.pinners[pinner].push(object);
    }

    pub fn unpin(&mut self, pinner: usize) {
        for object in std::mem::take(&mut self.pinners[pinner]) {
            self.objects[object].pins -= 1;
        }
    }

    // ------------------------------------------------------------ the argument check

    /// The largest array of a type that contains an address, in the layout of its object.
    fn array_around(&self, object: ObjectId, offset: usize, element: Type) -> Option<(usize, usize)> {
        let found = &self.objects[object];
        if found.element == element {
            return Some((0, found.size()));
        }
        if (found.element, element) == (Type::Wide, Type::Pair) {
            let start = offset / Type::Wide.size() * Type::Wide.size() + 8;
            let end = start + 3 * Type::Pair.size();
            return (offset >= start && offset < end).then_some((start, end));
        }
        None
    }

    /// The part of an object that is in question for a value: a slice's own elements; of a `*T` the largest array of `T` around it, or
    /// one `T`; of a `*void` the whole object.
    fn in_question(&self, value: Value) -> Option<(ObjectId, usize, usize)> {
        let Value::Memory { object, offset, element, form } = value else { return None };
        let size = self.objects[object].size();
        if self.objects[object].place != Place::Managed {
            return None;
        }
        let (low, high) = match (form, element) {
            (Form::Slice(count), _) => (offset, offset + count * element.size()),
            (_, Type::Void) => (0, size),
            _ => self.array_around(object, offset, element).unwrap_or((offset, (offset + element.size()).min(size))),
        };
        Some((object, low, high))
    }

    /// The arguments that a struct by value stands for.
    fn pointers_of(&self, value: Value) -> Vec<Value> {
        let Value::Memory { object, offset, element, .. } = value else { return Vec::new() };
        let leaves = element.leaves().into_iter();
        let pointers = leaves.filter_map(|leaf| match (leaf.slot, self.word(object, offset + leaf.offset)) {
            (Slot::Pointer(target), Word::Pointer(object, offset)) => {
                Some(Value::Memory { object, offset, element: target, form: Form::Pointer })
            }
            _ => None,
        });
        pointers.collect()
    }

    /// The objects that arguments point to, which stay for the call.
    pub fn kept_by(&self, arguments: &[Argument]) -> HashSet<ObjectId> {
        let mut kept = HashSet::new();
        for argument in arguments {
            let values = match *argument {
                Argument::Pointer(value) | Argument::Sized(value, _) => vec![value],
                Argument::Struct(value) => self.pointers_of(value),
                Argument::Number => Vec::new(),
            };
            kept.extend(values.into_iter().filter_map(|value| match value {
                Value::Memory { object, .. } => Some(object),
                Value::Nil => None,
            }));
        }
        kept
    }

    fn parts(&self, argument: Argument) -> Vec<(ObjectId, usize, usize)> {
        match argument {
            Argument::Pointer(value) => self.in_question(value).into_iter().collect(),
            Argument::Sized(value @ Value::Memory { offset, .. }, bytes) => {
                self.in_question(value).map(|(object, ..)| (object, offset, offset + bytes)).into_iter().collect()
            }
            Argument::Struct(value) => self.pointers_of(value).into_iter().filter_map(|value| self.in_question(value)).collect(),
            Argument::Sized(Value::Nil, _) | Argument::Number => Vec::new(),
        }
    }

    /// The slots, reached from one of the arguments, that hold a pointer which C must not find.
    pub fn refused_from(&self, argument: Argument, kept: &HashSet<ObjectId>) -> BTreeSet<(ObjectId, usize)> {
        let mut parts: VecDeque<_> = self.parts(argument).into();
        let mut seen = HashSet::new();
        let mut refused = BTreeSet::new();
        while let Some((object, low, high)) = parts.pop_front() {
            for slot in self.objects[object].slots().into_iter().filter(|&slot| slot >= low && slot + 8 <= high) {
                let Word::Pointer(target, _) = self.word(object, slot) else { continue };
                if self.needs_no_pin(target) {
                    continue;
                }
                if self.objects[target].pins == 0 && !kept.contains(&target) {
                    refused.insert((object, slot));
                } else if seen.insert(target) {
                    parts.push_back((target, 0, self.objects[target].size()));
                }
            }
        }
        refused
    }

    /// Whether arguments and what callbacks return are looked at.
    pub fn checks_arguments(&self) -> bool {
        self.level != PinChecks::Off
    }

    /// Whether a callback may return a pointer: to what needs no pin or to what the call in progress keeps, or to what is pinned and
    /// leads to nothing that a call would be refused for.
    pub fn may_return(&self, value: Value, kept: &HashSet<ObjectId>) -> bool {
        let Value::Memory { object, .. } = value else { return true };
        let is_allowed = self.needs_no_pin(object) || kept.contains(&object);
        is_allowed || self.objects[object].pins > 0 && self.refused_from(Argument::Pointer(value), kept).is_empty()
    }

    /// The same for all arguments.
    pub fn refused(&self, arguments: &[Argument]) -> BTreeSet<(ObjectId, usize)> {
        let kept = self.kept_by(arguments);
        arguments.iter().flat_map(|&argument| self.refused_from(argument, &kept)).collect()
    }

    /// Pins all that the check would ask for, one after the other until it asks for no more.
    pub fn pin_all(&mut self, pinner: usize, value: Value) {
        while let Some(&(object, slot)) = self.refused(&[Argument::Pointer(value)]).first() {
            let Word::Pointer(target, _) = self.word(object, slot) else { unreachable!("numbers are not refused") };
            self.pin(pinner, target);
        }
    }

    // ------------------------------------------------------------ the store check

    /// Whether the collector looks at a slot.
    fn is_seen(&self, object: ObjectId, offset: usize) -> bool {
        self.objects[object].place == Place::Managed && self.objects[object].slots().contains(&offset)
    }

    pub fn may_store(&self, object: ObjectId, offset: usize, word: Word) -> bool {
        match word {
            _ if self.level != PinChecks::All => true,
            Word::Number(_) => true,
            Word::Pointer(target, _) => {
                self.needs_no_pin(target) || self.objects[target].pins > 0 || self.is_seen(object, offset)
            }
        }
    }

    /// The words in bytes of an object, by their distance from `offset`.
    pub fn words_in(&self, object: ObjectId, offset: usize, bytes: usize) -> Vec<(usize, Word)> {
        self.objects[object].words.range(offset..offset + bytes).map(|(&at, &word)| (at - offset, word)).collect()
    }

    /// Copies bytes; what overlaps is copied as if through a buffer.
    pub fn copy(&mut self, to: (ObjectId, usize), from: (ObjectId, usize), bytes: usize) {
        let words = self.words_in(from.0, from.1, bytes);
        let target = &mut self.objects[to.0].words;
        target.retain(|&at, _| at < to.1 || at >= to.1 + bytes);
        target.extend(words.into_iter().map(|(distance, word)| (to.1 + distance, word)));
    }
}
