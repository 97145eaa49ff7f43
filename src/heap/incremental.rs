//! Marking in steps, between which the program runs.
//!
//! ```text
//!   program   ───────┐ ┌────┐ ┌────┐ ┌── … ──┐ ┌────┐            ┌───────
//!   collector        └─┘    └─┘    └─┘       └─┘    └────────────┘
//!                    roots  a part of what   …      roots again, what was
//!                           they reach               written in bulk, the rest; sweep
//! ```
//!
//! The program changes what was looked into already. What keeps marking right:
//!
//! - *A reference that is written into an object is marked.* All such writes tell the heap ([`Heap::note_reference`]), whatever is
//!   marked so far: one test of a flag beside the write.
//! - *An object that is written in bulk is looked into again.* Where references are moved or copied by the run, the object around them
//!   is told ([`Heap::note_rewritten`]). It matters even if they only change places: a large object is looked into in pieces, and a
//!   reference could move from a piece that is still to come to one that was.
//! - *What others may write is looked into again at the end*: objects whose pointer map is not the language's alone. C may write them
//!   whenever it runs, be it through a pointer that it was given or one that it kept; and scripts may, as bytes or members of a union.
//!   None of that is watched. So marking ends in a pause that grows with the live memory of this sort.
//! - *Roots are looked at again at the end*: registers, variables, what Rust code holds, pins. Writes there tell nobody.
//! - *New objects are white*, and stay so until something that is marked refers to them. They need no care while they are filled, and
//!   what was only needed for a moment is freed by the collection that was under way when it was made. An object is looked into at
//!   steps only, where none is half made.
//!
//! So at the end, when nothing is gray, roots and marked objects refer to marked objects only: each reference in a marked object
//! stood there when it was last looked into, or was marked when it was written.
//!
//! Nothing is freed and no bit of the live table changes before that. If the last look finds much, which happens when the program
//! took something large to its registers or handed it over by C's memory, marking goes on in steps and there is another one.
//!
//! How far the program may run between two steps is the pace's to say, in bytes that it allocates; a program that allocates nothing
//! but writes much asks for steps by that. A small heap is marked in its first step, and then nothing of this is needed.
//!
//! Under `HeapConfig::steps` steps are as small as can be, and under `HeapConfig::verify` all marks are compared with those of a
//! marking that is not interrupted (`prove.rs`).

use std::time::{Duration, Instant};

use super::Heap;
use super::mark::Marker;

/// The budget of the first step. What it is enough for is marked at once: about a millisecond.
const FIRST_STEP: usize = 64 << 10;

/// The budget of each other step.
const STEP: usize = 24 << 10;

/// What a unit of the budget stands for where nothing is known: the bytes of a small object.
const BYTES_PER_UNIT: usize = 48;

/// So many times there is a last look that finds too much for a step.
const LAST_LOOKS: u32 = 8;

/// Writes that marked a reference after which there has to be a step.
const WRITES_PER_STEP: u32 = 1 << 16;

/// The collection under way, or the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Cycle {
    /// Steps so far.
    pub(super) steps: u32,
    /// Last looks so far.
    looks: u32,
    /// Writes since the last step that marked a reference.
    writes: u32,
    /// What looking into objects has cost so far, in units of the budget.
    pub(super) work: usize,
    /// What it cost in all in the last collection that came to its end.
    last_work: usize,
    /// The time it took.
    pub(super) marking: Duration,
    /// The time of the longest step.
    pub(super) longest: Duration,
    /// Chooses the next step's size where they are as small as can be.
    choice: u32,
}

impl Cycle {
    pub(super) fn begin(&mut self) {
        *self = Self { last_work: self.last_work, choice: self.choice, ..Self::default() };
    }

    /// Counts a step that took so long.
    pub(super) fn count_step(&mut self, took: Duration) {
        self.steps += 1;
        self.writes = 0;
        self.marking += took;
        self.longest = self.longest.max(took);
    }

    /// Counts the last step.
    pub(super) fn end(&mut self, took: Duration) {
        self.count_step(took);
        self.last_work = self.work;
    }

    /// How many steps there will be from now on at most, if the heap is made of what it was made of and has grown by so many bytes
    /// over so many.
    fn steps_ahead(&self, live: usize, since: usize) -> usize {
        let work = match live {
            0 => since / BYTES_PER_UNIT,
            _ => (self.last_work as u128 * (live + since) as u128 / live as u128) as usize,
        };
        work.saturating_sub(self.work) / STEP + 2
    }

    /// The budget of the next step where they are small: most look at one object, few at many, so that each state of the heap comes
    /// to be looked at and every collection comes to its end.
    fn small_step(&mut self) -> usize {
        self.choice = self.choice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let wide = self.last_work / 3 + 16;
        match self.choice >> 27 {
            0 => wide,
            1 => wide / 8 + 1,
            2..=4 => 16,
            _ => 1,
        }
    }
}

impl Heap {
    /// Makes a step of a collection, or all of it if it is small or urgent; says whether it has come to its end. What it frees and what
    /// `roots` has to mark is as with [`Self::collect`], for each call.
    pub fn advance(&mut self, roots: &mut dyn FnMut(&mut Marker)) -> bool {
        self.advance_watching(roots, &mut |_| {})
    }

    /// [`Self::advance`] with [`Self::collect_watching`]'s look at what was found.
    pub fn advance_watching(&mut self, roots: &mut dyn FnMut(&mut Marker), watch: &mut dyn FnMut(&mut Marker)) -> bool {
        if self.whole_requested {
            self.collect_watching(roots, watch);
            return true;
        }
        let started = Instant::now();
        let is_first = !self.is_marking;
        if is_first {
            self.begin_marking(roots);
        }
        let budget = match self.config.steps {
            true => self.cycle.small_step(),
            false if is_first => FIRST_STEP,
            false => STEP,
        };
        let is_urgent = self.pace.is_overdue();
        let mut is_done = self.mark_some(if is_urgent { usize::MAX } else { budget });
        if is_done && !is_first {
            self.look_again(roots);
            self.cycle.looks += 1;
            let is_enough = is_urgent || self.cycle.looks > LAST_LOOKS;
            is_done = self.mark_some(if is_enough { usize::MAX } else { budget });
        }
        if is_done {
            if self.config.verify && !is_first {
                self.prove_marks(roots);
            }
            self.is_marking = false;
            self.end_collection(started, watch);
            return true;
        }
        self.is_marking = true;
        self.collect_requested = false;
        let took = started.elapsed();
        self.cycle.count_step(took);
        self.count_pause(took);
        self.pace.step(self.cycle.steps_ahead(self.pace.live(), self.pace.since()));
        false
    }

    /// Marks what the program may have changed where nobody told.
    pub(super) fn look_again(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.mark_roots(roots);
        self.marker.look_again(&self.layouts);
    }

    /// Gives a collection up that has begun, if one has.
    pub(super) fn give_up_marking(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        if !self.is_marking {
            return;
        }
        if self.config.verify {
            // It could have come to its end here.
            self.mark_all();
            self.look_again(roots);
            self.mark_all();
            self.prove_marks(roots);
        }
        self.forget_marks();
    }

    /// Takes back all marks of a collection that has begun; it will begin anew.
    pub(super) fn forget_marks(&mut self) {
        self.is_marking = false;
        self.marker.abandon();
        let marks = self.space.mark_bits();
        for &span in &self.spans {
            // SAFETY: the span's pages are committed, and no other thread reads or writes the table of marks.
            unsafe { marks.clear_words(span.base() - self.space.base(), span.live_words()) };
        }
        self.pace.give_up();
    }

    /// Tells the heap that `word` was written into an object, so that marking finds what it refers to if it was there already.
    /// Needed for every reference that is written to a live object's payload, unless the object was made since the last safepoint.
    /// Numbers and the like do no harm.
    #[inline(always)]
    pub fn note_reference(&mut self, word: u64) {
        if self.is_marking {
            self.mark_written(word);
        }
    }

    /// Tells the heap that several words of the object around `address` were written, or are going to be before the next safepoint:
    /// for moves and copies, where [`Self::note_reference`] for each would be a waste.
    #[inline(always)]
    pub fn note_rewritten(&mut self, address: usize) {
        if self.is_marking {
            self.mark_rewritten(address);
        }
    }

    #[cold]
    #[inline(never)]
    fn mark_written(&mut self, word: u64) {
        self.marker.mark_word(word);
        self.count_write();
    }

    #[cold]
    #[inline(never)]
    fn mark_rewritten(&mut self, address: usize) {
        self.marker.note_rewritten(address);
        self.count_write();
    }

    fn count_write(&mut self) {
        self.cycle.writes += 1;
        if self.cycle.writes >= WRITES_PER_STEP {
            self.collect_requested = true;
        }
    }
}
