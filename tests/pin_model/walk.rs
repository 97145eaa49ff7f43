//! The functions of `walk.c`, done on the model. `None` where C would follow a pointer that the program must not give it.

use crate::layout::Type;
use crate::model::{Model, ObjectId, Value, Word};

/// Where a value points; `None` for nil.
pub fn target_of(value: Value) -> Option<(ObjectId, usize)> {
    match value {
        Value::Memory { object, offset, .. } => Some((object, offset)),
        Value::Nil => None,
    }
}

fn word_of(value: Value) -> Word {
    target_of(value).map_or(Word::Number(0), |(object, offset)| Word::Pointer(object, offset))
}

impl Model {
    /// Adds to an integer of so many bytes; returns it.
    fn add(&mut self, object: ObjectId, offset: usize, bytes: usize, more: i64) -> Option<i64> {
        let Word::Number(number) = self.word(object, offset) else { return None };
        let sum = number + more;
        let sum = match bytes {
            1 => (number & !0xFF) | (sum & 0xFF),
            2 => sum as i16 as i64,
            4 => sum as i32 as i64,
            _ => sum,
        };
        self.set_word(object, offset, Word::Number(sum));
        Some(sum)
    }

    fn node_at(&self, word: Word) -> Option<Option<(ObjectId, usize)>> {
        match word {
            Word::Number(0) => Some(None),
            Word::Pointer(object, offset) if self.is_sound(word) && self.is_node(object, offset) => Some(Some((object, offset))),
            _ => None,
        }
    }

    fn walk_from(&mut self, mut at: Word) -> Option<i64> {
        let mut sum = 0;
        for _ in 0..6 {
            let Some((object, offset)) = self.node_at(at)? else { break };
            sum += self.add(object, offset, 8, 1)?;
            match self.word(object, offset + 24) {
                Word::Number(0) => {}
                word @ Word::Pointer(bytes, start)
                    if self.is_sound(word) && self.objects[bytes].element == Type::Byte && self.is_node(bytes, start) =>
                {
                    self.add(bytes, start, 1, 1)?;
                }
                _ => return None,
            }
            at = self.word(object, offset + 8);
        }
        Some(sum)
    }

    pub fn walk_node(&mut self, value: Value) -> Option<i64> {
        self.walk_from(word_of(value))
    }

    /// `count` slots of so many bytes each, with pointers to nodes at these offsets and a number that goes up.
    fn walk_array(
        &mut self,
        value: Value,
        count: usize,
        size: usize,
        nodes: &[usize],
        number: Option<(usize, usize)>,
    ) -> Option<i64> {
        let Some((object, start)) = target_of(value) else { return Some(0) };
        let mut sum = 0;
        for i in 0..count {
            let element = start + i * size;
            if let Some((offset, bytes)) = number {
                self.add(object, element + offset, bytes, 1)?;
            }
            for offset in nodes {
                sum += self.walk_from(self.word(object, element + offset))?;
            }
        }
        Some(sum)
    }

    pub fn walk_pairs(&mut self, value: Value, count: usize) -> Option<i64> {
        self.walk_array(value, count, 24, &[0, 16], Some((8, 4)))
    }

    pub fn walk_wide(&mut self, value: Value) -> Option<i64> {
        let Some((object, offset)) = target_of(value) else { return Some(0) };
        self.add(object, offset, 8, 1)?;
        self.walk_pairs(Value::Memory { object, offset: offset + 8, element: Type::Pair, form: crate::model::Form::Pointer }, 3)
    }

    pub fn walk_nodes(&mut self, value: Value, count: usize) -> Option<i64> {
        self.walk_array(value, count, 8, &[0], None)
    }

    pub fn walk_packed(&mut self, value: Value, count: usize) -> Option<i64> {
        self.walk_array(value, count, 19, &[1], Some((9, 2)))
    }

    pub fn walk_tagged(&mut self, value: Value, follow: bool) -> Option<i64> {
        let mut sum = 0;
        let mut at = word_of(value);
        for _ in 0..4 {
            let Word::Pointer(object, offset) = at else { break };
            if !self.is_sound(at) || self.objects[object].element != Type::Tagged {
                return None;
            }
            sum += self.add(object, offset, 8, 1)?;
            if follow {
                sum += self.walk_from(self.word(object, offset + 8))?;
            }
            at = self.word(object, offset + 16);
        }
        Some(sum)
    }

    pub fn walk_pair(&mut self, value: Value) -> Option<i64> {
        let (object, offset) = target_of(value)?;
        let Word::Number(number) = self.word(object, offset + 8) else { return None };
        let first = self.walk_from(self.word(object, offset))?;
        Some(number + first + self.walk_from(self.word(object, offset + 16))?)
    }

    pub fn walk_into(&mut self, value: Value, end: Value) -> Option<i64> {
        let sum = self.walk_node(value)?;
        if let Some((object, offset)) = target_of(end) {
            self.set_word(object, offset, word_of(value));
        }
        Some(sum)
    }

    /// The first half of `walk_back`, before it calls back.
    pub fn walk_back_begins(&mut self, value: Value) -> Option<()> {
        match self.node_at(word_of(value))? {
            Some((object, offset)) => self.add(object, offset, 8, 1).map(|_| ()),
            None => Some(()),
        }
    }

    /// The other half, with what the callback returned.
    pub fn walk_back_ends(&mut self, result: Value) -> Option<i64> {
        match self.node_at(word_of(result))? {
            Some((object, offset)) => self.add(object, offset, 8, 100),
            None => Some(0),
        }
    }

    pub fn swap_pairs(&mut self, value: Value, count: usize) -> i64 {
        if let Some((object, start)) = target_of(value) {
            for element in (0..count).map(|i| start + i * 24) {
                let (a, b) = (self.word(object, element), self.word(object, element + 16));
                self.set_word(object, element, b);
                self.set_word(object, element + 16, a);
            }
        }
        count as i64
    }
}
