//! Calls from C into a script.
//!
//! A *slot* is a piece of code that C can call (`machine.rs`, or libffi's), with all that is known of the function type. It is never given
//! back to the system, so C never jumps into memory that is gone; who occupies it changes. The life of a callback:
//!
//! 1. A function of the language is given for a parameter of a C function type, or cast to such a type. A slot of the type is taken:
//!    the one that has been free for longest if many are free, else a new one. The occupant is a `CallbackObject`; the heap knows the
//!    slot's code address as an alias of it.
//! 2. C calls the code. On the script's own thread the callback runs at once; on another it waits for the interpreter
//!    (`interlock.rs`).
//! 3. If the heap knows no object by the code address any more, the callback was released: the program ends. If an earlier callback of
//!    the same C call threw, this one returns at once.
//! 4. errno is taken over, the arguments become values, the function runs, its result goes to where C looks for it, errno is put back.
//! 5. What it threw waits in [`Ffi::pending`] until the C call returns; C is given zero, or what `@on_error` says. Ends that no script
//!    can catch do not go back to C at all.
//! 6. A callback for one call is released when the call returns; another one when the collector finds it unreachable. Then the slot is
//!    free, and is not taken before many others have been.

use super::argument::{convert_to, word_to_value};
use super::block::Ffi;
use super::contract::Literal;
use super::general::GeneralCall;
use super::interlock::Entrance;
use super::machine::Entrances;
use super::plan::{Conversion, ResultPlan, conversion_of};
use super::register_class::{Passing, RegisterClass};
use super::stale::End;
use super::words::{ArgumentRegisters, Place, ResultRegisters, Taken};
use crate::source::SourceRange;
use crate::value::layout::integer_range;
use crate::value::{
    CallbackObject, Destination, ErrorKind, FunctionType, Representation, Runtime, Thrown, TypeId, TypeKind, Value,
};
use crate::vm::{MakeArguments, Vm};
use libffi::raw;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// Free slots of a type before one is taken again: a stale pointer to one is told for so long.
const SLOTS_AT_REST: usize = 256;

/// All slots.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    types: RefCell<HashMap<TypeId, Rc<SlotsOfType>>>,
    entrances: RefCell<Entrances>,
    /// Those made for calls in progress, the innermost call's last. The runtime holds them.
    for_calls: RefCell<Vec<Value>>,
}

/// The slots of one function type.
#[derive(Debug)]
struct SlotsOfType {
    shape: &'static CallbackShape,
    /// All that are in use, or were when that was last looked at.
    taken: RefCell<Vec<&'static Slot>>,
    /// The one that has been free for longest comes first.
    free: RefCell<VecDeque<&'static Slot>>,
    /// So many may be taken before it is looked which of them are free by now.
    look_at: Cell<usize>,
}

/// What is known of a function type.
#[derive(Debug)]
struct CallbackShape {
    parameters: Vec<ResultPlan>,
    /// Where the arguments stand if C comes by an entrance of our own, one place for each.
    places: Vec<Place>,
    /// Whether it can.
    has_places: bool,
    result: ResultPlan,
    /// The ints that an integer result takes.
    result_range: (i64, i64),
    conversion: Option<Conversion>,
    interface: GeneralCall,
}

/// A piece of code that C can call.
#[derive(Debug)]
struct Slot {
    ffi: &'static Ffi,
    shape: &'static CallbackShape,
    code: usize,
    /// The callback that was found to occupy it, and the heap's epoch then: it does while that is the same. Nil once it was released.
    occupant: Cell<Value>,
    found_in: Cell<usize>,
    /// The name of the last occupant's function, and where it was made.
    name: RefCell<Rc<str>>,
    place: Cell<SourceRange>,
    /// Whether that occupant was made for one call.
    is_for_call: Cell<bool>,
}

impl CallbackShape {
    fn new(runtime: &Runtime, function: &FunctionType) -> Result<CallbackShape, String> {
        let types = &runtime.types;
        if function.is_variadic {
            return Err("C calls no function of the language with a variable number of arguments".to_string());
        }
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for (i, &type_id) in function.parameters.iter().enumerate() {
            // `void` can be a result, but no parameter.
            conversion_of(types, type_id).map_err(|why| format!("parameter {} is {}, {why}", i + 1, types.name(type_id)))?;
            parameters.push(ResultPlan::of(types, type_id, &format!("parameter {}", i + 1))?);
        }
        let conversion = match function.result {
            TypeId::VOID => None,
            result => Some(conversion_of(types, result).map_err(|why| format!("the result is {}, {why}", types.name(result)))?),
        };
        let result = ResultPlan::of(types, function.result, "the result")?;
        let places = places_of(&parameters, &result);
        let (has_places, places) = (places.is_some(), places.unwrap_or_default());
        let result_range = integer_range(result.representation).unwrap_or((0, 0));
        let interface = GeneralCall::new(types, function)?;
        Ok(CallbackShape { parameters, places, has_places, result, result_range, conversion, interface })
    }

    /// Bytes that C expects at the result's place.
    fn result_size(&self) -> usize {
        if self.result.record_size > 0 { self.result.record_size } else { size_of::<u64>() }
    }
}

/// Where C's arguments stand, if all is passed as `words.rs` knows it.
fn places_of(parameters: &[ResultPlan], result: &ResultPlan) -> Option<Vec<Place>> {
    let mut taken = Taken::default();
    if result.passing == Some(Passing::ByFields) {
        return None;
    }
    if result.is_in_memory() {
        taken.word(RegisterClass::Integer);
    }
    let place = |parameter: &ResultPlan| match (parameter.passing, parameter.representation) {
        (Some(passing), _) => taken.record(passing, parameter.record_size),
        (None, Representation::F32 | Representation::F64) => Some(taken.word(RegisterClass::Double)),
        (None, _) => Some(taken.word(RegisterClass::Integer)),
    };
    parameters.iter().map(place).collect()
}

impl Ffi {
    /// `f as fn(…) -> T`: a callback that lives as long as it is reachable.
    pub(super) fn callback_value(&'static self, vm: &mut Vm, function: Value, type_id: TypeId) -> Result<Value, Thrown> {
        self.check_allowed(&mut vm.runtime)?;
        let name = vm.runtime.types.name(type_id).clone();
        self.new_callback(vm, function, type_id, false, &|| format!("the cast to {name}"))
    }

    /// A function given for a parameter, callable as long as the call runs. `number` counts the parameters from 1.
    pub(super) fn callback_for_call(
        &self,
        vm: &mut Vm,
        function: Value,
        type_id: TypeId,
        on_error: Option<Literal>,
        callee: &str,
        number: usize,
    ) -> Result<Value, Thrown> {
        let callback = self.forever().new_callback(vm, function, type_id, true, &|| format!("argument {number} of {callee}"))?;
        if let Some(literal) = on_error {
            let value = match literal {
                Literal::Nil => Value::NIL,
                Literal::Bool(value) => Value::bool(value),
                Literal::Int(number) => vm.runtime.int(number),
                Literal::Float(number) => Value::float(number),
            };
            self.set_on_error(vm, callback, value)?;
        }
        // Held, so that it lives; noted apart, since a call also holds callbacks that outlive it.
        vm.runtime.held.push(callback);
        self.callbacks.for_calls.borrow_mut().push(callback);
        Ok(callback)
    }

    fn new_callback(
        &'static self,
        vm: &mut Vm,
        function: Value,
        type_id: TypeId,
        is_for_call: bool,
        place: &dyn Fn() -> String,
    ) -> Result<Value, Thrown> {
        let known = self.callbacks.types.borrow().get(&type_id).cloned();
        let slots = match known {
            Some(slots) => slots,
            None => self.slots_of(vm, type_id)?,
        };
        let count = slots.shape.parameters.len();
        if let Err(takes) = vm.check_takes(function, count) {
            let message = format!(
                "{}: {} takes {takes} argument{}, but C calls it with {count}",
                place(),
                vm.callable_name(function),
                if takes == "1" { "" } else { "s" }
            );
            return vm.runtime.fail(ErrorKind::TypeError, message);
        }
        let slot = slots.take(self, &mut vm.runtime)?;
        let name = vm.callable_name(function);
        let name_value = vm.runtime.string_lossy(&name);
        *slot.name.borrow_mut() = name;
        slot.place.set(vm.current_range());
        slot.is_for_call.set(is_for_call);
        Ok(vm.runtime.new_callback(type_id, function, name_value, slot.code))
    }

    fn slots_of(&'static self, vm: &mut Vm, type_id: TypeId) -> Result<Rc<SlotsOfType>, Thrown> {
        let TypeKind::Function(function) = vm.runtime.types.info(type_id).kind.clone() else {
            return vm.runtime.fail(ErrorKind::TypeError, "a callback has a C function type");
        };
        let shape = match CallbackShape::new(&vm.runtime, &function) {
            Ok(shape) => shape,
            Err(why) => {
                let message = format!("no callback of type {} can be made: {why}", vm.runtime.types.name(type_id));
                return vm.runtime.fail(ErrorKind::FFIError, message);
            }
        };
        let slots = Rc::new(SlotsOfType {
            shape: Box::leak(Box::new(shape)),
            taken: RefCell::default(),
            free: RefCell::default(),
            look_at: Cell::new(SLOTS_AT_REST),
        });
        self.callbacks.types.borrow_mut().insert(type_id, slots.clone());
        Ok(slots)
    }

    /// How many callbacks are there for calls in progress.
    #[inline]
    pub(super) fn callbacks_for_calls(&self) -> usize {
        self.callbacks.for_calls.borrow().len()
    }

    /// Ends the callbacks that were made for a call: all but the first `floor`.
    #[inline]
    pub(super) fn release_callbacks_for_call(&self, runtime: &mut Runtime, floor: usize) {
        while self.callbacks_for_calls() > floor {
            let made = self.callbacks.for_calls.borrow_mut().pop();
            if let Some(callback) = made {
                self.release_callback(runtime, callback);
            }
        }
    }

    fn release_callback(&self, runtime: &mut Runtime, callback: Value) {
        let object = callback.object::<CallbackObject>();
        // SAFETY: only callbacks come here.
        let code = unsafe { (*object).code };
        if code == 0 {
            return;
        }
        runtime.heap.clear_alias(code);
        // SAFETY: as above.
        unsafe { (*object).code = 0 };
        let type_id = TypeId(callback.header().type_id);
        if let Some(slots) = self.callbacks.types.borrow().get(&type_id) {
            let mut taken = slots.taken.borrow_mut();
            if let Some(index) = taken.iter().rposition(|slot| slot.code == code) {
                let slot = taken.swap_remove(index);
                slot.occupant.set(Value::NIL);
                slots.free.borrow_mut().push_back(slot);
            }
        }
    }

    /// What a callback gives to C when it throws.
    pub(super) fn set_on_error(&self, vm: &mut Vm, callback: Value, value: Value) -> Result<(), Thrown> {
        let type_id = TypeId(callback.header().type_id);
        let shape = match self.callbacks.types.borrow().get(&type_id) {
            Some(slots) => slots.shape,
            None => return vm.runtime.fail(ErrorKind::TypeError, "ffi.on_error takes a callback"),
        };
        let object = callback.object::<CallbackObject>();
        // SAFETY: callbacks have a name.
        let name: Rc<str> = unsafe { (*object).name }.as_str().into();
        match shape.conversion {
            Some(conversion) => {
                convert_to(&mut vm.runtime, Destination::CallbackResult(&name), conversion, shape.result.type_id, value)?;
            }
            None if value.is_nil() => {}
            None => {
                return vm
                    .runtime
                    .fail(ErrorKind::TypeError, format!("the callback {name} gives nothing to C, also when it throws"));
            }
        }
        // SAFETY: the object is a callback, and this is one of its values.
        unsafe { crate::value::write_value(&mut vm.runtime.heap, &raw mut (*object).on_error, value) };
        Ok(())
    }

    /// Throws what a callback threw during the C call that just returned.
    #[inline(always)]
    pub(super) fn take_pending(&self) -> Result<(), Thrown> {
        if self.has_pending.get() { self.take_pending_slow() } else { Ok(()) }
    }

    #[cold]
    fn take_pending_slow(&self) -> Result<(), Thrown> {
        self.has_pending.set(false);
        match self.pending.borrow_mut().take() {
            Some(thrown) => Err(thrown),
            None => Ok(()),
        }
    }
}

impl SlotsOfType {
    fn take(&self, ffi: &'static Ffi, runtime: &mut Runtime) -> Result<&'static Slot, Thrown> {
        if self.taken.borrow().len() >= self.look_at.get() {
            self.find_free(runtime);
        }
        let mut free = self.free.borrow_mut();
        let rested = if free.len() > SLOTS_AT_REST { free.pop_front() } else { None };
        let slot = match rested {
            Some(slot) => slot,
            None => match Slot::new(ffi, self.shape) {
                Some(slot) => slot,
                None => return runtime.fail(ErrorKind::FFIError, "the system gives no memory for the code of another callback"),
            },
        };
        self.taken.borrow_mut().push(slot);
        Ok(slot)
    }

    /// Slots whose callback the collector found unreachable are free.
    fn find_free(&self, runtime: &Runtime) {
        let mut free = self.free.borrow_mut();
        self.taken.borrow_mut().retain(|&slot| {
            let is_taken = runtime.callback_at(slot.code).is_some();
            if !is_taken {
                free.push_back(slot);
            }
            is_taken
        });
        self.look_at.set(self.taken.borrow().len() * 2 + SLOTS_AT_REST);
    }
}

impl Slot {
    /// A slot of its own code: an entrance of ours if it can be one, else a closure of libffi's.
    fn new(ffi: &'static Ffi, shape: &'static CallbackShape) -> Option<&'static Slot> {
        let slot = |code: usize| Slot {
            ffi,
            shape,
            code,
            occupant: Cell::new(Value::NIL),
            found_in: Cell::new(0),
            name: RefCell::new("".into()),
            place: Cell::new(SourceRange::NOWHERE),
            is_for_call: Cell::new(false),
        };
        if shape.has_places && !ffi.config.by_libffi {
            let made: &'static mut Slot = Box::leak(Box::new(slot(0)));
            let code = ffi.callbacks.entrances.borrow_mut().take((&raw const *made).cast());
            if let Some(code) = code {
                made.code = code;
                return Some(made);
            }
        }
        let mut code: *mut c_void = std::ptr::null_mut();
        // SAFETY: libffi gives memory for a closure and says where its code will be.
        let closure = unsafe { raw::ffi_closure_alloc(size_of::<raw::ffi_closure>(), &raw mut code) }.cast::<raw::ffi_closure>();
        if closure.is_null() {
            return None;
        }
        let slot: &'static Slot = Box::leak(Box::new(slot(code as usize)));
        let interface = shape.interface.interface().as_raw_ptr();
        // SAFETY: the closure was just allocated; interface and slot are never freed, and `enter` takes what libffi gives.
        let status = unsafe {
            raw::ffi_prep_closure_loc(closure, interface, Some(enter), std::ptr::from_ref(slot).cast_mut().cast(), code)
        };
        (status == raw::ffi_status_FFI_OK).then_some(slot)
    }

    fn place_text(&self) -> String {
        match &*self.ffi.sources.borrow() {
            Some(sources) => {
                let place = sources.borrow().place(self.place.get());
                // The column says little of where a function was given.
                place.rsplit_once(':').map_or(place.clone(), |(line, _)| line.to_string())
            }
            None => "an unknown place".to_string(),
        }
    }

    /// The callback that occupies it; `None` if it was released.
    #[inline(always)]
    fn callback(&self, runtime: &Runtime) -> Option<Value> {
        let known = self.occupant.get();
        if self.found_in.get() == runtime.heap.epoch() && !known.is_nil() { Some(known) } else { self.find_callback(runtime) }
    }

    #[inline(never)]
    fn find_callback(&self, runtime: &Runtime) -> Option<Value> {
        let callback = runtime.callback_at(self.code)?;
        self.occupant.set(callback);
        self.found_in.set(runtime.heap.epoch());
        Some(callback)
    }

    #[cold]
    fn end_stale(&self, vm: Option<&mut Vm>) -> ! {
        let end = if self.is_for_call.get() { End::CallOver } else { End::Collected { code: self.code } };
        super::stale::end_stale(vm, &self.name.borrow(), &self.place_text(), end)
    }

    #[cold]
    fn end_waiting(&self) -> ! {
        let calling = self.ffi.calling.load(Ordering::Acquire);
        // SAFETY: plans that were called are never freed.
        let callee = if calling.is_null() { "C" } else { unsafe { &(*calling).name } };
        eprintln!(
            "fatal: callback {} was called on another thread and has waited 10 seconds while the script sits in {callee}",
            self.name.borrow()
        );
        eprintln!("  declare {callee} as @blocking, or call ffi.poll() between shorter calls");
        // Nothing is cleaned up: the script's thread may hold any lock of C's.
        // SAFETY: ends the process.
        unsafe { libc::_exit(70) }
    }

    /// # Safety
    /// Called by C: `result` has room for the result, and at least for a word; there is an argument for each parameter.
    #[inline(always)]
    unsafe fn serve(&self, result: *mut u8, arguments: impl Given) {
        let ffi = self.ffi;
        let errno = ffi.errno.of_c();
        let entrance = ffi.interlock.enter(|| ffi.calls.load(Ordering::Acquire), || self.end_waiting());
        let vm_pointer = ffi.vm.get();
        let calling = ffi.calling.load(Ordering::Acquire);
        if vm_pointer.is_null() || calling.is_null() {
            // Not from within a C call: a signal, or the end of the process.
            self.end_stale(None);
        }
        // SAFETY: the interpreter waits for the C call that this comes from, or has set itself free; nobody else uses it now.
        let vm = unsafe { &mut *vm_pointer };
        let Some(callback) = self.callback(&vm.runtime) else { self.end_stale(Some(vm)) };
        let saved = ffi.errno.get();
        ffi.errno.set(errno);
        ffi.calling.store(std::ptr::null_mut(), Ordering::Release);
        vm.callback_depth += 1;
        let floor = vm.runtime.held.len();
        vm.runtime.held.push(callback);
        // SAFETY: the caller's promise; the callback is held.
        let outcome = match entrance {
            _ if ffi.has_pending.get() => Err(None),
            Entrance::Same => unsafe { self.run(vm, callback, result, arguments) }.map_err(Some),
            Entrance::Taken => unsafe { self.run_on_this_thread(vm, callback, result, arguments) }.map_err(Some),
        };
        if let Err(thrown) = outcome {
            // SAFETY: the caller's promise; the callback is held.
            unsafe { self.fail(vm, callback, thrown, result) };
        }
        vm.runtime.held.truncate(floor);
        vm.callback_depth -= 1;
        let _ = vm.output.before_c();
        ffi.calling.store(calling, Ordering::Release);
        ffi.errno.set_of_c(ffi.errno.get());
        if entrance == Entrance::Taken {
            // Another thread's errno is not the script's.
            ffi.errno.set(saved);
        }
        ffi.interlock.leave(entrance);
    }

    /// [`Slot::run`] on another thread than the script's own.
    ///
    /// # Safety
    /// As for `serve`.
    #[cold]
    #[inline(never)]
    unsafe fn run_on_this_thread(
        &self,
        vm: &mut Vm,
        callback: Value,
        result: *mut u8,
        arguments: impl Given,
    ) -> Result<(), Thrown> {
        // SAFETY: the caller's promise.
        vm.with_stack_of_this_thread(|vm| unsafe { self.run(vm, callback, result, arguments) })
    }

    /// What C is given in place of a result. `thrown` waits until the C call returns, if it is the first thing that was thrown since.
    ///
    /// # Safety
    /// As for `serve`; the callback is held.
    #[cold]
    unsafe fn fail(&self, vm: &mut Vm, callback: Value, thrown: Option<Thrown>, result: *mut u8) {
        match thrown {
            Some(thrown @ (Thrown::Exit(_) | Thrown::Fatal(_))) => {
                vm.note_error(&thrown);
                vm.end_process(thrown)
            }
            Some(thrown) => {
                vm.note_error(&thrown);
                *self.ffi.pending.borrow_mut() = Some(thrown);
                self.ffi.has_pending.set(true);
            }
            None => {}
        }
        if self.shape.conversion.is_none() {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            std::ptr::write_bytes(result, 0, self.shape.result_size());
            let on_error = (*callback.object::<CallbackObject>()).on_error;
            if !on_error.is_nil() {
                // It was converted before, when it was set.
                let _ = self.give(vm, on_error, result);
            }
        }
    }

    /// Converts the arguments, runs the function, gives its result to C.
    ///
    /// # Safety
    /// As for `serve`.
    #[inline(always)]
    unsafe fn run(&self, vm: &mut Vm, callback: Value, result: *mut u8, arguments: impl Given) -> Result<(), Thrown> {
        // SAFETY: the callback is held, so it lives.
        let function = unsafe { (*callback.object::<CallbackObject>()).function };
        let given = vm.call_with(function, GivenTo { shape: self.shape, arguments })?;
        // SAFETY: the caller's promise.
        unsafe { self.give(vm, given, result)? };
        super::strict::check_again(&mut vm.runtime, vm.call_to_c)
    }

    /// Puts a value where C looks for the result.
    ///
    /// # Safety
    /// As for `serve`.
    #[inline(always)]
    unsafe fn give(&self, vm: &mut Vm, value: Value, result: *mut u8) -> Result<(), Thrown> {
        let Some(conversion) = self.shape.conversion else { return Ok(()) };
        if conversion == Conversion::Integer && value.is_inline_int() {
            let number = value.as_inline_int();
            let (low, high) = self.shape.result_range;
            if number >= low && number <= high {
                // SAFETY: the result has room for a word, to which narrow integers are extended.
                unsafe { result.cast::<i64>().write_unaligned(number) };
                return Ok(());
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.give_slow(vm, conversion, value, result) }
    }

    /// # Safety
    /// As for `give`.
    #[inline(never)]
    unsafe fn give_slow(&self, vm: &mut Vm, conversion: Conversion, value: Value, result: *mut u8) -> Result<(), Thrown> {
        let name = self.name.borrow().clone();
        let type_id = self.shape.result.type_id;
        let word = convert_to(&mut vm.runtime, Destination::CallbackResult(&name), conversion, type_id, value)?;
        let address = match conversion {
            Conversion::Record(_) => Some(word as usize),
            Conversion::Pointer | Conversion::Function => Some(&raw const word as usize),
            _ => None,
        };
        if let Some(address) = address {
            let kept = self.ffi.kept_in_flight(vm);
            super::check::check_callback_result(&mut vm.runtime, value, address, type_id, &kept)?;
        }
        // SAFETY: the result has room for a word, or for the struct.
        unsafe {
            match conversion {
                Conversion::Record(_) => {
                    std::ptr::copy_nonoverlapping(word as usize as *const u8, result, self.shape.result.record_size);
                }
                Conversion::F32 => result.cast::<u32>().write_unaligned(word as u32),
                // Narrow integers are extended to a word, as libffi asks for.
                _ => result.cast::<u64>().write_unaligned(word),
            }
        }
        Ok(())
    }
}

/// The arguments that C gave, of the types that a shape says.
trait Given: Copy {
    /// A number or pointer, of whose word only the bytes of its type count.
    ///
    /// # Safety
    /// The shape's parameter at the index is one, and C gave arguments for that shape; so in [`Given::record`].
    unsafe fn word(self, shape: &CallbackShape, index: usize) -> u64;

    /// Where a struct stands; one that came in two registers is put together in `pair`.
    ///
    /// # Safety
    /// See [`Given::word`].
    unsafe fn record(self, shape: &CallbackShape, index: usize, pair: &mut [u64; 2]) -> *const u8;
}

/// One place for each parameter, with a value of its type.
#[derive(Clone, Copy)]
struct Places(*const *const c_void);

/// The registers, and the words of the stack.
#[derive(Clone, Copy)]
struct Words {
    registers: *const ArgumentRegisters,
    stack: *const u64,
}

impl Given for Places {
    unsafe fn word(self, shape: &CallbackShape, index: usize) -> u64 {
        // SAFETY: libffi gives the place of a value of the parameter's type, in each arm.
        unsafe {
            let at = *self.0.add(index);
            match shape.parameters[index].representation {
                Representation::I8 | Representation::U8 | Representation::Bool | Representation::Char => *at.cast::<u8>() as u64,
                Representation::I16 | Representation::U16 => at.cast::<u16>().read_unaligned() as u64,
                Representation::I32 | Representation::U32 | Representation::F32 => at.cast::<u32>().read_unaligned() as u64,
                _ => at.cast::<u64>().read_unaligned(),
            }
        }
    }

    unsafe fn record(self, _shape: &CallbackShape, index: usize, _pair: &mut [u64; 2]) -> *const u8 {
        // SAFETY: as above.
        unsafe { (*self.0.add(index)).cast() }
    }
}

impl Given for Words {
    #[inline(always)]
    unsafe fn word(self, shape: &CallbackShape, index: usize) -> u64 {
        // SAFETY: a place was made for each parameter, a register or a word of the stack.
        unsafe {
            match *shape.places.get_unchecked(index) {
                Place::Register(number) | Place::Registers(number, _) => (*self.registers)[number as usize],
                Place::Stack(at) => *self.stack.add(at as usize),
            }
        }
    }

    unsafe fn record(self, shape: &CallbackShape, index: usize, pair: &mut [u64; 2]) -> *const u8 {
        // SAFETY: as above.
        unsafe {
            match shape.places[index] {
                Place::Register(number) => (&raw const (*self.registers)[number as usize]).cast(),
                Place::Registers(first, second) => {
                    *pair = [(*self.registers)[first as usize], (*self.registers)[second as usize]];
                    pair.as_ptr().cast()
                }
                Place::Stack(at) => self.stack.add(at as usize).cast(),
            }
        }
    }
}

/// The arguments that C gave, as values. Whoever makes it knows that they are of the shape's types.
struct GivenTo<G: Given> {
    shape: &'static CallbackShape,
    arguments: G,
}

impl<G: Given> MakeArguments for GivenTo<G> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.shape.parameters.len()
    }

    #[inline(always)]
    fn make(&self, runtime: &mut Runtime, index: usize) -> Result<Value, Thrown> {
        let parameter = &self.shape.parameters[index];
        if parameter.record_size > 0 {
            return self.make_record(runtime, index);
        }
        // SAFETY: C gave arguments for this shape.
        word_to_value(runtime, parameter, unsafe { self.arguments.word(self.shape, index) })
    }
}

impl<G: Given> GivenTo<G> {
    #[inline(never)]
    fn make_record(&self, runtime: &mut Runtime, index: usize) -> Result<Value, Thrown> {
        let mut pair = [0; 2];
        // SAFETY: C gave arguments for this shape; a struct without managed kinds, or there would be no callback.
        unsafe {
            let at = self.arguments.record(self.shape, index, &mut pair);
            runtime.record_from(self.shape.parameters[index].type_id, at)
        }
    }
}

/// What C reaches when it calls the code of a slot that libffi made.
unsafe extern "C" fn enter(_interface: *mut raw::ffi_cif, result: *mut c_void, arguments: *mut *mut c_void, slot: *mut c_void) {
    // SAFETY: the closure was prepared with a slot, which is never freed.
    let slot = unsafe { &*slot.cast::<Slot>() };
    // SAFETY: libffi gives room for the result and a place for each argument.
    guard(slot, || unsafe { slot.serve(result.cast(), Places(arguments.cast_const().cast())) });
}

/// What C reaches by one of our own entrances; the results are given to it as they are left there.
///
/// # Safety
/// `slot` is what the entrance was made with; the registers of the arguments, the words of the stack, and room for results are there.
pub(super) unsafe extern "C" fn enter_by_words(
    slot: *const c_void,
    registers: *const ArgumentRegisters,
    stack: *const u64,
    results: *mut ResultRegisters,
) {
    // SAFETY: the caller's promise; slots are never freed.
    let slot = unsafe { &*slot.cast::<Slot>() };
    let arguments = Words { registers, stack };
    let result = slot.shape.result;
    if result.is_in_memory() {
        // SAFETY: C gives the address of memory for the result as its first argument, and is given it back.
        unsafe {
            let place = (*registers)[0];
            guard(slot, || slot.serve(place as usize as *mut u8, arguments));
            (*results)[0] = place;
        }
        return;
    }
    let mut words = [0u64; 2];
    // SAFETY: as above; a result in registers has at most two words.
    unsafe {
        guard(slot, || slot.serve(words.as_mut_ptr().cast(), arguments));
        (*results)[result.registers.0 as usize] = words[0];
        (*results)[result.registers.1 as usize] = words[1];
    }
}

/// Runs what a callback does. A panic is a mistake of this program, and must not cross C's frames.
#[inline(always)]
fn guard(slot: &Slot, serve: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(serve)).is_err() {
        // The panic has told its place.
        eprintln!("fatal: internal error in callback {}", slot.name.borrow());
        std::process::abort();
    }
}
