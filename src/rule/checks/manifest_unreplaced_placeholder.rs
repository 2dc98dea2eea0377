//! `manifest/unreplaced-placeholder`: tokens that a person should have replaced.

use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rke2::object::Object;
use crate::rule::{Context, Draft};
use crate::source::Span;
use crate::yaml::{Document, MarkKind, NodeRef, may_hold_token, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    for manifest in cluster.manifests.iter().filter(|manifest| !manifest.overlay.patch) {
        // Other kinds hold documentation, scripts and web pages.
        if matches!(manifest.file.content, Content::Manifest { helm: true }) {
            check_charts(manifest.file, manifest.is_certain(), drafts);
        }
    }
    let configs = cluster.own_nodes().iter().flat_map(NodeConfig::files);
    for file in configs.chain(cluster.registries.iter().copied()) {
        let Some(document) = file.stream.documents().next() else { continue };
        let certain = format!("/{}", file.path()).contains("/etc/rancher/rke2/");
        report(document.scalars().filter_map(token), certain, drafts);
    }
}

fn check_charts(file: &RkeFile, certain: bool, drafts: &mut Vec<Draft>) {
    if !may_hold_token(file.source.text()) {
        return;
    }
    for document in file.stream.documents() {
        let objects = Object::of_document(file, document);
        let ours: Vec<Span> = objects
            .iter()
            .filter(|object| object.helm_kind().is_some())
            .map(|object| object.node.span())
            .collect();
        // What is inside is looked at by itself, without its comments.
        let is_host = |scalar: &NodeRef<'_>| {
            file.values.binary_search_by_key(&scalar.span(), |values| values.host).is_ok()
        };
        let tokens = document.scalars().filter_map(token).filter(|(scalar, _)| {
            ours.iter().any(|object| object.contains(scalar.span())) && !is_host(scalar)
        });
        report(tokens, certain, drafts);
    }
    for values in file.values.iter().filter(|values| !values.templated) {
        report(values.stream.documents().flat_map(Document::scalars).filter_map(token), certain, drafts);
    }
}

/// The token of a scalar that is nothing but an address, a name or a path with a token in it.
fn token(scalar: NodeRef<'_>) -> Option<(NodeRef<'_>, &str)> {
    let text = scalar.text()?;
    let mark = template_mark(text).filter(|mark| mark.kind == MarkKind::Token)?;
    let around = [text.get(..mark.range.start)?, text.get(mark.range.end..)?];
    let plain = around.iter().all(|part| !part.contains(char::is_whitespace));
    plain.then_some((scalar, text.get(mark.range)?))
}

fn report<'a>(tokens: impl Iterator<Item = (NodeRef<'a>, &'a str)>, certain: bool, drafts: &mut Vec<Draft>) {
    for (scalar, token) in tokens {
        let message = format!("`{token}` was never replaced: RKE2 takes it as it stands");
        let severity = if certain { Severity::Error } else { Severity::Warning };
        drafts.push(Draft::new(scalar.span(), message).help("write the real value").severity(severity));
    }
}
