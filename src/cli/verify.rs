//! `cotter verify`: whether extern blocks declare what headers do.

use super::arguments::Verify;
use super::bind::compiler;
use super::files::each_file;
use super::{Status, environment, report};
use crate::session::Session;
use std::ops::ControlFlow;

pub fn verify(arguments: Verify) -> Status {
    each_file(&arguments.files, arguments.error_format, |name, bytes, reporter| {
        let mut options = environment::reading_options(&environment::variable);
        options.c_compiler = compiler(options.c_compiler, &arguments.reading);
        let mut session = Session::new(options);
        let verified = session.decode(name, bytes).and_then(|text| session.verify(name, &text, arguments.header.as_deref()));
        let findings = match verified {
            Ok(verified) => {
                if let Some(closed) = report::print(&format!("{name}: {}\n", verified.summary())) {
                    return ControlFlow::Break(closed);
                }
                verified.findings
            }
            Err(findings) => findings,
        };
        findings.iter().for_each(|diagnostic| reporter.report(diagnostic, &session.sources()));
        ControlFlow::Continue(findings.is_empty())
    })
}
