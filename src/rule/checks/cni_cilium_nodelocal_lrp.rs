//! `cni-cilium/nodelocal-lrp`: `NodeLocal` `DNSCache` needs a redirect policy where Cilium replaces kube-proxy.

use crate::cluster::cilium::{self, KubeProxyReplacement, agent_option, kube_proxy_replacement};
use crate::cluster::effective::Effective;
use crate::cluster::fact::Datum;
use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let coredns = context.cluster.effective(object);
    let enabled = coredns.fact(&["nodelocal", "enabled"]);
    let (Some(true), Some(at)) = (enabled.is_true(), enabled.span()) else { return };
    let cni = context.cluster.cni(context.server);
    if cni.value().and_then(Datum::as_text).is_some_and(|cni| cni != "cilium") {
        return;
    }
    let Some(values) = context.cluster.effective_of(cilium::CHART) else { return };
    let policy = coredns.fact(&["nodelocal", "use_cilium_lrp"]);
    match policy.is_true() {
        Some(true) if allows_policies(&values) == Some(false) => {
            let at = policy.span().unwrap_or(at);
            let message = "`use_cilium_lrp` needs CiliumLocalRedirectPolicy, which rke2-cilium does not enable; the install of rke2-coredns fails";
            let key = if values.has_change("cilium-redirect-policy") {
                "localRedirectPolicies.enabled"
            } else {
                "localRedirectPolicy"
            };
            drafts.push(
                Draft::new(at, message).help(format!("set `{key}: true` in the values of rke2-cilium")),
            );
        }
        Some(false)
            if kube_proxy_replacement(&values) == KubeProxyReplacement::Full && pods_use_service(context) =>
        {
            let message =
                "Cilium replaces kube-proxy, so DNS queries bypass this cache without `use_cilium_lrp`";
            drafts.push(Draft::new(at, message).severity(Severity::Warning).help(
                "set `nodelocal.use_cilium_lrp: true` here and `localRedirectPolicies.enabled: true` \
                 (`localRedirectPolicy: true` before Cilium 1.18) in the values of rke2-cilium",
            ));
        }
        _ => {}
    }
}

/// Whether Cilium's values enable local redirect policies, under either name.
fn allows_policies(values: &Effective<'_, '_>) -> Option<bool> {
    let new = values.is_true(&["localRedirectPolicies", "enabled"])?;
    let old = values.is_true(&["localRedirectPolicy"])?;
    Some(new || old || agent_option(values, "enable-local-redirect-policy")?)
}

/// Whether the kubelets are known to point pods to the DNS Service rather than to the cache.
fn pods_use_service(context: &Context<'_, '_>) -> bool {
    context.server.is_some_and(NodeConfig::is_complete)
        && context.cluster.nodes.iter().all(|node| {
            node.setting("kubelet-arg").is_none_or(|arguments| {
                arguments.is_literal()
                    && !arguments.literals().any(|(_, argument)| argument.contains("cluster-dns"))
            })
        })
}
