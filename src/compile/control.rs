//! Statements, blocks, `if`, and the ways out: `break`, `continue`, `return`.

use super::emitter::{Emitter, Exit, Leave, Register, Want};
use super::resolve::deep;
use crate::bytecode::{Instruction, Op};
use crate::source::SourceRange;
use crate::syntax::tree::{Block, Expression, ExpressionKind, If, Name, Statement, StatementKind};

impl<'t> Emitter<'t, '_> {
    /// What becomes of a value that is nil because nothing gives one.
    pub fn finish_nothing(&mut self, want: Want, range: SourceRange) {
        if !self.falls_through() {
            return;
        }
        match want {
            Want::Nothing => {}
            Want::In(register) => {
                self.op_a(range, Op::LoadNil, register);
            }
            Want::Return => self.return_register_value(None, range),
        }
    }

    // ------------------------------------------------------------ blocks

    pub fn block(&mut self, block: &'t Block, want: Want) {
        let (mark, visible) = (self.mark(), self.function.visible);
        self.body(&block.statements, want, block.range);
        self.release(mark);
        self.function.visible = visible;
    }

    /// The statements of a block, with the block's value; what they declare stays until the caller releases it.
    pub fn body(&mut self, statements: &'t [Statement], want: Want, range: SourceRange) {
        self.declare_early_functions(statements);
        self.statements(statements, want, range.at_end());
    }

    /// Nested functions that others take along before they are made need their cell first.
    fn declare_early_functions(&mut self, statements: &'t [Statement]) {
        for statement in statements {
            if let StatementKind::Function(node) = &statement.kind
                && let Some(name) = &node.name
                && let Some(id) = self.variable_of(name)
                && self.variable(id).is_cell()
            {
                let register = self.allocate();
                self.op_a(name.range, Op::LoadUndefined, register);
                self.settle(name.range, id, register);
                self.protect();
            }
        }
    }

    pub fn statements(&mut self, statements: &'t [Statement], want: Want, end: SourceRange) {
        let Some((last, others)) = statements.split_last() else {
            self.finish_nothing(want, end);
            return;
        };
        for (number, statement) in others.iter().enumerate() {
            if let StatementKind::Defer(inner) = &statement.kind {
                self.deferred(inner, &statements[number + 1..], want, statement.range, end);
                return;
            }
            self.statement(statement);
        }
        match &last.kind {
            StatementKind::Expression(expression) => self.expression(expression, want),
            StatementKind::Defer(inner) => self.deferred(inner, &[], want, last.range, end),
            _ => {
                self.statement(last);
                self.finish_nothing(want, end);
            }
        }
    }

    /// `defer E` and the rest of its block.
    fn deferred(&mut self, inner: &'t Statement, rest: &'t [Statement], want: Want, range: SourceRange, end: SourceRange) {
        // The value of the block is computed before its defers run.
        let kept = match want {
            Want::Return => {
                let register = self.allocate();
                self.op_a(range, Op::LoadNil, register);
                Want::In(register)
            }
            want => want,
        };
        deep(|| {
            self.with_cleanup(
                range,
                |this| this.statements(rest, kept, end),
                |this| {
                    let mark = this.mark();
                    this.statement(inner);
                    this.release(mark);
                },
            );
        });
        if let (Want::Return, Want::In(register)) = (want, kept)
            && self.falls_through()
        {
            self.return_register_value(Some(register), end);
        }
    }

    pub fn statement(&mut self, statement: &'t Statement) {
        deep(|| self.statement_inner(statement));
    }

    fn statement_inner(&mut self, statement: &'t Statement) {
        let range = statement.range;
        match &statement.kind {
            StatementKind::Let(node) => self.let_statement(node, range),
            StatementKind::Function(node) => self.function_statement(node),
            StatementKind::Import(node) => self.import_statement(node, range),
            StatementKind::Extern(node) => self.extern_statement(node, range),
            StatementKind::Assign { target, operator, value } => self.assign_statement(target, *operator, value, range),
            StatementKind::AssignList { targets, rest, value } => self.assign_list(targets, rest.as_ref(), value, range),
            StatementKind::Expression(expression) => self.expression(expression, Want::Nothing),
            StatementKind::While { label, condition, body } => self.while_loop(label.as_ref(), condition, body, range),
            StatementKind::For(node) => self.for_loop(node, range),
            StatementKind::Block(block) => self.block(block, Want::Nothing),
            StatementKind::Defer(inner) => self.deferred(inner, &[], Want::Nothing, range, range.at_end()),
            // What these declare is in the unit's tables.
            StatementKind::Constant { .. }
            | StatementKind::Record(_)
            | StatementKind::Enum(_)
            | StatementKind::TypeName { .. }
            | StatementKind::Error => {}
        }
    }

    // ------------------------------------------------------------ if

    pub fn if_expression(&mut self, node: &'t If, want: Want, range: SourceRange) {
        let mut ends = Vec::new();
        let is_open = node.otherwise.is_some() || matches!(want, Want::In(_));
        for (number, (condition, block)) in node.arms.iter().enumerate() {
            if self.jumps_out(condition, block) {
                continue;
            }
            let mut fails = Vec::new();
            self.condition(condition, false, &mut fails);
            self.block(block, want);
            let is_last = number + 1 == node.arms.len();
            if self.falls_through() && (!is_last || is_open) {
                ends.push(self.jump(range));
            }
            self.patch_all(fails);
        }
        match &node.otherwise {
            Some(block) => self.block(block, want),
            None => self.finish_nothing(want, range),
        }
        self.patch_all(ends);
    }

    /// `if c { break }` and `if c { continue }` are one conditional jump, unless a cleanup has to run on the way.
    fn jumps_out(&mut self, condition: &'t Expression, block: &'t Block) -> bool {
        let [Statement { kind: StatementKind::Expression(only), .. }] = block.statements.as_slice() else { return false };
        let (label, is_break) = match &only.kind {
            ExpressionKind::Break(label) => (label.as_ref(), true),
            ExpressionKind::Continue(label) => (label.as_ref(), false),
            _ => return false,
        };
        let Some(index) = self.loop_of(label) else { return false };
        if self.function.exits[index..].iter().any(|exit| matches!(exit, Exit::Cleanup { .. })) {
            return false;
        }
        let mut jumps = Vec::new();
        self.condition(condition, true, &mut jumps);
        if let Exit::Loop { breaks, continues, .. } = &mut self.function.exits[index] {
            if is_break { breaks.extend(jumps) } else { continues.extend(jumps) }
        }
        true
    }

    /// The number of the loop that a `break` or `continue` means.
    fn loop_of(&self, label: Option<&Name>) -> Option<usize> {
        self.function.exits.iter().rposition(|exit| match exit {
            Exit::Loop { label: of_loop, .. } => label.is_none_or(|label| of_loop.as_ref() == Some(&label.text)),
            Exit::Cleanup { .. } => false,
        })
    }

    // ------------------------------------------------------------ ways out

    pub fn break_or_continue(&mut self, label: Option<&Name>, is_break: bool, range: SourceRange) {
        // Without one, an error has been reported.
        if let Some(index) = self.loop_of(label) {
            self.leave(if is_break { Leave::Break(index) } else { Leave::Continue(index) }, range);
        }
    }

    pub fn return_expression(&mut self, value: Option<&'t Expression>, range: SourceRange) {
        let mark = self.mark();
        match value {
            None => self.return_register_value(None, range),
            // A generator drops what it returns.
            Some(value) if self.function.is_generator => {
                self.expression(value, Want::Nothing);
                self.return_register_value(None, range);
            }
            Some(value) if self.function.return_register.is_none() => self.expression(value, Want::Return),
            Some(value) => {
                let register = self.operand(value);
                self.return_register_value(Some(register), range);
            }
        }
        self.release(mark);
    }

    /// Leaves the function with a value, or nil; the result type is checked and cleanups run first.
    pub fn return_register_value(&mut self, value: Option<Register>, range: SourceRange) {
        let mark = self.mark();
        let mut value = if self.function.is_generator { None } else { value };
        if let Some(result) = self.function.result.filter(|_| !self.function.is_generator) {
            // The check may convert the value, which must not change a variable.
            let register = self.allocate();
            match value {
                Some(value) => self.move_to(range, register, value),
                None => {
                    self.op_a(range, Op::LoadNil, register);
                }
            }
            self.emit(range, Instruction::wide(Op::CheckType, register.0, result).with_x(2));
            value = Some(register);
        }
        match self.function.return_register {
            Some(kept) => {
                match value {
                    Some(value) => self.move_to(range, kept, value),
                    None => {
                        self.op_a(range, Op::LoadNil, kept);
                    }
                }
                self.leave(Leave::Return, range);
            }
            None => match value {
                Some(value) => {
                    self.op_a(range, Op::Return, value);
                }
                None => {
                    self.emit(range, Instruction::abc(Op::ReturnNil, 0, 0, 0));
                }
            },
        }
        self.release(mark);
    }
}
