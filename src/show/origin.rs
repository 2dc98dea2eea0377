//! The origins of values, and values as plain data. Must not know clusters beyond their files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::cluster::fact::{Datum, Fact, Item};
use crate::engine::{Outside, ShownPlace};
use crate::rke2::file::RkeFile;
use crate::rke2::secret::{is_secret_key, is_secret_name};
use crate::source::{FileId, SourceFile, Span};

/// Shown in place of a secret.
const HIDDEN: &str = "(hidden)";

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// A file.
    File {
        /// Its path.
        path: String,
        /// The line, from 1; `None` if the text is not on a line of the file, for example in an archive.
        line: Option<usize>,
    },
    /// A default of RKE2 or of the chart.
    Default,
}

/// A value, as far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Known {
    /// The value; null if it is not set or not known.
    pub value: Json,
    /// Whether the value is known.
    pub known: bool,
    /// Where it was taken from.
    pub origin: Option<Origin>,
}

impl Known {
    /// An unknown value.
    pub fn unknown() -> Self {
        Self { value: Json::Null, known: false, origin: None }
    }

    /// The value of a fact.
    pub fn of(fact: &Fact<'_>, places: &Places<'_>) -> Self {
        match fact {
            Fact::Unknown => Self::unknown(),
            Fact::Absent(_) => Self { value: Json::Null, known: true, origin: None },
            Fact::Known(found) => Self {
                value: json(&found.value),
                known: is_known(&found.value),
                origin: Some(found.at.map_or(Origin::Default, |at| places.origin(at))),
            },
        }
    }
}

/// The files to which the spans of a cluster refer.
pub struct Places<'p> {
    /// Without embedded units, whose places are in the files that contain them.
    files: BTreeMap<FileId, &'p SourceFile>,
    outside: Outside<'p>,
}

impl<'p> Places<'p> {
    /// The files of a cluster.
    pub fn of(cluster: &Cluster<'p>, outside: Outside<'p>) -> Self {
        let files = cluster.files().into_iter().filter(|(file, _)| file.unit.is_none());
        Self { files: files.map(|(file, _)| (file.id, &*file.source)).collect(), outside }
    }

    /// The path of a file as shown to the user, and its place in that file if it is written inside another one.
    pub fn name(&self, file: &RkeFile) -> (String, Option<String>) {
        match self.outside.unit(file.id) {
            Some((host, place)) => (host.to_owned(), Some(place)),
            None => (file.path().to_owned(), None),
        }
    }

    /// The place of a span.
    pub fn origin(&self, span: Span) -> Origin {
        let ShownPlace { path, line } = match self.files.get(&span.file) {
            Some(file) => {
                ShownPlace { path: file.path(), line: Some(file.position(span.start as usize).line) }
            }
            None => self.outside.place(span),
        };
        Origin::File { path: path.to_owned(), line }
    }
}

/// Whether a value contains no template placeholder.
pub fn is_known(value: &Datum<'_>) -> bool {
    match value {
        Datum::Opaque => false,
        Datum::List(items) => items.iter().all(|item| is_known(&item.value)),
        Datum::Map(entries) => entries.iter().all(|(_, item)| is_known(&item.value)),
        _ => true,
    }
}

/// A value as JSON; null for a template placeholder.
pub fn json(value: &Datum<'_>) -> Json {
    match value {
        Datum::Null | Datum::Opaque => Json::Null,
        Datum::Bool(value) => Json::Bool(*value),
        Datum::Int(value) => Json::from(*value),
        Datum::Float(value) => Json::from(*value),
        Datum::Text(text) => Json::from(text.as_ref()),
        Datum::List(items) => items.iter().map(|item| json(&item.value)).collect(),
        Datum::Map(entries) => {
            let entry = |(name, item): &(Cow<'_, str>, Item<'_>)| {
                (name.to_string(), unless_secret_value(name, json(&item.value)))
            };
            entries.iter().map(entry).collect()
        }
    }
}

/// The value of a key of config.yaml, hidden if it is a secret.
pub fn unless_secret_key(key: &str, value: Json) -> Json {
    if is_secret_key(key) && !value.is_null() { HIDDEN.into() } else { value }
}

/// The value of a chart, hidden if its name suggests a secret.
pub fn unless_secret_value(name: &str, value: Json) -> Json {
    if is_secret_name(name) && (value.is_string() || value.is_number()) { HIDDEN.into() } else { value }
}
