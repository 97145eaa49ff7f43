//! Generators: a call that can be suspended.
//!
//! A suspended generator keeps its registers in the heap. To resume it they are copied to the top of the stack and a frame is pushed;
//! `yield` copies those still needed back and pops it. So a generator runs like any other call, and may itself call as deep as it likes.

use super::Vm;
use super::function::Function;
use super::stack::Role;
use crate::bytecode::Instruction;
use crate::heap::{Header, Shape};
use crate::value::{ClosureObject, ErrorKind, Kind, Thrown, TypeId, Value};

/// Where a generator is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum GeneratorState {
    /// Before the first instruction of its body.
    Fresh = 0,
    /// At a `yield`.
    Suspended = 1,
    Running = 2,
    Done = 3,
}

/// A generator. Everything the collector must see is among the words.
#[repr(C)]
pub struct GeneratorObject {
    pub header: Header,
    /// The closure that it is a call of.
    pub closure: Value,
    /// The saved registers; null when it is done.
    registers: *mut Value,
    /// Registers that were saved.
    count: u64,
    /// Instruction to go on with.
    next: u64,
    state: GeneratorState,
}

impl GeneratorObject {
    fn function(&self) -> &'static Function {
        // SAFETY: the closure is one, and closures refer to linked functions, which are never freed.
        unsafe { &*((*self.closure.object::<ClosureObject>()).function as *const Function) }
    }
}

impl Vm {
    /// A generator of the rest of the call whose frame is on top; its `ip` is saved.
    pub(super) fn new_generator(&mut self) -> Result<Value, Thrown> {
        // SAFETY: the top frame is initialised, and its closure stands before register 0; the new objects live, because nothing collects
        // in here.
        unsafe {
            let frame = *self.stack.top;
            let function = &*frame.function;
            let live = frame.live_registers();
            let registers = self.runtime.new_values(function.register_count as usize)?;
            std::ptr::copy_nonoverlapping(frame.base, registers, live);
            let object = self.runtime.new_object::<GeneratorObject>(Kind::Generator, Shape::Words, TypeId::GENERATOR);
            (*object).closure = *frame.base.sub(1);
            (*object).registers = registers;
            (*object).count = live as u64;
            (*object).next = frame.ip.offset_from(function.instructions.as_ptr()) as u64;
            (*object).state = GeneratorState::Fresh;
            Ok(Value::of_object(object))
        }
    }

    pub fn generator_is_done(&self, generator: Value) -> bool {
        // SAFETY: the caller has a generator.
        unsafe { (*generator.object::<GeneratorObject>()).state == GeneratorState::Done }
    }

    /// What messages call it.
    pub fn generator_name(&self, generator: Value) -> &str {
        // SAFETY: the caller has a generator; functions are never freed.
        unsafe { &(*generator.object::<GeneratorObject>()).function().code.name }
    }

    /// A generator in a sentence: `the generator numbers`.
    fn generator_words(&self, generator: Value) -> String {
        match self.generator_name(generator) {
            "" => "the generator".to_string(),
            name => format!("the generator {name}"),
        }
    }

    /// Pushes the frame of a suspended generator. What it yields goes to `result`. False: it is done.
    pub(super) fn resume_generator(&mut self, generator: Value, result: *mut Value, role: Role) -> Result<bool, Thrown> {
        let object = generator.object::<GeneratorObject>();
        // SAFETY: the caller has a generator; its saved registers live as long as it does; the stack is checked before it is written.
        unsafe {
            match (*object).state {
                GeneratorState::Done => return Ok(false),
                GeneratorState::Running => {
                    let what = self.generator_words(generator);
                    return self.fail(ErrorKind::ValueError, format!("{what} is running already; it cannot resume itself"));
                }
                GeneratorState::Fresh | GeneratorState::Suspended => {}
            }
            let function = (*object).function();
            let is_fresh = (*object).state == GeneratorState::Fresh;
            let window = self.stack.free();
            // The generator itself stands two before register 0, so that it is a root while it runs.
            let base = window.add(2);
            if !self.stack.has_room(base.add(function.register_count as usize + 1)) {
                return Err(self.stack_overflow());
            }
            *window = generator;
            *window.add(1) = (*object).closure;
            std::ptr::copy_nonoverlapping((*object).registers, base, (*object).count as usize);
            (*object).state = GeneratorState::Running;
            if is_fresh && function.has_cleanup {
                // From now on the collector must close it, if it is found unreachable.
                self.runtime.heap.set_finalizer(generator.address(), Value::NIL.0);
            }
            self.push_frame(function, base, result, role);
            (*self.stack.top).ip = function.instructions.as_ptr().add((*object).next as usize);
        }
        Ok(true)
    }

    /// The generator whose frame is on top.
    unsafe fn top_generator(&self) -> *mut GeneratorObject {
        // SAFETY: `resume_generator` put it there.
        unsafe { (*(*self.stack.top).base.sub(2)).object::<GeneratorObject>() }
    }

    /// `yield`: saves the first `live` registers of the top frame, whose `ip` is saved, and pops it.
    pub(super) fn suspend_generator(&mut self, live: usize) {
        // SAFETY: the top frame is a generator's, and its saved registers have room for all of its registers.
        unsafe {
            let frame = &*self.stack.top;
            let object = self.top_generator();
            let function = &*frame.function;
            std::ptr::copy_nonoverlapping(frame.base, (*object).registers, live);
            // What is not saved must not keep anything alive.
            for index in live..(*object).count as usize {
                *(*object).registers.add(index) = Value::NIL;
            }
            (*object).count = live as u64;
            (*object).next = frame.ip.offset_from(function.instructions.as_ptr()) as u64;
            (*object).state = GeneratorState::Suspended;
            self.runtime.heap.note_rewritten((*object).registers as usize);
        }
        self.leave_frame();
    }

    /// The top frame, a generator's, is left for good.
    pub(super) fn finish_generator(&mut self) {
        // SAFETY: the top frame is a generator's.
        unsafe {
            let object = self.top_generator();
            self.mark_done(object);
        }
        self.leave_frame();
    }

    unsafe fn mark_done(&mut self, object: *mut GeneratorObject) {
        // SAFETY: the caller has a live generator.
        unsafe {
            (*object).state = GeneratorState::Done;
            (*object).registers = std::ptr::null_mut();
            (*object).count = 0;
            if (*object).function().has_cleanup {
                self.runtime.heap.clear_finalizer(Value::of_object(object).address());
            }
        }
    }

    /// Runs a generator up to its next `yield` from Rust; `None` when it has found its end.
    pub fn next_of_generator(&mut self, generator: Value) -> Result<Option<Value>, Thrown> {
        self.check_machine_stack()?;
        if !self.resume_generator(generator, std::ptr::null_mut(), Role::Resume)? {
            return Ok(None);
        }
        let value = self.run()?;
        Ok(if self.generator_is_done(generator) { None } else { Some(value) })
    }

    /// Ends a generator and runs its pending `defer`s and `finally` blocks. The last error that one of them throws is thrown when
    /// all have run.
    pub fn close_generator(&mut self, generator: Value) -> Result<(), Thrown> {
        let object = generator.object::<GeneratorObject>();
        // SAFETY: the caller has a generator.
        unsafe {
            match (*object).state {
                GeneratorState::Done => return Ok(()),
                GeneratorState::Running => {
                    let what = self.generator_words(generator);
                    return self.fail(ErrorKind::ValueError, format!("{what} is running; it cannot be closed now"));
                }
                GeneratorState::Suspended if (*object).function().has_cleanup => {}
                GeneratorState::Fresh | GeneratorState::Suspended => {
                    self.mark_done(object);
                    return Ok(());
                }
            }
        }
        self.check_machine_stack()?;
        if !self.resume_generator(generator, std::ptr::null_mut(), Role::Resume)? {
            return Ok(());
        }
        let entry = self.stack.top;
        let slot = self.runtime.held.len();
        self.runtime.held.push(Value::UNDEFINED);
        self.closing.push(slot);
        let end = match self.unwind(Thrown::Closed, entry) {
            Ok(()) => self.run().map(|_| ()),
            Err(thrown) => Err(thrown),
        };
        self.closing.pop();
        let kept = self.runtime.held[slot];
        self.runtime.held.truncate(slot);
        match end {
            Ok(()) | Err(Thrown::Closed) if kept != Value::UNDEFINED => Err(Thrown::Value(kept)),
            Ok(()) | Err(Thrown::Closed) => Ok(()),
            Err(thrown) => Err(thrown),
        }
    }

    /// Fills `Yield`s with the number of registers that they keep.
    pub(super) fn patch_yields(instructions: &mut [Instruction], code: &crate::bytecode::Code) {
        for (index, instruction) in instructions.iter_mut().enumerate() {
            if instruction.op() == crate::bytecode::Op::Yield {
                let live = code.live_registers(index);
                *instruction =
                    Instruction::abc(crate::bytecode::Op::Yield, instruction.a() as u16, live as u16, instruction.c() as u16);
            }
        }
    }
}
