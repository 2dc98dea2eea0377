//! `registries/custom-private-registry-path`: a registries.yaml that `private-registry` replaces.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

const DEFAULT: &str = "etc/rancher/rke2/registries.yaml";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(found) = node.fact("private-registry") else { return };
    let (Some(path), Some(at)) = (found.value.as_text(), found.at) else { return };
    let files = &context.cluster.registries;
    let used = files.iter().any(|file| path.ends_with(file.name()));
    let Some(file) = files.iter().find(|file| file.full_path().ends_with(DEFAULT)).filter(|_| !used) else {
        return;
    };
    // Another node may use the file.
    if context.cluster.nodes.len() != 1 {
        return;
    }
    drafts.push(
        Draft::new(at, format!("RKE2 reads `{path}` instead of `/{DEFAULT}`"))
            .related(Span::file_start(file.id), "unused")
            .help("move the settings to that file, or remove `private-registry`"),
    );
}
