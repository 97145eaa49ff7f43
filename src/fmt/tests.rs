//! Each rule of the style by an example, and what must hold whatever the text.

use super::{WIDTH, format};
use crate::source::SourceMap;
use crate::syntax;
use proptest::prelude::*;

/// The formatted text; that formatting it again changes nothing is checked on the way.
fn formatted(text: &str) -> String {
    let once = format_text(text).unwrap_or_else(|message| panic!("{message}\n{text}"));
    let twice = format_text(&once).unwrap_or_else(|message| panic!("{message}\n{once}"));
    assert_eq!(once, twice, "formatting again changes something");
    assert_eq!(tree(text), tree(&once), "the meaning has changed");
    once
}

fn format_text(text: &str) -> Result<String, String> {
    let mut sources = SourceMap::new();
    let file = sources.add("test", text).map_err(|_| "too much source".to_string())?;
    format(&file).map_err(|found| found.iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>().join("\n"))
}

fn tree(text: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("test", text).expect("small");
    syntax::print_tree(&syntax::parse(&file).module)
}

/// `text` becomes `expected`.
fn becomes(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
}

fn stays(text: &str) {
    becomes(text, text);
}

#[test]
fn blanks_between_tokens() {
    becomes("let x=1+2 *3", "let x = 1 + 2 * 3\n");
    becomes("f( a ,b )[ 0 ] . c ( )", "f(a, b)[0].c()\n");
    becomes("let m = [ \"a\":1 , \"b\" : 2 ]; let e = [ : ]", "let m = [\"a\": 1, \"b\": 2]; let e = [:]\n");
    becomes("fn f (x:int,y = 2,...rest)->int?=>x", "fn f(x: int, y = 2, ...rest) -> int? => x\n");
    becomes("for i in 0 .. len( xs ){print(i)}", "for i in 0..len(xs) { print(i) }\n");
    becomes("let n = - x ** -2 + ~ y - - - z", "let n = -x ** -2 + ~y - - -z\n");
    becomes("let f = fn( x )=>x", "let f = fn(x) => x\n");
    becomes("if(a){b}else{c}", "if (a) { b } else { c }\n");
    becomes("a ?. b ?? c", "a?.b ?? c\n");
    becomes("outer : while true{break outer}", "outer: while true { break outer }\n");
    becomes("x+=1 ;y ??= 2", "x += 1; y ??= 2\n");
    becomes("while a { }", "while a {}\n");
}

#[test]
fn c_text_keeps_its_lines() {
    let wide = "x".repeat(WIDTH);
    stays(&format!("extern \"libc.so.6\" as c c {{ int {wide}(int a, int b); }}\n"));
    becomes(&format!("extern  \"z\" c {{int {wide}(void);}}"), &format!("extern \"z\" c {{int {wide}(void);}}\n"));
    stays(&format!("extern c {{\n  int {wide}(int a);\n}}\n"));
}

#[test]
fn types_and_memory() {
    becomes("let p : * const c_int=nil", "let p: *const c_int = nil\n");
    becomes("let q: * * c_char = nil", "let q: * *c_char = nil\n");
    becomes("let s: [ ] u8 = new [ 16 ] u8", "let s: []u8 = new [16]u8\n");
    becomes("let a = new ( arena ) [2 ]* Point( p )", "let a = new(arena) [2]*Point(p)\n");
    becomes("let b: [ 4 ] * Point = [ 4 ] * n", "let b: [4]*Point = [4] * n\n");
    becomes("let c = & p . x", "let c = &p.x\n");
    becomes("let d = (f as fn( * void )->c_int) is * c_int", "let d = (f as fn(*void) -> c_int) is *c_int\n");
    becomes("let e = sizeof ( T )*offsetof(T , x.y)", "let e = sizeof(T) * offsetof(T, x.y)\n");
    becomes(
        "struct S { flags:u32:3, fn + (self,o)=>o, fn [] (self,i)=>i }",
        "struct S { flags: u32 : 3, fn +(self, o) => o, fn [](self, i) => i }\n",
    );
    becomes(
        "extern \"z\" as z{@throws( nonzero ) fn f(@out x:*c_int,...)}",
        "extern \"z\" as z { @throws(nonzero) fn f(@out x: *c_int, ...) }\n",
    );
    becomes("extern \"z\" header \"zlib.h\"{crc32,Z_*}", "extern \"z\" header \"zlib.h\" { crc32, Z_* }\n");
    becomes("extern \"z\" c {\n  int  f( void );\n}", "extern \"z\" c {\n  int  f( void );\n}\n");
}

#[test]
fn expressions_in_strings_have_the_style_of_others() {
    becomes("print(\"{ a+b }, {f( x,y )[ 0 ]:>8}, {- n :.3}\")", "print(\"{a + b}, {f(x, y)[0]:>8}, {-n:.3}\")\n");
    becomes("\"{  m[ \"a\" ] } { \"{ 1+2 }\"+s } \\{ 1+2 \\}\"", "\"{m[\"a\"]} {\"{1 + 2}\" + s} \\{ 1+2 \\}\"\n");
    becomes("\"{if a{b;c}else{d}}{fn(x)=>x}{[1,2,]}{f(a,)}\"", "\"{if a { b; c } else { d }}{fn(x) => x}{[1, 2]}{f(a)}\"\n");
    becomes(
        "\"{x is * c_int}{a*b}{match v{1->2,_->3}}{a ??b}\"",
        "\"{x is *c_int}{a * b}{match v { 1 -> 2, _ -> 3 }}{a ?? b}\"\n",
    );
    becomes("\"\"\"\n    a {b+c }\n    \"\"\"", "\"\"\"\n    a {b + c}\n    \"\"\"\n");
    // What the writer broke stays, and so do texts, formats and comments.
    stays("print(\"{f(a,\n  b)} {c + d}\")\n");
    stays("print(\"{a # it's\n+b}\")\n");
    stays("print(\"{n:>+8d}  a+b \")\n");
    stays("# fmt: off\nprint(\"{ a+b }\")\n# fmt: on\n");
    // The line is as wide as it is printed.
    let word = "w".repeat(50);
    becomes(&format!("f({word}, \"{{a+b}}\", {word}, c)"), &format!("f({word}, \"{{a + b}}\", {word}, c)\n"));
    let deep = format!("{}1+2{}", "\"{".repeat(20), "}\"".repeat(20));
    assert!(formatted(&deep).contains("1+2"));
}

#[test]
fn statements_keep_their_lines() {
    becomes("\n\n a;\n\n\n\nb ;c\n\n", "a\n\nb; c\n");
    becomes("fn f() {\n\n  a\n\n}\n", "fn f() {\n    a\n}\n");
    becomes("if a {\nb\n}\nelse {\nc\n}", "if a {\n    b\n} else {\n    c\n}\n");
    becomes("if a { b } else {\nc }", "if a {\n    b\n} else {\n    c\n}\n");
    becomes("struct S {\nx: int,\ny: int; z\n}", "struct S {\n    x: int\n    y: int, z\n}\n");
    becomes("match x {\n1 -> a,\n2 -> b * c, _ -> d }", "match x {\n    1 -> a\n    2 -> b * c, _ -> d\n}\n");
    stays("@packed\nstruct S { x }\n");
    stays("defer { a; b }\n");
    becomes("let a = b +\nc", "let a = b +\n    c\n");
    becomes("let a = b\n.c()\n.d()", "let a = b\n    .c()\n    .d()\n");
}

#[test]
fn lists_are_broken_at_both_ends_or_not() {
    becomes("f(a,\nb)", "f(\n    a,\n    b,\n)\n");
    becomes("f(a, b,)", "f(a, b)\n");
    becomes("let xs = [\n1, 2,\n3, 4]", "let xs = [\n    1, 2,\n    3, 4,\n]\n");
    becomes("f([\n1,\n])", "f([\n    1,\n])\n");
    becomes("f(a, fn(x) {\nx })", "f(a, fn(x) {\n    x\n})\n");
    becomes("let a = (\nb)", "let a = (\n    b\n)\n");
    becomes("f(\n)", "f()\n");
    becomes("let [a,\nb] = c", "let [\n    a,\n    b,\n] = c\n");
}

#[test]
fn wide_lines_are_broken() {
    let word = "w".repeat(50);
    becomes(&format!("f({word}, {word}, x)"), &format!("f({word}, {word}, x)\n"));
    becomes(&format!("f({word}, {word}, {word})"), &format!("f(\n    {word},\n    {word},\n    {word},\n)\n"));
    becomes(&format!("if {word} {{ g({word}, {word}) }}"), &format!("if {word} {{\n    g({word}, {word})\n}}\n"));
    becomes(&format!("let a = {word} and {word} and b"), &format!("let a = {word} and {word} and b\n"));
    becomes(&format!("let a = {word} and {word} and {word}"), &format!("let a = {word} and {word}\n    and {word}\n"));
    becomes(&format!("let a = {word} + {word} + {word}"), &format!("let a = {word} + {word} +\n    {word}\n"));
    stays(&format!("x.each(fn(y) {{ f({word}, {word}) }})\n").replace(&word, &word[..45]));
    becomes(
        &format!("xs.each(fn(y) {{ f({word}, {word}, yyyyyyyy) }})"),
        &format!("xs.each(fn(y) {{\n    f({word}, {word}, yyyyyyyy)\n}})\n"),
    );
    let numbers = vec!["1000"; 100].join(", ");
    let text = formatted(&format!("let xs = [{numbers}]"));
    assert!(text.lines().all(|line| line.len() <= WIDTH) && text.lines().count() < 10, "{text}");
    stays(&format!("let a = \"{}\"\n", "x".repeat(200)));
}

#[test]
fn comments_stay_where_they_belong() {
    becomes("a # one\nb", "a  # one\nb\n");
    becomes("a   # one\nbbb # two", "a    # one\nbbb  # two\n");
    becomes("a # one\nbbb # two", "a  # one\nbbb  # two\n");
    becomes("  # alone\na", "# alone\na\n");
    becomes("fn f() { # why\n# inside\na\n# end\n}", "fn f() {  # why\n    # inside\n    a\n    # end\n}\n");
    becomes("f(a, # first\nb # second\n)", "f(\n    a,  # first\n    b,  # second\n)\n");
    becomes("f(a # first\n, b)", "f(\n    a,  # first\n    b,\n)\n");
    becomes("if a {\n} # why\nelse { b }", "if a {}  # why\nelse { b }\n");
    becomes("let a = b + # why\nc", "let a = b +  # why\n    c\n");
    becomes("x   \n#trailing   \n", "x\n#trailing\n");
    becomes("", "");
    becomes("# only", "# only\n");
    becomes("## doc\n\nfn f() {}", "## doc\n\nfn f() {}\n");
    becomes("xs\n# then\n.map(f)", "xs\n    # then\n    .map(f)\n");
    becomes("f(\n# nothing\n)", "f(\n    # nothing\n)\n");
}

#[test]
fn nothing_is_changed_between_off_and_on() {
    stays("# fmt: off\nlet  a=1\n  let b =2 ;\n# fmt: on\nlet c = 3\n");
    becomes("let m = [\n# fmt: off\n1,0,\n  0,1,\n# fmt: on\n]", "let m = [\n    # fmt: off\n1,0,\n  0,1,\n    # fmt: on\n]\n");
    becomes("fn f() {\n# fmt: off\n a ;  b\n}\nc ;", "fn f() {\n    # fmt: off\n a ;  b\n}\nc\n");
    stays("a\n# fmt: off\n# fmt: on\nb\n");
    stays("a\n# fmt: off\nx  =  [\n1 ] # why\n\n\n# more\n");
}

#[test]
fn strings_are_kept_as_they_are() {
    stays("let s = \"  a+b  {x:>10} ( c )\"\n");
    stays("let s = \"one\n  two {x\n} three\"\n");
    becomes(
        "fn f() {\n  let s = \"\"\"\n    a\n      b {x}\n\n    \"\"\"\n}",
        "fn f() {\n    let s = \"\"\"\n      a\n        b {x}\n\n      \"\"\"\n}\n",
    );
    becomes("let s = \"a\r\nb\r\n\"\r\nf()", "let s = \"a\nb\n\"\nf()\n");
}

#[test]
fn syntax_errors_are_reported() {
    assert!(format_text("let = 1").is_err());
    assert!(format_text("f(").is_err());
}

#[test]
fn deep_and_long_texts() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{ a; ", " }"), ("if a { ", " }"), ("f(", ")"), ("fn() => [", "]")] {
        let text = format!("{}1{}", open.repeat(300), close.repeat(300));
        formatted(&text);
    }
    formatted(&vec!["x"; 900].join(" + "));
    formatted(&format!("x{}", ".f(1)".repeat(450)));
    formatted(&format!("if a {{ 1 }}{}", " else if b { 2 }".repeat(5_000)));
}

#[test]
fn time_is_in_proportion_to_the_text() {
    let text = |lines: usize| {
        let mut text = String::new();
        for line in 0..lines {
            text.push_str(&format!("let  x{line}=[ {line},f( {line} ) ] # comment\n# another\n"));
        }
        text
    };
    let time = |lines: usize| {
        let text = text(lines);
        let start = std::time::Instant::now();
        format_text(&text).expect("correct");
        start.elapsed().as_secs_f64()
    };
    time(1_000);
    let (short, long) = (time(5_000), time(50_000));
    assert!(long < short * 10.0 * 6.0, "ten times the text took {:.1} times as long", long / short);
}

/// Scraps of which texts are made; most of what comes out is no program, and then there is nothing to hold.
const SCRAPS: &[&str] = &[
    "a",
    "b",
    "1",
    "2.5",
    "\"s\"",
    "\"{a}\"",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "\n",
    "\n\n",
    " ",
    "# c\n",
    "# d\n",
    "+",
    "-",
    "*",
    "**",
    "=",
    ".",
    "?.",
    "..",
    "...",
    "=>",
    "->",
    "fn",
    "fn(x)",
    "if",
    "else",
    "match",
    "let",
    "var",
    "for",
    "in",
    "try",
    "catch e",
    "return",
    "struct S",
    "@a",
    "as",
    "is",
    "not",
    "and",
    "or",
    "??",
    "&",
    "~",
    "new",
    "# fmt: off\n",
    "# fmt: on\n",
    "f(a, b)",
    "if a { b }",
    "let x = 1",
    "fn f() { a }",
    "[1, 2]",
    "\"\"\"\n  t\n  \"\"\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn whatever_is_a_program_keeps_its_meaning(picks in prop::collection::vec(0..SCRAPS.len(), 1..24)) {
        let text: String = picks.iter().map(|&pick| format!("{} ", SCRAPS[pick])).collect();
        if format_text(&text).is_ok() {
            formatted(&text);
        }
    }
}
