//! What keeps objects alive, told one by one: for whoever wants to know why something was not freed.

use super::Vm;
use super::function::Function;
use crate::source::SourceRange;
use crate::value::Value;

/// Where a reference into the heap begins.
pub enum Root<'a> {
    /// A register of a call in progress, and where the function is.
    Register(&'a str, SourceRange),
    /// A top-level variable: its module and its name.
    Variable(&'a str, &'a str),
    /// A constant of a function, or what its caches remember.
    Code(&'a str),
    /// A pin.
    Pin,
    /// Something of the interpreter's own.
    Interpreter(&'static str),
}

impl Vm {
    /// Calls `visit` with every root: what scripts hold first, what the interpreter holds last. Registers count as long as the
    /// instruction that runs may still need them.
    pub fn for_each_root(&self, visit: &mut dyn FnMut(Root<'_>, Value)) {
        for module in &self.modules {
            let names = module.slot_info.borrow();
            for (slot, &value) in names.iter().zip(module.all_slots()) {
                visit(Root::Variable(&module.name, &slot.name), value);
            }
        }
        for level in 0..self.stack.depth() {
            // SAFETY: all frames below the top are initialised; the closure stands before register 0.
            let (function, range, registers) = unsafe {
                let frame = &*self.stack.frames.add(level);
                let function: &Function = &*frame.function;
                let range = function.code.ranges.get(function.index_of(frame.ip)).copied().unwrap_or_default();
                (function, range, std::slice::from_raw_parts(frame.base.sub(1), frame.live_registers() + 1))
            };
            registers.iter().for_each(|&value| visit(Root::Register(function.display_name(), range), value));
        }
        self.runtime.heap.for_each_pinned(&mut |object| visit(Root::Pin, Value::reference(object)));
        for function in &self.functions {
            function.constants.iter().for_each(|&value| visit(Root::Code(function.display_name()), value));
        }
        self.runtime.for_each_root(&mut |what, value| visit(Root::Interpreter(what), value));
        self.library.values().for_each(|&value| visit(Root::Interpreter("the library"), value));
        self.modules.iter().for_each(|module| visit(Root::Interpreter("a module"), module.value.get()));
    }
}
