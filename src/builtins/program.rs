//! Running other programs, for `os.run`; its face is written in Cotter, in `stdlib/os.cot`.

use super::expect::parameter;
use super::system_error::system_error;
use crate::value::{ErrorKind, Thrown, Value};
use crate::vm::{Arguments, Vm};
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// The bytes of a string or `[]u8`; nil stands for none.
fn input_bytes(vm: &mut Vm, arguments: Arguments) -> Result<Vec<u8>, Thrown> {
    let value = arguments.get(1);
    if value.is_nil() {
        return Ok(Vec::new());
    }
    match (value.to_str(), vm.runtime.slice_bytes(value)?) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(bytes)) => Ok(bytes),
        (None, None) => parameter("run", "input", 1).wrong_type(vm, "a string, []u8 or nil", value),
    }
}

fn words(vm: &mut Vm, arguments: Arguments) -> Result<Vec<&'static str>, Thrown> {
    let list = parameter("run", "args", 0).list(vm, arguments)?;
    let mut words = Vec::with_capacity(list.len());
    for &value in list.values() {
        match value.to_str() {
            Some(word) if word.contains('\0') => return parameter("run", "args", 0).wrong_value(vm, "must not hold a NUL"),
            Some(word) => words.push(word),
            None => return parameter("run", "args", 0).wrong_type(vm, "a list of strings", value),
        }
    }
    if words.first().is_none_or(|program| program.is_empty()) {
        return parameter("run", "args", 0).wrong_value(vm, "must begin with the name of a program");
    }
    Ok(words)
}

/// `_run(args, input, mode)`: a list of the status, the output and the errors.
pub(super) fn run(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let words = words(vm, arguments)?;
    let input = input_bytes(vm, arguments)?;
    let is_binary = match parameter("run", "mode", 2).string(vm, arguments)? {
        "r" => false,
        "rb" => true,
        other => return parameter("run", "mode", 2).wrong_value(vm, &format!("is `r` or `rb`, not \"{other}\"")),
    };
    // What was printed before stands before what the program writes by other ways.
    vm.flush_output()?;
    let output = match finish(&words, &input) {
        Ok(output) => output,
        Err(error) => return Err(system_error(vm, "run", words[0], &error)),
    };
    let status = output.status.code().or_else(|| output.status.signal().map(|signal| -signal)).unwrap_or(-1);
    let mut parts = vec![Value::inline_int(status as i64)];
    for bytes in [&output.stdout, &output.stderr] {
        let part = match std::str::from_utf8(bytes) {
            _ if is_binary => vm.runtime.new_bytes(bytes)?,
            Ok(text) => vm.runtime.string(text)?,
            Err(error) => {
                let at = error.valid_up_to();
                let message = format!(
                    "what {} wrote is not UTF-8: byte {:#04x} at offset {at}; run it with the mode \"rb\"",
                    words[0], bytes[at]
                );
                return vm.fail(ErrorKind::ValueError, message);
            }
        };
        parts.push(part);
    }
    vm.runtime.list_of(&parts).map(|list| list.value())
}

/// Runs a program to its end. Its input is written while its output is read, so that neither waits for the other.
fn finish(words: &[&str], input: &[u8]) -> io::Result<Output> {
    let source = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child =
        Command::new(words[0]).args(&words[1..]).stdin(source).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pipe = child.stdin.take();
    std::thread::scope(|scope| {
        if let Some(mut pipe) = pipe {
            // A program that ends before it has read everything is no failure.
            scope.spawn(move || _ = pipe.write_all(input));
        }
        child.wait_with_output()
    })
}
