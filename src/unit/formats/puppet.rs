//! Puppet: manifests that write files of RKE2, and what Hiera and classes hand to the modules for RKE2.

use std::collections::BTreeMap;

use crate::rke2::file::join;
use crate::source::folder;
use crate::unit::puppet::{TokenKind, Values, tokens};
use crate::unit::{Builder, Call, Format, Found, Host, View, emit};
use crate::yaml::{Kind, NodeRef, is_mask};

/// Manifests, and data of Hiera.
pub const FORMAT: Format = Format {
    name: "puppet",
    files: &[".pp"],
    marks: &["rancher/rke2", "rke2::", "'rke2'", "RKE2_"],
    fits,
    read,
};

/// Functions that write a hash as YAML.
const TO_YAML: &[&str] = &["to_yaml", "stdlib::to_yaml"];
/// Functions whose argument is the text of a template.
const INLINE: &[&str] = &["inline_template", "inline_epp"];
/// Functions whose argument is the path of a template.
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
    let manifest = Manifest { host, values: Values { view: host.view(), tokens: &tokens } };
    found.node();
    for at in 0..tokens.len() {
        if manifest.values.is(at + 1, b'{') {
            match manifest.values.text(at) {
                "file" => manifest.files(at + 2, found),
                "class" => manifest.class(at + 2, found),
                _ => {}
            }
        }
    }
}

/// Keys of Hiera's data such as `rke2::config`.
fn data(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        for entry in root.entries() {
            let name = entry.name();
            let Some((module, key)) = name.rsplit_once("::") else { continue };
            if !is_of_rke2(module) {
                continue;
            }
            match (key, entry.value.kind()) {
                ("config", Kind::Mapping) if entry.value.entries().len() > 0 => {
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

/// Whether a hash takes keys or items away from the level below: `--` is what `lookup_options` are told to look for.
fn has_knockout(node: NodeRef<'_>) -> bool {
    match node.kind() {
        Kind::Scalar => node.text().is_some_and(|text| text.starts_with("--")),
        Kind::Sequence => node.items().any(has_knockout),
        Kind::Mapping => {
            node.entries().any(|entry| entry.name().starts_with("--") || has_knockout(entry.value))
        }
    }
}

/// Whether a class or module is one for RKE2, whoever wrote it.
fn is_of_rke2(name: &str) -> bool {
    let module = name.trim_start_matches("::").split("::").next().unwrap_or_default();
    module == "rke2" || module.ends_with("_rke2")
}

/// A release as RKE2 writes it: modules leave out `v`, and name packages with `~`.
fn release(text: &str) -> String {
    let text = text.trim_start_matches('v').replace('~', "+");
    format!("v{text}")
}

struct Manifest<'m> {
    host: &'m Host<'m>,
    values: Values<'m>,
}

impl Manifest<'_> {
    /// The resources of `file { TITLE: NAME => VALUE, …; TITLE: … }`, from the token behind the bracket.
    fn files(&self, mut at: usize, found: &mut Found) {
        let values = &self.values;
        while at < values.tokens.len() && !values.is(at, b'}') {
            let title = values.string(at).or_else(|| self.variable(at));
            while at < values.tokens.len() && !values.is(at, b':') {
                if values.is(at, b'}') {
                    return;
                }
                at += 1;
            }
            let (attributes, end) = self.attributes(at + 1);
            let path =
                attributes.get("path").and_then(|at| values.string(*at).or_else(|| self.variable(*at)));
            if let (Some(path), Some(content)) = (path.or(title), attributes.get("content"))
                && let Some(path) = self.path(&path)
            {
                self.content(&path, *content, found);
            }
            at = end + usize::from(values.is(end, b';'));
        }
    }

    /// `NAME => VALUE, …`: where the value of each name starts, and where the list ends.
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
    fn variable(&self, at: usize) -> Option<View> {
        let values = &self.values;
        let name = values.text(at);
        let mut set = (0..values.tokens.len())
            .filter(|at| name.starts_with('$') && values.is(at + 1, b'=') && values.text(*at) == name);
        let only = set.next().filter(|_| set.next().is_none())?;
        values.string(only + 2)
    }

    /// A path whose leading variable is filled in; `None` unless it is a file of RKE2.
    fn path(&self, path: &View) -> Option<String> {
        let mut text = path.text().to_owned();
        if let Some(mask) = text.chars().next().filter(|c| is_mask(*c)) {
            let written = path.outer(&(0..mask.len_utf8()))?;
            let written = self.host.text().get(written)?.trim_matches(|c| matches!(c, '$' | '{' | '}'));
            let variable = (0..self.values.tokens.len())
                .find(|at| self.values.text(*at).strip_prefix('$') == Some(written))?;
            text = format!("{}{}", self.variable(variable)?.text(), text.trim_start_matches(is_mask));
        }
        (text.contains("rancher/rke2/") || text.contains("/rke2-server") || text.contains("/rke2-agent"))
            .then_some(text)
    }

    fn content(&self, path: &str, at: usize, found: &mut Found) {
        let values = &self.values;
        let function = values.text(at);
        let is_call = values.is(at + 1, b'(');
        let part = || format!("file {path}");
        let is_config = || path.contains("rancher/rke2/");
        if let Some(text) = values.string(at).filter(|_| values.end(at) == at + 1) {
            found.apart(|found| found.file(part(), path, text));
        } else if is_call && INLINE.contains(&function) {
            if let Some(text) = values.string(at + 2) {
                found.apart(|found| found.file(part(), path, text));
            }
        } else if is_call && TO_YAML.contains(&function) && values.is(at + 2, b'{') {
            let mut builder = Builder::new(values.view);
            values.write(&mut builder, at + 2, 0, 0);
            builder.made_up("\n");
            found.apart(|found| found.file(part(), path, builder.finish()));
        } else if is_call && TEMPLATES.contains(&function) && path.starts_with('/') {
            if let Some(source) = values.string(at + 2) {
                found.call(Call {
                    templates: templates(self.host.path(), source.text()),
                    place: Some(path.to_owned()),
                    values: BTreeMap::new(),
                    island: None,
                });
            }
        } else if is_config() {
            found.unread(part(), "its content is computed");
        }
    }

    /// `class { 'rke2': config => { … } }`.
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
        let Some(config) = attributes.get("config").filter(|at| values.is(**at, b'{')) else { return };
        let mut builder = Builder::new(values.view);
        values.write(&mut builder, *config, 0, 0);
        builder.made_up("\n");
        found.apart(|found| found.config(format!("class {}", title.text()), builder.finish()));
    }
}

/// Where a template lies: `MODULE/NAME` is in the folder `templates` of the module.
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
