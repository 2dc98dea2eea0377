//! Scalar resolution by the rules of yaml.v2 (`resolve.go`), which every RKE2 path goes through.
//!
//! See docs/internals/semantics.md, Scalars. Must not know nodes or places.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::tree::{Style, Tag};

/// The value of a scalar in Go.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// A YAML 1.1 boolean: `yes` is true.
    Bool(bool),
    /// An integer, octal and hexadecimal forms included: `0644` is 420.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Cow<'a, str>),
}

impl Value<'_> {
    /// The name of the type as used in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::UInt(_) => "integer",
            Self::Float(_) => "float",
            Self::Str(_) => "string",
        }
    }
}

/// Resolves a scalar's text.
#[expect(clippy::cast_precision_loss, reason = "Go converts integers to floats in the same way")]
pub fn resolve(text: &str, style: Style, tag: Option<Tag>) -> Value<'_> {
    match tag {
        Some(Tag::Binary) => binary(text),
        Some(Tag::Float) => match plain(text) {
            Value::Int(number) => Value::Float(number as f64),
            value => value,
        },
        Some(Tag::Bool | Tag::Int | Tag::Null) => plain(text),
        None if style == Style::Plain => plain(text),
        // A timestamp stays a string where no type is expected.
        Some(Tag::Str | Tag::Timestamp | Tag::Merge | Tag::Other) | None => Value::Str(Cow::Borrowed(text)),
    }
}

/// Why a text does not fit its tag, in the wording of yaml.v2.
pub(super) fn misfit(text: &str, tag: Tag) -> Option<String> {
    let value = plain(text);
    let (wanted, fits) = match tag {
        Tag::Str | Tag::Merge | Tag::Other => return None,
        Tag::Binary => {
            let message = || "!!binary value contains invalid base64 data".to_owned();
            return decoded(text).is_none().then(message);
        }
        Tag::Bool => ("!!bool", matches!(value, Value::Bool(_))),
        Tag::Int => ("!!int", matches!(value, Value::Int(_) | Value::UInt(_))),
        Tag::Float => ("!!float", matches!(value, Value::Int(_) | Value::Float(_))),
        Tag::Null => ("!!null", value == Value::Null),
        Tag::Timestamp => ("!!timestamp", is_timestamp(text)),
    };
    let found = match value {
        Value::Null => "!!null",
        Value::Bool(_) => "!!bool",
        Value::Int(_) | Value::UInt(_) => "!!int",
        Value::Float(_) => "!!float",
        Value::Str(_) => "!!str",
    };
    (!fits).then(|| format!("cannot decode {found} `{text}` as a {wanted}"))
}

/// `2001-12-14`, with an optional time after `T` or a space: `parseTimestamp` of yaml.v2.
fn is_timestamp(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let date = r"\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])";
        let time = r"([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d([.,]\d+)?";
        Regex::new(&format!(r"^{date}([Tt]{time}(Z|[+-]\d\d:\d\d)| {time})?$")).ok()
    });
    FORM.as_ref().is_some_and(|form| form.is_match(text))
}

fn plain(text: &str) -> Value<'_> {
    let Some(&first) = text.as_bytes().first() else { return Value::Null };
    let resolved = match first {
        b'0'..=b'9' | b'+' | b'-' => number(text),
        b'.' => dotted(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        _ => None,
    };
    resolved.unwrap_or(Value::Str(Cow::Borrowed(text)))
}

/// Whether a plain scalar that starts with a letter is a boolean or null.
pub(super) fn is_word_of_yaml(text: &str) -> bool {
    text.len() <= "false".len() && word(text).is_some()
}

fn word(text: &str) -> Option<Value<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => return None,
    })
}

fn dotted(text: &str) -> Option<Value<'static>> {
    match text {
        ".inf" | ".Inf" | ".INF" => return Some(Value::Float(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    float(text)
}

fn number(text: &str) -> Option<Value<'static>> {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Some(Value::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Value::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    let digits: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    integer(&digits).or_else(|| float(&digits))
}

/// Go's `ParseInt(s, 0, 64)`, then `ParseUint`; underscores were already removed.
fn integer(text: &str) -> Option<Value<'static>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = |prefix: &str| {
        (unsigned.len() > 2 && unsigned.is_char_boundary(2) && unsigned[..2].eq_ignore_ascii_case(prefix))
            .then(|| &unsigned[2..])
    };
    let (radix, digits) = if let Some(digits) = lower("0x") {
        (16, digits)
    } else if let Some(digits) = lower("0o") {
        (8, digits)
    } else if let Some(digits) = lower("0b") {
        (2, digits)
    } else if unsigned.len() > 1 && unsigned.starts_with('0') {
        (8, &unsigned[1..])
    } else {
        (10, unsigned)
    };
    if digits.is_empty() || !digits.bytes().all(|byte| (byte as char).is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return i64::try_from(-i128::from(magnitude)).ok().map(Value::Int);
    }
    match i64::try_from(magnitude) {
        Ok(number) => Some(Value::Int(number)),
        // `ParseUint` does not accept a sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Value::UInt(magnitude)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, and within the range of a 64-bit float.
fn float(text: &str) -> Option<Value<'static>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !mantissa_ok || !exponent_ok {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Value::Float(number))
}

fn binary(text: &str) -> Value<'_> {
    Value::Str(Cow::Owned(String::from_utf8_lossy(&decoded(text).unwrap_or_default()).into_owned()))
}

/// Base64 as Go decodes it: line breaks are ignored, spaces are an error.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Str(Cow::Borrowed(text))
    }

    #[test]
    fn agrees_with_the_table_of_semantics_5_1() {
        let cases: &[(&[&str], Value<'_>)] = &[
            (&["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], Value::Bool(true)),
            (
                &["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"],
                Value::Bool(false),
            ),
            (&["~", "null", "Null", "NULL", ""], Value::Null),
            (&["0o17", "0O17", "017"], Value::Int(15)),
            (&["0x1F", "0X1f"], Value::Int(31)),
            (&["0b101"], Value::Int(5)),
            (&["-0b101"], Value::Int(-5)),
            (&["1_000"], Value::Int(1000)),
            (&["1__0_"], Value::Int(10)),
            (&["0_7"], Value::Int(7)),
            (&["1_0.5"], Value::Float(10.5)),
            (&["08"], Value::Float(8.0)),
            (&["08.5"], Value::Float(8.5)),
            (&["0123456789"], Value::Float(123_456_789.0)),
            (&["1e3", "1.e3"], Value::Float(1000.0)),
            (&["12e03"], Value::Float(12000.0)),
            (&["+.5", ".5"], Value::Float(0.5)),
            (&["5."], Value::Float(5.0)),
            (&["9223372036854775808"], Value::UInt(9_223_372_036_854_775_808)),
            (&["18446744073709551616"], Value::Float(18_446_744_073_709_552_000.0)),
            (&[".inf", "+.Inf"], Value::Float(f64::INFINITY)),
            (&["-.INF"], Value::Float(f64::NEG_INFINITY)),
            (&["0644"], Value::Int(420)),
            (&["-9223372036854775808"], Value::Int(i64::MIN)),
        ];
        for (texts, value) in cases {
            for source in *texts {
                assert_eq!(&resolve(source, Style::Plain, None), value, "{source:?}");
            }
        }
    }

    #[test]
    fn leaves_text_alone() {
        for source in [
            "yEs",
            "tRUE",
            "t",
            "f",
            "nULL",
            "1e400",
            "10e",
            "0x",
            "0x1p4",
            "1.2.3",
            "Inf",
            "NaN",
            "1:30",
            "190:20:30",
            "2001-01-01",
            "2001-01-01T00:00:00Z",
            "=",
            "<<",
            "_1",
            "-",
            "+",
            ".",
            "..",
            "0xß",
            "é",
        ] {
            assert_eq!(resolve(source, Style::Plain, None), text(source));
        }
        assert_eq!(resolve("yes", Style::DoubleQuoted, None), text("yes"));
        assert_eq!(resolve("0644", Style::Literal, None), text("0644"));
    }

    #[test]
    fn tags_decide_first() {
        assert_eq!(resolve("123", Style::Plain, Some(Tag::Str)), text("123"));
        assert_eq!(resolve("12", Style::DoubleQuoted, Some(Tag::Int)), Value::Int(12));
        assert_eq!(resolve("aGk=", Style::Plain, Some(Tag::Binary)), text("hi"));
        assert_eq!(resolve("bar", Style::Plain, Some(Tag::Other)), text("bar"));
    }
}
