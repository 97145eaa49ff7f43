//! Strings, text blocks and source bytes.

use super::*;

fn string(text: &str) -> String {
    let module = parse_clean(text);
    match &module.statements[..] {
        [
            tree::Statement {
                kind: tree::StatementKind::Expression(tree::Expression { kind: tree::ExpressionKind::String(value), .. }),
                ..
            },
        ] => value.to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn escapes() {
    assert_eq!(string(r#""\n\t\r\0\e\\\"\'\{\}\x41\u{1F600}""#), "\n\t\r\0\x1b\\\"'{}A\u{1F600}");
    assert_eq!(string("\"a } b\""), "a } b");
    assert_eq!(string("\"two\r\nlines\""), "two\nlines");
    assert_eq!(string("r\"\"\"\n  \\n\r\n\"\"\""), "\n  \\n\n");
}

#[test]
fn text_blocks() {
    assert_eq!(string("\"\"\"\n    a\n      b\n\n    c\n    \"\"\""), "a\n  b\n\nc\n");
    assert_eq!(string("\"\"\"\n    a\n    b\"\"\""), "a\nb");
    assert_eq!(string("\"\"\"a\n  b\n  \"\"\""), "a\n  b\n  ");
    assert_eq!(string("\"\"\"\"quoted\" \"\" \"\"\""), "\"quoted\" \"\" ");
    assert_eq!(string("\"\"\"\r\n  a\\tb\r\n  \"\"\""), "a\tb\n");
    assert_eq!(string("\"\"\"\n  \"\"\""), "");
    assert_eq!(string("\"\"\"\"\"\""), "");
    assert_eq!(string("\"\"\"\n\ta\n\n\t\"\"\""), "a\n\n");
    assert_eq!(grouped("\"\"\"\n  {a}\n    b{c}\n  d\n  \"\"\""), "(template a \"\\n  b\" c \"\\nd\\n\")");
    assert_eq!(grouped("\"\"\"\n  {f(\"\"\"\n x\n \"\"\")}\"\"\""), "(template (call f \"x\\n\"))");
}

#[test]
fn interpolations_hold_anything() {
    assert_eq!(grouped("\"{if a { \"x\" } else { \"y\" }:>5}\""), "(template (:>5 (if a (block \"x\") (else (block \"y\")))))");
    assert_eq!(grouped("\"{f(a: 1)}{[b: 2]:x}\""), "(template (call f (a: 1)) (:x (map (: b 2))))");
}

#[test]
fn source_bytes() {
    assert_eq!(decode_source(b"\xEF\xBB\xBFx = 1\r\n").as_deref(), Ok("x = 1\r\n"));
    let error = decode_source("é = \u{1}".as_bytes()).map(|text| text.len());
    assert_eq!(error, Ok(6));
    let error = decode_source(b"a\nb\xffc").expect_err("0xff is not UTF-8");
    assert_eq!((error.start, error.message.as_str()), (3, "invalid UTF-8: the byte 0xff"));
    let error = decode_source(b"a\0b").expect_err("NUL is refused");
    assert_eq!((error.start, error.end), (1, 4));
    assert_eq!(parse_text("a = \0 1").diagnostics.len(), 1);
    assert_eq!(parse_text("\u{feff}a = 1").diagnostics.len(), 0);
}
