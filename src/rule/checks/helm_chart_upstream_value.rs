//! `helm-chart/upstream-value`: values of an upstream chart that RKE2 repackages.

use crate::rule::chart_values::upstream;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let charts = &context.cluster.charts;
    let Some(chart) = charts.iter().find(|chart| chart.object.label_span() == object.label_span()) else {
        return;
    };
    if !chart.is_generated() {
        drafts.extend(upstream::drafts(context.cluster, chart));
    }
}
