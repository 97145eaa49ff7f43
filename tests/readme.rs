//! Every code block of the pages is executed: those marked `cotter` as scripts, those marked `sh` as commands. A block of another kind
//! (`text`, `toml`, none) is not code.
//!
//! Commands run in the root of the project; those of a page below `docs` in a folder that the page has for itself, with the examples in it. There a script may
//! have a name, `cotter squeeze.cot`, by which later blocks of the page find it. `sh fails` is a block whose last command must fail, and
//! `text output` behind a block of commands is what they must have printed.
//!
//! In commands, `cargo run --release -- ` becomes the program under test, so that nothing is built again; and the
//! command that runs this very test is only looked at.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TEST_COMMAND: &str = "./test.sh";

struct Block {
    /// `page:line` of its first line.
    place: String,
    /// The words behind its opening quotes.
    marks: Vec<String>,
    text: String,
}

impl Block {
    fn language(&self) -> &str {
        self.marks.first().map_or("", String::as_str)
    }

    fn mark(&self) -> &str {
        self.marks.get(1).map_or("", String::as_str)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages at the root, and all of the book.
fn pages() -> Vec<String> {
    let mut pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(String::from).to_vec();
    let mut below = Vec::new();
    markdown_files(&root().join("docs"), &mut below);
    // The library's examples are run by `tests/documentation.rs`.
    below.retain(|path| !path.ends_with("reference/library.md"));
    pages.extend(below.iter().map(|path| path.strip_prefix(root()).expect("below").display().to_string()));
    pages
}

fn markdown_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder of the project").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            markdown_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            found.push(entry);
        }
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let text = std::fs::read_to_string(root().join(page)).expect("a page");
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(marks), None) => {
                let marks = marks.split_whitespace().map(str::to_string).collect();
                open = Some(Block { place: format!("{page}:{}", index + 2), marks, text: String::new() });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a code block is not closed");
    blocks
}

/// What a process that did not do as the page says shows, else nothing.
fn complaint(output: &Output, block: &Block) -> Option<String> {
    let must_fail = block.language() == "sh" && block.mark() == "fails";
    if output.status.success() != must_fail {
        return None;
    }
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Some(format!("{}: {}\n{}{}", block.place, output.status, text(&output.stdout), text(&output.stderr)))
}

/// Runs the blocks of a page in their order, and gives what is wrong.
fn run_page(page: &str) -> Vec<String> {
    let own = tempfile::tempdir().expect("a folder");
    let folder = if page.starts_with("docs/") { own.path() } else { root() };
    std::os::unix::fs::symlink(root().join("examples"), own.path().join("examples")).expect("linked");
    let mut complaints = Vec::new();
    let mut printed = String::new();
    for (index, block) in blocks(page).iter().enumerate() {
        let output = match block.language() {
            "cotter" => {
                let name = if block.mark().is_empty() { format!("block_{index}.cot") } else { block.mark().to_string() };
                let script = own.path().join(name);
                std::fs::write(&script, &block.text).expect("written");
                cotter().arg("test").arg(&script).output().expect("started")
            }
            "sh" => {
                let output = run_commands(block, folder);
                printed = String::from_utf8_lossy(&output.stdout).into_owned();
                output
            }
            "text" if block.mark() == "output" => {
                if printed != block.text {
                    complaints.push(format!("{}: the commands before it printed\n{printed}", block.place));
                }
                continue;
            }
            _ => continue,
        };
        complaints.extend(complaint(&output, block));
    }
    complaints
}

fn cotter() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cotter"))
}

fn run_commands(block: &Block, folder: &Path) -> Output {
    let mut commands = String::new();
    for line in block.text.lines() {
        if line.split_whitespace().next() == Some(TEST_COMMAND) {
            assert!(root().join(TEST_COMMAND).is_file(), "{}: there is no {TEST_COMMAND}", block.place);
            continue;
        }
        commands.push_str(&line.replace("cargo run --release -- ", "cotter "));
        commands.push('\n');
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_cotter")).parent().expect("a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    Command::new("sh").args(["-eu", "-c", &commands]).env("PATH", &path).current_dir(folder).output().expect("started")
}

#[test]
fn code_does_what_the_pages_say() {
    let complaints: Vec<String> = pages().iter().flat_map(|page| run_page(page)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn the_pages_show_code() {
    let count = |page: &str, language: &str| blocks(page).iter().filter(|block| block.language() == language).count();
    assert!(count("README.md", "cotter") > 0);
    assert!(blocks("README.md").iter().any(|block| block.language() == "sh" && block.text.contains(TEST_COMMAND)));
    assert!(count("docs/cookbook.md", "cotter") >= 25, "a cookbook has recipes");
    assert!(count("docs/tutorial.md", "sh") > 0);
}

#[test]
fn the_book_holds_every_page_of_it() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).expect("a summary");
    let mut files = Vec::new();
    markdown_files(&root().join("docs"), &mut files);
    for file in files {
        let name = file.strip_prefix(root().join("docs")).expect("below").display().to_string();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "docs/SUMMARY.md does not name {name}");
    }
    for link in summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(root().join("docs").join(link).is_file(), "docs/SUMMARY.md names {link}, which is not there");
    }
}

/// The lines of a page that are no code, without what stands in code spans.
fn prose(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).expect("a page");
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push(line.to_string());
        }
    }
    lines
}

/// What links can name behind `#`, made of the headings as mdBook does.
fn anchors(page: &Path) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for line in prose(page).iter().filter(|line| line.starts_with('#')) {
        let kept = line.trim_start_matches('#').trim().chars().filter(|c| c.is_alphanumeric() || " _-".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        let same = anchors.iter().filter(|known| **known == anchor).count();
        anchors.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
    }
    anchors
}

/// The targets of the links of a page, but those to other places of the world.
fn links(page: &Path) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(page) {
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let targets = outside.split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_string));
        links.extend(targets.filter(|target| !target.contains("://")));
    }
    links
}

/// What is wrong with a link, if anything.
fn broken(page: &Path, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { page.to_path_buf() } else { page.parent().expect("a folder").join(file) };
    if !target.exists() {
        return Some(format!("{} links to {link}, which is not there", page.display()));
    }
    let book = root().join("docs");
    if page.starts_with(&book) && !target.canonicalize().is_ok_and(|target| target.starts_with(&book)) {
        return Some(format!("{} links to {link}, which is outside of the book", page.display()));
    }
    let is_known = anchor.is_empty() || anchors(&target).iter().any(|known| known == anchor);
    (!is_known).then(|| format!("{} links to {link}, which has no such heading", page.display()))
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages: Vec<PathBuf> = pages().iter().map(|page| root().join(page)).collect();
    pages.extend(["docs/reference/library.md", "CHANGELOG.md"].map(|page| root().join(page)));
    let mut count = 0;
    let mut complaints = Vec::new();
    for page in pages {
        let links = links(&page);
        count += links.len();
        complaints.extend(links.iter().filter_map(|link| broken(&page, link)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(count > 50, "{count} links were found");
}

#[test]
fn a_broken_link_is_found() {
    let own = tempfile::tempdir().expect("a folder");
    let page = own.path().join("page.md");
    std::fs::write(&page, "# `let` and *var*\n\n[a](page.md#let-and-var) `[b](none.md)` [c](none.md) [d](#else)\n")
        .expect("written");
    let complaints: Vec<String> = links(&page).iter().filter_map(|link| broken(&page, link)).collect();
    assert_eq!(links(&page), ["page.md#let-and-var", "none.md", "#else"]);
    assert_eq!(complaints.len(), 2, "{complaints:?}");
}
