//! `cni-flannel/default-args-dropped`: a list that replaces the chart's own arguments.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Severity;
use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    let configs = cluster.charts.iter().filter(|chart| chart.kind == HelmKind::Config);
    for config in configs.filter(|chart| matches!(chart.name.as_str(), "rke2-flannel" | "rke2-canal")) {
        if !cluster.is_packaged(&config.name) {
            continue;
        }
        let fact = cluster.value_fact(&cluster.values(config), &config.name, &["flannel", "args"]);
        let Fact::Known(Found { value: Datum::List(items), at: Some(at) }) = fact else { continue };
        let arguments: Option<Vec<_>> = items.iter().map(|item| item.value.as_text()).collect();
        let Some(arguments) = arguments else { continue };
        let has = |flag: &str| {
            arguments.iter().any(|argument| {
                let bare = argument.trim().trim_start_matches('-');
                bare.split_once('=').map_or(bare == flag, |(name, value)| name == flag && value != "false")
            })
        };
        if !has("kube-subnet-mgr") {
            let message = "`args` replaces the chart's list but lacks `--kube-subnet-mgr`; flanneld tries to connect to etcd instead of Kubernetes";
            let draft =
                Draft::new(at, message).help("repeat `--ip-masq` and `--kube-subnet-mgr` in the list");
            drafts.push(draft.severity(Severity::Error));
        } else if config.name == "rke2-flannel" && !has("ip-masq") {
            let message = "`args` replaces the chart's list but lacks `--ip-masq`; pods cannot reach hosts outside the cluster";
            drafts.push(Draft::new(at, message).help("repeat `--ip-masq` in the list"));
        }
    }
}
