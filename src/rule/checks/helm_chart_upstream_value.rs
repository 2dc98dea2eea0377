//! `helm-chart/upstream-value`: values of an upstream chart that RKE2 repackages.

use crate::rule::chart_values::upstream;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    if let Some(chart) = context.cluster.chart_of(*object).filter(|chart| !chart.is_generated()) {
        drafts.extend(upstream::drafts(context.cluster, chart));
    }
}
