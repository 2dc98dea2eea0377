//! `ingress/nginx-extra-arg`: misspelled flags of the controller.

use crate::catalog::nginx::{flags, settings};
use crate::finding::Safety;
use crate::rke2::values::Written;
use crate::rule::{Context, Draft, Target, edit};
use crate::spelling::{nearest, plain};
use crate::yaml::{Kind, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { values, .. } = context.target else { return };
    let Written::Entry(arguments) = values.lookup(&["controller", "extraArgs"]) else { return };
    // A custom image, or a release newer than the catalogue, may have more flags.
    let target = &context.cluster.target;
    let newer = target.is_unnamed() || target.beyond_catalogue().is_some();
    let own_image = !values.is_default(&["controller", "image"]);
    for entry in arguments.value.fields().into_iter().filter(|entry| entry.key.kind() == Kind::Scalar) {
        let name = entry.name();
        // The chart writes `--KEY` for an empty value, so the key itself may include the flag's value.
        let end = name.find('=').unwrap_or(name.len());
        let (flag, value) = name.split_at(end);
        let bare = flag.trim_start_matches('-');
        if template_mark(&name).is_some() || flags().contains(&flag) {
            continue;
        }
        let (message, right) = if bare.len() < flag.len() {
            let message = format!(
                "`{flag}` in `controller.extraArgs` starts with dashes, and the chart adds two more; ingress-nginx \
                 fails to start"
            );
            (message, bare)
        } else {
            let message =
                format!("unknown flag `{flag}` in `controller.extraArgs`; ingress-nginx fails to start");
            match nearest(flag, flags().iter().copied(), 2) {
                Some(near) => (message, near),
                None if newer || own_image => continue,
                None => {
                    drafts.push(Draft::new(entry.key.span(), message).help(help_for(bare)));
                    continue;
                }
            }
        };
        let renamed = format!("{right}{value}");
        let free = arguments.value.get(&renamed).is_none();
        let edit = edit::rename(entry, &renamed).filter(|_| free && flags().contains(&right));
        let help = format!("write `{renamed}`");
        let draft = Draft::new(entry.key.span(), message).help(help.clone());
        drafts.push(draft.fixed(Safety::Safe, help, edit));
    }
}

/// The help for a flag that is not a typo of a known one.
fn help_for(name: &str) -> String {
    if let Some(flag) = flags().iter().find(|flag| plain(flag) == plain(name)) {
        return format!("write `{flag}`");
    }
    match settings().iter().find(|setting| plain(setting) == plain(name)) {
        Some(setting) => format!("move it to `controller.config`, as `{setting}`"),
        None => "remove it; `nginx-ingress-controller --help` lists the flags".to_owned(),
    }
}
