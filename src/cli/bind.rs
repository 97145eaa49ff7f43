//! `cotter bind`: what installed headers declare, as source text.

use super::arguments::{Bind, Reading};
use super::{Status, environment, report, usage};
use crate::session::{BindRequest, CCompiler, Session};

pub fn bind(arguments: Bind) -> Status {
    let mut options = environment::reading_options(&environment::variable);
    options.c_compiler = compiler(options.c_compiler, &arguments.reading);
    let session = Session::new(options);
    let headers = arguments.header.split(',').map(|header| header.trim().trim_matches(['<', '>']).to_string());
    let request = BindRequest {
        headers: headers.filter(|header| !header.is_empty()).collect(),
        names: arguments.names,
        also: arguments.also,
        libraries: arguments.libraries,
        alias: arguments.alias,
    };
    let bound = match session.bind(&request) {
        Ok(bound) => bound,
        Err(failure) => {
            let _ = usage::mistake(&failure.message(), &[failure.help().to_string()]);
            return Status::FAILED;
        }
    };
    for missing in &bound.missing {
        report::print_error(&format!("error: {}\n", missing.why));
        if let Some(help) = &missing.help {
            report::print_error(&format!("  help: {help}\n"));
        }
    }
    if !bound.missing.is_empty() {
        return Status::FAILED;
    }
    if let Some((what, help)) = &bound.remark {
        report::print_error(&format!("warning: {what}\n  help: {help}\n"));
    }
    if bound.has_no_library {
        report::print_error("warning: no library exports these functions; name it with --lib\n");
    }
    match &arguments.output {
        None => report::print(&bound.text).unwrap_or(Status::OK),
        Some(path) => match std::fs::write(path, &bound.text) {
            Ok(()) => Status::OK,
            Err(error) => usage::mistake(&format!("cannot write `{}`: {error}", path.display()), &[]),
        },
    }
}

/// The C compiler with the options of the command line.
pub fn compiler(compiler: CCompiler, reading: &Reading) -> CCompiler {
    let mut options: Vec<String> = reading.folders.iter().map(|folder| format!("-I{folder}")).collect();
    options.extend(reading.macros.iter().map(|definition| format!("-D{definition}")));
    CCompiler { options, ..compiler }
}
