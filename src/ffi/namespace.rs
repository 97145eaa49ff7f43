//! stand
