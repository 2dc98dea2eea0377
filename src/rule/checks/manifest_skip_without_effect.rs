//! `manifest/skip-without-effect`: `.skip` files that keep no file from being deployed.

use crate::cluster::charts::{Manifest, is_packaged};
use crate::cluster::{Cluster, SkipMark};
use crate::rke2::addon::{disable_name, has_manifest_extension, skip_target};
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    drafts.extend(context.cluster.skip_marks.iter().filter_map(|mark| draft(context.cluster, mark)));
}

fn draft(cluster: &Cluster<'_>, mark: &SkipMark<'_>) -> Option<Draft> {
    let name = mark.file.name();
    let at = Span::file_start(mark.file.id);
    let file_of_chart = packaged_file(name);
    if skip_target(name).is_some() && skip_target(name) == file_of_chart.as_deref() {
        return None;
    }
    if let Some(missed) = missed(cluster, mark) {
        let missed_name = missed.file.name();
        let message = format!("`{name}` does not skip `{missed_name}`; RKE2 compares whole file names");
        return Some(
            Draft::new(at, message)
                .related(Span::file_start(missed.file.id), "deployed")
                .help(format!("rename the marker to `{missed_name}.skip`")),
        );
    }
    if !mark.root.certain {
        return None;
    }
    if let Some(file) = file_of_chart {
        let message = format!("`{name}` does not skip the packaged `{file}`; RKE2 compares whole file names");
        return Some(Draft::new(at, message).help(format!("rename the marker to `{file}.skip`")));
    }
    // A file that is not in the tree may exist on the node, but a manifest always has an extension.
    let is_named = skip_target(name).is_some_and(has_manifest_extension);
    let stem = meant(name);
    (!is_named && !stem.is_empty()).then(|| {
        let message = format!("`{name}` skips no manifest; RKE2 compares whole file names");
        Draft::new(at, message).help(format!(
            "name the marker after the whole file, for example `{}.skip`",
            if has_manifest_extension(stem) { stem.to_owned() } else { format!("{stem}.yaml") }
        ))
    })
}

/// The file name that a marker probably means, without `.skip`.
fn meant(mark: &str) -> &str {
    disable_name(mark).trim_start_matches('.')
}

/// A file name without the extension of a manifest.
fn stem(name: &str) -> &str {
    if has_manifest_extension(name) { disable_name(name) } else { name }
}

/// The deployed file in the marker's directory whose name differs only in extension or case.
fn missed<'c, 'a>(cluster: &'c Cluster<'a>, mark: &SkipMark<'_>) -> Option<&'c Manifest<'a>> {
    let meant = stem(meant(mark.file.name()));
    cluster.manifests.iter().find(|manifest| {
        manifest.root.as_ref() == Some(&mark.root)
            && manifest.is_deployed_as_is()
            && stem(manifest.file.name()).eq_ignore_ascii_case(meant)
    })
}

/// The file of the packaged chart that a marker probably means.
fn packaged_file(mark: &str) -> Option<String> {
    let chart = stem(meant(mark)).to_ascii_lowercase().replace('_', "-");
    is_packaged(&chart).then(|| format!("{chart}.yaml"))
}
