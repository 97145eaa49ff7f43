//! A walk over the tree, for readers that look for something in it and leave the rest alone.
//!
//! A [`Visitor`] overrides the methods of what it looks for; each of them goes on into the parts by calling the `walk_*`
//! function of the same name, or not. Parts come in the order in which they are written.

use super::tree::*;
use crate::machine_stack;

/// Looks at the nodes of a tree. What is not overridden walks on.
pub trait Visitor<'tree>: Sized {
    fn block(&mut self, block: &'tree Block) {
        walk_block(self, block);
    }

    fn statement(&mut self, statement: &'tree Statement) {
        walk_statement(self, statement);
    }

    fn binding(&mut self, binding: &'tree Binding) {
        walk_binding(self, binding);
    }

    fn function(&mut self, function: &'tree Function) {
        walk_function(self, function);
    }

    fn record(&mut self, record: &'tree Record) {
        walk_record(self, record);
    }

    fn extern_item(&mut self, item: &'tree ExternItem) {
        walk_extern_item(self, item);
    }

    fn type_node(&mut self, node: &'tree Type) {
        walk_type(self, node);
    }

    fn expression(&mut self, expression: &'tree Expression) {
        walk_expression(self, expression);
    }

    fn pattern(&mut self, pattern: &'tree Pattern) {
        walk_pattern(self, pattern);
    }
}

/// Walks over a whole file.
pub fn walk_module<'tree>(visitor: &mut impl Visitor<'tree>, module: &'tree Module) {
    for statement in &module.statements {
        visitor.statement(statement);
    }
}

pub fn walk_block<'tree>(visitor: &mut impl Visitor<'tree>, block: &'tree Block) {
    for statement in &block.statements {
        visitor.statement(statement);
    }
}

pub fn walk_statement<'tree>(visitor: &mut impl Visitor<'tree>, statement: &'tree Statement) {
    enough_stack(|| match &statement.kind {
        StatementKind::Let(declaration) => {
            visitor.binding(&declaration.target);
            declaration.annotation.iter().for_each(|node| visitor.type_node(node));
            declaration.value.iter().for_each(|value| visitor.expression(value));
        }
        StatementKind::Constant { annotation, value, .. } => {
            annotation.iter().for_each(|node| visitor.type_node(node));
            visitor.expression(value);
        }
        StatementKind::Function(function) => visitor.function(function),
        StatementKind::Record(record) => visitor.record(record),
        StatementKind::Enum(enumeration) => {
            enumeration.base.iter().for_each(|node| visitor.type_node(node));
            enumeration.members.iter().filter_map(|member| member.value.as_ref()).for_each(|value| visitor.expression(value));
        }
        StatementKind::TypeName { target, .. } => visitor.type_node(target),
        StatementKind::Extern(block) => {
            if let ExternBody::Items(items) = &block.body {
                items.iter().for_each(|item| visitor.extern_item(item));
            }
        }
        StatementKind::Import(_) | StatementKind::Error => {}
        StatementKind::Assign { target, value, .. } => {
            visitor.expression(target);
            visitor.expression(value);
        }
        StatementKind::AssignList { targets, rest, value } => {
            targets.iter().for_each(|target| visitor.expression(target));
            rest.iter().for_each(|target| visitor.expression(target));
            visitor.expression(value);
        }
        StatementKind::Expression(expression) => visitor.expression(expression),
        StatementKind::While { condition, body, .. } => {
            visitor.expression(condition);
            visitor.block(body);
        }
        StatementKind::For(repeat) => {
            visitor.binding(&repeat.first);
            repeat.second.iter().for_each(|binding| visitor.binding(binding));
            visitor.expression(&repeat.iterable);
            visitor.block(&repeat.body);
        }
        StatementKind::Block(block) => visitor.block(block),
        StatementKind::Defer(inner) => visitor.statement(inner),
    });
}

pub fn walk_binding<'tree>(visitor: &mut impl Visitor<'tree>, binding: &'tree Binding) {
    if let Binding::List { items, .. } = binding {
        enough_stack(|| items.iter().for_each(|item| visitor.binding(item)));
    }
}

pub fn walk_function<'tree>(visitor: &mut impl Visitor<'tree>, function: &'tree Function) {
    for parameter in &function.parameters {
        parameter.annotation.iter().for_each(|node| visitor.type_node(node));
        parameter.default.iter().for_each(|value| visitor.expression(value));
    }
    function.result.iter().for_each(|node| visitor.type_node(node));
    match &function.body {
        FunctionBody::Block(block) => visitor.block(block),
        FunctionBody::Expression(value) => visitor.expression(value),
    }
}

pub fn walk_record<'tree>(visitor: &mut impl Visitor<'tree>, record: &'tree Record) {
    walk_attributes(visitor, &record.attributes);
    enough_stack(|| {
        for member in record.members.iter().flatten() {
            match member {
                Member::Field(field) => {
                    field.annotation.iter().for_each(|node| visitor.type_node(node));
                    field.bits.iter().for_each(|bits| visitor.expression(bits));
                    field.default.iter().for_each(|value| visitor.expression(value));
                }
                Member::Embedded { target, .. } => visitor.type_node(target),
                Member::Anonymous(inner) => visitor.record(inner),
                Member::Method(function) => visitor.function(function),
            }
        }
    });
}

pub fn walk_extern_item<'tree>(visitor: &mut impl Visitor<'tree>, item: &'tree ExternItem) {
    match item {
        ExternItem::Function(function) => {
            walk_attributes(visitor, &function.attributes);
            for parameter in &function.parameters {
                walk_attributes(visitor, &parameter.attributes);
                visitor.type_node(&parameter.target);
            }
            function.result.iter().for_each(|node| visitor.type_node(node));
        }
        ExternItem::Variable { attributes, target, .. } => {
            walk_attributes(visitor, attributes);
            visitor.type_node(target);
        }
        ExternItem::Declaration(statement) => visitor.statement(statement),
    }
}

fn walk_attributes<'tree>(visitor: &mut impl Visitor<'tree>, attributes: &'tree [Attribute]) {
    for argument in attributes.iter().flat_map(|attribute| &attribute.arguments) {
        visitor.expression(&argument.value);
    }
}

pub fn walk_type<'tree>(visitor: &mut impl Visitor<'tree>, node: &'tree Type) {
    enough_stack(|| match &node.kind {
        TypeKind::Name { .. } | TypeKind::Error => {}
        TypeKind::Pointer { target, .. } | TypeKind::Slice(target) | TypeKind::Nilable(target) => visitor.type_node(target),
        TypeKind::Array { length, element } => {
            visitor.expression(length);
            visitor.type_node(element);
        }
        TypeKind::Function { parameters, result, .. } => {
            parameters.iter().for_each(|parameter| visitor.type_node(parameter));
            result.iter().for_each(|result| visitor.type_node(result));
        }
    });
}

pub fn walk_expression<'tree>(visitor: &mut impl Visitor<'tree>, expression: &'tree Expression) {
    enough_stack(|| walk_expression_parts(visitor, &expression.kind));
}

fn walk_expression_parts<'tree>(visitor: &mut impl Visitor<'tree>, kind: &'tree ExpressionKind) {
    use ExpressionKind::*;
    match kind {
        Nil | Bool(_) | Int(_) | Float(_) | String(_) | Bytes(_) | Name { .. } | Break(_) | Continue(_) | Error => {}
        Template(parts) => {
            for part in parts {
                if let TemplatePart::Hole { value, .. } = part {
                    visitor.expression(value);
                }
            }
        }
        List(elements) => elements.iter().for_each(|element| visitor.expression(&element.value)),
        Map(pairs) => {
            for (key, value) in pairs {
                visitor.expression(key);
                visitor.expression(value);
            }
        }
        Unary { operand, .. } => visitor.expression(operand),
        Binary { left, right, .. } | Logical { left, right, .. } => {
            visitor.expression(left);
            visitor.expression(right);
        }
        Range { start, end, .. } => {
            visitor.expression(start);
            visitor.expression(end);
        }
        In { item, container, .. } => {
            visitor.expression(item);
            visitor.expression(container);
        }
        Is { value, target, .. } | Cast { value, target } => {
            visitor.expression(value);
            visitor.type_node(target);
        }
        Call { callee, arguments } => {
            visitor.expression(callee);
            arguments.iter().for_each(|argument| visitor.expression(&argument.value));
        }
        Index { object, index } => {
            visitor.expression(object);
            visitor.expression(index);
        }
        Slice { object, start, end, .. } => {
            visitor.expression(object);
            start.iter().for_each(|start| visitor.expression(start));
            end.iter().for_each(|end| visitor.expression(end));
        }
        AddressOf(inner) | Parenthesized(inner) | Throw(inner) => visitor.expression(inner),
        Field { object, .. } => visitor.expression(object),
        Function(function) => visitor.function(function),
        If(choice) => {
            for (condition, block) in &choice.arms {
                visitor.expression(condition);
                visitor.block(block);
            }
            choice.otherwise.iter().for_each(|block| visitor.block(block));
        }
        Match(choice) => {
            visitor.expression(&choice.subject);
            for arm in &choice.arms {
                visitor.pattern(&arm.pattern);
                arm.guard.iter().for_each(|guard| visitor.expression(guard));
                match &arm.body {
                    ArmBody::Expression(value) => visitor.expression(value),
                    ArmBody::Block(block) => visitor.block(block),
                    ArmBody::Statement(statement) => visitor.statement(statement),
                }
            }
        }
        Try(attempt) => {
            visitor.block(&attempt.body);
            for catch in &attempt.catches {
                catch.guard.iter().for_each(|guard| visitor.expression(guard));
                visitor.block(&catch.body);
            }
            attempt.finally.iter().for_each(|block| visitor.block(block));
        }
        New(new) => {
            new.arena.iter().for_each(|arena| visitor.expression(arena));
            match &new.target {
                NewTarget::One(target) => visitor.type_node(target),
                NewTarget::Slice { length, element } => {
                    visitor.expression(length);
                    visitor.type_node(element);
                }
            }
            new.arguments.iter().flatten().for_each(|argument| visitor.expression(&argument.value));
        }
        SizeOf(target) | AlignOf(target) | OffsetOf { target, .. } => visitor.type_node(target),
        Return(value) | Yield(value) => value.iter().for_each(|value| visitor.expression(value)),
    }
}

pub fn walk_pattern<'tree>(visitor: &mut impl Visitor<'tree>, pattern: &'tree Pattern) {
    enough_stack(|| match &pattern.kind {
        PatternKind::Wildcard | PatternKind::Bind(_) | PatternKind::Error => {}
        PatternKind::Literal(value) | PatternKind::Constant(value) => visitor.expression(value),
        PatternKind::Range { start, end, .. } => {
            visitor.expression(start);
            visitor.expression(end);
        }
        PatternKind::List { items, .. } | PatternKind::Alternatives(items) => {
            items.iter().for_each(|item| visitor.pattern(item));
        }
        PatternKind::Map(pairs) => {
            for (key, value) in pairs {
                visitor.expression(key);
                visitor.pattern(value);
            }
        }
        PatternKind::Record { target, fields } => {
            visitor.type_node(target);
            fields.iter().filter_map(|(_, pattern)| pattern.as_ref()).for_each(|pattern| visitor.pattern(pattern));
        }
        PatternKind::Is { target, .. } => visitor.type_node(target),
    });
}

fn enough_stack<T>(work: impl FnOnce() -> T) -> T {
    machine_stack::with_room(64 * 1024, 1024 * 1024, work)
}
