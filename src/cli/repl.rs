//! The dialogue: entries are read, run and answered, one after the other, and none can harm the session.
//!
//! This is the only file that knows the line editor. On a terminal it edits whole entries of several lines, colours
//! them, completes names, keeps a history and hints from it. On a pipe the same entries are read without any prompt, so
//! that a dialogue can be a test.
//!
//! An entry that begins with `:` is for the dialogue itself ([`super::meta`]); anything else is Cotter.

use super::highlight::{ends_with_semicolon, paint};
use super::meta::{self, Meta};
use super::report::{self, Reporter};
use super::transcript::{entries, is_unfinished};
use super::{Status, environment, usage};
use crate::session::{Answer, Entry, Options, Session};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::cell::RefCell;
use std::io::IsTerminal;
use std::rc::Rc;
use std::time::{Duration, Instant};

const PROMPT: &str = "> ";
/// What messages call the text of an entry.
const NAME: &str = "<repl>";
const HISTORY_ENTRIES: usize = 10_000;
/// Characters of a value that are shown.
const LONGEST_VALUE: usize = 4_000;

/// Reads and answers entries until the end of input.
pub fn repl(options: Options, reporter: Reporter, quiet: bool) -> Status {
    let mut session = Session::new(options.clone());
    session.catch_crashes();
    session.catch_interrupts();
    let session = Rc::new(RefCell::new(session));
    let terminal = std::io::stdin().is_terminal();
    let mut editor = match editor(&session) {
        Ok(editor) => editor,
        Err(error) => {
            report::print_error(&format!("error: cannot read from the terminal: {error}\n"));
            return Status::USAGE;
        }
    };
    let history = if terminal { environment::history_file(&environment::variable) } else { None };
    if let Some(file) = &history {
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        // There is none the first time.
        let _ = editor.load_history(file);
    }
    if terminal && !quiet {
        let greeting = format!("Cotter {}; :help tells more, Ctrl-D leaves\n", env!("CARGO_PKG_VERSION"));
        if let Some(status) = report::print(&greeting) {
            return status;
        }
    }
    let mut dialogue = Dialogue { session, options, reporter };
    let mut interrupted = false;
    loop {
        match editor.readline(if terminal { PROMPT } else { "" }) {
            Ok(entry) => {
                interrupted = false;
                if !entry.trim().is_empty() && editor.add_history_entry(&entry).is_ok_and(|added| added) {
                    // Kept at once: a crash in C takes the process with it.
                    if let Some(file) = &history {
                        let _ = editor.append_history(file);
                    }
                }
                if let Next::Leave(status) = dialogue.answer(&entry) {
                    return status;
                }
            }
            Err(ReadlineError::Interrupted) if interrupted => return Status::INTERRUPTED,
            Err(ReadlineError::Interrupted) => {
                interrupted = true;
                report::print_error("Ctrl-C once more leaves, and so does Ctrl-D\n");
            }
            Err(ReadlineError::Eof) => {
                // What was begun is not dropped in silence: it is told what it lacks.
                let pending = editor.helper().map_or(String::new(), |assistant| assistant.pending.take());
                if !pending.trim().is_empty()
                    && let Next::Leave(status) = dialogue.answer(&pending)
                {
                    return status;
                }
                dialogue.session.borrow_mut().end_dialogue();
                return Status::OK;
            }
            Err(error) => {
                report::print_error(&format!("error: cannot read the entry: {error}\n"));
                return Status::FAILED;
            }
        }
    }
}

/// What follows an entry.
enum Next {
    Go,
    Leave(Status),
}

impl From<Option<Status>> for Next {
    fn from(closed: Option<Status>) -> Next {
        closed.map_or(Next::Go, Next::Leave)
    }
}

struct Dialogue {
    session: Rc<RefCell<Session>>,
    options: Options,
    reporter: Reporter,
}

impl Dialogue {
    /// Answers what was typed, or all entries of a dialogue that was pasted.
    fn answer(&mut self, text: &str) -> Next {
        for entry in entries(text) {
            if let leave @ Next::Leave(_) = self.answer_entry(&entry) {
                return leave;
            }
        }
        Next::Go
    }

    fn answer_entry(&mut self, entry: &str) -> Next {
        let trimmed = entry.trim();
        if trimmed.is_empty() {
            return Next::Go;
        }
        let meta = match meta::parse(trimmed) {
            None => return self.evaluate(NAME, entry),
            Some(Ok(meta)) => meta,
            Some(Err(mistake)) => return refuse(&mistake.why, &mistake.help),
        };
        match meta {
            Meta::Help => report::print(meta::HELP).into(),
            Meta::Quit => Next::Leave(Status::OK),
            Meta::Doc(name) => {
                let text = self.session.borrow().documentation(&name);
                match text {
                    Some(text) => report::print(&format!("{}\n", text.trim_end())).into(),
                    None => {
                        let help = match super::doc::suggestion(&name) {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "`cotter doc` lists the library; what is declared here has its doc comments".to_string(),
                        };
                        refuse(&format!("there is no documentation of `{name}`"), &help)
                    }
                }
            }
            Meta::Type(code) => match self.run(NAME, &code) {
                Entry::Value { type_name, .. } => report::print(&format!("{type_name}\n")).into(),
                other => self.show(other, false),
            },
            Meta::Show(code) => {
                let answer = self.session.borrow_mut().show_layout(NAME, &code);
                self.tell(answer)
            }
            Meta::C(declaration) => {
                let answer = self.session.borrow_mut().declare_foreign(NAME, &declaration);
                self.tell(answer)
            }
            Meta::Pins => {
                let text = self.session.borrow_mut().pins_report();
                report::print(&text).into()
            }
            Meta::Heap => {
                let text = self.session.borrow_mut().heap_report();
                report::print(&text).into()
            }
            Meta::Time(code) => {
                let start = Instant::now();
                let value = self.run(NAME, &code);
                let taken = start.elapsed();
                match self.show(value, ends_with_semicolon(&code)) {
                    Next::Go => report::print(&format!("took {}\n", duration(taken))).into(),
                    leave => leave,
                }
            }
            Meta::Load(file) => self.load(&file),
            Meta::Reset => {
                let mut session = Session::new(self.options.clone());
                session.catch_interrupts();
                *self.session.borrow_mut() = session;
                Next::Go
            }
        }
    }

    fn run(&mut self, name: &str, code: &str) -> Entry {
        self.session.borrow_mut().evaluate_entry(name, code)
    }

    fn evaluate(&mut self, name: &str, code: &str) -> Next {
        let value = self.run(name, code);
        if let (Entry::Failed(_), word @ ("exit" | "quit" | "exit()" | "quit()")) = (&value, code.trim()) {
            let word = word.trim_end_matches("()");
            report::print_error(&format!("`{word}` is no name here; :quit or Ctrl-D leaves\n"));
            return Next::Go;
        }
        self.show(value, ends_with_semicolon(code))
    }

    /// Prints the answer of a command.
    fn tell(&self, answer: Answer) -> Next {
        match answer {
            Answer::Text(text) => report::print(&text).into(),
            Answer::Refused { why, help } => refuse(&why, &help),
            Answer::Ended(entry) => self.show(entry, true),
        }
    }

    fn load(&mut self, file: &str) -> Next {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let folder = std::env::current_dir().map_or(".".to_string(), |folder| folder.display().to_string());
                return refuse(&format!("cannot read `{file}`: {}", usage::reason(&error)), &format!("paths begin in {folder}"));
            }
        };
        let text = self.session.borrow_mut().decode(file, bytes);
        match text {
            Ok(text) => {
                let value = self.run(file, &text);
                self.show(value, true)
            }
            Err(found) => self.show(Entry::Failed(found), true),
        }
    }

    fn show(&self, entry: Entry, silenced: bool) -> Next {
        let session = self.session.borrow();
        match entry {
            Entry::Value { rendered: Some(text), .. } if !silenced => report::print(&format!("{}\n", shortened(&text))).into(),
            Entry::Value { .. } => Next::Go,
            Entry::Failed(diagnostics) => {
                diagnostics.iter().for_each(|diagnostic| self.reporter.report(diagnostic, &session.sources()));
                Next::Go
            }
            Entry::Interrupted => {
                report::print_error("interrupted\n");
                Next::Go
            }
            Entry::Fatal(diagnostic) => {
                self.reporter.report(&diagnostic, &session.sources());
                Next::Leave(Status::FATAL)
            }
            Entry::Exit(status) => Next::Leave(report::exit_status(status)),
        }
    }
}

/// Says why a command of the dialogue was not followed, and what to do.
fn refuse(why: &str, help: &str) -> Next {
    report::print_error(&format!("error: {why}\n  help: {help}\n"));
    Next::Go
}

/// A value's text, cut where nobody reads on.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_VALUE) {
        None => text.to_string(),
        Some((cut, _)) => format!("{}… {} more characters", &text[..cut], text[cut..].chars().count()),
    }
}

fn duration(taken: Duration) -> String {
    let seconds = taken.as_secs_f64();
    match seconds {
        _ if seconds < 1e-3 => format!("{:.1} µs", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{seconds:.3} s"),
    }
}

/// What the editor asks about the text.
struct Assistant {
    session: Rc<RefCell<Session>>,
    history: HistoryHinter,
    color: bool,
    /// What has been typed of an entry that is not complete.
    pending: RefCell<String>,
}

fn editor(session: &Rc<RefCell<Session>>) -> rustyline::Result<Editor<Assistant, DefaultHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY_ENTRIES)?
        .history_ignore_dups(true)?
        // A line that should not be remembered can be begun with a blank.
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor = Editor::with_config(config)?;
    let color = environment::output_style().color;
    editor.set_helper(Some(Assistant {
        session: Rc::clone(session),
        history: HistoryHinter::new(),
        color,
        pending: RefCell::default(),
    }));
    Ok(editor)
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = rustyline::completion::Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context) -> rustyline::Result<(usize, Vec<Self::Candidate>)> {
        if let Some(names) = meta::complete(&line[..cursor]) {
            let pair = |name: &&str| Self::Candidate { display: name.to_string(), replacement: name.to_string() };
            return Ok((0, names.iter().map(pair).collect()));
        }
        let (skipped, code) = meta::code(line).filter(|(start, _)| cursor >= *start).unwrap_or((0, line));
        let found = self.session.borrow().complete(code, cursor - skipped);
        let pair = |item: crate::session::Completion| Self::Candidate {
            display: if item.detail.is_empty() { item.text.clone() } else { format!("{}  {}", item.text, item.detail) },
            replacement: item.text,
        };
        Ok((skipped + found.start, found.items.into_iter().map(pair).collect()))
    }
}

/// What stands behind the cursor in grey.
enum Suggestion {
    /// The rest of an entry of the history, which the right arrow takes over.
    Entry(String),
    /// What the call that is being typed still takes, only to be read.
    Call(String),
}

impl Hint for Suggestion {
    fn display(&self) -> &str {
        let (Suggestion::Entry(text) | Suggestion::Call(text)) = self;
        text
    }

    fn completion(&self) -> Option<&str> {
        match self {
            Suggestion::Entry(text) => Some(text),
            Suggestion::Call(_) => None,
        }
    }
}

impl Hinter for Assistant {
    type Hint = Suggestion;

    fn hint(&self, line: &str, cursor: usize, context: &Context) -> Option<Suggestion> {
        if cursor < line.len() {
            return None;
        }
        let code = if line.starts_with(':') { meta::code(line).map_or("", |(_, code)| code) } else { line };
        if let Some(call) = self.session.borrow().call_hint(code) {
            return Some(Suggestion::Call(call));
        }
        if line.contains('\n') { None } else { self.history.hint(line, cursor, context).map(Suggestion::Entry) }
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.color && !line.starts_with(':') { Cow::Owned(paint(line)) } else { Cow::Borrowed(line) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color { Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.color
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let entry = context.input();
        let incomplete = entries(entry).last().is_some_and(|last| is_unfinished(last));
        *self.pending.borrow_mut() = if incomplete { entry.to_string() } else { String::new() };
        Ok(if incomplete { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = "é".repeat(LONGEST_VALUE + 7);
        assert_eq!(shortened(&long), format!("{}… 7 more characters", "é".repeat(LONGEST_VALUE)));
    }

    #[test]
    fn durations_have_a_fitting_unit() {
        assert_eq!(duration(Duration::from_micros(12)), "12.0 µs");
        assert_eq!(duration(Duration::from_millis(12)), "12.00 ms");
        assert_eq!(duration(Duration::from_millis(1200)), "1.200 s");
    }
}
