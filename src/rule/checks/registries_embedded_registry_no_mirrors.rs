//! `registries/embedded-registry-no-mirrors`: the embedded registry without mirrors.

use crate::rke2::registries::{host_name, is_localhost, is_readable, mirrors};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let fact = node.fact("embedded-registry");
    let files = &context.cluster.registries;
    if fact.is_true() != Some(true) || files.is_empty() || node.setting("private-registry").is_some() {
        return;
    }
    let shares = |file: &crate::rke2::file::RkeFile| {
        !is_readable(file) || mirrors(file).iter().any(|mirror| !is_localhost(&host_name(mirror)))
    };
    if files.iter().any(|file| shares(file)) {
        return;
    }
    let (Some(at), Some(file)) = (fact.span(), files.first()) else { return };
    drafts.push(
        Draft::new(
            at,
            "`embedded-registry` is enabled without `mirrors` in registries.yaml; nodes share no images",
        )
        .related(crate::source::Span::file_start(file.id), "add `mirrors` here")
        .help(
            "list the registries to share in registries.yaml:\n\nmirrors:\n  docker.io:\n  registry.k8s.io:",
        ),
    );
}
