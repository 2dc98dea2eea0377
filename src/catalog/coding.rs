//! The compact binary form of the catalogue: sections of postcard, decoded lazily. Must not panic on any input, and
//! must not know which charts exist.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::attr::{Attr, Fails, Flags, Scalar, Shapes, Types};
use super::chart::{ChartValues, Node, Step};
use super::config_key::ConfigKey;
use super::config_values::ConfigValues;
use super::guard::Guard;
use super::hard_fail::HardFailKey;
use super::releases::ReleaseTable;

/// The section of the release table.
pub(super) const RELEASES: &str = "releases";
/// The section of the config.yaml keys.
pub(super) const CONFIG_KEYS: &str = "config-keys";
/// The section of the accepted values of some config.yaml keys.
pub(super) const CONFIG_VALUES: &str = "config-values";
/// The section of the keys that make an install fail.
pub(super) const HARD_FAIL: &str = "hard-fail";
/// The section of the combinations of values that charts reject.
pub(super) const GUARDS: &str = "guards";
/// The sections of the hand-maintained tables, each with its file in `catalog/kept`.
pub(super) const MOVED_VALUES: &str = "renames";
pub(super) const REMOVED_APIS: &str = "removed_apis";
pub(super) const KERNELS: &str = "kernels";
pub(super) const CHART_FIELDS: &str = "chart_fields";
pub(super) const CHANGES: &str = "changes";
/// The prefix of chart sections, followed by the name of the chart.
pub(super) const CHART: &str = "chart/";

/// Joins named sections into one blob: a table of contents, then the sections.
pub(super) fn join(sections: &[(String, Vec<u8>)]) -> Vec<u8> {
    let contents: Vec<(&str, u32)> =
        sections.iter().map(|(name, bytes)| (name.as_str(), bytes.len() as u32)).collect();
    let mut blob = encode(&contents);
    for (_, bytes) in sections {
        blob.extend_from_slice(bytes);
    }
    blob
}

/// The named sections of a blob; sections that extend beyond its end are left out.
pub(super) fn split(blob: &'static [u8]) -> Vec<(&'static str, &'static [u8])> {
    let Ok((contents, mut rest)) = postcard::take_from_bytes::<Vec<(&str, u32)>>(blob) else {
        return Vec::new();
    };
    let mut sections = Vec::with_capacity(contents.len());
    for (name, length) in contents {
        let Some((section, after)) = rest.split_at_checked(length as usize) else { break };
        sections.push((name, section));
        rest = after;
    }
    sections
}

/// Encodes a value as postcard.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    // Writing to memory cannot fail for plain lists, numbers and strings.
    postcard::to_allocvec(value).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
enum CodedScalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(&'a str),
}

impl<'a> From<&'a Scalar> for CodedScalar<'a> {
    fn from(scalar: &'a Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(*value),
            Scalar::Int(value) => Self::Int(*value),
            Scalar::Float(value) => Self::Float(*value),
            Scalar::String(value) => Self::String(value),
        }
    }
}

impl From<CodedScalar<'static>> for Scalar {
    fn from(coded: CodedScalar<'static>) -> Self {
        match coded {
            CodedScalar::Null => Self::Null,
            CodedScalar::Bool(value) => Self::Bool(value),
            CodedScalar::Int(value) => Self::Int(value),
            CodedScalar::Float(value) => Self::Float(value),
            CodedScalar::String(value) => Self::String(Cow::Borrowed(value)),
        }
    }
}

/// Flags, types, default, accepted values, and the failing shapes for each field of [`Fails`](super::attr::Fails).
type CodedAttr<'a> = (u16, u8, Option<CodedScalar<'a>>, Vec<CodedScalar<'a>>, (u16, u16, u16, u16));

#[derive(Serialize, Deserialize)]
struct CodedChart<'a> {
    #[serde(borrow)]
    name: &'a str,
    versions: Vec<&'a str>,
    keys: Vec<&'a str>,
    attrs: Vec<CodedAttr<'a>>,
    /// (version, attribute + 1); 0 where the key does not exist.
    histories: Vec<Vec<(u16, u32)>>,
    /// (key, history, number of children), breadth first.
    nodes: Vec<(u32, u32, u32)>,
}

pub(super) fn encode_chart(chart: &ChartValues) -> Vec<u8> {
    encode(&CodedChart {
        name: &chart.name,
        versions: chart.versions().collect(),
        keys: chart.keys.iter().map(AsRef::as_ref).collect(),
        attrs: chart
            .attrs
            .iter()
            .map(|attr| {
                let default = attr.default.as_ref().map(CodedScalar::from);
                let enum_values = attr.enum_values.iter().map(CodedScalar::from).collect();
                let fails =
                    [attr.fails.always, attr.fails.by_default, attr.fails.when_enabled, attr.fails.when_on];
                let fails = (fails[0].0, fails[1].0, fails[2].0, fails[3].0);
                (attr.flags.0, attr.types.0, default, enum_values, fails)
            })
            .collect(),
        histories: chart
            .histories
            .iter()
            .map(|steps| steps.iter().map(|step| (step.version, step.attr.map_or(0, |n| n + 1))).collect())
            .collect(),
        nodes: chart.nodes.iter().map(|node| (node.key, node.history, node.children)).collect(),
    })
}

pub(super) fn decode_chart(bytes: &'static [u8]) -> Option<ChartValues> {
    let coded: CodedChart<'static> = postcard::from_bytes(bytes).ok()?;
    let mut first_child = 1u32;
    let mut nodes = Vec::with_capacity(coded.nodes.len());
    for (key, history, children) in coded.nodes {
        nodes.push(Node { key, history, first_child, children });
        first_child = first_child.checked_add(children)?;
    }
    Some(ChartValues {
        name: Cow::Borrowed(coded.name),
        versions: coded.versions.into_iter().map(Cow::Borrowed).collect(),
        keys: coded.keys.into_iter().map(Cow::Borrowed).collect(),
        attrs: coded
            .attrs
            .into_iter()
            .map(|(flags, types, default, enum_values, (always, by_default, when_enabled, when_on))| Attr {
                flags: Flags(flags),
                types: Types(types),
                default: default.map(Scalar::from),
                enum_values: enum_values.into_iter().map(Scalar::from).collect(),
                fails: Fails {
                    always: Shapes(always),
                    by_default: Shapes(by_default),
                    when_enabled: Shapes(when_enabled),
                    when_on: Shapes(when_on),
                },
            })
            .collect(),
        histories: coded
            .histories
            .into_iter()
            .map(|steps| {
                steps.into_iter().map(|(version, attr)| Step { version, attr: attr.checked_sub(1) }).collect()
            })
            .collect(),
        nodes,
    })
}

pub(super) fn decode_releases(bytes: &'static [u8]) -> Option<ReleaseTable<'static>> {
    postcard::from_bytes(bytes).ok()
}

pub(super) fn decode_config_values(bytes: &'static [u8]) -> Option<Vec<ConfigValues>> {
    postcard::from_bytes(bytes).ok()
}

/// Decodes a value from postcard; `None` if the bytes are invalid.
pub(super) fn decode<T: Deserialize<'static>>(bytes: &'static [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

pub(super) fn decode_hard_fail(bytes: &'static [u8]) -> Option<Vec<HardFailKey>> {
    postcard::from_bytes(bytes).ok()
}

pub(super) fn decode_guards(bytes: &'static [u8]) -> Option<Vec<Guard>> {
    postcard::from_bytes(bytes).ok()
}

/// A key without its default, and the default next to it, because a scalar's JSON form differs from its binary form.
#[derive(Serialize, Deserialize)]
struct CodedKey<'a, K> {
    key: K,
    #[serde(borrow)]
    default: Option<CodedScalar<'a>>,
}

pub(super) fn encode_config_keys(keys: &[ConfigKey]) -> Vec<u8> {
    let coded: Vec<CodedKey<&ConfigKey>> = keys
        .iter()
        .map(|key| CodedKey { key, default: key.default.as_ref().map(CodedScalar::from) })
        .collect();
    encode(&coded)
}

pub(super) fn decode_config_keys(bytes: &'static [u8]) -> Option<Vec<ConfigKey>> {
    let coded: Vec<CodedKey<'static, ConfigKey>> = postcard::from_bytes(bytes).ok()?;
    let decoded = coded.into_iter().map(|CodedKey { mut key, default }| {
        key.default = default.map(Scalar::from);
        key
    });
    Some(decoded.collect())
}
