//! What mistakes are called, where they are shown, and what is suggested.

use super::*;

/// Each error as `line:column message`, then its help.
fn errors(text: &str) -> Vec<String> {
    let mut map = SourceMap::new();
    let file = map.add("t", text).expect("the text is short");
    let describe = |diagnostic: &crate::diagnostic::Diagnostic| {
        let (line, column) = file.line_column(diagnostic.primary.range.start);
        let help: String = diagnostic.help.iter().map(|help| format!(" ({help})")).collect();
        format!("{line}:{column} {}{help}", diagnostic.message)
    };
    parse(&file).diagnostics.iter().map(describe).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(errors(text), expected, "{text}");
}

#[test]
fn what_other_languages_write() {
    check("if a && b { }", &["1:6 there is no operator `&&` (write `and`)"]);
    check("if !a || b { }", &["1:4 there is no operator `!` (write `not`)", "1:7 there is no operator `||` (write `or`)"]);
    check(
        "x++\ny = --z",
        &[
            "1:2 there is no operator `++` (write `+= 1`)",
            "2:5 there is no operator `--` (write `-= 1`, or `- -x` to negate twice)",
        ],
    );
    check("if a = 1 { }", &["1:6 expected `{`, found `=` (to compare, write `==`)"]);
    check(
        "f(a = 1)",
        &["1:5 expected `,` or `)`, found `=` (a named argument is written `name: value`; to compare, write `==`)"],
    );
    check("if a { 1 } elif b { 2 }", &["1:12 there is no `elif` (write `else if`)"]);
    check("if a { 1 }\nelif b { 2 }", &["2:1 there is no `elif` (write `else if`)"]);
    check("def f(x) { x }", &["1:1 there is no `def` (a function begins with `fn`)"]);
    check(
        "let f = x => x",
        &["1:11 expected the end of the statement, found `=>` (an anonymous function is written `fn(x) => x + 1`)"],
    );
    check("x = a ? b : c", &["1:7 expected the end of the statement, found `?` (write `if a { b } else { c }`)"]);
    check("if a: b", &["1:5 expected `{`, found `:` (a block stands in braces: `if a { … }`)"]);
    check(
        "x = {a: 1}",
        &[
            "1:5 expected an expression, found `{` (braces enclose blocks; a list or map stands in brackets: `[1, 2]`, `[\"a\": 1]`)",
        ],
    );
    check(
        "let x = “hi”",
        &[
            "1:9 unexpected character `“` (strings stand in straight quotes: \"…\")",
            "1:12 unexpected character `”` (strings stand in straight quotes: \"…\")",
        ],
    );
}

#[test]
fn comparisons_do_not_chain() {
    let help = "(write `a < b and b < c`, or put one of the comparisons in parentheses)";
    for (text, column) in
        [("a < b < c", 7), ("a == b == c == d", 8), ("a in b in c", 8), ("x is int is bool", 10), ("1 < 2 not in 3", 7)]
    {
        check(text, &[&format!("1:{column} comparisons do not chain {help}")]);
    }
    parse_clean("(a < b) < c");
}

#[test]
fn headers_and_braces() {
    check("fn f()\n{ 1 }", &["1:6 a header and its `{` stand on one line"]);
    check(
        "if a\n{ 1 } else\n{ 2 }",
        &["1:4 a header and its `{` stand on one line", "2:7 a header and its `{` stand on one line"],
    );
    check("struct P\n{ x: f64 }", &["1:8 a header and its `{` stand on one line"]);
    parse_clean("let x = 1\n{ x }");
    check("while a\n  b()", &["1:8 expected `{`, found the end of the line (a block stands in braces: `while a { … }`)"]);
}

#[test]
fn brackets() {
    check("let y = (1 + 2\nlet z = 3\nprint(z)", &["1:9 this `(` is never closed"]);
    check("f(1, [2, 3)\nx = 1", &["1:6 this `[` is never closed"]);
    check("x = (1 + 2]\ny = [1)", &["1:5 this `(` is closed by `]`", "2:5 this `[` is closed by `)`"]);
    check("f(1))\nx = 1", &["1:5 this `)` closes nothing"]);
    check("fn f() {\n  if a {\n    b\n}\nfn g() { }", &["2:8 this `{` is never closed"]);
    check("fn f() {\n  b", &["1:8 this `{` is never closed (a `}` is missing)"]);
    check("a }\nb", &["1:3 this `}` closes nothing (there is a `}` too many, or a `{` too few before it)"]);
    check("\"{f(x}\" + 1", &["1:4 this `(` is never closed"]);
}

#[test]
fn strings() {
    check(
        "x = 1\ny = \"abc\nz = 2",
        &[
            "2:5 this string is never closed (it goes on over line ends, up to the next `\"`; a quote inside of it is written `\\\"`)",
        ],
    );
    check("x = \"a{b c\ny = 1", &["1:5 this string is never closed (if the brace is meant as text, write `\\{`)"]);
    check("\"\"\"\nabc", &["1:1 this text block is never closed (it goes on over line ends, up to the same quotes)"]);
    check("\"{}\"", &["1:2 an interpolation without an expression (for braces themselves write `\\{\\}`)"]);
    check("\"{x:.}\"", &["1:4 malformed format: expected digits after the `.` of a format"]);
    check("\"{x:\"\nlet y = 1", &["1:2 this interpolation is never closed (for a brace itself write `\\{`)"]);
    check(
        "\"\\x80\"",
        &["1:2 `\\x` goes up to 7f in text (write `\\u{80}` for the character, or a byte string b\"…\" for the byte)"],
    );
    check(
        "\"\"\"\n    a\n  b\n    \"\"\"",
        &[
            "3:1 this line of a text block is indented less than its closing quotes (indent the line further, or the closing quotes less)",
        ],
    );
    assert_eq!(errors("x = \"\\q\"").len(), 1);
    assert_eq!(errors("x = 'ab' + ''").len(), 2);
}

#[test]
fn numbers() {
    let range = "the integer is out of range: at most 9223372036854775807";
    check("9223372036854775808", &[&format!("1:1 {range} (only -9223372036854775808 goes that far)")]);
    check("a - 9223372036854775808", &[&format!("1:5 {range} (only -9223372036854775808 goes that far)")]);
    check(
        "-9223372036854775808 ** 2",
        &[&format!("1:2 {range} (`-2 ** 2` is `-(2 ** 2)`; write parentheses around the negative number)")],
    );
    assert_eq!(errors("9223372036854775809")[0].split(" (").next(), Some(&*format!("1:1 {range}")));
    check("12abc", &["1:1 `abc` is glued to a number (put a blank or an operator between them)"]);
    check(
        "12monkeys + 1e5q",
        &[
            "1:1 `monkeys` is glued to a number (put a blank or an operator between them)",
            "1:13 `q` is glued to a number (put a blank or an operator between them)",
        ],
    );
    check("print(.5)", &["1:7 expected an expression or `)`, found `.` (digits stand on both sides of the point: `0.5`, `1.0`)"]);
    check("1é", &["1:1 a letter is glued to a number (put a blank or an operator between them)"]);
    check(
        "0b12 + 0x + 1__0",
        &[
            "1:1 `2` is no binary digit",
            "1:8 expected hexadecimal digits after `0x`",
            "1:13 an underscore in a number stands between two digits",
        ],
    );
    assert_eq!(errors("1e999 + 0x1_0000_0000_0000_0000 + 1e + 0X1").len(), 4);
}

#[test]
fn declarations() {
    check("fn f(...xs, y) { }", &["1:9 a rest parameter stands last"]);
    check(
        "fn f(a = 1, b) { }",
        &["1:13 parameter `b` without a default stands behind one with a default (give it a default too, or put it first)"],
    );
    check(
        "f(a: 1, 2)",
        &["1:9 a positional argument stands behind a named one (put the positional arguments first, or name this one too)"],
    );
    check("let x", &["1:6 a `let` needs a value (write `let x = …`, or `var x` for a variable that begins as nil)"]);
    check("let match = 3", &["1:5 `match` is a keyword and cannot be a name here (choose another name, such as `match_`)"]);
    check("struct S { fn !=(self, o) => 1 }", &["1:15 a struct cannot define `!=` (define `==`; `!=` follows from it)"]);
    check(
        "extern { fn f() { } }",
        &["1:17 expected the end of the statement or `}`, found `{` (a function in an extern block has no body)"],
    );
    check("try { 1 }", &["1:1 a `try` needs a `catch` or a `finally` (write `try { … } catch e { … }`)"]);
    check("try { 1 }\nelse { 2 }", &["2:1 `else` without `if`"]);
}

#[test]
fn places() {
    let first = |text: &str| errors(text).into_iter().map(|e| e.split(" (").next().unwrap_or("").to_string()).collect::<Vec<_>>();
    assert_eq!(first("f() = 1"), ["1:1 the result of a call cannot be assigned"]);
    assert_eq!(first("a?.b = 1"), ["1:1 a place behind `?.` cannot be assigned"]);
    assert_eq!(first("m[1..] = 2"), ["1:1 a slice cannot be assigned"]);
    assert_eq!(first("[a, b] += 1"), ["1:8 several places are assigned with `=`"]);
    assert_eq!(first("a, b = b, a"), ["1:2 expected the end of the statement, found `,`"]);
}

/// Mistakes in different statements are all reported; none causes a second.
#[test]
fn every_mistake_is_reported_once() {
    let text = "fn f() {\n  if x {\n    y = \n  }\n  let = 3\n  ok()\n}\ng(1 2)\nstruct S {\n  a: ,\n  b: i32\n  fn m(self { }\n}\nmatch v {\n  1 => 2\n  2 -> 3 4\n}\n";
    let places: Vec<String> = errors(text).iter().map(|error| error.split(' ').next().unwrap_or("").to_string()).collect();
    assert_eq!(places, ["4:3", "5:7", "8:5", "10:6", "12:7", "15:5", "16:10"]);
}

#[test]
fn no_more_than_twenty_are_reported() {
    assert_eq!(errors(&"let = 1\n".repeat(100)).len(), MAXIMUM_ERRORS);
    assert_eq!(errors(&"$\n".repeat(100)).len(), MAXIMUM_ERRORS);
}
