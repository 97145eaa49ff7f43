use super::super::testing::*;
use super::*;
use proptest::prelude::*;

fn run(rt: &mut Runtime, op: Arithmetic, a: Value, b: Value) -> Value {
    arithmetic(rt, op, a, b).unwrap().unwrap()
}

#[test]
fn ints_beyond_the_inline_range_keep_their_value() {
    let rt = &mut test_runtime();
    let big = rt.int(1 << 60);
    let sum = run(rt, Arithmetic::Add, big, int(5));
    assert_eq!(sum.to_int(), Some((1 << 60) + 5));
    let back = run(rt, Arithmetic::Subtract, sum, big);
    assert_eq!(back, int(5), "the result is inline again");
    let most = rt.int(i64::MAX);
    assert_eq!(error_of(arithmetic(rt, Arithmetic::Add, most, int(1))), "ArithmeticError: integer overflow");
    let least = rt.int(i64::MIN);
    assert_eq!(error_of(arithmetic(rt, Arithmetic::FloorDivide, least, int(-1))), "ArithmeticError: integer overflow");
    assert_eq!(run(rt, Arithmetic::Remainder, least, int(-1)), int(0));
    assert_eq!(error_of(negate(rt, least)), "ArithmeticError: integer overflow");
    assert_eq!(run(rt, Arithmetic::WrappingAdd, most, int(1)).to_int(), Some(i64::MIN));
}

#[test]
fn every_operator_on_two_ints() {
    let rt = &mut test_runtime();
    use Arithmetic::*;
    for (op, a, b, expected) in [
        (Add, 7, 2, 9),
        (Subtract, 7, 2, 5),
        (Multiply, 7, 2, 14),
        (FloorDivide, -7, 2, -4),
        (Remainder, -7, 2, 1),
        (Power, 7, 2, 49),
        (WrappingAdd, 7, 2, 9),
        (WrappingSubtract, 7, 2, 5),
        (WrappingMultiply, 7, 2, 14),
        (ShiftLeft, 3, 62, 3 << 62),
        (ShiftRight, -16, 2, -4),
        (ShiftRightLogical, -1, 63, 1),
        (BitAnd, 6, 3, 2),
        (BitXor, 6, 3, 5),
        (BitOr, 6, 3, 7),
    ] {
        assert_eq!(run(rt, op, int(a), int(b)).to_int(), Some(expected), "{a} {} {b}", op.symbol());
    }
    assert_eq!(run(rt, Divide, int(7), int(2)), Value::float(3.5));
    assert_eq!(run(rt, Power, int(2), int(-1)), Value::float(0.5));
    assert_eq!(run(rt, Divide, int(1), int(0)), Value::float(f64::INFINITY));
}

#[test]
fn errors_of_ints() {
    let rt = &mut test_runtime();
    assert_eq!(error_of(arithmetic(rt, Arithmetic::FloorDivide, int(1), int(0))), "ArithmeticError: integer division by zero");
    assert!(error_of(arithmetic(rt, Arithmetic::Remainder, int(1), int(0))).starts_with("ArithmeticError: "));
    for count in [-1, 64, i64::MAX] {
        let count = rt.int(count);
        for op in [Arithmetic::ShiftLeft, Arithmetic::ShiftRight, Arithmetic::ShiftRightLogical] {
            assert!(error_of(arithmetic(rt, op, int(1), count)).starts_with("ValueError: cannot shift by "));
        }
    }
}

#[test]
fn int_and_float_give_a_float_and_nan_is_canonical() {
    let rt = &mut test_runtime();
    assert_eq!(run(rt, Arithmetic::Add, int(1), Value::float(0.5)), Value::float(1.5));
    assert_eq!(run(rt, Arithmetic::Remainder, Value::float(-7.5), int(2)), Value::float(0.5));
    let nan = run(rt, Arithmetic::Divide, Value::float(0.0), Value::float(0.0));
    assert!(nan.is_float() && nan.as_float().is_nan());
    let negative = negate(rt, nan).unwrap().unwrap();
    assert!(negative.is_float() && negative.as_float().is_nan());
    assert_eq!(arithmetic(rt, Arithmetic::BitAnd, int(1), Value::float(1.0)).unwrap(), None);
    assert_eq!(arithmetic(rt, Arithmetic::WrappingAdd, int(1), Value::float(1.0)).unwrap(), None);
}

#[test]
fn texts_and_lists_are_joined_and_repeated() {
    let rt = &mut test_runtime();
    let (ab, c) = (rt.string("ab").unwrap(), rt.string("c").unwrap());
    assert_eq!(run(rt, Arithmetic::Add, ab, c).as_str(), "abc");
    assert_eq!(run(rt, Arithmetic::Multiply, ab, int(3)).as_str(), "ababab");
    assert_eq!(run(rt, Arithmetic::Multiply, int(0), ab).as_str(), "");
    assert!(error_of(arithmetic(rt, Arithmetic::Multiply, ab, int(-1))).starts_with("ValueError: "));
    let list = rt.list_of(&[int(1), int(2)]).unwrap().value();
    let sum = run(rt, Arithmetic::Add, list, list);
    assert_eq!(ListRef::of(sum).unwrap().values(), [int(1), int(2), int(1), int(2)]);
    let product = run(rt, Arithmetic::Multiply, int(2), list);
    assert_eq!(ListRef::of(product).unwrap().values(), [int(1), int(2), int(1), int(2)]);
    let huge = rt.int(i64::MAX);
    assert!(error_of(arithmetic(rt, Arithmetic::Multiply, list, huge)).starts_with("MemoryError: "));
    assert!(error_of(arithmetic(rt, Arithmetic::Multiply, ab, huge)).starts_with("MemoryError: "));
    assert_eq!(arithmetic(rt, Arithmetic::Add, ab, list).unwrap(), None);
    assert_eq!(arithmetic(rt, Arithmetic::Multiply, ab, Value::float(2.0)).unwrap(), None);
    assert_eq!(arithmetic(rt, Arithmetic::Add, Value::TRUE, int(1)).unwrap(), None);
}

#[test]
fn refused_operands_are_named() {
    let rt = &mut test_runtime();
    let text = rt.string("ab").unwrap();
    assert!(describe(&operand_error(rt, Arithmetic::Add, text, int(1))).starts_with("TypeError: cannot add string and int; "));
    assert_eq!(describe(&operand_error(rt, Arithmetic::Subtract, text, int(1))), "TypeError: cannot subtract int from string");
    assert!(error_of(complement(rt, Value::float(1.0))).starts_with("TypeError: cannot apply `~` to float"));
}

#[test]
fn order_of_numbers_and_texts_only() {
    let rt = &mut test_runtime();
    let (a, b) = (rt.string("Z").unwrap(), rt.string("a").unwrap());
    use OrderOperator::*;
    assert_eq!(compare_with(rt, Less, a, b), Some(true));
    assert_eq!(compare_with(rt, LessEqual, int(1), Value::float(1.0)), Some(true));
    let nan = Value::float(f64::NAN);
    for op in [Less, LessEqual, Greater, GreaterEqual] {
        assert_eq!(compare_with(rt, op, nan, int(1)), Some(false), "{}", op.symbol());
        assert_eq!(compare_with(rt, op, int(1), a), None);
        assert_eq!(compare_with(rt, op, Value::NIL, Value::NIL), None);
        assert_eq!(compare_with(rt, op, Value::TRUE, Value::FALSE), None);
    }
    assert!(describe(&order_error(rt, a, int(1))).starts_with("TypeError: cannot compare string and int"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn ints_agree_with_wide_arithmetic(a in any::<i64>(), b in any::<i64>(), shift in 0u32..60) {
        let rt = &mut test_runtime();
        let (a, b) = (a >> shift, b >> (60 - shift));
        let (first, second) = (rt.int(a), rt.int(b));
        for (op, wide) in [
            (Arithmetic::Add, a as i128 + b as i128),
            (Arithmetic::Subtract, a as i128 - b as i128),
            (Arithmetic::Multiply, a as i128 * b as i128),
        ] {
            match i64::try_from(wide) {
                Ok(expected) => {
                    let result = run(rt, op, first, second);
                    prop_assert_eq!(result.to_int(), Some(expected));
                    prop_assert_eq!(result.is_inline_int(), Value::try_inline_int(expected).is_some());
                }
                Err(_) => prop_assert_eq!(error_of(arithmetic(rt, op, first, second)), "ArithmeticError: integer overflow"),
            }
        }
    }
}
