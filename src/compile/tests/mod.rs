//! Tests of the compiler: listings of small programs, what is reported, and every golden script.

mod error;
mod golden;
mod limit;
mod listing;

use super::{Environment, ModuleScope, compile_entry, compile_module};
use crate::bytecode::{Unit, list_unit, verify_unit};
use crate::diagnostic::Diagnostic;
use crate::source::SourceMap;
use crate::syntax::parse;

const BUILTINS: &[&str] = &[
    "print",
    "input",
    "assert",
    "str",
    "repr",
    "string",
    "int",
    "float",
    "bool",
    "list",
    "map",
    "chr",
    "ord",
    "type",
    "len",
    "range",
    "copy",
    "same",
    "hash",
    "min",
    "max",
    "sum",
    "sorted",
    "enumerate",
    "zip",
    "Error",
    "Pinner",
    "Arena",
    "weak",
];

const TYPES: &[&str] = &[
    "nil",
    "bool",
    "int",
    "float",
    "string",
    "list",
    "map",
    "range",
    "function",
    "generator",
    "error",
    "any",
    "void",
    "cstr",
    "Pinner",
    "Arena",
    "type",
    "module",
    "library",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "isize",
    "usize",
    "f32",
    "f64",
    "c_char",
    "c_schar",
    "c_uchar",
    "c_short",
    "c_ushort",
    "c_int",
    "c_uint",
    "c_long",
    "c_ulong",
    "c_longlong",
    "c_ulonglong",
    "c_float",
    "c_double",
];

const ENVIRONMENT: Environment<'static> = Environment { builtins: BUILTINS, types: TYPES, modules: &["math"] };

/// Compiles a text; the mistakes of parser or compiler if there are any.
fn compile(text: &str, is_main: bool) -> (SourceMap, Result<Unit, Vec<Diagnostic>>) {
    let mut sources = SourceMap::new();
    let file = sources.add("test.cot", text).expect("room for a test");
    let parsed = parse(&file);
    let result = if parsed.diagnostics.is_empty() {
        compile_module(&parsed.module, &sources, &ENVIRONMENT, is_main)
    } else {
        Err(parsed.diagnostics)
    };
    if let Ok(unit) = &result {
        verify_unit(unit).expect("good code");
    }
    (sources, result)
}

/// The listing of a program, without the columns of blanks.
fn listing(text: &str) -> String {
    let (sources, result) = compile(text, true);
    let unit = result.unwrap_or_else(|diagnostics| panic!("{text}\n{diagnostics:#?}"));
    let listing = list_unit(&unit, &sources);
    let lines = listing.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The messages of what is wrong with a program.
fn messages(text: &str) -> Vec<String> {
    let (_, result) = compile(text, true);
    result.err().unwrap_or_default().into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// Compiles entries of the REPL one after the other; the last one's listing, or its mistakes.
fn entries(texts: &[&str]) -> Result<String, Vec<String>> {
    let mut sources = SourceMap::new();
    let mut scope = ModuleScope::new();
    let mut last = String::new();
    for text in texts {
        let file = sources.add("<repl>", *text).expect("room for a test");
        let parsed = parse(&file);
        let unit = compile_entry(&parsed.module, &sources, &ENVIRONMENT, &mut scope)
            .map_err(|diagnostics| diagnostics.into_iter().map(|d| d.message).collect::<Vec<_>>())?;
        last = list_unit(&unit, &sources);
    }
    Ok(last)
}
