//! `cotter check`: all errors of all files, without running them.

use super::arguments::Check;
use super::files::each_file;
use super::{Status, environment};
use crate::diagnostic::Severity;
use crate::session::Session;
use std::ops::ControlFlow;

pub fn check(arguments: Check) -> Status {
    each_file(&arguments.files, arguments.error_format, |name, bytes, reporter| {
        // One session each: files that are checked together need not fit together.
        let mut session = Session::new(environment::reading_options(&environment::variable));
        let found = match session.decode(name, bytes) {
            Ok(text) => session.check_text(name, &text),
            Err(found) => found,
        };
        found.iter().for_each(|diagnostic| reporter.report(diagnostic, &session.sources()));
        ControlFlow::Continue(found.iter().all(|diagnostic| diagnostic.severity == Severity::Warning))
    })
}
