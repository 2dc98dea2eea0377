//! `config/hidden-dropin`: files that look switched off and are read.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.drop_ins.iter().filter(|file| file.name().starts_with('.')) {
        let first = file.first_root().and_then(|root| root.entries().next());
        let Some(first) = first else { continue };
        drafts.push(
            Draft::new(
                first.key.span(),
                format!("`{}` is hidden, but RKE2 reads it all the same, before the other drop-ins", file.name()),
            )
            .help("delete the file, or rename it so that it does not end in `.yaml`"),
        );
    }
}
