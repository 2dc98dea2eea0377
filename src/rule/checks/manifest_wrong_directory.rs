//! `manifest/wrong-directory`: chart objects where RKE2 does not read manifests.

use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::Severity;
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    drafts.extend(context.cluster.own_nodes().iter().filter_map(|node| outside_data_dir(context, node)));
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

/// Manifests in the default data directory of a server that has another one.
fn outside_data_dir(context: &Context<'_, '_>, node: &NodeConfig<'_>) -> Option<Draft> {
    let fact = node.fact("data-dir");
    let (text, at) = (fact.value()?.as_text()?, fact.span()?);
    let is_other =
        text.starts_with('/') && !text.split('/').filter(|part| !part.is_empty()).eq(DATA.split('/'));
    let config = node.main.filter(|_| node.role != NodeRole::Agent && is_other)?;
    let host = config.place.strip_suffix("etc/rancher/rke2")?;
    let is_read = |folder: &str| folder.strip_prefix(host) == Some(MANIFESTS);
    let mut lost = context.cluster.manifests.iter().filter(|manifest| {
        let moved = manifest.file.unit.as_ref().is_some_and(|unit| unit.moves_data);
        !moved && manifest.root.as_ref().is_some_and(|root| root.certain && is_read(&root.path))
    });
    let first = lost.next()?.file;
    let dir = text.trim_end_matches('/');
    let message = format!("with `data-dir: {dir}`, RKE2 does not read the manifests in `/{MANIFESTS}`");
    let certain = first.unit.is_some();
    Some(
        Draft::new(at, message)
            .severity(if certain { Severity::Error } else { Severity::Warning })
            .related(Span::file_start(first.id), "not read")
            .help(format!("move them to `{dir}/server/manifests`")),
    )
}

fn misplaced(file: &RkeFile) -> Option<Draft> {
    let object = chart_object(file)?;
    let folder = &file.place;
    let kind = object.kind()?;
    if let Some(at) = folder.find("rke2/agent/pod-manifests") {
        let message = format!(
            "{kind} is in `{}`, where the kubelet expects static pods; the kubelet ignores it",
            &folder[at..]
        );
        return Some(Draft::new(object.label_span(), message).help(HELP));
    }
    let rooted = format!("/{folder}/");
    let at = rooted.find(CONFIGURATION)?;
    let below = &rooted[at + CONFIGURATION.len()..];
    let shown = rooted[at..].trim_matches('/');
    let draft = Draft::new(
        object.label_span(),
        format!("{kind} is in `{shown}`; RKE2 does not read manifests there"),
    );
    Some(draft.help(HELP).severity(if below.is_empty() { Severity::Error } else { Severity::Warning }))
}

fn read_as_config(file: &RkeFile) -> Option<Draft> {
    let object = chart_object(file)?;
    let message =
        format!("{} is in a configuration file; RKE2 skips its keys as unknown options", object.kind()?);
    Some(Draft::new(object.label_span(), message).help(HELP))
}

/// The default data directory and its manifests, without the root.
const DATA: &str = "var/lib/rancher/rke2";
const MANIFESTS: &str = "var/lib/rancher/rke2/server/manifests";
/// The folder of config.yaml.
const CONFIGURATION: &str = "/etc/rancher/rke2/";
const HELP: &str = "move the file to `/var/lib/rancher/rke2/server/manifests`";

fn chart_object(file: &RkeFile) -> Option<Object<'_>> {
    file.objects().find(|object| object.helm_kind().is_some())
}
