//! `registries/file-missing`: relative paths of certificates, which two programs resolve differently.

use crate::rke2::registries::configs;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for config in configs(file) {
        let Some(tls) = config.value.get("tls") else { continue };
        for key in ["ca_file", "cert_file", "key_file"] {
            let Some(entry) = tls.entry(key).filter(|entry| !entry.value.is_null()) else { continue };
            let Some(path) = entry.value.text().filter(|text| !text.is_empty()) else { continue };
            let absolute = path.starts_with(['/', '\\', '$', '%']) || path.get(1..2) == Some(":");
            if absolute || template_mark(path).is_some() || path.contains("-----BEGIN") {
                continue;
            }
            drafts.push(
                Draft::new(
                    entry.label_span(),
                    format!(
                        "relative path `{path}`; containerd resolves it next to RKE2's hosts.toml and does not find the file"
                    ),
                )
                .help("write the absolute path on the node"),
            );
        }
    }
}
