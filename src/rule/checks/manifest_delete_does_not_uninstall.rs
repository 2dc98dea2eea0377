//! `manifest/delete-does-not-uninstall`: RKE2 keeps the objects of a removed file.

use crate::cluster::charts::Manifest;
use crate::cluster::fact::Fact;
use crate::rke2::addon::{addon_name, disable_name};
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(before) = context.before else { return };
    // Without a configuration it is not known whether `disable` names the file.
    let Some(server) = context.server else { return };
    let disabled: Vec<String> = match server.setting("disable") {
        Some(setting) if setting.is_literal() => setting.parts().into_iter().map(|(_, part)| part).collect(),
        None if matches!(server.fact("disable"), Fact::Absent(_)) => Vec::new(),
        _ => return,
    };
    let in_force = |manifest: &&Manifest<'_>| manifest.is_certain();
    let now: Vec<&Manifest<'_>> = context.cluster.manifests.iter().filter(in_force).collect();
    for gone in before.manifests.iter().filter(in_force) {
        let file: &RkeFile = gone.file;
        let stem = disable_name(file.name());
        let taken = |manifest: &&&Manifest<'_>| addon_name(manifest.file.name()) == addon_name(file.name());
        if now.iter().any(|manifest| taken(&manifest)) || disabled.iter().any(|name| name == stem) {
            continue;
        }
        let left: Vec<Object<'_>> = file.objects().filter(|object| !is_left(context, *object)).collect();
        let Some(first) = left.first() else { continue };
        let what = match (first.kind(), first.name()) {
            (Some(kind), Some(name)) => format!("{kind} `{name}`"),
            _ => continue,
        };
        let others = match left.len() {
            1 => " stays".to_owned(),
            2 => " and one more object stay".to_owned(),
            count => format!(" and {} more objects stay", count - 1),
        };
        let message = format!(
            "`{}` was removed, but RKE2 does not uninstall its objects; {what}{others} in the cluster",
            shown(file)
        );
        let draft = Draft::new(context.subject_place(), message)
            .help(format!(
                "add `{stem}` to `disable` for one start of the servers, or delete the objects with kubectl"
            ))
            .related(Span::file_start(file.id), "removed file");
        drafts.push(draft);
    }
}

/// The path of a file, or its path on the node if it is embedded in another file.
fn shown(file: &RkeFile) -> &str {
    let on_node = file.unit.as_ref().and_then(|_| file.path().find("/var/lib/rancher/rke2/"));
    &file.path()[on_node.unwrap_or(0)..]
}

/// Whether another file now defines the object, or possibly does.
fn is_left(context: &Context<'_, '_>, gone: Object<'_>) -> bool {
    let (Some(kind), Some(name)) = (gone.kind(), gone.name()) else { return false };
    let same_namespace = |object: Object<'_>| {
        gone.is_namespace_open() || object.is_namespace_open() || object.namespace() == gone.namespace()
    };
    gone.is_open()
        || context.cluster.all_objects().any(|(object, manifest)| {
            manifest.is_certain() && object.may_be(&kind, |other| other == name) && same_namespace(object)
        })
}
