//! `cotter check`: all errors of all files, without running them.

use super::arguments::Check;
use super::report::Reporter;
use super::{Status, environment, usage};
use crate::diagnostic::Severity;
use crate::session::Session;

pub fn check(arguments: Check) -> Status {
    let format = match environment::error_format(arguments.error_format, &environment::variable) {
        Ok(format) => format,
        Err(error) => return usage::mistake(&error.0, &[]),
    };
    let reporter = Reporter::new(format);
    let mut status = Status::OK;
    for name in &arguments.files {
        let bytes = match usage::read(name) {
            Ok(bytes) => bytes,
            Err(missing) => {
                status = missing;
                continue;
            }
        };
        // One session each: files that are checked together need not fit together.
        let mut session = Session::new(environment::reading_options(&environment::variable));
        let found = match session.decode(name, bytes) {
            Ok(text) => session.check_text(name, &text),
            Err(found) => found,
        };
        found.iter().for_each(|diagnostic| reporter.report(diagnostic, &session.sources()));
        if status == Status::OK && found.iter().any(|diagnostic| diagnostic.severity != Severity::Warning) {
            status = Status::FAILED;
        }
    }
    status
}
