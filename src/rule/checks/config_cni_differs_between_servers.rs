//! `config/cni-differs-between-servers`: servers that install different charts.

use super::config_critical_values_differ::{first_server, values};
use crate::rule::{Context, Draft, Target};

/// The network plugins that RKE2 ships, as in the names of their charts.
const PLUGINS: [&str; 4] = ["calico", "canal", "cilium", "flannel"];

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
                let selected = values(server, "cni");
                // Where the selection is not known, any of the plugins may be left out.
                names.retain(|name| !is_left_out(name, selected.as_deref().unwrap_or_default()));
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
        drafts.push(
            Draft::new(
                here.label_span(),
                format!(
                    "`{key}` is `{}` here but `{}` on the first server; every restart replaces the charts",
                    other.join(", "),
                    one.join(", ")
                ),
            )
            .related(there.label_span(), "first server")
            .help("set the same value on all servers"),
        );
    }
}

/// Whether a name in `disable` is the chart of a network plugin that is not selected, which RKE2 disables in any case.
fn is_left_out(name: &str, cni: &[String]) -> bool {
    let plugin = name.strip_prefix("rke2-").map(|name| name.strip_suffix("-crd").unwrap_or(name));
    plugin.is_some_and(|plugin| PLUGINS.contains(&plugin) && !cni.iter().any(|selected| selected == plugin))
}
