//! Functions written in Rust: how they are declared and what they are given.

use super::Vm;
use crate::value::{Thrown, TypeId, Value};

/// A function written in Rust. Collections happen only between two instructions, so it allocates freely; only if it calls back
/// into a script (`Host::call`, `str` of a struct…) must what it holds be rooted: its arguments are, all else goes to
/// `Runtime::held`.
pub type NativeFunction = fn(&mut Vm, Arguments) -> Result<Value, Thrown>;

/// One function of a namespace.
pub struct NativeEntry {
    /// As scripts write it.
    pub name: &'static str,
    /// `(s, base = 10)`, `(...values, sep: " ", end: "\n")`: parameters by name. Those behind a rest parameter can be given by
    /// name only. Methods begin with `self`. Read when names are used, for messages and for documentation.
    pub signature: &'static str,
    /// Positional arguments at least and at most, `self` included for methods; [`NativeEntry::ANY`] for no bound.
    pub minimum: u8,
    pub maximum: u8,
    pub function: NativeFunction,
    /// A line of Markdown, and behind an empty line an example if it helps, indented by four blanks; it is run as a test.
    pub doc: &'static str,
}

impl NativeEntry {
    pub const ANY: u8 = u8::MAX;
}

/// Where the functions of a namespace are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// By their bare names everywhere.
    Builtins,
    /// As methods of the values of a type.
    Methods(TypeId),
    /// As properties of the values of a type: called with the value alone when the name is read without a call (`generator.done`).
    Properties(TypeId),
    /// As members of a module that is imported by the namespace's name.
    Module,
}

/// A table of functions with a name.
pub struct Namespace {
    /// `builtins`, `list`, `math`.
    pub name: &'static str,
    pub place: Place,
    pub entries: &'static [NativeEntry],
    /// Values that are no functions (`math.pi`), made when the namespace is installed or imported.
    pub constants: fn(&mut Vm) -> Vec<(&'static str, Value)>,
    /// The part that is written in Cotter: source text and the names it defines. It is compiled when one of them is first asked for.
    pub script: Option<(&'static str, &'static [&'static str])>,
    pub doc: &'static str,
}

/// The arguments of a native call: registers of the caller, which stay in place and are roots during the call.
#[derive(Clone, Copy)]
pub struct Arguments {
    base: *const Value,
    count: u32,
    /// Values of the parameters behind a rest parameter, in order of the signature, `Value::UNDEFINED` where not given; null if none was.
    named: *const Value,
}

impl Arguments {
    /// # Safety
    /// `count` values stand at `base` and stay there during the call; `named` is null or points at as many values as the signature
    /// has parameters behind its rest parameter.
    pub unsafe fn new(base: *const Value, count: u32, named: *const Value) -> Arguments {
        Arguments { base, count, named }
    }

    #[inline(always)]
    pub fn count(self) -> usize {
        self.count as usize
    }

    /// The argument at `i` (from 0; `self` is 0 in a method), `Value::UNDEFINED` where it was not given.
    #[inline(always)]
    pub fn get(self, i: usize) -> Value {
        if i < self.count as usize {
            // SAFETY: `new`'s promise.
            unsafe { *self.base.add(i) }
        } else {
            Value::UNDEFINED
        }
    }

    /// The argument at `i`, `None` where it was not given.
    #[inline]
    pub fn optional(self, i: usize) -> Option<Value> {
        let value = self.get(i);
        if value.is_undefined() { None } else { Some(value) }
    }

    /// The value of the `i`th parameter behind the rest parameter, `None` where it was not given.
    #[inline]
    pub fn named(self, i: usize) -> Option<Value> {
        if self.named.is_null() {
            return None;
        }
        // SAFETY: `new`'s promise.
        let value = unsafe { *self.named.add(i) };
        if value.is_undefined() { None } else { Some(value) }
    }

    /// All of them; good until the call returns.
    #[inline]
    pub fn as_slice<'a>(self) -> &'a [Value] {
        // SAFETY: `new`'s promise.
        unsafe { std::slice::from_raw_parts(self.base, self.count as usize) }
    }

    /// A copy of the arguments from `first` on (they may have moved on when a callback returns, so no borrow is given out).
    pub fn rest(self, first: usize) -> Vec<Value> {
        (first..self.count()).map(|i| self.get(i)).collect()
    }
}
