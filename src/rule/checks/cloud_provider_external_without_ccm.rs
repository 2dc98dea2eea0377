//! `cloud-provider/external-without-ccm`: an external cloud provider without a cloud controller manager.

use crate::catalog::has_change;
use crate::cluster::fact::Datum;
use crate::rule::{Context, Draft, Target};

/// Releases whose embedded controller keeps running beside an external provider.
const BESIDE: &str = "embedded-ccm-beside-external";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let name = node.fact("cloud-provider-name");
    let is_external =
        name.value().is_some_and(|value| matches!(value, Datum::Text(text) if text == "external"));
    let (true, Some(at)) = (is_external, name.span()) else { return };
    // From 1.36 on the embedded controller keeps running beside an external provider.
    let embedded_is_off = context.cluster.target.all(|release| !has_change(BESIDE, release))
        || node.fact("disable-cloud-controller").is_true() == Some(true);
    // Without the manifests in view, the controller may well be among them.
    let sees_manifests = context.cluster.manifests.iter().any(|manifest| manifest.root.is_some());
    if !embedded_is_off || !sees_manifests || context.cluster.may_have_cloud_controller() {
        return;
    }
    let message = "`cloud-provider-name: external` taints every node, and no cloud controller manager is deployed to remove the taint";
    drafts.push(Draft::new(at, message).help(
        "add a HelmChart of the cloud controller manager with `bootstrap: true` to the manifests, or remove \
         `cloud-provider-name`",
    ));
}
