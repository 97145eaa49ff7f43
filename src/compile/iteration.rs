//! Loops. Their condition stands at the bottom, so that a pass takes one jump.

use super::emitter::{Emitter, Exit, Register};
use super::resolve_expression::bare;
use crate::bytecode::{Instruction, Op};
use crate::source::SourceRange;
use crate::syntax::tree::{Binding, Block, Expression, ExpressionKind, For, Name};
use std::rc::Rc;

impl<'t> Emitter<'t, '_> {
    fn open_loop(&mut self, label: Option<&Name>) {
        let label = label.map(|label| Rc::clone(&label.text));
        self.function.exits.push(Exit::Loop { label, breaks: Vec::new(), continues: Vec::new() });
    }

    /// Ends the body: `continue` leads here. Returns the jumps of `break`.
    fn close_loop(&mut self) -> Vec<usize> {
        match self.function.exits.pop() {
            Some(Exit::Loop { breaks, continues, .. }) => {
                self.patch_all(continues);
                breaks
            }
            _ => unreachable!("cleanups inside the body have ended"),
        }
    }

    pub fn while_loop(&mut self, label: Option<&Name>, condition: &'t Expression, body: &'t Block, range: SourceRange) {
        let mark = self.mark();
        let is_endless = matches!(bare(condition).kind, ExpressionKind::Bool(true));
        let entry = (!is_endless).then(|| self.jump(condition.range));
        let start = self.here();
        self.open_loop(label);
        self.block(body, super::emitter::Want::Nothing);
        let mut breaks = self.close_loop();
        if let Some(entry) = entry {
            self.patch(entry);
            self.loop_condition(condition, start, &mut breaks);
        } else if self.falls_through() {
            let back = self.jump(range);
            self.patch_to(back, start);
        }
        self.patch_all(breaks);
        self.release(mark);
    }

    pub fn for_loop(&mut self, node: &'t For, range: SourceRange) {
        let (mark, visible) = (self.mark(), self.function.visible);
        match &bare(&node.iterable).kind {
            ExpressionKind::Range { start, end, is_inclusive } if node.second.is_none() => {
                self.for_range(node, start, end, *is_inclusive);
            }
            _ => self.for_each(node, range),
        }
        self.release(mark);
        self.function.visible = visible;
    }

    fn for_range(&mut self, node: &'t For, start: &'t Expression, end: &'t Expression, is_inclusive: bool) {
        let range = node.iterable.range;
        let counter = self.allocate();
        self.value(start, counter);
        let limit = self.allocate();
        self.value(end, limit);
        let element = self.allocate();
        self.protect();
        let skip = self.emit(range, Instruction::wide(Op::RangePrepare, counter.0, 0).with_x(u8::from(is_inclusive)));
        let body = self.here();
        let mut breaks = self.loop_body(node, &[(&node.first, element)]);
        let back = self.jump_if(range, Op::RangeLoop, counter);
        self.patch_to(back, body);
        self.patch(skip);
        self.patch_all(std::mem::take(&mut breaks));
    }

    fn for_each(&mut self, node: &'t For, range: SourceRange) {
        let place = node.iterable.range;
        let state = self.allocate();
        let iterable = self.operand(&node.iterable);
        self.op_ab(place, Op::IteratePrepare, state, iterable);
        self.release(state.0 + 1);
        self.allocate_run(2);
        let first = self.allocate();
        let second = node.second.as_ref().map(|_| self.allocate());
        self.protect();
        let entry = self.jump(range);
        let body = self.here();
        let mut bindings = vec![(&node.first, first)];
        if let (Some(binding), Some(register)) = (&node.second, second) {
            bindings.push((binding, register));
        }
        let breaks = self.loop_body(node, &bindings);
        self.patch(entry);
        let op = if second.is_some() { Op::IterateNextPair } else { Op::IterateNext };
        let back = self.jump_if(place, op, state);
        self.patch_to(back, body);
        self.patch_all(breaks);
    }

    /// Binds what the loop brings, and runs the body.
    fn loop_body(&mut self, node: &'t For, bindings: &[(&'t Binding, Register)]) -> Vec<usize> {
        let (mark, visible) = (self.mark(), self.function.visible);
        for (binding, register) in bindings {
            self.settle_binding(binding, *register);
        }
        self.protect();
        self.open_loop(node.label.as_ref());
        self.block(&node.body, super::emitter::Want::Nothing);
        let breaks = self.close_loop();
        self.release(mark);
        self.function.visible = visible;
        breaks
    }
}
