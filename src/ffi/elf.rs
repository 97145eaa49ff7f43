//! What a library's file says of itself, for messages: the names that it exports, for suggestions when a symbol is missing, and the
//! machine that it was made for, of which the loader does not speak.

use std::io::Read;
use std::path::Path;

/// Libraries beyond this size are not read for a suggestion.
const MAX_FILE: u64 = 256 << 20;
const SECTION_DYNSYM: u32 = 11;

/// The functions and variables that an ELF library of 64 bits defines; empty where the file cannot be read or is none.
pub(super) fn exported_names(path: &Path) -> Vec<String> {
    let is_small = std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= MAX_FILE);
    if !is_small {
        return Vec::new();
    }
    std::fs::read(path).ok().and_then(|file| names_in(&file)).unwrap_or_default()
}

/// The machine that an ELF library was made for, if it is another one than this.
pub(super) fn other_machine(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut header = [0; 20];
    file.read_exact(&mut header).ok()?;
    foreign_machine(&header)
}

fn foreign_machine(header: &[u8]) -> Option<String> {
    if header.get(..4)? != b"\x7fELF" {
        return None;
    }
    let own = MACHINES.iter().find(|(_, name)| *name == std::env::consts::ARCH)?;
    let is_big_endian = header[5] == 2;
    let machine = if is_big_endian { header[18] as usize * 256 + header[19] as usize } else { number(header, 18, 2)? };
    let bits = if header[4] == 1 { 32 } else { 64 };
    if machine == own.0 && bits == 64 {
        return None;
    }
    let known = MACHINES.iter().find(|(number, _)| *number == machine);
    let name = known.map_or_else(|| format!("machine {machine}"), |(_, name)| name.to_string());
    Some(format!("made for {name} of {bits} bits, not for {} of 64", own.1))
}

/// Machines by ELF's number, by the names that Rust has for them.
const MACHINES: [(usize, &str); 9] = [
    (3, "x86"),
    (8, "mips"),
    (20, "powerpc"),
    (21, "powerpc64"),
    (22, "s390x"),
    (40, "arm"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
];

fn names_in(file: &[u8]) -> Option<Vec<String>> {
    // 64 bits, little-endian.
    if file.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let table = number(file, 40, 8)?;
    let entry_size = number(file, 58, 2)?;
    let count = number(file, 60, 2)?;
    let section = |index: usize| file.get(table.checked_add(index.checked_mul(entry_size)?)?..)?.get(..64);
    for index in 0..count {
        let header = section(index)?;
        if number(header, 4, 4)? != SECTION_DYNSYM as usize {
            continue;
        }
        let symbols = contents(file, header)?;
        let strings = contents(file, section(number(header, 40, 4)?)?)?;
        return Some(symbols.chunks_exact(24).filter_map(|symbol| defined_name(symbol, strings)).collect());
    }
    None
}

/// The name of a symbol that is a function or variable defined here.
fn defined_name(symbol: &[u8], strings: &[u8]) -> Option<String> {
    let kind = symbol[4] & 15;
    let is_defined = number(symbol, 6, 2)? != 0;
    // Object, function, indirect function.
    if !is_defined || !matches!(kind, 1 | 2 | 10) {
        return None;
    }
    let name = strings.get(number(symbol, 0, 4)?..)?;
    let end = name.iter().position(|&byte| byte == 0)?;
    std::str::from_utf8(&name[..end]).ok().filter(|name| !name.is_empty()).map(str::to_string)
}

fn contents<'a>(file: &'a [u8], header: &[u8]) -> Option<&'a [u8]> {
    let start = number(header, 24, 8)?;
    file.get(start..start.checked_add(number(header, 32, 8)?)?)
}

/// A little-endian number.
pub(super) fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | byte as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_of_another_library_is_told() {
        let mut header = std::fs::read("/proc/self/exe").unwrap()[..20].to_vec();
        assert_eq!(foreign_machine(&header), None);
        header[18..].copy_from_slice(&[22, 0]);
        let own = std::env::consts::ARCH;
        assert_eq!(foreign_machine(&header), Some(format!("made for s390x of 64 bits, not for {own} of 64")));
        // Its bytes stand the other way round there.
        header[5] = 2;
        header[18..].copy_from_slice(&[0, 22]);
        assert_eq!(foreign_machine(&header), Some(format!("made for s390x of 64 bits, not for {own} of 64")));
        assert_eq!(foreign_machine(b"#!/bin/sh and more than 20 bytes"), None);
    }

    #[test]
    fn damaged_files_give_no_names() {
        let whole = std::fs::read("/proc/self/exe").unwrap();
        let head = &whole[..4096.min(whole.len())];
        for length in [0, 5, 6, 40, 63, 64, 200, head.len()] {
            assert!(names_in(&head[..length]).is_none_or(|names| names.is_empty()));
        }
        let mut wild = head.to_vec();
        wild[40..48].fill(0xff);
        assert!(names_in(&wild).is_none());
    }
}
