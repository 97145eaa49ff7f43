//! Functions whose declarations are made up: a C compiler compiles them, and a script calls each of them and is called back by each.
//! What C saw and gave, and what the script saw and gave, is compared leaf by leaf with what was meant. All calls are made twice:
//! the way that Cotter chooses, and by libffi.

mod c_library;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const FUNCTIONS: usize = 1000;
const RECORDS: usize = 120;
const VARIADIC: usize = 150;

/// Numbers that are the same in every run (splitmix64), so that a failure can be looked at again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Signed(u32),
    Unsigned(u32),
    F32,
    F64,
    Bool,
    Pointer,
}

/// C's name, Cotter's name, class.
const SCALARS: &[(&str, &str, Class)] = &[
    ("int8_t", "i8", Class::Signed(8)),
    ("uint8_t", "u8", Class::Unsigned(8)),
    ("int16_t", "i16", Class::Signed(16)),
    ("uint16_t", "u16", Class::Unsigned(16)),
    ("int32_t", "i32", Class::Signed(32)),
    ("uint32_t", "u32", Class::Unsigned(32)),
    ("int64_t", "i64", Class::Signed(64)),
    ("uint64_t", "u64", Class::Unsigned(64)),
    ("float", "f32", Class::F32),
    ("double", "f64", Class::F64),
    ("float", "f32", Class::F32),
    ("double", "f64", Class::F64),
    ("_Bool", "bool", Class::Bool),
    ("void *", "*void", Class::Pointer),
];

#[derive(Clone)]
enum Type {
    Void,
    Scalar(usize),
    /// By its number; always one of smaller number inside of another.
    Record(usize),
    Array(Box<Type>, usize),
}

struct Record {
    is_union: bool,
    /// With the width of a bit-field.
    fields: Vec<(Type, Option<u32>)>,
}

/// A scalar somewhere in a value.
#[derive(Clone, Copy)]
enum Leaf {
    Int(i64),
    Float(f64),
    Bool(bool),
    Pointer(u64),
}

enum Tree {
    Leaf(Leaf),
    Parts(Vec<Tree>),
    /// Which member of a union, and its value.
    Member(usize, Box<Tree>),
}

struct World {
    random: Random,
    records: Vec<Record>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut world = World { random: Random(seed), records: Vec::new() };
        for number in 0..RECORDS {
            let is_union = world.random.one_in(5);
            let count = 1 + world.random.below(if is_union { 3 } else { 6 });
            let mut fields = Vec::new();
            for _ in 0..count {
                let mut field = match world.random.below(8) {
                    0 | 1 if number > 8 => Type::Record(world.random.below(number.min(60))),
                    _ => Type::Scalar(world.random.below(SCALARS.len())),
                };
                let mut bits = None;
                match field {
                    Type::Scalar(scalar) if !is_union && world.random.one_in(8) => {
                        if let Class::Signed(size) | Class::Unsigned(size) = SCALARS[scalar].2 {
                            bits = Some(1 + world.random.below(size as usize) as u32);
                        }
                    }
                    _ if world.random.one_in(7) => field = Type::Array(Box::new(field), 1 + world.random.below(3)),
                    _ => {}
                }
                fields.push((field, bits));
            }
            world.records.push(Record { is_union, fields });
        }
        world
    }

    fn any_type(&mut self) -> Type {
        match self.random.below(5) {
            0 | 1 => Type::Record(self.random.below(RECORDS)),
            _ => Type::Scalar(self.random.below(SCALARS.len())),
        }
    }

    fn leaf(&mut self, class: Class, bits: Option<u32>) -> Leaf {
        match class {
            Class::Signed(size) | Class::Unsigned(size) => {
                let width = bits.unwrap_or(size);
                let any = match self.random.below(6) {
                    0 => 1u64 << (width - 1),
                    1 => (1u64 << (width - 1)) - 1,
                    2 => u64::MAX,
                    _ => self.random.next(),
                };
                let shift = 64 - width;
                Leaf::Int(if matches!(class, Class::Signed(_)) {
                    ((any << shift) as i64) >> shift
                } else {
                    ((any << shift) >> shift) as i64
                })
            }
            // Exact in a float too.
            Class::F32 => Leaf::Float((self.random.below(200_000) as f64 - 100_000.0) / 8.0),
            Class::F64 => Leaf::Float((self.random.next() as i64 >> 12) as f64 / 1024.0),
            Class::Bool => Leaf::Bool(self.random.one_in(2)),
            Class::Pointer => Leaf::Pointer(16 * self.random.below(2000) as u64),
        }
    }

    fn tree(&mut self, of: &Type, bits: Option<u32>) -> Tree {
        match of {
            Type::Void => Tree::Parts(Vec::new()),
            Type::Scalar(scalar) => Tree::Leaf(self.leaf(SCALARS[*scalar].2, bits)),
            Type::Array(element, count) => Tree::Parts((0..*count).map(|_| self.tree(element, None)).collect()),
            Type::Record(number) => {
                let fields = self.records[*number].fields.clone();
                if self.records[*number].is_union {
                    let member = self.random.below(fields.len());
                    return Tree::Member(member, Box::new(self.tree(&fields[member].0, None)));
                }
                Tree::Parts(fields.iter().map(|(field, bits)| self.tree(field, *bits)).collect())
            }
        }
    }

    /// All scalars of a value, with how both languages write the way to them.
    fn leaves(&self, of: &Type, tree: &Tree, path: &str, into: &mut Vec<(String, Leaf)>) {
        match (of, tree) {
            (_, Tree::Leaf(leaf)) => into.push((path.to_string(), *leaf)),
            (Type::Record(number), Tree::Member(member, value)) => {
                self.leaves(&self.records[*number].fields[*member].0, value, &format!("{path}.f{member}"), into);
            }
            (Type::Record(number), Tree::Parts(parts)) => {
                for (i, (part, (field, _))) in parts.iter().zip(&self.records[*number].fields).enumerate() {
                    self.leaves(field, part, &format!("{path}.f{i}"), into);
                }
            }
            (Type::Array(element, _), Tree::Parts(parts)) => {
                for (i, part) in parts.iter().enumerate() {
                    self.leaves(element, part, &format!("{path}[{i}]"), into);
                }
            }
            _ => {}
        }
    }

    fn leaves_of(&self, of: &Type, tree: &Tree, path: &str) -> Vec<(String, Leaf)> {
        let mut leaves = Vec::new();
        self.leaves(of, tree, path, &mut leaves);
        leaves
    }

    fn cotter_value(&self, of: &Type, tree: &Tree) -> String {
        match (of, tree) {
            (_, Tree::Leaf(leaf)) => cotter_leaf(*leaf),
            (Type::Record(number), Tree::Member(member, value)) => {
                let field = &self.records[*number].fields[*member].0;
                format!("R{number}(f{member}: {})", self.cotter_value(field, value))
            }
            (Type::Record(number), Tree::Parts(parts)) => {
                let fields = self.records[*number].fields.iter().zip(parts);
                let values: Vec<String> = fields.map(|((field, _), part)| self.cotter_value(field, part)).collect();
                format!("R{number}({})", values.join(", "))
            }
            (Type::Array(element, _), Tree::Parts(parts)) => {
                let values: Vec<String> = parts.iter().map(|part| self.cotter_value(element, part)).collect();
                format!("new {}({})", cotter_type(of), values.join(", "))
            }
            _ => String::from("nil"),
        }
    }

    fn c_record(&self, number: usize) -> String {
        let record = &self.records[number];
        let fields: Vec<String> = record
            .fields
            .iter()
            .enumerate()
            .map(|(i, (field, bits))| {
                let width = bits.map_or(String::new(), |bits| format!(" : {bits}"));
                format!("{}{width};", c_declaration(field, &format!("f{i}")))
            })
            .collect();
        let kind = if record.is_union { "union" } else { "struct" };
        format!("typedef {kind} {{ {} }} R{number};\n", fields.join(" "))
    }

    fn cotter_record(&self, number: usize) -> String {
        let record = &self.records[number];
        let fields: Vec<String> = record
            .fields
            .iter()
            .enumerate()
            .map(|(i, (field, bits))| {
                let width = bits.map_or(String::new(), |bits| format!(" : {bits}"));
                format!("f{i}: {}{width}", cotter_type(field))
            })
            .collect();
        let kind = if record.is_union { "union" } else { "struct" };
        format!("    {kind} R{number} {{ {} }}\n", fields.join(", "))
    }
}

fn cotter_leaf(leaf: Leaf) -> String {
    match leaf {
        Leaf::Int(number) => format!("{number}"),
        Leaf::Float(number) => format!("{number:?}"),
        Leaf::Bool(value) => format!("{value}"),
        Leaf::Pointer(0) => "nil".to_string(),
        Leaf::Pointer(address) => format!("({address} as *void)"),
    }
}

fn c_leaf(leaf: Leaf) -> String {
    match leaf {
        Leaf::Int(number) => format!("(int64_t){}ULL", number as u64),
        Leaf::Float(number) => format!("{number:?}"),
        Leaf::Bool(value) => format!("{}", value as u8),
        Leaf::Pointer(address) => format!("(void *){address}"),
    }
}

fn c_type(of: &Type) -> String {
    match of {
        Type::Void => "void".to_string(),
        Type::Scalar(scalar) => SCALARS[*scalar].0.to_string(),
        Type::Record(number) => format!("R{number}"),
        Type::Array(element, _) => c_type(element),
    }
}

fn c_declaration(of: &Type, name: &str) -> String {
    match of {
        Type::Array(_, count) => format!("{} {name}[{count}]", c_type(of)),
        _ => format!("{} {name}", c_type(of)),
    }
}

fn cotter_type(of: &Type) -> String {
    match of {
        Type::Void => String::new(),
        Type::Scalar(scalar) => SCALARS[*scalar].1.to_string(),
        Type::Record(number) => format!("R{number}"),
        Type::Array(element, count) => format!("[{count}]{}", cotter_type(element)),
    }
}

/// What C makes of the scalars that it sees, one after the other.
fn digest(leaves: &[(String, Leaf)]) -> u64 {
    leaves.iter().fold(7, |sum, (_, leaf)| {
        let word = match *leaf {
            Leaf::Int(number) => number as u64,
            Leaf::Float(number) => number.to_bits(),
            Leaf::Bool(value) => value as u64,
            Leaf::Pointer(address) => address,
        };
        (sum ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23)
    })
}

fn c_digest(leaves: &[(String, Leaf)]) -> String {
    let mut text = String::from("uint64_t sum = 7; ");
    for (path, leaf) in leaves {
        match leaf {
            Leaf::Float(_) => write!(text, "sum = mix(sum, bits({path})); "),
            Leaf::Pointer(_) => write!(text, "sum = mix(sum, (uint64_t){path}); "),
            _ => write!(text, "sum = mix(sum, (uint64_t)(int64_t){path}); "),
        }
        .unwrap();
    }
    text
}

fn c_assignments(leaves: &[(String, Leaf)]) -> String {
    leaves.iter().map(|(path, leaf)| format!("{path} = {}; ", c_leaf(*leaf))).collect()
}

fn lists(leaves: &[(String, Leaf)]) -> String {
    let paths: Vec<&str> = leaves.iter().map(|(path, _)| path.as_str()).collect();
    let values: Vec<String> = leaves.iter().map(|(_, leaf)| cotter_leaf(*leaf)).collect();
    format!("[{}], [{}]", paths.join(", "), values.join(", "))
}

const HEAD: &str = "\
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
static uint64_t mix(uint64_t sum, uint64_t word) { sum = (sum ^ word) * 0x100000001B3ULL; return sum << 23 | sum >> 41; }
static uint64_t bits(double x) { uint64_t word; memcpy(&word, &x, 8); return word; }
static uint64_t last;
uint64_t seen(void) { return last; }
";

/// The library and the script that calls it.
fn program(seed: u64) -> (String, String) {
    let mut world = World::new(seed);
    let (mut c, mut declarations, mut body) = (String::from(HEAD), String::new(), String::new());
    for number in 0..RECORDS {
        c += &world.c_record(number);
        declarations += &world.cotter_record(number);
    }
    for k in 0..FUNCTIONS {
        let count = [world.random.below(5), world.random.below(10), world.random.below(20)][k % 3];
        let parameters: Vec<Type> = (0..count).map(|_| world.any_type()).collect();
        let result = if world.random.one_in(12) { Type::Void } else { world.any_type() };
        let [mut given, mut called] = [Vec::new(), Vec::new()];
        let mut values = Vec::new();
        for (i, parameter) in parameters.iter().enumerate() {
            let tree = world.tree(parameter, None);
            given.extend(world.leaves_of(parameter, &tree, &format!("a{i}")));
            values.push(world.cotter_value(parameter, &tree));
            let tree = world.tree(parameter, None);
            called.extend(world.leaves_of(parameter, &tree, &format!("a{i}")));
        }
        let returned = world.tree(&result, None);
        let returned = world.leaves_of(&result, &returned, "r");
        let answer = world.tree(&result, None);
        let (answer_text, answer) = (world.cotter_value(&result, &answer), world.leaves_of(&result, &answer, "r"));

        let names: Vec<String> = (0..count).map(|i| format!("a{i}")).collect();
        let formal: Vec<String> = parameters.iter().zip(&names).map(|(of, name)| c_declaration(of, name)).collect();
        let formal = if formal.is_empty() { "void".to_string() } else { formal.join(", ") };
        let result_type = c_type(&result);
        let (make, give, take) = match result {
            Type::Void => (String::new(), String::new(), String::new()),
            _ => (
                format!("{result_type} r; memset(&r, 0, sizeof r); {}", c_assignments(&returned)),
                "return r; ".to_string(),
                format!("{result_type} r = "),
            ),
        };
        let locals: String = parameters
            .iter()
            .zip(&names)
            .map(|(of, name)| format!("{}; memset(&{name}, 0, sizeof {name}); ", c_declaration(of, name)))
            .collect();
        writeln!(
            c,
            "{result_type} call_{k}({formal}) {{ {}last = sum; {make}{give}}}\n\
             uint64_t back_{k}({result_type} (*f)({formal})) {{ {locals}{}{take}f({}); {}return sum; }}",
            c_digest(&given),
            c_assignments(&called),
            names.join(", "),
            c_digest(&answer),
        )
        .unwrap();

        let types: Vec<String> = parameters.iter().map(cotter_type).collect();
        let formal: Vec<String> = names.iter().zip(&types).map(|(name, of)| format!("{name}: {of}")).collect();
        let arrow = match result {
            Type::Void => String::new(),
            _ => format!(" -> {}", cotter_type(&result)),
        };
        writeln!(
            declarations,
            "    fn call_{k}({}){arrow}\n    fn back_{k}(f: fn({}){arrow}) -> u64",
            formal.join(", "),
            types.join(", ")
        )
        .unwrap();
        writeln!(
            body,
            "fn try_{k}() {{\n    let r = call_{k}({})\n    same(\"what C saw\", {k}, [seen()], [{}])\n    same(\"what C gave\", {k}, {})\n    \
             let sum = back_{k}(fn({}) {{\n        same(\"what the callback saw\", {k}, {})\n        {answer_text}\n    }})\n    \
             same(\"what the callback gave\", {k}, [sum], [{}])\n}}\ntry_{k}()",
            values.join(", "),
            digest(&given) as i64,
            lists(&returned),
            names.join(", "),
            lists(&called),
            digest(&answer) as i64,
        )
        .unwrap();
    }
    for k in 0..VARIADIC {
        variadic(&mut world, k, &mut c, &mut declarations, &mut body);
    }
    let script = format!(
        "extern \"./librandom.so\" {{\n{declarations}    fn seen() -> u64\n}}\n\
         var passed = 0\n\
         fn same(what, k, found, wanted) {{\n    if found == wanted {{ passed += 1 }} else {{ print(\"{{what}} in {{k}}: {{found}} instead of {{wanted}}\") }}\n}}\n\
         {body}\nprint(passed)\n"
    );
    (c, script)
}

/// A function with arguments behind `...`, which C reads as what the table of conversions says.
fn variadic(world: &mut World, k: usize, c: &mut String, declarations: &mut String, body: &mut String) {
    let fixed: Vec<Type> = (0..1 + world.random.below(4)).map(|_| world.any_type()).collect();
    let mut leaves = Vec::new();
    let mut values = Vec::new();
    for (i, parameter) in fixed.iter().enumerate() {
        let tree = world.tree(parameter, None);
        leaves.extend(world.leaves_of(parameter, &tree, &format!("a{i}")));
        values.push(world.cotter_value(parameter, &tree));
    }
    let mut reads = String::new();
    for i in 0..world.random.below(16) {
        let (class, c_type) = match world.random.below(6) {
            0 | 1 => (Class::F64, "double"),
            2 => (Class::Pointer, "void *"),
            3 => (Class::Signed(32), "int"),
            4 => (Class::Bool, "int"),
            _ => (Class::Signed(64), "long"),
        };
        let leaf = world.leaf(class, None);
        write!(reads, "{c_type} v{i} = va_arg(list, {c_type}); ").unwrap();
        values.push(cotter_leaf(leaf));
        leaves.push((format!("v{i}"), leaf));
    }
    let formal: Vec<String> = fixed.iter().enumerate().map(|(i, of)| c_declaration(of, &format!("a{i}"))).collect();
    writeln!(
        c,
        "double more_{k}({}, ...) {{ va_list list; va_start(list, a{}); {reads}va_end(list); {}last = sum; return {k}.5; }}",
        formal.join(", "),
        fixed.len() - 1,
        c_digest(&leaves)
    )
    .unwrap();
    let formal: Vec<String> = fixed.iter().enumerate().map(|(i, of)| format!("a{i}: {}", cotter_type(of))).collect();
    writeln!(declarations, "    fn more_{k}({}, ...) -> f64", formal.join(", ")).unwrap();
    writeln!(
        body,
        "same(\"what the variadic function gave\", {k}, [more_{k}({})], [{k}.5])\n\
         same(\"what the variadic function saw\", {k}, [seen()], [{}])",
        values.join(", "),
        digest(&leaves) as i64
    )
    .unwrap();
}

fn run(script: &Path, way: Option<&str>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.arg(script);
    if let Some(way) = way {
        command.env("COTTER_FFI_CALLS", way);
    }
    let output = command.output().unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let wanted = (FUNCTIONS * 4 + VARIADIC * 2).to_string();
    assert!(printed.trim() == wanted, "{}: {}\n{}", way.unwrap_or("as chosen"), printed, errors);
}

#[test]
fn functions_of_any_declaration_are_called_and_call_back() {
    // Another seed makes other programs.
    let seed = std::env::var("COTTER_TEST_SEED").ok().map_or(20, |seed| seed.parse().expect("a seed is a number"));
    let folder = tempfile::tempdir().unwrap();
    let (c, script) = program(seed);
    let path = folder.path().join("random.cot");
    std::fs::write(&path, script).unwrap();
    let source = folder.path().join("random.c");
    std::fs::write(&source, c).unwrap();
    c_library::build(folder.path(), &source, "librandom.so");
    run(&path, None);
    run(&path, Some("libffi"));
    if std::env::var_os("COTTER_TEST_KEEP").is_some() {
        println!("kept in {}", folder.keep().display());
    }
}
