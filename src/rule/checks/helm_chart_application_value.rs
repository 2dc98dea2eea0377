//! `helm-chart/application-value`: values of Rancher's and cert-manager's charts that select nothing, or something else.

use crate::cluster::charts::ChartObject;
use crate::cluster::effective::Effective;
use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rke2::node::is_stand_in;
use crate::rke2::object::{HelmKind, Object};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::NodeRef;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    let Some(source) = source(*object) else { return };
    let Some(chart) = context.cluster.chart_of(*object).filter(|chart| chart.kind == HelmKind::Chart) else {
        return;
    };
    // A HelmChartConfig takes precedence.
    let is_configured = context.cluster.chart_configs(&chart.name).next().is_some();
    if is_configured || chart.patched || chart.is_open() || chart.is_generated() {
        return;
    }
    let values = context.cluster.effective(chart);
    match source {
        Source::Rancher => rancher(&values, drafts),
        Source::CertManager => cert_manager(&values, chart, drafts),
    }
}

/// A chart from the repository of its project.
#[derive(Clone, Copy)]
enum Source {
    Rancher,
    CertManager,
}

/// The chart that a HelmChart installs.
fn source(object: Object<'_>) -> Option<Source> {
    let spec = object.spec()?;
    let text = |key: &str| spec.get(key).and_then(NodeRef::text).unwrap_or_default();
    let name = text("chart");
    if name != "rancher" && !name.ends_with("cert-manager") {
        return None;
    }
    let repo = text("repo");
    let repo = repo.split_once("://").map_or(repo, |(_, rest)| rest);
    let is_at = |places: &[&str]| places.iter().any(|place| repo.starts_with(place));
    if name == "rancher"
        && is_at(&["releases.rancher.com/server-charts/", "charts.rancher.com/server-charts/"])
    {
        return Some(Source::Rancher);
    }
    let is_cert_manager = (name == "cert-manager" && is_at(&["charts.jetstack.io"]))
        || name == "oci://quay.io/jetstack/charts/cert-manager";
    is_cert_manager.then_some(Source::CertManager)
}

/// A text that the user wrote, with its place. `None` for a placeholder, also as a part, and for an encrypted value.
fn text(values: &Effective<'_, '_>, path: &[&str]) -> Option<(String, Span)> {
    let Fact::Known(found) = values.written(path) else { return None };
    let text = found.value.as_text()?.into_owned();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/".contains(&byte));
    let is_literal = !text.is_empty() && is_plain && !is_stand_in(&text);
    Some((text, found.at?)).filter(|_| is_literal)
}

fn rancher(values: &Effective<'_, '_>, drafts: &mut Vec<Draft>) {
    let is = |path: &[&str], word: &str| match values.written(path) {
        Fact::Known(found) => found.value.as_text().is_some_and(|text| text == word),
        Fact::Absent(_) => false,
        Fact::Unknown => true,
    };
    let has_ingress = !is(&["ingress", "enabled"], "false");
    if let Some((source, at)) = text(values, &["ingress", "tls", "source"])
        && has_ingress
        // Something before Rancher terminates TLS.
        && !is(&["tls"], "external")
        && !["rancher", "letsEncrypt", "secret"].contains(&source.as_str())
    {
        let message = format!("unknown `ingress.tls.source` `{source}`; nothing issues a certificate");
        drafts.push(Draft::new(at, message).help("write `rancher`, `letsEncrypt` or `secret`"));
    }
    if let Some((environment, at)) = text(values, &["letsEncrypt", "environment"])
        && is(&["ingress", "tls", "source"], "letsEncrypt")
        && !["production", "staging"].contains(&environment.as_str())
    {
        let message = format!(
            "`letsEncrypt.environment` `{environment}` selects the staging environment; browsers reject its certificates"
        );
        let draft = Draft::new(at, message).help("write `production` or `staging`");
        drafts.push(draft.severity(Severity::Warning));
    }
    if let Some((tls, at)) = text(values, &["tls"])
        && !["ingress", "external"].contains(&tls.as_str())
    {
        let message = format!("unknown `tls` `{tls}`; it is treated as `ingress`");
        let draft = Draft::new(at, message).help("write `ingress` or `external`");
        drafts.push(draft.severity(Severity::Warning));
    }
    if let Some((host, at)) = text(values, &["hostname"])
        && has_ingress
        && host.contains(['/', ':'])
    {
        let bare = host.split_once("://").map_or(host.as_str(), |(_, rest)| rest);
        let bare = bare.split(['/', ':']).next().unwrap_or_default();
        let message = format!("`hostname` `{host}` is not a name; the API server rejects the Ingress");
        drafts.push(Draft::new(at, message).help(format!("write `{bare}`")));
    }
}

fn cert_manager(values: &Effective<'_, '_>, chart: &ChartObject<'_>, drafts: &mut Vec<Draft>) {
    let is_on = |path: &[&str]| match values.written(path) {
        Fact::Known(found) if found.value.as_bool() == Some(true) => found.at,
        _ => None,
    };
    if let (Some(old), Some(new)) = (is_on(&["installCRDs"]), is_on(&["crds", "enabled"]))
        && is_since_1_15(chart)
    {
        drafts.push(
            Draft::new(old, "`installCRDs` and `crds.enabled` exclude each other; the install fails")
                .help("remove `installCRDs`")
                .related(new, "also set here"),
        );
    }
    for misspelled in ["installCrds", "installCRDS", "installCRD", "installcrds", "InstallCRDs"] {
        if let Fact::Known(found) = values.written(&[misspelled])
            && let Some(at) = found.at
        {
            let message =
                format!("cert-manager's chart has no `{misspelled}`; its definitions are not installed");
            drafts.push(
                Draft::new(at, message).help("write `crds: {enabled: true}`, or `installCRDs` before 1.15"),
            );
        }
    }
}

/// Whether the version is 1.15 or a later one, which have `crds.enabled`. Without a version, Helm takes the newest.
fn is_since_1_15(chart: &ChartObject<'_>) -> bool {
    let version = chart.object.spec().and_then(|spec| spec.get("version")?.text()).unwrap_or_default();
    if version.is_empty() {
        return true;
    }
    let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.').map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= (1, 15))
}
