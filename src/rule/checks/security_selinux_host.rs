//! `security/selinux-host`: an `SELinux` setting that does not match the node.

use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Some(host), Target::Config(node)) = (context.host, context.target) else { return };
    let selinux = node.fact("selinux");
    let (Some(at), Some(on)) = (selinux.span(), selinux.is_true()) else { return };
    let Some((mode, place)) = host.text(&["selinux", "mode"]) else { return };
    let policy = match host.fact(&["selinux", "rke2-policy"]) {
        Fact::Known(found) if found.value == Datum::Bool(false) => Some(found.at),
        _ => None,
    };
    let (message, help, place) = if on && mode == "disabled" {
        let message =
            "`selinux` is `true`, but SELinux is disabled on the node; containers are not confined there"
                .to_owned();
        (message, "enable SELinux and restart the node, or remove `selinux: true`", place)
    } else if let (true, "enforcing", Some(policy)) = (on, mode.as_str(), policy) {
        let message = format!(
            "`selinux` is `true` and the node is `{mode}`, but RKE2's SELinux policy is missing; containers are denied access"
        );
        (message, "install the packages `container-selinux` and `rke2-selinux` on the node", policy)
    } else if !on && mode == "enforcing" && selinux.is_written() == Some(true) {
        let message =
            "`selinux` is `false`, but the node enforces SELinux; containers run without labels".to_owned();
        (message, "set `selinux: true` and install `rke2-selinux`", place)
    } else {
        return;
    };
    let mut draft = Draft::new(at, message).help(help);
    if let Some(place) = place {
        draft = draft.related(place, "node fact");
    }
    drafts.push(draft);
}
