//! `manifest/shadows-packaged-component`: files with the names of RKE2's own.

use crate::catalog;
use crate::cluster::charts::{ChartObject, Manifest};
use crate::rke2::addon::addon_name;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft, Target};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let name = addon_name(manifest.file.name());
    let shipped = context.cluster.target.all(|release| catalog::chart_version(release, name).is_some());
    if !shipped || !manifest.is_certain() || is_own(manifest) {
        return;
    }
    let message = if manifest.path_in_root() == Some(format!("{name}.yaml")) {
        format!("RKE2 writes its own `{name}.yaml`; it overwrites or deletes this file at each start")
    } else {
        format!(
            "`{}` has the same AddOn name as the packaged `{name}.yaml`; each apply deletes the other's objects",
            manifest.file.name()
        )
    };
    drafts.push(
        Draft::new(context.subject_place(), message).help(format!("rename the file to `{name}-config.yaml`")),
    );
}

/// Whether RKE2 wrote the file, or may have, because it is a copy from a node.
fn is_own(manifest: &Manifest<'_>) -> bool {
    let may_be =
        |object: Object<'_>| object.is_open() || object.node.get("spec").is_some_and(NodeRef::holds_opaque);
    manifest.file.objects().any(may_be)
        || ChartObject::of_file(0, manifest.file).iter().any(ChartObject::is_generated)
}
