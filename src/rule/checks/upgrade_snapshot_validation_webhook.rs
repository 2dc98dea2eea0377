//! `upgrade/snapshot-validation-webhook`: a removed component in `disable`.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};

const CHART: &str = "rke2-snapshot-validation-webhook";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("disable") else { return };
    let target = &context.cluster.target;
    if target.releases().is_empty() || target.chart_versions(CHART).iter().any(Option::is_some) {
        return;
    }
    if let Some((place, _)) = setting.parts().into_iter().find(|(_, part)| part == CHART) {
        drafts.push(
            Draft::new(place.span(), format!("`{CHART}` is no longer part of RKE2; the entry has no effect"))
                .help("remove it from `disable`")
                .fixed(Safety::Safe, "remove the entry", context.without_element(setting, place)),
        );
    }
}
