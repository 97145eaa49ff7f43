//! What is reported.

use super::{compile, entries, messages};

/// Each program, and how its only error begins.
const ERRORS: &[(&str, &str)] = &[
    ("print(foo)", "undefined name `foo`"),
    ("total = 1", "undefined name `total`"),
    ("let x = 1; x = 2", "`x` is a `let`"),
    ("fn f() {}\nf = 1", "`f` is a function"),
    ("print = 1", "`print` is built in"),
    ("const N = 1\nN = 2", "`N` is a constant"),
    ("let x = 1; let x = 2", "`x` is declared twice"),
    ("fn f(a, a) {}", "`a` is declared twice"),
    ("break", "`break` outside a loop"),
    ("fn f() { continue }", "`continue` outside a loop"),
    ("while true { let f = fn() { break } }", "`break` outside a loop"),
    ("while true { break outer }", "no enclosing loop has the label `outer`"),
    ("a: while true { a: while true {} }", "an enclosing loop has the label `a`"),
    ("print(math.pi)", "undefined name `math`"),
    ("return 1", "`return` outside a function"),
    ("yield 1", "`yield` outside a function"),
    ("fn f() { defer { return 1 } }", "`return` cannot leave a `defer`"),
    ("fn f() { try {} finally { return 1 } }", "`return` cannot leave a `finally`"),
    ("while true { defer { break } }", "`break` cannot leave a `defer`"),
    ("fn f() { defer { yield 1 } }", "`yield` cannot leave a `defer`"),
    ("struct Point { x: f64 }\nmatch 1 { Point -> 1 }", "`Point` is a type"),
    ("const N = 1\nmatch 1 { N -> 1 }", "`N` is a constant"),
    ("match 1 { int -> 1 }", "`int` is a type"),
    ("match 1 { 1 | n -> 1 }", "alternatives bind nothing"),
    ("let t = 1\nprint(1 is t)", "expected a type, but `t` is a variable"),
    ("print(&print)", "`&` needs a place"),
    ("print(&(1 + 2))", "`&` needs a place"),
    ("let x: Pont = 1\nstruct Point {}", "unknown type `Pont`"),
    ("struct A { x, x }", "there are two fields `x`"),
    ("struct A { x; fn x(self) => 1 }", "`x` is a field and a method"),
    ("struct A { fn f(self) => 1; fn f(self) => 2 }", "there are two methods `f`"),
    ("struct A { x: i32 }\nstruct B { x: i32 }\nstruct C { ...A; ...B }", "`x` comes from `A` and from `B`"),
    ("struct A { b: B }\nstruct B { a: A }", "`A` contains itself"),
    ("union U { a: i32 = 1 }", "a field of a union has no default"),
    ("union U { a: string }", "`a` holds a managed value"),
    ("fn f() { struct A {} }", "structs are declared at the top level only"),
    ("var n = 4\nlet x = new [2][n]u8", "`n` is no constant"),
    ("const A = B\nconst B = A", "the constant `A` is defined by itself"),
    ("const A = 1 // 0", "division by zero in a constant"),
    ("const A: u8 = 256", "256 does not fit into u8"),
    ("struct A { x: u8 : 9 }", "the width of this bit-field is from 1 to 8"),
    ("enum E: u8 { A = 255, B }", "the value of `B` does not fit"),
    ("enum E { A, A }", "`A` is declared twice"),
    ("type A = B\ntype B = A", "the type `A` is defined by itself"),
    ("extern \"z\" as z { fn crc(x: c_int) }\nz.crk(1)", "`z` declares no `crk`"),
    ("extern { @nonull fn f(p: *void) }", "there is no attribute `@nonull`"),
    ("for x in [] { x = 1 }", "`x` is bound here once"),
];

#[test]
fn each_mistake_is_one_error() {
    for (program, expected) in ERRORS {
        let found = messages(program);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{program}\nexpected: {expected}\nfound: {found:#?}");
    }
}

/// Programs that are right, though they look like some of the above.
const RIGHT: &[&str] = &[
    "print(twice(2))\nfn twice(x) => x * N\nconst N = 2",
    "fn outer() { fn a(n) => if n == 0 { 0 } else { b(n - 1) }\n fn b(n) => a(n)\n a(3) }",
    "let x = 1\nif true { let x = x + 1 }",
    "let [_, _] = [1, 2]\nfor _ in 0..3 {}",
    "fn f() { defer { for x in [1] { break } } }",
    "fn f() { try {} finally { let g = fn() { return 1 } } }",
    "outer: for a in [1] { for b in [2] { continue outer } }",
    "var x = 1\nfn f() { x = 2 }",
    "let print = 3\nassert(print == 3)",
    "struct Node { next, value: *Node }\nlet n: Node = Node()\nprint(n is Node)",
    "struct A { x: i32 }\nstruct B { x: i32 }\nstruct C { ...A; ...B; x: i32 }",
    "extern \"z\" as z { struct S { x: c_int }\n const OK = 0\n fn f(s: *S) }\nlet s: z.S = nil as *void\nprint(z.OK)",
    "enum E { A = 1, B = A << 3 }\nconst X = E.B\nlet a = new [2][X]u8",
    "fn f(x) { match x { [a, ...b] -> b, [\"k\": v] -> v, 1..5 -> 0, s is string -> s, _ -> nil } }",
];

#[test]
fn right_programs_are_not_refused() {
    for program in RIGHT {
        assert_eq!(messages(program), Vec::<String>::new(), "{program}");
    }
}

#[test]
fn all_mistakes_are_reported_in_order_and_none_twice() {
    let found = messages("print(a)\nlet x = 1\nx = 2\nprint(a)\nfn f() { break }\ncount = 1\ncount += 1");
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[0].contains("`a`") && found[1].contains("`x`") && found[2].contains("break") && found[3].contains("`count`"));
}

#[test]
fn the_nearest_name_is_suggested() {
    let (_, result) = compile("let counter = 1\nprint(countre)", true);
    let diagnostics = result.err().unwrap_or_default();
    assert_eq!(diagnostics[0].help, ["did you mean `counter`?"]);
}

#[test]
fn entries_see_earlier_ones_and_may_declare_again() {
    let listing = entries(&["let x = 1\nstruct P { a }", "let x = x + 1", "fn f(p: P) => x", "f(P(2))"]).expect("right entries");
    assert!(listing.contains("Call"), "{listing}");
    assert_eq!(entries(&["let x = 1", "x = 2"]), Err(vec!["`x` is a `let` and cannot be assigned".to_string()]));
    assert!(entries(&["const N = 3", "let a = new [2][N]u8"]).is_ok());
    assert!(entries(&["let y = 2", "let y = z", "y"]).is_err());
}

#[test]
fn deep_trees_do_not_exhaust_the_machine_stack() {
    let nested = format!("let x = {}1{}", "(".repeat(900), ")".repeat(900));
    let sum = format!("var y = 0\ny = y + {}1", "1 + ".repeat(900));
    let functions = format!("let f = {}1", "fn() => ".repeat(300));
    for program in [nested, sum, functions] {
        let text = program.clone();
        let found = std::thread::Builder::new().stack_size(1 << 20).spawn(move || messages(&text)).expect("a thread").join();
        assert_eq!(found.expect("no overflow"), Vec::<String>::new(), "{}", &program[..40]);
    }
}
