//! `config/component-arg-type`: values that do not have the type of their flag.

use crate::catalog::components::{self, FlagType};
use crate::rke2::node::is_stand_in;
use crate::rule::arguments::{given, program};
use crate::rule::grammar::is_go_duration;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for given in given(node) {
        let argument = given.argument();
        let Some(flag) = components::flag(given.component, argument.name) else { continue };
        let value = argument.text();
        if is_stand_in(value) || value.starts_with(' ') {
            continue;
        }
        // RKE2 writes etcd's options to a configuration file, in which only integers are distinguished from strings.
        let kind = match (given.component, flag.kind) {
            ("etcd", FlagType::Int)
                if !argument.name.contains("interval") || argument.name == "heartbeat-interval" =>
            {
                FlagType::Int
            }
            ("etcd", _) => continue,
            (_, kind) => kind,
        };
        let Some((expected, example)) = misfit(kind, value) else { continue };
        let found = match argument.value {
            Some("") => "nothing".to_owned(),
            Some(value) => format!("`{value}`"),
            None => "no value, which means `true`".to_owned(),
        };
        drafts.push(
            Draft::new(
                given.node.span(),
                format!(
                    "`{}` expects {expected}, found {found}; {} fails to start",
                    argument.name,
                    program(given.component)
                ),
            )
            .help(format!("write {expected}, for example `{}`", given.with(example))),
        );
    }
}

/// What the type expects, with an example; `None` if the value has the type.
fn misfit(kind: FlagType, value: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        FlagType::Bool if !is_bool(value) => Some(("a boolean", "true")),
        FlagType::Int if !is_integer(value.strip_prefix(['-', '+']).unwrap_or(value)) => {
            Some(("an integer", "10"))
        }
        FlagType::Uint if !is_integer(value) => Some(("a positive integer", "10")),
        // Go also parses hexadecimal floating-point numbers.
        FlagType::Float if value.parse::<f64>().is_err() && !value.contains(['x', 'X', '_']) => {
            Some(("a number", "0.5"))
        }
        FlagType::Duration if !is_go_duration(value) => Some(("a duration with a unit", "30s")),
        _ => None,
    }
}

/// `strconv.ParseBool`.
fn is_bool(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True" | "0" | "f" | "F" | "FALSE" | "false" | "False")
}

/// The digits of `strconv.ParseInt` with base 0: decimal, or with a prefix; `_` between digits.
fn is_integer(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    !digits.is_empty()
        && !digits.ends_with('_')
        && digits.chars().all(|digit| digit.is_digit(radix) || (digit == '_' && digits.len() > 1))
}
