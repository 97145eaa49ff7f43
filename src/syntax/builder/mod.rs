//! What the grammar's actions do: one method for each shape of the tree.
//!
//! Here the tree's height is kept within [`MAXIMUM_DEPTH`]. Each node's depth is one more than the largest of its parts', known when it is
//! made, so nothing recurses. A node beyond the bound becomes an error node (its parts, all within the bound, are dropped), and one
//! error is reported for the whole file; a sum of a million terms meets it a thousand times and says it once.
//!
//! Here, too, are the checks that the grammar cannot express: comparisons that chain, arguments in the wrong order, places that
//! cannot be assigned. They leave a readable tree.
//!
//! Parts arrive in boxes, and lists of parts as lists of boxes: each value on the parser's stack takes a slot of the largest one's size,
//! and is moved once for every rule on its way up, so only small ones travel there.
#![allow(
    clippy::boxed_local,
    clippy::vec_box,
    clippy::too_many_arguments,
    reason = "the shapes of the parser's stack; see above"
)]

mod declaration;
mod expression;
mod pattern;
mod statement;
mod type_node;

use super::lexer::{Lexed, Literals};
use super::tree::*;
use crate::diagnostic::Diagnostic;
use crate::source::SourceRange;
use std::collections::HashMap;
use std::rc::Rc;

/// A member of a record; `None` where it could not be read.
pub(crate) type MemberPart = Option<Box<Member>>;

/// The body of a function.
pub(crate) enum FunctionPart {
    Block(Box<Block>),
    Expression(Box<Expression>),
}

pub(crate) enum ExternPart {
    Parameter(Box<ExternParameter>),
    /// Where the `...` stands.
    Variadic(u32, u32),
}

pub(crate) enum PatternItem {
    Pattern(Box<Pattern>),
    /// `...name`, with its place.
    Rest(u32, u32, Option<Name>),
}

pub(crate) struct Builder<'source> {
    text: &'source str,
    base: u32,
    literals: &'source Literals,
    docs: &'source [(u32, Rc<str>)],
    names: HashMap<&'source str, Rc<str>>,
    pub name_count: u32,
    /// What was found in the statement being read; dropped when it is read again.
    pub diagnostics: Vec<Diagnostic>,
    /// The one error about depth has been reported.
    pub is_too_deep: bool,
}

impl<'source> Builder<'source> {
    pub fn new(text: &'source str, base: u32, lexed: &'source Lexed) -> Self {
        Builder {
            text,
            base,
            literals: &lexed.literals,
            docs: &lexed.docs,
            names: HashMap::new(),
            name_count: 0,
            diagnostics: Vec::new(),
            is_too_deep: lexed.is_cut,
        }
    }

    pub fn range(&self, start: u32, end: u32) -> SourceRange {
        SourceRange::new(self.base + start, self.base + end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn slice(&self, start: u32, end: u32) -> &'source str {
        &self.text[start as usize..end as usize]
    }

    fn intern(&mut self, text: &'source str) -> Rc<str> {
        Rc::clone(self.names.entry(text).or_insert_with(|| text.into()))
    }

    pub fn name(&mut self, start: u32, end: u32) -> Name {
        let text = self.slice(start, end);
        Name { text: self.intern(text), range: self.range(start, end) }
    }

    fn next_id(&mut self) -> NameId {
        let id = NameId(self.name_count);
        self.name_count += 1;
        id
    }

    /// The doc comment before the token at `start`.
    fn doc(&self, start: u32) -> Option<Rc<str>> {
        let at = self.docs.binary_search_by_key(&start, |&(position, _)| position).ok()?;
        Some(Rc::clone(&self.docs[at].1))
    }

    /// Whether a node of this depth may be made; reports once if not.
    fn fits(&mut self, depth: u16, range: SourceRange) -> bool {
        if depth <= MAXIMUM_DEPTH {
            return true;
        }
        if !self.is_too_deep {
            self.is_too_deep = true;
            let end = range.end.min(range.start + 1);
            self.report(
                Diagnostic::syntax(format!("this is nested more than {MAXIMUM_DEPTH} deep"), SourceRange::new(range.start, end))
                    .with_help("split it: give parts of it names of their own, or use a loop over a list"),
            );
        }
        false
    }

    fn expression(&mut self, range: SourceRange, depth: u16, kind: ExpressionKind) -> Box<Expression> {
        if self.fits(depth, range) {
            Box::new(Expression { range, depth, kind })
        } else {
            Box::new(Expression { range, depth: 1, kind: ExpressionKind::Error })
        }
    }

    fn statement(&mut self, range: SourceRange, depth: u16, doc: Option<Rc<str>>, kind: StatementKind) -> Box<Statement> {
        if self.fits(depth, range) {
            Box::new(Statement { range, depth, doc, kind })
        } else {
            Box::new(Statement { range, depth: 1, doc: None, kind: StatementKind::Error })
        }
    }
}

/// One more than the largest of some depths.
fn above(depths: impl IntoIterator<Item = u16>) -> u16 {
    depths.into_iter().max().unwrap_or(0) + 1
}

fn depth_of<T: HasDepth>(part: &Option<T>) -> u16 {
    part.as_ref().map_or(0, HasDepth::depth)
}

/// What knows its height, or can tell it from its parts'.
trait HasDepth {
    fn depth(&self) -> u16;
}

impl HasDepth for Expression {
    fn depth(&self) -> u16 {
        self.depth
    }
}

impl HasDepth for Type {
    fn depth(&self) -> u16 {
        self.depth
    }
}

impl HasDepth for Pattern {
    fn depth(&self) -> u16 {
        self.depth
    }
}

impl HasDepth for Block {
    fn depth(&self) -> u16 {
        self.depth
    }
}

impl HasDepth for Statement {
    fn depth(&self) -> u16 {
        self.depth
    }
}

impl<T: HasDepth> HasDepth for Box<T> {
    fn depth(&self) -> u16 {
        (**self).depth()
    }
}

impl HasDepth for Function {
    fn depth(&self) -> u16 {
        let body = match &self.body {
            FunctionBody::Block(block) => block.depth,
            FunctionBody::Expression(expression) => expression.depth,
        };
        let parameters = self.parameters.iter().map(|p| depth_of(&p.annotation).max(depth_of(&p.default)));
        above(parameters.chain([body, depth_of(&self.result)]))
    }
}

impl HasDepth for Binding {
    /// Patterns of bindings hold nothing else; their brackets are bounded before the parser sees them.
    fn depth(&self) -> u16 {
        match self {
            Binding::Name(_) => 1,
            Binding::List { items, .. } => above(items.iter().map(HasDepth::depth)),
        }
    }
}

impl HasDepth for Record {
    fn depth(&self) -> u16 {
        above(self.members.iter().flatten().map(|member| match member {
            Member::Field(field) => depth_of(&field.annotation).max(depth_of(&field.bits)).max(depth_of(&field.default)),
            Member::Embedded { target, .. } => target.depth,
            Member::Anonymous(record) => record.depth(),
            Member::Method(function) => function.depth(),
        }))
    }
}

fn arguments_depth(arguments: &[Argument]) -> u16 {
    arguments.iter().map(|argument| argument.value.depth).max().unwrap_or(0)
}

fn attributes_depth(attributes: &[Attribute]) -> u16 {
    attributes.iter().map(|attribute| arguments_depth(&attribute.arguments)).max().unwrap_or(0)
}

fn unbox<T>(items: Vec<Box<T>>) -> Vec<T> {
    items.into_iter().map(|item| *item).collect()
}

fn unbox_option<T>(item: Option<Box<T>>) -> Option<T> {
    item.map(|item| *item)
}
