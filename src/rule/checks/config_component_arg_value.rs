//! `config/component-arg-value`: values of flags with their own grammar or a fixed set of values.

use std::net::IpAddr;

use crate::catalog::accepted::{FlagValue, List, flag_value, words};
use crate::rke2::node::{is_reserved_label, is_stand_in, label, taint};
use crate::rule::arguments::{Given, given, program};
use crate::rule::grammar::{is_go_duration, is_quantity};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for given in given(node) {
        let name = given.name();
        let (Some(form), Some(value)) = (flag_value(given.component, &name), given.argument().value) else {
            continue;
        };
        // A `<` is the operator of a threshold, unless a later `>` makes it a placeholder.
        let stand_in = match form {
            FlagValue::Thresholds => {
                let enclosed = value.split_once('<').is_some_and(|(_, after)| after.contains('>'));
                enclosed || value.contains(['$', '{'])
            }
            // Cipher names look like variables to `is_stand_in`.
            FlagValue::Ciphers => value.contains(['$', '{', '<']),
            _ => is_stand_in(value),
        };
        if stand_in {
            continue;
        }
        let parts: Vec<&str> = match form {
            FlagValue::Word(_)
            | FlagValue::Pair
            | FlagValue::Ip
            | FlagValue::IpPort
            | FlagValue::Quantity => {
                vec![value]
            }
            _ => value.split(',').filter(|part| !part.is_empty()).collect(),
        };
        drafts.extend(parts.into_iter().filter_map(|part| {
            let (what, help) = fault(form, part.trim())?;
            Some(draft(&given, &what, help))
        }));
    }
}

fn draft(given: &Given<'_>, what: &str, help: String) -> Draft {
    let message = format!("{what} in `{}`; {} fails to start", given.name(), program(given.component));
    Draft::new(given.node.span(), message).help(help)
}

/// The fault of one part of a value, and the help.
fn fault(form: &FlagValue, part: &str) -> Option<(String, String)> {
    match form {
        FlagValue::Word(known) | FlagValue::Words(known) => word(part, known, "value"),
        FlagValue::Thresholds => {
            let Some((signal, limit)) = part.split_once('<') else {
                let meant = part.replacen(['=', ':', '>'], "<", 1);
                return Some((
                    format!("`{part}` has no `<`"),
                    if meant == part {
                        "write `memory.available<500Mi`".to_owned()
                    } else {
                        format!("write `{meant}`")
                    },
                ));
            };
            word(signal, words(List::EvictionSignals).all(), "eviction signal").or_else(|| amount(limit))
        }
        FlagValue::GracePeriods => {
            let (signal, time) = match pair(part) {
                Ok(pair) => pair,
                Err(fault) => return Some(fault),
            };
            word(signal, words(List::EvictionSignals).all(), "eviction signal").or_else(|| {
                (!is_go_duration(time))
                    .then(|| (format!("invalid duration `{time}`"), format!("write `{signal}=90s`")))
            })
        }
        FlagValue::Reclaim => match pair(part) {
            Ok((signal, limit)) => {
                word(signal, words(List::EvictionSignals).all(), "eviction signal").or_else(|| amount(limit))
            }
            Err(fault) => Some(fault),
        },
        FlagValue::Reserved => match pair(part) {
            Ok((resource, limit)) => word(resource, words(List::ReservableResources).all(), "resource")
                .or_else(|| {
                    let valid = is_quantity(limit) && !limit.starts_with('-');
                    (!valid)
                        .then(|| (format!("invalid quantity `{limit}`"), format!("write `{resource}=500Mi`")))
                }),
            Err(fault) => Some(fault),
        },
        FlagValue::Labels => match label(part) {
            Ok((key, _)) if is_reserved_label(key) => Some((
                format!("reserved label `{key}`"),
                format!("set it with `kubectl label node NAME {part}`"),
            )),
            Ok(_) => None,
            Err(_) => Some((
                format!("invalid label `{part}`"),
                "write `key=value`, for example `pool=edge`".to_owned(),
            )),
        },
        FlagValue::Taints => taint(part).is_err().then(|| {
            (
                format!("invalid taint `{part}`"),
                "write `key=value:Effect` with `NoSchedule`, `PreferNoSchedule` or `NoExecute`".to_owned(),
            )
        }),
        FlagValue::Ciphers => (!is_cipher(part)).then(|| {
            let help = nearest(part, words(List::TlsCiphers).all().iter().copied(), 5).map_or_else(
                || "use a name from Go, for example `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("unknown cipher suite `{part}`"), help)
        }),
        FlagValue::Pair | FlagValue::Pairs => pair(part).err(),
        FlagValue::Integer => (!part.is_empty() && !is_number(part))
            .then(|| (format!("`{part}` is not an integer"), "write an integer, for example `2`".to_owned())),
        FlagValue::Within(least, most) => {
            let value = part.parse::<i64>().ok()?;
            (!(least..=most).contains(&&value)).then(|| {
                let range = if *most == i64::from(i32::MAX) {
                    format!("at least {least}")
                } else {
                    format!("from {least} to {most}")
                };
                (format!("`{part}` is out of range"), format!("write a number {range}"))
            })
        }
        FlagValue::Quantity => (!is_quantity(part))
            .then(|| (format!("invalid quantity `{part}`"), "write a quantity such as `10Mi`".to_owned())),
        FlagValue::Ip => (!part.is_empty() && !is_ip(part)).then(|| {
            (format!("`{part}` is not an IP address"), "write an address without a port".to_owned())
        }),
        FlagValue::IpPort => {
            let host = part.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']));
            let valid = part.is_empty() || is_ip(part) || host.is_some_and(is_ip);
            (!valid).then(|| {
                (format!("`{part}` is not an address with a port"), "write `127.0.0.1:10256`".to_owned())
            })
        }
    }
}

/// Whether the name is a cipher suite of Go, or may be one of a later Go version: one without a prefix of the known key
/// exchanges.
fn is_cipher(part: &str) -> bool {
    words(List::TlsCiphers).has(part)
        || (part.starts_with("TLS_")
            && !part.starts_with("TLS_RSA_")
            && !part.starts_with("TLS_ECDHE_")
            && !part.starts_with("TLS_DHE_"))
}

/// Whether Kubernetes parses a text as an address; leading zeros are allowed.
fn is_ip(text: &str) -> bool {
    let text = text.trim();
    let numbers = || text.split('.').all(|part| part.len() <= 3 && part.parse::<u8>().is_ok());
    text.parse::<IpAddr>().is_ok() || (text.matches('.').count() == 3 && numbers())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn word(text: &str, accepted: &[&'static str], what: &str) -> Option<(String, String)> {
    if accepted.contains(&text) {
        return None;
    }
    let known = || accepted.iter().copied().filter(|word| !word.is_empty());
    let help = nearest(text, known(), 3).map_or_else(
        || format!("use one of `{}`", known().collect::<Vec<_>>().join("`, `")),
        |near| format!("did you mean `{near}`?"),
    );
    Some((format!("unknown {what} `{text}`"), help))
}

fn pair(part: &str) -> Result<(&str, &str), (String, String)> {
    part.split_once('=').ok_or_else(|| {
        let meant = part.replacen([':', '<', '>'], "=", 1);
        let help = if meant == part { "write `name=value`".to_owned() } else { format!("write `{meant}`") };
        (format!("`{part}` has no `=`"), help)
    })
}

/// A quantity or a percentage.
fn amount(text: &str) -> Option<(String, String)> {
    let valid = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent)),
        None => is_quantity(text) && !text.starts_with('-'),
    };
    (!valid).then(|| {
        (
            format!("invalid quantity `{text}`"),
            "write a quantity such as `500Mi`, or a percentage such as `10%`".to_owned(),
        )
    })
}
