//! The compile-time evaluator: `const`, values of enums, lengths of arrays, widths of bit-fields.
//!
//! It knows numbers, strings, bools and nil, the operators on them, other constants, members of enums, and the sizes
//! of scalars and pointers. It follows the rules of the language exactly; what it cannot know is a syntax error.

use super::emitter::Emitter;
use super::fold::{fold, kind_of};
use super::resolve::deep;
use super::symbol::{EarlierKind, Progress, Symbol};
use crate::bytecode::{Constant, TypeDescription};
use crate::source::SourceRange;
use crate::syntax::tree::{BinaryOperator, Expression, ExpressionKind, LogicalOperator, UnaryOperator};
use std::rc::Rc;

/// The size in bytes and the signedness of an integer type.
pub(super) fn integer_type(name: &str) -> Option<(u8, bool)> {
    use std::ffi::{c_int, c_long, c_longlong, c_short};
    Some(match name {
        "i8" | "c_schar" => (1, true),
        "u8" | "c_uchar" => (1, false),
        "c_char" => (1, std::ffi::c_char::MIN != 0),
        "i16" => (2, true),
        "u16" => (2, false),
        "i32" => (4, true),
        "u32" => (4, false),
        "i64" | "int" => (8, true),
        "u64" => (8, false),
        "isize" => (size_of::<isize>() as u8, true),
        "usize" => (size_of::<usize>() as u8, false),
        "c_short" => (size_of::<c_short>() as u8, true),
        "c_ushort" => (size_of::<c_short>() as u8, false),
        "c_int" => (size_of::<c_int>() as u8, true),
        "c_uint" => (size_of::<c_int>() as u8, false),
        "c_long" => (size_of::<c_long>() as u8, true),
        "c_ulong" => (size_of::<c_long>() as u8, false),
        "c_longlong" => (size_of::<c_longlong>() as u8, true),
        "c_ulonglong" => (size_of::<c_longlong>() as u8, false),
        _ => return None,
    })
}

/// Size and alignment of a type that has no fields, in bytes.
fn scalar_layout(name: &str) -> Option<(u64, u64)> {
    if let Some((size, _)) = integer_type(name) {
        // On every supported system these types are aligned to their size, but for 64 bits on some 32-bit systems.
        let align = if size == 8 { align_of::<u64>() as u64 } else { u64::from(size) };
        return Some((u64::from(size), align));
    }
    Some(match name {
        "bool" => (1, 1),
        "f32" | "c_float" => (4, 4),
        "f64" | "float" | "c_double" => (8, align_of::<f64>() as u64),
        _ => return None,
    })
}

impl Emitter<'_, '_> {
    /// The value of a literal, constant or member of an enum; nothing for anything else.
    pub fn known_constant(&mut self, expression: &Expression) -> Option<Constant> {
        match &expression.kind {
            ExpressionKind::Nil => Some(Constant::Nil),
            ExpressionKind::Bool(value) => Some(Constant::Bool(*value)),
            ExpressionKind::Int(value) => Some(Constant::Int(*value)),
            ExpressionKind::Float(value) => Some(Constant::Float(*value)),
            ExpressionKind::String(value) => Some(Constant::String(Rc::clone(value))),
            ExpressionKind::Parenthesized(inner) => deep(|| self.known_constant(inner)),
            ExpressionKind::Unary { operator: UnaryOperator::Negate, operand } => match deep(|| self.known_constant(operand))? {
                Constant::Int(value) => value.checked_neg().map(Constant::Int),
                Constant::Float(value) => Some(Constant::Float(-value)),
                _ => None,
            },
            ExpressionKind::Name { id, .. } => match self.resolved.meanings[id.0 as usize].clone() {
                Symbol::Constant { index } => self.constant_of(index),
                Symbol::EnumMember { index, member } => {
                    let known = self.resolved.tables.enums[index as usize].partial.get(member as usize).copied();
                    let known = known.or_else(|| self.enum_values(index)?.get(member as usize).copied());
                    known.map(Constant::Int)
                }
                Symbol::Earlier { kind: EarlierKind::Constant(value), .. } => Some(value),
                _ => None,
            },
            ExpressionKind::Field { object, name, is_safe: false } => self.known_member(object, &name.text),
            _ => None,
        }
    }

    /// `Color.Red`, `z.Z_OK`, `z.Color.Red`.
    fn known_member(&mut self, object: &Expression, name: &str) -> Option<Constant> {
        let symbol = self.static_symbol(object)?;
        match symbol {
            Symbol::Enum { index, .. } => {
                let entry = &self.resolved.tables.enums[index as usize];
                let member = entry.node.members.iter().position(|m| &*m.name.text == name)?;
                if let Some(&value) = entry.partial.get(member) {
                    return Some(Constant::Int(value));
                }
                self.enum_values(index)?.get(member).map(|&value| Constant::Int(value))
            }
            Symbol::ExternAlias { block, .. } => match self.resolved.tables.blocks[block as usize].names.get(name)?.0 {
                Symbol::Constant { index } => self.constant_of(index),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a name, or a name behind an extern block's alias, means, if that is known here.
    pub fn static_symbol(&self, expression: &Expression) -> Option<Symbol> {
        match &expression.kind {
            ExpressionKind::Name { id, .. } => Some(self.resolved.meanings[id.0 as usize].clone()),
            ExpressionKind::Field { object, name, is_safe: false } => {
                let ExpressionKind::Name { id, .. } = &object.kind else { return None };
                let Symbol::ExternAlias { block, .. } = self.resolved.meanings[id.0 as usize] else { return None };
                Some(self.resolved.tables.blocks[block as usize].names.get(&name.text)?.0.clone())
            }
            _ => None,
        }
    }

    /// The value of a `const`.
    pub fn constant_of(&mut self, index: u32) -> Option<Constant> {
        let entry = &mut self.resolved.tables.constants[index as usize];
        match &entry.result {
            Progress::Done(value) => return value.clone(),
            Progress::Running => {
                let (name, range) = (Rc::clone(&entry.name.text), entry.name.range);
                entry.result = Progress::Done(None);
                self.error(format!("the constant `{name}` is defined by itself"), range);
                return None;
            }
            Progress::Pending => entry.result = Progress::Running,
        }
        let (value, annotation) = (entry.value, entry.annotation);
        let mut result = deep(|| self.evaluate(value));
        if let (Some(constant), Some(annotation)) = (&result, annotation) {
            result = match self.describe_type(annotation) {
                Some(description) => self.fit_constant(constant.clone(), &description, value.range),
                None => None,
            };
        }
        let entry = &mut self.resolved.tables.constants[index as usize];
        if matches!(entry.result, Progress::Done(None)) {
            return None;
        }
        entry.result = Progress::Done(result.clone());
        result
    }

    /// Checks a constant against its annotation, converting an int where a float is asked for.
    fn fit_constant(&mut self, constant: Constant, description: &TypeDescription, range: SourceRange) -> Option<Constant> {
        let (name, is_nilable) = match description {
            TypeDescription::Builtin(name) => (&**name, false),
            TypeDescription::Nilable(inner) => match &**inner {
                TypeDescription::Builtin(name) => (&**name, true),
                _ => return Some(constant),
            },
            _ => return Some(constant),
        };
        let fits = match (&constant, name) {
            (_, "any") => true,
            (Constant::Nil, name) => is_nilable || name == "nil",
            (Constant::Bool(_), name) => name == "bool",
            (Constant::String(_), name) => matches!(name, "string" | "cstr"),
            (Constant::Float(_), name) => matches!(name, "float" | "f64" | "f32" | "c_double" | "c_float"),
            (Constant::Int(value), "float" | "f64" | "f32" | "c_double" | "c_float") => {
                return Some(Constant::Float(*value as f64));
            }
            (Constant::Int(value), name) => match integer_type(name) {
                Some((size, is_signed)) => {
                    if !fits_integer(*value, size, is_signed) {
                        self.error(format!("{value} does not fit into {name}"), range);
                        return None;
                    }
                    true
                }
                None => false,
            },
            _ => true,
        };
        if fits {
            return Some(constant);
        }
        self.error(format!("expected a constant of type {name}, found {}", kind_of(&constant)), range);
        None
    }

    /// The values of the members of an enum, in order.
    pub fn enum_values(&mut self, index: u32) -> Option<Vec<i64>> {
        let entry = &mut self.resolved.tables.enums[index as usize];
        match &entry.values {
            Progress::Done(values) => return values.clone(),
            Progress::Running => {
                let (name, range) = (Rc::clone(&entry.node.name.text), entry.node.name.range);
                self.error(format!("a member of the enum `{name}` is defined by itself or by a later one"), range);
                return None;
            }
            Progress::Pending => entry.values = Progress::Running,
        }
        let node = entry.node;
        let base = match &node.base {
            Some(base) => self.describe_type(base),
            None => Some(TypeDescription::Builtin("c_int".into())),
        };
        let (size, is_signed) = match &base {
            Some(TypeDescription::Builtin(name)) => match integer_type(name) {
                Some(layout) => layout,
                None => {
                    let range = node.base.as_ref().map_or(node.range, |b| b.range);
                    self.error(format!("an enum's type is an integer type, not {name}"), range);
                    (8, true)
                }
            },
            Some(_) => {
                let range = node.base.as_ref().map_or(node.range, |b| b.range);
                self.error("an enum's type is an integer type of C", range);
                (8, true)
            }
            None => (8, true),
        };
        let mut next: Option<i64> = Some(0);
        let mut is_good = true;
        for member in &node.members {
            let value = match &member.value {
                Some(value) => match self.evaluate_int(value, "an enum member's value") {
                    Some(int) if !fits_integer(int, size, is_signed) => {
                        self.error(format!("{int} does not fit into the enum's type"), value.range);
                        None
                    }
                    other => other,
                },
                None => match next.filter(|&n| fits_integer(n, size, is_signed)) {
                    Some(value) => Some(value),
                    None => {
                        if is_good {
                            self.error(
                                format!("the value of `{}` does not fit into the enum's type", member.name.text),
                                member.name.range,
                            );
                        }
                        None
                    }
                },
            };
            is_good &= value.is_some();
            next = value.unwrap_or(0).checked_add(1);
            self.resolved.tables.enums[index as usize].partial.push(value.unwrap_or(0));
        }
        let entry = &mut self.resolved.tables.enums[index as usize];
        let values = is_good.then(|| entry.partial.clone());
        entry.values = Progress::Done(values.clone());
        values
    }

    pub fn evaluate_int(&mut self, expression: &Expression, what: &str) -> Option<i64> {
        match self.evaluate(expression)? {
            Constant::Int(value) => Some(value),
            other => {
                self.error(format!("{what} is an int, not {}", kind_of(&other)), expression.range);
                None
            }
        }
    }

    /// The value of an expression that has to be known when the file is compiled; reports why it is not.
    pub fn evaluate(&mut self, expression: &Expression) -> Option<Constant> {
        deep(|| self.evaluate_inner(expression))
    }

    fn evaluate_inner(&mut self, expression: &Expression) -> Option<Constant> {
        let range = expression.range;
        match &expression.kind {
            ExpressionKind::Parenthesized(inner) => self.evaluate(inner),
            ExpressionKind::Name { name, id } => {
                let symbol = self.resolved.meanings[id.0 as usize].clone();
                if matches!(symbol, Symbol::Unknown) {
                    return None;
                }
                if let Symbol::Constant { index } = symbol {
                    return self.constant_of(index);
                }
                let known = self.known_constant(expression);
                if known.is_none() && !matches!(symbol, Symbol::EnumMember { .. }) {
                    self.not_constant(&format!("`{name}` is no constant"), range);
                }
                known
            }
            ExpressionKind::Field { object, name, .. } => {
                let before = self.diagnostics.len();
                let known = self.known_constant(expression);
                let is_unknown_name = matches!(&object.kind, ExpressionKind::Name { id, .. } if matches!(self.resolved.meanings[id.0 as usize], Symbol::Unknown));
                if known.is_none()
                    && before == self.diagnostics.len()
                    && !is_unknown_name
                    && !self.is_failed_member(object, &name.text)
                {
                    self.not_constant(&format!("`.{}` is not known when the file is compiled", name.text), range);
                }
                known
            }
            ExpressionKind::Unary { operator, operand } => {
                let value = self.evaluate(operand)?;
                self.unary(*operator, &value, range)
            }
            ExpressionKind::Binary { operator, operator_range, left, right } => {
                let left = self.evaluate(left);
                let right = self.evaluate(right);
                self.binary_constant(*operator, &left?, &right?, *operator_range)
            }
            ExpressionKind::Logical { operator, left, right } => {
                let left = self.evaluate(left)?;
                let takes_right = match operator {
                    LogicalOperator::And => is_truthy(&left),
                    LogicalOperator::Or => !is_truthy(&left),
                    LogicalOperator::Coalesce => left == Constant::Nil,
                };
                if takes_right { self.evaluate(right) } else { Some(left) }
            }
            ExpressionKind::Cast { value, target } => {
                let value = self.evaluate(value)?;
                let description = self.describe_type(target)?;
                self.cast(value, &description, range)
            }
            ExpressionKind::SizeOf(target) => {
                let description = self.describe_type(target)?;
                self.layout(&description, range).map(|(size, _)| Constant::Int(size as i64))
            }
            ExpressionKind::AlignOf(target) => {
                let description = self.describe_type(target)?;
                self.layout(&description, range).map(|(_, align)| Constant::Int(align as i64))
            }
            ExpressionKind::Error => None,
            _ => {
                let known = self.known_constant(expression);
                if known.is_none() {
                    self.not_constant("this is not known when the file is compiled", range);
                }
                known
            }
        }
    }

    /// A member that is none because of an error reported earlier.
    fn is_failed_member(&self, object: &Expression, name: &str) -> bool {
        match self.static_symbol(object) {
            Some(Symbol::Enum { index, .. }) => {
                let entry = &self.resolved.tables.enums[index as usize];
                entry.node.members.iter().any(|m| &*m.name.text == name)
            }
            Some(Symbol::ExternAlias { block, .. }) => {
                let found = self.resolved.tables.blocks[block as usize].names.get(name);
                found.is_none_or(|(symbol, _)| matches!(symbol, Symbol::Constant { .. }))
            }
            _ => false,
        }
    }

    fn not_constant(&mut self, message: &str, range: SourceRange) {
        let diagnostic = crate::diagnostic::Diagnostic::syntax(message, range)
            .with_help("a constant is made of literals, operators, other constants, members of enums, `sizeof` and `alignof`");
        self.diagnostics.push(diagnostic);
    }

    fn unary(&mut self, operator: UnaryOperator, value: &Constant, range: SourceRange) -> Option<Constant> {
        match (operator, value) {
            (UnaryOperator::Not, value) => Some(Constant::Bool(!is_truthy(value))),
            (UnaryOperator::Negate, Constant::Int(value)) => match value.checked_neg() {
                Some(value) => Some(Constant::Int(value)),
                None => {
                    self.error("integer overflow in a constant", range);
                    None
                }
            },
            (UnaryOperator::Negate, Constant::Float(value)) => Some(Constant::Float(-value)),
            (UnaryOperator::Complement, Constant::Int(value)) => Some(Constant::Int(!value)),
            _ => {
                self.error(format!("this operator does not take {}", kind_of(value)), range);
                None
            }
        }
    }

    fn binary_constant(
        &mut self,
        operator: BinaryOperator,
        left: &Constant,
        right: &Constant,
        range: SourceRange,
    ) -> Option<Constant> {
        match fold(operator, left, right) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(message, range);
                None
            }
        }
    }

    fn cast(&mut self, value: Constant, description: &TypeDescription, range: SourceRange) -> Option<Constant> {
        if let TypeDescription::Builtin(name) = description {
            if let Some((size, is_signed)) = integer_type(name) {
                let bits = match value {
                    Constant::Int(value) => value,
                    Constant::Bool(value) => i64::from(value),
                    // Saturates within the type, as the language's cast does; NaN gives 0.
                    Constant::Float(value) => return Some(Constant::Int(saturate(value, size, is_signed))),
                    _ => {
                        self.error(format!("{} cannot become {name}", kind_of(&value)), range);
                        return None;
                    }
                };
                let shift = 64 - u32::from(size) * 8;
                let wrapped = if is_signed { (bits << shift) >> shift } else { ((bits as u64) << shift >> shift) as i64 };
                return Some(Constant::Int(wrapped));
            }
            match (&**name, &value) {
                ("float" | "f64" | "c_double", Constant::Int(value)) => return Some(Constant::Float(*value as f64)),
                ("float" | "f64" | "c_double", Constant::Float(value)) => return Some(Constant::Float(*value)),
                ("f32" | "c_float", Constant::Int(value)) => return Some(Constant::Float(f64::from(*value as f32))),
                ("f32" | "c_float", Constant::Float(value)) => return Some(Constant::Float(f64::from(*value as f32))),
                _ => {}
            }
        }
        self.not_constant("this cast is not known when the file is compiled", range);
        None
    }

    /// Size and alignment of a type without fields.
    fn layout(&mut self, description: &TypeDescription, range: SourceRange) -> Option<(u64, u64)> {
        let pointer = size_of::<usize>() as u64;
        let found = match description {
            TypeDescription::Builtin(name) => scalar_layout(name),
            TypeDescription::Pointer { .. } | TypeDescription::Function { .. } => Some((pointer, pointer)),
            TypeDescription::Array { length, element } => {
                let (size, align) = self.layout(element, range)?;
                size.checked_mul(*length).filter(|&s| i64::try_from(s).is_ok()).map(|size| (size, align))
            }
            TypeDescription::Enum(index) => {
                let base = self.resolved.tables.enums[*index as usize].node.base.as_ref();
                match base {
                    Some(base) => match self.describe_type(base)? {
                        TypeDescription::Builtin(name) => scalar_layout(&name),
                        _ => None,
                    },
                    None => scalar_layout("c_int"),
                }
            }
            _ => None,
        };
        if found.is_none() {
            self.not_constant("the size of this type is not known when the file is compiled", range);
        }
        found
    }
}

fn saturate(value: f64, size: u8, is_signed: bool) -> i64 {
    match (size, is_signed) {
        (1, true) => i64::from(value as i8),
        (1, false) => i64::from(value as u8),
        (2, true) => i64::from(value as i16),
        (2, false) => i64::from(value as u16),
        (4, true) => i64::from(value as i32),
        (4, false) => i64::from(value as u32),
        (_, true) => value as i64,
        (_, false) => value as u64 as i64,
    }
}

/// Whether an int converts to an integer type; 64-bit unsigned types take any int, keeping its bits.
fn fits_integer(value: i64, size: u8, is_signed: bool) -> bool {
    if size >= 8 {
        return true;
    }
    let bits = u32::from(size) * 8;
    if is_signed {
        let limit = 1i64 << (bits - 1);
        (-limit..limit).contains(&value)
    } else {
        (0..1i64 << bits).contains(&value)
    }
}

fn is_truthy(value: &Constant) -> bool {
    !matches!(value, Constant::Nil | Constant::Bool(false))
}
