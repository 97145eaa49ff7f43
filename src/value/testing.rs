//! What tests of values need: a runtime, and a host whose methods are Rust functions.

use super::layout::{FieldShape, RecordShape};
use super::*;
use crate::bytecode::FieldPlace;
use crate::heap::HeapConfig;

/// A runtime with fixed hash keys.
pub(crate) fn test_runtime() -> Runtime {
    let config = HeapConfig { reserve: 1 << 30, poison: true, verify: true, ..HeapConfig::default() };
    Runtime::new(config, [0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03])
}

/// A host without an interpreter: a call gives what `answer` gives, and recursion over data is `depth` levels deep at most.
pub(crate) struct TestHost {
    pub runtime: Runtime,
    pub answer: fn(&mut Runtime, Value, &[Value]) -> Result<Value, Thrown>,
    /// How many more levels `check_stack` admits, measured by the machine's stack.
    pub stack_bytes: usize,
    stack_start: usize,
}

impl TestHost {
    pub fn new() -> TestHost {
        let marker = 0u8;
        TestHost {
            runtime: test_runtime(),
            answer: |_, _, _| Ok(Value::NIL),
            stack_bytes: 512 << 10,
            stack_start: &raw const marker as usize,
        }
    }

    pub fn text(&mut self, text: &str) -> Value {
        self.runtime.string(text).unwrap()
    }

    pub fn list(&mut self, values: &[Value]) -> ListRef {
        self.runtime.list_of(values).unwrap()
    }

    pub fn map(&mut self, entries: &[(Value, Value)]) -> MapRef {
        let map = self.runtime.new_map(0).unwrap();
        for &(key, value) in entries {
            map.insert(self, key, value).unwrap();
        }
        map
    }

    /// A struct of `any` fields with these methods, whose functions are strings of their names (see `answer`).
    pub fn record(&mut self, name: &str, fields: &[&str], methods: &[&str]) -> TypeId {
        let id = self.runtime.types.declare_record(name.into(), false);
        let field = |name: &&str| FieldShape { name: (*name).into(), type_id: TypeId::ANY, bits: None, place: FieldPlace::Own };
        let shape = RecordShape {
            fields: fields.iter().map(field).collect(),
            methods: methods.iter().map(|&name| (name.into(), true)).collect(),
            ..RecordShape::default()
        };
        self.runtime.types.lay_out_record(id, &shape).unwrap();
        let functions: Vec<_> =
            methods.iter().map(|&name| (name.into(), self.runtime.constant_string(name).unwrap(), true)).collect();
        self.runtime.set_methods(id, functions, Value::NIL);
        id
    }

    /// A collection with these roots and the runtime's own.
    pub fn collect(&mut self, roots: &[Value]) {
        self.runtime.collect(&mut |marker| roots.iter().for_each(|root| marker.mark_word(root.0)));
    }

    pub fn str(&mut self, value: Value) -> String {
        let mut text = String::new();
        write_str(self, value, &mut text).unwrap();
        text
    }

    pub fn repr(&mut self, value: Value) -> String {
        let mut text = String::new();
        write_repr(self, value, &mut text).unwrap();
        text
    }

    pub fn equal(&mut self, a: Value, b: Value) -> bool {
        equal(self, a, b).unwrap()
    }
}

impl Host for TestHost {
    fn runtime(&mut self) -> &mut Runtime {
        &mut self.runtime
    }

    fn call(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        (self.answer)(&mut self.runtime, function, arguments)
    }

    fn check_stack(&mut self) -> Result<(), Thrown> {
        let marker = 0u8;
        if self.stack_start.abs_diff(&raw const marker as usize) > self.stack_bytes {
            return self.runtime.fail(ErrorKind::StackOverflow, "the data is nested too deeply");
        }
        Ok(())
    }
}

/// Kind and message of what was thrown.
pub(crate) fn describe(thrown: &Thrown) -> String {
    match ErrorRef::of_thrown(thrown) {
        Some(error) => format!("{}: {}", error.kind().as_str(), error.message().as_str()),
        None => format!("{thrown:?}"),
    }
}

/// Kind and message of the error in a result.
pub(crate) fn error_of<T: std::fmt::Debug>(result: Result<T, Thrown>) -> String {
    describe(&result.unwrap_err())
}

/// An int value.
pub(crate) fn int(i: i64) -> Value {
    Value::inline_int(i)
}
