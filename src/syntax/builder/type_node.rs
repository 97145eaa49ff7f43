//! Types.

use super::*;

impl<'source> Builder<'source> {
    fn type_node(&mut self, range: SourceRange, depth: u16, kind: TypeKind) -> Box<Type> {
        if self.fits(depth, range) {
            Box::new(Type { range, depth, kind })
        } else {
            Box::new(Type { range, depth: 1, kind: TypeKind::Error })
        }
    }

    pub fn named_type(&mut self, path: Vec<Name>) -> Box<Type> {
        let range = path_range(&path);
        let id = self.next_id();
        self.type_node(range, 1, TypeKind::Name { path, id })
    }

    pub fn pointer_type(&mut self, start: u32, is_const: bool, target: Box<Type>) -> Box<Type> {
        let range = SourceRange::new(self.base + start, target.range.end);
        self.type_node(range, target.depth + 1, TypeKind::Pointer { is_const, target })
    }

    /// `**T`, which is one token: the second star is the one that `const` belongs to.
    pub fn double_pointer_type(&mut self, start: u32, is_const: bool, target: Box<Type>) -> Box<Type> {
        let inner = self.pointer_type(start + 1, is_const, target);
        self.pointer_type(start, false, inner)
    }

    pub fn slice_type(&mut self, start: u32, element: Box<Type>) -> Box<Type> {
        let range = SourceRange::new(self.base + start, element.range.end);
        self.type_node(range, element.depth + 1, TypeKind::Slice(element))
    }

    pub fn array_type(&mut self, start: u32, length: Box<Expression>, element: Box<Type>) -> Box<Type> {
        let range = SourceRange::new(self.base + start, element.range.end);
        self.type_node(range, above([length.depth, element.depth]), TypeKind::Array { length, element })
    }

    pub fn nilable_type(&mut self, target: Box<Type>, end: u32) -> Box<Type> {
        let range = SourceRange::new(target.range.start, self.base + end);
        self.type_node(range, target.depth + 1, TypeKind::Nilable(target))
    }

    /// Parentheses around a type leave no node; the range takes them in, which tells a function type in parentheses.
    pub fn parenthesized_type(&mut self, start: u32, end: u32, mut inner: Box<Type>) -> Box<Type> {
        inner.range = self.range(start, end);
        inner
    }

    pub fn function_type(
        &mut self,
        start: u32,
        end: u32,
        parts: Vec<(u32, u32, Option<Box<Type>>)>,
        result: Option<Box<Type>>,
    ) -> Box<Type> {
        let mut parameters = Vec::with_capacity(parts.len());
        let mut is_variadic = false;
        for (start, end, part) in parts {
            if is_variadic {
                let range = self.range(start, end);
                self.report(
                    Diagnostic::syntax("`...` stands last among the parameters", range).with_label("nothing may follow it"),
                );
            }
            match part {
                Some(parameter) => parameters.push(*parameter),
                None => is_variadic = true,
            }
        }
        let depth = above(parameters.iter().map(|p| p.depth).chain([depth_of(&result)]));
        let range = self.range(start, end);
        self.type_node(range, depth, TypeKind::Function { parameters, is_variadic, result })
    }

    /// After `is`, where an arrow may follow, a function type stands in parentheses.
    pub fn check_closed_type(&mut self, target: &Type) {
        let mut inner = target;
        loop {
            inner = match &inner.kind {
                TypeKind::Pointer { target, .. } => target,
                TypeKind::Slice(element) | TypeKind::Array { element, .. } => element,
                TypeKind::Function { .. } => break,
                _ => return,
            };
        }
        let first = self.text.as_bytes().get((inner.range.start - self.base) as usize);
        if first != Some(&b'(') {
            self.report(
                Diagnostic::syntax("a C function type stands in parentheses after `is`", inner.range)
                    .with_help("for instance `x is (fn(c_int) -> c_int)`"),
            );
        }
    }
}

pub(super) fn path_range(path: &[Name]) -> SourceRange {
    match (path.first(), path.last()) {
        (Some(first), Some(last)) => first.range.to(last.range),
        _ => SourceRange::NOWHERE,
    }
}
