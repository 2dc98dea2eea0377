//! The error type of the rule language: an invalid path, function, name, range or placeholder.

/// The message about an invalid text of the rule language. It is shown at its place and never inspected.
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
