//! Calls of C libraries that are made for the purpose: those of `tests/c`, and one that is generated, with structs of every size and
//! register class by value, as arguments, as results, through callbacks, in registers and on the stack. Each script runs in all modes,
//! and once more with every call by libffi.

mod c_library;

use c_library::build;
use cotter::cli::test::{MODES, NORMAL, Settings, Verdict, run_script};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A struct or union in both languages, with the values of its fields.
struct Shape {
    name: String,
    c: String,
    cotter: String,
    /// What builds it in C and in Cotter, and the test of it in C.
    fields: Vec<(String, String)>,
    construct: String,
}

/// C text, Cotter text, fields with their values, and what constructs it; NAME stands for its name.
type Special<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// C's name, Cotter's name, and whether it is a float.
const SCALARS: &[(&str, &str, bool)] = &[
    ("signed char", "i8", false),
    ("short", "i16", false),
    ("int", "i32", false),
    ("long", "i64", false),
    ("float", "f32", true),
    ("double", "f64", true),
    ("unsigned char", "u8", false),
    ("unsigned", "u32", false),
];

fn scalar(name: &str) -> (&'static str, &'static str, bool) {
    *SCALARS.iter().find(|scalar| scalar.1 == name).expect("a scalar")
}

fn of_scalars(number: usize, kinds: &[&str]) -> Shape {
    let name = format!("S{number}");
    let (mut c, mut cotter) = (String::from("typedef struct {"), format!("struct {name} {{ "));
    let mut fields = Vec::new();
    for (i, kind) in kinds.iter().enumerate() {
        let (c_name, own_name, is_float) = scalar(kind);
        write!(c, " {c_name} f{i};").unwrap();
        write!(cotter, "f{i}: {own_name}, ").unwrap();
        let value = if is_float { format!("{}.5", i + 1) } else { format!("{}", (i % 100) + 1) };
        fields.push((format!("f{i}"), value));
    }
    writeln!(c, " }} {name};").unwrap();
    writeln!(cotter, "}}").unwrap();
    let values: Vec<&str> = fields.iter().map(|(_, value)| value.as_str()).collect();
    let construct = format!("{name}({})", values.join(", "));
    Shape { name, c, cotter, fields, construct }
}

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for size in 1..=64usize {
        shapes.push(of_scalars(shapes.len(), &vec!["u8"; size]));
    }
    for kinds in [
        &["f32"][..],
        &["f32", "f32"],
        &["f32", "f32", "f32"],
        &["f32", "f32", "f32", "f32"],
        &["f64"],
        &["f64", "f64"],
        &["f64", "f64", "f64"],
        &["f64", "f64", "f64", "f64"],
        &["i32", "f32"],
        &["f32", "i32"],
        &["f64", "i64"],
        &["i64", "f64"],
        &["i64", "i64"],
        &["f32", "i32", "f64"],
        &["f64", "f32", "i32"],
        &["i8", "f64"],
        &["f64", "i8"],
        &["i16", "i32", "f32", "f32"],
        &["f32", "f32", "i8"],
        &["i32", "i32", "i32"],
        &["i64", "i32"],
        &["i64", "f32"],
        &["f32", "f64"],
        &["i16", "i8", "i16", "u32", "f64"],
        &["i64", "i64", "i64"],
        &["u8", "i16", "i32", "i64", "f32", "f64"],
    ] {
        shapes.push(of_scalars(shapes.len(), kinds));
    }
    // Nested structs, arrays, unions, bit-fields, packed ones whose fields are aligned.
    let special: &[Special] = &[
        (
            "typedef struct { struct { float a, b; } in; double c; } NAME;",
            "struct NAMEin { a: f32, b: f32 }\nstruct NAME { in: NAMEin, c: f64 }",
            &[("in.a", "1.5"), ("in.b", "2.5"), ("c", "3.5")],
            "NAME(NAMEin(1.5, 2.5), 3.5)",
        ),
        (
            "typedef struct { short a[3]; } NAME;",
            "struct NAME { a: [3]i16 }",
            &[("a[0]", "1"), ("a[1]", "-2"), ("a[2]", "3")],
            "NAME(new [3]i16(1, -2, 3))",
        ),
        (
            "typedef struct { double a[2]; } NAME;",
            "struct NAME { a: [2]f64 }",
            &[("a[0]", "1.5"), ("a[1]", "-2.5")],
            "NAME(new [2]f64(1.5, -2.5))",
        ),
        (
            "typedef struct { struct { int a; float b; } in[2]; } NAME;",
            "struct NAMEin { a: i32, b: f32 }\nstruct NAME { in: [2]NAMEin }",
            &[("in[0].a", "1"), ("in[0].b", "2.5"), ("in[1].a", "3"), ("in[1].b", "4.5")],
            "NAME(new [2]NAMEin(NAMEin(1, 2.5), NAMEin(3, 4.5)))",
        ),
        ("typedef union { long i; double d; } NAME;", "union NAME { i: i64, d: f64 }", &[("i", "77")], "NAME(77)"),
        ("typedef union { float f; double d; } NAME;", "union NAME { f: f32, d: f64 }", &[("f", "1.5")], "NAME(1.5)"),
        ("typedef union { double d; char c[12]; } NAME;", "union NAME { d: f64, c: [12]i8 }", &[("d", "1.5")], "NAME(1.5)"),
        (
            "typedef struct { unsigned a : 3, b : 20; int c : 9; } NAME;",
            "struct NAME { a: u32 : 3, b: u32 : 20, c: i32 : 9 }",
            &[("a", "5"), ("b", "70000"), ("c", "-100")],
            "NAME(5, 70000, -100)",
        ),
        (
            "typedef struct __attribute__((packed)) { int a; float b; short c; } NAME;",
            "@packed struct NAME { a: i32, b: f32, c: i16 }",
            &[("a", "1"), ("b", "2.5"), ("c", "3")],
            "NAME(1, 2.5, 3)",
        ),
        (
            "typedef struct __attribute__((packed)) { char a; double b[4]; } NAME;",
            "@packed struct NAME { a: i8, b: [4]f64 }",
            &[("a", "1"), ("b[0]", "2.5"), ("b[3]", "3.5")],
            "NAME(1, new [4]f64(2.5, 0, 0, 3.5))",
        ),
        (
            "typedef struct { _Bool a; unsigned short b; long c[3]; float d; } NAME;",
            "struct NAME { a: bool, b: u16, c: [3]i64, d: f32 }",
            &[("a", "1"), ("b", "65535"), ("c[2]", "-9"), ("d", "0.5")],
            "NAME(true, 65535, new [3]i64(0, 0, -9), 0.5)",
        ),
    ];
    for (c, cotter, fields, construct) in special {
        let name = format!("S{}", shapes.len());
        shapes.push(Shape {
            c: c.replace("NAME", &name) + "\n",
            cotter: cotter.replace("NAME", &name) + "\n",
            fields: fields.iter().map(|&(field, value)| (field.to_string(), value.to_string())).collect(),
            construct: construct.replace("NAME", &name),
            name,
        });
    }
    shapes
}

/// The library and the script that calls it.
fn matrix() -> (String, String) {
    let mut c = String::from("#include <string.h>\n");
    let mut declarations = String::new();
    let mut body = String::new();
    let mut count = 0;
    for shape in shapes() {
        let n = &shape.name;
        let tests: Vec<String> = shape.fields.iter().map(|(field, value)| format!("s.{field} == {value}")).collect();
        let sets: Vec<String> = shape.fields.iter().map(|(field, value)| format!("s.{field} = {value};")).collect();
        let (tests, sets) = (tests.join(" && "), sets.join(" "));
        c.push_str(&shape.c);
        writeln!(
            c,
            "int check_{n}({n} s) {{ return {tests}; }}\n\
             {n} give_{n}(void) {{ {n} s; memset(&s, 0, sizeof s); {sets} return s; }}\n\
             {n} echo_{n}(int a, {n} s, double b) {{ if (a != 1 || b != 2.5) memset(&s, 0, sizeof s); return s; }}\n\
             int two_{n}(float a, {n} s, signed char b, {n} t, double c) {{ return a == 1.5f && check_{n}(s) && b == -2 && check_{n}(t) && c == 3.5; }}\n\
             int far_{n}(long a, long b, long c, long d, long e, double f, double g, double h, double i, double j, double k, double l, {n} s, long m) {{\n\
                 return a == 1 && b == 2 && c == 3 && d == 4 && e == 5 && f == 6 && g == 7 && h == 8 && i == 9 && j == 10 && k == 11 && l == 12 && check_{n}(s) && m == 13; }}\n\
             int back_{n}({n} (*f)(int, {n}, double)) {{ {n} s = f(7, give_{n}(), 0.25); return check_{n}(s); }}\n\
             {n} (*pointer_{n}(void))(void) {{ return give_{n}; }}"
        )
        .unwrap();
        writeln!(
            declarations,
            "    {}    fn check_{n}(s: {n}) -> c_int\n    fn give_{n}() -> {n}\n    fn echo_{n}(a: c_int, s: {n}, b: f64) -> {n}\n    \
             fn two_{n}(a: f32, s: {n}, b: i8, t: {n}, c: f64) -> c_int\n    \
             fn far_{n}(a: c_long, b: c_long, c: c_long, d: c_long, e: c_long, f: f64, g: f64, h: f64, i: f64, j: f64, k: f64, l: f64, s: {n}, m: c_long) -> c_int\n    \
             fn back_{n}(f: fn(c_int, {n}, f64) -> {n}) -> c_int\n    fn pointer_{n}() -> fn() -> {n}\n",
            shape.cotter.replace('\n', "\n    ")
        )
        .unwrap();
        writeln!(
            body,
            "let v{n} = {}\ncheck(check_{n}(v{n}), \"check {n}\")\ncheck(check_{n}(give_{n}()), \"give {n}\")\n\
             check(check_{n}(echo_{n}(1, v{n}, 2.5)), \"echo {n}\")\ncheck(two_{n}(1.5, v{n}, -2, v{n}, 3.5), \"two {n}\")\n\
             check(far_{n}(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, v{n}, 13), \"far {n}\")\n\
             check(back_{n}(fn(a, s, b) => if a == 7 and b == 0.25 {{ s }} else {{ {n}() }}), \"back {n}\")\n\
             check(check_{n}(pointer_{n}()()), \"pointer {n}\")",
            shape.construct
        )
        .unwrap();
        count += 7;
    }
    let script = format!(
        "extern \"./libnative.so\" {{\n{declarations}}}\n\
         var passed = 0\nfn check(truth, what) {{ if truth == 1 {{ passed += 1 }} else {{ print(\"wrong:\", what) }} }}\n{body}\n\
         print(passed)                            # => {count}\n"
    );
    (c, script)
}

fn settings() -> Settings {
    Settings {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_cotter")),
        timeout: Duration::from_secs(300),
        folder: None,
        no_skip: true,
        bless: false,
        update: false,
    }
}

fn run_in_all_modes(script: &Path) {
    for mode in MODES {
        if let Verdict::Failed(reason) = run_script(script, mode, &settings()) {
            panic!("{} ({}): {reason}", script.display(), mode.name);
        }
    }
}

#[test]
fn structs_of_every_size_and_class_go_by_value() {
    let folder = tempfile::tempdir().unwrap();
    let (c, script) = matrix();
    let source = folder.path().join("native.c");
    std::fs::write(&source, c).unwrap();
    build(folder.path(), &source, "libnative.so");
    let path = folder.path().join("matrix.cot");
    std::fs::write(&path, script).unwrap();
    if let Verdict::Failed(reason) = run_script(&path, NORMAL, &settings()) {
        panic!("{reason}");
    }
    prints_the_same_by_libffi(&path);
}

/// Runs a script with all calls and callbacks by libffi, and compares what it prints with what it says.
fn prints_the_same_by_libffi(script: &Path) {
    let folder = script.parent().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    // Scripts find their library's file where the golden runner finds it, too: beside them.
    command.arg(script).env("COTTER_FFI_CALLS", "libffi").current_dir(folder);
    let by_libffi = command.output().unwrap();
    let text = std::fs::read_to_string(script).unwrap();
    let expected: Vec<&str> = text.lines().filter_map(|line| line.split_once("# => ")).map(|(_, output)| output).collect();
    let printed = String::from_utf8_lossy(&by_libffi.stdout);
    let printed: Vec<&str> = printed.lines().collect();
    assert_eq!(printed, expected, "{}: {}", script.display(), String::from_utf8_lossy(&by_libffi.stderr));
}

fn library_that_needs_one_that_is_gone(folder: &Path) {
    let file = |name: &str| folder.join(name);
    std::fs::write(file("gone.c"), "int gone(void) { return 1; }").unwrap();
    std::fs::write(file("needy.c"), "int gone(void); int needy(void) { return gone(); }").unwrap();
    build(folder, &file("gone.c"), "libgone.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(file("libneedy.so")).arg(file("needy.c")).arg("-L").arg(folder).arg("-lgone");
    assert!(compiler.status().unwrap().success());
    std::fs::remove_file(file("libgone.so")).unwrap();
}

#[test]
fn scripts_of_the_own_library_do_as_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    build(folder.path(), &sources.join("native.c"), "libnative.so");
    library_that_needs_one_that_is_gone(folder.path());
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&sources).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "cot"));
    scripts.sort();
    assert!(scripts.len() > 3);
    for script in scripts {
        let copy = folder.path().join(script.file_name().unwrap());
        std::fs::copy(&script, &copy).unwrap();
        run_in_all_modes(&copy);
        prints_the_same_by_libffi(&copy);
    }
}

/// Each message in the tables of the reference is one that a script provokes.
#[test]
fn the_table_of_what_is_refused_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/reference/calls_refused.md")).unwrap();
    let mut expected = String::new();
    for entry in std::fs::read_dir(root.join("tests/c")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("refused") {
            expected += &std::fs::read_to_string(path).unwrap();
        }
    }
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|') && !line.contains("---")).collect();
    let last_cell = |row: &str| row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim().to_string();
    let messages: Vec<String> = rows.iter().map(|row| last_cell(row)).filter(|cell| cell.starts_with('`')).collect();
    assert!(messages.len() > 20, "the tables were not found");
    for message in messages {
        let text = message.trim_matches('`').trim();
        let is_there = expected.lines().any(|line| line.split_once("# => ").is_some_and(|(_, said)| said.contains(text)));
        assert!(is_there, "no script says: {text}");
    }
}
