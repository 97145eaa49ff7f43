//! What an error is, before anybody decides how to show it.
//!
//! Everything that is wrong with a program, found early or late, becomes a [`Diagnostic`]: what is wrong, where,
//! what was expected, what to do.

use crate::source::SourceRange;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// `error: KIND: …`, exit status 1.
    Error,
    Warning,
    /// Ends that no script can catch: `fatal: …`, exit status 70.
    Fatal,
}

/// A marked place with a few words about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub range: SourceRange,
    /// May be empty: then only the marker is shown.
    pub text: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// The error's kind, such as `SyntaxError`; empty for a warning, a fatal end or an uncaught plain value.
    pub kind: String,
    pub message: String,
    /// The place that is shown with a marker under it.
    pub primary: Label,
    /// Further places: "first declared here", "this bracket is open".
    pub secondary: Vec<Label>,
    /// Lines under the message and before the place, indented: the path of a pin check.
    pub details: Vec<String>,
    /// The calls that led here, innermost first, each `function file:line:column`.
    pub trace: Vec<String>,
    /// The error that was on its way when this one took its place.
    pub cause: Option<Box<Diagnostic>>,
    /// What to do, one `help:` line each.
    pub help: Vec<String>,
}

impl Diagnostic {
    pub fn new(severity: Severity, kind: impl Into<String>, message: impl Into<String>, range: SourceRange) -> Diagnostic {
        Diagnostic {
            severity,
            kind: kind.into(),
            message: message.into(),
            primary: Label { range, text: String::new() },
            secondary: Vec::new(),
            details: Vec::new(),
            trace: Vec::new(),
            cause: None,
            help: Vec::new(),
        }
    }

    /// A mistake that the compiler found.
    pub fn syntax(message: impl Into<String>, range: SourceRange) -> Diagnostic {
        Diagnostic::new(Severity::Error, "SyntaxError", message, range)
    }

    pub fn with_label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    pub fn with_secondary(mut self, range: SourceRange, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { range, text: text.into() });
        self
    }

    pub fn with_help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }
}
