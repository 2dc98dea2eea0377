//! `manifest/secret-in-plain-text`: plain-text credentials.

use crate::rke2::node::is_stand_in;
use crate::rule::{Context, Draft};
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// Keys of config.yaml that contain a credential, with the alternative.
const KEYS: [(&str, &str); 3] = [
    ("token", "use `token-file`"),
    ("agent-token", "use `agent-token-file`"),
    ("etcd-s3-secret-key", "use `etcd-s3-config-secret`, or `AWS_SECRET_ACCESS_KEY` in the environment"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for (object, _) in context.cluster.objects_of("Secret") {
        if object.node.get("sops").is_some() {
            continue;
        }
        let data = ["stringData", "data"].into_iter().filter_map(|key| object.node.get(key));
        if data.flat_map(NodeRef::fields).any(is_literal) {
            let message = format!("Secret `{}` is in plain text", object.name().unwrap_or_default());
            drafts.push(
                Draft::new(object.label_span(), message).help("encrypt it, or create it in another way"),
            );
        }
    }
    for node in context.cluster.own_nodes() {
        for (key, help) in KEYS {
            let entry = node.setting(key).and_then(|setting| setting.entries.last());
            if let Some(entry) = entry.filter(|entry| is_literal(**entry)) {
                drafts.push(Draft::new(entry.label_span(), format!("`{key}` is in plain text")).help(help));
            }
        }
    }
    for file in &context.cluster.registries {
        let configs = file.first_root().and_then(|root| root.get("configs"));
        for host in configs.map(NodeRef::fields).unwrap_or_default() {
            let password = host.value.get("auth").and_then(|auth| auth.entry("password"));
            if let Some(entry) = password.filter(|entry| is_literal(*entry)) {
                let message = format!("password for `{}` is in plain text", host.name());
                drafts.push(
                    Draft::new(entry.label_span(), message)
                        .help("insert it when you copy the file to the node"),
                );
            }
        }
    }
}

fn is_literal(entry: Entry<'_>) -> bool {
    entry.value.kind() == Kind::Scalar
        && entry.value.text().is_some_and(|text| {
            !text.is_empty()
                && template_mark(text).is_none()
                && !is_stand_in(text)
                && !text.starts_with("ENC[")
        })
}
