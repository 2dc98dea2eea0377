//! `upgrade/canal-restart-needed`: values that Canal reads only at startup.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft};

const VALUES: &[&[&str]] =
    &[&["flannel", "iface"], &["flannel", "regexIface"], &["calico", "vethuMTU"], &["calico", "masquerade"]];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    if context.before.is_none() || changed(context, &["flannel", "backend"]) != Some(false) {
        return;
    }
    let Some(path) = VALUES.iter().find(|path| changed(context, path) == Some(true)) else { return };
    let Some(at) = context.value(path).span() else { return };
    let message = format!(
        "`{}` changes, but Canal's pods read it only at startup; running nodes keep the old value",
        path.join(".")
    );
    let mut draft = Draft::new(at, message)
        .help("run `kubectl -n kube-system rollout restart daemonset rke2-canal` afterwards");
    if let Fact::Known(old) = context.value_before(path)
        && let Some(place) = old.at
    {
        draft = draft.related(place, "previous value");
    }
    drafts.push(draft);
}

/// Whether a value differs from what it was; `None` when that cannot be told.
fn changed(context: &Context<'_, '_>, path: &[&str]) -> Option<bool> {
    match (context.value_before(path), context.value(path)) {
        (Fact::Unknown, _) | (_, Fact::Unknown) | (Fact::Known(_), Fact::Absent(_)) => None,
        (Fact::Absent(_), Fact::Absent(_)) => Some(false),
        (Fact::Known(old), Fact::Known(new)) => old.value.same(&new.value).map(|same| !same),
        // Nothing and an empty text are the same to the chart, and only written values are news.
        (Fact::Absent(_), Fact::Known(new)) => {
            Some(new.at.is_some() && new.value.as_text().is_some_and(|text| !text.is_empty()))
        }
    }
}
