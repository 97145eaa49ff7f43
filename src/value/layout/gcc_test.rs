//! Generated records, laid out here and by the system's C compiler.

use super::lay_out::{FieldShape, RecordShape};
use super::record::RecordField;
use super::type_id::TypeId;
use super::type_info::TypeKind;
use super::type_table::TypeTable;
use crate::bytecode::FieldPlace;
use std::fmt::Write;
use std::process::Command;

/// A generator of the same records in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Scalars with their C names and, for integers, the bits that a bit-field of them may have.
const SCALARS: &[(TypeId, &str, u64)] = &[
    (TypeId::I8, "signed char", 8),
    (TypeId::U8, "unsigned char", 8),
    (TypeId::I16, "short", 16),
    (TypeId::U16, "unsigned short", 16),
    (TypeId::I32, "int", 32),
    (TypeId::U32, "unsigned", 32),
    (TypeId::I64, "long", 64),
    (TypeId::U64, "unsigned long", 64),
    (TypeId::BOOL, "_Bool", 1),
    (TypeId::F32, "float", 0),
    (TypeId::F64, "double", 0),
];

struct Made {
    id: TypeId,
    name: String,
    shape: RecordShape,
}

fn generate(types: &mut TypeTable, random: &mut Random, made: &[Made], number: usize, c: &mut String) -> Made {
    let name = format!("R{number}");
    let is_union = random.below(5) == 0;
    let is_packed = random.below(4) == 0;
    let align = (random.below(5) == 0).then(|| 1 << random.below(7));
    let mut shape = RecordShape { is_packed, align, ..RecordShape::default() };
    let mut body = String::new();
    for i in 0..random.below(7) + 1 {
        let (scalar, c_name, most) = SCALARS[random.below(SCALARS.len() as u64) as usize];
        let field = format!("f{i}");
        let mut bits = None;
        let type_id = match random.below(8) {
            0..=2 if most > 0 => {
                let width = random.below(most) + 1;
                bits = Some(width as u8);
                writeln!(body, "  {c_name} {field} : {width};").unwrap();
                scalar
            }
            3 if !made.is_empty() => {
                let inner = &made[random.below(made.len() as u64) as usize];
                writeln!(body, "  {} {field};", inner.name).unwrap();
                inner.id
            }
            4 => {
                let length = random.below(4);
                writeln!(body, "  {c_name} {field}[{length}];").unwrap();
                types.array(length, scalar).unwrap()
            }
            5 => {
                writeln!(body, "  {c_name} {field}[2][3];").unwrap();
                let row = types.array(3, scalar).unwrap();
                types.array(2, row).unwrap()
            }
            6 => {
                writeln!(body, "  {c_name} *{field};").unwrap();
                types.pointer(false, scalar)
            }
            _ => {
                writeln!(body, "  {c_name} {field};").unwrap();
                scalar
            }
        };
        shape.fields.push(FieldShape { name: field.into(), type_id, bits, place: FieldPlace::Own });
    }
    let mut attributes = String::new();
    if is_packed {
        attributes.push_str("packed,");
    }
    if let Some(align) = align {
        write!(attributes, "aligned({align}),").unwrap();
    }
    let keyword = if is_union { "union" } else { "struct" };
    writeln!(c, "typedef {keyword} __attribute__(({attributes})) {{\n{body}}} {name};").unwrap();
    let id = types.declare_record(name.as_str().into(), is_union);
    types.lay_out_record(id, &shape).unwrap();
    Made { id, name, shape }
}

/// What the C program prints for a record: size, alignment, and for each field its offset, or for a bit-field the bytes of a zeroed
/// record in which all its bits are set.
fn expected(types: &TypeTable, made: &Made) -> String {
    let info = types.info(made.id);
    let mut line = format!("{} {} {}", made.name, info.size, info.align);
    let TypeKind::Record(record) = &info.kind else { panic!("a record") };
    for field in &record.fields {
        match field.bits {
            None => write!(line, " {}", field.offset).unwrap(),
            Some(_) => write!(line, " {}", bytes_of_bits(field, info.size as usize)).unwrap(),
        }
    }
    line
}

fn bytes_of_bits(field: &RecordField, size: usize) -> String {
    let mut bytes = vec![0u8; size];
    let bits = field.bits.unwrap();
    for bit in bits.first as usize..bits.first as usize + bits.width as usize {
        bytes[field.offset as usize + bit / 8] |= 1 << (bit % 8);
    }
    let mut text = String::from("x");
    bytes.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text
}

#[test]
fn six_hundred_records_lie_as_the_c_compiler_lays_them() {
    if !cfg!(target_os = "linux") || Command::new("cc").arg("--version").output().is_err() {
        return;
    }
    let mut types = TypeTable::new();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut program = String::from("#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\n");
    let mut made: Vec<Made> = Vec::new();
    for number in 0..600 {
        let record = generate(&mut types, &mut random, &made, number, &mut program);
        made.push(record);
    }
    program.push_str(
        "static void dump(void *p, size_t n) { printf(\" x\"); for (size_t i = 0; i < n; i++) printf(\"%02x\", ((unsigned char *)p)[i]); }\n\
         int main(void) {\n",
    );
    for record in &made {
        let name = &record.name;
        writeln!(program, "printf(\"{name} %zu %zu\", sizeof({name}), _Alignof({name}));").unwrap();
        for field in &record.shape.fields {
            let f = &field.name;
            if field.bits.is_some() {
                writeln!(program, "{{ {name} r; memset(&r, 0, sizeof r); r.{f} = -1; dump(&r, sizeof r); }}").unwrap();
            } else {
                writeln!(program, "printf(\" %zu\", offsetof({name}, {f}));").unwrap();
            }
        }
        program.push_str("puts(\"\");\n");
    }
    program.push_str("}\n");

    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("layout.c"), folder.path().join("layout"));
    std::fs::write(&source, program).unwrap();
    let compiled = Command::new("cc").args(["-w", "-O0", "-o"]).arg(&binary).arg(&source).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&binary).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), made.len());
    for (line, record) in lines.iter().zip(&made) {
        assert_eq!(*line, expected(&types, record), "{:?}", record.shape);
    }
}
