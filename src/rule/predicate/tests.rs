//! Tests of the predicates.

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
    let items = words.split(',').map(|word| Item { value: Datum::Text(word.to_owned().into()), at: None });
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
        (Predicate::Matches(Pattern::new("a+")), text("aa"), text("aab")),
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
        (Predicate::OlderThan(Expr::Value(text("5.10"))), text("5.4.0-91"), text("5.10.1")),
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

/// Each predicate with values of the wrong type: neither it nor its negation holds.
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
        (Predicate::Matches(Pattern::new("a+")), vec![list(vec![text("a")]), map(), Datum::Null]),
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
        (Predicate::OlderThan(Expr::Value(text("5.10"))), vec![text("x"), map(), Datum::Null]),
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

/// Known elements decide the result where they can, regardless of unknown ones.
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
    assert_eq!(holds(Predicate::Any(Box::new(Predicate::Defined(false))), vec![Datum::Null]), Truth::True);
    assert_eq!(holds(Predicate::Each(Box::new(Predicate::Defined(true))), vec![Datum::Null]), Truth::False);
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

#[test]
fn a_pattern_means_the_same_for_texts_in_ascii_and_others() {
    let matches = |pattern: &'static str, text| Pattern::new(pattern).matches(text);
    assert_eq!(matches(".{3}", "abc"), Some(true));
    assert_eq!(matches(".{3}", "äöü"), Some(true));
    assert_eq!(matches("[^é]+", "abc"), Some(true));
    assert_eq!(matches("[^é]+", "caf\u{e9}"), Some(false));
    assert_eq!(matches(r"(?i)\p{Lu}+", "abc"), Some(true));
    assert_eq!(matches("a", "ab"), Some(false));
    assert_eq!(matches("(", "("), None);
}
