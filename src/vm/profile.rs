//! Where a run spends its time.
//!
//! A thread asks for attention every millisecond, as Ctrl-C does; at the next safepoint the interpreter counts the time since the last
//! count for the functions that are in progress. C reaches no safepoint, so while a profile is made calls to C go through [`Watched`],
//! which counts their time for the C function. Without a profile nothing of this is there.

use super::function::Function;
use super::module::{Foreign, LinkedExterns, Module, PlannedCall};
use super::native::Arguments;
use super::{UnitTypes, Vm};
use crate::bytecode::Unit;
use crate::value::{CFunctionObject, Kind, Thrown, TypeId, Value};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(1);
/// Calls that are told apart in a recursion; what lies between them and the innermost one is left out.
const DEEPEST: usize = 200;

/// Time by the calls in progress.
pub(super) struct Profile {
    times: HashMap<Stack, Duration>,
    counted: Instant,
    /// An interval has passed since the last count.
    due: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

/// The functions in progress by their numbers, outermost first, and the C function that the innermost one called.
#[derive(PartialEq, Eq, Hash)]
struct Stack {
    functions: Vec<u32>,
    c_function: Option<Box<str>>,
}

/// One way through the program, and the time that was spent at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfiledStack {
    /// Functions of the script with the places of their definitions, outermost first: `area shapes.cot:12`.
    pub functions: Vec<String>,
    pub c_function: Option<String>,
    pub time: Duration,
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Vm {
    /// From now on the time of every function is counted.
    pub fn start_profile(&mut self) {
        let due = Arc::new(AtomicBool::new(false));
        let over = Arc::new(AtomicBool::new(false));
        let (flag, end, attention) = (Arc::clone(&due), Arc::clone(&over), Arc::clone(&self.attention));
        std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                std::thread::sleep(INTERVAL);
                flag.store(true, Ordering::Relaxed);
                attention.store(true, Ordering::Relaxed);
            }
        });
        self.profile = Some(Box::new(Profile { times: HashMap::new(), counted: Instant::now(), due, over }));
        if let Some(foreign) = self.foreign {
            // The interpreter holds it to the end of the process, as it does the FFI.
            self.foreign = Some(Box::leak(Box::new(Watched { foreign })));
        }
    }

    /// What was counted since [`Vm::start_profile`], in no order; nothing without one.
    pub fn take_profile(&mut self) -> Vec<ProfiledStack> {
        let Some(mut profile) = self.profile.take() else { return Vec::new() };
        let sources = self.sources.borrow();
        let name_of = |&number: &u32| match self.functions.get(number as usize) {
            Some(function) => format!("{} {}", function.display_name(), sources.place(function.code.range)),
            None => "…".to_string(),
        };
        let stacks = std::mem::take(&mut profile.times).into_iter();
        let named = stacks.map(|(stack, time)| ProfiledStack {
            functions: stack.functions.iter().map(name_of).collect(),
            c_function: stack.c_function.map(String::from),
            time,
        });
        named.collect()
    }

    /// Counts the time since the last count, if an interval has passed.
    #[cold]
    pub(super) fn count_time(&mut self, c_function: Option<Value>) {
        let Some(profile) = &mut self.profile else { return };
        if !profile.due.swap(false, Ordering::Relaxed) {
            return;
        }
        let mut functions = Vec::new();
        for level in 0..self.stack.depth() {
            if level >= DEEPEST && level + 1 < self.stack.depth() {
                continue;
            }
            // SAFETY: all frames below the top are initialised, and functions are never freed.
            let function: &Function = unsafe { &*(*self.stack.frames.add(level)).function };
            if !function.is_holder() {
                functions.push(function.number);
            }
        }
        let c_function = c_function.map(|function| match function.is_kind(Kind::CFunction) {
            // SAFETY: the kind says what the object is.
            true => unsafe { (*function.object::<CFunctionObject>()).name }.as_str().into(),
            false => "a C function by its pointer".into(),
        });
        let now = Instant::now();
        *profile.times.entry(Stack { functions, c_function }).or_default() += now - profile.counted;
        profile.counted = now;
    }
}

/// The FFI, with its calls timed: all of them go through [`Foreign::call`].
struct Watched {
    foreign: &'static dyn Foreign,
}

impl Foreign for Watched {
    unsafe fn call_planned(&self, _: &mut Vm, _: *mut Value, _: usize) -> PlannedCall {
        PlannedCall::NotPlanned
    }

    fn call(&self, vm: &mut Vm, function: Value, arguments: Arguments) -> Result<Value, Thrown> {
        // What ran until now was the script.
        vm.count_time(None);
        let result = self.foreign.call(vm, function, arguments);
        vm.count_time(Some(function));
        result
    }

    fn link(&self, vm: &mut Vm, unit: &Unit, module: &Module, types: &UnitTypes) -> Result<LinkedExterns, Thrown> {
        self.foreign.link(vm, unit, module, types)
    }

    fn load_block(&self, vm: &mut Vm, block: Value) -> Result<(), Thrown> {
        self.foreign.load_block(vm, block)
    }

    fn is_callable(&self, vm: &Vm, value: Value) -> bool {
        self.foreign.is_callable(vm, value)
    }

    fn member(&self, vm: &mut Vm, object: Value, name: &str) -> Result<Option<Value>, Thrown> {
        self.foreign.member(vm, object, name)
    }

    fn make_callback(&self, vm: &mut Vm, function: Value, type_id: TypeId) -> Result<Value, Thrown> {
        self.foreign.make_callback(vm, function, type_id)
    }

    fn finish(&self, vm: &mut Vm) {
        self.foreign.finish(vm);
    }

    fn get_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown> {
        self.foreign.get_variable(vm, variable)
    }

    fn set_variable(&self, vm: &mut Vm, variable: Value, value: Value) -> Result<(), Thrown> {
        self.foreign.set_variable(vm, variable, value)
    }

    fn address_of_variable(&self, vm: &mut Vm, variable: Value) -> Result<Value, Thrown> {
        self.foreign.address_of_variable(vm, variable)
    }
}
