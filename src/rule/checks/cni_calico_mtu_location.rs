//! `cni-calico/mtu-location`: the MTU under keys of other charts and tools.

use crate::finding::Safety;
use crate::rule::{Context, Draft};
use crate::yaml::Value;

const PLACES: &[&[&str]] = &[
    &["mtu"],
    &["vethuMTU"],
    &["vethMTU"],
    &["calico", "vethuMTU"],
    &["calico", "mtu"],
    &["calicoNetwork", "mtu"],
    &["installation", "mtu"],
    &["installation", "vethuMTU"],
    &["installation", "calicoNetwork", "vethuMTU"],
    &["felixConfiguration", "mtu"],
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    // Another key may hold the number for an alias at the right place.
    if context.written(&["installation", "calicoNetwork", "mtu"]).is_some() {
        return;
    }
    for path in PLACES {
        let Some(entry) = context.written(path) else { continue };
        let Some(Value::Int(mtu)) = entry.value.value() else { continue };
        let message =
            format!("rke2-calico does not read `{}`; Calico detects the MTU itself", path.join("."));
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help(format!("write `installation: {{calicoNetwork: {{mtu: {mtu}}}}}`"))
                .fixed(
                    Safety::Unsafe,
                    "move the value",
                    context.relocated_value(path, &["installation", "calicoNetwork", "mtu"]),
                ),
        );
    }
}
