//! The neutral form of the catalogue: JSON lines that people can read and diff. Converts them to the model and back;
//! must not read files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attr::{Attr, Fails, Flags, Scalar, Shapes, Types};
use super::table::{ChartTable, History};

/// A line of a neutral file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum NeutralError {
    /// The line is not the expected JSON.
    #[error("line {line}: {source}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// The error of the JSON parser.
        source: serde_json::Error,
    },
    /// The line contains an unknown word.
    #[error("line {line}: unknown {what} `{word}`")]
    Word {
        /// Line, from 1.
        line: usize,
        /// What was expected.
        what: &'static str,
        /// What was found.
        word: String,
    },
    /// The file has no first line.
    #[error("the file is empty; its first line must have the chart and its versions")]
    Empty,
}

/// Reads one record per line.
pub(super) fn read_lines<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, NeutralError> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|source| NeutralError::Json { line: index + 1, source })
        })
        .collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    chart: Cow<'a, str>,
    versions: Cow<'a, [String]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    path: Cow<'a, [String]>,
    at: Vec<(Cow<'a, str>, Option<NeutralAttr>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeutralAttr {
    flags: Vec<Cow<'static, str>>,
    types: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    enum_values: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fails: Option<NeutralFails>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeutralFails {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    always: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    default: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enabled: Vec<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on: Vec<Cow<'static, str>>,
}

impl ChartTable {
    /// Reads the neutral file of a chart.
    ///
    /// # Errors
    /// The first line that is not in the neutral form.
    pub fn from_neutral(text: &str) -> Result<Self, NeutralError> {
        let mut lines = text.lines();
        let head = lines.next().ok_or(NeutralError::Empty)?;
        let head: Head =
            serde_json::from_str(head).map_err(|source| NeutralError::Json { line: 1, source })?;
        let versions = head.versions.into_owned();
        let mut paths = BTreeMap::new();
        for (index, text) in lines.enumerate() {
            let line = index + 2;
            let record: Record =
                serde_json::from_str(text).map_err(|source| NeutralError::Json { line, source })?;
            let history = record
                .at
                .into_iter()
                .map(|(from, attr)| {
                    let from = versions.iter().position(|known| *known == from).ok_or_else(|| {
                        NeutralError::Word { line, what: "version", word: from.into_owned() }
                    })?;
                    Ok((from as u16, attr.map(|attr| attr.into_attr(line)).transpose()?))
                })
                .collect::<Result<History, NeutralError>>()?;
            paths.insert(record.path.into_owned(), history);
        }
        Ok(Self { name: head.chart.into_owned(), versions, paths })
    }

    /// The neutral file; equal tables have identical files.
    pub fn to_neutral(&self) -> String {
        let mut text = String::new();
        line(&mut text, &Head { chart: Cow::Borrowed(&self.name), versions: Cow::Borrowed(&self.versions) });
        for (path, history) in &self.paths {
            let at = history
                .iter()
                .map(|(version, attr)| {
                    let version = self.versions.get(usize::from(*version)).map_or("", String::as_str);
                    (Cow::Borrowed(version), attr.as_ref().map(NeutralAttr::from_attr))
                })
                .collect();
            line(&mut text, &Record { path: Cow::Borrowed(path), at });
        }
        text
    }
}

fn line(text: &mut String, record: &impl Serialize) {
    // Strings, numbers and lists can always be represented in JSON.
    let _ = writeln!(text, "{}", serde_json::to_string(record).unwrap_or_default());
}

impl NeutralAttr {
    fn into_attr(self, line: usize) -> Result<Attr, NeutralError> {
        let bits = |words: &[Cow<'static, str>], names: &[&str], what| {
            words.iter().try_fold(0, |bits, word| match names.iter().position(|name| name == word) {
                Some(bit) => Ok(bits | 1 << bit),
                None => Err(NeutralError::Word { line, what, word: word.to_string() }),
            })
        };
        let fails = self.fails.unwrap_or_default();
        let shapes = |words: &[Cow<'static, str>]| bits(words, &Shapes::NAMES, "shape").map(Shapes);
        Ok(Attr {
            fails: Fails {
                always: shapes(&fails.always)?,
                by_default: shapes(&fails.default)?,
                when_enabled: shapes(&fails.enabled)?,
                when_on: shapes(&fails.on)?,
            },
            flags: Flags(bits(&self.flags, &Flags::NAMES, "flag")?),
            types: Types(bits(&self.types, &Types::NAMES, "type")? as u8),
            default: self.default.as_ref().and_then(Scalar::from_json),
            enum_values: self.enum_values.iter().filter_map(Scalar::from_json).collect(),
        })
    }

    fn from_attr(attr: &Attr) -> Self {
        let value = |scalar: &Scalar| serde_json::to_value(scalar).unwrap_or_default();
        Self {
            flags: attr.flags.names().map(Cow::Borrowed).collect(),
            types: attr.types.names().map(Cow::Borrowed).collect(),
            default: attr.default.as_ref().map(value),
            enum_values: attr.enum_values.iter().map(value).collect(),
            fails: (!attr.fails.is_empty()).then(|| NeutralFails {
                always: attr.fails.always.names().map(Cow::Borrowed).collect(),
                default: attr.fails.by_default.names().map(Cow::Borrowed).collect(),
                enabled: attr.fails.when_enabled.names().map(Cow::Borrowed).collect(),
                on: attr.fails.when_on.names().map(Cow::Borrowed).collect(),
            }),
        }
    }
}
