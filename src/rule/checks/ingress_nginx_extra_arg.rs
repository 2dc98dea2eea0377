//! `ingress/nginx-extra-arg`: misspelled flags of the controller.

use crate::catalog::nginx::flags;
use crate::finding::Safety;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::nearest;
use crate::yaml::{Kind, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { values, .. } = context.target else { return };
    let Written::Entry(arguments) = values.lookup(&["controller", "extraArgs"]) else { return };
    for entry in arguments.value.fields().into_iter().filter(|entry| entry.key.kind() == Kind::Scalar) {
        let name = entry.name();
        let bare = name.trim_start_matches('-');
        if template_mark(&name).is_some() || flags().contains(&name.as_ref()) {
            continue;
        }
        let (message, right) = if bare.len() < name.len() {
            let message = format!(
                "`{name}` in `controller.extraArgs` starts with dashes, and the chart adds two more; ingress-nginx \
                 fails to start"
            );
            (message, bare)
        } else if let Some(near) = nearest(&name, flags().iter().copied(), 2) {
            let message =
                format!("unknown flag `{name}` in `controller.extraArgs`; ingress-nginx fails to start");
            (message, near)
        } else {
            continue;
        };
        let free = arguments.value.get(right).is_none();
        let edit = edit::rename(entry, right).filter(|_| free && flags().contains(&right));
        let help = format!("write `{right}`");
        let draft = Draft::new(entry.key.span(), message).help(help.clone());
        drafts.push(draft.fixed(Safety::Safe, help, edit));
    }
}
