//! Operators: arithmetic, comparisons, and the jumps of conditions.

use super::emitter::{Emitter, Register, Want};
use super::resolve::deep;
use super::resolve_expression::bare_condition;
use crate::bytecode::{Constant, Instruction, Op, Operands};
use crate::source::SourceRange;
use crate::syntax::tree::{BinaryOperator, Expression, ExpressionKind, LogicalOperator, Type, TypeKind};

/// The operation for two registers.
fn register_op(operator: BinaryOperator) -> Op {
    match operator {
        BinaryOperator::Add => Op::Add,
        BinaryOperator::Subtract => Op::Subtract,
        BinaryOperator::Multiply => Op::Multiply,
        BinaryOperator::Divide => Op::Divide,
        BinaryOperator::FloorDivide => Op::FloorDivide,
        BinaryOperator::Remainder => Op::Remainder,
        BinaryOperator::Power => Op::Power,
        BinaryOperator::WrappingAdd => Op::WrappingAdd,
        BinaryOperator::WrappingSubtract => Op::WrappingSubtract,
        BinaryOperator::WrappingMultiply => Op::WrappingMultiply,
        BinaryOperator::ShiftLeft => Op::ShiftLeft,
        BinaryOperator::ShiftRight => Op::ShiftRight,
        BinaryOperator::ShiftRightLogical => Op::ShiftRightLogical,
        BinaryOperator::BitAnd => Op::BitAnd,
        BinaryOperator::BitXor => Op::BitXor,
        BinaryOperator::BitOr => Op::BitOr,
        BinaryOperator::Equal => Op::Equal,
        BinaryOperator::NotEqual => Op::NotEqual,
        BinaryOperator::Less => Op::Less,
        BinaryOperator::LessEqual => Op::LessEqual,
        BinaryOperator::Greater => Op::Greater,
        BinaryOperator::GreaterEqual => Op::GreaterEqual,
    }
}

/// The operation with a constant on the right.
fn constant_op(operator: BinaryOperator) -> Option<Op> {
    Some(match operator {
        BinaryOperator::Add => Op::AddConstant,
        BinaryOperator::Subtract => Op::SubtractConstant,
        BinaryOperator::Multiply => Op::MultiplyConstant,
        BinaryOperator::Divide => Op::DivideConstant,
        BinaryOperator::FloorDivide => Op::FloorDivideConstant,
        BinaryOperator::Remainder => Op::RemainderConstant,
        _ => return None,
    })
}

/// The jumps of a comparison: for two registers, and for a register and a number.
fn comparison_jumps(operator: BinaryOperator, when: bool) -> Option<(Op, Op)> {
    Some(match (operator, when) {
        (BinaryOperator::Equal, true) | (BinaryOperator::NotEqual, false) => (Op::JumpEqual, Op::JumpEqualNumber),
        (BinaryOperator::Equal, false) | (BinaryOperator::NotEqual, true) => (Op::JumpNotEqual, Op::JumpNotEqualNumber),
        (BinaryOperator::Less, true) => (Op::JumpLess, Op::JumpLessNumber),
        (BinaryOperator::Less, false) => (Op::JumpNotLess, Op::JumpNotLessNumber),
        (BinaryOperator::LessEqual, true) => (Op::JumpLessEqual, Op::JumpLessEqualNumber),
        (BinaryOperator::LessEqual, false) => (Op::JumpNotLessEqual, Op::JumpNotLessEqualNumber),
        (BinaryOperator::Greater, true) => (Op::JumpGreater, Op::JumpGreaterNumber),
        (BinaryOperator::Greater, false) => (Op::JumpNotGreater, Op::JumpNotGreaterNumber),
        (BinaryOperator::GreaterEqual, true) => (Op::JumpGreaterEqual, Op::JumpGreaterEqualNumber),
        (BinaryOperator::GreaterEqual, false) => (Op::JumpNotGreaterEqual, Op::JumpNotGreaterEqualNumber),
        _ => return None,
    })
}

/// A number that a comparison may have in its instruction: ints and floats compare by exact value, so `4.0` is as good as `4`.
fn small_number(constant: Option<&Constant>) -> Option<i16> {
    match constant {
        Some(Constant::Float(value)) if value.fract() == 0.0 && value.abs() <= f64::from(i16::MAX) => Some(*value as i16),
        _ => small_int(constant),
    }
}

pub(super) fn small_int(constant: Option<&Constant>) -> Option<i16> {
    match constant {
        Some(Constant::Int(value)) => i16::try_from(*value).ok(),
        _ => None,
    }
}

fn is_nil_type(target: &Type) -> bool {
    matches!(&target.kind, TypeKind::Name { path, .. } if path.len() == 1 && &*path[0].text == "nil")
}

impl<'t> Emitter<'t, '_> {
    pub fn binary(
        &mut self,
        range: SourceRange,
        operator: BinaryOperator,
        left: &'t Expression,
        right: &'t Expression,
        to: Register,
    ) {
        let mark = self.mark();
        let constant = self.known_constant(right);
        if constant.is_none() && self.constant_on_the_left(range, operator, left, right, to) {
            self.release(mark);
            return;
        }
        let left = self.operand_before(left, &[right]);
        self.binary_with(range, operator, left, right, constant, to);
        self.release(mark);
    }

    /// `2.0 * x`, `1 + x`: the operands may change places, which `x = 1` tells for the case that they are no numbers.
    fn constant_on_the_left(
        &mut self,
        range: SourceRange,
        operator: BinaryOperator,
        left: &'t Expression,
        right: &'t Expression,
        to: Register,
    ) -> bool {
        if !matches!(operator, BinaryOperator::Add | BinaryOperator::Multiply) {
            return false;
        }
        let Some(constant @ (Constant::Int(_) | Constant::Float(_))) = self.known_constant(left) else { return false };
        let number = small_int(Some(&constant)).filter(|_| operator == BinaryOperator::Add);
        let instruction = match (number, constant_op(operator)) {
            (Some(number), _) => {
                let right = self.operand(right);
                Instruction::xabc(Op::AddNumber, 1, to.0, right.0, number as u16)
            }
            (None, Some(op)) => {
                let Some(index) = self.small_constant(&constant) else { return false };
                let right = self.operand(right);
                Instruction::xabc(op, 1, to.0, right.0, index)
            }
            (None, None) => return false,
        };
        self.emit(range, instruction);
        true
    }

    /// As [`Self::binary`], the left operand being in a register already.
    pub fn binary_with(
        &mut self,
        range: SourceRange,
        operator: BinaryOperator,
        left: Register,
        right: &'t Expression,
        constant: Option<Constant>,
        to: Register,
    ) {
        if let Some(number) = small_int(constant.as_ref()) {
            let op = match operator {
                BinaryOperator::Add => Some(Op::AddNumber),
                BinaryOperator::Subtract => Some(Op::SubtractNumber),
                _ => None,
            };
            if let Some(op) = op {
                self.emit(range, Instruction::abc(op, to.0, left.0, number as u16));
                return;
            }
        }
        if let Some(constant @ (Constant::Int(_) | Constant::Float(_))) = &constant
            && let Some(op) = constant_op(operator)
            && let Some(index) = self.small_constant(constant)
        {
            self.emit(range, Instruction::abc(op, to.0, left.0, index));
            return;
        }
        let right = self.operand(right);
        self.op_abc(range, register_op(operator), to, left, right);
    }

    /// `and`, `or`, `??` as a value.
    pub fn logical(
        &mut self,
        operator: LogicalOperator,
        left: &'t Expression,
        right: &'t Expression,
        to: Register,
        range: SourceRange,
    ) {
        self.value(left, to);
        let op = match operator {
            LogicalOperator::And => Op::JumpIfNot,
            LogicalOperator::Or => Op::JumpIf,
            LogicalOperator::Coalesce => Op::JumpIfNotNil,
        };
        let done = self.jump_if(range, op, to);
        self.value(right, to);
        self.patch(done);
    }

    /// `and`, `or`, `??` as a statement: `ready or start()`.
    pub fn logical_effect(&mut self, expression: &'t Expression) {
        let ExpressionKind::Logical { operator, left, right } = &expression.kind else { return };
        let mut done = Vec::new();
        match operator {
            LogicalOperator::And => self.condition(left, false, &mut done),
            LogicalOperator::Or => self.condition(left, true, &mut done),
            LogicalOperator::Coalesce => {
                let mark = self.mark();
                let register = self.operand(left);
                done.push(self.jump_if(expression.range, Op::JumpIfNotNil, register));
                self.release(mark);
            }
        }
        self.expression(right, Want::Nothing);
        self.patch_all(done);
    }

    /// Jumps if the condition is as `when` says, else goes on.
    pub fn condition(&mut self, expression: &'t Expression, when: bool, jumps: &mut Vec<usize>) {
        deep(|| self.condition_inner(expression, when, jumps));
    }

    fn condition_inner(&mut self, expression: &'t Expression, when: bool, jumps: &mut Vec<usize>) {
        let (inner, is_negated) = bare_condition(expression);
        let when = when != is_negated;
        let range = inner.range;
        let mark = self.mark();
        match &inner.kind {
            ExpressionKind::Logical { operator: operator @ (LogicalOperator::And | LogicalOperator::Or), left, right } => {
                // The value of the left side that decides.
                let deciding = *operator == LogicalOperator::Or;
                if when == deciding {
                    self.condition(left, when, jumps);
                    self.condition(right, when, jumps);
                } else {
                    let mut past = Vec::new();
                    self.condition(left, !when, &mut past);
                    self.condition(right, when, jumps);
                    self.patch_all(past);
                }
            }
            ExpressionKind::Bool(value) => {
                if *value == when {
                    jumps.push(self.jump(range));
                }
            }
            ExpressionKind::Is { value, target, is_negated } if is_nil_type(target) => {
                let register = self.operand(value);
                let op = if when != *is_negated { Op::JumpIfNil } else { Op::JumpIfNotNil };
                jumps.push(self.jump_if(range, op, register));
            }
            ExpressionKind::Is { value, target, is_negated } => {
                let register = self.operand(value);
                let answer = self.allocate();
                self.is_type(range, answer, register, target);
                let op = if when != *is_negated { Op::JumpIf } else { Op::JumpIfNot };
                jumps.push(self.jump_if(range, op, answer));
            }
            ExpressionKind::In { item, container, is_negated } => {
                let item = self.operand_before(item, &[container]);
                let container = self.operand(container);
                let answer = self.allocate();
                self.op_abc(range, Op::In, answer, item, container);
                let op = if when != *is_negated { Op::JumpIf } else { Op::JumpIfNot };
                jumps.push(self.jump_if(range, op, answer));
            }
            _ => match self.comparison_jump(inner, when) {
                Some(jump) => jumps.push(jump),
                None => {
                    let register = self.operand(inner);
                    jumps.push(self.jump_if(range, if when { Op::JumpIf } else { Op::JumpIfNot }, register));
                }
            },
        }
        self.release(mark);
    }

    /// A comparison and its jump in one instruction.
    fn comparison_jump(&mut self, expression: &'t Expression, when: bool) -> Option<usize> {
        let ExpressionKind::Binary { operator, operator_range: range, left, right } = &expression.kind else { return None };
        let (register_jump, number_jump) = comparison_jumps(*operator, when)?;
        let mark = self.mark();
        let constant = self.known_constant(right);
        let left = self.operand_before(left, &[right]);
        let jump = self.jump_on(*range, register_jump, number_jump, left, constant.as_ref());
        let jump = match jump {
            Some(jump) => jump,
            None => {
                let right = self.operand(right);
                self.jump_compare(*range, register_jump, left, right.0)
            }
        };
        self.release(mark);
        Some(jump)
    }

    /// The jump of a comparison of a register with a constant, if there is an instruction for it.
    pub fn jump_on(
        &mut self,
        range: SourceRange,
        register_jump: Op,
        number_jump: Op,
        left: Register,
        constant: Option<&Constant>,
    ) -> Option<usize> {
        let constant = constant?;
        if let Some(number) = small_number(Some(constant)) {
            return Some(self.jump_compare(range, number_jump, left, number as u16));
        }
        let op = match register_jump {
            Op::JumpEqual => Op::JumpEqualConstant,
            Op::JumpNotEqual => Op::JumpNotEqualConstant,
            _ => return None,
        };
        if *constant == Constant::Nil {
            let op = if op == Op::JumpEqualConstant { Op::JumpIfNil } else { Op::JumpIfNotNil };
            return Some(self.jump_if(range, op, left));
        }
        let index = self.small_constant(constant)?;
        Some(self.jump_compare(range, op, left, index))
    }

    /// The condition at the bottom of a loop: jumps back to the body while it holds. The jump back is a safepoint.
    pub fn loop_condition(&mut self, expression: &'t Expression, body: usize, exits: &mut Vec<usize>) {
        deep(|| {
            let (inner, is_negated) = bare_condition(expression);
            match &inner.kind {
                ExpressionKind::Logical { operator: LogicalOperator::And, left, right } if !is_negated => {
                    self.condition(left, false, exits);
                    self.loop_condition(right, body, exits);
                }
                ExpressionKind::Logical { operator: LogicalOperator::Or, left, right } if !is_negated => {
                    let mut past = Vec::new();
                    self.loop_condition(left, body, &mut past);
                    self.patch_all(past);
                    self.loop_condition(right, body, exits);
                }
                ExpressionKind::Binary { .. } if self.compares_in_one_step(inner) => {
                    if let Some(jump) = self.comparison_jump(inner, !is_negated) {
                        self.patch_to(jump, body);
                    }
                }
                _ => {
                    self.condition(expression, false, exits);
                    let jump = self.jump(expression.range);
                    self.patch_to(jump, body);
                }
            }
        });
    }

    /// Whether a comparison becomes a jump that is a safepoint when it leads back.
    fn compares_in_one_step(&mut self, expression: &Expression) -> bool {
        let ExpressionKind::Binary { operator, right, .. } = &expression.kind else { return false };
        let Some((register_jump, _)) = comparison_jumps(*operator, true) else { return false };
        debug_assert_eq!(register_jump.operands(), Operands::ABJump);
        // A comparison with nil becomes a test for nil, which is none.
        self.known_constant(right) != Some(Constant::Nil)
    }
}
