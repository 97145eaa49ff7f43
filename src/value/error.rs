//! Errors as values: their parts, and what is added to them on the way.

use super::list::ListRef;
use super::object::*;
use super::runtime::{Runtime, write_value};
use super::thrown::{ErrorKind, Thrown};
use super::word::Value;
use crate::heap::Heap;

/// An error, known to be one. Like every reference it keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct ErrorRef(*mut ErrorObject);

/// In a `help:` line, the argument that the error is about, as the source writes it. What stands between two of these is shown where the
/// source does not tell.
pub const AS_WRITTEN: char = '\u{1}';

macro_rules! read {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        impl ErrorRef {
            $(
                $(#[doc = $doc])+
                #[inline]
                pub fn $name(self) -> Value {
                    // SAFETY: `of` makes these of live errors only.
                    unsafe { (*self.0).$name }
                }
            )+
        }
    };
}

macro_rules! parts {
    ($($(#[doc = $doc:literal])+ $name:ident $set:ident,)+) => {
        read! { $($(#[doc = $doc])+ $name,)+ }
        impl ErrorRef {
            $(
                #[inline]
                pub fn $set(self, heap: &mut Heap, value: Value) {
                    // SAFETY: `of` makes these of live errors only.
                    unsafe { write_value(heap, &raw mut (*self.0).$name, value) };
                }
            )+
        }
    };
}

macro_rules! numbers {
    ($($(#[doc = $doc:literal])+ $name:ident $set:ident,)+) => {
        read! { $($(#[doc = $doc])+ $name,)+ }
        impl ErrorRef {
            $(
                #[inline]
                pub fn $set(self, number: i64) {
                    // SAFETY: `of` makes these of live errors only; an int within the inline range is no reference.
                    unsafe { (*self.0).$name = Value::inline_int(number) };
                }
            )+
        }
    };
}

parts! {
    /// The message, a string.
    message set_message,
    /// The kind, a string.
    kind set_kind,
    /// The code: any value, nil if not given.
    code set_code,
    /// The error that this one replaced, or nil.
    cause set_cause,
    /// A list of strings once it was thrown, nil before.
    trace set_trace,
    /// What stands under the marker (a string) or nil.
    label set_label,
    /// A list of lines below the message, or nil.
    details set_details,
    /// A list of `help:` lines, or nil.
    help set_help,
}

numbers! {
    /// The first byte of its place as an int, nil if it has none yet.
    range_start set_range_start,
    /// The byte behind its place as an int, nil if it has none yet.
    range_end set_range_end,
    /// Which argument of the call at the place is meant, an int from 1, or nil.
    argument set_argument,
}

impl ErrorRef {
    /// The error, if the value is one.
    #[inline]
    pub fn of(value: Value) -> Option<ErrorRef> {
        if value.is_kind(Kind::Error) { Some(ErrorRef(value.object())) } else { None }
    }

    /// The error of what was thrown, if it is one.
    pub fn of_thrown(thrown: &Thrown) -> Option<ErrorRef> {
        match thrown {
            Thrown::Value(value) => ErrorRef::of(*value),
            _ => None,
        }
    }

    pub fn value(self) -> Value {
        Value::of_object(self.0)
    }

    /// Whether it is of a kind of the language's own.
    pub fn is_kind(self, kind: ErrorKind) -> bool {
        self.kind().to_str() == Some(kind.name())
    }

    /// Adds a line below the message.
    pub fn add_detail(self, rt: &mut Runtime, line: &str) {
        let lines = append_line(rt, self.details(), line);
        self.set_details(&mut rt.heap, lines);
    }

    /// Adds a `help:` line.
    pub fn add_help(self, rt: &mut Runtime, line: &str) {
        let lines = append_line(rt, self.help(), line);
        self.set_help(&mut rt.heap, lines);
    }

    /// Sets what stands under the marker.
    pub fn set_label_text(self, rt: &mut Runtime, text: &str) {
        let text = rt.string_lossy(text);
        self.set_label(&mut rt.heap, text);
    }

    /// The lines of `details` or `help`.
    pub fn lines(list: Value) -> Vec<&'static str> {
        ListRef::of(list).map_or_else(Vec::new, |list| list.values().iter().filter_map(|line| line.to_str()).collect())
    }
}

/// The list with one more line; where memory is short, without it.
fn append_line(rt: &mut Runtime, lines: Value, line: &str) -> Value {
    let line = rt.string_lossy(line);
    match ListRef::of(lines) {
        Some(list) => {
            let _ = list.push(rt, line);
            lines
        }
        None => rt.list_of(&[line]).map_or(Value::NIL, ListRef::value),
    }
}

impl Thrown {
    /// Adds a `help:` line to an error.
    pub fn with_help(self, rt: &mut Runtime, line: &str) -> Thrown {
        if let Some(error) = ErrorRef::of_thrown(&self) {
            error.add_help(rt, line);
        }
        self
    }

    /// Adds a line below the message of an error.
    pub fn with_detail(self, rt: &mut Runtime, line: &str) -> Thrown {
        if let Some(error) = ErrorRef::of_thrown(&self) {
            error.add_detail(rt, line);
        }
        self
    }

    /// Sets what stands under the marker of an error.
    pub fn with_label(self, rt: &mut Runtime, text: &str) -> Thrown {
        if let Some(error) = ErrorRef::of_thrown(&self) {
            error.set_label_text(rt, text);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::test_runtime;
    use super::*;

    #[test]
    fn parts_are_kept_and_lines_are_added_in_order() {
        let rt = &mut test_runtime();
        let thrown = rt.fail::<()>(ErrorKind::PinError, "a message").unwrap_err();
        let thrown = thrown.with_help(rt, "first").with_help(rt, "second").with_detail(rt, "detail").with_label(rt, "here");
        let error = ErrorRef::of_thrown(&thrown).unwrap();
        assert!(error.is_kind(ErrorKind::PinError));
        assert!(!error.is_kind(ErrorKind::IOError));
        assert_eq!(error.message().to_str(), Some("a message"));
        assert_eq!(ErrorRef::lines(error.help()), ["first", "second"]);
        assert_eq!(ErrorRef::lines(error.details()), ["detail"]);
        assert_eq!(error.label().to_str(), Some("here"));
        assert!(error.code().is_nil() && error.cause().is_nil() && error.trace().is_nil());
        error.set_code(&mut rt.heap, Value::inline_int(7));
        assert_eq!(error.code(), Value::inline_int(7));
        assert_eq!(ErrorRef::of(error.value()).map(ErrorRef::message), Some(error.message()));
        assert!(ErrorRef::of(Value::NIL).is_none());
        assert!(ErrorRef::of_thrown(&Thrown::Interrupted).is_none());
    }
}
