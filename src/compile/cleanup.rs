//! `try`, `catch`, `finally` and `defer`.
//!
//! The body of a `finally` or `defer` is emitted once. Two registers say why it runs: the *state* (0: the end of the block
//! was reached, 1: an error is on its way, 2 and up: one of the ways out that were taken inside) and the *error*. Behind
//! the body stands a dispatch that goes on with what the state says:
//!
//! ```text
//!     …the block…                 guarded by a Cleanup handler
//!     state = 0; error = nil; jump body
//!     …a return inside the block: state = 2; error = nil; jump body
//! target: state = 1               the unwinder has put the error into its register
//! body:   …                       guarded by a Chain handler
//!     if state == 1 rethrow error
//!     if state == 2 return        through the next cleanup further out, if there is one
//! ```

use super::emitter::{Emitter, Exit, Leave, Want};
use crate::bytecode::{Handler, HandlerKind, Instruction, Op};
use crate::source::SourceRange;
use crate::syntax::tree::Try;

const FALLS_THROUGH: i32 = 0;
const THROWS: i32 = 1;
const FIRST_LEAVE: i32 = 2;

impl<'t> Emitter<'t, '_> {
    pub fn try_expression(&mut self, node: &'t Try, want: Want, range: SourceRange) {
        let mark = self.mark();
        let kept = match want {
            Want::Return => {
                let register = self.allocate();
                self.op_a(range, Op::LoadNil, register);
                Want::In(register)
            }
            want => want,
        };
        match &node.finally {
            Some(finally) => {
                self.with_cleanup(range, |this| this.try_and_catch(node, kept, range), |this| this.block(finally, Want::Nothing));
            }
            None => self.try_and_catch(node, kept, range),
        }
        if let (Want::Return, Want::In(register)) = (want, kept)
            && self.falls_through()
        {
            self.return_register_value(Some(register), range);
        }
        self.release(mark);
    }

    fn try_and_catch(&mut self, node: &'t Try, want: Want, range: SourceRange) {
        if node.catches.is_empty() {
            self.block(&node.body, want);
            return;
        }
        let mark = self.mark();
        let start = self.here();
        self.block(&node.body, want);
        let end = self.here_without_label();
        let mut done = Vec::new();
        if self.falls_through() {
            done.push(self.jump(range));
        }
        let error = self.allocate();
        let live = self.mark();
        let visible = self.function.visible;
        self.protect();
        let target = self.here();
        if start < end {
            self.function.handlers.push(Handler {
                start: start as u32,
                end: end as u32,
                kind: HandlerKind::Catch { target: target as u32 },
                register: error.0,
                live,
            });
        }
        let mut catches_all = false;
        for catch in &node.catches {
            if let Some(name) = &catch.name
                && let Some(id) = self.variable_of(name)
            {
                self.settle(name.range, id, error);
            }
            let mut fails = Vec::new();
            if let Some(guard) = &catch.guard {
                self.condition(guard, false, &mut fails);
            } else {
                catches_all = true;
            }
            self.block(&catch.body, want);
            if self.falls_through() {
                done.push(self.jump(catch.range));
            }
            self.patch_all(fails);
            if catches_all {
                break;
            }
        }
        if !catches_all {
            self.op_a(range, Op::Rethrow, error);
        }
        self.patch_all(done);
        self.release(mark);
        self.function.visible = visible;
    }

    /// The number of the next instruction, where nothing jumps to.
    fn here_without_label(&self) -> usize {
        self.function.instructions.len()
    }

    /// A body, and what has to run when it is left, however that happens.
    pub fn with_cleanup(&mut self, range: SourceRange, body: impl FnOnce(&mut Self), cleanup: impl FnOnce(&mut Self)) {
        let mark = self.mark();
        let visible = self.function.visible;
        let is_outermost = self.function.return_register.is_none();
        if is_outermost {
            let register = self.allocate();
            self.op_a(range, Op::LoadNil, register);
            self.function.return_register = Some(register);
        }
        let state = self.allocate();
        let error = self.allocate();
        self.protect();
        let live = self.mark();
        self.function.exits.push(Exit::Cleanup { state, error, leaves: Vec::new() });
        let start = self.here();
        body(self);
        let end = self.here_without_label();
        let mut entries = Vec::new();
        if self.falls_through() {
            self.load_int(range, state, FALLS_THROUGH);
            self.op_a(range, Op::LoadNil, error);
            entries.push(self.jump(range));
        }
        let leaves = match self.function.exits.pop() {
            Some(Exit::Cleanup { leaves, .. }) => leaves,
            _ => unreachable!("loops inside the body have ended"),
        };
        self.release(live);
        self.function.visible = live;

        let target = self.here();
        self.load_int(range, state, THROWS);
        self.patch_all(entries);
        let mut continuations = Vec::new();
        for (leave, jumps) in leaves {
            self.patch_all(jumps);
            continuations.push(leave);
        }
        let body_start = self.here();
        cleanup(self);
        let body_end = self.here_without_label();
        let (start, end, body_start, body_end) = (start as u32, end as u32, body_start as u32, body_end as u32);
        if start < end {
            let kind = HandlerKind::Cleanup { target: target as u32 };
            self.function.handlers.push(Handler { start, end, kind, register: error.0, live });
        }
        if body_start < body_end {
            self.function.handlers.push(Handler {
                start: body_start,
                end: body_end,
                kind: HandlerKind::Chain,
                register: error.0,
                live,
            });
        }

        if self.falls_through() {
            if start < end {
                let past = self.jump_compare(range, Op::JumpNotEqualNumber, state, THROWS as u16);
                self.op_a(range, Op::Rethrow, error);
                self.patch(past);
            }
            for (number, leave) in continuations.into_iter().enumerate() {
                let state_number = FIRST_LEAVE as u16 + number as u16;
                let past = self.jump_compare(range, Op::JumpNotEqualNumber, state, state_number);
                self.leave(leave, range);
                self.patch(past);
            }
        }
        if is_outermost {
            self.function.return_register = None;
        }
        self.release(mark);
        self.function.visible = visible;
    }

    /// Goes out of loops or the function, through the nearest cleanup on the way.
    pub fn leave(&mut self, leave: Leave, range: SourceRange) {
        let outermost = match leave {
            Leave::Break(index) | Leave::Continue(index) => index,
            Leave::Return => 0,
        };
        let nearest = self.function.exits.iter().rposition(|exit| matches!(exit, Exit::Cleanup { .. }));
        if let Some(index) = nearest.filter(|&index| index >= outermost)
            && let Exit::Cleanup { state, error, leaves } = &mut self.function.exits[index]
        {
            let (state, error) = (*state, *error);
            let number = match leaves.iter().position(|(known, _)| *known == leave) {
                Some(number) => number,
                None => {
                    leaves.push((leave, Vec::new()));
                    leaves.len() - 1
                }
            };
            self.load_int(range, state, FIRST_LEAVE + number as i32);
            self.op_a(range, Op::LoadNil, error);
            let jump = self.jump(range);
            if let Exit::Cleanup { leaves, .. } = &mut self.function.exits[index] {
                leaves[number].1.push(jump);
            }
            return;
        }
        match leave {
            Leave::Return => {
                let register = self.function.return_register;
                match register {
                    Some(register) if !self.function.is_generator => {
                        self.op_a(range, Op::Return, register);
                    }
                    _ => {
                        self.emit(range, Instruction::abc(Op::ReturnNil, 0, 0, 0));
                    }
                }
            }
            Leave::Break(index) | Leave::Continue(index) => {
                let jump = self.jump(range);
                if let Exit::Loop { breaks, continues, .. } = &mut self.function.exits[index] {
                    if matches!(leave, Leave::Break(_)) { breaks.push(jump) } else { continues.push(jump) }
                }
            }
        }
    }
}
