//! A lock for what takes some instructions: the pins of one span.
//!
//! A mutex that can let threads sleep has to find out, when it is unlocked, whether one does; that costs as much as all that is done
//! under it here. So whoever finds this one taken looks again, and soon lets other threads run in between.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::lock_api::{self, GuardSend, RawMutex};

/// Data behind a [`Latch`].
pub(super) type Latched<T> = lock_api::Mutex<Latch, T>;
pub(super) type LatchGuard<'a, T> = lock_api::MutexGuard<'a, Latch, T>;

/// Looks before the first time that other threads are let run.
const LOOKS: u32 = 64;

pub(super) struct Latch {
    taken: AtomicBool,
}

// SAFETY: `taken` changes from false to true for one thread at a time, and back only by the one that has it; acquiring sees all that was
// done before the release.
unsafe impl RawMutex for Latch {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait wants the first state of every lock as a constant")]
    const INIT: Latch = Latch { taken: AtomicBool::new(false) };
    type Guard = GuardSend;

    #[inline(always)]
    fn lock(&self) -> GuardSend {
        if self.taken.swap(true, Ordering::Acquire) {
            self.wait();
        }
        GuardSend::default()
    }

    #[inline(always)]
    fn try_lock(&self) -> Option<GuardSend> {
        (!self.taken.swap(true, Ordering::Acquire)).then(GuardSend::default)
    }

    #[inline(always)]
    unsafe fn unlock(&self, _: GuardSend) {
        self.taken.store(false, Ordering::Release);
    }

    fn is_locked(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Latch {
    #[cold]
    fn wait(&self) {
        let mut looks = 0;
        loop {
            while self.taken.load(Ordering::Relaxed) {
                looks += 1;
                if looks < LOOKS { spin_loop() } else { thread::yield_now() }
            }
            if !self.taken.swap(true, Ordering::Acquire) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_has_it() {
        let sum = Latched::new(0u64);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        let mut sum = sum.lock();
                        let before = *sum;
                        spin_loop();
                        *sum = before + 1;
                    }
                });
            }
        });
        assert_eq!(*sum.lock(), 80_000);
        let held = sum.lock();
        assert!(sum.try_lock().is_none());
        drop(held);
        assert!(sum.try_lock().is_some());
    }
}
