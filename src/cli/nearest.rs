//! "Did you mean": the nearest of several names.

/// The candidate that a person who typed `name` most likely meant: equal but for case, or at most a third of the
/// letters wrong (one is always allowed).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_enough() {
        assert_eq!(nearest("tset", ["run", "test", "text"]), Some("test"));
        assert_eq!(nearest("CHECK", ["check"]), Some("check"));
        assert_eq!(nearest("zebra", ["check", "run"]), None);
        assert_eq!(nearest("", ["x"]), Some("x"));
    }
}
