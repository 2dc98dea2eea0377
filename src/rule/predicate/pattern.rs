//! Regular expressions over whole values. Compiling one costs more than a whole rule, so it is put off until something
//! cheaper cannot tell.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

/// A regular expression over the whole value, compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Cow<'static, str>,
    words: OnceLock<Words>,
    compiled: OnceLock<Option<Regex>>,
    /// The same for texts in ASCII: without Unicode's tables an expression is compiled in a fraction of the time. `None`
    /// where it needs them.
    for_ascii: OnceLock<Option<regex::bytes::Regex>>,
}

impl Pattern {
    /// A pattern; whether it is valid is known when it is asked.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            words: OnceLock::new(),
            compiled: OnceLock::new(),
            for_ascii: OnceLock::new(),
        }
    }

    /// Whether it matches a text as a whole; `None` when it is not valid.
    pub fn matches(&self, text: &str) -> Option<bool> {
        if let Some(told) = self.words.get_or_init(|| Words::of(&self.text)).tell(text) {
            return Some(told);
        }
        match self.ascii(text) {
            Some(regex) => Some(regex.is_match(text.as_bytes())),
            None => self.regex().map(|regex| regex.is_match(text)),
        }
    }

    /// What its first group that takes part holds where it matches a text as a whole; `None` when it is not valid.
    pub fn first_group<'t>(&self, text: &'t str) -> Option<Option<&'t str>> {
        let group: Option<Range<usize>> = match self.ascii(text) {
            Some(regex) => regex
                .captures(text.as_bytes())
                .and_then(|groups| groups.iter().skip(1).flatten().next().map(|group| group.range())),
            None => self
                .regex()?
                .captures(text)
                .and_then(|groups| groups.iter().skip(1).flatten().next().map(|group| group.range())),
        };
        Some(group.and_then(|range| text.get(range)))
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn ascii(&self, text: &str) -> Option<&regex::bytes::Regex> {
        let build = || regex::bytes::RegexBuilder::new(&self.whole()).unicode(false).build().ok();
        text.is_ascii().then(|| self.for_ascii.get_or_init(build).as_ref())?
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.whole()).ok()).as_ref()
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.text)
    }
}

/// The plain words of an expression.
#[derive(Clone, Debug)]
struct Words {
    /// Every text that matches holds this.
    required: String,
    /// The expression is `required` and nothing else but `.*` before it, after it, or both.
    alone: Option<Open>,
}

/// Where anything may be next to a word.
#[derive(Clone, Copy, Debug)]
struct Open {
    before: bool,
    after: bool,
    /// Line breaks as well.
    lines: bool,
}

impl Words {
    fn of(pattern: &str) -> Self {
        let (lines, body) = match pattern.strip_prefix("(?s)") {
            Some(body) => (true, body),
            None => (false, pattern),
        };
        let (before, word) = body.strip_prefix(".*").map_or((false, body), |word| (true, word));
        let (after, word) = word.strip_suffix(".*").map_or((false, word), |word| (true, word));
        if is_plain(word) {
            return Self { required: word.to_owned(), alone: Some(Open { before, after, lines }) };
        }
        Self { required: required(pattern), alone: None }
    }

    /// Whether the expression matches, where its words tell.
    fn tell(&self, text: &str) -> Option<bool> {
        let word = self.required.as_str();
        match self.alone {
            Some(open) if open.lines || !text.contains('\n') => Some(match (open.before, open.after) {
                (true, true) => text.contains(word),
                (true, false) => text.ends_with(word),
                (false, true) => text.starts_with(word),
                (false, false) => text == word,
            }),
            _ => (!word.is_empty() && !text.contains(word)).then_some(false),
        }
    }
}

/// Whether an expression means its own text.
fn is_plain(expression: &str) -> bool {
    !expression.contains(['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'])
}

/// The longest word in an expression outside of groups and classes and is not optional; empty where there is
/// none, or where that is not plain to see.
fn required(expression: &str) -> String {
    let flags = expression.match_indices("(?").map(|(at, _)| &expression[at + 2..]);
    let is_plain_case = |flags: &str| {
        let end = flags.find([':', ')', '>']).unwrap_or(flags.len());
        !flags[..end].contains(['i', 'x'])
    };
    if !flags.into_iter().all(is_plain_case) {
        return String::new();
    }
    let (mut longest, mut word, mut depth) = (String::new(), String::new(), 0_usize);
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        let literal = match c {
            '(' => {
                depth += 1;
                None
            }
            ')' => {
                depth = depth.saturating_sub(1);
                None
            }
            '[' => {
                skip_class(&mut rest);
                None
            }
            '{' => {
                rest.by_ref().find(|c| *c == '}');
                None
            }
            '|' if depth == 0 => return String::new(),
            '\\' => match rest.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => Some(escaped),
                Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' | 'n' | 't' | 'r') => None,
                // Codes of characters, and classes with names.
                _ => return String::new(),
            },
            '.' | '^' | '$' | '|' | '?' | '*' | '+' => None,
            c => Some(c),
        };
        let is_optional = matches!(rest.peek(), Some('?' | '*' | '{'));
        match literal.filter(|_| depth == 0 && !is_optional) {
            Some(c) => word.push(c),
            None => {
                if word.len() > longest.len() {
                    longest.clone_from(&word);
                }
                word.clear();
            }
        }
    }
    if word.len() > longest.len() { word } else { longest }
}

/// Reads to the end of a class whose bracket was read.
fn skip_class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    rest.next_if_eq(&'^');
    // Here it is an element.
    rest.next_if_eq(&']');
    while let Some(c) = rest.next() {
        match c {
            ']' => return,
            '[' => skip_class(rest),
            '\\' => {
                rest.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_the_expression_would() {
        let patterns = [
            ".*://.*",
            "(?s).*,.*",
            "cis.*",
            ".*-cpu",
            "plain",
            "",
            ".*",
            "(?s)",
            "K10[0-9a-f]+::.*",
            r"\[.*\].*",
            r"[^:]*:\+?\d{1,5}",
            "https?://.*",
            "ab*c",
            "a{0,2}bc",
            "a+b",
            "x|yz",
            "(a|b)cd",
            "[]ab]c",
            "[^]a]c",
            "[[:alpha:]a]bc",
            r"[\]a]b",
            "(?i)abc",
            "a(?i:b)c",
            r"\x41b",
            r"\.md",
            "(?:ab)?cd",
            "a.b",
            r"(.*\s)?rke2-traefik(\s.*)?",
            "(?P<x>a)bc",
            "a$",
            "^a",
            r"a\sb",
        ];
        let texts = [
            "",
            "a",
            "b",
            "abc",
            "ABC",
            "a\nb",
            "cis",
            "cis-1.23",
            "http://x",
            "https://x",
            "x://y\n",
            "kube-cpu",
            "plain",
            "K10ab::s",
            "[::1]:80",
            "host:+443",
            "ac",
            "abbc",
            "bc",
            "aab",
            "x",
            "yz",
            "acd",
            "]c",
            "xc",
            "]b",
            "abC",
            "Ab",
            "x.md",
            "cd",
            "abcd",
            "a,b",
            "rke2-traefik",
            "a rke2-traefik\n",
            "aa",
            "a b",
            "é,",
            "[é]x",
        ];
        for pattern in patterns {
            let (words, regex) = (Words::of(pattern), Regex::new(&format!("^(?:{pattern})$")).unwrap());
            for text in texts {
                let expected = regex.is_match(text);
                assert!(
                    words.tell(text).is_none_or(|told| told == expected),
                    "`{pattern}` on {text:?}: {words:?}"
                );
                assert_eq!(Pattern::new(pattern).matches(text), Some(expected), "`{pattern}` on {text:?}");
            }
        }
        assert_eq!(required(r"node-role\.kubernetes\.io/master[=:].*[^-]"), "node-role.kubernetes.io/master");
        assert_eq!(required("https?://.*"), "http");
    }

    #[test]
    fn groups_are_the_same_in_every_text() {
        let pattern = Pattern::new(r"\s*(?:\[(.*)\]|([^/%]*)[/%].*)\s*");
        assert_eq!(pattern.first_group(" [::1] "), Some(Some("::1")));
        assert_eq!(pattern.first_group("10.0.0.1/8"), Some(Some("10.0.0.1")));
        assert_eq!(pattern.first_group("é/8"), Some(Some("é")));
        assert_eq!(pattern.first_group("none"), Some(None));
        assert_eq!(Pattern::new("(").first_group("none"), None);
    }
}
