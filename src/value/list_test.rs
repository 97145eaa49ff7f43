use super::super::testing::*;
use super::*;
use proptest::prelude::*;

#[test]
fn growth_keeps_the_elements() {
    let rt = &mut test_runtime();
    let list = rt.new_list(0).unwrap();
    for i in 0..200_000 {
        list.push(rt, int(i)).unwrap();
    }
    assert_eq!(list.len(), 200_000);
    assert!(list.values().iter().enumerate().all(|(i, &value)| value == int(i as i64)));
    for i in (0..200_000).rev() {
        assert_eq!(list.pop(), Some(int(i)));
    }
    assert_eq!(list.pop(), None);
}

#[test]
fn indexes_are_checked() {
    let rt = &mut test_runtime();
    let list = rt.list_of(&[int(1), int(2), int(3)]).unwrap();
    assert_eq!(list.get_checked(rt, 2).unwrap(), int(3));
    assert_eq!(error_of(list.get_checked(rt, 3)), "IndexError: index 3 is out of range: the list has 3 elements");
    assert!(
        error_of(list.get_checked(rt, -1))
            .starts_with("IndexError: index -1 is out of range: indexes of the list go from 0 to 2")
    );
    assert!(error_of(list.set_checked(rt, i64::MIN, int(1))).starts_with("IndexError: "));
    assert!(error_of(list.insert(rt, 4, int(1))).starts_with("IndexError: "));
    assert!(error_of(list.remove(rt, 3)).starts_with("IndexError: "));
    list.insert(rt, 3, int(4)).unwrap();
    assert_eq!(list.values(), [int(1), int(2), int(3), int(4)]);
    assert_eq!(error_of(rt.slice_list(list, 1, 5)), "IndexError: slice 1..5 is out of range: the list has 4 elements");
    let empty = rt.new_list(0).unwrap();
    assert_eq!(error_of(empty.get_checked(rt, 0)), "IndexError: index 0 is out of range: the list is empty");
    let single = rt.list_of(&[int(1)]).unwrap();
    assert_eq!(error_of(single.get_checked(rt, 1)), "IndexError: index 1 is out of range: the list has 1 element");
}

#[test]
fn a_list_extended_with_itself() {
    let rt = &mut test_runtime();
    let list = rt.list_of(&[int(1), int(2)]).unwrap();
    list.extend(rt, list.values()).unwrap();
    list.extend(rt, list.values()).unwrap();
    assert_eq!(list.values(), [1, 2, 1, 2, 1, 2, 1, 2].map(int));
}

#[test]
fn what_was_taken_out_is_no_longer_referred_to() {
    let rt = &mut test_runtime();
    let text = rt.string("some text").unwrap();
    let list = rt.list_of(&[text, text, text, text]).unwrap();
    list.pop();
    list.remove(rt, 0).unwrap();
    list.truncate(1);
    // SAFETY: the list's run has room for the four values that it was made with.
    let run = unsafe { std::slice::from_raw_parts(list.items(), 4) };
    assert_eq!(run.iter().filter(|&&value| value == text).count(), 1);
    list.clear();
    assert!(list.is_empty() && list.values().is_empty());
}

#[derive(Clone, Debug)]
enum Change {
    Push(i64),
    Pop,
    Insert(usize, i64),
    Remove(usize),
    Truncate(usize),
    Reverse,
    Extend(Vec<i64>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        4 => any::<i16>().prop_map(|i| Change::Push(i as i64)),
        2 => Just(Change::Pop),
        2 => (0..40usize, any::<i16>()).prop_map(|(at, i)| Change::Insert(at, i as i64)),
        2 => (0..40usize).prop_map(Change::Remove),
        1 => (0..40usize).prop_map(Change::Truncate),
        1 => Just(Change::Reverse),
        1 => proptest::collection::vec(-9..9i64, 0..20).prop_map(Change::Extend),
    ];
    proptest::collection::vec(change, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_list_does_what_a_vector_does(changes in changes()) {
        let rt = &mut test_runtime();
        let list = rt.new_list(0).unwrap();
        let mut model: Vec<i64> = Vec::new();
        for change in changes {
            match change {
                Change::Push(i) => { list.push(rt, int(i)).unwrap(); model.push(i); }
                Change::Pop => prop_assert_eq!(list.pop(), model.pop().map(int)),
                Change::Insert(at, i) => {
                    let fits = at <= model.len();
                    prop_assert_eq!(list.insert(rt, at as i64, int(i)).is_ok(), fits);
                    if fits { model.insert(at, i); }
                }
                Change::Remove(at) => match list.remove(rt, at as i64) {
                    Ok(value) => prop_assert_eq!(value, int(model.remove(at))),
                    Err(_) => prop_assert!(at >= model.len()),
                },
                Change::Truncate(length) => { list.truncate(length); model.truncate(length); }
                Change::Reverse => { list.reverse(&mut rt.heap); model.reverse(); }
                Change::Extend(values) => {
                    let more: Vec<Value> = values.iter().map(|&i| int(i)).collect();
                    list.extend(rt, &more).unwrap();
                    model.extend(values);
                }
            }
            let expected: Vec<Value> = model.iter().map(|&i| int(i)).collect();
            prop_assert_eq!(list.values(), &expected[..]);
        }
    }
}
