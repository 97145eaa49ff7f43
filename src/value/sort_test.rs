use super::super::testing::*;
use super::*;
use proptest::prelude::*;

fn sorted(host: &mut TestHost, values: &[Value]) -> Vec<Value> {
    let list = host.list(values);
    sort(host, list).unwrap();
    list.values().to_vec()
}

#[test]
fn numbers_with_nan_last() {
    let mut host = TestHost::new();
    let nan = Value::float(f64::NAN);
    let big = host.runtime.int(i64::MAX);
    let values = sorted(&mut host, &[nan, Value::float(2.5), int(3), big, nan, int(-1), Value::float(f64::INFINITY), int(2)]);
    let shown: Vec<String> = values.iter().map(|&value| host.repr(value)).collect();
    assert_eq!(shown, ["-1", "2", "2.5", "3", "9223372036854775807", "inf", "nan", "nan"]);
    let floats = sorted(&mut host, &[nan, Value::float(1.0), Value::float(-0.0), Value::float(0.0), Value::float(-1.0)]);
    let shown: Vec<String> = floats.iter().map(|&value| host.repr(value)).collect();
    assert_eq!(shown, ["-1.0", "-0.0", "0.0", "1.0", "nan"], "equal zeros keep their order");
}

#[test]
fn texts_by_bytes() {
    let mut host = TestHost::new();
    let values: Vec<Value> = ["b", "é", "a", "", "ab", "Z"].iter().map(|text| host.text(text)).collect();
    let texts: Vec<&str> = sorted(&mut host, &values).iter().map(|value| value.as_str()).collect();
    assert_eq!(texts, ["", "Z", "a", "ab", "b", "é"]);
}

#[test]
fn what_has_no_order_is_refused() {
    let mut host = TestHost::new();
    let text = host.text("a");
    for values in [vec![int(1), text], vec![Value::NIL, Value::NIL], vec![Value::TRUE, Value::FALSE]] {
        let list = host.list(&values);
        assert!(error_of(sort(&mut host, list)).starts_with("TypeError: cannot compare "));
        assert_eq!(list.values(), values, "and the list is as before");
    }
    let single = host.list(&[Value::NIL]);
    sort(&mut host, single).unwrap();
    assert!(host.runtime.held.is_empty());
}

fn records(host: &mut TestHost, keys: &[i64]) -> ListRef {
    let record = host.record("Item", &["key", "at"], &["<"]);
    let values: Vec<Value> =
        keys.iter().enumerate().map(|(at, &key)| host.runtime.construct(record, &[int(key), int(at as i64)]).unwrap()).collect();
    host.list(&values)
}

fn less_by_key(rt: &mut Runtime, _: Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let keys = [arguments[0], arguments[1]].map(|value| rt.get_field(value, "key").unwrap().as_inline_int());
    Ok(Value::bool(keys[0] < keys[1]))
}

fn fields(host: &mut TestHost, list: ListRef) -> Vec<(i64, i64)> {
    let rt = &mut host.runtime;
    let field = |rt: &mut Runtime, value, name| rt.get_field(value, name).unwrap().as_inline_int();
    list.values().iter().map(|&value| (field(rt, value, "key"), field(rt, value, "at"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn struct_values_are_sorted_and_stable(keys in proptest::collection::vec(0..20i64, 0..200)) {
        let mut host = TestHost::new();
        let list = records(&mut host, &keys);
        host.answer = less_by_key;
        sort(&mut host, list).unwrap();
        let mut expected: Vec<(i64, i64)> = keys.iter().enumerate().map(|(at, &key)| (key, at as i64)).collect();
        expected.sort_by_key(|pair| pair.0);
        prop_assert_eq!(fields(&mut host, list), expected);
        prop_assert!(host.runtime.held.is_empty());
    }

    #[test]
    fn a_liar_leaves_a_permutation(keys in proptest::collection::vec(0..20i64, 0..100), answers in any::<u64>()) {
        let mut host = TestHost::new();
        let values: Vec<Value> = keys.iter().map(|&key| int(key)).collect();
        let list = host.list(&values);
        let mut state = answers | 1;
        sort_by(&mut host, list, &mut |_, _, _| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            Ok(state >> 63 == 1)
        }).unwrap();
        let mut after: Vec<i64> = list.values().iter().map(|value| value.as_inline_int()).collect();
        let mut before = keys;
        after.sort_unstable();
        before.sort_unstable();
        prop_assert_eq!(after, before);
    }

    #[test]
    fn numbers_are_sorted_as_by_the_standard_library(ints in proptest::collection::vec(any::<i64>(), 0..100), floats in proptest::collection::vec(any::<f64>(), 0..100)) {
        let mut host = TestHost::new();
        let mut values: Vec<Value> = ints.iter().map(|&i| host.runtime.int(i)).collect();
        values.extend(floats.iter().map(|&f| Value::float_from_memory(f)));
        let result = sorted(&mut host, &values);
        prop_assert_eq!(result.len(), values.len());
        for pair in result.windows(2) {
            let (a, b) = (pair[0].to_number().unwrap(), pair[1].to_number().unwrap());
            let is_nan = |n: Number| matches!(n, Number::Float(f) if f.is_nan());
            prop_assert!(is_nan(b) || compare_numbers(a, b).is_some_and(Ordering::is_le));
        }
    }
}

#[test]
fn a_comparison_that_changes_the_list() {
    let mut host = TestHost::new();
    let list = records(&mut host, &[3, 2, 1]);
    host.answer = |rt, _, _| {
        ListRef::of(rt.held[0]).unwrap().pop();
        Ok(Value::TRUE)
    };
    assert!(error_of(sort(&mut host, list)).starts_with("IterationError: the list was changed by a comparison"));
    assert!(host.runtime.held.is_empty());
}

#[test]
fn an_error_in_a_comparison_leaves_the_list_as_it_was() {
    let mut host = TestHost::new();
    let list = records(&mut host, &[3, 2, 1, 5, 4]);
    let before = list.values().to_vec();
    host.answer = |rt, _, _| rt.fail(ErrorKind::ValueError, "no");
    assert_eq!(error_of(sort(&mut host, list)), "ValueError: no");
    assert_eq!(list.values(), before);
    assert!(host.runtime.held.is_empty());
}
