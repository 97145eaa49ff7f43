//! Safepoints: where collections happen, whole or a step of one, finalizers run and Ctrl-C is heard.
//!
//! The loop asks [`Vm::wants_attention`] between instructions, at calls and when it jumps back. There all that lives is in
//! registers, so the roots are: for each frame the registers that its instruction may still need, and the callee before them;
//! constants, module slots and types; what builtins hold; and what the heap knows itself (pins, finalizers).

use super::Vm;
use super::function::Function;
use super::module::Module;
use super::stack::Stack;
use crate::heap::Marker;
use crate::source::SourceRange;
use crate::value::{ErrorKind, FatalEnd, Host, Kind, Thrown, Value};
use std::sync::atomic::Ordering;

impl Vm {
    /// Whether something waits for the next safepoint.
    #[inline(always)]
    pub(super) fn wants_attention(&self) -> bool {
        self.runtime.heap.collect_requested || self.attention.load(Ordering::Relaxed)
    }

    /// Does what waits: Ctrl-C, a profile, fuel, a collection, finalizers.
    #[cold]
    #[inline(never)]
    pub(super) fn safepoint(&mut self) -> Result<(), Thrown> {
        if self.interrupted.swap(false, Ordering::Relaxed) {
            self.set_attention();
            return Err(Thrown::Interrupted);
        }
        if self.profile.is_some() {
            self.count_time(None);
            self.set_attention();
        }
        if let Some(left) = self.fuel {
            let cost = (self.running().instructions.len() as u64).clamp(1, 16);
            if left < cost {
                return Err(Thrown::Fatal(Box::new(FatalEnd {
                    message: "out of fuel: the program ran for more instructions than --fuel allows".to_string(),
                    details: vec![format!("when it ran out: {}", self.sources.borrow().place(self.place_for_reader()))],
                })));
            }
            self.fuel = Some(left - cost);
        }
        let stress = self.runtime.heap.config().stress_every;
        let mut collect = self.runtime.heap.should_collect();
        if stress > 0 {
            self.safepoints += 1;
            // Deep stacks are collected under stress less often, or a stack overflow would take hours.
            if self.safepoints >= self.next_stress {
                collect = true;
                self.next_stress = self.safepoints + stress.max(self.stack.depth() as u64 / 4);
            }
        }
        if collect && self.collect(stress > 0) {
            let was_relieved = std::mem::take(&mut self.relieves_heap);
            if self.runtime.heap.over_limit() && !was_relieved {
                // What unwinding lets go of shall be free when the error is caught, so the next safepoint collects; but it must not
                // throw again, or no handler could do anything.
                self.relieves_heap = true;
                self.runtime.heap.request_collection();
                let limit = self.runtime.heap.config().max_heap;
                return Err(self.live_data_too_large(limit));
            }
        }
        if self.runtime.pinners.has_lost() {
            self.report_lost_pinners()?;
        }
        if self.runtime.heap.has_ready_finalizers() {
            self.run_finalizers()?;
        }
        Ok(())
    }

    #[cold]
    fn live_data_too_large(&mut self, limit: usize) -> Thrown {
        let message = match limit {
            usize::MAX => "out of memory: the program holds more than there are addresses for".to_string(),
            _ => format!("out of memory: what the program holds is more than the {limit} bytes that --max-heap allows"),
        };
        Thrown::Value(self.runtime.error(ErrorKind::MemoryError, &message))
    }

    /// What may be run from now on, in instructions; `None` for no limit.
    pub fn set_fuel(&mut self, fuel: Option<u64>) {
        self.fuel = fuel;
        self.set_attention();
    }

    /// Keeps the loop coming to safepoints while stress or fuel need it.
    pub(super) fn set_attention(&self) {
        let needed = self.fuel.is_some() || self.runtime.heap.config().stress_every > 0;
        self.attention.store(needed, Ordering::Relaxed);
    }

    /// Makes a step of a collection, or all of it; says whether it has come to its end. Only at a safepoint.
    fn collect(&mut self, under_stress: bool) -> bool {
        if under_stress && !self.runtime.heap.config().steps {
            self.runtime.heap.request_collection();
        }
        // SAFETY: at a safepoint all frames are initialised and their `ip`s saved.
        let first_dead = unsafe { self.stack.first_dead() };
        let Vm { runtime, stack, functions, modules, library, .. } = self;
        let is_over = runtime.advance(&mut |marker| {
            // SAFETY: as above.
            unsafe { mark_stack(stack, marker) };
            functions.iter().for_each(|function| mark_function(function, marker));
            modules.iter().for_each(|module| mark_module(module, marker));
            library.values().for_each(|value| marker.mark_word(value.0));
        });
        if is_over {
            self.stack.clear_from(first_dead);
            if self.runtime.heap.config().verify {
                self.check_verified();
            }
        }
        is_over
    }

    /// Ends the program if the verifier found the heap broken: nothing that it holds can be relied on.
    fn check_verified(&mut self) {
        let now = self.place_for_reader();
        let before = std::mem::replace(&mut self.verified_at, now);
        let Some((problem, suspect)) = self.runtime.heap.take_problem() else { return };
        let mut details = Vec::new();
        let place = |range| self.sources.borrow().place(range);
        if suspect.is_some() {
            let since = match before {
                SourceRange::NOWHERE => "before the collection at".to_string(),
                range => format!("between the collections at {} and", place(range)),
            };
            details.push(format!("it was overwritten {since} {}", place(self.verified_at)));
        }
        if let Some(found) = suspect.and_then(|at| self.runtime.heap.find_object(at - 1)) {
            let neighbour = Value::reference(found.address);
            let header = neighbour.header();
            // This one may be broken too.
            if header.kind == Kind::Block as u8 && (header.type_id as usize) < self.runtime.types.len() {
                details.push(format!("in memory right before it stands {}", self.runtime.describe_object(neighbour)));
            }
        }
        let help = "help: scripts cannot do this, C can: was it given memory of the size that it was told? @sized_by checks that at each \
                    call, and --gc=stress,verify finds the place";
        details.push(help.to_string());
        self.end_process(Thrown::Fatal(Box::new(FatalEnd { message: format!("heap verifier: {problem}"), details })))
    }

    /// Runs the finalizers of objects that the last collection found unreachable, oldest first; closes generators.
    fn run_finalizers(&mut self) -> Result<(), Thrown> {
        if self.in_finalizer || self.callback_depth > 0 {
            return Ok(());
        }
        self.in_finalizer = true;
        let ready = self.runtime.heap.take_ready_finalizers();
        let floor = self.runtime.held.len();
        for &(object, word) in &ready {
            self.runtime.held.push(Value::reference(object));
            self.runtime.held.push(Value(word));
        }
        let mut end = Ok(());
        for index in 0..ready.len() {
            let object = self.runtime.held[floor + 2 * index];
            let finalizer = self.runtime.held[floor + 2 * index + 1];
            let result = if object.is_kind(Kind::Generator) && finalizer.is_nil() {
                self.close_generator(object)
            } else {
                self.call(finalizer, &[object]).map(|_| ())
            };
            match result {
                Ok(()) | Err(Thrown::Closed) => {}
                Err(Thrown::Value(value)) => self.warn_of_error("in a finalizer", value),
                Err(thrown) => end = Err(thrown),
            }
        }
        self.runtime.held.truncate(floor);
        self.in_finalizer = false;
        end
    }
}

/// Marks the registers that the frames may still need.
///
/// # Safety
/// All frames are initialised, and their `ip`s are up to date.
unsafe fn mark_stack(stack: &Stack, marker: &mut Marker) {
    for level in 0..stack.depth() {
        // SAFETY: the caller's promise; the closure stands before register 0.
        unsafe {
            let frame = &*stack.frames.add(level);
            marker.mark_range(frame.base.sub(1) as *const u64, frame.live_registers() + 1);
        }
    }
}

fn mark_function(function: &Function, marker: &mut Marker) {
    for constant in &function.constants {
        marker.mark_word(constant.0);
    }
    for cache in &function.caches {
        // SAFETY: nothing else looks at caches during a collection.
        let cache = unsafe { &*cache.get() };
        marker.mark_word(cache.way.value.0);
        for way in &cache.others {
            marker.mark_word(way.value.0);
        }
    }
}

fn mark_module(module: &Module, marker: &mut Marker) {
    for value in module.all_slots() {
        marker.mark_word(value.0);
    }
    marker.mark_word(module.value.get().0);
}
