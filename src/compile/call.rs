//! Calls, fields, elements and slices: everything that stands behind an expression, and the chains of `?.`.

use super::emitter::{Emitter, Register};
use super::operator::small_int;
use super::resolve::deep;
use super::symbol::Symbol;
use crate::bytecode::{Constant, Instruction, Op};
use crate::source::SourceRange;
use crate::syntax::tree::{Argument, Expression, ExpressionKind};
use std::rc::Rc;

fn is_postfix(expression: &Expression) -> bool {
    matches!(
        expression.kind,
        ExpressionKind::Call { .. } | ExpressionKind::Index { .. } | ExpressionKind::Slice { .. } | ExpressionKind::Field { .. }
    )
}

fn is_plain(arguments: &[Argument]) -> bool {
    arguments.iter().all(|a| a.name.is_none() && !a.is_spread)
}

impl<'t> Emitter<'t, '_> {
    /// An expression that ends with a postfix operator. Where a `?.` in it finds nil, the rest is skipped.
    pub fn postfix(&mut self, expression: &'t Expression, to: Register) {
        if !expression.has_safe_step() {
            self.postfix_step(expression, to);
            return;
        }
        self.function.chains.push(Vec::new());
        self.postfix_step(expression, to);
        let exits = self.function.chains.pop().unwrap_or_default();
        let done = self.jump(expression.range);
        self.patch_all(exits);
        self.op_a(expression.range, Op::LoadNil, to);
        self.patch(done);
    }

    /// One step of a chain.
    fn postfix_step(&mut self, expression: &'t Expression, to: Register) {
        deep(|| self.postfix_step_inner(expression, to));
    }

    fn postfix_step_inner(&mut self, expression: &'t Expression, to: Register) {
        let range = expression.range;
        let mark = self.mark();
        if let Some(Symbol::ExternVariable { index }) = self.static_symbol(expression) {
            self.op_wide(range, Op::GetExtern, to, index);
            return;
        }
        if let Some(constant) = self.known_constant(expression) {
            self.load_constant(range, to, &constant);
            return;
        }
        match &expression.kind {
            ExpressionKind::Field { object, name, is_safe } => {
                let register = self.object(object, &[]);
                self.leave_chain_if_nil(register, *is_safe, range);
                let cache = self.cache(&name.text);
                self.emit(name.range, Instruction::abc(Op::GetField, to.0, register.0, cache));
            }
            ExpressionKind::Index { object, index } => {
                let register = self.object(object, &[index]);
                let constant = self.known_constant(index);
                if let Some(number) = small_int(constant.as_ref()) {
                    self.emit(range, Instruction::abc(Op::GetIndexNumber, to.0, register.0, number as u16));
                } else {
                    let index = self.operand(index);
                    self.op_abc(range, Op::GetIndex, to, register, index);
                }
            }
            ExpressionKind::Slice { object, start, end, is_inclusive } => {
                let base = self.allocate();
                self.object_in(object, base);
                for bound in [start, end] {
                    let register = self.allocate();
                    match bound {
                        Some(bound) => self.value(bound, register),
                        None => {
                            self.op_a(range, Op::LoadNil, register);
                        }
                    }
                }
                self.emit(range, Instruction::xabc(Op::GetSlice, u8::from(*is_inclusive), to.0, base.0, 0));
            }
            ExpressionKind::Call { callee, arguments } => {
                let base = if self.is_free_top(to) { to } else { self.allocate() };
                self.call(callee, arguments, base, range);
                self.release(mark.max(base.0 + 1));
                self.move_to(range, to, base);
            }
            _ => self.value(expression, to),
        }
        self.release(mark);
    }

    /// The object of a postfix operator, in some register.
    fn object(&mut self, object: &'t Expression, later: &[&'t Expression]) -> Register {
        if is_postfix(object) {
            let register = self.allocate();
            self.postfix_step(object, register);
            return register;
        }
        self.operand_before(object, later)
    }

    /// The object of a postfix operator, in a given register.
    fn object_in(&mut self, object: &'t Expression, to: Register) {
        if is_postfix(object) {
            self.postfix_step(object, to);
        } else {
            self.value(object, to);
        }
    }

    fn leave_chain_if_nil(&mut self, register: Register, is_safe: bool, range: SourceRange) {
        if is_safe {
            let jump = self.jump_if(range, Op::JumpIfNil, register);
            if let Some(chain) = self.function.chains.last_mut() {
                chain.push(jump);
            }
        }
    }

    /// A call whose window begins at `base`, the topmost register; the result lands there.
    fn call(&mut self, callee: &'t Expression, arguments: &'t [Argument], base: Register, range: SourceRange) {
        if let ExpressionKind::Field { object, name, is_safe } = &callee.kind {
            let is_variable = matches!(self.static_symbol(callee), Some(Symbol::ExternVariable { .. }));
            if is_plain(arguments) && !is_variable {
                let receiver = self.allocate();
                self.object_in(object, receiver);
                self.leave_chain_if_nil(receiver, *is_safe, range);
                for argument in arguments {
                    let register = self.allocate();
                    self.value(&argument.value, register);
                }
                let cache = self.cache(&name.text);
                let place = SourceRange::new(name.range.start, range.end);
                self.emit(place, Instruction::abc(Op::CallMethod, base.0, arguments.len() as u16, cache));
                return;
            }
        }
        self.object_in(callee, base);
        self.call_with(arguments, base, range);
    }

    /// A call of what stands in `base`, the topmost register, with any kind of arguments.
    pub fn call_with(&mut self, arguments: &'t [Argument], base: Register, range: SourceRange) {
        let (named, positional): (Vec<&Argument>, Vec<&Argument>) = arguments.iter().partition(|a| a.name.is_some());
        let names: Vec<Rc<str>> = named.iter().filter_map(|a| a.name.as_ref()).map(|name| Rc::clone(&name.text)).collect();
        let is_spread = arguments.iter().any(|a| a.is_spread);
        if is_spread {
            let list = self.allocate();
            let values: Vec<_> = positional.iter().map(|a| (a.is_spread, &a.value)).collect();
            self.list_of(&values, list, range);
        } else {
            for argument in &positional {
                let register = self.allocate();
                self.value(&argument.value, register);
            }
        }
        for argument in &named {
            let register = self.allocate();
            self.value(&argument.value, register);
        }
        let names = if names.is_empty() { None } else { Some(self.needed_constant(Constant::Names(names))) };
        let instruction = match (is_spread, names) {
            (true, names) => Instruction::abc(Op::CallSpread, base.0, named.len() as u16, names.unwrap_or(0)),
            (false, Some(names)) => Instruction::abc(Op::CallNamed, base.0, arguments.len() as u16, names),
            (false, None) => Instruction::abc(Op::Call, base.0, arguments.len() as u16, 0),
        };
        self.emit(range, instruction);
        self.release(base.0 + 1);
    }
}
