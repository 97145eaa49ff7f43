//! Cotter.
