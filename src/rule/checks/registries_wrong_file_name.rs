//! `registries/wrong-file-name`: mirrors in RKE2's folder in a file that RKE2 does not read.

use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::spelling::nearest;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let name = file.name().to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    let near = ["registries", "registry"].contains(&stem) || nearest(stem, ["registries"], 2).is_some();
    let wrong = near && file.name() != "registries.yaml";
    if !wrong || !file.folder().ends_with("etc/rancher/rke2") {
        return;
    }
    let right = format!("{}/registries.yaml", file.folder());
    if context.cluster.registries.iter().any(|other| other.path() == right) {
        return;
    }
    let first = file.first_root().and_then(|root| root.entries().next());
    drafts.push(
        Draft::new(
            first.map_or_else(|| Span::file_start(file.id), |entry| entry.key.span()),
            format!(
                "RKE2 reads only `registries.yaml` in this folder and silently ignores `{}`",
                file.name()
            ),
        )
        .help(format!("rename the file to `{right}`")),
    );
}
