//! `cni-cilium/gateway-needs-kpr`: Cilium's ingress needs its kube-proxy replacement.

use crate::cluster::cilium::{KubeProxyReplacement, agent_option, kube_proxy_replacement};
use crate::rule::{Context, Draft, Target};

const CONTROLLERS: [(&str, &str); 2] = [("ingressController", "Ingress"), ("gatewayAPI", "Gateway API")];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    if kube_proxy_replacement(&values) != KubeProxyReplacement::Off
        || agent_option(&values, "enable-node-port") != Some(false)
    {
        return;
    }
    for (key, name) in CONTROLLERS {
        let enabled = values.fact(&[key, "enabled"]);
        let (Some(true), Some(at)) = (enabled.is_true(), enabled.span()) else { continue };
        let message = format!(
            "`{key}` is enabled without `kubeProxyReplacement`; Cilium's operator does not start its {name} controller"
        );
        drafts.push(Draft::new(at, message).help(
            "set `kubeProxyReplacement: true`, `k8sServiceHost: localhost` and `k8sServicePort: 6443`, and \
             `disable-kube-proxy: true` in config.yaml",
        ));
    }
}
