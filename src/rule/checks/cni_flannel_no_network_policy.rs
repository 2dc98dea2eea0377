//! `cni-flannel/no-network-policy`: `NetworkPolicies` that are not enforced.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::rule::{Context, Draft};

/// The maximum number of policies that are shown.
const SHOWN: usize = 2;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(Found { value: Datum::Text(cni), at: Some(at) }) = context.cluster.cni(context.server)
    else {
        return;
    };
    if cni != "flannel" || context.cluster.may_have_policy_engine() {
        return;
    }
    let policies: Vec<_> = context
        .cluster
        .objects_of("NetworkPolicy")
        .filter(|(_, manifest)| !manifest.overlay.patch)
        .map(|(object, _)| object)
        .filter(|object| {
            object.api_version().is_some_and(|version| version.starts_with("networking.k8s.io/"))
        })
        .collect();
    let count = policies.len();
    if count == 0 {
        return;
    }
    let message = format!(
        "`flannel` does not enforce NetworkPolicies; the {} in the manifests {} no effect",
        if count == 1 { "one".to_owned() } else { count.to_string() },
        if count == 1 { "has" } else { "have" }
    );
    let mut draft = Draft::new(at, message).help("use `cni: canal`, `calico` or `cilium`");
    for policy in policies.iter().take(SHOWN) {
        draft = draft.related(policy.label_span(), "without effect");
    }
    drafts.push(draft);
}
