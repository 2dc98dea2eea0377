//! Scalars have the value that yaml.v2 gives them. The rules of docs/internals/semantics.md are implemented here a
//! second time, with regular expressions and arbitrary-precision numbers.

use proptest::prelude::*;
use regex::Regex;
use rke2_lint::yaml::{Style, Value, resolve};

/// The value of a plain scalar.
fn oracle(text: &str) -> Value<'static> {
    let is = |pattern: &str| Regex::new(pattern).unwrap().is_match(text);
    if is("^(?:~|null|Null|NULL|)$") {
        return Value::Null;
    }
    if is("^(?:[yY]|yes|Yes|YES|on|On|ON|true|True|TRUE)$") {
        return Value::Bool(true);
    }
    if is("^(?:[nN]|no|No|NO|off|Off|OFF|false|False|FALSE)$") {
        return Value::Bool(false);
    }
    if is(r"^[+]?\.(?:inf|Inf|INF)$") {
        return Value::Float(f64::INFINITY);
    }
    if is(r"^-\.(?:inf|Inf|INF)$") {
        return Value::Float(f64::NEG_INFINITY);
    }
    let string = || Value::Str(text.to_owned().into());
    if !is(r"^[-+0-9.]") {
        return string();
    }
    // Underscores are only removed from texts that start with a sign or a digit.
    let digits = if text.starts_with('.') { text.to_owned() } else { text.replace('_', "") };
    integer(&digits).or_else(|| float(&digits)).unwrap_or_else(string)
}

fn integer(text: &str) -> Option<Value<'static>> {
    let forms = [
        (r"^([-+]?)0[xX]([0-9a-fA-F]+)$", 16),
        (r"^([-+]?)0[oO]([0-7]+)$", 8),
        (r"^([-+]?)0[bB]([01]+)$", 2),
        (r"^([-+]?)0([0-7]+)$", 8),
        (r"^([-+]?)(0|[1-9][0-9]*)$", 10),
    ];
    let (sign, digits, radix) = forms.into_iter().find_map(|(form, radix)| {
        let found = Regex::new(form).unwrap().captures(text)?;
        Some((found[1].to_owned(), found[2].to_owned(), radix))
    })?;
    let magnitude = i128::from_str_radix(digits.trim_start_matches('0'), radix)
        .or_else(|error| if digits.trim_start_matches('0').is_empty() { Ok(0) } else { Err(error) })
        .ok()?;
    let number = if sign == "-" { -magnitude } else { magnitude };
    if let Ok(number) = i64::try_from(number) {
        return Some(Value::Int(number));
    }
    // `ParseUint` does not accept a sign.
    u64::try_from(number).ok().filter(|_| sign.is_empty()).map(Value::UInt)
}

fn float(text: &str) -> Option<Value<'static>> {
    let form = Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$").unwrap();
    let number: f64 = form.is_match(text).then(|| text.parse().ok())??;
    number.is_finite().then_some(Value::Float(number))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_resolver_agrees_with_the_algorithm(
        text in prop_oneof![
            "[-+]?[0-9_.]{0,24}([eE][-+]?[0-9]{1,3})?",
            "[-+]?0[xXoObB]?[0-9a-fA-F_]{0,22}",
            "[-+.~yYnNtTfFoO][a-zA-Z0-9.]{0,5}",
            "[0-9]{1,4}(:[0-9]{1,2}){1,2}",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?",
            proptest::sample::select(vec![
                "yes", "Yes", "yEs", "no", "NO", "on", "off", "oFF", "true", "TRUE", "tRUE", "null", "nULL", "~", "", "=",
                "<<", "Inf", "NaN", ".inf", "-.INF", "+.Inf", "_1", "1__0_", "0o17", "08.5",
            ]).prop_map(str::to_owned),
            ".{0,6}",
        ]
    ) {
        // NaN is not equal to itself.
        prop_assume!(!matches!(text.as_str(), ".nan" | ".NaN" | ".NAN"));
        prop_assert_eq!(resolve(&text, Style::Plain, None), oracle(&text), "{:?}", text);
        prop_assert_eq!(resolve(&text, Style::DoubleQuoted, None), Value::Str(text.as_str().into()));
    }
}
