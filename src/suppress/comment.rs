//! The grammar of ignore comments. Must not know where comments are.

use std::ops::Range;

/// The prefix of a comment for this program.
pub const MARK: &str = "rke2-lint:";

/// The meaning of a comment for this program. Ranges are relative to the start of the comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `ignore[…]` or `ignore-file[…]`.
    Ignore {
        /// Whether it applies to the whole file.
        file: bool,
        /// The rules and categories, each with its place.
        names: Vec<(Range<usize>, String)>,
    },
    /// An invalid comment.
    Malformed {
        /// The place of the error.
        at: Range<usize>,
        /// What is wrong with it.
        message: String,
    },
}

/// Parses a comment; `None` when it is not for this program.
pub fn directive(comment: &str) -> Option<Directive> {
    // A comment for another tool may come first: `# yamllint disable-line # rke2-lint: ignore[…]`.
    let start = comment
        .match_indices(MARK)
        .map(|(at, _)| at)
        .find(|at| comment[..*at].trim_end_matches([' ', '\t']).ends_with('#'))?;
    let rest = &comment[start + MARK.len()..];
    let body = comment.len() - rest.trim_start().len();
    let rest = rest.trim();
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
    let (word, tail) = rest.split_at(end);
    let malformed = |range: Range<usize>, message: String| Some(Directive::Malformed { at: range, message });
    let file = match word {
        "ignore" => false,
        "ignore-file" => true,
        "" => {
            return malformed(
                start..comment.trim_end().len(),
                "missing `ignore` after `rke2-lint:`".to_owned(),
            );
        }
        word => {
            return malformed(
                body..body + end,
                format!("unknown keyword `{word}`, expected `ignore` or `ignore-file`"),
            );
        }
    };
    let gap = tail.len() - tail.trim_start().len();
    let list = tail.trim_start().strip_prefix('[').and_then(|list| Some(&list[..list.find(']')?]));
    let whole = body..body + rest.len();
    let Some(list) = list else {
        return malformed(whole, format!("missing rule in `{word}`"));
    };
    let mut at = body + end + gap + 1;
    let mut names = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let from = at + (part.len() - part.trim_start().len());
        if name.is_empty() {
            return malformed(whole, format!("empty name in `{word}[{list}]`"));
        }
        names.push((from..from + name.len(), name.to_owned()));
        at += part.len() + 1;
    }
    Some(Directive::Ignore { file, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(comment: &str) -> Option<Vec<String>> {
        match directive(comment)? {
            Directive::Ignore { names, .. } => {
                for (range, name) in &names {
                    assert_eq!(&comment[range.clone()], name);
                }
                Some(names.into_iter().map(|(_, name)| name).collect())
            }
            Directive::Malformed { at, message } => {
                assert!(comment.get(at).is_some());
                Some(vec![format!("! {message}")])
            }
        }
    }

    #[test]
    fn directives_are_read_where_they_are_meant() {
        assert_eq!(names("# rke2-lint: ignore[a/b] why not").unwrap(), ["a/b"]);
        assert_eq!(names("#rke2-lint:ignore-file [ a/b , c ]").unwrap(), ["a/b", "c"]);
        assert_eq!(names("# other # rke2-lint: ignore[a/*]").unwrap(), ["a/*"]);
        assert_eq!(names("# see rke2-lint: it is good"), None);
        assert_eq!(names("# plain"), None);
        for bad in [
            "# rke2-lint:",
            "# rke2-lint: ignore",
            "# rke2-lint: ignore[]",
            "# rke2-lint: ignore[a/b",
            "# rke2-lint: disable[a/b]",
            "# rke2-lint: ignore[a,,b]",
            "# rke2-lint: ignore a/b",
        ] {
            assert!(names(bad).unwrap()[0].starts_with("! "), "{bad}");
        }
    }
}
