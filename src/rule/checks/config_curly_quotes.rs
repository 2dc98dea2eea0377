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
            let draft =
                Draft::new(value.span(), format!("the curly quotes of `{text}` are part of the value"));
            // Without the quotes, the token would be another one.
            drafts.push(if SECRETS.contains(&key.name.as_str()) {
                draft.severity(Severity::Warning).help(
                    "use straight quotes; change the token of a running cluster with `rke2 token rotate`",
                )
            } else {
                draft.severity(Severity::Error).help(format!("write `{bare}`, or use straight quotes")).fixed(
                    Safety::Safe,
                    "remove the curly quotes",
                    edit::reword(value, &bare),
                )
            });
        }
    }
}

/// A value without the curly quotes around it, or around the value of a component argument.
fn bare(text: &str, is_argument: bool) -> Option<String> {
    if let Some(bare) = unquoted(text) {
        return Some(bare.to_owned());
    }
    let (name, value) = text.split_once('=').filter(|_| is_argument)?;
    Some(format!("{name}={}", unquoted(value)?))
}

/// The text between two curly quotes of the same kind.
fn unquoted(text: &str) -> Option<&str> {
    let inside = [DOUBLE, SINGLE].iter().find_map(|kind| text.strip_prefix(kind)?.strip_suffix(kind))?;
    (!inside.is_empty()).then_some(inside)
}
