//! The predicates of the rule language and their evaluation. The set is closed.
//!
//! A predicate over a value of the wrong type is unknown, not false, so that `not` does not turn a type mismatch into a
//! finding.

mod format;
mod pattern;

use std::borrow::Cow;
use std::fmt;

pub use format::{FORMATS, Format};
pub use pattern::Pattern;

use super::expr::Expr;
use super::grammar::{VersionRange, is_broken_go_regex, is_cron, is_go_duration};
use super::net::{self, Family};
use super::path::Path;
use super::truth::Truth;
use crate::cluster::fact::{Datum, Fact};

/// A scalar with which a rule compares values.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(Cow<'static, str>),
}

/// One predicate.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// The value is this scalar.
    Equals(Literal),
    /// The inner predicate does not hold.
    Not(Box<Predicate>),
    /// All of the predicates hold.
    All(Vec<Predicate>),
    /// One of these scalars.
    OneOf(Vec<Literal>),
    /// The whole text matches.
    Matches(Pattern),
    /// The user wrote the value (or, with `false`, did not).
    Set(bool),
    /// The value, written or default, is not null (or, with `false`, is missing or null).
    Defined(bool),
    /// Its type: `null`, `boolean`, `integer`, `float`, `number`, `string`, `scalar`, `list`, `map`.
    Type(&'static str),
    /// The number is at least the operand.
    AtLeast(Expr),
    /// The number is at most the operand.
    AtMost(Expr),
    /// The number is less than the operand.
    LessThan(Expr),
    /// The number is greater than the operand.
    GreaterThan(Expr),
    /// The version lies in a range.
    Version(VersionRange),
    /// The version is older than the operand.
    OlderThan(Expr),
    /// The number of elements, entries or characters fulfils a predicate.
    Length(Box<Predicate>),
    /// A list contains this scalar, or a string contains this text.
    Contains(Literal),
    /// Some element of a list fulfils it.
    Any(Box<Predicate>),
    /// Every element of a list fulfils it.
    Each(Box<Predicate>),
    /// Whether no two elements are equal.
    Unique(bool),
    /// Every comma-separated part is a network (or, for `ip`, an address).
    Net {
        /// Addresses instead of networks.
        address: bool,
        /// The test that they must pass.
        test: NetTest,
    },
    /// A duration of Go's `time.ParseDuration`.
    Duration,
    /// A cron expression of the Go library robfig/cron.
    Cron,
    /// A regular expression of Go's `regexp`.
    RegexSyntax,
    /// The same text as the operand.
    SameAs(Expr),
    /// The list contains every element of another list.
    Includes(Expr),
    /// Every element is one of another list.
    SubsetOf(Expr),
    /// Some element is one of another list.
    SharesWith(Expr),
    /// Text of a named form.
    Format(&'static Format),
}

/// A test of networks or addresses.
#[derive(Clone, Debug)]
pub enum NetTest {
    /// Each is valid.
    Valid(bool),
    /// All are of one family.
    Family(Family),
    /// Both families occur.
    DualStack(bool),
    /// Each lies in a network of another path.
    Within(Expr),
    /// At least one overlaps a network of another path.
    Overlaps(Expr),
    /// The same families in the same order as another path.
    SameFamiliesAs(Expr),
}

/// Evaluates the operands to which predicates refer.
pub trait Facts {
    /// Evaluates an operand.
    fn eval(&self, expr: &Expr) -> Fact<'_>;
}

impl Predicate {
    /// Evaluates the predicate for a fact.
    pub fn test(&self, fact: &Fact<'_>, facts: &dyn Facts) -> Truth {
        match self {
            Self::Not(inner) => return !inner.test(fact, facts),
            Self::All(inner) => return Truth::all(inner.iter().map(|predicate| predicate.test(fact, facts))),
            Self::Set(wanted) => return fact.is_written().map(|written| written == *wanted).into(),
            Self::Defined(wanted) => {
                return match fact {
                    Fact::Unknown => Truth::Unknown,
                    // A template placeholder may render to nothing.
                    Fact::Known(found) if found.value == Datum::Opaque => Truth::Unknown,
                    Fact::Known(found) => ((found.value != Datum::Null) == *wanted).into(),
                    Fact::Absent(_) => (!wanted).into(),
                };
            }
            _ => {}
        }
        match fact {
            Fact::Unknown => Truth::Unknown,
            Fact::Absent(_) => Truth::False,
            Fact::Known(found) => self.holds(&found.value, facts),
        }
    }

    /// Evaluates the predicate for a value.
    pub fn holds(&self, value: &Datum<'_>, facts: &dyn Facts) -> Truth {
        if *value == Datum::Opaque {
            return Truth::Unknown;
        }
        let number = |bound: &Expr, test: &dyn Fn(f64, f64) -> bool| {
            compare(&facts.eval(bound), |bound| {
                value.as_number().zip(bound.as_number()).map(|(number, bound)| test(number, bound)).into()
            })
        };
        let text = |test: &dyn Fn(&str) -> bool| Truth::from(plain_text(value).map(|text| test(&text)));
        match self {
            Self::Equals(literal) => literal.equals(value),
            Self::Not(inner) => !inner.holds(value, facts),
            Self::All(inner) => Truth::all(inner.iter().map(|predicate| predicate.holds(value, facts))),
            Self::OneOf(literals) => Truth::any(literals.iter().map(|literal| literal.equals(value))),
            Self::Matches(pattern) => plain_text(value).and_then(|text| pattern.matches(&text)).into(),
            Self::Set(wanted) => (*wanted).into(),
            Self::Defined(wanted) => ((*value != Datum::Null) == *wanted).into(),
            Self::Type(name) => is_type(value, name).into(),
            Self::AtLeast(bound) => number(bound, &|number, bound| number >= bound),
            Self::AtMost(bound) => number(bound, &|number, bound| number <= bound),
            Self::LessThan(bound) => number(bound, &|number, bound| number < bound),
            Self::GreaterThan(bound) => number(bound, &|number, bound| number > bound),
            Self::Version(range) => plain_text(value).and_then(|text| range.contains(&text)).into(),
            Self::OlderThan(other) => compare(&facts.eval(other), |other| {
                let range =
                    plain_text(other).and_then(|other| VersionRange::parse(&format!("<{other}")).ok());
                range.zip(plain_text(value)).and_then(|(range, text)| range.contains(&text)).into()
            }),
            Self::Length(inner) => {
                length(value).map_or(Truth::Unknown, |length| inner.holds(&Datum::Int(length), facts))
            }
            Self::Contains(literal) => contains(value, literal),
            Self::Any(inner) => {
                each(value, |elements| Truth::any(elements.map(|one| inner.holds(one, facts))))
            }
            Self::Each(inner) => {
                each(value, |elements| Truth::all(elements.map(|one| inner.holds(one, facts))))
            }
            Self::Unique(wanted) => {
                let unique = is_unique(&value.elements());
                if *wanted { unique } else { !unique }
            }
            Self::Net { address, test } => test.holds(value, *address, facts),
            Self::Duration => text(&is_go_duration),
            Self::Cron => text(&is_cron),
            Self::RegexSyntax => text(&|text| !is_broken_go_regex(text)),
            Self::SameAs(path) => compare(&facts.eval(path), |other| same(value, other)),
            Self::Includes(other) => compare(&facts.eval(other), |other| subset(other, value)),
            Self::SubsetOf(other) => compare(&facts.eval(other), |other| subset(value, other)),
            Self::SharesWith(other) => compare(&facts.eval(other), |other| shares(value, other)),
            Self::Format(format) => text(&|text| (format.holds)(text)),
        }
    }

    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Not(inner) | Self::Length(inner) | Self::Any(inner) | Self::Each(inner) => {
                inner.visit(found);
            }
            Self::All(inner) => inner.iter_mut().for_each(|inner| inner.visit(found)),
            Self::AtLeast(other)
            | Self::AtMost(other)
            | Self::LessThan(other)
            | Self::GreaterThan(other)
            | Self::OlderThan(other)
            | Self::SameAs(other)
            | Self::Includes(other)
            | Self::SubsetOf(other)
            | Self::SharesWith(other)
            | Self::Net {
                test: NetTest::Within(other) | NetTest::Overlaps(other) | NetTest::SameFamiliesAs(other),
                ..
            } => other.visit(found),
            Self::Equals(_)
            | Self::OneOf(_)
            | Self::Matches(_)
            | Self::Set(_)
            | Self::Defined(_)
            | Self::Type(_)
            | Self::Version(_)
            | Self::Contains(_)
            | Self::Unique(_)
            | Self::Net { .. }
            | Self::Duration
            | Self::Cron
            | Self::RegexSyntax
            | Self::Format(_) => {}
        }
    }
}

impl NetTest {
    fn holds(&self, value: &Datum<'_>, address: bool, facts: &dyn Facts) -> Truth {
        let families = |test: &dyn Fn(&[Family]) -> bool| {
            net::families(value).map_or(Truth::Unknown, |families| test(&families).into())
        };
        match self {
            Self::Valid(wanted) => {
                let valid = net::valid(value, address);
                if *wanted { valid } else { !valid }
            }
            Self::Family(wanted) => families(&|families| families == [*wanted]),
            Self::DualStack(wanted) => families(&|families| (families.len() > 1) == *wanted),
            Self::Within(path) => compare(&facts.eval(path), |outer| net::within(value, outer)),
            Self::Overlaps(path) => compare(&facts.eval(path), |other| net::overlaps(value, other)),
            Self::SameFamiliesAs(path) => {
                compare(&facts.eval(path), |other| match (net::families(value), net::families(other)) {
                    (Some(one), Some(other)) => (one == other).into(),
                    _ => Truth::Unknown,
                })
            }
        }
    }
}

impl Literal {
    /// Whether a value is this scalar. Unknown for a list or mapping, and where only the type differs, since the reader
    /// of `"true"` may treat it as `true`.
    pub fn equals(&self, value: &Datum<'_>) -> Truth {
        let same = match (self, value) {
            (_, Datum::Opaque) => return Truth::Unknown,
            (Self::Null, other) => *other == Datum::Null,
            (_, Datum::Null) => false,
            (_, Datum::List(_) | Datum::Map(_)) => return Truth::Unknown,
            (Self::Bool(one), Datum::Bool(other)) => one == other,
            (Self::Text(one), Datum::Text(other)) => one == other,
            #[allow(clippy::float_cmp, reason = "rule files and values write the same digits")]
            (Self::Number(one), Datum::Int(_) | Datum::Float(_)) => Some(*one) == value.as_number(),
            (literal, scalar) => {
                return if literal.to_string() == scalar.to_string() { Truth::Unknown } else { Truth::False };
            }
        };
        same.into()
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

fn compare(other: &Fact<'_>, test: impl FnOnce(&Datum<'_>) -> Truth) -> Truth {
    match other {
        Fact::Known(found) if found.value != Datum::Opaque => test(&found.value),
        Fact::Absent(_) => Truth::False,
        Fact::Known(_) | Fact::Unknown => Truth::Unknown,
    }
}

/// The names that `type` accepts.
pub const TYPES: &[&str] =
    &["null", "boolean", "integer", "float", "number", "string", "scalar", "list", "map"];

fn is_type(value: &Datum<'_>, name: &str) -> bool {
    match name {
        "number" => matches!(value, Datum::Int(_) | Datum::Float(_)),
        "scalar" => !matches!(value, Datum::List(_) | Datum::Map(_)),
        _ => value.type_name() == name,
    }
}

/// The text of a scalar other than null.
fn plain_text<'d>(value: &'d Datum<'_>) -> Option<Cow<'d, str>> {
    if *value == Datum::Null { None } else { value.as_text() }
}

/// Tests the elements of a list; a scalar counts as a list of one.
fn each<'d, 'a>(
    value: &'d Datum<'a>,
    test: impl Fn(&mut dyn Iterator<Item = &'d Datum<'a>>) -> Truth,
) -> Truth {
    match value {
        Datum::Map(_) => Truth::Unknown,
        _ => test(&mut value.elements().into_iter()),
    }
}

fn is_unique(elements: &[&Datum<'_>]) -> Truth {
    let differs = |index: usize| {
        let before = &elements[..index];
        Truth::all(before.iter().map(|other| elements[index].same(other).map(|same| !same).into()))
    };
    Truth::all((0..elements.len()).map(differs))
}

fn same(one: &Datum<'_>, other: &Datum<'_>) -> Truth {
    match (one, other) {
        (Datum::List(_), Datum::List(_)) | (Datum::Map(_), Datum::Map(_)) => one.same(other).into(),
        _ => plain_text(one).zip(plain_text(other)).map(|(one, other)| one == other).into(),
    }
}

/// Whether each element of one list is in another; a scalar counts as a list of one.
fn subset(value: &Datum<'_>, other: &Datum<'_>) -> Truth {
    match (value, other) {
        (Datum::Map(_) | Datum::Null, _) | (_, Datum::Map(_) | Datum::Null) => Truth::Unknown,
        _ => Truth::all(value.elements().into_iter().map(|element| is_among(element, other))),
    }
}

fn shares(value: &Datum<'_>, other: &Datum<'_>) -> Truth {
    match (value, other) {
        (Datum::Map(_) | Datum::Null, _) | (_, Datum::Map(_) | Datum::Null) => Truth::Unknown,
        _ => Truth::any(value.elements().into_iter().map(|element| is_among(element, other))),
    }
}

fn is_among(element: &Datum<'_>, list: &Datum<'_>) -> Truth {
    Truth::any(list.elements().into_iter().map(|other| match (element, other) {
        (Datum::Opaque, _) | (_, Datum::Opaque) => Truth::Unknown,
        (element, other) => same(element, other),
    }))
}

fn length(value: &Datum<'_>) -> Option<i64> {
    let length = match value {
        Datum::List(items) => items.len(),
        Datum::Map(entries) => entries.len(),
        scalar => plain_text(scalar)?.chars().count(),
    };
    i64::try_from(length).ok()
}

fn contains(value: &Datum<'_>, literal: &Literal) -> Truth {
    match (value, literal) {
        (Datum::Text(text), Literal::Text(part)) => text.contains(part.as_ref()).into(),
        (Datum::List(items), _) => Truth::any(items.iter().map(|item| literal.equals(&item.value))),
        (Datum::Map(entries), Literal::Text(key)) => entries.iter().any(|(name, _)| name == key).into(),
        _ => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests;
