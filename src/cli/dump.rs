//! `cotter dump`: a file as the compiler sees it at some stage.

use super::arguments::{Dump, DumpStage};
use super::report::{self, Reporter};
use super::{Status, environment, usage};
use crate::session::{Session, Stage};

pub fn dump(arguments: Dump) -> Status {
    let format = match environment::error_format(arguments.error_format, &environment::variable) {
        Ok(format) => format,
        Err(error) => return usage::mistake(&error.0, &[]),
    };
    let bytes = match usage::read(&arguments.file) {
        Ok(bytes) => bytes,
        Err(status) => return status,
    };
    let stage = match arguments.stage {
        DumpStage::Tokens => Stage::Tokens,
        DumpStage::Tree => Stage::Tree,
        DumpStage::Code => Stage::Code,
    };
    let mut session = Session::new(environment::reading_options(&environment::variable));
    let listing = match session.decode(&arguments.file, bytes) {
        Ok(text) => session.dump(stage, &arguments.file, &text),
        Err(found) => Err(found),
    };
    match listing {
        Ok(text) => report::print(&text).unwrap_or(Status::OK),
        Err(found) => {
            found.iter().for_each(|diagnostic| Reporter::new(format).report(diagnostic, &session.sources()));
            Status::FAILED
        }
    }
}
