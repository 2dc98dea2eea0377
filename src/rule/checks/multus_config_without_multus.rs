//! `multus/config-without-multus`: a network definition without Multus.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::rule::{Context, Draft, Target};
use crate::yaml::Entry;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let ours = object.api_version().is_some_and(|version| version.starts_with("k8s.cni.cncf.io/"));
    let Fact::Known(Found { value: Datum::Bool(false), .. }) = context.cluster.multus(context.server) else {
        return;
    };
    if !ours || context.cluster.may_have_multus() {
        return;
    }
    let mut draft = Draft::new(
        object.label_span(),
        "NetworkAttachmentDefinition needs `multus` first in `cni`; the API server rejects this object",
    )
    .help("put `multus` first in `cni`, for example `cni: [multus, canal]`");
    if let Some(at) =
        context.server.and_then(|server| server.setting("cni")?.entries.last().map(Entry::label_span))
    {
        draft = draft.related(at, "network plugins set here");
    }
    drafts.push(draft);
}
