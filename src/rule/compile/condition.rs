//! Compiles the conditions and predicates of a rule file. This module must not know what they mean.

use super::fields::{boolean, child, list_of, literal, literals, map_of, number, path, text};
use super::{CompileError, Condition, Outcome, Subject};
use crate::rule::grammar::VersionRange;
use crate::rule::net::Family;
use crate::rule::predicate::{NetTest, Pattern, Predicate, TYPES};
use crate::rule::raw::Raw;

pub(super) fn conditions(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Vec<Condition>> {
    list_of(raw, place)?
        .iter()
        .enumerate()
        .map(|(index, item)| condition(item, &child(place, &index.to_string()), subject))
        .collect()
}

fn condition(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Condition> {
    let mut parts = Vec::new();
    for (key, value) in map_of(raw, place)? {
        let place = child(place, key);
        parts.push(match key.as_str() {
            "any" => Condition::Any(conditions(value, &place, subject)?),
            "all" => Condition::All(conditions(value, &place, subject)?),
            "not" => Condition::Not(Box::new(condition(value, &place, subject)?)),
            _ => Condition::Test(path(key, &place, subject)?, predicate(value, &place, subject)?),
        });
    }
    match parts.len() {
        0 => Err(CompileError { path: place.to_vec(), message: "an empty condition".to_owned() }),
        1 => Ok(parts.remove(0)),
        _ => Ok(Condition::All(parts)),
    }
}

fn predicate(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let Raw::Map(entries) = raw else { return Ok(Predicate::Equals(literal(raw, place)?)) };
    let mut parts = Vec::new();
    for (name, value) in entries {
        parts.push(named_predicate(name, value, &child(place, name), subject)?);
    }
    match parts.len() {
        0 => Err(CompileError { path: place.to_vec(), message: "an empty predicate".to_owned() }),
        1 => Ok(parts.remove(0)),
        _ => Ok(Predicate::All(parts)),
    }
}

fn named_predicate(name: &str, value: &Raw, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let boxed = |raw: &Raw| predicate(raw, place, subject).map(Box::new);
    let fail = |message: String| CompileError { path: place.to_vec(), message };
    Ok(match name {
        "not" => Predicate::Not(boxed(value)?),
        "one-of" => Predicate::OneOf(literals(value, place)?),
        "none-of" => Predicate::Not(Box::new(Predicate::OneOf(literals(value, place)?))),
        "all" => Predicate::All(
            list_of(value, place)?
                .iter()
                .map(|item| predicate(item, place, subject))
                .collect::<Outcome<_>>()?,
        ),
        "matches" => {
            let pattern = text(value, place)?;
            // Built-in rules are compiled by a test; a user's pattern is worth the time it takes here.
            if let Err(error) = regex_syntax_check(&pattern) {
                return Err(fail(format!("`{pattern}` is not a regular expression: {error}")));
            }
            Predicate::Matches(Pattern::new(pattern))
        }
        "set" => Predicate::Set(boolean(value, place)?),
        "defined" => Predicate::Defined(boolean(value, place)?),
        "type" => {
            let name = text(value, place)?;
            if !TYPES.contains(&name.as_str()) {
                return Err(fail(format!("`{name}` is not a type: use one of `{}`", TYPES.join("`, `"))));
            }
            Predicate::Type(name)
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
        "cidr" => net(value, false, place, subject)?,
        "ip" => net(value, true, place, subject)?,
        "duration" => valid(value, place, Predicate::Duration)?,
        "cron" => valid(value, place, Predicate::Cron)?,
        "regex" => valid(value, place, Predicate::RegexSyntax)?,
        "same-as" => Predicate::SameAs(path(&text(value, place)?, place, subject)?),
        _ => return Err(fail(format!("`{name}` is not a predicate"))),
    })
}

fn net(raw: &Raw, address: bool, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let predicate = |test| Predicate::Net { address, test };
    if let Raw::Text(word) = raw {
        return match word.as_str() {
            "valid" => Ok(predicate(NetTest::Valid(true))),
            "invalid" => Ok(predicate(NetTest::Valid(false))),
            _ => Err(CompileError {
                path: place.to_vec(),
                message: format!("`{word}` is none of `valid`, `invalid`"),
            }),
        };
    }
    let mut tests = Vec::new();
    for (name, value) in map_of(raw, place)? {
        let place = child(place, name);
        let other = || path(&text(value, &place)?, &place, subject);
        tests.push(predicate(match name.as_str() {
            "valid" => NetTest::Valid(boolean(value, &place)?),
            "dual-stack" => NetTest::DualStack(boolean(value, &place)?),
            "family" => NetTest::Family(match text(value, &place)?.as_str() {
                "ipv4" => Family::V4,
                "ipv6" => Family::V6,
                other => {
                    return Err(CompileError {
                        path: place,
                        message: format!("`{other}` is none of `ipv4`, `ipv6`"),
                    });
                }
            }),
            "within" => NetTest::Within(other()?),
            "overlaps" => NetTest::Overlaps(other()?),
            "same-families-as" => NetTest::SameFamiliesAs(other()?),
            _ => {
                return Err(CompileError {
                    path: place,
                    message: format!("`{name}` is not a test of networks"),
                });
            }
        }));
    }
    Ok(if tests.len() == 1 { tests.remove(0) } else { Predicate::All(tests) })
}

fn valid(raw: &Raw, place: &[String], predicate: Predicate) -> Outcome<Predicate> {
    match text(raw, place)?.as_str() {
        "valid" => Ok(predicate),
        "invalid" => Ok(Predicate::Not(Box::new(predicate))),
        other => Err(CompileError {
            path: place.to_vec(),
            message: format!("`{other}` is none of `valid`, `invalid`"),
        }),
    }
}

/// Checked without compiling: a compiled expression costs more than all else in a rule.
fn regex_syntax_check(pattern: &str) -> Result<(), String> {
    regex_syntax::Parser::new()
        .parse(pattern)
        .map(|_| ())
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}
