//! A text as a scalar: its value in Go, compared with an independent reading of the same rules, and in other notations.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::{Corpus, fuzz_target};
use regex::Regex;
use rke2_lint::source::Sources;
use rke2_lint::yaml::{Stream, Style, Tag, Value, format_float, resolve, to_json_key};

/// The pattern from yaml.v2's `resolve.go`.
static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$").expect("a pattern")
});
/// What `strconv.ParseInt(text, 0, 64)` accepts, ignoring the range.
static INTEGER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$").expect("a pattern")
});
const STYLES: [Style; 5] =
    [Style::Plain, Style::SingleQuoted, Style::DoubleQuoted, Style::Literal, Style::Folded];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let plain = resolve(text, Style::Plain, None);
    assert_tags(text);
    assert_rules(text, &plain);
    assert_again(&plain);
    assert_written(text, &plain);
    Corpus::Keep
});

/// Quotes and tags take precedence over the text.
fn assert_tags(text: &str) {
    let verbatim = Value::Str(text.into());
    for style in STYLES {
        assert_eq!(resolve(text, style, Some(Tag::Str)), verbatim);
        assert_eq!(resolve(text, style, Some(Tag::Other)), verbatim);
        assert!(matches!(resolve(text, style, Some(Tag::Binary)), Value::Str(_)));
        if style != Style::Plain {
            assert_eq!(resolve(text, style, None), verbatim);
        }
    }
}

/// Numbers match the patterns of Go's libraries; everything else is a word in the list or the text itself.
fn assert_rules(text: &str, plain: &Value<'_>) {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    // Underscores are removed only after a digit or a sign.
    let bare = if starts { text.replace('_', "") } else { text.to_owned() };
    let is_integer = starts && INTEGER.is_match(&bare);
    let is_float = (starts || text.starts_with('.')) && FLOAT.is_match(&bare);
    match plain {
        Value::Int(_) | Value::UInt(_) => assert!(is_integer, "{text:?}: {plain:?}"),
        Value::Float(number) if number.is_finite() => {
            assert!(is_float && bare.parse() == Ok(*number), "{text:?}: {plain:?}");
        }
        Value::Float(_) => {
            let word = text.trim_start_matches(['+', '-']);
            assert!([".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&word), "{text:?}");
        }
        Value::Bool(_) => assert!(text.len() <= 5 && text.is_ascii(), "{text:?}"),
        Value::Null => assert!(["", "~", "null", "Null", "NULL"].contains(&text), "{text:?}"),
        Value::Str(same) => {
            assert_eq!(same, text);
            let too_large = bare.parse::<f64>().map_or(true, f64::is_infinite);
            assert!(!is_float || too_large, "{text:?} is a float");
            assert!(!is_integer || !fits(&bare), "{text:?} is an integer");
        }
    }
    if let Ok(number) = text.parse::<i64>()
        && (text == "0" || !text.trim_start_matches(['+', '-']).starts_with('0'))
    {
        assert_eq!(plain, &Value::Int(number));
    }
}

/// Whether an integer fits in 64 bits.
fn fits(text: &str) -> bool {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some(_) if lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let Ok(magnitude) = u128::from_str_radix(digits, radix) else { return false };
    match text.as_bytes().first() {
        _ if negative => magnitude <= 1 << 63,
        // Only signed integers accept a plus sign.
        Some(b'+') => magnitude < 1 << 63,
        _ => magnitude < 1 << 64,
    }
}

/// A value that is written out again has the same value.
fn assert_again(plain: &Value<'_>) {
    let key = to_json_key(plain.clone());
    match plain {
        Value::Str(text) => assert_eq!(&key, text),
        Value::Float(number) if number.is_finite() => {
            // sigs.k8s.io/yaml prints keys with 32-bit precision; the largest numbers become infinite.
            let again = number_of(&resolve(&key, Style::Plain, None)).map(|number| number as f32);
            assert_eq!(again, Some(*number as f32));
            assert_eq!(number_of(&resolve(&format_float(*number), Style::Plain, None)), Some(*number));
        }
        Value::Float(_) => assert!([".nan", ".inf", "-.inf"].contains(&key.as_ref())),
        other => assert_eq!(&resolve(&key, Style::Plain, None), other),
    }
}

/// The parser passes the unchanged text to the resolver, regardless of quotes.
fn assert_written(text: &str, plain: &Value<'_>) {
    let json = serde_json::to_string(text).expect("a string").replace('\u{7f}', "\\x7f");
    // JSON does not escape characters that YAML rejects or treats as line breaks.
    if !text
        .chars()
        .any(|c| ('\u{7f}'..'\u{a0}').contains(&c) || "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}".contains(c))
    {
        assert_value(&format!("v: {json}\n"), text, &Value::Str(text.into()));
        assert_value(&format!("{{\"v\": {json}}}"), text, &Value::Str(text.into()));
    }
    if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_.+~".contains(c)) {
        assert_value(&format!("v: {text}\n"), text, plain);
        assert_value(&format!("v: {text} # why\n"), text, plain);
        assert_value(&format!("v: !!str {text}\n"), text, &Value::Str(text.into()));
        assert_value(&format!("{{v: {text}}}"), text, plain);
        assert_value(&format!("v: '{text}'"), text, &Value::Str(text.into()));
        assert_value(&format!("v: |-\n  {text}"), text, &Value::Str(text.into()));
    }
}

fn assert_value(source: &str, text: &str, value: &Value<'_>) {
    let source: Arc<str> = source.into();
    let stream = Stream::parse(Sources::id_at(0), &source);
    let node = stream.documents().next().and_then(|document| document.root()?.get("v"));
    let Some(node) = node else { panic!("{source:?}: {:?}", stream.first_error()) };
    assert_eq!(node.text(), Some(text), "{source:?}");
    assert!(node.value().is_some_and(|found| same(&found, value)), "{source:?}: {:?}", node.value());
}

fn number_of(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        // Integers are exact up to this limit; above it, the float parser rounds the same digits.
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        _ => None,
    }
}

/// Equality in which NaN equals itself.
fn same(one: &Value<'_>, two: &Value<'_>) -> bool {
    match (one, two) {
        (Value::Float(one), Value::Float(two)) => one == two || (one.is_nan() && two.is_nan()),
        _ => one == two,
    }
}
