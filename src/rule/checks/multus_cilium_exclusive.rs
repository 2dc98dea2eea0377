//! `multus/cilium-exclusive`: Cilium as the only network configuration, which disables Multus.

use crate::catalog::{Scalar, default_value};
use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rule::{Context, Draft};
use crate::source::Span;

const CHART: &str = "rke2-cilium";
const KEY: [&str; 2] = ["cni", "exclusive"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    let cilium =
        cluster.cni(context.server).value().is_some_and(|cni| cni.as_text().as_deref() == Some("cilium"));
    let Fact::Known(Found { value: Datum::Bool(true), at: Some(multus) }) = cluster.multus(context.server)
    else {
        return;
    };
    if !cilium {
        return;
    }
    match cluster.chart_value(CHART, &KEY) {
        Fact::Known(Found { value: Datum::Bool(true), at }) => {
            drafts.push(exclusive(at, multus, Severity::Error));
        }
        Fact::Unknown if is_plain_default(context) => drafts.push(exclusive(None, multus, Severity::Warning)),
        _ => {}
    }
}

/// Whether manifests are in view, none of them configures Cilium, and every possible release defaults to `true`.
fn is_plain_default(context: &Context<'_, '_>) -> bool {
    let cluster = context.cluster;
    let views = cluster.views(CHART);
    cluster.manifests.iter().any(|manifest| manifest.root.is_some())
        && !cluster.may_hold("HelmChartConfig", |name| name == CHART)
        && cluster.is_packaged(CHART)
        && !views.is_empty()
        && views.iter().all(|view| default_value(*view, &KEY) == Some(Scalar::Bool(true)))
}

fn exclusive(at: Option<Span>, multus: Span, severity: Severity) -> Draft {
    let effect = "Cilium disables Multus and pods lose their additional networks";
    let message = match at {
        Some(_) => format!("`cni.exclusive` is `true`, but `cni` has `multus`; {effect}"),
        None => format!("`cni.exclusive` is `true` by default in this release; {effect}"),
    };
    let mut draft = Draft::new(at.unwrap_or(multus), message)
        .severity(severity)
        .help("set `cni.exclusive: false` in the HelmChartConfig of `rke2-cilium`");
    if let Some(at) = at {
        draft = draft.related(multus, "Multus selected here");
        draft.fix = Some(Fix {
            safety: Safety::Unsafe,
            message: "set `cni.exclusive` to `false`".to_owned(),
            edits: vec![Edit { span: at, replacement: "false".to_owned() }],
        });
    }
    draft
}
