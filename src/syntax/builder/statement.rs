//! Statements.

use super::*;
use StatementKind as S;

impl<'source> Builder<'source> {
    pub fn block(&mut self, start: u32, end: u32, statements: Vec<Box<Statement>>) -> Box<Block> {
        let range = self.range(start, end);
        let statements = unbox(statements);
        let depth = above(statements.iter().map(|statement| statement.depth));
        if self.fits(depth, range) {
            Box::new(Block { range, statements, depth })
        } else {
            Box::new(Block { range, statements: Vec::new(), depth: 1 })
        }
    }

    pub fn expression_statement(&mut self, expression: Box<Expression>) -> Box<Statement> {
        let (range, depth) = (expression.range, expression.depth + 1);
        self.statement(range, depth, None, S::Expression(*expression))
    }

    pub fn block_statement(&mut self, block: Box<Block>) -> Box<Statement> {
        self.statement(block.range, block.depth + 1, None, S::Block(*block))
    }

    pub fn failed_statement(&mut self, start: u32, end: u32) -> Box<Statement> {
        let range = self.range(start, end);
        self.statement(range, 1, None, S::Error)
    }

    pub fn let_statement(
        &mut self,
        start: u32,
        end: u32,
        is_var: bool,
        target: Box<Binding>,
        annotation: Option<Box<Type>>,
        value: Option<Box<Expression>>,
    ) -> Box<Statement> {
        let range = self.range(start, end);
        if let (Binding::List { range, .. }, None) = (&*target, &value) {
            self.report(
                Diagnostic::syntax("a list of names needs a value to take apart", *range).with_help("write `var [a, b] = …`"),
            );
        }
        let depth = above([target.depth(), depth_of(&annotation), depth_of(&value)]);
        let kind = S::Let(Let { is_var, target: *target, annotation: unbox_option(annotation), value: unbox_option(value) });
        self.statement(range, depth, self.doc(start), kind)
    }

    /// `[a, [b, c], ...rest]` of `let`, `for` and `catch`; the flag tells a rest.
    pub fn list_binding(&mut self, start: u32, end: u32, parts: Vec<(bool, Box<Binding>)>) -> Box<Binding> {
        let mut items = Vec::with_capacity(parts.len());
        let mut rest: Option<Name> = None;
        let mut is_reported = false;
        for (is_rest, binding) in parts {
            if let Some(name) = &rest
                && !is_reported
            {
                let range = name.range;
                self.report(Diagnostic::syntax("the rest stands last in a list of names", range).with_label("more names follow"));
                is_reported = true;
            }
            match *binding {
                Binding::Name(name) if is_rest => rest = Some(name),
                other => items.push(other),
            }
        }
        Box::new(Binding::List { items, rest, range: self.range(start, end) })
    }

    pub fn assign(
        &mut self,
        target: Box<Expression>,
        operator: AssignOperator,
        start: u32,
        end: u32,
        value: Box<Expression>,
    ) -> Box<Statement> {
        let target = as_place(target);
        let range = target.range.to(value.range);
        let depth = above([target.depth, value.depth]);
        if let ExpressionKind::List(elements) = target.kind {
            return self.assign_list(elements, operator, (start, end), range, depth, value);
        }
        self.check_place(&target, operator);
        self.statement(range, depth, None, S::Assign { target: *target, operator, value: *value })
    }

    fn assign_list(
        &mut self,
        elements: Vec<Element>,
        operator: AssignOperator,
        place: (u32, u32),
        range: SourceRange,
        depth: u16,
        value: Box<Expression>,
    ) -> Box<Statement> {
        if operator != AssignOperator::Set {
            let range = self.range(place.0, place.1);
            self.report(Diagnostic::syntax("several places are assigned with `=`", range).with_help("write `[a, b] = [b, a]`"));
        }
        let count = elements.len();
        let mut targets = Vec::with_capacity(count);
        let mut rest = None;
        for (number, mut element) in elements.into_iter().enumerate() {
            element.value = *as_place(Box::new(element.value));
            self.check_place(&element.value, AssignOperator::Set);
            if !element.is_spread {
                targets.push(element.value);
            } else if number + 1 == count {
                rest = Some(element.value);
            } else {
                self.report(
                    Diagnostic::syntax("the rest stands last among the places", element.value.range)
                        .with_label("more places follow"),
                );
            }
        }
        self.statement(range, depth, None, S::AssignList { targets, rest, value: *value })
    }

    /// Only names, fields and elements can be assigned.
    fn check_place(&mut self, target: &Expression, operator: AssignOperator) {
        use ExpressionKind as E;
        let (message, help) = match &target.kind {
            _ if target.has_safe_step() => {
                ("a place behind `?.` cannot be assigned", "test for nil first: `if x is not nil { x.name = … }`")
            }
            E::Name { .. } | E::Index { .. } | E::Field { .. } | E::Error => return,
            E::Slice { .. } => ("a slice cannot be assigned", "copy into it: `s[a..b].copy_from(…)`"),
            E::Parenthesized(_) => ("what stands in parentheses cannot be assigned", "leave the parentheses out"),
            E::Call { .. } => ("the result of a call cannot be assigned", "to compare, write `==`"),
            E::List(_) => ("a list inside of a list of places cannot be assigned", "take it apart with `let` first"),
            _ if operator == AssignOperator::Set => ("this is no place that can be assigned", "to compare, write `==`"),
            _ => ("this is no place that can be assigned", "the places are names, `object.field` and `object[index]`"),
        };
        self.report(Diagnostic::syntax(message, target.range).with_help(help));
    }

    pub fn while_statement(
        &mut self,
        start: u32,
        end: u32,
        label: Option<Name>,
        condition: Box<Expression>,
        body: Box<Block>,
    ) -> Box<Statement> {
        let range = self.range(start, end);
        let depth = above([condition.depth, body.depth]);
        self.statement(range, depth, None, S::While { label, condition: *condition, body: *body })
    }

    pub fn for_statement(
        &mut self,
        start: u32,
        end: u32,
        label: Option<Name>,
        bindings: (Box<Binding>, Option<Box<Binding>>),
        iterable: Box<Expression>,
        body: Box<Block>,
    ) -> Box<Statement> {
        let range = self.range(start, end);
        let (first, second) = bindings;
        let depth = above([first.depth(), second.as_ref().map_or(0, |b| b.depth()), iterable.depth, body.depth]);
        let kind = S::For(Box::new(For { label, first: *first, second: unbox_option(second), iterable: *iterable, body: *body }));
        self.statement(range, depth, None, kind)
    }

    pub fn defer_statement(&mut self, start: u32, end: u32, statement: Box<Statement>) -> Box<Statement> {
        let range = self.range(start, end);
        self.statement(range, statement.depth + 1, None, S::Defer(statement))
    }

    pub fn import_path(&mut self, start: u32, end: u32, index: u32) -> Box<ImportSource> {
        Box::new(ImportSource::Path { path: self.string_value(index), range: self.range(start, end) })
    }

    pub fn import_module(&mut self, start: u32, end: u32, source: Box<ImportSource>, alias: Option<Name>) -> Box<Statement> {
        let range = self.range(start, end);
        self.statement(range, 1, None, S::Import(Import::Module { source: *source, alias }))
    }

    pub fn import_names(&mut self, start: u32, end: u32, source: Box<ImportSource>, names: Vec<ImportedName>) -> Box<Statement> {
        let range = self.range(start, end);
        self.statement(range, 1, None, S::Import(Import::Names { source: *source, names }))
    }
}

/// `m[a..b] = x` is an element whose index is a range; that no collection has one is found when it runs.
fn as_place(target: Box<Expression>) -> Box<Expression> {
    use ExpressionKind as E;
    let Expression { range, depth, kind } = *target;
    let (depth, kind) = match kind {
        E::Slice { object, start: Some(start), end: Some(end), is_inclusive } => {
            let index_range = start.range.to(end.range);
            let index_depth = above([start.depth, end.depth]);
            let index = Expression { range: index_range, depth: index_depth, kind: E::Range { start, end, is_inclusive } };
            (above([object.depth, index_depth]), E::Index { object, index: Box::new(index) })
        }
        kind => (depth, kind),
    };
    Box::new(Expression { range, depth, kind })
}
