//! Formats charts, paths and releases for messages. Produces no findings.

use crate::catalog::{ChartView, Target};

/// A dotted path; an element that itself contains dots is quoted.
pub(in crate::rule) fn path<S: AsRef<str>>(path: &[S]) -> String {
    let mut text = String::new();
    for (index, element) in path.iter().enumerate() {
        let element = element.as_ref();
        if index > 0 {
            text.push('.');
        }
        if element.contains('.') {
            text.push('"');
            text += element;
            text.push('"');
        } else {
            text += element;
        }
    }
    text
}

/// A chart with its version, or with the possible releases: `rke2-cilium 1.19.601 (v1.36.3+rke2r1)`, `rke2-cilium
/// (v1.33–v1.36)`.
pub(super) fn chart(name: &str, views: &[ChartView<'_>], target: &Target) -> String {
    let mut versions: Vec<&str> = views.iter().map(|view| view.version()).collect();
    versions.dedup();
    let releases = target.releases();
    match (versions.as_slice(), target.resolved(), releases.first(), releases.last()) {
        ([version], Some(resolved), ..) => format!("{name} {version} ({})", resolved.data),
        ([version], None, ..) => format!("{name} {version}"),
        (_, _, Some(first), Some(last)) if (first.minor, first.patch) == (last.minor, last.patch) => {
            format!("{name} (v1.{}.{})", first.minor, first.patch)
        }
        (_, _, Some(first), Some(last)) if first.minor == last.minor => {
            format!("{name} (v1.{})", first.minor)
        }
        (_, _, Some(first), Some(last)) => {
            format!("{name} (v1.{}–v1.{})", first.minor, last.minor)
        }
        _ => name.to_owned(),
    }
}

/// Nested maps in one line, ready to paste into a values file: `hubble: {relay: {enabled: true}}`.
pub(super) fn flow(path: &[&str], value: &str) -> String {
    let closing = "}".repeat(path.len().saturating_sub(1));
    format!("{}: {value}{closing}", path.join(": {"))
}
