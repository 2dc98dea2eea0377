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
}

/// Whether a text that is no YAML looks like a template of one.
pub fn looks_templated(text: &str) -> bool {
    find_mark(text).is_some()
}

/// The first mark in a scalar's text: its value cannot be known.
pub fn template_mark(text: &str) -> Option<TemplateMark> {
    find_mark(text).or_else(|| token(text).map(|range| TemplateMark { kind: MarkKind::Token, range }))
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
            (MarkKind::Percent, inner.find("%%").filter(|&end| is_name(&inner[..end]))? + 4)
        } else if rest.starts_with("${") {
            (MarkKind::Dollar, rest.find('}').filter(|&end| is_variable(&rest[2..end]))? + 1)
        } else if rest.starts_with('%') && at > 0 && bytes[at - 1] == b'<' {
            let len = rest.find("%>")? + 2;
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
        let end = inner.find('>')?;
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

const WORDS: &[&str] = &["CHANGEME", "CHANGE_ME", "CHANGE-ME", "REPLACEME", "REPLACE_ME", "REPLACE-ME"];

/// `CHANGEME`, `REPLACE_ME`, `your-…-here` as whole words.
fn shouted_token(text: &str) -> Option<Range<usize>> {
    // Every value is asked, and hardly one has it: two letters of all the words are looked for first.
    let shouts = |at: usize| text.as_bytes().get(at + 1) == Some(&b'E');
    let words = if memchr::memchr_iter(b'M', text.as_bytes()).any(shouts) { WORDS } else { &[] };
    for word in words {
        for (start, _) in text.match_indices(*word) {
            let before_ok = !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
            let rest = &text[start + word.len()..];
            let after = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
                .unwrap_or(rest.len());
            let clean_end = after == 0 || rest.starts_with(['_', '-']);
            if before_ok && clean_end {
                return Some(start..start + word.len() + after);
            }
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
