//! Text for terminals and files: colours, and characters that would disturb either.

use super::Severity;

/// How text is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// With the escape sequences of terminals.
    pub color: bool,
}

impl Style {
    pub const PLAIN: Style = Style { color: false };
    pub const COLORED: Style = Style { color: true };

    pub(super) fn paint(self, paint: Paint, text: &str) -> String {
        if self.color { format!("\x1b[{}m{text}\x1b[0m", paint.code()) } else { text.to_string() }
    }
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    Severity(Severity),
    Message,
    /// Line numbers, bars, arrows and secondary markers.
    Frame,
    /// The marker under the place.
    Primary,
    Help,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Paint::Severity(Severity::Warning) => "1;33",
            Paint::Severity(_) | Paint::Primary => "1;31",
            Paint::Message => "1",
            Paint::Frame => "1;34",
            Paint::Help => "1;36",
        }
    }
}

/// The lines of a text with characters that would disturb the terminal spelled out.
pub(super) fn printable(text: &str) -> Vec<String> {
    text.split('\n').map(spelled_out).collect()
}

/// A text as one line.
pub(super) fn one_line(text: &str) -> String {
    spelled_out(&text.replace('\n', " "))
}

fn spelled_out(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\t' => text.push_str("    "),
            '\r' => text.push_str("\\r"),
            character if character.is_control() => text.push_str(&format!("\\x{:02x}", character as u32)),
            character => text.push(character),
        }
    }
    text
}
