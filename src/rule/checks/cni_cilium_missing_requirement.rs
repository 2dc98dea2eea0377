//! `cni-cilium/missing-requirement`: options with which Cilium's agents exit unless another option is set.

use crate::catalog::compare_versions;
use crate::cluster::cilium::{
    KubeProxyReplacement, agent_option, is_cloud_mode, is_native_routing, kube_proxy_replacement,
};
use crate::cluster::effective::Effective;
use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft, Target};

/// Features of Cilium that require eBPF masquerading. Sources: pkg/egressgateway/manager.go and daemon/cmd of
/// cilium/cilium.
const NEED_MASQUERADE: [&str; 2] = ["egressGateway", "ipMasqAgent"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let since = |first: &str| values.all_versions(|version| compare_versions(version, first).is_ge());
    if since("1.13") && !masquerades_in_bpf(&values) {
        for part in NEED_MASQUERADE {
            let Some(at) = values.written(&[part, "enabled"]).span() else { continue };
            if values.is_true(&[part, "enabled"]) == Some(true) {
                let message =
                    format!("`{part}` is enabled without `bpf.masquerade`; Cilium's agents fail to start");
                drafts.push(Draft::new(at, message).help("set `bpf.masquerade: true`"));
            }
        }
    }
    let before = values.all_versions(|version| compare_versions(version, "1.19").is_lt());
    if since("1.16") && before {
        node_ports(&values, drafts);
    }
    if since("1.15") && before {
        no_connection_tracking(&values, drafts);
    }
}

/// `installNoConntrackIptablesRules` requires settings under which pod traffic needs no connection tracking in the
/// kernel (daemon/cmd of cilium/cilium).
fn no_connection_tracking(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    const KEY: &str = "installNoConntrackIptablesRules";
    let Some(at) = values.written(&[KEY]).span() else { return };
    let given = ["routing-mode", "kube-proxy-replacement", "enable-bpf-masquerade", "enable-ipv4-masquerade"]
        .iter()
        .any(|option| agent_option(values, option) != Some(false));
    if values.is_true(&[KEY]) != Some(true) || given || is_cloud_mode(values) != Some(false) {
        return;
    }
    let masquerades = match values.fact(&["enableIPv4Masquerade"]) {
        Fact::Absent(_) => true,
        fact => fact.value().and_then(Datum::as_bool) == Some(true),
    };
    let missing = if is_native_routing(values) == Some(false) {
        "routingMode: native"
    } else if kube_proxy_replacement(values) == KubeProxyReplacement::Off {
        "kubeProxyReplacement: true"
    } else if masquerades && !masquerades_in_bpf(values) {
        "bpf.masquerade: true"
    } else {
        return;
    };
    let message = format!("`{KEY}` is enabled without `{missing}`; Cilium's agents fail to start");
    drafts.push(Draft::new(at, message).help(format!("set `{missing}`, or remove `{KEY}`")));
}

/// Whether the agents masquerade in eBPF, or possibly do.
fn masquerades_in_bpf(values: &Effective<'_, '_>) -> bool {
    // `upgradeCompatibility` with 1.8 or 1.9 enables it.
    let compatible = !matches!(values.written(&["upgradeCompatibility"]), Fact::Absent(_));
    let off = match values.fact(&["bpf", "masquerade"]) {
        Fact::Unknown => false,
        Fact::Absent(_) => true,
        Fact::Known(found) => match found.value {
            Datum::Bool(on) => !on,
            Datum::Null => true,
            Datum::Text(text) => text == "false",
            _ => false,
        },
    };
    !off || compatible || agent_option(values, "enable-bpf-masquerade") != Some(false)
}

/// eBPF masquerading requires eBPF node ports. Up to 1.15 the agents fall back to iptables; from 1.19 on they do not
/// need node ports (cilium/cilium#41380).
fn node_ports(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    let place = ["bpf", "masquerade"];
    let Some(at) = values.written(&place).span() else { return };
    let masquerades = !matches!(values.written(&["enableIPv4Masquerade"]).value(), Some(value) if value.as_bool() != Some(true));
    let by_option = ["enable-node-port", "enable-bpf-masquerade", "enable-ipv4-masquerade"]
        .iter()
        .any(|option| agent_option(values, option) != Some(false));
    if values.is_true(&place) == Some(true)
        && masquerades
        && !by_option
        && is_cloud_mode(values) == Some(false)
        && kube_proxy_replacement(values) == KubeProxyReplacement::Off
    {
        let message =
            "`bpf.masquerade` is enabled without `kubeProxyReplacement`; Cilium's agents fail to start";
        drafts.push(Draft::new(at, message).help(
            "set `kubeProxyReplacement: true`, `k8sServiceHost: localhost` and `k8sServicePort: 6443`, and \
             `disable-kube-proxy: true` in config.yaml, or remove `bpf.masquerade`",
        ));
    }
}
