//! Expressions: values into registers, operands in place.

use super::emitter::{Emitter, Location, Register, Want};
use super::resolve::deep;
use super::resolve_expression::bare;
use super::symbol::Symbol;
use crate::bytecode::{Constant, Instruction, Op, TypeDescription};
use crate::source::SourceRange;
use crate::syntax::tree::{Element, Expression, ExpressionKind, Member, New, NewTarget, TemplatePart, Type, UnaryOperator};
use std::rc::Rc;

/// Elements of a literal that are brought together in registers before they go into the collection.
const CHUNK: usize = 50;

impl<'t> Emitter<'t, '_> {
    /// Compiles an expression for what is wanted of it.
    pub fn expression(&mut self, expression: &'t Expression, want: Want) {
        deep(|| self.expression_inner(expression, want));
    }

    fn expression_inner(&mut self, expression: &'t Expression, want: Want) {
        let range = expression.range;
        match &expression.kind {
            ExpressionKind::Parenthesized(inner) => self.expression(inner, want),
            ExpressionKind::If(node) => self.if_expression(node, want, range),
            ExpressionKind::Match(node) => self.match_expression(node, want, range),
            ExpressionKind::Try(node) => self.try_expression(node, want, range),
            ExpressionKind::Throw(value) => {
                let mark = self.mark();
                let register = self.operand(value);
                self.op_a(range, Op::Throw, register);
                self.release(mark);
            }
            ExpressionKind::Return(value) => self.return_expression(value.as_deref(), range),
            ExpressionKind::Break(label) => self.break_or_continue(label.as_ref(), true, range),
            ExpressionKind::Continue(label) => self.break_or_continue(label.as_ref(), false, range),
            ExpressionKind::Yield(value) => {
                let mark = self.mark();
                let register = match value {
                    Some(value) => self.operand(value),
                    None => {
                        let register = self.allocate();
                        self.op_a(range, Op::LoadNil, register);
                        register
                    }
                };
                self.op_a(range, Op::Yield, register);
                self.release(mark);
                self.finish_nothing(want, range);
            }
            _ => match want {
                Want::In(register) => self.value_inner(expression, register),
                Want::Nothing => self.effect(expression),
                Want::Return => {
                    let mark = self.mark();
                    let register = self.operand(expression);
                    self.return_register_value(Some(register), range);
                    self.release(mark);
                }
            },
        }
    }

    /// Compiles an expression whose value nobody uses.
    fn effect(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Nil
            | ExpressionKind::Bool(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::String(_)
            | ExpressionKind::Function(_)
            | ExpressionKind::Error => {}
            ExpressionKind::Logical { .. } => self.logical_effect(expression),
            _ => {
                let mark = self.mark();
                self.operand(expression);
                self.release(mark);
            }
        }
    }

    /// The value of an expression, in a given register. What stands in the register before is not needed.
    pub fn value(&mut self, expression: &'t Expression, to: Register) {
        self.expression(expression, Want::In(to));
    }

    /// The value of an expression in some register: a local variable in its place, anything else in a new register.
    pub fn operand(&mut self, expression: &'t Expression) -> Register {
        if let Some(register) = self.local_register(expression) {
            return register;
        }
        let register = self.allocate();
        self.value(expression, register);
        register
    }

    /// As [`Self::operand`], where other operands are evaluated before the value is used: a variable that they might assign is copied.
    pub fn operand_before(&mut self, expression: &'t Expression, later: &[&'t Expression]) -> Register {
        if let ExpressionKind::Name { id, .. } = &bare(expression).kind
            && let Symbol::Variable { id, .. } = self.resolved.meanings[id.0 as usize]
            && self.variable(id).is_assigned
            && later.iter().any(|e| holds_statements(e))
        {
            let register = self.allocate();
            self.value(expression, register);
            return register;
        }
        self.operand(expression)
    }

    /// The register of a local variable that needs no cell.
    pub fn local_register(&self, expression: &Expression) -> Option<Register> {
        let ExpressionKind::Name { id, .. } = &bare(expression).kind else { return None };
        let Symbol::Variable { id, is_early: false } = self.resolved.meanings[id.0 as usize] else { return None };
        match self.locate(id)? {
            Location::Register(register) => Some(register),
            _ => None,
        }
    }

    fn value_inner(&mut self, expression: &'t Expression, to: Register) {
        let range = expression.range;
        if let Some(constant) = self.known_constant(expression) {
            self.load_constant(range, to, &constant);
            return;
        }
        let mark = self.mark();
        match &expression.kind {
            ExpressionKind::Bytes(bytes) => {
                let index = self.constant(Constant::Bytes(Rc::clone(bytes)));
                self.op_wide(range, Op::NewBytes, to, index);
            }
            ExpressionKind::Template(parts) => self.template(parts, to, range),
            ExpressionKind::Name { id, .. } => {
                let symbol = self.resolved.meanings[id.0 as usize].clone();
                self.load_symbol(range, &symbol, to);
            }
            ExpressionKind::List(elements) => self.list(elements, to, range),
            ExpressionKind::Map(pairs) => self.map(pairs, to, range),
            ExpressionKind::Unary { operator, operand } => {
                let register = self.operand(operand);
                let op = match operator {
                    UnaryOperator::Negate => Op::Negate,
                    UnaryOperator::Complement => Op::Complement,
                    UnaryOperator::Not => Op::Not,
                    // Stands in the arguments of attributes only, which are no code.
                    UnaryOperator::Dereference => Op::Move,
                };
                self.op_ab(range, op, to, register);
            }
            ExpressionKind::Binary { operator, operator_range, left, right } => {
                self.binary(*operator_range, *operator, left, right, to);
            }
            ExpressionKind::Logical { operator, left, right } => self.logical(*operator, left, right, to, range),
            ExpressionKind::Range { start, end, is_inclusive } => {
                let start = self.operand_before(start, &[end]);
                let end = self.operand(end);
                self.emit(range, Instruction::xabc(Op::NewRange, u8::from(*is_inclusive), to.0, start.0, end.0));
            }
            ExpressionKind::In { item, container, is_negated } => {
                let item = self.operand_before(item, &[container]);
                let container = self.operand(container);
                self.op_abc(range, Op::In, to, item, container);
                if *is_negated {
                    self.op_ab(range, Op::Not, to, to);
                }
            }
            ExpressionKind::Is { value, target, is_negated } => {
                let register = self.operand(value);
                self.is_type(range, to, register, target);
                if *is_negated {
                    self.op_ab(range, Op::Not, to, to);
                }
            }
            ExpressionKind::Cast { value, target } => {
                let register = self.operand(value);
                let index = self.written_type(target);
                self.emit(range, Instruction::abc(Op::Cast, to.0, register.0, index));
            }
            ExpressionKind::AddressOf(place) => self.address_of(bare(place), to, range),
            ExpressionKind::Call { .. }
            | ExpressionKind::Index { .. }
            | ExpressionKind::Slice { .. }
            | ExpressionKind::Field { .. } => self.postfix(expression, to),
            ExpressionKind::Function(function) => self.closure(function, None, to, range),
            ExpressionKind::New(node) => self.new_expression(node, to, range),
            ExpressionKind::SizeOf(target) => self.size_of(target, 0, to, range),
            ExpressionKind::AlignOf(target) => self.size_of(target, 1, to, range),
            ExpressionKind::OffsetOf { target, path } => {
                let description = self.describe_type_or_any(target);
                let index = self.narrow_type_index(description);
                let path = path.iter().map(|name| Rc::clone(&name.text)).collect();
                let path = self.needed_constant(Constant::Names(path));
                self.emit(range, Instruction::abc(Op::OffsetOf, to.0, path, index));
            }
            // The others are literals, which are known, and what `expression` sees to.
            _ => {
                self.op_a(range, Op::LoadNil, to);
            }
        }
        self.release(mark);
    }

    /// The value of what a name means.
    pub fn load_symbol(&mut self, range: SourceRange, symbol: &Symbol, to: Register) {
        match symbol {
            Symbol::Variable { id, is_early } => self.load_variable(range, *id, *is_early, to),
            Symbol::Function { slot }
            | Symbol::Module { slot }
            | Symbol::Imported { slot }
            | Symbol::ExternAlias { slot, .. }
            | Symbol::Record { slot: Some(slot), .. }
            | Symbol::Enum { slot: Some(slot), .. }
            | Symbol::TypeName { slot: Some(slot), .. }
            | Symbol::Earlier { slot, .. } => {
                self.op_wide(range, Op::LoadSlot, to, *slot);
            }
            Symbol::Record { index, slot: None } => self.load_type(range, TypeDescription::Record(*index), to),
            Symbol::Enum { index, slot: None } => self.load_type(range, TypeDescription::Enum(*index), to),
            Symbol::TypeName { index, slot: None } => {
                let description = self.describe_type_name(*index);
                self.load_type(range, description.unwrap_or_else(|| TypeDescription::Builtin("any".into())), to);
            }
            Symbol::BuiltinType(name) => self.load_type(range, TypeDescription::Builtin(Rc::clone(name)), to),
            Symbol::Builtin(name) => self.load_constant(range, to, &Constant::Builtin(Rc::clone(name))),
            Symbol::ExternVariable { index } => {
                self.op_wide(range, Op::GetExtern, to, *index);
            }
            // Constants are known; the others follow an error.
            Symbol::Constant { .. } | Symbol::EnumMember { .. } | Symbol::Unknown => {
                self.op_a(range, Op::LoadNil, to);
            }
        }
    }

    pub fn load_type(&mut self, range: SourceRange, description: TypeDescription, to: Register) {
        let index = self.type_index(description);
        self.op_wide(range, Op::LoadType, to, index);
    }

    /// The table index of a type as it is written.
    pub fn written_type(&mut self, node: &Type) -> u16 {
        let description = self.describe_type_or_any(node);
        self.narrow_type_index(description)
    }

    pub fn is_type(&mut self, range: SourceRange, to: Register, value: Register, target: &Type) {
        let index = self.written_type(target);
        self.emit(range, Instruction::abc(Op::Is, to.0, value.0, index));
    }

    fn size_of(&mut self, target: &Type, x: u8, to: Register, range: SourceRange) {
        let description = self.describe_type_or_any(target);
        let index = self.type_index(description);
        self.emit(range, Instruction::wide(Op::SizeOf, to.0, index).with_x(x));
    }

    // ------------------------------------------------------------ literals

    fn template(&mut self, parts: &'t [TemplatePart], to: Register, range: SourceRange) {
        let base = self.mark();
        let mut count = 0;
        for part in parts {
            if count == CHUNK {
                self.emit(range, Instruction::abc(Op::Concat, base, base, count as u16));
                self.release(base + 1);
                count = 1;
            }
            let register = self.allocate();
            match part {
                TemplatePart::Text(text) => self.load_constant(range, register, &Constant::String(Rc::clone(text))),
                TemplatePart::Hole { value, format: None } => self.value(value, register),
                TemplatePart::Hole { value, format: Some(format) } => {
                    let operand = self.operand(value);
                    let format = self.needed_constant(Constant::Format(format.clone()));
                    self.emit(value.range, Instruction::abc(Op::Format, register.0, operand.0, format));
                    self.release(register.0 + 1);
                }
            }
            count += 1;
        }
        self.emit(range, Instruction::abc(Op::Concat, to.0, base, count as u16));
    }

    /// The register in which a collection grows: the wanted one, unless the elements could see it.
    fn growing(&mut self, to: Register) -> Register {
        if to.0 >= self.function.visible { to } else { self.allocate() }
    }

    pub fn list(&mut self, elements: &'t [Element], to: Register, range: SourceRange) {
        let values: Vec<(bool, &Expression)> = elements.iter().map(|e| (e.is_spread, &e.value)).collect();
        self.list_of(&values, to, range);
    }

    /// A new list of values and of the elements of spread ones.
    pub fn list_of(&mut self, values: &[(bool, &'t Expression)], to: Register, range: SourceRange) {
        if values.len() <= CHUNK && values.iter().all(|(is_spread, _)| !is_spread) {
            let base = self.mark();
            for (_, value) in values {
                let register = self.allocate();
                self.value(value, register);
            }
            self.emit(range, Instruction::abc(Op::NewList, to.0, base, values.len() as u16));
            return;
        }
        let list = self.growing(to);
        let base = self.mark();
        self.emit(range, Instruction::abc(Op::NewList, list.0, base, 0));
        let mut count = 0;
        for &(is_spread, value) in values {
            if is_spread || count == CHUNK {
                if count > 0 {
                    self.emit(range, Instruction::abc(Op::ListPush, list.0, base, count as u16));
                    self.release(base);
                    count = 0;
                }
                if is_spread {
                    let register = self.operand(value);
                    self.op_ab(value.range, Op::ListExtend, list, register);
                    self.release(base);
                    continue;
                }
            }
            let register = self.allocate();
            self.value(value, register);
            count += 1;
        }
        if count > 0 {
            self.emit(range, Instruction::abc(Op::ListPush, list.0, base, count as u16));
        }
        self.release(base);
        self.move_to(range, to, list);
    }

    fn map(&mut self, pairs: &'t [(Expression, Expression)], to: Register, range: SourceRange) {
        let map = if pairs.len() > CHUNK { self.growing(to) } else { to };
        let base = self.mark();
        for (number, chunk) in pairs.chunks(CHUNK).enumerate() {
            for (key, value) in chunk {
                let register = self.allocate();
                self.value(key, register);
                let register = self.allocate();
                self.value(value, register);
            }
            let op = if number == 0 { Op::NewMap } else { Op::MapInsert };
            self.emit(range, Instruction::abc(op, map.0, base, chunk.len() as u16));
            self.release(base);
        }
        if pairs.is_empty() {
            self.emit(range, Instruction::abc(Op::NewMap, map.0, base, 0));
        }
        self.move_to(range, to, map);
    }

    // ------------------------------------------------------------ new

    fn new_expression(&mut self, node: &'t New, to: Register, range: SourceRange) {
        let arena = node.arena.as_ref().map(|arena| {
            let register = self.allocate();
            self.value(arena, register);
            register
        });
        let arguments = node.arguments.as_deref().unwrap_or(&[]);
        let (variant, operand, description) = match &node.target {
            NewTarget::One(target) => {
                let description = self.describe_type_or_any(target);
                let is_record = matches!(description, TypeDescription::Record(_));
                let is_plain = arguments.len() <= 1 && arguments.iter().all(|a| a.name.is_none() && !a.is_spread);
                if !is_record && !is_plain && !matches!(description, TypeDescription::Member { .. }) {
                    self.error("`new` of one value takes one initial value at most", range);
                    if let Some(last) = self.diagnostics.last_mut() {
                        last.help
                            .push("a struct is made by calling its type, `Point(1, 2)`, a slice by `new [n]T(…)`".to_string());
                    }
                }
                if arena.is_some() && arguments.is_empty() && !self.has_defaults(&description) {
                    (0, Register(0), description)
                } else if is_record || !is_plain {
                    // A struct is made by its constructor, with defaults and names of fields.
                    let value = if arena.is_none() && self.is_free_top(to) { to } else { self.allocate() };
                    self.load_type(target.range, description.clone(), value);
                    self.call_with(arguments, value, range);
                    if arena.is_none() {
                        self.move_to(range, to, value);
                        return;
                    }
                    (1, value, description)
                } else if let Some(argument) = arguments.first() {
                    (1, self.operand(&argument.value), description)
                } else {
                    (0, Register(0), description)
                }
            }
            NewTarget::Slice { length, element } => {
                let description = self.describe_type_or_any(element);
                if let Some(argument) = arguments.iter().find(|a| a.name.is_some()) {
                    self.error("the elements of a slice have no names", argument.value.range);
                }
                if node.arguments.is_some() {
                    let length_register = self.allocate();
                    self.value(length, length_register);
                    let list = self.allocate();
                    let values: Vec<_> = arguments.iter().map(|a| (a.is_spread, &a.value)).collect();
                    self.list_of(&values, list, range);
                    (3, length_register, description)
                } else {
                    (2, self.operand(length), description)
                }
            }
        };
        if let Some(arena) = arena {
            let index = self.narrow_type_index(description);
            self.emit(range, Instruction::xabc(Op::NewInArena, variant, arena.0, operand.0, index));
            self.move_to(range, to, arena);
            return;
        }
        match variant {
            0 => {
                let index = self.type_index(description);
                self.op_wide(range, Op::NewOne, to, index);
            }
            _ => {
                let op = match variant {
                    1 => Op::NewOneFrom,
                    2 => Op::NewSlice,
                    _ => Op::NewSliceFrom,
                };
                let index = self.narrow_type_index(description);
                self.emit(range, Instruction::abc(op, to.0, operand.0, index));
            }
        }
    }

    /// Whether a record's fields have defaults, so that a new one is not just zeroed.
    fn has_defaults(&self, description: &TypeDescription) -> bool {
        let TypeDescription::Record(index) = description else { return false };
        let members = self.resolved.tables.records[*index as usize].node.members.iter().flatten();
        members.into_iter().any(|member| matches!(member, Member::Field(field) if field.default.is_some()))
    }

    // ------------------------------------------------------------ addresses

    fn address_of(&mut self, place: &'t Expression, to: Register, range: SourceRange) {
        if let Some(Symbol::ExternVariable { index }) = self.static_symbol(place) {
            self.op_wide(range, Op::AddressOfExtern, to, index);
            return;
        }
        match &place.kind {
            ExpressionKind::Field { object, name, .. } => {
                let object = self.operand(object);
                let cache = self.cache(&name.text);
                self.emit(range, Instruction::abc(Op::AddressOfField, to.0, object.0, cache));
            }
            ExpressionKind::Index { object, index } => {
                let object = self.operand_before(object, &[index]);
                let index = self.operand(index);
                self.op_abc(range, Op::AddressOfIndex, to, object, index);
            }
            ExpressionKind::Name { id, .. } => {
                let home = match self.resolved.meanings[id.0 as usize] {
                    Symbol::Variable { id, .. } => match self.locate(id) {
                        Some(Location::Register(_) | Location::Cell(_)) | None => 1,
                        Some(Location::Captured(_) | Location::CapturedCell(_)) => 2,
                        Some(Location::Slot(_)) => 3,
                    },
                    _ => 3,
                };
                let value = self.operand(place);
                self.emit(range, Instruction::xabc(Op::AddressOfValue, home, to.0, value.0, 0));
            }
            // An error has been reported.
            _ => {
                self.op_a(range, Op::LoadNil, to);
            }
        }
    }
}

/// Whether statements stand inside an expression (outside of functions), which may assign variables.
pub(super) fn holds_statements(expression: &Expression) -> bool {
    deep(|| match &expression.kind {
        ExpressionKind::If(_) | ExpressionKind::Match(_) | ExpressionKind::Try(_) => true,
        ExpressionKind::Template(parts) => {
            parts.iter().any(|part| matches!(part, TemplatePart::Hole { value, .. } if holds_statements(value)))
        }
        ExpressionKind::List(elements) => elements.iter().any(|e| holds_statements(&e.value)),
        ExpressionKind::Map(pairs) => pairs.iter().any(|(key, value)| holds_statements(key) || holds_statements(value)),
        ExpressionKind::Unary { operand, .. } | ExpressionKind::Parenthesized(operand) | ExpressionKind::AddressOf(operand) => {
            holds_statements(operand)
        }
        ExpressionKind::Binary { left, right, .. } | ExpressionKind::Logical { left, right, .. } => {
            holds_statements(left) || holds_statements(right)
        }
        ExpressionKind::Range { start, end, .. } => holds_statements(start) || holds_statements(end),
        ExpressionKind::In { item, container, .. } => holds_statements(item) || holds_statements(container),
        ExpressionKind::Is { value, .. } | ExpressionKind::Cast { value, .. } => holds_statements(value),
        ExpressionKind::Call { callee, arguments } => {
            holds_statements(callee) || arguments.iter().any(|a| holds_statements(&a.value))
        }
        ExpressionKind::Index { object, index } => holds_statements(object) || holds_statements(index),
        ExpressionKind::Slice { object, start, end, .. } => {
            holds_statements(object) || start.iter().chain(end).any(|e| holds_statements(e))
        }
        ExpressionKind::Field { object, .. } => holds_statements(object),
        ExpressionKind::New(node) => {
            node.arena.as_ref().is_some_and(holds_statements)
                || matches!(&node.target, NewTarget::Slice { length, .. } if holds_statements(length))
                || node.arguments.iter().flatten().any(|a| holds_statements(&a.value))
        }
        ExpressionKind::Throw(value) => holds_statements(value),
        ExpressionKind::Return(value) | ExpressionKind::Yield(value) => value.as_deref().is_some_and(holds_statements),
        _ => false,
    })
}

/// Whether the code of an expression writes its register in its last step only, so that the old content can still be read before.
pub(super) fn writes_last(expression: &Expression) -> bool {
    !matches!(
        bare(expression).kind,
        ExpressionKind::If(_) | ExpressionKind::Match(_) | ExpressionKind::Try(_) | ExpressionKind::Logical { .. }
    )
}
