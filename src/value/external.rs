//! Objects that stand for something Rust code keeps outside of the heap: open files, compiled patterns. The object holds a number, and
//! what it is the number of is its owner's knowledge.

use super::layout::TypeId;
use super::object::{ExternalObject, Kind};
use super::runtime::Runtime;
use super::word::Value;
use crate::heap::Shape;

impl Runtime {
    /// A new object of one of the kinds [`Kind::File`], [`Kind::External`] and [`Kind::Arena`] that holds `number`.
    pub fn new_external(&mut self, kind: Kind, type_id: TypeId, number: u64) -> Value {
        assert!(matches!(kind, Kind::File | Kind::External | Kind::Arena), "only these kinds hold a number");
        let object = self.new_object::<ExternalObject>(kind, Shape::Leaf, type_id);
        // SAFETY: `new_object` gave a live object of this layout.
        unsafe { (*object).number = number };
        Value::of_object(object)
    }
}

impl Value {
    /// The number that an object of this kind and type holds; `None` for any other value.
    pub fn external_number(self, kind: Kind, type_id: TypeId) -> Option<u64> {
        let is_one =
            matches!(kind, Kind::File | Kind::External | Kind::Arena) && self.is_kind(kind) && self.header().type_id == type_id.0;
        // SAFETY: the kinds with `ExternalObject`s are made by `new_external` only.
        is_one.then(|| unsafe { (*self.object::<ExternalObject>()).number })
    }
}
