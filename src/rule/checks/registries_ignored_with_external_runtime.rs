//! `registries/ignored-with-external-runtime`: a registries.yaml that an external runtime does not read.

use crate::cluster::fact::Fact;
use crate::cluster::server::NodeConfig;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(file) = context.cluster.registries.first() else { return };
    let external = |node: &NodeConfig<'_>| match node.fact("container-runtime-endpoint") {
        Fact::Known(found) => found
            .value
            .as_text()
            .filter(|socket| !socket.is_empty() && !socket.contains("/run/k3s/"))
            .and_then(|socket| Some((socket.into_owned(), found.at?))),
        _ => None,
    };
    // The file may belong to another node.
    if !context.cluster.nodes.iter().all(|node| external(node).is_some()) {
        return;
    }
    let Some((socket, at)) = external(node) else { return };
    drafts.push(
        Draft::new(
            at,
            format!("registries.yaml has no effect; RKE2 does not configure the external runtime `{socket}`"),
        )
        .related(Span::file_start(file.id), "unused")
        .help("configure the registries in that runtime"),
    );
}
