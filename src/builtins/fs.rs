//! The module `fs`: files and folders as wholes. `walk` is written in Cotter, in `stdlib/fs.cot`.

use super::expect::{no_constants, parameter};
use super::system_error::system_error;
use crate::value::{ErrorKind, Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub const NAMESPACE: Namespace = Namespace {
    name: "fs",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: Some((include_str!("../../stdlib/fs.cot"), &["walk"])),
    doc: "Files and folders. What fails is an `IOError` with errno as its `.code`. Names are UTF-8, and one that is not is a `ValueError` where it would be given.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "exists", signature: "(path)", minimum: 1, maximum: 1, function: exists, doc: "Whether something is there; links are followed. What cannot be seen does not exist." },
    NativeEntry { name: "is_file", signature: "(path)", minimum: 1, maximum: 1, function: is_file, doc: "Whether a file is there, or a link to one." },
    NativeEntry { name: "is_dir", signature: "(path)", minimum: 1, maximum: 1, function: is_dir, doc: "Whether a folder is there, or a link to one." },
    NativeEntry { name: "size", signature: "(path)", minimum: 1, maximum: 1, function: size, doc: "The bytes of a file; of a folder an `IOError`." },
    NativeEntry { name: "list", signature: "(path = \".\")", minimum: 0, maximum: 1, function: list, doc: "A list of the names in a folder, sorted." },
    NativeEntry { name: "make_dir", signature: "(path, parents = false)", minimum: 1, maximum: 2, function: make_dir, doc: "Makes a folder; one that is there is an `IOError`. With `parents` also the folders above it, and what is there is fine." },
    NativeEntry { name: "rename", signature: "(from, to)", minimum: 2, maximum: 2, function: rename, doc: "Gives a file or folder another path on the same file system. A file that is at `to` is replaced." },
    NativeEntry { name: "copy", signature: "(from, to)", minimum: 2, maximum: 2, function: copy, doc: "Copies a file with its permissions, and returns its size in bytes. A file that is at `to` is replaced; a copy onto itself is an `IOError`." },
    NativeEntry { name: "remove", signature: "(path)", minimum: 1, maximum: 1, function: remove, doc: "Removes a file, a link or an empty folder." },
    NativeEntry { name: "temp_dir", signature: "()", minimum: 0, maximum: 0, function: temp_dir, doc: "The folder for temporary files, without `/` at its end." },
    NativeEntry { name: "_is_real_dir", signature: "(path)", minimum: 1, maximum: 1, function: is_real_dir, doc: "Whether a folder is there itself, not a link to one." },
];

/// What the system gave, or its refusal as an `IOError` that names the path.
fn checked<T>(vm: &mut Vm, verb: &str, path: &str, result: io::Result<T>) -> Result<T, Thrown> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(system_error(vm, verb, path, &error)),
    }
}

fn exists(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("exists", "path", 0).string(vm, arguments)?;
    Ok(Value::bool(Path::new(path).exists()))
}

fn is_file(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("is_file", "path", 0).string(vm, arguments)?;
    Ok(Value::bool(Path::new(path).is_file()))
}

fn is_dir(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("is_dir", "path", 0).string(vm, arguments)?;
    Ok(Value::bool(Path::new(path).is_dir()))
}

fn size(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("size", "path", 0).string(vm, arguments)?;
    let found = fs::metadata(path).and_then(|found| if found.is_dir() { Err(is_a_folder()) } else { Ok(found) });
    let found = checked(vm, "measure", path, found)?;
    Ok(vm.runtime.int(found.len() as i64))
}

fn is_a_folder() -> io::Error {
    io::Error::from_raw_os_error(libc::EISDIR)
}

fn list(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("list", "path", 0).optional_string(vm, arguments)?.unwrap_or(".");
    let names =
        fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>());
    let mut names = checked(vm, "list", path, names)?;
    names.sort();
    let list = vm.runtime.new_list(names.len())?;
    for name in names {
        let Some(text) = name.to_str() else {
            return vm.fail(ErrorKind::ValueError, format!("the name {} in {path} is not UTF-8", name.to_string_lossy()));
        };
        let text = vm.runtime.string(text)?;
        list.push(&mut vm.runtime, text)?;
    }
    Ok(list.value())
}

fn make_dir(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("make_dir", "path", 0).string(vm, arguments)?;
    let with_parents = arguments.optional(1).is_some_and(Value::is_truthy);
    let result = if with_parents { fs::create_dir_all(path) } else { fs::create_dir(path) };
    checked(vm, "make the folder", path, result)?;
    Ok(Value::NIL)
}

fn rename(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let from = parameter("rename", "from", 0).string(vm, arguments)?;
    let to = parameter("rename", "to", 1).string(vm, arguments)?;
    checked(vm, "rename", &format!("{from} to {to}"), fs::rename(from, to))?;
    Ok(Value::NIL)
}

fn copy(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let from = parameter("copy", "from", 0).string(vm, arguments)?;
    let to = parameter("copy", "to", 1).string(vm, arguments)?;
    let bytes = checked(vm, "copy", &format!("{from} to {to}"), copy_file(from, to))?;
    Ok(vm.runtime.int(bytes as i64))
}

fn copy_file(from: &str, to: &str) -> io::Result<u64> {
    let source = fs::metadata(from)?;
    if source.is_dir() {
        return Err(is_a_folder());
    }
    // The system would empty the file before it is read.
    if let Ok(target) = fs::metadata(to)
        && (target.dev(), target.ino()) == (source.dev(), source.ino())
    {
        return Err(io::Error::from_raw_os_error(libc::EEXIST));
    }
    fs::copy(from, to)
}

fn remove(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("remove", "path", 0).string(vm, arguments)?;
    let result =
        fs::symlink_metadata(path).and_then(|found| if found.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) });
    checked(vm, "remove", path, result)?;
    Ok(Value::NIL)
}

fn temp_dir(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    let folder = std::env::temp_dir();
    match folder.to_str() {
        Some(text) if text.len() > 1 => vm.runtime.string(text.trim_end_matches('/')),
        Some(text) => vm.runtime.string(text),
        None => vm.fail(ErrorKind::ValueError, format!("the folder for temporary files, {}, is not UTF-8", folder.display())),
    }
}

fn is_real_dir(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("_is_real_dir", "path", 0).string(vm, arguments)?;
    Ok(Value::bool(fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())))
}
