//! One collection, from the request to the figures.
//!
//! 1. Roots are marked: those that the caller names, pinned objects, the words of finalizers, and what waits to be finalized.
//! 2. All that they reach is marked, all at once or in steps between which the program runs (`incremental.rs`).
//! 3. What is left of the current runs is taken back; nothing is allocated until the end.
//! 4. Weak references to what is not marked are cleared.
//! 5. What is not marked and has a finalizer is made ready, and marked with all that it reaches.
//! 6. The marks become the live bits. From here on, what is not marked is gone.
//! 7. Each span is told to begin again, and listed if it has room; empty ones give their pages back. The slots in them are not touched
//!    before they are allocated again.
//! 8. The old live bits are cleared and will take the next marks; the pace gets its next goal; memory that stays unused goes back to
//!    the system.

use std::time::{Duration, Instant};

use super::mark::Marker;
use super::size_class::PAGE_SIZE;
use super::{Heap, fatal};

/// What the heap counts over its life.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Collections so far.
    pub(super) collections: u64,
    /// Bytes of slots freed by them.
    pub(super) freed_bytes: u64,
    /// Bytes of slots allocated up to the last one.
    pub(super) allocated_bytes: u64,
    /// Objects that the last one left.
    pub(super) live_objects: usize,
    /// The time spent in all of them.
    pub(super) pause_total: Duration,
    /// The time that the program stood still for the longest of their steps.
    pub(super) pause_max: Duration,
}

/// Bytes of free pages that are not worth a call of the system to give back.
const KEPT_FREE: usize = 4 << 20;

impl Heap {
    /// Frees all objects that cannot be reached from what `roots` marks, from pinned objects and from the words of finalizers. A
    /// collection in steps that has begun is given up for this one, which sees what became unreachable since.
    ///
    /// The only way objects are ever freed, beside [`Self::advance`]. `roots` must mark all that the caller still holds, finalizers
    /// taken included.
    pub fn collect(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.collect_watching(roots, &mut |_| {});
    }

    /// [`Self::collect`], with a look at what was found: once all is marked that roots and finalizers reach, `watch` may ask which
    /// objects are not ([`Marker::is_marked`]), and mark those that it wants to keep, with all that they reach.
    pub fn collect_watching(&mut self, roots: &mut dyn FnMut(&mut Marker), watch: &mut dyn FnMut(&mut Marker)) {
        let started = Instant::now();
        self.give_up_marking(roots);
        self.begin_marking(roots);
        self.mark_all();
        self.end_collection(started, watch);
    }

    /// Step 1.
    pub(super) fn begin_marking(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.cycle.begin();
        self.marker.begin(false);
        self.mark_roots(roots);
    }

    pub(super) fn mark_roots(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.space.for_each_pinned(|object| self.marker.mark_object(object));
        self.specials.mark_roots(&mut self.marker);
        roots(&mut self.marker);
    }

    /// What is left of step 2.
    pub(super) fn mark_all(&mut self) {
        while !self.mark_some(usize::MAX) {}
    }

    /// A part of step 2: looks into objects until the budget is used up; says whether all is marked.
    pub(super) fn mark_some(&mut self, budget: usize) -> bool {
        let left = self.marker.drain(&self.layouts, budget);
        self.cycle.work += budget - left;
        left > 0
    }

    /// Steps 3 to 8, in a pause that began at `started`.
    pub(super) fn end_collection(&mut self, started: Instant, watch: &mut dyn FnMut(&mut Marker)) {
        for span in &mut self.current {
            if *span != self.nothing {
                self.pace.refund(span.run_left());
                *span = self.nothing;
            }
        }
        self.finish_marking(watch);
        self.cycle.end(started.elapsed());
        let swept_from = Instant::now();

        let before = self.pace.allocated();
        let since = self.pace.since();
        let swept = self.sweep();
        self.space.recycle_pin_bits();
        self.pace.collected(swept.bytes);
        self.trim();

        let tally = &mut self.tally;
        tally.collections += 1;
        tally.freed_bytes += (before - swept.bytes) as u64;
        tally.allocated_bytes += since as u64;
        tally.live_objects = swept.objects;
        self.count_pause(started.elapsed());
        self.collect_requested = false;
        self.whole_requested = false;

        if self.config.trace {
            self.print_trace(before, swept_from.elapsed());
        }
        if self.config.verify
            && let Err(problem) = self.verify()
        {
            if !self.tells_problems {
                fatal(&format!("heap verifier: {problem}"));
            }
            self.problem = Some(problem);
        }
    }

    /// What the verifier found in the last collection, and the object that it found it in, if it was one. Only with `tells_problems`; the
    /// heap can be looked at and not used any more.
    pub fn take_problem(&mut self) -> Option<(String, Option<usize>)> {
        Some((self.problem.take()?, self.suspect.take()))
    }

    pub(super) fn count_pause(&mut self, pause: Duration) {
        self.tally.pause_total += pause;
        self.tally.pause_max = self.tally.pause_max.max(pause);
    }

    /// Steps 4 to 6.
    fn finish_marking(&mut self, watch: &mut dyn FnMut(&mut Marker)) {
        self.specials.clear_weak(&self.marker, self.config.nil_bits);
        self.specials.ready_finalizers(&mut self.marker);
        self.mark_all();
        self.specials.ready_releases(&mut self.marker);
        self.mark_all();
        watch(&mut self.marker);
        self.mark_all();
        self.specials.prune(&self.marker);
        self.marker.forget_aliases();
        self.space.swap_bits();
    }

    /// Gives memory back that the heap will not need before the next collection.
    fn trim(&mut self) {
        if self.config.poison {
            return;
        }
        let growth = self.pace.goal().min(self.space.size()) - self.pace.live().min(self.pace.goal());
        self.pages.trim(&self.space, (growth + growth / 8).max(KEPT_FREE) / PAGE_SIZE);
    }

    fn print_trace(&self, before: usize, sweep: Duration) {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let steps = match self.cycle.steps {
            1 => String::new(),
            steps => format!(" in {steps} steps of up to {:.3} ms", milliseconds(self.cycle.longest)),
        };
        eprintln!(
            "gc {}: {} -> {} bytes, {} objects, mark {:.3} ms{steps}, sweep {:.3} ms, goal {} bytes",
            self.tally.collections,
            before,
            self.pace.live(),
            self.tally.live_objects,
            milliseconds(self.cycle.marking),
            milliseconds(sweep),
            self.pace.goal(),
        );
    }
}
