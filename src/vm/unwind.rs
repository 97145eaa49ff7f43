//! When something is thrown: where it was, who caught it, what runs on the way.
//!
//! Nothing is paid for `try` and `defer` until an error comes. Then the frames are walked from the top: the innermost
//! [`Handler`](crate::bytecode::Handler) whose range holds the frame's instruction takes over, and a frame without one is left.
//! What cannot be caught (`os.exit`, Ctrl-C, a generator that is closed) stops at cleanups only; while one runs, a marker stands
//! for it in the cleanup's register.

use super::Vm;
use super::function::Function;
use super::native::NativeEntry;
use super::stack::{Frame, MAXIMUM_FRAMES, Role};
use crate::bytecode::HandlerKind;
use crate::source::SourceRange;
use crate::value::{ErrorKind, ErrorObject, ErrorRef, Kind, ListRef, Thrown, Value, write_value};

/// Innermost and outermost calls that a trace keeps; those between are counted.
const TRACE_INNER: usize = 64;
const TRACE_OUTER: usize = 16;

const MARKER_EXIT: Value = Value(Value::UNDEFINED.0 + 1);
const MARKER_INTERRUPTED: Value = Value(Value::UNDEFINED.0 + 2);
const MARKER_CLOSED: Value = Value(Value::UNDEFINED.0 + 3);

impl Vm {
    /// Finds who takes what was thrown, at most down to the frame `entry`, and readies that frame to go on. Without a taker all
    /// frames down to `entry` are left, and it is handed on.
    #[cold]
    #[inline(never)]
    pub(super) fn unwind(&mut self, thrown: Thrown, entry: *mut Frame) -> Result<(), Thrown> {
        self.note_thrown(&thrown);
        loop {
            // SAFETY: frames from `entry` to the top are initialised; handlers name registers of their function.
            unsafe {
                let frame = self.stack.top;
                let function = &*(*frame).function;
                let index = function.index_of((*frame).ip) as u32;
                for handler in &function.code.handlers {
                    if index < handler.start || index >= handler.end {
                        continue;
                    }
                    let register = (*frame).base.add(handler.register as usize);
                    let target = match (handler.kind, &thrown) {
                        (_, Thrown::Fatal(_)) => continue,
                        (HandlerKind::Chain, Thrown::Value(value)) => {
                            if is_marker(*register) {
                                // What is on its way cannot be replaced.
                                let marker = *register;
                                if marker == MARKER_CLOSED {
                                    self.keep_error_of_closing(*value);
                                }
                                *register = Value::NIL;
                                return self.unwind(self.thrown_of_marker(marker), entry);
                            }
                            self.chain_cause(*value, *register);
                            continue;
                        }
                        (HandlerKind::Chain, _)
                        | (HandlerKind::Catch { .. }, Thrown::Exit(_) | Thrown::Interrupted | Thrown::Closed) => {
                            continue;
                        }
                        (HandlerKind::Catch { target }, _) | (HandlerKind::Cleanup { target }, _) => target,
                    };
                    for dead in handler.live as usize..function.register_count as usize {
                        *(*frame).base.add(dead) = Value::NIL;
                    }
                    if let Thrown::Value(value) = &thrown
                        && !value.is_kind(Kind::Error)
                    {
                        self.places_of_pending.insert(register as usize, self.thrown_place);
                    }
                    *register = self.marker_of_thrown(&thrown);
                    (*frame).ip = function.instructions.as_ptr().add(target as usize);
                    if self.stack.depth() + 1000 < MAXIMUM_FRAMES {
                        self.stack.use_reserve(false);
                    }
                    return Ok(());
                }
                let role = (*frame).role;
                if matches!(role, Role::Iterate | Role::Resume) {
                    self.finish_generator();
                } else {
                    self.leave_frame();
                }
                if frame == entry {
                    return Err(thrown);
                }
            }
        }
    }

    /// What a cleanup or catch register holds for what was thrown.
    fn marker_of_thrown(&mut self, thrown: &Thrown) -> Value {
        match thrown {
            Thrown::Value(value) => *value,
            Thrown::Exit(status) => {
                self.exit_status = *status;
                MARKER_EXIT
            }
            Thrown::Interrupted => MARKER_INTERRUPTED,
            Thrown::Closed | Thrown::Fatal(_) => MARKER_CLOSED,
        }
    }

    /// What a `throw` throws. Errors keep their place themselves; of other values it is remembered here.
    #[cold]
    pub(super) fn throw(&mut self, value: Value) -> Thrown {
        self.thrown_place = self.place_for_reader();
        Thrown::Value(value)
    }

    /// Throws on what a cleanup ran for, or what no `catch` wanted, from the place where it was thrown first.
    #[cold]
    pub(super) fn rethrow(&mut self, register: *mut Value) -> Thrown {
        if let Some(place) = self.places_of_pending.remove(&(register as usize)) {
            self.thrown_place = place;
        }
        // SAFETY: the caller names a register of the frame that runs.
        self.thrown_of_marker(unsafe { *register })
    }

    /// The inverse of `marker_of_thrown`.
    pub(super) fn thrown_of_marker(&self, marker: Value) -> Thrown {
        match marker {
            MARKER_EXIT => Thrown::Exit(self.exit_status),
            MARKER_INTERRUPTED => Thrown::Interrupted,
            MARKER_CLOSED => Thrown::Closed,
            value => Thrown::Value(value),
        }
    }

    /// Keeps what a cleanup of the generator that is being closed threw: `close` throws it when the other cleanups have run.
    fn keep_error_of_closing(&mut self, value: Value) {
        if let Some(&slot) = self.closing.last() {
            let earlier = self.runtime.held[slot];
            if earlier != Value::UNDEFINED {
                self.chain_cause(value, earlier);
            }
            self.runtime.held[slot] = value;
        }
    }

    /// An error that was thrown inside a cleanup has the one that the cleanup ran for as its cause, behind the causes it has already.
    fn chain_cause(&mut self, error: Value, pending: Value) {
        let Some(last) = causes(error).last() else { return };
        let is_known = causes(error).any(|cause| cause == pending) || causes(pending).any(|cause| cause == last);
        if let Some(last) = ErrorRef::of(last)
            && last.cause().is_nil()
            && !is_known
        {
            last.set_cause(&mut self.runtime.heap, pending);
        }
    }

    /// Gives an error its place and trace, if it is thrown for the first time.
    pub(super) fn note_thrown(&mut self, thrown: &Thrown) {
        let Thrown::Value(value) = thrown else { return };
        if !value.is_kind(Kind::Error) {
            return;
        }
        let object = value.object::<ErrorObject>();
        // SAFETY: the kind says what the object is; nothing collects in here.
        unsafe {
            if !(*object).trace.is_nil() {
                return;
            }
            if (*object).range_start.is_nil() {
                let range = self.place_for_reader();
                (*object).range_start = Value::inline_int(range.start as i64);
                (*object).range_end = Value::inline_int(range.end as i64);
            }
            let trace = self.capture_trace();
            write_value(&mut self.runtime.heap, &raw mut (*object).trace, trace);
        }
    }

    /// The place of the instruction that runs: the innermost script frame's.
    pub fn current_range(&self) -> SourceRange {
        self.frames_inwards()
            .map(|(function, index)| function.code.ranges.get(index).copied().unwrap_or_default())
            .next()
            .unwrap_or_default()
    }

    /// The place that what is thrown now is shown at: the innermost one outside of the library's own code, so that the wrong argument of
    /// a `map` is shown where `map` was called.
    pub(super) fn place_for_reader(&self) -> SourceRange {
        let is_outside = |function: &Function| !function.module.key.starts_with("std:");
        match self.frames_inwards().find(|(function, _)| is_outside(function)) {
            Some((function, index)) => function.code.ranges.get(index).copied().unwrap_or_default(),
            None => self.current_range(),
        }
    }

    /// Script frames from the innermost on: function and the index of the instruction that runs.
    pub(super) fn frames_inwards(&self) -> impl Iterator<Item = (&Function, usize)> {
        let depth = self.stack.depth();
        (0..depth).filter_map(move |level| {
            // SAFETY: frames from the bottom to the top are initialised, and functions are never freed.
            unsafe {
                let frame = &*self.stack.top.sub(level);
                let function = &*frame.function;
                if function.code.instructions.is_empty() { None } else { Some((function, function.index_of(frame.ip))) }
            }
        })
    }

    /// The calls in progress in a compact form: a list of function numbers and instruction indexes; -1 and a count stand for calls
    /// left out. `Vm::trace_lines` makes it readable.
    fn capture_trace(&mut self) -> Value {
        let mut pairs: Vec<(i64, i64)> = Vec::new();
        let depth = self.stack.depth();
        let mut total = 0;
        for (function, index) in self.frames_inwards().take(TRACE_INNER) {
            pairs.push((function.number as i64, index as i64));
            total += 1;
        }
        if total == TRACE_INNER && depth > TRACE_INNER {
            let mut outer: Vec<(i64, i64)> = Vec::new();
            for level in 0..(depth - TRACE_INNER).min(TRACE_OUTER) {
                // SAFETY: as in `frames_inwards`, from the bottom.
                unsafe {
                    let frame = &*self.stack.frames.add(level);
                    let function = &*frame.function;
                    if !function.code.instructions.is_empty() {
                        outer.push((function.number as i64, function.index_of(frame.ip) as i64));
                    }
                }
            }
            let between = (depth - TRACE_INNER).saturating_sub(TRACE_OUTER);
            if between > 0 {
                pairs.push((-1, between as i64));
            }
            pairs.extend(outer.into_iter().rev());
        }
        let values: Vec<Value> =
            pairs.into_iter().flat_map(|(number, index)| [Value::inline_int(number), Value::inline_int(index)]).collect();
        self.runtime.list_of(&values).map_or(Value::NIL, |list| list.value())
    }

    /// The trace of an error, one line for each call: `function file:line:column`.
    pub fn trace_lines(&self, error: Value) -> Vec<String> {
        let mut lines = Vec::new();
        if !error.is_kind(Kind::Error) {
            return lines;
        }
        // SAFETY: the kind says what the object is.
        let trace = unsafe { (*error.object::<ErrorObject>()).trace };
        let Some(trace) = ListRef::of(trace) else { return lines };
        let mut index = 0;
        let number_at = |index: usize| trace.get(index).and_then(|value| value.to_int());
        while index + 1 < trace.len() {
            let number = number_at(index).unwrap_or(-1);
            let at = number_at(index + 1).unwrap_or(0);
            index += 2;
            match self.functions.get(number as usize) {
                Some(function) if number >= 0 => {
                    let range = function.code.ranges.get(at as usize).copied().unwrap_or_default();
                    lines.push(format!("{} {}", function.display_name(), self.sources.borrow().place(range)));
                }
                _ => lines.push(format!("… {at} more calls")),
            }
        }
        lines
    }

    // ------------------------------------------------------------ errors of the interpreter itself

    /// Shorthand for an error of one of the language's kinds.
    #[cold]
    pub fn fail<T>(&mut self, kind: ErrorKind, message: impl AsRef<str>) -> Result<T, Thrown> {
        self.runtime.fail(kind, message)
    }

    #[cold]
    pub(super) fn stack_overflow(&mut self) -> Thrown {
        let depth = self.stack.depth();
        self.stack.use_reserve(true);
        let message = format!("the stack is full: {depth} calls are in progress; is there a recursion without an end?");
        Thrown::Value(self.runtime.error(ErrorKind::StackOverflow, &message))
    }

    /// Fails when the machine's own stack is nearly used up (calls from C or builtins back into scripts, deep data).
    pub fn check_machine_stack(&mut self) -> Result<(), Thrown> {
        let here = 0u8;
        if (&raw const here as usize) > self.machine_stack_limit {
            return Ok(());
        }
        self.fail(
            ErrorKind::StackOverflow,
            "the machine's stack is full: calls through builtins or operators, or data, are nested too deeply",
        )
    }

    #[cold]
    pub(super) fn used_before_declaration(&mut self) -> Thrown {
        let name = self.source_text(self.current_range());
        self.used_early(&name)
    }

    #[cold]
    pub(super) fn used_early(&mut self, name: &str) -> Thrown {
        let message = format!("`{name}` is used before its declaration has run");
        let thrown = Thrown::Value(self.runtime.error(ErrorKind::NameError, &message));
        thrown.with_help(&mut self.runtime, "declare it above the first use that runs")
    }

    #[cold]
    pub(super) fn match_failed(&mut self, subject: Value) -> Thrown {
        let shown = match self.repr_short(subject) {
            Ok(shown) => shown,
            Err(thrown) => return thrown,
        };
        let message = format!("no arm of the match fits {shown}; add an arm, or `_ -> …` for all the rest");
        Thrown::Value(self.runtime.error(ErrorKind::MatchError, &message))
    }

    /// How `repr` shows what only the interpreter knows.
    pub(super) fn describe_value(&self, value: Value) -> Option<String> {
        match value.kind()? {
            Kind::Closure => {
                // SAFETY: closures refer to linked functions, which are never freed.
                let function = unsafe { &*((*value.object::<crate::value::ClosureObject>()).function as *const Function) };
                Some(if function.code.name.is_empty() { "<fn>".to_string() } else { format!("<fn {}>", function.code.name) })
            }
            // SAFETY: the kind says what the object is; C functions have a name.
            Kind::CFunction => {
                Some(format!("<fn {}>", unsafe { (*value.object::<crate::value::CFunctionObject>()).name }.as_str()))
            }
            Kind::Callback => match &*self.callable_name(value) {
                "<fn>" => Some("<fn>".to_string()),
                name => Some(format!("<fn {name}>")),
            },
            Kind::Native => {
                // SAFETY: the kind says what the object is; entries are static.
                let entry = unsafe { &*((*value.object::<crate::value::NativeObject>()).entry as *const NativeEntry) };
                Some(format!("<fn {}>", entry.name))
            }
            Kind::BoundMethod => {
                // SAFETY: the kind says what the object is.
                self.describe_value(unsafe { (*value.object::<crate::value::BoundMethodObject>()).function })
            }
            Kind::Generator => match self.generator_name(value) {
                "" => Some("<generator>".to_string()),
                name => Some(format!("<generator {name}>")),
            },
            Kind::Module => self.module_of(value).map(|module| format!("<module {}>", module.name)),
            _ => None,
        }
    }

    /// [`Vm::source_text`] with the names and points right before it: the whole of a path whose last name begins the range.
    pub(super) fn source_text_from_path(&self, range: SourceRange) -> String {
        let start = {
            let sources = self.sources.borrow();
            let Some(file) = sources.file(range) else { return String::new() };
            let whole = file.range();
            let before = file.slice(SourceRange::new(whole.start, range.start));
            let path = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
            whole.start + path.len() as u32
        };
        self.source_text(SourceRange::new(start, range.end))
    }

    /// The source text of a range, cut if it is long.
    pub(super) fn source_text(&self, range: SourceRange) -> String {
        let sources = self.sources.borrow();
        let text = sources.file(range).map_or("", |file| file.slice(range));
        text.lines().next().unwrap_or("").chars().take(60).collect()
    }
}

/// An error, its cause, the cause of that, and so on, errors only.
fn causes(error: Value) -> impl Iterator<Item = Value> {
    std::iter::successors(Some(error), |&error| ErrorRef::of(error).map(ErrorRef::cause))
        .take_while(|value| value.is_kind(Kind::Error))
}

fn is_marker(value: Value) -> bool {
    value == MARKER_EXIT || value == MARKER_INTERRUPTED || value == MARKER_CLOSED
}
