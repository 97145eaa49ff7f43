//! The argument check: does what C is given lead to memory that the collector may take back?
//!
//! The search is breadth first and uses no stack of the machine. It begins at *roots*, the parts of managed objects that are in question
//! for each argument, and goes on at whole objects that are pinned or kept by an argument. Each object is looked into once (an object
//! that a root already showed in part, a second time), so the search takes time by the memory that can be reached, and objects without
//! pointers take none: their span says what they are.
//!
//! It looks where types say that pointers stand, and into no other word: integers are never taken for pointers. Which places it found
//! on the way is remembered only as a parent and an address; `search_path.rs` makes words of it when something is refused.

use super::element::SliceParts;
use super::memory::Memory;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::heap::Address;
use crate::value::object::Kind;
use crate::value::runtime::Runtime;
use crate::value::word::Value;
use std::collections::HashSet;

/// One argument that the search begins at.
#[derive(Clone, Debug)]
pub struct Root {
    /// A pointer, slice or struct value.
    pub value: Value,
    /// How messages call it: the parameter's name.
    pub name: String,
    /// The argument's number, from 1.
    pub number: usize,
    /// Bytes in question from its address on, where a contract says so; else its type says it.
    pub bytes: Option<usize>,
}

/// A pointer that must not go to C.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The number of the argument that it was reached from.
    pub number: usize,
    /// The way to it, as the language would write it: `iov[1].base`.
    pub path: String,
    /// What it points to: `[]u8 of 5 bytes`.
    pub target: String,
    /// Whether the target could be pinned.
    pub can_be_pinned: bool,
    /// How many more there are.
    pub more: usize,
}

/// A part of an object that is searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub block: Address,
    /// Only words from `low` to before `high` are in question.
    pub low: usize,
    pub high: usize,
    /// The part in which the pointer to this one stands, and where; `NO_PARENT` and the root's number among the roots.
    pub parent: usize,
    pub word: usize,
}

pub(super) const NO_PARENT: usize = usize::MAX;

/// What a word in a part leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing that matters: no pointer, C's memory, a constant, a pinned object without pointers.
    Fine,
    /// A pinned or kept object, to be searched.
    Object(Address),
    /// An object that has no pin.
    Unpinned(Address),
    /// An object that cannot have one.
    NoPin(Value),
    /// A managed address where no object is.
    Freed,
}

/// The whole of a live block, reached from a word of a part.
fn whole_of(block: Address, parent: usize, word: usize) -> Part {
    let low = block.payload() as usize;
    Part { block, low, high: low + Value::reference(block).header().meta as usize, parent, word }
}

/// What `pin_all` does with an object without pin, and the check does not.
enum Mode<'a> {
    Check,
    Collect(&'a mut Vec<Address>),
}

impl Runtime {
    /// Whether a value could lead to managed memory, decided without looking into memory: an argument for which this is false needs no
    /// search.
    #[inline]
    pub fn leads_anywhere(&self, value: Value) -> bool {
        if !value.is_reference() {
            return false;
        }
        let header = value.header();
        if header.kind == Kind::Block as u8 {
            return header.shape != crate::heap::Shape::Leaf;
        }
        header.kind == Kind::View as u8
            && Memory::of(value).is_some_and(|memory| {
                memory.owner.is_kind(Kind::Block) && memory.owner.header().shape != crate::heap::Shape::Leaf
            })
    }

    /// Whether all that is in question for a value is pinned and leads no further: the common case, in which there is nothing to search.
    pub fn leads_to_pinned_leaves(&mut self, value: Value) -> bool {
        let root = Root { value, name: String::new(), number: 0, bytes: None };
        let Some(part) = self.part_in_question(&root, 0) else { return true };
        let mut all = true;
        self.for_each_word(&part, &mut |runtime, word, is_value| {
            all = all && runtime.lead_of(word, is_value, &[]) == Lead::Fine;
        });
        all
    }

    /// Searches what arguments lead to; `kept` are the objects that arguments of the call point to. `None` if all is well.
    pub fn search(&mut self, roots: &[Root], kept: &[Address]) -> Option<Refusal> {
        self.search_in_mode(roots, kept, Mode::Check)
    }

    /// The objects without pin that `search` would refuse, one after the other until it is content; or what can have no pin.
    pub fn search_unpinned(&mut self, roots: &[Root], kept: &[Address]) -> Result<Vec<Address>, Refusal> {
        let mut found = Vec::new();
        match self.search_in_mode(roots, kept, Mode::Collect(&mut found)) {
            None => Ok(found),
            Some(refusal) => Err(refusal),
        }
    }

    /// The object that keeps an argument's memory: what is kept during a call.
    pub fn object_behind(&self, value: Value) -> Option<Address> {
        match value.kind() {
            Some(Kind::Block | Kind::String | Kind::Callback) => Some(value.address()),
            Some(Kind::View) => {
                let memory = Memory::of(value)?;
                let is_object = matches!(memory.owner.kind(), Some(Kind::Block | Kind::String | Kind::Callback));
                if is_object { Some(memory.owner.address()) } else { None }
            }
            _ => None,
        }
    }

    fn search_in_mode(&mut self, roots: &[Root], kept: &[Address], mut mode: Mode) -> Option<Refusal> {
        let mut parts: Vec<Part> = Vec::with_capacity(roots.len());
        for (index, root) in roots.iter().enumerate() {
            parts.extend(self.part_in_question(root, index));
        }
        let mut seen: HashSet<usize> = HashSet::new();
        let mut first: Option<(usize, usize, Lead)> = None;
        // Their addresses: a word may be met twice, in a part of an object that is in question and in the whole of it.
        let mut refused: HashSet<usize> = HashSet::new();
        let mut next = 0;
        while next < parts.len() {
            let part = parts[next];
            let at = next;
            next += 1;
            self.for_each_word(&part, &mut |runtime, word, is_value| {
                let lead = runtime.lead_of(word, is_value, kept);
                if let (Lead::Unpinned(object), Mode::Collect(found)) = (lead, &mut mode) {
                    if seen.insert(object.get()) {
                        found.push(object);
                        if runtime.leads_anywhere(Value::reference(object)) {
                            parts.push(whole_of(object, at, word));
                        }
                    }
                    return;
                }
                match lead {
                    Lead::Fine => {}
                    Lead::Object(block) => {
                        if seen.insert(block.get()) {
                            parts.push(whole_of(block, at, word));
                        }
                    }
                    bad => {
                        refused.insert(word);
                        first.get_or_insert((at, word, bad));
                    }
                }
            });
        }
        let (part, word, lead) = first?;
        let (root, path) = self.path_of(roots, &parts, part, word);
        let (target, can_be_pinned) = match lead {
            Lead::Unpinned(object) => (self.describe_object(Value::reference(object)), true),
            Lead::NoPin(value) => (self.describe_object(value), false),
            _ => ("freed managed memory".to_string(), false),
        };
        Some(Refusal { number: roots[root].number, path, target, can_be_pinned, more: refused.len() - 1 })
    }

    /// The part of an object that is in question for a root; `None` if there is nothing to search.
    fn part_in_question(&mut self, root: &Root, index: usize) -> Option<Part> {
        if !self.leads_anywhere(root.value) {
            return None;
        }
        let memory = Memory::of(root.value)?;
        let owner = memory.owner;
        let payload = owner.address().payload() as usize;
        let whole = (payload, payload + owner.header().meta as usize);
        let (low, high) = match root.bytes {
            Some(bytes) => (memory.address, memory.address.saturating_add(bytes).min(whole.1)),
            None => self.range_in_question(root.value, memory, whole),
        };
        Some(Part { block: owner.address(), low, high, parent: NO_PARENT, word: index })
    }

    /// From where to where the memory is in question, by a value's type: a slice its own elements; a `*void` the whole object; a `*T` the
    /// largest array of `T` in the object's layout that contains the address, or one `T` if there is none.
    fn range_in_question(&self, value: Value, memory: Memory, whole: (usize, usize)) -> (usize, usize) {
        if let Some(SliceParts { address, count, size, .. }) = self.slice_parts(value) {
            return (address, address.saturating_add(count.saturating_mul(size)).min(whole.1));
        }
        let info = self.types.info(memory.type_id);
        let target = match info.kind {
            TypeKind::Pointer { target: TypeId::VOID, .. } => return whole,
            // An opaque type says no more of how far C will go than `void`.
            TypeKind::Pointer { target, .. } if !self.types.info(target).has_layout() => return whole,
            TypeKind::Pointer { target, .. } => target,
            _ if info.representation == Representation::Record => memory.type_id,
            _ => return whole,
        };
        let one = (memory.address, memory.address.saturating_add(self.types.info(target).size as usize).min(whole.1));
        self.array_around(memory.owner, memory.address, target).unwrap_or(one)
    }

    /// Calls `visit` with each word of a part at which its object's type has a pointer or a value of the language (then the last
    /// argument is true).
    fn for_each_word(&mut self, part: &Part, visit: &mut impl FnMut(&mut Runtime, usize, bool)) {
        let block = Value::reference(part.block);
        let (start, content, count) = self.block_content(block.header(), part.block.payload() as usize);
        let info = self.types.info(content);
        let (size, pointers, values) = (info.size as usize, info.pointers.clone(), info.values.clone());
        if size == 0 || pointers.is_empty() || part.high <= start {
            return;
        }
        let first = part.low.saturating_sub(start) / size;
        let behind = count.min((part.high - start).div_ceil(size));
        for index in first..behind {
            let element = start + index * size;
            for offset in pointers.iter() {
                let word = element + *offset as usize;
                if word >= part.low && word + 8 <= part.high {
                    visit(self, word, !values.is_empty() && values.binary_search(offset).is_ok());
                }
            }
        }
    }

    /// What the word at an address leads to.
    #[inline]
    pub(super) fn lead_of(&self, word: usize, is_value: bool, kept: &[Address]) -> Lead {
        // SAFETY: the word lies in a live object, at a place where its type has one.
        let content = unsafe { super::load::read::<usize>(word) };
        if is_value { self.lead_of_value(Value(content as u64), kept) } else { self.lead_of_address(content, kept) }
    }

    /// What an address leads to.
    pub(super) fn lead_of_address(&self, address: usize, kept: &[Address]) -> Lead {
        if !self.heap.is_managed(address) {
            return match self.callback_at(address) {
                Some(callback) => self.lead_of_object(callback, kept),
                None => Lead::Fine,
            };
        }
        if self.heap.is_pinned_leaf(address) {
            return Lead::Fine;
        }
        match self.heap.find_object(address) {
            Some(found) => self.lead_of_object(Value::reference(found.address), kept),
            None => Lead::Freed,
        }
    }

    /// What a value in an `any`, `list`, `map` or `function` slot leads to.
    fn lead_of_value(&self, value: Value, kept: &[Address]) -> Lead {
        match value.kind() {
            None => Lead::Fine,
            // What stands for itself: numbers, types, modules, C's functions.
            Some(Kind::Integer | Kind::Type | Kind::Module | Kind::CFunction) => Lead::Fine,
            Some(Kind::View) => match self.object_behind(value) {
                Some(object) => self.lead_of_object(Value::reference(object), kept),
                None => Lead::Fine,
            },
            _ => self.lead_of_object(value, kept),
        }
    }

    /// Whether a value is one that C may never find: a list, a map, a plain function.
    pub fn can_never_be_pinned(&self, value: Value) -> bool {
        matches!(self.lead_of_value(value, &[]), Lead::NoPin(_))
    }

    fn lead_of_object(&self, value: Value, kept: &[Address]) -> Lead {
        let object = value.address();
        let has_pointers = match value.kind() {
            Some(Kind::String) if value.is_constant_string() => return Lead::Fine,
            Some(Kind::String | Kind::Callback) => false,
            Some(Kind::Block) if value.header().meta == 0 => return Lead::Fine,
            Some(Kind::Block) => value.header().shape != crate::heap::Shape::Leaf,
            _ => return Lead::NoPin(value),
        };
        if !self.heap.is_pinned(object.payload() as usize) && !kept.contains(&object) {
            return Lead::Unpinned(object);
        }
        if has_pointers { Lead::Object(object) } else { Lead::Fine }
    }

    /// The pointer at an offset of a struct value, as a value, with the way to it; `None` if there is nil.
    pub fn pointer_at(&mut self, record: Value, offset: usize) -> Result<Option<(String, Value)>, crate::value::Thrown> {
        let Some(memory) = Memory::of(record) else { return Ok(None) };
        let mut path = String::new();
        let slot = self.write_field_path(&mut path, memory.type_id, offset as u64);
        let representation = self.types.info(slot).representation;
        // SAFETY: the type of the record has such a slot at the offset.
        let value = match representation {
            Representation::CString | Representation::None => Value::NIL,
            _ => unsafe { self.load(record, memory.address + offset, representation, slot)? },
        };
        Ok(if value.is_nil() { None } else { Some((path, value)) })
    }

    /// The first pointer to unpinned managed memory among bytes of a type, with the way to it and its target.
    ///
    /// # Safety
    /// Bytes of this type stand at the address.
    pub unsafe fn unpinned_in(&self, address: usize, type_id: TypeId, kept: &[Address]) -> Option<(String, String)> {
        let offsets = self.types.info(type_id).pointers.clone();
        offsets.iter().find_map(|&offset| {
            // SAFETY: the caller's promise.
            let content = unsafe { super::load::read::<usize>(address + offset as usize) };
            let target = match self.lead_of_address(content, kept) {
                Lead::Fine | Lead::Object(_) => return None,
                Lead::Unpinned(object) => self.describe_object(Value::reference(object)),
                Lead::NoPin(value) => self.describe_object(value),
                Lead::Freed => "freed managed memory".to_string(),
            };
            let mut path = String::new();
            self.write_field_path(&mut path, type_id, offset as u64);
            Some((path, target))
        })
    }
}
