//! The commands that look at several files, each whatever the others are like, and the files of folders.

use super::arguments::ErrorFormat;
use super::report::Reporter;
use super::{Status, environment, usage};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Does something with the bytes of each file, of folders those of all scripts in them. `look` says whether nothing was found, or with which status to leave at once. What is not
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
    let mut files = Vec::new();
    for name in names {
        match Path::new(name).is_dir().then(|| scripts_in(name)) {
            None => files.push(name.clone()),
            Some(Ok(found)) => files.extend(found.into_iter().map(|path| path.display().to_string())),
            Some(Err(failed)) => status = failed,
        }
    }
    for name in &files {
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

/// The scripts in a folder and below, in order of their names, but for what is hidden or made by builds.
pub fn scripts_in(folder: &str) -> Result<Vec<PathBuf>, Status> {
    let mut found = Vec::new();
    match collect(Path::new(folder), &mut found) {
        Ok(()) => Ok(found),
        Err(error) => Err(usage::mistake(&format!("cannot read `{folder}`: {}", usage::reason(&error)), &[])),
    }
}

fn collect(folder: &Path, scripts: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if entry.is_dir() {
            collect(&entry, scripts)?;
        } else if name.ends_with(".cot") {
            scripts.push(entry);
        }
    }
    Ok(())
}
