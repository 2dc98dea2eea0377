//! `manifest/wrong-directory`: chart objects where RKE2 does not read manifests.

use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for manifest in &context.cluster.manifests {
        let ours = matches!(manifest.file.content, Content::Manifest { helm: true });
        if ours && !manifest.is_certain() && !manifest.overlay.namespace {
            drafts.extend(misplaced(manifest.file));
        }
    }
    for file in context.cluster.own_nodes().iter().flat_map(NodeConfig::files) {
        if matches!(file.content, Content::Manifest { helm: true }) {
            drafts.extend(read_as_config(file));
        }
    }
}

fn misplaced(file: &RkeFile) -> Option<Draft> {
    let object = chart_object(file)?;
    let folder = file.folder();
    let kind = object.kind()?;
    if let Some(at) = folder.find("rke2/agent/pod-manifests") {
        let message = format!(
            "{kind} is in `{}`, where the kubelet expects static pods; the kubelet ignores it",
            &folder[at..]
        );
        return Some(Draft::new(object.label_span(), message).help(HELP));
    }
    let rooted = format!("/{folder}/");
    let (_, below) = rooted.split_once("/etc/rancher/rke2/")?;
    let draft = Draft::new(
        object.label_span(),
        format!("{kind} is in `{folder}`; RKE2 does not read manifests there"),
    );
    Some(draft.help(HELP).severity(if below.is_empty() { Severity::Error } else { Severity::Warning }))
}

fn read_as_config(file: &RkeFile) -> Option<Draft> {
    let object = chart_object(file)?;
    let message =
        format!("{} is in a configuration file; RKE2 skips its keys as unknown options", object.kind()?);
    Some(Draft::new(object.label_span(), message).help(HELP))
}

const HELP: &str = "move the file to `/var/lib/rancher/rke2/server/manifests`";

fn chart_object(file: &RkeFile) -> Option<Object<'_>> {
    file.objects().find(|object| object.helm_kind().is_some())
}
