//! Where statements end, and which words are names.

use super::*;

fn count(text: &str) -> usize {
    parse_clean(text).statements.len()
}

#[test]
fn a_line_break_ends_a_statement() {
    assert_eq!(count("a\nb\r\nc\n\n\nd"), 4);
    assert_eq!(count("a; b;; c;\n;d"), 4);
    assert_eq!(count("let x = 1 # comment\nx"), 2);
    assert_eq!(count("f()\n[1]"), 2);
    assert_eq!(count("let x: T?\n= 1".replace("\n=", " =").as_str()), 1);
    assert_eq!(count("var x: T?\ny"), 2);
    assert_eq!(count("fn f() { return\n1 }"), 1);
}

#[test]
fn a_line_break_does_not_end_it() {
    assert_eq!(count("a\n  .b()\n  ?.c\n  ?? d\n  and e\n  or f"), 1);
    assert_eq!(count("if a { 1 }\nelse if b { 2 }\nelse { 3 }"), 1);
    assert_eq!(count("try { 1 }\ncatch e { 2 }\nfinally { 3 }"), 1);
    assert_eq!(count("x =\n1 +\n2"), 1);
    assert_eq!(count("f(\n1,\n2\n)\n"), 1);
    assert_eq!(count("[\n1\n,\n2\n]\n"), 1);
    assert_eq!(count("\"{\na\n+ b\n}\""), 1);
    assert_eq!(count("@packed\nstruct P { x }"), 1);
    assert_eq!(count("@align(8)\n\n# comment\nstruct P { x }"), 1);
}

#[test]
fn a_block_inside_parentheses_has_endings_of_its_own() {
    let module = parse_clean("f(fn() {\n  a\n  b\n}, [\n1\n])");
    assert!(print_tree(&module).contains("block\n      a\n      b\n"), "{}", print_tree(&module));
}

#[test]
fn keywords_are_names_where_the_language_says_so() {
    parse_clean("a.in.if?.match.struct");
    parse_clean("f(in: 1, new: 2, true: 3)");
    parse_clean("struct S { in, type: f64, fn: fn(c_int) -> c_int\n match = 3\n union\n let: any; yield }");
    parse_clean("extern { fn f(in: c_int, out: *T, while: fn(for: c_int) -> c_int) }");
    parse_clean("match x { P(in: a, if: 1) -> a }");
    assert_eq!(parse_text("fn f(in: int) { }").diagnostics.len(), 1);
    assert_eq!(parse_text("let in = 1").diagnostics.len(), 1);
}

#[test]
fn contextual_keywords_are_names_elsewhere() {
    assert_eq!(count("type = 1\nfrom = type\nc = header\nheader(c)\ntype(from)\ntype is int\nfrom.x"), 7);
    assert_eq!(count("type T = int\nfrom a import b\nfrom \"./a.cot\" import c"), 3);
    assert_eq!(
        count(
            "extern \"z\" as c { fn f() }\nextern \"z\", \"y\" as z c { int f(void); }\nextern c { }\nextern \"z\" header \"z.h\" { if, Z_*, c }"
        ),
        4
    );
}

#[test]
fn an_entry_is_incomplete_while_something_is_open() {
    for text in [
        "f(",
        "[1,",
        "if a {",
        "\"abc",
        "\"\"\"\nabc\n",
        "\"a{b",
        "r\"abc",
        "x =",
        "a +",
        "a and",
        "fn f() =>",
        "extern c {\nint f(",
        "@packed",
        "if a {\n\"}\"",
        "a.",
        "for x in",
    ] {
        assert!(is_incomplete(text), "{text}");
    }
    for text in ["", "a", "f()", "if a { }", "x = 1;", "\"abc\"", "a b c", ")", "# comment (", "return", "'(' + 1", "x }"] {
        assert!(!is_incomplete(text), "{text}");
    }
}

#[test]
fn a_semicolon_at_the_end_is_noted() {
    assert!(parse_clean("1;\n").ends_with_semicolon);
    assert!(!parse_clean("1;2\n").ends_with_semicolon);
    assert!(!parse_clean("fn f() { 1; }").ends_with_semicolon);
}

#[test]
fn doc_comments_stay_with_what_follows() {
    let module = parse_clean(
        "## file\n\n## one\n## two\nfn f() { }\n# plain\nlet x = 1 ## not this\nlet y = 2\nstruct S {\n  ## field\n  x\n}",
    );
    let docs: Vec<_> = module.statements.iter().map(|statement| statement.doc.as_deref()).collect();
    assert_eq!(docs, [Some("one\ntwo"), None, None, None]);
    assert!(print_tree(&module).contains("doc \"field\""));
    assert_eq!(module.comments.len(), 6);
}

#[test]
fn tokens_are_listed_in_order() {
    let mut map = SourceMap::new();
    let text = "@a(1) let x = \"s{y:.2}\" # c\n'A'";
    let file = map.add("t", text).expect("the text is short");
    let listed: Vec<_> = tokens(&file).into_iter().map(|t| format!("{}:{}", t.class.name(), file.slice(t.range))).collect();
    let expected = "attribute:@ attribute:a bracket:( number:1 bracket:) keyword:let name:x operator:= string:\" string:s interpolation:{ name:y \
                    interpolation::.2} string:\" separator: comment:# c string:'A' separator:";
    assert_eq!(listed.join(" "), expected.split_whitespace().collect::<Vec<_>>().join(" "));
}
