//! `registries/hub-docker-com`: endpoints that do not mirror Docker Hub.

use crate::finding::Safety;
use crate::rke2::registries::{Endpoint, endpoints, host_name, mirrors};
use crate::rule::{Context, Draft, Target, edit};

/// Registries of their own: a repository of the same name there is another image.
const OTHERS: [&str; 4] = ["quay.io", "k8s.gcr.io", "registry.k8s.io", "gcr.io"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for mirror in mirrors(file) {
        let registry = host_name(&mirror);
        // A rewrite may lead to copies under names of their own.
        let rewrites = mirror.value.get("rewrite").is_some_and(|rewrite| !rewrite.is_null());
        for (node, text) in endpoints(mirror) {
            let endpoint = Endpoint::parse(text);
            let host = endpoint.host();
            let message = if host == "hub.docker.com" {
                format!("`{text}` is Docker's web site, not a registry; every pull fails there first")
            } else if registry == "docker.io"
                && !rewrites
                && OTHERS.contains(&host)
                && endpoint.path.trim_matches('/').trim_start_matches("v2").is_empty()
            {
                format!(
                    "`{text}` is not a Docker Hub mirror; pulls may get an unrelated image with the same name"
                )
            } else {
                continue;
            };
            // A pull from the web site fails; one from another registry may not.
            let safety = if host == "hub.docker.com" { Safety::Safe } else { Safety::Unsafe };
            let list = mirror.value.get("endpoint");
            let edit = list.and_then(|list| edit::remove_item(list, node));
            let draft = Draft::new(node.span(), message).help("remove this endpoint");
            drafts.push(draft.fixed(safety, "remove this endpoint", edit));
        }
    }
}
