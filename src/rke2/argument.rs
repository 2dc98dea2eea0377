//! One element of a component's argument list, parsed like K3s' `GetArgs`. Produces no findings.

/// An element of such a list: `name=value`, `--name=value`, `name` for `name=true`, `name+=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument<'t> {
    /// Number of leading dashes.
    pub dashes: usize,
    /// The name, including spaces around it.
    pub name: &'t str,
    /// The text after the first `=`.
    pub value: Option<&'t str>,
}

impl<'t> Argument<'t> {
    /// Splits an element into its parts.
    pub fn parse(text: &'t str) -> Self {
        let bare = text.trim_start_matches('-');
        let (name, value) = match bare.split_once('=') {
            Some((name, value)) => (name.strip_suffix(['+', '-']).unwrap_or(name), Some(value)),
            None => (bare, None),
        };
        Self { dashes: text.len() - bare.len(), name, value }
    }

    /// The value that the component gets: `true` for a flag without a value.
    pub fn text(self) -> &'t str {
        self.value.unwrap_or("true")
    }

    /// Whether it has the form that RKE2 expects: no dashes or two, and a name of letters, digits, dashes and
    /// underscores.
    pub fn is_plain(self) -> bool {
        matches!(self.dashes, 0 | 2)
            && !self.name.is_empty()
            && self
                .name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_apart() {
        assert_eq!(Argument::parse("a=b=c"), Argument { dashes: 0, name: "a", value: Some("b=c") });
        assert_eq!(Argument::parse("--a+=b"), Argument { dashes: 2, name: "a", value: Some("b") });
        assert_eq!(Argument::parse("a"), Argument { dashes: 0, name: "a", value: None });
    }
}
