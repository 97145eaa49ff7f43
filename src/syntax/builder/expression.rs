//! Expressions.

use super::*;
use ExpressionKind as E;

impl<'source> Builder<'source> {
    /// A node without parts.
    pub fn leaf(&mut self, start: u32, end: u32, kind: ExpressionKind) -> Box<Expression> {
        Box::new(Expression { range: self.range(start, end), depth: 1, kind })
    }

    pub fn name_expression(&mut self, start: u32, end: u32) -> Box<Expression> {
        let text = self.slice(start, end);
        let name = self.intern(text);
        let id = self.next_id();
        self.leaf(start, end, E::Name { name, id })
    }

    pub fn integer(&mut self, start: u32, end: u32, index: u32) -> Box<Expression> {
        let value = self.literals.integers[index as usize];
        self.leaf(start, end, E::Int(value))
    }

    pub fn float(&mut self, start: u32, end: u32, index: u32) -> Box<Expression> {
        let value = self.literals.floats[index as usize];
        self.leaf(start, end, E::Float(value))
    }

    pub fn string(&mut self, start: u32, end: u32, index: u32) -> Box<Expression> {
        let value = self.string_value(index);
        self.leaf(start, end, E::String(value))
    }

    pub fn string_value(&self, index: u32) -> Rc<str> {
        Rc::clone(&self.literals.strings[index as usize])
    }

    pub fn bytes(&mut self, start: u32, end: u32, index: u32) -> Box<Expression> {
        let value = Rc::clone(&self.literals.bytes[index as usize]);
        self.leaf(start, end, E::Bytes(value))
    }

    pub fn template_text(&mut self, index: u32) -> Box<TemplatePart> {
        Box::new(TemplatePart::Text(self.string_value(index)))
    }

    /// `format` is one more than an index, or 0.
    pub fn hole(&mut self, value: Box<Expression>, format: u32) -> Box<TemplatePart> {
        let format = format.checked_sub(1).map(|index| self.literals.formats[index as usize].clone());
        Box::new(TemplatePart::Hole { value: *value, format })
    }

    pub fn template(&mut self, start: u32, end: u32, parts: Vec<Box<TemplatePart>>) -> Box<Expression> {
        let mut parts = unbox(parts);
        parts.retain(|part| !matches!(part, TemplatePart::Text(text) if text.is_empty()));
        let depth = above(parts.iter().map(|part| match part {
            TemplatePart::Text(_) => 0,
            TemplatePart::Hole { value, .. } => value.depth,
        }));
        let range = self.range(start, end);
        self.expression(range, depth, E::Template(parts))
    }

    pub fn parenthesized(&mut self, start: u32, end: u32, inner: Box<Expression>) -> Box<Expression> {
        let range = self.range(start, end);
        self.expression(range, inner.depth + 1, E::Parenthesized(inner))
    }

    pub fn list(&mut self, start: u32, end: u32, elements: Vec<Box<Element>>) -> Box<Expression> {
        let elements = unbox(elements);
        let range = self.range(start, end);
        let depth = above(elements.iter().map(|element| element.value.depth));
        self.expression(range, depth, E::List(elements))
    }

    pub fn map(&mut self, start: u32, end: u32, pairs: Vec<(Box<Expression>, Box<Expression>)>) -> Box<Expression> {
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (*key, *value)).collect();
        let range = self.range(start, end);
        let depth = above(pairs.iter().map(|(key, value)| key.depth.max(value.depth)));
        self.expression(range, depth, E::Map(pairs))
    }

    // ---------------------------------------------------------------- operators

    /// An operand behind a sign or word.
    pub fn prefixed(
        &mut self,
        start: u32,
        operand: Box<Expression>,
        make: fn(Box<Expression>) -> ExpressionKind,
    ) -> Box<Expression> {
        let range = SourceRange::new(self.base + start, operand.range.end);
        let depth = operand.depth + 1;
        self.expression(range, depth, make(operand))
    }

    /// `return` and `yield`, whose operand may be missing.
    pub fn jump(
        &mut self,
        start: u32,
        end: u32,
        operand: Option<Box<Expression>>,
        make: fn(Option<Box<Expression>>) -> ExpressionKind,
    ) -> Box<Expression> {
        let range = self.range(start, end);
        let depth = depth_of(&operand) + 1;
        self.expression(range, depth, make(operand))
    }

    pub fn operator(&mut self, start: u32, operator: UnaryOperator, operand: Box<Expression>) -> Box<Expression> {
        let range = SourceRange::new(self.base + start, operand.range.end);
        let depth = operand.depth + 1;
        self.expression(range, depth, E::Unary { operator, operand })
    }

    pub fn binary(
        &mut self,
        left: Box<Expression>,
        operator: BinaryOperator,
        start: u32,
        end: u32,
        right: Box<Expression>,
    ) -> Box<Expression> {
        let range = left.range.to(right.range);
        let depth = above([left.depth, right.depth]);
        let operator_range = self.range(start, end);
        self.expression(range, depth, E::Binary { operator, operator_range, left, right })
    }

    pub fn logical(&mut self, left: Box<Expression>, operator: LogicalOperator, right: Box<Expression>) -> Box<Expression> {
        let range = left.range.to(right.range);
        let depth = above([left.depth, right.depth]);
        self.expression(range, depth, E::Logical { operator, left, right })
    }

    pub fn comparison(
        &mut self,
        left: Box<Expression>,
        operator: BinaryOperator,
        start: u32,
        end: u32,
        right: Box<Expression>,
    ) -> Box<Expression> {
        if self.chains(&left, start, end) {
            return self.failed(left.range.to(right.range));
        }
        self.binary(left, operator, start, end, right)
    }

    pub fn membership(
        &mut self,
        item: Box<Expression>,
        start: u32,
        end: u32,
        is_negated: bool,
        container: Box<Expression>,
    ) -> Box<Expression> {
        let range = item.range.to(container.range);
        if self.chains(&item, start, end) {
            return self.failed(range);
        }
        let depth = above([item.depth, container.depth]);
        self.expression(range, depth, E::In { item, container, is_negated })
    }

    pub fn type_test(
        &mut self,
        value: Box<Expression>,
        start: u32,
        end: u32,
        is_negated: bool,
        target: Box<Type>,
    ) -> Box<Expression> {
        let range = value.range.to(target.range);
        if self.chains(&value, start, end) {
            return self.failed(range);
        }
        self.check_closed_type(&target);
        let depth = above([value.depth, target.depth]);
        self.expression(range, depth, E::Is { value, target: *target, is_negated })
    }

    fn failed(&mut self, range: SourceRange) -> Box<Expression> {
        Box::new(Expression { range, depth: 1, kind: E::Error })
    }

    /// `a < b < c`: whether the left side of a comparison is one itself. The whole chain becomes one error node, reported once.
    fn chains(&mut self, left: &Expression, start: u32, end: u32) -> bool {
        let first = match &left.kind {
            E::Binary { operator, operator_range, .. } if is_comparison(*operator) => Some(*operator_range),
            E::In { .. } | E::Is { .. } => None,
            E::Error => return true,
            _ => return false,
        };
        let mut diagnostic = Diagnostic::syntax("comparisons do not chain", self.range(start, end))
            .with_label("this compares the result of a comparison")
            .with_help("write `a < b and b < c`, or put one of the comparisons in parentheses");
        if let Some(first) = first {
            diagnostic = diagnostic.with_secondary(first, "the first comparison");
        }
        self.report(diagnostic);
        true
    }

    pub fn range_expression(&mut self, start: Box<Expression>, end: Box<Expression>, is_inclusive: bool) -> Box<Expression> {
        let range = start.range.to(end.range);
        let depth = above([start.depth, end.depth]);
        self.expression(range, depth, E::Range { start, end, is_inclusive })
    }

    pub fn cast(&mut self, value: Box<Expression>, target: Box<Type>) -> Box<Expression> {
        let range = value.range.to(target.range);
        let depth = above([value.depth, target.depth]);
        self.expression(range, depth, E::Cast { value, target: *target })
    }

    pub fn address_of(&mut self, start: u32, place: Box<Expression>) -> Box<Expression> {
        self.prefixed(start, place, E::AddressOf)
    }

    // ---------------------------------------------------------------- postfix

    pub fn member(&mut self, object: Box<Expression>, name: Name, is_safe: bool) -> Box<Expression> {
        let range = object.range.to(name.range);
        let depth = object.depth + 1;
        self.expression(range, depth, E::Field { object, name, is_safe })
    }

    pub fn argument(&mut self, name: Option<Name>, is_spread: bool, value: Box<Expression>) -> Box<Argument> {
        Box::new(Argument { name, is_spread, value: *value })
    }

    pub fn call(&mut self, callee: Box<Expression>, arguments: Vec<Box<Argument>>, end: u32) -> Box<Expression> {
        let arguments = self.checked_arguments(arguments);
        let range = SourceRange::new(callee.range.start, self.base + end);
        let depth = above([callee.depth, arguments_depth(&arguments)]);
        self.expression(range, depth, E::Call { callee, arguments })
    }

    /// Positional arguments stand before named ones.
    pub fn checked_arguments(&mut self, arguments: Vec<Box<Argument>>) -> Vec<Argument> {
        let arguments = unbox(arguments);
        let first_named = arguments.iter().position(|argument| argument.name.is_some());
        if let Some(at) = first_named
            && let Some(late) = arguments[at..].iter().find(|argument| argument.name.is_none())
            && let Some(name) = &arguments[at].name
        {
            self.report(
                Diagnostic::syntax("a positional argument stands behind a named one", late.value.range)
                    .with_secondary(name.range, "the named arguments begin here")
                    .with_help("put the positional arguments first, or name this one too"),
            );
        }
        arguments
    }

    pub fn index(&mut self, object: Box<Expression>, index: Box<Expression>, end: u32) -> Box<Expression> {
        let Expression { range: index_range, depth: index_depth, kind } = *index;
        match kind {
            E::Range { start, end: last, is_inclusive } => self.slice_of(object, Some(start), Some(last), is_inclusive, end),
            kind => {
                let index = Box::new(Expression { range: index_range, depth: index_depth, kind });
                let range = SourceRange::new(object.range.start, self.base + end);
                let depth = above([object.depth, index.depth]);
                self.expression(range, depth, E::Index { object, index })
            }
        }
    }

    /// `a[i..j]` and its shorter forms.
    pub fn slice_of(
        &mut self,
        object: Box<Expression>,
        start: Option<Box<Expression>>,
        end: Option<Box<Expression>>,
        is_inclusive: bool,
        close: u32,
    ) -> Box<Expression> {
        let range = SourceRange::new(object.range.start, self.base + close);
        let depth = above([object.depth, depth_of(&start), depth_of(&end)]);
        self.expression(range, depth, E::Slice { object, start, end, is_inclusive })
    }

    // ---------------------------------------------------------------- with blocks

    pub fn anonymous_function(
        &mut self,
        start: u32,
        end: u32,
        header_end: u32,
        parameters: Vec<Box<Parameter>>,
        result: Option<Box<Type>>,
        body: FunctionPart,
    ) -> Box<Expression> {
        let function = self.function(start, end, header_end, None, parameters, result, body);
        let range = self.range(start, end);
        let depth = function.depth() + 1;
        self.expression(range, depth, E::Function(function))
    }

    pub fn if_expression(
        &mut self,
        start: u32,
        end: u32,
        first: (Box<Expression>, Box<Block>),
        more: Vec<(Box<Expression>, Box<Block>)>,
        otherwise: Option<Box<Block>>,
    ) -> Box<Expression> {
        let arms: Vec<_> = std::iter::once(first).chain(more).map(|(condition, block)| (*condition, *block)).collect();
        let depth = above(arms.iter().map(|(condition, block)| condition.depth.max(block.depth)).chain([depth_of(&otherwise)]));
        let range = self.range(start, end);
        self.expression(range, depth, E::If(Box::new(If { arms, otherwise: unbox_option(otherwise) })))
    }

    pub fn match_expression(
        &mut self,
        start: u32,
        end: u32,
        subject: Box<Expression>,
        arms: Vec<Option<Box<Arm>>>,
    ) -> Box<Expression> {
        let arms: Vec<Arm> = arms.into_iter().flatten().map(|arm| *arm).collect();
        let arm_depth = |arm: &Arm| {
            let body = match &arm.body {
                ArmBody::Expression(expression) => expression.depth,
                ArmBody::Block(block) => block.depth,
                ArmBody::Statement(statement) => statement.depth,
            };
            body.max(arm.pattern.depth).max(depth_of(&arm.guard))
        };
        let depth = above(arms.iter().map(arm_depth).chain([subject.depth]));
        let range = self.range(start, end);
        self.expression(range, depth, E::Match(Box::new(Match { subject: *subject, arms })))
    }

    pub fn arm(
        &mut self,
        start: u32,
        end: u32,
        pattern: Box<Pattern>,
        guard: Option<Box<Expression>>,
        body: Box<ArmBody>,
    ) -> Option<Box<Arm>> {
        let range = self.range(start, end);
        Some(Box::new(Arm { pattern: *pattern, guard: unbox_option(guard), body: *body, range }))
    }

    pub fn arm_body(&mut self, statement: Box<Statement>) -> Box<ArmBody> {
        Box::new(match statement.kind {
            StatementKind::Expression(expression) => ArmBody::Expression(expression),
            _ => ArmBody::Statement(statement),
        })
    }

    pub fn try_expression(
        &mut self,
        start: u32,
        end: u32,
        body: Box<Block>,
        catches: Vec<Box<Catch>>,
        finally: Option<Box<Block>>,
    ) -> Box<Expression> {
        let catches = unbox(catches);
        if catches.is_empty() && finally.is_none() {
            let range = self.range(start, start + 3);
            self.report(
                Diagnostic::syntax("a `try` needs a `catch` or a `finally`", range).with_help("write `try { … } catch e { … }`"),
            );
        }
        let depth = above(catches.iter().map(|c| c.body.depth.max(depth_of(&c.guard))).chain([body.depth, depth_of(&finally)]));
        let range = self.range(start, end);
        self.expression(range, depth, E::Try(Box::new(Try { body: *body, catches, finally: unbox_option(finally) })))
    }

    pub fn catch(
        &mut self,
        start: u32,
        end: u32,
        name: Option<Name>,
        guard: Option<Box<Expression>>,
        body: Box<Block>,
    ) -> Box<Catch> {
        Box::new(Catch { name, guard: unbox_option(guard), body: *body, range: self.range(start, end) })
    }

    // ---------------------------------------------------------------- memory

    pub fn new_expression(
        &mut self,
        start: u32,
        end: u32,
        arena: Option<Box<Expression>>,
        target: Box<NewTarget>,
        arguments: Option<Vec<Box<Argument>>>,
    ) -> Box<Expression> {
        let arguments = arguments.map(|arguments| self.checked_arguments(arguments));
        let target_depth = match &*target {
            NewTarget::One(one) => one.depth,
            NewTarget::Slice { length, element } => length.depth.max(element.depth),
        };
        let depth = above([depth_of(&arena), target_depth, arguments.as_deref().map_or(0, arguments_depth)]);
        let range = self.range(start, end);
        self.expression(range, depth, E::New(Box::new(New { arena: unbox_option(arena), target: *target, arguments })))
    }

    pub fn size_of(&mut self, start: u32, end: u32, target: Box<Type>) -> Box<Expression> {
        let range = self.range(start, end);
        self.expression(range, target.depth + 1, E::SizeOf(*target))
    }

    pub fn align_of(&mut self, start: u32, end: u32, target: Box<Type>) -> Box<Expression> {
        let range = self.range(start, end);
        self.expression(range, target.depth + 1, E::AlignOf(*target))
    }

    pub fn offset_of(&mut self, start: u32, end: u32, target: Box<Type>, path: Vec<Name>) -> Box<Expression> {
        let range = self.range(start, end);
        self.expression(range, target.depth + 1, E::OffsetOf { target: *target, path })
    }
}

pub(super) fn is_comparison(operator: BinaryOperator) -> bool {
    use BinaryOperator::*;
    matches!(operator, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
}
