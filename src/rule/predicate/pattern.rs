//! Regular expressions over whole values. Compiling one is slower than evaluating a whole rule, so a literal that every
//! match contains is tested first, and the expression is compiled only if that is inconclusive.

use std::borrow::Cow;
use std::ops::Range;
use std::slice;
use std::sync::OnceLock;

use memchr::memmem;
use regex::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Repetition};

/// A regular expression over the whole value, compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Cow<'static, str>,
    // Boxed, since most expressions are never evaluated.
    words: OnceLock<Box<Words>>,
    compiled: OnceLock<Option<Regex>>,
    /// The expression for ASCII texts, which compiles much faster. `None` if it needs Unicode's tables.
    for_ascii: OnceLock<Option<regex_lite::Regex>>,
}

impl Pattern {
    /// A pattern. An invalid expression is only noticed on first use.
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
        if let Some(told) = self.words.get_or_init(|| Box::new(Words::of(&self.text))).tell(text) {
            return Some(told);
        }
        match self.ascii(text) {
            Some(regex) => Some(regex.is_match(text)),
            None => self.regex().map(|regex| regex.is_match(text)),
        }
    }

    /// The first group that takes part in a match of the whole text.
    pub fn first_group<'t>(&self, text: &'t str) -> Option<&'t str> {
        let group: Option<Range<usize>> = match self.ascii(text) {
            Some(regex) => regex
                .captures(text)
                .and_then(|groups| groups.iter().skip(1).flatten().next().map(|group| group.range())),
            None => self
                .regex()?
                .captures(text)
                .and_then(|groups| groups.iter().skip(1).flatten().next().map(|group| group.range())),
        };
        text.get(group?)
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn ascii(&self, text: &str) -> Option<&regex_lite::Regex> {
        let build = || regex_lite::Regex::new(&self.whole()).ok();
        text.is_ascii().then(|| self.for_ascii.get_or_init(build).as_ref())?
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.whole()).ok()).as_ref()
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.text)
    }
}

/// What is known of every match of an expression without compiling it.
#[derive(Clone, Debug, Default)]
struct Words {
    /// Every text that matches contains this.
    required: Vec<u8>,
    /// Set if the expression is just `required` with `.*` before it, after it, or both.
    alone: Option<Open>,
    /// The bytes with which a match can start; `None` if it may be empty.
    first: Option<ClassBytes>,
    /// Set if the expression is just one of these bytes with `.*` before and after it.
    one_of: Option<(ClassBytes, Open)>,
    /// Every text that matches contains one of these bytes; `None` if there are too many of them to be of use.
    needed: Option<ClassBytes>,
}

/// The maximum number of bytes of a class whose absence is worth a search.
const FEW: usize = 32;

/// The sides of a literal on which any text may be.
#[derive(Clone, Copy, Debug)]
struct Open {
    before: bool,
    after: bool,
    /// Whether the text may include line breaks.
    lines: bool,
}

impl Words {
    /// Analyzes an expression; the result is empty if it is invalid or valid only with Unicode.
    fn of(pattern: &str) -> Self {
        let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        parsed.map_or_else(|_| Self::default(), |parsed| Self::of_parsed(&parsed))
    }

    fn of_parsed(parsed: &Hir) -> Self {
        let mut parts = match parsed.kind() {
            HirKind::Concat(parts) => parts.as_slice(),
            _ => slice::from_ref(parsed),
        };
        let (mut before, mut after) = (None, None);
        if let [first, rest @ ..] = parts
            && let Some(lines) = anything(first)
        {
            (before, parts) = (Some(lines), rest);
        }
        if let [rest @ .., last] = parts
            && let Some(lines) = anything(last)
        {
            (after, parts) = (Some(lines), rest);
        }
        let (is_word, class) = match parts {
            [] => (true, None),
            [only] => match only.kind() {
                HirKind::Literal(_) | HirKind::Empty => (true, None),
                HirKind::Class(Class::Bytes(class)) if before.is_some() && after.is_some() => {
                    (false, Some(class.clone()))
                }
                _ => (false, None),
            },
            _ => (false, None),
        };
        let open = Open {
            before: before.is_some(),
            after: after.is_some(),
            lines: before.unwrap_or(true) && after.unwrap_or(true),
        };
        Self {
            required: required(parsed).to_vec(),
            alone: is_word.then_some(open),
            first: is_longer_than_empty(parsed).then(|| first(parsed)).flatten(),
            one_of: class.map(|class| (class, open)),
            needed: needed(parsed),
        }
    }

    /// Whether the expression matches; `None` if the literal alone is inconclusive.
    fn tell(&self, text: &str) -> Option<bool> {
        let (text, word) = (text.as_bytes(), self.required.as_slice());
        if let Some((class, open)) = &self.one_of {
            // With Unicode, the class has more characters.
            let is_decided = text.is_ascii() && (open.lines || !text.contains(&b'\n'));
            return is_decided.then(|| text.iter().any(|byte| holds(class, *byte)));
        }
        let contains = || memmem::find(text, word).is_some();
        match self.alone {
            Some(open) if open.lines || !text.contains(&b'\n') => Some(match (open.before, open.after) {
                (true, true) => contains(),
                (true, false) => text.ends_with(word),
                (false, true) => text.starts_with(word),
                (false, false) => text == word,
            }),
            _ => (!self.may_start(text) || !contains() || !self.has_needed(text)).then_some(false),
        }
    }

    fn has_needed(&self, text: &[u8]) -> bool {
        let Some(needed) = &self.needed else { return true };
        // With Unicode, classes and letters of any case match more.
        text.iter().any(|&byte| !byte.is_ascii() || holds(needed, byte))
    }

    fn may_start(&self, text: &[u8]) -> bool {
        let Some(first) = &self.first else { return true };
        // With Unicode, classes and letters of any case match more.
        text.first().is_some_and(|byte| !byte.is_ascii() || holds(first, *byte))
    }
}

fn holds(class: &ClassBytes, byte: u8) -> bool {
    class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte))
}

fn is_longer_than_empty(parsed: &Hir) -> bool {
    parsed.properties().minimum_len().is_some_and(|least| least > 0)
}

/// The bytes with which a non-empty match can start; `None` if that is not known.
fn first(parsed: &Hir) -> Option<ClassBytes> {
    match parsed.kind() {
        HirKind::Literal(literal) => {
            let byte = *literal.0.first()?;
            Some(ClassBytes::new([ClassBytesRange::new(byte, byte)]))
        }
        HirKind::Class(Class::Bytes(class)) => Some(class.clone()),
        HirKind::Capture(group) => first(&group.sub),
        HirKind::Repetition(repetition) => first(&repetition.sub),
        HirKind::Concat(parts) => {
            let optional = parts.iter().take_while(|part| !is_longer_than_empty(part)).count();
            union(parts.get(..=optional)?)
        }
        HirKind::Alternation(parts) => union(parts),
        HirKind::Class(Class::Unicode(_)) | HirKind::Empty | HirKind::Look(_) => None,
    }
}

/// The smallest class of bytes of which every match contains one.
fn needed(parsed: &Hir) -> Option<ClassBytes> {
    let least = |classes: &mut dyn Iterator<Item = ClassBytes>| classes.min_by_key(count);
    match parsed.kind() {
        HirKind::Class(Class::Bytes(class)) => (count(class) <= FEW).then(|| class.clone()),
        HirKind::Capture(group) => needed(&group.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Concat(parts) => least(&mut parts.iter().filter_map(needed)),
        HirKind::Alternation(parts) => {
            let all = parts.iter().map(needed).collect::<Option<Vec<_>>>()?;
            let union = all.iter().fold(ClassBytes::empty(), |mut union, class| {
                union.union(class);
                union
            });
            (count(&union) <= FEW).then_some(union)
        }
        _ => None,
    }
}

/// The number of bytes in a class.
fn count(class: &ClassBytes) -> usize {
    class.ranges().iter().map(ClassBytesRange::len).sum()
}

fn union(parts: &[Hir]) -> Option<ClassBytes> {
    let mut all = ClassBytes::empty();
    for part in parts {
        all.union(&first(part)?);
    }
    Some(all)
}

/// If an expression is `.*`: whether it matches line breaks as well.
fn anything(parsed: &Hir) -> Option<bool> {
    let HirKind::Repetition(Repetition { min: 0, max: None, sub, .. }) = parsed.kind() else { return None };
    let HirKind::Class(Class::Bytes(class)) = sub.kind() else { return None };
    let ranges: Vec<_> = class.ranges().iter().map(|range| (range.start(), range.end())).collect();
    match ranges.as_slice() {
        [(0, 0xff)] => Some(true),
        [(0, 0x09), (0x0b, 0xff)] => Some(false),
        _ => None,
    }
}

/// The longest literal that every match contains.
fn required(parsed: &Hir) -> &[u8] {
    match parsed.kind() {
        HirKind::Literal(literal) => &literal.0,
        HirKind::Capture(group) => required(&group.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => {
            parts.iter().map(required).max_by_key(|literal| literal.len()).unwrap_or_default()
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: &[&str] = &[
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
        r"\<a\>",
        "(ab)+c",
        "(?is)k.*",
        r"\s+x",
        r"\w?\s*b?c",
        "(?i)oci://.*",
        "^a|b.*",
        "(a*)b",
        r"(?s).*[\s:/].*",
        ".*[bc].*",
        "[a-z]*[:@]v?[0-9]+",
        r"(.*,)?(\s[^,]+|[^,]+\s)(,.*)?",
        "(x[ab]|[bc]+y).*",
        "([xy][ab])?.+",
    ];
    const TEXTS: &[&str] = &[
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
        "\u{a0}x",
        "éc",
        "\u{212a}x",
        "OCI://x",
    ];

    #[test]
    fn words_tell_what_the_expression_would() {
        for pattern in PATTERNS {
            let (words, regex) = (Words::of(pattern), Regex::new(&format!("^(?:{pattern})$")).unwrap());
            for text in TEXTS {
                let expected = regex.is_match(text);
                assert!(
                    words.tell(text).is_none_or(|told| told == expected),
                    "`{pattern}` on {text:?}: {words:?}"
                );
                assert_eq!(Pattern::new(*pattern).matches(text), Some(expected), "`{pattern}` on {text:?}");
            }
        }
        let required = |pattern: &str| String::from_utf8(Words::of(pattern).required).unwrap();
        assert_eq!(required(r"node-role\.kubernetes\.io/master[=:].*[^-]"), "node-role.kubernetes.io/master");
        assert_eq!(required("https?://.*"), "http");
        assert_eq!(required("x|yz"), "");
        assert_eq!(Words::of("(?i)oci://.*").tell("https://x"), Some(false));
        assert_eq!(Words::of("(?s).*[:/ ].*").tell("rke2.example.org"), Some(false));
        assert_eq!(Words::of("(?i)(a|bc)?d.*").tell("x"), Some(false));
        assert_eq!(Words::of("[a-z]*[:@]v?[0-9]+").tell("traefik"), Some(false));
        assert_eq!(Words::of(r"(.*,)?(\s[^,]+|[^,]+\s)(,.*)?").tell("10.42.0.0/16,fd00::/56"), Some(false));
    }

    #[test]
    fn groups_are_the_same_in_every_text() {
        let pattern = Pattern::new(r"\s*(?:\[(.*)\]|([^/%]*)[/%].*)\s*");
        assert_eq!(pattern.first_group(" [::1] "), Some("::1"));
        assert_eq!(pattern.first_group("10.0.0.1/8"), Some("10.0.0.1"));
        assert_eq!(pattern.first_group("é/8"), Some("é"));
        assert_eq!(pattern.first_group("none"), None);
        assert_eq!(Pattern::new("(").first_group("none"), None);
    }
}
