//! Methods of open files. Each does its work on an [`OpenFile`] and makes values and errors of what that gives.

use super::expect::{no_constants, parameter};
use super::open_file::{Mode, OpenFile, OpenFiles, STANDARD_ERROR, Stream};
use super::system_error::{system_error, text_of};
use crate::value::{ErrorKind, Kind, Thrown, TypeId, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::io;

pub const NAMESPACE: Namespace = Namespace {
    name: "file",
    place: Place::Methods(TypeId::FILE),
    entries: ENTRIES,
    constants: no_constants,
    script: Some((include_str!("../../stdlib/file.cot"), &["lines"])),
    doc: "Methods of open files, which `io.open` gives. On a closed file all but `close` are a `ValueError`.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "read", signature: "(self, n = nil)", minimum: 1, maximum: 2, function: read, doc: "The next `n` characters, in a binary file bytes, or all that is left; fewer, or an empty string or slice, at the end." },
    NativeEntry { name: "read_line", signature: "(self)", minimum: 1, maximum: 1, function: read_line_method, doc: "The next line without its end (`\\n` or `\\r\\n`), nil at the end of the file." },
    NativeEntry { name: "write", signature: "(self, s)", minimum: 2, maximum: 2, function: write, doc: "Writes a string; a binary file or standard stream also takes a `[]u8`. It may stay in a buffer until `flush` or `close`." },
    NativeEntry { name: "flush", signature: "(self)", minimum: 1, maximum: 1, function: flush, doc: "Hands what was written to the system." },
    NativeEntry { name: "seek", signature: "(self, n)", minimum: 2, maximum: 2, function: seek, doc: "Goes on at an offset from the start of the file, in bytes." },
    NativeEntry { name: "close", signature: "(self)", minimum: 1, maximum: 1, function: close, doc: "Writes what is left in the buffer and closes the file; on a closed file it does nothing, and standard streams stay open." },
];

/// What the collector calls for a file that nothing refers to any more.
static FORGET: NativeEntry = NativeEntry {
    name: "close",
    signature: "(file)",
    minimum: 1,
    maximum: 1,
    function: forget,
    doc: "Closes a file that was lost.",
};

/// The value of an open file. The collector closes it when it is unreachable; standard streams are never closed.
pub(super) fn new_file_value(vm: &mut Vm, number: u64) -> Value {
    let value = vm.runtime.new_external(Kind::File, TypeId::FILE, number);
    if number > STANDARD_ERROR {
        let forget = vm.native_value(&FORGET);
        vm.runtime.heap.set_release(value.address(), forget.0);
    }
    value
}

fn number_of(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<u64, Thrown> {
    let value = arguments.get(0);
    match value.external_number(Kind::File, TypeId::FILE) {
        Some(number) => Ok(number),
        None => parameter(function, "self", 0).wrong_type(vm, "an open file", value),
    }
}

/// What a method is about to do with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Any,
}

/// The mode of a file that is open and allows the use. What was printed is written before standard input is asked for more.
fn check_open(vm: &mut Vm, number: u64, what: Use) -> Result<Mode, Thrown> {
    let Some(file) = vm.state.get::<OpenFiles>().get(number) else {
        return vm.fail(ErrorKind::ValueError, "the file is closed");
    };
    let (mode, is_input) = (file.mode, matches!(file.stream, Stream::Input));
    let refusal = match (&file.stream, what) {
        (Stream::Closed, _) => Some(format!("{} is closed", file.name)),
        (_, Use::Read) if !mode.reads => Some(format!("{} is open for writing only; open it with \"r\" or \"r+\"", file.name)),
        (_, Use::Write) if !mode.writes => {
            Some(format!("{} is open for reading only; open it with \"w\", \"a\" or \"r+\"", file.name))
        }
        _ => None,
    };
    if let Some(refusal) = refusal {
        return vm.fail(ErrorKind::ValueError, refusal);
    }
    if is_input && what == Use::Read {
        vm.flush_output()?;
    }
    Ok(mode)
}

/// Does something with a file that is known to be there.
fn with_file<T>(vm: &mut Vm, number: u64, verb: &str, body: impl FnOnce(&mut OpenFile) -> io::Result<T>) -> Result<T, Thrown> {
    let Some(file) = vm.state.get::<OpenFiles>().get(number) else {
        return vm.fail(ErrorKind::ValueError, "the file is closed");
    };
    match body(file) {
        Ok(result) => Ok(result),
        Err(error) => {
            let name = file.name.clone();
            Err(system_error(vm, verb, &name, &error))
        }
    }
}

fn name_of(vm: &mut Vm, number: u64) -> String {
    vm.state.get::<OpenFiles>().get(number).map_or(String::new(), |file| file.name.clone())
}

fn bytes_or_text(vm: &mut Vm, number: u64, mode: Mode, bytes: &[u8]) -> Result<Value, Thrown> {
    if mode.is_binary {
        return vm.runtime.new_bytes(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => vm.runtime.string(text),
        Err(_) => {
            let name = name_of(vm, number);
            text_of(vm, &name, bytes)
        }
    }
}

fn read(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "read")?;
    let count = match arguments.optional(1) {
        None | Some(Value::NIL) => None,
        Some(_) => Some(parameter("read", "n", 1).count(vm, arguments)?),
    };
    let mode = check_open(vm, number, Use::Read)?;
    let bytes = with_file(vm, number, "read", |file| match count {
        None => file.read_all(),
        Some(count) if mode.is_binary => file.read_bytes(count).map(<[u8]>::to_vec),
        Some(count) => file.read_characters(count).map(<[u8]>::to_vec),
    })?;
    bytes_or_text(vm, number, mode, &bytes)
}

fn read_line_method(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "read_line")?;
    read_line(vm, number)
}

/// The next line of a file, nil at its end.
pub(super) fn read_line(vm: &mut Vm, number: u64) -> Result<Value, Thrown> {
    let mode = check_open(vm, number, Use::Read)?;
    let runtime = &mut vm.runtime;
    let Some(file) = vm.state.get::<OpenFiles>().get(number) else {
        return runtime.fail(ErrorKind::ValueError, "the file is closed");
    };
    let not_text = match file.read_line() {
        Ok(None) => return Ok(Value::NIL),
        Ok(Some(line)) if mode.is_binary => return runtime.new_bytes(line),
        Ok(Some(line)) => match std::str::from_utf8(line) {
            Ok(text) => return runtime.string(text),
            Err(_) => Ok(line.to_vec()),
        },
        Err(error) => Err(error),
    };
    let name = name_of(vm, number);
    match not_text {
        Ok(line) => text_of(vm, &name, &line),
        Err(error) => Err(system_error(vm, "read", &name, &error)),
    }
}

fn write(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "write")?;
    let mode = check_open(vm, number, Use::Write)?;
    let takes_bytes = mode.is_binary || number <= STANDARD_ERROR;
    let data = arguments.get(1);
    let owned;
    let bytes = match data.to_str() {
        Some(text) => text.as_bytes(),
        None => match vm.runtime.slice_bytes(data)? {
            Some(bytes) if takes_bytes => {
                owned = bytes;
                &owned
            }
            Some(_) => return parameter("write", "s", 1).wrong_type(vm, "a string (or, opened with \"wb\", bytes)", data),
            None if takes_bytes => return parameter("write", "s", 1).wrong_type(vm, "a string or []u8", data),
            None => return parameter("write", "s", 1).wrong_type(vm, "a string", data),
        },
    };
    if is_output(vm, number) {
        vm.print_bytes(bytes)?;
    } else {
        with_file(vm, number, "write", |file| file.write(bytes))?;
    }
    Ok(Value::NIL)
}

/// Whether it is standard output, which has a buffer of its own.
fn is_output(vm: &mut Vm, number: u64) -> bool {
    vm.state.get::<OpenFiles>().get(number).is_some_and(|file| matches!(file.stream, Stream::Output))
}

fn flush(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "flush")?;
    check_open(vm, number, Use::Any)?;
    if is_output(vm, number) {
        vm.flush_output()?;
    } else {
        with_file(vm, number, "write", OpenFile::flush)?;
    }
    Ok(Value::NIL)
}

fn seek(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "seek")?;
    let offset = parameter("seek", "n", 1).count(vm, arguments)?;
    check_open(vm, number, Use::Any)?;
    with_file(vm, number, "seek in", |file| file.seek(offset as u64))?;
    Ok(Value::NIL)
}

fn close(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "close")?;
    if is_output(vm, number) {
        vm.flush_output()?;
    } else {
        with_file(vm, number, "write", OpenFile::close)?;
    }
    Ok(Value::NIL)
}

fn forget(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let number = number_of(vm, arguments, "close")?;
    let Some(mut file) = vm.state.get::<OpenFiles>().remove(number) else { return Ok(Value::NIL) };
    match file.close() {
        Ok(()) => Ok(Value::NIL),
        Err(error) => Err(system_error(vm, "write", &file.name, &error)),
    }
}
