//! Resolving expressions, types and patterns.

use super::resolve::{Resolver, deep, is_type};
use super::scope::{Scope, Surrounding};
use super::symbol::{EarlierKind, Symbol, VariableKind};
use crate::nearest::nearest_name;
use crate::source::SourceRange;
use crate::syntax::tree::{
    ArmBody, Expression, ExpressionKind, Name, NewTarget, Pattern, PatternKind, TemplatePart, Type, TypeKind, UnaryOperator,
};

impl<'t> Resolver<'t, '_> {
    pub fn expression(&mut self, expression: &'t Expression) {
        deep(|| self.expression_inner(expression));
    }

    fn expressions(&mut self, expressions: impl IntoIterator<Item = &'t Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression_inner(&mut self, expression: &'t Expression) {
        match &expression.kind {
            ExpressionKind::Nil
            | ExpressionKind::Bool(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::String(_)
            | ExpressionKind::Bytes(_) => {}
            ExpressionKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Hole { value, .. } = part {
                        self.expression(value);
                    }
                }
            }
            ExpressionKind::Name { name, id } => match self.find(name) {
                Some(symbol) => self.meanings[id.0 as usize] = symbol,
                None => self.report_undefined(name, expression.range),
            },
            ExpressionKind::List(elements) => self.expressions(elements.iter().map(|e| &e.value)),
            ExpressionKind::Map(pairs) => self.expressions(pairs.iter().flat_map(|(key, value)| [key, value])),
            ExpressionKind::Unary { operand, .. } | ExpressionKind::Parenthesized(operand) | ExpressionKind::Throw(operand) => {
                self.expression(operand);
            }
            ExpressionKind::Binary { left, right, .. } | ExpressionKind::Logical { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Range { start, end, .. } => {
                self.expression(start);
                self.expression(end);
            }
            ExpressionKind::In { item, container, .. } => {
                self.expression(item);
                self.expression(container);
            }
            ExpressionKind::Is { value, target, .. } | ExpressionKind::Cast { value, target } => {
                self.expression(value);
                self.type_name(target);
            }
            ExpressionKind::AddressOf(place) => self.address_of(place),
            ExpressionKind::Call { callee, arguments } => {
                self.expression(callee);
                self.expressions(arguments.iter().map(|a| &a.value));
            }
            ExpressionKind::Index { object, index } => {
                self.expression(object);
                self.expression(index);
            }
            ExpressionKind::Slice { object, start, end, .. } => {
                self.expression(object);
                self.expressions(start.iter().chain(end).map(|e| &**e));
            }
            ExpressionKind::Field { object, name, .. } => {
                self.expression(object);
                self.check_member(object, name);
            }
            ExpressionKind::Function(function) => self.function(function),
            ExpressionKind::If(node) => {
                for (condition, block) in &node.arms {
                    self.expression(condition);
                    self.block(block);
                }
                if let Some(otherwise) = &node.otherwise {
                    self.block(otherwise);
                }
            }
            ExpressionKind::Match(node) => {
                self.expression(&node.subject);
                for arm in &node.arms {
                    self.scopes.push(Scope::new(self.current));
                    self.pattern(&arm.pattern, false);
                    self.expressions(&arm.guard);
                    match &arm.body {
                        ArmBody::Expression(value) => self.expression(value),
                        ArmBody::Block(block) => self.block(block),
                        ArmBody::Statement(statement) => self.statement(statement, false),
                    }
                    self.scopes.pop();
                }
            }
            ExpressionKind::Try(node) => {
                self.block(&node.body);
                for catch in &node.catches {
                    self.scopes.push(Scope::new(self.current));
                    if let Some(name) = &catch.name {
                        self.declare(name, VariableKind::Bound, None);
                    }
                    self.expressions(&catch.guard);
                    self.block(&catch.body);
                    self.scopes.pop();
                }
                if let Some(finally) = &node.finally {
                    self.surroundings.push(Surrounding::Cleanup { word: "finally" });
                    self.block(finally);
                    self.surroundings.pop();
                }
            }
            ExpressionKind::New(node) => {
                self.expressions(&node.arena);
                match &node.target {
                    NewTarget::One(target) => self.type_name(target),
                    NewTarget::Slice { length, element } => {
                        self.expression(length);
                        self.type_name(element);
                    }
                }
                self.expressions(node.arguments.iter().flatten().map(|a| &a.value));
            }
            ExpressionKind::SizeOf(target) | ExpressionKind::AlignOf(target) => self.type_name(target),
            ExpressionKind::OffsetOf { target, .. } => self.type_name(target),
            ExpressionKind::Return(value) => {
                self.check_leaves_function("return", expression.range);
                self.expressions(value.as_deref());
            }
            ExpressionKind::Yield(value) => {
                if self.check_leaves_function("yield", expression.range) {
                    self.functions[self.current.0 as usize].is_generator = true;
                }
                self.expressions(value.as_deref());
            }
            ExpressionKind::Break(label) => self.check_leaves_loop("break", label.as_ref(), expression.range),
            ExpressionKind::Continue(label) => self.check_leaves_loop("continue", label.as_ref(), expression.range),
            ExpressionKind::Error => self.has_unread_parts = true,
        }
    }

    fn address_of(&mut self, place: &'t Expression) {
        let mut at = place;
        while let ExpressionKind::Parenthesized(inner) = &at.kind {
            at = inner;
        }
        self.expression(at);
        let help = "a field (`&p.x`), an element (`&xs[i]`) or a variable has an address; `new T` makes a place";
        match &at.kind {
            ExpressionKind::Field { object, is_safe, .. } if *is_safe || object.has_safe_step() => {
                self.error("an address cannot be taken through `?.`", place.range);
            }
            ExpressionKind::Index { object, .. } if object.has_safe_step() => {
                self.error("an address cannot be taken through `?.`", place.range);
            }
            ExpressionKind::Field { .. } | ExpressionKind::Index { .. } | ExpressionKind::Error => {}
            ExpressionKind::Name { id, .. } => {
                let symbol = &self.meanings[id.0 as usize];
                let is_place = matches!(
                    symbol,
                    Symbol::Variable { .. }
                        | Symbol::ExternVariable { .. }
                        | Symbol::Imported { .. }
                        | Symbol::Unknown
                        | Symbol::Earlier { kind: EarlierKind::Let | EarlierKind::Var | EarlierKind::Imported, .. }
                );
                if !is_place {
                    self.error_with_help("`&` needs a place", place.range, help);
                }
            }
            _ => self.error_with_help("`&` needs a place", place.range, help),
        }
    }

    /// A name behind an alias of an extern block, or of an enum, is known here already.
    fn check_member(&mut self, object: &Expression, member: &Name) {
        let ExpressionKind::Name { id, name } = &object.kind else { return };
        if let Symbol::ExternAlias { block, .. } = self.meanings[id.0 as usize] {
            let names = &self.tables.blocks[block as usize].names;
            if !names.contains_key(&member.text) {
                let nearest = nearest_name(&member.text, names.keys().map(|k| &**k)).map(str::to_string);
                self.error(format!("`{name}` declares no `{}`", member.text), member.range);
                if let (Some(nearest), Some(last)) = (nearest, self.diagnostics.last_mut()) {
                    last.help.push(format!("did you mean `{nearest}`?"));
                }
            }
        }
    }

    // ------------------------------------------------------------ leaving

    /// `return` and `yield`; whether they may stand here.
    fn check_leaves_function(&mut self, word: &str, range: SourceRange) -> bool {
        for surrounding in self.surroundings.iter().rev() {
            match surrounding {
                Surrounding::Function => return true,
                Surrounding::Outside => {
                    // Where the header of a function could not be read, this says nothing new.
                    if !self.has_unread_parts {
                        self.error(format!("`{word}` outside a function"), range);
                    }
                    return false;
                }
                Surrounding::Cleanup { word: cleanup } => {
                    let message = format!("`{word}` cannot leave a `{cleanup}`");
                    self.error(message, range);
                    return false;
                }
                Surrounding::Loop { .. } => {}
            }
        }
        false
    }

    fn check_leaves_loop(&mut self, word: &str, label: Option<&Name>, range: SourceRange) {
        let mut labels = Vec::new();
        let mut left = None;
        for surrounding in self.surroundings.iter().rev() {
            match surrounding {
                Surrounding::Loop { label: found } => {
                    let is_meant = label.is_none_or(|label| found.as_ref() == Some(&label.text));
                    if is_meant {
                        if let Some(cleanup) = left {
                            self.error(format!("`{word}` cannot leave a `{cleanup}`"), range);
                        }
                        return;
                    }
                    labels.extend(found.clone());
                }
                Surrounding::Cleanup { word } => left = left.or(Some(*word)),
                Surrounding::Function | Surrounding::Outside => break,
            }
        }
        match label {
            None => self.error(format!("`{word}` outside a loop"), range),
            Some(label) => {
                self.error(format!("no enclosing loop has the label `{}`", label.text), label.range);
                let nearest = nearest_name(&label.text, labels.iter().map(|l| &**l)).map(str::to_string);
                if let (Some(nearest), Some(last)) = (nearest, self.diagnostics.last_mut()) {
                    last.help.push(format!("did you mean `{nearest}`?"));
                }
            }
        }
    }

    // ------------------------------------------------------------ types

    pub fn type_name(&mut self, node: &'t Type) {
        deep(|| match &node.kind {
            TypeKind::Name { path, id } => {
                let Some(first) = path.first() else { return };
                match self.find_type(&first.text) {
                    None => self.report_unknown_type(&first.text, first.range),
                    Some(symbol) => {
                        if self.check_is_type(&symbol, path, node.range) {
                            self.meanings[id.0 as usize] = symbol;
                        }
                    }
                }
            }
            TypeKind::Pointer { target, .. } => self.type_name(target),
            TypeKind::Slice(element) | TypeKind::Nilable(element) => self.type_name(element),
            TypeKind::Array { length, element } => {
                self.expression(length);
                self.type_name(element);
            }
            TypeKind::Function { parameters, result, .. } => {
                for parameter in parameters {
                    self.type_name(parameter);
                }
                if let Some(result) = result {
                    self.type_name(result);
                }
            }
            TypeKind::Error => self.has_unread_parts = true,
        });
    }

    fn check_is_type(&mut self, symbol: &Symbol, path: &'t [Name], range: SourceRange) -> bool {
        let first = &path[0];
        let what = match symbol {
            Symbol::ExternAlias { block, .. } if path.len() > 1 => {
                let names = &self.tables.blocks[*block as usize].names;
                if path.len() == 2 && names.get(&path[1].text).is_some_and(|(symbol, _)| is_type(symbol)) {
                    return true;
                }
                let types = names.iter().filter(|(_, (symbol, _))| is_type(symbol)).map(|(name, _)| &**name);
                let nearest = nearest_name(&path[1].text, types).map(str::to_string);
                self.error(format!("`{}` declares no type `{}`", first.text, path[1].text), path[1].range);
                if let (Some(nearest), Some(last)) = (nearest, self.diagnostics.last_mut()) {
                    last.help.push(format!("did you mean `{nearest}`?"));
                }
                return false;
            }
            Symbol::Module { .. } | Symbol::Earlier { kind: EarlierKind::Module, .. } if path.len() > 1 => return true,
            Symbol::Imported { .. } | Symbol::Earlier { kind: EarlierKind::Imported, .. } => return true,
            symbol if is_type(symbol) => {
                if path.len() == 1 {
                    return true;
                }
                self.error(format!("`{}` is a type and has no types behind it", first.text), range);
                return false;
            }
            Symbol::Unknown => return false,
            Symbol::Variable { .. }
            | Symbol::ExternVariable { .. }
            | Symbol::Earlier { kind: EarlierKind::Let | EarlierKind::Var, .. } => "a variable",
            Symbol::Function { .. } | Symbol::Builtin(_) | Symbol::Earlier { kind: EarlierKind::Function, .. } => "a function",
            Symbol::Module { .. } | Symbol::Earlier { kind: EarlierKind::Module, .. } => "a module",
            Symbol::ExternAlias { .. } => "a library",
            _ => "a constant",
        };
        self.error(format!("expected a type, but `{}` is {what}", first.text), range);
        let help = match super::foreign_name::help_for_type(&first.text) {
            Some(help) => Some(help.to_string()),
            None if what == "a variable" && path.len() == 1 => {
                Some(format!("write the name of a type; which one `{}` has, `type({0})` tells", first.text))
            }
            None => None,
        };
        if let (Some(help), Some(last)) = (help, self.diagnostics.last_mut()) {
            last.help.push(help);
        }
        false
    }

    // ------------------------------------------------------------ patterns

    pub fn pattern(&mut self, pattern: &'t Pattern, is_alternative: bool) {
        deep(|| match &pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Bind(name) => self.bind(name, is_alternative),
            PatternKind::Literal(value) | PatternKind::Constant(value) => self.expression(value),
            PatternKind::Range { start, end, .. } => {
                self.expression(start);
                self.expression(end);
            }
            PatternKind::List { items, rest } => {
                for item in items {
                    self.pattern(item, is_alternative);
                }
                if let Some(Some(rest)) = rest {
                    self.bind(rest, is_alternative);
                }
            }
            PatternKind::Map(pairs) => {
                for (key, value) in pairs {
                    self.expression(key);
                    self.pattern(value, is_alternative);
                }
            }
            PatternKind::Record { target, fields } => {
                self.type_name(target);
                for (name, value) in fields {
                    match value {
                        Some(value) => self.pattern(value, is_alternative),
                        None => self.bind(name, is_alternative),
                    }
                }
            }
            PatternKind::Is { name, target } => {
                self.type_name(target);
                if let Some(name) = name {
                    self.bind(name, is_alternative);
                }
            }
            PatternKind::Alternatives(alternatives) => {
                for alternative in alternatives {
                    self.pattern(alternative, true);
                }
            }
            PatternKind::Error => self.has_unread_parts = true,
        });
    }

    /// A name that a pattern binds.
    fn bind(&mut self, name: &'t Name, is_alternative: bool) {
        if &*name.text == "_" {
            return;
        }
        if is_alternative {
            self.error_with_help(
                format!("alternatives bind nothing, but `{}` would", name.text),
                name.range,
                "write an arm for each, or a guard",
            );
        }
        let text = &name.text;
        match self.peek(text) {
            Some(symbol) if is_type(&symbol) => {
                self.error_with_help(
                    format!("`{text}` is a type; as a pattern a bare name would bind a new variable"),
                    name.range,
                    format!("to test the type write `_ is {text}`, or `name is {text}` to bind the value too"),
                );
            }
            Some(Symbol::Constant { .. } | Symbol::Earlier { kind: EarlierKind::Constant(_), .. }) => {
                self.error_with_help(
                    format!("`{text}` is a constant; as a pattern a bare name would bind a new variable"),
                    name.range,
                    format!("to compare with it write a guard: `value if value == {text}`"),
                );
                let is_of_block = |block: &super::symbol::BlockEntry| block.alias_slot.is_none() && block.declared.contains(text);
                if self.tables.blocks.iter().any(is_of_block)
                    && let Some(last) = self.diagnostics.last_mut()
                {
                    last.help.push(format!("or give its block an alias, `extern … as c {{ … }}`: `c.{text} ->` compares"));
                }
            }
            _ => {}
        }
        self.declare(name, VariableKind::Bound, None);
    }
}

/// Takes off parentheses.
pub(super) fn bare(expression: &Expression) -> &Expression {
    let mut at = expression;
    while let ExpressionKind::Parenthesized(inner) = &at.kind {
        at = inner;
    }
    at
}

/// Takes off parentheses and `not`s, saying whether the meaning is turned around.
pub(super) fn bare_condition(expression: &Expression) -> (&Expression, bool) {
    let mut at = expression;
    let mut is_negated = false;
    loop {
        match &at.kind {
            ExpressionKind::Parenthesized(inner) => at = inner,
            ExpressionKind::Unary { operator: UnaryOperator::Not, operand } => {
                at = operand;
                is_negated = !is_negated;
            }
            _ => return (at, is_negated),
        }
    }
}
