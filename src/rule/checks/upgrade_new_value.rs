//! `upgrade/new-value`: a value that the chart of the new release adds.

use crate::catalog::{Attr, ChartDiff};
use crate::rke2::values::Written;
use crate::rule::chart_values::dotted;
use crate::rule::{Context, Draft, UpgradedChart};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(UpgradedChart { object, values, before, after }) = context.upgraded_chart() else { return };
    for path in ChartDiff::new_values(before, after) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some((_, block)) = keys.split_last().filter(|(_, block)| !block.is_empty()) else { continue };
        // Only report parts of the chart that the file configures.
        let Written::Entry(block) = values.lookup(block) else { continue };
        if keys.contains(&"*") || !matches!(values.lookup(&keys), Written::Absent(_)) {
            continue;
        }
        let shown = dotted(&path);
        let default = after.lookup(&keys).attr().and_then(Attr::default_value);
        let default = default.map_or_else(String::new, |default| format!(" with the default `{default}`"));
        let message = format!("{} gains `{shown}`{default}", object.name);
        drafts.push(Draft::new(block.key.span(), message).about(shown));
    }
}
