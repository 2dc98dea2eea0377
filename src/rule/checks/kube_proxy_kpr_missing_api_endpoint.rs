//! `kube-proxy/kpr-missing-api-endpoint`: Cilium's kube-proxy replacement without the API server's address.

use crate::catalog::compare_versions;
use crate::cluster::cilium::{KubeProxyReplacement, agent_option, kube_proxy_replacement};
use crate::cluster::effective::Effective;
use crate::cluster::fact::Datum;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

const SNIPPET: &str = "set `k8sServiceHost: localhost` and `k8sServicePort: 6443` (`lb-server-port` minus one where that is set)";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let host = values.fact(&["k8sServiceHost"]);
    let is_auto = host.value().and_then(Datum::as_text).is_some_and(|host| host == "auto");
    if is_auto {
        let looked_up = values.is_empty(&["k8sServiceLookupConfigMapName"]) == Some(true);
        let at = host.span().unwrap_or_else(|| object.object.label_span());
        let looks_up = |version: &str| {
            compare_versions(version, "1.19.000").is_ge()
                || (compare_versions(version, "1.16.000").is_ge()
                    && compare_versions(version, "1.16.201").is_le())
        };
        let message = if values.all_versions(looks_up) {
            "`k8sServiceHost: auto` reads the ConfigMap `kube-public/cluster-info`, which RKE2 does not create; the install fails"
        } else if values.all_versions(|version| !looks_up(version)) {
            "`k8sServiceHost: auto` is a host name in this chart; Cilium looks for an API server called `auto`"
        } else {
            return;
        };
        if looked_up {
            drafts.push(Draft::new(at, message).help(SNIPPET));
        }
        return;
    }
    let off = context.server.and_then(|server| server.fact("disable-kube-proxy").is_true());
    let cni = context.cluster.cni(context.server);
    let is_cilium = cni.value().and_then(Datum::as_text).is_some_and(|cni| cni == "cilium");
    if off != Some(true)
        || !is_cilium
        || kube_proxy_replacement(&values) != KubeProxyReplacement::Full
        || has_other_endpoint(&values) != Some(false)
    {
        return;
    }
    match (values.is_empty(&["k8sServiceHost"]), values.is_empty(&["k8sServicePort"])) {
        (Some(true), _) => {
            let place = values.fact(&["kubeProxyReplacement"]).span();
            let message =
                "kube-proxy is disabled and `k8sServiceHost` is not set; Cilium cannot reach the API server";
            drafts
                .push(Draft::new(place.unwrap_or_else(|| object.object.label_span()), message).help(SNIPPET));
        }
        (Some(false), Some(true)) if values.has_change("cilium-kpr-boolean") => {
            let at = host.span().unwrap_or_else(|| object.object.label_span());
            let message = "`k8sServiceHost` is set without `k8sServicePort`; Cilium gets an empty port and cannot reach the API server";
            let edit = context.with_value(&["k8sServicePort"], "6443");
            let draft = Draft::new(at, message).help("set `k8sServicePort: 6443`");
            drafts.push(draft.fixed(Safety::Unsafe, "set the port", edit));
        }
        _ => {}
    }
}

/// Whether the endpoint is given in another way.
fn has_other_endpoint(values: &Effective<'_, '_>) -> Option<bool> {
    let mut known = false;
    for path in [["k8sServiceHostRef", "name"], ["k8s", "apiServerURLs"]] {
        known |= !values.is_empty(&path)?;
    }
    for option in ["k8s-api-server", "k8s-api-server-urls"] {
        known |= agent_option(values, option)?;
    }
    Some(known)
}
