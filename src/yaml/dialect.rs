//! Differences between yaml.v2, the library that RKE2 uses, and libyaml, which yaml.v2 was ported from.
//!
//! What yaml.v2 accepts and libyaml rejects is rewritten before libyaml sees it: a character is replaced by a substitute
//! that the text does not contain and that has no meaning in YAML. What yaml.v2 rejects and libyaml accepts is searched
//! for in the scalars that libyaml returns. `scripts/oracle-yaml.sh` compares the result with Go.

use std::borrow::Cow;

use super::tree::Style;

/// Private-use characters. Those that a text does not contain can be used as substitutes.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{e000}'..='\u{e0ff}';

/// How many rewritten texts are tried when libyaml rejects a text that yaml.v2 may accept.
pub(super) const MOST_ATTEMPTS: usize = 8;

/// How many bytes a private-use character is longer than an ASCII character.
const LONGER: usize = 2;

/// Characters that yaml.v2 accepts in tags and libyaml does not.
pub(super) const TAG_LETTERS: [char; 3] = [',', '[', ']'];

/// The message of libyaml for a tag with one of these.
pub(super) const TAG_GOES_ON: &str = "did not find expected whitespace or line break";

/// A tag in a form that libyaml reads as one tag.
pub(super) fn plain_tag(tag: &str) -> String {
    tag.replace(TAG_LETTERS, ".")
}

/// A text rewritten for libyaml, with one character for each character of the original.
#[derive(Debug)]
pub(super) struct Readable<'t> {
    text: Cow<'t, str>,
    /// Offsets of substitutes that are longer than the character they replace.
    wide: Vec<usize>,
    /// The substitutes, and what each of them replaces.
    stand_ins: Vec<(char, StandIn)>,
}

/// What a substitute replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StandIn {
    /// A byte order mark inside the text, which is an ordinary letter to yaml.v2.
    Mark,
    /// The backslash of `\'`, which yaml.v2 reads as an escape in double quotes and as a backslash elsewhere.
    Backslash,
    /// The colon of `[a:]`, which yaml.v2 reads as part of the text.
    Colon,
    /// The slash of `\/`, a JSON escape that libyaml accepts and yaml.v2 rejects in double quotes.
    Slash,
}

impl<'t> Readable<'t> {
    /// The text as written, except for what libyaml would always read differently.
    pub(super) fn new(written: &'t str) -> Self {
        let mut readable = Self { text: Cow::Borrowed(written), wide: Vec::new(), stand_ins: Vec::new() };
        if memchr::memmem::find(written.as_bytes(), "\u{feff}".as_bytes()).is_some() {
            readable.substitute(StandIn::Mark, &offsets_of_marks(written));
        }
        if memchr::memmem::find(written.as_bytes(), br"\'").is_some() {
            readable.substitute(StandIn::Backslash, &offsets_of_escaped(&readable.text, b'\''));
        }
        if memchr::memmem::find(written.as_bytes(), br"\/").is_some() {
            let escapes = offsets_of_escaped(&readable.text, b'/');
            let slashes: Vec<_> = escapes.into_iter().map(|at| at + 1).collect();
            readable.substitute(StandIn::Slash, &slashes);
        }
        readable
    }

    /// Strict JSON, rewritten so that libyaml finds all of its nodes. The contents of strings do not matter for that,
    /// nor do line endings.
    pub(super) fn json(written: &'t str) -> Self {
        let mut text = String::with_capacity(written.len());
        let (mut in_text, mut escaped) = (false, false);
        for c in written.chars() {
            let is_escaped = escaped;
            escaped = in_text && c == '\\' && !is_escaped;
            in_text ^= c == '"' && !is_escaped;
            match c {
                '\t' | '\n' | '\r' => text.push(' '),
                '\\' => text.push('x'),
                '"' if is_escaped => text.push('x'),
                _ if c.is_ascii() && c != '\u{7f}' => text.push(c),
                _ => text.extend(std::iter::repeat_n('x', c.len_utf8())),
            }
        }
        Self { text: Cow::Owned(text), wide: Vec::new(), stand_ins: Vec::new() }
    }

    /// The next text to try after libyaml rejected something that yaml.v2 accepts; `at` is an offset in the original.
    pub(super) fn retry(&self, at: usize, problem: &str) -> Option<Self> {
        let (wide, stand_ins) = (self.wide.clone(), self.stand_ins.clone());
        let mut again = Self { text: Cow::Owned(self.text.to_string()), wide, stand_ins };
        let start = self.wide.iter().fold(at, |at, &wide| if wide < at { at + LONGER } else { at });
        match problem {
            // The colon of `[a:]` is part of the text.
            "found unexpected ':'" => {
                let is_first = !self.stand_ins.iter().any(|(_, own)| *own == StandIn::Colon);
                let mut offsets = if is_first { offsets_of_colons(&self.text) } else { Vec::new() };
                if let (Err(place), Some(b':')) =
                    (offsets.binary_search(&start), self.text.as_bytes().get(start))
                {
                    offsets.insert(place, start);
                }
                again.substitute(StandIn::Colon, &offsets);
            }
            // A tag may hold commas and brackets. Their replacement does not matter: such a tag is unknown in any case.
            TAG_GOES_ON | "did not find expected tag URI" | "found undefined tag handle" => {
                let tag = self.text.get(start..).filter(|rest| rest.starts_with('!'))?;
                let len = tag.find(char::is_whitespace).unwrap_or(tag.len());
                let plain = plain_tag(&tag[..len]);
                again.text = Cow::Owned(format!("{}{plain}{}", &self.text[..start], &tag[len..]));
            }
            _ => return None,
        }
        (again.text != self.text).then_some(again)
    }

    /// The text for libyaml.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The offset in the original text.
    pub(super) fn written(&self, at: usize) -> usize {
        at - LONGER * self.wide.partition_point(|&wide| wide < at)
    }

    /// The text of a scalar with its substitutes replaced by the original characters.
    pub(super) fn restore<'v>(&self, text: &'v str, style: Style) -> Cow<'v, str> {
        let mut text = Cow::Borrowed(text);
        for (c, stand_in) in &self.stand_ins {
            if text.contains(*c) {
                text = Cow::Owned(text.replace(*c, stand_in.written(style)));
            }
        }
        text
    }

    /// Replaces the characters at some offsets with a substitute.
    fn substitute(&mut self, stand_in: StandIn, offsets: &[usize]) {
        let free = PRIVATE.into_iter().find(|c| !self.text.contains(*c));
        let (Some(c), false) = (free, offsets.is_empty()) else { return };
        let mut text = String::with_capacity(self.text.len() + 2 * offsets.len());
        let mut from = 0;
        for &offset in offsets {
            text.push_str(&self.text[from..offset]);
            text.push(c);
            from = offset + stand_in.len();
        }
        text.push_str(&self.text[from..]);
        self.stand_ins.push((c, stand_in));
        let is_wide = |c: char| self.stand_ins.iter().any(|&(own, stand_in)| own == c && stand_in.len() == 1);
        self.wide = text.char_indices().filter(|&(_, c)| is_wide(c)).map(|(at, _)| at).collect();
        self.text = Cow::Owned(text);
    }
}

impl StandIn {
    fn written(self, style: Style) -> &'static str {
        match self {
            Self::Mark => "\u{feff}",
            Self::Backslash if style == Style::DoubleQuoted => "",
            Self::Backslash => "\\",
            Self::Colon => ":",
            Self::Slash => "/",
        }
    }

    /// Length of the replaced characters, in bytes.
    fn len(self) -> usize {
        self.written(Style::Plain).len()
    }
}

fn offsets_of_marks(text: &str) -> Vec<usize> {
    memchr::memmem::find_iter(text.as_bytes(), "\u{feff}".as_bytes()).collect()
}

/// Backslashes that escape a character: for each odd run of backslashes before it, the last one.
fn offsets_of_escaped(text: &str, escaped: u8) -> Vec<usize> {
    let mut offsets = Vec::new();
    let mut run = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if byte == b'\\' {
            run += 1;
            continue;
        }
        if byte == escaped && run % 2 == 1 {
            offsets.push(at - 1);
        }
        run = 0;
    }
    offsets
}

/// The value of a JSON string, given with its quotes. Go replaces half of a surrogate pair with U+FFFD.
pub(super) fn json_text(written: &str) -> Option<Box<str>> {
    if let Ok(text) = serde_json::from_str(written) {
        return Some(text);
    }
    let mut whole = written.to_owned();
    for at in offsets_of_escaped(written, b'u') {
        if written.get(at + 2..at + 6).is_some_and(|digits| digits.starts_with(['d', 'D'])) {
            whole.replace_range(at + 2..at + 6, "fffd");
        }
    }
    serde_json::from_str(&whole).ok()
}

/// Colons before a flow indicator, at the end of what would otherwise be a plain scalar.
fn offsets_of_colons(text: &str) -> Vec<usize> {
    let mut offsets = Vec::new();
    // The first byte of the current word that may start a plain scalar.
    let mut first = None;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        match pair[0] {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' => first = None,
            b':' if first.is_some_and(|first| !matches!(first, b'*' | b'&' | b'!' | b'"' | b'\''))
                && !matches!(text.as_bytes()[at - 1], b'"' | b'\'')
                && matches!(pair[1], b',' | b'?' | b'[' | b']' | b'{' | b'}') =>
            {
                offsets.push(at);
            }
            b':' | b'?' if first.is_none() => {}
            byte => first = first.or(Some(byte)),
        }
    }
    offsets
}

/// Why yaml.v2 rejects a plain scalar in brackets that libyaml accepts, with the offset in `source`, the original text:
/// to yaml.v2, a `?` starts a key wherever it is.
pub(super) fn refused_in_flow(source: &str, flow: Flow) -> Option<(usize, &'static str)> {
    let at = memchr::memchr(b'?', source.as_bytes())?;
    Some((at, flow.expected()))
}

/// The kind of a flow collection around a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// `[…]`.
    Sequence,
    /// `{…}`.
    Mapping,
}

impl Flow {
    fn expected(self) -> &'static str {
        match self {
            Self::Sequence => "did not find expected ',' or ']'",
            Self::Mapping => "did not find expected ',' or '}'",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_characters_as_before() {
        for text in ["a: b", "a: \"don\\'t\"", "\u{e000}a\u{feff}: [b:]", r"\\\' \\'"] {
            let readable = Readable::new(text);
            let readable = readable.retry(0, "found unexpected ':'").unwrap_or(readable);
            assert_eq!(readable.text().chars().count(), text.chars().count(), "{text:?}");
            assert_eq!(readable.restore(readable.text(), Style::Plain), text);
            for (read, written) in readable.text().char_indices().zip(text.char_indices()) {
                assert_eq!(readable.written(read.0), written.0);
            }
            assert_eq!(readable.written(readable.text().len()), text.len());
        }
    }

    #[test]
    fn an_escaped_apostrophe_is_one_in_double_quotes_only() {
        let readable = Readable::new(r"don\'t \\'");
        assert_eq!(readable.restore(readable.text(), Style::DoubleQuoted), r"don't \\'");
        assert_eq!(readable.restore(readable.text(), Style::SingleQuoted), r"don\'t \\'");
    }

    #[test]
    fn colons_of_plain_texts_in_flow_style_are_text() {
        for (text, offsets) in [
            ("[a:]", vec![2]),
            ("[C=d:, e:]", vec![4, 8]),
            ("{\"a\":[b], 'c':{}}", vec![]),
            ("[:]", vec![]),
            ("[:a:]", vec![3]),
            ("[*a:]", vec![]),
            ("[a: b]", vec![]),
        ] {
            assert_eq!(offsets_of_colons(text), offsets, "{text}");
        }
    }

    #[test]
    fn an_escaped_slash_is_no_escape() {
        let readable = Readable::new(r#""a\/b" \\/"#);
        assert_eq!(readable.text(), "\"a\\\u{e000}b\" \\\\/");
        assert_eq!(readable.restore(readable.text(), Style::Plain), r#""a\/b" \\/"#);
    }

    #[test]
    fn half_a_character_of_json_is_replaced() {
        assert_eq!(json_text(r#""a\ud83d\ude00\\ud83d""#).as_deref(), Some("a\u{1f600}\\ud83d"));
        assert_eq!(json_text(r#""a\ud83d\/""#).as_deref(), Some("a\u{fffd}/"));
        assert_eq!(json_text("\"\\ud8\""), None);
    }

    #[test]
    fn a_question_mark_ends_a_text_in_brackets() {
        assert_eq!(refused_in_flow("https://a/?b", Flow::Sequence).map(|(at, _)| at), Some(10));
        assert_eq!(refused_in_flow("https://a/b", Flow::Mapping), None);
    }
}
