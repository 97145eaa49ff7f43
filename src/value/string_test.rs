use super::super::testing::*;
use super::*;
use crate::heap::HEADER_SIZE;

#[test]
fn a_nul_stands_behind_the_bytes() {
    let rt = &mut test_runtime();
    for text in ["", "a", "ab", "é", "with\0nul", &"x".repeat(40_000)] {
        let value = rt.string(text).unwrap();
        assert_eq!(value.as_str(), text);
        assert_eq!(value.string_length(), text.len());
        let bytes = (value.address().get() + HEADER_SIZE) as *const u8;
        // SAFETY: the string object has a NUL behind its bytes, which is what is tested.
        assert_eq!(unsafe { *bytes.add(text.len()) }, 0);
        assert_eq!(value.address().payload() as usize, bytes as usize);
    }
}

#[test]
fn short_strings_are_made_once() {
    let rt = &mut test_runtime();
    assert_eq!(rt.string("a").unwrap(), rt.char_string('a'));
    assert_eq!(rt.string("").unwrap(), rt.string_from_parts(&["", ""]).unwrap());
    assert_ne!(rt.string("ab").unwrap(), rt.string("ab").unwrap());
    assert_eq!(rt.char_string('é').as_str(), "é");
    let constant = rt.constant_string("a").unwrap();
    assert!(constant.is_constant_string());
    assert_ne!(constant, rt.string("a").unwrap());
    assert!(!rt.string("a").unwrap().is_constant_string());
}

#[test]
fn equality_with_and_without_known_hashes() {
    let rt = &mut test_runtime();
    let (a, b, c) = (rt.string("abc").unwrap(), rt.string("abc").unwrap(), rt.string("abd").unwrap());
    assert!(strings_equal(a, b) && !strings_equal(a, c));
    rt.hash_of_string(a);
    assert!(strings_equal(a, b) && !strings_equal(a, c));
    rt.hash_of_string(b);
    rt.hash_of_string(c);
    assert!(strings_equal(a, b) && !strings_equal(a, c));
    assert_eq!(a.string_length(), 3, "a kept hash leaves the length as it is");
    assert_eq!(rt.hash_of_string(a), rt.hash_of_string(b));
}

#[test]
fn parts_are_joined() {
    let rt = &mut test_runtime();
    assert_eq!(rt.string_from_parts(&["a", "", "bc", "d"]).unwrap().as_str(), "abcd");
    let (x, y) = (rt.string("x").unwrap(), rt.string("yy").unwrap());
    assert_eq!(rt.join_strings(&[x, y, x]).unwrap().as_str(), "xyyx");
    assert_eq!(rt.join_strings_with(", ", &[x, y, x]).unwrap().as_str(), "x, yy, x");
    assert_eq!(rt.join_strings_with(", ", &[]).unwrap().as_str(), "");
    assert_eq!(rt.join_strings_with(", ", &[y]).unwrap().as_str(), "yy");
    let empty = rt.string("").unwrap();
    assert_eq!(rt.concat(x, y).unwrap().as_str(), "xyy");
    assert_eq!(rt.concat(empty, y).unwrap(), y);
    assert_eq!(rt.concat(y, empty).unwrap(), y);
}

#[test]
fn repetition() {
    let rt = &mut test_runtime();
    let ab = rt.string("ab").unwrap();
    assert_eq!(rt.repeat_string(ab, 5).unwrap().as_str(), "ababababab");
    assert_eq!(rt.repeat_string(ab, 0).unwrap().as_str(), "");
    let empty = rt.string("").unwrap();
    assert_eq!(rt.repeat_string(empty, i64::MAX).unwrap().as_str(), "");
    assert_eq!(error_of(rt.repeat_string(ab, -3)), "ValueError: cannot repeat -3 times: expected a count of 0 or more");
    assert!(error_of(rt.repeat_string(ab, i64::MAX)).starts_with("MemoryError: a string of "));
}

#[test]
fn slices_are_cut_at_characters() {
    let rt = &mut test_runtime();
    let text = rt.string("aéz").unwrap();
    assert_eq!(rt.slice_string(text, 0, 4).unwrap(), text);
    assert_eq!(rt.slice_string(text, 1, 3).unwrap().as_str(), "é");
    assert_eq!(rt.slice_string(text, 4, 4).unwrap().as_str(), "");
    let inside = "byte offset 2 lies inside the character 'é' (1..3): cut at its edge, or use chars() or bytes()";
    assert_eq!(error_of(rt.slice_string(text, 0, 2)), format!("ValueError: {inside}"));
    assert_eq!(error_of(rt.slice_string(text, 2, 4)), format!("ValueError: {inside}"));
    assert_eq!(error_of(rt.slice_string(text, 1, 5)), "IndexError: slice 1..5 is out of range: the string has 4 bytes");
    assert!(error_of(rt.slice_string(text, 3, 1)).starts_with("IndexError: slice 3..1 is reversed"));
    assert!(error_of(rt.slice_string(text, -1, 1)).starts_with("IndexError: slice -1..1 is out of range"));
    assert!(error_of(rt.slice_string(text, i64::MIN, i64::MAX)).starts_with("IndexError: "));
}

#[test]
fn order_and_search_are_by_bytes() {
    let rt = &mut test_runtime();
    let (a, b) = (rt.string("\u{ffff}").unwrap(), rt.string("\u{10000}").unwrap());
    assert_eq!(compare_strings(a, b), Ordering::Less);
    assert_eq!(find("banana", "an"), Some(1));
    assert_eq!(find_last("banana", "an"), Some(3));
    assert_eq!(find("banana", ""), Some(0));
    assert_eq!(find_last("banana", ""), Some(6));
    assert_eq!(find("banana", "x"), None);
}
