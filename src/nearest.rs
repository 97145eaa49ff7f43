//! The name a user may have meant.

/// The candidate nearest to a name: one that differs in case only, else the one of least edit distance, if that is at most
/// a third of the name's length (and one edit at least).
pub fn nearest_name<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        let distance =
            if candidate.to_lowercase() == name.to_lowercase() { 0 } else { strsim::damerau_levenshtein(name, candidate) };
        // One letter is near to every other letter; that is no help.
        let is_near = distance == 0 || (distance <= limit && distance < name.chars().count());
        // Among equals the first in the alphabet, so that the answer does not depend on the order of a table.
        if is_near && best.is_none_or(|(d, b)| (distance, candidate) < (d, b)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest_name;

    #[test]
    fn case_goes_before_distance() {
        assert_eq!(nearest_name("Print", ["prints", "print"]), Some("print"));
        assert_eq!(nearest_name("pirnt", ["print", "input"]), Some("print"));
        assert_eq!(nearest_name("x", ["y", "z"]), None);
        assert_eq!(nearest_name("total", ["print"]), None);
    }
}
