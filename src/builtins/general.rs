//! Builtins for output, input and questions about any value.

use super::expect::{no_constants, parameter};
use super::file::read_line;
use super::open_file::STANDARD_INPUT;
use crate::value::{self, ErrorKind, ErrorRef, Kind, ListRef, MapRef, Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "builtins",
    place: Place::Builtins,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Output, input, and questions about any value.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "print", signature: "(...values, sep: \" \", end: \"\\n\")", minimum: 0, maximum: NativeEntry::ANY, function: print, doc: "Prints the `str` of each value, with `sep` between them and `end` behind the last.\n\n    print(\"a\", 1, sep: \"-\", end: \"!\\n\")   # => a-1!" },
    NativeEntry { name: "input", signature: "(prompt = \"\")", minimum: 0, maximum: 1, function: input, doc: "Prints the `str` of the prompt and reads a line of standard input: the line without its end, nil at the end of the input. What is not UTF-8 is a `ValueError`." },
    NativeEntry { name: "assert", signature: "(cond, message = \"assertion failed\")", minimum: 1, maximum: 2, function: assert, doc: "Throws an `AssertionError` with the `str` of `message` if `cond` is nil or false." },
    NativeEntry { name: "str", signature: "(x)", minimum: 1, maximum: 1, function: str, doc: "The text of a value as `print` shows it." },
    NativeEntry { name: "repr", signature: "(x)", minimum: 1, maximum: 1, function: repr, doc: "The text of a value as it appears inside collections: strings as literals that read back.\n\n    print(repr(\"one\\n\"), repr([1, \"two\"]))   # => \"one\\n\" [1, \"two\"]" },
    NativeEntry { name: "type", signature: "(x)", minimum: 1, maximum: 1, function: type_of, doc: "The type of a value; types are values, compared with `==`." },
    NativeEntry { name: "copy", signature: "(x)", minimum: 1, maximum: 1, function: copy, doc: "A shallow copy: a new list, map or slice of the same elements, a new struct value of the same bytes; what cannot change is its own copy. A value that stands for something else (a file, a generator) is a `TypeError`.\n\n    let xs = [1, [2]]\n    let ys = copy(xs)\n    ys.push(3)\n    print(xs, ys)   # => [1, [2]] [1, [2], 3]" },
    NativeEntry { name: "same", signature: "(a, b)", minimum: 2, maximum: 2, function: same, doc: "Whether both are one value: numbers and strings by type and content, slices by memory, length and type, everything else by identity." },
    NativeEntry { name: "hash", signature: "(x)", minimum: 1, maximum: 1, function: hash, doc: "An int that is equal for equal values, of whatever may be a key of a map; it differs from run to run. What cannot be a key is a `TypeError`." },
    NativeEntry { name: "weak", signature: "(x)", minimum: 1, maximum: 1, function: weak, doc: "A weak reference to `x`, which does not keep it: `.get()` is `x`, or nil once only weak references were left. Numbers, bools and nil are a `TypeError`.\n\n    import gc\n    var x = [1]\n    let w = weak(x)\n    print(w.get())   # => [1]\n    x = nil\n    gc.collect()\n    print(w.get())   # => nil" },
    NativeEntry { name: "Error", signature: "(message, kind = \"Error\", code = nil, cause = nil)", minimum: 1, maximum: 4, function: error, doc: "A new error to `throw`, with the `str` of `message`; `.message .kind .code .cause .trace` give its parts.\n\n    try { throw Error(\"no such user\", kind: \"LookupError\", code: 7) } catch e { print(e.kind, e.code, e) }   # => LookupError 7 no such user" },
];

fn print(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let separator = text_option(vm, arguments.named(0), "sep", " ")?;
    let end = text_option(vm, arguments.named(1), "end", "\n")?;
    if arguments.count() == 1 && arguments.get(0).is_string() {
        vm.print_bytes(arguments.get(0).as_str().as_bytes())?;
        vm.print_bytes(end.as_bytes())?;
        return Ok(Value::NIL);
    }
    // Put together first, so that what a `str` method prints comes before, and an error in one prints nothing.
    let mut text = std::mem::take(&mut vm.output.scratch);
    text.clear();
    let mut result = Ok(());
    for at in 0..arguments.count() {
        if at > 0 {
            text.push_str(separator);
        }
        result = value::write_str(vm, arguments.get(at), &mut text);
        if result.is_err() {
            break;
        }
    }
    text.push_str(end);
    let result = result.and_then(|()| vm.print_bytes(text.as_bytes()));
    if text.capacity() < 1 << 16 {
        vm.output.scratch = text;
    }
    result.map(|()| Value::NIL)
}

/// A string given by name, or its default; nil stands for the default as well.
fn text_option(vm: &mut Vm, given: Option<Value>, name: &'static str, default: &'static str) -> Result<&'static str, Thrown> {
    match given {
        None | Some(Value::NIL) => Ok(default),
        Some(value) => match value.to_str() {
            Some(text) => Ok(text),
            None => parameter("print", name, 0).wrong_type(vm, "a string", value),
        },
    }
}

fn input(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    if let Some(prompt) = arguments.optional(0) {
        let mut text = String::new();
        value::write_str(vm, prompt, &mut text)?;
        vm.print_bytes(text.as_bytes())?;
    }
    read_line(vm, STANDARD_INPUT)
}

fn assert(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    if arguments.get(0).is_truthy() {
        return Ok(Value::NIL);
    }
    let mut text = String::new();
    match arguments.optional(1) {
        Some(message) => value::write_str(vm, message, &mut text)?,
        None => text.push_str("assertion failed"),
    }
    vm.fail(ErrorKind::AssertionError, text)
}

fn str(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    value::to_string(vm, arguments.get(0))
}

fn repr(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    value::to_repr(vm, arguments.get(0))
}

fn type_of(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let type_id = vm.runtime.type_of(arguments.get(0));
    Ok(vm.runtime.type_value(type_id))
}

fn copy(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let value = arguments.get(0);
    if let Some(list) = ListRef::of(value) {
        return Ok(vm.runtime.list_of(list.values())?.value());
    }
    if let Some(map) = MapRef::of(value) {
        return Ok(vm.runtime.copy_map(map)?.value());
    }
    if let Some(copied) = vm.runtime.copy_memory(value) {
        return copied;
    }
    match value.kind() {
        Some(
            Kind::Generator | Kind::Error | Kind::Module | Kind::Weak | Kind::Pinner | Kind::Arena | Kind::Library | Kind::File,
        ) => parameter("copy", "x", 0).wrong_type(vm, "a list, map, slice, struct value or what cannot change", value),
        _ => Ok(value),
    }
}

fn same(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    Ok(Value::bool(value::same(&vm.runtime, arguments.get(0), arguments.get(1))))
}

fn hash(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let hash = value::hash(vm, arguments.get(0))?;
    Ok(Value::inline_int(hash as i64))
}

fn weak(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    match vm.runtime.new_weak(arguments.get(0)) {
        Some(weak) => Ok(weak),
        None => parameter("weak", "x", 0).wrong_type(vm, "a value with an identity", arguments.get(0)),
    }
}

fn error(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let message = value::to_string(vm, arguments.get(0))?;
    let kind = match parameter("Error", "kind", 1).optional_string(vm, arguments)? {
        Some(_) => arguments.get(1),
        None => vm.runtime.string_lossy("Error"),
    };
    let made = vm.runtime.new_error(message, kind);
    if let Some(error) = ErrorRef::of(made) {
        error.set_code(&mut vm.runtime.heap, arguments.optional(2).unwrap_or(Value::NIL));
        error.set_cause(&mut vm.runtime.heap, arguments.optional(3).unwrap_or(Value::NIL));
    }
    Ok(made)
}
