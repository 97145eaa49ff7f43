//! The commands that look at several files, each whatever the others are like.

use super::arguments::ErrorFormat;
use super::report::Reporter;
use super::{Status, environment, usage};
use std::ops::ControlFlow;

/// Does something with the bytes of each file. `look` says whether nothing was found, or with which status to leave at once. What is not
/// readable decides the status before findings do.
pub fn each_file(
    names: &[String],
    error_format: Option<ErrorFormat>,
    mut look: impl FnMut(&str, Vec<u8>, Reporter) -> ControlFlow<Status, bool>,
) -> Status {
    let reporter = match environment::error_format(error_format, &environment::variable) {
        Ok(format) => Reporter::new(format),
        Err(error) => return usage::mistake(&error.0, &[]),
    };
    let mut status = Status::OK;
    for name in names {
        match usage::read(name) {
            Ok(bytes) => match look(name, bytes, reporter) {
                ControlFlow::Continue(is_fine) if is_fine || status != Status::OK => {}
                ControlFlow::Continue(_) => status = Status::FAILED,
                ControlFlow::Break(closed) => return closed,
            },
            Err(missing) => status = missing,
        }
    }
    status
}
