//! Compiles the conditions and predicates of a rule file. Must not evaluate them.

use super::fields::{Fields, Place, boolean, expr, list_of, literal, literals, map_of, number, text};
use super::quantifier::quantified;
use super::{Outcome, Scope, types};
use crate::release::ReleaseRange;
use crate::rule::body::Condition;
use crate::rule::expr::Expr;
use crate::rule::grammar::VersionRange;
use crate::rule::net::Family;
use crate::rule::path::{Path, Root};
use crate::rule::predicate::{FORMATS, NetTest, Pattern, Predicate, TYPES};
use crate::rule::raw::{Entry, Raw};
use crate::spelling::nearest;

/// The predicates: name, argument, meaning. Used by the documentation.
pub const PREDICATES: &[(&str, &str, &str)] = &[
    ("(a scalar)", "scalar", "the value equals it; unknown if only the type differs"),
    ("not", "predicate", "the other predicate does not hold"),
    ("one-of", "list of scalars", "the value is one of them"),
    ("none-of", "list of scalars", "the value differs from all of them"),
    ("all", "list of predicates", "all of them hold"),
    ("matches", "regular expression", "the whole text matches"),
    ("set", "boolean", "whether the user wrote it"),
    ("defined", "boolean", "whether it has a value other than null, written or by default"),
    (
        "type",
        "name of a type",
        "`null`, `boolean`, `integer`, `float`, `number`, `string`, `scalar`, `list` or `map`",
    ),
    ("format", "name of a format", "the text has a form, see Formats"),
    ("at-least", "number or path", "a number at or above"),
    ("at-most", "number or path", "a number at or below"),
    ("less-than", "number or path", "a number below"),
    ("greater-than", "number or path", "a number above"),
    ("version", "range", "a version in a range such as `>=5.8`"),
    ("older-than", "path", "a version older than another"),
    ("length", "predicate", "the number of elements, entries or characters"),
    ("contains", "scalar", "a list contains this element, a text this part, or a map this key"),
    ("includes", "path", "a list has every element of another"),
    ("subset-of", "path", "every element is in another list"),
    ("shares-with", "path", "some element is in another list"),
    ("any", "predicate", "some element fulfills it"),
    ("each", "predicate", "every element fulfills it"),
    ("unique", "boolean", "whether no two elements are equal"),
    (
        "cidr",
        "`valid`, `invalid` or tests",
        "networks: `family`, `dual-stack`, `within`, `overlaps`, `same-families-as`",
    ),
    ("ip", "`valid`, `invalid` or tests", "the same for addresses"),
    ("duration", "`valid` or `invalid`", "a duration in Go's syntax"),
    ("cron", "`valid` or `invalid`", "a cron expression"),
    ("regex", "`valid` or `invalid`", "a regular expression in Go's syntax"),
    ("same-as", "path", "the value equals that of another path"),
];

/// The conditions other than tests of a path. Used by the documentation.
pub const CONDITIONS: &[(&str, &str)] = &[
    ("any: [CONDITION, …]", "any of these"),
    ("all: [CONDITION, …]", "all of these"),
    ("not: CONDITION", "not this"),
    ("rke2: RANGE", "every possible release is in the range; false if none is, unknown if only some are"),
    ("rke2: {at-least: PATH}", "the same for the release at a path and all later ones"),
    ("chart-version: RANGE", "the same for the versions of the subject chart"),
    (
        "some: {THING: {KEY: PREDICATE, …}}",
        "some `object`, `node`, `host` or `registries` of the cluster fulfills all",
    ),
    ("none: {THING: {KEY: PREDICATE, …}}", "none does; unknown if not all are in view"),
    ("count: {THING: {KEY: PREDICATE, …}, is: PREDICATE}", "the number that do"),
    ("unique: {THING: KEY}", "no two have the same value there"),
];

pub(super) fn conditions(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Vec<Condition>> {
    list_of(raw, place)?
        .iter()
        .enumerate()
        .map(|(index, item)| condition(item, &place.index(index), scope))
        .collect()
}

pub(super) fn condition(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Condition> {
    let mut parts = Vec::new();
    for Entry { key, value } in map_of(raw, place)? {
        let place = place.key(key);
        parts.push(match key.as_ref() {
            "any" => Condition::Any(conditions(value, &place, scope)?),
            "all" => Condition::All(conditions(value, &place, scope)?),
            "not" => Condition::Not(Box::new(condition(value, &place, scope)?)),
            "none" | "some" | "count" | "unique" => quantified(key, value, &place, scope)?,
            "rke2" if matches!(value, Raw::Map(_)) => {
                let mut fields = Fields::new(value, place)?;
                let first = fields.required_text("at-least")?;
                let operand = expr(&first, &fields.at("at-least"), scope)?;
                fields.finish()?;
                Condition::ReleaseAtLeast(operand)
            }
            "rke2" => {
                let range = ReleaseRange::parse([text(value, &place)?.as_ref()]);
                Condition::Releases(range.map_err(|error| place.error(error.to_string()))?)
            }
            "chart-version" => Condition::ChartVersions(
                VersionRange::parse(&text(value, &place)?).map_err(|message| place.error(message))?,
            ),
            _ => {
                let operand = subject_of(key, &place, scope)?;
                let predicate = predicate(value, &place, scope)?;
                if scope.strict
                    && let Some(path) = operand.path()
                {
                    types::predicate(path, &predicate).map_err(|message| place.error(message))?;
                }
                Condition::Test(operand, predicate)
            }
        });
    }
    match parts.len() {
        0 => Err(place.error("empty condition")),
        1 => Ok(parts.remove(0)),
        _ => Ok(Condition::All(parts)),
    }
}

/// The operand of a condition. Inside a quantifier, keys are relative to the name that it binds.
fn subject_of(key: &str, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Expr> {
    match scope.within {
        Some(slot) if !key.starts_with('$') && !key.contains('(') => {
            let under = Path::parse(&format!("resource.{key}")).map_err(|message| place.error(message))?;
            let path = Path { root: Root::Name(slot), steps: under.steps };
            if scope.strict {
                types::path(&path, scope.subject, scope.names).map_err(|message| place.error(message))?;
            }
            Ok(Expr::Path(path))
        }
        _ => expr(key, place, scope),
    }
}

pub(super) fn predicate(raw: &Raw, place: &Place<'_>, scope: Scope<'_>) -> Outcome<Predicate> {
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
        "at-least" => Predicate::AtLeast(number(value, place, scope)?),
        "at-most" => Predicate::AtMost(number(value, place, scope)?),
        "less-than" => Predicate::LessThan(number(value, place, scope)?),
        "greater-than" => Predicate::GreaterThan(number(value, place, scope)?),
        "version" => {
            Predicate::Version(VersionRange::parse(&text(value, place)?).map_err(|error| place.error(error))?)
        }
        "older-than" => Predicate::OlderThan(expr(&text(value, place)?, place, scope)?),
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
        "same-as" => Predicate::SameAs(expr(&text(value, place)?, place, scope)?),
        "includes" => Predicate::Includes(expr(&text(value, place)?, place, scope)?),
        "subset-of" => Predicate::SubsetOf(expr(&text(value, place)?, place, scope)?),
        "shares-with" => Predicate::SharesWith(expr(&text(value, place)?, place, scope)?),
        "format" => {
            let name = text(value, place)?;
            let found = FORMATS.iter().find(|format| format.name == name);
            Predicate::Format(found.ok_or_else(|| {
                let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
                fail(format!("unknown format `{name}`; expected one of `{}`", known.join("`, `")))
            })?)
        }
        _ => {
            let known = PREDICATES.iter().map(|(name, ..)| *name);
            return Err(fail(match nearest(name, known, 2) {
                Some(near) => format!("unknown predicate `{name}`; did you mean `{near}`?"),
                None => format!("unknown predicate `{name}`"),
            }));
        }
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
        let other = || expr(&text(value, &place)?, &place, scope);
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

/// Checks every regular expression of a rule file. A separate pass, because it is slower than the rest of the
/// compilation.
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
