//! The subset of Go that is needed to read flags and lists from RKE2's source code: blocks in braces, strings,
//! constants. This module must not know flags.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

/// Compiles a pattern that is a literal in this program.
pub fn pattern(text: &str) -> Regex {
    match Regex::new(text) {
        Ok(pattern) => pattern,
        Err(error) => unreachable!("{text}: {error}"),
    }
}

/// The text from the first opening brace at or after a position to the matching closing brace, inclusive.
pub fn block(text: &str, from: usize) -> Option<&str> {
    let start = from + text.get(from..)?.find('{')?;
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'`' => at += 1 + text.get(at + 1..)?.find('`')?,
            b'/' if bytes.get(at + 1) == Some(&b'/') => at += text.get(at..)?.find('\n')?,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(start..=at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A function of a source file, from `func` to its closing brace.
pub fn function<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.find(&format!("\nfunc {name}("))? + 1;
    let end = start + text[start..].find("\n}")? + 2;
    text.get(start..end)
}

/// The string constants of a source file with their names.
pub fn constants(text: &str) -> impl Iterator<Item = (&str, &str)> {
    static CONSTANT: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?m)^\s+(\w+)\s+=\s+"([^"]*)""#));
    CONSTANT.captures_iter(text).map(|found| {
        let (_, [name, value]) = found.extract();
        (name, value)
    })
}

/// The elements of a list of strings that a source file assigns to a name.
pub fn list(text: &str, name: &str) -> Option<Vec<String>> {
    let found = pattern(&format!(r"(?m)^\s*{name}\s+=\s+\[\]string\{{([^}}]*)\}}")).captures(text)?;
    Some(texts(found.get(1)?.as_str()))
}

/// All double-quoted strings.
pub fn texts(text: &str) -> Vec<String> {
    static TEXT: LazyLock<Regex> = LazyLock::new(|| pattern(r#""([^"]*)""#));
    TEXT.captures_iter(text).map(|found| found.extract::<1>().1[0].to_owned()).collect()
}

/// The value of an expression with strings, constants and `+`; `None` for anything else.
pub fn expression(text: &str, constants: &BTreeMap<String, String>) -> Option<String> {
    static UPPER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"^strings\.ToUpper\(strings\.ReplaceAll\(([\w.]+), "-", "_"\)\)$"#));
    text.split('+')
        .map(|part| {
            let part = part.trim();
            if let Some(text) = part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
                return Some(text.to_owned());
            }
            if let Some(found) = UPPER.captures(part) {
                return Some(constants.get(&found[1])?.to_uppercase().replace('-', "_"));
            }
            constants.get(part).cloned()
        })
        .collect()
}
