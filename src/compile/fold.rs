//! Operators on constants, by the rules of the language.

use crate::bytecode::Constant;
use crate::syntax::tree::BinaryOperator;
use std::cmp::Ordering;

/// The longest string that a constant may become, in bytes.
const MAXIMUM_STRING: usize = 1 << 20;

/// The value of `left operator right`, or what is wrong with it.
pub(super) fn fold(operator: BinaryOperator, left: &Constant, right: &Constant) -> Result<Constant, String> {
    use BinaryOperator as B;
    match operator {
        B::Equal => return Ok(Constant::Bool(is_equal(left, right))),
        B::NotEqual => return Ok(Constant::Bool(!is_equal(left, right))),
        B::Less | B::LessEqual | B::Greater | B::GreaterEqual => {
            let order = match (left, right) {
                (Constant::String(left), Constant::String(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
                (Constant::Int(left), Constant::Int(right)) => Some(left.cmp(right)),
                _ => match (number(left), number(right)) {
                    (Some(_), Some(_)) => compare_numbers(left, right),
                    _ => return Err(format!("{} and {} have no order", kind_of(left), kind_of(right))),
                },
            };
            let holds = match operator {
                B::Less => order == Some(Ordering::Less),
                B::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                B::Greater => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            };
            return Ok(Constant::Bool(holds));
        }
        _ => {}
    }
    match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => fold_ints(operator, *left, *right),
        (Constant::String(left), Constant::String(right)) if operator == B::Add => {
            if left.len() + right.len() > MAXIMUM_STRING {
                return Err("the constant string is too long".to_string());
            }
            Ok(Constant::String(format!("{left}{right}").into()))
        }
        (Constant::String(text), Constant::Int(count)) | (Constant::Int(count), Constant::String(text))
            if operator == B::Multiply =>
        {
            let count =
                usize::try_from(*count).map_err(|_| "a string cannot be repeated a negative number of times".to_string())?;
            if text.len().saturating_mul(count) > MAXIMUM_STRING {
                return Err("the constant string is too long".to_string());
            }
            Ok(Constant::String(text.repeat(count).into()))
        }
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => fold_floats(operator, left, right),
            _ => Err(mismatch(left, right)),
        },
    }
}

fn mismatch(left: &Constant, right: &Constant) -> String {
    format!("this operator does not take {} and {}", kind_of(left), kind_of(right))
}

fn number(value: &Constant) -> Option<f64> {
    match value {
        Constant::Int(value) => Some(*value as f64),
        Constant::Float(value) => Some(*value),
        _ => None,
    }
}

/// Compares an int and a float by exact mathematical value.
fn compare_mixed(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // All ints lie strictly between these bounds or on the lower one, which is exact.
    if float >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if float < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = float.floor();
    let order = int.cmp(&(whole as i64));
    Some(if order == Ordering::Equal && float > whole { Ordering::Less } else { order })
}

fn compare_numbers(left: &Constant, right: &Constant) -> Option<Ordering> {
    match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => Some(left.cmp(right)),
        (Constant::Float(left), Constant::Float(right)) => left.partial_cmp(right),
        (Constant::Int(left), Constant::Float(right)) => compare_mixed(*left, *right),
        (Constant::Float(left), Constant::Int(right)) => compare_mixed(*right, *left).map(Ordering::reverse),
        _ => None,
    }
}

fn is_equal(left: &Constant, right: &Constant) -> bool {
    match (left, right) {
        (Constant::Int(_) | Constant::Float(_), Constant::Int(_) | Constant::Float(_)) => {
            compare_numbers(left, right) == Some(Ordering::Equal)
        }
        _ => left == right,
    }
}

fn fold_ints(operator: BinaryOperator, left: i64, right: i64) -> Result<Constant, String> {
    use BinaryOperator as B;
    let overflow = || "integer overflow in a constant".to_string();
    let shift = || u32::try_from(right).ok().filter(|&n| n < 64).ok_or_else(|| "a shift is by 0 to 63 bits".to_string());
    let int = |value: Option<i64>| value.map(Constant::Int).ok_or_else(overflow);
    match operator {
        B::Add => int(left.checked_add(right)),
        B::Subtract => int(left.checked_sub(right)),
        B::Multiply => int(left.checked_mul(right)),
        B::Divide => Ok(Constant::Float(left as f64 / right as f64)),
        B::FloorDivide | B::Remainder if right == 0 => Err("division by zero in a constant".to_string()),
        B::FloorDivide => {
            let quotient = left.checked_div(right).ok_or_else(overflow)?;
            let has_rest = left.wrapping_rem(right) != 0;
            int(Some(if has_rest && (left < 0) != (right < 0) { quotient - 1 } else { quotient }))
        }
        B::Remainder => {
            let rest = left.wrapping_rem(right);
            Ok(Constant::Int(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest }))
        }
        B::Power if right < 0 => Ok(Constant::Float((left as f64).powf(right as f64))),
        B::Power => match u32::try_from(right) {
            Ok(exponent) => int(left.checked_pow(exponent)),
            // Only these bases have powers of such exponents.
            Err(_) => match left {
                0 | 1 => Ok(Constant::Int(left)),
                -1 => Ok(Constant::Int(if right % 2 == 0 { 1 } else { -1 })),
                _ => Err(overflow()),
            },
        },
        B::WrappingAdd => Ok(Constant::Int(left.wrapping_add(right))),
        B::WrappingSubtract => Ok(Constant::Int(left.wrapping_sub(right))),
        B::WrappingMultiply => Ok(Constant::Int(left.wrapping_mul(right))),
        B::ShiftLeft => Ok(Constant::Int(left << shift()?)),
        B::ShiftRight => Ok(Constant::Int(left >> shift()?)),
        B::ShiftRightLogical => Ok(Constant::Int((left as u64 >> shift()?) as i64)),
        B::BitAnd => Ok(Constant::Int(left & right)),
        B::BitXor => Ok(Constant::Int(left ^ right)),
        B::BitOr => Ok(Constant::Int(left | right)),
        _ => Err("this operator is not known in a constant".to_string()),
    }
}

fn fold_floats(operator: BinaryOperator, left: f64, right: f64) -> Result<Constant, String> {
    use BinaryOperator as B;
    let value = match operator {
        B::Add => left + right,
        B::Subtract => left - right,
        B::Multiply => left * right,
        B::Divide => left / right,
        B::FloorDivide => (left / right).floor(),
        B::Remainder => {
            let rest = left % right;
            if rest != 0.0 && (rest < 0.0) != (right < 0.0) { rest + right } else { rest }
        }
        B::Power => left.powf(right),
        _ => return Err("this operator takes ints".to_string()),
    };
    Ok(Constant::Float(value))
}

/// A constant's kind, with its article.
pub(super) fn kind_of(value: &Constant) -> &'static str {
    match value {
        Constant::Nil => "nil",
        Constant::Bool(_) => "a bool",
        Constant::Int(_) => "an int",
        Constant::Float(_) => "a float",
        Constant::String(_) => "a string",
        _ => "a value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_floor_and_overflow() {
        let int = |operator, left, right| fold(operator, &Constant::Int(left), &Constant::Int(right));
        assert_eq!(int(BinaryOperator::FloorDivide, -7, 2), Ok(Constant::Int(-4)));
        assert_eq!(int(BinaryOperator::Remainder, -7, 2), Ok(Constant::Int(1)));
        assert_eq!(int(BinaryOperator::Remainder, i64::MIN, -1), Ok(Constant::Int(0)));
        assert!(int(BinaryOperator::FloorDivide, i64::MIN, -1).is_err());
        assert!(int(BinaryOperator::Add, i64::MAX, 1).is_err());
        assert_eq!(int(BinaryOperator::Power, -1, i64::MAX), Ok(Constant::Int(-1)));
    }

    #[test]
    fn numbers_compare_exactly() {
        let big = Constant::Int((1 << 53) + 1);
        let float = Constant::Float((1u64 << 53) as f64);
        assert_eq!(fold(BinaryOperator::Equal, &big, &float), Ok(Constant::Bool(false)));
        assert_eq!(fold(BinaryOperator::Greater, &big, &float), Ok(Constant::Bool(true)));
        assert_eq!(fold(BinaryOperator::Less, &Constant::Int(-1), &Constant::Float(-0.5)), Ok(Constant::Bool(true)));
    }
}
