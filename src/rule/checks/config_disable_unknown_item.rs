//! `config/disable-unknown-item`: names in `disable` that match no component.

use std::collections::HashSet;

use strsim::osa_distance;

use crate::catalog;
use crate::finding::{Safety, Severity};
use crate::rke2::addon::{ALWAYS_DISABLED, disable_name};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("disable") else { return };
    let target = &context.cluster.target;
    let parts = setting.raw_parts();
    let names: HashSet<&str> = parts.iter().map(|(_, part)| part.trim()).collect();
    let is_open = !setting.is_literal();
    for (value, part) in &parts {
        let (value, part) = (*value, part.trim());
        if part.is_empty()
            || ALWAYS_DISABLED.contains(&part)
            || part.contains('/')
            || is_in_tree(context, part)
        {
            continue;
        }
        if catalog::charts().any(|chart| chart == part) {
            if target.beyond_catalogue().is_some()
                || target.any(|release| catalog::chart_version(release, part).is_some())
            {
                continue;
            }
            drafts.push(
                Draft::new(value.span(), format!("{target} does not ship `{part}`; the entry has no effect"))
                    .help("remove the entry")
                    .severity(Severity::Info),
            );
            continue;
        }
        if is_several(part) {
            let message = format!("`{part}` is read as one name; the entry disables nothing");
            drafts.push(
                Draft::new(value.span(), message).help("separate the names with commas, or write a list"),
            );
            continue;
        }
        let message = format!("RKE2 has no component named `{part}`; the entry disables nothing");
        let Some((help, better)) = meant(part) else { continue };
        // The entry is merely redundant if `disable-kube-proxy` is set.
        if part == "rke2-kube-proxy" && node.setting("disable-kube-proxy").is_some() {
            continue;
        }
        // A list for RKE2 and K3s has both names. The other one may be a placeholder.
        let own = better.clone().unwrap_or_else(|| format!("rke2-{part}"));
        if names.contains(&*own) || is_open {
            continue;
        }
        let mut draft = Draft::new(value.span(), message).help(help);
        if let Some(better) = better.filter(|_| value.text() == Some(part)) {
            draft = draft.reworded(Safety::Unsafe, value, &better);
        }
        drafts.push(draft);
    }
}

/// Whether an entry consists of several names of charts.
fn is_several(part: &str) -> bool {
    let mut words = part.split_whitespace();
    let first = words.next();
    let is_chart = |word: &str| catalog::charts().any(|chart| chart == word);
    first != Some(part) && first.is_some_and(is_chart) && words.all(is_chart)
}

/// Whether a manifest of the tree, or a folder of them, has this name.
fn is_in_tree(context: &Context<'_, '_>, name: &str) -> bool {
    context.cluster.manifests.iter().any(|manifest| {
        disable_name(manifest.file.name()) == name
            || manifest.file.folder().split('/').any(|folder| folder == name)
    })
}

/// The help for a name that K3s uses or that is misspelled, and the name to write.
fn meant(name: &str) -> Option<(String, Option<String>)> {
    let write = |name: &str| Some((format!("write `{name}`"), Some(name.to_owned())));
    match name {
        "traefik" => {
            return Some((
                "set `ingress-controller` to the controller you want, or write `rke2-traefik`".to_owned(),
                None,
            ));
        }
        "ingress-nginx" | "nginx-ingress" | "nginx" | "rke2-ingress" | "rke2-nginx-ingress"
        | "rke2-nginx" => {
            return write("rke2-ingress-nginx");
        }
        "local-storage" | "local-path" | "local-path-provisioner" => {
            return Some(("remove the entry; RKE2 ships no local storage".to_owned(), None));
        }
        "kube-proxy" | "rke2-kube-proxy" => {
            return Some(("write `disable-kube-proxy: true`".to_owned(), None));
        }
        "cloud-controller" | "cloud-controller-manager" | "rke2-cloud-controller" => {
            return Some(("write `disable-cloud-controller: true`".to_owned(), None));
        }
        "network-policy" | "helm-controller" => {
            return Some(("remove the entry; RKE2 has no such component".to_owned(), None));
        }
        "true" | "false" | "all" | "none" => {
            return Some(("list the charts to disable, for example `rke2-ingress-nginx`".to_owned(), None));
        }
        "rke2-servicelb" => {
            return Some((
                "remove the entry; ServiceLB is off unless `enable-servicelb` is set".to_owned(),
                None,
            ));
        }
        _ => {}
    }
    let prefixed = format!("rke2-{name}");
    // Never suggest to disable cluster DNS.
    let charts = || catalog::charts().filter(|chart| *chart != "rke2-coredns");
    if charts().any(|chart| chart == prefixed) {
        return write(&prefixed);
    }
    let near = charts().find(|chart| name.len() > 8 && osa_distance(chart, name) <= 2)?;
    write(near)
}
