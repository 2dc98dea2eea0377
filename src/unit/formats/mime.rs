//! MIME multi-part user data: a cloud-config, scripts and other parts in one text, each with its own headers.

use std::ops::Range;

use super::cloud_init::{DecodeError, from_base64};
use crate::unit::{Format, Found, Host};

/// User data with several parts.
pub const FORMAT: Format =
    Format { name: "mime", files: &[".mime", ".txt"], marks: &["multipart/"], is_program: false, fits, read };

/// Maximum number of bytes before the first boundary.
const MAX_HEAD: usize = 4096;

/// Content types, each with a file name by which other formats recognize them.
const TYPES: &[(&str, &str)] = &[
    ("text/cloud-config", "user-data"),
    ("text/x-shellscript", "part.sh"),
    ("text/cloud-boothook", "part.sh"),
    ("text/jinja2", "user-data"),
];

fn fits(host: &Host<'_>) -> bool {
    let start = host.text().trim_start();
    ["content-type:", "mime-version:"].iter().any(|header| starts_with(start, header))
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let Some(boundary) = boundary(text) else { return };
    for (index, part) in parts(text, boundary).enumerate() {
        let Some((head, body)) = split(text, part) else { continue };
        let kind = header(head, "content-type").unwrap_or_default();
        let Some((_, name)) = TYPES.iter().find(|(known, _)| starts_with(kind, known)) else { continue };
        let written_by = format!("part {}", index + 1);
        let encoding = header(head, "content-transfer-encoding").unwrap_or_default();
        if !encoding.eq_ignore_ascii_case("base64") {
            found.text(written_by, name, host.view().slice(body));
            continue;
        }
        let decoded = from_base64(&text[body.clone()]);
        match decoded.and_then(|bytes| String::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)) {
            Ok(decoded) => found.text(written_by, name, host.view().replaced(&decoded, body)),
            Err(reason) => found.unread(written_by, reason.to_string()),
        }
    }
}

/// The boundary between the parts, as declared in the headers before them.
fn boundary(text: &str) -> Option<&str> {
    let mut end = MAX_HEAD.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let at = head.find("boundary=")?;
    let rest = &head[at + "boundary=".len()..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(|c: char| c.is_whitespace() || c == ';').next()?,
    };
    (!boundary.is_empty()).then_some(boundary)
}

/// The parts between the boundaries. A part without a closing boundary is truncated, and skipped.
fn parts<'t>(text: &'t str, boundary: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = 0;
    let mut start = None;
    text.split_inclusive('\n').filter_map(move |line| {
        let here = at;
        at += line.len();
        let mark = line.trim_end().strip_prefix("--")?.strip_prefix(boundary)?;
        let part = start.take().map(|start| start..here);
        if mark.is_empty() {
            start = Some(at);
        }
        part
    })
}

/// The headers of a part, and its body after the first empty line.
fn split(text: &str, part: Range<usize>) -> Option<(&str, Range<usize>)> {
    let mut at = part.start;
    for line in text[part.clone()].split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.trim().is_empty() {
            return Some((&text[part.start..start], at..part.end));
        }
    }
    None
}

/// The value of a header.
fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_headers_and_a_body() {
        let text = "Content-Type: multipart/mixed; boundary=\"==B\"\n\n--==B\nContent-Type: text/x-shellscript\n\na\nb\n\
                    --==B\ncontent-type: text/plain\n\n\n--==B--\ntrailer\n";
        let boundary = boundary(text).unwrap();
        let found: Vec<_> = parts(text, boundary).filter_map(|part| split(text, part)).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(header(found[0].0, "content-type"), Some("text/x-shellscript"));
        assert_eq!(&text[found[0].1.clone()], "a\nb\n");
        assert_eq!(parts("--B\nx: y\n\nz\n", "B").count(), 0);
    }
}
