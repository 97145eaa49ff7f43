//! Callbacks as values: functions of the language that C may call, by a code address that stands for them.

use super::layout::TypeId;
use super::object::{CallbackObject, Kind};
use super::runtime::Runtime;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::Shape;

impl Runtime {
    /// A callback whose code stands at `code`, which from now on is an alias of it.
    pub fn new_callback(&mut self, type_id: TypeId, function: Value, name: Value, code: usize) -> Value {
        let object = self.new_object::<CallbackObject>(Kind::Callback, Shape::Words, type_id);
        // SAFETY: `new_object` gave a live object of this layout; `meta` shrinks to the words that are values.
        unsafe {
            (*object).header.meta = 3 * size_of::<Value>() as u64;
            (*object).function = function;
            (*object).on_error = Value::NIL;
            (*object).name = name;
            (*object).code = code;
        }
        let value = Value::of_object(object);
        self.heap.set_alias(code, value.address());
        if self.has_pinned_callbacks {
            self.unpinned_callbacks.remove(&code);
        }
        value
    }

    /// The callback whose code stands at an address.
    pub fn callback_at(&self, code: usize) -> Option<Value> {
        self.heap.find_alias(code).map(Value::reference)
    }

    /// The code address of a callback; an error once it was released.
    pub fn expect_code(&mut self, callback: Value) -> Result<usize, Thrown> {
        debug_assert!(callback.is_kind(Kind::Callback));
        // SAFETY: the kind says that a `CallbackObject` is there.
        let (code, name) = unsafe { ((*callback.object::<CallbackObject>()).code, (*callback.object::<CallbackObject>()).name) };
        if code != 0 {
            return Ok(code);
        }
        let message =
            format!("the callback {} was made for one call, which is over; make one that stays with `as`", name.as_str());
        self.fail(ErrorKind::FFIError, message)
    }
}

impl Value {
    /// The code address of a callback, 0 once it was released; `None` for any other value.
    pub fn callback_code(self) -> Option<usize> {
        // SAFETY: the kind says that a `CallbackObject` is there.
        self.is_kind(Kind::Callback).then(|| unsafe { (*self.object::<CallbackObject>()).code })
    }
}
