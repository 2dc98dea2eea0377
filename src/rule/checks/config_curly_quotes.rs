//! `config/curly-quotes`: values in typographic quotes, which YAML does not treat as quotes.

use crate::catalog::components::LISTS;
use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target, edit};

/// Keys whose values only have to be equal on all nodes, so that the quotes do no harm.
const SECRETS: [&str; 2] = ["token", "agent-token"];

/// Double curly quotes, each of which people write on either side.
const DOUBLE: [char; 4] = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}'];
/// Single curly quotes.
const SINGLE: [char; 4] = ['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target) {
        let is_argument = LISTS.iter().any(|(list, _)| *list == key.name);
        for (value, text) in setting.literals() {
            let Some(bare) = bare(&text, is_argument) else { continue };
            let draft = |shown: &str| {
                Draft::new(value.span(), format!("the curly quotes of `{shown}` are part of the value"))
            };
            // Without the quotes, the token would be another one; it is never shown.
            drafts.push(if SECRETS.contains(&key.name.as_str()) {
                draft(&key.name).severity(Severity::Warning).help(
                    "use straight quotes; change the token of a running cluster with `rke2 token rotate`",
                )
            } else {
                draft(&text)
                    .severity(Severity::Error)
                    .help(format!("write `{bare}`, or use straight quotes"))
                    .fixed(Safety::Safe, "remove the curly quotes", edit::reword(value, &bare))
            });
        }
    }
}

/// A value without the curly quotes around it, around each of its elements, or around the value of a component argument.
fn bare(text: &str, is_argument: bool) -> Option<String> {
    if let Some(bare) = unquoted(text) {
        return Some(bare.to_owned());
    }
    if is_argument {
        let (name, value) = text.split_once('=')?;
        return Some(format!("{name}={}", unquoted(value)?));
    }
    let parts: Option<Vec<&str>> = text.split(',').map(|part| unquoted(part.trim())).collect();
    parts.map(|parts| parts.join(","))
}

/// The text between the only two curly quotes of a kind.
fn unquoted(text: &str) -> Option<&str> {
    let between =
        |kind: &[char; 4]| text.strip_prefix(kind)?.strip_suffix(kind).map(|inside| (inside, *kind));
    let (inside, kind) = [DOUBLE, SINGLE].iter().find_map(between)?;
    // Other quotes of the kind may begin and end something else.
    (!inside.is_empty() && !inside.contains(kind)).then_some(inside)
}
