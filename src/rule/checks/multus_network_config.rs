//! `multus/network-config`: a CNI configuration that is not JSON, lacks the type of a plugin, or has values that its
//! plugin rejects.

use std::net::IpAddr;

use serde_json::Value;

use crate::rke2::node::{is_in_capitals, is_stand_in};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{embedded, json_error, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    if !object.api_version().is_some_and(|version| version.starts_with("k8s.cni.cncf.io/")) {
        return;
    }
    let Some(entry) = object.spec().and_then(|spec| spec.entry("config")) else { return };
    let Some(text) = entry.value.text().filter(|text| !text.trim().is_empty()) else { return };
    if entry.value.is_opaque() || template_mark(text).is_some() || has_stand_in(text) {
        return;
    }
    if let Some((at, reason)) = json_error(text) {
        let place = embedded(entry.value).map_or(entry.label_span(), |inner| {
            let len = text[at..].chars().next().map_or(0, char::len_utf8);
            inner.span(at, at + len)
        });
        let message = format!("invalid JSON in `spec.config` ({reason}); Multus rejects this network");
        drafts.push(Draft::new(place, message).help("check commas, quotes and brackets before this place"));
        return;
    }
    let Ok(config) = serde_json::from_str::<Value>(text) else { return };
    if let Some(place) = untyped(&config) {
        let message = format!("{place} has no `type`; Multus rejects this network");
        drafts.push(
            Draft::new(entry.label_span(), message).help("add `\"type\": \"…\"`, the name of a CNI plugin"),
        );
    }
    let plugins = fields(&config, "plugins").filter_map(Value::as_array).flatten();
    for plugin in std::iter::once(&config).chain(plugins) {
        drafts.extend(
            refusals(plugin).map(|(message, help)| Draft::new(entry.label_span(), message).help(help)),
        );
    }
}

/// Modes that plugins accept, as they are written.
const MODES: [(&str, &[&str]); 2] =
    [("macvlan", &["bridge", "private", "vepa", "passthru"]), ("ipvlan", &["l2", "l3", "l3s"])];

/// Why a plugin rejects its own configuration: what is wrong, and what to write.
fn refusals(plugin: &Value) -> impl Iterator<Item = (String, String)> {
    let text = |part: &Value, key| {
        let text = fields(part, key).last().and_then(Value::as_str);
        text.filter(|text| !is_replaced(text)).map(str::to_owned)
    };
    let kind = text(plugin, "type").unwrap_or_default();
    let mode = MODES.iter().find(|(name, _)| *name == kind).and_then(|(name, modes)| {
        let mode = text(plugin, "mode").filter(|mode| !mode.is_empty() && !modes.contains(&mode.as_str()))?;
        let message =
            format!("unknown {name} mode `{mode}`; the plugin fails and pods stay in ContainerCreating");
        Some((message, format!("use one of `{}`", modes.join("`, `"))))
    });
    let addresses =
        fields(plugin, "ipam").last().filter(|ipam| text(ipam, "type").as_deref() == Some("whereabouts"));
    let range = addresses.and_then(|ipam| text(ipam, "range")).and_then(|range| {
        let last = range.rsplit('-').next()?;
        let mask = if last.trim().parse::<IpAddr>().ok()?.is_ipv4() { 24 } else { 64 };
        let message =
            format!("`range` `{range}` of whereabouts has no prefix length; pods stay in ContainerCreating");
        Some((message, format!("write the prefix length at the end, for example `{range}/{mask}`")))
    });
    // These are the fields of host-local.
    let subnet = addresses.and_then(|ipam| {
        let range = text(ipam, "subnet").filter(|_| {
            let is_set = |key| fields(ipam, key).any(|value| !value.is_null());
            !["range", "ipRanges", "addresses", "configuration_path"].into_iter().any(is_set)
        })?;
        let message =
            "whereabouts ignores `subnet` and needs a `range`; pods stay in ContainerCreating".to_owned();
        Some((message, format!("write `\"range\": \"{range}\"`")))
    });
    mode.into_iter().chain(range).chain(subnet)
}

/// Whether a value is a placeholder. A known mode in capitals is a mistake.
fn is_replaced(text: &str) -> bool {
    let is_mode = |(_, modes): &(&str, &[&str])| modes.iter().any(|mode| mode.eq_ignore_ascii_case(text));
    is_in_capitals(text) && !MODES.iter().any(is_mode)
        || is_stand_in(text)
        || text.contains(['[', ']', '(', ')', '#'])
}

/// Whether a value of the text is `@NAME@` or `%NAME%`, which scripts replace.
fn has_stand_in(text: &str) -> bool {
    let is_between = |part: &str, mark: char| {
        let name = part.strip_prefix(mark).and_then(|part| part.strip_suffix(mark)).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']' | ':' | ',' | '"');
    text.split(is_edge).any(|part| is_between(part, '@') || is_between(part, '%'))
}

/// The values of a key. Go matches the names of fields without regard to case.
fn fields<'v>(part: &'v Value, key: &'static str) -> impl Iterator<Item = &'v Value> {
    let entries = part.as_object().into_iter().flatten();
    entries.filter(move |(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// The part of a configuration that lacks the type of its plugin. Multus takes an empty text for a missing one.
fn untyped(config: &Value) -> Option<String> {
    let has_type =
        |part: &Value| fields(part, "type").any(|kind| !kind.is_null() && kind.as_str() != Some(""));
    if has_type(config) {
        return None;
    }
    let plugins = fields(config, "plugins").find_map(Value::as_array);
    let Some(plugins) = plugins.filter(|plugins| !plugins.is_empty()) else {
        return Some("`spec.config`".to_owned());
    };
    let index = plugins.iter().position(|plugin| !has_type(plugin))?;
    Some(format!("`plugins[{index}]`"))
}
