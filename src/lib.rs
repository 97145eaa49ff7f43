//! Cotter.

pub mod diagnostic;
pub mod format;
pub mod source;
pub mod syntax;
