//! `config/dropin-ignored-file`: files beside the drop-ins that RKE2 does not read.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let (Target::Config(node), Some(at)) = (context.target, context.file().map(|_| context.subject_place())) else {
        return;
    };
    let Some(file) = node.main else { return };
    let path = file.path();
    let reason = if path.to_ascii_lowercase().ends_with(".json") && file.folder().ends_with("config.yaml.d") {
        "only `.yaml` and `.yml` files count there"
    } else if path.contains("config.yaml.d/") && !file.folder().ends_with("config.yaml.d") {
        "folders inside `config.yaml.d` are passed over"
    } else if file.folder().ends_with("rancher/rke2/config.d") || file.folder().ends_with("rancher/rke2/config.yml.d") {
        "the folder must be called `config.yaml.d`"
    } else {
        return;
    };
    drafts.push(
        Draft::new(at, format!("RKE2 does not read this file: {reason}"))
            .help("move it to `/etc/rancher/rke2/config.yaml.d/`, with a name that ends in `.yaml`"),
    );
}
