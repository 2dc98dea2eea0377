//! `ingress/traefik-value-renames`: see [`Verdict::TraefikMoved`].

use crate::rule::chart_values::{Verdict, report};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    report(context, Verdict::TraefikMoved, drafts);
}
