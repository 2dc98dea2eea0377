//! `config/wrong-file-name`: a configuration file in RKE2's folder that RKE2 does not read.

use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(file) = node.main else { return };
    if !file.place.ends_with("etc/rancher/rke2") {
        return;
    }
    let certain = match file.name() {
        "config.yml" | "rke2.yaml" | "rke2.yml" | "config.json" => true,
        "server.yaml" | "agent.yaml" | "conf.yaml" | "conf.yml" => false,
        _ => return,
    };
    let main = format!("{}/config.yaml", file.folder());
    let beside = context.cluster.tree.configurations_in(&file.place);
    let is_there = |name: &str| beside.iter().any(|other| other == name);
    if context.cluster.tree.is_started_with(&file.full_path()) {
        return;
    }
    // If there are several, the script that builds the image selects one.
    if is_there("config.yaml") || (!certain && is_there("server.yaml") && is_there("agent.yaml")) {
        return;
    }
    let mut draft = Draft::new(
        context.subject_place(),
        format!("RKE2 reads `config.yaml` in this folder, not `{}`", file.name()),
    )
    .help(format!("rename the file to `{main}`"));
    if !certain {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}
