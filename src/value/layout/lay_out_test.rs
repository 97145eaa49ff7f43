//! Names of types, what records may hold, and what names of fields mean.

use super::*;
use crate::bytecode::{FieldDeclaration, FieldPlace, RecordDeclaration, TypeDescription};
use crate::value::testing::test_runtime;
use crate::value::{Runtime, Thrown};
use std::rc::Rc;

struct NoOthers;

impl TypeResolver for NoOthers {
    fn record(&mut self, _index: u32) -> TypeId {
        unreachable!("records are the linker's")
    }
    fn enumeration(&mut self, _index: u32) -> TypeId {
        TypeId::C_INT
    }
    fn member(&mut self, runtime: &mut Runtime, _slot: u32, _path: &[Rc<str>]) -> Result<TypeId, Thrown> {
        runtime.fail(crate::value::ErrorKind::NameError, "no other modules here")
    }
}

fn builtin(name: &str) -> TypeDescription {
    TypeDescription::Builtin(name.into())
}

fn field(name: &str, description: TypeDescription) -> FieldDeclaration {
    let place = FieldPlace::Own;
    FieldDeclaration { name: name.into(), range: Default::default(), description, bits: None, place, has_default: false }
}

fn part(name: &str, record: u32) -> FieldDeclaration {
    let place = if name.is_empty() { FieldPlace::Anonymous } else { FieldPlace::Embedded };
    FieldDeclaration { place, ..field(name, TypeDescription::Record(record)) }
}

fn record(name: &str, fields: Vec<FieldDeclaration>) -> RecordDeclaration {
    RecordDeclaration {
        name: name.into(),
        range: Default::default(),
        is_union: false,
        is_packed: false,
        align: None,
        is_opaque: false,
        fields,
        methods: Vec::new(),
        constructor: None,
        doc: None,
    }
}

fn link(records: &[RecordDeclaration]) -> Result<(Runtime, Vec<TypeId>), String> {
    let mut runtime = test_runtime();
    match runtime.link_records(records, &mut NoOthers) {
        Ok(ids) => Ok((runtime, ids)),
        Err(errors) => match &errors[0] {
            DescribeError::Layout(error) => Err(format!("{}.{:?}: {}", error.record, error.field, error.message)),
            DescribeError::Thrown(thrown) => panic!("{thrown:?}"),
        },
    }
}

fn access(runtime: &Runtime, id: TypeId, name: &str) -> Option<FieldAccess> {
    match runtime.find_member(id, name) {
        Member::Field(access) => Some(access),
        _ => None,
    }
}

#[test]
fn types_are_named_as_they_are_written() {
    let mut runtime = test_runtime();
    let pointer = |is_const, target| TypeDescription::Pointer { is_const, target: Rc::new(target) };
    let cases = [
        (pointer(true, builtin("c_char")), "*const c_char", 8),
        (TypeDescription::Slice(Rc::new(builtin("u8"))), "[]u8", 16),
        (TypeDescription::Array { length: 16, element: Rc::new(builtin("u8")) }, "[16]u8", 16),
        (pointer(false, pointer(false, builtin("void"))), "**void", 8),
        (
            TypeDescription::Function {
                parameters: vec![builtin("c_int"), pointer(false, builtin("void"))],
                is_variadic: false,
                result: Rc::new(builtin("c_int")),
            },
            "fn(c_int, *void) -> c_int",
            8,
        ),
        (
            TypeDescription::Function { parameters: vec![builtin("cstr")], is_variadic: true, result: Rc::new(builtin("void")) },
            "fn(cstr, ...)",
            8,
        ),
        (TypeDescription::Nilable(Rc::new(builtin("int"))), "int?", 0),
        (TypeDescription::Nilable(Rc::new(pointer(false, builtin("u8")))), "*u8", 8),
    ];
    for (description, name, size) in cases {
        let id = runtime.describe_or_throw(&description, &mut NoOthers).unwrap();
        assert_eq!(&**runtime.types.name(id), name);
        assert_eq!(runtime.types.info(id).size, size);
        assert_eq!(runtime.describe_or_throw(&description, &mut NoOthers).unwrap(), id, "made once");
    }
}

#[test]
fn records_may_stand_in_any_order_and_point_at_themselves() {
    let next = TypeDescription::Pointer { is_const: false, target: Rc::new(TypeDescription::Record(0)) };
    let (runtime, ids) = link(&[
        record("Line", vec![field("a", TypeDescription::Record(1)), field("next", next)]),
        record("Point", vec![field("x", builtin("f64")), field("y", builtin("f64"))]),
    ])
    .unwrap();
    let info = runtime.types.info(ids[0]);
    assert_eq!((info.size, info.align, &info.pointers[..]), (24, 8, &[16][..]));
    let next = access(&runtime, ids[0], "next").unwrap();
    assert_eq!(runtime.types.info(next.type_id).target_size, 24, "known once the record is complete");
}

#[test]
fn pointer_maps_follow_the_layout() {
    let slice = TypeDescription::Slice(Rc::new(builtin("u8")));
    let mut packed = record(
        "P",
        vec![
            field("tag", builtin("u8")),
            field("next", TypeDescription::Pointer { is_const: false, target: Rc::new(builtin("void")) }),
        ],
    );
    packed.is_packed = true;
    let all = TypeDescription::Array { length: 2, element: Rc::new(TypeDescription::Record(0)) };
    let (runtime, ids) = link(&[
        packed,
        record(
            "M",
            vec![field("s", builtin("string")), field("v", slice), field("a", builtin("any")), field("n", builtin("int"))],
        ),
        record("A", vec![field("ps", all)]),
    ])
    .unwrap();
    assert_eq!(&runtime.types.info(ids[0]).pointers[..], [1]);
    assert_eq!(&runtime.types.info(ids[1]).pointers[..], [0, 16, 32]);
    assert_eq!(&runtime.types.info(ids[1]).values[..], [32]);
    assert_eq!(&runtime.types.info(ids[2]).pointers[..], [1, 10]);
}

#[test]
fn parts_lend_their_fields() {
    let mut either = record("", vec![field("code", builtin("u32")), part("", 1)]);
    either.is_union = true;
    let (runtime, ids) = link(&[
        either,
        record("", vec![field("low", builtin("u16")), field("high", builtin("u16"))]),
        record("Event", vec![field("kind", builtin("u32")), part("", 0), field("tail", builtin("u32"))]),
        record("Timed", vec![field("at", builtin("f64")), part("Event", 2), field("kind", builtin("u8"))]),
    ])
    .unwrap();
    assert_eq!(runtime.types.info(ids[2]).size, 12);
    let offset = |id, name| access(&runtime, id, name).map(|access| access.offset);
    assert_eq!(offset(ids[2], "high"), Some(6));
    assert_eq!(offset(ids[3], "high"), Some(14), "through two levels");
    assert_eq!(offset(ids[3], "Event"), Some(8));
    assert_eq!(offset(ids[3], "kind"), Some(20), "an own name hides a promoted one");
    assert_eq!(offset(ids[3], "nothing"), None);
}

#[test]
fn mistakes_name_the_field() {
    let nested = |name: &str, index| record(name, vec![field("inner", TypeDescription::Record(index))]);
    let error = |records: &[RecordDeclaration]| link(records).err().unwrap();
    assert_eq!(error(&[nested("Loop", 0)]), "0.Some(0): Loop would contain itself and have no size; use a pointer: *Loop");
    assert!(error(&[nested("A", 1), nested("B", 0)]).contains("B and A would contain each other"));

    let mut union = record("Bad", vec![field("n", builtin("i64")), field("s", builtin("string"))]);
    union.is_union = true;
    assert!(error(&[union]).starts_with("0.Some(1): the field s of a union cannot be string"));

    let a = || record("A", vec![field("size", builtin("i32"))]);
    let b = || record("B", vec![field("size", builtin("i32"))]);
    let both = record("Both", vec![part("A", 0), part("B", 1)]);
    assert!(error(&[a(), b(), both]).starts_with("2.Some(1): Both gets size from two of its parts"));
    let mut hidden = record("Both", vec![part("A", 0), part("B", 1), field("size", builtin("u8"))]);
    assert!(link(&[a(), b(), hidden]).is_ok());
    hidden = record("Twice", vec![field("x", builtin("u8")), field("x", builtin("u8"))]);
    assert!(error(&[hidden]).starts_with("0.Some(1): Twice has two members named x"));

    assert!(error(&[record("R", vec![field("r", builtin("range"))])]).contains("cannot have the type range"));
    assert!(error(&[record("R", vec![field("s", builtin("cstr"))])]).contains("use *const c_char"));
    let large = TypeDescription::Array { length: 1 << 62, element: Rc::new(builtin("u64")) };
    assert!(error(&[record("R", vec![field("x", large)])]).contains("is larger than"));
    let mut opaque = record("Handle", Vec::new());
    opaque.is_opaque = true;
    assert!(error(&[opaque, nested("Owner", 0)]).contains("only a pointer to it can be used: *Handle"));
    let mut wide = record("W", vec![field("x", builtin("u8"))]);
    wide.fields[0].bits = Some(9);
    assert!(error(&[wide]).contains("has 1 to 8 bits, not 9"));
    let mut aligned = record("W", vec![field("x", builtin("u8"))]);
    aligned.align = Some(3);
    assert!(error(&[aligned]).contains("a power of two"));
}

#[test]
fn the_nearest_name_is_suggested() {
    let names = ["width", "height", "x"];
    assert_eq!(nearest_name("widht", names), Some("width"));
    assert_eq!(nearest_name("WIDTH", names), Some("width"));
    assert_eq!(nearest_name("depth", names), None);
    assert_eq!(nearest_name("y", names), None, "one letter is not like another");
}
