//! Running.
#![allow(unsafe_code, reason = "registers and frames are raw memory; each block says why it holds")]

mod native;

pub use native::{Arguments, Namespace, NativeEntry, NativeFunction, Place};

use crate::value::{Host, Runtime, Thrown, Value};

/// The interpreter.
pub struct Vm {
    pub runtime: Runtime,
}

impl Host for Vm {
    fn runtime(&mut self) -> &mut Runtime {
        &mut self.runtime
    }

    fn call(&mut self, _function: Value, _arguments: &[Value]) -> Result<Value, Thrown> {
        Ok(Value::NIL)
    }

    fn check_stack(&mut self) -> Result<(), Thrown> {
        Ok(())
    }
}
