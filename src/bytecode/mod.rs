//! The contract between compiler and interpreter, as plain data.
//!
//! The compiler turns a file into a [`Unit`]: its [`Code`] (one for each function, nested), what its module
//! declares, and nothing that needs a heap. The interpreter links a unit: constants become values, types get
//! their layout, and the code runs. A register machine: an [`Instruction`] is eight bytes,
//!
//! ```text
//!    63        48 47        32 31        16 15     8 7      0
//!   +------------+------------+------------+--------+--------+
//!   |     c      |     b      |     a      |   x    |   op   |
//!   +------------+------------+------------+--------+--------+
//! ```
//!
//! `a`, `b` and `c` are registers of the current frame, small numbers or indexes of tables of the code; `b` and `c`
//! together are one 32-bit number where a jump or a table may be large. The meaning of each operation stands in one
//! place, the table in `op.rs`; the listing and the verifier are driven by it.
//!
//! Files in reading order: `op.rs` (operations), `instruction.rs` (encoding), `code.rs` (functions, handlers, units),
//! `declaration.rs` (types and declarations as data), `listing.rs`, `verify.rs`.
//!
//! ## Registers
//! A frame has `Code::register_count` registers. Parameters come first. A call's window begins at `a`: the callee in
//! `R[a]`, arguments in `R[a+1]` and up; they become the callee's first registers without a copy, and the result
//! lands in `R[a]`. `Code::live` says for each instruction how many registers may hold something needed; the
//! collector looks at those only.

mod code;
mod declaration;
mod instruction;
mod listing;
mod op;
mod verify;

pub use code::{Capture, Code, Constant, Handler, HandlerKind, LiveChange, Parameter, Slot, SlotKind, Unit};
pub use declaration::{
    Contract, EnumDeclaration, ExternBlock, ExternFunction, ExternParameter, ExternVariable, FieldDeclaration, FieldPlace,
    RecordDeclaration, TypeDescription,
};
pub use instruction::Instruction;
pub use listing::list_unit;
pub use op::{Op, Operands};
pub use verify::{jump_target, register_bound, verify_code, verify_unit};
