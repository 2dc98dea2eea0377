//! Suggestions for a syntax error, from the lines around it. Must not know nodes.

/// The help for a syntax error at an offset: one imperative sentence.
pub fn advice(text: &str, at: usize) -> String {
    let at = at.min(text.len());
    let lines = Lines::around(text, at);
    for line in [lines.here, lines.before] {
        if let Some(advice) = marker(line) {
            return advice;
        }
    }
    let indentation_here = &lines.here[..lines.here.len() - lines.here.trim_start().len()];
    if indentation_here.contains('\t') {
        return "replace the tab with spaces".to_owned();
    }
    for line in [lines.here, lines.before] {
        if let Some(advice) = value(line).or_else(|| missing_blank(line)) {
            return advice;
        }
    }
    if let Some(advice) = indentation(lines.before, lines.here) {
        return advice;
    }
    for line in [lines.here, lines.before] {
        if let Some(advice) = second_colon(line) {
            return advice;
        }
    }
    "check indentation, quotes and brackets here and in the line above".to_owned()
}

/// The help for a decoding error of yaml.v2, chosen by its message.
pub fn decode_help(message: &str) -> &'static str {
    if message.starts_with("map merge") {
        "write a map at the anchor (`{}` for an empty one), or remove the `<<` line"
    } else if message.starts_with("unknown anchor") || message.starts_with("anchor") {
        "quote the value, or define the anchor `&name` before it"
    } else {
        "remove the tag, or write a value of that type"
    }
}

/// Rewords a parser's message in plain English where it uses the parser's own terms.
pub fn plain_words(message: &str, text: &str, at: usize) -> String {
    let here = text.get(at..).and_then(|rest| rest.chars().next());
    match here {
        Some('`') if message.starts_with("found character that cannot start") => {
            "a backtick cannot start a value".to_owned()
        }
        Some('\t') if message.starts_with("found character that cannot start") => {
            "tab used for indentation".to_owned()
        }
        Some('"' | '\'') if message.starts_with("found unexpected") => "unclosed quote".to_owned(),
        Some('*') if message.starts_with("did not find expected alphabetic") => {
            "missing name after `*`, which starts an alias".to_owned()
        }
        Some('.') if message.starts_with("did not find expected node content") => {
            "`...` ends the document before it starts".to_owned()
        }
        Some(c) if message.starts_with("found character that cannot start") => {
            format!("`{c}` cannot start a value")
        }
        _ if message.starts_with("unknown anchor") => "undefined alias; no anchor has this name".to_owned(),
        _ if message.starts_with("could not find expected ':'") => "missing `:`".to_owned(),
        _ if message.starts_with("mapping values are not allowed") => "unexpected `:`".to_owned(),
        _ if message.starts_with("map merge requires") => "`<<` merges a value that is not a map".to_owned(),
        _ => match message.strip_prefix("did not find expected ") {
            Some("node content") => "expected a value".to_owned(),
            Some("key") => "expected a key".to_owned(),
            Some(expected) => format!("expected {}", expected.replace('\'', "`")),
            None => message.to_owned(),
        },
    }
}

/// The line at an offset, and the last line before it that holds more than a comment.
struct Lines<'t> {
    before: &'t str,
    here: &'t str,
}

impl<'t> Lines<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        let mut at = at;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let start = text[..at].rfind('\n').map_or(0, |nl| nl + 1);
        let end = text[at..].find('\n').map_or(text.len(), |nl| at + nl);
        let mut earlier = text[..start].lines().rev().filter(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let here = text[start..end].trim_end();
        // An error at the end of the text is about the text before it, not about an empty line.
        let here = if here.trim().is_empty() { earlier.next().unwrap_or(here) } else { here };
        Self { before: earlier.next().unwrap_or_default(), here }
    }
}

/// Lines of diffs, merge conflicts and Markdown, which are not YAML at all.
fn marker(line: &str) -> Option<String> {
    let line = line.trim();
    if line.starts_with("```") {
        return Some("remove the Markdown fence".to_owned());
    }
    if line == "..." {
        return Some("remove the line `...`".to_owned());
    }
    let conflict = ["<<<<<<<", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) || line == "=======";
    conflict.then(|| "resolve the merge conflict".to_owned())
}

/// A value that starts with a character that is special in YAML.
fn value(line: &str) -> Option<String> {
    let (key, value) = match line.split_once(": ") {
        Some((key, value)) => (format!("{}: ", key.trim_start()), value.trim()),
        None => ("- ".to_owned(), line.trim_start().strip_prefix("- ")?.trim()),
    };
    let first = value.chars().next()?;
    let pasted = |value: &str| format!("quote the value: `{key}'{value}'`");
    match first {
        '@' | '`' | '%' => Some(pasted(value)),
        '*' if !value[1..].starts_with(|c: char| c.is_ascii_alphanumeric()) => Some(pasted(value)),
        '|' | '>' if value[1..].starts_with(' ') && !value[1..].trim_start().starts_with('#') => {
            let header = format!("{first}{}", value[1..].trim());
            Some(format!("write the block header without a space: `{key}{header}`"))
        }
        '"' | '\'' if closes_early(value, first) => {
            Some("quote the whole value, or double the quotes inside it".to_owned())
        }
        '"' | '\'' if !value[1..].contains(first) => Some(format!("close the quote: `{key}{value}{first}`")),
        '"' if value.contains('\\') => Some("use single quotes, which allow backslashes".to_owned()),
        _ => None,
    }
}

/// Whether text follows a closed quote.
fn closes_early(value: &str, quote: char) -> bool {
    let Some(end) = value[1..].find(quote) else { return false };
    let rest = value[end + 2..].trim_start();
    !rest.is_empty() && !rest.starts_with(['#', ',', ']', '}', quote])
}

/// `key:value`, which is text to YAML, not an entry.
fn missing_blank(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
    (is_key
        && value.starts_with(|c: char| !c.is_whitespace() && c != '/' && c != ':')
        && !line.contains(": "))
    .then(|| format!("write a space after the colon: `{key}: {value}`"))
}

/// A key that is indented differently from its siblings.
fn indentation(before: &str, here: &str) -> Option<String> {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_entry = |line: &str| {
        let line = line.trim();
        line.ends_with(':') || line.contains(": ")
    };
    let opens = before.trim_end().ends_with(':');
    let text = before.trim_end().ends_with(['|', '>', '-', '+']) && before.contains(": ");
    if !is_entry(here) {
        return None;
    }
    if opens {
        return (depth(here) < depth(before)).then(|| {
            "indent this line to match a sibling, or deeper to nest it under the key above".to_owned()
        });
    }
    if text && depth(here) <= depth(before) {
        return Some("indent the text deeper than its key".to_owned());
    }
    (is_entry(before) && depth(here) != depth(before))
        .then(|| "indent the key to match its siblings".to_owned())
}

/// `a: b: c`.
fn second_colon(line: &str) -> Option<String> {
    let (key, value) = line.split_once(": ")?;
    let value = value.trim();
    (value.contains(": ") && !value.starts_with(['"', '\'', '{', '[', '#']) && !value.contains('\''))
        .then(|| format!("quote the value: `{}: '{value}'`", key.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_library_are_translated() {
        for (message, expected) in [
            ("did not find expected node content", "expected a value"),
            ("did not find expected key", "expected a key"),
            ("did not find expected ',' or ']'", "expected `,` or `]`"),
            ("did not find expected '-' indicator", "expected `-` indicator"),
        ] {
            assert_eq!(plain_words(message, "a: [", 4), expected);
        }
    }

    #[test]
    fn each_mistake_has_its_way_out() {
        for (text, at, expected) in [
            ("a: 1\nhost:*.example.com\nb: 2\n", 6, "write a space after the colon: `host: *.example.com`"),
            ("host: *.example.com\n", 7, "quote the value: `host: '*.example.com'`"),
            ("a: @b\n", 3, "quote the value: `a: '@b'`"),
            ("- `b`\n", 2, "quote the value: `- '`b`'`"),
            ("v: | -\n  a: 1\n", 5, "write the block header without a space: `v: |-`"),
            ("```yaml\na: 1\n", 0, "remove the Markdown fence"),
            ("# c\n...\na: 1\n", 4, "remove the line `...`"),
            ("a: 1\n<<<<<<< HEAD\nb: 1\n", 5, "resolve the merge conflict"),
            ("a: \"b\nc: 1\n", 3, "close the quote: `a: \"b\"`"),
            ("a: b: c\n", 4, "quote the value: `a: 'b: c'`"),
            ("a: 1\n  b: 2\n", 8, "indent the key to match its siblings"),
            ("v: |-\nflannel:\n iface: x\n", 6, "indent the text deeper than its key"),
            ("a:\n  b: 1\n  \tc: 2\n", 12, "replace the tab with spaces"),
            ("a: [1, 2\n", 9, "check indentation, quotes and brackets here and in the line above"),
        ] {
            assert_eq!(advice(text, at), expected, "{text:?}");
        }
    }
}
