//! `cloud-provider/external-ip-conflict`: a cloud provider and a static external address on one node.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // An empty list gives no argument; an empty text gives one, and that counts as set.
    let set = |key: &str| {
        node.setting(key)
            .filter(|setting| !setting.values.is_empty())
            .and_then(|setting| setting.entries.last())
    };
    let Some(external) = set("node-external-ip") else { return };
    let provider = ["cloud-provider-name", "cloud-provider-config"]
        .into_iter()
        .find_map(|key| set(key).map(|entry| (key, entry)));
    let Some((key, provider)) = provider else { return };
    let message = format!("`node-external-ip` and `{key}` are both set; RKE2 fails to start");
    drafts.push(
        Draft::new(external.key.span(), message)
            .related(provider.key.span(), "cloud provider set here")
            .help(format!("remove `node-external-ip` or `{key}`")),
    );
}
