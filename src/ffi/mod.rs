//! Calling C: libraries, extern functions and variables, and what the module `ffi` offers.
//!
//! The life of an extern function:
//!
//! 1. When its unit is linked, `link.rs` makes a value of it. Nothing is loaded yet.
//! 2. When its block is reached, or one of the block's names is used before that, the block's library is loaded
//!    (`library.rs`): the first of its names that the system can load. It is never unloaded.
//! 3. At its first call the symbol is looked up and a *call plan* is made of its declaration (`plan.rs`): how each argument is
//!    converted, what its attributes promise (`contract.rs`), and which way the call takes. How structs go by value is decided in
//!    `register_class.rs`.
//! 4. A call (`call.rs`) converts the arguments into words (`argument.rs`), checks them (`contract_check.rs`, `check.rs`, `strict.rs`), sets `errno`,
//!    calls, saves `errno`, and converts the result; what most calls need of that is in `quick.rs`. Numbers and pointers in registers go through a function pointer (`direct.rs`), all
//!    else to where the ABI wants its words (`words.rs`), by machine code of our own (`machine.rs`); on machines for which there is none,
//!    by libffi (`general.rs`).
//! 5. C may call back (`callback.rs`; to what is gone: `stale.rs`), also on other threads (`interlock.rs`). What it gives to be released is in `owned.rs`.
//!
//! What holds: nothing is collected during a call but in callbacks, and what the call needs stands in registers of the caller or is
//! held; so addresses of managed memory are valid as long as the call runs. What is not supported is refused by name when the function
//! is first used, and C is not called. Neither errors of scripts nor panics cross a frame of C.
#![allow(unsafe_code, reason = "calls into C and reads what the loader says; each block says why it holds")]

mod allocation;
mod argument;
mod block;
mod call;
mod callback;
mod check;
mod contract;
mod contract_check;
mod direct;
mod elf;
mod errno;
mod find;
mod foreign;
mod general;
mod interlock;
mod library;
mod link;
mod loader_cache;
mod machine;
mod namespace;
mod owned;
mod plan;
mod quick;
mod register_class;
mod stale;
mod strict;
mod variable;
mod words;

pub use block::{Block, Ffi, FfiConfig};
pub use call::call;
pub use check::objects_to_pin;
pub use contract::mistakes_in_contracts;
pub use find::{library_that_exports, missing_symbols};
pub use foreign::install;
pub use link::LinkedBlock;
pub use namespace::NAMESPACES;
pub use variable::Variable;

#[cfg(test)]
mod call_test;
