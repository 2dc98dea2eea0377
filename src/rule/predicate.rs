//! The predicates of the rule language and what they say of a fact. The set is closed.
//!
//! A value of a type that a predicate does not ask about makes it unknown, not false: `not` must not turn a mismatch
//! into a finding.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

use super::expr::Expr;
use super::grammar::{VersionRange, is_broken_go_regex, is_cron, is_go_duration};
use super::net::{self, Family};
use super::path::Path;
use super::truth::Truth;
use crate::cluster::fact::{Datum, Fact};
use crate::rke2::node;

/// A scalar that a rule compares with.
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
    /// The other does not hold.
    Not(Box<Predicate>),
    /// All hold.
    All(Vec<Predicate>),
    /// One of these scalars.
    OneOf(Vec<Literal>),
    /// The whole text matches.
    Matches(Pattern),
    /// Whether the user wrote it.
    Set(bool),
    /// Whether it has a value, written or by default, other than null.
    Defined(bool),
    /// Its type: `null`, `boolean`, `integer`, `float`, `number`, `string`, `scalar`, `list`, `map`.
    Type(&'static str),
    /// A number at or above.
    AtLeast(Expr),
    /// A number at or below.
    AtMost(Expr),
    /// A number below.
    LessThan(Expr),
    /// A number above.
    GreaterThan(Expr),
    /// A version in a range.
    Version(VersionRange),
    /// The number of elements, entries or characters.
    Length(Box<Predicate>),
    /// A list holds this scalar; a text holds this text.
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
        /// What is asked of them.
        test: NetTest,
    },
    /// Go's durations.
    Duration,
    /// robfig's cron expressions.
    Cron,
    /// Go's regular expressions.
    RegexSyntax,
    /// The same text as another path's value.
    SameAs(Expr),
    /// A list holds every element of another.
    Includes(Expr),
    /// Every element is one of another list.
    SubsetOf(Expr),
    /// Some element is one of another list.
    SharesWith(Expr),
    /// Text of a known form.
    Format(&'static Format),
}

/// What is asked of networks or addresses.
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
    /// Some shares addresses with a network of another path.
    Overlaps(Expr),
    /// The same families in the same order as another path.
    SameFamiliesAs(Expr),
}

/// A regular expression over the whole value, compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Cow<'static, str>,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern; whether it is valid is known after [`Pattern::regex`].
    pub fn new(text: Cow<'static, str>) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// The compiled expression; `None` when it is not valid.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&format!("^(?:{})$", self.text)).ok()).as_ref()
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A form of texts that `format` accepts.
#[derive(Debug)]
pub struct Format {
    /// The name in rule files.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// A text of this form and one that is not.
    pub examples: (&'static str, &'static str),
    holds: fn(&str) -> bool,
}

/// The forms that `format` accepts, sorted by name.
pub const FORMATS: &[Format] = &[
    Format {
        name: "label",
        doc: "a node label as the kubelet accepts it: `key=value`",
        examples: ("disk=ssd", "disk"),
        holds: |text| node::label(text).is_ok(),
    },
    Format {
        name: "number",
        doc: "digits only",
        examples: ("42", "4.2"),
        holds: |text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
    },
    Format {
        name: "placeholder",
        doc: "a word that a script or a person replaces: `$NODE_IP`, `<node-ip>`, `NODE_IP`, `x.x.x.x`",
        examples: ("<node-ip>", "10.0.0.1"),
        holds: node::is_stand_in,
    },
    Format {
        name: "port",
        doc: "a port from 1 to 65535",
        examples: ("6443", "65536"),
        holds: |text| text.parse::<u16>().is_ok_and(|port| port > 0),
    },
    Format {
        name: "reserved-label",
        doc: "the key of a label that the kubelet may not set on its own node",
        examples: ("node-role.kubernetes.io/x", "example.com/x"),
        holds: node::is_reserved_label,
    },
    Format {
        name: "subdomain",
        doc: "a DNS-1123 subdomain, as the names of nodes and objects are",
        examples: ("node-1.example.com", "node_1"),
        holds: node::is_subdomain,
    },
    Format {
        name: "taint",
        doc: "a taint as Kubernetes accepts it: `key=value:Effect`",
        examples: ("a=b:NoSchedule", "a=b"),
        holds: |text| node::taint(text).is_ok(),
    },
];

/// Where predicates that name another operand look it up.
pub trait Facts {
    /// What is known of an operand.
    fn eval(&self, expr: &Expr) -> Fact<'_>;
}

impl Predicate {
    /// What the predicate says of a fact.
    pub fn test(&self, fact: &Fact<'_>, facts: &dyn Facts) -> Truth {
        match self {
            Self::Not(inner) => return !inner.test(fact, facts),
            Self::All(inner) => return Truth::all(inner.iter().map(|predicate| predicate.test(fact, facts))),
            Self::Set(wanted) => return fact.is_written().map(|written| written == *wanted).into(),
            Self::Defined(wanted) => {
                return match fact {
                    Fact::Unknown => Truth::Unknown,
                    // What a template fills in may turn out to be nothing.
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

    /// What the predicate says of a value.
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
            Self::Matches(pattern) => {
                pattern.regex().map_or(Truth::Unknown, |regex| text(&|text| regex.is_match(text)))
            }
            Self::Set(wanted) => (*wanted).into(),
            Self::Defined(wanted) => ((*value != Datum::Null) == *wanted).into(),
            Self::Type(name) => is_type(value, name).into(),
            Self::AtLeast(bound) => number(bound, &|number, bound| number >= bound),
            Self::AtMost(bound) => number(bound, &|number, bound| number <= bound),
            Self::LessThan(bound) => number(bound, &|number, bound| number < bound),
            Self::GreaterThan(bound) => number(bound, &|number, bound| number > bound),
            Self::Version(range) => plain_text(value).and_then(|text| range.contains(&text)).into(),
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

    /// Calls back for every path that it names.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Not(inner) | Self::Length(inner) | Self::Any(inner) | Self::Each(inner) => {
                inner.visit(found)
            }
            Self::All(inner) => inner.iter_mut().for_each(|inner| inner.visit(found)),
            Self::AtLeast(other)
            | Self::AtMost(other)
            | Self::LessThan(other)
            | Self::GreaterThan(other)
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
    /// Whether a value is this scalar. Unknown for a list or mapping, and where only the type differs: what reads
    /// `"true"` may take it for `true`.
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

/// What holds for the elements of a list; a scalar counts as a list of itself.
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

/// Whether each element of one list is one of another; a scalar counts as a list of itself.
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
mod tests {
    use super::*;
    use crate::cluster::fact::Item;

    struct Nothing(Fact<'static>);

    impl Facts for Nothing {
        fn eval(&self, expr: &Expr) -> Fact<'_> {
            match expr {
                Expr::Value(value) => Fact::default(value.clone()),
                _ => self.0.clone(),
            }
        }
    }

    fn text(text: &'static str) -> Datum<'static> {
        Datum::Text(Cow::Borrowed(text))
    }

    fn list(items: Vec<Datum<'static>>) -> Datum<'static> {
        Datum::List(items.into_iter().map(|value| Item { value, at: None }).collect())
    }

    fn path() -> Expr {
        Expr::Path(Path::parse("config.service-cidr").unwrap())
    }

    fn number(number: i64) -> Expr {
        Expr::Value(Datum::Int(number))
    }

    fn words(words: &str) -> Expr {
        let items =
            words.split(',').map(|word| Item { value: Datum::Text(word.to_owned().into()), at: None });
        Expr::Value(Datum::List(items.collect()))
    }

    fn format(name: &str) -> Predicate {
        Predicate::Format(FORMATS.iter().find(|format| format.name == name).unwrap())
    }

    fn literal(text: &str) -> Literal {
        Literal::Text(text.to_owned().into())
    }

    /// Each predicate with a value that makes it true and one that makes it false.
    #[test]
    fn every_predicate_is_true_false_and_unknown() {
        let other = Nothing(Fact::default(text("10.43.0.0/16")));
        let range = VersionRange::parse(">=5.8").unwrap();
        let net = |address, test| Predicate::Net { address, test };
        let ipv4 = || Box::new(Predicate::Net { address: false, test: NetTest::Family(Family::V4) });
        let cases = [
            (Predicate::Equals(Literal::Bool(true)), Datum::Bool(true), Datum::Bool(false)),
            (Predicate::Equals(Literal::Null), Datum::Null, text("")),
            (Predicate::Equals(Literal::Number(1.0)), Datum::Int(1), text("one")),
            (Predicate::Not(Box::new(Predicate::Equals(literal("a")))), text("b"), text("a")),
            (Predicate::All(vec![Predicate::Equals(literal("a"))]), text("a"), text("b")),
            (Predicate::OneOf(vec![Literal::Bool(true), literal("strict")]), text("strict"), text("no")),
            (Predicate::Matches(Pattern::new("a+".into())), text("aa"), text("aab")),
            (Predicate::Type("number"), Datum::Int(1), text("1")),
            (Predicate::Type("scalar"), Datum::Null, list(vec![])),
            (Predicate::Type("list"), list(vec![]), text("a")),
            (Predicate::AtLeast(number(5)), Datum::Int(5), Datum::Int(4)),
            (Predicate::AtMost(number(5)), Datum::Int(5), Datum::Int(6)),
            (Predicate::LessThan(number(5)), Datum::Int(4), Datum::Int(5)),
            (Predicate::GreaterThan(number(5)), text("6"), text("4")),
            (Predicate::Version(range), text("5.15.0-91"), text("4.18")),
            (Predicate::Length(Box::new(Predicate::AtLeast(number(1)))), text("a"), list(vec![])),
            (Predicate::Contains(literal("b")), list(vec![text("b")]), text("a")),
            (
                Predicate::Any(Box::new(Predicate::Equals(literal("a")))),
                list(vec![text("b"), text("a")]),
                list(vec![]),
            ),
            (Predicate::Each(Box::new(Predicate::Equals(literal("a")))), list(vec![]), list(vec![text("b")])),
            (Predicate::Unique(true), list(vec![text("a"), text("b")]), list(vec![text("a"), text("a")])),
            (net(false, NetTest::Valid(true)), text("10.0.0.0/8"), text("10.0.0.0")),
            (net(true, NetTest::Valid(true)), text("10.0.0.1"), text("node1")),
            (Predicate::All(vec![*ipv4()]), text("10.0.0.0/8"), text("fd00::/8")),
            (net(false, NetTest::DualStack(true)), text("10.0.0.0/8,fd00::/8"), text("10.0.0.0/8")),
            (net(true, NetTest::Within(path())), text("10.43.0.10"), text("10.42.0.10")),
            (net(false, NetTest::Overlaps(path())), text("10.0.0.0/8"), text("11.0.0.0/8")),
            (net(false, NetTest::SameFamiliesAs(path())), text("10.0.0.0/8"), text("fd00::/8")),
            (Predicate::Duration, text("10m"), text("300")),
            (Predicate::Cron, text("@daily"), text("daily")),
            (Predicate::RegexSyntax, text("a(b)"), text("a(b")),
            (Predicate::SameAs(path()), text("10.43.0.0/16"), text("x")),
            (Predicate::Includes(words("a,b")), list(vec![text("b"), text("c"), text("a")]), text("a")),
            (Predicate::SubsetOf(words("a,b")), list(vec![text("b")]), list(vec![text("a"), text("c")])),
            (Predicate::SharesWith(words("a,b")), list(vec![text("c"), text("b")]), text("c")),
        ];
        for (predicate, yes, no) in cases {
            let test = |value: Datum<'static>| predicate.test(&Fact::default(value), &other);
            assert_eq!(test(yes), Truth::True, "{predicate:?}");
            assert_eq!(test(no), Truth::False, "{predicate:?}");
            assert_eq!(predicate.test(&Fact::Unknown, &other), Truth::Unknown, "{predicate:?}");
            assert_eq!(predicate.holds(&Datum::Opaque, &other), Truth::Unknown, "{predicate:?}");
        }
    }

    #[test]
    fn formats_accept_their_examples() {
        for known in FORMATS {
            let predicate = format(known.name);
            let holds = |example: &'static str| predicate.holds(&text(example), &Nothing(Fact::Unknown));
            assert_eq!(holds(known.examples.0), Truth::True, "{}", known.name);
            assert_eq!(holds(known.examples.1), Truth::False, "{}", known.name);
            assert_eq!(predicate.holds(&Datum::Opaque, &Nothing(Fact::Unknown)), Truth::Unknown);
        }
        assert!(FORMATS.is_sorted_by_key(|format| format.name));
    }

    /// Each predicate with values of types that it does not ask about: neither it nor its opposite holds.
    #[test]
    fn a_mismatch_of_types_is_unknown() {
        let other = Nothing(Fact::default(text("10.43.0.0/16")));
        let map = || Datum::Map(vec![("a".into(), Item { value: text("b"), at: None })]);
        let range = VersionRange::parse(">=5.8").unwrap();
        let net = |address, test| Predicate::Net { address, test };
        let equals = |text: &str| Box::new(Predicate::Equals(literal(text)));
        let cases = [
            (Predicate::Equals(literal("a")), vec![list(vec![text("a")]), map()]),
            (Predicate::Equals(Literal::Bool(true)), vec![text("true"), list(vec![])]),
            (Predicate::Equals(literal("true")), vec![Datum::Bool(true)]),
            (Predicate::Equals(Literal::Number(1.0)), vec![text("1"), map()]),
            (Predicate::OneOf(vec![literal("a"), literal("b")]), vec![list(vec![text("c")]), map()]),
            (Predicate::Matches(Pattern::new("a+".into())), vec![list(vec![text("a")]), map(), Datum::Null]),
            (Predicate::AtLeast(number(5)), vec![text("x"), Datum::Bool(true), Datum::Null, list(vec![])]),
            (Predicate::AtMost(number(5)), vec![text("x"), Datum::Null, map()]),
            (Predicate::LessThan(number(5)), vec![text(""), Datum::Null, list(vec![])]),
            (Predicate::GreaterThan(number(5)), vec![text("x"), Datum::Null, map()]),
            (Predicate::Version(range), vec![text("latest"), Datum::Null, list(vec![text("5.10")]), map()]),
            (Predicate::Length(Box::new(Predicate::AtLeast(number(1)))), vec![Datum::Null]),
            (Predicate::Contains(literal("a")), vec![Datum::Int(1), Datum::Null]),
            (Predicate::Contains(Literal::Bool(true)), vec![text("true"), map()]),
            (Predicate::Contains(literal("a")), vec![list(vec![list(vec![text("a")])])]),
            (Predicate::Any(equals("a")), vec![map(), list(vec![text("b"), Datum::Opaque])]),
            (Predicate::Each(equals("a")), vec![map(), list(vec![text("a"), Datum::Opaque])]),
            (Predicate::Unique(true), vec![list(vec![Datum::Opaque, Datum::Opaque])]),
            (Predicate::Unique(false), vec![list(vec![text("a"), Datum::Opaque])]),
            (net(false, NetTest::Valid(true)), vec![map(), Datum::Null, list(vec![Datum::Opaque])]),
            (net(true, NetTest::Valid(false)), vec![map(), Datum::Null]),
            (net(false, NetTest::Family(Family::V4)), vec![text("x"), map(), Datum::Null]),
            (net(false, NetTest::DualStack(true)), vec![text("10.0.0.0/8,x"), map(), Datum::Null]),
            (net(true, NetTest::Within(path())), vec![text("x"), map(), Datum::Null]),
            (net(false, NetTest::Overlaps(path())), vec![text("x"), map()]),
            (net(false, NetTest::SameFamiliesAs(path())), vec![text("x"), map()]),
            (Predicate::Duration, vec![list(vec![text("10m")]), map(), Datum::Null]),
            (Predicate::Cron, vec![list(vec![text("@daily")]), map(), Datum::Null]),
            (Predicate::RegexSyntax, vec![list(vec![text("a(")]), map(), Datum::Null]),
            (Predicate::SameAs(path()), vec![list(vec![text("a")]), map(), Datum::Null]),
            (Predicate::AtLeast(path()), vec![Datum::Int(1)]),
            (Predicate::Includes(words("a")), vec![map(), Datum::Null, list(vec![Datum::Opaque])]),
            (Predicate::SubsetOf(words("a")), vec![map(), Datum::Null, list(vec![text("a"), Datum::Opaque])]),
            (Predicate::SharesWith(words("a")), vec![map(), list(vec![text("b"), Datum::Opaque])]),
            (format("label"), vec![list(vec![text("a=b")]), map(), Datum::Null]),
        ];
        for (predicate, values) in cases {
            for value in values {
                let opposite = Predicate::Not(Box::new(predicate.clone()));
                for predicate in [&predicate, &opposite] {
                    let truth = predicate.test(&Fact::default(value.clone()), &other);
                    assert_eq!(truth, Truth::Unknown, "{predicate:?} of {value:?}");
                }
            }
        }
    }

    /// What is known decides where it can, whatever the rest is.
    #[test]
    fn quantifiers_know_as_much_as_they_see() {
        let nothing = Nothing(Fact::Unknown);
        let equals = |text: &str| Box::new(Predicate::Equals(literal(text)));
        let holds = |predicate: Predicate, items| predicate.holds(&list(items), &nothing);
        let opaque = || Datum::Opaque;
        assert_eq!(holds(Predicate::Any(equals("a")), vec![opaque(), text("a")]), Truth::True);
        assert_eq!(holds(Predicate::Each(equals("a")), vec![opaque(), text("b")]), Truth::False);
        assert_eq!(holds(Predicate::Contains(literal("a")), vec![opaque(), text("a")]), Truth::True);
        assert_eq!(holds(Predicate::Contains(literal("a")), vec![opaque(), text("b")]), Truth::Unknown);
        assert_eq!(holds(Predicate::Unique(true), vec![opaque(), text("a"), text("a")]), Truth::False);
        assert_eq!(
            holds(Predicate::Any(Box::new(Predicate::Defined(false))), vec![Datum::Null]),
            Truth::True
        );
        assert_eq!(
            holds(Predicate::Each(Box::new(Predicate::Defined(true))), vec![Datum::Null]),
            Truth::False
        );
        let mixed = Predicate::OneOf(vec![Literal::Bool(true), literal("strict")]);
        assert_eq!(mixed.holds(&Datum::Bool(false), &nothing), Truth::False);
        assert_eq!(mixed.holds(&text("true"), &nothing), Truth::Unknown);
        assert_eq!(mixed.holds(&text("strict"), &nothing), Truth::True);
    }

    #[test]
    fn absence_is_no_value_but_known() {
        let nothing = Nothing(Fact::Unknown);
        let absent = Fact::Absent(None);
        assert_eq!(Predicate::Set(false).test(&absent, &nothing), Truth::True);
        assert_eq!(Predicate::Set(false).test(&Fact::Unknown, &nothing), Truth::Unknown);
        assert_eq!(Predicate::Set(true).test(&Fact::default(Datum::Null), &nothing), Truth::False);
        assert_eq!(Predicate::Defined(false).test(&absent, &nothing), Truth::True);
        assert_eq!(Predicate::Defined(false).test(&Fact::default(Datum::Null), &nothing), Truth::True);
        let not_true = Predicate::Not(Box::new(Predicate::Equals(Literal::Bool(true))));
        assert_eq!(not_true.test(&absent, &nothing), Truth::True);
        assert_eq!(Predicate::SameAs(path()).holds(&text("a"), &nothing), Truth::Unknown);
    }
}
