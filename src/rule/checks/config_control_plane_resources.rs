//! `config/control-plane-resources`: requests and limits that RKE2 rejects or ignores.

use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

/// The static pods whose resources and probes can be set.
pub(super) const COMPONENTS: [&str; 6] = [
    "kube-apiserver",
    "kube-scheduler",
    "kube-controller-manager",
    "kube-proxy",
    "etcd",
    "cloud-controller-manager",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for key in ["control-plane-resource-requests", "control-plane-resource-limits"] {
        for (value, part) in
            node.setting(key).map(crate::rke2::config::Setting::raw_parts).unwrap_or_default()
        {
            let Some((name, _)) = part.split_once('=') else {
                drafts.push(
                    Draft::new(value.span(), format!("`{part}` has no `=`; RKE2 fails to start"))
                        .help("write `COMPONENT-cpu=250m` or `COMPONENT-memory=512Mi`")
                        .severity(Severity::Error),
                );
                continue;
            };
            let known = COMPONENTS.iter().any(|component| {
                name.strip_prefix(component).is_some_and(|rest| matches!(rest, "-cpu" | "-memory"))
            });
            if known {
                continue;
            }
            let help = match COMPONENTS
                .iter()
                .find(|component| name.starts_with(&component[component.find("kube-").map_or(0, |_| 5)..]))
            {
                Some(component) if !name.starts_with(component) => {
                    format!("write `{component}-cpu=…` or `{component}-memory=…`")
                }
                _ => format!("use one of `{}`, then `-cpu` or `-memory`", COMPONENTS.join("`, `")),
            };
            drafts.push(
                Draft::new(value.span(), format!("unknown control-plane resource `{name}`; RKE2 ignores it"))
                    .help(help),
            );
        }
    }
}
