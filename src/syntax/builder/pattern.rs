//! Patterns of `match`.

use super::type_node::path_range;
use super::*;

impl<'source> Builder<'source> {
    fn pattern(&mut self, range: SourceRange, depth: u16, kind: PatternKind) -> Box<Pattern> {
        if self.fits(depth, range) {
            Box::new(Pattern { range, depth, kind })
        } else {
            Box::new(Pattern { range, depth: 1, kind: PatternKind::Error })
        }
    }

    pub fn literal_pattern(&mut self, literal: Box<Expression>) -> Box<Pattern> {
        self.pattern(literal.range, literal.depth + 1, PatternKind::Literal(*literal))
    }

    pub fn range_pattern(&mut self, start: Box<Expression>, end: Box<Expression>, is_inclusive: bool) -> Box<Pattern> {
        let range = start.range.to(end.range);
        for bound in [&start, &end] {
            if !is_integer(bound) {
                self.report(
                    Diagnostic::syntax("a range in a pattern goes from an int to an int", bound.range)
                        .with_label("this is no int"),
                );
            }
        }
        let depth = above([start.depth, end.depth]);
        self.pattern(range, depth, PatternKind::Range { start: *start, end: *end, is_inclusive })
    }

    /// One name binds (or is `_`); a dotted one is compared.
    pub fn path_pattern(&mut self, mut path: Vec<Name>) -> Box<Pattern> {
        let range = path_range(&path);
        if path.len() > 1 {
            let constant = self.path_expression(path);
            return self.pattern(range, constant.depth + 1, PatternKind::Constant(*constant));
        }
        match path.pop() {
            Some(name) if &*name.text != "_" => self.pattern(range, 1, PatternKind::Bind(name)),
            _ => self.pattern(range, 1, PatternKind::Wildcard),
        }
    }

    /// `Color.Red` as the expression it is.
    fn path_expression(&mut self, path: Vec<Name>) -> Box<Expression> {
        let mut names = path.into_iter();
        let Some(first) = names.next() else { return self.leaf(0, 0, ExpressionKind::Error) };
        let id = self.next_id();
        let mut expression = self.expression(first.range, 1, ExpressionKind::Name { name: first.text, id });
        for name in names {
            expression = self.member(expression, name, false);
        }
        expression
    }

    /// The key of a map pattern: a literal, or a dotted name.
    pub fn key_path(&mut self, path: Vec<Name>) -> Box<Expression> {
        if let [name] = &path[..] {
            let message = "a key in a map pattern is a literal or a dotted name";
            let help = format!("for the text itself write \"{}\"", name.text);
            self.report(Diagnostic::syntax(message, name.range).with_label("this is a bare name").with_help(help));
        }
        self.path_expression(path)
    }

    pub fn record_pattern(&mut self, path: Vec<Name>, fields: Vec<(Name, Option<Box<Pattern>>)>, end: u32) -> Box<Pattern> {
        let target = self.named_type(path);
        let range = SourceRange::new(target.range.start, self.base + end);
        let depth = above(fields.iter().map(|(_, pattern)| depth_of(pattern)).chain([target.depth]));
        let fields = fields.into_iter().map(|(name, pattern)| (name, unbox_option(pattern))).collect();
        self.pattern(range, depth, PatternKind::Record { target: *target, fields })
    }

    pub fn is_pattern(&mut self, name: Name, target: Box<Type>) -> Box<Pattern> {
        self.check_closed_type(&target);
        let range = name.range.to(target.range);
        let name = (&*name.text != "_").then_some(name);
        self.pattern(range, target.depth + 1, PatternKind::Is { name, target: *target })
    }

    pub fn list_pattern(&mut self, start: u32, end: u32, parts: Vec<PatternItem>) -> Box<Pattern> {
        let range = self.range(start, end);
        let mut items = Vec::with_capacity(parts.len());
        let mut rest = None;
        let mut rest_range = None;
        for part in parts {
            if let Some(place) = rest_range.take() {
                self.report(
                    Diagnostic::syntax("the rest stands last in a list pattern", place).with_label("more patterns follow"),
                );
            }
            match part {
                PatternItem::Pattern(pattern) => items.push(*pattern),
                PatternItem::Rest(start, end, name) => {
                    rest_range = Some(self.range(start, end));
                    rest = Some(name.filter(|name| &*name.text != "_"));
                }
            }
        }
        let depth = above(items.iter().map(|item| item.depth));
        self.pattern(range, depth, PatternKind::List { items, rest })
    }

    pub fn map_pattern(&mut self, start: u32, end: u32, pairs: Vec<(Box<Expression>, Box<Pattern>)>) -> Box<Pattern> {
        let range = self.range(start, end);
        let depth = above(pairs.iter().map(|(key, pattern)| key.depth.max(pattern.depth)));
        let pairs = pairs.into_iter().map(|(key, pattern)| (*key, *pattern)).collect();
        self.pattern(range, depth, PatternKind::Map(pairs))
    }

    pub fn alternatives(&mut self, first: Box<Pattern>, rest: Vec<Box<Pattern>>) -> Box<Pattern> {
        let patterns: Vec<Pattern> = std::iter::once(first).chain(rest).map(|pattern| *pattern).collect();
        let range = patterns[0].range.to(patterns[patterns.len() - 1].range);
        let depth = above(patterns.iter().map(|pattern| pattern.depth));
        self.pattern(range, depth, PatternKind::Alternatives(patterns))
    }
}

fn is_integer(literal: &Expression) -> bool {
    match &literal.kind {
        ExpressionKind::Int(_) => true,
        ExpressionKind::Unary { operand, .. } => matches!(operand.kind, ExpressionKind::Int(_)),
        _ => false,
    }
}
