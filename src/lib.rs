//! Cotter: a small garbage-collected scripting language for calling C.
//!
//! Programs that embed it use [`session::Session`]: it runs files and texts, checks them, and takes the entries of a dialogue.
//! The other modules are its storeys, from text to code and from memory to running; `ARCHITECTURE.md` draws the house.

pub mod binding;
pub mod builtins;
pub mod bytecode;
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod ffi;
pub mod fmt;
pub mod format;
pub mod heap;
pub mod lsp;
mod machine_stack;
pub mod markup;
pub mod nearest;
pub mod session;
pub mod source;
pub mod syntax;
pub mod value;
pub mod vm;
