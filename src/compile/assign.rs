//! Declarations of variables and assignments to places.

use super::emitter::{Emitter, Location, Register};
use super::expression::writes_last;
use super::resolve::deep;
use super::symbol::{EarlierKind, Symbol, VariableId};
use crate::bytecode::{Instruction, Op};
use crate::source::SourceRange;
use crate::syntax::tree::{AssignOperator, BinaryOperator, Binding, Expression, ExpressionKind, Let, Name};

/// A place whose parts have been evaluated.
enum Place<'t> {
    Variable(VariableId),
    /// A `var` of an earlier entry of the REPL.
    Slot(u32),
    Extern(u32),
    Field {
        object: Register,
        name: &'t Name,
    },
    Index {
        object: Register,
        index: Register,
    },
    /// `[a, b]` inside a list of places.
    List(&'t Expression),
    /// An error has been reported.
    None,
}

impl<'t> Emitter<'t, '_> {
    // ------------------------------------------------------------ let and var

    pub fn let_statement(&mut self, node: &'t Let, range: SourceRange) {
        match &node.target {
            Binding::Name(name) => {
                let register = self.allocate();
                match &node.value {
                    Some(value) => {
                        self.value(value, register);
                        if let Some(id) = self.variable_of(name) {
                            self.check_variable_type(id, register, value.range);
                        }
                    }
                    None => {
                        self.op_a(range, Op::LoadNil, register);
                    }
                }
                let Some(id) = self.variable_of(name) else {
                    // `let _ = …`
                    self.release(register.0);
                    return;
                };
                self.settle(name.range, id, register);
                if self.variable(id).slot.is_some() {
                    self.release(register.0);
                } else {
                    self.protect();
                }
            }
            Binding::List { items, rest, .. } => {
                let first = self.allocate_run(items.len() + usize::from(rest.is_some()));
                let mark = self.mark();
                if let Some(value) = &node.value {
                    let value_register = self.operand(value);
                    self.unpack(first, items.len(), rest.is_some(), value_register, target_range(node));
                }
                self.release(mark);
                self.settle_items(first, items, rest.as_ref());
                self.protect();
            }
        }
    }

    fn unpack(&mut self, first: Register, count: usize, has_rest: bool, value: Register, range: SourceRange) {
        let count = self.narrow(count as u32, "names in one pattern");
        self.emit(range, Instruction::xabc(Op::Unpack, u8::from(has_rest), first.0, value.0, count));
    }

    /// Binds what stands in a register to what a `for` or a list pattern names.
    pub fn settle_binding(&mut self, binding: &'t Binding, register: Register) {
        match binding {
            Binding::Name(name) => {
                if let Some(id) = self.variable_of(name) {
                    self.settle(name.range, id, register);
                }
            }
            Binding::List { items, rest, range } => {
                let first = self.allocate_run(items.len() + usize::from(rest.is_some()));
                self.unpack(first, items.len(), rest.is_some(), register, *range);
                deep(|| self.settle_items(first, items, rest.as_ref()));
            }
        }
    }

    fn settle_items(&mut self, first: Register, items: &'t [Binding], rest: Option<&'t Name>) {
        for (number, item) in items.iter().enumerate() {
            self.settle_binding(item, first.offset(number as u16));
        }
        if let Some(rest) = rest
            && let Some(id) = self.variable_of(rest)
        {
            self.settle(rest.range, id, first.offset(items.len() as u16));
        }
    }

    /// Checks a value that is about to become a variable's, if the variable has a type.
    pub fn check_variable_type(&mut self, id: VariableId, register: Register, range: SourceRange) {
        self.check_annotation(id, register, range, 0);
    }

    /// Checks the argument that arrived in a parameter's own register, if the parameter has a type.
    pub fn check_parameter_type(&mut self, id: VariableId, register: Register, range: SourceRange) {
        self.check_annotation(id, register, range, 1);
    }

    fn check_annotation(&mut self, id: VariableId, register: Register, range: SourceRange, what: u8) {
        let Some(annotation) = self.variable(id).annotation else { return };
        let description = self.describe_type_or_any(annotation);
        let index = self.type_index(description);
        if what == 0 {
            let (at, name) = (self.function.instructions.len() as u32, std::rc::Rc::clone(&self.variable(id).name));
            self.function.checked_variables.push((at, name));
        }
        self.emit(range, Instruction::wide(Op::CheckType, register.0, index).with_x(what));
    }

    // ------------------------------------------------------------ assignments

    pub fn assign_statement(
        &mut self,
        target: &'t Expression,
        operator: AssignOperator,
        value: &'t Expression,
        range: SourceRange,
    ) {
        let mark = self.mark();
        match operator {
            AssignOperator::Set => self.set(target, value, range),
            AssignOperator::Update(operator) => self.update(target, operator, value, range),
            AssignOperator::Coalesce => self.fill(target, value, range),
        }
        self.release(mark);
    }

    /// A local variable without a type, whose register a value can be written to directly.
    fn open_local(&self, target: &Expression) -> Option<Register> {
        let ExpressionKind::Name { id, .. } = &target.kind else { return None };
        let Symbol::Variable { id, .. } = self.resolved.meanings[id.0 as usize] else { return None };
        if self.variable(id).annotation.is_some() {
            return None;
        }
        match self.locate(id)? {
            Location::Register(register) => Some(register),
            _ => None,
        }
    }

    fn set(&mut self, target: &'t Expression, value: &'t Expression, range: SourceRange) {
        if let Some(register) = self.open_local(target)
            && writes_last(value)
        {
            self.value(value, register);
            return;
        }
        if let ExpressionKind::List(_) = target.kind {
            let register = self.operand(value);
            self.store_into(target, register);
            return;
        }
        let place = self.place(target, &[value]);
        let register = match place {
            // A variable with a type may convert its value, which must not change another variable.
            Place::Variable(id) if self.variable(id).annotation.is_some() => {
                let register = self.allocate();
                self.value(value, register);
                register
            }
            _ => self.operand(value),
        };
        self.store(&place, register, value.range, range);
    }

    fn update(&mut self, target: &'t Expression, operator: BinaryOperator, value: &'t Expression, range: SourceRange) {
        if let Some(register) = self.open_local(target) {
            self.binary(range, operator, target, value, register);
            return;
        }
        let place = self.place(target, &[value]);
        let old = self.allocate();
        self.load_place(&place, old, false, target.range);
        let constant = self.known_constant(value);
        self.binary_with(range, operator, old, value, constant, old);
        self.store(&place, old, range, range);
    }

    /// `??=`
    fn fill(&mut self, target: &'t Expression, value: &'t Expression, range: SourceRange) {
        if let Some(register) = self.open_local(target) {
            let done = self.jump_if(range, Op::JumpIfNotNil, register);
            if writes_last(value) {
                self.value(value, register);
            } else {
                let new = self.operand(value);
                self.move_to(range, register, new);
            }
            self.patch(done);
            return;
        }
        let place = self.place(target, &[value]);
        let register = self.allocate();
        self.load_place(&place, register, true, target.range);
        let done = self.jump_if(range, Op::JumpIfNotNil, register);
        self.value(value, register);
        self.store(&place, register, value.range, range);
        self.patch(done);
    }

    /// Evaluates the parts of a place, once.
    fn place(&mut self, target: &'t Expression, later: &[&'t Expression]) -> Place<'t> {
        if let Some(Symbol::ExternVariable { index }) = self.static_symbol(target) {
            return Place::Extern(index);
        }
        match &target.kind {
            ExpressionKind::Name { id, .. } => match self.resolved.meanings[id.0 as usize] {
                Symbol::Variable { id, .. } => Place::Variable(id),
                Symbol::Earlier { slot, kind: EarlierKind::Var } => Place::Slot(slot),
                _ => Place::None,
            },
            ExpressionKind::Field { object, name, .. } => Place::Field { object: self.operand_before(object, later), name },
            ExpressionKind::Index { object, index } => {
                let mut after: Vec<&'t Expression> = vec![index];
                after.extend(later);
                let object = self.operand_before(object, &after);
                Place::Index { object, index: self.operand_before(index, later) }
            }
            ExpressionKind::List(_) => Place::List(target),
            _ => Place::None,
        }
    }

    fn load_place(&mut self, place: &Place<'t>, to: Register, or_nil: bool, range: SourceRange) {
        match place {
            Place::Variable(id) => self.load_variable(range, *id, false, to),
            Place::Slot(slot) => {
                self.op_wide(range, Op::LoadSlot, to, *slot);
            }
            Place::Extern(index) => {
                self.op_wide(range, Op::GetExtern, to, *index);
            }
            Place::Field { object, name } => {
                let cache = self.cache(&name.text);
                self.emit(name.range, Instruction::abc(Op::GetField, to.0, object.0, cache));
            }
            Place::Index { object, index } => {
                self.op_abc(range, if or_nil { Op::GetIndexOrNil } else { Op::GetIndex }, to, *object, *index);
            }
            Place::List(_) | Place::None => {
                self.op_a(range, Op::LoadNil, to);
            }
        }
    }

    /// Stores a value; `value_range` is what a wrong type points at.
    fn store(&mut self, place: &Place<'t>, from: Register, value_range: SourceRange, range: SourceRange) {
        match place {
            Place::Variable(id) => {
                self.check_variable_type(*id, from, value_range);
                self.store_variable(range, *id, from);
            }
            Place::Slot(slot) => {
                self.op_wide(range, Op::StoreSlot, from, *slot);
            }
            Place::Extern(index) => {
                self.op_wide(range, Op::SetExtern, from, *index);
            }
            Place::Field { object, name } => {
                let cache = self.cache(&name.text);
                self.emit(name.range, Instruction::abc(Op::SetField, object.0, from.0, cache));
            }
            Place::Index { object, index } => {
                self.op_abc(range, Op::SetIndex, *object, *index, from);
            }
            Place::List(target) => self.store_into(target, from),
            Place::None => {}
        }
    }

    // ------------------------------------------------------------ several places

    /// `[a, b] = value`: the whole right side is evaluated first.
    pub fn assign_list(
        &mut self,
        targets: &'t [Expression],
        rest: Option<&'t Expression>,
        value: &'t Expression,
        range: SourceRange,
    ) {
        let mark = self.mark();
        let first = self.allocate_run(targets.len() + usize::from(rest.is_some()));
        let after = self.mark();
        match &value.kind {
            // `[a, b] = [b, a]` needs no list.
            ExpressionKind::List(elements)
                if rest.is_none() && elements.len() == targets.len() && elements.iter().all(|e| !e.is_spread) =>
            {
                for (number, element) in elements.iter().enumerate() {
                    self.value(&element.value, first.offset(number as u16));
                }
            }
            _ => {
                let register = self.operand(value);
                self.unpack(first, targets.len(), rest.is_some(), register, range);
            }
        }
        self.release(after);
        for (number, target) in targets.iter().chain(rest).enumerate() {
            self.store_into(target, first.offset(number as u16));
        }
        self.release(mark);
    }

    /// Stores what is in a register into a place that is evaluated now.
    fn store_into(&mut self, target: &'t Expression, from: Register) {
        deep(|| {
            let mark = self.mark();
            if let ExpressionKind::List(elements) = &target.kind {
                let first = self.allocate_run(elements.len());
                self.unpack(first, elements.len(), false, from, target.range);
                for (number, element) in elements.iter().enumerate() {
                    self.store_into(&element.value, first.offset(number as u16));
                }
            } else {
                let place = self.place(target, &[]);
                self.store(&place, from, target.range, target.range);
            }
            self.release(mark);
        });
    }
}

fn target_range(node: &Let) -> SourceRange {
    match &node.target {
        Binding::Name(name) => name.range,
        Binding::List { range, .. } => *range,
    }
}
