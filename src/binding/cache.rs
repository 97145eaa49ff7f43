//! What headers said the last time, kept in files.
//!
//! The answer is source text of Cotter with a head that names the files it came from, their sizes and times. It counts as long
//! as all of these are as they were. A cache that cannot be read or written is none.

use super::compiler::CCompiler;
use super::header::Header;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const FIRST_LINE: &str = concat!("# cotter ", env!("CARGO_PKG_VERSION"));

fn path(folder: &Path, compiler: &CCompiler, header: &str, names: &[&str]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (&compiler.command, &compiler.options, &compiler.folder, header, names).hash(&mut hasher);
    folder.join(format!("{:016x}.cot", hasher.finish()))
}

/// Size and time of a file, as the head holds them.
pub fn state_of(file: &str) -> Option<String> {
    let data = std::fs::metadata(file).ok()?;
    let time = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", data.len(), time.as_nanos()))
}

/// The source text that the same question had as its answer, if nothing has changed.
pub fn remembered(folder: Option<&Path>, compiler: &CCompiler, header: &str, names: &[&str]) -> Option<String> {
    let text = std::fs::read_to_string(path(folder?, compiler, header, names)).ok()?;
    let mut lines = text.split_inclusive('\n');
    if lines.next()?.trim_end() != FIRST_LINE || lines.next()?.trim_end() != question(header, names) {
        return None;
    }
    let mut length = FIRST_LINE.len() + question(header, names).len() + 2;
    for line in lines {
        let Some(known) = line.strip_prefix("# from ") else { break };
        let (state, file) = known.trim_end().rsplit_once(" in ").map(|(state, file)| (state.to_string(), file))?;
        if state_of(file)? != state {
            return None;
        }
        length += line.len();
    }
    text.get(length..).map(str::to_string)
}

fn question(header: &str, names: &[&str]) -> String {
    format!("# asked {header} for {}", names.join(" ")).replace('\n', " ")
}

pub fn remember(folder: Option<&Path>, compiler: &CCompiler, header: &str, names: &[&str], read: &Header, answer: &str) {
    let Some(folder) = folder else { return };
    let mut text = format!("{FIRST_LINE}\n{}\n", question(header, names));
    for file in read.dependencies() {
        let Some(state) = state_of(file) else { return };
        text.push_str(&format!("# from {state} in {file}\n"));
    }
    text.push_str(answer);
    let path = path(folder, compiler, header, names);
    // Another process may do the same; each file appears whole.
    let unfinished = path.with_extension(format!("{}.new", std::process::id()));
    if std::fs::create_dir_all(folder).is_ok() && std::fs::write(&unfinished, text).is_ok() {
        let _ = std::fs::rename(&unfinished, &path);
    }
}
