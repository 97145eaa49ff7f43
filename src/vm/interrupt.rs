//! Ctrl-C.
//!
//! The first press sets two flags that the next safepoint sees; a second one before that ends the process with status 130.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

static INTERRUPTED: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());
static ATTENTION: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());

/// From now on SIGINT sets these flags. The last caller wins; the flags are kept for the rest of the process.
pub fn catch_interrupts(interrupted: Arc<AtomicBool>, attention: Arc<AtomicBool>) {
    INTERRUPTED.store(Arc::into_raw(interrupted).cast_mut(), Ordering::SeqCst);
    ATTENTION.store(Arc::into_raw(attention).cast_mut(), Ordering::SeqCst);
    // SAFETY: the handler only touches atomics and calls `_exit`, both allowed in a signal handler. Without SA_RESTART, so that
    // a read or sleep that waits is ended.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_interrupt as extern "C" fn(libc::c_int) as usize;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(libc::SIGINT, &raw const action, std::ptr::null_mut());
    }
}

extern "C" fn on_interrupt(_signal: libc::c_int) {
    let (interrupted, attention) = (INTERRUPTED.load(Ordering::SeqCst), ATTENTION.load(Ordering::SeqCst));
    if interrupted.is_null() || attention.is_null() {
        return;
    }
    // SAFETY: both were made by `Arc::into_raw` and are never given back.
    unsafe {
        if (*interrupted).swap(true, Ordering::SeqCst) {
            super::crash::flush_pending();
            libc::_exit(130);
        }
        (*attention).store(true, Ordering::SeqCst);
    }
}
