//! Scripts and the expectations in their comments.
//!
//! A directive is found by its letters, not by the lexer, because many tests hold text that no lexer accepts: the first
//! `# => `, `# error: ` and so on in a line that stands at its start or behind a blank. Where the text is right, the lexer says what is a
//! string and so none.
//!
//! What is too long for comments stands beside the script: `NAME.out` its output, `NAME.in` its input, `NAME.diagnostic`
//! its standard error. The same thing is never said in both ways.

use crate::session::documentation::Example;
use crate::source::SourceMap;
use crate::syntax::{self, token::Token};
use std::io;
use std::path::{Path, PathBuf};

/// A script and what it says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub path: PathBuf,
    /// Lines of output, in order.
    pub output: Vec<String>,
    /// The lines of the text, from 1, that say so.
    pub output_lines: Vec<usize>,
    /// The file that holds the output, if it is not in comments.
    pub output_file: Option<PathBuf>,
    pub errors: Vec<ExpectedError>,
    /// Beginnings of the messages of ends that nothing catches.
    pub fatal: Vec<String>,
    pub warnings: Vec<String>,
    pub exit: Option<i32>,
    /// Standard input, whole.
    pub input: String,
    pub flags: Vec<String>,
    /// Arguments for the script: what stands behind `--` in flags.
    pub arguments: Vec<String>,
    pub needs: Vec<String>,
    /// What is run in the place of the file.
    pub example: Option<Example>,
}

/// An error that must be reported at a line.
#[derive(Debug, PartialEq, Eq)]
pub struct ExpectedError {
    /// From 1.
    pub line: usize,
    /// How `KIND: MESSAGE` begins.
    pub text: String,
}

const DIRECTIVES: [&str; 9] = ["=>", "error:", "fatal:", "warning:", "exit:", "stdin:", "flags:", "needs:", "arguments:"];

impl Script {
    pub fn read(path: &Path) -> Result<Script, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("cannot read the script: {error}"))?;
        // Tests of invalid text have directives too.
        let mut script = Script::parse(path, &String::from_utf8_lossy(&bytes))?;
        let output = path.with_extension("out");
        if output.exists() {
            if !script.output.is_empty() {
                return Err(format!("its output is both in comments and in {}", output.display()));
            }
            let text = std::fs::read_to_string(&output).map_err(|error| format!("cannot read {}: {error}", output.display()))?;
            script.output = text.lines().map(|line| line.trim_end().to_string()).collect();
            script.output_file = Some(output);
        }
        let input = path.with_extension("in");
        if input.exists() {
            if !script.input.is_empty() {
                return Err(format!("its input is both in comments and in {}", input.display()));
            }
            script.input =
                std::fs::read_to_string(&input).map_err(|error| format!("cannot read {}: {error}", input.display()))?;
        }
        Ok(script)
    }

    /// An example of a doc comment of a file.
    pub fn of_example(path: &Path, example: &Example) -> Result<Script, String> {
        let mut script = Script::parse(path, &example.code)?;
        script.example = Some(example.clone());
        Ok(script)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Script, String> {
        let mut script = Script { path: path.to_path_buf(), ..Script::default() };
        for (index, Directive { word, rest, .. }) in directives(text) {
            let trimmed = rest.trim();
            match word {
                "=>" => {
                    script.output.push(rest.trim_end().to_string());
                    script.output_lines.push(index + 1);
                }
                "error:" => script.errors.push(ExpectedError { line: index + 1, text: trimmed.to_string() }),
                "fatal:" => script.fatal.push(trimmed.to_string()),
                "warning:" => script.warnings.push(trimmed.to_string()),
                "exit:" => {
                    let status = trimmed.parse().map_err(|_| format!("line {}: not an exit status: {trimmed}", index + 1))?;
                    if script.exit.replace(status).is_some() {
                        return Err(format!("line {}: a second exit status", index + 1));
                    }
                }
                "stdin:" => {
                    script.input.push_str(rest);
                    script.input.push('\n');
                }
                "flags:" => {
                    let mut words = trimmed.split_whitespace().map(str::to_string);
                    script.flags.extend(words.by_ref().take_while(|word| word != "--"));
                    script.arguments.extend(words);
                }
                "arguments:" => script.arguments.extend(trimmed.split_whitespace().map(str::to_string)),
                "needs:" => script.needs.extend(trimmed.split([' ', ',']).filter(|need| !need.is_empty()).map(str::to_string)),
                _ => unreachable!("every directive is handled"),
            }
        }
        Ok(script)
    }

    /// The status it must end with.
    pub fn expected_status(&self) -> i32 {
        match self.exit {
            Some(status) => status,
            None if !self.fatal.is_empty() => 70,
            None if !self.errors.is_empty() => 1,
            None => 0,
        }
    }
}

/// Whether a file says what it should do: in directives, in files beside it, or by asserting something. Other files are programs and
/// modules.
pub fn is_test(path: &Path) -> bool {
    let Ok(bytes) = std::fs::read(path) else { return true };
    let text = String::from_utf8_lossy(&bytes);
    let has_file = |extension: &str| path.with_extension(extension).exists();
    let asserts = || {
        text.contains("assert(")
            || text.lines().map(str::trim_start).any(|line| {
                let module = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "));
                module.is_some_and(|rest| rest.split_whitespace().next() == Some("test"))
            })
    };
    !directives(&text).is_empty() || has_file("out") || has_file("in") || has_file("diagnostic") || asserts()
}

/// A directive where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directive<'a> {
    pub word: &'static str,
    /// The byte of the line at which its comment begins.
    pub at: usize,
    /// What follows the word, without the blank between.
    pub rest: &'a str,
}

/// The directives of a text with the lines that they stand in, from 0; one for each line at most. Doc comments hold none: what their examples
/// expect is theirs. Neither do strings, unless the text has mistakes, when nobody knows where one ends.
pub(super) fn directives(text: &str) -> Vec<(usize, Directive<'_>)> {
    let strings = strings_of(text);
    let is_comment = |place: usize| {
        let before = strings.partition_point(|(start, _)| *start <= place);
        before.checked_sub(1).is_none_or(|index| place >= strings[index].1)
    };
    let mut found = Vec::new();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches(['\n', '\r']);
        found.extend(directive_of(content, &|at| is_comment(start + at)).map(|directive| (index, directive)));
        start += line.len();
    }
    found
}

/// Where the strings of a text begin and end, in bytes and in order; none if the text cannot be parsed.
fn strings_of(text: &str) -> Vec<(usize, usize)> {
    let Ok(file) = SourceMap::new().add("script", text) else { return Vec::new() };
    if !syntax::parse(&file).diagnostics.is_empty() {
        return Vec::new();
    }
    // A byte-order mark is no part of what is read.
    let skipped = text.len() - file.text.len();
    let tokens = syntax::lexemes(&file).tokens.into_iter();
    let strings = tokens.filter(|lexeme| matches!(lexeme.token, Token::String | Token::Bytes | Token::TemplateText));
    strings.map(|lexeme| (lexeme.start as usize + skipped, lexeme.end as usize + skipped)).collect()
}

fn directive_of<'a>(line: &'a str, is_comment: &dyn Fn(usize) -> bool) -> Option<Directive<'a>> {
    if line.trim_start().starts_with("## ") {
        return None;
    }
    line.match_indices("# ").find_map(|(at, _)| {
        if !line[..at].chars().next_back().is_none_or(char::is_whitespace) || !is_comment(at) {
            return None;
        }
        let text = &line[at + 2..];
        let word = DIRECTIVES.into_iter().find(|word| text.starts_with(word))?;
        let rest = &text[word.len()..];
        match rest.strip_prefix(' ') {
            Some(rest) => Some(Directive { word, at, rest }),
            None => rest.is_empty().then_some(Directive { word, at, rest }),
        }
    })
}

/// Adds the scripts at a path, in order of their names. A file named outright is always one.
pub fn collect(path: &Path, scripts: &mut Vec<PathBuf>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        scripts.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.starts_with(['.', '_']) || name == "target" {
            continue;
        }
        if entry.is_dir() || name.ends_with(".cot") {
            collect(&entry, scripts)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Script {
        Script::parse(Path::new("a.cot"), text).expect("valid directives")
    }

    #[test]
    fn all_directives() {
        let script = parse(
            "#!/usr/bin/env cotter\nprint(1)  # => 1\n# =>\n# => two  words \nf(  # error: TypeError: no\n\
             # exit: 3\n# stdin: a  b\n# stdin:\n# flags: --gc=off --fuel=1 -- -x y\n# needs: libz.so.1, cc\n\
             # fatal: out of\n# warning: leak\n",
        );
        assert_eq!(
            script,
            Script {
                path: "a.cot".into(),
                output: vec!["1".into(), "".into(), "two  words".into()],
                output_lines: vec![2, 3, 4],
                output_file: None,
                errors: vec![ExpectedError { line: 5, text: "TypeError: no".into() }],
                fatal: vec!["out of".into()],
                warnings: vec!["leak".into()],
                exit: Some(3),
                input: "a  b\n\n".into(),
                flags: vec!["--gc=off".into(), "--fuel=1".into()],
                arguments: vec!["-x".into(), "y".into()],
                needs: vec!["libz.so.1".into(), "cc".into()],
                example: None,
            }
        );
    }

    #[test]
    fn what_only_looks_like_one() {
        let script = parse("print(\"# => 1\")\n# error\n## => 3\n# =>x\nx# => 4\n# see # => 5\n    ##     f()  # => 6\n");
        assert_eq!(script.output, ["5"]);
        assert!(script.errors.is_empty());
    }

    #[test]
    fn strings_hold_no_directives() {
        let text = "let a = \"\"\"\n    # => 1\n    {b}  # => 2\n    \"\"\"   # => 3\nprint(r\"x # => 4\")\r\n# => 5\r\n";
        let script = parse(text);
        assert_eq!((script.output, script.output_lines), (vec!["3".to_string(), "5".into()], vec![4, 6]));
        assert_eq!(parse("print(\"abc)  # error: SyntaxError: x\nf(\"y\")  # => 6\n").errors.len(), 1);
    }

    #[test]
    fn the_first_of_a_line_counts() {
        assert_eq!(parse("f()  # => a # => b\n").output, ["a # => b"]);
    }

    #[test]
    fn statuses() {
        assert_eq!(parse("").expected_status(), 0);
        assert_eq!(parse("# error: E: x").expected_status(), 1);
        assert_eq!(parse("# fatal: x").expected_status(), 70);
        assert_eq!(parse("# error: E: x\n# exit: 9").expected_status(), 9);
        assert!(Script::parse(Path::new("a"), "# exit: x").is_err());
        assert!(Script::parse(Path::new("a"), "# exit: 1\n# exit: 1").is_err());
    }

    #[test]
    fn files_beside_the_script() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.cot");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("a.cot", "print(input())\n");
        write("a.out", "one \ntwo\n");
        write("a.in", "x\n");
        let script = Script::read(&path).expect("consistent");
        assert_eq!((script.output, script.input.as_str()), (vec!["one".into(), "two".into()], "x\n"));
        write("a.cot", "# => one\n");
        assert!(Script::read(&path).expect_err("said twice").contains("both in comments and in"));
        write("a.cot", "# stdin: one\n");
        assert!(Script::read(&path).expect_err("said twice").contains("both in comments and in"));
    }

    #[test]
    fn scripts_are_collected_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.cot", "a.cot", "_c.cot", "d.txt", "sub/e.cot", ".hidden/f.cot", "_g/h.cot"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            std::fs::write(path, "").expect("written");
        }
        let mut found = Vec::new();
        collect(folder.path(), &mut found).expect("readable");
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(folder.path()).expect("inside").to_path_buf()).collect();
        assert_eq!(names, [Path::new("a.cot"), Path::new("b.cot"), Path::new("sub/e.cot")]);
    }
}
