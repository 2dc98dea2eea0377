//! `registries/cert-without-key`: a client certificate without its key, or the reverse.

use crate::rke2::registries::{configs, host_name};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for config in configs(file) {
        let Some(tls) = config.value.get("tls") else { continue };
        // `registries/decode-error` reports other kinds, and a template may result in an empty string.
        if ["cert_file", "key_file"]
            .iter()
            .any(|key| tls.get(key).is_some_and(|node| node.kind() != Kind::Scalar || node.is_opaque()))
        {
            continue;
        }
        let filled = |key: &str| {
            tls.entry(key).filter(|entry: &Entry<'_>| {
                !entry.value.is_null() && entry.value.text().is_some_and(|text| !text.is_empty())
            })
        };
        let (entry, has, lacks) = match (filled("cert_file"), filled("key_file")) {
            (Some(cert), None) => (cert, "cert_file", "key_file"),
            (None, Some(key)) => (key, "key_file", "cert_file"),
            _ => continue,
        };
        let host = host_name(&config);
        drafts.push(
            Draft::new(
                entry.label_span(),
                format!("`{has}` is set without `{lacks}`; every pull through `{host}` fails"),
            )
            .help(format!("add `{lacks}`, or remove `{has}`")),
        );
    }
}
