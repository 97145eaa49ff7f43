//! Doc comments of C, `/** … */`, `/*! … */` and `/// …`, as doc comments of Cotter.
//!
//! They are taken from the lines before a declaration, or from behind it in its own line (`/**< … */`). Of a long one the first paragraph is
//! enough; commands of Doxygen that say something about the text are left out, and what they say about parameters and results is kept.

/// A comment with more lines than this is cut behind its first paragraph.
const MOST_LINES: usize = 8;
/// A paragraph with more letters than this is no summary.
const MOST_LETTERS: usize = 600;

/// The lines of the comment that belongs to what a line, from 1, declares; none if there is none, or none that is short.
pub fn doc_at<T: AsRef<str>>(lines: &[T], line: usize) -> Vec<String> {
    let Some(own) = line.checked_sub(1).filter(|&own| own < lines.len()) else { return Vec::new() };
    let found = before(lines, own).or_else(|| behind(lines[own].as_ref()));
    found.map(|comment| shortened(cleaned(&comment))).unwrap_or_default()
}

/// The comment that stands before the declaration whose name is in a line.
fn before<T: AsRef<str>>(lines: &[T], own: usize) -> Option<Vec<String>> {
    let mut at = own;
    // The type may stand in lines before the name.
    for _ in 0..3 {
        let previous = lines[at.checked_sub(1)?].as_ref().trim();
        let is_end = previous.is_empty()
            || previous.ends_with([';', ',', '{', '}', '\\'])
            || previous.ends_with("*/")
            || previous.starts_with(['#', '/']);
        if is_end {
            break;
        }
        at -= 1;
    }
    let last = at.checked_sub(1)?;
    let text = |at: usize| lines[at].as_ref().trim();
    if is_line_comment(text(last)) {
        let first = (0..=last).rev().take_while(|&at| is_line_comment(text(at))).last()?;
        return Some((first..=last).map(|at| text(at)[3..].to_string()).collect());
    }
    if !text(last).ends_with("*/") {
        return None;
    }
    let first = (0..=last).rev().find(|&at| text(at).contains("/*"))?;
    let opening = text(first).strip_prefix("/**").or_else(|| text(first).strip_prefix("/*!"))?;
    // `/**< … */` belongs to what stands before it; `/***` and `/**/` are no doc comments.
    if opening.starts_with(['<', '*', '/']) {
        return None;
    }
    let mut comment: Vec<String> = vec![opening.to_string()];
    comment.extend((first + 1..=last).map(|at| text(at).to_string()));
    let closing = comment.last_mut()?;
    closing.truncate(closing.len() - "*/".len());
    Some(comment)
}

fn is_line_comment(line: &str) -> bool {
    (line.starts_with("///") || line.starts_with("//!")) && !line.starts_with("////") && !line[3..].starts_with('<')
}

/// The comment behind a declaration, in its line.
fn behind(line: &str) -> Option<Vec<String>> {
    if let Some(at) = line.find("/**<").or_else(|| line.find("/*!<")) {
        let (comment, _) = line[at + 4..].split_once("*/")?;
        return Some(vec![comment.to_string()]);
    }
    line.find("///<").map(|at| vec![line[at + 4..].to_string()])
}

/// The text of a comment, without its frame and without commands.
fn cleaned(comment: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_code = false;
    // Whether what is being read is left out up to the next blank line.
    let mut is_left_out = false;
    for line in comment {
        // Nothing is indented: that would make it an example in Cotter.
        let line = line.trim().trim_start_matches('*').trim();
        let (command, rest) = command(line);
        match command {
            "code" | "verbatim" | "{" => is_code = true,
            "endcode" | "endverbatim" | "}" => {
                is_code = false;
                continue;
            }
            _ => {}
        }
        is_left_out &= !line.is_empty() && command.is_empty();
        let text = match command {
            _ if is_code || is_left_out => continue,
            "" => line.to_string(),
            "brief" | "short" | "details" | "note" | "remark" | "warning" => rest.to_string(),
            "param" => match rest.split_once(char::is_whitespace) {
                Some((name, text)) => format!("`{name}`: {}", text.trim()),
                None => continue,
            },
            "return" | "returns" | "result" => format!("Returns {}", rest.strip_prefix("Returns ").unwrap_or(rest)),
            _ => {
                is_left_out = true;
                continue;
            }
        };
        lines.push(without_marks(&text));
    }
    // Two comments in a row are one blank line apart at most.
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    lines.drain(..first);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// `\param[in] name text`: `param`, and what follows it.
fn command(line: &str) -> (&str, &str) {
    let Some(rest) = line.strip_prefix(['\\', '@']) else { return ("", line) };
    let end = rest.find(|c: char| !c.is_ascii_alphabetic() && !matches!(c, '{' | '}')).unwrap_or(rest.len());
    let behind = rest[end..].trim_start();
    let behind = behind.strip_prefix('[').and_then(|direction| direction.split_once(']')).map_or(behind, |(_, behind)| behind);
    (&rest[..end], behind.trim())
}

/// Words such as `\ref` and `\c` within a line are gone.
fn without_marks(line: &str) -> String {
    let words = line.split(' ').filter(|word| {
        let mark = word.strip_prefix(['\\', '@']);
        !mark.is_some_and(|mark| matches!(mark, "ref" | "c" | "p" | "a" | "e" | "b" | "em" | "sa" | "see"))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// All of it if it is short, otherwise its first paragraph, if that is.
fn shortened(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST_LINES {
        let end = lines.iter().position(String::is_empty).unwrap_or(lines.len());
        lines.truncate(end);
    }
    let letters: usize = lines.iter().map(String::len).sum();
    // What names a header in a comment of its own is for `cotter verify`.
    lines.retain(|line| !line.starts_with("header:") && !line.starts_with("fmt:"));
    if lines.len() > MOST_LINES || letters > MOST_LETTERS { Vec::new() } else { lines }
}

#[cfg(test)]
mod tests {
    use super::doc_at;

    fn doc(text: &str) -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        let own = lines.iter().position(|line| line.contains("here")).expect("a declaration");
        doc_at(&lines, own + 1)
    }

    #[test]
    fn comments_before_and_behind() {
        assert_eq!(doc("/** Opens it. */\nint here(void);"), ["Opens it."]);
        assert_eq!(doc("/**\n * Opens it,\n * or not.\n */\nextern API\nint here(\n  int a);"), ["Opens it,", "or not."]);
        assert_eq!(doc("/*! Qt's way. */\nint here;"), ["Qt's way."]);
        assert_eq!(doc("/// One\n/// two.\nint here(void);"), ["One", "two."]);
        assert_eq!(doc("  HERE, /* no */\n  here = 2, /**< The other. */"), ["The other."]);
        assert_eq!(doc("#define here 1 ///< A number."), ["A number."]);
    }

    #[test]
    fn other_comments_are_none() {
        for text in [
            "/* plain */\nint here(void);",
            "/****************\n * ruler\n */\nint here(void);",
            "// plain\nint here(void);",
            "/** of another */\nint other(void);\nint here(void);",
            "/** far off */\n\nint here(void);",
            "  A, /**< of A */\n  here,",
            "int a; /** x */ int b;\nint here(void);",
            "int here(void);",
        ] {
            assert!(doc(text).is_empty(), "{text}: {:?}", doc(text));
        }
    }

    #[test]
    fn commands_are_told_in_words() {
        let text = "/**\n * \\brief Loads a file.\n *\n * @param[in] name its name\n * \\returns 0 or \\c NULL.\n *\n * \\sa other\n *     more\n */\nint here(const char *name);";
        assert_eq!(doc(text), ["Loads a file.", "", "`name`: its name", "Returns 0 or NULL."]);
        assert_eq!(doc("/**\n * Text.\n * \\code\n *     f();\n * \\endcode\n * More.\n */\nint here;"), ["Text.", "More."]);
    }

    #[test]
    fn long_ones_are_cut() {
        let long = " * A line of it.\n".repeat(20);
        assert_eq!(doc(&format!("/**\n * First.\n *\n{long} */\nint here;")), ["First."]);
        assert!(doc(&format!("/**\n{long} */\nint here;")).is_empty());
    }
}
