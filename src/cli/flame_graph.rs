//! A profile as a picture: a flame graph as one SVG file, which needs nothing else.
//!
//! Each bar is a function, as wide as the time in which it was in progress; below it is what it called. Functions of the script
//! are warm, C functions, always leaves, are blue. A browser shows name, time and share of a bar under the pointer.

use crate::markup::escaped;
use crate::session::ProfiledStack;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 10.0;
const ROW: f64 = 18.0;
/// Where the first bar begins.
const TOP: f64 = 48.0;
/// Bars that would be narrower are left out.
const NARROWEST: f64 = 0.3;
/// What a character takes, about.
const CHARACTER: f64 = 7.0;

/// A function on one way through the program.
#[derive(Default)]
struct Bar {
    time: Duration,
    is_c: bool,
    below: BTreeMap<String, Bar>,
}

/// The picture of a profile.
pub fn draw(title: &str, stacks: &[ProfiledStack]) -> String {
    let mut root = Bar::default();
    for stack in stacks {
        root.time += stack.time;
        let mut bar = &mut root;
        for function in &stack.functions {
            bar = bar.below.entry(function.clone()).or_default();
            bar.time += stack.time;
        }
        if let Some(name) = &stack.c_function {
            let leaf = bar.below.entry(format!("{name} (C)")).or_default();
            leaf.time += stack.time;
            leaf.is_c = true;
        }
    }
    let height = TOP + ROW * root.depth() as f64 + MARGIN;
    let mut out = String::new();
    _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"ui-monospace, monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fbfaf7\"/>\n\
         <text x=\"{MARGIN}\" y=\"20\" font-size=\"15\">{}</text>\n\
         <text x=\"{MARGIN}\" y=\"38\" fill=\"#6b7280\">{} in all; blue is C</text>",
        escaped(title),
        milliseconds(root.time),
    );
    if stacks.is_empty() {
        _ = writeln!(out, "<text x=\"{MARGIN}\" y=\"{}\">The run was too short to be seen.</text>", TOP + ROW);
    }
    let scale = (WIDTH - 2.0 * MARGIN) / root.time.as_secs_f64().max(f64::MIN_POSITIVE);
    root.draw_below(MARGIN, TOP, scale, root.time, &mut out);
    out.push_str("</svg>\n");
    out
}

impl Bar {
    /// Rows that it takes.
    fn depth(&self) -> usize {
        let mut rows = 1;
        let mut level: Vec<&Bar> = self.below.values().collect();
        while !level.is_empty() {
            rows += 1;
            level = level.into_iter().flat_map(|bar| bar.below.values()).collect();
        }
        rows
    }

    /// Draws what it called, from `x` on. As deep as a profile is, which has a bound.
    fn draw_below(&self, x: f64, y: f64, scale: f64, all: Duration, out: &mut String) {
        let mut x = x;
        for (name, bar) in &self.below {
            let width = bar.time.as_secs_f64() * scale;
            if width >= NARROWEST {
                bar.draw(name, x, y, width, all, out);
                bar.draw_below(x, y + ROW, scale, all, out);
            }
            x += width;
        }
    }

    fn draw(&self, name: &str, x: f64, y: f64, width: f64, all: Duration, out: &mut String) {
        let class = if self.is_c { "c" } else { "script" };
        let fill = if self.is_c { "#7fb2e5".to_string() } else { warm(name) };
        let share = 100.0 * self.time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
        let (title, time) = (escaped(name), milliseconds(self.time));
        _ = write!(
            out,
            "<g class=\"{class}\"><title>{title}: {time}, {share:.1} %</title><rect x=\"{x:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"{}\" fill=\"{fill}\" rx=\"1\"/>",
            (width - 0.5).max(0.1),
            ROW - 1.0,
        );
        let room = ((width - 6.0) / CHARACTER) as usize;
        if room >= 3 {
            let (text_x, text_y) = (x + 3.0, y + 12.5);
            _ = write!(out, "<text x=\"{text_x:.1}\" y=\"{text_y}\">{}</text>", escaped(&shortened(name, room)));
        }
        out.push_str("</g>\n");
    }
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room { text.to_string() } else { text.chars().take(room - 1).chain(['…']).collect() }
}

/// A colour between red and yellow that is always the same for a name.
fn warm(name: &str) -> String {
    let hash = name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    format!("hsl({} {}% {}%)", 14 + hash % 36, 70 + hash / 36 % 16, 66 + hash / 600 % 10)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(functions: &[&str], c_function: Option<&str>, milliseconds: u64) -> ProfiledStack {
        ProfiledStack {
            functions: functions.iter().map(|name| name.to_string()).collect(),
            c_function: c_function.map(str::to_string),
            time: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn a_bar_is_as_wide_as_its_share() {
        let stacks = [stack(&["<main> a.cot:1"], None, 25), stack(&["<main> a.cot:1", "f a.cot:2"], Some("qsort"), 75)];
        let svg = draw("a.cot", &stacks);
        for expected in [
            "<title>&lt;main&gt; a.cot:1: 100.0 ms, 100.0 %</title><rect x=\"10.0\" y=\"48\" width=\"1179.5\"",
            "<title>f a.cot:2: 75.0 ms, 75.0 %</title><rect x=\"10.0\" y=\"66\" width=\"884.5\"",
            "<g class=\"c\"><title>qsort (C): 75.0 ms, 75.0 %</title><rect x=\"10.0\" y=\"84\" width=\"884.5\"",
            ">&lt;main&gt; a.cot:1</text>",
        ] {
            assert!(svg.contains(expected), "{expected} is missing in\n{svg}");
        }
    }

    #[test]
    fn a_run_too_short_to_be_seen_says_so() {
        assert!(draw("a.cot", &[]).contains("too short"));
    }
}
