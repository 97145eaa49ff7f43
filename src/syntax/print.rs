//! The tree as text: indented for people, or on one line with every grouping in parentheses.
//!
//! Both come from one plain tree of labels. A walk is as deep as the syntax tree is high, which is bounded; it asks for more machine
//! stack where the thread's own is short.

use super::tree::*;
use crate::machine_stack;
use std::fmt::Write;

/// A label and what stands under it.
struct Node {
    label: String,
    children: Vec<Node>,
}

/// A whole tree, one node a line, children indented by two.
pub fn print_tree(module: &Module) -> String {
    let mut out = String::new();
    for statement in &module.statements {
        write_indented(&statement_node(statement), 0, &mut out);
    }
    out
}

/// An expression on one line: `(+ a (* b c))`.
pub fn print_expression(expression: &Expression) -> String {
    let mut out = String::new();
    write_flat(&expression_node(expression), &mut out);
    out
}

fn write_indented(node: &Node, depth: usize, out: &mut String) {
    enough_stack(|| {
        let _ = writeln!(out, "{:1$}{2}", "", depth * 2, node.label);
        for child in &node.children {
            write_indented(child, depth + 1, out);
        }
    });
}

fn write_flat(node: &Node, out: &mut String) {
    enough_stack(|| {
        if node.children.is_empty() {
            return out.push_str(&node.label);
        }
        let _ = write!(out, "({}", node.label);
        for child in &node.children {
            out.push(' ');
            write_flat(child, out);
        }
        out.push(')');
    });
}

fn enough_stack<T>(work: impl FnOnce() -> T) -> T {
    machine_stack::with_room(64 * 1024, 1024 * 1024, work)
}

fn node(label: impl Into<String>, children: Vec<Node>) -> Node {
    Node { label: label.into(), children }
}

fn leaf(label: impl Into<String>) -> Node {
    node(label, Vec::new())
}

/// A part that may be missing, under a label.
fn part(label: &str, inner: Option<Node>) -> Option<Node> {
    inner.map(|inner| node(label, vec![inner]))
}

fn with_doc(label: String, doc: &Option<std::rc::Rc<str>>, mut children: Vec<Node>) -> Node {
    if let Some(doc) = doc {
        children.insert(0, leaf(format!("doc {doc:?}")));
    }
    node(label, children)
}

fn block_node(block: &Block) -> Node {
    node("block", block.statements.iter().map(statement_node).collect())
}

fn statement_node(statement: &Statement) -> Node {
    enough_stack(|| match &statement.kind {
        StatementKind::Let(binding) => {
            let word = if binding.is_var { "var" } else { "let" };
            let mut children = vec![binding_node(&binding.target)];
            children.extend(binding.annotation.as_ref().map(type_node));
            children.extend(binding.value.as_ref().map(expression_node));
            with_doc(word.to_string(), &statement.doc, children)
        }
        StatementKind::Constant { name, annotation, value } => {
            let children = annotation.as_ref().map(type_node).into_iter().chain([expression_node(value)]).collect();
            with_doc(format!("const {}", name.text), &statement.doc, children)
        }
        StatementKind::Function(function) => function_node(function),
        StatementKind::Record(record) => record_node(record),
        StatementKind::Enum(enumeration) => {
            let members =
                enumeration.members.iter().map(|m| node(m.name.text.to_string(), m.value.iter().map(expression_node).collect()));
            let children = part("base", enumeration.base.as_ref().map(type_node)).into_iter().chain(members).collect();
            with_doc(format!("enum {}", enumeration.name.text), &enumeration.doc, children)
        }
        StatementKind::TypeName { name, target } => {
            with_doc(format!("type {}", name.text), &statement.doc, vec![type_node(target)])
        }
        StatementKind::Extern(block) => extern_node(block),
        StatementKind::Import(import) => leaf(import_label(import)),
        StatementKind::Assign { target, operator, value } => {
            node(assign_text(*operator), vec![expression_node(target), expression_node(value)])
        }
        StatementKind::AssignList { targets, rest, value } => {
            let mut places: Vec<Node> = targets.iter().map(expression_node).collect();
            places.extend(part("...", rest.as_ref().map(expression_node)));
            node("=", vec![node("places", places), expression_node(value)])
        }
        StatementKind::Expression(expression) => expression_node(expression),
        StatementKind::While { label, condition, body } => {
            node(labelled("while", label), vec![expression_node(condition), block_node(body)])
        }
        StatementKind::For(looped) => {
            let bindings = std::iter::once(&looped.first).chain(&looped.second).map(binding_node);
            let rest = [expression_node(&looped.iterable), block_node(&looped.body)];
            node(labelled("for", &looped.label), bindings.chain(rest).collect())
        }
        StatementKind::Block(block) => block_node(block),
        StatementKind::Defer(inner) => node("defer", vec![statement_node(inner)]),
        StatementKind::Error => leaf("<error>"),
    })
}

fn labelled(word: &str, label: &Option<Name>) -> String {
    label.as_ref().map_or_else(|| word.to_string(), |label| format!("{word} {}:", label.text))
}

fn assign_text(operator: AssignOperator) -> String {
    match operator {
        AssignOperator::Set => "=".to_string(),
        AssignOperator::Update(operator) => format!("{}=", binary_text(operator)),
        AssignOperator::Coalesce => "??=".to_string(),
    }
}

fn import_label(import: &Import) -> String {
    let source_text = |source: &ImportSource| match source {
        ImportSource::Name(name) => name.text.to_string(),
        ImportSource::Path { path, .. } => format!("{path:?}"),
    };
    let alias_text = |alias: &Option<Name>| alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.text));
    match import {
        Import::Module { source, alias } => format!("import {}{}", source_text(source), alias_text(alias)),
        Import::Names { source, names } => {
            let names: Vec<String> = names.iter().map(|n| format!("{}{}", n.name.text, alias_text(&n.alias))).collect();
            format!("from {} import {}", source_text(source), names.join(", "))
        }
    }
}

fn binding_node(binding: &Binding) -> Node {
    match binding {
        Binding::Name(name) => leaf(name.text.to_string()),
        Binding::List { items, rest, .. } => {
            let rest = rest.as_ref().map(|rest| leaf(format!("...{}", rest.text)));
            node("[]", items.iter().map(binding_node).chain(rest).collect())
        }
    }
}

// ---------------------------------------------------------------- declarations

fn function_node(function: &Function) -> Node {
    let label = function.name.as_ref().map_or("fn".to_string(), |name| format!("fn {}", name.text));
    let mut children: Vec<Node> = function
        .parameters
        .iter()
        .map(|parameter| {
            let dots = if parameter.is_rest { "..." } else { "" };
            let parts = parameter.annotation.iter().map(type_node).chain(parameter.default.iter().map(expression_node)).collect();
            node(format!("parameter {dots}{}", parameter.name.text), parts)
        })
        .collect();
    children.extend(part("result", function.result.as_ref().map(type_node)));
    children.push(match &function.body {
        FunctionBody::Block(block) => block_node(block),
        FunctionBody::Expression(expression) => node("=>", vec![expression_node(expression)]),
    });
    with_doc(label, &function.doc, children)
}

fn attribute_node(attribute: &Attribute) -> Node {
    node(format!("@{}", attribute.name.text), attribute.arguments.iter().map(argument_node).collect())
}

fn record_node(record: &Record) -> Node {
    let word = if record.is_union { "union" } else { "struct" };
    let name = record.name.as_ref().map_or(String::new(), |name| format!(" {}", name.text));
    let opaque = if record.members.is_none() { " (opaque)" } else { "" };
    let attributes = record.attributes.iter().map(attribute_node);
    let members = record.members.iter().flatten().map(|member| match member {
        Member::Field(field) => {
            let parts = field.annotation.iter().map(type_node);
            let bits = part("bits", field.bits.as_ref().map(expression_node));
            let default = part("default", field.default.as_ref().map(expression_node));
            with_doc(format!("field {}", field.name.text), &field.doc, parts.chain(bits).chain(default).collect())
        }
        Member::Embedded { target, .. } => node("embedded", vec![type_node(target)]),
        Member::Anonymous(record) => enough_stack(|| record_node(record)),
        Member::Method(function) => function_node(function),
    });
    with_doc(format!("{word}{name}{opaque}"), &record.doc, attributes.chain(members).collect())
}

fn extern_node(block: &Extern) -> Node {
    let libraries: String = block.libraries.iter().map(|(name, _)| format!(" {name:?}")).collect();
    let alias = block.alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.text));
    let children = match &block.body {
        ExternBody::Items(items) => items.iter().map(extern_item_node).collect(),
        ExternBody::CText { range } => vec![leaf(format!("C text of {} bytes", range.end - range.start))],
        ExternBody::Header { header, names, .. } => {
            vec![node(format!("header {header:?}"), names.iter().map(|name| leaf(name.text.to_string())).collect())]
        }
    };
    node(format!("extern{libraries}{alias}"), children)
}

fn extern_item_node(item: &ExternItem) -> Node {
    match item {
        ExternItem::Function(function) => {
            let parameters = function.parameters.iter().map(|parameter| {
                let parts = parameter.attributes.iter().map(attribute_node).chain([type_node(&parameter.target)]);
                node(format!("parameter {}", parameter.name.text), parts.collect())
            });
            let variadic = function.is_variadic.then(|| leaf("..."));
            let result = part("result", function.result.as_ref().map(type_node));
            let attributes = function.attributes.iter().map(attribute_node);
            with_doc(
                format!("fn {}", function.name.text),
                &function.doc,
                attributes.chain(parameters).chain(variadic).chain(result).collect(),
            )
        }
        ExternItem::Variable { attributes, name, target, doc, .. } => with_doc(
            format!("var {}", name.text),
            doc,
            attributes.iter().map(attribute_node).chain([type_node(target)]).collect(),
        ),
        ExternItem::Declaration(statement) => statement_node(statement),
    }
}

// ---------------------------------------------------------------- types and patterns

fn path_text(path: &[Name]) -> String {
    path.iter().map(|name| &*name.text).collect::<Vec<_>>().join(".")
}

fn type_node(target: &Type) -> Node {
    enough_stack(|| match &target.kind {
        TypeKind::Name { path, .. } => leaf(path_text(path)),
        TypeKind::Pointer { is_const, target } => node(if *is_const { "*const" } else { "*" }, vec![type_node(target)]),
        TypeKind::Slice(element) => node("[]", vec![type_node(element)]),
        TypeKind::Array { length, element } => node("[N]", vec![expression_node(length), type_node(element)]),
        TypeKind::Function { parameters, is_variadic, result } => {
            let variadic = is_variadic.then(|| leaf("..."));
            let result = part("->", result.as_ref().map(|result| type_node(result)));
            node("fn", parameters.iter().map(type_node).chain(variadic).chain(result).collect())
        }
        TypeKind::Nilable(target) => node("?", vec![type_node(target)]),
        TypeKind::Error => leaf("<error>"),
    })
}

fn pattern_node(pattern: &Pattern) -> Node {
    enough_stack(|| match &pattern.kind {
        PatternKind::Wildcard => leaf("_"),
        PatternKind::Bind(name) => node("bind", vec![leaf(name.text.to_string())]),
        PatternKind::Literal(value) => expression_node(value),
        PatternKind::Range { start, end, is_inclusive } => {
            node(if *is_inclusive { "..=" } else { ".." }, vec![expression_node(start), expression_node(end)])
        }
        PatternKind::Constant(value) => node("constant", vec![expression_node(value)]),
        PatternKind::List { items, rest } => {
            let rest = rest.as_ref().map(|rest| leaf(format!("...{}", rest.as_ref().map_or("", |name| &name.text))));
            node("[]", items.iter().map(pattern_node).chain(rest).collect())
        }
        PatternKind::Map(pairs) => {
            node("[:]", pairs.iter().map(|(key, value)| node(":", vec![expression_node(key), pattern_node(value)])).collect())
        }
        PatternKind::Record { target, fields } => {
            let fields =
                fields.iter().map(|(name, pattern)| node(name.text.to_string(), pattern.iter().map(pattern_node).collect()));
            node("record", std::iter::once(type_node(target)).chain(fields).collect())
        }
        PatternKind::Is { name, target } => {
            node("is", vec![leaf(name.as_ref().map_or("_", |name| &name.text)), type_node(target)])
        }
        PatternKind::Alternatives(patterns) => node("|", patterns.iter().map(pattern_node).collect()),
        PatternKind::Error => leaf("<error>"),
    })
}

// ---------------------------------------------------------------- expressions

fn argument_node(argument: &Argument) -> Node {
    let value = expression_node(&argument.value);
    match &argument.name {
        Some(name) => node(format!("{}:", name.text), vec![value]),
        None if argument.is_spread => node("...", vec![value]),
        None => value,
    }
}

fn expression_node(expression: &Expression) -> Node {
    enough_stack(|| operator_node(expression).unwrap_or_else(|| plain_node(expression)))
}

/// Operators, and what is read as one.
fn operator_node(expression: &Expression) -> Option<Node> {
    use ExpressionKind as E;
    let two =
        |label: &str, left: &Expression, right: &Expression| node(label, vec![expression_node(left), expression_node(right)]);
    Some(match &expression.kind {
        E::Unary { operator, operand } => node(unary_text(*operator), vec![expression_node(operand)]),
        E::Binary { operator, left, right, .. } => two(binary_text(*operator), left, right),
        E::Logical { operator, left, right } => two(logical_text(*operator), left, right),
        E::Range { start, end, is_inclusive } => two(if *is_inclusive { "..=" } else { ".." }, start, end),
        E::In { item, container, is_negated } => two(if *is_negated { "not in" } else { "in" }, item, container),
        E::Is { value, target, is_negated } => {
            node(if *is_negated { "is not" } else { "is" }, vec![expression_node(value), type_node(target)])
        }
        E::Cast { value, target } => node("as", vec![expression_node(value), type_node(target)]),
        E::AddressOf(place) => node("&", vec![expression_node(place)]),
        E::Call { callee, arguments } => {
            node("call", std::iter::once(expression_node(callee)).chain(arguments.iter().map(argument_node)).collect())
        }
        E::Index { object, index } => two("index", object, index),
        E::Slice { object, start, end, is_inclusive } => {
            let bound =
                |bound: &Option<Box<Expression>>| bound.as_ref().map_or_else(|| leaf("_"), |bound| expression_node(bound));
            let label = if *is_inclusive { "slice..=" } else { "slice.." };
            node(label, vec![expression_node(object), bound(start), bound(end)])
        }
        E::Field { object, name, is_safe } => {
            node(format!("{}{}", if *is_safe { "?." } else { "." }, name.text), vec![expression_node(object)])
        }
        E::Parenthesized(inner) => node("()", vec![expression_node(inner)]),
        _ => return None,
    })
}

fn plain_node(expression: &Expression) -> Node {
    use ExpressionKind as E;
    match &expression.kind {
        E::Nil => leaf("nil"),
        E::Bool(value) => leaf(value.to_string()),
        E::Int(value) => leaf(value.to_string()),
        E::Float(value) => leaf(format!("{value:?}")),
        E::String(value) => leaf(format!("{value:?}")),
        E::Bytes(value) => leaf(format!("b\"{}\"", value.escape_ascii())),
        E::Template(parts) => node(
            "template",
            parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text) => leaf(format!("{text:?}")),
                    TemplatePart::Hole { value, format: None } => expression_node(value),
                    TemplatePart::Hole { value, format: Some(format) } => {
                        node(format_label(format), vec![expression_node(value)])
                    }
                })
                .collect(),
        ),
        E::Name { name, .. } => leaf(name.to_string()),
        E::List(elements) => node(
            "list",
            elements
                .iter()
                .map(|element| {
                    let value = expression_node(&element.value);
                    if element.is_spread { node("...", vec![value]) } else { value }
                })
                .collect(),
        ),
        E::Map(pairs) => {
            node("map", pairs.iter().map(|(key, value)| node(":", vec![expression_node(key), expression_node(value)])).collect())
        }
        E::Function(function) => function_node(function),
        E::If(branches) => {
            let arms = branches.arms.iter().flat_map(|(condition, block)| [expression_node(condition), block_node(block)]);
            node("if", arms.chain(part("else", branches.otherwise.as_ref().map(block_node))).collect())
        }
        E::Match(matched) => {
            node("match", std::iter::once(expression_node(&matched.subject)).chain(matched.arms.iter().map(arm_node)).collect())
        }
        E::Try(tried) => {
            let catches = tried.catches.iter().map(|catch| {
                let label = catch.name.as_ref().map_or("catch".to_string(), |name| format!("catch {}", name.text));
                node(
                    label,
                    part("if", catch.guard.as_ref().map(expression_node)).into_iter().chain([block_node(&catch.body)]).collect(),
                )
            });
            let finally = part("finally", tried.finally.as_ref().map(block_node));
            node("try", std::iter::once(block_node(&tried.body)).chain(catches).chain(finally).collect())
        }
        E::New(created) => new_node(created),
        E::SizeOf(target) => node("sizeof", vec![type_node(target)]),
        E::AlignOf(target) => node("alignof", vec![type_node(target)]),
        E::OffsetOf { target, path } => node("offsetof", vec![type_node(target), leaf(path_text(path))]),
        E::Throw(value) => node("throw", vec![expression_node(value)]),
        E::Return(value) => node("return", value.iter().map(|value| expression_node(value)).collect()),
        E::Break(label) => leaf(label.as_ref().map_or("break".to_string(), |label| format!("break {}", label.text))),
        E::Continue(label) => leaf(label.as_ref().map_or("continue".to_string(), |label| format!("continue {}", label.text))),
        E::Yield(value) => node("yield", value.iter().map(|value| expression_node(value)).collect()),
        _ => leaf("<error>"),
    }
}

fn arm_node(arm: &Arm) -> Node {
    let body = match &arm.body {
        ArmBody::Expression(expression) => expression_node(expression),
        ArmBody::Block(block) => block_node(block),
        ArmBody::Statement(statement) => statement_node(statement),
    };
    node(
        "arm",
        std::iter::once(pattern_node(&arm.pattern))
            .chain(part("if", arm.guard.as_ref().map(expression_node)))
            .chain([body])
            .collect(),
    )
}

fn new_node(created: &New) -> Node {
    let arena = part("arena", created.arena.as_ref().map(expression_node));
    let target = match &created.target {
        NewTarget::One(target) => vec![type_node(target)],
        NewTarget::Slice { length, element } => vec![node("[n]", vec![expression_node(length), type_node(element)])],
    };
    let arguments = created.arguments.as_ref().map(|arguments| node("arguments", arguments.iter().map(argument_node).collect()));
    node("new", arena.into_iter().chain(target).chain(arguments).collect())
}

/// A format as it would be written, in full.
fn format_label(format: &crate::format::Format) -> String {
    use crate::format::{Align, Sign};
    let mut label = String::from(":");
    if let Some(align) = format.align {
        if format.fill != ' ' {
            label.push(format.fill);
        }
        label.push(match align {
            Align::Left => '<',
            Align::Right => '>',
            Align::Center => '^',
        });
    }
    match format.sign {
        Sign::Negative => {}
        Sign::Always => label.push('+'),
        Sign::Blank => label.push(' '),
    }
    label.push_str(if format.alternate { "#" } else { "" });
    label.push_str(if format.zero { "0" } else { "" });
    if format.width > 0 {
        let _ = write!(label, "{}", format.width);
    }
    if let Some(precision) = format.precision {
        let _ = write!(label, ".{precision}");
    }
    label.extend(format.kind);
    label
}

fn unary_text(operator: UnaryOperator) -> &'static str {
    match operator {
        UnaryOperator::Negate => "-",
        UnaryOperator::Complement => "~",
        UnaryOperator::Not => "not",
        UnaryOperator::Dereference => "*",
    }
}

fn logical_text(operator: LogicalOperator) -> &'static str {
    match operator {
        LogicalOperator::And => "and",
        LogicalOperator::Or => "or",
        LogicalOperator::Coalesce => "??",
    }
}

fn binary_text(operator: BinaryOperator) -> &'static str {
    use BinaryOperator::*;
    match operator {
        Add => "+",
        Subtract => "-",
        Multiply => "*",
        Divide => "/",
        FloorDivide => "//",
        Remainder => "%",
        Power => "**",
        WrappingAdd => "+%",
        WrappingSubtract => "-%",
        WrappingMultiply => "*%",
        ShiftLeft => "<<",
        ShiftRight => ">>",
        ShiftRightLogical => ">>>",
        BitAnd => "&",
        BitXor => "^",
        BitOr => "|",
        Equal => "==",
        NotEqual => "!=",
        Less => "<",
        LessEqual => "<=",
        Greater => ">",
        GreaterEqual => ">=",
    }
}
