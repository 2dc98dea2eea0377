//! The successors of removed chart keys. Gives advice only; the catalogue decides whether a key was removed.

use super::walk::{Walk, is_template};
use super::{Fault, Verdict, unknown, words};
use crate::catalog::{ChartView, Lookup, MovedValue, moved_values};
use crate::cluster::fact::Datum;
use crate::finding::{Edit, Effect, Safety, Severity};
use crate::rule::{Draft, edit};
use crate::yaml::{Entry, Kind, NodeRef, Value};

const CILIUM: &str = "rke2-cilium";
const TRAEFIK: &str = "rke2-traefik";
const KPR: &str = "kubeProxyReplacement";

/// Reports a removed key with its successor. No version may have the key by name, even under an open parent.
pub(super) fn gone(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let chart = walk.name;
    let mut rows = walk.moves.iter().filter(|row| !row.refused);
    let entry = rows.find(|row| covers(&row.from, path, field.value))?;
    // Only a key that some release had can have been removed, and no current version may accept the pattern.
    if walk.lookups(&entry.from).iter().any(|lookup| lookup.is_accepted() && !is_guard(*lookup)) {
        return None;
    }
    // Releases older than the key are reported as an unknown key.
    let until = unknown::last_release(walk, &entry.from)?;
    let shown = words::path(path);
    let fails = |view: &ChartView<'_>| is_guard(view.lookup(path)) || entry.fails_at(view.version());
    let failing = walk.views.iter().filter(|view| fails(view)).count();
    // Most guards are a plain `if`, with which an empty value passes.
    let below: Vec<&str> = entry.from[path.len()..].iter().map(String::as_str).collect();
    let harmless = failing > 0 && field.value.at(&below).is_some_and(is_empty);
    let guarded = failing == walk.views.len() && !harmless;
    let (effect, ending) = match failing {
        _ if harmless => (Effect::Ignored, "has no such value"),
        _ if guarded => (Effect::Refused, "fails to install with it"),
        0 if walk.source.is_some_and(|source| source.may_reject) => (Effect::Ignored, "has no such value"),
        0 => (Effect::Ignored, "silently ignores it"),
        _ => (Effect::Refused, "fails to install with it or silently ignores it"),
    };
    let message = match walk.source {
        Some(_) => format!("`{shown}` was removed; {} {ending}", walk.chart()),
        None => format!("`{shown}` was removed from {chart} after {until}; {} {ending}", walk.chart()),
    };
    let to = successor(walk, entry, path);
    let help = match (&entry.advice, &to) {
        (Some(advice), _) => format!("remove it; {advice}"),
        (None, Some(to)) => format!("use `{}`", words::path(to)),
        (None, None) => "remove it".to_owned(),
    };
    let is_included = is_included(walk, entry);
    let draft = Draft::new(field.key.span(), message).help(help).effect(effect);
    let draft = if is_included {
        draft.fixed(Safety::Safe, "remove the key", walk.remove(path))
    } else {
        let edits = to.filter(|_| entry.advice.is_none()).and_then(|to| moved(walk, entry, field, path, &to));
        draft.fixed(walk.safety_of_moves(), "move the value", edits)
    };
    let verdict = match chart {
        CILIUM => Verdict::CiliumGone,
        TRAEFIK => Verdict::TraefikMoved,
        _ => Verdict::UnknownKey,
    };
    let fault = Fault::new(verdict, draft);
    if harmless {
        return Some(fault.severity(Severity::Info));
    }
    Some(match (guarded, is_included) {
        (true, _) => fault.severity(Severity::Error),
        (false, true) => fault.severity(Severity::Info),
        // A moved key is a milder mistake than a misspelled one.
        (false, false) if verdict == Verdict::UnknownKey => fault.severity(Severity::Warning),
        (false, false) => fault,
    })
}

/// The edits that move a value to its new place; `None` if its type does not fit there.
fn moved(
    walk: &Walk<'_, '_>,
    entry: &MovedValue,
    field: Entry<'_>,
    path: &[String],
    to: &[String],
) -> Option<Vec<Edit>> {
    let rest = &entry.from[path.len()..];
    let keys: Vec<&str> = rest.iter().map(String::as_str).collect();
    let value = field.value.at(&keys)?;
    let fits =
        |view: &ChartView<'_>| view.lookup(to).attr().is_none_or(|attr| unknown::takes(attr, value.kind()));
    let from: Vec<String> = path.iter().chain(rest).cloned().collect();
    walk.views.iter().all(fits).then(|| walk.relocate(&from, to))?
}

/// Whether the key's function is now part of Cilium's kube-proxy replacement, and that is enabled.
fn is_included(walk: &Walk<'_, '_>, entry: &MovedValue) -> bool {
    entry.to.iter().any(|to| to.iter().eq([KPR])) && {
        let fact = walk.effective.fact(&[KPR]);
        let text = fact.value().and_then(Datum::as_text);
        text.is_some_and(|text| matches!(text.as_ref(), "true" | "strict"))
    }
}

/// Whether `path` is the removed key, or a parent under which the removed key is written.
fn covers(gone: &[String], path: &[String], value: NodeRef<'_>) -> bool {
    let fits = gone.iter().zip(path).all(|(gone, key)| gone == "*" || gone == key);
    if !fits || path.len() > gone.len() {
        return false;
    }
    let mut node = value;
    for key in &gone[path.len()..] {
        match node.get(key) {
            Some(below) => node = below,
            None => return false,
        }
    }
    true
}

/// Whether a template treats a value as false.
fn is_empty(value: NodeRef<'_>) -> bool {
    match value.value() {
        Some(Value::Null | Value::Bool(false) | Value::Int(0)) => true,
        Some(Value::Str(text)) => text.is_empty(),
        Some(_) => false,
        None => value.kind() != Kind::Scalar && value.entries().len() + value.items().len() == 0,
    }
}

fn is_guard(lookup: Lookup<'_>) -> bool {
    lookup.attr().is_some_and(crate::catalog::Attr::is_guard_only)
}

/// The first successor that every version accepts.
fn successor(walk: &Walk<'_, '_>, entry: &MovedValue, path: &[String]) -> Option<Vec<String>> {
    entry.successors(path).find(|to| walk.views.iter().all(|view| view.lookup(to).is_accepted()))
}

/// What to write in place of a key that the chart refuses.
pub(super) struct Advice {
    /// The text of the help.
    pub(super) help: String,
    /// The new path, if the value itself stays the same.
    pub(super) to: Option<Vec<String>>,
}

/// What to write in place of a key that the chart refuses.
pub(super) fn advice(chart: &str, path: &[String], value: NodeRef<'_>) -> Option<Advice> {
    let text = value.text().unwrap_or_default();
    let words = |help: String| Some(Advice { help, to: None });
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    match (chart, keys.as_slice()) {
        (CILIUM, ["tunnel"]) => match text {
            "disabled" => words(
                "write `routingMode: native` instead, and set `ipv4NativeRoutingCIDR` to the pod range"
                    .to_owned(),
            ),
            "vxlan" | "geneve" => Some(Advice {
                help: format!("write `tunnelProtocol: {text}` instead"),
                to: Some(vec!["tunnelProtocol".to_owned()]),
            }),
            _ => words("write `routingMode` and `tunnelProtocol` instead".to_owned()),
        },
        (CILIUM, ["ipam", "operator", key @ ("clusterPoolIPv4PodCIDR" | "clusterPoolIPv6PodCIDR")]) => {
            words(format!("write `ipam.operator.{key}List: [\"{text}\"]` instead"))
        }
        _ => {
            let row = moved_values(chart).iter().find(|row| row.refused && row.from == path)?;
            let to = row.successors(path).next()?;
            Some(Advice { help: format!("write `{}` instead", super::words::path(&to)), to: Some(to) })
        }
    }
}

/// The edits of `tunnel: disabled`, which became `routingMode: native`.
pub(super) fn native_routing(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Vec<Edit>> {
    const MODE: &str = "routingMode";
    let fits = walk.name == CILIUM && path == ["tunnel"] && field.value.text() == Some("disabled");
    if !fits || walk.is_written(&[MODE.to_owned()]) {
        return None;
    }
    Some(vec![edit::rename(field, MODE)?, edit::reword(field.value, "native")?])
}

/// `ports.web.expose: true` where the chart reads a map; `false` acts as an empty map and exposes nothing.
pub(super) fn exposed_by_scalar(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let [ports, _, expose] = path else { return None };
    if walk.name != TRAEFIK || ports != "ports" || expose != "expose" {
        return None;
    }
    if field.value.kind() != Kind::Scalar || field.value.value() != Some(Value::Bool(true)) {
        return None;
    }
    let map = walk.views.iter().all(|view| view.lookup(&["ports", "*", "expose", "*"]).attr().is_some());
    map.then(|| {
        let shown = words::path(path);
        let message = format!(
            "`{shown}` is `true`, but {} reads `{shown}.default`, so the install fails",
            walk.chart()
        );
        let help = format!("write `{shown}: {{default: true}}`");
        let nested = edit::rewrite(field.value, "{default: true}");
        let draft = Draft::new(field.label_span(), message).help(help);
        Fault::new(Verdict::TraefikMoved, draft.fixed(Safety::Safe, "write a map", nested))
            .severity(Severity::Error)
    })
}

/// The ingress-nginx compatibility provider, which has had two names.
pub(super) fn nginx_provider(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    const OLD: &str = "kubernetesIngressNginx";
    const NEW: &str = "kubernetesIngressNGINX";
    let [providers, key] = path else { return None };
    if walk.name != TRAEFIK || providers != "providers" || is_template(field.value) {
        return None;
    }
    let other = match key.as_str() {
        OLD => NEW,
        NEW => OLD,
        _ => return None,
    };
    let has = |key: &str| walk.views.iter().all(|view| view.lookup(&["providers", key]).attr().is_some());
    let shown = words::path(path);
    let chart = walk.chart();
    let newer = walk.cluster.target.beyond_catalogue().is_some();
    let (severity, message) = if walk.is_unknown(path) && has(other) && !newer {
        (
            Severity::Error,
            format!(
                "`{shown}` is unknown to {chart}; Ingresses with ingress-nginx annotations are served without them"
            ),
        )
    } else if key == OLD && has(OLD) && has(NEW) {
        (
            Severity::Info,
            format!("`{shown}` was renamed to `providers.{NEW}`; {chart} still reads the old name"),
        )
    } else {
        return None;
    };
    let taken = walk.is_written(&["providers".to_owned(), other.to_owned()]);
    let draft = Draft::new(field.key.span(), message).help(format!("write `providers.{other}`")).fixed(
        Safety::Safe,
        "rename the key",
        edit::rename(field, other).filter(|_| !taken),
    );
    Some(Fault::new(Verdict::TraefikNginx, draft).severity(severity))
}

/// The MTU of Canal, whose key has an unexpected spelling.
pub(super) fn canal_mtu(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let path_words: Vec<&str> = path.iter().map(String::as_str).collect();
    let ([name] | ["calico", name]) = path_words.as_slice() else { return None };
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if walk.name != "rke2-canal" || !matches!(plain.as_str(), "mtu" | "vethmtu" | "vethumtu") {
        return None;
    }
    let message = format!(
        "`{}` is not a value of {}; Helm silently ignores it and pods keep the default MTU",
        words::path(path),
        walk.chart()
    );
    let help = match field.value.text().filter(|text| text.parse::<u32>().is_ok()) {
        Some(text) => format!("write `{}` (with the `u`)", words::flow(&["calico", "vethuMTU"], text)),
        None => "write `calico.vethuMTU` (with the `u`)".to_owned(),
    };
    let draft = Draft::new(field.key.span(), message).help(help);
    let moved = walk.relocate(path, &["calico", "vethuMTU"]);
    Some(Fault::new(Verdict::CanalMtu, draft.fixed(Safety::Unsafe, "move the value", moved)))
}
