//! `multus/config-without-multus`: a network definition in a cluster whose RKE2 does not install Multus.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let ours = object.api_version().is_some_and(|version| version.starts_with("k8s.cni.cncf.io/"));
    let Fact::Known(Found { value: Datum::Bool(false), .. }) = context.cluster.multus(context.server) else {
        return;
    };
    if !ours || has_own_multus(context) {
        return;
    }
    let mut draft = Draft::new(
        object.label_span(),
        "a NetworkAttachmentDefinition, but `cni` does not start with `multus`: the API server does not know this kind \
         and refuses the object",
    )
    .help("put `multus` first in `cni`, for example `cni: [multus, canal]`");
    if let Some(at) =
        context.server.and_then(|server| server.setting("cni")?.entries.last().map(Entry::label_span))
    {
        draft = draft.related(at, "the network plug-ins are chosen here");
    }
    drafts.push(draft);
}

/// Whether something else in the manifests may install Multus or its kind.
fn has_own_multus(context: &Context<'_, '_>) -> bool {
    context.cluster.all_objects().any(|(object, _)| {
        let named = object.name().is_some_and(|name| {
            name.contains("multus") || name.starts_with("network-attachment-definitions.")
        });
        let chart = object
            .spec()
            .and_then(|spec| spec.get("chart")?.text())
            .is_some_and(|chart| chart.contains("multus"));
        let open = object.is_open()
            || object
                .spec()
                .is_some_and(|spec| spec.is_opaque() || spec.get("chart").is_some_and(NodeRef::is_opaque));
        named || chart || open
    })
}
