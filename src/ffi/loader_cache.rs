//! Which versions of a library the system's loader knows: its cache, and its directories.
//!
//! The cache is read as glibc writes it (format 1.1): a head of 48 bytes, entries of 24 bytes with the offsets of a name and a
//! path, then the texts.

use super::elf::number;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

const CACHE: &str = "/etc/ld.so.cache";
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
const HEAD_SIZE: usize = 48;
const ENTRY_SIZE: usize = 24;
/// Where loaders look besides their cache.
const DIRECTORIES: &[&str] = &[
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    #[cfg(target_arch = "x86_64")]
    "/lib/x86_64-linux-gnu",
    #[cfg(target_arch = "x86_64")]
    "/usr/lib/x86_64-linux-gnu",
    #[cfg(target_arch = "aarch64")]
    "/lib/aarch64-linux-gnu",
    #[cfg(target_arch = "aarch64")]
    "/usr/lib/aarch64-linux-gnu",
];

/// The files `libNAME.so.N…` that the loader knows, highest version first, each name once.
pub(super) fn versions_of(name: &str, more_directories: &[PathBuf]) -> Vec<String> {
    let prefix = format!("lib{name}.so.");
    let mut found: Vec<String> = Vec::new();
    if let Ok(cache) = std::fs::read(CACHE) {
        found.extend(names_in(&cache).into_iter().filter(|file| file.starts_with(&prefix)));
    }
    for directory in DIRECTORIES.iter().map(Path::new).chain(more_directories.iter().map(PathBuf::as_path)) {
        let Ok(entries) = std::fs::read_dir(directory) else { continue };
        found.extend(
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|file| file.starts_with(&prefix)),
        );
    }
    found.retain(|file| file[prefix.len()..].chars().all(|c| c.is_ascii_digit() || c == '.'));
    found.sort_by(|a, b| compare_versions(&b[prefix.len()..], &a[prefix.len()..]));
    found.dedup();
    found
}

/// All libraries of the loader's cache: file name and path.
pub(super) fn known_libraries() -> Vec<(String, PathBuf)> {
    let Ok(cache) = std::fs::read(CACHE) else { return Vec::new() };
    entries_in(&cache).into_iter().map(|(name, path)| (name, PathBuf::from(path))).collect()
}

/// `1.10` is higher than `1.9`; of `1` and `1.3`, which name one library, the short one counts as higher: it is what programs
/// are linked with.
fn compare_versions(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(x), Some(y)) => {
                let order = (x.len(), x).cmp(&(y.len(), y));
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

fn names_in(cache: &[u8]) -> Vec<String> {
    entries_in(cache).into_iter().map(|(name, _)| name).collect()
}

/// Names and paths.
fn entries_in(cache: &[u8]) -> Vec<(String, String)> {
    let Some(start) = cache.windows(MAGIC.len()).position(|window| window == MAGIC) else { return Vec::new() };
    let cache = &cache[start..];
    let count = number(cache, 20, 4).unwrap_or(0);
    let text_at = |entry: &[u8], at: usize| {
        let text = cache.get(number(entry, at, 4)?..)?;
        let end = text.iter().position(|&byte| byte == 0)?;
        std::str::from_utf8(&text[..end]).ok().map(str::to_string)
    };
    let entry_of = |index: usize| {
        let entry = cache.get(HEAD_SIZE + index * ENTRY_SIZE..)?;
        Some((text_at(entry, 4)?, text_at(entry, 8).unwrap_or_default()))
    };
    (0..count.min(cache.len() / ENTRY_SIZE)).filter_map(entry_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let mut versions = ["1.9", "1.10", "2", "1", "10"];
        versions.sort_by(|a, b| compare_versions(b, a));
        assert_eq!(versions, ["10", "2", "1", "1.10", "1.9"]);
    }

    #[test]
    fn the_c_library_is_known() {
        assert_eq!(versions_of("c", &[]).first().map(String::as_str), Some("libc.so.6"));
        assert!(versions_of("surely-no-such-library", &[]).is_empty());
    }

    #[test]
    fn a_damaged_cache_gives_what_can_be_read() {
        assert!(names_in(b"").is_empty());
        assert!(names_in(MAGIC).is_empty());
        let mut wild = MAGIC.to_vec();
        wild.resize(HEAD_SIZE + ENTRY_SIZE, 0xff);
        assert!(names_in(&wild).is_empty());
    }
}
