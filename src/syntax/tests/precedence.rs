//! What binds tighter than what.

use super::*;

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(grouped(text), *expected, "{text}");
    }
}

#[test]
fn arithmetic() {
    check(&[
        ("a + b * c", "(+ a (* b c))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a ** b ** c", "(** a (** b c))"),
        ("-2 ** 2", "(- (** 2 2))"),
        ("2 ** -x ** 2", "(** 2 (- (** x 2)))"),
        ("-x as u8 * 2", "(* (as (- x) u8) 2)"),
        ("a *% b +% c -% d", "(-% (+% (*% a b) c) d)"),
        ("a << b + c >> d >>> e", "(>>> (>> (<< a (+ b c)) d) e)"),
        ("a | b ^ c & d << e", "(| a (^ b (& c (<< d e))))"),
        ("a // b % c / d", "(/ (% (// a b) c) d)"),
        ("~a ** b", "(~ (** a b))"),
        ("- - -a", "(- (- (- a)))"),
    ]);
}

#[test]
fn comparisons_and_words() {
    check(&[
        ("a | b == c", "(== (| a b) c)"),
        ("a..b + 1", "(.. a (+ b 1))"),
        ("x in a..=b", "(in x (..= a b))"),
        ("x not in xs and y", "(and (not in x xs) y)"),
        ("not a == b", "(not (== a b))"),
        ("not not a", "(not (not a))"),
        ("a or b and c", "(or a (and b c))"),
        ("a ?? b ?? c", "(?? a (?? b c))"),
        ("a or b ?? c", "(?? (or a b) c)"),
        ("a ?? throw b ?? c", "(?? a (throw (?? b c)))"),
        ("a or return", "(or a return)"),
        ("x is not *const c_int or y", "(or (is not x (*const c_int)) y)"),
        ("a ?? fn(x) => x ?? b", "(?? a (fn parameter x (=> (?? x b))))"),
        ("fn() => fn() => 1", "(fn (=> (fn (=> 1))))"),
    ]);
}

#[test]
fn postfix() {
    check(&[
        ("a.b?.c(1, ...d, k: 2)[0]", "(index (call (?.c (.b a)) 1 (... d) (k: 2)) 0)"),
        ("a[1..2]", "(slice.. a 1 2)"),
        ("a[1..]", "(slice.. a 1 _)"),
        ("a[..=2]", "(slice..= a _ 2)"),
        ("a[..]", "(slice.. a _ _)"),
        ("a[(1..2)]", "(index a (() (.. 1 2)))"),
        ("&p.x[0]", "(& (index (.x p) 0))"),
        ("a.b ** c.d", "(** (.b a) (.d c))"),
        ("fn() { 1 }()", "(call (fn (block 1)))"),
        ("a.if.match", "(.match (.if a))"),
        ("f(if: 1, true: 2)", "(call f (if: 1) (true: 2))"),
    ]);
}

#[test]
fn new_and_types() {
    check(&[
        ("new c_int", "(new c_int)"),
        ("new [4]u8", "(new ([n] 4 u8))"),
        ("new [n + 1]f64(...list)", "(new ([n] (+ n 1) f64) (arguments (... list)))"),
        ("new(arena) z.Point(1, y: 2)", "(new (arena arena) z.Point (arguments 1 (y: 2)))"),
        ("new Point(1).x", "(.x (new Point (arguments 1)))"),
        ("new Point as *void", "(as (new Point) (* void))"),
        ("x as **c_char", "(as x (* (* c_char)))"),
        ("x as *const *T", "(as x (*const (* T)))"),
        ("f as fn(c_int, x: *void, ...) -> []u8", "(as f (fn c_int (* void) ... (-> ([] u8))))"),
        ("f as fn() -> T?", "(as f (fn (-> (? T))))"),
        ("x as []u8?", "(as x (? ([] u8)))"),
        ("x is (fn(int) -> int)", "(is x (fn int (-> int)))"),
        ("sizeof([N]*T) + offsetof(T, a.in)", "(+ (sizeof ([N] N (* T))) (offsetof T a.in))"),
    ]);
}

#[test]
fn literals() {
    check(&[
        ("[1, ...xs, [2]]", "(list 1 (... xs) (list 2))"),
        ("[:]", "map"),
        ("[a: 1, \"b\": [c: 2],]", "(map (: a 1) (: \"b\" (map (: c 2))))"),
        ("\"a{b + 1:>10}c{\"d{e}\"}\"", "(template \"a\" (:>10 (+ b 1)) \"c\" (template \"d\" e))"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("0xffff_ffff_ffff_ffff", "-1"),
        ("'A' + '\\n'", "(+ 65 10)"),
        ("1..5", "(.. 1 5)"),
        ("1.5..2.5", "(.. 1.5 2.5)"),
        ("r\"C:\\new{x}\"", "\"C:\\\\new{x}\""),
        ("b\"GET \\x00\\xff\"", "b\"GET \\x00\\xff\""),
    ]);
}

#[test]
fn statements() {
    check(&[
        ("x ??= a + 1", "??= x + a 1"),
        ("[a, b.c, ...d[0]] = e", "= places a .c b ... index d 0 e"),
        ("m[0..2] = 1", "= index m .. 0 2 1"),
        ("outer: for i, [a, ...b] in xs { continue outer }", "for outer: i [] a ...b xs block continue outer"),
        ("defer x.close()", "defer call .close x"),
        (
            "@packed @align(64) struct P { ...Q, a: u8 : 3 = 1 }",
            "struct P @packed @align 64 embedded Q field a u8 bits 3 default 1",
        ),
        ("type F = fn(*void)", "type F fn * void"),
        ("from path import join, base as b", "from path import join, base as b"),
    ]);
}

#[test]
fn patterns() {
    check(&[(
        "match v { 1 | -2 -> a, 'a'..='z' -> b, Color.Red -> c, [x, ...r] if r -> d, [\"k\": 1, A.B: _] -> e, P(x: 0, y) -> f, s is T -> g, _ -> x = 1 }",
        "(match v (arm (| 1 (- 2)) a) (arm (..= 97 122) b) (arm (constant (.Red Color)) c) (arm ([] (bind x) ...r) (if r) d) \
         (arm ([:] (: \"k\" 1) (: (.B A) _)) e) (arm (record P (x 0) y) f) (arm (is s T) g) (arm _ (= x 1)))",
    )]);
}
