//! `config/curly-quotes`: values in typographic quotes, which YAML does not treat as quotes.

use crate::catalog::components::LISTS;
use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target, edit};

/// Keys whose values only have to be equal on all nodes, so that the quotes do no harm.
const SECRETS: [&str; 2] = ["token", "agent-token"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target) {
        let is_argument = LISTS.iter().any(|(list, _)| *list == key.name);
        for (value, text) in setting.literals() {
            if text.is_ascii() || !is_quoted(&text, is_argument) {
                continue;
            }
            let bare: String = text.chars().filter(|letter| !is_curly(*letter)).collect();
            let works = SECRETS.contains(&key.name.as_str());
            drafts.push(
                Draft::new(value.span(), format!("the curly quotes of `{text}` are part of the value"))
                    .severity(if works { Severity::Warning } else { Severity::Error })
                    .help(format!("write `{bare}`, or use straight quotes"))
                    .fixed(Safety::Safe, "remove the curly quotes", edit::reword(value, &bare)),
            );
        }
    }
}

/// Whether a value, or the value of a component argument, is in curly quotes.
fn is_quoted(text: &str, is_argument: bool) -> bool {
    let flag = text.split_once('=').map(|(_, flag)| flag).filter(|_| is_argument);
    [Some(text), flag]
        .into_iter()
        .flatten()
        .any(|part| part.starts_with(is_curly) && part.ends_with(is_curly))
}

fn is_curly(letter: char) -> bool {
    matches!(letter, '\u{2018}'..='\u{201f}')
}
