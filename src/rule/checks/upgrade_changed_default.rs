//! `upgrade/changed-default`: a chart default that the files rely on and that the upgrade changes.

use crate::catalog::{ChartDiff, ChartView, DefaultChange, Flags, Scalar, Types};
use crate::cluster::charts::ChartObject;
use crate::rke2::values::{ValueLayers, Written};
use crate::rule::chart_values::dotted;
use crate::rule::{Context, Draft, UpgradedChart};

/// Keys of images, which RKE2 sets for each release.
const OF_IMAGES: &[&str] = &[
    "digest",
    "image",
    "imageRegistry",
    "override",
    "primeTag",
    "registry",
    "repository",
    "tag",
    "useDigest",
    "version",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(UpgradedChart { object, values, before, after }) = context.upgraded_chart() else { return };
    for DefaultChange { path, before: was, after: is } in ChartDiff::default_changes(before, after) {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let (Some(was), Some(is)) = (was, is) else { continue };
        if !matters(after, &keys, &was, &is) {
            continue;
        }
        let Written::Absent(near) = values.lookup(&keys) else { continue };
        if is_off(context, values, object, &keys) {
            continue;
        }
        let at = near.map_or_else(|| object.object.label_span(), |entry| entry.key.span());
        let shown = dotted(&path);
        let message = format!("the default of `{shown}` in {} changes from `{was}` to `{is}`", object.name);
        let draft = Draft::new(at, message).about(format!("{shown}={is}"));
        drafts.push(draft.help(format!("set `{shown}: {was}` to keep today's behaviour")));
    }
}

/// Keys that enable a part of a chart.
const SWITCHES: &[&str] = &["enabled", "create", "install", "useAPIServer"];

/// Whether templates use a default as it is. A default of null, and often an empty string, is replaced by a computed
/// value.
fn matters(view: ChartView<'_>, path: &[&str], was: &Scalar, is: &Scalar) -> bool {
    let unset = |value: &Scalar| match value {
        Scalar::Null => true,
        Scalar::String(text) => text.is_empty(),
        _ => false,
    };
    let is_used = view
        .lookup(path)
        .attr()
        .is_some_and(|attr| attr.is_read() && !attr.flags.intersects(Flags::OVERWRITTEN | Flags::INJECTED));
    // Probes and update strategies affect how a pod is started, not what it does.
    let is_detail =
        |key: &&str| OF_IMAGES.contains(key) || key.ends_with("Probe") || key.ends_with("pdateStrategy");
    let text = |value: &Scalar| match value {
        Scalar::String(text) => text.to_string(),
        other => other.to_string(),
    };
    is_used && !unset(was) && !unset(is) && text(was) != text(is) && !path.iter().any(is_detail)
}

/// Whether the part of the chart to which a value belongs is disabled, or possibly is.
fn is_off(
    context: &Context<'_, '_>,
    values: &ValueLayers<'_>,
    object: &ChartObject<'_>,
    path: &[&str],
) -> bool {
    let views = context.cluster.views(&object.name);
    let may_be_off = |switch: &[&str]| {
        let is_switch = |view: &ChartView<'_>| {
            view.lookup(switch).attr().is_some_and(|attr| attr.types.contains(Types::BOOL))
        };
        switch != path
            && views.iter().any(is_switch)
            && context.cluster.value_fact(values, &object.name, switch).is_true() != Some(true)
    };
    (1..path.len()).any(|length| {
        let of = |key| path[..length].iter().copied().chain([key]).collect::<Vec<_>>();
        SWITCHES.iter().any(|key| may_be_off(&of(key)))
    })
}
