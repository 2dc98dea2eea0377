//! `helm-chart-config/unknown-value-key`: see [`Verdict::UnknownKey`].

use crate::rule::chart_values::{Verdict, report};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    report(context, Verdict::UnknownKey, drafts);
}
