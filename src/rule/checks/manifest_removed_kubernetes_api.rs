//! `manifest/removed-kubernetes-api`: API versions that the release no longer serves.

use crate::catalog::removed_apis;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let (Some(version), Some(kind)) = (object.api_version(), object.kind()) else { return };
    let removed = removed_apis().iter().find(|row| row.api == version && row.kind == kind);
    let Some(row) = removed else { return };
    let minor = row.removed;
    if !context.cluster.target.all(|release| release.minor >= minor) {
        return;
    }
    let Some(entry) = object.node.entry("apiVersion") else { return };
    let help = match &row.served {
        Some(served) => format!("move to `{served}` and adapt the fields that changed"),
        None => "use the `pod-security.kubernetes.io` labels of namespaces instead".to_owned(),
    };
    let message =
        format!("`{version}` of {kind} was removed in Kubernetes 1.{minor}; RKE2 cannot apply this object");
    drafts.push(Draft::new(entry.label_span(), message).help(help));
}
