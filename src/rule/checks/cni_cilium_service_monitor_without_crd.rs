//! `cni-cilium/service-monitor-without-crd`: `ServiceMonitors` before their CRD can be installed.

use crate::cluster::effective::Effective;
use crate::rule::{Context, Draft, Target};

/// The blocks whose `ServiceMonitor` the chart refuses without the definition. Whether the part itself runs, its
/// templates do not ask (validate.yaml, 1.14 to 1.19).
const MONITORS: [&[&str]; 4] = [
    &["prometheus"],
    &["operator", "prometheus"],
    &["envoy", "prometheus"],
    &["hubble", "relay", "prometheus"],
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, .. } = context.target else { return };
    let values = context.cluster.effective(object);
    let trusted = values.is_true(&["prometheus", "serviceMonitor", "trustCRDsExist"]);
    if !context.cluster.is_applied_at_bootstrap(object) || trusted != Some(false) {
        return;
    }
    let mut found = Vec::new();
    for block in MONITORS {
        if values.is_true(&[block, &["enabled"]].concat()) == Some(true) {
            report(&values, block, "the chart fails to render", &mut found);
        }
    }
    if values.is_true(&["hubble", "enabled"]) == Some(true)
        && values.is_empty(&["hubble", "metrics", "enabled"]) == Some(false)
    {
        report(&values, &["hubble", "metrics"], "the API server rejects it", &mut found);
    }
    // Looking through all objects is worth it only where there is something to say.
    if !found.is_empty() && !context.cluster.may_define_monitors() {
        drafts.append(&mut found);
    }
}

fn report(values: &Effective<'_, '_>, block: &[&str], effect: &str, drafts: &mut Vec<Draft>) {
    let path = [block, &["serviceMonitor", "enabled"]].concat();
    let monitor = values.fact(&path);
    if let (Some(true), Some(at)) = (monitor.is_true(), monitor.span()) {
        let message = format!(
            "`{}` creates a ServiceMonitor, but no manifest has its CRD; on a new cluster {effect}",
            path.join(".")
        );
        let help = "disable it until the CRD exists, or add the ServiceMonitor CRD as a manifest";
        drafts.push(Draft::new(at, message).help(help));
    }
}
