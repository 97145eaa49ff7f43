//! What small programs become.

use super::listing;

/// Compares a listing with what is expected, line by line.
fn check(program: &str, expected: &str) {
    let found = listing(program);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let found: Vec<&str> = found.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "\n{program}\nfound:\n{}\n", found.join("\n"));
}

#[test]
fn a_loop_at_the_top_level_runs_in_registers() {
    check(
        "var total = 0\nfor i in 0..=10 { total += i }",
        "<main>() registers 4
        0 LoadInt r0 0 1
        1 LoadInt r1 0 2
        2 LoadInt r2 10 2
        3 RangePrepare r1 -> 6 (x = 1) 2
        4 Add r0 r0 r3 2
        5 RangeLoop r1 -> 4 2
        6 ReturnNil 2",
    );
}

#[test]
fn conditions_are_one_jump_at_the_bottom() {
    check(
        "fn f(n) {\n    while n > 10 and not (n < 0.5) {\n        if n == 12 { continue }\n        n -= 1\n    }\n}",
        "<main>() registers 0
        0 ReturnNil 6
        f(n) registers 2
        0 Jump -> 3 2
        1 JumpEqualNumber r0 12 -> 3 3
        2 SubtractNumber r0 r0 1 4
        3 JumpNotGreaterNumber r0 10 -> 6 2
        4 LoadConstant r1 0.5 2
        5 JumpNotLess r0 r1 -> 1 2
        6 ReturnNil 6",
    );
}

#[test]
fn a_call_is_built_where_its_result_is_wanted() {
    check(
        "fn f(x) {\n    let y = f(x + 1)\n    x.go(y, ...[y])\n    return x.run(y)\n}",
        "<main>() registers 0
        0 ReturnNil 5
        f(x) registers 6
        0 LoadSlot r1 f 2
        1 AddNumber r2 r0 1 2
        2 Call r1 (1) 2
        3 GetField r2 r0 .go 3
        4 NewList r3 r4 x0 3
        5 Move r4 r1 3
        6 ListPush r3 r4 x1 3
        7 Move r5 r1 3
        8 NewList r4 r5 x1 3
        9 ListExtend r3 r4 3
        10 CallSpread r2 (...) 3
        11 Move r3 r0 4
        12 Move r4 r1 4
        13 CallMethod r2 (1) .run 4
        14 Return r2 4",
    );
}

#[test]
fn shared_variables_live_in_cells_and_others_are_copied() {
    check(
        "fn f(a, b) {\n    let g = fn() { b += a }\n    b\n}",
        "<main>() registers 0
        0 ReturnNil 4
        f(a, b) registers 4
        0 NewCell r1 r1 1
        1 Closure r2 fn 2
        2 LoadCell r3 r1 3
        3 Return r3 3
        fn() registers 2, captures r1 r0
        0 LoadCapturedCell r0 captured 0 2
        1 LoadCaptured r1 captured 1 2
        2 Add r0 r0 r1 2
        3 StoreCapturedCell r0 captured 0 2
        4 ReturnNil 2",
    );
}

#[test]
fn nested_functions_that_name_each_other_share_cells() {
    check(
        "fn f() {\n    fn a() => b()\n    fn b() => a()\n    b\n}",
        "<main>() registers 0
        0 ReturnNil 5
        f() registers 3
        0 LoadUndefined r0 3
        1 NewCell r0 r0 3
        2 Closure r1 a 2
        3 Closure r2 b 3
        4 StoreCell r0 r2 3
        5 LoadCell r2 r0 4
        6 Return r2 4
        a() registers 1, captures r0
        0 LoadCapturedCell r0 captured 0 2
        1 CheckDefined r0 \"b\" 2
        2 Call r0 (0) 2
        3 Return r0 2
        b() registers 1, captures r1
        0 LoadCaptured r0 captured 0 3
        1 Call r0 (0) 3
        2 Return r0 3",
    );
}

#[test]
fn a_finally_is_emitted_once() {
    check(
        "fn f(g) {\n    for x in g {\n        defer g()\n        if x { return 1 }\n    }\n}",
        "<main>() registers 0
        0 ReturnNil 6
        f(g) registers 9
        0 IteratePrepare r1 r0 2
        1 Jump -> 19 2
        2 LoadNil r5 3
        3 JumpIfNot r4 -> 9 4
        4 LoadInt r8 1 4
        5 Move r5 r8 4
        6 LoadInt r6 2 4
        7 LoadNil r7 4
        8 Jump -> 13 4
        9 LoadInt r6 0 3
        10 LoadNil r7 3
        11 Jump -> 13 3
        12 LoadInt r6 1 3
        13 Move r8 r0 3
        14 Call r8 (0) 3
        15 JumpNotEqualNumber r6 1 -> 17 3
        16 Rethrow r7 3
        17 JumpNotEqualNumber r6 2 -> 19 3
        18 Return r5 3
        19 IterateNext r1 -> 2 2
        20 ReturnNil 6
        cleanup 3..9 -> 12 in r7, live 8
        chain 13..15 in r7, live 8",
    );
}

#[test]
fn a_chain_is_skipped_as_a_whole() {
    check(
        "fn f(a) => a?.b.c(1)[2]",
        "<main>() registers 0
        0 ReturnNil 1
        f(a) registers 5
        0 JumpIfNil r0 -> 6 1
        1 GetField r3 r0 .b 1
        2 LoadInt r4 1 1
        3 CallMethod r2 (1) .c 1
        4 GetIndexNumber r1 r2 2 1
        5 Jump -> 7 1
        6 LoadNil r1 1
        7 Return r1 1",
    );
}

#[test]
fn places_are_evaluated_once() {
    check(
        "fn f(a) {\n    a.b[1] += 2\n    a.c ??= 3\n    [a.x, a.y] = [a.y, a.x]\n}",
        "<main>() registers 0
        0 ReturnNil 5
        f(a) registers 4
        0 GetField r1 r0 .b 2
        1 LoadInt r2 1 2
        2 GetIndex r3 r1 r2 2
        3 AddNumber r3 r3 2 2
        4 SetIndex r1 r2 r3 2
        5 GetField r1 r0 .c 3
        6 JumpIfNotNil r1 -> 9 3
        7 LoadInt r1 3 3
        8 SetField r0 r1 .c 3
        9 GetField r1 r0 .y 4
        10 GetField r2 r0 .x 4
        11 SetField r0 r1 .x 4
        12 SetField r0 r2 .y 4
        13 ReturnNil 5",
    );
}

#[test]
fn patterns_are_tests_and_bindings() {
    check(
        "fn f(v) => match v {\n    1 | 2 -> \"few\"\n    [a, ...rest] if a -> rest\n    n is string -> n\n}",
        "<main>() registers 0
        0 ReturnNil 5
        f(v) registers 3
        0 JumpEqualNumber r0 1 -> 2 2
        1 JumpNotEqualNumber r0 2 -> 4 2
        2 LoadConstant r1 \"few\" 2
        3 Return r1 2
        4 MatchList r1 r0 x1 (x = 1) 3
        5 JumpIfNot r1 -> 10 3
        6 GetIndexNumber r1 r0 0 3
        7 ListRest r2 r0 1 3
        8 JumpIfNot r1 -> 10 3
        9 Return r2 3
        10 Is r1 r0 string 4
        11 JumpIfNot r1 -> 13 4
        12 Return r0 4
        13 MatchFailed r0 1",
    );
}

#[test]
fn defaults_and_annotations_are_checked_on_entry() {
    check(
        "fn f(a: int, b = a + 1) -> float { return b }",
        "<main>() registers 0
        0 ReturnNil 1
        f(a, b =) registers 3
        0 CheckType r0 int (x = 1) 1
        1 JumpIfDefined r1 -> 3 1
        2 AddNumber r1 r0 1 1
        3 Move r2 r1 1
        4 CheckType r2 float (x = 2) 1
        5 Return r2 1",
    );
}
