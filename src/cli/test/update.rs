//! `cotter test --update`: the expectations of a script, written anew from what it did.
//!
//! Lines of output are compared with the `# => ` comments; what differs changes in place, what is new is put behind the comment before
//! it, what did not come is taken out. The error that ended the script gets its `# error: ` on its line. Nothing else of the text changes,
//! and what a person should look at (crashes, time limits, fatal ends, warnings) is not written.

use super::script::{Script, directives};
use similar::{DiffOp, TextDiff};

/// What a run of a script showed that its text can say.
pub(super) struct Shown<'a> {
    pub output: &'a [String],
    pub status: i32,
    /// Lines and headlines of the errors in the script itself.
    pub errors: &'a [(usize, String)],
}

/// The text of a script with the expectations that it should have. Where all is as expected, the text as it is.
pub(super) fn updated(text: &str, script: &Script, shown: &Shown) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    write_errors(&mut lines, script, shown);
    write_status(&mut lines, script, shown);
    if script.output_file.is_none() {
        write_output(&mut lines, shown.output);
    }
    let mut updated = lines.join("\n");
    updated.push('\n');
    if updated.lines().eq(text.lines()) { text.to_string() } else { updated }
}

fn write_output(lines: &mut Vec<String>, output: &[String]) {
    // The lines that hold an expectation, in order, with where the comment begins and what it says.
    let text = lines.join("\n");
    let places: Vec<(usize, usize, String)> = directives(&text)
        .into_iter()
        .filter(|(_, found)| found.word == "=>")
        .map(|(index, found)| (index, found.at, found.rest.trim_end().to_string()))
        .collect();
    let expected: Vec<&str> = places.iter().map(|(_, _, text)| text.as_str()).collect();
    let actual: Vec<&str> = output.iter().map(|line| line.trim_end()).collect();
    let diff = TextDiff::from_slices(&expected, &actual);
    // New lines by the expectation that they stand behind; `None` for the one before the first.
    let mut inserted: Vec<(Option<usize>, &str)> = Vec::new();
    let mut changed: Vec<(usize, Option<&str>)> = Vec::new();
    for op in diff.ops() {
        match *op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { old_index, old_len, .. } => changed.extend((old_index..old_index + old_len).map(|at| (at, None))),
            DiffOp::Insert { old_index, new_index, new_len } => {
                inserted.extend(actual[new_index..new_index + new_len].iter().map(|text| (old_index.checked_sub(1), *text)));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                for step in 0..old_len.max(new_len) {
                    match (step < old_len, step < new_len) {
                        (true, true) => changed.push((old_index + step, Some(actual[new_index + step]))),
                        (true, false) => changed.push((old_index + step, None)),
                        _ => inserted.push((Some(old_index + old_len - 1), actual[new_index + step])),
                    }
                }
            }
        }
    }
    for (number, text) in changed {
        let (line, at, _) = &places[number];
        let before = lines[*line][..*at].to_string();
        lines[*line] = match text {
            Some(text) => format!("{before}{}", comment(text)),
            // The mark of a line that goes; an empty line of the script stays one.
            None if before.trim().is_empty() => REMOVED.to_string(),
            None => before.trim_end().to_string(),
        };
    }
    // From the end, so that numbers of lines before stay good; of several at one place the last one first.
    let end = lines.len();
    for (behind, text) in inserted.into_iter().rev() {
        let (at, indent) = match behind.or(if places.is_empty() { None } else { Some(0) }) {
            Some(number) => {
                let line = &lines[places[number].0];
                let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
                (places[number].0 + usize::from(behind.is_some()), indent)
            }
            None => (end, String::new()),
        };
        lines.insert(at, format!("{indent}{}", comment(text)));
    }
    lines.retain(|line| line != REMOVED);
}

/// What no line of a script can be: it has no line break inside.
const REMOVED: &str = "\n";

fn comment(text: &str) -> String {
    if text.is_empty() { "# =>".to_string() } else { format!("# => {text}") }
}

fn write_errors(lines: &mut [String], script: &Script, shown: &Shown) {
    let text = lines.join("\n");
    let known = directives(&text);
    let directive_at = |index: usize| known.iter().find(|(line, _)| *line == index).map(|(_, found)| found);
    for expected in &script.errors {
        let came = shown.errors.iter().any(|(line, headline)| *line == expected.line && headline.starts_with(&expected.text));
        if !came
            && let Some(line) = lines.get_mut(expected.line - 1)
            && let Some(at) = directive_at(expected.line - 1).filter(|found| found.word == "error:").map(|found| found.at)
        {
            *line = line[..at].trim_end().to_string();
        }
    }
    for (number, headline) in shown.errors {
        let is_expected = script.errors.iter().any(|known| known.line == *number && headline.starts_with(&known.text));
        // A line has one expectation; where it has another already, a person must look.
        if !is_expected
            && let Some(line) = lines.get_mut(number.wrapping_sub(1))
            && directive_at(number - 1).is_none_or(|found| line.len() <= found.at)
        {
            line.push_str(&format!("  # error: {headline}"));
        }
    }
}

fn write_status(lines: &mut Vec<String>, script: &Script, shown: &Shown) {
    let implied = if shown.errors.is_empty() { 0 } else { 1 };
    let text = lines.join("\n");
    let exit = directives(&text).into_iter().find(|(_, found)| found.word == "exit:");
    let (at, begin) = (exit.map(|(line, _)| line), exit.map_or(0, |(_, found)| found.at));
    match (script.exit, at) {
        (Some(status), _) if status == shown.status => {}
        (_, Some(at)) if shown.status == implied => {
            if lines[at][..begin].trim().is_empty() {
                lines.remove(at);
            } else {
                lines[at] = lines[at][..begin].trim_end().to_string();
            }
        }
        (_, Some(at)) => {
            lines[at] = format!("{}# exit: {}", &lines[at][..begin], shown.status);
        }
        (_, None) if shown.status != implied => lines.push(format!("# exit: {}", shown.status)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn update(text: &str, output: &[&str], status: i32, errors: &[(usize, &str)]) -> String {
        let script = Script::parse(Path::new("a.cot"), text).expect("valid directives");
        let output: Vec<String> = output.iter().map(|line| line.to_string()).collect();
        let errors: Vec<(usize, String)> = errors.iter().map(|(line, text)| (*line, text.to_string())).collect();
        updated(text, &script, &Shown { output: &output, status, errors: &errors })
    }

    #[test]
    fn what_is_right_stays() {
        let text = "print(1)   # => 1\n\n# =>\nx  # error: E: m\n# exit: 1";
        assert_eq!(update(text, &["1", ""], 1, &[(4, "E: message")]), text);
    }

    #[test]
    fn lines_change_in_place() {
        assert_eq!(update("print(1)   # => 2\nprint(3)  # => 3\n", &["1", "3"], 0, &[]), "print(1)   # => 1\nprint(3)  # => 3\n");
    }

    #[test]
    fn new_lines_stand_behind_those_before() {
        assert_eq!(
            update("    f()  # => a\nf()\n# => d\n", &["a", "b", "c", "d"], 0, &[]),
            "    f()  # => a\n    # => b\n    # => c\nf()\n# => d\n"
        );
        assert_eq!(update("f()\ng()  # => b\n", &["a", "b"], 0, &[]), "f()\n# => a\ng()  # => b\n");
        assert_eq!(update("f()\n", &["a", "", "b"], 0, &[]), "f()\n# => a\n# =>\n# => b\n");
    }

    #[test]
    fn what_did_not_come_is_taken_out() {
        assert_eq!(update("f()  # => a\n# => b\n\ng()  # => c\n", &["a"], 0, &[]), "f()  # => a\n\ng()\n");
    }

    #[test]
    fn errors_and_statuses() {
        assert_eq!(update("f()\n", &[], 1, &[(1, "E: m")]), "f()  # error: E: m\n");
        assert_eq!(update("f()  # error: E: m\n", &[], 0, &[]), "f()\n");
        assert_eq!(update("f()  # error: E: m\n", &[], 1, &[(1, "F: n")]), "f()  # error: F: n\n");
        assert_eq!(update("f()\n", &[], 3, &[]), "f()\n# exit: 3\n");
        assert_eq!(update("f()  # exit: 3\n", &[], 4, &[]), "f()  # exit: 4\n");
        assert_eq!(update("f()\n# exit: 3\n", &[], 0, &[]), "f()\n");
    }
}
