//! `helm-chart/upstream-value`: values of an upstream chart that RKE2 repackages.

use crate::rule::chart_values::upstream;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let (name, at) = (object.name().unwrap_or_default(), object.node.span());
    let mut charts = context.cluster.helm_charts(&name);
    if let Some(chart) = charts.find(|chart| chart.object.node.span() == at)
        && !chart.is_generated()
    {
        drafts.extend(upstream::drafts(context.cluster, chart));
    }
}
