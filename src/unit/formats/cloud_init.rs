//! cloud-init (`#cloud-config`, `write_files`) and ignition or butane (`storage.files`): files written to a node.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::shell::deploys;
use crate::unit::mask::is_expression;
use crate::unit::paths::Paths;
use crate::unit::role::starts_agents;
use crate::unit::{Format, Found, Host, View};
use crate::words::Words;
use crate::yaml::{Kind, NodeRef, is_mask, template_mark};

/// Files written by cloud user data.
pub const FORMAT: Format = Format {
    name: "cloud-init",
    files: &["cloud-config", "user-data", "user_data", "userdata", ".bu", ".cfg", ".ign", ".txt"],
    marks: &[
        "rancher/rke2",
        "helm.cattle.io",
        "default/rke2-",
        "sysconfig/rke2-",
        "rke2-server.service.d/",
        "rke2-agent.service.d/",
        "get.rke2.io",
    ],
    is_program: false,
    fits,
    read,
};

/// The folder whose files RKE2 deploys.
const MANIFESTS: &str = "rke2/server/manifests";

/// Most bytes that a packed file may unfold to.
const MAX_UNPACKED: u64 = 8 * 1024 * 1024;

/// Lists of files: the path of the list, and the keys of an item's path, content and encoding.
const LISTS: &[List] = &[
    List { at: &["write_files"], path: "path", content: &["content"], encoding: Some("encoding") },
    // Harvester's installer and other tools nest a cloud-config under a key.
    List { at: &["os", "write_files"], path: "path", content: &["content"], encoding: Some("encoding") },
    List { at: &["stages", "*", "files"], path: "path", content: &["content"], encoding: Some("encoding") },
    List { at: &["storage", "files"], path: "path", content: &["contents", "inline"], encoding: None },
    List { at: &["storage", "files"], path: "path", content: &["contents", "source"], encoding: None },
];

struct List {
    at: &'static [&'static str],
    path: &'static str,
    content: &'static [&'static str],
    encoding: Option<&'static str>,
}

fn fits(host: &Host<'_>) -> bool {
    static KEYS: Words = Words::new(|| vec!["write_files", "storage", "stages", "runcmd", "bootcmd"]);
    !begins_as_object(host.text()) && KEYS.is_in(host.text().as_bytes())
}

/// Whether a text begins as most objects do. It is not read, and a search of all of it takes longer.
fn begins_as_object(text: &str) -> bool {
    let second = text.lines().nth(1).unwrap_or_default();
    text.starts_with("apiVersion:") && second.starts_with("kind:")
}

fn read(host: &Host<'_>, found: &mut Found) {
    let mut roots = host.roots();
    let Some(root) = roots.next().filter(|root| root.kind() == Kind::Mapping) else { return };
    if root.get("apiVersion").is_some() && root.get("kind").is_some() {
        return;
    }
    if starts_agents(host.text()) {
        found.agent();
    }
    // A command may move a file after it was written elsewhere.
    let paths = Paths::of(host.text());
    for list in LISTS {
        for items in find(root, list.at) {
            files(list, &[FileList { host, paths: &paths, items, by: "" }], found);
        }
    }
    for (path, key) in [
        (&["runcmd"][..], "runcmd"),
        (&["bootcmd"], "bootcmd"),
        // Kairos, and Elemental before it.
        (&["stages", "*", "commands"], "commands"),
    ] {
        for list in find(root, path) {
            commands(host, list, key, found);
        }
    }
}

/// The nodes at a path; `*` matches every key, and lists on the way are searched item by item.
fn find<'a>(root: NodeRef<'a>, path: &[&str]) -> Vec<NodeRef<'a>> {
    let mut nodes = vec![root];
    for key in path {
        nodes = nodes
            .into_iter()
            .flat_map(|node| match (node.kind(), *key) {
                (Kind::Sequence, _) => node.items().filter_map(|item| item.get(key)).collect::<Vec<_>>(),
                (_, "*") => node.entries().map(|entry| entry.value).collect(),
                _ => node.get(key).into_iter().collect(),
            })
            .collect();
    }
    nodes
}

/// Reads the lists of files that cloud-init merges to one: those of several parts, each with the name of the part.
pub fn merged_files(lists: &[(&Host<'_>, NodeRef<'_>, &str)], found: &mut Found) {
    let paths: Vec<Paths<'_>> = lists.iter().map(|(host, ..)| Paths::of(host.text())).collect();
    let all: Vec<FileList<'_>> = lists
        .iter()
        .zip(&paths)
        .map(|((host, items, by), paths)| FileList { host, paths, items: *items, by })
        .collect();
    files(&LISTS[0], &all, found);
}

/// A list of items.
struct FileList<'n> {
    host: &'n Host<'n>,
    /// The variables and moves of paths in the host.
    paths: &'n Paths<'n>,
    items: NodeRef<'n>,
    /// The part of the user data that has the list; empty if it has no parts.
    by: &'n str,
}

/// Whether a path is that of a file which RKE2 reads or deploys.
pub fn is_file_of_rke2(path: &str) -> bool {
    let below = path.split_once("/etc/rancher/rke2/").map(|(_, rest)| rest);
    below.is_some_and(|rest| {
        ["config.yaml", "registries.yaml"].contains(&rest) || rest.starts_with("config.yaml.d/")
    }) || path.contains(MANIFESTS)
}

/// An item that writes to a file.
struct Write<'n> {
    host: &'n Host<'n>,
    by: &'n str,
    index: usize,
    item: NodeRef<'n>,
    /// Where the file ends up.
    path: String,
    /// Whether it adds to the file; `None` if that is not known.
    appends: Option<bool>,
}

impl Write<'_> {
    /// Its place in the host, for users.
    fn part(&self, list: &List) -> String {
        let item = format!("{}[{}]", list.at.last().unwrap_or(&"files"), self.index);
        if self.by.is_empty() { item } else { format!("{} > {item}", self.by) }
    }
}

/// The items of which each file finally consists: the last one that replaces it, and those that add to it. Deferred
/// items are written after all others.
fn remaining<'n>(list: &List, all: &[FileList<'n>], found: &mut Found) -> Vec<Vec<Write<'n>>> {
    let flag = |item: NodeRef<'_>, key: &str| match item.get(key) {
        None => Some(false),
        Some(value) if value.is_opaque() => None,
        Some(value) => {
            let text = value.text().unwrap_or_default();
            Some(["true", "1", "on", "yes"].iter().any(|word| text.eq_ignore_ascii_case(word)))
        }
    };
    let mut writes: Vec<(bool, String, Write<'n>)> = Vec::new();
    let numbered = all
        .iter()
        .flat_map(|list| list.items.items().enumerate().map(move |(index, item)| (list, index, item)));
    for (&FileList { host, paths, by, .. }, index, item) in numbered {
        let Some(path) = item.get(list.path).and_then(NodeRef::text) else { continue };
        let (deferred, appends) = (flag(item, "defer"), flag(item, "append"));
        let appends = deferred.and(appends);
        let (written, path) = (paths.filled(path).into_owned(), paths.end(path).into_owned());
        writes.push((deferred.unwrap_or(false), written, Write { host, by, index, item, path, appends }));
    }
    // Stable: the others stay in their order.
    writes.sort_by_key(|(deferred, ..)| *deferred);
    let mut files: BTreeMap<String, (usize, Vec<Write<'n>>)> = BTreeMap::new();
    for (order, (_, written, write)) in writes.into_iter().enumerate() {
        let (first, file) = files.entry(written).or_default();
        if write.appends == Some(false) {
            for lost in file.drain(..) {
                overwritten(list, &lost, &write, found);
            }
        }
        if file.is_empty() {
            *first = order;
        }
        file.push(write);
    }
    let mut files: Vec<_> = files.into_values().collect();
    files.sort_by_key(|(first, _)| *first);
    files.into_iter().map(|(_, writes)| writes).collect()
}

/// Reports a file of RKE2 that a later item writes again, so that the content of the first is lost.
fn overwritten(list: &List, former: &Write<'_>, later: &Write<'_>, found: &mut Found) {
    let path = &former.path;
    let is_ours =
        ["config.yaml", "registries.yaml"].iter().any(|name| path.ends_with(&format!("rke2/{name}")));
    // Items of which one is deferred are meant to replace each other.
    let is_meant = template_mark(path).is_some()
        || is_elsewhere(later.item)
        || [former, later].iter().any(|write| write.item.get("defer").is_some() || write.item.holds_opaque())
        || former.item.same_data(later.item);
    let Some(at) = former.item.get(list.path).filter(|_| is_ours && !is_meant) else { return };
    let message = format!("a later item writes `{path}` again; this content is lost");
    let help = if path.ends_with("config.yaml") {
        "write one file, or put the second part into /etc/rancher/rke2/config.yaml.d"
    } else {
        "write one file"
    };
    found.remark("config/file-written-twice", former.host.view(), at.span().range(), message, help);
}

/// Reads the files that are left of some lists.
fn files(list: &List, all: &[FileList<'_>], found: &mut Found) {
    let files = remaining(list, all, found);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for write in files.iter().filter_map(|writes| writes.first()) {
        *ends.entry(&write.path).or_default() += 1;
    }
    for writes in &files {
        // Of several files that commands move to one place, each node gets one.
        if writes.first().is_some_and(|write| ends[write.path.as_str()] > 1) {
            found.apart(|found| file(list, writes, found));
        } else {
            file(list, writes, found);
        }
    }
}

/// Reads a file that some items write, in their order.
fn file(list: &List, writes: &[Write<'_>], found: &mut Found) {
    let Some(first) = writes.first() else { return };
    let path = &first.path;
    // What was there before, or what an unknown flag decides, may be any text.
    let mut is_part = writes.iter().any(|write| write.appends.is_none()) || first.appends == Some(true);
    let is_manifest = path.contains(MANIFESTS);
    let mut views: Vec<View> = Vec::new();
    for write in writes {
        let (host, item) = (write.host, write.item);
        if is_elsewhere(item) {
            if is_manifest {
                found.unseen(host.view(), item.span().range());
            }
            is_part = true;
            continue;
        }
        let Some(content) = item.at(list.content).filter(|content| content.kind() == Kind::Scalar) else {
            is_part = true;
            continue;
        };
        let encoding = list.encoding.and_then(|key| item.get(key)).and_then(NodeRef::text);
        match decoded(host, content, encoding) {
            // A placeholder alone may be replaced by any lines.
            Ok(view) if writes.len() > 1 && is_one_placeholder(&view) => is_part = true,
            Ok(view) => views.push(view),
            Err(reason) => {
                is_part = true;
                if path.contains("rancher/rke2") {
                    found.unread(format!("{} {path}", write.part(list)), reason.to_string());
                    if is_manifest {
                        found.unseen(host.view(), item.span().range());
                    }
                }
            }
        }
    }
    if views.is_empty() {
        return;
    }
    let view = View::chained(&views);
    if first.appends == Some(true) {
        found.added_to_file(first.part(list), path, &view);
    } else if is_part {
        found.part_of_file(first.part(list), path, view);
    } else {
        found.misnamed(first.part(list), path, view, first.host.text());
    }
}

fn is_one_placeholder(view: &View) -> bool {
    !view.text().trim_end().contains('\n') && (view.has_masks() || template_mark(view.text()).is_some())
}

/// Whether the content of a file comes from an address, or from a file next to the host.
fn is_elsewhere(item: NodeRef<'_>) -> bool {
    let contents = item.get("contents");
    let address = contents.and_then(|contents| contents.get("source")).and_then(NodeRef::text);
    item.get("source").is_some_and(|source| source.kind() == Kind::Mapping)
        || contents.is_some_and(|contents| contents.get("local").is_some())
        || address.is_some_and(|address| !address.starts_with("data:") && address.contains("://"))
}

/// Shell commands may write files, too.
fn commands(host: &Host<'_>, list: NodeRef<'_>, key: &str, found: &mut Found) {
    for (index, item) in list.items().enumerate() {
        // A list is a command and its arguments.
        if item.kind() == Kind::Sequence {
            let words: Vec<_> = item.items().filter_map(NodeRef::text).collect();
            if deploys(&words.join(" ")) {
                found.unseen(host.view(), item.span().range());
            }
        } else if let Some(view) = host.view().of_scalar(item) {
            found.text(format!("{key}[{index}]"), "command.sh", view);
        }
    }
}

/// Why the content of a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A template or a script fills in the content.
    #[error("a template or script fills in the content")]
    Masked,
    /// The content is a list or a map.
    #[error("not a string")]
    NotText,
    /// The content is compressed but not in base64, and a YAML string cannot hold its bytes.
    #[error("compressed, but not base64")]
    Binary,
    /// The encoding is unknown.
    #[error("unknown encoding `{0}`")]
    Encoding(String),
    /// The content is not UTF-8 text.
    #[error("not UTF-8 after decoding")]
    NotUtf8,
    /// The content is not valid base64.
    #[error("not base64")]
    Base64,
    /// The content is not valid gzip.
    #[error("not gzip")]
    Gzip,
    /// The content is larger than any configuration.
    #[error("larger than {} MiB after decompression", MAX_UNPACKED / (1024 * 1024))]
    TooLarge,
    /// The content starts with `data:` but is not a complete data URL.
    #[error("not a data URL")]
    DataUrl,
}

/// The text that the node gets: unchanged, or decoded, in which case all of it has the place of the encoded scalar.
pub fn decoded(host: &Host<'_>, content: NodeRef<'_>, encoding: Option<&str>) -> Result<View, DecodeError> {
    let text = content.text().unwrap_or_default();
    // YAML decodes these bytes before cloud-init sees them.
    let encoding = match encoding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "text/plain" | "text") if content.is_binary() => Some("b64".to_owned()),
        Some("gz" | "gzip") if content.is_binary() => Some("gz+b64".to_owned()),
        Some(other) if content.is_binary() => Some(format!("!!binary {other}")),
        other => other.map(str::to_owned),
    };
    let is_filled_in = || text.contains(is_mask) || template_mark(text).is_some();
    if encoding.as_deref().is_some_and(|encoding| !encoding.is_empty()) && is_filled_in() {
        return Err(DecodeError::Masked);
    }
    let (bytes, packed) = match encoding.as_deref() {
        None | Some("" | "text/plain" | "text") => match text.strip_prefix("data:") {
            None if is_expression(text) => return Err(DecodeError::Masked),
            Some(data) => data_url(data)?,
            None => return host.view().of_scalar(content).ok_or(DecodeError::NotText),
        },
        Some("b64" | "base64") => (from_base64(text)?, false),
        Some("gz" | "gzip") => return Err(DecodeError::Binary),
        Some("gz+b64" | "gz+base64" | "gzip+b64" | "gzip+base64") => (from_base64(text)?, true),
        Some(other) => return Err(DecodeError::Encoding(other.to_owned())),
    };
    let bytes = if packed { unpacked(&bytes)? } else { bytes };
    let text = String::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)?;
    Ok(host.view().replaced(&text, content.resolved().span().range()))
}

/// The bytes of a base64 text, which may contain line breaks.
///
/// # Errors
/// The text is not valid base64.
pub fn from_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(&text).or_else(|_| STANDARD_NO_PAD.decode(&text)).map_err(|_| DecodeError::Base64)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(bytes).take(MAX_UNPACKED + 1);
    reader.read_to_end(&mut out).map_err(|_| DecodeError::Gzip)?;
    if out.len() as u64 > MAX_UNPACKED {
        return Err(DecodeError::TooLarge);
    }
    Ok(out)
}

/// Decodes `[type][;base64],data`: returns the bytes, and whether they are compressed.
fn data_url(data: &str) -> Result<(Vec<u8>, bool), DecodeError> {
    let (head, body) = data.split_once(',').ok_or(DecodeError::DataUrl)?;
    if head.ends_with(";base64") {
        return Ok((from_base64(body)?, false));
    }
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (hex(rest.next()), hex(rest.next())) else {
            return Err(DecodeError::DataUrl);
        };
        bytes.push((high * 16 + low) as u8);
    }
    Ok((bytes, false))
}
