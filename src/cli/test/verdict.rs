//! What a script did against what it says.

use super::process::{self, Ended};
use super::script::Script;
use super::update::{self, Shown};
use super::{Mode, NORMAL, Settings};
use crate::cli::run::COMMAND_LINE;
use similar::{DiffTag, TextDiff};

/// The result of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// Its expectations were written anew (`--update`).
    Updated,
    /// Why, as lines for people.
    Failed(String),
    /// What is missing.
    Skipped(String),
}

pub(super) fn judge(script: &Script, mode: Mode, settings: &Settings) -> Verdict {
    let ended = match process::run(script, mode, "short", settings) {
        Ok(ended) => ended,
        Err(reason) => return Verdict::Failed(reason),
    };
    if settings.bless
        && mode == NORMAL
        && let Some(file) = &script.output_file
        && let Err(error) = std::fs::write(file, &ended.output)
    {
        return Verdict::Failed(format!("cannot write {}: {error}", file.display()));
    }
    let mut findings = compare(script, &ended, settings);
    if findings.is_empty()
        && let Err(reason) = compare_diagnostic(script, mode, settings)
    {
        findings.push(reason);
    }
    if findings.is_empty() {
        return Verdict::Passed;
    }
    if settings.update
        && mode == NORMAL
        && script.example.is_none()
        && let Some(verdict) = write_expectations(script, &ended, settings)
    {
        return verdict;
    }
    Verdict::Failed(findings.join("\n"))
}

/// Writes what a script did into its text and the files beside it, and judges it anew; `None` if nothing of it can be written.
fn write_expectations(script: &Script, ended: &Ended, settings: &Settings) -> Option<Verdict> {
    let text = std::fs::read_to_string(&script.path).ok()?;
    let (reports, _) = read_reports(&String::from_utf8_lossy(&ended.errors));
    if ended.status.is_none_or(|status| status >= 128) || reports.iter().any(|report| report.severity != "error") {
        return None;
    }
    let name = process::place(script, settings).map(|(_, name)| name.display().to_string()).unwrap_or_default();
    let errors: Vec<(usize, String)> = reports
        .into_iter()
        .filter_map(|report| report.place.filter(|(file, _)| *file == name).map(|(_, line)| (line, report.headline)))
        .collect();
    let output: Vec<String> = String::from_utf8_lossy(&ended.output).lines().map(str::to_string).collect();
    let shown = Shown { output: &output, status: ended.status.unwrap_or(0), errors: &errors };
    if let Err(error) = std::fs::write(&script.path, update::updated(&text, script, &shown)) {
        return Some(Verdict::Failed(format!("cannot write {}: {error}", script.path.display())));
    }
    let written = match Script::read(&script.path) {
        Ok(script) => script,
        Err(reason) => return Some(Verdict::Failed(reason)),
    };
    let again = Settings { update: false, bless: true, ..settings.clone() };
    Some(match judge(&written, NORMAL, &again) {
        Verdict::Passed => Verdict::Updated,
        other => other,
    })
}

fn compare(script: &Script, ended: &Ended, settings: &Settings) -> Vec<String> {
    let mut findings = Vec::new();
    let errors = String::from_utf8_lossy(&ended.errors);
    match ended.status {
        None => findings.push(format!("still running after {} s", settings.timeout.as_secs())),
        Some(status) if status != script.expected_status() => {
            findings.push(format!("exit status {status}, expected {}", script.expected_status()));
        }
        Some(_) => {}
    }
    let expected = lines(script.output.iter().map(String::as_str));
    let output = String::from_utf8_lossy(&ended.output);
    let actual = lines(own_lines(script, &output));
    let is_blessed = settings.bless && script.output_file.is_some();
    if expected != actual && !is_blessed {
        let diff = TextDiff::from_lines(&expected, &actual);
        let shown = diff.unified_diff().context_radius(3).header("expected", "actual").to_string();
        findings.push(format!("output differs:\n{}", shown.trim_end_matches('\n')));
        findings.extend(wrong_lines(script, &actual));
    }
    let name = match script.example {
        Some(_) => COMMAND_LINE.to_string(),
        None => process::place(script, settings).map(|(_, name)| name.display().to_string()).unwrap_or_default(),
    };
    let (reports, others) = read_reports(&errors);
    findings.extend(compare_errors(script, &name, &reports));
    for (word, expected) in [("fatal", &script.fatal), ("warning", &script.warnings)] {
        for text in expected {
            if !reports.iter().any(|report| report.severity == word && report.headline.starts_with(text.as_str())) {
                findings.push(format!("missing {word}: {text}"));
            }
        }
    }
    for report in reports.iter().filter(|report| report.severity == "fatal") {
        if !script.fatal.iter().any(|text| report.headline.starts_with(text.as_str())) && script.exit != Some(70) {
            findings.push(format!("unexpected fatal: {}", report.headline));
        }
    }
    if script.example.as_ref().is_some_and(|example| example.imports_itself)
        && reports.iter().any(|report| report.headline.contains("undefined name"))
    {
        findings.push("an example that imports its own file is given no other names of it".to_string());
    }
    if !findings.is_empty() && !others.is_empty() {
        findings.push(format!("standard error also held:\n{}", others.join("\n")));
    }
    findings
}

/// How many wrong lines are told each by itself.
const MOST_WRONG_LINES: usize = 10;

/// For each expectation that was not met what came in its place, with the line of the file that it stands in.
fn wrong_lines(script: &Script, actual: &str) -> Vec<String> {
    let expected: Vec<&str> = script.output.iter().map(|line| line.trim_end()).collect();
    let actual: Vec<&str> = actual.lines().collect();
    // What a file beside the script holds has the diff alone.
    if script.output_lines.len() != expected.len() || expected.is_empty() {
        return Vec::new();
    }
    let place = |index: usize| place_of(script, script.output_lines[index]);
    let mut wrong = Vec::new();
    for op in TextDiff::from_slices(&expected, &actual).ops() {
        let (old, new) = (op.old_range(), op.new_range());
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let both = old.len().min(new.len());
        for step in 0..both {
            let (index, found) = (old.start + step, actual[new.start + step]);
            wrong.push(format!("{}: expected `{}`, found `{found}`", place(index), expected[index]));
        }
        for (index, text) in expected.iter().enumerate().take(old.end).skip(old.start + both) {
            wrong.push(format!("{}: expected `{text}`, which did not come", place(index)));
        }
        for found in &actual[new.start + both..new.end] {
            wrong.push(match (old.start + both).checked_sub(1) {
                Some(before) => format!("{}: `{found}` was printed behind that", place(before)),
                None => format!("{}: `{found}` was printed before that", place(0)),
            });
        }
    }
    let more = wrong.len().saturating_sub(MOST_WRONG_LINES);
    wrong.truncate(MOST_WRONG_LINES);
    if more > 0 {
        wrong.push(format!("and {more} more"));
    }
    wrong
}

/// A line of a script as people find it: file and line, those of its comment for an example.
fn place_of(script: &Script, line: usize) -> String {
    let line = script.example.as_ref().map_or(Some(line), |example| example.line_of(line));
    match line {
        Some(line) => format!("{}:{line}", script.path.display()),
        None => script.path.display().to_string(),
    }
}

/// The lines that a script itself printed: of an example those behind the line that marks its beginning.
fn own_lines<'a>(script: &Script, output: &'a str) -> std::str::Lines<'a> {
    let mark = script.example.as_ref().map_or("", |example| example.mark);
    match output.find(mark) {
        Some(at) if !mark.is_empty() => output[at + mark.len()..].strip_prefix('\n').unwrap_or("").lines(),
        _ => output.lines(),
    }
}

/// The lines of output, without blanks at their ends, which no editor shows.
fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A diagnostic as its short form tells it.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    /// The file and line; `None` if it has no place.
    place: Option<(String, usize)>,
    severity: String,
    headline: String,
}

/// Picks the diagnostics out of what a process wrote to standard error; the other lines are given back.
fn read_reports(text: &str) -> (Vec<Report>, Vec<&str>) {
    let mut reports = Vec::new();
    let mut others = Vec::new();
    for line in text.lines() {
        match read_report(line) {
            Some(report) => reports.push(report),
            None => others.push(line),
        }
    }
    (reports, others)
}

fn read_report(line: &str) -> Option<Report> {
    let (at, severity) = ["error", "warning", "fatal"]
        .into_iter()
        .filter_map(|word| {
            let start = format!("{word}: ");
            if line.starts_with(&start) {
                return Some((0, word));
            }
            line.find(&format!(": {start}")).map(|at| (at + 2, word))
        })
        .min()?;
    let headline = line[at + severity.len() + 2..].to_string();
    if at == 0 {
        return Some(Report { place: None, severity: severity.into(), headline });
    }
    let mut parts = line[..at - 2].rsplitn(3, ':');
    let _column: usize = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok()?;
    Some(Report { place: Some((parts.next()?.to_string(), number)), severity: severity.into(), headline })
}

/// Each error must be expected on its line, and each expected one must come. An error in another file, such as an
/// imported one, has no line here and fits wherever it is expected.
fn compare_errors(script: &Script, name: &str, reports: &[Report]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut open: Vec<&Report> = reports.iter().filter(|report| report.severity == "error").collect();
    for expected in &script.errors {
        let found = open.iter().position(|report| {
            let here = report.place.as_ref().is_none_or(|(file, line)| file != name || *line == expected.line);
            here && report.headline.starts_with(expected.text.as_str())
        });
        match found {
            Some(index) => drop(open.remove(index)),
            None if script.example.is_some() => {
                findings.push(format!("missing at {}: error: {}", place_of(script, expected.line), expected.text));
            }
            None => findings.push(format!("missing on line {}: error: {}", expected.line, expected.text)),
        }
    }
    for report in open {
        let place = match &report.place {
            Some((file, line)) if file == COMMAND_LINE && script.example.is_some() => format!("{}: ", place_of(script, *line)),
            Some((file, line)) => format!("{file}:{line}: "),
            None => String::new(),
        };
        findings.push(format!("unexpected: {place}error: {}", report.headline));
    }
    findings
}

/// Compares the rendered errors with the file beside the script, if there is one.
fn compare_diagnostic(script: &Script, mode: Mode, settings: &Settings) -> Result<(), String> {
    let path = script.path.with_extension("diagnostic");
    if script.example.is_some() || !path.exists() {
        return Ok(());
    }
    let ended = process::run(script, mode, "human", settings)?;
    let actual = String::from_utf8_lossy(&ended.errors).into_owned();
    if settings.bless && mode == NORMAL {
        return std::fs::write(&path, actual).map_err(|error| format!("cannot write {}: {error}", path.display()));
    }
    let expected = std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if expected == actual {
        return Ok(());
    }
    let diff = TextDiff::from_lines(&expected, &actual);
    Err(format!("standard error differs:\n{}", diff.unified_diff().context_radius(3).header("expected", "actual")))
}

#[cfg(test)]
mod tests {
    use super::super::script::ExpectedError;
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    fn script(output: &[&str], errors: &[(usize, &str)]) -> Script {
        Script {
            path: "dir/a.cot".into(),
            output: output.iter().map(|line| line.to_string()).collect(),
            errors: errors.iter().map(|&(line, text)| ExpectedError { line, text: text.into() }).collect(),
            ..Script::default()
        }
    }

    fn findings(script: &Script, status: i32, output: &str, errors: &str) -> Vec<String> {
        let settings = Settings {
            executable: PathBuf::new(),
            timeout: Duration::from_secs(1),
            folder: None,
            no_skip: false,
            bless: false,
            update: false,
        };
        compare(script, &Ended { status: Some(status), output: output.into(), errors: errors.into() }, &settings)
    }

    #[test]
    fn what_is_expected_passes() {
        let script = script(&["1", "two"], &[(3, "TypeError: no"), (5, "uncaught value: 4")]);
        let errors = "a.cot:5:1: error: uncaught value: 42\nnoise\na.cot:3:9: error: TypeError: no way: error: x\n";
        assert_eq!(findings(&script, 1, "1\ntwo", errors), Vec::<String>::new());
    }

    #[test]
    fn an_error_on_another_line_does_not_count() {
        assert_eq!(
            findings(&script(&[], &[(3, "TypeError: no")]), 1, "", "a.cot:4:9: error: TypeError: no\n"),
            ["missing on line 3: error: TypeError: no", "unexpected: a.cot:4: error: TypeError: no"]
        );
    }

    #[test]
    fn an_error_in_another_file_counts_by_its_text() {
        let script = script(&[], &[(3, "SyntaxError: x")]);
        assert_eq!(findings(&script, 1, "", "_b.cot:1:1: error: SyntaxError: xy\n"), Vec::<String>::new());
        assert_eq!(findings(&script, 1, "", "_b.cot:1:1: error: SyntaxError: y\n").len(), 2);
    }

    #[test]
    fn one_error_meets_one_expectation() {
        let script = script(&[], &[(3, "E: x"), (3, "E: x")]);
        assert_eq!(findings(&script, 1, "", "a.cot:3:1: error: E: x\n"), ["missing on line 3: error: E: x"]);
    }

    #[test]
    fn output_and_status_are_compared() {
        assert_eq!(
            findings(&script(&["1"], &[]), 3, "2\n", "oops\n"),
            [
                "exit status 3, expected 0",
                "output differs:\n--- expected\n+++ actual\n@@ -1 +1 @@\n-1\n+2",
                "standard error also held:\noops"
            ]
        );
    }

    #[test]
    fn fatal_ends_must_be_expected() {
        let mut expecting = script(&[], &[]);
        assert_eq!(findings(&expecting, 70, "", "fatal: out of fuel\n").len(), 2);
        expecting.fatal.push("out of".into());
        assert_eq!(findings(&expecting, 70, "", "a.cot:1:1: fatal: out of fuel\n"), Vec::<String>::new());
        assert_eq!(findings(&expecting, 70, "", ""), ["missing fatal: out of"]);
    }
}
