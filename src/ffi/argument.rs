//! Values of the language as words for C, and back.

use super::general::Promoted;
use super::plan::{Conversion, ParameterPlan, ResultPlan};
use crate::value::layout::wrap_integer;
use crate::value::{Destination, ErrorKind, Representation, Runtime, Thrown, TypeId, Value};

/// An argument behind `...`, converted.
pub(super) struct Converted {
    pub kind: Promoted,
    pub word: u64,
}

/// An argument behind `...`: it goes by its own type. `index` counts from 0.
pub(super) fn promote(runtime: &mut Runtime, function: &str, index: usize, value: Value) -> Result<Converted, Thrown> {
    let destination = Destination::Argument { function, number: index + 1 };
    let converted = |kind, word| Ok(Converted { kind, word });
    if let Some(number) = value.to_int() {
        return converted(Promoted::Integer, number as u64);
    }
    if value.is_float() {
        return converted(Promoted::Double, value.as_float().to_bits());
    }
    if value.is_bool() {
        return converted(Promoted::Integer, value.is_truthy() as u64);
    }
    if value.is_string() {
        let address = runtime.expect_pointer(value, TypeId::CSTR, destination)?;
        return converted(Promoted::Pointer, address as u64);
    }
    if let Some((_, type_id)) = runtime.record_identity(value) {
        let name = runtime.types.name(type_id);
        let message = format!("argument {} of {function} cannot be {name}; write & before it for a pointer to it", index + 1);
        return runtime.fail(ErrorKind::TypeError, message);
    }
    match runtime.foreign_address(value)? {
        Some(address) => converted(Promoted::Pointer, address as u64),
        None => {
            let name = runtime.type_name_of(value);
            let hint = if value.is_reference() && crate::vm::Vm::is_script_function(value) {
                "; make a callback of it: f as fn(…) -> …"
            } else {
                ""
            };
            let message = format!("argument {} of {function} cannot be {name}{hint}", index + 1);
            runtime.fail(ErrorKind::TypeError, message)
        }
    }
}

/// The word that an argument is passed in: integers extended to it, floats in its low half; of a struct its address.
#[inline]
pub(super) fn convert(
    runtime: &mut Runtime,
    function: &str,
    index: usize,
    parameter: &ParameterPlan,
    value: Value,
) -> Result<u64, Thrown> {
    // The common ones are decided at once.
    if value.is_inline_int() && parameter.conversion == Conversion::Integer {
        let number = value.as_inline_int();
        if number >= parameter.low && number <= parameter.high {
            return Ok(number as u64);
        }
    } else if value.is_float() && parameter.conversion == Conversion::F64 {
        return Ok(value.as_float().to_bits());
    }
    convert_to(runtime, Destination::Argument { function, number: index + 1 }, parameter.conversion, parameter.type_id, value)
}

/// [`convert`] for any destination.
#[inline]
pub(super) fn convert_to(
    runtime: &mut Runtime,
    destination: Destination,
    conversion: Conversion,
    type_id: TypeId,
    value: Value,
) -> Result<u64, Thrown> {
    Ok(match conversion {
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
        Conversion::Function => runtime.expect_function(value, type_id, destination)? as u64,
        Conversion::Record(_) => runtime.expect_record(value, type_id, destination)? as u64,
    })
}

/// The value of a result word, of which only the low bits of the type's size count.
#[inline]
pub(super) fn word_to_value(runtime: &mut Runtime, result: &ResultPlan, word: u64) -> Result<Value, Thrown> {
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
