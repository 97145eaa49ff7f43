//! Annotations: `let n: int = 3`, `fn area(r: float) -> float`.

use super::compatible::PointerFit;
use super::number::integer_fits;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

impl Runtime {
    /// The value as its annotation has it: an int where a float is asked for is converted, all else must fit as it is. `place` names what
    /// is annotated.
    ///
    /// A wrong type is a `TypeError`, an int that the C type does not hold a `ValueError`.
    pub fn check_annotation(&mut self, value: Value, type_id: TypeId, place: &str) -> Result<Value, Thrown> {
        if self.is_of_type(value, type_id) {
            return Ok(value);
        }
        let info = self.types.info(type_id);
        match info.kind {
            TypeKind::Nilable(inner) if !value.is_nil() => {
                // The inner type decides, and says what was expected.
                return self.check_annotation(value, inner, place);
            }
            TypeKind::Pointer { .. } | TypeKind::Function(_)
                if (value.is_nil() || matches!(self.fit_pointer(value, type_id), PointerFit::Address(_))) =>
            {
                return Ok(value);
            }
            _ => {}
        }
        match (self.types.info(type_id).representation, value.to_int()) {
            (Representation::F64 | Representation::F32, Some(number)) => return Ok(Value::float(number as f64)),
            (Representation::F32, None) if value.is_float() => {
                // A finite number that overflows is refused; others are rounded only where they go into memory.
                if value.as_float().is_finite() && !(value.as_float() as f32).is_finite() {
                    let name = self.types.name(type_id).to_string();
                    return self.fail(ErrorKind::ValueError, format!("{place}: {} does not fit {name}", value.as_float()));
                }
                return Ok(value);
            }
            (representation, Some(number))
                if self.types.info(type_id).integer().is_some() && !integer_fits(number, representation) =>
            {
                let name = self.types.name(type_id).to_string();
                return self.fail(ErrorKind::ValueError, format!("{place}: {number} does not fit {name}"));
            }
            _ => {}
        }
        let (expected, found) = (self.types.name(type_id).to_string(), self.type_name_of(value).to_string());
        self.fail(ErrorKind::TypeError, format!("{place}: expected {expected}, found {found}"))
    }
}
