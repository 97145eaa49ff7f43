//! The module `math`. What is computed with floats follows IEEE 754: outside of a function's domain the result is NaN, not an error.

use super::expect::parameter;
use crate::value::{ErrorKind, Number, Thrown, Value, compare_numbers, float_to_int, integer_overflow};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::cmp::Ordering;

pub const NAMESPACE: Namespace = Namespace {
    name: "math",
    place: Place::Module,
    entries: ENTRIES,
    constants,
    script: None,
    doc: "Numbers. Functions take ints and floats alike and give floats where nothing else is said; angles are in radians; outside of its domain a function gives NaN, by IEEE 754.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "sqrt", signature: "(x)", minimum: 1, maximum: 1, function: sqrt, doc: "The square root; NaN for negative numbers." },
    NativeEntry { name: "cbrt", signature: "(x)", minimum: 1, maximum: 1, function: cbrt, doc: "The cube root." },
    NativeEntry { name: "exp", signature: "(x)", minimum: 1, maximum: 1, function: exp, doc: "`e ** x`." },
    NativeEntry { name: "log", signature: "(x, base = nil)", minimum: 1, maximum: 2, function: log, doc: "The natural logarithm, or the one to a base; `-inf` for 0, NaN for negative numbers." },
    NativeEntry { name: "log2", signature: "(x)", minimum: 1, maximum: 1, function: log2, doc: "The logarithm to base 2." },
    NativeEntry { name: "log10", signature: "(x)", minimum: 1, maximum: 1, function: log10, doc: "The logarithm to base 10." },
    NativeEntry { name: "sin", signature: "(x)", minimum: 1, maximum: 1, function: sin, doc: "The sine." },
    NativeEntry { name: "cos", signature: "(x)", minimum: 1, maximum: 1, function: cos, doc: "The cosine." },
    NativeEntry { name: "tan", signature: "(x)", minimum: 1, maximum: 1, function: tan, doc: "The tangent." },
    NativeEntry { name: "asin", signature: "(x)", minimum: 1, maximum: 1, function: asin, doc: "The inverse of the sine, between -π/2 and π/2." },
    NativeEntry { name: "acos", signature: "(x)", minimum: 1, maximum: 1, function: acos, doc: "The inverse of the cosine, between 0 and π." },
    NativeEntry { name: "atan", signature: "(x)", minimum: 1, maximum: 1, function: atan, doc: "The inverse of the tangent, between -π/2 and π/2." },
    NativeEntry { name: "atan2", signature: "(y, x)", minimum: 2, maximum: 2, function: atan2, doc: "The angle of the point (x, y), between -π and π." },
    NativeEntry { name: "sinh", signature: "(x)", minimum: 1, maximum: 1, function: sinh, doc: "The hyperbolic sine." },
    NativeEntry { name: "cosh", signature: "(x)", minimum: 1, maximum: 1, function: cosh, doc: "The hyperbolic cosine." },
    NativeEntry { name: "tanh", signature: "(x)", minimum: 1, maximum: 1, function: tanh, doc: "The hyperbolic tangent." },
    NativeEntry { name: "hypot", signature: "(x, y)", minimum: 2, maximum: 2, function: hypot, doc: "The length of the vector (x, y), without overflow on the way.\n\n    print(math.hypot(3, 4))   # => 5.0" },
    NativeEntry { name: "floor", signature: "(x)", minimum: 1, maximum: 1, function: floor, doc: "The greatest int that is not above `x`; NaN, infinities and what does not fit are a `ValueError`." },
    NativeEntry { name: "ceil", signature: "(x)", minimum: 1, maximum: 1, function: ceil, doc: "The least int that is not below `x`; errors as for `floor`." },
    NativeEntry { name: "round", signature: "(x)", minimum: 1, maximum: 1, function: round, doc: "The nearest int, halves away from zero; errors as for `floor`.\n\n    print(math.round(2.5), math.round(-2.5))   # => 3 -3" },
    NativeEntry { name: "trunc", signature: "(x)", minimum: 1, maximum: 1, function: trunc, doc: "The int without the fraction; errors as for `floor`." },
    NativeEntry { name: "abs", signature: "(x)", minimum: 1, maximum: 1, function: abs, doc: "Without its sign, int or float as `x` is; of the smallest int an `ArithmeticError`." },
    NativeEntry { name: "sign", signature: "(x)", minimum: 1, maximum: 1, function: sign, doc: "-1, 0 or 1, an int; NaN for NaN." },
    NativeEntry { name: "clamp", signature: "(x, low, high)", minimum: 3, maximum: 3, function: clamp, doc: "`x`, or the bound that it lies beyond; `low` above `high` is a `ValueError`." },
    NativeEntry { name: "gcd", signature: "(a, b)", minimum: 2, maximum: 2, function: gcd, doc: "The greatest common divisor of two ints, not negative." },
    NativeEntry { name: "lcm", signature: "(a, b)", minimum: 2, maximum: 2, function: lcm, doc: "The least common multiple of two ints, not negative; one that does not fit is an `ArithmeticError`." },
    NativeEntry { name: "is_nan", signature: "(x)", minimum: 1, maximum: 1, function: is_nan, doc: "Whether `x` is NaN." },
    NativeEntry { name: "is_inf", signature: "(x)", minimum: 1, maximum: 1, function: is_inf, doc: "Whether `x` is infinite, of either sign." },
];

fn constants(_: &mut Vm) -> Vec<(&'static str, Value)> {
    vec![
        ("pi", Value::float(std::f64::consts::PI)),
        ("e", Value::float(std::f64::consts::E)),
        ("inf", Value::float(f64::INFINITY)),
        ("nan", Value::float(f64::NAN)),
    ]
}

// ------------------------------------------------------------ floats

/// Functions of one float.
macro_rules! float_functions {
    ($($name:ident $method:ident,)+) => {
        $(
            fn $name(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
                let x = parameter(stringify!($name), "x", 0).float(vm, arguments)?;
                Ok(Value::float_from_memory(x.$method()))
            }
        )+
    };
}

float_functions! {
    sqrt sqrt, cbrt cbrt, exp exp, log2 log2, log10 log10, sin sin, cos cos, tan tan, asin asin, acos acos, atan atan,
    sinh sinh, cosh cosh, tanh tanh,
}

fn log(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let x = parameter("log", "x", 0).float(vm, arguments)?;
    let result = match arguments.optional(1) {
        None | Some(Value::NIL) => x.ln(),
        Some(_) => match parameter("log", "base", 1).float(vm, arguments)? {
            2.0 => x.log2(),
            10.0 => x.log10(),
            base => x.ln() / base.ln(),
        },
    };
    Ok(Value::float_from_memory(result))
}

fn atan2(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let y = parameter("atan2", "y", 0).float(vm, arguments)?;
    let x = parameter("atan2", "x", 1).float(vm, arguments)?;
    Ok(Value::float_from_memory(y.atan2(x)))
}

fn hypot(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let x = parameter("hypot", "x", 0).float(vm, arguments)?;
    let y = parameter("hypot", "y", 1).float(vm, arguments)?;
    Ok(Value::float_from_memory(x.hypot(y)))
}

fn is_nan(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(parameter("is_nan", "x", 0).float(vm, arguments)?.is_nan()))
}

fn is_inf(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(parameter("is_inf", "x", 0).float(vm, arguments)?.is_infinite()))
}

// ------------------------------------------------------------ from floats to ints

fn rounded(vm: &mut Vm, arguments: Arguments, function: &'static str, rule: fn(f64) -> f64) -> Result<Value, Thrown> {
    match parameter(function, "x", 0).number(vm, arguments)? {
        Number::Int(_) => Ok(arguments.get(0)),
        Number::Float(float) => match float_to_int(rule(float)) {
            Some(int) => Ok(vm.runtime.int(int)),
            None => {
                let shown = vm.repr_short(arguments.get(0))?;
                vm.fail(ErrorKind::ValueError, format!("{function}() gives an int of 64 bits, and {shown} has none"))
            }
        },
    }
}

fn floor(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    rounded(vm, arguments, "floor", f64::floor)
}

fn ceil(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    rounded(vm, arguments, "ceil", f64::ceil)
}

fn round(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    rounded(vm, arguments, "round", f64::round)
}

fn trunc(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    rounded(vm, arguments, "trunc", f64::trunc)
}

// ------------------------------------------------------------ ints and floats

fn abs(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    match parameter("abs", "x", 0).number(vm, arguments)? {
        Number::Float(float) => Ok(Value::float_from_memory(float.abs())),
        Number::Int(int) => match int.checked_abs() {
            Some(int) => Ok(vm.runtime.int(int)),
            None => integer_overflow(&mut vm.runtime),
        },
    }
}

fn sign(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let x = parameter("sign", "x", 0).number(vm, arguments)?;
    Ok(match compare_numbers(x, Number::Int(0)) {
        Some(ordering) => Value::inline_int(ordering as i64),
        None => arguments.get(0),
    })
}

fn clamp(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let x = parameter("clamp", "x", 0).number(vm, arguments)?;
    let low = parameter("clamp", "low", 1).number(vm, arguments)?;
    let high = parameter("clamp", "high", 2).number(vm, arguments)?;
    if compare_numbers(low, high).is_none_or(Ordering::is_gt) {
        return parameter("clamp", "low", 1).wrong_value(vm, "must not be above `high`, and neither may be NaN");
    }
    let chosen = if compare_numbers(x, low) == Some(Ordering::Less) {
        1
    } else if compare_numbers(x, high) == Some(Ordering::Greater) {
        2
    } else {
        0
    };
    Ok(arguments.get(chosen))
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// An int that is not negative, if it fits.
fn magnitude(vm: &mut Vm, value: Option<u64>) -> Result<Value, Thrown> {
    match value.and_then(|value| i64::try_from(value).ok()) {
        Some(int) => Ok(vm.runtime.int(int)),
        None => integer_overflow(&mut vm.runtime),
    }
}

fn gcd(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let a = parameter("gcd", "a", 0).int(vm, arguments)?.unsigned_abs();
    let b = parameter("gcd", "b", 1).int(vm, arguments)?.unsigned_abs();
    magnitude(vm, Some(greatest_common_divisor(a, b)))
}

fn lcm(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let a = parameter("lcm", "a", 0).int(vm, arguments)?.unsigned_abs();
    let b = parameter("lcm", "b", 1).int(vm, arguments)?.unsigned_abs();
    let multiple = if a == 0 || b == 0 { Some(0) } else { (a / greatest_common_divisor(a, b)).checked_mul(b) };
    magnitude(vm, multiple)
}

#[cfg(test)]
mod tests {
    use super::greatest_common_divisor;

    #[test]
    fn divisors() {
        assert_eq!(greatest_common_divisor(12, 18), 6);
        assert_eq!(greatest_common_divisor(0, 4), 4);
        assert_eq!(greatest_common_divisor(0, 0), 0);
        assert_eq!(greatest_common_divisor(1 << 63, 48), 16);
    }
}
