//! `ingress/traefik-monitor-without-crd`: Prometheus objects before their CRD can be installed.

use crate::rule::{Context, Draft, Target};

/// The Prometheus operator objects that the chart can create: value and kind.
const MONITORS: [(&str, &str); 2] =
    [("serviceMonitor", "ServiceMonitor"), ("prometheusRule", "PrometheusRule")];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let cluster = context.cluster;
    let values = cluster.effective(object);
    let unchecked = values.fact(&["metrics", "prometheus", "disableAPICheck"]);
    if !cluster.is_applied_at_bootstrap(object) || unchecked.is_true() == Some(true) {
        return;
    }
    // Up to chart 27, any key of the block creates the object, even `enabled: false`.
    let any_key = values.all_versions(|version| version.starts_with("25.") || version.starts_with("27."));
    let asked_by_enabled = values.has_change("traefik-monitor-by-enabled");
    for (block, kind) in MONITORS {
        let place = ["metrics", "prometheus", block];
        let enabled = values.written(&["metrics", "prometheus", block, "enabled"]);
        let asked = if any_key {
            values.is_empty(&place) == Some(false)
        } else {
            asked_by_enabled && enabled.is_true() == Some(true)
        };
        let at = enabled.span().or_else(|| values.written(&place).span());
        if let (true, Some(at)) = (asked, at)
            && !cluster.may_define_monitors()
        {
            let message = format!(
                "Traefik creates a {kind}, but its CRD is not in the manifests; the install fails without it"
            );
            let help = format!(
                "remove `{}` until the CRD exists, or add the CRD as a plain manifest next to this file",
                place.join(".")
            );
            drafts.push(Draft::new(at, message).help(help));
        }
    }
}
