//! Salt: states that write RKE2's files, with Jinja around and inside them.

use std::collections::{BTreeMap, BTreeSet};

use crate::rke2::file::join;
use crate::source::folder;
use crate::unit::mask::{Dialect, masked};
use crate::unit::{Builder, Call, Format, Found, Host, View, emit};
use crate::yaml::{Document, Kind, NodeRef, Stream, template_mark};

/// Salt state files.
pub const FORMAT: Format = Format {
    name: "salt",
    files: &[".sls"],
    marks: &["rancher/rke2", "helm.cattle.io", "RKE2_"],
    is_program: true,
    fits,
    read,
};

/// Functions that write a file, each with the argument for its text.
const WRITERS: &[(&str, &str)] = &[
    ("managed", "contents"),
    ("append", "text"),
    ("prepend", "text"),
    ("blockreplace", "content"),
    ("serialize", "dataset"),
];

/// Jinja variables that pin the release.
const VERSIONS: &[&str] = &["rke2_version", "rke2_install_version"];

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(&["sls"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    for line in host.text().lines() {
        let set = line.trim_start().strip_prefix("{% set ").and_then(|set| set.split_once('='));
        if let Some((name, value)) = set.filter(|(name, _)| VERSIONS.contains(&name.trim())) {
            let value = value.trim().trim_matches(['"', '\'']).split(['"', '\'']).next().unwrap_or_default();
            found.release(name.trim(), value);
        }
    }
    if host.stream().first_error().is_none() {
        return states(host, host.view(), host.stream(), found);
    }
    match masked(host.view(), Dialect::Jinja) {
        Ok(masked) => found.ways(host.path(), masked.ways, |found, _, way| {
            states(host, way, &Stream::parse(View::id(), &way.shared_text()), found);
        }),
        Err(reason) => found.unread("", reason),
    }
}

fn states(host: &Host<'_>, view: &View, stream: &Stream, found: &mut Found) {
    found.node();
    let mut paths = BTreeSet::new();
    for state in stream.documents().filter_map(Document::root).flat_map(NodeRef::entries) {
        let id = state.name();
        for function in state.value.entries() {
            // Written as `file.managed`, or as `file: [managed, …]`.
            let written = function.name();
            let (name, items) = match written.strip_prefix("file.") {
                Some(name) => (name.to_owned(), function.value),
                None if written == "file" => {
                    let mut names = function.value.items().filter_map(NodeRef::text);
                    let Some(name) = names.find(|name| WRITERS.iter().any(|(known, _)| known == name)) else {
                        continue;
                    };
                    (name.to_owned(), function.value)
                }
                None => continue,
            };
            let Some((_, text)) = WRITERS.iter().find(|(known, _)| *known == name) else { continue };
            let is_added = matches!(&*name, "append" | "prepend" | "blockreplace");
            File { host, view, id: &id, items, is_added }.read(text, &mut paths, found);
        }
    }
}

/// A file that a state writes.
struct File<'s> {
    host: &'s Host<'s>,
    view: &'s View,
    id: &'s str,
    items: NodeRef<'s>,
    /// Whether it only adds its text to the file.
    is_added: bool,
}

impl File<'_> {
    fn argument(&self, name: &str) -> Option<NodeRef<'_>> {
        self.items.items().find_map(|item| item.get(name))
    }

    /// Reads the state. `paths` holds the files that were already written: a further text for one of them is for
    /// another node.
    fn read(&self, text: &str, paths: &mut BTreeSet<String>, found: &mut Found) {
        let path = self.argument("name").and_then(NodeRef::text).unwrap_or(self.id);
        if !path.contains("rancher/rke2") && !path.contains("rke2-") {
            return;
        }
        let is_template = self.argument("template").is_some();
        if let Some(source) = self.argument("source").and_then(NodeRef::text).filter(|_| is_template) {
            found.call(Call {
                templates: templates(self.host.full_path(), source),
                place: template_mark(path).is_none().then(|| path.to_owned()),
                values: BTreeMap::new(),
                island: None,
            });
        }
        let Some(content) = self.argument(text) else { return };
        let part = format!("{} {text}", self.id);
        let view = match content.kind() {
            Kind::Scalar => match self.view.of_scalar(content) {
                Some(view) => view,
                None => return,
            },
            // A list has the lines of the file. For `serialize`, the argument is data that is written as YAML.
            Kind::Sequence if text == "dataset" => return,
            Kind::Sequence => self.lines(content),
            Kind::Mapping => {
                let mut builder = Builder::new(self.view);
                emit(&mut builder, content, 0);
                builder.made_up("\n");
                builder.finish()
            }
        };
        if self.is_added && (!paths.insert(path.to_owned()) || !is_map(&view)) {
            return found.unread(part, "it is added to another text");
        }
        // Other states may append to the file, or write drop-ins.
        let take = |found: &mut Found| found.part_of_file(part, path, view);
        // A state with a condition may be for another node.
        let is_conditional = ["onlyif", "unless"].iter().any(|key| self.argument(key).is_some());
        if self.is_added || (!is_conditional && paths.insert(path.to_owned())) {
            take(found);
        } else {
            found.apart(take);
        }
    }

    fn lines(&self, list: NodeRef<'_>) -> View {
        let mut all = Builder::new(self.view);
        for line in list.items().filter_map(|item| self.view.of_scalar(item)) {
            all.append(&line);
            all.made_up("\n");
        }
        all.finish()
    }
}

/// Whether a text is a map with a value for each key: anything else may continue, or be continued by, another text.
fn is_map(view: &View) -> bool {
    let stream = Stream::parse(View::id(), &view.shared_text());
    stream.first_error().is_none()
        && stream
            .documents()
            .filter_map(Document::root)
            .all(|root| root.kind() == Kind::Mapping && root.entries().all(|entry| !entry.value.is_null()))
}

/// Possible paths of a file that Salt serves: relative to the root of all states, which is one of the folders above
/// this file.
fn templates(states: &str, source: &str) -> Vec<String> {
    let Some(rest) = source.strip_prefix("salt://") else { return Vec::new() };
    if template_mark(rest).is_some() {
        return Vec::new();
    }
    let mut above = Some(folder(states));
    std::iter::from_fn(|| {
        let own = above?;
        above = (!own.is_empty()).then(|| folder(own));
        Some(join(own, rest))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_looked_for_up_to_the_root() {
        assert_eq!(
            templates("salt/rke2/init.sls", "salt://rke2/c.j2"),
            ["salt/rke2/rke2/c.j2", "salt/rke2/c.j2", "rke2/c.j2"]
        );
        assert!(templates("a.sls", "https://example.org/c").is_empty());
    }
}
