//! `helm-chart-config/refused-by-chart`: see [`Verdict::Guarded`].

use crate::rule::chart_values::{Verdict, report};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    report(context, Verdict::Guarded, drafts);
}
