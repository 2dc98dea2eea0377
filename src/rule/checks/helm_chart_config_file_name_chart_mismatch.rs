//! `helm-chart-config/file-name-chart-mismatch`: a file named for another chart than it configures.

use crate::catalog;
use crate::cluster::charts::is_packaged;
use crate::rke2::addon::addon_name;
use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(name) = object.name().filter(|name| is_packaged(name)) else { return };
    if manifest.file.objects().nth(1).is_some() || object.helm_kind() != Some(HelmKind::Config) {
        return;
    }
    let stem = addon_name(manifest.file.name());
    if stem.contains(name.strip_prefix("rke2-").unwrap_or(&name)) {
        return;
    }
    let base = |name: &str| name.strip_suffix("-crd").unwrap_or(name).to_owned();
    let Some(spoken) = spoken_of(stem).filter(|spoken| base(spoken) != base(&name)) else { return };
    drafts.push(
        Draft::new(
            object.label_span(),
            format!("file is named for `{spoken}` but configures `{name}`"),
        )
        .help(format!(
            "rename the file to `{name}-config.yaml`, or set `metadata.name: {spoken}` if these values are for it"
        )),
    );
}

/// The longest packaged chart name that a file stem contains as whole words.
fn spoken_of(stem: &str) -> Option<&'static str> {
    let is_whole = |at: usize, chart: &str| {
        let (before, after) = (&stem[..at], &stem[at + chart.len()..]);
        (before.is_empty() || before.ends_with('-')) && (after.is_empty() || after.starts_with('-'))
    };
    let is_in = |chart: &&str| stem.match_indices(chart).any(|(at, chart)| is_whole(at, chart));
    catalog::charts().filter(is_in).max_by_key(|chart| chart.len())
}
