//! `edge-image-builder/helm-chart-config`: a HelmChartConfig that is applied too late.

use crate::rule::{Context, Draft, Target};

/// Where Edge Image Builder looks for what it applies itself.
const FOLDER: &str = "kubernetes/manifests/";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let path = manifest.file.path();
    let is_applied = path.starts_with(FOLDER) || path.contains(&format!("/{FOLDER}"));
    let Some(kind) = object.node.get("kind").filter(|_| context.cluster.is_image && is_applied) else {
        return;
    };
    let draft = Draft::new(kind.span(), "Edge Image Builder may fail to apply this HelmChartConfig")
        .help("move the file to `os-files/var/lib/rancher/rke2/server/manifests`");
    drafts.push(draft);
}
