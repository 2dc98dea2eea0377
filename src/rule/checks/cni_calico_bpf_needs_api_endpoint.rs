//! `cni-calico/bpf-needs-api-endpoint`: eBPF without kube-proxy needs the real address of the API server.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Severity;
use crate::rke2::first_look::ObjectKind;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let network = |key| context.value(&["installation", "calicoNetwork", key]);
    let Fact::Known(Found { value, at: Some(at) }) = network("linuxDataplane") else { return };
    if value != Datum::Text("BPF".into()) {
        return;
    }
    let empty = match context.value(&["kubernetesServiceEndpoint", "host"]) {
        Fact::Known(found) => matches!(&found.value, Datum::Null) || found.value == Datum::Text("".into()),
        Fact::Absent(_) => true,
        Fact::Unknown => false,
    };
    let views = context.cluster.views("rke2-calico");
    let has_value =
        views.iter().all(|view| view.lookup(&["kubernetesServiceEndpoint", "host"]).is_accepted());
    if !empty || views.is_empty() || !has_value || has_config_map(context) {
        return;
    }
    let proxy_off = context.server.and_then(|server| server.fact("disable-kube-proxy").is_true());
    if proxy_off != Some(true) && !is_disabled(&network("bpfNetworkBootstrap")) {
        return;
    }
    let message = if proxy_off == Some(true) {
        "`BPF` needs `kubernetesServiceEndpoint.host`; with kube-proxy disabled Calico cannot reach the API server"
    } else {
        "`BPF` needs `kubernetesServiceEndpoint.host`; Calico reaches the API server only while kube-proxy runs"
    };
    let mut draft = Draft::new(at, message)
        .help("set `kubernetesServiceEndpoint.host` to an address of the servers and `port: \"6443\"`");
    if proxy_off == Some(true) {
        let place = context.server.and_then(|server| server.fact("disable-kube-proxy").span());
        if let Some(place) = place {
            draft = draft.related(place, "kube-proxy is disabled here");
        }
    } else {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}

/// Whether a switch is known to be off.
fn is_disabled(switch: &Fact<'_>) -> bool {
    match switch {
        Fact::Known(found) => found.value != Datum::Text("Enabled".into()),
        Fact::Absent(_) => true,
        Fact::Unknown => false,
    }
}

/// Whether the `ConfigMap` that Calico documents is part of the tree.
fn has_config_map(context: &Context<'_, '_>) -> bool {
    const NAME: &str = "kubernetes-services-endpoint";
    context.cluster.may_hold("ConfigMap", |name| name == NAME)
        || context
            .file()
            .is_some_and(|file| context.cluster.tree.has(&file.place, ObjectKind::ConfigMap, NAME))
}
