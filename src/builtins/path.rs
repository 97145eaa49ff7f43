//! The module `path`: paths as text, with `/` between their parts. Only `absolute` asks the system, for the working directory.

use super::expect::{no_constants, parameter};
use super::system_error::system_error;
use crate::value::{Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "path",
    place: Place::Module,
    entries: ENTRIES,
    constants: no_constants,
    script: None,
    doc: "Paths, as text: nothing looks at the files, and links are not followed.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "join", signature: "(...parts)", minimum: 0, maximum: NativeEntry::ANY, function: join, doc: "The parts with `/` between them; what stands before a part that begins with `/` is dropped, and so are empty parts.\n\n    print(path.join(\"a\", \"b\", \"c.txt\"), path.join(\"a\", \"/b\"))   # => a/b/c.txt /b" },
    NativeEntry { name: "base", signature: "(path)", minimum: 1, maximum: 1, function: base, doc: "The last part: `y.txt` of `/x/y.txt` and `y` of `/x/y/`; `/` of `/`." },
    NativeEntry { name: "dir", signature: "(path)", minimum: 1, maximum: 1, function: dir, doc: "What stands before the last part: `/x` of `/x/y.txt`; `.` where nothing does, `/` of `/`." },
    NativeEntry { name: "ext", signature: "(path)", minimum: 1, maximum: 1, function: ext, doc: "The last part from its last point on: `.gz` of `x.tar.gz`; empty where there is none, or only at the start." },
    NativeEntry { name: "stem", signature: "(path)", minimum: 1, maximum: 1, function: stem, doc: "The last part without its `ext`: `x.tar` of `x.tar.gz`." },
    NativeEntry { name: "absolute", signature: "(path)", minimum: 1, maximum: 1, function: absolute, doc: "The path from the root, in its normal form; an `IOError` if that takes the working directory and it is gone." },
    NativeEntry { name: "normal", signature: "(path)", minimum: 1, maximum: 1, function: normal, doc: "Without `.`, doubled `/`, and parts that a `..` takes back; `.` if nothing is left.\n\n    print(path.normal(\"a/./b/../c\"))   # => a/c" },
];

fn join(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let mut joined = String::new();
    for index in 0..arguments.count() {
        append(&mut joined, parameter("join", "parts", index).string(vm, arguments)?);
    }
    vm.runtime.string(&joined)
}

fn append(path: &mut String, part: &str) {
    if part.starts_with('/') {
        path.clear();
    } else if !path.is_empty() && !path.ends_with('/') && !part.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}

/// A path in two: what stands before its last part, and that part. Both are `/` for the root.
fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { (".", "") } else { ("/", "/") };
    }
    match trimmed.rsplit_once('/') {
        None => (".", trimmed),
        Some((before, last)) => match before.trim_end_matches('/') {
            "" => ("/", last),
            before => (before, last),
        },
    }
}

/// The last part of a path in two: stem and ext, which together are that part.
fn split_name(path: &str) -> (&str, &str) {
    let (_, name) = split(path);
    match name.rfind('.') {
        Some(point) if !name[..point].trim_matches('.').is_empty() => name.split_at(point),
        _ => (name, ""),
    }
}

fn base(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("base", "path", 0).string(vm, arguments)?;
    vm.runtime.string(split(path).1)
}

fn dir(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("dir", "path", 0).string(vm, arguments)?;
    vm.runtime.string(split(path).0)
}

fn ext(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("ext", "path", 0).string(vm, arguments)?;
    vm.runtime.string(split_name(path).1)
}

fn stem(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("stem", "path", 0).string(vm, arguments)?;
    vm.runtime.string(split_name(path).0)
}

fn absolute(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("absolute", "path", 0).string(vm, arguments)?;
    let mut whole = String::new();
    if !path.starts_with('/') {
        match std::env::current_dir() {
            Ok(folder) => whole = folder.to_string_lossy().into_owned(),
            Err(error) => return Err(system_error(vm, "find", "the working directory", &error)),
        }
    }
    append(&mut whole, path);
    vm.runtime.string(&normal_form(&whole))
}

fn normal(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let path = parameter("normal", "path", 0).string(vm, arguments)?;
    vm.runtime.string(&normal_form(path))
}

fn normal_form(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            // Above the root is the root.
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_string(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_two() {
        for (path, dir, base) in [
            ("/x/y.txt", "/x", "y.txt"),
            ("y", ".", "y"),
            ("/y", "/", "y"),
            ("a//b//", "a", "b"),
            ("//b", "/", "b"),
            ("/", "/", "/"),
            ("///", "/", "/"),
            ("", ".", ""),
            ("..", ".", ".."),
        ] {
            assert_eq!(split(path), (dir, base), "{path}");
        }
    }

    #[test]
    fn names_in_two() {
        for (path, stem, ext) in [
            ("x.tar.gz", "x.tar", ".gz"),
            (".profile", ".profile", ""),
            ("..a", "..a", ""),
            ("..", "..", ""),
            ("a.", "a", "."),
            (".a.b", ".a", ".b"),
            ("d.ir/file", "file", ""),
            ("", "", ""),
        ] {
            assert_eq!(split_name(path), (stem, ext), "{path}");
        }
    }

    #[test]
    fn normal_forms() {
        for (path, normal) in [
            ("/a/./b/../c", "/a/c"),
            ("a/..", "."),
            ("", "."),
            ("../../a/../b", "../../b"),
            ("/../..", "/"),
            ("//a//b/", "/a/b"),
            ("./.", "."),
        ] {
            assert_eq!(normal_form(path), normal, "{path}");
        }
    }
}
