//! What calls from C back into a script need of the interpreter.

use super::Vm;
use super::function::Function;
use super::native::NativeEntry;
use super::stack::Role;
use crate::source::SourceRange;
use crate::value::{BoundMethodObject, CallbackObject, ClosureObject, Kind, NativeObject, Thrown, Value};
use std::rc::Rc;

impl Vm {
    /// Whether a value is a function of the language, which C can call only through a callback.
    pub fn is_script_function(value: Value) -> bool {
        matches!(value.kind(), Some(Kind::Closure | Kind::Native | Kind::BoundMethod))
    }

    /// The name of a function for messages: `compare`, `<fn>`.
    pub fn callable_name(&self, function: Value) -> Rc<str> {
        match function.kind() {
            Some(Kind::Closure) => {
                // SAFETY: closures refer to linked functions, which are never freed.
                let function = unsafe { &*((*function.object::<ClosureObject>()).function as *const Function) };
                if function.code.name.is_empty() { "<fn>".into() } else { Rc::clone(&function.code.name) }
            }
            // SAFETY: the kind says what the object is; entries are static.
            Some(Kind::Native) => unsafe { (*((*function.object::<NativeObject>()).entry as *const NativeEntry)).name.into() },
            // SAFETY: the kind says what the object is.
            Some(Kind::BoundMethod) => self.callable_name(unsafe { (*function.object::<BoundMethodObject>()).function }),
            // SAFETY: the kind says what the object is.
            Some(Kind::Callback) => unsafe { (*function.object::<CallbackObject>()).name }.as_str().into(),
            _ => "<fn>".into(),
        }
    }

    /// Whether a function of the language takes `count` arguments; else what it takes.
    pub fn check_takes(&self, function: Value, count: usize) -> Result<(), String> {
        let describe = |least: usize, most: Option<usize>| match most {
            None => format!("{least} or more"),
            Some(most) if most == least => least.to_string(),
            Some(most) => format!("{least} to {most}"),
        };
        let (least, most) = match function.kind() {
            Some(Kind::Closure) => {
                // SAFETY: closures refer to linked functions, which are never freed.
                let function = unsafe { &*((*function.object::<ClosureObject>()).function as *const Function) };
                let most = function.code.rest.is_none().then_some(function.parameter_count as usize);
                (function.required as usize, most)
            }
            Some(Kind::Native) => {
                // SAFETY: the kind says what the object is; entries are static.
                let entry = unsafe { &*((*function.object::<NativeObject>()).entry as *const NativeEntry) };
                (entry.minimum as usize, (entry.maximum != NativeEntry::ANY).then_some(entry.maximum as usize))
            }
            // SAFETY: the kind says what the object is.
            Some(Kind::BoundMethod) => {
                return self.check_takes(unsafe { (*function.object::<BoundMethodObject>()).function }, count + 1);
            }
            _ => (0, None),
        };
        if count >= least && most.is_none_or(|most| count <= most) { Ok(()) } else { Err(describe(least, most)) }
    }

    /// Runs all pending cleanups of all calls in progress, from the top, for what cannot go back through C: `os.exit` in a callback.
    /// Nothing of the interpreter's loops that wait below may go on afterwards.
    pub fn abandon(&mut self, mut thrown: Thrown) -> Thrown {
        while self.stack.depth() > 0 {
            // SAFETY: there is a top frame, and its function is never freed.
            unsafe {
                let frame = self.stack.top;
                if (*(*frame).function).is_holder() {
                    self.leave_frame();
                    continue;
                }
                if (*frame).role == Role::Call {
                    (*frame).role = Role::Entry;
                }
                thrown = match self.unwind(thrown, frame) {
                    Err(thrown) => thrown,
                    Ok(()) => match self.run() {
                        Err(thrown) => thrown,
                        Ok(_) => unreachable!("a cleanup hands on what it ran for"),
                    },
                };
            }
        }
        thrown
    }

    /// Runs `body` with the bounds of this thread's stack, where it may be another one than the script's.
    pub fn with_stack_of_this_thread<T>(&mut self, body: impl FnOnce(&mut Vm) -> T) -> T {
        let before = self.machine_stack_limit;
        self.use_this_thread();
        let result = self.reporting_on_this_thread(body);
        self.machine_stack_limit = before;
        result
    }

    /// Gives an error that C is to carry no further its place and trace while the calls it came from stand.
    pub fn note_error(&mut self, thrown: &Thrown) {
        self.note_thrown(thrown);
    }

    /// A place as messages name it: `main.cot:3:5`.
    pub fn place_text(&self, range: SourceRange) -> String {
        self.sources.borrow().place(range)
    }

    /// Ends the process after what was thrown cannot go back through C.
    pub fn end_process(&mut self, thrown: Thrown) -> ! {
        let thrown = match thrown {
            Thrown::Fatal(end) => Thrown::Fatal(end),
            other => self.abandon(other),
        };
        if let Some(foreign) = self.foreign
            && !matches!(thrown, Thrown::Fatal(_))
        {
            foreign.finish(self);
        }
        let _ = self.output.flush();
        let status = match thrown {
            Thrown::Exit(status) => status & 0xff,
            Thrown::Interrupted => 130,
            Thrown::Fatal(end) => {
                eprintln!("fatal: {}", end.message);
                for line in &end.details {
                    eprintln!("  {line}");
                }
                70
            }
            Thrown::Value(_) | Thrown::Closed => 1,
        };
        std::process::exit(status)
    }
}
