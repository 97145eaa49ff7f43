use super::super::testing::*;
use super::*;
use proptest::prelude::*;

/// A key of any of the simple kinds, by a small number, so that keys meet again; the second is equal to the first but made anew.
fn key(rt: &mut Runtime, number: u16) -> Value {
    let n = (number / 6) as i64;
    match number % 6 {
        0 => int(n),
        1 => rt.string(&format!("key {n}")).unwrap(),
        2 => Value::float(n as f64 + 0.5),
        3 => rt.int(i64::MAX - n),
        4 => rt.string(&"long key ".repeat(n as usize % 5 + 1)).unwrap(),
        // Whole floats are the same keys as ints.
        _ => Value::float(n as f64),
    }
}

fn model_key(number: u16) -> String {
    let n = (number / 6) as i64;
    match number % 6 {
        0 | 5 => format!("int {n}"),
        1 => format!("text key {n}"),
        2 => format!("float {n}.5"),
        3 => format!("int {}", i64::MAX - n),
        _ => format!("text {}", "long key ".repeat(n as usize % 5 + 1)),
    }
}

fn shown(key: Value) -> String {
    match key.to_int() {
        Some(int) => format!("int {int}"),
        None if key.is_float() => format!("float {}", key.as_float()),
        None => format!("text {}", key.as_str()),
    }
}

#[derive(Clone, Debug)]
enum Change {
    Insert(u16, i16),
    Remove(u16),
    RemoveFirst,
    Clear,
    Copy,
}

fn changes(keys: u16, count: usize) -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        60 => (0..keys, any::<i16>()).prop_map(|(k, v)| Change::Insert(k, v)),
        40 => (0..keys).prop_map(Change::Remove),
        10 => Just(Change::RemoveFirst),
        1 => Just(Change::Clear),
        1 => Just(Change::Copy),
    ];
    proptest::collection::vec(change, 0..count)
}

/// Carries the changes out on a map and on a vector of pairs, and compares them after each.
fn compare_with_model(changes: Vec<Change>, keys: u16) {
    let mut host = TestHost::new();
    let mut map = host.map(&[]);
    let mut model: Vec<(String, i64)> = Vec::new();
    for change in changes {
        let version = map.version();
        let length = map.len();
        match change {
            Change::Insert(number, value) => {
                let key = key(&mut host.runtime, number);
                assert!(map.insert_simple(&mut host.runtime, key, int(value as i64)).unwrap());
                let name = model_key(number);
                match model.iter_mut().find(|(k, _)| *k == name) {
                    Some(entry) => entry.1 = value as i64,
                    None => model.push((name, value as i64)),
                }
            }
            Change::Remove(number) => {
                let key = key(&mut host.runtime, number);
                let name = model_key(number);
                let expected = model.iter().position(|(k, _)| *k == name).map(|at| int(model.remove(at).1));
                assert_eq!(map.remove(&mut host, key).unwrap(), expected);
            }
            Change::RemoveFirst => {
                if let Some((_, first, value)) = map.next_entry(0) {
                    assert_eq!(map.remove(&mut host, first).unwrap(), Some(value));
                    model.remove(0);
                }
            }
            Change::Clear => {
                map.clear();
                model.clear();
            }
            Change::Copy => map = host.runtime.copy_map(map).unwrap(),
        }
        if map.len() != length {
            assert_ne!(map.version(), version, "a change of the size shows");
        }
        let entries: Vec<(String, i64)> = map.entries().map(|(k, v)| (shown(k), v.as_inline_int())).collect();
        assert_eq!(entries, model);
        assert_eq!(map.len(), model.len());
    }
    for number in 0..keys {
        let key = key(&mut host.runtime, number);
        let name = model_key(number);
        let expected = model.iter().find(|(k, _)| *k == name).map_or(Lookup::Missing, |(_, v)| Lookup::Found(int(*v)));
        assert_eq!(map.lookup(&mut host.runtime, key).unwrap(), expected);
        if key.is_string() {
            let found = map.get_text(&host.runtime, key.as_str()).map_or(Lookup::Missing, Lookup::Found);
            assert_eq!(found, expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_small_map_does_what_a_vector_of_pairs_does(changes in changes(12, 60)) {
        compare_with_model(changes, 12);
    }

    #[test]
    fn a_larger_map_does_what_a_vector_of_pairs_does(changes in changes(300, 500)) {
        compare_with_model(changes, 300);
    }
}

#[test]
fn many_entries_come_and_go() {
    let mut host = TestHost::new();
    let map = host.map(&[]);
    for i in 0..50_000 {
        map.insert(&mut host, int(i * 7919), int(i)).unwrap();
    }
    for i in (0..50_000).filter(|i| i % 10 != 0) {
        assert_eq!(map.remove(&mut host, int(i * 7919)).unwrap(), Some(int(i)));
    }
    assert_eq!(map.len(), 5000);
    let expected: Vec<(Value, Value)> = (0..5000).map(|i| (int(i * 10 * 7919), int(i * 10))).collect();
    assert_eq!(map.entries().collect::<Vec<_>>(), expected);
    // What was taken out takes no room for long.
    assert!((map.object().used as usize) < 8 * map.len());
}

#[test]
fn a_map_serves_as_a_queue() {
    let mut host = TestHost::new();
    let map = host.map(&[]);
    for i in 0..1000 {
        map.insert(&mut host, int(i), int(i)).unwrap();
    }
    for i in 0..100_000 {
        let (at, first, _) = map.next_entry(0).unwrap();
        assert_eq!(first, int(i));
        assert_eq!(at, map.object().first as usize, "the first entry is found at once");
        map.remove(&mut host, first).unwrap();
        map.insert(&mut host, int(i + 1000), int(i)).unwrap();
    }
    assert!(map.object().capacity <= 4096);
}

#[test]
fn values_that_are_no_keys_are_refused() {
    let mut host = TestHost::new();
    let map = host.map(&[]);
    let nan = Value::float(f64::NAN);
    assert!(error_of(map.insert(&mut host, nan, Value::NIL)).starts_with("ValueError: NaN "));
    let list = host.list(&[]).value();
    assert!(error_of(map.insert(&mut host, list, Value::NIL)).starts_with("TypeError: list cannot be the key of a map: "));
    assert!(error_of(map.get(&mut host, map.value())).starts_with("TypeError: map cannot be the key of a map: "));
    let range = host.runtime.new_range(0, 3, 1);
    assert!(error_of(map.lookup(&mut host.runtime, range)).starts_with("TypeError: range cannot be the key of a map: "));
    assert!(map.is_empty());
    let text = host.text("a\"b");
    assert_eq!(
        error_of(map.get_or_fail(&mut host, text)),
        "KeyError: the map has no key \"a\\\"b\"; m.get(key, default) gives a default"
    );
}

#[test]
fn nil_and_bools_are_keys_of_their_own() {
    let mut host = TestHost::new();
    let map =
        host.map(&[(Value::NIL, int(1)), (Value::FALSE, int(2)), (Value::TRUE, int(3)), (int(0), int(4)), (int(1), int(5))]);
    assert_eq!(map.len(), 5);
    assert_eq!(map.get(&mut host, Value::TRUE).unwrap(), Some(int(3)));
    assert_eq!(map.get(&mut host, Value::float(-0.0)).unwrap(), Some(int(4)));
    assert_eq!(map.entries().nth(3).unwrap().0, int(0));
}

#[test]
fn struct_values_with_methods_are_keys_by_content() {
    for others in [0, 20] {
        let mut host = TestHost::new();
        let record = host.record("Key", &["x"], &["hash", "=="]);
        // Equal and hashed by their field.
        host.answer = |rt, function, arguments| {
            let x = |rt: &mut Runtime, value| rt.get_field(value, "x").unwrap();
            match function.as_str() {
                "hash" => Ok(int(x(rt, arguments[0]).as_inline_int() % 3)),
                _ => Ok(Value::bool(x(rt, arguments[0]) == x(rt, arguments[1]))),
            }
        };
        let map = host.map(&[]);
        for i in 0..others {
            map.insert(&mut host, int(i), int(i)).unwrap();
        }
        for i in 0..10 {
            let key = host.runtime.construct(record, &[int(i)]).unwrap();
            assert_eq!(map.lookup(&mut host.runtime, key).unwrap(), Lookup::Overloaded);
            assert!(!map.insert_simple(&mut host.runtime, key, int(i)).unwrap());
            assert_eq!(map.get(&mut host, key).unwrap(), None);
            map.insert(&mut host, key, int(i)).unwrap();
        }
        assert_eq!(map.len(), 10 + others as usize);
        for i in 0..10 {
            let key = host.runtime.construct(record, &[int(i)]).unwrap();
            assert_eq!(map.get(&mut host, key).unwrap(), Some(int(i)));
            if i % 2 == 0 {
                assert_eq!(map.remove(&mut host, key).unwrap(), Some(int(i)));
                assert_eq!(map.get(&mut host, key).unwrap(), None);
            }
        }
        assert_eq!(map.len(), 5 + others as usize);
        let copy = host.runtime.copy_map(map).unwrap();
        let key = host.runtime.construct(record, &[int(7)]).unwrap();
        assert_eq!(copy.get(&mut host, key).unwrap(), Some(int(7)));
        assert!(host.runtime.held.is_empty());
    }
}

#[test]
fn struct_values_without_methods_are_keys_by_identity() {
    let mut host = TestHost::new();
    let record = host.record("Plain", &["x"], &[]);
    let (a, b) = (host.runtime.construct(record, &[int(1)]).unwrap(), host.runtime.construct(record, &[int(1)]).unwrap());
    let map = host.map(&[(a, int(1))]);
    assert_eq!(map.get(&mut host, a).unwrap(), Some(int(1)));
    assert_eq!(map.get(&mut host, b).unwrap(), None);
    let comparable = host.record("Comparable", &["x"], &["=="]);
    let c = host.runtime.construct(comparable, &[int(1)]).unwrap();
    assert!(
        error_of(map.insert(&mut host, c, int(1)))
            .starts_with("TypeError: Comparable cannot be the key of a map: it defines `==` but not `hash`")
    );
}

#[test]
fn a_hash_method_must_give_an_int() {
    let mut host = TestHost::new();
    let record = host.record("Key", &["x"], &["hash", "=="]);
    host.answer = |_, _, _| Ok(Value::TRUE);
    let key = host.runtime.construct(record, &[int(1)]).unwrap();
    let map = host.map(&[]);
    assert_eq!(error_of(map.get(&mut host, key)), "TypeError: the `hash` method of Key gave bool; expected an int");
}

#[test]
fn a_map_that_changes_while_a_key_is_looked_up() {
    let mut host = TestHost::new();
    let record = host.record("Key", &["x"], &["hash", "=="]);
    host.answer = |_, function, _| Ok(if function.as_str() == "hash" { int(1) } else { Value::FALSE });
    let (a, b) = (host.runtime.construct(record, &[int(1)]).unwrap(), host.runtime.construct(record, &[int(2)]).unwrap());
    let map = host.map(&[(a, int(1))]);
    host.runtime.held.push(map.value());
    host.answer = |rt, function, _| {
        if function.as_str() == "==" {
            MapRef::of(rt.held[0]).unwrap().clear();
        }
        Ok(int(1))
    };
    assert!(error_of(map.get(&mut host, b)).starts_with("IterationError: the map was changed by the `==` of a key"));
}

#[test]
fn collections_leave_maps_as_they_are() {
    let mut host = TestHost::new();
    let map = host.map(&[]);
    for i in 0..1000 {
        let (key, value) = (host.text(&format!("key {i}")), host.text(&format!("value {i}")));
        map.insert(&mut host, key, value).unwrap();
        if i % 100 == 0 {
            host.collect(&[map.value()]);
        }
    }
    host.collect(&[map.value()]);
    for i in 0..1000 {
        assert_eq!(map.get_text(&host.runtime, &format!("key {i}")).unwrap().as_str(), format!("value {i}"));
    }
}
