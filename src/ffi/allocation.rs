//! Memory of C's own that scripts ask for: `ffi.alloc` and `ffi.free`.
//!
//! All views of such memory share an owner, which the runtime keeps until the memory is given back: from then on, every access
//! through any of them is refused, however the pointer that was given to `ffi.free` was come by.

use super::block::Ffi;
use crate::value::layout::{Memory, View};
use crate::value::{ErrorKind, Runtime, Thrown, TypeId, Value};

impl Ffi {
    /// Zeroed memory, as a `*void` that knows its bounds.
    pub(super) fn allocate(&self, runtime: &mut Runtime, size: usize) -> Result<Value, Thrown> {
        // SAFETY: any sizes may be asked for; NULL says that there is not so much.
        let address = unsafe { libc::calloc(size.max(1), 1) } as usize;
        if address == 0 {
            return Err(runtime.out_of_memory(size));
        }
        runtime.foreign_stores.learn(address, size);
        let type_id = runtime.types.pointer(false, TypeId::VOID);
        let owner = runtime.new_owned(Value::NIL, address, 0, (0, 0));
        runtime.allocations.insert(address, owner);
        let memory = Memory { type_id, address, owner, low: address, high: address + size, flags: 0 };
        Ok(runtime.new_view(View { memory, count: 0 }))
    }

    /// Gives memory back, once. Nothing is nil's to give back, as in C.
    pub(super) fn release(&self, runtime: &mut Runtime, address: usize) -> Result<(), Thrown> {
        if address == 0 {
            return Ok(());
        }
        let Some(owner) = runtime.allocations.remove(&address) else {
            return runtime.fail(ErrorKind::FFIError, "ffi.free takes what ffi.alloc gave, and only once");
        };
        owner.end_ownership();
        runtime.foreign_stores.forget(address);
        // SAFETY: `calloc` gave the address, and it was not freed since.
        unsafe { libc::free(address as *mut libc::c_void) };
        Ok(())
    }
}
