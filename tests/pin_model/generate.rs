//! Random programs. Each operation is written as a line of Cotter and done on the model, which says what the line has to report.

use crate::layout::{DECLARATIONS, Leaf, Slot, Type};
use crate::model::{Argument, Form, Model, Object, ObjectId, Place, Value, Word};
use crate::path::as_parameter;
use cotter::session::PinChecks;
use std::collections::BTreeSet;
use std::fmt::Write;

const VARIABLES: usize = 8;
const PINNERS: usize = 3;
/// Bytes of the buffers, which hold two or three nodes.
const BUFFERS: [usize; 2] = [64, 96];

const UNPINNED_STORE: &str = "unpinned managed pointer stored into C memory";
const UNPINNED_RESULT: &str = "callback result has unpinned managed pointer";
const UNPINNED_NUMBER: &str = "a pointer to unpinned managed memory cannot become an integer; pin it first: pinner.pin(…)";

/// How a program has to end.
pub enum End {
    Done,
    /// With the error of a check: one of these messages, and a way to one of these slots.
    Refused {
        messages: Vec<String>,
        names: Vec<(String, Value)>,
        slots: BTreeSet<(ObjectId, usize)>,
    },
}

pub struct Program {
    pub text: String,
    /// What it says, line by line: one of these.
    pub expected: Vec<Vec<String>>,
    pub end: End,
    /// Memory as it is at the end.
    pub model: Model,
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())].clone()) }
    }
}

struct Generator {
    random: Random,
    model: Model,
    text: String,
    expected: Vec<Vec<String>>,
    tags: i64,
    /// The objects that weak references were made of, in order.
    weak: Vec<ObjectId>,
}

/// A slot that the program can name.
struct Place_ {
    text: String,
    object: ObjectId,
    offset: usize,
    slot: Slot,
}

/// A call of C: the function's text, its arguments for the check, names for paths, and what it does if nothing is refused.
struct Call {
    function: &'static str,
    text: String,
    arguments: Vec<Argument>,
    names: Vec<(String, Value)>,
    /// Messages of what is checked before the arguments.
    before: Vec<String>,
    outcome: Outcome,
}

enum Outcome {
    Returns(Model, i64),
    /// It changes memory, and then what a callback returned is refused.
    Throws(Model),
}

pub fn generate(seed: u64, level: PinChecks, library: &str) -> Program {
    let mut generator = Generator {
        random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        model: Model { level, variables: vec![Value::Nil; VARIABLES], pinners: vec![Vec::new(); PINNERS], ..Model::default() },
        text: String::new(),
        expected: Vec::new(),
        tags: 0,
        weak: Vec::new(),
    };
    for _ in 0..20 {
        generator.random.below(2);
    }
    generator.program(library)
}

impl Generator {
    fn program(mut self, library: &str) -> Program {
        write!(
            self.text,
            "import ffi\nimport gc\n{DECLARATIONS}extern \"{library}\" {{\n    fn say(text: cstr)\n    \
             fn walk_node(n: *Node) -> i64\n    fn walk_pairs(p: *Pair, count: i64) -> i64\n    fn walk_wide(w: *Wide) -> i64\n    \
             fn walk_nodes(v: **Node, count: i64) -> i64\n    fn walk_sized(@sized_by(count) v: **Node, count: i64) -> i64\n    \
             fn walk_void(p: *void) -> i64\n    fn walk_tagged(t: *Tagged, follow: i64) -> i64\n    \
             fn walk_packed(k: *Packed, count: i64) -> i64\n    fn walk_pair(p: Pair) -> i64\n    \
             fn walk_into(n: *Node, end: **Node) -> i64\n    fn walk_back(n: *Node, f: fn(*Node) -> *Node) -> i64\n    \
             fn swap_pairs(p: *Pair, count: i64) -> i64\n    fn keep_node(@keeps n: *Node) -> i64\n}}\n{{\n\
             let v = [nil] * {VARIABLES}\nlet w = []\nlet m = []\nlet a = Arena()\nlet p = [Pinner(), Pinner(), Pinner()]\n\
             defer {{\n    for x in p {{ x.unpin() }}\n    for x in m {{ ffi.free(x) }}\n    a.free()\n}}\n"
        )
        .expect("memory");
        for _ in 0..5 {
            self.create();
        }
        let steps = 15 + self.random.below(30);
        for _ in 0..steps {
            while self.step().is_none() {}
            self.model.settle();
        }
        self.line("gc.collect()");
        self.look_at_all();
        self.look_at_weak();
        let end = self.last_check();
        self.text.push_str("}\n");
        Program { text: self.text, expected: self.expected, end, model: self.model }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A line that says something.
    fn say(&mut self, expression: &str, expected: String) {
        self.say_one_of(expression, vec![expected]);
    }

    fn say_one_of(&mut self, expression: &str, expected: Vec<String>) {
        self.line(&format!("try {{ say(str({expression})) }} catch e {{ say(e.message) }}"));
        self.expected.push(expected);
    }

    /// A line that is done or refused.
    fn attempt(&mut self, statement: &str, refusal: Option<&str>) {
        self.line(&format!("try {{ {statement}; say(\"ok\") }} catch e {{ say(e.message) }}"));
        self.expected.push(vec![refusal.unwrap_or("ok").to_string()]);
    }

    fn step(&mut self) -> Option<()> {
        match self.random.below(30) {
            0..3 => {
                self.create();
                Some(())
            }
            3..6 => self.derive(),
            6..8 => self.read_pointer(),
            8..14 => self.store_pointer(),
            14 => self.store_number(),
            15 => self.copy_record(),
            16 => self.copy_slice(),
            17 => self.copy_bytes(),
            18 => self.fill(),
            19..22 => self.pin(),
            22 => self.unpin(),
            23 => self.pin_all(),
            24 => self.ask(),
            25 => {
                self.line("gc.collect()");
                Some(())
            }
            26 => {
                let variable = self.random.below(VARIABLES);
                self.set(variable, "nil", Value::Nil);
                Some(())
            }
            27 => self.become_number(),
            28 => {
                let (_, text, value) = self.pick(|_, _| true)?;
                let is_refused = self.model.checks_arguments() && !self.model.refused(&[Argument::Pointer(value)]).is_empty();
                let refusal = "argument 1 of ffi.check: managed pointer to unpinned managed pointer";
                self.attempt(&format!("ffi.check({text})"), if is_refused { Some(refusal) } else { None });
                Some(())
            }
            _ => {
                let call = self.call()?;
                self.do_call(call);
                Some(())
            }
        }
    }

    fn set(&mut self, variable: usize, expression: &str, value: Value) {
        self.line(&format!("v[{variable}] = {expression}"));
        self.model.variables[variable] = value;
    }

    /// A variable whose value is as asked: its number, its text and its value.
    fn pick(&mut self, is_fit: impl Fn(&Model, Value) -> bool) -> Option<(usize, String, Value)> {
        let fit: Vec<usize> = (0..VARIABLES).filter(|&i| is_fit(&self.model, self.model.variables[i])).collect();
        let variable = self.random.of(&fit)?;
        Some((variable, format!("v[{variable}]"), self.model.variables[variable]))
    }

    // ------------------------------------------------------------ objects and parts of them

    fn object(&mut self, place: Place, element: Type, count: usize, form: Form) -> Value {
        self.model.objects.push(Object { place, element, count, form, pins: 0, words: Default::default(), is_lost: false });
        Value::Memory { object: self.model.objects.len() - 1, offset: 0, element, form }
    }

    fn create(&mut self) {
        let variable = self.random.below(VARIABLES);
        let records = [Type::Node, Type::Node, Type::Node, Type::Pair, Type::Wide, Type::Tagged, Type::Packed, Type::Plain];
        let record = records[self.random.below(records.len())];
        let count = 1 + self.random.below(3);
        let name = record.name();
        let (text, value) = match self.random.below(16) {
            0..6 => (format!("{name}()"), self.object(Place::Managed, record, 1, Form::Record)),
            6..8 => (format!("new [{count}]{name}"), self.object(Place::Managed, record, count, Form::Slice(count))),
            8 => {
                let bytes = BUFFERS[self.random.below(2)];
                (format!("new [{bytes}]u8"), self.object(Place::Managed, Type::Byte, bytes, Form::Slice(bytes)))
            }
            9 => (format!("new [{count}]*Node"), self.object(Place::Managed, Type::NodePointer, count, Form::Slice(count))),
            10 => (format!("new [{count}]*void"), self.object(Place::Managed, Type::VoidPointer, count, Form::Slice(count))),
            11 => (format!("new [{count}]Word"), self.object(Place::Managed, Type::Word, count, Form::Slice(count))),
            12 => ("new *Node".to_string(), self.object(Place::Managed, Type::NodePointer, 1, Form::Pointer)),
            13 => {
                let is_one = self.random.one_in(2);
                let form = if is_one { Form::Record } else { Form::Slice(count) };
                let text = if is_one { format!("new(a) {name}") } else { format!("new(a) [{count}]{name}") };
                (text, self.object(Place::Arena, record, if is_one { 1 } else { count }, form))
            }
            14 => {
                self.line(&format!("m.push(ffi.alloc({}))", count * 32));
                ("m[len(m) - 1] as *Node".to_string(), self.object(Place::C, Type::Node, count, Form::Pointer))
            }
            _ => ("new [0]Plain".to_string(), self.object(Place::Managed, Type::Plain, 0, Form::Slice(0))),
        };
        let Value::Memory { object, element, form, .. } = value else { return };
        self.set(variable, &text, value);
        if self.model.objects[object].place == Place::Managed {
            self.line(&format!("w.push(weak(v[{variable}]))"));
            self.weak.push(object);
        }
        if element == Type::Node && self.model.objects[object].count > 0 {
            self.tags += 1000;
            let tags = self.tags;
            let place = if matches!(form, Form::Slice(_)) { format!("v[{variable}][0]") } else { format!("v[{variable}]") };
            self.line(&format!("{place}.tag = {tags}"));
            self.model.set_word(object, 0, Word::Number(tags));
        }
    }

    /// A variable becomes a part of what another one holds, or the same as another type.
    fn derive(&mut self) -> Option<()> {
        let (_, text, value) = self.pick(|_, value| matches!(value, Value::Memory { .. }))?;
        let Value::Memory { object, offset, element, form } = value else { return None };
        let memory = |offset, element, form| Value::Memory { object, offset, element, form };
        let size = self.model.objects[object].size();
        let (text, value) = match (self.random.below(5), form) {
            (0, _) => (format!("{text} as *void"), memory(offset, Type::Void, Form::Pointer)),
            (1, Form::Slice(count)) if count > 0 => {
                let i = self.random.below(count);
                let i = if element == Type::Byte { i / 32 * 32 } else { i };
                (format!("&{text}[{i}]"), memory(offset + i * element.size(), element, Form::Pointer))
            }
            (2, Form::Slice(count)) if count > 0 && element != Type::Byte => {
                let from = self.random.below(count);
                let to = from + 1 + self.random.below(count - from);
                let part = memory(offset + from * element.size(), element, Form::Slice(to - from));
                (format!("{text}[{from}..{to}]"), part)
            }
            (3, _) if element == Type::Byte => {
                let rest = (size - offset) / 32;
                if rest == 0 || !offset.is_multiple_of(32) {
                    return None;
                }
                (format!("{text} as *Node"), memory(offset, Type::Node, Form::Pointer))
            }
            (4, Form::Record) if element == Type::Wide => {
                let i = self.random.below(3);
                if self.random.one_in(2) {
                    (format!("&{text}.parts[{i}]"), memory(offset + 8 + i * 24, Type::Pair, Form::Pointer))
                } else {
                    (format!("{text}.parts"), memory(offset + 8, Type::Pair, Form::Slice(3)))
                }
            }
            (_, Form::Record) if element.is_record() => {
                let leaves = element.leaves();
                let fit: Vec<&Leaf> = leaves
                    .iter()
                    .filter(|leaf| matches!(leaf.slot, Slot::Pointer(Type::Node | Type::Void) | Slot::Union))
                    .collect();
                let leaf = self.random.of(&fit)?;
                let target = match leaf.slot {
                    Slot::Pointer(Type::Node) => Type::NodePointer,
                    Slot::Union => Type::Word,
                    _ => Type::VoidPointer,
                };
                (format!("&{text}{}", leaf.path), memory(offset + leaf.offset, target, Form::Pointer))
            }
            _ => return None,
        };
        let variable = self.random.below(VARIABLES);
        self.set(variable, &text, value);
        Some(())
    }

    /// The slots of what a variable holds: of a slice one element's.
    fn slots_of(&mut self, text: &str, value: Value) -> Vec<Place_> {
        let Value::Memory { object, offset, element, form } = value else { return Vec::new() };
        let (text, offset) = match form {
            Form::Slice(0) => return Vec::new(),
            Form::Slice(count) => {
                let i = self.random.below(count);
                let i = if element == Type::Byte { i / 32 * 32 } else { i };
                (format!("{text}[{i}]"), offset + i * element.size())
            }
            Form::Pointer if !element.is_record() || element == Type::Word => (format!("{text}[0]"), offset),
            _ => (text.to_string(), offset),
        };
        let leaves = element.leaves().into_iter();
        leaves
            .map(|leaf| Place_ { text: format!("{text}{}", leaf.path), object, offset: offset + leaf.offset, slot: leaf.slot })
            .collect()
    }

    fn pick_slot(&mut self, is_fit: impl Fn(&Model, &Place_) -> bool) -> Option<Place_> {
        let (_, text, value) = self.pick(|_, value| matches!(value, Value::Memory { .. }))?;
        let mut slots = self.slots_of(&text, value);
        slots.retain(|slot| is_fit(&self.model, slot));
        if slots.is_empty() { None } else { Some(slots.swap_remove(self.random.below(slots.len()))) }
    }

    // ------------------------------------------------------------ reading and writing

    fn read_pointer(&mut self) -> Option<()> {
        let slot = self.pick_slot(|model, slot| {
            !matches!(slot.slot, Slot::Integer(_)) && model.is_sound(model.word(slot.object, slot.offset))
        })?;
        let word = self.model.word(slot.object, slot.offset);
        let (text, target) = match (slot.slot, word) {
            (Slot::Pointer(target), _) => (slot.text, target),
            (_, Word::Pointer(object, offset)) if self.model.is_node(object, offset) && self.random.one_in(2) => {
                (format!("{}.p", slot.text), Type::Node)
            }
            (_, Word::Pointer(..)) => (format!("{}.v", slot.text), Type::Void),
            (_, Word::Number(number)) => {
                self.say(&format!("{}.n", slot.text), number.to_string());
                return Some(());
            }
        };
        let value = match word {
            Word::Pointer(object, offset) => Value::Memory { object, offset, element: target, form: Form::Pointer },
            Word::Number(_) => Value::Nil,
        };
        let variable = self.random.below(VARIABLES);
        self.set(variable, &text, value);
        Some(())
    }

    /// A value that fits a pointer to a type.
    fn pick_fitting(&mut self, target: Type) -> Option<(String, Value)> {
        if self.random.one_in(8) {
            return Some(("nil".to_string(), Value::Nil));
        }
        let (_, text, value) = self.pick(|_, value| match value {
            Value::Memory { form: Form::Slice(0), .. } => target == Type::Void,
            Value::Memory { offset, element: Type::Byte, .. } => {
                target == Type::Void || (target == Type::Byte && offset.is_multiple_of(32))
            }
            Value::Memory { element, .. } => target == Type::Void || target == element,
            Value::Nil => false,
        })?;
        Some((text, value))
    }

    fn store_pointer(&mut self) -> Option<()> {
        let slot = self.pick_slot(|_, slot| !matches!(slot.slot, Slot::Integer(_)))?;
        let (place, target) = match slot.slot {
            Slot::Pointer(target) => (slot.text, target),
            _ if self.random.one_in(3) => {
                let number = self.random.below(1000) as i64;
                self.line(&format!("{}.n = {number}", slot.text));
                self.model.set_word(slot.object, slot.offset, Word::Number(number));
                return Some(());
            }
            _ if self.random.one_in(3) => (format!("{}.v", slot.text), Type::Void),
            _ => (format!("{}.p", slot.text), Type::Node),
        };
        let (text, value) = self.pick_fitting(target)?;
        let word = word_of(value);
        let may = self.model.may_store(slot.object, slot.offset, word);
        self.attempt(&format!("{place} = {text}"), if may { None } else { Some(UNPINNED_STORE) });
        if may {
            self.model.set_word(slot.object, slot.offset, word);
        }
        Some(())
    }

    fn store_number(&mut self) -> Option<()> {
        let slot = self.pick_slot(|model, slot| {
            matches!(slot.slot, Slot::Integer(2..)) && matches!(model.word(slot.object, slot.offset), Word::Number(_))
        })?;
        let number = self.random.below(1000) as i64;
        self.line(&format!("{} = {number}", slot.text));
        self.model.set_word(slot.object, slot.offset, Word::Number(number));
        Some(())
    }

    /// Copies so many bytes, if each word at one of `offsets` from the source may stand at the target.
    fn copy_checked(&mut self, statement: &str, to: (ObjectId, usize), from: (ObjectId, usize), offsets: &[usize], bytes: usize) {
        let may =
            offsets.iter().all(|offset| self.model.may_store(to.0, to.1 + offset, self.model.word(from.0, from.1 + offset)));
        self.attempt(statement, if may { None } else { Some(UNPINNED_STORE) });
        if may {
            self.model.copy(to, from, bytes);
        }
    }

    fn copy_record(&mut self) -> Option<()> {
        let (_, from_text, from) = self.pick(|_, value| matches!(value, Value::Memory { form: Form::Record, .. }))?;
        let Value::Memory { object: source, offset: start, element, .. } = from else { return None };
        let (_, to_text, to) = self.pick(|_, value| match value {
            Value::Memory { element: other, form: Form::Slice(1..) | Form::Pointer, .. } => other == element,
            _ => false,
        })?;
        let Value::Memory { object, offset, form, .. } = to else { return None };
        let i = if let Form::Slice(count) = form { self.random.below(count) } else { 0 };
        let offsets = element.pointers();
        if !self.model.are_sound(source, offsets.iter().map(|at| start + at)) {
            return None;
        }
        let target = (object, offset + i * element.size());
        self.copy_checked(&format!("{to_text}[{i}] = {from_text}"), target, (source, start), &offsets, element.size());
        Some(())
    }

    fn copy_slice(&mut self) -> Option<()> {
        let is_slice = |value| matches!(value, Value::Memory { element, form: Form::Slice(1..), .. } if element != Type::Byte);
        let (_, from_text, from) = self.pick(|_, value| is_slice(value))?;
        let Value::Memory { object: source, offset: start, element, form } = from else { return None };
        let (_, to_text, to) = self.pick(|_, value| match value {
            Value::Memory { element: other, form: other_form, .. } => (other, other_form) == (element, form),
            Value::Nil => false,
        })?;
        let (Value::Memory { object, offset, .. }, Form::Slice(count)) = (to, form) else { return None };
        let offsets: Vec<usize> =
            (0..count).flat_map(|i| element.pointers().into_iter().map(move |at| i * element.size() + at)).collect();
        if !self.model.are_sound(source, offsets.iter().map(|at| start + at)) {
            return None;
        }
        let bytes = count * element.size();
        self.copy_checked(&format!("{to_text}.copy_from({from_text})"), (object, offset), (source, start), &offsets, bytes);
        Some(())
    }

    /// `ffi.copy` of a node's or another element's bytes, also from buffers and into them.
    fn copy_bytes(&mut self) -> Option<()> {
        let (_, from_text, from) = self.pick(|_, value| is_element(value))?;
        let (_, to_text, to) = self.pick(|_, value| is_element(value))?;
        let Value::Memory { object: source, offset: start, element: from_element, .. } = from else { return None };
        let Value::Memory { object: target, offset, element: to_element, .. } = to else { return None };
        let real = |element| if element == Type::Byte { Type::Node } else { element };
        let element = real(from_element);
        let size = element.size();
        let aligned = |object: ObjectId, offset: usize| {
            let found = &self.model.objects[object];
            found.element != Type::Byte || offset.is_multiple_of(32) && offset + size <= found.size()
        };
        if real(to_element) != element || !aligned(source, start) || !aligned(target, offset) {
            return None;
        }
        // What the source's own layout says of these bytes.
        let slots: Vec<usize> = if self.model.objects[source].place == Place::Managed {
            let all = self.model.objects[source].slots().into_iter();
            all.filter(|&slot| slot >= start && slot + 8 <= start + size).map(|slot| slot - start).collect()
        } else {
            Vec::new()
        };
        if !self.model.words_in(source, start, size).iter().all(|&(_, word)| self.model.is_sound(word)) {
            return None;
        }
        let statement = format!("ffi.copy({to_text}, {from_text}, {size})");
        self.copy_checked(&statement, (target, offset), (source, start), &slots, size);
        Some(())
    }

    fn fill(&mut self) -> Option<()> {
        let (_, to_text, to) = self
            .pick(|_, value| matches!(value, Value::Memory { element, form: Form::Slice(1..), .. } if element != Type::Byte))?;
        let Value::Memory { object, offset, element, form: Form::Slice(count) } = to else { return None };
        if let Some(target) = element.target() {
            let (text, value) = self.pick_fitting(target)?;
            let word = word_of(value);
            let may = (0..count).all(|i| self.model.may_store(object, offset + i * 8, word));
            self.attempt(&format!("{to_text}.fill({text})"), if may { None } else { Some(UNPINNED_STORE) });
            if may {
                (0..count).for_each(|i| self.model.set_word(object, offset + i * 8, word));
            }
            return Some(());
        }
        let (_, text, value) =
            self.pick(|_, value| matches!(value, Value::Memory { element: other, form: Form::Record, .. } if other == element))?;
        let Value::Memory { object: source, offset: start, .. } = value else { return None };
        if !self.model.are_sound(source, element.pointers().iter().map(|at| start + at)) {
            return None;
        }
        let may = (0..count).all(|i| {
            element
                .pointers()
                .iter()
                .all(|at| self.model.may_store(object, offset + i * element.size() + at, self.model.word(source, start + at)))
        });
        self.attempt(&format!("{to_text}.fill({text})"), if may { None } else { Some(UNPINNED_STORE) });
        if may {
            // The record may be one of the elements: all become what it was.
            let before = self.model.clone();
            for i in 0..count {
                self.model.objects[source].words.clone_from(&before.objects[source].words);
                let words = before.words_in(source, start, element.size());
                let at = offset + i * element.size();
                self.model.objects[object].words.retain(|&old, _| old < at || old >= at + element.size());
                self.model.objects[object].words.extend(words.into_iter().map(|(distance, word)| (at + distance, word)));
            }
        }
        Some(())
    }

    // ------------------------------------------------------------ pins

    fn pin(&mut self) -> Option<()> {
        let (_, text, value) = self.pick(|_, _| true)?;
        let pinner = self.random.below(PINNERS);
        let refusal = match value {
            Value::Nil => Some("Pinner.pin: argument is nil"),
            Value::Memory { object, .. } if self.model.objects[object].place == Place::Arena => {
                Some("Pinner.pin: object was allocated into an arena")
            }
            Value::Memory { object, .. } => {
                if !self.model.needs_no_pin(object) {
                    self.model.pin(pinner, object);
                }
                None
            }
        };
        self.attempt(&format!("p[{pinner}].pin({text})"), refusal);
        Some(())
    }

    fn unpin(&mut self) -> Option<()> {
        let pinner = self.random.below(PINNERS);
        self.line(&format!("p[{pinner}].unpin()"));
        self.model.unpin(pinner);
        Some(())
    }

    fn pin_all(&mut self) -> Option<()> {
        let (_, text, value) = self.pick(|_, value| matches!(value, Value::Memory { .. }))?;
        let pinner = self.random.below(PINNERS);
        self.line(&format!("p[{pinner}].pin_all({text})"));
        self.model.pin_all(pinner, value);
        self.say(&format!("p[{pinner}].count"), self.model.pinners[pinner].len().to_string());
        Some(())
    }

    fn ask(&mut self) -> Option<()> {
        let all: usize = self.model.pinners.iter().map(Vec::len).sum();
        self.say("len(gc.pins())", all.to_string());
        let pinner = self.random.below(PINNERS);
        self.say(&format!("p[{pinner}].count"), self.model.pinners[pinner].len().to_string());
        let (_, text, value) = self
            .pick(|model, value| matches!(value, Value::Memory { object, .. } if model.objects[object].place != Place::Arena))?;
        let Value::Memory { object, .. } = value else { return None };
        let pins = self.model.objects[object].pins;
        self.say(&format!("ffi.pin_count({text})"), pins.to_string());
        self.say(&format!("ffi.is_pinned({text})"), (pins > 0 || self.model.needs_no_pin(object)).to_string());
        Some(())
    }

    fn become_number(&mut self) -> Option<()> {
        let (_, text, value) = self.pick(|_, value| matches!(value, Value::Memory { form: Form::Pointer, .. }))?;
        let Value::Memory { object, .. } = value else { return None };
        let may = self.model.needs_no_pin(object) || self.model.objects[object].pins > 0;
        self.attempt(&format!("{text} as usize"), if may { None } else { Some(UNPINNED_NUMBER) });
        Some(())
    }

    // ------------------------------------------------------------ calls

    /// A call that C survives; `None` where chance chose one that it would not.
    fn call(&mut self) -> Option<Call> {
        let mut model = self.model.clone();
        let which = self.random.below(14);
        let call = |function, text: String, arguments, names, outcome| {
            Some(Call { function, text, arguments, names, before: Vec::new(), outcome })
        };
        match which {
            0 | 1 => {
                let (text, value) = self.pick_fitting(Type::Node)?;
                let result = model.walk_node(value)?;
                let names = vec![as_parameter("n", value)];
                call(
                    "walk_node",
                    format!("walk_node({text})"),
                    vec![Argument::Pointer(value)],
                    names,
                    Outcome::Returns(model, result),
                )
            }
            2 | 3 => {
                let (text, value) = self.pick_fitting(Type::Pair)?;
                let count = 1 + self.random.below(elements_from(&self.model, value)?);
                let arguments = vec![Argument::Pointer(value), Argument::Number];
                let names = vec![as_parameter("p", value)];
                if self.random.one_in(3) {
                    if !is_sound_array(&self.model, value, count) {
                        return None;
                    }
                    let result = model.swap_pairs(value, count);
                    let text = format!("swap_pairs({text}, {count})");
                    return call("swap_pairs", text, arguments, names, Outcome::Returns(model, result));
                }
                let result = model.walk_pairs(value, count)?;
                call("walk_pairs", format!("walk_pairs({text}, {count})"), arguments, names, Outcome::Returns(model, result))
            }
            4 => {
                let (text, value) = self.pick_fitting(Type::Wide)?;
                let result = model.walk_wide(value)?;
                let names = vec![as_parameter("w", value)];
                call(
                    "walk_wide",
                    format!("walk_wide({text})"),
                    vec![Argument::Pointer(value)],
                    names,
                    Outcome::Returns(model, result),
                )
            }
            5 | 6 => {
                let (text, value) = self.pick_fitting(Type::NodePointer)?;
                let count = 1 + self.random.below(elements_from(&self.model, value)?);
                let names = vec![as_parameter("v", value)];
                let result = model.walk_nodes(value, count)?;
                let (function, argument) = match self.random.one_in(2) && value != Value::Nil {
                    true => ("walk_sized", Argument::Sized(value, count * 8)),
                    false => ("walk_nodes", Argument::Pointer(value)),
                };
                let text = format!("{function}({text}, {count})");
                call(function, text, vec![argument, Argument::Number], names, Outcome::Returns(model, result))
            }
            7 => {
                let (text, value) = self.pick_fitting(Type::Void)?;
                let result = (value != Value::Nil) as i64;
                let names = vec![as_parameter("p", value)];
                call(
                    "walk_void",
                    format!("walk_void({text})"),
                    vec![Argument::Pointer(value)],
                    names,
                    Outcome::Returns(model, result),
                )
            }
            8 => {
                let (text, value) = self.pick_fitting(Type::Tagged)?;
                let follow = self.random.one_in(2);
                let result = model.walk_tagged(value, follow)?;
                let arguments = vec![Argument::Pointer(value), Argument::Number];
                let text = format!("walk_tagged({text}, {})", follow as u8);
                call("walk_tagged", text, arguments, vec![as_parameter("t", value)], Outcome::Returns(model, result))
            }
            9 => {
                let (text, value) = self.pick_fitting(Type::Packed)?;
                let count = 1 + self.random.below(elements_from(&self.model, value)?);
                let result = model.walk_packed(value, count)?;
                let arguments = vec![Argument::Pointer(value), Argument::Number];
                let text = format!("walk_packed({text}, {count})");
                call("walk_packed", text, arguments, vec![as_parameter("k", value)], Outcome::Returns(model, result))
            }
            10 => {
                let (_, text, value) =
                    self.pick(|_, value| matches!(value, Value::Memory { element: Type::Pair, form: Form::Record, .. }))?;
                let result = model.walk_pair(value)?;
                let names = vec![as_parameter("p", value)];
                call(
                    "walk_pair",
                    format!("walk_pair({text})"),
                    vec![Argument::Struct(value)],
                    names,
                    Outcome::Returns(model, result),
                )
            }
            11 => {
                let (text, value) = self.pick_fitting(Type::Node)?;
                let (end_text, end) = self.pick_fitting(Type::NodePointer)?;
                let result = model.walk_into(value, end)?;
                let arguments = vec![Argument::Pointer(value), Argument::Pointer(end)];
                let names = vec![as_parameter("n", value), as_parameter("end", end)];
                let text = format!("walk_into({text}, {end_text})");
                call("walk_into", text, arguments, names, Outcome::Returns(model, result))
            }
            12 => {
                let (text, value) = self.pick_fitting(Type::Node)?;
                let names = vec![as_parameter("n", value)];
                let mut before = Vec::new();
                if let Value::Memory { object, .. } = value
                    && !self.model.needs_no_pin(object)
                    && self.model.objects[object].pins == 0
                {
                    before.push("argument 1 of keep_node: C keeps this pointer, but it points to unpinned memory".to_string());
                }
                let outcome = Outcome::Returns(model, (value != Value::Nil) as i64);
                let arguments = vec![Argument::Pointer(value)];
                Some(Call { function: "keep_node", text: format!("keep_node({text})"), arguments, names, before, outcome })
            }
            _ => {
                let (text, value) = self.pick_fitting(Type::Node)?;
                let (back_text, back) = match self.random.one_in(4) {
                    true => ("x".to_string(), value),
                    false => self.pick_fitting(Type::Node)?,
                };
                let body = if self.random.one_in(2) { format!("gc.collect(); {back_text}") } else { back_text };
                model.walk_back_begins(value)?;
                let kept = self.model.kept_by(&[Argument::Pointer(value)]);
                let is_fine = !self.model.checks_arguments() || self.model.may_return(back, &kept);
                let outcome = if is_fine {
                    let result = model.walk_back_ends(back)?;
                    Outcome::Returns(model, result)
                } else {
                    Outcome::Throws(model)
                };
                let text = format!("walk_back({text}, fn(x) {{ {body} }})");
                call("walk_back", text, vec![Argument::Pointer(value)], vec![as_parameter("n", value)], outcome)
            }
        }
    }

    /// The messages with which the check of arguments may refuse a call.
    fn refusals(&self, call: &Call) -> Vec<String> {
        if !self.model.checks_arguments() {
            return Vec::new();
        }
        let kept = self.model.kept_by(&call.arguments);
        let mut messages = Vec::new();
        for (index, &argument) in call.arguments.iter().enumerate() {
            if !self.model.refused_from(argument, &kept).is_empty() {
                let number = index + 1;
                messages.push(format!("argument {number} of {}: managed pointer to unpinned managed pointer", call.function));
            }
        }
        messages
    }

    fn do_call(&mut self, call: Call) {
        let mut messages = call.before.clone();
        messages.extend(self.refusals(&call));
        if !messages.is_empty() {
            self.say_one_of(&call.text, messages);
            return;
        }
        match call.outcome {
            Outcome::Returns(model, result) => {
                self.model = model;
                self.say(&call.text, result.to_string());
            }
            Outcome::Throws(model) => {
                self.model = model;
                self.say(&call.text, UNPINNED_RESULT.to_string());
            }
        }
    }

    // ------------------------------------------------------------ the end

    /// Says all that can be reached from variables in one step.
    fn look_at_all(&mut self) {
        for variable in 0..VARIABLES {
            let value = self.model.variables[variable];
            let text = format!("v[{variable}]");
            let slots = match value {
                Value::Memory { element: Type::Void, .. } | Value::Nil => Vec::new(),
                _ => self.slots_of(&text, value),
            };
            for slot in slots {
                self.look_at(slot);
            }
        }
    }

    fn look_at(&mut self, slot: Place_) {
        let word = self.model.word(slot.object, slot.offset);
        if !self.model.is_sound(word) {
            return;
        }
        match (slot.slot, word) {
            (Slot::Integer(1), Word::Number(number)) => self.say(&slot.text, (number & 0xFF).to_string()),
            (Slot::Integer(_), Word::Number(number)) => self.say(&slot.text, number.to_string()),
            (Slot::Union, Word::Number(number)) => self.say(&format!("{}.n", slot.text), number.to_string()),
            (Slot::Pointer(_), Word::Number(_)) => self.say(&format!("{} == nil", slot.text), "true".to_string()),
            (Slot::Integer(_), Word::Pointer(..)) => {}
            (_, Word::Pointer(object, offset)) if self.model.is_node(object, offset) => {
                let pointer = if slot.slot == Slot::Union { format!("{}.p", slot.text) } else { slot.text };
                match (slot.slot, self.model.word(object, offset)) {
                    (Slot::Pointer(Type::Node) | Slot::Union, Word::Number(tag)) => {
                        self.say(&format!("{pointer}.tag"), tag.to_string());
                    }
                    (Slot::Pointer(Type::Byte), Word::Number(tag)) => {
                        self.say(&format!("{pointer}[0]"), (tag & 0xFF).to_string())
                    }
                    _ => self.say(&format!("{pointer} == nil"), "false".to_string()),
                }
            }
            (Slot::Union, _) => self.say(&format!("{}.v == nil", slot.text), "false".to_string()),
            _ => self.say(&format!("{} == nil", slot.text), "false".to_string()),
        }
    }

    /// Says which objects are gone.
    fn look_at_weak(&mut self) {
        if self.weak.is_empty() {
            return;
        }
        let kept = self.model.kept();
        let letters: String = self.weak.iter().map(|object| if kept.contains(object) { '+' } else { '-' }).collect();
        self.line("var living = \"\"");
        self.line("for x in w { living = living + (if x.get() == nil { \"-\" } else { \"+\" }) }");
        self.say("living", letters);
    }

    /// A call or check that nothing catches, so that its message is seen with the way to the pointer.
    fn last_check(&mut self) -> End {
        for _ in 0..40 {
            let Some(call) = self.last_call() else { continue };
            let messages = self.refusals(&call);
            let slots = self.model.refused(&call.arguments);
            if messages.is_empty() || !call.before.is_empty() {
                continue;
            }
            self.line(&call.text);
            return End::Refused { messages, names: call.names, slots };
        }
        End::Done
    }

    fn last_call(&mut self) -> Option<Call> {
        if self.random.one_in(2) {
            return self.call();
        }
        let (_, text, value) = self.pick(|_, value| matches!(value, Value::Memory { .. }))?;
        Some(Call {
            function: "ffi.check",
            text: format!("ffi.check({text})"),
            arguments: vec![Argument::Pointer(value)],
            names: vec![as_parameter("x", value)],
            before: Vec::new(),
            outcome: Outcome::Throws(Model::default()),
        })
    }
}

fn word_of(value: Value) -> Word {
    match value {
        Value::Memory { object, offset, .. } => Word::Pointer(object, offset),
        Value::Nil => Word::Number(0),
    }
}

/// Whether `ffi.copy` has a whole element there.
fn is_element(value: Value) -> bool {
    match value {
        Value::Memory { element, form, .. } => element != Type::Void && form != Form::Slice(0),
        Value::Nil => false,
    }
}

/// How many elements of its type there are from a value on; 1 for nil.
fn elements_from(model: &Model, value: Value) -> Option<usize> {
    match value {
        Value::Nil => Some(1),
        Value::Memory { form: Form::Slice(count), .. } => Some(count),
        Value::Memory { object, offset, element, .. } => {
            let found = &model.objects[object];
            match (found.element == element, element) {
                (true, _) => Some((found.size() - offset) / element.size()),
                (false, _) => Some(1),
            }
        }
    }
}

fn is_sound_array(model: &Model, value: Value, count: usize) -> bool {
    match value {
        Value::Nil => true,
        Value::Memory { object, offset, element, .. } => {
            let offsets = element.pointers();
            model.are_sound(object, (0..count).flat_map(|i| offsets.iter().map(move |at| offset + i * element.size() + at)))
        }
    }
}
