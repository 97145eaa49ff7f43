//! Cotter.

pub mod builtins;
pub mod bytecode;
pub mod compile;
pub mod cli;
pub mod diagnostic;
pub mod ffi;
pub mod format;
pub mod heap;
pub mod session;
pub mod source;
pub mod syntax;
pub mod value;
pub mod vm;
