//! What C gave to be released: objects that own memory of C's, and share one state among all pointers into it.

use super::layout::TypeId;
use super::object::{Kind, OwnedObject, ViewObject};
use super::runtime::Runtime;
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::Shape;

impl Runtime {
    /// An owner of what stands at an address, to be released by the C function `release`; `place` is that of the call that gave it.
    pub fn new_owned(&mut self, release: Value, address: usize, number: u64, place: (u32, u32)) -> Value {
        let object = self.new_object::<OwnedObject>(Kind::Owned, Shape::Words, TypeId::VOID);
        // SAFETY: `new_object` gave a live object of this layout; `meta` shrinks to the word that is a value.
        unsafe {
            (*object).header.meta = size_of::<Value>() as u64;
            (*object).release = release;
            (*object).address = address;
            (*object).number = number;
            (*object).place = place;
        }
        Value::of_object(object)
    }

    /// Fails if what a view's owner owns was released already.
    #[inline(always)]
    pub fn check_open(&mut self, owner: Value) -> Result<(), Thrown> {
        if owner.is_kind(Kind::Owned) { self.check_open_slow(owner) } else { Ok(()) }
    }

    #[cold]
    fn check_open_slow(&mut self, owner: Value) -> Result<(), Thrown> {
        // SAFETY: the kind says that an `OwnedObject` is there.
        if unsafe { (*owner.object::<OwnedObject>()).is_closed } {
            return self.fail(ErrorKind::FFIError, "closed: the pointer was released before");
        }
        Ok(())
    }
}

impl Value {
    /// The owner of the memory that this value points to the very beginning of, if it has one that is open and knows a function that
    /// releases it; with that function.
    pub fn open_owner(self) -> Option<(Value, Value)> {
        if !self.is_kind(Kind::View) {
            return None;
        }
        // SAFETY: the kinds say which objects are there.
        unsafe {
            let view = &*self.object::<ViewObject>();
            if !view.owner.is_kind(Kind::Owned) {
                return None;
            }
            let owned = &*view.owner.object::<OwnedObject>();
            let is_it = !owned.is_closed && owned.address == view.address && !owned.release.is_nil();
            is_it.then_some((view.owner, owned.release))
        }
    }

    /// What this value owns, if it is an owner, is gone: no view of it can be used any more.
    pub fn end_ownership(self) {
        if self.is_kind(Kind::Owned) {
            // SAFETY: the kind says that an `OwnedObject` is there.
            unsafe { (*self.object::<OwnedObject>()).is_closed = true };
        }
    }
}
