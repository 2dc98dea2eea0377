//! `helm-chart-config/removed-value`: see [`Verdict::Removed`]; Cilium has its own rule.

use crate::rule::chart_values::{Verdict, report};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    if !matches!(context.target, Target::Chart { object, .. } if object.name == "rke2-cilium") {
        report(context, Verdict::Removed, drafts);
    }
}
