//! `helm-chart/broken-chart-content`: the archive in a HelmChart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

/// The first bytes of a gzip stream.
const GZIP: &[u8] = &[0x1f, 0x8b];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Object { object, .. } = context.target else { return };
    if object.helm_kind() != Some(HelmKind::Chart) {
        return;
    }
    let Some(entry) = object.spec().and_then(|spec| spec.entry("chartContent")) else { return };
    let Some(text) = entry.value.string() else { return };
    let text = text.trim();
    if text.is_empty() || template_mark(text).is_some() {
        return;
    }
    let name = object.name().unwrap_or_default();
    let generated = context.cluster.generated(&name).filter(|generated| generated.content.key.span() == entry.key.span());
    let asked = generated.filter(|_| context.cluster.chart_configs(&name).next().is_some());
    let reason = match asked.and_then(|generated| generated.archive()) {
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(error.to_string()),
        None => bad_beginning(text).map(str::to_owned),
    };
    if let Some(reason) = reason {
        let message = format!("`chartContent` is no chart that can be installed: {reason}");
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help("write the output of `base64 -w0 CHART.tgz`, or copy the file from the node again"),
        );
    }
}

/// What the first characters tell without decoding the rest.
fn bad_beginning(text: &str) -> Option<&'static str> {
    let first: String = text.chars().filter(|c| !c.is_whitespace()).take(4).collect();
    match STANDARD.decode(&first) {
        Ok(bytes) if bytes.starts_with(GZIP) => None,
        Ok(_) => Some("not a gzip archive"),
        Err(_) => Some("not base64"),
    }
}
