//! The module `io`: files as a whole, and opening them.

use super::expect::parameter;
use super::file::new_file_value;
use super::open_file::{Mode, OpenFile, OpenFiles, STANDARD_ERROR, STANDARD_INPUT, STANDARD_OUTPUT};
use super::system_error::{system_error, text_of};
use crate::value::{Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "io",
    place: Place::Module,
    entries: ENTRIES,
    constants,
    script: None,
    doc: "Files. `io.stdin`, `io.stdout` and `io.stderr` are open files. What fails is an `IOError` with errno as its `.code`. Text is UTF-8, and what is not is a `ValueError`; with `b` in the mode files give and take `[]u8`.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "open", signature: "(path, mode = \"r\")", minimum: 1, maximum: 2, function: open, doc: "Opens a file: `r` to read, `w` to write it anew, `a` to append; with `+` to read and write, with `b` in bytes. Closed by `.close()`, or by the collector." },
    NativeEntry { name: "read_file", signature: "(path, mode = \"r\")", minimum: 1, maximum: 2, function: read_file, doc: "All of a file as a string, with the mode `\"rb\"` as a `[]u8`." },
    NativeEntry { name: "write_file", signature: "(path, data, mode = \"w\")", minimum: 2, maximum: 3, function: write_file, doc: "Writes a string or `[]u8` to a file, in the place of what was in it, or behind it with the mode `\"a\"`." },
];

fn constants(vm: &mut Vm) -> Vec<(&'static str, Value)> {
    [("stdin", STANDARD_INPUT), ("stdout", STANDARD_OUTPUT), ("stderr", STANDARD_ERROR)]
        .map(|(name, number)| (name, new_file_value(vm, number)))
        .to_vec()
}

fn mode_of(vm: &mut Vm, arguments: Arguments, function: &'static str, index: usize, default: &str) -> Result<Mode, Thrown> {
    let parameter = parameter(function, "mode", index);
    let text = parameter.optional_string(vm, arguments)?.unwrap_or(default);
    match Mode::parse(text) {
        Some(mode) => Ok(mode),
        None => parameter.wrong_value(vm, &format!("is `r`, `w` or `a`, with `+` or `b` behind it; not \"{text}\"")),
    }
}

fn open(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("open", "path", 0).string(vm, arguments)?;
    let mode = mode_of(vm, arguments, "open", 1, "r")?;
    match OpenFile::open(path, mode) {
        Ok(file) => {
            let number = vm.state::<OpenFiles>().add(file);
            Ok(new_file_value(vm, number))
        }
        Err(error) => Err(system_error(vm, "open", path, &error)),
    }
}

fn read_file(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("read_file", "path", 0).string(vm, arguments)?;
    let mode = mode_of(vm, arguments, "read_file", 1, "r")?;
    match std::fs::read(path) {
        Ok(bytes) if mode.is_binary => vm.runtime.new_bytes(&bytes),
        Ok(bytes) => text_of(vm, path, &bytes),
        Err(error) => Err(system_error(vm, "read", path, &error)),
    }
}

fn write_file(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("write_file", "path", 0).string(vm, arguments)?;
    let mode = mode_of(vm, arguments, "write_file", 2, "w")?;
    if !mode.writes {
        return parameter("write_file", "mode", 2).wrong_value(vm, "must be one that writes");
    }
    let data = arguments.get(1);
    let bytes = match (data.to_str(), vm.runtime.slice_bytes(data)?) {
        (Some(text), _) => std::borrow::Cow::Borrowed(text.as_bytes()),
        (None, Some(bytes)) => std::borrow::Cow::Owned(bytes),
        (None, None) => return parameter("write_file", "data", 1).wrong_type(vm, "a string or []u8", data),
    };
    let result = OpenFile::open(path, mode).and_then(|mut file| {
        file.write(&bytes)?;
        file.close()
    });
    match result {
        Ok(()) => Ok(Value::NIL),
        Err(error) => Err(system_error(vm, "write", path, &error)),
    }
}
