//! The value stack and the frame stack: two runs of reserved address space, so that growing them moves nothing.

use super::function::Function;
use crate::bytecode::Instruction;
use crate::value::Value;

/// One call in progress.
///
/// ```text
///   value stack   … │ callee │ R[0] R[1] … R[register_count-1] │ …
///                            ^ base
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Frame {
    /// The code that runs.
    pub function: *const Function,
    /// The instruction behind the one that runs; up to date whenever anything but the loop itself looks.
    pub ip: *const Instruction,
    /// Register 0. The closure that runs stands right before it.
    pub base: *mut Value,
    /// Where the result goes.
    pub result: *mut Value,
    /// What is to be done when the frame is left.
    pub role: Role,
}

/// What a frame is to the one below it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Role {
    /// A call: the result is stored, and the caller goes on.
    Call,
    /// The first frame of a run of the loop: leaving it leaves the loop.
    Entry,
    /// A generator resumed by a `for`; the caller stands behind its `IterateNext`.
    Iterate,
    /// A generator resumed by `next()` or a builtin: leaving or yielding leaves the loop.
    Resume,
}

/// Values the stack has room for.
const MAXIMUM_VALUES: usize = 1 << 23;
/// Calls that may be in progress at once.
pub const MAXIMUM_FRAMES: usize = 200_000;
/// Frames kept free for what runs while a stack overflow is thrown (defers, `str` methods).
const RESERVED_FRAMES: usize = 200;
const RESERVED_VALUES: usize = 1 << 14;

/// Registers may be used this far beyond what is in use before the stack is asked again; a collection clears as much.
const CHUNK: usize = 1 << 9;

/// Both stacks.
pub struct Stack {
    pub values: *mut Value,
    pub frames: *mut Frame,
    /// The running frame; below `frames` when none is.
    pub top: *mut Frame,
    /// The last frame that a call may push.
    pub frame_limit: *mut Frame,
    /// Registers may reach up to here without asking [`Stack::make_room`]. What lies beyond has not been written since the last collection.
    pub value_limit: *mut Value,
    /// Up to where `make_room` may move that.
    hard_limit: *mut Value,
}

impl Stack {
    pub fn new() -> Stack {
        let values = reserve(MAXIMUM_VALUES * size_of::<Value>()) as *mut Value;
        let frames = reserve((MAXIMUM_FRAMES + 2) * size_of::<Frame>()) as *mut Frame;
        // SAFETY: all offsets are inside of the reserved runs.
        let mut stack = unsafe {
            // The first value stays free: a closure stands before register 0.
            let values = values.add(1);
            Stack {
                values,
                frames: frames.add(1),
                top: frames,
                frame_limit: frames,
                value_limit: values.add(CHUNK),
                hard_limit: values,
            }
        };
        stack.use_reserve(false);
        stack
    }

    /// Calls in progress.
    #[inline]
    pub fn depth(&self) -> usize {
        // SAFETY: both point into the frame stack.
        unsafe { self.top.offset_from(self.frames.sub(1)) as usize }
    }

    /// The first value that no frame uses.
    #[inline]
    pub fn free(&self) -> *mut Value {
        if self.depth() == 0 {
            return self.values;
        }
        // SAFETY: the top frame is initialised, and its registers lie in the stack.
        unsafe { (*self.top).base.add((*(*self.top).function).register_count as usize) }
    }

    /// Lets registers reach up to `end`, if there is room.
    #[cold]
    #[inline(never)]
    pub fn make_room(&mut self, end: *mut Value) -> bool {
        if end <= self.value_limit {
            return true;
        }
        if end > self.hard_limit {
            return false;
        }
        self.value_limit = end.wrapping_add(CHUNK).min(self.hard_limit);
        true
    }

    /// Whether a frame whose registers end at `end` can be pushed.
    #[inline(always)]
    pub fn has_room(&mut self, end: *mut Value) -> bool {
        self.top < self.frame_limit && (end <= self.value_limit || self.make_room(end))
    }

    /// Lets the reserve be used while an overflow is dealt with, or takes that back.
    pub fn use_reserve(&mut self, on: bool) {
        let (frames, values) = if on { (0, 0) } else { (RESERVED_FRAMES, RESERVED_VALUES) };
        // SAFETY: inside of the reserved runs.
        unsafe {
            self.frame_limit = self.frames.sub(1).add(MAXIMUM_FRAMES - frames);
            self.hard_limit = self.values.add(MAXIMUM_VALUES - 2 - values);
        }
    }

    /// The first register of the top frame that its instruction does not need.
    ///
    /// # Safety
    /// The top frame's `ip` is up to date.
    pub unsafe fn first_dead(&self) -> *mut Value {
        if self.depth() == 0 {
            return self.values;
        }
        // SAFETY: the caller's promise.
        unsafe { (*self.top).base.add((*self.top).live_registers()) }
    }

    /// Clears everything from the first dead register on, so that nothing there can refer to an object that a collection freed.
    pub fn clear_from(&mut self, first_dead: *mut Value) {
        let mut at = first_dead;
        while at < self.value_limit {
            // SAFETY: between a register of the top frame and the limit, all inside of the stack.
            unsafe {
                at.write(Value::NIL);
                at = at.add(1);
            }
        }
        // The top frame's registers are in use up to `free`, live or not.
        self.value_limit = self.free().wrapping_add(CHUNK).min(self.value_limit).max(self.free());
    }
}

impl Frame {
    /// How many of its registers the instruction that runs may still need.
    #[inline]
    pub fn live_registers(&self) -> usize {
        // SAFETY: functions are never freed.
        let function = unsafe { &*self.function };
        if function.is_holder() {
            function.register_count as usize
        } else {
            function.code.live_registers(function.index_of(self.ip))
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` reserved.
        unsafe {
            libc::munmap(self.values.sub(1).cast(), MAXIMUM_VALUES * size_of::<Value>());
            libc::munmap(self.frames.sub(1).cast(), (MAXIMUM_FRAMES + 2) * size_of::<Frame>());
        }
    }
}

/// Address space that takes memory only where it is written.
fn reserve(bytes: usize) -> *mut u8 {
    // SAFETY: an anonymous private mapping at an address of the system's choice.
    let address = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if address == libc::MAP_FAILED {
        eprintln!("fatal: the system gives no address space for the stack ({bytes} bytes)");
        std::process::exit(70);
    }
    address.cast()
}
