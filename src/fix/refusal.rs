//! The reasons why edits are not applied, or a file is not written. Must not decide on them.

use std::io;

use crate::finding::RuleId;

/// Why the edits for a finding are not applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The edited text does not parse.
    #[error("the file would no longer be valid YAML")]
    InvalidYaml,
    /// A mapping would contain a key twice.
    #[error("the edit would duplicate a key")]
    DuplicateKey,
    /// Keys or values outside the edit would differ.
    #[error("the edit would change more than intended")]
    MoreThanIntended,
    /// A comment outside the edit would disappear.
    #[error("a comment would be lost")]
    LostComment,
    /// The loader would reject a file.
    #[error("{path} would become unreadable: {problem}")]
    Unreadable {
        /// The file.
        path: String,
        /// The error of the loader.
        problem: String,
    },
    /// The file would no longer be classified as an RKE2 file.
    #[error("the file would no longer be recognized")]
    Unrecognized,
    /// Linting the result yields a new finding.
    #[error("`{rule}` would be reported: {message}")]
    NewFinding {
        /// Its rule.
        rule: RuleId,
        /// Its message.
        message: String,
    },
    /// The report does not contain the text of the file.
    #[error("the text of the file is unknown")]
    UnknownText,
    /// Places in the text are not places in the file.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// An ignore comment cannot suppress findings about ignore comments.
    #[error("it is about an ignore comment")]
    AboutIgnore,
    /// The configuration is embedded in another file, whose comments do not apply to it.
    #[error("the configuration is written inside another file")]
    InsideHost,
    /// JSON has no comments.
    #[error("JSON has no comments")]
    Json,
    /// A comment there would become part of a string.
    #[error("the line is part of a string")]
    InsideString,
}

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The user did not name the file.
    #[error("the file is not linted")]
    NotLinted,
    /// The path of the file cannot be written as text.
    #[error("its name is not UTF-8")]
    Name,
    /// Another program wrote it after it was linted.
    #[error("the file changed in the meantime")]
    Changed,
    /// An I/O error.
    #[error(transparent)]
    Io(#[from] io::Error),
}
