//! `ingress/controller-invalid-value`: unknown ingress controllers, and lists written as one string.

use crate::catalog::{self, has_change};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;
use crate::yaml::{NodeRef, Style, template_mark};

/// The change that marks releases which do not validate the value.
const UNCHECKED: &str = "ingress-controller-unchecked";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(setting) = node.setting("ingress-controller") else { return };
    let target = &context.cluster.target;
    let valid = |release, word: &str| {
        // A release without the key logs a warning and ignores it.
        catalog::config_values(release).is_none_or(|values| {
            values.ingress.is_empty() || values.ingress.iter().any(|known| known == word)
        })
    };
    let unchecked = !target.releases().is_empty() && target.all(|release| has_change(UNCHECKED, release));
    let checked = target.all(|release| !has_change(UNCHECKED, release));
    for (value, text) in setting.arguments() {
        let Some(text) = text.filter(|text| template_mark(text).is_none()) else { continue };
        if unchecked && text.contains(',') {
            drafts.push(one_text(value, &text));
            continue;
        }
        for word in text.split(',') {
            if target.releases().is_empty() || target.any(|release| valid(release, word)) {
                continue;
            }
            // No release trims spaces, and only some split the value at commas.
            if !checked && text.contains(',') {
                continue;
            }
            // A release newer than the catalogue may have a new controller.
            if target.beyond_catalogue().is_some() && meant(word).is_none() {
                continue;
            }
            drafts.push(unknown(value, &text, word, &accepted(target), (checked, unchecked)));
        }
    }
}

fn one_text(value: NodeRef<'_>, text: &str) -> Draft {
    let list: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let mut draft = Draft::new(
        value.span(),
        format!(
            "`{text}` is a single string; RKE2 deploys no ingress controller and removes an existing one"
        ),
    )
    .help(format!("write a list: `ingress-controller: [{}]`", list.join(", ")));
    if is_plain(value) {
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: "convert it to a list".to_owned(),
            edits: vec![Edit { span: value.span(), replacement: format!("[{}]", list.join(", ")) }],
        });
    }
    draft
}

/// The values that the newest possible release accepts, formatted for the help.
fn accepted(target: &catalog::Target) -> String {
    let values = target.newest().and_then(catalog::config_values);
    let known = values.map(|values| values.ingress.as_slice()).unwrap_or_default();
    let mut named: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    // `none` last.
    named.sort_by_key(|word| word == "`none`");
    let last = named.pop().unwrap_or_default();
    if named.is_empty() { last } else { format!("{} or {last}", named.join(", ")) }
}

fn unknown(
    value: NodeRef<'_>,
    text: &str,
    word: &str,
    accepted: &str,
    (checked, unchecked): (bool, bool),
) -> Draft {
    let effect = match (checked, unchecked) {
        (true, _) => "RKE2 fails to start",
        (_, true) => "RKE2 deploys no ingress controller and removes an existing one",
        _ => "RKE2 up to v1.35 fails to start, v1.36 and later deploy none",
    };
    // The value may be a valid one of newer releases that this release lacks.
    let meant = meant(word).filter(|meant| *meant != word);
    let mut draft = Draft::new(value.span(), format!("unknown ingress controller `{word}`; {effect}"));
    draft = match meant {
        Some(meant) => draft.help(format!("write `{meant}`")),
        None => draft.help(format!("write {accepted}")),
    };
    if let Some(meant) = meant.filter(|meant| text == word && is_plain(value) && *meant != "none") {
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: format!("write `{meant}`"),
            edits: vec![Edit { span: value.span(), replacement: meant.to_owned() }],
        });
    }
    draft
}

/// The nearest valid value.
fn meant(word: &str) -> Option<&'static str> {
    let word = word.trim();
    match word.strip_prefix("rke2-").unwrap_or(word) {
        "nginx" | "ingress-nginx" => Some("ingress-nginx"),
        "traefik" => Some("traefik"),
        "" | "disabled" | "off" | "false" => Some("none"),
        other => nearest(other, ["ingress-nginx", "traefik"], 2),
    }
}

fn is_plain(value: NodeRef<'_>) -> bool {
    !value.is_alias()
        && matches!(value.style(), Some(Style::Plain | Style::SingleQuoted | Style::DoubleQuoted))
}
