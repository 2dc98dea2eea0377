//! `config/cluster-reset-left`: options for a single start left in the configuration.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let written = ["cluster-reset", "cluster-reset-restore-path"].map(|key| node.setting(key));
    if written.into_iter().flatten().any(|setting| !setting.is_literal()) {
        return;
    }
    let reset = match node.fact("cluster-reset") {
        Fact::Known(found) => found.at.filter(|_| found.value.as_bool() == Some(true)),
        Fact::Absent(_) | Fact::Unknown => None,
    };
    let restore = match node.fact("cluster-reset-restore-path") {
        Fact::Known(found) => found.at.filter(|_| found.value.as_text().is_some_and(|path| !path.is_empty())),
        Fact::Absent(_) | Fact::Unknown => None,
    };
    let help = "remove the key; run `rke2 server --cluster-reset` manually when you need it";
    match (reset, restore) {
        (Some(reset), Some(restore)) => drafts.push(
            Draft::new(restore, "every start of RKE2 restores this snapshot; later changes are lost")
                .related(reset, "reset set here")
                .help("remove both keys; pass them on the command line when you restore"),
        ),
        (Some(reset), None) if node.joins() => drafts.push(
            Draft::new(reset, "RKE2 does not reset a cluster while `server` is set; it fails to start")
                .help(help),
        ),
        (Some(reset), None) => drafts.push(
            Draft::new(reset, "after the first reset RKE2 fails to start until `cluster-reset` is removed")
                .help(help),
        ),
        (None, Some(restore)) => drafts.push(
            Draft::new(
                restore,
                "`cluster-reset-restore-path` is set without `cluster-reset`; RKE2 fails to start",
            )
            .help(help),
        ),
        (None, None) => {}
    }
}
