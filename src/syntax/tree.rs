//! The syntax tree: plain data, made by the grammar's actions, read by the resolver, the emitter and the formatter.
//!
//! Every node carries its [`SourceRange`]. Expressions, types and patterns carry their height, bounded by
//! [`MAXIMUM_DEPTH`], so that a walk over the tree (and dropping it) needs a bounded machine stack.

use crate::source::SourceRange;
use std::rc::Rc;

/// How high a tree of expressions, types, patterns and blocks may grow. Beyond it the parser reports one error.
pub const MAXIMUM_DEPTH: u16 = 1000;

/// A whole file, or one entry of the REPL.
#[derive(Debug, Default)]
pub struct Module {
    pub statements: Vec<Statement>,
    /// All comments in order of place, doc comments included (the formatter needs them).
    pub comments: Vec<Comment>,
    /// One more than the largest [`NameId`] in the tree.
    pub name_count: u32,
    /// The entry ends with `;` (the REPL then shows no value).
    pub ends_with_semicolon: bool,
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub range: SourceRange,
    /// `## text`.
    pub is_doc: bool,
}

/// A name where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub text: Rc<str>,
    pub range: SourceRange,
}

/// Numbers the uses of names in expressions, so that the resolver can say what each one means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameId(pub u32);

#[derive(Debug)]
pub struct Block {
    pub range: SourceRange,
    pub statements: Vec<Statement>,
    pub depth: u16,
}

// ---------------------------------------------------------------- statements

#[derive(Debug)]
pub struct Statement {
    pub range: SourceRange,
    pub depth: u16,
    /// The `##` comment lines right before it, joined by newlines.
    pub doc: Option<Rc<str>>,
    pub kind: StatementKind,
}

#[derive(Debug)]
pub enum StatementKind {
    Let(Let),
    /// `const N = 16`
    Constant {
        name: Name,
        annotation: Option<Type>,
        value: Expression,
    },
    Function(Box<Function>),
    /// A struct or a union.
    Record(Box<Record>),
    Enum(Box<Enum>),
    /// `type Name = T`
    TypeName {
        name: Name,
        target: Type,
    },
    Extern(Box<Extern>),
    Import(Import),
    /// `x = 1`, `x += 1`, `x ??= 1`
    Assign {
        target: Expression,
        operator: AssignOperator,
        value: Expression,
    },
    /// `[a, b] = [b, a]`
    AssignList {
        targets: Vec<Expression>,
        rest: Option<Expression>,
        value: Expression,
    },
    Expression(Expression),
    While {
        label: Option<Name>,
        condition: Expression,
        body: Block,
    },
    For(Box<For>),
    Block(Block),
    /// An expression statement, an assignment or a block.
    Defer(Box<Statement>),
    /// What the parser could not read; a diagnostic has been reported.
    Error,
}

#[derive(Debug)]
pub struct Let {
    pub is_var: bool,
    pub target: Binding,
    pub annotation: Option<Type>,
    /// `None` only for `var x`.
    pub value: Option<Expression>,
}

/// What `let`, `for` and `catch` bind.
#[derive(Debug)]
pub enum Binding {
    Name(Name),
    /// `[a, [b, c], ...rest]`
    List {
        items: Vec<Binding>,
        rest: Option<Name>,
        range: SourceRange,
    },
}

#[derive(Debug)]
pub struct For {
    pub label: Option<Name>,
    /// The only binding of `for x in`, else the first of `for k, v in`.
    pub first: Binding,
    pub second: Option<Binding>,
    pub iterable: Expression,
    pub body: Block,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOperator {
    /// `=`
    Set,
    /// `+=` and its kin
    Update(BinaryOperator),
    /// `??=`
    Coalesce,
}

#[derive(Debug)]
pub enum Import {
    /// `import math`, `import json as j`, `import "./util.cot" as u`
    Module { source: ImportSource, alias: Option<Name> },
    /// `from path import join, base as b`
    Names { source: ImportSource, names: Vec<ImportedName> },
}

#[derive(Debug)]
pub enum ImportSource {
    Name(Name),
    Path { path: Rc<str>, range: SourceRange },
}

#[derive(Debug)]
pub struct ImportedName {
    pub name: Name,
    pub alias: Option<Name>,
}

// ---------------------------------------------------------------- declarations

/// `@name(arguments)`, kept as written.
#[derive(Debug)]
pub struct Attribute {
    pub name: Name,
    pub arguments: Vec<Argument>,
    pub range: SourceRange,
}

#[derive(Debug)]
pub struct Function {
    /// `None` for an anonymous function. A struct's operator has its spelling as name (`+`, `[]`, `[]=`).
    pub name: Option<Name>,
    pub parameters: Vec<Parameter>,
    pub result: Option<Type>,
    pub body: FunctionBody,
    pub range: SourceRange,
    /// From `fn` to before the body: what `function file:line:column` points at.
    pub header: SourceRange,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
pub enum FunctionBody {
    Block(Block),
    Expression(Expression),
}

#[derive(Debug)]
pub struct Parameter {
    pub name: Name,
    pub annotation: Option<Type>,
    pub default: Option<Expression>,
    /// `...rest`; only the last parameter (the parser has checked it).
    pub is_rest: bool,
}

#[derive(Debug)]
pub struct Record {
    pub is_union: bool,
    /// `None` for an anonymous part of another record.
    pub name: Option<Name>,
    pub attributes: Vec<Attribute>,
    /// `None` for an opaque type, `struct sqlite3` without a body.
    pub members: Option<Vec<Member>>,
    pub range: SourceRange,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all members are fields")]
pub enum Member {
    Field(Field),
    /// `...Shape`
    Embedded {
        target: Type,
        range: SourceRange,
    },
    /// An anonymous `union { … }` or `struct { … }`.
    Anonymous(Box<Record>),
    Method(Box<Function>),
}

#[derive(Debug)]
pub struct Field {
    pub name: Name,
    /// `None` means `any`.
    pub annotation: Option<Type>,
    /// The width of a bit-field: `flags: u32 : 3`.
    pub bits: Option<Expression>,
    pub default: Option<Expression>,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
pub struct Enum {
    pub name: Name,
    pub base: Option<Type>,
    pub members: Vec<EnumMember>,
    pub range: SourceRange,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
pub struct EnumMember {
    pub name: Name,
    pub value: Option<Expression>,
}

#[derive(Debug)]
pub struct Extern {
    /// Tried in order; empty for the process itself.
    pub libraries: Vec<(Rc<str>, SourceRange)>,
    /// `extern "z" as z`: the names stand behind `z.`.
    pub alias: Option<Name>,
    pub body: ExternBody,
    pub range: SourceRange,
}

#[derive(Debug)]
pub enum ExternBody {
    Items(Vec<ExternItem>),
    /// `extern … c { … }`: the C text between the braces.
    CText {
        range: SourceRange,
    },
    /// `extern … header "zlib.h" { crc32, Z_* }`
    Header {
        header: Rc<str>,
        names: Vec<Name>,
        range: SourceRange,
    },
}

#[derive(Debug)]
pub enum ExternItem {
    Function(Box<ExternFunction>),
    Variable {
        attributes: Vec<Attribute>,
        name: Name,
        target: Type,
        range: SourceRange,
        doc: Option<Rc<str>>,
    },
    /// A struct, union, enum, type name or constant.
    Declaration(Statement),
}

#[derive(Debug)]
pub struct ExternFunction {
    pub attributes: Vec<Attribute>,
    pub name: Name,
    pub parameters: Vec<ExternParameter>,
    /// `...` stands last.
    pub is_variadic: bool,
    /// `None`: void.
    pub result: Option<Type>,
    pub range: SourceRange,
    pub doc: Option<Rc<str>>,
}

#[derive(Debug)]
pub struct ExternParameter {
    pub attributes: Vec<Attribute>,
    pub name: Name,
    pub target: Type,
}

// ---------------------------------------------------------------- types

#[derive(Debug)]
pub struct Type {
    pub range: SourceRange,
    pub depth: u16,
    pub kind: TypeKind,
}

#[derive(Debug)]
pub enum TypeKind {
    /// `Point`, `c_int`, `void`, `any`, `zlib.z_stream`. The id is that of the first part.
    Name {
        path: Vec<Name>,
        id: NameId,
    },
    /// `*T`, `*const T`
    Pointer {
        is_const: bool,
        target: Box<Type>,
    },
    /// `[]T`
    Slice(Box<Type>),
    /// `[N]T`
    Array {
        length: Box<Expression>,
        element: Box<Type>,
    },
    /// `fn(c_int, *void) -> c_int`, parameters with or without names
    Function {
        parameters: Vec<Type>,
        is_variadic: bool,
        result: Option<Box<Type>>,
    },
    /// `T?`
    Nilable(Box<Type>),
    Error,
}

// ---------------------------------------------------------------- expressions

#[derive(Debug)]
pub struct Expression {
    pub range: SourceRange,
    pub depth: u16,
    pub kind: ExpressionKind,
}

impl Expression {
    /// Whether a `?.` stands in the chain of postfix operators that it ends with.
    pub fn has_safe_step(&self) -> bool {
        let mut at = self;
        loop {
            at = match &at.kind {
                ExpressionKind::Field { is_safe: true, .. } => return true,
                ExpressionKind::Field { object, .. }
                | ExpressionKind::Index { object, .. }
                | ExpressionKind::Slice { object, .. } => object,
                ExpressionKind::Call { callee, .. } => callee,
                _ => return false,
            };
        }
    }
}

#[derive(Debug)]
pub enum ExpressionKind {
    Nil,
    Bool(bool),
    /// Also `'A'`. A negative literal is `Unary(Negate)`, but for -2^63, which is one `Int`.
    Int(i64),
    Float(f64),
    /// A string without interpolation, escapes resolved, indentation stripped.
    String(Rc<str>),
    /// `b"…"`
    Bytes(Rc<[u8]>),
    /// A string with interpolations.
    Template(Vec<TemplatePart>),
    Name {
        name: Rc<str>,
        id: NameId,
    },
    List(Vec<Element>),
    Map(Vec<(Expression, Expression)>),
    Unary {
        operator: UnaryOperator,
        operand: Box<Expression>,
    },
    /// `operator_range` is the place of the operator.
    Binary {
        operator: BinaryOperator,
        operator_range: SourceRange,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    /// `and`, `or`, `??`; the right side may be `Throw` or `Return`.
    Logical {
        operator: LogicalOperator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Range {
        start: Box<Expression>,
        end: Box<Expression>,
        is_inclusive: bool,
    },
    /// `x in xs`, `x not in xs`
    In {
        item: Box<Expression>,
        container: Box<Expression>,
        is_negated: bool,
    },
    /// `x is T`, `x is not T`; `x is nil` has the type name `nil`.
    Is {
        value: Box<Expression>,
        target: Type,
        is_negated: bool,
    },
    /// `x as T`
    Cast {
        value: Box<Expression>,
        target: Type,
    },
    /// `&place`
    AddressOf(Box<Expression>),
    Call {
        callee: Box<Expression>,
        arguments: Vec<Argument>,
    },
    Index {
        object: Box<Expression>,
        index: Box<Expression>,
    },
    /// `a[i..j]`, `a[i..]`, `a[..j]`
    Slice {
        object: Box<Expression>,
        start: Option<Box<Expression>>,
        end: Option<Box<Expression>>,
        is_inclusive: bool,
    },
    /// `a.name`, `a?.name`. A chain of postfix operators behind a safe one is skipped where it finds nil.
    Field {
        object: Box<Expression>,
        name: Name,
        is_safe: bool,
    },
    Function(Box<Function>),
    If(Box<If>),
    Match(Box<Match>),
    Try(Box<Try>),
    /// `new T`, `new T(…)`, `new [n]T(…)`, `new(arena) T`
    New(Box<New>),
    SizeOf(Type),
    AlignOf(Type),
    OffsetOf {
        target: Type,
        path: Vec<Name>,
    },
    /// Parentheses, kept for the formatter and because they end a `?.` chain.
    Parenthesized(Box<Expression>),
    // What follows stands as a statement, as a match arm, or (`throw`, `return`) right of `??` and `or`.
    Throw(Box<Expression>),
    Return(Option<Box<Expression>>),
    Break(Option<Name>),
    Continue(Option<Name>),
    Yield(Option<Box<Expression>>),
    /// What the parser could not read; a diagnostic has been reported.
    Error,
}

#[derive(Debug)]
pub enum TemplatePart {
    Text(Rc<str>),
    Hole { value: Expression, format: Option<crate::format::Format> },
}

/// A part of a list literal.
#[derive(Debug)]
pub struct Element {
    pub is_spread: bool,
    pub value: Expression,
}

#[derive(Debug)]
pub struct Argument {
    pub name: Option<Name>,
    pub is_spread: bool,
    pub value: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    Negate,
    Complement,
    Not,
    /// `*parameter`, in the arguments of attributes only.
    Dereference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    WrappingAdd,
    WrappingSubtract,
    WrappingMultiply,
    ShiftLeft,
    ShiftRight,
    ShiftRightLogical,
    BitAnd,
    BitXor,
    BitOr,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogicalOperator {
    And,
    Or,
    Coalesce,
}

/// `if` with all its `else if`s in one flat list, so that long chains need no deep tree.
#[derive(Debug)]
pub struct If {
    pub arms: Vec<(Expression, Block)>,
    pub otherwise: Option<Block>,
}

#[derive(Debug)]
pub struct Try {
    pub body: Block,
    pub catches: Vec<Catch>,
    pub finally: Option<Block>,
}

#[derive(Debug)]
pub struct Catch {
    pub name: Option<Name>,
    pub guard: Option<Expression>,
    pub body: Block,
    pub range: SourceRange,
}

#[derive(Debug)]
pub struct Match {
    pub subject: Expression,
    pub arms: Vec<Arm>,
}

#[derive(Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub guard: Option<Expression>,
    pub body: ArmBody,
    pub range: SourceRange,
}

#[derive(Debug)]
pub enum ArmBody {
    Expression(Expression),
    Block(Block),
    /// An assignment.
    Statement(Box<Statement>),
}

#[derive(Debug)]
pub struct New {
    /// `new(arena) T`
    pub arena: Option<Expression>,
    pub target: NewTarget,
    /// `None` when no parentheses follow.
    pub arguments: Option<Vec<Argument>>,
}

#[derive(Debug)]
pub enum NewTarget {
    /// `new T`
    One(Type),
    /// `new [n]T`
    Slice { length: Expression, element: Type },
}

// ---------------------------------------------------------------- patterns

#[derive(Debug)]
pub struct Pattern {
    pub range: SourceRange,
    pub depth: u16,
    pub kind: PatternKind,
}

#[derive(Debug)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    Bind(Name),
    /// A number (with a sign too), string, `true`, `false` or `nil`.
    Literal(Expression),
    /// `3..10`, `'a'..='z'`; both ends are literals.
    Range {
        start: Expression,
        end: Expression,
        is_inclusive: bool,
    },
    /// `Color.Red`: compared with `==`.
    Constant(Expression),
    /// `[first, ...rest]`
    List {
        items: Vec<Pattern>,
        rest: Option<Option<Name>>,
    },
    /// `["kind": "circle", "r": r]`; keys are literals or dotted names.
    Map(Vec<(Expression, Pattern)>),
    /// `Point(x: 0.0, y)`; `None` is short for the field's own name.
    Record {
        target: Type,
        fields: Vec<(Name, Option<Pattern>)>,
    },
    /// `s is string`; no name for `_ is string`.
    Is {
        name: Option<Name>,
        target: Type,
    },
    /// `1 | 2`
    Alternatives(Vec<Pattern>),
    Error,
}
