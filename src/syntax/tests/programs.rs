//! Whole programs: those of the benchmarks, the library, the examples and the golden tests.

use super::*;
use std::path::{Path, PathBuf};

fn scripts(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "cot") {
            out.push(path);
        }
    }
}

/// Every script of the project parses, unless it says that it holds a syntax error.
#[test]
fn every_script_parses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["benches", "stdlib", "examples", "tests"] {
        scripts(&root.join(folder), &mut paths);
    }
    assert!(!paths.is_empty(), "no scripts found");
    let mut failures = String::new();
    for path in paths {
        let bytes = std::fs::read(&path).expect("the script can be read");
        let Ok(text) = decode_source(&bytes) else { continue };
        let shows_mistakes = path.starts_with(root.join("tests/gallery"));
        if text.contains("SyntaxError") || shows_mistakes {
            continue;
        }
        let mut map = SourceMap::new();
        let file = map.add(path.display().to_string(), text).expect("the text is short");
        for diagnostic in parse(&file).diagnostics {
            failures += &format!("{}: {} {:?}\n", map.place(diagnostic.primary.range), diagnostic.message, diagnostic.help);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
