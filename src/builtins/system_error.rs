//! What the system refused and what is not text, as errors of the language.

use super::open_file::STANDARD_INPUT_NAME;
use crate::value::{ErrorKind, ErrorRef, Thrown, Value};
use crate::vm::Vm;
use std::io;
use std::sync::atomic::Ordering;

/// What the system refused, as an `IOError`: `cannot open data.txt: No such file or directory`, with errno as its code.
#[cold]
pub(super) fn system_error(vm: &mut Vm, verb: &str, what: &str, error: &io::Error) -> Thrown {
    if error.kind() == io::ErrorKind::Interrupted && vm.interrupted.swap(false, Ordering::Relaxed) {
        return Thrown::Interrupted;
    }
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or("");
    let value = vm.runtime.error(ErrorKind::IOError, &format!("cannot {verb} {what}: {reason}"));
    if let (Some(made), Some(code)) = (ErrorRef::of(value), error.raw_os_error()) {
        let code = vm.runtime.int(code as i64);
        made.set_code(&mut vm.runtime.heap, code);
    }
    Thrown::Value(value)
}

/// Bytes that were read as text: a string, or the `ValueError` that says where they are not UTF-8.
pub(super) fn text_of(vm: &mut Vm, name: &str, bytes: &[u8]) -> Result<Value, Thrown> {
    match std::str::from_utf8(bytes) {
        Ok(text) => vm.runtime.string(text),
        Err(error) => {
            let at = error.valid_up_to();
            let hint = if name == STANDARD_INPUT_NAME { "" } else { "; open it in a mode with `b` for its bytes" };
            let message = format!("{name} is not UTF-8: byte {:#04x} at offset {at} of what was read{hint}", bytes[at]);
            vm.fail(ErrorKind::ValueError, message)
        }
    }
}
