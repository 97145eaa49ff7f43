//! The interface for programs that embed Cotter: data in and out, limits, errors as data.

use cotter::session::{Data, ForeignCalls, Options, Outcome, Session};

fn loaded(options: Options, text: &str) -> Session {
    let mut session = Session::new(options);
    let outcome = session.load_text("script.cot", text);
    assert!(matches!(outcome, Outcome::Done), "{outcome:?}");
    session
}

/// What an error says: its kind and its message, or how else it ended.
fn told(result: Result<Data, Outcome>) -> String {
    match result {
        Ok(data) => format!("{data:?}"),
        Err(Outcome::Failed(errors)) => format!("{}: {}", errors[0].kind, errors[0].message),
        Err(Outcome::Fatal(end)) => format!("fatal: {}", end.message),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn plain_data_goes_in_and_comes_back_as_it_was() {
    let mut session = loaded(Options::default(), "fn same(x) => x");
    let all = Data::List(vec![
        Data::Nil,
        true.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        (-0.5).into(),
        "a\0b — ü".into(),
        Data::Map(vec![("k".into(), Data::List(vec![])), (7.into(), Data::Map(vec![]))]),
    ]);
    assert_eq!(session.call("same", std::slice::from_ref(&all)).expect("plain data"), all);
}

#[test]
fn a_program_keeps_its_variables_between_calls() {
    let mut session = loaded(Options::default(), "var n = 0\nfn next() { n += 1; return n }");
    for expected in 1..=3 {
        assert_eq!(session.call("next", &[]).expect("an int"), Data::Int(expected));
    }
}

#[test]
fn what_is_no_plain_data_is_refused() {
    let text = "fn f() => f\nfn loop() { let l = []\n l.push(l)\n return l }\nfn id(x) => x";
    let mut session = loaded(Options::default(), text);
    let refused = "TypeError: a value of type function is no plain data: nil, bools, numbers, strings, lists and maps are";
    assert_eq!(told(session.call("f", &[])), refused);
    assert_eq!(told(session.call("loop", &[])), "ValueError: the value is nested more than 200 levels deep");
    let mut deep = Data::Nil;
    for _ in 0..1000 {
        deep = Data::List(vec![deep]);
    }
    assert_eq!(told(session.call("id", &[deep])), "ValueError: the value is nested more than 200 levels deep");
}

#[test]
fn errors_come_back_with_their_place() {
    let mut session = loaded(Options::default(), "fn half(x) {\n    if x % 2 != 0 { throw \"odd\" }\n    return x // 2\n}");
    assert_eq!(session.call("half", &[4.into()]).expect("even"), Data::Int(2));
    let Err(Outcome::Failed(errors)) = session.call("half", &[3.into()]) else { panic!("3 is odd") };
    let sources = session.sources();
    let file = sources.file(errors[0].primary.range).expect("a place");
    assert_eq!(file.line_column(errors[0].primary.range.start).0, 2);
    drop(sources);
    assert!(told(session.call("half", &[])).starts_with("TypeError: half() "), "{}", told(session.call("half", &[])));
    assert_eq!(told(session.call("third", &[])), "NameError: no loaded program defines third");
}

#[test]
fn c_is_out_of_reach_unless_it_is_allowed() {
    let text = "extern \"c\" { fn abs(n: c_int) -> c_int }\nfn f(n) => abs(n)";
    let mut denied = Session::new(Options::default());
    let Outcome::Failed(errors) = denied.load_text("script.cot", text) else { panic!("C is denied") };
    assert_eq!(errors[0].kind, "FFIError");
    let allowed = Options { foreign_calls: ForeignCalls::Only(vec!["c".to_string()]), ..Options::default() };
    assert_eq!(loaded(allowed, text).call("f", &[(-3).into()]).expect("abs"), Data::Int(3));
    let other = Options { foreign_calls: ForeignCalls::Only(vec!["m".to_string()]), ..Options::default() };
    assert!(matches!(Session::new(other).load_text("script.cot", text), Outcome::Failed(_)));
}

#[test]
fn limits_end_a_script_and_leave_the_session_usable() {
    let text = "fn spin() { while true { } }\nfn grow() { let l = []\n while true { l.push(\"x\".repeat(1000)) } }\nfn one() => 1\nfn deep(n) => deep(n + 1) + 1";
    let mut session = loaded(Options { fuel: Some(100_000), max_heap: Some(8 << 20), ..Options::default() }, text);
    assert!(told(session.call("spin", &[])).starts_with("fatal: out of fuel"));
    session.set_fuel(None);
    assert_eq!(session.call("one", &[]).expect("1"), Data::Int(1));
    assert!(told(session.call("grow", &[])).starts_with("MemoryError: "));
    assert!(told(session.call("deep", &[0.into()])).starts_with("StackOverflow: "));
    assert_eq!(session.call("one", &[]).expect("1"), Data::Int(1));
}

#[test]
fn the_end_of_a_program_is_an_outcome() {
    let mut session = loaded(Options::default(), "import os\nfn leave() { os.exit(3) }");
    assert!(matches!(session.call("leave", &[]), Err(Outcome::Exit(3))));
}
