//! User data in several parts, as MIME multi-part or as a `#cloud-config-archive`: cloud-configs, scripts and other
//! parts in one text, each with its own headers.

use std::ops::Range;

use super::cloud_init::{DecodeError, from_base64};
use super::template::is_script;
use crate::unit::parts::{self, CLOUD_CONFIG, Part, SCRIPT};
use crate::unit::{Format, Found, Host};
use crate::yaml::{Kind, NodeRef};

/// User data with several parts.
pub const FORMAT: Format = Format {
    name: "mime",
    files: &[".mime", ".txt"],
    marks: &["multipart/", ARCHIVE],
    is_program: false,
    fits,
    read,
};

/// Maximum number of bytes before the first boundary.
const MAX_HEAD: usize = 4096;

/// Content types, each with a file name by which other formats recognize them.
const TYPES: &[(&str, &str)] = &[
    ("text/cloud-config", CLOUD_CONFIG),
    ("text/cloud-config-jsonp", CLOUD_CONFIG),
    ("text/x-shellscript", SCRIPT),
    ("text/cloud-boothook", SCRIPT),
    ("text/jinja2", CLOUD_CONFIG),
];

/// Content types whose text decides what it is.
const UNTYPED: &[&str] =
    &["", "text/plain", "text/x-not-multipart", "application/octet-stream", "text/x-shellscript"];

/// Beginnings of texts, each with a file name as in [`TYPES`].
const STARTS: &[(&str, &str)] = &[
    ("#cloud-config", CLOUD_CONFIG),
    ("## template: jinja", CLOUD_CONFIG),
    ("#!", SCRIPT),
    ("#cloud-boothook", SCRIPT),
];

/// The beginning of a list of parts.
const ARCHIVE: &str = "#cloud-config-archive";

/// Headers for the way in which a part is merged.
const MERGE: &[&str] = &["Merge-Type", "X-Merge-Type"];

/// The file name by which other formats recognize a part; `None` for parts that are not read.
pub fn name_of(kind: &str, text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    let start = || STARTS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name);
    let bare = kind.split(';').next().unwrap_or_default().trim();
    let is_untyped = UNTYPED.iter().any(|known| known.eq_ignore_ascii_case(bare));
    let by_text = if is_untyped && !text.starts_with(ARCHIVE) { start() } else { None };
    by_text.or_else(|| name_of_type(kind))
}

/// The file name for a content type.
fn name_of_type(kind: &str) -> Option<&'static str> {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)).map(|(_, name)| *name)
}

/// The merge type in the headers of a part; `None` if it is unknown which nodes merge the part, or how.
fn merge_type<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> Option<String> {
    let mut named = ["", ""];
    for (name, value) in headers {
        let index = MERGE.iter().position(|known| known.eq_ignore_ascii_case(name));
        match index {
            // cloud-init heeds the case of these names.
            Some(index) if MERGE[index] == name => named[index] = value,
            Some(_) => return None,
            None if name.eq_ignore_ascii_case("launch-index") => return None,
            None => {}
        }
    }
    named.iter().find(|value| !value.is_empty()).or(named.first()).map(|value| (*value).to_owned())
}

fn fits(host: &Host<'_>) -> bool {
    let start = host.text().trim_start();
    ["content-type:", "mime-version:", ARCHIVE].iter().any(|header| starts_with(start, header))
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    if text.trim_start().starts_with(ARCHIVE) {
        return archive(host, found);
    }
    let Some(boundary) = boundary(text) else { return };
    let mut read: Vec<Part> = Vec::new();
    for (index, part) in ranges(text, boundary).enumerate() {
        let Some((head, body)) = split(text, part) else { continue };
        let written_by = format!("part {}", index + 1);
        let encoding = header(head, "content-transfer-encoding").unwrap_or_default();
        let view = if encoding.eq_ignore_ascii_case("base64") {
            let decoded = from_base64(&text[body.clone()]);
            match decoded.and_then(|bytes| String::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)) {
                Ok(decoded) => host.view().replaced(&decoded, body),
                Err(reason) => {
                    found.unread(written_by, reason.to_string());
                    continue;
                }
            }
        } else {
            host.view().slice(body)
        };
        let kind = header(head, "content-type").unwrap_or_default();
        let Some(name) = name_of(kind, view.text()) else { continue };
        let headers = head.lines().filter_map(|line| line.split_once(':'));
        let merge = merge_type(headers.map(|(name, value)| (name.trim(), value.trim())));
        read.push(Part { written_by, name, view, merge });
    }
    parts::read(&read, found);
}

/// Reads a list of parts in YAML.
fn archive(host: &Host<'_>, found: &mut Found) {
    let Some(root) = host.roots().next() else { return };
    let mut read: Vec<Part> = Vec::new();
    for (index, item) in root.items().enumerate() {
        let content = if item.kind() == Kind::Scalar { Some(item) } else { item.get("content") };
        let Some(view) = content.and_then(|content| host.view().of_scalar(content)) else { continue };
        // A type is believed here, whatever the text is.
        let name = match item.get("type").and_then(NodeRef::text).filter(|kind| !kind.is_empty()) {
            Some(kind) => name_of_type(kind).filter(|name| *name != SCRIPT || is_script(view.text())),
            None => name_of("", view.text()),
        };
        let Some(name) = name else { continue };
        let headers: Vec<_> =
            item.entries().map(|one| (one.name(), one.value.text().unwrap_or_default())).collect();
        let merge = merge_type(headers.iter().map(|(name, value)| (&**name, *value)));
        read.push(Part { written_by: format!("[{index}]"), name, view, merge });
    }
    parts::read(&read, found);
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
fn ranges<'t>(text: &'t str, boundary: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
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
        let found: Vec<_> = ranges(text, boundary).filter_map(|part| split(text, part)).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(header(found[0].0, "content-type"), Some("text/x-shellscript"));
        assert_eq!(&text[found[0].1.clone()], "a\nb\n");
        assert_eq!(ranges("--B\nx: y\n\nz\n", "B").count(), 0);
    }
}
