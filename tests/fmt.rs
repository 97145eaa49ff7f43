//! The formatter over all scripts of the project: the golden scripts, the examples, the library, and the code of the pages.
//!
//! What the style may change of the tokens: separators that stand for a line break, and commas behind a last item. So the tree of
//! a formatted text is the tree of its source, which is what is compared here, beside the comments; and the programs do the same.

use cotter::source::SourceMap;
use cotter::{fmt, syntax};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of the project").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, extension, found);
        } else if entry.extension().is_some_and(|found| found == extension) {
            found.push(entry);
        }
    }
}

/// Names and texts of all that should be formatted alike, syntax errors included.
fn corpus() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in ["tests/golden", "examples", "stdlib"] {
        files(&root().join(folder), "cot", &mut paths);
    }
    let mut texts: Vec<(String, String)> = paths
        .iter()
        .filter_map(|path| Some((path.display().to_string(), std::fs::read_to_string(path).ok()?)))
        .map(|(name, text)| (name, text.trim_start_matches('\u{feff}').to_string()))
        .collect();
    let mut pages = vec![root().join("README.md")];
    files(&root().join("docs"), "md", &mut pages);
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for (number, part) in text.split("```cotter\n").skip(1).enumerate() {
            let code = part.split("\n```").next().unwrap_or("");
            texts.push((format!("{} block {number}", page.display()), format!("{code}\n")));
        }
    }
    texts
}

/// The tree of a text and its comments; `None` if its syntax is wrong.
fn meaning(text: &str) -> Option<(String, Vec<String>)> {
    let mut sources = SourceMap::new();
    let file = sources.add("text", text).expect("small");
    let parsed = syntax::parse(&file);
    let comments = fmt::comments(&file).into_iter().map(str::to_string).collect();
    parsed.diagnostics.is_empty().then(|| (syntax::print_tree(&parsed.module), comments))
}

fn formatted(text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    fmt::format(&sources.add("text", text).expect("small")).ok()
}

/// What is wrong with how a text is formatted.
fn finding(text: &str) -> Option<String> {
    let (meaning_before, once) = (meaning(text), formatted(text));
    let (Some(before), Some(once)) = (&meaning_before, &once) else {
        return (meaning_before.is_some() != once.is_some()).then(|| "syntax errors and formatting disagree".to_string());
    };
    let Some(after) = meaning(once) else { return Some(format!("the result is no program:\n{once}")) };
    if before.0 != after.0 {
        return Some(format!("the tree has changed:\n{once}"));
    }
    if before.1 != after.1 {
        return Some(format!("the comments have changed:\n{once}"));
    }
    let twice = formatted(once);
    (twice.as_ref() != Some(once))
        .then(|| format!("formatting again changes it:\n{once}\n---- becomes ----\n{}", twice.unwrap_or_default()))
}

#[test]
fn all_scripts_keep_their_meaning() {
    let corpus = corpus();
    let correct = corpus.iter().filter(|(_, text)| meaning(text).is_some()).count();
    assert!(correct > 800, "only {correct} texts are correct");
    let findings: Vec<String> =
        corpus.iter().filter_map(|(name, text)| finding(text).map(|finding| format!("{name}: {finding}"))).collect();
    assert!(findings.is_empty(), "{} findings, the first:\n{}", findings.len(), findings[0]);
}

/// A generator of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }
}

/// The same tokens with other blanks between them: none, several, line breaks, comments.
fn mangled(text: &str, numbers: &mut Numbers) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("text", text).expect("small");
    let mut out = String::new();
    let mut end = 0;
    let mut strings = 0usize;
    for token in syntax::tokens(&file) {
        let (start, stop) = ((token.range.start - file.base) as usize, (token.range.end - file.base) as usize);
        if start == stop || start < end {
            continue;
        }
        let gap = &text[end..start];
        let is_inside = strings > 0;
        if is_inside || token.class == syntax::token::TokenClass::CText {
            out.push_str(gap);
        } else {
            match numbers.below(24) {
                0 if gap == " " => out.push_str("   "),
                1 => out.push_str(&format!("{gap}\n")),
                2 => out.push_str(&format!("{gap}# new\n")),
                3 if gap.contains('\n') => out.push_str(&gap.replace('\n', "\n\n\n")),
                4 if gap.starts_with('\n') => out.push_str(&format!("\t{gap}")),
                5 if gap == " " => {}
                _ => out.push_str(gap),
            }
        }
        match token.class {
            syntax::token::TokenClass::Interpolation if &text[start..stop] == "{" => strings += 1,
            syntax::token::TokenClass::Interpolation => strings -= 1,
            _ => {}
        }
        out.push_str(&text[start..stop]);
        end = stop;
    }
    out.push_str(&text[end..]);
    out
}

#[test]
fn scripts_with_other_blanks_keep_their_meaning() {
    let mut numbers = Numbers(20_261_123);
    let mut correct = 0;
    for (name, text) in corpus() {
        // A long text nearly always has a mistake put in somewhere, so pieces of it are tried, too.
        let mut texts = vec![text.clone()];
        texts.extend(text.split("\n\n").map(str::to_string));
        for text in texts {
            if meaning(&text).is_none() {
                continue;
            }
            for _ in 0..3 {
                let other = mangled(&text, &mut numbers);
                if meaning(&other).is_none() {
                    continue;
                }
                correct += 1;
                if let Some(finding) = finding(&other) {
                    panic!("{name}: {finding}\n---- from ----\n{other}");
                }
            }
        }
    }
    assert!(correct > 2_000, "only {correct} texts were correct");
}

fn cotter(folder: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_cotter"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("ended")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("created");
    for entry in std::fs::read_dir(from).expect("readable") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|extension| extension != "diagnostic") {
            // Exact renderings of errors show the source as it was.
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

#[test]
fn formatted_scripts_do_what_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    // Scripts find each other where they do here.
    for place in ["tests/golden", "examples"] {
        copy(&root().join(place), &folder.path().join(place));
        let output = cotter(folder.path(), &["fmt", place], "");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let golden = cotter(folder.path(), &["test", "--timeout", "600", "tests/golden"], "");
    assert!(golden.status.success(), "{}", String::from_utf8_lossy(&golden.stdout));
    let examples = folder.path().join("examples").display().to_string();
    let examples = cotter(root(), &["test", "--timeout", "600", "--folder", ".", &examples], "");
    assert!(examples.status.success(), "{}", String::from_utf8_lossy(&examples.stdout));
}

#[test]
fn the_library_and_the_examples_are_in_the_style() {
    let output = cotter(root(), &["fmt", "--check", "stdlib", "examples", "benches"], "");
    assert!(output.status.success(), "cotter fmt stdlib examples would change:\n{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn standard_input_is_formatted_to_standard_output() {
    for arguments in [&["fmt", "-"][..], &["fmt"]] {
        let output = cotter(root(), arguments, "let  x=1");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()), (Some(0), "let x = 1\n"));
    }
}

#[test]
fn checking_names_and_shows_what_would_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, text).expect("written");
    };
    write("good.cot", "let x = 1\n");
    write("sub/_bad.cot", "let  y=1\n");
    write("other.txt", "let  z=1\n");
    let output = cotter(folder.path(), &["fmt", "--check", "."], "");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("sub/_bad.cot") && shown.contains("-let  y=1\n+let y = 1\n"), "{shown}");
    assert!(!shown.contains("good.cot") && !shown.contains("other.txt"), "{shown}");
    assert_eq!(cotter(folder.path(), &["fmt", "."], "").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(folder.path().join("sub/_bad.cot")).expect("there"), "let y = 1\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("other.txt")).expect("there"), "let  z=1\n");
    assert_eq!(cotter(folder.path(), &["fmt", "--check", "."], "").status.code(), Some(0));
    assert_eq!(cotter(folder.path(), &["fmt", "--check"], "let  x=1").status.code(), Some(1));
}

#[test]
fn what_cannot_be_formatted_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wrong.cot");
    let text = "let  x = \nunknown(\n";
    std::fs::write(&path, text).expect("written");
    let formatted = cotter(folder.path(), &["fmt", "wrong.cot"], "");
    let checked = cotter(folder.path(), &["check", "wrong.cot"], "");
    assert_eq!(formatted.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&formatted.stderr), String::from_utf8_lossy(&checked.stderr));
    assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
    assert_eq!(cotter(folder.path(), &["fmt", "missing.cot"], "").status.code(), Some(2));
    std::fs::write(&path, b"let x = \"\xff\"\n").expect("written");
    assert_eq!(cotter(folder.path(), &["fmt", "wrong.cot"], "").status.code(), Some(1));
}
