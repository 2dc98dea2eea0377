//! The words that are valid at a place and their descriptions, from the catalogue and the grammar tables. Must not know
//! the protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::caret::Slot;
use super::spot::{Kind, Spot};
use crate::catalog::components::LISTS;
use crate::catalog::{
    self, Attr, ChartView, ConfigKey, Flags, KeyType, Role, Scalar, Target, Types, about_config_key,
    about_value, components, type_of, type_of_value,
};
use crate::cluster::cilium;
use crate::finding::{RuleId, RuleInfo};
use crate::rke2::registries::{self, AUTH_KEYS, CONFIG_KEYS, MIRROR_KEYS, TLS_KEYS, TOP_KEYS};
use crate::settings::shape::{self, Shape};

/// The effective rules, by identifier.
pub type Rules = BTreeMap<RuleId, Arc<RuleInfo>>;

/// What to insert after a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// Nothing, because the word is a value.
    Nothing,
    /// A scalar on the same line.
    Scalar,
    /// A mapping on the next lines.
    Map,
    /// A list on the next lines.
    List,
    /// A block scalar on the next lines.
    Text,
}

/// A word that is valid at a place.
#[derive(Clone, Debug)]
pub struct Word {
    /// The word.
    pub text: String,
    /// A summary of its type and default.
    pub detail: String,
    /// Its full description, in Markdown.
    pub about: String,
    /// What to insert after it.
    pub below: Below,
    /// Whether some possible release does not have it.
    pub is_partial: bool,
}

impl Word {
    fn value(text: impl Into<String>, detail: &str) -> Self {
        Self {
            text: text.into(),
            detail: detail.to_owned(),
            about: String::new(),
            below: Below::Nothing,
            is_partial: false,
        }
    }

    fn key(text: &str, below: Below, about: &str) -> Self {
        Self { below, about: about.to_owned(), ..Self::value(text, "") }
    }
}

/// The words that are valid at a place.
pub fn words(spot: &Spot, target: &Target, rules: &Rules) -> Vec<Word> {
    match &spot.kind {
        Kind::Values(chart) => chart_words(chart, spot, target),
        Kind::Config => config_words(spot, target),
        Kind::Registries => registries_words(spot),
        Kind::Object(kind) => object_words(kind, spot, target),
        Kind::Settings => settings_words(spot, rules),
    }
}

/// The description of the key that leads to a place, in Markdown.
pub fn about_parent(spot: &Spot, target: &Target, rules: &Rules) -> Option<String> {
    let mut parent = spot.clone();
    while parent.path.last().is_some_and(|last| last == "0") {
        parent.path.pop();
    }
    let key = parent.path.pop()?;
    parent.slot = Slot::Key;
    about(&parent, key.trim_end_matches('+'), target, rules)
}

/// The description of a word at a place, in Markdown.
pub fn about(spot: &Spot, word: &str, target: &Target, rules: &Rules) -> Option<String> {
    if let Kind::Values(chart) = &spot.kind {
        let mut path = spot.path.clone();
        path.push(word.to_owned());
        return chart_key(chart, &path, target.views(chart)).map(|word| word.about);
    }
    let known = words(spot, target, rules);
    let word = known.into_iter().find(|known| known.text == word && known.below != Below::Nothing)?;
    Some(word.about).filter(|about| !about.is_empty())
}

fn chart_words(chart: &str, spot: &Spot, target: &Target) -> Vec<Word> {
    let views = target.views(chart);
    let mut words = Vec::new();
    if spot.slot != Slot::Key {
        let of_agents = agent_words(chart, &spot.path);
        words.extend(if of_agents.is_empty() { values_of(views, &spot.path) } else { of_agents });
    }
    if spot.slot != Slot::Value {
        let mut keys: BTreeSet<&str> = BTreeSet::new();
        for view in views {
            let children = view.children(&spot.path);
            let named = children.filter(|(key, attr)| *key != "*" && is_settable(attr));
            keys.extend(named.map(|(key, _)| key));
        }
        words.extend(keys.into_iter().filter_map(|key| {
            let mut path = spot.path.clone();
            path.push(key.to_owned());
            chart_key(chart, &path, views)
        }));
    }
    words
}

/// The values that only the program in the chart validates.
fn agent_words(chart: &str, path: &[String]) -> Vec<Word> {
    let is = |known: &[&str]| chart == cilium::CHART && path.iter().eq(known.iter());
    let routing = cilium::ROUTING.iter().find(|(key, _)| is(&[*key])).map(|(_, words)| *words);
    let other = || catalog::cilium::words().iter().find(|row| is(&row.path)).map(|row| row.words.as_slice());
    let words = routing.or_else(other).unwrap_or_default();
    words.iter().map(|word| Word::value(*word, "")).collect()
}

fn is_settable(attr: &Attr) -> bool {
    !attr.flags.contains(Flags::INJECTED) && !attr.is_guard_only()
}

/// The known values of a path of a chart.
fn values_of(views: &[ChartView<'_>], path: &[String]) -> Vec<Word> {
    let Some(attr) = views.iter().rev().find_map(|view| view.lookup(path).attr()) else { return Vec::new() };
    let default = attr.default_value();
    let detail = |value: &Scalar| if default.as_ref() == Some(value) { "default" } else { "" };
    if !attr.enum_values.is_empty() {
        return attr
            .enum_values
            .iter()
            .map(|value| Word::value(written(value), detail(value)))
            .filter(|word| !word.text.is_empty())
            .collect();
    }
    if attr.types.contains(Types::BOOL) {
        return [true, false]
            .map(|value| Word::value(value.to_string(), detail(&Scalar::Bool(value))))
            .into();
    }
    default
        .filter(|value| !matches!(value, Scalar::Null))
        .map(|value| Word::value(written(&value), "default"))
        .filter(|word| !word.text.is_empty())
        .into_iter()
        .collect()
}

/// A scalar in YAML syntax. A string that would be parsed as another type is quoted.
fn written(value: &Scalar) -> String {
    match value {
        Scalar::String(text) => {
            let words = ["true", "false", "yes", "no", "on", "off", "null", "~"];
            let is_other = words.contains(&text.to_ascii_lowercase().as_str())
                || text.parse::<f64>().is_ok()
                || text.starts_with([
                    '*', '&', '!', '@', '%', '{', '[', '#', '|', '>', '-', '?', '`', '\'', '"',
                ])
                || text.contains(": ")
                || text.contains(" #");
            if is_other { format!("{text:?}") } else { text.to_string() }
        }
        other => other.to_string(),
    }
}

/// The description of a key of a chart's values.
fn chart_key(chart: &str, path: &[String], views: &[ChartView<'_>]) -> Option<Word> {
    let known: Vec<&Attr> = views.iter().filter_map(|view| view.lookup(path).attr()).collect();
    let attr = *known.last()?;
    let has_children = views.iter().any(|view| view.children(path).next().is_some());
    let below = if attr.types.intersects(Types::MAP) || (attr.types.is_unknown() && has_children) {
        Below::Map
    } else if attr.types.intersects(Types::LIST) {
        Below::List
    } else {
        Below::Scalar
    };
    let types = type_of_value(attr, has_children);
    let about = about_value(chart, path, attr, has_children);
    let detail = match attr.default_value() {
        Some(default) => format!("{types}, default {default}"),
        None => types,
    };
    let is_partial = known.len() < views.len();
    Some(Word { text: path.last()?.clone(), detail, about, below, is_partial })
}

fn config_words(spot: &Spot, target: &Target) -> Vec<Word> {
    let Some(key) = spot.path.first() else {
        return catalog::config_keys().iter().filter_map(|key| config_key(key, target)).collect();
    };
    if spot.slot == Slot::Key {
        return Vec::new();
    }
    config_values(key.trim_end_matches('+'), target)
}

fn config_key(key: &ConfigKey, target: &Target) -> Option<Word> {
    let accepted = |release| [Role::Server, Role::Agent].iter().any(|role| key.is_accepted(*role, release));
    if !target.any(accepted) {
        return None;
    }
    let below = if key.kind == KeyType::List { Below::List } else { Below::Scalar };
    let kind = type_of(key);
    let detail = match &key.default {
        Some(default) => format!("{kind}, default {default}"),
        None => kind.to_owned(),
    };
    let about = about_config_key(key);
    Some(Word { text: key.name.clone(), detail, about, below, is_partial: !target.all(accepted) })
}

/// The values that a key of config.yaml accepts.
fn config_values(name: &str, target: &Target) -> Vec<Word> {
    let texts = |values: Vec<String>, default: Option<&str>| -> Vec<Word> {
        let detail = |value: &String| if default == Some(value.as_str()) { "default" } else { "" };
        values.iter().map(|value| Word::value(value, detail(value))).collect()
    };
    if let Some((_, component)) = LISTS.iter().find(|(list, _)| *list == name) {
        return arguments(component, target);
    }
    if let Some(values) = target.newest().and_then(catalog::config_values) {
        match name {
            "cni" => return texts(values.cni.clone(), Some(&values.cni_default)),
            "ingress-controller" => return texts(values.ingress.clone(), values.ingress_default.as_deref()),
            "profile" => return texts(values.profile.clone(), None),
            "disable" => {
                return texts(values.all_disable(), None);
            }
            _ => {}
        }
    }
    let Some(key) = catalog::config_key(name) else { return Vec::new() };
    let default = key.default.as_ref().map(|default| match default {
        Scalar::String(text) => text.to_string(),
        other => other.to_string(),
    });
    if !key.values.is_empty() {
        return texts(key.values.clone(), default.as_deref());
    }
    match key.kind {
        KeyType::Bool => texts(vec!["true".to_owned(), "false".to_owned()], default.as_deref()),
        _ => Vec::new(),
    }
}

/// The arguments of a Kubernetes component.
fn arguments(component: &str, target: &Target) -> Vec<Word> {
    let there =
        components::flags(component).filter(|flag| flag.minors.fate(target) == components::Fate::Possible);
    there
        .map(|flag| {
            let kind = format!("{:?}", flag.kind).to_lowercase();
            Word::value(format!("{}=", flag.name), &format!("{kind} of {component}"))
        })
        .collect()
}

fn registries_words(spot: &Spot) -> Vec<Word> {
    let path: Vec<&str> = spot.path.iter().map(String::as_str).collect();
    let keys = |keys: &[&str], below: fn(&str) -> Below| -> Vec<Word> {
        let about = |key| registries::about(&[&path[..], &[key]].concat()).unwrap_or_default();
        keys.iter().map(|key| Word::key(key, below(key), &about(key))).collect()
    };
    match (spot.slot, &path[..]) {
        (Slot::Key, []) => keys(TOP_KEYS, |_| Below::Map),
        (Slot::Key, ["mirrors", _]) => {
            keys(MIRROR_KEYS, |key| if key == "endpoint" { Below::List } else { Below::Map })
        }
        (Slot::Key, ["configs", _]) => keys(CONFIG_KEYS, |_| Below::Map),
        (Slot::Key, ["configs", _, "auth"] | ["auths", _]) => keys(AUTH_KEYS, |_| Below::Scalar),
        (Slot::Key, ["configs", _, "tls"]) => keys(TLS_KEYS, |_| Below::Scalar),
        (Slot::Value, ["configs", _, "tls", "insecure_skip_verify"]) => {
            ["true", "false"].map(|value| Word::value(value, "")).into()
        }
        _ => Vec::new(),
    }
}

fn object_words(kind: &str, spot: &Spot, target: &Target) -> Vec<Word> {
    let path: Vec<&str> = spot.path.iter().map(String::as_str).collect();
    let is_config = kind == "HelmChartConfig";
    let is_chart = is_config || kind == "HelmChart";
    match (spot.slot, &path[..]) {
        (Slot::Key, []) => [
            ("apiVersion", Below::Scalar),
            ("kind", Below::Scalar),
            ("metadata", Below::Map),
            ("spec", Below::Map),
        ]
        .map(|(key, below)| Word::key(key, below, ""))
        .into(),
        (Slot::Value, ["apiVersion"]) => vec![Word::value("helm.cattle.io/v1", "helm-controller")],
        (Slot::Value, ["kind"]) => ["HelmChartConfig", "HelmChart"].map(|kind| Word::value(kind, "")).into(),
        (Slot::Key, ["metadata"]) if is_chart => {
            ["name", "namespace"].map(|key| Word::key(key, Below::Scalar, "")).into()
        }
        (Slot::Value, ["metadata", "namespace"]) if is_chart => {
            vec![Word::value("kube-system", "the namespace that helm-controller reads")]
        }
        (Slot::Value, ["metadata", "name"]) if is_config => charts(target),
        (Slot::Key, ["spec"]) if is_chart => spec_fields(is_config, target),
        (Slot::Value, ["spec", "failurePolicy"]) if is_chart => {
            ["reinstall", "abort"].map(|value| Word::value(value, "")).into()
        }
        (Slot::Value, ["spec", "bootstrap" | "createNamespace" | "takeOwnership" | "plainHTTP"])
            if is_chart =>
        {
            ["true", "false"].map(|value| Word::value(value, "")).into()
        }
        _ => Vec::new(),
    }
}

/// The charts with values that the releases ship.
fn charts(target: &Target) -> Vec<Word> {
    let shipped = |name: &&str| target.any(|release| catalog::chart_version(release, name).is_some());
    catalog::charts()
        .filter(shipped)
        .filter(|name| !name.ends_with("-crd"))
        .map(|name| {
            let version = target.newest().and_then(|release| catalog::chart_version(release, name));
            Word::value(name, version.unwrap_or_default())
        })
        .collect()
}

fn spec_fields(is_config: bool, target: &Target) -> Vec<Word> {
    let fields = catalog::chart_fields().iter().filter(|field| !is_config || field.config);
    fields
        .filter(|field| target.any(|release| field.is_in(release)))
        .map(|field| {
            let since = field.first_releases();
            let since = if since.is_empty() { "every release".to_owned() } else { format!("since {since}") };
            let below = match field.field.as_str() {
                "valuesContent" => Below::Text,
                "set" | "values" | "securityContext" | "podSecurityContext" => Below::Map,
                "valuesSecrets" => Below::List,
                _ => Below::Scalar,
            };
            let is_partial = !target.all(|release| field.is_in(release));
            Word {
                is_partial,
                ..Word::key(&field.field, below, &format!("`spec.{}`\n\n- releases: {since}\n", field.field))
            }
        })
        .collect()
}

fn settings_words(spot: &Spot, rules: &Rules) -> Vec<Word> {
    let mut keys = shape::TOP;
    let mut path = spot.path.iter().map(String::as_str).filter(|step| *step != "0").peekable();
    while let Some(step) = path.next() {
        let Some(key) = keys.iter().find(|key| key.name == step) else { return Vec::new() };
        match key.shape {
            Shape::List(inner) => keys = inner,
            Shape::Rules if path.peek().is_none() && spot.slot != Slot::Value => return rule_words(rules),
            Shape::Rules => {
                return ["off", "info", "warning", "error", "on"].map(|level| Word::value(level, "")).into();
            }
            Shape::Release => return release_words(),
            _ => return Vec::new(),
        }
    }
    let key = |key: &shape::Key| {
        let below = match key.shape {
            Shape::List(_) | Shape::Folders | Shape::Patterns => Below::List,
            Shape::Rules | Shape::Config | Shape::Hosts => Below::Map,
            Shape::Text | Shape::Release | Shape::Path => Below::Scalar,
        };
        Word::key(key.name, below, key.about)
    };
    keys.iter().map(key).collect()
}

fn rule_words(rules: &Rules) -> Vec<Word> {
    let word = |rule: &Arc<RuleInfo>| Word {
        detail: rule.severity.as_str().to_owned(),
        ..Word::key(rule.id.as_str(), Below::Scalar, &rule.summary)
    };
    rules.values().map(word).collect()
}

/// The newest release of each minor, and the channels.
fn release_words() -> Vec<Word> {
    let mut words: Vec<Word> = ["stable", "latest"].map(|channel| Word::value(channel, "channel")).into();
    let releases = catalog::releases();
    let is_newest = |at: &usize| releases.get(at + 1).is_none_or(|next| next.minor > releases[*at].minor);
    let newest = (0..releases.len()).rev().filter(is_newest);
    words.extend(newest.map(|at| Word::value(releases[at].to_string(), "release")));
    words
}
