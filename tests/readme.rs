//! Every code block of the pages is executed: those marked `cotter` as scripts, those marked `sh` as commands from the
//! root of the project. A block of another kind (`text`, `toml`, none) is not code.
//!
//! In commands, `cargo run --release -- ` becomes the program under test, so that nothing is built again; and the
//! command that runs this very test is only looked at.

use std::path::Path;
use std::process::{Command, Output};

const PAGES: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/guide/pins.md", "docs/reference/fmt.md"];
const TEST_COMMAND: &str = "./test.sh";

struct Block {
    /// `page:line` of its first line.
    place: String,
    language: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in PAGES {
        let Ok(text) = std::fs::read_to_string(root().join(page)) else { continue };
        let mut open: Option<Block> = None;
        for (index, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), open.take()) {
                (Some(_), Some(block)) => blocks.push(block),
                (Some(language), None) => {
                    open = Some(Block { place: format!("{page}:{}", index + 2), language: language.into(), text: String::new() });
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
    }
    blocks
}

fn check(output: Output, block: &Block) {
    assert!(
        output.status.success(),
        "{}: {}\n{}{}",
        block.place,
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn scripts_do_what_their_comments_say() {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, block) in blocks().iter().enumerate().filter(|(_, block)| block.language == "cotter") {
        let script = folder.path().join(format!("block_{index}.cot"));
        std::fs::write(&script, &block.text).expect("written");
        check(Command::new(env!("CARGO_BIN_EXE_cotter")).arg("test").arg(&script).output().expect("started"), block);
    }
}

#[test]
fn commands_succeed() {
    let folder = Path::new(env!("CARGO_BIN_EXE_cotter")).parent().expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    for block in blocks().iter().filter(|block| block.language == "sh") {
        let mut commands = String::new();
        for line in block.text.lines() {
            if line.split_whitespace().next() == Some(TEST_COMMAND) {
                assert!(root().join(TEST_COMMAND).is_file(), "{}: there is no {TEST_COMMAND}", block.place);
                continue;
            }
            commands.push_str(&line.replace("cargo run --release -- ", "cotter "));
            commands.push('\n');
        }
        check(
            Command::new("sh").args(["-eu", "-c", &commands]).env("PATH", &path).current_dir(root()).output().expect("started"),
            block,
        );
    }
}

#[test]
fn the_pages_show_code() {
    assert!(blocks().iter().any(|block| block.language == "cotter"));
    assert!(blocks().iter().any(|block| block.language == "sh" && block.text.contains(TEST_COMMAND)));
}
