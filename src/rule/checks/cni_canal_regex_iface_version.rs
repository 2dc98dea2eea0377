//! `cni-canal/regex-iface-version`: a value that the chart of the release does not have yet.

use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(entry) = context.written(&["flannel", "regexIface"]) else { return };
    if entry.value.text().is_none_or(str::is_empty) {
        return;
    }
    let message = "`regexIface` is not a value of this release's rke2-canal; Flannel uses the interface of the default route";
    drafts.push(
        Draft::new(entry.key.span(), message)
            .help("use `iface`, or upgrade to v1.24.17, v1.25.13, v1.26.8, v1.27.5 or newer"),
    );
}
