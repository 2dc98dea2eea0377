//! `config/cni-differs-between-servers`: servers that install different charts.

use super::config_critical_values_differ::{first_server, values};
use crate::cluster::charts::{is_packaged, texts};
use crate::cluster::fact::Datum;
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};

/// The network plugins that RKE2 ships, as in the names of their charts.
const PLUGINS: [&str; 5] = ["calico", "canal", "cilium", "flannel", "multus"];
/// The ingress controllers that RKE2 ships.
const CONTROLLERS: [&str; 2] = ["ingress-nginx", "traefik"];
/// The cloud providers whose charts RKE2 ships, with the first part of the names of these charts.
const PROVIDERS: [(&str, &str); 3] =
    [("rancher-vsphere", "rancher-vsphere-"), ("harvester", "harvester-"), ("ovirt", "rke2-ovirt-")];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(first) = first_server(context, node) else { return };
    // A server without an API server does not install charts.
    if [first, node].iter().any(|server| server.setting("disable-apiserver").is_some()) {
        return;
    }
    for key in ["cni", "ingress-controller", "disable"] {
        let (Some(mut one), Some(mut other)) = (values(first, key), values(node, key)) else { continue };
        if key == "disable" {
            for (server, names) in [(first, &mut one), (node, &mut other)] {
                names.retain(|name| !is_left_out(name, server));
                names.sort();
                names.dedup();
            }
        }
        if one == other {
            continue;
        }
        let (Some(there), Some(here)) = (
            first.setting(key).and_then(|setting| setting.entries.last()),
            node.setting(key).and_then(|setting| setting.entries.last()),
        ) else {
            continue;
        };
        let verb = if key == "disable" { "removes" } else { "is" };
        let shown = |names: &[String]| match names {
            [] => "nothing".to_owned(),
            names => format!("`{}`", names.join(", ")),
        };
        drafts.push(
            Draft::new(
                here.label_span(),
                format!(
                    "`{key}` {verb} {} here but {} on the first server; every restart replaces the charts",
                    shown(&other),
                    shown(&one)
                ),
            )
            .related(there.label_span(), "first server")
            .help("set the same value on all servers"),
        );
    }
}

/// Whether an entry of `disable` changes nothing on a server: RKE2 does not install such a chart there in any case, or it
/// ships none of this name. Where the selection is not known, any of the charts may be left out.
fn is_left_out(name: &str, server: &NodeConfig<'_>) -> bool {
    if name == "servicelb" {
        return server.fact("enable-servicelb").value().and_then(Datum::as_bool) != Some(true);
    }
    // RKE2 adds the chart of kube-proxy itself, which old releases had.
    if !is_packaged(name) || name == "rke2-kube-proxy" {
        return true;
    }
    if let Some((provider, _)) = PROVIDERS.iter().find(|(_, charts)| name.starts_with(charts)) {
        let selected = values(server, "cloud-provider-name").unwrap_or_default();
        return !selected.iter().any(|selected| selected == provider);
    }
    let component = name.strip_prefix("rke2-").map(|name| name.strip_suffix("-crd").unwrap_or(name));
    match component {
        Some(plugin) if PLUGINS.contains(&plugin) => {
            let selected = values(server, "cni").or_else(|| server.fact("cni").value().map(texts));
            !lists(selected, plugin)
        }
        Some(controller) if CONTROLLERS.contains(&controller) => match server.setting("ingress-controller") {
            Some(_) => !lists(values(server, "ingress-controller"), controller),
            // The default up to v1.35.
            None => controller != "ingress-nginx",
        },
        _ => false,
    }
}

fn lists(selected: Option<Vec<String>>, name: &str) -> bool {
    selected.is_some_and(|selected| selected.iter().any(|one| one == name))
}
