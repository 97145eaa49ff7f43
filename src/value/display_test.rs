use super::super::testing::*;
use super::*;
use proptest::prelude::*;

fn float_text(float: f64) -> String {
    let mut out = String::new();
    write_float(float, &mut out);
    out
}

#[test]
fn floats_in_their_shortest_form() {
    for (float, expected) in [
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e16, "1e16"),
        (9999999999999998.0, "9999999999999998.0"),
        (1.5e-7, "1.5e-7"),
        (0.0001, "0.0001"),
        (0.00012345, "0.00012345"),
        (0.00001, "1e-5"),
        (-0.0, "-0.0"),
        (0.0, "0.0"),
        (123456.789, "123456.789"),
        (1e15, "1000000000000000.0"),
        (1.2345e22, "1.2345e22"),
        (f64::MAX, "1.7976931348623157e308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (5e-324, "5e-324"),
        (-2.5, "-2.5"),
        (100.0, "100.0"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "nan"),
    ] {
        assert_eq!(float_text(float), expected);
    }
}

#[test]
fn ints() {
    let mut host = TestHost::new();
    for i in [0, 7, -7, 10, 99, 100, -100, 12345, i64::MAX, i64::MIN] {
        let value = int_string(&mut host.runtime, i);
        assert_eq!(value.as_str(), i.to_string());
    }
}

#[test]
fn strings_show_as_literals_inside_only() {
    let mut host = TestHost::new();
    let text = host.text("a\n\t\"\\{}\0\x1b\u{7}é\u{200b}");
    assert_eq!(host.str(text), text.as_str());
    assert_eq!(host.repr(text), r#""a\n\t\"\\\{\}\0\e\x07é\u{200b}""#);
    let list = host.list(&[text]).value();
    assert_eq!(host.str(list), format!("[{}]", r#""a\n\t\"\\\{\}\0\e\x07é\u{200b}""#));
}

#[test]
fn collections() {
    let mut host = TestHost::new();
    let two = host.text("two");
    let list = host.list(&[int(1), two, Value::float(3.0), Value::NIL, Value::TRUE]).value();
    assert_eq!(host.str(list), r#"[1, "two", 3.0, nil, true]"#);
    let empty = host.map(&[]).value();
    assert_eq!(host.str(empty), "[:]");
    let map = host.map(&[(two, list), (int(1), empty)]).value();
    assert_eq!(host.str(map), r#"["two": [1, "two", 3.0, nil, true], 1: [:]]"#);
    let (range, stepped) = (host.runtime.new_range(0, 3, 1), host.runtime.new_range(0, 10, 2));
    assert_eq!(host.str(range), "0..3");
    assert_eq!(host.str(stepped), "range(0, 10, 2)");
}

#[test]
fn entries_behind_a_gap_are_separated() {
    let mut host = TestHost::new();
    let map = host.map(&[(int(1), int(1)), (int(2), int(2)), (int(3), int(3))]);
    map.remove(&mut host, int(1)).unwrap();
    assert_eq!(host.str(map.value()), "[2: 2, 3: 3]");
    map.remove(&mut host, int(3)).unwrap();
    assert_eq!(host.str(map.value()), "[2: 2]");
}

#[test]
fn what_contains_itself_and_what_is_shared() {
    let mut host = TestHost::new();
    let list = host.list(&[int(1)]);
    let map = host.map(&[]);
    map.insert(&mut host, int(1), list.value()).unwrap();
    list.push(&mut host.runtime, map.value()).unwrap();
    list.push(&mut host.runtime, list.value()).unwrap();
    assert_eq!(host.str(list.value()), "[1, [1: [...]], [...]]");
    assert_eq!(host.str(map.value()), "[1: [1, [...: ...], [...]]]");
    let shared = host.list(&[int(1)]).value();
    let pair = host.list(&[shared, shared]).value();
    assert_eq!(host.str(pair), "[[1], [1]]");
}

#[test]
fn errors_and_types() {
    let mut host = TestHost::new();
    let error = host.runtime.error(ErrorKind::ValueError, "a \"bad\" one");
    assert_eq!(host.str(error), "a \"bad\" one");
    assert_eq!(host.repr(error), r#"Error("a \"bad\" one", kind: "ValueError")"#);
    let list = host.list(&[error]).value();
    assert_eq!(host.str(list), r#"[Error("a \"bad\" one", kind: "ValueError")]"#);
    let type_value = host.runtime.type_value(TypeId::STRING);
    assert_eq!(host.str(type_value), "string");
}

#[test]
fn struct_values() {
    let mut host = TestHost::new();
    let plain = host.record("Node", &["name", "next"], &[]);
    let name = host.text("a");
    let node = host.runtime.construct(plain, &[name, Value::NIL]).unwrap();
    assert_eq!(host.str(node), r#"Node(name: "a", next: nil)"#);
    host.runtime.set_field(node, "next", node).unwrap();
    assert_eq!(host.str(node), r#"Node(name: "a", next: Node(...))"#);
    let shown = host.record("Shown", &["x"], &["str"]);
    let value = host.runtime.construct(shown, &[int(3)]).unwrap();
    host.answer = |rt, _, arguments| {
        let x = rt.get_field(arguments[0], "x")?;
        rt.string(&format!("<{}>", x.as_inline_int()))
    };
    let list = host.list(&[value, node]).value();
    assert_eq!(host.str(list), r#"[<3>, Node(name: "a", next: Node(...))]"#);
    host.answer = |_, _, _| Ok(int(1));
    assert_eq!(error_of(to_string(&mut host, value)), "TypeError: the `str` method of Shown gave int; expected a string");
    assert!(host.runtime.held.is_empty());
}

#[test]
fn a_list_that_changes_while_it_is_shown() {
    let mut host = TestHost::new();
    let shown = host.record("Wild", &["x"], &["str"]);
    let value = host.runtime.construct(shown, &[int(3)]).unwrap();
    let list = host.list(&[value, value, value]);
    host.runtime.held.push(list.value());
    host.answer = |rt, _, _| {
        ListRef::of(rt.held[0]).unwrap().clear();
        rt.string("wild")
    };
    assert_eq!(host.str(list.value()), "[wild]");
}

#[test]
fn slices_and_pointers() {
    let mut host = TestHost::new();
    let bytes = host.runtime.new_bytes(&[1, 2, 255]).unwrap();
    assert_eq!(host.str(bytes), "[]u8[1, 2, 255]");
    let pointer = host.runtime.new_one(TypeId::C_INT).unwrap();
    let address = host.runtime.pointer_address(pointer).unwrap();
    assert_eq!(host.str(pointer), format!("*c_int@{address:#x}"));
}

#[test]
fn deep_data_is_an_error_not_a_crash() {
    let mut host = TestHost::new();
    let mut list = host.list(&[]).value();
    for _ in 0..1_000_000 {
        list = host.list(&[list]).value();
    }
    assert!(error_of(to_string(&mut host, list)).starts_with("StackOverflow: "));
    assert!(host.runtime.held.is_empty());
}

proptest! {
    #[test]
    fn floats_read_back(bits in any::<u64>()) {
        let float = f64::from_bits(bits);
        prop_assume!(!float.is_nan());
        let text = float_text(float);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), float.to_bits());
        prop_assert!(float.is_infinite() || text.contains('.') || text.contains('e'));
        let is_decimal = (1e-4..1e16).contains(&float.abs()) || float == 0.0 || float.is_infinite();
        prop_assert_eq!(!text.contains('e'), is_decimal, "{}", text);
    }

    #[test]
    fn decimal_floats_read_back(digits in 1..1_000_000_000i64, scale in -12i32..12) {
        let float = digits as f64 * 10f64.powi(scale);
        prop_assert_eq!(float_text(float).parse::<f64>().unwrap().to_bits(), float.to_bits());
        prop_assert!(float_text(float).len() <= 22);
    }

    #[test]
    fn literals_read_back(text in any::<String>(), more in "[\\\\{}\"\n\t\r\x00\x1b\x7f\u{85}\u{200e}a]*") {
        let text = text + &more;
        let mut out = String::new();
        write_string_literal(&text, &mut out);
        let reading = read_literal(&out);
        prop_assert_eq!(reading.as_deref(), Some(text.as_str()));
    }
}

/// Reads a literal as the lexer does; `None` if it is none, or more than one.
fn read_literal(literal: &str) -> Option<String> {
    let inside = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut characters = inside.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        if character != '\\' {
            if character == '"' || character == '{' || character < ' ' {
                return None;
            }
            text.push(character);
            continue;
        }
        let rest = characters.as_str();
        let (read, length) = match rest.chars().next()? {
            'n' => ('\n', 1),
            't' => ('\t', 1),
            'r' => ('\r', 1),
            '0' => ('\0', 1),
            'e' => ('\x1b', 1),
            c @ ('\\' | '"' | '{' | '}') => (c, 1),
            'x' => (char::from_u32(u32::from_str_radix(rest.get(1..3)?, 16).ok()?)?, 3),
            'u' => {
                let digits = rest.strip_prefix("u{")?.split_once('}')?.0;
                (char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, digits.len() + 3)
            }
            _ => return None,
        };
        text.push(read);
        characters = rest[length..].chars();
    }
    Some(text)
}
