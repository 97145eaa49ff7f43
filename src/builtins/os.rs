//! The module `os`: the process and its environment.

use super::expect::parameter;
use super::program::run;
use super::system_error::system_error;
use crate::value::{ErrorKind, Thrown, Value};
use crate::vm::{Arguments, Namespace, NativeEntry, Place, Vm};

pub const NAMESPACE: Namespace = Namespace {
    name: "os",
    place: Place::Module,
    entries: ENTRIES,
    constants,
    script: Some((include_str!("../../stdlib/os.cot"), &["run"])),
    doc: "The process and its environment. `os.args` is the list of the arguments behind the script's name.",
};

#[rustfmt::skip]
const ENTRIES: &[NativeEntry] = &[
    NativeEntry { name: "env", signature: "(name)", minimum: 1, maximum: 1, function: env, doc: "The environment variable of this name, nil if there is none; one that is not UTF-8 is a `ValueError`." },
    NativeEntry { name: "set_env", signature: "(name, value)", minimum: 2, maximum: 2, function: set_env, doc: "Sets an environment variable for this process and those it starts; a `value` of nil takes it out." },
    NativeEntry { name: "exit", signature: "(status = 0)", minimum: 0, maximum: 1, function: exit, doc: "Ends the program with a status of 0 to 255, after the pending `defer`s and `finally` blocks of all calls. It cannot be caught." },
    NativeEntry { name: "pid", signature: "()", minimum: 0, maximum: 0, function: pid, doc: "The number of this process." },
    NativeEntry { name: "platform", signature: "()", minimum: 0, maximum: 0, function: platform, doc: "The name of the system: `\"linux\"`, `\"macos\"`, …" },
    NativeEntry { name: "cwd", signature: "()", minimum: 0, maximum: 0, function: cwd, doc: "The working directory; an `IOError` if it is gone." },
    NativeEntry { name: "_run", signature: "(args, input, mode)", minimum: 3, maximum: 3, function: run, doc: "What `run` does: a list of status, output and errors." },
];

fn constants(vm: &mut Vm) -> Vec<(&'static str, Value)> {
    let texts = vm.script_arguments.clone();
    let values: Vec<Value> = texts.iter().map(|text| vm.runtime.string_lossy(text)).collect();
    let list = vm.runtime.list_of(&values).map_or(Value::NIL, |list| list.value());
    vec![("args", list)]
}

/// The name of a variable: what the system's functions would not survive is refused.
fn variable_name(vm: &mut Vm, arguments: Arguments, function: &'static str) -> Result<&'static str, Thrown> {
    let name = parameter(function, "name", 0).string(vm, arguments)?;
    if name.is_empty() || name.contains(['=', '\0']) {
        return parameter(function, "name", 0).wrong_value(vm, "must not be empty or hold `=` or a NUL");
    }
    Ok(name)
}

fn env(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let name = variable_name(vm, arguments, "env")?;
    match std::env::var(name) {
        Ok(text) => vm.runtime.string(&text),
        Err(std::env::VarError::NotPresent) => Ok(Value::NIL),
        Err(std::env::VarError::NotUnicode(_)) => {
            vm.fail(ErrorKind::ValueError, format!("the environment variable {name} is not UTF-8"))
        }
    }
}

#[allow(unsafe_code, reason = "the environment belongs to the whole process, and the system has no safe way to change it")]
fn set_env(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let name = variable_name(vm, arguments, "set_env")?;
    let value = parameter("set_env", "value", 1).optional_string(vm, arguments)?;
    if value.is_some_and(|value| value.contains('\0')) {
        return parameter("set_env", "value", 1).wrong_value(vm, "must not hold a NUL");
    }
    // SAFETY: this process starts no threads that read the environment while a script runs; of the threads of C libraries nobody can
    // know, which is so for `setenv` in every C program.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
    Ok(Value::NIL)
}

fn exit(vm: &mut Vm, arguments: Arguments) -> Result<Value, Thrown> {
    let status = parameter("exit", "status", 0).optional_int(vm, arguments)?.unwrap_or(0);
    match u8::try_from(status) {
        Ok(status) => Err(Thrown::Exit(status as i32)),
        Err(_) => parameter("exit", "status", 0).wrong_value(vm, &format!("is 0 to 255, not {status}")),
    }
}

fn pid(_: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    Ok(Value::inline_int(std::process::id() as i64))
}

fn platform(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    vm.runtime.string(std::env::consts::OS)
}

fn cwd(vm: &mut Vm, _: Arguments) -> Result<Value, Thrown> {
    match std::env::current_dir() {
        Ok(path) => vm.runtime.string(&path.to_string_lossy()),
        Err(error) => Err(system_error(vm, "find", "the working directory", &error)),
    }
}
