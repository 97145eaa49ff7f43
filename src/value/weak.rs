//! Weak references: they show an object as long as something else keeps it.
//!
//! A view (a pointer, part of a slice, an inner struct value) is nobody's identity: several may show the same memory. A weak reference
//! to one remembers how it looked at the memory, watches the object that holds the memory, and makes a new view of it when asked.

use super::layout::{Memory, TypeId, View};
use super::object::{Kind, ViewObject, WeakObject};
use super::runtime::Runtime;
use super::word::Value;
use crate::heap::Shape;

impl Runtime {
    /// A weak reference to the object that a value refers to; `None` for values that are no objects with an identity (numbers, nil,
    /// bools).
    pub fn new_weak(&mut self, value: Value) -> Option<Value> {
        let kind = value.kind().filter(|&kind| kind != Kind::Integer)?;
        let object = self.new_object::<WeakObject>(Kind::Weak, Shape::Leaf, TypeId::WEAK);
        let mut target = value;
        if kind == Kind::View
            && let Some(memory) = Memory::of(value).filter(|memory| memory.owner.is_reference())
        {
            target = memory.owner;
            // SAFETY: `new_object` gave a live object of this layout; the kind says that `value` is a `ViewObject`.
            unsafe {
                let view = value.object::<ViewObject>();
                (*object).view_type = (*view).header.type_id as u64;
                (*object).address = memory.address;
                (*object).low = memory.low;
                (*object).high = memory.high;
                (*object).count = (*view).count;
                (*object).flags = memory.flags;
                (*object).is_view = true;
            }
        }
        // SAFETY: as above.
        unsafe { (*object).target = target };
        let weak = Value::of_object(object);
        self.heap.set_weak(target.address(), weak.address());
        Some(weak)
    }

    /// What a weak reference shows: nil once its target is gone. The value must be a weak reference; nil for any other.
    pub fn weak_target(&mut self, weak: Value) -> Value {
        if !weak.is_kind(Kind::Weak) {
            return Value::NIL;
        }
        // SAFETY: the kind says that a `WeakObject` is there.
        let object = unsafe { &*weak.object::<WeakObject>() };
        if object.target.is_nil() || !object.is_view {
            return object.target;
        }
        let memory = Memory {
            type_id: TypeId(object.view_type as u32),
            address: object.address,
            owner: object.target,
            low: object.low,
            high: object.high,
            flags: object.flags,
        };
        let count = object.count;
        self.new_view(View { memory, count })
    }
}
