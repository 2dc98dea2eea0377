//! One element of a component's argument list, parsed like K3s' `GetArgs`. Produces no findings.

/// An element of such a list: `name=value`, `--name=value`, `name` for `name=true`, `name+=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument<'t> {
    /// How many dashes lead.
    pub dashes: usize,
    /// The name, blanks around it kept.
    pub name: &'t str,
    /// What follows the first `=`.
    pub value: Option<&'t str>,
}

impl<'t> Argument<'t> {
    /// Takes an element apart.
    pub fn parse(text: &'t str) -> Self {
        let bare = text.trim_start_matches('-');
        let (name, value) = match bare.split_once('=') {
            Some((name, value)) => (name.strip_suffix(['+', '-']).unwrap_or(name), Some(value)),
            None => (bare, None),
        };
        Self { dashes: text.len() - bare.len(), name, value }
    }

    /// What the component gets as the value: a flag without one is `true`.
    pub fn text(self) -> &'t str {
        self.value.unwrap_or("true")
    }

    /// Whether it is spelled as RKE2 expects: at most two dashes, and a name of letters, digits, dashes and underscores.
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
