//! `config/etcd-s3-secret`: the Secret that `etcd-s3-config-secret` names, with keys or in a namespace that RKE2 does not
//! read.

use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;
use crate::yaml::{NodeRef, template_mark};

/// The keys that RKE2 reads, without [`PREFIX`].
const KEYS: [&str; 15] = [
    "access-key",
    "bucket",
    "bucket-lookup-type",
    "endpoint",
    "endpoint-ca",
    "endpoint-ca-name",
    "folder",
    "insecure",
    "proxy",
    "region",
    "retention",
    "secret-key",
    "session-token",
    "skip-ssl-verify",
    "timeout",
];
const PREFIX: &str = "etcd-s3-";
const NAMESPACE: &str = "kube-system";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Object { object, manifest }, Some(server)) = (context.target, context.server) else {
        return;
    };
    let Some(name) = object.name().filter(|_| object.api_version().as_deref() == Some("v1")) else { return };
    let names = |text: &str| !text.is_empty() && text == name;
    let setting = server.setting("etcd-s3-config-secret");
    if !setting.is_some_and(|setting| setting.literals().any(|(_, text)| names(&text)))
        || !manifest.is_certain()
        || manifest.is_patched(*object)
        || object.is_namespace_open()
    {
        return;
    }
    let namespace = object.namespace();
    let namespace = namespace.as_deref().unwrap_or("default");
    if namespace != NAMESPACE {
        let has_other = context.cluster.objects_named(&name).any(|(other, _)| {
            other.kind().as_deref() == Some("Secret") && other.namespace().as_deref() == Some(NAMESPACE)
        });
        if !has_other {
            drafts.push(
                Draft::new(
                    object.label_span(),
                    format!("Secret `{name}` is in `{namespace}`, but RKE2 reads it in `{NAMESPACE}`; no snapshot is uploaded"),
                )
                .help(format!("write `namespace: {NAMESPACE}`")),
            );
        }
        return;
    }
    let fields = ["stringData", "data"].map(|field| object.node.get(field));
    let has = |key: &str| fields.iter().flatten().any(|field| field.get(key).is_some());
    for entry in fields.iter().flatten().flat_map(|field| field.entries()).filter(|entry| !entry.is_merge()) {
        let key = entry.name();
        if let Some(meant) = meant(&key).filter(|meant| !has(meant)) {
            drafts.push(
                Draft::new(entry.key.span(), format!("RKE2 does not read `{key}` of the Secret `{name}`"))
                    .help(format!("write `{meant}`")),
            );
        }
    }
    let text = |key: &str| {
        let node = fields[0]?.get(key)?;
        Some((node, node.text().filter(|text| is_address(text))?))
    };
    if let Some((node, endpoint)) = text("etcd-s3-endpoint") {
        drafts.push(refused(
            node,
            &format!("`{endpoint}` is not a host"),
            "write the host and optional port; use `etcd-s3-insecure: \"true\"` instead of `http://`",
        ));
    }
    if let Some((node, bucket)) = text("etcd-s3-bucket") {
        drafts.push(refused(
            node,
            &format!("the bucket `{bucket}` has a scheme or a path"),
            "write only the name of the bucket, and the path in `etcd-s3-folder`",
        ));
    }
}

/// Whether a text is a literal address with a scheme or a path. Encrypted values and references to a secret store may
/// contain slashes, too.
fn is_address(text: &str) -> bool {
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    };
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let (host, port) = rest.trim_end_matches('/').split_once(':').unwrap_or((rest, ""));
            ["http", "https", "s3"].contains(&scheme)
                && is_plain(host)
                && port.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => is_plain(text) && !text.starts_with('/') && text.trim_end_matches('/').contains('/'),
    }
}

fn refused(node: NodeRef<'_>, what: &str, help: &str) -> Draft {
    Draft::new(node.span(), format!("{what}; the S3 client rejects it and no snapshot is uploaded"))
        .help(help)
}

/// The key that an unknown one must mean: without the prefix, in camel case, or misspelled.
fn meant(key: &str) -> Option<String> {
    let is_known = |key: &str| key.strip_prefix(PREFIX).is_some_and(|rest| KEYS.contains(&rest));
    if is_known(key) || template_mark(key).is_some() {
        return None;
    }
    let mut kebab = String::new();
    for char in key.chars() {
        if char.is_ascii_uppercase()
            && !kebab.is_empty()
            && !kebab.ends_with('-')
            && key.contains(char::is_lowercase)
        {
            kebab.push('-');
        }
        kebab.push(if char == '_' { '-' } else { char.to_ascii_lowercase() });
    }
    let bare = kebab.strip_prefix(PREFIX).or_else(|| kebab.strip_prefix("s3-")).unwrap_or(&kebab);
    let known = KEYS.iter().find(|known| **known == bare).copied();
    let near = || {
        let rest = key.strip_prefix(PREFIX)?;
        nearest(rest, KEYS.iter().copied(), 2)
    };
    known.or_else(near).map(|known| format!("{PREFIX}{known}"))
}
