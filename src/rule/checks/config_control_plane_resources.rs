//! `config/control-plane-resources`: requests and limits that RKE2 rejects or ignores.

use crate::finding::Severity;
use crate::rke2::node::is_stand_in;
use crate::rule::grammar::is_quantity;
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
            let Some((name, amount)) = part.split_once('=') else {
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
                if !amount.is_empty() && !is_stand_in(amount) && !is_quantity(amount) {
                    let message = format!("invalid quantity `{amount}` in `{part}`; RKE2 ignores it");
                    let example = if name.ends_with("-cpu") { "250m" } else { "512Mi" };
                    drafts.push(Draft::new(value.span(), message).help(format!("write `{name}={example}`")));
                }
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
