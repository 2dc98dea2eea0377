//! Makes text from linted files safe to display. Must not know formats.
//!
//! A linted file may contain terminal escapes, characters that change the text direction, or lines that a CI system
//! would interpret as commands. Such characters are shown as code points (`\u{1b}`).

use std::borrow::Cow;

/// Escapes text for a single line. Line breaks are shown as `\n`.
pub fn line(text: &str) -> Cow<'_, str> {
    show(text, false)
}

/// Escapes text for several lines. Line breaks are kept, `\r\n` becomes `\n`, and a tab becomes four spaces.
pub fn block(text: &str) -> Cow<'_, str> {
    show(text, true)
}

/// Escapes a path for a single line. Since the path may be at the start of the line, a leading `::` is prefixed with
/// `./`, or a CI system would interpret the line as a command.
pub fn path(text: &str) -> Cow<'_, str> {
    match line(text) {
        shown if shown.starts_with("::") => Cow::Owned(format!("./{shown}")),
        shown => shown,
    }
}

/// Escapes hidden characters in a serialized JSON document without loss. JSON itself only requires this below U+0020.
pub fn json(document: &str) -> Cow<'_, str> {
    let is_harmless = |(at, c): (usize, char)| c == '\n' || !is_shown_as_code(c, &document[at..]);
    if document.char_indices().all(is_harmless) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 32);
    for (at, c) in document.char_indices() {
        if is_harmless((at, c)) {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    Cow::Owned(out)
}

/// Whether `c`, the first character of `rest`, must be shown as its code point.
pub fn is_shown_as_code(c: char, rest: &str) -> bool {
    is_hidden(c) || (c == '#' && opens_log_command(rest))
}

/// Whether a character moves the cursor, changes the text direction, is invisible, or is invalid in XML. The joiners
/// U+200C and U+200D are allowed, because scripts and emoji need them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// `##[…]`, `##vso[…]`, `##teamcity[…]`: commands of CI systems anywhere in a line.
fn opens_log_command(rest: &str) -> bool {
    rest.strip_prefix("##")
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Whether a text is a workflow command such as `::error …::` if it is at the start of a line. An IPv6 address is not.
fn opens_workflow_command(rest: &str) -> bool {
    rest.strip_prefix("::").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic())
            && rest.lines().next().is_some_and(|line| line.contains("::"))
    })
}

fn show(text: &str, keeps_breaks: bool) -> Cow<'_, str> {
    // Almost every text is printable ASCII without the start of a command.
    let mut last = 0;
    let is_plain = |byte: u8| {
        let opens_command = byte == last && matches!(byte, b'#' | b':');
        last = byte;
        matches!(byte, b' '..=b'~') && !opens_command
    };
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut opens_word = true;
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        match c {
            '\n' if keeps_breaks => out.push('\n'),
            '\r' if keeps_breaks && rest.starts_with("\r\n") => {}
            '\t' if keeps_breaks => out.push_str("    "),
            '\n' | '\r' | '\t' => out.extend(c.escape_default()),
            // Text is wrapped at words, so any word may end up at the start of a line.
            ':' if opens_word && opens_workflow_command(rest) => out.extend(c.escape_unicode()),
            c if is_shown_as_code(c, rest) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        opens_word = c.is_whitespace();
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_shown_as_code_points() {
        assert_eq!(line("a\u{1b}[31mb\u{202e}c\u{9b}d\u{7f}"), "a\\u{1b}[31mb\\u{202e}c\\u{9b}d\\u{7f}");
        assert_eq!(line("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(block("a\r\nb\tc\rd"), "a\nb    c\\rd");
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["Größe 漢字 👩‍👩‍👧", "fd00::/108,::1", "a: b # c ## d", "::ffff:10.0.0.1", "std::io"]
        {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn commands_of_ci_systems_are_broken() {
        assert_eq!(line("::error file=a::x"), "\\u{3a}:error file=a::x");
        assert_eq!(line("see ::add-mask::x"), "see \\u{3a}:add-mask::x");
        assert_eq!(line("a ##[error]b"), "a \\u{23}#[error]b");
        assert_eq!(line("###vso[task]"), "#\\u{23}#vso[task]");
        assert_eq!(path("::error x.yaml"), "./::error x.yaml");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = "a\u{9b}\u{202e}\u{e0041} ##[x] \u{1b}\\";
        let document = serde_json::to_string(value).unwrap();
        let shown = json(&document);
        assert!(!shown.chars().any(is_hidden) && !shown.contains("##["), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
    }
}
