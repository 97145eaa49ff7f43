//! Diagnostics for programs that read them: one line each.
//!
//! [`json`] holds everything; [`short`] is the `file:line:column: error: …` that editors and `make` know. Lines and
//! columns count from 1, columns in characters; a diagnostic without a place has `null` there.

use super::render::heading_place;
use super::{Diagnostic, Label};
use crate::source::{SourceMap, SourceRange};
use std::fmt::Write;

/// `file:line:column: error: KIND: MESSAGE`.
pub fn short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let text = format!("{}: {}", diagnostic.severity.word(), diagnostic.headline()).replace('\n', " ");
    match heading_place(diagnostic, sources) {
        Some(place) => format!("{place}: {text}\n"),
        None => format!("{text}\n"),
    }
}

/// One object on one line.
pub fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut text = String::new();
    write_diagnostic(&mut text, diagnostic, sources);
    text.push('\n');
    text
}

fn write_diagnostic(out: &mut String, diagnostic: &Diagnostic, sources: &SourceMap) {
    out.push('{');
    field(out, "severity", diagnostic.severity.word());
    field(out, "kind", &diagnostic.kind);
    field(out, "message", &diagnostic.message);
    field(out, "headline", &diagnostic.headline());
    write_range(out, diagnostic.place(), sources);
    out.push_str(",\"label\":");
    write_label(out, &diagnostic.primary, sources);
    list(out, "secondary", &diagnostic.secondary, |out, label| write_label(out, label, sources));
    list(out, "details", &diagnostic.details, |out, text| write_string(out, text));
    list(out, "trace", &diagnostic.trace, |out, text| write_string(out, text));
    list(out, "help", &diagnostic.help, |out, text| write_string(out, text));
    out.push_str(",\"cause\":");
    match &diagnostic.cause {
        Some(cause) => write_diagnostic(out, cause, sources),
        None => out.push_str("null"),
    }
    out.push('}');
}

fn write_label(out: &mut String, label: &Label, sources: &SourceMap) {
    out.push('{');
    field(out, "text", &label.text);
    write_range(out, label.range, sources);
    out.push('}');
}

fn write_range(out: &mut String, range: SourceRange, sources: &SourceMap) {
    let Some(file) = sources.file(range) else {
        out.push_str(",\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null");
        return;
    };
    let (line, column) = file.line_column(range.start);
    let (end_line, end_column) = file.line_column(range.end);
    field(out, "file", &file.name);
    write!(out, ",\"line\":{line},\"column\":{column},\"end_line\":{end_line},\"end_column\":{end_column}")
        .expect("a String takes all that is written");
}

fn field(out: &mut String, name: &str, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_string(out, name);
    out.push(':');
    write_string(out, value);
}

fn list<T>(out: &mut String, name: &str, items: &[T], write_item: impl Fn(&mut String, &T)) {
    out.push(',');
    write_string(out, name);
    out.push_str(":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_item(out, item);
    }
    out.push(']');
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if (character as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", character as u32)),
            character => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_is_one_line() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.cot", "let x = 1\nlet y = z\n").expect("small");
        let range = SourceRange::new(file.base + 18, file.base + 19);
        let diagnostic = Diagnostic::syntax("undefined name 'z'\nreally", range);
        assert_eq!(short(&diagnostic, &sources), "a.cot:2:9: error: SyntaxError: undefined name 'z' really\n");
    }

    #[test]
    fn json_holds_everything() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.cot", "f(\"x\")\n").expect("small");
        let mut diagnostic = Diagnostic::syntax("say \"no\"\n\u{1}", SourceRange::new(file.base, file.base + 6))
            .with_label("here")
            .with_secondary(SourceRange::new(file.base + 2, file.base + 5), "this")
            .with_help("do");
        diagnostic.details.push("d".into());
        diagnostic.trace.push("f a.cot:1:1".into());
        diagnostic.cause = Some(Box::new(Diagnostic::new(crate::diagnostic::Severity::Error, "", "3", SourceRange::NOWHERE)));
        let nowhere = "\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null";
        assert_eq!(
            json(&diagnostic, &sources),
            format!(
                "{{\"severity\":\"error\",\"kind\":\"SyntaxError\",\"message\":\"say \\\"no\\\"\\n\\u0001\",\
                 \"headline\":\"SyntaxError: say \\\"no\\\"\\n\\u0001\",\
                 \"file\":\"a.cot\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":7,\
                 \"label\":{{\"text\":\"here\",\"file\":\"a.cot\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":7}},\
                 \"secondary\":[{{\"text\":\"this\",\"file\":\"a.cot\",\"line\":1,\"column\":3,\"end_line\":1,\"end_column\":6}}],\
                 \"details\":[\"d\"],\"trace\":[\"f a.cot:1:1\"],\"help\":[\"do\"],\
                 \"cause\":{{\"severity\":\"error\",\"kind\":\"\",\"message\":\"3\",\"headline\":\"uncaught value: 3\",{nowhere},\
                 \"label\":{{\"text\":\"\",{nowhere}}},\"secondary\":[],\"details\":[],\"trace\":[],\"help\":[],\"cause\":null}}}}\n"
            )
        );
    }
}
