//! `multus/host-local-multi-node`: addresses allocated per node on a network that spans nodes.

use serde_json::Value;

use crate::rule::{Context, Draft, Target};

/// Plugins that put pods directly on the network of the hosts.
const SHARED: &[&str] = &["macvlan", "ipvlan"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let ours = object.api_version().is_some_and(|version| version.starts_with("k8s.cni.cncf.io/"));
    if !ours || context.cluster.own_nodes().len() < 2 {
        return;
    }
    let Some(entry) = object.spec().and_then(|spec| spec.entry("config")) else { return };
    let Some(config) = entry.value.text().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return;
    };
    let listed = config.get("plugins").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let plugin = std::iter::once(&config).chain(listed).find(|plugin| {
        let ipam = plugin.get("ipam");
        let kind = |value: Option<&Value>| {
            value.and_then(|value| value.get("type")).and_then(Value::as_str).map(str::to_owned)
        };
        kind(ipam).as_deref() == Some("host-local")
            && kind(Some(plugin)).is_some_and(|kind| SHARED.contains(&kind.as_str()))
    });
    let Some(plugin) = plugin.and_then(|plugin| plugin.get("type")).and_then(Value::as_str) else { return };
    let message = format!(
        "`host-local` IPAM allocates per node, so pods on different nodes can get the same address on a `{plugin}` network"
    );
    drafts.push(
        Draft::new(entry.label_span(), message)
            .help("use the `whereabouts` or `dhcp` IPAM, which RKE2's Multus chart can install"),
    );
}
