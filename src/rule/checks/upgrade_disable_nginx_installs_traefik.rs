//! `upgrade/disable-nginx-installs-traefik`: a disabled ingress-nginx that Traefik replaces.

use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("disable") else { return };
    if node.setting("ingress-controller").is_some() || !node.is_complete() {
        return;
    }
    let parts = setting.parts();
    let nginx = parts.iter().find(|(_, part)| part == "rke2-ingress-nginx");
    let (Some((place, _)), Some(false)) = (nginx, setting.lists("rke2-traefik")) else { return };
    let mut draft = Draft::new(
        place.span(),
        "`rke2-ingress-nginx` is disabled without `ingress-controller`; RKE2 v1.36 and later install Traefik instead",
    )
    .help("set `ingress-controller: none`");
    let key = setting.entries.last().map(|entry| entry.key.span());
    let file = node.files().find(|file| key.is_some_and(|key| key.file == file.id));
    if let (Some(key), Some(file)) = (key, file) {
        let at = key.range().start;
        let starts_line = at == 0 || file.source.text().as_bytes().get(at - 1) == Some(&b'\n');
        if starts_line {
            draft.fix = Some(Fix {
                safety: Safety::Safe,
                message: "set `ingress-controller: none`".to_owned(),
                edits: vec![Edit {
                    span: Span::new(key.file, at, at),
                    replacement: "ingress-controller: none\n".to_owned(),
                }],
            });
        }
    }
    drafts.push(draft);
}
