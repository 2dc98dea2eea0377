//! `cni-canal/nftables-version`: a value that the chart of the release does not have yet.

use crate::rule::{Context, Draft};
use crate::yaml::Value;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(entry) = context.written(&["flannel", "enableNFTables"]) else { return };
    if entry.value.value() != Some(Value::Bool(true)) {
        return;
    }
    let message = "`enableNFTables` is not a value of this release's rke2-canal; Helm ignores it and Flannel keeps using iptables";
    drafts.push(
        Draft::new(entry.key.span(), message)
            .help("upgrade to v1.33.13+rke2r2, v1.34.10, v1.35.7, v1.36.3 or newer, or remove the value"),
    );
}
