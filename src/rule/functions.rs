//! The functions of operands and placeholders: a closed list of pure functions. The result is unknown for an unknown
//! argument or one of the wrong type, and absent for an absent one.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use super::expr::Expr;
use super::language_error::LanguageError;
use super::net::{self, Family};
use super::predicate::Pattern;
use crate::cluster::fact::{Datum, Fact, Found, Item};
use crate::rke2::registries::host_and_port;
use crate::rke2::url::JoinUrl;
use crate::spelling::nearest;

/// A function.
#[derive(Debug)]
pub struct Function {
    /// The name in rule files.
    pub name: &'static str,
    /// The names of its arguments; `…` after the last one that may be repeated.
    pub arguments: &'static [&'static str],
    /// A description of the result.
    pub doc: &'static str,
    /// A call with its result, executed by a test.
    pub example: (&'static str, &'static str),
    apply: fn(&[Datum<'static>]) -> Fact<'static>,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The maximum edit distance of a suggestion.
const NEAR: usize = 2;

/// The function whose first argument may be absent.
const OR: &str = "or";

macro_rules! functions {
    ($($name:literal ($($argument:literal),*) $doc:literal, $call:literal => $result:literal, $apply:expr;)*) => {
        /// All functions, sorted by name.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            arguments: &[$($argument),*],
            doc: $doc,
            example: ($call, $result),
            apply: $apply,
        }),*];
    };
}

functions! {
    "after" ("text", "separator") "the text after the first separator; absent without one",
        "after('a=b=c', '=')" => "b=c", |given| cut(given, |text, by| text.split_once(by).map(|(_, rest)| rest));
    "basename" ("path") "the last part of a path",
        "basename('/etc/rancher/rke2.yaml')" => "rke2.yaml",
        |given| text(given, |path| path.rsplit('/').next().unwrap_or(path).to_owned());
    "before" ("text", "separator") "the text before the first separator; absent without one",
        "before('a=b=c', '=')" => "a", |given| cut(given, |text, by| text.split_once(by).map(|(first, _)| first));
    "capture" ("text", "pattern") "the first group of a regular expression that matches the whole text; absent if it does not match",
        "capture('eth0@if3', '(.*)@.*')" => "eth0", capture;
    "element" ("list", "index") "an element of a list, from 0",
        "element(split('a,b', ','), 1)" => "b", element;
    "family" ("networks") "`IPv4`, `IPv6` or `dual-stack` for networks or addresses",
        "family('10.42.0.0/16,fd00::/56')" => "dual-stack", family;
    "first-family" ("networks") "the family of the first network or address",
        "first-family('fd00::/56,10.42.0.0/16')" => "IPv6", first_family;
    "host" ("authority") "the host of `host:port`",
        "host('10.0.0.1:6443')" => "10.0.0.1", |given| text(given, |authority| host_and_port(authority).0.to_owned());
    "join" ("list", "separator") "the elements with a separator between them",
        "join(split('a,b', ','), ' ')" => "a b", join;
    "kebab" ("text") "camel case converted to lower case with dashes",
        "kebab('failureThreshold')" => "failure-threshold", |given| text(given, kebab);
    "length" ("value") "the number of elements, entries or characters",
        "length('abc')" => "3", length;
    "lower" ("text") "in lower case", "lower('IPsec')" => "ipsec", |given| text(given, str::to_lowercase);
    "minus" ("number", "number") "the difference",
        "minus(1500, 50)" => "1450", |given| numbers(given, i64::checked_sub);
    "nearest" ("word", "list") "the only element of a list that a misspelled word may mean; absent if there is none",
        "nearest('calcio', split('calico,canal', ','))" => "calico", near;
    "octal" ("number") "a number in octal notation",
        "octal(416)" => "640", octal;
    "or" ("value", "value") "the first value, or the second if the first is absent or null",
        "or('a', 'b')" => "a", |given| Fact::default(given[0].clone());
    "plus" ("number", "number") "the sum",
        "plus(1, 2)" => "3", |given| numbers(given, i64::checked_add);
    "quoted" ("list") "the elements in backticks, with commas",
        "quoted(split('a,b', ','))" => "`a`, `b`", quoted;
    "repeated-family" ("networks") "the IP family that occurs more than once; absent if none does",
        "repeated-family('10.42.0.0/16,10.44.0.0/16,fd00::/56')" => "IPv4", repeated_family;
    "replace" ("text", "part", "by") "the text with each occurrence of a part replaced",
        "replace('a_b_c', '_', '-')" => "a-b-c", replace;
    "sort" ("list") "the elements in alphabetical order",
        "join(sort(split('b,a', ',')), ',')" => "a,b", sort;
    "split" ("value", "separator") "the parts of a text, or of each element of a list",
        "length(split('a,b,c', ','))" => "3", split;
    "strip-prefix" ("text", "prefix") "the text without a prefix",
        "strip-prefix('rke2-canal', 'rke2-')" => "canal",
        |given| cut(given, |text, prefix| Some(text.strip_prefix(prefix).unwrap_or(text)));
    "strip-suffix" ("text", "suffix") "the text without a suffix",
        "strip-suffix('a.yaml', '.yaml')" => "a",
        |given| cut(given, |text, suffix| Some(text.strip_suffix(suffix).unwrap_or(text)));
    "trim" ("text") "without spaces at both ends", "trim(' a ')" => "a", |given| text(given, |text| text.trim().to_owned());
    "trim-parts" ("text") "a comma-separated text without spaces next to the commas",
        "trim-parts('a, b')" => "a,b",
        |given| text(given, |text| text.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    "type" ("value") "the name of the type",
        "type(5)" => "integer", |given| Fact::default(Datum::Text(given[0].type_name().into()));
    "url-host" ("url") "the host of a URL, without the brackets of an IPv6 address",
        "url-host('https://a:9345/x')" => "a", |given| url(given, |url| Some(url.host.to_owned()));
    "url-path" ("url") "the path of a URL; empty without one",
        "url-path('https://a:9345/x')" => "/x", |given| url(given, |url| Some(url.path.to_owned()));
    "url-port" ("url") "the port of a URL; absent without one",
        "url-port('https://a:9345')" => "9345", |given| url(given, |url| url.port.map(str::to_owned));
    "url-scheme" ("url") "the scheme of a URL; absent without one",
        "url-scheme('https://a')" => "https", |given| url(given, |url| url.scheme.map(str::to_owned));
    "without" ("list", "list") "the elements of the first list that the second one lacks",
        "join(without(split('a,b,c', ','), split('b', ',')), ',')" => "a,c", without;
}

/// The function with a name.
///
/// # Errors There is no such function. The error suggests the nearest one.
pub fn find(name: &str) -> Result<&'static Function, LanguageError> {
    FUNCTIONS.iter().find(|function| function.name == name).ok_or_else(|| {
        let known = FUNCTIONS.iter().map(|function| function.name);
        match nearest(name, known, NEAR) {
            Some(near) => format!("unknown function `{name}`; did you mean `{near}`?"),
            None => format!("unknown function `{name}`"),
        }
        .into()
    })
}

impl Function {
    /// Checks that the function can be called with these arguments.
    ///
    /// # Errors The number of arguments is wrong, or a pattern is not a valid regular expression.
    pub fn check(&self, arguments: &[Expr]) -> Result<(), LanguageError> {
        let wanted = self.arguments.len();
        if arguments.len() != wanted {
            let word = if wanted == 1 { "argument" } else { "arguments" };
            return Err(format!("`{}` takes {wanted} {word}, found {}", self.name, arguments.len()).into());
        }
        if self.name == "capture" {
            let Some(Expr::Value(Datum::Text(pattern))) = arguments.get(1) else {
                return Err("`capture` takes a pattern in quotes".into());
            };
            regex_syntax::Parser::new()
                .parse(pattern)
                .map_err(|_| format!("invalid regular expression `{pattern}`"))?;
        }
        Ok(())
    }

    /// Evaluates the call. The place of the result is that of the first argument that the user wrote.
    pub fn call<'a>(&self, arguments: &[Fact<'a>]) -> Fact<'a> {
        if self.name == OR {
            let first = arguments.iter().find(|fact| match fact {
                Fact::Unknown => true,
                Fact::Absent(_) => false,
                Fact::Known(found) => found.value != Datum::Null,
            });
            return first.cloned().unwrap_or(Fact::Absent(None));
        }
        let mut given = Vec::with_capacity(arguments.len());
        for fact in arguments {
            match fact {
                Fact::Known(found) => match owned(&found.value) {
                    Some(value) => given.push(value),
                    None => return Fact::Unknown,
                },
                Fact::Absent(near) => return Fact::Absent(*near),
                Fact::Unknown => return Fact::Unknown,
            }
        }
        let at = arguments.iter().find_map(Fact::span);
        match (self.apply)(&given) {
            Fact::Known(mut found) => {
                found.at = found.at.or(at);
                Fact::Known(found)
            }
            Fact::Absent(near) => Fact::Absent(near.or(at)),
            Fact::Unknown => Fact::Unknown,
        }
    }
}

/// Copies a value so that it may outlive its file; `None` if part of it is unknown.
fn owned(value: &Datum<'_>) -> Option<Datum<'static>> {
    Some(match value {
        Datum::Null => Datum::Null,
        Datum::Bool(value) => Datum::Bool(*value),
        Datum::Int(value) => Datum::Int(*value),
        Datum::Float(value) => Datum::Float(*value),
        Datum::Text(text) => Datum::Text(Cow::Owned(text.to_string())),
        Datum::List(items) => Datum::List(items.iter().map(owned_item).collect::<Option<_>>()?),
        Datum::Map(entries) => Datum::Map(
            entries
                .iter()
                .map(|(key, item)| Some((Cow::Owned(key.to_string()), owned_item(item)?)))
                .collect::<Option<_>>()?,
        ),
        Datum::Opaque => return None,
    })
}

fn owned_item(item: &Item<'_>) -> Option<Item<'static>> {
    Some(Item { value: owned(&item.value)?, at: item.at })
}

/// The text of a scalar other than null.
fn plain<'d>(value: &'d Datum<'static>) -> Option<Cow<'d, str>> {
    if *value == Datum::Null { None } else { value.as_text() }
}

fn known(text: impl Into<String>) -> Fact<'static> {
    Fact::default(Datum::Text(Cow::Owned(text.into())))
}

fn text(given: &[Datum<'static>], map: impl Fn(&str) -> String) -> Fact<'static> {
    plain(&given[0]).map_or(Fact::Unknown, |text| known(map(&text)))
}

fn cut(given: &[Datum<'static>], part: impl for<'t> Fn(&'t str, &str) -> Option<&'t str>) -> Fact<'static> {
    match (plain(&given[0]), plain(&given[1])) {
        (Some(text), Some(by)) => part(&text, &by).map_or(Fact::Absent(None), known),
        _ => Fact::Unknown,
    }
}

fn family(given: &[Datum<'static>]) -> Fact<'static> {
    match net::families(&given[0]).as_deref() {
        Some([only]) => known(only.to_string()),
        Some([_, _]) => known("dual-stack"),
        _ => Fact::Unknown,
    }
}

fn first_family(given: &[Datum<'static>]) -> Fact<'static> {
    let families = net::families(&given[0]);
    families
        .and_then(|families| families.first().map(|first| known(first.to_string())))
        .unwrap_or(Fact::Unknown)
}

fn repeated_family(given: &[Datum<'static>]) -> Fact<'static> {
    let Some(nets) = net::networks(&given[0]) else { return Fact::Unknown };
    let is_repeated = |family: &Family| nets.iter().filter(|net| Family::of(net) == *family).count() > 1;
    let repeated = [Family::V4, Family::V6].into_iter().find(is_repeated);
    repeated.map_or(Fact::Absent(None), |family| known(family.to_string()))
}

fn kebab(text: &str) -> String {
    let mut dashed = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            dashed.push('-');
        }
        dashed.push(c.to_ascii_lowercase());
    }
    dashed
}

fn numbers(given: &[Datum<'static>], map: fn(i64, i64) -> Option<i64>) -> Fact<'static> {
    match (&given[0], &given[1]) {
        (Datum::Int(one), Datum::Int(other)) => {
            map(*one, *other).map_or(Fact::Unknown, |result| Fact::default(Datum::Int(result)))
        }
        _ => Fact::Unknown,
    }
}

fn url(given: &[Datum<'static>], part: impl Fn(&JoinUrl<'_>) -> Option<String>) -> Fact<'static> {
    let Some(text) = plain(&given[0]) else { return Fact::Unknown };
    match JoinUrl::parse(&text) {
        Some(url) => part(&url).map_or(Fact::Absent(None), known),
        None => Fact::Unknown,
    }
}

/// The texts of a list, or of a scalar as a list of one; `None` if some element is not a scalar.
fn texts(value: &Datum<'static>) -> Option<Vec<String>> {
    match value {
        Datum::Map(_) | Datum::Null => None,
        _ => value.elements().into_iter().map(|element| plain(element).map(Cow::into_owned)).collect(),
    }
}

fn list(texts: impl IntoIterator<Item = String>) -> Fact<'static> {
    let items = texts.into_iter().map(|text| Item { value: Datum::Text(Cow::Owned(text)), at: None });
    Fact::default(Datum::List(items.collect()))
}

fn join(given: &[Datum<'static>]) -> Fact<'static> {
    match (texts(&given[0]), plain(&given[1])) {
        (Some(texts), Some(separator)) => known(texts.join(&separator)),
        _ => Fact::Unknown,
    }
}

fn quoted(given: &[Datum<'static>]) -> Fact<'static> {
    texts(&given[0]).map_or(Fact::Unknown, |texts| known(format!("`{}`", texts.join("`, `"))))
}

fn sort(given: &[Datum<'static>]) -> Fact<'static> {
    texts(&given[0]).map_or(Fact::Unknown, |mut texts| {
        texts.sort();
        list(texts)
    })
}

fn split(given: &[Datum<'static>]) -> Fact<'static> {
    match (texts(&given[0]), plain(&given[1])) {
        (Some(texts), Some(by)) if !by.is_empty() => {
            list(texts.iter().flat_map(|text| text.split(by.as_ref()).map(str::to_owned)))
        }
        _ => Fact::Unknown,
    }
}

fn without(given: &[Datum<'static>]) -> Fact<'static> {
    match (texts(&given[0]), texts(&given[1])) {
        (Some(texts), Some(others)) => list(texts.into_iter().filter(|text| !others.contains(text))),
        _ => Fact::Unknown,
    }
}

fn near(given: &[Datum<'static>]) -> Fact<'static> {
    match (plain(&given[0]), texts(&given[1])) {
        (Some(word), Some(known_words)) => {
            let near = nearest(&word, known_words.iter().map(String::as_str), NEAR);
            near.map_or(Fact::Absent(None), known)
        }
        _ => Fact::Unknown,
    }
}

fn element(given: &[Datum<'static>]) -> Fact<'static> {
    match (&given[0], &given[1]) {
        (Datum::List(items), Datum::Int(index)) => {
            let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
            item.map_or(Fact::Absent(None), |item| {
                Fact::Known(Found { value: item.value.clone(), at: item.at })
            })
        }
        _ => Fact::Unknown,
    }
}

fn length(given: &[Datum<'static>]) -> Fact<'static> {
    let length = match &given[0] {
        Datum::List(items) => items.len(),
        Datum::Map(entries) => entries.len(),
        scalar => match plain(scalar) {
            Some(text) => text.chars().count(),
            None => return Fact::Unknown,
        },
    };
    i64::try_from(length).map_or(Fact::Unknown, |length| Fact::default(Datum::Int(length)))
}

fn octal(given: &[Datum<'static>]) -> Fact<'static> {
    match &given[0] {
        Datum::Int(number) if *number >= 0 => known(format!("{number:o}")),
        _ => Fact::Unknown,
    }
}

fn replace(given: &[Datum<'static>]) -> Fact<'static> {
    match (plain(&given[0]), plain(&given[1]), plain(&given[2])) {
        (Some(text), Some(part), Some(by)) if !part.is_empty() => known(text.replace(part.as_ref(), &by)),
        _ => Fact::Unknown,
    }
}

fn capture(given: &[Datum<'static>]) -> Fact<'static> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Pattern>> = RefCell::default();
    }
    let (Some(text), Some(pattern)) = (plain(&given[0]), plain(&given[1])) else { return Fact::Unknown };
    COMPILED.with_borrow_mut(|compiled| {
        let pattern =
            compiled.entry(pattern.into_owned()).or_insert_with_key(|text| Pattern::new(text.clone()));
        // The compiler of rules rejects invalid patterns.
        pattern.first_group(&text).map_or(Fact::Absent(None), known)
    })
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::*;

    fn eval(expr: &Expr) -> Fact<'static> {
        match expr {
            Expr::Value(value) => Fact::default(value.clone()),
            Expr::Call(function, arguments) => function.call(&arguments.iter().map(eval).collect::<Vec<_>>()),
            Expr::Path(path) => panic!("{path}"),
        }
    }

    #[test]
    fn every_example_is_true() {
        for Function { name, example: (call, result), .. } in FUNCTIONS {
            assert!(call.contains(&format!("{name}(")), "{call}");
            let parsed =
                Expr::parse(call, &Names::default()).unwrap_or_else(|error| panic!("{call}: {error}"));
            let fact = eval(&parsed);
            assert_eq!(fact.value().map(ToString::to_string).as_deref(), Some(*result), "{call}");
        }
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
    }

    /// No function yields a value for an argument that is unknown, absent, or of the wrong type.
    #[test]
    fn every_function_is_unknown_of_an_unknown_and_absent_of_an_absent_argument() {
        let map = || Fact::default(Datum::Map(vec![("a".into(), Item { value: Datum::Int(1), at: None })]));
        for function in FUNCTIONS {
            let count = function.arguments.len();
            let all = |fact: &Fact<'static>| vec![fact.clone(); count];
            assert!(matches!(function.call(&all(&Fact::Unknown)), Fact::Unknown), "{}", function.name);
            assert!(matches!(function.call(&all(&Fact::Absent(None))), Fact::Absent(_)), "{}", function.name);
            if function.name != OR {
                let opaque = Fact::default(Datum::Opaque);
                assert!(matches!(function.call(&all(&opaque)), Fact::Unknown), "{}", function.name);
            }
            if !["length", "or", "type"].contains(&function.name) {
                assert!(matches!(function.call(&all(&map())), Fact::Unknown), "{}", function.name);
                let null = Fact::default(Datum::Null);
                assert!(matches!(function.call(&all(&null)), Fact::Unknown), "{}", function.name);
            }
        }
    }

    #[test]
    fn the_first_of_two_values_that_is_there() {
        let text = |text: &'static str| Fact::default(Datum::Text(text.into()));
        let or = find(OR).unwrap();
        let result = |one: Fact<'static>| or.call(&[one, text("b")]).value().map(ToString::to_string);
        assert_eq!(result(text("a")).as_deref(), Some("a"));
        assert_eq!(result(Fact::Absent(None)).as_deref(), Some("b"));
        assert_eq!(result(Fact::default(Datum::Null)).as_deref(), Some("b"));
        assert_eq!(result(Fact::Unknown), None);
    }
}
