//! Every golden script compiles, unless it says that it does not.

use super::compile;
use crate::source::SourceMap;
use crate::syntax::parse;
use std::path::{Path, PathBuf};

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of tests").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "cot") {
            found.push(path);
        }
    }
}

fn parses(text: &str) -> bool {
    let mut sources = SourceMap::new();
    let file = sources.add("test.cot", text).expect("room for a test");
    parse(&file).diagnostics.is_empty()
}

#[test]
fn golden_scripts_compile_or_say_where_they_do_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["tests/golden", "benches", "examples"] {
        scripts(&root.join(folder), &mut paths);
    }
    assert!(paths.len() > 100, "only {} scripts were found", paths.len());
    let mut failures = Vec::new();
    for path in &paths {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        // C text is read by another part.
        let has_c_text = text.contains(" c {") || text.contains(" header \"");
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if has_c_text {
            continue;
        }
        let expected: Vec<usize> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("# error: SyntaxError"))
            .map(|(number, _)| number + 1)
            .collect();
        let (sources, result) = compile(text, true);
        let name = path.strip_prefix(root).unwrap_or(path).display();
        match result {
            Ok(_) if expected.is_empty() => {}
            Ok(_) => failures.push(format!("{name}: no error where lines {expected:?} expect one")),
            // What the parser finds is tested with it.
            Err(_) if !parses(text) => {}
            Err(diagnostics) => {
                let lines = diagnostics.iter().map(|d| {
                    let file = sources.file(d.primary.range);
                    (file.map_or(0, |f| f.line_column(d.primary.range.start).0), d.message.clone())
                });
                let unexpected: Vec<_> = lines.clone().filter(|(line, _)| !expected.contains(line)).collect();
                let found: Vec<usize> = lines.map(|(line, _)| line).collect();
                let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
                if !unexpected.is_empty() || !missing.is_empty() {
                    failures.push(format!("{name}: unexpected {unexpected:?}, missing {missing:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} scripts:\n{}", failures.len(), paths.len(), failures.join("\n"));
}
