//! One call of a C function.

use super::block::Ffi;
use super::check::{CheckedCall, check_arguments};
use super::direct::{Registers, call_doubles, call_integers, call_integers_to_double, call_mixed, call_mixed_to_double};
use super::errno::text_of;
use super::general::Promoted;
use super::link::CFunction;
use super::plan::{Conversion, Failure, MAX_ARGUMENTS, ParameterPlan, Plan, ResultPlan, Way};
use crate::value::layout::wrap_integer;
use crate::value::{
    CFunctionObject, Destination, ErrorKind, Host, Kind, Representation, Runtime, Thrown, TypeId, TypeKind, Value, ViewObject,
};
use std::rc::Rc;

/// Calls a C function: an extern function, or a pointer to one (whose calls go by `ffi`).
pub fn call(ffi: &Rc<Ffi>, host: &mut impl Host, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let runtime = host.runtime();
    if function.is_kind(Kind::CFunction) {
        let declared = c_function(function);
        let (address, plan) = declared.bind(runtime)?;
        let ffi = &declared.block.ffi;
        // SAFETY: the kind says that a `CFunctionObject` is there.
        let names = unsafe { (*function.object::<CFunctionObject>()).parameters };
        let types = &declared.signature.parameters;
        check_arguments(runtime, CheckedCall { name: &declared.name, parameters: names, types, arguments, sizes: &[] })?;
        let word = run(runtime, ffi, &declared.name, address, plan, arguments)?;
        if let Some(failure) = declared.failure {
            if is_failure(failure, &plan.result, word) {
                return fail_as_declared(runtime, ffi, declared, failure, plan, word);
            }
            if failure == Failure::NonZero {
                return Ok(Value::NIL);
            }
        }
        return word_to_value(runtime, &plan.result, word);
    }
    call_pointer(ffi, runtime, function, arguments)
}

fn call_pointer(ffi: &Rc<Ffi>, runtime: &mut Runtime, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
    let type_id = runtime.type_of(function);
    let info = runtime.types.info(type_id);
    let (TypeKind::Function(signature), true) = (&info.kind, function.is_kind(Kind::View)) else {
        let message = format!("{} is no C function", info.name);
        return runtime.fail(ErrorKind::TypeError, message);
    };
    let (signature, name) = (signature.clone(), info.name.clone());
    ffi.check_allowed(runtime)?;
    let known = ffi.pointer_plans.borrow().get(&type_id).cloned();
    let plan = match known {
        Some(plan) => plan,
        None => match Plan::new(runtime, &signature) {
            Ok(plan) => {
                let plan = Rc::new(plan);
                ffi.pointer_plans.borrow_mut().insert(type_id, plan.clone());
                plan
            }
            Err(why) => return runtime.fail(ErrorKind::FFIError, format!("{name}: {why}")),
        },
    };
    // SAFETY: the kind says that a `ViewObject` is there.
    let address = unsafe { (*function.object::<ViewObject>()).address };
    let types = &signature.parameters;
    check_arguments(runtime, CheckedCall { name: &name, parameters: Value::NIL, types, arguments, sizes: &[] })?;
    let word = run(runtime, ffi, &name, address, &plan, arguments)?;
    word_to_value(runtime, &plan.result, word)
}

/// What is known of the extern function behind a value of `Kind::CFunction`.
pub(super) fn c_function(function: Value) -> &'static CFunction {
    debug_assert!(function.is_kind(Kind::CFunction));
    // SAFETY: the kind says that a `CFunctionObject` is there; it was made by `link.rs` with a `CFunction` that is never freed.
    unsafe { &*(*function.object::<CFunctionObject>()).function.cast::<CFunction>() }
}

/// Converts the arguments and calls; gives the result's word.
fn run(runtime: &mut Runtime, ffi: &Ffi, name: &str, address: usize, plan: &Plan, arguments: &[Value]) -> Result<u64, Thrown> {
    let declared = plan.parameters.len();
    if arguments.len() < declared || (arguments.len() > declared && !plan.is_variadic) || arguments.len() > MAX_ARGUMENTS {
        let many = if declared == 1 { "" } else { "s" };
        let least = if plan.is_variadic { "at least " } else { "" };
        let message = format!("{name} takes {least}{declared} argument{many}, not {}", arguments.len());
        return runtime.fail(ErrorKind::TypeError, message);
    }
    let mut registers = Registers::default();
    if let Way::General(general) = &plan.way {
        let mut words = [0u64; MAX_ARGUMENTS];
        for (i, (parameter, &argument)) in plan.parameters.iter().zip(arguments).enumerate() {
            words[i] = convert(runtime, name, i, parameter, argument)?;
        }
        let more = if arguments.len() > declared {
            let mut kinds = Vec::with_capacity(arguments.len() - declared);
            for (i, &argument) in arguments.iter().enumerate().skip(declared) {
                let (kind, word) = promote(runtime, name, i, argument)?;
                kinds.push(kind);
                words[i] = word;
            }
            match general.with_more(&kinds) {
                Ok(more) => Some(more),
                Err(why) => return runtime.fail(ErrorKind::FFIError, format!("{name}: {why}")),
            }
        } else {
            None
        };
        let general = more.as_ref().unwrap_or(general);
        let words = &words[..arguments.len()];
        // SAFETY: the words are of the types that the function was declared with; that the declaration is right is the script's
        // promise.
        return Ok(ffi.errno.around(|| unsafe { general.call(address, words) }));
    }
    let (mut integers, mut doubles) = (0, 0);
    for (i, (parameter, &argument)) in plan.parameters.iter().zip(arguments).enumerate() {
        let word = convert(runtime, name, i, parameter, argument)?;
        if parameter.is_double() {
            registers.doubles[doubles] = f64::from_bits(word);
            doubles += 1;
        } else {
            registers.integers[integers] = word;
            integers += 1;
        }
    }
    let gives_double = matches!(plan.result.representation, Representation::F32 | Representation::F64);
    // SAFETY: the plan chose the shape by the declaration; that the declaration is right is the script's promise.
    Ok(ffi.errno.around(|| unsafe {
        match (&plan.way, gives_double) {
            (Way::Integers, false) => call_integers(address, &registers, integers),
            (Way::Integers, true) => call_integers_to_double(address, &registers).to_bits(),
            (Way::Doubles, true) => call_doubles(address, &registers, doubles).to_bits(),
            (_, true) => call_mixed_to_double(address, &registers).to_bits(),
            (_, false) => call_mixed(address, &registers),
        }
    }))
}

/// An argument behind `...`: it goes by its own type.
fn promote(runtime: &mut Runtime, function: &str, index: usize, value: Value) -> Result<(Promoted, u64), Thrown> {
    let destination = Destination::Argument { function, number: index + 1 };
    if let Some(number) = value.to_int() {
        return Ok((Promoted::Integer, number as u64));
    }
    if value.is_float() {
        return Ok((Promoted::Double, value.as_float().to_bits()));
    }
    if value.is_bool() {
        return Ok((Promoted::Integer, value.is_truthy() as u64));
    }
    if value.is_string() {
        return Ok((Promoted::Pointer, runtime.expect_pointer(value, TypeId::CSTR, destination)? as u64));
    }
    match runtime.foreign_address(value)? {
        Some(address) => Ok((Promoted::Pointer, address as u64)),
        None => {
            let message = format!("argument {} of {function} cannot be {}", index + 1, runtime.type_name_of(value));
            runtime.fail(ErrorKind::TypeError, message)
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

#[cold]
fn fail_as_declared(
    runtime: &mut Runtime,
    ffi: &Ffi,
    function: &CFunction,
    failure: Failure,
    plan: &Plan,
    word: u64,
) -> Result<Value, Thrown> {
    let (kind, message, code) = if failure == Failure::Errno {
        let number = ffi.errno.get();
        (ErrorKind::OSError, format!("{} failed: {}", function.name, text_of(number)), number as i64)
    } else {
        let status = wrap_integer(word as i64, plan.result.representation);
        (ErrorKind::FFIError, format!("{} failed with status {status}", function.name), status)
    };
    let code = runtime.int(code);
    let thrown = runtime.fail(kind, message);
    if let Err(Thrown::Value(error)) = &thrown
        && error.is_kind(Kind::Error)
    {
        let object = error.object::<crate::value::ErrorObject>();
        // SAFETY: the kind says that an `ErrorObject` is there; `code` is one of its values.
        unsafe { crate::value::write_value(&raw const (*object).header, &raw mut (*object).code, code) };
    }
    thrown
}

/// The word that an argument is passed in: integers extended to it, floats in its low half.
#[inline]
fn convert(runtime: &mut Runtime, function: &str, index: usize, parameter: &ParameterPlan, value: Value) -> Result<u64, Thrown> {
    let destination = Destination::Argument { function, number: index + 1 };
    let type_id = parameter.type_id;
    Ok(match parameter.conversion {
        Conversion::F64 => match value.to_float() {
            Some(number) => number.to_bits(),
            None => return runtime.wrong_type(destination, type_id, value),
        },
        Conversion::F32 => runtime.expect_f32(value, type_id, destination)?.to_bits() as u64,
        Conversion::Integer => runtime.expect_integer(value, type_id, destination)? as u64,
        Conversion::Bool => match value {
            Value::TRUE => 1,
            Value::FALSE => 0,
            _ => return runtime.wrong_type(destination, type_id, value),
        },
        Conversion::Pointer => runtime.expect_pointer(value, type_id, destination)? as u64,
        Conversion::Function => {
            if matches!(value.kind(), Some(Kind::Closure | Kind::Native | Kind::BoundMethod)) {
                let message = format!("argument {} of {function}: callbacks are not supported by this version", index + 1);
                return runtime.fail(ErrorKind::FFIError, message);
            }
            runtime.expect_function(value, type_id, destination)? as u64
        }
    })
}

/// The value of a result word, of which only the low bits of the type's size count.
#[inline]
fn word_to_value(runtime: &mut Runtime, result: &ResultPlan, word: u64) -> Result<Value, Thrown> {
    if result.type_id == TypeId::VOID {
        return Ok(Value::NIL);
    }
    Ok(match result.representation {
        Representation::F64 => Value::float_from_memory(f64::from_bits(word)),
        Representation::F32 => Value::float_from_memory(f32::from_bits(word as u32) as f64),
        Representation::Bool => Value::bool(word as u8 != 0),
        Representation::Pointer => return runtime.pointer_value(word as usize, result.type_id),
        Representation::CString => return runtime.copy_c_string(word as usize),
        Representation::FunctionPointer => return runtime.function_value(word as usize, result.type_id),
        representation => {
            let number = wrap_integer(word as i64, representation);
            runtime.int(number)
        }
    })
}
