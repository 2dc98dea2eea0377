//! `config/component-arg-syntax`: malformed elements of argument lists.

use crate::catalog::components::LISTS;
use crate::catalog::components::{self, FlagType, sole_owner};
use crate::finding::{Edit, Safety};
use crate::rke2::argument::Argument;
use crate::rule::arguments::program;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (list, component) in LISTS.into_iter().filter(|(list, _)| !node.ignores(list)) {
        for (value, text) in node.setting(list).into_iter().flat_map(crate::rke2::config::Setting::literals) {
            // Nested lists are reported by a separate rule.
            let Some((what, help)) = fault(&text, list, component).filter(|_| value.kind() == Kind::Scalar)
            else {
                continue;
            };
            if text.is_empty() {
                let message =
                    format!("empty element in `{list}`; {} gets the argument `--`", program(component));
                drafts.push(Draft::new(value.span(), message).help(help));
                continue;
            }
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{text}` {what}; {} gets an invalid argument", program(component)),
                )
                .fixed(Safety::Safe, help.clone(), spelled(value, &text))
                .help(help),
            );
        }
    }
}

/// The edit that corrects the element, if only its syntax is wrong.
fn spelled(value: NodeRef<'_>, text: &str) -> Option<Edit> {
    if value.text() != Some(text) || text.contains(" --") {
        return None;
    }
    let argument = Argument::parse(text);
    let right = match (argument.dashes, argument.value) {
        (0 | 2, Some(flag)) => format!("{}={}", argument.name.trim(), flag.trim()),
        (0 | 2, None) => {
            let (flag, rest) = argument.name.split_once([' ', ':'])?;
            format!("{flag}={}", rest.trim_start_matches(':').trim())
        }
        _ => text.trim_start_matches('-').to_owned(),
    };
    (Argument::parse(&right).is_plain() && !right.contains([' ', ',']))
        .then(|| edit::reword(value, &right))?
}

/// What is wrong with an element, and what to write.
fn fault(text: &str, list: &str, component: &str) -> Option<(String, String)> {
    let argument = Argument::parse(text);
    let name = argument.name;
    let value = argument.value.unwrap_or_default();
    if text.is_empty() || name.trim().is_empty() {
        return Some(("has no flag name".to_owned(), "write `name=value`".to_owned()));
    }
    if argument.dashes == 1 || argument.dashes > 2 {
        return Some((
            format!(
                "starts with {}, which RKE2 does not strip",
                if argument.dashes == 1 { "a single dash" } else { "more than two dashes" }
            ),
            format!("write `{}`", text.trim_start_matches('-')),
        ));
    }
    if name.ends_with(' ') || (argument.value.is_some() && value.starts_with(' ')) {
        return Some((
            "has spaces around `=`".to_owned(),
            format!("write `{}={}`", name.trim(), value.trim()),
        ));
    }
    if let Some((flag, rest)) = name.split_once([' ', ':']) {
        let rest = rest.trim_start_matches(':').trim();
        let is_flag =
            !flag.is_empty() && flag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        return is_flag.then(|| ("has no `=` after its name".to_owned(), format!("write `{flag}={rest}`")));
    }
    if let Some((first, rest)) = value.split_once(" --") {
        return Some((
            format!("holds several flags, read as the value of `{name}`"),
            format!(
                "write one element per flag: `{name}={}` and `{rest}`",
                first.trim_end().trim_end_matches(',')
            ),
        ));
    }
    // Detects two flags of the component separated by a comma or space, if the first does not take a list.
    let next = value
        .split([',', ' '])
        .skip(1)
        .find(|part| part.split_once('=').is_some_and(|(flag, _)| sole_owner(flag) == Some(list)));
    if let Some(next) = next
        && components::flag(component, name)
            .is_some_and(|flag| !matches!(flag.kind, FlagType::Map | FlagType::Other))
    {
        return Some((
            format!("holds several flags, read as the value of `{name}`"),
            format!("write a separate element: `- {next}`"),
        ));
    }
    if list == "kube-apiserver-arg"
        && argument.value.is_none()
        && matches!(name, "tls-min-version" | "tls-cipher-suites")
    {
        return Some((
            "has no value, which makes the server panic at startup".to_owned(),
            format!("write `{name}=VALUE`"),
        ));
    }
    None
}
