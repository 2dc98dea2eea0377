//! `helm-chart-config/values-secret-not-found`: a Secret in another namespace than the chart.

use crate::rke2::first_look::ObjectKind;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Kind;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let secrets = object.spec().and_then(|spec| spec.get("valuesSecrets"));
    let (Some(_), Some(secrets)) = (object.helm_kind(), secrets) else { return };
    if manifest.overlay.namespace || manifest.overlay.name || object.is_namespace_open() {
        return;
    }
    let namespace = object.namespace().unwrap_or("default".into());
    for item in secrets.items().filter(|item| item.kind() == Kind::Mapping) {
        let Some(entry) = item.entry("name") else { continue };
        let Some(name) = entry.value.string() else { continue };
        let optional = item
            .get("ignoreUpdates")
            .is_some_and(|node| node.value() == Some(crate::yaml::Value::Bool(true)));
        let mut named = context
            .cluster
            .objects_named(&name)
            .filter(|(_, manifest)| !manifest.overlay.namespace && !manifest.overlay.name)
            .map(|(object, _)| object)
            .filter(|object| object.kind().as_deref() == Some("Secret"))
            .peekable();
        let Some(first) = named.peek().copied() else { continue };
        let elsewhere =
            context.cluster.tree.has_in(&manifest.file.place, ObjectKind::Secret, &name, &namespace);
        let is_here = |secret: Object<'_>| {
            secret.is_namespace_open() || secret.namespace().as_deref().unwrap_or("default") == namespace
        };
        if optional || elsewhere || named.any(is_here) {
            continue;
        }
        let other = first.namespace().unwrap_or("default".into());
        drafts.push(
            Draft::new(
                entry.label_span(),
                format!(
                    "Secret `{name}` is in `{other}`, but the install job expects it in `{namespace}` and stays in ContainerCreating"
                ),
            )
            .related(first.label_span(), "Secret with this name")
            .help(format!("move the Secret to the namespace `{namespace}`")),
        );
    }
}
