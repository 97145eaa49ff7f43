//! The operators of the language on the language's own values: the halves that the interpreter's fast paths leave.
//!
//! An operator that is not defined for its operands' kinds gives `None`, so that the interpreter can ask a struct's methods first;
//! [`operand_error`] then says what is wrong.

use super::list::ListRef;
use super::number::*;
use super::runtime::Runtime;
use super::string::compare_strings;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use std::cmp::Ordering;

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
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
}

impl Arithmetic {
    /// As it is written, which is also the name of the method that overloads it.
    pub fn symbol(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::FloorDivide => "//",
            Arithmetic::Remainder => "%",
            Arithmetic::Power => "**",
            Arithmetic::WrappingAdd => "+%",
            Arithmetic::WrappingSubtract => "-%",
            Arithmetic::WrappingMultiply => "*%",
            Arithmetic::ShiftLeft => "<<",
            Arithmetic::ShiftRight => ">>",
            Arithmetic::ShiftRightLogical => ">>>",
            Arithmetic::BitAnd => "&",
            Arithmetic::BitXor => "^",
            Arithmetic::BitOr => "|",
        }
    }

    /// Whether a struct can overload it.
    pub fn is_overloadable(self) -> bool {
        matches!(
            self,
            Arithmetic::Add
                | Arithmetic::Subtract
                | Arithmetic::Multiply
                | Arithmetic::Divide
                | Arithmetic::FloorDivide
                | Arithmetic::Remainder
                | Arithmetic::Power
        )
    }
}

/// `a op b`; `None` where the operator is not defined for these kinds (see the head of this file).
pub fn arithmetic(rt: &mut Runtime, op: Arithmetic, a: Value, b: Value) -> Result<Option<Value>, Thrown> {
    match (a.to_number(), b.to_number()) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => int_arithmetic(rt, op, a, b).map(Some),
        (Some(a), Some(b)) => Ok(float_arithmetic(op, a.to_float(), b.to_float()).map(Value::float_from_memory)),
        _ => match op {
            Arithmetic::Add if rt.is_pointer(a) && b.to_int().is_some() => rt.offset_pointer(a, b, false).map(Some),
            Arithmetic::Subtract if rt.is_pointer(a) && b.to_int().is_some() => rt.offset_pointer(a, b, true).map(Some),
            Arithmetic::Subtract if rt.is_pointer(a) && rt.is_pointer(b) => rt.pointer_difference(a, b).map(Some),
            Arithmetic::Add => add_sequences(rt, a, b),
            Arithmetic::Multiply => repeat_sequence(rt, a, b),
            _ => Ok(None),
        },
    }
}

/// `a op b` of two ints.
pub fn int_arithmetic(rt: &mut Runtime, op: Arithmetic, a: i64, b: i64) -> Result<Value, Thrown> {
    let result = match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => return Ok(Value::float_from_memory(a as f64 / b as f64)),
        Arithmetic::FloorDivide if b == 0 => return rt.fail(ErrorKind::ArithmeticError, "integer division by zero"),
        Arithmetic::Remainder if b == 0 => return rt.fail(ErrorKind::ArithmeticError, "integer remainder of a division by zero"),
        Arithmetic::FloorDivide => floor_divide_ints(a, b),
        Arithmetic::Remainder => Some(floor_remainder_ints(a, b)),
        Arithmetic::Power if b < 0 => return Ok(Value::float_from_memory((a as f64).powf(b as f64))),
        Arithmetic::Power => power_ints(a, b),
        Arithmetic::WrappingAdd => Some(a.wrapping_add(b)),
        Arithmetic::WrappingSubtract => Some(a.wrapping_sub(b)),
        Arithmetic::WrappingMultiply => Some(a.wrapping_mul(b)),
        Arithmetic::ShiftLeft | Arithmetic::ShiftRight | Arithmetic::ShiftRightLogical if !(0..=63).contains(&b) => {
            return rt.fail(ErrorKind::ValueError, format!("cannot shift by {b} bits: expected 0 to 63"));
        }
        Arithmetic::ShiftLeft => Some(a << b),
        Arithmetic::ShiftRight => Some(a >> b),
        Arithmetic::ShiftRightLogical => Some((a as u64 >> b) as i64),
        Arithmetic::BitAnd => Some(a & b),
        Arithmetic::BitXor => Some(a ^ b),
        Arithmetic::BitOr => Some(a | b),
    };
    match result {
        Some(result) => Ok(rt.int(result)),
        None => integer_overflow(rt),
    }
}

#[cold]
pub fn integer_overflow<T>(rt: &mut Runtime) -> Result<T, Thrown> {
    let failed = rt.fail(ErrorKind::ArithmeticError, "integer overflow");
    failed.map_err(|thrown| thrown.with_help(rt, "an int has 64 bits; floats go further, and `+% -% *%` wrap around"))
}

/// `a op b` of two floats; `None` for the operators that take ints only.
#[inline]
pub fn float_arithmetic(op: Arithmetic, a: f64, b: f64) -> Option<f64> {
    Some(match op {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::FloorDivide => floor_divide_floats(a, b),
        Arithmetic::Remainder => floor_remainder_floats(a, b),
        Arithmetic::Power => a.powf(b),
        _ => return None,
    })
}

/// `-a` of a number; `None` for what is none.
pub fn negate(rt: &mut Runtime, a: Value) -> Result<Option<Value>, Thrown> {
    match a.to_number() {
        Some(Number::Int(i)) => match i.checked_neg() {
            Some(negative) => Ok(Some(rt.int(negative))),
            None => integer_overflow(rt),
        },
        Some(Number::Float(f)) => Ok(Some(Value::float_from_memory(-f))),
        None => Ok(None),
    }
}

/// `~a` of an int; `TypeError` for what is none.
pub fn complement(rt: &mut Runtime, a: Value) -> Result<Value, Thrown> {
    match a.to_int() {
        Some(i) => Ok(rt.int(!i)),
        None => {
            let name = rt.type_name(a);
            rt.fail(ErrorKind::TypeError, format!("cannot apply `~` to {name}: expected an int"))
        }
    }
}

fn add_sequences(rt: &mut Runtime, a: Value, b: Value) -> Result<Option<Value>, Thrown> {
    if a.is_string() && b.is_string() {
        rt.concat(a, b).map(Some)
    } else if let (Some(a), Some(b)) = (ListRef::of(a), ListRef::of(b)) {
        rt.concat_lists(a, b).map(Some)
    } else if rt.slice_parts(a).is_some() && rt.slice_parts(b).is_some() {
        rt.join_slices(a, b).map(Some)
    } else {
        Ok(None)
    }
}

fn repeat_sequence(rt: &mut Runtime, a: Value, b: Value) -> Result<Option<Value>, Thrown> {
    let (sequence, count) = match (a.to_int(), b.to_int()) {
        (None, Some(count)) => (a, count),
        (Some(count), None) => (b, count),
        _ => return Ok(None),
    };
    if sequence.is_string() {
        rt.repeat_string(sequence, count).map(Some)
    } else if let Some(list) = ListRef::of(sequence) {
        rt.repeat_list(list, count).map(Some)
    } else if rt.is_bytes_type(rt.type_of(sequence)) {
        rt.repeat_bytes(sequence, count).map(Some)
    } else {
        Ok(None)
    }
}

/// The `TypeError` for operands that an operator is not defined for.
#[cold]
pub fn operand_error(rt: &mut Runtime, op: Arithmetic, a: Value, b: Value) -> Thrown {
    let (left, right) = (rt.type_name(a), rt.type_name(b));
    let mut message = match op {
        Arithmetic::Add => format!("cannot add {left} and {right}"),
        Arithmetic::Subtract => format!("cannot subtract {right} from {left}"),
        Arithmetic::Multiply => format!("cannot multiply {left} and {right}"),
        Arithmetic::Divide | Arithmetic::FloorDivide => format!("cannot divide {left} by {right}"),
        Arithmetic::Remainder => format!("cannot take the remainder of {left} by {right}"),
        Arithmetic::Power => format!("cannot raise {left} to the power of {right}"),
        _ => format!("cannot apply `{}` to {left} and {right}: expected two ints", op.symbol()),
    };
    if op == Arithmetic::Add && (a.is_string() != b.is_string()) {
        message.push_str("; to join texts write str(x), or \"{x}\" inside of one");
    } else if op == Arithmetic::Remainder && a.is_string() {
        message.push_str("; values are put into a text as \"{x}\"");
    } else if a.is_nil() || b.is_nil() {
        message.push_str("; a default can be given with `??`");
    }
    Thrown::Value(rt.error(ErrorKind::TypeError, &message))
}

// ------------------------------------------------------------ order

/// What `<` and its siblings find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    Ordered(Ordering),
    /// One of them is NaN: every comparison is false.
    Unordered,
    /// These kinds have no order of their own.
    NotApplicable,
}

/// One of the four operators of order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderOperator {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl OrderOperator {
    pub fn symbol(self) -> &'static str {
        match self {
            OrderOperator::Less => "<",
            OrderOperator::LessEqual => "<=",
            OrderOperator::Greater => ">",
            OrderOperator::GreaterEqual => ">=",
        }
    }

    /// Whether it holds of operands in this order.
    #[inline]
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            OrderOperator::Less => ordering.is_lt(),
            OrderOperator::LessEqual => ordering.is_le(),
            OrderOperator::Greater => ordering.is_gt(),
            OrderOperator::GreaterEqual => ordering.is_ge(),
        }
    }
}

/// The order of two numbers, strings or pointers.
#[inline]
pub fn compare(rt: &Runtime, a: Value, b: Value) -> Comparison {
    if a.both_inline_ints(b) {
        return Comparison::Ordered(a.as_inline_int().cmp(&b.as_inline_int()));
    }
    if let (Some(a), Some(b)) = (a.to_number(), b.to_number()) {
        return compare_numbers(a, b).map_or(Comparison::Unordered, Comparison::Ordered);
    }
    if a.is_string() && b.is_string() {
        return Comparison::Ordered(compare_strings(a, b));
    }
    match (rt.pointer_address(a), rt.pointer_address(b)) {
        (Some(a), Some(b)) => Comparison::Ordered(a.cmp(&b)),
        _ => Comparison::NotApplicable,
    }
}

/// `a op b` by [`compare`]; `None` where these kinds have no order of their own.
#[inline]
pub fn compare_with(rt: &Runtime, op: OrderOperator, a: Value, b: Value) -> Option<bool> {
    match compare(rt, a, b) {
        Comparison::Ordered(ordering) => Some(op.holds(ordering)),
        Comparison::Unordered => Some(false),
        Comparison::NotApplicable => None,
    }
}

/// The `TypeError` for a pair that has no order.
#[cold]
pub fn order_error(rt: &mut Runtime, a: Value, b: Value) -> Thrown {
    let (left, right) = (rt.type_name(a), rt.type_name(b));
    let message = format!("cannot compare {left} and {right}: expected two numbers, two strings or two pointers");
    Thrown::Value(rt.error(ErrorKind::TypeError, &message))
}

#[cfg(test)]
#[path = "arithmetic_test.rs"]
mod tests;
