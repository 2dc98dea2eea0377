//! `kube-proxy/disabled-without-replacement`: kube-proxy disabled without a replacement.

use crate::cluster::Cluster;
use crate::cluster::cilium::{self, KubeProxyReplacement, kube_proxy_replacement};
use crate::cluster::fact::Fact;
use crate::rke2::file::RkeFile;
use crate::rke2::first_look::ObjectKind;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let off = node.fact("disable-kube-proxy");
    let (Some(true), Some(at)) = (off.is_true(), off.span()) else { return };
    let Fact::Known(cni) = context.cluster.cni(Some(node)) else { return };
    let name = cni.value.to_string();
    // Users who disable the packaged chart install their own network plugin.
    let taken_away = format!("rke2-{name}");
    if node.setting("disable").is_some_and(|setting| setting.lists(&taken_away) != Some(false)) {
        return;
    }
    let by_default = if cni.at.is_none() { " by default" } else { "" };
    let (reason, place, help) = match name.as_str() {
        "canal" | "flannel" => (
            format!("`cni` is `{name}`{by_default}, which cannot replace kube-proxy"),
            cni.at.map(|at| (at, "this network plugin needs kube-proxy")),
            "remove `disable-kube-proxy`, or use Cilium or Calico as its replacement",
        ),
        "cilium" => match cilium_without(context.cluster) {
            Some(place) => (
                "Cilium's `kubeProxyReplacement` is not `true`".to_owned(),
                Some((place, "add `kubeProxyReplacement: true` here")),
                "set `kubeProxyReplacement: true`, `k8sServiceHost: localhost` and `k8sServicePort: 6443` in the \
                 values of rke2-cilium, or remove `disable-kube-proxy`",
            ),
            None => return,
        },
        "calico" => match calico_without(context.cluster) {
            Some(place) => (
                "Calico's `linuxDataplane` is not `BPF`".to_owned(),
                Some((place, "add `linuxDataplane: BPF` here")),
                "set `installation.calicoNetwork.linuxDataplane: BPF` and `kubernetesServiceEndpoint` in the \
                 values of rke2-calico, or remove `disable-kube-proxy`",
            ),
            None => return,
        },
        _ => return,
    };
    // Asked last, because it reads all objects.
    let charts =
        ["cilium", "calico", "tigera-operator", "kube-router", "antrea", "kube-ovn", "ovn-kubernetes"];
    let brought = |file: &RkeFile| {
        let is_in_tree = |kind| charts.iter().any(|chart| context.cluster.tree.has(&file.place, kind, chart));
        is_in_tree(ObjectKind::HelmChart) || is_in_tree(ObjectKind::Release)
    };
    if context.cluster.may_have_service_proxy() || context.file().is_some_and(brought) {
        return;
    }
    let message =
        format!("`disable-kube-proxy` is `true`, but {reason}; Services with a ClusterIP are unreachable");
    let mut draft = Draft::new(at, message).help(help);
    if let Some((span, words)) = place {
        draft = draft.related(span, words);
    }
    drafts.push(draft);
}

/// Where Cilium's values disable the kube-proxy replacement; `None` if that is not certain.
fn cilium_without(cluster: &Cluster<'_>) -> Option<Span> {
    let values = cluster.effective_of(cilium::CHART)?;
    if kube_proxy_replacement(&values) != KubeProxyReplacement::Off {
        return None;
    }
    values.fact(&["kubeProxyReplacement"]).span().or_else(|| config_place(cluster, cilium::CHART))
}

/// Where Calico's values select a data plane that needs kube-proxy; `None` if that is not certain.
fn calico_without(cluster: &Cluster<'_>) -> Option<Span> {
    let values = cluster.effective_of("rke2-calico")?;
    let plane = values.fact(&["installation", "calicoNetwork", "linuxDataplane"]);
    let needs_kube_proxy = match &plane {
        Fact::Unknown => false,
        Fact::Absent(_) => true,
        Fact::Known(found) => found
            .value
            .as_text()
            .is_some_and(|plane| matches!(plane.as_ref(), "Iptables" | "Nftables" | "null")),
    };
    if !needs_kube_proxy || values.is_true(&["felixConfiguration", "bpfEnabled"]) != Some(false) {
        return None;
    }
    plane.span().or_else(|| config_place(cluster, "rke2-calico"))
}

fn config_place(cluster: &Cluster<'_>, chart: &str) -> Option<Span> {
    cluster.chart_configs(chart).next().map(|config| config.object.label_span())
}
