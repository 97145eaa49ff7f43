//! The signature text of a builtin, read when names are needed.

use super::native::NativeEntry;
use std::rc::Rc;

/// Parameters of a builtin.
pub struct Signature {
    /// In order; for methods `self` comes first.
    pub names: Vec<Rc<str>>,
    /// A `...rest` stands among them (not in `names`).
    pub has_rest: bool,
    /// How many of the last names stand behind the rest parameter and so can be given by name only.
    pub named_only: usize,
}

impl Signature {
    /// Reads `(a, b = 10)`, `(...values, sep: " ", end: "\n")`. A comma inside quotes does not separate.
    pub fn parse(entry: &NativeEntry) -> Signature {
        let inner = entry.signature.trim().trim_start_matches('(').trim_end_matches(')');
        let mut parts: Vec<String> = vec![String::new()];
        let mut in_quotes = false;
        for c in inner.chars() {
            match c {
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            }
            if let Some(last) = parts.last_mut() {
                last.push(c);
            }
        }
        let mut signature = Signature { names: Vec::new(), has_rest: false, named_only: 0 };
        for part in parts {
            let name = part.split(['=', ':']).next().unwrap_or("").trim();
            if name.is_empty() {
                continue;
            }
            if name.starts_with("...") {
                signature.has_rest = true;
                continue;
            }
            signature.names.push(name.into());
            if signature.has_rest {
                signature.named_only += 1;
            }
        }
        signature
    }
}
