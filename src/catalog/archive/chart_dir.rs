//! A chart as files: its own, and those of its subcharts. Must not look at templates.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::unpack::{self, Budget};
use super::{ArchiveError, comments};
use crate::source::Sources;
use crate::yaml::{Stream, SyntaxErrorKind};

/// Maximum depth of charts inside charts; no real chart is nested deeper.
const DEEPEST: usize = 5;

/// The files of one chart that determine which values it accepts.
#[derive(Debug)]
pub(super) struct ChartDir {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) values: serde_json::Value,
    /// Keys in comments of values.yaml, with their values.
    pub(super) hints: Vec<(Vec<String>, serde_json::Value)>,
    pub(super) schema: Option<serde_json::Value>,
    /// Templates by name, as text.
    pub(super) templates: Vec<(String, String)>,
    /// Files that templates may read, by name, as text.
    pub(super) files: Vec<(String, String)>,
    /// The subcharts.
    pub(super) subcharts: Vec<ChartDir>,
}

/// An entry of `dependencies`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Dependency {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) alias: Option<String>,
    #[serde(default)]
    pub(super) condition: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default, rename = "import-values")]
    pub(super) import_values: Option<serde_json::Value>,
}

impl Dependency {
    /// The key of the parent's values that contains the dependency's values.
    pub(super) fn key(&self) -> &str {
        self.alias.as_deref().filter(|alias| !alias.is_empty()).unwrap_or(&self.name)
    }
}

#[derive(Deserialize)]
struct ChartYaml {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: Option<serde_yaml::Value>,
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

#[derive(Deserialize)]
struct Requirements {
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

impl ChartDir {
    /// Reads a chart from its files, including those in its `charts` folder.
    pub(super) fn read(
        mut files: BTreeMap<String, Vec<u8>>,
        budget: &mut Budget,
        depth: usize,
    ) -> Result<Self, ArchiveError> {
        let chart = files.remove("Chart.yaml").ok_or(ArchiveError::NoChart)?;
        let chart: ChartYaml = yaml("Chart.yaml", &chart)?;
        let mut dependencies = chart.dependencies.unwrap_or_default();
        if let Some(text) = files.remove("requirements.yaml") {
            let more: Requirements = yaml("requirements.yaml", &text)?;
            dependencies.extend(more.dependencies.unwrap_or_default());
        }
        let (values, hints) = match files.remove("values.yaml") {
            Some(text) => (values(&text, budget)?, comments::hints(&String::from_utf8_lossy(&text))),
            None => (serde_json::Value::Null, Vec::new()),
        };
        let schema = files.remove("values.schema.json").map(|text| {
            let reason = |error: serde_json::Error| file_error("values.schema.json", &error);
            serde_json::from_slice(&text).map_err(reason)
        });
        let (mut templates, mut others) = (Vec::new(), Vec::new());
        let mut inside: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        let mut packed = Vec::new();
        for (path, content) in files {
            if path.starts_with("templates/") {
                templates.push((path, String::from_utf8_lossy(&content).into_owned()));
            } else if path.starts_with("files/") {
                others.push((path, String::from_utf8_lossy(&content).into_owned()));
            } else if let Some(path) = path.strip_prefix("charts/") {
                match path.split_once('/') {
                    Some((folder, path)) => {
                        inside.entry(folder.to_owned()).or_default().insert(path.to_owned(), content);
                    }
                    None if ends_with(path, ".tgz") => packed.push(content),
                    None => {}
                }
            }
        }
        if depth >= DEEPEST && !(inside.is_empty() && packed.is_empty()) {
            return Err(ArchiveError::TooLarge { what: "charts inside one another", limit: DEEPEST as u64 });
        }
        let mut subcharts = Vec::new();
        for content in packed {
            let files = unpack::unpack(&content, budget)?;
            subcharts.push(Self::read(files, budget, depth + 1)?);
        }
        for (folder, files) in inside {
            // Helm skips folders that start with a dot or an underscore, and folders without a chart.
            if !folder.starts_with(['.', '_']) && files.contains_key("Chart.yaml") {
                subcharts.push(Self::read(files, budget, depth + 1)?);
            }
        }
        Ok(Self {
            name: chart.name,
            version: chart.version.map_or_else(String::new, |version| match version {
                serde_yaml::Value::String(text) => text,
                other => serde_yaml::to_string(&other).unwrap_or_default().trim().to_owned(),
            }),
            dependencies,
            values,
            hints,
            schema: schema.transpose()?,
            templates,
            files: others,
            subcharts,
        })
    }
}

fn ends_with(path: &str, extension: &str) -> bool {
    path.len() >= extension.len() && path.as_bytes().ends_with(extension.as_bytes())
}

fn yaml<T: for<'de> Deserialize<'de>>(file: &str, text: &[u8]) -> Result<T, ArchiveError> {
    refuse_bombs(file, text)?;
    serde_yaml::from_slice(text).map_err(|error| file_error(file, &error))
}

/// Rejects texts whose aliases expand too much. The deserializer expands all aliases, so it must not see such a text.
fn refuse_bombs(file: &str, text: &[u8]) -> Result<(), ArchiveError> {
    if memchr::memchr(b'*', text).is_none() || memchr::memchr(b'&', text).is_none() {
        return Ok(());
    }
    let refused = |reason: &str| ArchiveError::File { file: file.to_owned(), reason: reason.to_owned() };
    let text = std::str::from_utf8(text).map_err(|_| refused("not UTF-8"))?;
    let stream = Stream::parse(Sources::id_at(0), &text.into());
    match stream.first_error() {
        // If our parser fails, the expanded size is unknown. The text is accepted only if it seems to have no aliases.
        Some(error)
            if error.kind == SyntaxErrorKind::Limit || text.contains(": *") || text.contains("- *") =>
        {
            Err(refused(&error.message))
        }
        _ => Ok(()),
    }
}

fn values(text: &[u8], budget: &mut Budget) -> Result<serde_json::Value, ArchiveError> {
    let Loose(mut values) = yaml("values.yaml", text)?;
    values.apply_merge().map_err(|error| file_error("values.yaml", &error))?;
    budget.take_keys(weight(&values, 1))?;
    Ok(json(values))
}

/// YAML in which the last of several equal keys wins, as in sigs.k8s.io/yaml, with which Helm reads values.yaml. For
/// example, rke2-calico v3.32.001 has duplicate keys.
struct Loose(serde_yaml::Value);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor).map(Self)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = serde_yaml::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Self::Value::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Self::Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = serde_yaml::Sequence::new();
        while let Some(Loose(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = serde_yaml::Mapping::new();
        while let Some((Loose(key), Loose(value))) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(map.into())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Self::Value, A::Error> {
        let (_tag, content): (String, _) = tagged.variant()?;
        content.newtype_variant::<Loose>().map(|Loose(value)| value)
    }
}

/// The number of keys, each counted once for itself and for every parent.
fn weight(value: &serde_yaml::Value, depth: u64) -> u64 {
    match value {
        serde_yaml::Value::Sequence(items) => items.iter().map(|item| weight(item, depth).max(1)).sum(),
        serde_yaml::Value::Mapping(map) => {
            map.iter().map(|(key, value)| depth + weight(key, depth) + weight(value, depth + 1)).sum()
        }
        serde_yaml::Value::Tagged(tagged) => weight(&tagged.value, depth),
        _ => 0,
    }
}

/// Converts all keys to strings, as Helm does.
fn json(value: serde_yaml::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::Number(number) => serde_json::to_value(number).unwrap_or_default(),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => items.into_iter().map(json).collect(),
        serde_yaml::Value::Mapping(map) => map
            .into_iter()
            .filter_map(|(key, value)| {
                let key = match json(key) {
                    Value::String(key) => key,
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                    other => other.to_string(),
                };
                Some((key, json(value)))
            })
            .collect(),
        serde_yaml::Value::Tagged(tagged) => json(tagged.value),
    }
}

fn file_error(file: &str, error: &dyn std::error::Error) -> ArchiveError {
    ArchiveError::File { file: file.to_owned(), reason: error.to_string() }
}
