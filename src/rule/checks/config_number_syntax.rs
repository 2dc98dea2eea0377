//! `config/number-syntax`: values that Go rejects as integers or durations.

use crate::catalog::KeyType;
use crate::cluster::server::NodeConfig;
use crate::rule::grammar::is_go_duration;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    not_positive(node, drafts);
    for (setting, key) in node.accepted(&context.cluster.target) {
        let (valid, wanted): (fn(&str) -> bool, _) = match key.kind {
            KeyType::Int => (is_go_int, "an integer"),
            KeyType::Duration => (is_go_duration, "a duration with a unit, such as `10m`"),
            _ => continue,
        };
        for (value, text) in setting.literals().filter(|(_, text)| !valid(text)) {
            let at = setting.entries.iter().find(|entry| entry.value.span() == value.span());
            let at = at.map_or(value.span(), crate::yaml::Entry::label_span);
            let found = if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
            let name = &key.name;
            drafts.push(
                Draft::new(
                    at,
                    format!("`{name}`: expected {wanted}, found {found}; RKE2 exits with a parse error"),
                )
                .help(format!("write {wanted}, or remove the key")),
            );
        }
    }
}

/// Intervals that must be positive if their feature is enabled.
fn not_positive(node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    let in_use = [
        ("etcd-snapshot-reconcile-interval", node.fact("etcd-disable-snapshots").is_true() == Some(false)),
        ("etcd-s3-timeout", node.fact("etcd-s3").is_true() == Some(true)),
    ];
    for (name, _) in in_use.into_iter().filter(|(_, on)| *on) {
        let Some((value, text)) = node.setting(name).and_then(|setting| setting.literals().next_back())
        else {
            continue;
        };
        let zero = text.chars().filter(char::is_ascii_digit).all(|digit| digit == '0');
        if is_go_duration(&text) && (zero || text.starts_with('-')) {
            drafts.push(
                Draft::new(
                    value.span(),
                    format!("`{text}` is not above zero; RKE2 exits with `{name} must be greater than 0s`"),
                )
                .help("write a duration above zero, or remove the key"),
            );
        }
    }
}

/// Go's `strconv.ParseInt` with base 0.
fn is_go_int(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        _ => (lower.as_str(), 10),
    };
    digits.starts_with(|c: char| c.is_digit(radix)) && digits.chars().all(|c| c == '_' || c.is_digit(radix))
}
