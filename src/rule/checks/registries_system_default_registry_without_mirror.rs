//! `registries/system-default-registry-without-mirror`: a registry on an HTTP port without a mirror.

use crate::cluster::fact::Fact;
use crate::rke2::registries::{configs, host_and_port, host_name, is_readable, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(found) = node.fact("system-default-registry") else { return };
    let (Some(text), Some(at)) = (found.value.as_text(), found.at) else { return };
    let registry = text.split('/').next().unwrap_or_default();
    // On other ports the registry may well use TLS with a trusted certificate.
    if !matches!(host_and_port(registry).1, Some("80" | "8080")) || node.setting("private-registry").is_some()
    {
        return;
    }
    let files = &context.cluster.registries;
    let knows = |file: &crate::rke2::file::RkeFile| {
        let hosts = mirrors(file).into_iter().chain(configs(file));
        !is_readable(file)
            || hosts
                .into_iter()
                .any(|entry| matches!(host_name(&entry).as_ref(), host if host == registry || host == "*"))
    };
    let Some(file) = files.first().filter(|_| !files.iter().any(|file| knows(file))) else { return };
    drafts.push(
        Draft::new(
            at,
            format!(
                "RKE2 pulls from `{registry}` over HTTPS, but its port suggests plain HTTP"
            ),
        )
        .related(Span::file_start(file.id), "no mirror for this host")
        .help(format!(
            "add a mirror with an `http://` endpoint:\n\nmirrors:\n  \"{registry}\":\n    endpoint:\n      - http://{registry}"
        )),
    );
}
