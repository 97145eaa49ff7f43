//! What the attributes of a declaration promise of its arguments, checked before C sees them.

use super::check::{check_keeps, pointers_of_record};
use super::contract::{Factor, SizeRule};
use super::plan::Plan;
use crate::value::{ErrorKind, ErrorRef, Representation, Runtime, Thrown, TypeId, Value};

/// A call that is about to happen, its arguments converted.
pub(super) struct CallCheck<'a> {
    pub plan: &'a Plan,
    /// One for each parameter, in order of the declaration; of an `@out` parameter the memory that was made for it.
    pub values: &'a [Value],
}

/// Checks the arguments of a call; an error leaves C uncalled. Adds for each parameter the bytes in question, where a contract says so.
pub(super) fn check_contracts(runtime: &mut Runtime, call: &CallCheck, sizes: &mut [Option<usize>]) -> Result<(), Thrown> {
    for (i, contract) in call.plan.contracts.parameters.iter().enumerate() {
        if contract.is_nonnull && call.values[i].is_nil() {
            let message = format!("argument {} of {}: nil is refused (@nonnull)", i + 1, call.plan.name);
            return runtime.fail(ErrorKind::TypeError, message).map_err(|thrown| {
                if let Some(error) = ErrorRef::of_thrown(&thrown) {
                    error.set_argument(i as i64 + 1);
                }
                thrown.with_label(runtime, "this is nil, and the declaration says that C must not be given it")
            });
        }
        if let Some(rule) = &contract.sized_by {
            sizes[i] = Some(check_size(runtime, call, i, rule)?);
        }
        if contract.is_kept {
            check_kept_parameter(runtime, call, i)?;
        }
    }
    Ok(())
}

/// `@keeps`: of a struct by value C keeps what its pointers point to.
fn check_kept_parameter(runtime: &mut Runtime, call: &CallCheck, index: usize) -> Result<(), Thrown> {
    let (name, value) = (&call.plan.name, call.values[index]);
    if runtime.types.info(call.plan.parameters[index].type_id).representation != Representation::Record {
        return check_keeps(runtime, name, index + 1, "", value);
    }
    for (path, pointer) in pointers_of_record(runtime, value, "")? {
        check_keeps(runtime, name, index + 1, &path, pointer)?;
    }
    Ok(())
}

/// Checks a pointer's size; gives the bytes that the rule asks for.
fn check_size(runtime: &mut Runtime, call: &CallCheck, index: usize, rule: &SizeRule) -> Result<usize, Thrown> {
    let wanted = elements_asked_for(runtime, call, rule)?;
    let (name, text) = (&call.plan.name, &rule.text);
    let place = format!("argument {} of {name}", index + 1);
    if wanted < 0 {
        return runtime.fail(ErrorKind::IndexError, format!("{place}: @sized_by({text}) asks for {wanted} elements"));
    }
    let type_id = call.plan.parameters[index].type_id;
    let size = runtime.types.info(type_id).target_size.max(1) as i128;
    let bytes = usize::try_from(wanted.saturating_mul(size)).unwrap_or(usize::MAX);
    let Some((there, unit)) = elements_there(runtime, call.values[index], type_id) else { return Ok(bytes) };
    if wanted <= there as i128 {
        return Ok(bytes);
    }
    let message = format!("{place}: @sized_by({text}) asks for {wanted} {unit}, and {there} are there");
    runtime.fail(ErrorKind::IndexError, message)
}

/// The bytes that a rule asks for in a call that was checked before; `None` where it cannot be told any more.
pub(super) fn size_in_question(runtime: &mut Runtime, call: &CallCheck, index: usize, rule: &SizeRule) -> Option<usize> {
    check_size(runtime, call, index, rule).ok()
}

/// What a rule comes to in a call.
pub(super) fn elements_asked_for(runtime: &mut Runtime, call: &CallCheck, rule: &SizeRule) -> Result<i128, Thrown> {
    let mut product: i128 = 1;
    for &factor in &rule.factors {
        let number = match factor {
            Factor::Number(number) => Some(number),
            Factor::Parameter(index) => call.values.get(index).and_then(|value| value.to_int()),
            Factor::Pointee(index) => match call.values.get(index) {
                Some(value) if !value.is_nil() => runtime.get_index(*value, Value::inline_int(0))?.to_int(),
                _ => None,
            },
        };
        let Some(number) = number else {
            let message = format!("{}: @sized_by({}) needs an int, which is not there", call.plan.name, rule.text);
            return runtime.fail(ErrorKind::TypeError, message);
        };
        // Two negative factors would make a product that looks right.
        if number < 0 {
            return Ok(number as i128);
        }
        product = product.saturating_mul(number as i128);
    }
    Ok(product)
}

/// How many elements an argument has for a pointer parameter, and what they are called; `None` for C's memory.
pub(super) fn elements_there(runtime: &Runtime, value: Value, parameter: TypeId) -> Option<(usize, &'static str)> {
    let target = runtime.types.info(parameter).target;
    let unit = if target == TypeId::VOID { "bytes" } else { "elements" };
    if value.is_nil() {
        return Some((0, unit));
    }
    let size = runtime.types.info(parameter).target_size.max(1) as usize;
    let bytes = runtime.raw_bytes(value)?.length?;
    // The NUL behind a string's bytes can be read too.
    Some(((bytes + value.is_string() as usize) / size, unit))
}
