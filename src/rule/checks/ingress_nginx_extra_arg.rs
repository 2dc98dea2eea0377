//! `ingress/nginx-extra-arg`: misspelled flags of the controller.

use crate::catalog::nginx::{flags, settings};
use crate::finding::Safety;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::nearest;
use crate::yaml::{Kind, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { values, .. } = context.target else { return };
    let Written::Entry(arguments) = values.lookup(&["controller", "extraArgs"]) else { return };
    // Another image, or the controller of a release that is not known yet, may have more flags.
    let target = &context.cluster.target;
    let newer = target.is_unnamed() || target.beyond_catalogue().is_some();
    let own_image = !matches!(values.lookup(&["controller", "image"]), Written::Absent(_));
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
        } else {
            let message =
                format!("unknown flag `{name}` in `controller.extraArgs`; ingress-nginx fails to start");
            match nearest(&name, flags().iter().copied(), 2) {
                Some(near) => (message, near),
                None if newer || own_image => continue,
                None => {
                    drafts.push(Draft::new(entry.key.span(), message).help(help_for(bare)));
                    continue;
                }
            }
        };
        let free = arguments.value.get(right).is_none();
        let edit = edit::rename(entry, right).filter(|_| free && flags().contains(&right));
        let help = format!("write `{right}`");
        let draft = Draft::new(entry.key.span(), message).help(help.clone());
        drafts.push(draft.fixed(Safety::Safe, help, edit));
    }
}

/// What to do about a flag that is not a misspelling of one.
fn help_for(name: &str) -> String {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    if let Some(flag) = flags().iter().find(|flag| plain(flag) == plain(name)) {
        return format!("write `{flag}`");
    }
    match settings().iter().find(|setting| plain(setting) == plain(name)) {
        Some(setting) => format!("move it to `controller.config`, as `{setting}`"),
        None => "remove it; `nginx-ingress-controller --help` lists the flags".to_owned(),
    }
}
