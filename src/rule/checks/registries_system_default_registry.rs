//! `registries/system-default-registry`: values other than `host[:port][/path]`.

use std::sync::LazyLock;

use crate::cluster::fact::Fact;
use crate::cluster::server::NodeRole;
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::release::ReleaseRange;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::Style;

/// Releases that accept a path after the host.
static WITH_PATH: LazyLock<Option<ReleaseRange>> = LazyLock::new(|| {
    let ranges =
        [">=1.36.0", ">=1.35.3 <1.36", ">=1.34.6 <1.35", ">=1.33.10 <1.34", ">=v1.32.13+rke2r2 <1.33"];
    ReleaseRange::parse(ranges).ok()
});

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.role == NodeRole::Agent {
        return;
    }
    let Fact::Known(found) = node.fact("system-default-registry") else { return };
    let (Some(text), Some(at)) = (found.value.as_text(), found.at) else { return };
    let target = &context.cluster.target;
    let takes_path = |release| WITH_PATH.as_ref().is_none_or(|range| range.contains(release));
    if let Some((_, rest)) = text.split_once("://") {
        let mut draft = Draft::new(
            at,
            format!("`{text}` has a scheme; RKE2 fails to start or builds invalid image names"),
        )
        .help(format!("write `{rest}`"));
        draft.fix = fix(node, at, rest, "remove the scheme");
        drafts.push(draft);
    } else if text.contains(char::is_whitespace) {
        drafts.push(
            Draft::new(at, format!("`{text}` contains a space; RKE2 fails to start"))
                .help("write `host[:port][/path]`"),
        );
    } else if text.ends_with('/') && !text.trim_end_matches('/').contains('/') {
        let bare = text.trim_end_matches('/');
        let refused = !target.releases().is_empty() && target.all(|release| !takes_path(release));
        let (consequence, severity) = if refused {
            ("RKE2 fails to start", Severity::Error)
        } else {
            ("RKE2 fails to start or builds image names with `//`", Severity::Warning)
        };
        let mut draft = Draft::new(at, format!("`{text}` ends in a slash; {consequence}"))
            .severity(severity)
            .help(format!("write `{bare}`"));
        draft.fix = fix(node, at, bare, "remove the slash");
        drafts.push(draft);
    } else if let Some((host, path)) = text.trim_end_matches('/').split_once('/') {
        if path.contains(':') {
            drafts.push(
                Draft::new(
                    at,
                    format!("`{text}` is an image, not a registry; RKE2 fails to start or all pulls fail"),
                )
                .help(format!("write `{host}`")),
            );
        } else if !target.releases().is_empty() && target.all(|release| !takes_path(release)) {
            drafts.push(
                Draft::new(
                    at,
                    format!("`{text}` has a path, which `{target}` does not support; RKE2 fails to start"),
                )
                .help(format!("write `{host}`, or upgrade to v1.33.10, v1.34.6, v1.35.3 or later")),
            );
        }
    }
}

/// The fix; `None` unless the value is a single plain or quoted string.
fn fix(node: &crate::cluster::server::NodeConfig<'_>, at: Span, rest: &str, what: &str) -> Option<Fix> {
    let [value] = node.setting("system-default-registry")?.values.as_slice() else { return None };
    let plain = matches!(value.style(), Some(Style::Plain | Style::SingleQuoted | Style::DoubleQuoted));
    (plain && value.span() == at && !value.is_alias()).then(|| Fix {
        safety: Safety::Safe,
        message: what.to_owned(),
        edits: vec![Edit { span: at, replacement: format!("\"{}\"", rest.trim_end_matches('/')) }],
    })
}
