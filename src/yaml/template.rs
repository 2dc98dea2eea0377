//! Marks of templates and placeholders in text. Nothing here knows about nodes or places.

use std::ops::Range;

/// A piece of text that something else was meant to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateMark {
    /// Its kind.
    pub kind: MarkKind,
    /// Where in the text.
    pub range: Range<usize>,
}

/// Kinds of template marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// `{{ … }}`: Go, Jinja, Helm.
    Braces,
    /// `{% … %}`: Jinja.
    Statement,
    /// `%%NAME%%`.
    Percent,
    /// `${NAME}`: shell, Terraform, Flux.
    Dollar,
    /// `<% … %>`: ERB.
    Erb,
    /// `<NAME>`, `__NAME__`, `CHANGEME`: a token for a person to replace.
    Token,
    /// A character that this program wrote in place of a template's expression: see [`mask`].
    Mask,
}

/// Names in marks are shorter than this. Whoever looked for their ends in all of the text would, in a text full of
/// beginnings, look for ever.
const MAX_NAME: usize = 200;

/// The characters that stand for expressions: a private-use area, which no text uses by accident, and which YAML takes
/// for letters wherever letters may be.
const MASK_FIRST: u32 = 0xE000;
const MASKS: usize = 0x18F0;

/// The text that takes the place of the expression of this number in a masked template. Different numbers have
/// different texts, so that no two unknown keys or values are equal.
pub fn mask(number: usize) -> String {
    let digit = |value: usize| char::from_u32(MASK_FIRST + (value % MASKS) as u32).unwrap_or('\u{E000}');
    if number < MASKS {
        digit(number).to_string()
    } else {
        [digit(number / MASKS), digit(number)].iter().collect()
    }
}

/// Where a text was masked first.
fn find_mask(text: &str) -> Option<Range<usize>> {
    // In UTF-8 the area starts with `EE` or `EF`.
    let at = memchr::memchr2_iter(0xEE, 0xEF, text.as_bytes())
        .find(|&at| text[at..].chars().next().is_some_and(is_mask))?;
    let end = text[at..].find(|c: char| !is_mask(c)).map_or(text.len(), |end| at + end);
    Some(at..end)
}

/// Whether a character stands for an expression of a masked template.
pub fn is_mask(c: char) -> bool {
    (MASK_FIRST..MASK_FIRST + MASKS as u32).contains(&(c as u32))
}

/// Whether a text that is no YAML looks like a template of one.
pub fn looks_templated(text: &str) -> bool {
    find_mark(text).is_some()
}

/// The first mark in a scalar's text: its value cannot be known.
pub fn template_mark(text: &str) -> Option<TemplateMark> {
    let masked = || find_mask(text).map(|range| TemplateMark { kind: MarkKind::Mask, range });
    find_mark(text)
        .or_else(masked)
        .or_else(|| token(text).map(|range| TemplateMark { kind: MarkKind::Token, range }))
}

/// Where `end` first comes in the next piece of a text.
fn find_end(text: &str, end: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memmem::find(&bytes[..bytes.len().min(MAX_NAME)], end.as_bytes())
}

/// Whether a token for a person to replace may stand somewhere in a text, told in one go.
pub fn may_hold_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    let holds = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    // An escape may write any character.
    memchr::memchr2(b'<', b'\\', bytes).is_some() || ["CHANGE", "REPLACE", "your-"].into_iter().any(holds)
}

fn find_mark(text: &str) -> Option<TemplateMark> {
    let bytes = text.as_bytes();
    memchr::memchr3_iter(b'{', b'%', b'$', bytes).find_map(|at| {
        let rest = &text[at..];
        let (kind, len) = if rest.starts_with("{{") {
            // A template may close its braces on a later line.
            (MarkKind::Braces, rest.find("}}").map_or(rest.len().min(2), |end| end + 2))
        } else if rest.starts_with("{%") {
            (MarkKind::Statement, rest.find("%}").map_or(2, |end| end + 2))
        } else if let Some(inner) = rest.strip_prefix("%%") {
            (MarkKind::Percent, find_end(inner, "%%").filter(|&end| is_name(&inner[..end]))? + 4)
        } else if rest.starts_with("${") {
            (MarkKind::Dollar, find_end(rest, "}").filter(|&end| is_variable(&rest[2..end]))? + 1)
        } else if rest.starts_with('%') && at > 0 && bytes[at - 1] == b'<' {
            let len = find_end(rest, "%>")? + 2;
            return Some(TemplateMark { kind: MarkKind::Erb, range: at - 1..at + len });
        } else {
            return None;
        };
        Some(TemplateMark { kind, range: at..at + len })
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// `VAR`, `var.name`, `VAR:-default`; not the `1` of a regular expression's replacement.
fn is_variable(text: &str) -> bool {
    let name = text.split([':', '=', '?', '[', '(', ',', ' ']).next().unwrap_or(text);
    !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit()) && is_name(name)
}

/// A token that stands for a value a person should fill in, by the forms that documentation uses.
fn token(text: &str) -> Option<Range<usize>> {
    angle_token(text).or_else(|| shouted_token(text))
}

/// `<KUBE_API_SERVER_IP>`, `<control_node_ip>`: upper-case words, or a lower-case name that ends in `_ip`.
fn angle_token(text: &str) -> Option<Range<usize>> {
    memchr::memchr_iter(b'<', text.as_bytes()).find_map(|start| {
        let inner = &text[start + 1..];
        let end = find_end(inner, ">")?;
        let name = &inner[..end];
        let upper = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.len() > 1
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b' '));
        let address = name.ends_with("_ip") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        (upper || address).then(|| start..start + end + 2)
    })
}

/// `CHANGEME`, `REPLACE_ME`, `your-…-here` as whole words.
fn shouted_token(text: &str) -> Option<Range<usize>> {
    const WORDS: [&str; 6] = ["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACEME", "REPLACE_ME", "REPLACE-ME"];
    for start in memchr::memchr2_iter(b'C', b'R', text.as_bytes()) {
        let Some(word) = WORDS.iter().find(|word| text[start..].starts_with(**word)) else { continue };
        let before_ok = !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
        let rest = &text[start + word.len()..];
        let after =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        let clean_end = after == 0 || rest.starts_with(['_', '-']);
        if before_ok && clean_end {
            return Some(start..start + word.len() + after);
        }
    }
    (text.starts_with("your-") && text.ends_with("-here") && !text.contains(char::is_whitespace))
        .then_some(0..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<MarkKind> {
        template_mark(text).map(|mark| mark.kind)
    }

    #[test]
    fn finds_the_marks_that_real_files_hold() {
        for (text, expected) in [
            ("{{ rke2_token }}", MarkKind::Braces),
            ("{% if ha %}", MarkKind::Statement),
            ("%%CLUSTERCIDR%%", MarkKind::Percent),
            ("https://${server_ip}:9345", MarkKind::Dollar),
            ("${var.token}", MarkKind::Dollar),
            ("${TOKEN:-none}", MarkKind::Dollar),
            ("<%= node %>", MarkKind::Erb),
            ("<KUBE_API_SERVER_IP>", MarkKind::Token),
            ("<control_node_ip>", MarkKind::Token),
            ("CHANGEME_TRAEFIK_LB_IP", MarkKind::Token),
            ("your-token-here", MarkKind::Token),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in [
            "$1",
            "${1}",
            "$(POD_IP)",
            "100%",
            "50%%",
            "<none>",
            "a <b> c",
            "<a@b>",
            "https://%{KUBERNETES_API}%/x",
            "__PILLAR__CLUSTER__DNS__",
            "{ a }",
            "UNCHANGEMENT",
            "CHANGEMENT",
            "x < Y > z",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
