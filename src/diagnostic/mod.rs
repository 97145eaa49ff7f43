//! What an error is, before anybody decides how to show it.
//!
//! Everything that is wrong with a program, found early or late, becomes a [`Diagnostic`]: what is wrong, where,
//! what was expected, what to do. The rest of this folder shows one: to people as text with the source line and a
//! marker under the place ([`render`]), to editors and tests as a line of JSON or a short line ([`machine`]). All
//! forms come from the same data and begin with the same [`Diagnostic::headline`].
//!
//! What is shown is the same on every machine: it depends on the diagnostic, the source and the [`Style`], never on
//! the terminal's width or the environment, so that tests can compare it letter by letter.
//!
//! Files: this one (the data), [`render`] (the order of the parts), `excerpt` (source lines and markers), `style`
//! (colours), `trace` (folding of repeated calls), [`machine`].

mod excerpt;
pub mod machine;
pub mod render;
mod style;
mod trace;

pub use render::render;
pub use style::Style;

use crate::source::SourceRange;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// `error: KIND: …`, exit status 1.
    Error,
    Warning,
    /// Ends that no script can catch: `fatal: …`, exit status 70.
    Fatal,
}

impl Severity {
    /// The word before the first colon.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Fatal => "fatal",
        }
    }
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
    /// The place that the heading names where that is not the start of the marked one: the call, when the marker
    /// stands under one of its arguments.
    pub at: Option<SourceRange>,
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
            at: None,
            secondary: Vec::new(),
            details: Vec::new(),
            trace: Vec::new(),
            cause: None,
            help: Vec::new(),
        }
    }

    /// The place by which the diagnostic is known: in the heading, in machine forms, in tests.
    pub fn place(&self) -> SourceRange {
        self.at.unwrap_or(self.primary.range)
    }

    /// What is said behind `error: `: the kind and the message, or that a value which is no error was thrown.
    pub fn headline(&self) -> String {
        match (self.severity, self.kind.as_str()) {
            (Severity::Error, "") => format!("uncaught value: {}", self.message),
            (_, "") => self.message.clone(),
            (_, kind) => format!("{kind}: {}", self.message),
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

    /// Names another place in the heading than the marked one.
    pub fn with_at(mut self, range: SourceRange) -> Diagnostic {
        self.at = Some(range);
        self
    }

    pub fn with_detail(mut self, text: impl Into<String>) -> Diagnostic {
        self.details.push(text.into());
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
