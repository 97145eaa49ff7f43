use super::super::testing::*;
use super::*;

#[test]
fn kinds_do_not_mix() {
    let mut host = TestHost::new();
    let text = host.text("1");
    let list = host.list(&[int(1)]).value();
    let range = host.runtime.new_range(1, 2, 1);
    let empty_map = host.map(&[]).value();
    let empty_list = host.list(&[]).value();
    let values =
        [Value::NIL, Value::TRUE, Value::FALSE, int(0), int(1), Value::float(0.5), text, list, range, empty_map, empty_list];
    for (i, &a) in values.iter().enumerate() {
        for (j, &b) in values.iter().enumerate() {
            assert_eq!(host.equal(a, b), i == j, "{a:?} == {b:?}");
        }
    }
}

#[test]
fn numbers_are_equal_by_exact_value() {
    let mut host = TestHost::new();
    let edge = 1i64 << 53;
    assert!(host.equal(int(1), Value::float(1.0)));
    let (big, bigger) = (host.runtime.int(edge), host.runtime.int(edge + 1));
    let again = host.runtime.int(edge);
    assert!(host.equal(big, again) && host.equal(big, Value::float(edge as f64)));
    assert!(!host.equal(bigger, Value::float(edge as f64)) && !host.equal(big, bigger));
    assert!(host.equal(Value::float(0.0), Value::float(-0.0)));
    let nan = Value::float(f64::NAN);
    assert!(!host.equal(nan, nan));
    let list = host.list(&[nan]).value();
    assert!(!host.equal(list, list), "a list that holds NaN is not equal to itself");
}

#[test]
fn collections_are_equal_by_content() {
    let mut host = TestHost::new();
    let (a, b) = (host.text("text"), host.text("text"));
    let (first, second) = (host.list(&[int(1), a]).value(), host.list(&[Value::float(1.0), b]).value());
    assert!(host.equal(first, second));
    let shorter = host.list(&[int(1)]).value();
    assert!(!host.equal(first, shorter));
    let m1 = host.map(&[(a, first), (int(1), Value::NIL)]).value();
    let m2 = host.map(&[(Value::float(1.0), Value::NIL), (b, second)]).value();
    assert!(host.equal(m1, m2), "in any order");
    let m3 = host.map(&[(a, first), (int(2), Value::NIL)]).value();
    assert!(!host.equal(m1, m3));
    let (r1, r2) = (host.runtime.new_range(5, 2, 1), host.runtime.new_range(0, 0, 1));
    assert!(host.equal(r1, r2));
}

#[test]
fn what_contains_itself_is_compared() {
    let mut host = TestHost::new();
    let (a, b, c) = (host.list(&[]), host.list(&[]), host.list(&[]));
    a.push(&mut host.runtime, a.value()).unwrap();
    b.push(&mut host.runtime, b.value()).unwrap();
    c.push(&mut host.runtime, c.value()).unwrap();
    c.push(&mut host.runtime, int(1)).unwrap();
    assert!(host.equal(a.value(), a.value()) && host.equal(a.value(), b.value()));
    assert!(!host.equal(a.value(), c.value()));
    let (m, n) = (host.map(&[]), host.map(&[]));
    m.insert(&mut host, int(1), m.value()).unwrap();
    n.insert(&mut host, int(1), n.value()).unwrap();
    assert!(host.equal(m.value(), n.value()));
    assert!(host.runtime.held.is_empty());
}

#[test]
fn shared_content_is_not_compared_over_and_over() {
    let mut host = TestHost::new();
    let build = |host: &mut TestHost| {
        let mut list = host.list(&[int(1)]).value();
        for _ in 0..200 {
            list = host.list(&[list, list, list]).value();
        }
        list
    };
    let (a, b) = (build(&mut host), build(&mut host));
    assert!(host.equal(a, b));
}

#[test]
fn deep_content_is_an_error_not_a_crash() {
    let mut host = TestHost::new();
    let build = |host: &mut TestHost| {
        let mut list = host.list(&[]).value();
        for _ in 0..1_000_000 {
            list = host.list(&[list]).value();
        }
        list
    };
    let (a, b) = (build(&mut host), build(&mut host));
    assert!(error_of(equal(&mut host, a, b)).starts_with("StackOverflow: "));
    assert!(host.runtime.held.is_empty());
}

#[test]
fn struct_values_by_identity_or_method() {
    let mut host = TestHost::new();
    let plain = host.record("Plain", &["x"], &[]);
    let compared = host.record("Compared", &["x"], &["=="]);
    let [p, q] = [1, 1].map(|i| host.runtime.construct(plain, &[int(i)]).unwrap());
    assert!(host.equal(p, p) && !host.equal(p, q));
    let [a, b, c] = [1, 1, 2].map(|i| host.runtime.construct(compared, &[int(i)]).unwrap());
    host.answer = |rt, _, arguments| {
        let fields = [arguments[0], arguments[1]].map(|value| rt.get_field(value, "x").unwrap());
        Ok(Value::bool(fields[0] == fields[1]))
    };
    assert!(host.equal(a, b) && !host.equal(a, c) && !host.equal(a, p));
    let (first, second) = (host.list(&[a, b]).value(), host.list(&[b, a]).value());
    assert!(host.equal(first, second));
    assert!(!same(&host.runtime, a, b) && same(&host.runtime, a, a));
}

#[test]
fn a_method_may_change_what_is_compared() {
    let mut host = TestHost::new();
    let record = host.record("Wild", &["x"], &["=="]);
    let value = host.runtime.construct(record, &[int(1)]).unwrap();
    let (a, b) = (host.list(&[value; 20]), host.list(&[value; 20]));
    host.runtime.held.push(a.value());
    host.answer = |rt, _, _| {
        ListRef::of(rt.held[0]).unwrap().clear();
        Ok(Value::TRUE)
    };
    assert!(!host.equal(a.value(), b.value()));
}

#[test]
fn slices_by_content_and_pointers_by_address() {
    let mut host = TestHost::new();
    let rt = &mut host.runtime;
    let (a, b) = (rt.new_bytes(b"abab").unwrap(), rt.new_bytes(b"abab").unwrap());
    let c = rt.new_bytes(b"abac").unwrap();
    let halves = [rt.get_part(a, int(0), int(2), false).unwrap(), rt.get_part(a, int(2), int(4), false).unwrap()];
    let again = rt.get_part(a, int(0), int(2), false).unwrap();
    let (n, m) = (rt.new_one(TypeId::C_INT).unwrap(), rt.new_one(TypeId::C_INT).unwrap());
    assert!(host.equal(a, b) && !host.equal(a, c) && host.equal(halves[0], halves[1]));
    assert!(!host.equal(n, m) && host.equal(n, n) && !host.equal(n, Value::NIL));
    let rt = &host.runtime;
    assert!(same(rt, halves[0], again) && !same(rt, halves[0], halves[1]) && !same(rt, a, b));
}

#[test]
fn sameness_of_numbers_and_texts() {
    let mut host = TestHost::new();
    let (a, b) = (host.text("text"), host.text("text"));
    let (x, y) = (host.runtime.int(i64::MAX), host.runtime.int(i64::MAX));
    let rt = &host.runtime;
    assert!(same(rt, a, b) && same(rt, x, y) && same(rt, int(1), int(1)));
    assert!(!same(rt, int(1), Value::float(1.0)) && !same(rt, int(1), Value::TRUE));
    let (l, m) = (host.list(&[]).value(), host.list(&[]).value());
    assert!(!same(&host.runtime, l, m) && same(&host.runtime, l, l));
}

#[test]
fn a_method_may_collect() {
    let mut host = TestHost::new();
    let record = host.record("Key", &["x"], &["==", "hash", "str", "<"]);
    host.answer = |rt, function, arguments| {
        let fields: Vec<i64> = arguments.iter().map(|&value| rt.get_field(value, "x").unwrap().as_inline_int()).collect();
        rt.collect(&mut |_| {});
        for _ in 0..50 {
            rt.list_of(&[Value::TRUE; 3])?;
        }
        match function.as_str() {
            "==" => Ok(Value::bool(fields[0] == fields[1])),
            "<" => Ok(Value::bool(fields[0] < fields[1])),
            "hash" => Ok(int(fields[0] % 5)),
            _ => rt.string(&format!("key {}", fields[0])),
        }
    };
    let (mut lists, mut maps) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let list = host.list(&[]);
        host.runtime.held.push(list.value());
        let map = host.map(&[]);
        host.runtime.held.push(map.value());
        for i in 0..30 {
            let key = host.runtime.construct(record, &[int(29 - i)]).unwrap();
            host.runtime.held.push(key);
            let value = host.list(&[key, key]).value();
            host.runtime.held.push(value);
            list.push(&mut host.runtime, value).unwrap();
            map.insert(&mut host, key, value).unwrap();
            host.runtime.held.truncate(host.runtime.held.len() - 2);
        }
        lists.push(list);
        maps.push(map);
    }
    let keys: Vec<Value> = maps[0].entries().map(|(key, _)| key).collect();
    let sorted = host.list(&keys);
    host.runtime.held.push(sorted.value());
    let floor = host.runtime.held.len();
    assert!(host.equal(lists[0].value(), lists[1].value()));
    assert!(host.equal(maps[0].value(), maps[1].value()));
    super::super::sort(&mut host, sorted).unwrap();
    assert!(host.str(sorted.value()).starts_with("[key 0, key 1, key 2, "));
    assert!(host.str(maps[1].value()).starts_with("[key 29: [key 29, key 29], key 28: "));
    assert_eq!(host.runtime.held.len(), floor);
}
