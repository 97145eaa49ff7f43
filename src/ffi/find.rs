//! Which library of the system exports given symbols, read from the libraries' files: nothing is loaded.

use super::elf::exported_names;
use super::library::load;
use super::loader_cache::known_libraries;
use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

/// The file name of the library that exports most of the symbols, and at least half of them. Libraries whose name resembles
/// a hint are looked at first, and the first that exports everything is it.
pub fn library_that_exports(symbols: &[&str], hints: &[&str]) -> Option<String> {
    let mut libraries = known_libraries();
    // A name without a version is there where one compiles, and not where scripts run.
    libraries.retain(|(name, _)| name.contains(".so.") && !is_sanitizer(name));
    libraries.sort_by_key(|(name, _)| (!hints.iter().any(|hint| resembles(name, hint)), name.len(), name.clone()));
    let mut best: Option<(usize, String)> = None;
    for (name, path) in libraries {
        let exported: HashSet<String> = exported_names(&path).into_iter().collect();
        let count = symbols.iter().filter(|symbol| exported.contains(**symbol)).count();
        if count == symbols.len() {
            return Some(name);
        }
        if count * 2 >= symbols.len() && best.as_ref().is_none_or(|(most, _)| count > *most) {
            best = Some((count, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Of symbols those that are not in the first of some libraries that can be loaded: their numbers, and what is said of each. That is what
/// calls would find, what the library itself needs included.
///
/// # Errors
/// If none of them can be loaded: what was tried.
pub fn missing_symbols(
    libraries: &[Rc<str>],
    base: Option<&Path>,
    symbols: &[Rc<str>],
) -> Result<Vec<(usize, String)>, Vec<String>> {
    let mut tried = Vec::new();
    let library = libraries.iter().find_map(|name| load(name, base, &[], &mut tried)).ok_or(tried)?;
    let missing = symbols.iter().enumerate().filter(|(_, symbol)| library.symbol(symbol).is_none());
    Ok(missing.map(|(index, symbol)| (index, library.missing_symbol(symbol))).collect())
}

/// The run-time libraries of sanitizers export what they watch: much of the C library.
fn is_sanitizer(name: &str) -> bool {
    name.split('.').next().is_some_and(|stem| stem.ends_with("san"))
}

/// `libz.so.1` and the hint `zlib`, `libpng16.so.16` and `png`.
fn resembles(library: &str, hint: &str) -> bool {
    let stem = |name: &str| name.trim_start_matches("lib").split(['.', '-']).next().unwrap_or_default().to_lowercase();
    let (library, hint) = (stem(library), hint.trim_end_matches("lib").to_lowercase());
    !hint.is_empty() && (library.starts_with(&hint) || hint.starts_with(&library) || stem(&hint) == library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_of_a_function_is_found() {
        assert_eq!(library_that_exports(&["cos", "lgamma"], &["math"]).as_deref(), Some("libm.so.6"));
        assert_eq!(library_that_exports(&["surely_no_such_function"], &[]), None);
        assert!(resembles("libz.so.1", "zlib") && resembles("libpng16.so.16", "png") && !resembles("libm.so.6", "zlib"));
    }
}
