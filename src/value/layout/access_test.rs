//! Reading, writing and making memory; pointers and casts.

use super::*;
use crate::bytecode::FieldPlace;
use crate::value::testing::{error_of, int, test_runtime};
use crate::value::{Kind, Runtime, Value};

fn shape(types: &[(&str, TypeId)]) -> RecordShape {
    let field = |&(name, type_id): &(&str, TypeId)| FieldShape { name: name.into(), type_id, bits: None, place: FieldPlace::Own };
    RecordShape { fields: types.iter().map(field).collect(), ..RecordShape::default() }
}

fn declare(runtime: &mut Runtime, name: &str, fields: &[(&str, TypeId)]) -> TypeId {
    let id = runtime.types.declare_record(name.into(), false);
    runtime.types.lay_out_record(id, &shape(fields)).unwrap();
    id
}

fn slice(runtime: &mut Runtime, element: TypeId, values: &[i64]) -> Value {
    let values: Vec<Value> = values.iter().map(|&i| runtime.int(i)).collect();
    let count = int(values.len() as i64);
    runtime.new_slice_from(element, count, &values).unwrap()
}

fn ints(runtime: &mut Runtime, slice: Value) -> Vec<i64> {
    runtime.slice_values(slice).unwrap().into_iter().map(|value| value.to_int().unwrap()).collect()
}

fn name(runtime: &Runtime, value: Value) -> String {
    runtime.type_name_of(value).to_string()
}

fn collect(runtime: &mut Runtime, roots: &[Value]) {
    let roots = roots.to_vec();
    let types = std::mem::take(&mut runtime.types);
    runtime.heap.collect(&mut |marker| {
        types.for_each_root(&mut |value| marker.mark_word(value.0));
        roots.iter().for_each(|root| marker.mark_word(root.0));
    });
    runtime.types = types;
}

#[test]
fn fields_convert_what_they_take() {
    let mut rt = test_runtime();
    let fields = [
        ("i", TypeId::I32),
        ("u", TypeId::U8),
        ("f", TypeId::F64),
        ("g", TypeId::F32),
        ("b", TypeId::BOOL),
        ("s", TypeId::STRING),
        ("a", TypeId::ANY),
        ("w", TypeId::U64),
        ("c", TypeId::C_CHAR),
    ];
    let mixed = declare(&mut rt, "Mixed", &fields);
    let m = rt.construct(mixed, &[]).unwrap();
    assert_eq!(rt.get_field(m, "i").unwrap(), int(0));
    assert_eq!(rt.get_field(m, "f").unwrap(), Value::float(0.0));
    assert_eq!(rt.get_field(m, "s").unwrap(), Value::NIL);
    assert_eq!(rt.get_field(m, "a").unwrap(), Value::NIL);

    let text = rt.string_lossy("some text");
    for (name, value) in [("i", int(-7)), ("u", int(255)), ("b", Value::TRUE), ("s", text), ("a", text), ("c", int(-128))] {
        rt.set_field(m, name, value).unwrap();
        assert_eq!(rt.get_field(m, name).unwrap(), value, "{name}");
    }
    rt.set_field(m, "f", int(3)).unwrap();
    assert_eq!(rt.get_field(m, "f").unwrap(), Value::float(3.0));
    rt.set_field(m, "g", Value::float(0.1)).unwrap();
    assert_eq!(rt.get_field(m, "g").unwrap(), Value::float(0.1f32 as f64));
    rt.set_field(m, "w", int(-1)).unwrap();
    assert_eq!(rt.get_field(m, "w").unwrap().to_int(), Some(-1));
    rt.set_field(m, "c", int(255)).unwrap();
    assert_eq!(rt.get_field(m, "c").unwrap(), int(-1));

    let wrong: [(&str, Value, &str); 10] = [
        ("i", Value::float(1.5), "TypeError: Mixed.i takes i32, not float"),
        ("i", Value::TRUE, "TypeError: Mixed.i takes i32, not bool (write 1 or 0, or `as`)"),
        ("i", int(1 << 31), "ValueError: Mixed.i takes i32 (-2147483648 to 2147483647), not 2147483648"),
        ("u", int(-1), "ValueError: Mixed.u takes u8 (0 to 255), not -1"),
        ("c", int(256), "ValueError: Mixed.c takes c_char (-128 to 255), not 256"),
        ("f", text, "TypeError: Mixed.f takes f64, not string"),
        ("g", Value::float(1e300), "ValueError: Mixed.g: 1e300 overflows f32"),
        ("b", int(1), "TypeError: Mixed.b takes bool, not int"),
        ("s", int(1), "TypeError: Mixed.s takes string, not int"),
        ("widht", int(1), "TypeError: Mixed has no field or method widht"),
    ];
    for (field, value, message) in wrong {
        assert_eq!(error_of(rt.set_field(m, field, value)), message);
    }
    assert_eq!(rt.get_field(m, "i").unwrap(), int(-7), "a refused value leaves the field");
}

#[test]
fn bit_fields_read_back_and_refuse_what_they_cannot_hold() {
    let mut rt = test_runtime();
    let id = rt.types.declare_record("Flags".into(), false);
    let bits = |name: &str, type_id, bits| FieldShape { name: name.into(), type_id, bits: Some(bits), place: FieldPlace::Own };
    let fields = vec![
        bits("mode", TypeId::U32, 3),
        bits("low", TypeId::I32, 3),
        bits("on", TypeId::BOOL, 1),
        bits("wide", TypeId::U64, 60),
    ];
    rt.types.lay_out_record(id, &RecordShape { fields, ..RecordShape::default() }).unwrap();
    let wide = rt.int((1 << 60) - 1);
    let f = rt.construct(id, &[int(7), int(-4), Value::TRUE, wide]).unwrap();
    let read = |rt: &mut Runtime, name: &str| rt.get_field(f, name).unwrap();
    assert_eq!(read(&mut rt, "mode"), int(7));
    assert_eq!(read(&mut rt, "low"), int(-4));
    assert_eq!(read(&mut rt, "on"), Value::TRUE);
    assert_eq!(read(&mut rt, "wide").to_int(), Some((1 << 60) - 1));
    rt.set_field(f, "mode", int(0)).unwrap();
    assert_eq!((read(&mut rt, "mode"), read(&mut rt, "low")), (int(0), int(-4)));
    assert_eq!(error_of(rt.set_field(f, "mode", int(8))), "ValueError: Flags.mode takes u32 of 3 bits (0 to 7), not 8");
    assert_eq!(error_of(rt.set_field(f, "low", int(4))), "ValueError: Flags.low takes i32 of 3 bits (-4 to 3), not 4");
    assert_eq!(error_of(rt.address_of_field(f, "low")), "TypeError: low is a bit-field, which has no address");
}

#[test]
fn a_struct_in_a_struct_is_part_of_it() {
    let mut rt = test_runtime();
    let point = declare(&mut rt, "Point", &[("x", TypeId::F64), ("y", TypeId::F64)]);
    let other = declare(&mut rt, "Size", &[("w", TypeId::F64), ("h", TypeId::F64)]);
    let data = rt.types.array(4, TypeId::U8).unwrap();
    let line = declare(&mut rt, "Line", &[("a", point), ("b", point), ("data", data)]);
    let l = rt.construct(line, &[]).unwrap();
    let a = rt.get_field(l, "b").unwrap();
    assert_eq!(name(&rt, a), "Point");
    rt.set_field(a, "y", Value::float(4.5)).unwrap();
    let again = rt.get_field(l, "b").unwrap();
    assert_eq!(rt.get_field(again, "y").unwrap(), Value::float(4.5));
    assert_eq!(rt.record_identity(a), rt.record_identity(again));

    let p = rt.construct(point, &[int(1), int(2)]).unwrap();
    rt.set_field(l, "b", p).unwrap();
    assert_eq!(rt.get_field(a, "y").unwrap(), Value::float(2.0), "assignment copies the bytes");
    let size = rt.construct(other, &[]).unwrap();
    assert_eq!(error_of(rt.set_field(l, "a", size)), "TypeError: Line.a takes Point, not Size");

    let bytes = slice(&mut rt, TypeId::U8, &[1, 2, 3, 4]);
    rt.set_field(l, "data", bytes).unwrap();
    let view = rt.get_field(l, "data").unwrap();
    assert_eq!(ints(&mut rt, view), [1, 2, 3, 4]);
    let short = slice(&mut rt, TypeId::U8, &[1, 2, 3]);
    assert_eq!(error_of(rt.set_field(l, "data", short)), "ValueError: Line.data: takes 4 elements, not 3");
    let copy = rt.copy_memory(l).unwrap().unwrap();
    rt.set_field(copy, "b", p).unwrap();
    assert_ne!(rt.record_identity(l), rt.record_identity(copy));
}

#[test]
fn slices_are_indexed_cut_and_joined_within_bounds() {
    let mut rt = test_runtime();
    let s = slice(&mut rt, TypeId::I16, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(name(&rt, s), "[]i16");
    assert_eq!(rt.get_index(s, int(5)).unwrap(), int(6));
    for index in [6, -1, i64::MAX, i64::MIN] {
        let index = rt.int(index);
        assert!(error_of(rt.get_index(s, index)).starts_with("IndexError: index "));
    }
    assert!(error_of(rt.get_index(s, Value::NIL)).starts_with("TypeError"));
    let middle = rt.get_part(s, int(2), int(5), false).unwrap();
    rt.set_index(middle, int(0), int(30)).unwrap();
    assert_eq!(ints(&mut rt, s), [1, 2, 30, 4, 5, 6]);
    let tail = rt.get_part(middle, int(1), Value::NIL, false).unwrap();
    assert_eq!(ints(&mut rt, tail), [4, 5]);
    let closed = rt.get_part(s, int(0), int(1), true).unwrap();
    assert_eq!(ints(&mut rt, closed), [1, 2]);
    for (from, to) in [(1, 7), (2, 1), (-1, 2)] {
        assert!(error_of(rt.get_part(s, int(from), int(to), false)).starts_with("IndexError"));
    }
    let joined = rt.join_slices(tail, closed).unwrap();
    assert_eq!(ints(&mut rt, joined), [4, 5, 1, 2]);
    let bytes = rt.new_bytes(b"ab").unwrap();
    let repeated = rt.repeat_bytes(bytes, 3).unwrap();
    assert_eq!(rt.slice_bytes(repeated).unwrap().unwrap(), b"ababab");
    assert!(error_of(rt.repeat_bytes(bytes, -1)).starts_with("ValueError"));
    assert!(error_of(rt.new_slice(TypeId::U8, int(-1))).starts_with("ValueError"));
    let empty = rt.new_slice(TypeId::U8, int(0)).unwrap();
    assert_eq!(rt.slice_length(empty), 0);
    assert!(error_of(rt.get_index(empty, int(0))).starts_with("IndexError"));
}

#[test]
fn slice_methods_work_in_place() {
    let mut rt = test_runtime();
    let s = slice(&mut rt, TypeId::I32, &[4, 1, 3, 2]);
    rt.sort_slice(s).unwrap().unwrap();
    assert_eq!(ints(&mut rt, s), [1, 2, 3, 4]);
    rt.fill_slice(s, int(7)).unwrap();
    assert_eq!(ints(&mut rt, s), [7, 7, 7, 7]);
    let source = slice(&mut rt, TypeId::C_INT, &[9, 8]);
    rt.copy_slice_from(s, source).unwrap();
    assert_eq!(ints(&mut rt, s), [9, 8, 7, 7]);
    assert!(error_of(rt.copy_slice_from(source, s)).starts_with("ValueError"));
    let bytes = rt.new_bytes("hé!".as_bytes()).unwrap();
    assert!(error_of(rt.copy_slice_from(s, bytes)).starts_with("TypeError"));
    assert!(error_of(rt.fill_slice(bytes, int(300))).starts_with("ValueError"));
    assert_eq!(rt.slice_text(bytes, false).unwrap().as_str(), "hé!");
    assert_eq!(rt.slice_hex(bytes).unwrap().as_str(), "68c3a921");
    let bad = rt.new_bytes(b"a\xff").unwrap();
    assert!(error_of(rt.slice_text(bad, false)).starts_with("ValueError: not UTF-8 at byte 1"));
    assert_eq!(rt.slice_text(bad, true).unwrap().as_str(), "a\u{fffd}");
    let floats: Vec<Value> = [2.5, f64::NAN, -1.0].into_iter().map(Value::float_from_memory).collect();
    let f = rt.new_slice_from(TypeId::F64, int(3), &floats).unwrap();
    rt.sort_slice(f).unwrap().unwrap();
    assert_eq!(rt.get_index(f, int(0)).unwrap(), Value::float(-1.0));
    assert!(rt.get_index(f, int(2)).unwrap().as_float().is_nan());
}

#[test]
fn pointers_stay_in_their_object() {
    let mut rt = test_runtime();
    let s = slice(&mut rt, TypeId::I32, &[10, 20, 30]);
    let p = rt.address_of_index(s, int(1)).unwrap();
    assert_eq!(name(&rt, p), "*i32");
    assert_eq!(rt.get_index(p, int(-1)).unwrap(), int(10));
    assert_eq!(rt.get_index(p, int(1)).unwrap(), int(30));
    assert!(error_of(rt.get_index(p, int(2))).starts_with("IndexError"));
    let end = rt.offset_pointer(p, int(2), false).unwrap();
    assert!(error_of(rt.get_index(end, int(0))).starts_with("IndexError"));
    assert_eq!(rt.get_index(end, int(-1)).unwrap(), int(30));
    assert!(error_of(rt.offset_pointer(p, int(3), false)).starts_with("IndexError"));
    assert!(error_of(rt.offset_pointer(p, int(2), true)).starts_with("IndexError"));
    assert_eq!(rt.pointer_difference(end, p).unwrap(), int(2));
    let first = rt.address_of_value(s).unwrap();
    assert_eq!(rt.pointer_difference(first, end).unwrap(), int(-3));
    assert!(error_of(rt.address_of_value(int(1))).contains("a local has no address; use new"));
    let one = rt.new_one(TypeId::C_INT).unwrap();
    assert_eq!(name(&rt, one), "*c_int");
    rt.set_index(one, int(0), int(5)).unwrap();
    assert!(error_of(rt.get_index(one, int(1))).starts_with("IndexError"));
    assert_eq!(rt.address_of_index(one, int(0)).unwrap(), one, "a pointer to all of a block is the block");
    let huge = rt.int(i64::MAX);
    assert!(error_of(rt.offset_pointer(p, huge, false)).starts_with("IndexError"));
}

#[test]
fn pointers_in_memory_keep_their_objects_and_bounds() {
    let mut rt = test_runtime();
    let node = rt.types.declare_record("Node".into(), false);
    let pointer = rt.types.pointer(false, node);
    rt.types.lay_out_record(node, &shape(&[("v", TypeId::I32), ("next", pointer)])).unwrap();
    let tail = rt.construct(node, &[int(2), Value::NIL]).unwrap();
    let head = rt.construct(node, &[int(1), tail]).unwrap();
    assert_eq!(rt.get_field(tail, "next").unwrap(), Value::NIL);
    collect(&mut rt, &[head]);
    let next = rt.get_field(head, "next").unwrap();
    assert_eq!(name(&rt, next), "*Node");
    assert_eq!(rt.get_field(next, "v").unwrap(), int(2));
    rt.set_field(next, "v", int(20)).unwrap();
    assert_eq!(rt.get_field(tail, "v").unwrap(), int(20));
    assert!(error_of(rt.get_index(next, int(1))).starts_with("IndexError"));
    assert!(error_of(rt.get_field(Value::NIL, "v")).starts_with("TypeError: nil has no field v"));
    assert!(error_of(rt.set_field(head, "next", int(5))).contains("Node.next takes *Node, not int"));
}

#[test]
fn pointer_slots_take_what_the_table_says() {
    let mut rt = test_runtime();
    let pointer = |rt: &mut Runtime, is_const, target| rt.types.pointer(is_const, target);
    let u8_slice = slice(&mut rt, TypeId::U8, &[1]);
    let i32_slice = slice(&mut rt, TypeId::I32, &[1]);
    let text = rt.string_lossy("text");
    let nul = rt.string_lossy("te\0xt");
    let to_u8 = pointer(&mut rt, false, TypeId::U8);
    let const_u8 = pointer(&mut rt, true, TypeId::U8);
    let const_char = pointer(&mut rt, true, TypeId::C_CHAR);
    let to_int = pointer(&mut rt, false, TypeId::C_INT);
    let to_void = pointer(&mut rt, false, TypeId::VOID);
    let const_void = pointer(&mut rt, true, TypeId::VOID);
    let u32_one = rt.new_one(TypeId::U32).unwrap();
    let read_only = rt.cast(u8_slice, const_u8).unwrap();
    let fits = |rt: &Runtime, value, pointer| matches!(rt.fit_pointer(value, pointer), PointerFit::Address(_));
    for (value, pointer, expected) in [
        (Value::NIL, to_u8, true),
        (u8_slice, to_u8, true),
        (u8_slice, const_char, true),
        (i32_slice, to_int, true),
        (i32_slice, to_u8, false),
        (i32_slice, to_void, true),
        (u32_one, to_int, false),
        (text, const_u8, true),
        (text, const_void, true),
        (text, const_char, true),
        (text, TypeId::CSTR, true),
        (text, to_u8, false),
        (text, to_void, false),
        (nul, const_u8, true),
        (nul, const_char, false),
        (read_only, const_u8, true),
        (read_only, to_u8, false),
        (read_only, const_void, true),
        (read_only, to_void, false),
        (int(5), to_u8, false),
    ] {
        assert_eq!(fits(&rt, value, pointer), expected, "{} for {}", rt.type_name_of(value), rt.types.name(pointer));
    }
    assert_eq!(rt.fit_pointer(nul, const_char), PointerFit::HasNul);
    let void = rt.cast(u8_slice, to_void).unwrap();
    assert!(!fits(&rt, void, to_u8) && fits(&rt, void, const_void));
    assert!(error_of(rt.set_index(read_only, int(0), int(1))).contains("cannot write through a const pointer (*const u8)"));
}

#[test]
fn a_first_part_fits_where_its_pointer_is_expected() {
    let mut rt = test_runtime();
    let shape_type = declare(&mut rt, "Shape", &[("sides", TypeId::I32)]);
    let square = rt.types.declare_record("Square".into(), false);
    let mut fields = shape(&[("Shape", shape_type), ("length", TypeId::F64)]);
    fields.fields[0].place = FieldPlace::Embedded;
    rt.types.lay_out_record(square, &fields).unwrap();
    let s = rt.construct(square, &[]).unwrap();
    rt.set_field(s, "sides", int(4)).unwrap();
    let pointer = rt.types.pointer(false, shape_type);
    let holder = declare(&mut rt, "Holder", &[("shape", pointer)]);
    let h = rt.construct(holder, &[s]).unwrap();
    let p = rt.get_field(h, "shape").unwrap();
    assert_eq!(rt.get_field(p, "sides").unwrap(), int(4));
    let part = rt.part_of_record(s, 0, shape_type);
    assert_eq!(name(&rt, part), "Shape");
}

#[test]
fn casts_follow_c() {
    let mut rt = test_runtime();
    let cast = |rt: &mut Runtime, value, type_id| rt.cast(value, type_id).unwrap();
    for (number, type_id, expected) in [
        (300, TypeId::U8, 44),
        (-1, TypeId::U8, 255),
        (200, TypeId::I8, -56),
        (-1, TypeId::U32, 4294967295),
        (0x1_0000_0001, TypeId::U32, 1),
        (70000, TypeId::I16, 4464),
        (-1, TypeId::U64, -1),
    ] {
        let number = rt.int(number);
        assert_eq!(cast(&mut rt, number, type_id).to_int(), Some(expected));
    }
    for (number, type_id, expected) in [
        (3.9, TypeId::I32, 3),
        (1e20, TypeId::I32, 2147483647),
        (-5.0, TypeId::U8, 0),
        (300.0, TypeId::U8, 255),
        (f64::NAN, TypeId::INT, 0),
        (f64::INFINITY, TypeId::I64, i64::MAX),
        (1e19, TypeId::U64, 1e19 as u64 as i64),
    ] {
        assert_eq!(cast(&mut rt, Value::float(number), type_id).to_int(), Some(expected));
    }
    assert_eq!(cast(&mut rt, Value::TRUE, TypeId::C_INT), int(1));
    assert_eq!(cast(&mut rt, int(5), TypeId::BOOL), Value::TRUE);
    assert_eq!(cast(&mut rt, int(16777217), TypeId::F32), Value::float(16777216.0));
    let text = rt.string_lossy("12");
    assert!(error_of(rt.cast(text, TypeId::I32)).starts_with("TypeError: string cannot be cast to i32"));
    assert!(error_of(rt.cast(Value::NIL, TypeId::I32)).starts_with("TypeError"));
    let to_u8 = rt.types.pointer(false, TypeId::U8);
    assert!(error_of(rt.cast(Value::float(1.5), to_u8)).starts_with("TypeError"));

    let bytes = slice(&mut rt, TypeId::U8, &[1, 2, 0, 0, 255, 255, 255, 255]);
    let to_u32 = rt.types.pointer(false, TypeId::U32);
    let words = cast(&mut rt, bytes, to_u32);
    assert_eq!(rt.get_index(words, int(1)).unwrap(), int(4294967295));
    assert!(error_of(rt.get_index(words, int(2))).starts_with("IndexError"));

    let void = rt.types.pointer(false, TypeId::VOID);
    let minus_one = cast(&mut rt, int(-1), void);
    assert_eq!(name(&rt, minus_one), "*void");
    assert_eq!(cast(&mut rt, minus_one, TypeId::USIZE).to_int(), Some(-1));
    assert_eq!(cast(&mut rt, int(0), void), Value::NIL);
    assert!(error_of(rt.cast(words, TypeId::USIZE)).starts_with("PinError"));
    let address = rt.pointer_address(words).unwrap();
    rt.heap.pin(address).unwrap();
    assert_eq!(cast(&mut rt, words, TypeId::USIZE).to_int(), Some(address as i64));
    rt.heap.unpin(address);

    let const_u8 = rt.types.pointer(true, TypeId::U8);
    let of_text = cast(&mut rt, text, const_u8);
    assert!(error_of(rt.cast(of_text, to_u8)).starts_with("TypeError: cannot drop const from a pointer into a string"));
}

#[test]
fn managed_kinds_are_not_reinterpreted() {
    let mut rt = test_runtime();
    let named = declare(&mut rt, "Named", &[("name", TypeId::STRING), ("n", TypeId::I64)]);
    let plain = declare(&mut rt, "Plain", &[("a", TypeId::U64), ("b", TypeId::U64), ("c", TypeId::U64)]);
    let text = rt.string_lossy("x");
    let n = rt.construct(named, &[text, int(5)]).unwrap();
    let p = rt.construct(plain, &[]).unwrap();
    let to = |rt: &mut Runtime, target| rt.types.pointer(false, target);
    let (to_named, to_plain, to_u8, to_void) =
        (to(&mut rt, named), to(&mut rt, plain), to(&mut rt, TypeId::U8), to(&mut rt, TypeId::VOID));
    let of_named = rt.cast(n, to_named).unwrap();
    assert!(error_of(rt.cast(of_named, to_u8)).starts_with("TypeError"));
    assert!(error_of(rt.cast(of_named, to_plain)).starts_with("TypeError"));
    assert!(error_of(rt.cast(p, to_named)).starts_with("TypeError"));
    let void = rt.cast(n, to_void).unwrap();
    let back = rt.cast(void, to_named).unwrap();
    assert_eq!(rt.get_field(back, "name").unwrap(), text);
    let void = rt.cast(p, to_void).unwrap();
    assert!(error_of(rt.cast(void, to_named)).starts_with("TypeError"));
    let number = rt.address_of_field(n, "n").unwrap();
    assert!(error_of(rt.get_index(number, int(1))).starts_with("IndexError"), "its bounds are those of the field");
    assert!(error_of(rt.get_index(number, int(-1))).starts_with("IndexError"));
}

#[test]
fn large_alignments_are_kept_and_seen_by_the_collector() {
    let mut rt = test_runtime();
    let pointer = rt.types.pointer(false, TypeId::I32);
    let id = rt.types.declare_record("Wide".into(), false);
    let fields = RecordShape { align: Some(64), ..shape(&[("p", pointer), ("any", TypeId::ANY)]) };
    rt.types.lay_out_record(id, &fields).unwrap();
    for _ in 0..5 {
        let target = rt.new_one_from(TypeId::I32, int(42)).unwrap();
        let wide = rt.construct(id, &[target]).unwrap();
        assert_eq!(rt.record_identity(wide).unwrap().0 % 64, 0);
        assert_eq!(rt.get_field(wide, "any").unwrap(), Value::NIL);
        let many = rt.new_slice(id, int(3)).unwrap();
        rt.set_index(many, int(2), wide).unwrap();
        collect(&mut rt, &[many]);
        let last = rt.get_index(many, int(2)).unwrap();
        let p = rt.get_field(last, "p").unwrap();
        assert_eq!(rt.get_index(p, int(0)).unwrap(), int(42));
        assert_eq!(rt.slice_length(many), 3);
        assert!(error_of(rt.get_index(many, int(3))).starts_with("IndexError"));
    }
}

#[test]
fn strings_and_slices_in_memory_are_the_ones_stored() {
    let mut rt = test_runtime();
    let bytes_type = rt.types.slice(TypeId::U8);
    let holder = declare(&mut rt, "Holder", &[("s", TypeId::STRING), ("v", bytes_type)]);
    let text = rt.string_lossy("a longer text");
    let bytes = rt.new_bytes(b"abcdef").unwrap();
    let h = rt.construct(holder, &[text, bytes]).unwrap();
    collect(&mut rt, &[h]);
    let (s, v) = (rt.get_field(h, "s").unwrap(), rt.get_field(h, "v").unwrap());
    assert_eq!((s, v), (text, bytes));
    let part = rt.get_part(bytes, int(2), int(4), false).unwrap();
    rt.set_field(h, "v", part).unwrap();
    collect(&mut rt, &[h]);
    let v = rt.get_field(h, "v").unwrap();
    assert_eq!(rt.slice_bytes(v).unwrap().unwrap(), b"cd");
    assert!(error_of(rt.set_field(h, "v", text)).contains("takes []u8, not string"));
    let empty = rt.get_part(bytes, int(6), int(6), false).unwrap();
    rt.set_field(h, "v", empty).unwrap();
    let v = rt.get_field(h, "v").unwrap();
    assert_eq!((v.is_nil(), rt.slice_length(v)), (false, 0));
}

#[test]
fn unseen_stores_of_managed_pointers_are_refused() {
    let mut rt = test_runtime();
    let pointer = rt.types.pointer(false, TypeId::I32);
    let to_pointers = rt.types.pointer(false, pointer);
    let target = rt.new_one(TypeId::I32).unwrap();
    let bytes = rt.new_slice(TypeId::U8, int(16)).unwrap();
    let seen_as = rt.cast(bytes, to_pointers).unwrap();
    assert_eq!(error_of(rt.set_index(seen_as, int(0), target)), "PinError: unpinned managed pointer stored into C memory");
    rt.heap.pin(rt.pointer_address(target).unwrap()).unwrap();
    rt.set_index(seen_as, int(0), target).unwrap();
    let slots = rt.new_slice(pointer, int(2)).unwrap();
    let other = rt.new_one(TypeId::I32).unwrap();
    let place = rt.address_of_index(slots, int(1)).unwrap();
    rt.set_index(place, int(0), other).unwrap();
    collect(&mut rt, &[slots]);
    assert_eq!(rt.get_index(slots, int(1)).unwrap(), other);
}

#[test]
fn constructors_name_the_struct() {
    let mut rt = test_runtime();
    let point = declare(&mut rt, "Point", &[("x", TypeId::F64), ("y", TypeId::F64)]);
    let names = |names: &[&str]| names.iter().map(|&name| name.into()).collect::<Vec<std::rc::Rc<str>>>();
    let p = rt.construct_named(point, &[int(3), int(4)], &names(&["y"])).unwrap();
    assert_eq!(rt.get_field(p, "y").unwrap(), Value::float(4.0));
    let message = |rt: &mut Runtime, values: &[Value], given: &[&str]| error_of(rt.construct_named(point, values, &names(given)));
    assert_eq!(message(&mut rt, &[int(1); 3], &[]), "TypeError: Point takes at most 2 values for (x, y), not 3");
    assert_eq!(message(&mut rt, &[int(1); 2], &["z"]), "TypeError: Point has no field z");
    assert_eq!(message(&mut rt, &[int(1); 2], &["x"]), "TypeError: Point is given x twice");
    assert_eq!(message(&mut rt, &[int(1); 1], &["Y"]), "TypeError: Point has no field Y; did you mean y?");
    let objects = declare(&mut rt, "Object", &[("a", TypeId::ANY), ("b", TypeId::ANY)]);
    assert!(rt.types.record(objects).unwrap().is_plain_object);
    let o = rt.construct(objects, &[p, Value::UNDEFINED]).unwrap();
    assert!(o.is_kind(Kind::Block));
    assert_eq!((rt.get_field(o, "a").unwrap(), rt.get_field(o, "b").unwrap()), (p, Value::NIL));
}

#[test]
fn flexible_arrays_reach_to_the_end_of_the_object() {
    let mut rt = test_runtime();
    let data = rt.types.array(0, TypeId::U8).unwrap();
    let message = declare(&mut rt, "Message", &[("size", TypeId::U32), ("data", data)]);
    assert_eq!(rt.size_of(message).unwrap(), 4);
    let buffer = rt.new_slice(TypeId::U8, int(16)).unwrap();
    let pointer = rt.types.pointer(false, message);
    let m = rt.cast(buffer, pointer).unwrap();
    let data = rt.get_field(m, "data").unwrap();
    assert_eq!(rt.slice_length(data), 12);
    rt.set_index(data, int(11), int(7)).unwrap();
    assert_eq!(rt.get_index(buffer, int(15)).unwrap(), int(7));
    assert!(error_of(rt.set_index(data, int(12), int(1))).starts_with("IndexError"));
    // The whole object is too small for the field behind the buffer's end.
    let short = rt.new_slice(TypeId::U8, int(2)).unwrap();
    let m = rt.cast(short, pointer).unwrap();
    assert!(error_of(rt.get_field(m, "size")).starts_with("IndexError"));
}
