//! `cni-canal/nftables-version`: a key that the chart of the release does not have yet.

use crate::rule::{Context, Draft};
use crate::yaml::Value;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(entry) = context.written(&["flannel", "enableNFTables"]) else { return };
    if entry.value.value() != Some(Value::Bool(true)) {
        return;
    }
    let message = "`enableNFTables` is not in this release's rke2-canal, which ignores it: Flannel goes on with iptables";
    drafts.push(
        Draft::new(entry.key.span(), message)
            .help("upgrade to v1.33.13+rke2r2, v1.34.10, v1.35.7, v1.36.3 or newer, or remove the value"),
    );
}
