//! `helm-chart/broken-chart-content`: an unreadable archive in a `HelmChart`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::rke2::object::HelmKind;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, template_mark};

/// The first characters of a gzip stream in base64.
const GZIP_IN_BASE64: &str = "H4sI";
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
    let same = |content: &Entry<'_>| content.key.span() == entry.key.span();
    let generated =
        context.cluster.generated(&name).filter(|generated| generated.content.as_ref().is_some_and(same));
    let asked = generated.filter(|_| context.cluster.chart_configs(&name).next().is_some());
    let reason = match asked.and_then(|generated| generated.archive()) {
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(error.to_string()),
        None => bad_beginning(text).map(str::to_owned),
    };
    if let Some(reason) = reason {
        let message = format!("invalid `chartContent`: {reason}; the chart cannot be installed");
        drafts.push(
            Draft::new(entry.key.span(), message)
                .help("write the output of `base64 -w0 CHART.tgz`, or copy the file from the node again"),
        );
    }
}

/// The fault that shows without decoding the whole text. A correct beginning is not checked further, because the
/// archive may have been abbreviated for documentation.
fn bad_beginning(text: &str) -> Option<&'static str> {
    let is_base64 =
        |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(&byte);
    if text.starts_with(GZIP_IN_BASE64) {
        return None;
    }
    if !text.bytes().all(is_base64) {
        return Some("not base64");
    }
    let first: String = text.chars().filter(|c| !c.is_whitespace()).take(4).collect();
    match STANDARD.decode(&first) {
        Ok(bytes) if bytes.starts_with(GZIP) => None,
        Ok(_) => Some("not a gzip archive"),
        Err(_) => Some("not base64"),
    }
}
