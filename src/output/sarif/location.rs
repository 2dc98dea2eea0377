//! SARIF's locations and messages, from which its other objects are built. Must not know findings.

use serde::Serialize;

use super::uri::file_uri;
use crate::finding::{Label, Report};
use crate::output::place::Place;
use crate::output::visible;

/// A location with a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    place: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

impl Location {
    /// The location of a label. Related locations have an `id`.
    pub fn of(report: &Report, label: &Label, id: Option<usize>) -> Self {
        let place = Place::of(report, label.span);
        Self {
            id,
            place: Physical { artifact_location: Artifact::of(place.path), region: Some(Region::of(&place)) },
            message: (!label.message.is_empty()).then(|| Message::line(&label.message)),
        }
    }

    /// A file or folder as a whole.
    pub fn of_path(path: &str) -> Self {
        Self {
            id: None,
            place: Physical { artifact_location: Artifact::of(path), region: None },
            message: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

/// A file.
#[derive(Serialize)]
pub struct Artifact {
    uri: String,
}

impl Artifact {
    /// The file at a path.
    pub fn of(path: &str) -> Self {
        Self { uri: file_uri(path) }
    }
}

/// A range of a file; the end is one past the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Region {
    /// The range of a place.
    pub fn of(place: &Place<'_>) -> Self {
        Self {
            start_line: place.start.line,
            start_column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
        }
    }
}

/// A plain-text message.
#[derive(Serialize)]
pub struct Message {
    text: String,
}

impl Message {
    /// Text on one line.
    pub fn line(text: &str) -> Self {
        Self { text: without_links(&visible::line(text)) }
    }

    /// Text on several lines.
    pub fn block(text: &str) -> Self {
        Self { text: without_links(&visible::block(text)) }
    }
}

/// Escapes links. SARIF supports `[text](target)` in plain text, too (section 3.11.6), and a linted file must not be
/// able to inject a link.
fn without_links(text: &str) -> String {
    text.replace("](", "\\](")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_links() {
        assert_eq!(Message::line("see [here](https://x) [0]").text, "see [here\\](https://x) [0]");
    }
}
