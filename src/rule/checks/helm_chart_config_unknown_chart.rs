//! `helm-chart-config/unknown-chart`: a name close to that of a packaged chart, or a chart of other releases.

use crate::catalog;
use crate::cluster::charts::{SYSTEM_NAMESPACE, is_packaged};
use crate::cluster::fact::Fact;
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::config::Setting;
use crate::rke2::file::RkeFile;
use crate::rke2::first_look::ObjectKind;
use crate::rke2::place::{Owner, names_rke2, owner};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

/// The former chart of kube-proxy, which predates the releases of the catalogue.
const KUBE_PROXY: &str = "rke2-kube-proxy";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, manifest } = context.target else { return };
    let Some(entry) = object.node.get("metadata").and_then(|metadata| metadata.entry("name")) else { return };
    let Some(name) = object.name() else { return };
    let elsewhere = object.namespace().is_some_and(|namespace| namespace != SYSTEM_NAMESPACE);
    let (cluster, place) = (context.cluster, &manifest.file.place);
    let own = cluster.helm_charts(&name).next().is_some()
        || cluster.may_install_any_chart()
        || cluster.tree.has(place, ObjectKind::HelmChart, &name)
        || manifest.overlay.unseen;
    if elsewhere || own || manifest.overlay.name || object.is_open() || object.is_namespace_open() {
        return;
    }
    if name == KUBE_PROXY && context.cluster.target.all(|release| release.minor > 21) {
        drafts.push(
            Draft::new(
                entry.label_span(),
                format!("RKE2 ships no chart `{name}` since v1.22; this object has no effect"),
            )
            .severity(Severity::Warning)
            .help("move the settings to `kube-proxy-arg` in config.yaml and remove this object"),
        );
        return;
    }
    if is_packaged(&name) {
        drafts.extend(other_release(context, &name, entry.label_span()));
        return;
    }
    let certain = name.starts_with("rke2-") || manifest.root.as_ref().is_some_and(|root| root.certain);
    if !is_rke2(context, certain) || cluster.tree.is_k3s(place) {
        return;
    }
    let Some((meant, prefix_only)) = near_miss(context, &name) else { return };
    if is_replaced(context, &meant) {
        return;
    }
    let mut draft = Draft::new(
        entry.label_span(),
        format!("no HelmChart is named `{name}` (RKE2's is `{meant}`); this object has no effect"),
    )
    .help(format!("write `name: {meant}`"));
    if prefix_only && !entry.value.is_alias() {
        draft.fix = Some(Fix {
            // The object was ignored so far and takes effect with the fix.
            safety: Safety::Unsafe,
            message: format!("rename the object to `{meant}`"),
            edits: vec![Edit { span: entry.value.span(), replacement: meant }],
        });
    }
    drafts.push(draft);
}

/// Reports a packaged chart that the target release does not ship.
fn other_release(context: &Context<'_, '_>, name: &str, at: crate::source::Span) -> Option<Draft> {
    let target = &context.cluster.target;
    // A release newer than the catalogue may ship a chart that only a later minor ships today.
    if target.is_unnamed() || target.beyond_catalogue().is_some() {
        return None;
    }
    if target.chart_versions(name).iter().any(Option::is_some) {
        return None;
    }
    let mut shipping =
        catalog::releases().iter().filter(|release| catalog::chart_version(**release, name).is_some());
    let first = shipping.next()?;
    let last = shipping.next_back().unwrap_or(first);
    Some(
        Draft::new(
            at,
            format!("{target} does not ship `{name}`, only {first} to {last} do; this object has no effect"),
        )
        .help("remove this object")
        .severity(Severity::Warning),
    )
}

/// Whether the configuration excludes the packaged chart, so that a custom chart is meant.
fn is_replaced(context: &Context<'_, '_>, chart: &str) -> bool {
    let Some(server) = context.server else { return false };
    let none = |fact: Fact<'_>| matches!(fact, Fact::Known(found) if found.value.elements().iter().any(|one| one.as_text().as_deref() == Some("none")));
    let component = chart.strip_prefix("rke2-").unwrap_or(chart);
    let disabled = server.setting("disable").map(Setting::parts).unwrap_or_default();
    disabled.iter().any(|(_, part)| part == chart)
        || match component {
            "calico" | "canal" | "cilium" | "flannel" => none(context.cluster.cni(Some(server))),
            "ingress-nginx" | "traefik" => none(context.cluster.ingress(Some(server))),
            _ => false,
        }
}

/// Whether there is evidence of RKE2 other than the name, because K3s uses the same kinds.
fn is_rke2(context: &Context<'_, '_>, certain: bool) -> bool {
    let path = context.file().map(RkeFile::full_path).unwrap_or_default();
    let cluster = context.cluster;
    let owner = owner(&path);
    owner != Some(Owner::K3s)
        && context.file().is_none_or(|file| !file.beside_k3s)
        && (certain
            || owner == Some(Owner::Rke2)
            || names_rke2(&path)
            || !cluster.nodes.is_empty()
            || cluster.has_packaged_name())
}

/// The packaged chart that a name probably means, and whether only the prefix is missing.
fn near_miss(context: &Context<'_, '_>, name: &str) -> Option<(String, bool)> {
    let shipped: Vec<&str> = catalog::charts()
        .filter(|chart| context.cluster.target.chart_versions(chart).iter().any(Option::is_some))
        .collect();
    let known = |name: &str| shipped.contains(&name);
    let with_prefix = format!("rke2-{name}");
    if known(&with_prefix) {
        return Some((with_prefix, true));
    }
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let bare = plain.strip_suffix("-config").unwrap_or(&plain);
    for meant in [bare.to_owned(), format!("rke2-{bare}")] {
        if known(&meant) {
            return Some((meant, false));
        }
    }
    if !bare.starts_with("rke2-") {
        return None;
    }
    let mut longer = shipped
        .iter()
        .filter(|chart| chart.strip_prefix(bare).is_some_and(|rest| rest.starts_with('-') && rest != "-crd"));
    if let (Some(only), None) = (longer.next(), longer.next()) {
        return Some(((*only).to_owned(), false));
    }
    nearest(bare, shipped.iter().copied(), 2).map(|only| (only.to_owned(), false))
}
