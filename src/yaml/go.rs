//! How Go prints YAML values. Must not know nodes or places.

use std::borrow::Cow;

use super::resolve::Value;

/// Go's `fmt.Sprint` of a float: the fewest digits, with an exponent below 1e-4 and from 1e6 on.
pub fn format_float(number: f64) -> String {
    with_exponent(number, -4, 6)
}

/// The string that a map key becomes when YAML is converted to JSON.
pub fn to_json_key(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::UInt(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(float_key(number)),
        Value::Str(text) => text,
    }
}

/// A float as a key: sigs.k8s.io/yaml prints it with 32-bit precision.
fn float_key(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    let narrow = number as f32;
    if narrow.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    exponent_form(&format!("{narrow:e}"), -4, 6).unwrap_or_else(|| format!("{narrow}"))
}

/// The fewest digits, in exponent form when the decimal exponent is less than `low` or at least `high`.
fn with_exponent(number: f64, low: i32, high: i32) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    exponent_form(&format!("{number:e}"), low, high).unwrap_or_else(|| format!("{number}"))
}

/// Go's form of `1.5e7` when the exponent is outside `low..high`.
fn exponent_form(scientific: &str, low: i32, high: i32) -> Option<String> {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    (!(low..high).contains(&exponent)).then(|| format!("{mantissa}e{sign}{:02}", exponent.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        for (number, text) in [
            (999_999.0, "999999"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (100_000.5, "100000.5"),
            (1_000_000.5, "1.0000005e+06"),
            (1e20, "1e+20"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100.0, "100"),
            (1.3, "1.3"),
            (0.0, "0"),
            (123_456_789.0, "1.23456789e+08"),
        ] {
            assert_eq!(format_float(number), text);
        }
        for (number, text) in
            [(1e6, "1e+06"), (1.5, "1.5"), (123_456_789.5, "1.2345679e+08"), (f64::INFINITY, ".inf")]
        {
            assert_eq!(to_json_key(Value::Float(number)), text);
        }
    }
}
