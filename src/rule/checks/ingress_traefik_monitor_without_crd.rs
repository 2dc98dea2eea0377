//! `ingress/traefik-monitor-without-crd`: monitors before anything can install their definition.

use crate::rule::{Context, Draft, Target};

/// The objects of the Prometheus operator that the chart can create, by their kinds.
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
    // Up to chart 27 any key of the block creates the object, `enabled: false` included.
    let any_key = values.all_versions(|version| version.starts_with("25.") || version.starts_with("27."));
    let asked_by_enabled = values.at_least("28.0.0");
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
                "the Traefik chart creates a {kind}, whose definition no manifest here brings; the install fails \
                 until the cluster has it"
            );
            let help = format!(
                "remove `{}` until the definition is installed, or put it beside this file as a plain manifest",
                place.join(".")
            );
            drafts.push(Draft::new(at, message).help(help));
        }
    }
}
