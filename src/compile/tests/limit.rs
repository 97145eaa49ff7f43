//! Large functions: they work, or end in one clear error.

use super::{compile, messages};
use crate::bytecode::Op;
use std::fmt::Write;

#[test]
fn three_hundred_locals() {
    let mut text = String::from("fn f() {\n");
    for n in 0..300 {
        let _ = writeln!(text, "    var v{n} = {n}\n    v{n} += 1");
    }
    text.push_str("    v0 + v299\n}\n");
    assert_eq!(messages(&text), Vec::<String>::new());
}

#[test]
fn seventy_thousand_constants() {
    let mut text = String::from("let xs = [");
    for n in 0..70_000 {
        let _ = write!(text, "{n}.5,");
    }
    text.push_str("]\nvar x = xs[0]\nx = x * 123.25\nx == 456.75 or print(\"no\")");
    let (_, result) = compile(&text, true);
    let unit = result.expect("a right program");
    assert!(unit.main.constants.len() >= 70_000);
}

#[test]
fn long_loops_use_long_jumps() {
    let mut text = String::from("fn f(n) {\n    var i = 0\n    while i < n {\n        if i == 7 { continue }\n");
    for _ in 0..40_000 {
        text.push_str("        i += 1\n");
    }
    text.push_str("    }\n    i\n}\n");
    let (_, result) = compile(&text, true);
    let unit = result.expect("a right program");
    let code = &unit.functions[0].1;
    assert!(code.instructions.iter().any(|i| i.op() == Op::Loop && i.signed_wide() < -40_000));
}

#[test]
fn too_many_registers_are_one_error() {
    let mut text = String::from("fn f() {\n");
    for n in 0..61_000 {
        let _ = writeln!(text, "    let v{n} = {n}");
    }
    text.push_str("}\n");
    let found = messages(&text);
    assert_eq!(found, ["`f` has too many local variables and intermediate values"]);
}
