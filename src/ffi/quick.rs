//! The quick path of a call: without libffi, and with nothing that has to be made or kept for it.
//!
//! Most functions take and give only numbers, pointers and small structs, and promise nothing. Their plans know the function that does
//! such a call from first to last, one for each number of arguments where all of them go in registers of one class: it converts and
//! checks the arguments, calls, and puts the result in its place. Arguments that are no ints of the type's range are left to
//! [`ParameterPlan::quick_word`], and what that leaves to [`convert`], which knows all that there is to be said.

use super::argument::{Converted, convert, promote, word_to_value};
use super::block::Ffi;
use super::call::{Callee, c_function, check_failure, check_pins};
use super::contract::Failure;
use super::direct::{call_doubles, call_integers};
use super::machine;
use super::plan::{MAX_ARGUMENTS, Plan, Way};
use super::words::CallWords;
use crate::value::{Kind, Memory, Thrown, TypeId, Value, ViewObject};
use crate::vm::{CallToC, PlannedCall, Vm};
use std::rc::Rc;

/// Calls what stands in a window, with the arguments behind it, and puts the result in its place.
///
/// The window holds the function and as many arguments as its plan takes; the plan is the one that knows this function.
pub(super) type QuickCall = unsafe fn(&Rc<Ffi>, &mut Vm, Callee, *mut Value, usize) -> PlannedCall;

/// The quick call of a way, where there is one.
pub(super) fn quick_call_of(way: &Way, count: usize) -> Option<QuickCall> {
    Some(match (way, count) {
        (Way::Integers, 0) => integers::<0>,
        (Way::Integers, 1) => integers::<1>,
        (Way::Integers, 2) => integers::<2>,
        (Way::Integers, 3) => integers::<3>,
        (Way::Integers, 4) => integers::<4>,
        (Way::Integers, 5) => integers::<5>,
        (Way::Integers, 6) => integers::<6>,
        (Way::Doubles, 1) => doubles::<1>,
        (Way::Doubles, 2) => doubles::<2>,
        (Way::Doubles, 3) => doubles::<3>,
        (Way::Doubles, 4) => doubles::<4>,
        (Way::Words(_), _) => words,
        _ => return None,
    })
}

/// What is called, and how, if its plan is known and a call with so many arguments takes the quick path.
#[inline(always)]
pub(super) fn quick_callee(ffi: &Ffi, function: Value, count: usize) -> Option<(Callee<'static>, QuickCall)> {
    let header = function.header();
    let callee = if header.kind == Kind::CFunction as u8 {
        let (address, plan) = c_function(function).bound()?;
        Callee { address, plan }
    } else if header.kind == Kind::View as u8 {
        let plan = ffi.pointer_plan(TypeId(header.type_id))?;
        // SAFETY: the kind says that a `ViewObject` is there.
        Callee { address: unsafe { (*function.object::<ViewObject>()).address }, plan }
    } else {
        return None;
    };
    let declared = callee.plan.parameters.len();
    let fits = count == declared || (callee.plan.is_variadic && count > declared && count <= MAX_ARGUMENTS);
    callee.plan.quick.filter(|_| fits).map(|quick| (callee, quick))
}

/// Runs a call of C, which crash reports and checks are told of. What was printed before comes before what C prints.
#[inline(always)]
pub(super) fn in_progress<T>(
    vm: &mut Vm,
    function: Value,
    arguments: &[Value],
    call: impl FnOnce(&mut Vm) -> Result<T, Thrown>,
) -> Result<T, Thrown> {
    vm.output_before_c()?;
    let previous = vm.call_to_c;
    let in_progress = CallToC { function, arguments: arguments.as_ptr(), count: arguments.len(), previous };
    vm.call_to_c = &raw const in_progress;
    let result = call(vm);
    vm.call_to_c = previous;
    result
}

/// [`in_progress`] for a planned call.
#[inline(always)]
fn planned(vm: &mut Vm, function: Value, arguments: &[Value], call: impl FnOnce(&mut Vm) -> Result<(), Thrown>) -> PlannedCall {
    match in_progress(vm, function, arguments, call) {
        Ok(()) => PlannedCall::Done,
        Err(thrown) => vm.planned_call_threw(thrown),
    }
}

/// [`Way::Integers`] with `N` arguments.
///
/// # Safety
/// See [`QuickCall`].
unsafe fn integers<const N: usize>(ffi: &Rc<Ffi>, vm: &mut Vm, callee: Callee, window: *mut Value, _count: usize) -> PlannedCall {
    // SAFETY: the caller's promise.
    let (function, arguments) = unsafe { (*window, &*window.add(1).cast::<[Value; N]>()) };
    planned(vm, function, arguments, |vm| {
        let mut leads = false;
        let words = words_of(vm, callee.plan, arguments, &mut leads)?;
        if leads {
            check_pins(&mut vm.runtime, &callee, function, arguments, &[])?;
        }
        // SAFETY: the plan chose the shape by the declaration; that the declaration is right is the script's promise.
        let word = ffi.run_here(vm, callee.plan, || unsafe { call_integers(callee.address, &words) });
        // SAFETY: the caller's promise.
        unsafe { give(ffi, vm, callee, window, word) }
    })
}

/// [`Way::Doubles`] with `N` arguments.
///
/// # Safety
/// See [`QuickCall`].
unsafe fn doubles<const N: usize>(ffi: &Rc<Ffi>, vm: &mut Vm, callee: Callee, window: *mut Value, _count: usize) -> PlannedCall {
    // SAFETY: the caller's promise.
    let (function, arguments) = unsafe { (*window, &*window.add(1).cast::<[Value; N]>()) };
    planned(vm, function, arguments, |vm| {
        let words = words_of(vm, callee.plan, arguments, &mut false)?;
        // SAFETY: as in `integers`.
        let word = ffi.run_here(vm, callee.plan, || unsafe { call_doubles(callee.address, &words) });
        // SAFETY: the caller's promise.
        unsafe { give(ffi, vm, callee, window, word) }
    })
}

/// The words of the arguments, one for each. `leads` becomes true if one may lead to managed memory.
#[inline(always)]
fn words_of<const N: usize>(vm: &mut Vm, plan: &Plan, arguments: &[Value; N], leads: &mut bool) -> Result<[u64; N], Thrown> {
    let Some(parameters) = plan.parameters.first_chunk::<N>() else {
        unreachable!("the plan chose by the number of its parameters")
    };
    let mut words = [0; N];
    for index in 0..N {
        words[index] = match parameters[index].int_word(arguments[index]) {
            Some(word) => word,
            None => word_of(vm, plan, index, arguments[index], leads)?,
        };
    }
    Ok(words)
}

/// The word of an argument; of a struct its address.
#[inline(never)]
fn word_of(vm: &mut Vm, plan: &Plan, index: usize, argument: Value, leads: &mut bool) -> Result<u64, Thrown> {
    let parameter = &plan.parameters[index];
    if let Some(word) = parameter.quick_word(argument, leads) {
        return Ok(word);
    }
    *leads |= parameter.record_size == 0 && vm.runtime.leads_anywhere(argument);
    convert(&mut vm.runtime, &plan.name, index, parameter, argument)
}

/// Any signature: with structs by value, arguments on the stack, or behind `...`.
///
/// # Safety
/// See [`QuickCall`].
unsafe fn words(ffi: &Rc<Ffi>, vm: &mut Vm, callee: Callee, window: *mut Value, count: usize) -> PlannedCall {
    let Callee { address, plan } = callee;
    let Way::Words(mut taken) = plan.way else { unreachable!("the plan knows its own way") };
    // SAFETY: the caller's promise.
    let (function, arguments) = unsafe { (*window, std::slice::from_raw_parts(window.add(1), count)) };
    planned(vm, function, arguments, |vm| {
        let (declared, more) = arguments.split_at(plan.parameters.len());
        let mut leads = false;
        let mut words = CallWords::new(taken.stack as usize + more.len());
        for (index, (parameter, &argument)) in plan.parameters.iter().zip(declared).enumerate() {
            let word = match parameter.int_word(argument).or_else(|| parameter.record_word(argument)) {
                Some(word) => word,
                None => word_of(vm, plan, index, argument, &mut leads)?,
            };
            // SAFETY: of a struct, the word is the address.
            unsafe { words.put_argument(parameter, word) };
        }
        for (index, &argument) in more.iter().enumerate() {
            let Converted { kind, word } = promote(&mut vm.runtime, &plan.name, declared.len() + index, argument)?;
            leads |= vm.runtime.leads_anywhere(argument);
            words.put(taken.word(kind.class()), word);
        }
        if leads {
            check_pins(&mut vm.runtime, &callee, function, arguments, &[])?;
        }
        let floor = vm.runtime.held.len();
        let mut record = Value::NIL;
        if plan.result.is_in_memory() {
            // C writes the new struct value itself. A callback may collect meanwhile.
            record = vm.runtime.new_record(plan.result.type_id)?;
            vm.runtime.held.push(record);
            words.registers[0] = Memory::of(record).map_or(0, |memory| memory.address) as u64;
        }
        let mut results = [0; 4];
        // SAFETY: the plan placed the words by the declaration; that the declaration is right is the script's promise.
        ffi.run_here(vm, plan, || unsafe { machine::call(address, &mut words, taken.doubles, &mut results) });
        let (first, second) = plan.result.registers;
        if plan.result.record_size == 0 {
            // SAFETY: the caller's promise.
            return unsafe { give(ffi, vm, callee, window, results[first as usize]) };
        }
        vm.runtime.held.truncate(floor);
        ffi.take_pending()?;
        if record.is_nil() {
            let words = [results[first as usize], results[second as usize]];
            // SAFETY: a struct in registers has at most two words; one that holds managed kinds has no plan.
            record = unsafe { vm.runtime.record_of_words(plan.result.type_id, words)? };
        }
        // SAFETY: the caller's promise.
        unsafe { *window = record };
        Ok(())
    })
}

/// Puts the value of a result word in the place of the function, unless a callback threw or the declaration makes an error of it.
///
/// # Safety
/// The window holds a value.
#[inline(always)]
unsafe fn give(ffi: &Rc<Ffi>, vm: &mut Vm, callee: Callee, window: *mut Value, word: u64) -> Result<(), Thrown> {
    ffi.take_pending()?;
    let plan = callee.plan;
    let mut result = Value::NIL;
    if let Some(failure) = plan.contracts.failure {
        // SAFETY: the caller's promise.
        check_failure(ffi, vm, plan, unsafe { *window }, failure, word)?;
    }
    if plan.contracts.failure != Some(Failure::NonZero) {
        result = word_to_value(&mut vm.runtime, &plan.result, word)?;
    }
    // SAFETY: as above.
    unsafe { *window = result };
    Ok(())
}
