//! Puppet: manifests that write RKE2's files, and values that Hiera and classes pass to RKE2 modules.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog;
use crate::rke2::file::join;
use crate::source::folder;
use crate::unit::puppet::{TokenKind, Values, tokens};
use crate::unit::{Builder, Call, Format, Found, Host, View, emit};
use crate::yaml::{Document, Kind, NodeRef, Stream, is_mask};

/// Puppet manifests and Hiera data.
pub const FORMAT: Format = Format {
    name: "puppet",
    files: &[".pp"],
    marks: &["rancher/rke2", "rke2::", "'rke2'", "RKE2_"],
    is_program: true,
    fits,
    read,
};

/// Functions that write a hash as YAML.
const TO_YAML: &[&str] = &["to_yaml", "stdlib::to_yaml"];
/// Functions that take the text of a template.
const INLINE: &[&str] = &["inline_template", "inline_epp"];
/// Functions that take the path of a template.
const TEMPLATES: &[&str] = &["template", "epp"];

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && host.has_extension(&["pp", "yaml", "yml"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    if !host.has_extension(&["pp"]) {
        return data(host, found);
    }
    let Some(tokens) = tokens(host.text()) else {
        if host.text().contains("rancher/rke2") {
            found.unread("", "a string or here-document has no end");
        }
        return;
    };
    let values = Values::new(host.view(), tokens);
    let manifest =
        Manifest { host, variables: variables(&values), is_one_node: is_one_node(&values), values };
    found.node();
    let mut paths = BTreeSet::new();
    for at in 0..manifest.values.tokens.len() {
        if manifest.values.is(at + 1, b'{') {
            match manifest.values.text(at) {
                "file" => manifest.files(at + 2, &mut paths, found),
                "class" => manifest.class(at + 2, found),
                _ => {}
            }
        }
    }
}

/// Reads keys of Hiera data such as `rke2::config`.
fn data(host: &Host<'_>, found: &mut Found) {
    // Most files with a mark are not Hiera data, and need not be parsed here.
    if !host.text().contains("::") {
        return;
    }
    for root in host.roots() {
        for entry in root.entries() {
            let name = entry.name();
            let Some((module, key)) = name.rsplit_once("::") else { continue };
            if !is_of_rke2(module) {
                continue;
            }
            match (key, entry.value.kind()) {
                ("config", Kind::Mapping) if is_config(entry.value) => {
                    let mut builder = Builder::new(host.view());
                    emit(&mut builder, entry.value, 0);
                    builder.made_up("\n");
                    found.node();
                    if has_knockout(entry.value) {
                        found.unread(&*name, "a level above removes some of its keys");
                    } else {
                        found.config(&*name, builder.finish());
                    }
                }
                ("version", Kind::Scalar) => {
                    if let Some(text) = entry.value.text() {
                        found.release(&name, &release(text));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a hash has keys of config.yaml: modules may use the same name for other hashes.
fn is_config(hash: NodeRef<'_>) -> bool {
    let is_known = |name: &str| catalog::config_key(name.trim_end_matches('+')).is_some();
    let known = hash.entries().filter(|entry| is_known(&entry.name())).count();
    known > 0 && 2 * known >= hash.entries().len()
}

/// Whether a hash removes keys or items of a lower level: `--` is the usual knockout prefix in `lookup_options`.
fn has_knockout(node: NodeRef<'_>) -> bool {
    match node.kind() {
        Kind::Scalar => node.text().is_some_and(|text| text.starts_with("--")),
        Kind::Sequence => node.items().any(has_knockout),
        Kind::Mapping => {
            node.entries().any(|entry| entry.name().starts_with("--") || has_knockout(entry.value))
        }
    }
}

/// Whether a class or module is for RKE2: several modules have this name, some with a prefix.
fn is_of_rke2(name: &str) -> bool {
    let module = name.trim_start_matches("::").split("::").next().unwrap_or_default();
    module == "rke2" || module.ends_with("_rke2")
}

/// A release in RKE2's notation: modules omit the `v`, and use `~` in names of packages.
fn release(text: &str) -> String {
    let text = text.trim_start_matches('v').replace('~', "+");
    format!("v{text}")
}

/// The variables that are set, each with the token of its value; `None` if it is set twice.
fn variables(values: &Values<'_>) -> BTreeMap<String, Option<usize>> {
    let mut variables = BTreeMap::new();
    for at in
        (0..values.tokens.len()).filter(|at| values.is(at + 1, b'=') && values.text(*at).starts_with('$'))
    {
        let value = variables.entry(values.text(at).to_owned()).or_insert(Some(at + 2));
        *value = value.filter(|value| *value == at + 2);
    }
    variables
}

/// Whether all resources of a manifest are for the same nodes: there is a single class, and no conditions.
fn is_one_node(values: &Values<'_>) -> bool {
    let words = || (0..values.tokens.len()).filter(|at| values.tokens[*at].kind == TokenKind::Word);
    let is_class =
        |at: &usize| matches!(values.text(*at), "class" | "define" | "node") && !values.is(at + 1, b'{');
    words().filter(is_class).count() <= 1
        && !words().any(|at| matches!(values.text(at), "if" | "unless" | "elsif" | "else" | "case"))
}

struct Manifest<'m> {
    host: &'m Host<'m>,
    /// Whether its resources belong together.
    is_one_node: bool,
    /// The token of each variable's value, by the name with `$`.
    variables: BTreeMap<String, Option<usize>>,
    values: Values<'m>,
}

impl Manifest<'_> {
    /// Reads the resources of `file { TITLE: NAME => VALUE, …; TITLE: … }`, starting with the token after the bracket.
    /// `paths` holds the files that were already written: a further text for one of them is for another node.
    fn files(&self, mut at: usize, paths: &mut BTreeSet<String>, found: &mut Found) {
        let values = &self.values;
        while at < values.tokens.len() && !values.is(at, b'}') {
            let title = values.string(at).or_else(|| self.variable(values.text(at)));
            while at < values.tokens.len() && !values.is(at, b':') {
                if values.is(at, b'}') || values.is(at, b'{') {
                    return;
                }
                at += 1;
            }
            let (attributes, end) = self.attributes(at + 1);
            let path = attributes
                .get("path")
                .and_then(|at| values.string(*at).or_else(|| self.variable(values.text(*at))));
            let is_removed = attributes.get("ensure").is_some_and(|at| {
                values.text(*at) == "absent" || values.string(*at).is_some_and(|text| text.text() == "absent")
            });
            if let (Some(path), Some(content)) =
                (path.or(title), attributes.get("content").filter(|_| !is_removed))
                && let Some(path) = self.path(&path)
                && let Some(text) = self.content(&path, *content, found)
            {
                let part = format!("file {path}");
                // Other manifests may write drop-ins.
                let take = |found: &mut Found| found.part_of_file(part, &path, text);
                if self.is_one_node && paths.insert(path.clone()) {
                    take(found);
                } else {
                    found.apart(take);
                }
            }
            at = end + usize::from(values.is(end, b';'));
        }
    }

    /// Reads `NAME => VALUE, …`: returns the token of each value, and where the list ends.
    fn attributes(&self, mut at: usize) -> (BTreeMap<&str, usize>, usize) {
        let values = &self.values;
        let mut attributes = BTreeMap::new();
        while values.tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Arrow) {
            attributes.insert(values.text(at), at + 2);
            at = values.end(at + 2);
            at += usize::from(values.is(at, b','));
        }
        (attributes, at)
    }

    /// The text of a variable that the manifest sets once, to a string.
    fn variable(&self, name: &str) -> Option<View> {
        self.values.string(self.variables.get(name).copied()??)
    }

    /// A path with its leading variable filled in; `None` unless it is one of RKE2's files.
    fn path(&self, path: &View) -> Option<String> {
        let mut text = path.text().to_owned();
        if let Some(mask) = text.chars().next().filter(|c| is_mask(*c)) {
            let written = path.outer(&(0..mask.len_utf8()))?;
            let written = self.host.text().get(written)?.trim_matches(|c| matches!(c, '$' | '{' | '}'));
            text = format!(
                "{}{}",
                self.variable(&format!("${written}"))?.text(),
                text.trim_start_matches(is_mask)
            );
        }
        (text.contains("rancher/rke2/") || text.contains("/rke2-server") || text.contains("/rke2-agent"))
            .then_some(text)
    }

    /// The text of a file; `None` if it is not literal.
    fn content(&self, path: &str, at: usize, found: &mut Found) -> Option<View> {
        let values = &self.values;
        let function = values.text(at);
        let is_call = values.is(at + 1, b'(');
        if values.end(at) == at + 1
            && let Some(text) = values.string(at)
        {
            return Some(text);
        }
        if is_call && INLINE.contains(&function) {
            return values.string(at + 2);
        }
        if is_call
            && TO_YAML.contains(&function)
            && let Some(hash) = self.hash(at + 2)
        {
            return Some(self.yaml(hash));
        }
        if is_call && TEMPLATES.contains(&function) && path.starts_with('/') {
            let source = values.string(at + 2)?;
            found.call(Call {
                templates: templates(self.host.full_path(), source.text()),
                place: Some(path.to_owned()),
                values: BTreeMap::new(),
                island: None,
            });
        } else if path.contains("rancher/rke2/") {
            found.unread(format!("file {path}"), "its content is computed");
        }
        None
    }

    /// The hash that an expression consists of, or the last one of a sum, whose keys override the others.
    fn hash(&self, at: usize) -> Option<usize> {
        let values = &self.values;
        let end = values.end(at);
        let (mut last, mut index) = (at, at);
        while index < end {
            if values.is(index, b'+') {
                last = index + 1;
            }
            index = values.closes(index).unwrap_or(index + 1).max(index + 1);
        }
        (values.is(last, b'{') && values.closes(last) == Some(end)).then_some(last)
    }

    /// A hash as YAML.
    fn yaml(&self, at: usize) -> View {
        let mut builder = Builder::new(self.values.view);
        self.values.write(&mut builder, at, 0, 0);
        builder.made_up("\n");
        builder.finish()
    }

    /// Reads `class { 'rke2': config => { … } }`.
    fn class(&self, at: usize, found: &mut Found) {
        let values = &self.values;
        let Some(title) = values.string(at).filter(|_| values.is(at + 1, b':')) else { return };
        if !is_of_rke2(title.text()) {
            return;
        }
        let (attributes, _) = self.attributes(at + 2);
        if let Some(version) = attributes.get("version").and_then(|at| values.string(*at)) {
            found.release("version", &release(version.text()));
        }
        let Some(config) = attributes.get("config").and_then(|at| self.hash(*at)) else { return };
        let view = self.yaml(config);
        let stream = Stream::parse(View::id(), &view.shared_text());
        if stream.documents().filter_map(Document::root).any(is_config) {
            found.apart(|found| found.config(format!("class {}", title.text()), view));
        }
    }
}

/// Possible paths of a template: `MODULE/NAME` is in the folder `templates` of the module.
fn templates(manifest: &str, source: &str) -> Vec<String> {
    let Some((module, name)) = source.split_once('/') else { return Vec::new() };
    let own = manifest.rfind("manifests/").map_or("", |at| manifest[..at].trim_end_matches('/'));
    let beside = join(folder(own), module);
    [own, &*beside].map(|root| join(root, &format!("templates/{name}"))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_lie_in_their_module() {
        assert_eq!(
            templates("modules/rke2/manifests/init.pp", "rke2/c.erb"),
            ["modules/rke2/templates/c.erb", "modules/rke2/templates/c.erb"]
        );
        assert_eq!(templates("manifests/init.pp", "rke2/c.erb"), ["templates/c.erb", "rke2/templates/c.erb"]);
    }

    #[test]
    fn releases_are_written_in_the_way_of_rke2() {
        assert_eq!(release("1.30.0~rke2r1"), "v1.30.0+rke2r1");
        assert!(is_of_rke2("::rke2::config") && is_of_rke2("site_rke2") && !is_of_rke2("rke2x"));
    }
}
