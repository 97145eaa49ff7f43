//! What travels when something goes wrong.

use super::word::Value;

/// Why a builtin, an operation or a call did not give a value.
///
/// It is the `Err` of everything that can fail at run time.
#[derive(Debug)]
pub enum Thrown {
    /// What `throw` threw: any value, usually an error.
    Value(Value),
    /// `os.exit`: runs `defer`s and `finally` blocks, cannot be caught.
    Exit(i32),
    /// Ctrl-C: runs `defer`s and `finally` blocks, cannot be caught.
    Interrupted,
    /// A generator is closed: runs its `defer`s and `finally` blocks, cannot be caught.
    Closed,
    /// The program ends at once with `fatal:` and status 70.
    Fatal(Box<FatalEnd>),
}

/// An end that no script can catch.
#[derive(Debug)]
pub struct FatalEnd {
    pub message: String,
    /// Lines below the message.
    pub details: Vec<String>,
}

/// The kinds of errors that the language raises itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    TypeError,
    NameError,
    IndexError,
    KeyError,
    ArithmeticError,
    ValueError,
    MatchError,
    IterationError,
    StackOverflow,
    MemoryError,
    AssertionError,
    ImportError,
    IOError,
    OSError,
    FFIError,
    PinError,
    SyntaxError,
}

impl ErrorKind {
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::TypeError => "TypeError",
            ErrorKind::NameError => "NameError",
            ErrorKind::IndexError => "IndexError",
            ErrorKind::KeyError => "KeyError",
            ErrorKind::ArithmeticError => "ArithmeticError",
            ErrorKind::ValueError => "ValueError",
            ErrorKind::MatchError => "MatchError",
            ErrorKind::IterationError => "IterationError",
            ErrorKind::StackOverflow => "StackOverflow",
            ErrorKind::MemoryError => "MemoryError",
            ErrorKind::AssertionError => "AssertionError",
            ErrorKind::ImportError => "ImportError",
            ErrorKind::IOError => "IOError",
            ErrorKind::OSError => "OSError",
            ErrorKind::FFIError => "FFIError",
            ErrorKind::PinError => "PinError",
            ErrorKind::SyntaxError => "SyntaxError",
        }
    }
}
