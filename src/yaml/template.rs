//! Template placeholders in text. Must not know nodes or places.

use std::ops::Range;

use crate::words::{Word, Words};

/// A placeholder: a piece of text to be replaced by something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateMark {
    /// Its kind.
    pub kind: MarkKind,
    /// Its range in the text.
    pub range: Range<usize>,
}

/// Kinds of template marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// `{{ … }}`: Go, Jinja, Helm.
    Braces,
    /// `{% … %}`: Jinja.
    Statement,
    /// `%%name%%`, `%NAME%`.
    Percent,
    /// `${NAME}`: shell, Terraform, Flux.
    Dollar,
    /// `<% … %>`: ERB.
    Erb,
    /// `$NAME`, `$(command)`: shell.
    Shell,
    /// `ENC[AES256_GCM,…]`: encrypted by SOPS.
    Sealed,
    /// `<NAME>`, `__NAME__`, `CHANGEME`, `xxxx`: a token to be replaced by hand.
    Token,
    /// A character that this program put in place of a template expression: see [`mask`].
    Mask,
}

/// Names in placeholders are shorter than this. Without a limit, searching for their ends would take quadratic time in
/// a text full of opening marks.
const MAX_NAME: usize = 200;
/// Longer texts are not searched for words to replace.
const MAX_VALUE: usize = 1024;

/// The characters that replace expressions: a private-use area, which no text uses by accident, and which YAML accepts
/// wherever letters may be.
const MASK_FIRST: u32 = 0xE000;
const MASKS: usize = 0x18F0;

/// The replacement for the expression of this number in a masked template. Different numbers have different
/// replacements, so that no two unknown keys or values are equal.
pub fn mask(number: usize) -> String {
    let digit = |value: usize| char::from_u32(MASK_FIRST + (value % MASKS) as u32).unwrap_or('\u{E000}');
    if number < MASKS {
        digit(number).to_string()
    } else {
        [digit(number / MASKS), digit(number)].iter().collect()
    }
}

/// The first mask in a text.
fn find_mask(text: &str) -> Option<Range<usize>> {
    // In UTF-8, characters of this area start with `EE` or `EF`.
    let at = memchr::memchr2_iter(0xEE, 0xEF, text.as_bytes())
        .find(|&at| text[at..].chars().next().is_some_and(is_mask))?;
    let end = text[at..].find(|c: char| !is_mask(c)).map_or(text.len(), |end| at + end);
    Some(at..end)
}

/// Whether a character replaces an expression of a masked template.
pub fn is_mask(c: char) -> bool {
    (MASK_FIRST..MASK_FIRST + MASKS as u32).contains(&(c as u32))
}

/// Whether a text that is not valid YAML looks like a template of YAML.
pub fn looks_templated(text: &str) -> bool {
    find_mark(text).is_some()
}

/// Classes of bytes that placeholders contain. Most texts contain none of them and need no further search.
mod class {
    /// A character that every placeholder filled in by a program contains.
    pub const MARK: u16 = 1;
    /// Characters that hide a part of a value, and the dot between such parts: two of them in a row.
    pub const HIDDEN: u16 = 2;
    /// Upper case letters: two of them in a row.
    pub const UPPER: u16 = 4;
    /// Characters that join the words of a token; a token may also be enclosed in two of them.
    pub const JOINT: u16 = 8;
    /// The first letter of `your`.
    pub const YOUR: u16 = 16;

    const OF_BYTE: [u16; 256] = {
        let mut of_byte = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            of_byte[byte] = match byte as u8 {
                // The last two start the characters of masks in UTF-8.
                b'{' | b'%' | b'$' | b'<' | 0xEE | 0xEF => MARK,
                b'x' | b'*' | b'.' => HIDDEN,
                b'X' => HIDDEN | UPPER,
                b'A'..=b'Z' => UPPER,
                b'_' | b'-' => JOINT,
                b'y' => YOUR,
                _ => 0,
            };
            byte += 1;
        }
        of_byte
    };

    /// The classes of a text's bytes and, shifted by eight bits, those that two adjacent bytes share.
    pub fn found(bytes: &[u8]) -> u16 {
        let step = |(found, last): (u16, u16), &byte: &u8| {
            let class = OF_BYTE[usize::from(byte)];
            (found | class | (class & last) << 8, class)
        };
        bytes.iter().fold((0, 0), step).0
    }
}

/// The first placeholder in a scalar's text. Its value cannot be known.
pub fn template_mark(text: &str) -> Option<TemplateMark> {
    let bytes = text.as_bytes();
    let (marked, worded) = if bytes.len() <= MAX_VALUE {
        let found = class::found(bytes);
        let pair = (class::HIDDEN | class::UPPER | class::JOINT) << 8;
        let yours = class::JOINT | class::YOUR;
        let asks = || found & yours == yours && bytes.windows(4).any(|word| word == b"your");
        (found & class::MARK != 0, found & pair != 0 || asks())
    } else {
        let is_in = |one, two, three| memchr::memchr3(one, two, three, bytes).is_some();
        (is_in(b'{', b'%', b'$') || is_in(b'<', 0xEE, 0xEF), bytes.starts_with(b"ENC["))
    };
    if !marked && !worded {
        return None;
    }
    if is_sealed(text) {
        return Some(TemplateMark { kind: MarkKind::Sealed, range: 0..text.len() });
    }
    let token = |range| TemplateMark { kind: MarkKind::Token, range };
    let by_program = || {
        find_mark(text)
            .or_else(|| shell_mark(text))
            .or_else(|| find_mask(text).map(|range| TemplateMark { kind: MarkKind::Mask, range }))
            .or_else(|| angle_token(text).map(token))
    };
    let by_word = || word_token(text).filter(|_| bytes.len() <= MAX_VALUE).map(token);
    marked.then(by_program).flatten().or_else(|| worded.then(by_word).flatten())
}

/// Whether some scalar of a document may have a placeholder, found in one pass over its text.
pub(super) fn may_be_marked(document: &str) -> bool {
    static SEALED: Word = Word::new("ENC[");
    memchr::memchr3(b'{', b'%', 0xEE, document.as_bytes()).is_some()
        || memchr::memchr(0xEF, document.as_bytes()).is_some()
        || SEALED.is_in(document.as_bytes())
        || may_hold_mark(document)
}

/// How kpt's comments about setters begin: `# kpt-set: ${cluster-cidr}`.
const SETTER: &str = "# kpt-set:";

/// How ytt's comments with an expression begin: `chart: #@ data.values.chart`.
const EXPRESSION: &str = "#@ ";

/// Whether [`is_set_later`] may be true for some line of a document.
pub(super) fn may_be_set_later(document: &str) -> bool {
    static WORDS: Words = Words::new(|| vec![SETTER, EXPRESSION]);
    WORDS.is_in(document.as_bytes())
}

/// Whether a setter of kpt or an expression of ytt replaces a value. `rest` is the text after the value on its line.
pub(super) fn is_set_later(rest: &str) -> bool {
    let comment = rest.trim_start();
    [SETTER, EXPRESSION].iter().any(|start| comment.starts_with(start))
}

/// The first `end` within the length limit of a name.
fn find_end(text: &str, end: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memmem::find(&bytes[..bytes.len().min(MAX_NAME)], end.as_bytes())
}

/// Whether SOPS has encrypted a value, so that its text is known only at deployment.
fn is_sealed(text: &str) -> bool {
    text.starts_with("ENC[AES256_GCM,") && text.trim_end().ends_with(']')
}

/// Whether a placeholder for a shell or a person may be anywhere in a text, found in one pass.
pub fn may_hold_mark(text: &str) -> bool {
    static WORDS: Words = Words::new(|| {
        vec![
            "CHANGE", "REPLACE", "YOUR", "your", "HERE", "REDACTED", "TODO", "FIXME", "TBD", "__", "xxx",
            "XXX", ".x", ".X", "x.", "X.", "***",
        ]
    });
    let bytes = text.as_bytes();
    // An escape can produce any character.
    memchr::memchr3(b'<', b'$', b'\\', bytes).is_some() || WORDS.is_in(bytes)
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
        } else if rest.starts_with('%') && at > 0 && bytes[at - 1] == b'<' {
            let len = find_end(rest, "%>")? + 2;
            return Some(TemplateMark { kind: MarkKind::Erb, range: at - 1..at + len });
        } else if rest.starts_with('%') {
            (MarkKind::Percent, constant_token(rest)?)
        } else if rest.starts_with("${") {
            (MarkKind::Dollar, find_end(rest, "}").filter(|&end| is_variable(&rest[2..end]))? + 1)
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

/// The length of `%CLUSTER_NAME%` at the start of a text. Two letters may be a byte of a URL.
pub fn constant_token(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('%')?;
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let len = inner.bytes().take(MAX_NAME).take_while(|byte| is_part(byte)).count();
    let is_name = len > 2 && inner.starts_with(|c: char| c.is_ascii_uppercase());
    (is_name && inner[len..].starts_with('%')).then_some(len + 2)
}

/// `VAR`, `var.name`, `VAR:-default`; not `1`, as in the replacement of a regular expression.
fn is_variable(text: &str) -> bool {
    let name = text.split([':', '=', '?', '[', '(', ',', ' ']).next().unwrap_or(text);
    !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit()) && is_name(name)
}

/// `$NAME` or `$(command)`, as in an unquoted here-document. Not the prefix of a password hash (`$apr1$…`), an escaped
/// `$$`, or a `$` after a letter (`pa$word`).
fn shell_mark(text: &str) -> Option<TemplateMark> {
    if text.contains('\n') {
        return None;
    }
    memchr::memchr_iter(b'$', text.as_bytes()).find_map(|at| {
        if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '$' || c == '\\') {
            return None;
        }
        let rest = &text[at + 1..];
        let len = if let Some(command) = rest.strip_prefix('(') {
            find_end(command, ")").filter(|&end| end > 0)? + 2
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let named = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            (named && !rest[end..].starts_with('$')).then_some(end)?
        };
        Some(TemplateMark { kind: MarkKind::Shell, range: at..at + 1 + len })
    })
}

/// Names between `<` and `>` that are ordinary text: HTML elements, end markers and words for an empty value.
const MARKUP: &[&str] = &[
    "b", "i", "a", "u", "p", "q", "s", "br", "hr", "em", "tt", "td", "tr", "th", "ul", "ol", "li", "dl",
    "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "div", "sub", "sup", "code", "span", "html",
    "body", "head", "form", "img", "link", "meta", "table", "title", "label", "input", "small", "style",
    "strong", "script", "button", "select", "option", "eof", "eot", "end", "nil", "none", "null", "empty",
    "unknown", "invalid", "unset", "not set", "no value",
];

/// `<KUBE_API_SERVER_IP>`, `<cluster-join-token>`, `<token from server node>`. Not the named group of a regular
/// expression, nor an element with its closing tag.
fn angle_token(text: &str) -> Option<Range<usize>> {
    memchr::memchr_iter(b'<', text.as_bytes()).find_map(|start| {
        let before = &text[..start];
        if before.ends_with("(?") || before.ends_with("(?P") {
            return None;
        }
        let inner = &text[start + 1..];
        let end = find_end(inner, ">")?;
        let name = &inner[..end];
        let upper = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.len() > 1
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b' '));
        // `Map<String>` is a type.
        let apart = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '<');
        let words = apart
            && name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !name.ends_with(' ')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'/'));
        let markup = MARKUP.iter().any(|known| known.eq_ignore_ascii_case(name))
            || text[start..].contains(&format!("</{name}"));
        ((upper || words) && !markup).then(|| start..start + end + 2)
    })
}

/// Prefixes that ask for a replacement; the rest of the word belongs to the token.
const SHOUTED: [&str; 10] = [
    "CHANGEME",
    "CHANGE_ME",
    "CHANGE-ME",
    "CHANGE_THIS",
    "REPLACEME",
    "REPLACE_ME",
    "REPLACE-ME",
    "REPLACE_THIS",
    "REPLACE_WITH",
    "REPLACE-WITH",
];
/// The last words of `your-…` that ask for a replacement.
const WANTED: &[&str] = &[
    "token", "ip", "vip", "host", "hostname", "server", "domain", "fqdn", "password", "secret", "key",
    "address", "registry", "username", "user", "cluster", "node", "url", "endpoint", "email", "name",
    "bucket", "here",
];

/// `CHANGEME`, `YOUR_SERVER_IP`, `your-token`, `xxxx`, `10.0.0.x` and the like as whole words.
fn word_token(text: &str) -> Option<Range<usize>> {
    if text.len() > 2 && text.bytes().all(|byte| byte == b'*') {
        return Some(0..text.len());
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let len = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
        if let Some(range) = part_token(&text[at..at + len]) {
            return Some(at + range.start..at + range.end);
        }
        at += len.max(1);
        // A character outside words may have several bytes.
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// The token in a run of letters, digits, `_`, `-` and `.`.
fn part_token(part: &str) -> Option<Range<usize>> {
    if memchr::memchr2(b'x', b'X', part.as_bytes()).is_some() && is_hidden_address(part) {
        return Some(0..part.len());
    }
    let mut start = 0;
    for word in part.split('.') {
        if is_token_word(word) {
            return Some(start..start + word.len());
        }
        start += word.len() + 1;
    }
    None
}

/// `192.0.2.x`, `xxx.xxx.xxx.xxx`.
fn is_hidden_address(text: &str) -> bool {
    let hidden = |piece: &str| piece.bytes().all(|byte| matches!(byte, b'x' | b'X'));
    let digits = |piece: &str| piece.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |piece: &str| (1..=3).contains(&piece.len()) && (hidden(piece) || digits(piece));
    text.split('.').count() == 4 && text.split('.').all(fits)
}

fn is_token_word(word: &str) -> bool {
    // Most words are shorter, or consist of lower case letters only.
    if word.len() < 3 {
        return false;
    }
    let all = |byte: u8| word.bytes().all(|other| other == byte);
    if memchr::memchr2(b'_', b'-', word.as_bytes()).is_none() {
        return match word.as_bytes()[0] {
            b'x' => all(b'x'),
            b'X' => all(b'X'),
            b'A'..=b'Z' => {
                matches!(word, "CHANGEME" | "REPLACEME" | "REDACTED" | "TODO" | "FIXME" | "TBD")
            }
            _ => false,
        };
    }
    let pieces = || word.split(['-', '_']);
    let last = || pieces().next_back().unwrap_or_default();
    // `YOUR_TOKEN`, `PUT-YOUR-TOKEN-HERE`: another word must follow.
    let asks = |whose: &str| pieces().rev().skip(1).any(|piece| piece == whose) && !last().is_empty();
    let follows = |prefix: &&str| {
        word.strip_prefix(*prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
    };
    SHOUTED.iter().any(follows)
        || asks("YOUR")
        || (asks("your") && WANTED.contains(&last()))
        || (last() == "HERE" && !word.contains(|c: char| c.is_ascii_lowercase()))
        || is_underlined(word)
}

/// `__NAME__`, except `__PILLAR__…`, which the node-local DNS cache replaces itself.
fn is_underlined(word: &str) -> bool {
    let name = word.strip_prefix("__").and_then(|word| word.strip_suffix("__")).unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.starts_with("PILLAR")
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
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
            ("pool-%POOL_1%-a", MarkKind::Percent),
            ("<% if ha %>", MarkKind::Erb),
            ("https://${server_ip}:9345", MarkKind::Dollar),
            ("${var.token}", MarkKind::Dollar),
            ("${TOKEN:-none}", MarkKind::Dollar),
            ("<%= node %>", MarkKind::Erb),
            ("<KUBE_API_SERVER_IP>", MarkKind::Token),
            ("<control_node_ip>", MarkKind::Token),
            ("CHANGEME_TRAEFIK_LB_IP", MarkKind::Token),
            ("your-token-here", MarkKind::Token),
            ("$vip", MarkKind::Shell),
            ("https://$JOIN_HOST:9345", MarkKind::Shell),
            ("$(cat /root/token)", MarkKind::Shell),
            ("<cluster-join-token>", MarkKind::Token),
            ("<token from server node>", MarkKind::Token),
            ("https://<server>:9345", MarkKind::Token),
            ("https://YOUR_SERVER_IP:9345", MarkKind::Token),
            ("YOUR-TOKEN", MarkKind::Token),
            ("PUT_YOUR_TOKEN_HERE", MarkKind::Token),
            ("TOKEN_HERE", MarkKind::Token),
            ("TODO", MarkKind::Token),
            ("registry.your-domain.com", MarkKind::Token),
            ("CHANGE_THIS_PASSWORD", MarkKind::Token),
            ("xxxxxxxx", MarkKind::Token),
            ("https://xxx.xxx.xxx.xxx:9345", MarkKind::Token),
            ("K10xxx::server:XXXX", MarkKind::Token),
            ("192.0.2.x", MarkKind::Token),
            ("https://10.x.x.x:9345/", MarkKind::Token),
            ("__JOIN_TOKEN__", MarkKind::Token),
            ("__A__", MarkKind::Token),
            ("********", MarkKind::Token),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
            assert!(may_be_marked(text), "{text}");
        }
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in [
            "$1",
            "${1}",
            "$$vip",
            "pa$word",
            "$apr1$h6uQ$x",
            "100%",
            "50%%",
            "%Y%m%d",
            "%H%M%S",
            "%C3%A9%20",
            "50%OR 60%",
            "<none>",
            "a <b> c",
            "<a@b>",
            "<EOF>",
            "<br>",
            "<B>bold</B>",
            "<item>1</item>",
            "^(?P<LEVEL>[A-Z]+)$",
            "(?<year>[0-9]+)-(?<month>[0-9]+)",
            "Map<String>",
            "memory.available<500Mi,nodefs.available<10%",
            "xx",
            "maxxx",
            "192.0.2.7",
            "x.y.z.w",
            "a.xx.b.c",
            "v1.2.x",
            "your-shop",
            "YOUR",
            "HERE",
            "TODO-app",
            "your own words",
            "**",
            "*",
            "aé<é>",
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
