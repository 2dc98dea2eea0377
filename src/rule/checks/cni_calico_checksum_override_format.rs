//! `cni-calico/checksum-override-format`: a malformed list of feature switches.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Severity;
use crate::rule::{Context, Draft};

const HELP: &str =
    "write `featureDetectOverride: \"ChecksumOffloadBroken=false\"`, or `=true` on kernels before 5.7";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(Found { value, at: Some(at) }) =
        context.value(&["felixConfiguration", "featureDetectOverride"])
    else {
        return;
    };
    match &value {
        Datum::Text(text) if !text.split(',').all(is_switch) => {
            let message =
                format!("`{text}` is not a list of `Name=true` or `Name=false`; the API server rejects it");
            drafts.push(Draft::new(at, message).help(HELP));
        }
        Datum::Text(text)
            if !text.is_empty()
                && !text.split(',').any(|part| part.starts_with("ChecksumOffloadBroken=")) =>
        {
            let message = format!(
                "`{text}` replaces the chart's `ChecksumOffloadBroken=true`; Felix may use a broken checksum offload"
            );
            let help =
                format!("write `{},ChecksumOffloadBroken=true` to keep it", text.trim_end_matches(','));
            drafts.push(Draft::new(at, message).severity(Severity::Info).help(help));
        }
        Datum::Bool(_) | Datum::Int(_) | Datum::Float(_) => {
            let message =
                format!("expected a string such as `Name=true`, found `{value}`; the API server rejects it");
            drafts.push(Draft::new(at, message).help(HELP));
        }
        _ => {}
    }
}

/// One part between commas; an empty one is what a comma at the end leaves.
fn is_switch(part: &str) -> bool {
    part.is_empty()
        || part.split_once('=').is_some_and(|(name, value)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && matches!(value, "true" | "false" | "")
        })
}
