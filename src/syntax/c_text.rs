//! Finds the end of C declarations between braces, without understanding them.

/// The length of the C text before the `}` that closes it. Comments, literals and preprocessor lines are passed over.
/// `None` if no such brace stands in `text`.
pub fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    let mut only_blanks_in_line = true;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => {
                only_blanks_in_line = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'#' if only_blanks_in_line => {
                at = directive_end(bytes, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = comment_end(bytes, at),
            quote @ (b'"' | b'\'') => at = literal_end(bytes, at, quote),
            b'{' => {
                depth += 1;
                at += 1;
            }
            b'}' if depth == 0 => return Some(at),
            b'}' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
        only_blanks_in_line = false;
    }
    None
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |i| from + i)
}

fn comment_end(bytes: &[u8], from: usize) -> usize {
    bytes[from + 2..].windows(2).position(|pair| pair == b"*/").map_or(bytes.len(), |i| from + 2 + i + 2)
}

/// A preprocessor line goes on where it ends in a backslash; a comment in it may go on by itself.
fn directive_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => return at,
            b'\\' => at += if bytes.get(at + 1) == Some(&b'\r') { 3 } else { 2 },
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = comment_end(bytes, at),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A literal ends at its quote, or at the end of the line: C's own literals never go further.
fn literal_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' => return at,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn braces_in_comments_literals_and_directives_do_not_count() {
        assert_eq!(length("int f(void); } rest"), Some(13));
        assert_eq!(length("struct a { int b; }; }"), Some(21));
        assert_eq!(length("/* } */ char c = '}'; // }\n}"), Some(27));
        assert_eq!(length("#define OPEN { \\\n  }\n}"), Some(21));
        assert_eq!(length("#error don't\n}"), Some(13));
        assert_eq!(length("int f(void) {"), None);
    }
}
