//! A file of existing findings that are not reported, identified by content rather than by line. Must not decide what
//! goes into it.

use std::collections::BTreeMap;
#[cfg(feature = "disk")]
use std::{io, path::Path};

use serde::Deserialize;

use crate::finding::Record;
#[cfg(feature = "disk")]
use crate::{read, source::MAX_FILE_BYTES};

/// Must be increased when the computation of fingerprints changes.
const VERSION: u32 = 1;

/// A baseline file.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    records: BTreeMap<String, Record>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Record>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file does not exist.
    #[error("baseline {0} does not exist; create it with `--write-baseline {0}`")]
    Missing(String),
    /// The file cannot be read.
    #[error("cannot read the baseline {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// The file was written by an incompatible version of the program.
    #[error(
        "{path}: unsupported baseline version {version}, expected {VERSION}; write it again with `--write-baseline {path}`"
    )]
    Version {
        /// The file.
        path: String,
        /// The version in the file.
        version: u64,
    },
    /// The file is not a valid baseline.
    #[error("{path}:{line}:{column}: not a baseline: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

impl Baseline {
    /// Parses the text of a baseline file.
    ///
    /// # Errors
    /// The text is not a valid baseline, with the place of the error.
    pub fn parse(path: &str, text: &str) -> Result<Self, BaselineError> {
        // The version comes first, so that a file with another version is not reported as invalid.
        let version = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|document| document.get("version").and_then(serde_json::Value::as_u64));
        if let Some(version) = version.filter(|version| *version != u64::from(VERSION)) {
            return Err(BaselineError::Version { path: path.to_owned(), version });
        }
        let document: Document = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            BaselineError::Invalid {
                path: path.to_owned(),
                line: error.line().max(1),
                column: error.column().max(1),
                message: message.to_owned(),
            }
        })?;
        debug_assert_eq!(document.version, VERSION);
        let records = document.findings.into_iter().map(|record| (record.fingerprint.clone(), record));
        Ok(Self { records: records.collect() })
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    /// The file cannot be read, or is not a valid baseline.
    #[cfg(feature = "disk")]
    pub fn load(file: &Path, shown: &str) -> Result<Self, BaselineError> {
        let text = read::text(file, MAX_FILE_BYTES).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BaselineError::Missing(shown.to_owned()),
            _ => BaselineError::Unreadable(shown.to_owned(), error),
        })?;
        Self::parse(shown, &text)
    }

    /// Whether the baseline contains a finding with this fingerprint.
    pub fn holds(&self, fingerprint: &str) -> bool {
        self.records.contains_key(fingerprint)
    }

    /// All records, by fingerprint.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }
}

/// The text of a baseline file with these findings, sorted and one per line, so that it can be diffed and merged.
pub fn render(records: &[Record]) -> String {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| (&record.path, &record.rule, &record.message, &record.fingerprint));
    // A record has four strings, which can always be serialized.
    let lines: Vec<String> = sorted
        .into_iter()
        .map(|record| format!("    {}", visible(&serde_json::to_string(record).unwrap_or_default())))
        .collect();
    let list = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
    format!("{{\n  \"version\": {VERSION},\n  \"findings\": {list}\n}}\n")
}

/// Writes a baseline file atomically, and not through a symbolic link that leads out of the tree.
///
/// # Errors
/// The file cannot be written.
#[cfg(feature = "disk")]
pub fn write(file: &Path, tree: &Path, text: &str) -> io::Result<()> {
    crate::write::replace(&crate::write::behind_links(file, tree)?, text.as_bytes())
}

/// JSON text in which characters that terminals or editors do not show are escaped.
fn visible(json: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    json.chars().map(|c| if hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, message: &str) -> Record {
        Record {
            rule: "a/b".to_owned(),
            path: path.to_owned(),
            fingerprint: format!("{path}-{message}"),
            message: message.to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = render(&[record("b", "x\u{202e}"), record("a", "ü\n")]);
        assert!(text.find("\"a\"").unwrap() < text.find("\"b\"").unwrap());
        assert!(!text.contains('\u{202e}'));
        let baseline = Baseline::parse("f.json", &text).unwrap();
        assert!(baseline.holds("a-ü\n") && baseline.holds("b-x\u{202e}") && !baseline.holds("a"));
        assert_eq!(render(&baseline.records().cloned().collect::<Vec<_>>()), text);
        assert!(Baseline::parse("f.json", &render(&[])).unwrap().records().next().is_none());
    }

    #[test]
    fn mistakes_have_a_place() {
        let error = |text: &str| Baseline::parse("f.json", text).unwrap_err().to_string();
        assert_eq!(error("{\n  \"version\": 1,\n}"), "f.json:3:1: not a baseline: trailing comma");
        assert!(error("{\"version\": 2}").contains("version 2"));
        assert!(error("[]").starts_with("f.json:1:"));
    }
}
