//! `match` and its patterns. A pattern becomes tests that jump away where it does not fit, and bindings on the way.

use super::emitter::{Emitter, Register, Want};
use super::resolve::deep;
use super::resolve_expression::bare;
use super::symbol::Symbol;
use crate::bytecode::{Instruction, Op, TypeDescription};
use crate::source::SourceRange;
use crate::syntax::tree::{ArmBody, Expression, ExpressionKind, Match, Name, Pattern, PatternKind};

impl<'t> Emitter<'t, '_> {
    pub fn match_expression(&mut self, node: &'t Match, want: Want, range: SourceRange) {
        let (mark, visible) = (self.mark(), self.function.visible);
        let subject = self.subject(&node.subject);
        self.protect();
        let mut ends = Vec::new();
        let mut is_complete = false;
        for arm in &node.arms {
            let (arm_mark, arm_visible) = (self.mark(), self.function.visible);
            let mut fails = Vec::new();
            self.pattern(&arm.pattern, subject, &mut fails);
            self.protect();
            if let Some(guard) = &arm.guard {
                self.condition(guard, false, &mut fails);
            }
            match &arm.body {
                ArmBody::Expression(value) => self.expression(value, want),
                ArmBody::Block(block) => self.block(block, want),
                ArmBody::Statement(statement) => {
                    self.statement(statement);
                    self.finish_nothing(want, statement.range);
                }
            }
            is_complete = fails.is_empty();
            if self.falls_through() {
                ends.push(self.jump(arm.range));
            }
            self.patch_all(fails);
            self.release(arm_mark);
            self.function.visible = arm_visible;
            if is_complete {
                break;
            }
        }
        if !is_complete {
            self.op_a(range, Op::MatchFailed, subject);
        }
        self.patch_all(ends);
        self.release(mark);
        self.function.visible = visible;
    }

    /// What is matched, in a register that keeps it: patterns bind names to it without a copy.
    fn subject(&mut self, subject: &'t Expression) -> Register {
        if let ExpressionKind::Name { id, .. } = &bare(subject).kind
            && let Symbol::Variable { id, .. } = self.resolved.meanings[id.0 as usize]
            && !self.variable(id).is_assigned
        {
            return self.operand(subject);
        }
        let register = self.allocate();
        self.value(subject, register);
        register
    }

    fn bind_pattern(&mut self, name: &'t Name, register: Register) {
        if let Some(id) = self.variable_of(name) {
            // Names of patterns are never assigned, so that they may share the register of what they name.
            self.settle(name.range, id, register);
        }
    }

    /// Tests a value against a pattern: goes on where it fits, else jumps.
    fn pattern(&mut self, pattern: &'t Pattern, value: Register, fails: &mut Vec<usize>) {
        deep(|| self.pattern_inner(pattern, value, fails));
    }

    fn pattern_inner(&mut self, pattern: &'t Pattern, value: Register, fails: &mut Vec<usize>) {
        let range = pattern.range;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Error => {}
            PatternKind::Bind(name) => self.bind_pattern(name, value),
            PatternKind::Literal(expected) | PatternKind::Constant(expected) => {
                let jump = self.equality_jump(expected, value, false, range);
                fails.push(jump);
            }
            PatternKind::Range { start, end, is_inclusive } => {
                let mark = self.mark();
                let answer = self.allocate();
                let index = self.narrow_type_index(TypeDescription::Builtin("int".into()));
                self.emit(range, Instruction::abc(Op::Is, answer.0, value.0, index));
                fails.push(self.jump_if(range, Op::JumpIfNot, answer));
                self.release(mark);
                self.bound_jump(start, value, Op::JumpLess, Op::JumpLessNumber, fails);
                let (register_jump, number_jump) = if *is_inclusive {
                    (Op::JumpGreater, Op::JumpGreaterNumber)
                } else {
                    (Op::JumpGreaterEqual, Op::JumpGreaterEqualNumber)
                };
                self.bound_jump(end, value, register_jump, number_jump, fails);
            }
            PatternKind::List { items, rest } => {
                let mark = self.mark();
                let answer = self.allocate();
                let count = self.narrow(items.len() as u32, "elements in one pattern");
                self.emit(range, Instruction::xabc(Op::MatchList, u8::from(rest.is_some()), answer.0, value.0, count));
                fails.push(self.jump_if(range, Op::JumpIfNot, answer));
                self.release(mark);
                for (number, item) in items.iter().enumerate() {
                    if matches!(item.kind, PatternKind::Wildcard) {
                        continue;
                    }
                    let register = self.allocate();
                    let number = i16::try_from(number).unwrap_or_else(|_| {
                        self.function.too_much.get_or_insert("elements in one pattern");
                        0
                    });
                    self.emit(item.range, Instruction::abc(Op::GetIndexNumber, register.0, value.0, number as u16));
                    self.pattern(item, register, fails);
                }
                if let Some(Some(rest)) = rest
                    && self.variable_of(rest).is_some()
                {
                    let register = self.allocate();
                    let count = count.min(i16::MAX as u16);
                    self.emit(rest.range, Instruction::abc(Op::ListRest, register.0, value.0, count));
                    self.bind_pattern(rest, register);
                }
            }
            PatternKind::Map(pairs) => {
                if pairs.is_empty() {
                    let mark = self.mark();
                    let answer = self.allocate();
                    let index = self.narrow_type_index(TypeDescription::Builtin("map".into()));
                    self.emit(range, Instruction::abc(Op::Is, answer.0, value.0, index));
                    fails.push(self.jump_if(range, Op::JumpIfNot, answer));
                    self.release(mark);
                }
                for (key, pattern) in pairs {
                    let found = self.allocate();
                    let mark = self.mark();
                    let key_register = self.operand(key);
                    self.op_abc(key.range, Op::MatchKey, found, value, key_register);
                    let past = self.jump_if(key.range, Op::JumpIfDefined, found);
                    fails.push(self.jump(key.range));
                    self.patch(past);
                    self.release(mark);
                    self.pattern(pattern, found, fails);
                }
            }
            PatternKind::Record { target, fields } => {
                self.type_test(target, value, fails, range);
                for (name, pattern) in fields {
                    let register = self.allocate();
                    let cache = self.cache(&name.text);
                    self.emit(name.range, Instruction::abc(Op::GetField, register.0, value.0, cache));
                    match pattern {
                        Some(pattern) => self.pattern(pattern, register, fails),
                        None => self.bind_pattern(name, register),
                    }
                }
            }
            PatternKind::Is { name, target } => {
                self.type_test(target, value, fails, range);
                if let Some(name) = name {
                    self.bind_pattern(name, value);
                }
            }
            PatternKind::Alternatives(alternatives) => {
                let mut fits = Vec::new();
                let Some((last, others)) = alternatives.split_last() else { return };
                for alternative in others {
                    if let PatternKind::Literal(expected) | PatternKind::Constant(expected) = &alternative.kind {
                        let jump = self.equality_jump(expected, value, true, alternative.range);
                        fits.push(jump);
                        continue;
                    }
                    let mut next = Vec::new();
                    self.pattern(alternative, value, &mut next);
                    fits.push(self.jump(alternative.range));
                    self.patch_all(next);
                }
                self.pattern(last, value, fails);
                self.patch_all(fits);
            }
        }
    }

    fn type_test(&mut self, target: &'t crate::syntax::tree::Type, value: Register, fails: &mut Vec<usize>, range: SourceRange) {
        let mark = self.mark();
        let answer = self.allocate();
        self.is_type(range, answer, value, target);
        fails.push(self.jump_if(range, Op::JumpIfNot, answer));
        self.release(mark);
    }

    /// A jump if the value is equal to what a pattern says (`when`), or if it is not.
    fn equality_jump(&mut self, expected: &'t Expression, value: Register, when: bool, range: SourceRange) -> usize {
        let (register_jump, number_jump) =
            if when { (Op::JumpEqual, Op::JumpEqualNumber) } else { (Op::JumpNotEqual, Op::JumpNotEqualNumber) };
        let constant = self.known_constant(expected);
        if let Some(jump) = self.jump_on(range, register_jump, number_jump, value, constant.as_ref()) {
            return jump;
        }
        let mark = self.mark();
        let expected = self.operand(expected);
        let jump = self.jump_compare(range, register_jump, value, expected.0);
        self.release(mark);
        jump
    }

    /// A jump if the value is beyond one end of a range.
    fn bound_jump(&mut self, bound: &'t Expression, value: Register, register_jump: Op, number_jump: Op, fails: &mut Vec<usize>) {
        let constant = self.known_constant(bound);
        if let Some(jump) = self.jump_on(bound.range, register_jump, number_jump, value, constant.as_ref()) {
            fails.push(jump);
            return;
        }
        let mark = self.mark();
        let register = self.operand(bound);
        fails.push(self.jump_compare(bound.range, register_jump, value, register.0));
        self.release(mark);
    }
}
