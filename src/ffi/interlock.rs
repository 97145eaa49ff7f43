//! Who holds the interpreter.
//!
//! One thread at a time does. A `@blocking` call sets it free for as long as it runs, and so does `ffi.poll()`; a callback on another
//! thread waits until it is free, takes it, runs, and gives it back. Those who took it leave in the order opposite to that in which
//! they came, since their calls stand on one stack: a *level* counts them, and a call takes the interpreter back only at its own.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long a callback on another thread waits while the script sits in one C call.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Interlock {
    /// The thread that holds the interpreter; 0 while it is free.
    holder: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Callbacks of other threads in progress.
    level: usize,
    /// Callbacks that wait.
    waiting: usize,
    /// Callbacks that were served since the start.
    served: usize,
}

/// How a callback came to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    /// On the thread that holds the interpreter.
    Same,
    /// The interpreter was taken, and is to be given back.
    Taken,
}

/// A number of the running thread, never 0.
#[inline]
fn this_thread() -> usize {
    // SAFETY: always callable.
    unsafe { libc::pthread_self() as usize }
}

impl Interlock {
    /// This thread holds the interpreter from now on.
    pub fn begin(&self) {
        self.holder.store(this_thread(), Ordering::Release);
    }

    /// Sets the interpreter free while `body` runs.
    pub fn without<T>(&self, body: impl FnOnce() -> T) -> T {
        let level = {
            let state = self.state.lock();
            self.holder.store(0, Ordering::Release);
            state.level
        };
        self.changed.notify_all();
        let result = body();
        let mut state = self.state.lock();
        while self.holder.load(Ordering::Acquire) != 0 || state.level != level {
            self.changed.wait(&mut state);
        }
        self.begin();
        result
    }

    /// Serves the callbacks that wait now.
    pub fn poll(&self) {
        let mut state = self.state.lock();
        if state.waiting == 0 {
            return;
        }
        let (level, wanted) = (state.level, state.served + state.waiting);
        self.holder.store(0, Ordering::Release);
        self.changed.notify_all();
        while self.holder.load(Ordering::Acquire) != 0 || state.level != level || state.served < wanted {
            self.changed.wait(&mut state);
        }
        self.begin();
    }

    /// Waits until a callback may run. `progress` says how far the script is: it is asked now and whenever patience ends, and if it has
    /// not changed meanwhile, `give_up` is called.
    #[inline(always)]
    pub fn enter(&self, progress: impl Fn() -> u64, give_up: impl Fn()) -> Entrance {
        let me = this_thread();
        if self.holder.load(Ordering::Acquire) == me { Entrance::Same } else { self.wait(me, progress, give_up) }
    }

    #[cold]
    fn wait(&self, me: usize, progress: impl Fn() -> u64, give_up: impl Fn()) -> Entrance {
        let mut state = self.state.lock();
        state.waiting += 1;
        let mut seen = progress();
        while self.holder.load(Ordering::Acquire) != 0 {
            if self.changed.wait_for(&mut state, PATIENCE).timed_out() {
                let now = progress();
                if now == seen && self.holder.load(Ordering::Acquire) != 0 {
                    give_up();
                }
                seen = now;
            }
        }
        state.waiting -= 1;
        state.level += 1;
        self.holder.store(me, Ordering::Release);
        Entrance::Taken
    }

    /// Gives the interpreter back.
    #[inline(always)]
    pub fn leave(&self, entrance: Entrance) {
        if entrance == Entrance::Taken {
            let mut state = self.state.lock();
            state.level -= 1;
            state.served += 1;
            self.holder.store(0, Ordering::Release);
            drop(state);
            self.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn others_run_only_while_it_is_free() {
        let lock = Arc::new(Interlock::default());
        lock.begin();
        assert_eq!(lock.enter(|| 0, || ()), Entrance::Same);
        let other = Arc::clone(&lock);
        let order = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&order);
        let thread = std::thread::spawn(move || {
            let entrance = other.enter(|| 0, || ());
            noted.lock().push("other");
            other.leave(entrance);
        });
        while lock.state.lock().waiting == 0 {
            std::thread::yield_now();
        }
        order.lock().push("script");
        lock.poll();
        order.lock().push("script again");
        thread.join().unwrap();
        assert_eq!(*order.lock(), ["script", "other", "script again"]);
    }
}
