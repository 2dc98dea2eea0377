//! Suggestions for a misspelled word. Pure functions of text; the caller supplies the candidates.

/// The known word that is most similar to another: at most `most` edits away and at most a third of the known word's
/// length, ignoring case and dashes. `None` when two are equally similar.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>, most: usize) -> Option<&'w str> {
    let written = plain(word);
    let mut near: Vec<(usize, &'w str)> = known
        .into_iter()
        .map(|known| (strsim::osa_distance(&written, &plain(known)), known))
        .filter(|(far, known)| *far <= most && far * 3 <= known.len())
        .collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, best), (second, _), ..] if first < second => Some(best),
        _ => None,
    }
}

/// A word in lower case without dashes and underscores, so that spellings of the same name are equal.
pub fn plain(word: &str) -> String {
    word.to_ascii_lowercase().replace(['-', '_'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_must_be_near_and_alone() {
        let known = ["endpoint", "rewrite", "values-content", "cpi", "csi"];
        assert_eq!(nearest("endpoints", known, 2), Some("endpoint"));
        assert_eq!(nearest("valuesContent", known, 2), Some("values-content"));
        assert_eq!(nearest("mirror", known, 2), None);
        assert_eq!(nearest("cxi", known, 2), None);
        assert_eq!(nearest("x", known, 2), None);
    }
}
