//! Compiles the conditions and predicates of a rule file. Must not know their meaning.

use super::fields::{Place, boolean, list_of, literal, literals, map_of, number, path, text};
use super::{Condition, Outcome, Scope, types};
use crate::rule::grammar::VersionRange;
use crate::rule::net::Family;
use crate::rule::predicate::{NetTest, Pattern, Predicate, TYPES};
use crate::rule::raw::{Entry, Raw};

pub(super) fn conditions(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Vec<Condition>> {
    list_of(raw, place)?
        .iter()
        .enumerate()
        .map(|(index, item)| condition(item, &place.index(index), scope))
        .collect()
}

fn condition(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Condition> {
    let mut parts = Vec::new();
    for Entry { key, value } in map_of(raw, place)? {
        let place = place.key(key);
        parts.push(match key.as_ref() {
            "any" => Condition::Any(conditions(value, &place, scope)?),
            "all" => Condition::All(conditions(value, &place, scope)?),
            "not" => Condition::Not(Box::new(condition(value, &place, scope)?)),
            _ => {
                let (path, predicate) = (path(key, &place, scope)?, predicate(value, &place, scope)?);
                if scope.strict {
                    types::predicate(&path, &predicate).map_err(|message| place.error(message))?;
                }
                Condition::Test(path, predicate)
            }
        });
    }
    match parts.len() {
        0 => Err(place.error("empty condition")),
        1 => Ok(parts.remove(0)),
        _ => Ok(Condition::All(parts)),
    }
}

fn predicate(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Predicate> {
    let Raw::Map(entries) = raw else { return Ok(Predicate::Equals(literal(raw, place)?)) };
    let mut parts = Vec::new();
    for Entry { key, value } in entries {
        parts.push(named_predicate(key, value, &place.key(key), scope)?);
    }
    match parts.len() {
        0 => Err(place.error("empty predicate")),
        1 => Ok(parts.remove(0)),
        _ => Ok(Predicate::All(parts)),
    }
}

fn named_predicate(name: &str, value: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Predicate> {
    let boxed = |raw: &Raw| predicate(raw, place, scope).map(Box::new);
    let fail = |message: String| place.error(message);
    Ok(match name {
        "not" => Predicate::Not(boxed(value)?),
        "one-of" => Predicate::OneOf(literals(value, place)?),
        "none-of" => Predicate::Not(Box::new(Predicate::OneOf(literals(value, place)?))),
        "all" => Predicate::All(
            list_of(value, place)?
                .iter()
                .map(|item| predicate(item, place, scope))
                .collect::<Outcome<_>>()?,
        ),
        "matches" => Predicate::Matches(Pattern::new(text(value, place)?)),
        "set" => Predicate::Set(boolean(value, place)?),
        "defined" => Predicate::Defined(boolean(value, place)?),
        "type" => {
            let name = text(value, place)?;
            match TYPES.iter().find(|known| **known == name) {
                Some(known) => Predicate::Type(known),
                None => {
                    return Err(fail(format!(
                        "unknown type `{name}`; expected one of `{}`",
                        TYPES.join("`, `")
                    )));
                }
            }
        }
        "at-least" => Predicate::AtLeast(number(value, place)?),
        "at-most" => Predicate::AtMost(number(value, place)?),
        "less-than" => Predicate::LessThan(number(value, place)?),
        "greater-than" => Predicate::GreaterThan(number(value, place)?),
        "version" => Predicate::Version(VersionRange::parse(&text(value, place)?).map_err(fail)?),
        "length" => Predicate::Length(boxed(value)?),
        "contains" => Predicate::Contains(literal(value, place)?),
        "any" => Predicate::Any(boxed(value)?),
        "each" => Predicate::Each(boxed(value)?),
        "unique" => Predicate::Unique(boolean(value, place)?),
        "cidr" => net(value, false, place, scope)?,
        "ip" => net(value, true, place, scope)?,
        "duration" => valid(value, place, Predicate::Duration)?,
        "cron" => valid(value, place, Predicate::Cron)?,
        "regex" => valid(value, place, Predicate::RegexSyntax)?,
        "same-as" => Predicate::SameAs(path(&text(value, place)?, place, scope)?),
        _ => return Err(fail(format!("unknown predicate `{name}`"))),
    })
}

fn net(raw: &Raw, address: bool, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Predicate> {
    let predicate = |test| Predicate::Net { address, test };
    if let Raw::Text(word) = raw {
        return match word.as_ref() {
            "valid" => Ok(predicate(NetTest::Valid(true))),
            "invalid" => Ok(predicate(NetTest::Valid(false))),
            _ => Err(place.error(format!("unknown value `{word}`; expected `valid` or `invalid`"))),
        };
    }
    let mut tests = Vec::new();
    for Entry { key: name, value } in map_of(raw, place)? {
        let place = place.key(name);
        let other = || path(&text(value, &place)?, &place, scope);
        tests.push(predicate(match name.as_ref() {
            "valid" => NetTest::Valid(boolean(value, &place)?),
            "dual-stack" => NetTest::DualStack(boolean(value, &place)?),
            "family" => NetTest::Family(match text(value, &place)?.as_ref() {
                "ipv4" => Family::V4,
                "ipv6" => Family::V6,
                other => {
                    return Err(place.error(format!("unknown family `{other}`; expected `ipv4` or `ipv6`")));
                }
            }),
            "within" => NetTest::Within(other()?),
            "overlaps" => NetTest::Overlaps(other()?),
            "same-families-as" => NetTest::SameFamiliesAs(other()?),
            _ => {
                return Err(place.error(format!("unknown network test `{name}`")));
            }
        }));
    }
    Ok(if tests.len() == 1 { tests.remove(0) } else { Predicate::All(tests) })
}

fn valid(raw: &Raw, place: &Place<'_>, predicate: Predicate) -> Outcome<Predicate> {
    match text(raw, place)?.as_ref() {
        "valid" => Ok(predicate),
        "invalid" => Ok(Predicate::Not(Box::new(predicate))),
        other => Err(place.error(format!("unknown value `{other}`; expected `valid` or `invalid`"))),
    }
}

/// Checks every regular expression of a rule file. Apart from the rest, for it costs more than all of that.
pub(super) fn patterns(raw: &Raw, place: &Place<'_>) -> Outcome<()> {
    match raw {
        Raw::List(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| patterns(item, &place.index(index)))
        }
        Raw::Map(entries) => entries.iter().try_for_each(|Entry { key, value }| {
            let place = place.key(key);
            match value {
                Raw::Text(pattern) if key == "matches" => {
                    regex_syntax::Parser::new().parse(pattern).map(|_| ()).map_err(|error| {
                        let error = error.to_string();
                        let words = error.lines().last().unwrap_or_default();
                        place.error(format!("invalid regular expression `{pattern}`: {words}"))
                    })
                }
                value => patterns(value, &place),
            }
        }),
        _ => Ok(()),
    }
}
