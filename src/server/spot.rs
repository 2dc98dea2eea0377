//! What a place in a file means to RKE2: a key of config.yaml or a value of a chart, in whatever file it is written.
//! Must not know which keys there are.

use std::sync::Arc;

use super::caret::{Caret, Slot, Step};
use crate::rke2::addon::has_manifest_extension;
use crate::settings::FILE_NAMES;
use crate::source::SourceFile;
use crate::unit;

/// The kind of text around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// config.yaml, or a drop-in of one.
    Config,
    /// registries.yaml.
    Registries,
    /// Values of the chart with this name.
    Values(String),
    /// A Kubernetes object of this kind.
    Object(String),
    /// The settings of rke2-lint.
    Settings,
}

/// A place with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The kind of text around it.
    pub kind: Kind,
    /// The keys that lead to it; a list element is `0`.
    pub path: Vec<String>,
    /// The kind of node.
    pub slot: Slot,
    /// The place in the file.
    pub caret: Caret,
}

/// Replaces the word at the place while the text around it is parsed.
const MARK: &str = "rke2lintplace";
/// The names in a report for files that are configuration.
const CONFIG_ROLES: [&str; 4] = ["server config", "agent config", "config", "config drop-in"];

impl Spot {
    /// The meaning of a byte offset. `role` is the kind of the file in the last report.
    pub fn at(source: &SourceFile, offset: usize, role: Option<&str>) -> Option<Self> {
        let text = source.text();
        let caret = Caret::at(text, offset)?;
        let word = caret.word.clone();
        let colon = if caret.slot == Slot::Key && !caret.has_colon { ":" } else { "" };
        let marked = format!("{}{MARK}{colon}{}", &text[..word.start], &text[word.end..]);
        if unit::is_marked(&marked) {
            let units =
                unit::units(&unit::Source::new(&source.shared_path(), &Arc::from(marked.as_str()))).units;
            let inside = units.iter().find_map(|unit| Some((unit, unit.view.text().find(MARK)?)));
            if let Some((unit, at)) = inside {
                let inner = unit.view.text();
                let place = Caret::at(inner, at + MARK.len())?;
                let (kind, path) = match &unit.origin.kind {
                    unit::Kind::Config => (Kind::Config, plain(&place.steps)?),
                    unit::Kind::Registries => (Kind::Registries, plain(&place.steps)?),
                    // Embedded chart values are wrapped in a HelmChartConfig.
                    unit::Kind::Values(_) | unit::Kind::Manifests => in_manifest(inner, at, &place)?,
                    unit::Kind::Policy => return None,
                };
                return Some(Self { kind, path, slot: place.slot, caret });
            }
        }
        let name = source.file_name();
        let is_object = || document(&marked, word.start).any(|line| is_top(line, "kind"));
        let (kind, path) = if FILE_NAMES.contains(&name) {
            (Kind::Settings, plain(&caret.steps)?)
        } else if is_object() {
            in_manifest(&marked, word.start, &caret)?
        } else if role == Some("registries") || matches!(name, "registries.yaml" | "registries.yml") {
            (Kind::Registries, plain(&caret.steps)?)
        } else if role.is_some_and(|role| CONFIG_ROLES.contains(&role)) || is_config(source.path()) {
            (Kind::Config, plain(&caret.steps)?)
        } else if role.is_some() || source.path().contains("manifests/") {
            // An object whose `kind` is not written yet.
            in_manifest(&marked, word.start, &caret)?
        } else {
            return None;
        };
        let slot = caret.slot;
        Some(Self { kind, path, slot, caret })
    }
}

/// Whether a file has one of the names of RKE2's configuration.
fn is_config(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    matches!(name, "config.yaml" | "config.yml")
        || (folder.ends_with("config.yaml.d") && has_manifest_extension(name))
}

/// The meaning of a place in a manifest.
fn in_manifest(text: &str, at: usize, caret: &Caret) -> Option<(Kind, Vec<String>)> {
    let value =
        |key: &str| document(text, at).find(|line| is_top(line, key)).map(|line| scalar(line).to_owned());
    let kind = value("kind").unwrap_or_default();
    let (outer, inner) = Caret::parts(&caret.steps);
    let is_chart = matches!(kind.as_str(), "HelmChartConfig" | "HelmChart");
    if !outer.is_empty() {
        let is_values = plain(outer)? == ["spec", "valuesContent"];
        return (is_chart && is_values).then_some((Kind::Values(chart(text, at)?), plain(inner)?));
    }
    let path = plain(&caret.steps)?;
    match &path[..] {
        [spec, values, rest @ ..] if is_chart && spec == "spec" && values == "values" => {
            Some((Kind::Values(chart(text, at)?), rest.to_vec()))
        }
        _ => Some((Kind::Object(kind), path)),
    }
}

/// The name of the object around a place.
fn chart(text: &str, at: usize) -> Option<String> {
    let mut lines = document(text, at).skip_while(|line| !is_top(line, "metadata")).skip(1);
    let mut below = lines.by_ref().take_while(|line| line.is_empty() || line.starts_with([' ', '#', '\r']));
    let name = below.find(|line| line.trim_start().starts_with("name:"))?;
    Some(scalar(name).to_owned()).filter(|name| !name.is_empty())
}

/// The lines of the document around a place.
fn document(text: &str, at: usize) -> impl Iterator<Item = &str> {
    let start = text[..at].rfind("\n---").map_or(0, |at| at + 1);
    let end = text[at..].find("\n---").map_or(text.len(), |end| at + end);
    text[start..end].lines()
}

/// Whether a line starts with a top-level key.
fn is_top(line: &str, key: &str) -> bool {
    line.trim_start_matches('\u{feff}').strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

/// The value of `key: value`, without quotes and comment.
fn scalar(line: &str) -> &str {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    let value = value.split(" #").next().unwrap_or_default().trim();
    value.trim_matches(['"', '\''])
}

/// The keys of steps; `None` if one of them enters an embedded text.
fn plain(steps: &[Step]) -> Option<Vec<String>> {
    let key = |step: &Step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Item => Some("0".to_owned()),
        Step::Block => None,
    };
    steps.iter().map(key).collect()
}
