use super::*;
use proptest::prelude::*;

fn order(a: Number, b: Number) -> Option<Ordering> {
    compare_numbers(a, b)
}

#[test]
fn ints_and_floats_are_compared_exactly() {
    use Number::{Float, Int};
    let edge = 1i64 << 53;
    assert_eq!(order(Int(edge + 1), Float(edge as f64)), Some(Ordering::Greater));
    assert_eq!(order(Int(edge), Float(edge as f64)), Some(Ordering::Equal));
    assert_eq!(order(Int(i64::MAX), Float(TWO_TO_63)), Some(Ordering::Less));
    assert_eq!(order(Int(i64::MIN), Float(-TWO_TO_63)), Some(Ordering::Equal));
    assert_eq!(order(Int(i64::MIN), Float(-TWO_TO_63 * 2.0)), Some(Ordering::Greater));
    assert_eq!(order(Int(1), Float(1.5)), Some(Ordering::Less));
    assert_eq!(order(Int(-1), Float(-1.5)), Some(Ordering::Greater));
    assert_eq!(order(Float(-0.5), Int(0)), Some(Ordering::Less));
    assert_eq!(order(Int(0), Float(-0.0)), Some(Ordering::Equal));
    assert_eq!(order(Int(5), Float(f64::INFINITY)), Some(Ordering::Less));
    assert_eq!(order(Int(5), Float(f64::NAN)), None);
}

#[test]
fn floats_become_ints_where_they_are_whole_and_fit() {
    assert_eq!(float_to_exact_int(3.0), Some(3));
    assert_eq!(float_to_exact_int(-0.0), Some(0));
    assert_eq!(float_to_exact_int(3.5), None);
    assert_eq!(float_to_exact_int(TWO_TO_63), None);
    assert_eq!(float_to_exact_int(-TWO_TO_63), Some(i64::MIN));
    assert_eq!(float_to_exact_int(f64::NAN), None);
    assert_eq!(float_to_int(3.9), Some(3));
    assert_eq!(float_to_int(-3.9), Some(-3));
    assert_eq!(float_to_int(f64::INFINITY), None);
}

#[test]
fn division_of_ints_floors() {
    for (a, b, quotient, remainder) in
        [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, 3, 2, 0), (0, -5, 0, 0)]
    {
        assert_eq!(floor_divide_ints(a, b), Some(quotient), "{a} // {b}");
        assert_eq!(floor_remainder_ints(a, b), remainder, "{a} % {b}");
    }
    assert_eq!(floor_divide_ints(i64::MIN, -1), None);
    assert_eq!(floor_remainder_ints(i64::MIN, -1), 0);
}

#[test]
fn division_of_floats_floors() {
    assert_eq!(floor_divide_floats(7.5, 2.0), 3.0);
    assert_eq!(floor_divide_floats(-7.5, 2.0), -4.0);
    assert_eq!(floor_remainder_floats(-7.5, 2.0), 0.5);
    assert_eq!(floor_remainder_floats(7.5, -2.0), -0.5);
    assert_eq!(floor_remainder_floats(1.0, f64::INFINITY), 1.0);
    assert_eq!(floor_remainder_floats(-1.0, f64::INFINITY), f64::INFINITY);
    assert_eq!(floor_divide_floats(1.0, 0.0), f64::INFINITY);
    assert_eq!(floor_divide_floats(-1.0, 0.0), f64::NEG_INFINITY);
    assert!(floor_divide_floats(0.0, 0.0).is_nan());
    assert!(floor_remainder_floats(1.0, 0.0).is_nan());
    assert!(floor_remainder_floats(f64::INFINITY, 2.0).is_nan());
    assert!(floor_remainder_floats(0.0, f64::NAN).is_nan());
    assert!(floor_remainder_floats(4.0, -2.0).is_sign_negative());
    // 1.0 is a little more than ten times the float nearest to 0.1.
    assert_eq!(floor_divide_floats(1.0, 0.1), 9.0);
}

#[test]
fn powers_that_fit() {
    assert_eq!(power_ints(2, 62), Some(1 << 62));
    assert_eq!(power_ints(2, 63), None);
    assert_eq!(power_ints(-2, 63), Some(i64::MIN));
    assert_eq!(power_ints(0, 0), Some(1));
    assert_eq!(power_ints(0, i64::MAX), Some(0));
    assert_eq!(power_ints(1, i64::MAX), Some(1));
    assert_eq!(power_ints(-1, i64::MAX), Some(-1));
    assert_eq!(power_ints(3, i64::MAX), None);
}

#[test]
fn ints_are_read() {
    use NotANumber::{Malformed, OutOfRange};
    for (text, base, expected) in [
        (" 7 ", 10, Ok(7)),
        ("-7", 10, Ok(-7)),
        ("+7", 10, Ok(7)),
        ("0x1f", 10, Ok(31)),
        ("-0x1f", 10, Ok(-31)),
        ("0b101", 10, Ok(5)),
        ("0o17", 10, Ok(15)),
        ("1_000", 10, Ok(1000)),
        ("ff", 16, Ok(255)),
        ("0xff", 16, Ok(255)),
        ("0b1", 16, Ok(0xb1)),
        ("zz", 36, Ok(35 * 36 + 35)),
        ("0xffff_ffff_ffff_ffff", 10, Ok(-1)),
        ("-9223372036854775808", 10, Ok(i64::MIN)),
        ("9223372036854775807", 10, Ok(i64::MAX)),
        ("9223372036854775808", 10, Err(OutOfRange)),
        ("-9223372036854775809", 10, Err(OutOfRange)),
        ("ffffffffffffffff", 16, Err(OutOfRange)),
        ("0x1_0000_0000_0000_0000", 10, Err(OutOfRange)),
        ("", 10, Err(Malformed)),
        (" ", 10, Err(Malformed)),
        ("-", 10, Err(Malformed)),
        ("0x", 10, Err(Malformed)),
        ("1__0", 10, Err(Malformed)),
        ("_1", 10, Err(Malformed)),
        ("1_", 10, Err(Malformed)),
        ("1.0", 10, Err(Malformed)),
        ("- 1", 10, Err(Malformed)),
        ("2", 2, Err(Malformed)),
        ("99999999999999999999x", 10, Err(Malformed)),
    ] {
        assert_eq!(parse_int(text, base), expected, "int({text:?}, {base})");
    }
}

#[test]
fn floats_are_read() {
    for (text, expected) in
        [("1.5", 1.5), (" -2e3 ", -2000.0), ("7", 7.0), ("1_000.5", 1000.5), ("inf", f64::INFINITY), ("-inf", f64::NEG_INFINITY)]
    {
        assert_eq!(parse_float(text), Ok(expected), "{text:?}");
    }
    assert!(parse_float("nan").unwrap().is_nan());
    assert_eq!(parse_float("1e999"), Err(NotANumber::OutOfRange));
    for text in ["", "x", "1.5x", "infinity", "NaN", "1e", "_1", "1_", "1._5", "1__0", "0x10", "--1"] {
        assert_eq!(parse_float(text), Err(NotANumber::Malformed), "{text:?}");
    }
}

proptest! {
    #[test]
    fn quotient_and_remainder_of_ints_make_the_dividend(a in any::<i64>(), b in any::<i64>()) {
        prop_assume!(b != 0 && !(a == i64::MIN && b == -1));
        let (quotient, remainder) = (floor_divide_ints(a, b).unwrap(), floor_remainder_ints(a, b));
        prop_assert_eq!(quotient as i128 * b as i128 + remainder as i128, a as i128);
        prop_assert!(remainder == 0 || (remainder < 0) == (b < 0));
        prop_assert!(remainder.unsigned_abs() < b.unsigned_abs());
    }

    #[test]
    fn comparison_agrees_with_the_bits_of_the_float(int in any::<i64>(), nudge in -3i32..=3) {
        // The floats around an int: their exact values are whole beyond 2^53 and compared as such here.
        let float = f64::from_bits(((int as f64).to_bits() as i64 + nudge as i64) as u64);
        prop_assume!(float.is_finite());
        let exact = if float.fract() == 0.0 { (int as i128).cmp(&(float as i128)) } else { (int as f64).partial_cmp(&float).unwrap() };
        prop_assert_eq!(compare_numbers(Number::Int(int), Number::Float(float)), Some(exact));
        prop_assert_eq!(compare_numbers(Number::Float(float), Number::Int(int)), Some(exact.reverse()));
    }

    #[test]
    fn ints_that_were_written_are_read(int in any::<i64>()) {
        prop_assert_eq!(parse_int(&int.to_string(), 10), Ok(int));
        prop_assert_eq!(parse_int(&format!("{:#x}", int), 10), Ok(int));
    }
}
