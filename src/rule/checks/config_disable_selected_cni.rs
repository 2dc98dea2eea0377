//! `config/disable-selected-cni`: a network plugin that is both selected and disabled.

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rke2::file::RkeFile;
use crate::rke2::first_look::ObjectKind;
use crate::rke2::object::{HelmKind, Object};
use crate::rule::{Context, Draft, Target};
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let (Some(disable), Fact::Known(cni)) = (node.setting("disable"), context.cluster.cni(Some(node))) else {
        return;
    };
    let Some(name) = cni.value.as_text() else { return };
    let multus = node
        .setting("cni")
        .is_some_and(|setting| setting.raw_parts().first().is_some_and(|(_, part)| part == "multus"));
    for (value, part) in disable.raw_parts() {
        let part = part.trim();
        let taken = part == format!("rke2-{name}") || part == format!("rke2-{name}-crd");
        if !(taken || (multus && part == "rke2-multus")) {
            continue;
        }
        match cni.at {
            // `cni` has further effects than the chart, so both together are used with a chart of one's own.
            Some(_) if taken && (deploys_plugin(context) || is_delivered(context)) => {}
            Some(chosen) => {
                let effect = match taken {
                    true if part.ends_with("-crd") => "the chart of the plugin fails to install without it",
                    true => "RKE2 removes its chart and installs no network plugin",
                    false => "its chart is removed",
                };
                drafts.push(
                    Draft::new(value.span(), format!("`{part}` is selected by `cni` but disabled; {effect}"))
                        .related(chosen, "selected here")
                        .help("remove the entry, or set `cni: none` to install your own CNI"),
                );
            }
            None if brings_plugin(context) || is_delivered(context) => {}
            None => drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{part}` is the default CNI and disabled; RKE2 installs no network plugin"),
                )
                .help("set `cni: none` if you install your own, or select one with `cni`")
                .severity(Severity::Info),
            ),
        }
    }
}

/// Whether the tree installs another network plugin.
fn brings_plugin(context: &Context<'_, '_>) -> bool {
    let named = |name: &str| PLUGINS.iter().any(|plugin| name.contains(plugin));
    context.cluster.manifests.iter().any(|manifest| named(&manifest.file.name().to_ascii_lowercase()))
        || deploys_plugin(context)
}

/// Whether Flux, Argo CD or Fleet install a network plugin, or deploy something that is not in the tree.
fn is_delivered(context: &Context<'_, '_>) -> bool {
    let tree = &context.cluster.tree;
    let released = |file: &RkeFile| {
        RELEASES.iter().any(|name| tree.has(&file.place, ObjectKind::Release, name))
            || tree.has_delivery(&file.place)
    };
    context.cluster.has_delivery() || context.file().is_some_and(released)
}

/// Whether a chart of the tree installs a network plugin. A template may fill in the kind or the name of its object.
fn deploys_plugin(context: &Context<'_, '_>) -> bool {
    let named = |name: &str| PLUGINS.iter().any(|plugin| name.contains(plugin));
    let installs = |object: Object<'_>| {
        let is_config = object.helm_kind() == Some(HelmKind::Config);
        let chart = object.spec().and_then(|spec| spec.get("chart")).and_then(NodeRef::string);
        let is_named =
            object.helm_kind() == Some(HelmKind::Chart) && object.name().is_some_and(|name| named(&name));
        !is_config && (is_named || chart.is_some_and(|chart| named(&chart)))
    };
    context.cluster.manifests.iter().any(|manifest| manifest.file.objects().any(installs))
}

/// Parts of the names of network plugins.
const PLUGINS: [&str; 9] =
    ["cilium", "calico", "tigera", "flannel", "canal", "antrea", "weave", "kube-ovn", "kube-router"];
/// The usual names of their releases.
const RELEASES: [&str; 7] =
    ["cilium", "calico", "tigera-operator", "flannel", "antrea", "kube-ovn", "kube-router"];
