//! What is wrong with a text of the rule language: a path, a function, a name, a range, a placeholder.

/// A text of the rule language that means nothing, in words. It is shown at its place, and never inspected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LanguageError(String);

impl From<String> for LanguageError {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for LanguageError {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

impl From<LanguageError> for String {
    fn from(error: LanguageError) -> Self {
        error.0
    }
}
