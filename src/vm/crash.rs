//! Crash reports: what is said when C, or a script through a wild C pointer, is ended by a signal.
//!
//! 1. The processor faults; the system runs `on_crash` on a stack of its own, so that this works when the machine's stack is used up.
//! 2. What the script printed and nobody has written yet goes out, then the report: signal and address, the C function with its
//!    arguments, the script's calls, and what is known of the address.
//! 3. The signal's usual action is restored, and the process dies by it, as if nobody had looked.
//!
//! Between 1 and 3 anything may be broken, C's allocator and its locks among it. So the report neither allocates nor takes a lock, and
//! C is asked to write what it printed only behind it; a second fault on the way, or a report that takes more than some seconds,
//! leads to step 3 at once.

use super::Vm;
use super::module::Module;
use crate::source::SourceRange;
use crate::value::{CFunctionObject, Kind, ListRef, Memory, TypeKind, Value};
use std::cell::OnceCell;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering};

/// The interpreter that runs, for the handler.
static RUNNING: AtomicPtr<Vm> = AtomicPtr::new(std::ptr::null_mut());
/// The thread that it runs on, as the system's C library names it.
static RUNNING_ON: AtomicUsize = AtomicUsize::new(0);
/// The signal that is being reported, 0 if none is.
static REPORTING: AtomicI32 = AtomicI32::new(0);

const SIGNALS: [(libc::c_int, &str, &str); 5] = [
    (libc::SIGSEGV, "SIGSEGV", "memory that cannot be used"),
    (libc::SIGBUS, "SIGBUS", "memory that is not there"),
    (libc::SIGFPE, "SIGFPE", "arithmetic that has no result"),
    (libc::SIGILL, "SIGILL", "an instruction that does not exist"),
    (libc::SIGABRT, "SIGABRT", "C ended the process itself"),
];
/// Room for the report's own calls.
const HANDLER_STACK: usize = 256 << 10;
/// The code of a fault that the processor gave no address for.
const SI_KERNEL: libc::c_int = 0x80;
/// A report that takes longer hangs.
const SECONDS: libc::c_uint = 5;
/// Calls that are shown.
const MOST_CALLS: usize = 40;
/// What NULL plus the offset of a field comes to at most.
const NULL_REGION: usize = 64 << 10;

/// A call of C in progress; those that callbacks made stand before those that they came from.
pub struct CallToC {
    /// The value that was called.
    pub function: Value,
    pub arguments: *const Value,
    pub count: usize,
    pub previous: *const CallToC,
}

impl CallToC {
    /// The arguments, which stay in place as long as the call runs.
    pub fn arguments(&self) -> &[Value] {
        // SAFETY: whoever made it keeps the arguments there until the call has returned.
        unsafe { std::slice::from_raw_parts(self.arguments, self.count) }
    }
}

/// A call that releases what C gave with that duty.
#[derive(Clone, Copy)]
pub struct Releasing {
    /// The call; null if none is in progress.
    pub call: *const CallToC,
    /// The place of the call that gave what is released.
    pub place: SourceRange,
}

impl Releasing {
    pub const NOTHING: Releasing = Releasing { call: std::ptr::null(), place: SourceRange::NOWHERE };
}

/// From now on a fault is reported before the process dies of it.
pub fn catch_crashes() {
    if !give_stack_to_handlers() {
        return;
    }
    // SAFETY: the handler does what a handler may.
    unsafe {
        for (signal, ..) in SIGNALS {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_crash as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
        for signal in ENDINGS {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_ending as extern "C" fn(libc::c_int) as usize;
            action.sa_flags = libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, &raw const action, &raw mut before);
            if before.sa_sigaction == libc::SIG_IGN {
                // Somebody (`nohup`) wants the program to live through it.
                libc::sigaction(signal, &raw const before, std::ptr::null_mut());
            }
        }
    }
}

/// The stack that handlers run on in one thread; given back when the thread ends.
struct HandlerStack(usize);

impl Drop for HandlerStack {
    fn drop(&mut self) {
        let none = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: no handler runs on a thread that ends, so nothing stands on the stack any more.
        unsafe {
            libc::sigaltstack(&raw const none, std::ptr::null_mut());
            libc::munmap(self.0 as *mut libc::c_void, HANDLER_STACK);
        }
    }
}

thread_local! {
    static HANDLER_STACK_OF_THREAD: OnceCell<HandlerStack> = const { OnceCell::new() };
}

/// Gives this thread a stack for handlers, unless it has one of ours; false if the system has no memory for it.
fn give_stack_to_handlers() -> bool {
    HANDLER_STACK_OF_THREAD
        .try_with(|known| {
            if known.get().is_some() {
                return true;
            }
            // SAFETY: the new memory becomes the stack of handlers, until the thread ends.
            unsafe {
                let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
                let stack = libc::mmap(std::ptr::null_mut(), HANDLER_STACK, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
                if stack == libc::MAP_FAILED {
                    return false;
                }
                let alternate = libc::stack_t { ss_sp: stack, ss_flags: 0, ss_size: HANDLER_STACK };
                libc::sigaltstack(&raw const alternate, std::ptr::null_mut());
                known.set(HandlerStack(stack as usize)).is_ok()
            }
        })
        .unwrap_or(false)
}

fn this_thread() -> usize {
    // SAFETY: it only tells.
    unsafe { libc::pthread_self() as usize }
}

/// Signals that ask the process to end: it does, once what scripts have printed is written.
const ENDINGS: [libc::c_int; 2] = [libc::SIGTERM, libc::SIGHUP];

extern "C" fn on_ending(signal: libc::c_int) {
    flush_pending();
    die(signal)
}

/// Writes what the running script has printed, as far as a signal handler can: the buffer is only read.
pub(super) fn flush_pending() {
    let running = RUNNING.load(Ordering::Acquire);
    // SAFETY: the interpreter is there until it takes itself out, and the process ends right after this.
    if let Some(vm) = unsafe { running.as_mut() } {
        let _ = vm.output.flush();
    }
}

impl Vm {
    /// Makes this the interpreter that a crash is reported for, if crashes are caught.
    pub(super) fn report_crashes_of_this(&mut self) {
        RUNNING.store(self, Ordering::Release);
        RUNNING_ON.store(this_thread(), Ordering::Release);
    }

    /// Runs `body` on a thread that C started: faults of it are faults of this interpreter, also where they use up its stack.
    pub(super) fn reporting_on_this_thread<T>(&mut self, body: impl FnOnce(&mut Vm) -> T) -> T {
        // Without a handler nobody asks.
        if RUNNING.load(Ordering::Acquire).is_null() {
            return body(self);
        }
        give_stack_to_handlers();
        let before = RUNNING_ON.swap(this_thread(), Ordering::AcqRel);
        let result = body(self);
        RUNNING_ON.store(before, Ordering::Release);
        result
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        let this: *mut Vm = self;
        let _ = RUNNING.compare_exchange(this, std::ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

extern "C" fn on_crash(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    if REPORTING.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        die(REPORTING.load(Ordering::SeqCst));
    }
    // SAFETY: a handler for the alarm and the alarm are set; both are allowed here.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_alarm as extern "C" fn(libc::c_int) as usize;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut());
        libc::alarm(SECONDS);
    }
    // SAFETY: the system gives the signal's data. A code above 0 says that it comes from a fault, and not from another process; its
    // address is set unless the system speaks for itself, as of addresses that no memory can have.
    let (address, is_wild) = unsafe {
        let is_wild = (*info).si_code == SI_KERNEL;
        let is_told = signal != libc::SIGABRT && (*info).si_code > 0 && !is_wild;
        (is_told.then(|| (*info).si_addr() as usize), is_wild)
    };
    let running = RUNNING.load(Ordering::Acquire);
    // SAFETY: the interpreter is there until it takes itself out; this thread, or one that waits, holds it, and it does not go on.
    let vm = unsafe { running.as_mut() };
    let _ = report(vm, signal, address, is_wild);
    // What C printed and has not written. This takes C's locks, so it comes last: if one is held, the alarm ends the wait.
    // SAFETY: a null stream stands for all of C's output streams.
    unsafe { libc::fflush(std::ptr::null_mut()) };
    die(signal)
}

extern "C" fn on_alarm(_signal: libc::c_int) {
    die(REPORTING.load(Ordering::SeqCst));
}

/// Ends the process by a signal's usual action.
fn die(signal: libc::c_int) -> ! {
    // SAFETY: all of these may be called in a handler.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        libc::raise(signal);
        libc::_exit(128 + signal)
    }
}

/// Standard error, without any buffer that could be broken.
struct Raw;

impl Write for Raw {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut bytes = text.as_bytes();
        while !bytes.is_empty() {
            // SAFETY: the bytes are there.
            let written = unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
            if written <= 0 {
                return Err(fmt::Error);
            }
            bytes = &bytes[written as usize..];
        }
        Ok(())
    }
}

fn report(vm: Option<&mut Vm>, signal: libc::c_int, address: Option<usize>, is_wild: bool) -> fmt::Result {
    let mut out = Raw;
    let (name, meaning) =
        SIGNALS.iter().find(|(number, ..)| *number == signal).map_or(("a signal", "a fault"), |(_, name, why)| (name, why));
    let Some(vm) = vm else {
        return writeln!(out, "fatal: {name}: {meaning}");
    };
    let _ = vm.output.flush();
    write!(out, "fatal: {name}: {meaning}")?;
    // Of the other signals the address is that of the instruction.
    let is_access = matches!(signal, libc::SIGSEGV | libc::SIGBUS);
    if let Some(address) = address {
        write!(out, ", at {} {address:#x}", if is_access { "address" } else { "instruction" })?;
    }
    writeln!(out)?;
    let is_elsewhere = RUNNING_ON.load(Ordering::Acquire) != this_thread();
    // Each callback in progress came from one of the calls in progress. If all of them have called back, a script runs.
    let is_in_c = calls_in_progress(vm) > vm.callback_depth as usize;
    if is_elsewhere {
        writeln!(out, "  on a thread that is not the script's; what follows is what the script does meanwhile")?;
    } else if !is_in_c && is_access && address.is_some() {
        writeln!(out, "  in the script, through a pointer into C's memory")?;
    }
    write_calls(&mut out, vm, is_in_c)?;
    write_stack(&mut out, vm)?;
    match address {
        Some(address) if is_access => write_address(&mut out, vm, address),
        None if is_wild && is_access => {
            writeln!(out, "  the address is none that memory can have: what was taken for a pointer is other data")?;
            write_hint(&mut out, vm)
        }
        _ => Ok(()),
    }
}

/// The calls of C in progress, the innermost first; it is in C now if `is_in_c`.
fn write_calls(out: &mut dyn Write, vm: &Vm, mut is_in_c: bool) -> fmt::Result {
    let mut call = vm.call_to_c;
    // SAFETY: a call in progress stands on the machine's stack until it returns.
    while let Some(in_progress) = unsafe { call.as_ref() } {
        write!(out, "  {} ", if is_in_c { "in C:" } else { "called back from C:" })?;
        write_call(out, vm, in_progress)?;
        writeln!(out)?;
        if std::ptr::eq(vm.releasing.call, in_progress) {
            out.write_str("  to release what C gave at ")?;
            write_place(out, vm, vm.releasing.place)?;
            writeln!(out)?;
        }
        is_in_c = false;
        call = in_progress.previous;
    }
    Ok(())
}

/// What finds out more, unless it is switched on.
fn write_hint(out: &mut dyn Write, vm: &Vm) -> fmt::Result {
    if vm.runtime.heap.config().never_reuse {
        return Ok(());
    }
    writeln!(out, "  help: run it with --gc=noreuse, which tells whether this was memory that the collector had taken back")
}

fn calls_in_progress(vm: &Vm) -> usize {
    let first = vm.call_to_c;
    // SAFETY: a call in progress stands on the machine's stack until it returns.
    std::iter::successors(unsafe { first.as_ref() }, |call| unsafe { call.previous.as_ref() }).count()
}

/// `strlen(s: cstr = 0x10)`: the function as declared, with what it was given.
fn write_call(out: &mut dyn Write, vm: &Vm, call: &CallToC) -> fmt::Result {
    let types = &vm.runtime.types;
    let mut names = Value::NIL;
    let mut signature = vm.runtime.type_of(call.function);
    let mut function: Option<&CFunctionObject> = None;
    if call.function.is_kind(Kind::CFunction) {
        // SAFETY: the kind says that a `CFunctionObject` is there.
        let declared = unsafe { &*call.function.object::<CFunctionObject>() };
        out.write_str(declared.name.to_str().unwrap_or("?"))?;
        names = declared.parameters;
        signature = crate::value::TypeId(declared.function_type as u32);
        function = Some(declared);
    } else {
        out.write_str(types.name(signature))?;
    }
    out.write_str("(")?;
    for (index, &value) in call.arguments().iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        // Those that callers leave out (`@out`) count as parameters.
        let index = function.map_or(index, |function| function.parameter_given(index));
        if let Some(name) = ListRef::of(names).and_then(|names| names.get(index)).and_then(|name| name.to_str()) {
            write!(out, "{name}: ")?;
        }
        if let TypeKind::Function(function) = &types.info(signature).kind
            && let Some(&parameter) = function.parameters.get(index)
        {
            write!(out, "{} = ", types.name(parameter))?;
        }
        write_value(out, vm, value)?;
    }
    out.write_str(")")
}

fn write_value(out: &mut dyn Write, vm: &Vm, value: Value) -> fmt::Result {
    if let Some(number) = value.to_int() {
        return write!(out, "{number}");
    }
    if value.is_float() {
        return write!(out, "{}", value.as_float());
    }
    if value.is_nil() {
        return out.write_str("nil");
    }
    if value.is_bool() {
        return write!(out, "{}", value.is_truthy());
    }
    let name = vm.runtime.types.name(vm.runtime.type_of(value));
    match Memory::of(value) {
        Some(memory) => write!(out, "{name} at {:#x}", memory.address),
        None if value.is_string() => write!(out, "a string of {} bytes", value.string_length()),
        None => write!(out, "{name}"),
    }
}

/// The script's calls, the innermost first.
fn write_stack(out: &mut dyn Write, vm: &Vm) -> fmt::Result {
    let mut shown = 0;
    let mut more = 0;
    for (function, index) in vm.frames_inwards() {
        if shown == MOST_CALLS {
            more += 1;
            continue;
        }
        let module: &Module = function.module;
        if module.key.starts_with("std:") {
            continue;
        }
        shown += 1;
        let range = function.code.ranges.get(index).copied().unwrap_or_default();
        write!(out, "  in {} ", function.display_name())?;
        write_place(out, vm, range)?;
        writeln!(out)?;
    }
    if more > 0 {
        writeln!(out, "  … {more} more calls")?;
    }
    Ok(())
}

fn write_place(out: &mut dyn Write, vm: &Vm, range: SourceRange) -> fmt::Result {
    let Ok(sources) = vm.sources.try_borrow() else { return out.write_str("(unknown place)") };
    match sources.file(range) {
        Some(file) => {
            let (line, column) = file.line_column(range.start);
            write!(out, "{}:{line}:{column}", file.name)
        }
        None => out.write_str("<built in>"),
    }
}

/// What is known of the address that could not be used.
fn write_address(out: &mut dyn Write, vm: &Vm, address: usize) -> fmt::Result {
    let runtime = &vm.runtime;
    if address < NULL_REGION {
        return match address {
            0 => writeln!(out, "  the address is NULL"),
            offset => writeln!(out, "  the address is NULL plus {offset}: a field or element of what is not there"),
        };
    }
    if let Some(found) = runtime.arenas.find(address) {
        return match found.freed_at {
            Some((start, end)) => {
                out.write_str("  the address is in an arena that was freed at ")?;
                write_place(out, vm, SourceRange::new(start, end))?;
                out.write_str("; C kept a pointer into it\n")
            }
            None => writeln!(out, "  the address is in an arena that is in use"),
        };
    }
    if runtime.heap.is_managed(address) {
        return match runtime.heap.find_object(address) {
            Some(found) => {
                let value = Value::reference(found.address);
                let name = runtime.types.name(runtime.type_of(value));
                let state = if runtime.heap.is_pinned(address) { "pinned" } else { "not pinned" };
                writeln!(out, "  the address is in managed memory: {name}, {state}")
            }
            None => {
                writeln!(out, "  the address is in managed memory that was freed: it was kept without a pin, or after unpin()")
            }
        };
    }
    if vm.is_near_end_of_stack(address) {
        return writeln!(out, "  the machine's stack is used up: C, or callbacks from C, went too deep");
    }
    writeln!(out, "  nothing is known of the address: it is neither managed memory nor in an arena")?;
    write_hint(out, vm)
}

impl Vm {
    /// The calls of C and of the script in progress, as crash reports show them.
    pub fn calls_for_report(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write_calls(&mut text, self, true).and_then(|()| write_stack(&mut text, self));
        text
    }

    /// Whether an address lies where the machine's stack ends.
    fn is_near_end_of_stack(&self, address: usize) -> bool {
        let end = self.machine_stack_limit.saturating_sub(super::MACHINE_STACK_RESERVE);
        self.machine_stack_limit != 0 && address.abs_diff(end) < super::MACHINE_STACK_RESERVE
    }
}
