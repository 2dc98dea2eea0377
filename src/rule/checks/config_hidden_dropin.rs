//! `config/hidden-dropin`: drop-ins that look disabled but are read.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.drop_ins.iter().filter(|file| file.name().starts_with('.')) {
        let first = file.first_root().and_then(|root| root.entries().next());
        let Some(first) = first else { continue };
        drafts.push(
            Draft::new(
                first.key.span(),
                format!("hidden file `{}` is read by RKE2, before the other drop-ins", file.name()),
            )
            .help("remove the file, or rename it so that it does not end in `.yaml`"),
        );
    }
}
