//! Values of the language as words for C, and back.

use super::general::Promoted;
use super::plan::{Conversion, ParameterPlan, ResultPlan};
use crate::heap::Shape;
use crate::value::layout::wrap_integer;
use crate::value::{Destination, ErrorKind, Kind, Representation, Runtime, Thrown, TypeId, Value, ViewObject};

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
        if value.is_known_without_nul() {
            return converted(Promoted::Pointer, value.address().payload() as u64);
        }
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

impl ParameterPlan {
    /// The word of an int in the range of the type, if it is one that takes ints.
    #[inline(always)]
    pub fn int_word(&self, value: Value) -> Option<u64> {
        if !value.is_inline_int() {
            return None;
        }
        // The range alone says whether the type takes ints.
        let number = value.as_inline_int();
        (number >= self.low && number <= self.high).then_some(number as u64)
    }

    /// The address of a struct value of the parameter's type that is a block, if it is passed by value.
    #[inline(always)]
    pub fn record_word(&self, value: Value) -> Option<u64> {
        let fits = self.record_size != 0 && value.is_kind(Kind::Block) && value.header().type_id == self.type_id.0;
        fits.then(|| value.address().payload() as u64)
    }

    /// The word of an argument of a common kind, decided by what its header says; `None` leaves it to [`convert`]. `leads` becomes true
    /// if the argument may lead to managed memory.
    #[inline(always)]
    pub fn quick_word(&self, value: Value, leads: &mut bool) -> Option<u64> {
        if value.is_inline_int() {
            return self.int_word(value);
        }
        match self.conversion {
            Conversion::F64 if value.is_float() => Some(value.as_float().to_bits()),
            Conversion::Pointer if value.is_reference() => {
                let header = value.header();
                if header.kind == Kind::Block as u8 && header.type_id == self.fitting_block.get() {
                    *leads |= header.shape != Shape::Leaf;
                    return Some(value.address().payload() as u64);
                }
                if header.kind == Kind::String as u8 {
                    let is_fine = self.takes_strings && (!self.takes_texts_only || value.is_known_without_nul());
                    return if is_fine { Some(value.address().payload() as u64) } else { None };
                }
                if header.type_id == self.fitting_view.get() && header.kind == Kind::View as u8 {
                    // SAFETY: the kind says that a `ViewObject` is there.
                    let view = unsafe { &*value.object::<ViewObject>() };
                    if view.flags == 0 && (view.owner.is_nil() || view.owner.is_kind(Kind::Block)) {
                        *leads |= !view.owner.is_nil() && view.owner.header().shape != Shape::Leaf;
                        return Some(view.address as u64);
                    }
                }
                None
            }
            Conversion::Pointer if value.is_nil() => Some(0),
            // Its pointers, if it has any, are arguments of their own; then the call is none of the quick ones.
            Conversion::Record(_) => self.record_word(value),
            _ => None,
        }
    }

    /// Remembers for [`ParameterPlan::quick_word`] that a value was found to fit. Whether blocks fit, and views without flags whose owner
    /// is a block or nobody, is a question of their type alone.
    fn remember(&self, value: Value) {
        if self.conversion == Conversion::Pointer {
            match value.kind() {
                Some(Kind::Block) => self.fitting_block.set(value.header().type_id),
                // SAFETY: the kind says that a `ViewObject` is there.
                Some(Kind::View) if unsafe { (*value.object::<ViewObject>()).flags == 0 } => {
                    self.fitting_view.set(value.header().type_id);
                }
                _ => {}
            }
        }
    }
}

/// The word that an argument is passed in: integers extended to it, floats in its low half; of a struct its address.
#[inline(never)]
pub(super) fn convert(
    runtime: &mut Runtime,
    function: &str,
    index: usize,
    parameter: &ParameterPlan,
    value: Value,
) -> Result<u64, Thrown> {
    let destination = Destination::Argument { function, number: index + 1 };
    let word = convert_to(runtime, destination, parameter.conversion, parameter.type_id, value)?;
    parameter.remember(value);
    if parameter.releases_at.get() != 0
        && let Some((owner, release)) = value.open_owner()
    {
        super::owned::note_release(runtime, owner, release, parameter.releases_at.get());
    }
    Ok(word)
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
#[inline(always)]
pub(super) fn word_to_value(runtime: &mut Runtime, result: &ResultPlan, word: u64) -> Result<Value, Thrown> {
    match result.representation {
        Representation::I32 => Ok(Value::inline_int(word as i32 as i64)),
        Representation::I64 | Representation::U64 => Ok(runtime.int(word as i64)),
        Representation::F64 => Ok(Value::float_from_memory(f64::from_bits(word))),
        Representation::Pointer => runtime.pointer_value(word as usize, result.type_id),
        _ => word_to_value_slow(runtime, result, word),
    }
}

#[inline(never)]
fn word_to_value_slow(runtime: &mut Runtime, result: &ResultPlan, word: u64) -> Result<Value, Thrown> {
    if result.type_id == TypeId::VOID {
        return Ok(Value::NIL);
    }
    Ok(match result.representation {
        Representation::F32 => Value::float_from_memory(f32::from_bits(word as u32) as f64),
        Representation::Bool => Value::bool(word as u8 != 0),
        Representation::CString => return runtime.copy_c_string(word as usize),
        Representation::FunctionPointer => return runtime.function_value(word as usize, result.type_id),
        representation => {
            let number = wrap_integer(word as i64, representation);
            runtime.int(number)
        }
    })
}
