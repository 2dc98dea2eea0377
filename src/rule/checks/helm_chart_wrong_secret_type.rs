//! `helm-chart/wrong-secret-type`: Secrets that a `HelmChart` refers to but cannot use.

use crate::cluster::Cluster;
use crate::finding::Severity;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(spec) = object.spec() else { return };
    if manifest.overlay.namespace || manifest.overlay.name || object.is_namespace_open() {
        return;
    }
    let namespace = object.namespace().map_or_else(|| "default".to_owned(), Into::into);
    for field in ["authSecret", "dockerRegistrySecret"] {
        let Some(entry) = spec.get(field).and_then(|secret| secret.entry("name")) else { continue };
        let Some(name) = entry.value.string().filter(|name| template_mark(name).is_none()) else { continue };
        let secrets = secrets(context.cluster, &name);
        if secrets.iter().any(|(_, secret)| secret.is_namespace_open()) {
            continue;
        }
        match secrets.iter().find(|(home, _)| *home == namespace) {
            Some((_, secret)) => drafts.extend(keys(*secret, field, entry)),
            None => drafts
                .extend(secrets.first().map(|(home, secret)| elsewhere(home, *secret, &namespace, entry))),
        }
        if field == "authSecret" {
            drafts.extend(without_repo(spec, entry));
        }
    }
}

fn secrets<'a>(cluster: &Cluster<'a>, name: &str) -> Vec<(String, Object<'a>)> {
    cluster
        .objects_named(name)
        .filter(|(_, manifest)| !manifest.overlay.namespace && !manifest.overlay.name)
        .filter(|(object, _)| object.kind().as_deref() == Some("Secret"))
        .map(|(object, _)| (object.namespace().map_or_else(|| "default".to_owned(), Into::into), object))
        .collect()
}

fn elsewhere(home: &str, secret: Object<'_>, namespace: &str, entry: Entry<'_>) -> Draft {
    let name = entry.value.text().unwrap_or_default();
    let message = format!(
        "Secret `{name}` is in `{home}`, not in the HelmChart's `{namespace}`; the install job stays in ContainerCreating"
    );
    Draft::new(entry.label_span(), message)
        .related(secret.label_span(), "Secret")
        .help(format!("move the Secret to `{namespace}`"))
}

fn keys(secret: Object<'_>, field: &str, entry: Entry<'_>) -> Option<Draft> {
    // SOPS preserves the keys, but the content after decryption is not known.
    if secret.node.get("sops").is_some() {
        return None;
    }
    let data: Vec<NodeRef<'_>> =
        ["data", "stringData"].iter().filter_map(|key| secret.node.get(key)).collect();
    if data.iter().any(|map| map.kind() != Kind::Mapping || map.is_opaque()) {
        return None;
    }
    let has = |key: &str| data.iter().any(|map| map.get(key).is_some());
    let (message, help) = if field == "authSecret" {
        if (has("username") && has("password")) || (has("tls.crt") && has("tls.key")) {
            return None;
        }
        (
            "has neither `username` and `password` nor `tls.crt` and `tls.key`; Helm uses no credentials",
            "add `username` and `password`",
        )
    } else {
        if has(".dockerconfigjson") {
            return None;
        }
        (
            "has no key `.dockerconfigjson`; the install job stays in ContainerCreating",
            "add the key `.dockerconfigjson`",
        )
    };
    let name = entry.value.text().unwrap_or_default();
    Some(
        Draft::new(entry.label_span(), format!("Secret `{name}` {message}"))
            .related(secret.label_span(), "Secret")
            .help(help),
    )
}

/// `authSecret` only has an effect together with `repo`.
fn without_repo(spec: NodeRef<'_>, entry: Entry<'_>) -> Option<Draft> {
    let chart = spec.get("chart").and_then(NodeRef::text)?;
    let whole = ["oci://", "http://", "https://"].iter().any(|scheme| chart.starts_with(scheme));
    if !whole || spec.get("repo").is_some() {
        return None;
    }
    let place: Span = entry.label_span();
    let help = if chart.starts_with("oci://") {
        "use `dockerRegistrySecret` for a registry"
    } else {
        "set `repo`, and the chart's name in `chart`"
    };
    Some(
        Draft::new(
            place,
            "`authSecret` has no effect without `repo`; this chart is fetched without credentials",
        )
        .severity(Severity::Warning)
        .help(help),
    )
}
