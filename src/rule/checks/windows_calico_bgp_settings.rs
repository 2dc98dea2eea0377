//! `windows/calico-bgp-settings`: BGP needs two settings on a cluster with Windows agents.

use crate::cluster::fact::{Fact, Found};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let is_calico =
        context.cluster.cni(context.server).value().and_then(|cni| cni.as_text().map(|cni| cni == "calico"));
    let Fact::Known(Found { at: Some(windows), .. }) = context.cluster.windows() else { return };
    let fact = |path: &[&str]| context.cluster.value_fact(values, &object.name, path);
    // Pools of one's own say what is encapsulated.
    let pools = fact(&["installation", "calicoNetwork", "ipPools"]);
    if is_calico != Some(true) || pools.is_written() != Some(false) {
        return;
    }
    let bgp = fact(&["installation", "calicoNetwork", "bgp"]);
    let backend = fact(&["installation", "backend"]);
    let (Fact::Known(bgp), Fact::Known(backend)) = (bgp, backend) else { return };
    let enabled = bgp.value.as_text().as_deref() == Some("Enabled");
    let plain = backend.value.as_text().as_deref() == Some("None");
    let draft = match (enabled, plain, bgp.at, backend.at) {
        (true, false, Some(at), _) => Draft::new(
            at,
            format!(
                "`calicoNetwork.bgp` is `Enabled` with `installation.backend: {}`; Windows nodes use BGP, Linux nodes encapsulate",
                backend.value
            ),
        )
        .help("set `installation.backend: \"None\"` as well"),
        (false, true, _, Some(at)) => Draft::new(
            at,
            format!(
                "`installation.backend` is `None` with `calicoNetwork.bgp: {}`; Windows nodes keep VXLAN, Linux nodes do not",
                bgp.value
            ),
        )
        .help("set `installation.calicoNetwork.bgp: Enabled` as well"),
        _ => return,
    };
    drafts.push(draft.related(windows, "Windows agent configured here"));
}
