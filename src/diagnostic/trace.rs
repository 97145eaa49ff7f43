//! The trace, folded.
//!
//! Deep recursion gives traces of thousands of equal lines. Calls that repeat, alone or as a cycle of a few functions,
//! are shown once with a count behind them, and of what is still too long the middle is left out.

/// Longest cycle of calls that is recognised.
const LONGEST_CYCLE: usize = 4;
/// A cycle is folded from this many turns on.
const TURNS: usize = 4;
/// Lines shown of a folded trace that is still too long: the innermost calls and the outermost.
const INNER: usize = 25;
const OUTER: usize = 10;

/// How a line of a trace begins that stands for calls which the trace does not hold.
const LEFT_OUT: &str = "… ";
const LEFT_OUT_END: &str = " more calls";

/// The lines of a trace, innermost call first.
pub(super) fn fold(frames: &[String]) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut rest = frames;
    while !rest.is_empty() {
        match cycle(rest) {
            Some((length, turns)) => {
                lines.extend(rest[..length].iter().map(|frame| (format!("in {frame}"), 1)));
                let hidden = (turns - 1) * length;
                lines.push((format!("… {} more", grouped(hidden)), hidden));
                rest = &rest[turns * length..];
            }
            None if rest[0].starts_with(LEFT_OUT) => {
                lines.push((rest[0].clone(), 0));
                rest = &rest[1..];
            }
            None => {
                lines.push((format!("in {}", rest[0]), 1));
                rest = &rest[1..];
            }
        }
    }
    join_same(&mut lines);
    if lines.len() > INNER + OUTER + 1 {
        let last = lines.len() - OUTER;
        let hidden: usize = lines[INNER..last].iter().map(|(_, calls)| calls).sum();
        lines.splice(INNER..last, [(format!("… {} more", grouped(hidden)), hidden)]);
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

/// Where the same call repeats on both sides of calls that the trace does not hold, those were the same too.
fn join_same(lines: &mut Vec<(String, usize)>) {
    let Some(gap) = lines.iter().position(|(line, _)| line.starts_with(LEFT_OUT) && line.ends_with(LEFT_OUT_END)) else { return };
    let is_same = gap >= 2 && gap + 2 < lines.len() && lines[gap - 2].0 == lines[gap + 1].0;
    let count = |line: &str| line.trim_start_matches(LEFT_OUT).split(' ').next()?.parse::<usize>().ok();
    let (Some(left_out), true) = (count(&lines[gap].0), is_same) else { return };
    if lines[gap - 1].0.starts_with(LEFT_OUT) && lines[gap + 2].0.starts_with(LEFT_OUT) {
        let hidden = lines[gap - 1].1 + left_out + 1 + lines[gap + 2].1;
        lines.splice(gap - 1..gap + 3, [(format!("… {} more", grouped(hidden)), hidden)]);
    }
}

/// The shortest cycle with which the frames begin, as its length and number of turns.
fn cycle(frames: &[String]) -> Option<(usize, usize)> {
    (1..=LONGEST_CYCLE.min(frames.len())).find_map(|length| {
        let turns = frames.chunks_exact(length).take_while(|turn| *turn == &frames[..length]).count();
        (turns >= TURNS).then_some((length, turns))
    })
}

/// A count with commas between groups of three digits.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(names: &[(&str, usize)]) -> Vec<String> {
        names.iter().flat_map(|&(name, count)| vec![name.to_string(); count]).collect()
    }

    #[test]
    fn different_calls_stay() {
        assert_eq!(fold(&frames(&[("f a:1:1", 1), ("g a:2:1", 1)])), ["in f a:1:1", "in g a:2:1"]);
    }

    #[test]
    fn three_turns_stay_and_four_fold() {
        assert_eq!(fold(&frames(&[("f a:1:1", 3)])).len(), 3);
        assert_eq!(fold(&frames(&[("f a:1:1", 4), ("main a:9:1", 1)])), ["in f a:1:1", "… 3 more", "in main a:9:1"]);
    }

    #[test]
    fn a_cycle_of_two_folds() {
        let mut calls = Vec::new();
        for _ in 0..5000 {
            calls.extend(frames(&[("even a:1:1", 1), ("odd a:2:1", 1)]));
        }
        calls.push("main a:9:1".to_string());
        assert_eq!(fold(&calls), ["in even a:1:1", "in odd a:2:1", "… 9,998 more", "in main a:9:1"]);
    }

    #[test]
    fn the_middle_of_a_long_one_is_left_out() {
        let calls: Vec<String> = (0..100).map(|n| format!("f{n} a:{n}:1")).collect();
        let lines = fold(&calls);
        assert_eq!(lines.len(), INNER + OUTER + 1);
        assert_eq!(lines[INNER], "… 65 more");
        assert_eq!(lines[INNER + 1], "in f90 a:90:1");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([grouped(7), grouped(999), grouped(1000), grouped(1234567)], ["7", "999", "1,000", "1,234,567"]);
    }
}
