//! errno: one saved value, put into C's `errno` before each declared call and taken back after it, so that nothing else that
//! happens in between changes it.

use std::cell::Cell;

/// The saved value.
#[derive(Debug, Default)]
pub struct SavedErrno(Cell<i32>);

impl SavedErrno {
    pub fn get(&self) -> i32 {
        self.0.get()
    }

    pub fn set(&self, number: i32) {
        self.0.set(number);
    }

    /// C's own value on this thread.
    pub fn of_c(&self) -> i32 {
        // SAFETY: this thread's errno.
        unsafe { *location() }
    }

    /// Sets C's own value on this thread.
    pub fn set_of_c(&self, number: i32) {
        // SAFETY: this thread's errno.
        unsafe { *location() = number };
    }

    /// Runs a call into C with the saved value in place.
    #[inline(always)]
    pub fn around<T>(&self, call: impl FnOnce() -> T) -> T {
        // SAFETY: the address of this thread's errno, valid as long as the thread runs.
        let place = unsafe { location() };
        // SAFETY: as above.
        unsafe { *place = self.0.get() };
        let result = call();
        // SAFETY: as above.
        self.0.set(unsafe { *place });
        result
    }
}

#[cfg(target_os = "linux")]
unsafe fn location() -> *mut i32 {
    // SAFETY: always callable.
    unsafe { libc::__errno_location() }
}

#[cfg(target_os = "macos")]
unsafe fn location() -> *mut i32 {
    // SAFETY: always callable.
    unsafe { libc::__error() }
}

/// The text of an error number.
pub(super) fn text_of(number: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer is as long as is said. The portable form writes a text that ends with a NUL.
    unsafe { libc::strerror_r(number, buffer.as_mut_ptr().cast(), buffer.len()) };
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(0);
    String::from_utf8_lossy(&buffer[..end]).into_owned()
}
