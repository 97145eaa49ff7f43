//! Constant expressions of C: values of enumerators and macros, lengths of arrays, widths of bit-fields, conditions.

use super::token::{Token, text_of};
use crate::machine_stack;
use lang_c::ast::{
    self, BinaryOperator as B, Constant, Expression, ExternalDeclaration, Initializer, IntegerBase, IntegerSize, TypeName,
    UnaryOperator as U,
};
use lang_c::driver::{Config, Flavor, parse_preprocessed};

/// The value of a constant expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Int {
        value: i128,
        kind: IntKind,
    },
    Float(f64),
    /// A string literal.
    Text(Vec<u8>),
}

/// An integer type after promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntKind {
    pub bits: u8,
    pub is_signed: bool,
}

impl IntKind {
    pub const INT: IntKind = IntKind { bits: 32, is_signed: true };
    const SIZE: IntKind = IntKind { bits: 64, is_signed: false };

    fn wrap(self, value: i128) -> i128 {
        let shift = 128 - u32::from(self.bits);
        if self.is_signed { value << shift >> shift } else { ((value as u128) << shift >> shift) as i128 }
    }

    /// The type of a result of two operands.
    fn with(self, other: IntKind) -> IntKind {
        let bits = self.bits.max(other.bits).max(32);
        let signed = |kind: IntKind| kind.is_signed || kind.bits < bits;
        IntKind { bits, is_signed: signed(self) && signed(other) }
    }
}

/// What a type is in a cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Bool,
    Int(IntKind),
    Float { bits: u8 },
    Other,
}

/// The names that an expression may use.
pub trait Scope {
    fn constant(&self, name: &str) -> Option<Number>;
    fn is_type(&self, name: &str) -> bool;
    fn scalar(&self, name: &TypeName) -> Scalar;
    /// Size and alignment in bytes.
    fn layout(&self, name: &TypeName) -> Option<(u64, u64)>;
}

/// No names at all.
pub struct NoScope;

impl Scope for NoScope {
    fn constant(&self, _: &str) -> Option<Number> {
        None
    }
    fn is_type(&self, _: &str) -> bool {
        false
    }
    fn scalar(&self, _: &TypeName) -> Scalar {
        Scalar::Other
    }
    fn layout(&self, _: &TypeName) -> Option<(u64, u64)> {
        None
    }
}

/// The value of an expression of tokens, macros replaced; or why it has none that is known.
pub fn tokens(tokens: &[Token], scope: &dyn Scope) -> Result<Number, String> {
    let mut text = String::new();
    let mut known: Vec<&str> = Vec::new();
    for token in tokens.iter().filter(|token| token.is_identifier()) {
        if scope.is_type(&token.text) && !known.contains(&&*token.text) {
            known.push(&token.text);
            text.push_str(&format!("typedef int {};\n", token.text));
        }
    }
    text.push_str(&format!("int cotter_value = ({});\n", text_of(tokens)));
    let no_expression = || "it is no constant expression".to_string();
    let parsed = parse(text).map_err(|_| no_expression())?;
    let ExternalDeclaration::Declaration(declaration) = parsed.0.into_iter().next_back().ok_or_else(no_expression)?.node else {
        return Err(no_expression());
    };
    let initializer = declaration.node.declarators.into_iter().next().and_then(|declarator| declarator.node.initializer);
    match initializer.map(|initializer| initializer.node) {
        Some(Initializer::Expression(expression)) => value(&expression.node, scope),
        _ => Err(no_expression()),
    }
}

/// Parses a text of C; the offset of the first mistake if there is one.
pub fn parse(text: String) -> Result<ast::TranslationUnit, usize> {
    let config = Config { cpp_command: String::new(), cpp_options: Vec::new(), flavor: Flavor::GnuC11 };
    // The parser recurses as deep as brackets nest.
    machine_stack::with_room(512 * 1024, 4 * 1024 * 1024, || parse_preprocessed(&config, text))
        .map(|parsed| parsed.unit)
        .map_err(|error| error.offset)
}

fn int(value: i128, kind: IntKind) -> Number {
    Number::Int { value: kind.wrap(value), kind }
}

/// The value of an expression, or why it has none that is known.
pub fn value(expression: &Expression, scope: &dyn Scope) -> Result<Number, String> {
    machine_stack::with_room(64 * 1024, 1024 * 1024, || value_inner(expression, scope))
}

fn value_inner(expression: &Expression, scope: &dyn Scope) -> Result<Number, String> {
    match expression {
        Expression::Identifier(name) => {
            let name = &name.node.name;
            scope.constant(name).ok_or_else(|| format!("`{name}` is no constant"))
        }
        Expression::Constant(constant) => literal(&constant.node),
        Expression::StringLiteral(pieces) => {
            let mut bytes = Vec::new();
            for piece in &pieces.node {
                bytes.extend(unquoted(piece, '"').ok_or("its text cannot be read")?);
            }
            Ok(Number::Text(bytes))
        }
        Expression::UnaryOperator(node) => {
            let operand = value(&node.node.operand.node, scope)?;
            match (&node.node.operator.node, operand) {
                (U::Plus, operand) => Ok(operand),
                (U::Minus, Number::Int { value, kind }) => Ok(int(-value, kind.with(IntKind::INT))),
                (U::Minus, Number::Float(value)) => Ok(Number::Float(-value)),
                (U::Complement, Number::Int { value, kind }) => Ok(int(!value, kind.with(IntKind::INT))),
                (U::Negate, operand) => Ok(int(i128::from(!is_true(&operand)), IntKind::INT)),
                _ => Err("it is no constant expression".into()),
            }
        }
        Expression::Cast(node) => cast(value(&node.node.expression.node, scope)?, scope.scalar(&node.node.type_name.node)),
        Expression::SizeOfTy(node) => {
            let (size, _) = scope.layout(&node.node.0.node).ok_or("the size of a type in it is not known")?;
            Ok(int(i128::from(size), IntKind::SIZE))
        }
        Expression::SizeOfVal(node) => match value(&node.node.0.node, scope)? {
            Number::Text(text) => Ok(int(text.len() as i128 + 1, IntKind::SIZE)),
            Number::Int { kind, .. } => Ok(int(i128::from(kind.bits / 8), IntKind::SIZE)),
            Number::Float(_) => Ok(int(8, IntKind::SIZE)),
        },
        Expression::AlignOf(node) => {
            let (_, align) = scope.layout(&node.node.0.node).ok_or("the alignment of a type in it is not known")?;
            Ok(int(i128::from(align), IntKind::SIZE))
        }
        Expression::BinaryOperator(node) => binary(&node.node, scope),
        Expression::Conditional(node) => {
            let condition = value(&node.node.condition.node, scope)?;
            let taken = if is_true(&condition) { &node.node.then_expression } else { &node.node.else_expression };
            value(&taken.node, scope)
        }
        Expression::Call(_) => Err("it calls a function".into()),
        _ => Err("it is no constant expression".into()),
    }
}

fn is_true(number: &Number) -> bool {
    match number {
        Number::Int { value, .. } => *value != 0,
        Number::Float(value) => *value != 0.0,
        Number::Text(_) => true,
    }
}

fn cast(number: Number, to: Scalar) -> Result<Number, String> {
    match (number, to) {
        (Number::Int { value, .. }, Scalar::Int(kind)) => Ok(int(value, kind)),
        (Number::Int { value, .. }, Scalar::Float { .. }) => Ok(Number::Float(value as f64)),
        (Number::Float(value), Scalar::Int(kind)) => Ok(int(value as i128, kind)),
        (Number::Float(value), Scalar::Float { bits: 32 }) => Ok(Number::Float(f64::from(value as f32))),
        (Number::Float(value), Scalar::Float { .. }) => Ok(Number::Float(value)),
        (number @ (Number::Int { .. } | Number::Float(_)), Scalar::Bool) => truth(is_true(&number)),
        _ => Err("it is no number or text".into()),
    }
}

fn binary(node: &ast::BinaryOperatorExpression, scope: &dyn Scope) -> Result<Number, String> {
    let left = value(&node.lhs.node, scope)?;
    match node.operator.node {
        B::LogicalAnd if !is_true(&left) => return truth(false),
        B::LogicalOr if is_true(&left) => return truth(true),
        _ => {}
    }
    let right = value(&node.rhs.node, scope)?;
    if matches!(node.operator.node, B::LogicalAnd | B::LogicalOr) {
        return truth(is_true(&right));
    }
    let (a, b) = match (left, right) {
        (Number::Int { value: a, kind: left }, Number::Int { value: b, kind: right }) => {
            let is_shift = matches!(node.operator.node, B::ShiftLeft | B::ShiftRight);
            let kind = if is_shift { left.with(IntKind::INT) } else { left.with(right) };
            let (a, b) = (kind.wrap(a), if is_shift { b } else { kind.wrap(b) });
            let shift = || u32::try_from(b).ok().filter(|&b| b < u32::from(kind.bits)).ok_or("a shift in it is too far");
            let by = || if b == 0 { Err("it divides by zero".to_string()) } else { Ok(b) };
            return match node.operator.node {
                B::Multiply => Ok(int(a.wrapping_mul(b), kind)),
                B::Divide => Ok(int(a / by()?, kind)),
                B::Modulo => Ok(int(a % by()?, kind)),
                B::Plus => Ok(int(a + b, kind)),
                B::Minus => Ok(int(a - b, kind)),
                B::ShiftLeft => Ok(int(a << shift()?, kind)),
                B::ShiftRight => Ok(int(a >> shift()?, kind)),
                B::BitwiseAnd => Ok(int(a & b, kind)),
                B::BitwiseOr => Ok(int(a | b, kind)),
                B::BitwiseXor => Ok(int(a ^ b, kind)),
                _ => compared(&node.operator.node, a, b),
            };
        }
        (Number::Int { value, .. }, Number::Float(b)) => (value as f64, b),
        (Number::Float(a), Number::Int { value, .. }) => (a, value as f64),
        (Number::Float(a), Number::Float(b)) => (a, b),
        _ => return Err("it computes with a text".into()),
    };
    match node.operator.node {
        B::Multiply => Ok(Number::Float(a * b)),
        B::Divide => Ok(Number::Float(a / b)),
        B::Plus => Ok(Number::Float(a + b)),
        B::Minus => Ok(Number::Float(a - b)),
        _ => compared(&node.operator.node, a, b),
    }
}

fn truth(value: bool) -> Result<Number, String> {
    Ok(int(i128::from(value), IntKind::INT))
}

/// What a comparison gives; no other operator is left here.
fn compared<T: PartialOrd>(operator: &B, a: T, b: T) -> Result<Number, String> {
    truth(match operator {
        B::Less => a < b,
        B::Greater => a > b,
        B::LessOrEqual => a <= b,
        B::GreaterOrEqual => a >= b,
        B::Equals => a == b,
        B::NotEquals => a != b,
        _ => return Err("it is no constant expression".into()),
    })
}

fn literal(constant: &Constant) -> Result<Number, String> {
    match constant {
        Constant::Integer(integer) => {
            let radix = match integer.base {
                IntegerBase::Decimal => 10,
                IntegerBase::Octal => 8,
                IntegerBase::Hexadecimal => 16,
                IntegerBase::Binary => 2,
            };
            // The zero that says "octal" is not among the digits of the number.
            let digits = if integer.number.is_empty() { "0" } else { &integer.number };
            let value = i128::from_str_radix(digits, radix).map_err(|_| "a number in it is too large")?;
            let least = if integer.suffix.size == IntegerSize::Int { 32 } else { 64 };
            let may_be_unsigned = integer.suffix.unsigned || radix != 10;
            for bits in [32, 64].into_iter().filter(|&bits| bits >= least) {
                if !integer.suffix.unsigned && value < 1 << (bits - 1) {
                    return Ok(int(value, IntKind { bits, is_signed: true }));
                }
                if may_be_unsigned && value < 1 << bits {
                    return Ok(int(value, IntKind { bits, is_signed: false }));
                }
            }
            Err("a number in it is too large".into())
        }
        Constant::Float(float) => {
            let parsed = match float.base {
                ast::FloatBase::Decimal => float.number.parse().ok(),
                ast::FloatBase::Hexadecimal => hexadecimal(&float.number),
            };
            let value: f64 = parsed.ok_or("a number in it cannot be read")?;
            Ok(Number::Float(if float.suffix.format == ast::FloatFormat::Float { f64::from(value as f32) } else { value }))
        }
        Constant::Character(text) => match unquoted(text, '\'').as_deref() {
            Some([byte]) => Ok(int(i128::from(*byte as i8), IntKind::INT)),
            _ => Err("a character in it is none of one byte".into()),
        },
    }
}

/// `1.8p3` without its `0x`.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    Some(mantissa as f64 * 2f64.powi(exponent - 4 * fraction.len() as i32))
}

/// The bytes of a literal; none for wide ones.
fn unquoted(text: &str, quote: char) -> Option<Vec<u8>> {
    let text = text.strip_prefix("u8").unwrap_or(text);
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bytes = Vec::new();
    let mut rest = inner.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            bytes.extend(character.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        match rest.next()? {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' => bytes.push(27),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'x' => {
                let mut value = 0u32;
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) {
                    value = value.checked_mul(16)?.checked_add(digit)?;
                    rest.next();
                }
                bytes.push(u8::try_from(value).ok()?);
            }
            first @ '0'..='7' => {
                let mut value = first.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                    value = value * 8 + digit;
                    rest.next();
                }
                bytes.push(u8::try_from(value).ok()?);
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens as lex;
    use super::*;

    fn evaluated(text: &str) -> Result<Number, String> {
        tokens(&lex(text, 0), &NoScope)
    }

    fn number(text: &str) -> i128 {
        match evaluated(text) {
            Ok(Number::Int { value, .. }) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn integers_follow_the_rules_of_c() {
        assert_eq!(number("1 + 2 * 3"), 7);
        assert_eq!(number("~0U"), 0xffff_ffff);
        assert_eq!(number("~0"), -1);
        assert_eq!(number("0xffffffff"), 0xffff_ffff);
        assert_eq!(number("-1 > 0u"), 1);
        assert_eq!(number("1 << 31"), -(1 << 31));
        assert_eq!(number("1ul << 63"), 1 << 63);
        assert_eq!(number("010 + 0 + 'A' + '\\x41' + '\\0'"), 138);
        assert_eq!(number("3 ? 4 : 5"), 4);
        assert_eq!(number("!1 || 2 && 3 == 3"), 1);
        assert_eq!(number("-7 / 2"), -3);
    }

    #[test]
    fn floats_and_texts() {
        assert_eq!(evaluated("1.5 * 2"), Ok(Number::Float(3.0)));
        assert_eq!(evaluated("0x1.8p3"), Ok(Number::Float(12.0)));
        assert_eq!(evaluated("\"1.2\" \".3\\n\""), Ok(Number::Text(b"1.2.3\n".to_vec())));
    }

    #[test]
    fn what_is_no_constant_is_told() {
        for text in ["f(1)", "x", "1 / 0", "1 << 40", "", "}", "99999999999999999999999"] {
            assert!(evaluated(text).is_err(), "{text}");
        }
    }
}
