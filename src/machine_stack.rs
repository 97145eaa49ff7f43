//! How much is left of the machine's stack, and more of it for walks that recurse as deep as a text nests.
//!
//! The crate `stacker` makes the room. But to know how much is left it asks the C library, which reads the list of all mappings of the
//! process for that: a fifth of the time a small script takes, and code that nothing else needs in memory. What it finds out there
//! about the main thread is known more cheaply: the stack may grow to a limit, counted from its upper end, and the system leaves the
//! addresses up to there alone.

#![allow(unsafe_code, reason = "it asks the system about the stack it stands on")]

use std::cell::Cell;

thread_local! {
    /// The lowest address that this thread's stack may reach; 0 while nobody has asked.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work` with at least `room` bytes of stack: on this one if it has them, otherwise on a new one of `size` bytes.
#[inline]
pub fn with_room<R>(room: usize, size: usize, work: impl FnOnce() -> R) -> R {
    if remaining().is_some_and(|left| left >= room) { work() } else { on_new_stack(size, work) }
}

/// Bytes that are left of this thread's stack, if that can be known.
#[inline]
pub fn remaining() -> Option<usize> {
    let limit = match LIMIT.get() {
        0 => find_limit()?,
        known => known,
    };
    Some(here().saturating_sub(limit))
}

#[cold]
#[inline(never)]
fn on_new_stack<R>(size: usize, work: impl FnOnce() -> R) -> R {
    /// Puts the limit of the stack back that is returned to, also when a panic leads there.
    struct Back(usize);
    impl Drop for Back {
        fn drop(&mut self) {
            LIMIT.set(self.0);
        }
    }
    let _back = Back(LIMIT.get());
    stacker::grow(size, || {
        LIMIT.set(0);
        work()
    })
}

/// An address near the end of what the stack is used for.
#[inline(always)]
fn here() -> usize {
    let here = 0u8;
    std::hint::black_box(&raw const here) as usize
}

#[cold]
#[inline(never)]
fn find_limit() -> Option<usize> {
    let limit = match main_limit() {
        Some(limit) => limit,
        None => here().saturating_sub(stacker::remaining_stack()?).max(1),
    };
    LIMIT.set(limit);
    Some(limit)
}

/// The limit of the main thread's own stack, if that is where this is called.
#[cfg(target_os = "linux")]
fn main_limit() -> Option<usize> {
    /// The system places mappings at least 128 MiB below the upper end.
    const MOST: usize = 64 << 20;
    // SAFETY: the calls only tell; `limit` is theirs to write.
    let (is_main, top, limit) = unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        let is_known = libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) == 0;
        // The program's name is what the system wrote first, at the upper end.
        let top = libc::getauxval(libc::AT_EXECFN) as usize;
        (is_known && libc::gettid() == libc::getpid(), top, (limit.rlim_cur as usize).min(MOST))
    };
    let is_inside = here() < top && top - here() < limit;
    (is_main && is_inside).then(|| top - limit)
}

#[cfg(not(target_os = "linux"))]
fn main_limit() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nests `depth` calls of some kilobytes each, with room made for each.
    fn nest(depth: usize) -> usize {
        let ballast = std::hint::black_box([depth as u8; 4096]);
        let below = if depth == 0 { 0 } else { with_room(64 << 10, 1 << 20, || nest(depth - 1)) };
        below + 1 + ballast[17] as usize / 256
    }

    #[test]
    fn any_depth_has_room() {
        assert_eq!(nest(100_000), 100_001);
        let left = remaining();
        assert_eq!(nest(5_000), 5_001);
        assert_eq!(remaining(), left, "the stack that is returned to is the one that was left");
    }

    #[test]
    fn a_panic_leads_back_to_the_stack_it_came_from() {
        let left = remaining();
        let caught =
            std::panic::catch_unwind(|| with_room(usize::MAX, 1 << 20, || -> () { std::panic::resume_unwind(Box::new(1)) }));
        assert!(caught.is_err());
        assert_eq!(remaining(), left);
    }

    #[test]
    fn a_new_stack_is_as_large_as_asked_for() {
        let left = with_room(usize::MAX, 3 << 20, || remaining().expect("a stack of ours"));
        assert!((2 << 20..=4 << 20).contains(&left), "{left}");
    }

    #[test]
    fn a_thread_has_what_it_was_given() {
        let thread = std::thread::Builder::new().stack_size(777 << 10).spawn(remaining).expect("a thread");
        let left = thread.join().expect("no panic").expect("known");
        // It may be given a larger stack that another thread has left.
        assert!((600 << 10..=8 << 20).contains(&left), "{left}");
    }
}
