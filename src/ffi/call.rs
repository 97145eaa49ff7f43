//! One call of a C function.
//!
//! 1. The arguments are converted: numbers and pointers into words, functions of the language into callbacks for this call, structs by
//!    value stay where they are; for `@out` parameters memory is made.
//! 2. What the declaration promises of them is checked (`check.rs`). Up to here C has not been called.
//! 3. The saved errno is put in place, C is called, errno is taken back.
//! 4. What a callback threw meanwhile is thrown; a result that says that the call failed is made an error.
//! 5. The result and what `@out` parameters point to become values.
//!
//! Most functions take and give only numbers, pointers and small structs, and promise nothing that has to be made or kept for a call:
//! calls of these from the interpreter's loop take the quick path (`quick.rs`). What is made here for one call stands in
//! [`Runtime::held`] until it is over.

use super::argument::{Converted, convert, promote, word_to_value};
use super::block::Ffi;
use super::check::{CheckedCall, check_arguments};
use super::contract::{Contracts, Failure};
use super::contract_check::{CallCheck, check_contracts};
use super::direct::{FEW_DOUBLES, call_doubles, call_integers};
use super::errno::text_of;
use super::general::{GeneralCall, Promoted};
use super::link::CFunction;
use super::machine;
use super::plan::{Conversion, MAX_ARGUMENTS, Plan, ResultPlan, Way};
use super::words::{CallWords, INTEGER_REGISTERS};
use crate::value::layout::wrap_integer;
use crate::value::{
    CFunctionObject, ErrorKind, ErrorRef, Kind, Memory, Representation, Runtime, Thrown, TypeId, TypeKind, Value, ViewObject,
};
use crate::vm::Vm;
use std::ffi::c_void;
use std::rc::Rc;

/// Calls a C function: an extern function, a pointer to one, or a callback.
pub fn call(ffi: &Rc<Ffi>, vm: &mut Vm, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let callee = if function.is_kind(Kind::CFunction) {
        let (address, plan) = c_function(function).bind(&mut vm.runtime)?;
        Callee { address, plan }
    } else {
        pointer_callee(ffi, vm, function)?
    };
    check_count(&mut vm.runtime, callee.plan, arguments.len())?;
    let (floor, callbacks) = (vm.runtime.held.len(), ffi.callbacks_for_calls());
    let outcome = if arguments.len().max(callee.plan.parameters.len()) <= 12 {
        call_any::<12>(ffi, vm, callee, function, arguments)
    } else {
        call_any::<MAX_ARGUMENTS>(ffi, vm, callee, function, arguments)
    };
    ffi.release_callbacks_for_call(&mut vm.runtime, callbacks);
    vm.runtime.held.truncate(floor);
    outcome
}

/// What is called.
#[derive(Clone, Copy)]
pub(super) struct Callee<'a> {
    pub address: usize,
    pub plan: &'a Plan,
}

fn pointer_callee(ffi: &Ffi, vm: &mut Vm, function: Value) -> Result<Callee<'static>, Thrown> {
    let type_id = vm.runtime.type_of(function);
    let plan = match ffi.pointer_plan(type_id) {
        Some(plan) => plan,
        None => plan_pointer(ffi, &mut vm.runtime, function)?,
    };
    let address = if function.is_kind(Kind::Callback) {
        vm.runtime.expect_code(function)?
    } else {
        // SAFETY: the kind says that a `ViewObject` is there.
        unsafe { (*function.object::<ViewObject>()).address }
    };
    Ok(Callee { address, plan })
}

/// The plan of calls through pointers of a type, made at the first.
#[cold]
fn plan_pointer(ffi: &Ffi, runtime: &mut Runtime, function: Value) -> Result<&'static Plan, Thrown> {
    let type_id = runtime.type_of(function);
    let info = runtime.types.info(type_id);
    let (TypeKind::Function(signature), true) = (&info.kind, matches!(function.kind(), Some(Kind::View | Kind::Callback))) else {
        let message = format!("{} is no C function", info.name);
        return runtime.fail(ErrorKind::TypeError, message);
    };
    let (signature, name) = (signature.clone(), info.name.clone());
    ffi.check_allowed(runtime)?;
    match Plan::new(&runtime.types, name.clone(), &signature, Contracts::default(), ffi.config.by_libffi) {
        Ok(plan) => {
            let plan: &'static Plan = Box::leak(Box::new(plan));
            ffi.add_pointer_plan(type_id, plan);
            Ok(plan)
        }
        Err(why) => runtime.fail(ErrorKind::FFIError, format!("{name}: {why}")),
    }
}

/// What is known of the extern function behind a value of `Kind::CFunction`.
#[inline]
pub(super) fn c_function(function: Value) -> &'static CFunction {
    debug_assert!(function.is_kind(Kind::CFunction));
    // SAFETY: the kind says that a `CFunctionObject` is there; it was made by `link.rs` with a `CFunction` that is never freed.
    unsafe { &*(*function.object::<CFunctionObject>()).function.cast::<CFunction>() }
}

/// The declaration of an extern function; `None` for other functions.
fn declaration_of(function: Value) -> Option<&'static CFunction> {
    function.is_kind(Kind::CFunction).then(|| c_function(function))
}

/// Rule 2 of pins: nothing that C could follow may be unpinned.
#[inline]
pub(super) fn check_pins(
    runtime: &mut Runtime,
    callee: &Callee,
    function: Value,
    arguments: &[Value],
    sizes: &[Option<usize>],
) -> Result<(), Thrown> {
    let parameters = if function.is_kind(Kind::CFunction) {
        // SAFETY: the kind says that a `CFunctionObject` is there.
        unsafe { (*function.object::<CFunctionObject>()).parameters }
    } else {
        Value::NIL
    };
    let types: &[TypeId] = &callee.plan.types;
    let has_records = callee.plan.has_records;
    check_arguments(runtime, CheckedCall { name: &callee.plan.name, parameters, types, arguments, has_records, sizes })
}

fn check_count(runtime: &mut Runtime, plan: &Plan, count: usize) -> Result<(), Thrown> {
    let wanted = plan.given;
    if count == wanted || (count > wanted && plan.is_variadic && plan.parameters.len() + (count - wanted) <= MAX_ARGUMENTS) {
        return Ok(());
    }
    let many = if wanted == 1 { "" } else { "s" };
    let message = if count > wanted && plan.is_variadic {
        format!("{} is given {count} arguments, and at most {MAX_ARGUMENTS} can be passed", plan.name)
    } else {
        let least = if plan.is_variadic { "at least " } else { "" };
        format!("{} takes {least}{wanted} argument{many}, not {count}", plan.name)
    };
    runtime.fail(ErrorKind::TypeError, message)
}

/// The error with its marker under the argument as the caller counts: those that are left out do not stand in the call.
#[cold]
fn as_given(plan: &Plan, thrown: Thrown) -> Thrown {
    if let Some(error) = ErrorRef::of_thrown(&thrown)
        && let Some(number) = error.argument().to_int()
    {
        let is_out = |i: usize| plan.contracts.parameter(i).is_some_and(|contract| contract.is_out);
        let left_out = (0..number as usize).filter(|&i| is_out(i)).count();
        error.set_argument(number - left_out as i64);
    }
    thrown
}

/// Words of structs by value that fit a call's own frame.
const STRUCT_WORDS: usize = 32;

/// A call of any shape.
fn call_any<const N: usize>(
    ffi: &Rc<Ffi>,
    vm: &mut Vm,
    callee: Callee,
    function: Value,
    arguments: &[Value],
) -> Result<Value, Thrown> {
    let plan = callee.plan;
    let declared = plan.parameters.len();
    // One value and one word for each parameter; the value of an `@out` parameter is the memory made for it.
    let mut values = [Value::NIL; N];
    let mut words = [0u64; N];
    let mut given = arguments.iter().copied();
    for (i, parameter) in plan.parameters.iter().enumerate() {
        let contract = plan.contracts.parameter(i);
        if contract.is_some_and(|contract| contract.is_out) {
            let target = vm.runtime.types.info(parameter.type_id).target;
            let memory = vm.runtime.new_one(target)?;
            vm.runtime.held.push(memory);
            values[i] = memory;
            words[i] = Memory::of(memory).map_or(0, |memory| memory.address) as u64;
            continue;
        }
        values[i] = given.next().unwrap_or(Value::NIL);
        words[i] = match parameter.conversion {
            Conversion::Function if Vm::is_script_function(values[i]) => {
                let on_error = contract.and_then(|contract| contract.on_error);
                let callback = ffi.callback_for_call(vm, values[i], parameter.type_id, on_error, &plan.name, i + 1)?;
                values[i] = callback;
                vm.runtime.expect_code(callback)? as u64
            }
            _ => convert(&mut vm.runtime, &plan.name, i, parameter, values[i]).map_err(|thrown| as_given(plan, thrown))?,
        };
    }
    let more = &arguments[plan.given.min(arguments.len())..];
    let mut kinds = [Promoted::Integer; N];
    for (i, &argument) in more.iter().enumerate() {
        let Converted { kind, word } = promote(&mut vm.runtime, &plan.name, declared + i, argument)?;
        (kinds[i], words[declared + i]) = (kind, word);
    }
    let mut sizes = [None; N];
    if !plan.contracts.parameters.is_empty() {
        let check = CallCheck { plan, values: &values[..declared] };
        check_contracts(&mut vm.runtime, &check, &mut sizes).map_err(|thrown| as_given(plan, thrown))?;
    }
    if plan.has_pointers {
        let mut all = [Value::NIL; N];
        all[..declared].copy_from_slice(&values[..declared]);
        all[declared..declared + more.len()].copy_from_slice(more);
        check_pins(&mut vm.runtime, &callee, function, &all[..declared + more.len()], &sizes[..declared])?;
    }
    hold_what_structs_point_to(&mut vm.runtime, plan, &values[..declared]);
    let mut result = ResultPlace::new(&plan.result);
    match &plan.way {
        Way::General(general) => {
            let kinds = &kinds[..more.len()];
            call_general::<N>(ffi, vm, callee, general, &mut words, kinds, &mut result)?;
        }
        Way::Integers => {
            let mut registers = [0; INTEGER_REGISTERS];
            registers[..declared].copy_from_slice(&words[..declared]);
            // SAFETY: the plan chose the shape by the declaration; that the declaration is right is the script's promise.
            result.few[0] = ffi.run_c(vm, plan, || unsafe { call_integers(callee.address, &registers) });
        }
        Way::Doubles => {
            let mut registers = [0; FEW_DOUBLES];
            registers[..declared].copy_from_slice(&words[..declared]);
            // SAFETY: as above.
            result.few[0] = ffi.run_c(vm, plan, || unsafe { call_doubles(callee.address, &registers) });
        }
        Way::Words(taken) => {
            let mut taken = *taken;
            let mut placed = CallWords::new(taken.stack as usize + more.len());
            for (parameter, &word) in plan.parameters.iter().zip(&words) {
                // SAFETY: of a struct, `convert` gave the address.
                unsafe { placed.put_argument(parameter, word) };
            }
            for (kind, &word) in kinds[..more.len()].iter().zip(&words[declared..]) {
                placed.put(taken.word(kind.class()), word);
            }
            if plan.result.is_in_memory() {
                placed.registers[0] = result.address() as u64;
            }
            // SAFETY: the plan placed the words by the declaration; that the declaration is right is the script's promise.
            let mut given = [0; 4];
            ffi.run_c(vm, plan, || unsafe { machine::call(callee.address, &mut placed, taken.doubles, &mut given) });
            if !plan.result.is_in_memory() {
                let (first, second) = plan.result.registers;
                (result.few[0], result.few[1]) = (given[first as usize], given[second as usize]);
            }
        }
    }
    ffi.take_pending()?;
    let word = result.word();
    if let Some(failure) = plan.contracts.failure {
        check_failure(ffi, vm, plan, function, failure, word)?;
    }
    collect_results(ffi, vm, plan, function, &result, &values[..declared])
}

/// A call by libffi.
#[allow(clippy::too_many_arguments, reason = "the parts of one call, which stand on its caller's frame")]
fn call_general<const N: usize>(
    ffi: &Ffi,
    vm: &mut Vm,
    callee: Callee,
    general: &GeneralCall,
    words: &mut [u64; N],
    kinds: &[Promoted],
    result: &mut ResultPlace,
) -> Result<(), Thrown> {
    let plan = callee.plan;
    let declared = plan.parameters.len();
    let more = if kinds.is_empty() {
        None
    } else {
        match general.with_more(kinds) {
            Ok(more) => Some(more),
            Err(why) => return vm.runtime.fail(ErrorKind::FFIError, format!("{}: {why}", plan.name)),
        }
    };
    let record_of = |i: usize| match plan.parameters.get(i).map(|parameter| (parameter.conversion, parameter.type_id)) {
        Some((Conversion::Record(_), type_id)) => Some(type_id),
        _ => None,
    };
    // libffi reads whole words: structs are copied to where there are some.
    let count = declared + kinds.len();
    let needed: usize = (0..count)
        .filter_map(record_of)
        .map(|type_id| vm.runtime.types.info(type_id).size.next_multiple_of(16) as usize / 8)
        .sum();
    if needed * 8 > super::register_class::MAX_BY_VALUE as usize {
        return vm.runtime.fail(ErrorKind::FFIError, format!("{}: its structs by value take {} bytes", plan.name, needed * 8));
    }
    let mut few = [0u64; STRUCT_WORDS];
    let mut many = Vec::new();
    let copies: &mut [u64] = if needed <= STRUCT_WORDS {
        &mut few
    } else {
        many.resize(needed, 0u64);
        &mut many
    };
    let mut at = 0;
    let mut places = [std::ptr::null_mut::<c_void>(); N];
    for i in 0..count {
        places[i] = match record_of(i) {
            Some(type_id) => {
                let size = vm.runtime.types.info(type_id).size as usize;
                let place = copies[at..].as_mut_ptr();
                // SAFETY: the struct value has so many bytes, and the copies have room for all of them.
                unsafe { std::ptr::copy_nonoverlapping(words[i] as usize as *const u8, place.cast::<u8>(), size) };
                at += size.next_multiple_of(16) / 8;
                place.cast()
            }
            None => (&raw mut words[i]).cast(),
        };
    }
    let place = result.address() as *mut c_void;
    // SAFETY: the arguments are of the types that the function was declared with; that the declaration is right is the script's
    // promise.
    ffi.run_c(vm, plan, || unsafe { general.call(callee.address, &mut places[..count], more.as_deref(), place) });
    Ok(())
}

/// Keeps what the pointers in structs by value point to, whatever becomes of the structs during the call.
fn hold_what_structs_point_to(runtime: &mut Runtime, plan: &Plan, values: &[Value]) {
    for (parameter, &value) in plan.parameters.iter().zip(values) {
        let Conversion::Record(_) = parameter.conversion else { continue };
        let Some(memory) = Memory::of(value) else { continue };
        let offsets = runtime.types.info(parameter.type_id).pointers.clone();
        for &offset in offsets.iter() {
            // SAFETY: the offset lies within the struct value.
            let word = unsafe { ((memory.address + offset as usize) as *const usize).read_unaligned() };
            let address = runtime.heap.resolve_alias(word);
            if runtime.heap.is_managed(address)
                && let Some(found) = runtime.heap.find_object(address)
            {
                runtime.held.push(Value::reference(found.address));
            }
        }
    }
}

/// Where the result of a call goes.
struct ResultPlace {
    few: [u64; 8],
    many: Vec<u64>,
}

impl ResultPlace {
    fn new(result: &ResultPlan) -> ResultPlace {
        let words = result.record_size.div_ceil(8) + 1;
        ResultPlace { few: [0; 8], many: if words > 8 { vec![0; words] } else { Vec::new() } }
    }

    fn address(&mut self) -> *mut u64 {
        if self.many.is_empty() { self.few.as_mut_ptr() } else { self.many.as_mut_ptr() }
    }

    fn bytes(&self) -> *const u8 {
        if self.many.is_empty() { self.few.as_ptr().cast() } else { self.many.as_ptr().cast() }
    }

    fn word(&self) -> u64 {
        self.few[0]
    }
}

/// The result, then what `@out` parameters hold.
fn collect_results(
    ffi: &Rc<Ffi>,
    vm: &mut Vm,
    plan: &Plan,
    function: Value,
    place: &ResultPlace,
    values: &[Value],
) -> Result<Value, Thrown> {
    let declared = declaration_of(function);
    let floor = vm.runtime.held.len();
    if plan.result.type_id != TypeId::VOID && plan.contracts.failure != Some(Failure::NonZero) {
        let value = if plan.result.record_size > 0 {
            // SAFETY: the place was made for the result; one that holds managed kinds has no plan.
            unsafe { vm.runtime.record_from(plan.result.type_id, place.bytes())? }
        } else {
            let value = word_to_value(&mut vm.runtime, &plan.result, place.word())?;
            match (&plan.contracts.owned, declared) {
                (Some(_), Some(declared)) => {
                    let release = declared.release(&mut vm.runtime, None)?;
                    ffi.own(vm, value, release)?
                }
                _ => value,
            }
        };
        vm.runtime.held.push(value);
    }
    for (i, contract) in plan.contracts.parameters.iter().enumerate().filter(|(_, contract)| contract.is_out) {
        let memory = values[i];
        let target = vm.runtime.types.info(plan.parameters[i].type_id).target;
        let info = vm.runtime.types.info(target);
        let value = match (info.representation, Memory::of(memory)) {
            (Representation::Record, _) | (_, None) => memory,
            // SAFETY: the memory was made for a value of this type.
            (representation, Some(at)) => unsafe { vm.runtime.load(memory, at.address, representation, target)? },
        };
        let value = match (&contract.owned, declared) {
            (Some(_), Some(declared)) => {
                let release = declared.release(&mut vm.runtime, Some(i))?;
                ffi.own(vm, value, release)?
            }
            _ => value,
        };
        vm.runtime.held.push(value);
    }
    match vm.runtime.held[floor..] {
        [] => Ok(Value::NIL),
        [value] => Ok(value),
        ref several => {
            let several = several.to_vec();
            Ok(vm.runtime.list_of(&several)?.value())
        }
    }
}

/// Whether a result says that the call failed.
fn is_failure(failure: Failure, result: &ResultPlan, word: u64) -> bool {
    let number = wrap_integer(word as i64, result.representation);
    let is_pointer =
        matches!(result.representation, Representation::Pointer | Representation::CString | Representation::FunctionPointer);
    let all_bits = match result.representation {
        Representation::U8 => u8::MAX as i64,
        Representation::U16 => u16::MAX as i64,
        Representation::U32 => u32::MAX as i64,
        _ => -1,
    };
    match failure {
        Failure::Errno => number == all_bits || (is_pointer && number == 0),
        Failure::NonZero => number != 0,
        Failure::Negative => number < 0,
    }
}

/// The error that a declaration makes of a result.
#[inline]
pub(super) fn check_failure(
    ffi: &Rc<Ffi>,
    vm: &mut Vm,
    plan: &Plan,
    function: Value,
    failure: Failure,
    word: u64,
) -> Result<(), Thrown> {
    if is_failure(failure, &plan.result, word) { fail_as_declared(ffi, vm, plan, function, failure, word) } else { Ok(()) }
}

#[cold]
fn fail_as_declared(ffi: &Rc<Ffi>, vm: &mut Vm, plan: &Plan, function: Value, failure: Failure, word: u64) -> Result<(), Thrown> {
    let (kind, message, code) = if failure == Failure::Errno {
        let number = ffi.errno.get();
        (ErrorKind::OSError, format!("{} failed: {}", plan.name, text_of(number)), number as i64)
    } else {
        let status = wrap_integer(word as i64, plan.result.representation);
        let mut message = format!("{} failed with status {status}", plan.name);
        if let Some(text) = declaration_of(function).and_then(|declared| status_text(ffi, vm, declared, status)) {
            message = format!("{message}: {text}");
        }
        (ErrorKind::FFIError, message, status)
    };
    let code = vm.runtime.int(code);
    let thrown = vm.runtime.fail(kind, message);
    if let Err(thrown) = &thrown
        && let Some(error) = ErrorRef::of_thrown(thrown)
    {
        error.set_code(&mut vm.runtime.heap, code);
    }
    thrown
}

/// What the function of `text: f` says of a status; nothing if it fails.
fn status_text(ffi: &Rc<Ffi>, vm: &mut Vm, declared: &'static CFunction, status: i64) -> Option<String> {
    let function = declared.text_function()?;
    let errno = ffi.errno.get();
    // One that takes nothing (`dlerror`) tells of the last failure.
    let status = vm.runtime.int(status);
    let takes = c_function(function).signature.parameters.len().min(1);
    let text = call(ffi, vm, function, &[status][..takes]);
    ffi.errno.set(errno);
    let text = text.ok()?;
    match text.to_str() {
        Some(text) => Some(text.to_string()),
        None => vm.runtime.read_raw(text, None, "text").ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    }
}
