//! `cotter verify`: whether extern blocks declare what headers do.

use super::arguments::Verify;
use super::bind::compiler;
use super::report::Reporter;
use super::{Status, environment, report, usage};
use crate::session::Session;

pub fn verify(arguments: Verify) -> Status {
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
        let mut options = environment::reading_options(&environment::variable);
        options.c_compiler = compiler(options.c_compiler, &arguments.reading);
        let mut session = Session::new(options);
        let verified = session.decode(name, bytes).and_then(|text| session.verify(name, &text, arguments.header.as_deref()));
        let findings = match verified {
            Ok(verified) => {
                if let Some(closed) = report::print(&format!("{name}: {}\n", verified.summary())) {
                    return closed;
                }
                verified.findings
            }
            Err(findings) => findings,
        };
        findings.iter().for_each(|diagnostic| reporter.report(diagnostic, &session.sources()));
        if status == Status::OK && !findings.is_empty() {
            status = Status::FAILED;
        }
    }
    status
}
