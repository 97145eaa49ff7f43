//! Calls of the C library, by every way there is.

use super::block::{Ffi, FfiConfig};
use super::plan::Way;
use super::{LinkedBlock, call};
use crate::bytecode::{Contract, ExternBlock, ExternFunction, ExternParameter, ExternVariable, TypeDescription};
use crate::value::testing::{error_of, int};
use crate::value::{Runtime, Thrown, TypeId, TypeResolver, Value};
use crate::vm::{Vm, VmConfig};
use std::rc::Rc;

struct NoOthers;

impl TypeResolver for NoOthers {
    fn record(&mut self, _index: u32) -> TypeId {
        unreachable!("no records are declared")
    }
    fn enumeration(&mut self, _index: u32) -> TypeId {
        unreachable!("no enums are declared")
    }
    fn member(&mut self, _runtime: &mut Runtime, _slot: u32, _path: &[Rc<str>]) -> Result<TypeId, Thrown> {
        unreachable!("no modules are imported")
    }
}

/// Reads `*const c_char`, `[]u8`, `c_int`.
fn description(text: &str) -> TypeDescription {
    let pointer = |is_const, rest| TypeDescription::Pointer { is_const, target: Rc::new(description(rest)) };
    if let Some(rest) = text.strip_prefix("*const ") {
        pointer(true, rest)
    } else if let Some(rest) = text.strip_prefix('*') {
        pointer(false, rest)
    } else if let Some(rest) = text.strip_prefix("fn ") {
        let result = Rc::new(description(rest));
        TypeDescription::Function { parameters: vec![description("c_int")], is_variadic: false, result }
    } else {
        TypeDescription::Builtin(text.into())
    }
}

/// `("abs", &["c_int"], "c_int")`; a name `shown=symbol` has a symbol of its own.
type Declared<'a> = (&'a str, &'a [&'a str], &'a str);

fn function(&(name, parameters, result): &Declared) -> ExternFunction {
    let (name, symbol) = name.split_once('=').unwrap_or((name, name));
    let parameter = |(i, text): (usize, &&str)| ExternParameter {
        name: format!("p{i}").into(),
        range: Default::default(),
        description: description(text),
        contracts: Vec::new(),
    };
    let mut declared = ExternFunction {
        name: name.into(),
        symbol: symbol.into(),
        range: Default::default(),
        slot: None,
        parameters: parameters.iter().enumerate().map(parameter).collect(),
        is_variadic: false,
        result: description(result),
        contracts: Vec::new(),
        doc: None,
    };
    (declared.range.start, declared.range.end) = (7, 11);
    declared
}

fn block(libraries: &[&str], functions: Vec<ExternFunction>) -> ExternBlock {
    ExternBlock {
        range: Default::default(),
        libraries: libraries.iter().map(|&name| name.into()).collect(),
        alias_slot: None,
        functions,
        variables: Vec::new(),
        types: Vec::new(),
        constants: Vec::new(),
    }
}

struct Calls {
    host: Vm,
    ffi: Rc<Ffi>,
    linked: LinkedBlock,
}

impl Calls {
    fn new(library: &str, functions: &[Declared]) -> Calls {
        Calls::of(FfiConfig::default(), block(&[library], functions.iter().map(function).collect()), &[])
    }

    fn of(config: FfiConfig, block: ExternBlock, variables: &[ExternVariable]) -> Calls {
        let mut host = Vm::new(VmConfig::default());
        super::install(&mut host, config);
        let ffi = host.state.get::<Rc<Ffi>>().clone();
        let linked = ffi.link_block(&mut host.runtime, &block, variables, None, &mut NoOthers).unwrap();
        Calls { host, ffi, linked }
    }

    fn call(&mut self, index: usize, arguments: &[Value]) -> Result<Value, Thrown> {
        call(&self.ffi, &mut self.host, self.linked.functions[index], arguments)
    }

    fn give(&mut self, index: usize, arguments: &[Value]) -> Value {
        match self.call(index, arguments) {
            Ok(value) => value,
            Err(thrown) => panic!("{}", crate::value::testing::describe(&thrown)),
        }
    }

    fn error(&mut self, index: usize, arguments: &[Value]) -> String {
        error_of(self.call(index, arguments))
    }

    fn text(&mut self, text: &str) -> Value {
        self.host.runtime.string(text).unwrap()
    }
}

#[test]
fn integers_go_and_come() {
    let mut c = Calls::new(
        "libc.so.6",
        &[
            ("abs", &["c_int"], "c_int"),
            ("labs", &["c_long"], "c_long"),
            ("low_half=abs", &["u32"], "c_int"),
            ("low_byte=toupper", &["c_int"], "i8"),
            ("low_unsigned_byte=toupper", &["c_int"], "u8"),
            ("as_bool=abs", &["c_int"], "bool"),
            ("as_int=abs", &["bool"], "c_int"),
            ("srand", &["c_uint"], "void"),
        ],
    );
    assert_eq!(c.give(0, &[int(-5)]), int(5));
    assert_eq!(c.give(1, &[int(-5_000_000_000)]), int(5_000_000_000));
    assert_eq!(c.give(2, &[int(4294967295)]), int(1));
    assert_eq!(c.give(3, &[int(0x1ff)]), int(-1));
    assert_eq!(c.give(4, &[int(0x1ff)]), int(255));
    assert_eq!((c.give(5, &[int(-1)]), c.give(5, &[int(0)])), (Value::TRUE, Value::FALSE));
    assert_eq!(c.give(6, &[Value::TRUE]), int(1));
    assert_eq!(c.give(7, &[int(1)]), Value::NIL);
    assert_eq!(
        c.error(0, &[int(1 << 31)]),
        "ValueError: argument 1 of abs takes c_int (-2147483648 to 2147483647), not 2147483648"
    );
    assert_eq!(c.error(0, &[Value::float(1.0)]), "TypeError: argument 1 of abs takes c_int, not float");
    assert_eq!(c.error(6, &[int(1)]), "TypeError: argument 1 of as_int takes bool, not int");
    assert_eq!(c.error(0, &[]), "TypeError: abs takes 1 argument, not 0");
}

#[test]
fn floats_go_and_come() {
    let mut c = Calls::new(
        "libm.so.6",
        &[
            ("cos", &["f64"], "f64"),
            ("pow", &["f64", "f64"], "f64"),
            ("fabsf", &["f32"], "f32"),
            ("ldexp", &["f64", "c_int"], "f64"),
            ("ilogb", &["f64"], "c_int"),
            ("jn", &["c_int", "f64"], "f64"),
            ("fma", &["f64", "f64", "f64"], "f64"),
            ("powf", &["f32", "f32"], "f32"),
        ],
    );
    assert_eq!(c.give(0, &[int(0)]), Value::float(1.0));
    assert_eq!(c.give(1, &[int(2), Value::float(10.0)]), Value::float(1024.0));
    assert_eq!(c.give(2, &[Value::float(-0.1)]), Value::float(0.1f32 as f64));
    assert_eq!(c.give(3, &[Value::float(0.75), int(3)]), Value::float(6.0));
    assert_eq!(c.give(4, &[Value::float(1024.0)]), int(10));
    assert!((c.give(5, &[int(0), Value::float(0.0)]).as_float() - 1.0).abs() < 1e-12);
    assert_eq!(c.give(6, &[int(2), int(3), int(4)]), Value::float(10.0));
    assert_eq!(c.give(7, &[int(2), int(3)]), Value::float(8.0));
    assert_eq!(c.error(2, &[Value::float(1e300)]), "ValueError: argument 1 of fabsf: 1e300 overflows f32");
    assert_eq!(c.error(0, &[Value::TRUE]), "TypeError: argument 1 of cos takes f64, not bool");
}

#[test]
fn texts_and_memory_go_without_a_copy() {
    let mut c = Calls::new(
        "libc.so.6",
        &[
            ("strlen", &["cstr"], "usize"),
            ("memset", &["*void", "c_int", "usize"], "*void"),
            ("strchr", &["*const u8", "c_int"], "*const u8"),
            ("getenv", &["cstr"], "cstr"),
            ("setenv", &["cstr", "cstr", "c_int"], "c_int"),
            ("strlen", &["*const c_char"], "usize"),
        ],
    );
    let text = c.text("grüße");
    assert_eq!(c.give(0, &[text]), int(7));
    let nul = c.text("a\0b");
    assert_eq!(c.error(0, &[nul]), "ValueError: argument 1 of strlen: the string has a NUL inside, where C would end it");
    assert_eq!(c.error(1, &[text, int(0), int(1)]), "TypeError: argument 1 of memset takes *void, not string");

    let buffer = c.host.runtime.new_bytes(b"key=value\0").unwrap();
    let found = c.give(2, &[buffer, int('=' as i64)]);
    let rt = &mut c.host.runtime;
    assert_eq!(rt.type_name_of(found), "*const u8");
    assert_eq!(rt.get_index(found, int(1)).unwrap(), int('v' as i64));
    assert_eq!(rt.get_index(found, int(-1)).unwrap(), int('y' as i64));
    assert!(error_of(rt.get_index(found, int(7))).starts_with("IndexError"));
    assert_eq!(c.give(2, &[buffer, int('!' as i64)]), Value::NIL);
    c.give(1, &[buffer, int(7), int(4)]);
    assert_eq!(c.host.runtime.slice_bytes(buffer).unwrap().unwrap(), b"\x07\x07\x07\x07value\0");

    let name = c.text("COTTER_CALL_TEST_VARIABLE");
    assert_eq!(c.give(3, &[name]), Value::NIL);
    assert_eq!(c.give(4, &[name, text, int(1)]), int(0));
    assert_eq!(c.give(3, &[name]).as_str(), "grüße");
    let halves = c.host.runtime.new_slice(TypeId::I16, int(2)).unwrap();
    assert_eq!(c.error(5, &[halves]), "TypeError: argument 1 of strlen takes *const c_char, not []i16");
}

#[test]
fn every_way_passes_arguments_in_their_order() {
    let source = "\
        long seven(long a, long b, long c, long d, long e, long f, long g) { return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g; }\n\
        double mixed(int a, double b, long c, float d, unsigned char e, double f) { return a + 2*b + 3*c + 4*d + 5*e + 6*f; }\n\
        int many(double a, double b, double c, double d, double e, double f, double g, double h, double i, signed char j) {\n\
            return (int)(a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j); }\n\
        float floats(float a, int b, float c) { return a + 2*b + 3*c; }\n\
        short narrow(signed char a, unsigned short b) { return a - b; }\n\
        void *same(void *p) { return p; }\n\
        int counter = 5;\n";
    let folder = tempfile::tempdir().unwrap();
    let (file, library) = (folder.path().join("calls.c"), folder.path().join("libcalls.so"));
    std::fs::write(&file, source).unwrap();
    let compiled = std::process::Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&file).output();
    if !compiled.is_ok_and(|output| output.status.success()) {
        return;
    }
    let declared: &[Declared] = &[
        ("seven", &["c_long"; 7], "c_long"),
        ("mixed", &["c_int", "f64", "c_long", "f32", "u8", "f64"], "f64"),
        ("many", &["f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "i8"], "c_int"),
        ("floats", &["f32", "c_int", "f32"], "f32"),
        ("narrow", &["i8", "u16"], "i16"),
        ("same", &["*void"], "*void"),
    ];
    let counter = ExternVariable {
        name: "counter".into(),
        symbol: "counter".into(),
        range: Default::default(),
        block: 0,
        slot: None,
        description: description("c_int"),
    };
    let mut declaration = block(&[library.to_str().unwrap()], declared.iter().map(function).collect());
    declaration.variables.push(0);
    let mut c = Calls::of(FfiConfig::default(), declaration, &[counter]);
    let ints: Vec<Value> = (1..=7).map(int).collect();
    assert_eq!(c.give(0, &ints), int(140));
    assert_eq!(c.give(1, &ints[..6]), Value::float(91.0));
    let ten: Vec<Value> = (1..=9).chain([-10]).map(int).collect();
    assert_eq!(c.give(2, &ten), int(185));
    assert_eq!(c.give(3, &[Value::float(0.5), int(2), Value::float(1.5)]), Value::float(9.0));
    assert_eq!(c.give(4, &[int(-128), int(40000)]), int((-128i64 - 40000) as i16 as i64));
    let pointer = c.host.runtime.new_one(TypeId::I32).unwrap();
    let back = c.give(5, &[pointer]);
    assert_eq!(c.host.runtime.pointer_address(back), c.host.runtime.pointer_address(pointer));

    let way = |c: &mut Calls, index: usize| {
        let function = super::call::c_function(c.linked.functions[index]);
        match function.bind(&mut c.host.runtime).unwrap().1.way {
            Way::Integers => "integers",
            Way::Doubles => "doubles",
            Way::Words(_) => "words",
            Way::General(_) => "general",
        }
    };
    let ways: Vec<&str> = (0..6).map(|i| way(&mut c, i)).collect();
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        assert_eq!(ways, ["words", "words", "words", "words", "integers", "integers"]);
    }

    let rt = &mut c.host.runtime;
    let counter = &c.linked.variables[0];
    assert_eq!(counter.get(rt).unwrap(), int(5));
    counter.set(rt, int(6)).unwrap();
    let address = counter.address_of(rt).unwrap();
    assert_eq!(rt.get_index(address, int(0)).unwrap(), int(6));
    let text = rt.string_lossy("x");
    assert_eq!(error_of(counter.set(rt, text)), "TypeError: variable counter takes c_int, not string");
}

#[test]
fn errno_is_what_the_last_call_left() {
    let mut c = Calls::new("libc.so.6", &[("close", &["c_int"], "c_int"), ("abs", &["c_int"], "c_int")]);
    assert_eq!(c.give(0, &[int(-1)]), int(-1));
    // SAFETY: this thread's errno.
    unsafe { *libc::__errno_location() = 99 };
    assert_eq!(c.ffi.errno.get(), libc::EBADF);
    c.ffi.errno.set(7);
    c.give(1, &[int(1)]);
    assert_eq!(c.ffi.errno.get(), 7);
}

#[test]
fn what_is_missing_is_told() {
    let mut c = Calls::new("libc.so.6", &[("abs", &["c_int"], "c_int"), ("abss", &["c_int"], "c_int")]);
    assert_eq!(c.give(0, &[int(-3)]), int(3), "a missing symbol does not touch its neighbours");
    assert_eq!(c.error(1, &[int(1)]), "FFIError: libc.so.6 has no symbol abss; did you mean abs?");
    let mut c = Calls::new("libnothing-of-the-kind.so.9", &[("abs", &["c_int"], "c_int")]);
    let error = error_of(c.linked.block.load(&mut c.host.runtime));
    assert!(
        error.starts_with("FFIError: cannot load library libnothing-of-the-kind.so.9: libnothing-of-the-kind.so.9: cannot open"),
        "{error}"
    );
    let both = block(&["libnothing-of-the-kind.so.9", "libm.so.6"], vec![function(&("cos", &["f64"], "f64"))]);
    let mut c = Calls::of(FfiConfig::default(), both, &[]);
    assert_eq!(c.give(0, &[int(0)]), Value::float(1.0));
    let mut c = Calls::of(FfiConfig::default(), block(&[], vec![function(&("strlen", &["cstr"], "usize"))]), &[]);
    let text = c.text("abc");
    assert_eq!(c.give(0, &[text]), int(3), "the process itself has symbols");
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let mut contracted = function(&("abs", &["c_int"], "c_int"));
    contracted.contracts.push(Contract { name: "throws".into(), arguments: vec!["often".into()], range: Default::default() });
    let mut c = Calls::of(FfiConfig::default(), block(&["libc.so.6"], vec![contracted]), &[]);
    assert_eq!(c.error(0, &[int(1)]), "FFIError: abs: @throws(often): it is @throws, @throws(nonzero) or @throws(negative)");
    let error = c.call(0, &[int(1)]).unwrap_err();
    let Thrown::Value(error) = error else { panic!("an error") };
    // SAFETY: `fail` gives an error object.
    let place = unsafe {
        ((*error.object::<crate::value::ErrorObject>()).range_start, (*error.object::<crate::value::ErrorObject>()).range_end)
    };
    assert_eq!(place, (int(7), int(11)));
}

#[test]
fn variable_numbers_of_arguments_go_by_their_own_types() {
    let mut variadic = function(&("snprintf", &["*c_char", "usize", "cstr"], "c_int"));
    variadic.is_variadic = true;
    let mut c = Calls::of(FfiConfig::default(), block(&["libc.so.6"], vec![variadic]), &[]);
    let buffer = c.host.runtime.new_bytes(&[0; 64]).unwrap();
    let mut show = |format: &str, rest: &[Value]| {
        let format = c.text(format);
        let arguments: Vec<Value> = [buffer, int(64), format].iter().chain(rest).copied().collect();
        let length = c.give(0, &arguments).to_int().unwrap() as usize;
        String::from_utf8(c.host.runtime.slice_bytes(buffer).unwrap().unwrap()[..length].to_vec()).unwrap()
    };
    assert_eq!(show("plain", &[]), "plain");
    assert_eq!(show("%d %.2f %ld %d", &[int(42), Value::float(1.5), int(5_000_000_000), Value::TRUE]), "42 1.50 5000000000 1");
    let many: Vec<Value> = (0..9).map(|i| Value::float(i as f64)).chain((0..5).map(int)).collect();
    assert_eq!(show(&("%g,".repeat(9) + &"%d,".repeat(5)), &many), "0,1,2,3,4,5,6,7,8,0,1,2,3,4,");
    let (text, nul) = (c.text("text"), c.text("a\0b"));
    let format = c.text("%s %p");
    let arguments = [buffer, int(64), format, text, Value::NIL];
    assert_eq!(c.give(0, &arguments), int("text (nil)".len() as i64));
    let arguments = [buffer, int(64), format, nul];
    assert!(c.error(0, &arguments).starts_with("ValueError: argument 4 of snprintf: the string has a NUL inside"));
    assert_eq!(c.error(0, &[buffer]), "TypeError: snprintf takes at least 3 arguments, not 1");
    let list = c.host.runtime.list_of(&[]).unwrap().value();
    assert_eq!(c.error(0, &[buffer, int(64), format, list]), "TypeError: argument 4 of snprintf cannot be list");
}

#[test]
fn declared_failures_are_errors() {
    let throwing = |declared: Declared, arguments: &[&str]| {
        let mut function = function(&declared);
        let arguments = arguments.iter().map(|&text| text.into()).collect();
        function.contracts.push(Contract { name: "throws".into(), arguments, range: Default::default() });
        function
    };
    let functions = vec![
        throwing(("close", &["c_int"], "c_int"), &[]),
        throwing(("getenv", &["cstr"], "cstr"), &[]),
        throwing(("status=abs", &["c_int"], "c_int"), &["nonzero"]),
        throwing(("negative=toupper", &["c_int"], "c_int"), &["negative"]),
        throwing(("abs", &["c_int"], "c_int"), &["sometimes"]),
    ];
    let mut c = Calls::of(FfiConfig::default(), block(&["libc.so.6"], functions), &[]);
    assert_eq!(c.error(0, &[int(-1)]), "OSError: close failed: Bad file descriptor");
    let Err(Thrown::Value(error)) = c.call(0, &[int(-1)]) else { panic!("an error") };
    // SAFETY: `fail` gives an error object.
    assert_eq!(unsafe { (*error.object::<crate::value::ErrorObject>()).code }, int(libc::EBADF as i64));
    let name = c.text("COTTER_SURELY_NOT_SET");
    assert!(c.error(1, &[name]).starts_with("OSError: getenv failed"));
    assert_eq!(c.give(2, &[int(0)]), Value::NIL);
    assert_eq!(c.error(2, &[int(-5)]), "FFIError: status failed with status 5");
    assert_eq!(c.give(3, &[int(7)]), int(7));
    assert_eq!(c.error(3, &[int(-1)]), "FFIError: negative failed with status -1");
    assert_eq!(c.error(4, &[int(1)]), "FFIError: abs: @throws(sometimes): it is @throws, @throws(nonzero) or @throws(negative)");
}

#[test]
fn what_is_not_allowed_is_not_loaded() {
    let one = || block(&["libm.so.6"], vec![function(&("cos", &["f64"], "f64"))]);
    let mut c = Calls::of(FfiConfig { deny: true, ..FfiConfig::default() }, one(), &[]);
    assert_eq!(c.error(0, &[int(0)]), "FFIError: calls to C are switched off (--deny-ffi)");
    let allow = |name: &str| FfiConfig { allow: Some(vec![name.to_string()]), ..FfiConfig::default() };
    let mut c = Calls::of(allow("libz.so.1"), one(), &[]);
    assert_eq!(c.error(0, &[int(0)]), "FFIError: library libm.so.6 is not among those that --allow-ffi names");
    let mut c = Calls::of(allow("libm.so.6"), one(), &[]);
    assert_eq!(c.give(0, &[int(0)]), Value::float(1.0));
}

#[test]
fn functions_are_values_and_pointers_to_them_can_be_called() {
    let mut c = Calls::new("libc.so.6", &[("abs", &["c_int"], "c_int"), ("same=abs", &["fn c_int"], "fn c_int")]);
    let function = c.linked.functions[0];
    // SAFETY: an extern function is a `CFunctionObject`.
    let names = unsafe { (*function.object::<crate::value::CFunctionObject>()).parameters };
    assert_eq!(crate::value::ListRef::of(names).unwrap().get(0).unwrap().as_str(), "p0");
    let type_id = c.host.runtime.types.function(crate::value::FunctionType {
        parameters: vec![TypeId::C_INT],
        is_variadic: false,
        result: TypeId::C_INT,
    });
    let pointer = c.host.runtime.cast(function, type_id).unwrap();
    assert_eq!(c.host.runtime.type_name_of(pointer), "fn(c_int) -> c_int");
    assert_eq!(call(&c.ffi, &mut c.host, pointer, &[int(-9)]).unwrap(), int(9));
    assert_eq!(error_of(call(&c.ffi, &mut c.host, int(3), &[])), "TypeError: int is no C function");
    let wrong = c.host.runtime.types.function(crate::value::FunctionType {
        parameters: vec![TypeId::F64],
        is_variadic: false,
        result: TypeId::C_INT,
    });
    assert!(error_of(c.host.runtime.cast(function, wrong)).contains("not the C function of type fn(c_int) -> c_int"));
}
