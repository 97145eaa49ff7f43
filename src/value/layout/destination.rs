//! Where a value was to go, and what is said when it does not fit.

use super::number::{bit_field_range, integer_range};
use super::record::BitRange;
use super::type_id::TypeId;
use super::type_info::{Representation, TypeKind};
use crate::value::error::{AS_WRITTEN, ErrorRef};
use crate::value::runtime::Runtime;
use crate::value::thrown::{ErrorKind, Thrown};
use crate::value::word::Value;

/// The place that a value is converted for, as a message names it.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    Field {
        record: TypeId,
        name: &'a str,
    },
    /// An element of a slice, array or of what a pointer points to; the type of the whole.
    Element(TypeId),
    /// Counted from 1.
    Argument {
        function: &'a str,
        number: usize,
    },
    /// What a callback of this name gives to C.
    CallbackResult(&'a str),
    /// An extern variable.
    Variable(&'a str),
    /// `new T(…)`; the type T.
    New(TypeId),
    /// `x as T`; the type T.
    Cast(TypeId),
}

impl Runtime {
    /// The type of any value: that of an int is `int`, whatever memory it came from.
    #[inline]
    pub fn type_of(&self, value: Value) -> TypeId {
        if value.is_float() {
            TypeId::FLOAT
        } else if value.is_inline_int() {
            TypeId::INT
        } else if value.is_reference() {
            TypeId(value.header().type_id).without_view()
        } else if value.is_bool() {
            TypeId::BOOL
        } else {
            TypeId::NIL
        }
    }

    /// The name of a value's type, as `type` shows it.
    pub fn type_name_of(&self, value: Value) -> &str {
        self.types.name(self.type_of(value))
    }

    fn destination_name(&self, destination: Destination) -> String {
        match destination {
            Destination::Field { record, name } => format!("{}.{name}", self.types.name(record)),
            Destination::Element(whole) => format!("an element of {}", self.types.name(whole)),
            Destination::Argument { function, number } => format!("argument {number} of {function}"),
            Destination::CallbackResult(name) => format!("the result of the callback {name}"),
            Destination::Variable(name) => format!("variable {name}"),
            Destination::New(type_id) => format!("new {}", self.types.name(type_id)),
            Destination::Cast(type_id) => format!("the cast to {}", self.types.name(type_id)),
        }
    }

    /// The `TypeError` for a value of the wrong type.
    #[cold]
    pub fn wrong_type<T>(&mut self, destination: Destination, expected: TypeId, value: Value) -> Result<T, Thrown> {
        let place = self.destination_name(destination);
        let hint = if value.is_bool() && self.types.info(expected).integer().is_some() {
            " (write 1 or 0, or `as`)"
        } else if matches!(self.types.info(expected).kind, TypeKind::Pointer { .. })
            && self.types.info(self.type_of(value)).target == TypeId::VOID
            && matches!(self.types.info(self.type_of(value)).kind, TypeKind::Pointer { .. })
        {
            " (a *void is converted with `as`)"
        } else {
            ""
        };
        let message = format!("{place} takes {}, not {}{hint}", self.types.name(expected), self.type_name_of(value));
        let help = self.help_for_type(destination, expected, value);
        let failed = self.fail_at(ErrorKind::TypeError, destination, message);
        match help {
            Some(help) => failed.map_err(|thrown| thrown.with_help(self, &help)),
            None => failed,
        }
    }

    /// What to do with a value of the wrong type, where C programmers are used to something else.
    fn help_for_type(&self, destination: Destination, expected: TypeId, value: Value) -> Option<String> {
        let info = self.types.info(expected);
        let is_byte = |id: TypeId| self.types.info(id).integer().is_some_and(|(bits, _)| bits == 8);
        let given = self.types.info(self.type_of(value));
        match info.kind {
            TypeKind::Array { element, .. } if value.is_string() && is_byte(element) => {
                let place = match destination {
                    Destination::Field { name, .. } => name,
                    _ => "…",
                };
                Some(format!("a text is copied into an array: .{place}.copy_from(text)"))
            }
            TypeKind::Pointer { is_const: false, target } if value.is_string() && is_byte(target) => Some(
                "a string is never written to; give bytes that can be, b\"…\", or declare a *const if C only reads".to_string(),
            ),
            TypeKind::Pointer { target, .. } => {
                let is_record = |id: TypeId| self.types.info(id).representation == Representation::Record;
                let from = match given.kind {
                    TypeKind::Pointer { target, .. } => target,
                    _ => self.type_of(value),
                };
                let is_argument = matches!(destination, Destination::Argument { .. });
                (is_argument && is_record(target) && is_record(from))
                    .then(|| format!("if C looks at it as one, say so with a cast: {AS_WRITTEN}x{AS_WRITTEN} as {}", info.name))
            }
            _ => None,
        }
    }

    /// The `ValueError` for an int out of range.
    #[cold]
    pub fn out_of_range<T>(&mut self, destination: Destination, expected: TypeId, number: i64) -> Result<T, Thrown> {
        let place = self.destination_name(destination);
        let info = self.types.info(expected);
        let (low, high) = integer_range(info.representation).unwrap_or((i64::MIN, i64::MAX));
        let message = format!("{place} takes {} ({low} to {high}), not {number}", info.name);
        self.fail_at(ErrorKind::ValueError, destination, message)
    }

    #[cold]
    pub(super) fn out_of_bits<T>(
        &mut self,
        destination: Destination,
        field: TypeId,
        bits: BitRange,
        number: i64,
    ) -> Result<T, Thrown> {
        let place = self.destination_name(destination);
        let info = self.types.info(field);
        let (low, high) = bit_field_range(info.representation, bits);
        let message = format!("{place} takes {} of {} bits ({low} to {high}), not {number}", info.name, bits.width);
        self.fail(ErrorKind::ValueError, message)
    }

    #[cold]
    pub(super) fn refuse_value<T>(&mut self, kind: ErrorKind, destination: Destination, what: &str) -> Result<T, Thrown> {
        let message = format!("{}: {what}", self.destination_name(destination));
        self.fail_at(kind, destination, message)
    }

    /// Fails; an error about an argument is marked there.
    fn fail_at<T>(&mut self, kind: ErrorKind, destination: Destination, message: String) -> Result<T, Thrown> {
        let failed = self.fail(kind, message);
        if let (Err(thrown), Destination::Argument { number, .. }) = (&failed, destination)
            && let Some(error) = ErrorRef::of_thrown(thrown)
        {
            error.set_argument(number as i64);
        }
        failed
    }
}
