use super::super::testing::*;
use super::*;

fn formatted(host: &mut TestHost, value: Value, format: &str) -> String {
    let format = Format::parse(format).unwrap();
    let mut out = String::new();
    match format_value(host, value, &format, &mut out) {
        Ok(()) => out,
        Err(thrown) => describe(&thrown),
    }
}

fn check(value: Value, cases: &[(&str, &str)]) {
    let mut host = TestHost::new();
    for &(format, expected) in cases {
        assert_eq!(formatted(&mut host, value, format), expected, "{value:?} as {format:?}");
    }
}

#[test]
fn ints() {
    check(
        int(255),
        &[
            ("d", "255"),
            ("x", "ff"),
            ("#X", "0XFF"),
            ("#06x", "0x00ff"),
            ("o", "377"),
            ("#b", "0b11111111"),
            ("6", "   255"),
            ("<6", "255   "),
            ("^6", " 255  "),
            ("*^6", "*255**"),
            ("06", "000255"),
            ("<06", "255   "),
            ("+d", "+255"),
            (" d", " 255"),
            (".2", "255.00"),
            ("e", "2.550000e+02"),
            ("c", "ÿ"),
            ("3c", "ÿ  "),
            ("u", "255"),
            ("%", "25500.000000%"),
        ],
    );
    check(int(-255), &[("x", "-ff"), ("#06x", "-0x0ff"), ("06", "-00255"), ("+", "-255"), ("u", "18446744073709551361")]);
    let mut host = TestHost::new();
    let least = host.runtime.int(i64::MIN);
    assert_eq!(formatted(&mut host, least, "d"), "-9223372036854775808");
    assert_eq!(formatted(&mut host, least, "x"), "-8000000000000000");
    assert_eq!(formatted(&mut host, least, "u"), "9223372036854775808");
}

#[test]
#[expect(clippy::approx_constant, reason = "the example of the specification")]
fn floats_round_exactly_halves_to_even() {
    check(
        Value::float(3.14159),
        &[
            (".3", "3.142"),
            ("f", "3.141590"),
            (".0f", "3"),
            ("#.0f", "3."),
            ("8.2f", "    3.14"),
            ("08.2f", "00003.14"),
            ("g", "3.14159"),
        ],
    );
    check(Value::float(0.125), &[(".2", "0.12"), (".2f", "0.12"), (".1%", "12.5%"), (".0%", "12%")]);
    check(Value::float(2.5), &[(".0f", "2"), (".0e", "2e+00"), ("e", "2.500000e+00")]);
    check(Value::float(3.5), &[(".0f", "4")]);
    check(Value::float(1.005), &[(".2f", "1.00")]);
    check(Value::float(0.1), &[(".20f", "0.10000000000000000555"), ("10", "       0.1"), ("+", "+0.1")]);
    check(Value::float(-0.0), &[(".1", "-0.0"), ("f", "-0.000000"), ("5", " -0.0")]);
    check(Value::float(1e22), &[("f", "10000000000000000000000.000000"), ("g", "1e+22"), ("8", "    1e22")]);
    check(Value::float(f64::MAX), &[(".0e", "2e+308"), (".3g", "1.8e+308")]);
    check(Value::float(5e-324), &[("e", "4.940656e-324"), ("g", "4.94066e-324")]);
}

#[test]
fn general_form_chooses() {
    for (float, format, expected) in [
        (100000.0, "g", "100000"),
        (1000000.0, "g", "1e+06"),
        (999999.5, "g", "1e+06"),
        (0.0001, "g", "0.0001"),
        (0.00001, "g", "1e-05"),
        (1.5, "#g", "1.50000"),
        (1e10, "#.3g", "1.00e+10"),
        (0.0, "g", "0"),
        (123.0, ".0g", "1e+02"),
        (123.0, ".3g", "123"),
        (123.0, "#.3g", "123."),
    ] {
        check(Value::float(float), &[(format, expected)]);
    }
}

#[test]
fn what_is_not_finite() {
    check(Value::float(f64::INFINITY), &[("f", "inf"), ("06", "   inf"), ("+.1", "+inf"), ("%", "inf%")]);
    check(Value::float(f64::NEG_INFINITY), &[("e", "-inf"), ("", "-inf")][..1]);
    check(Value::float(f64::NAN), &[("g", "nan"), ("5", "  nan")]);
}

#[test]
fn enormous_precision_and_width() {
    let mut host = TestHost::new();
    let text = formatted(&mut host, Value::float(0.1), ".100000f");
    assert_eq!(text.len(), 100_002);
    assert!(text.starts_with("0.1000000000000000055") && text.ends_with("000"));
    assert_eq!(formatted(&mut host, Value::float(1.0), ".70000e").len(), "1.".len() + 70_000 + "e+00".len());
    assert_eq!(formatted(&mut host, Value::float(0.5), ".1000000g"), "0.5");
    assert_eq!(formatted(&mut host, int(1), "1000000").len(), 1_000_000);
    assert_eq!(formatted(&mut host, Value::float(f64::MAX), ".1%").len(), 309 + 2 + 3);
}

#[test]
fn text() {
    let mut host = TestHost::new();
    let text = host.text("héllo");
    for (format, expected) in [
        ("8", "héllo   "),
        (">8", "   héllo"),
        ("-^9", "--héllo--"),
        (".2", "hé"),
        ("5.2s", "hé   "),
        ("07", "héllo00"),
        (".99", "héllo"),
    ] {
        assert_eq!(formatted(&mut host, text, format), expected, "{format}");
    }
    assert_eq!(formatted(&mut host, Value::NIL, ">5"), "  nil");
    assert_eq!(formatted(&mut host, Value::TRUE, "6s"), "true  ");
    let list = host.list(&[int(1), int(2)]).value();
    assert_eq!(formatted(&mut host, list, ">8"), "  [1, 2]");
}

#[test]
fn what_does_not_fit_is_a_value_error() {
    let mut host = TestHost::new();
    let text = host.text("x");
    let list = host.list(&[]).value();
    for (value, format) in [
        (text, "d"),
        (text, "f"),
        (text, "+"),
        (text, "#"),
        (text, "c"),
        (Value::float(1.0), "d"),
        (Value::float(1.0), "x"),
        (Value::float(1.0), "c"),
        (Value::float(1.0), "s"),
        (int(1), "s"),
        (int(1), ".2d"),
        (int(-1), "c"),
        (int(0xD800), "c"),
        (int(0x110000), "c"),
        (int(65), "+c"),
        (Value::TRUE, "d"),
        (Value::NIL, "x"),
        (list, "g"),
    ] {
        let shown = formatted(&mut host, value, format);
        assert!(shown.starts_with("ValueError: "), "{value:?} as {format}: {shown}");
    }
}
