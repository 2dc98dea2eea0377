//! Terraform and `OpenTofu`: strings, here-documents and encoded values in `rancher2_cluster_v2`, user data, locals,
//! manifests and file resources.

use std::collections::BTreeMap;

use hcl_edit::expr::{Array, Expression, Object};
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::mime::name_of;
use super::rancher::{part_of_text, values_of_charts};
use super::template::is_script;
use crate::catalog;
use crate::rke2::file::join;
use crate::source;
use crate::unit::formats::is_yaml;
use crate::unit::hcl::{self, Text};
use crate::unit::mask::{Dialect, masked, masked_script};
use crate::unit::parts::{self, CLOUD_CONFIG, Part};
use crate::unit::{Builder, Call, Format, Found, Host, View, is_word};
use crate::yaml::{Document, Stream};

/// Terraform files.
pub const FORMAT: Format = Format {
    name: "terraform",
    files: &[".hcl", ".tf", ".tfvars", ".tofu"],
    marks: &["rancher/rke2", "helm.cattle.io", "rke_config", "rke2", "machine_global_config", "yamlencode"],
    is_program: true,
    fits,
    read,
};

/// Extensions of Terraform and `OpenTofu` files.
pub const EXTENSIONS: &[&str] = &["tf", "tofu", "hcl", "tfvars"];

/// What is before the name of a local that is written as YAML or JSON.
const ENCODED: &str = "yaml:";

/// Data sources and resources for user data with several parts.
const USER_DATA: &[&str] = &["cloudinit_config", "template_cloudinit_config"];

/// Maximum size in bytes; larger files are data, not code.
const MAX_BYTES: usize = 1024 * 1024;

/// Attributes of `rancher2_cluster_v2` that hold YAML, each with its meaning.
const ATTRIBUTES: &[(&str, Meaning)] = &[
    ("machine_global_config", Meaning::Config),
    ("machine_selector_config.config", Meaning::Config),
    ("additional_manifest", Meaning::Manifest),
    ("chart_values", Meaning::ChartValues),
];

/// Attributes for the path of the file that a block or map writes, and attributes for its content.
const PATHS: &[&str] = &["path", "destination", "filename", "target"];
const CONTENTS: &[&str] = &["content", "source_content", "content_base64", "inline"];

/// The block of options for some of the machines.
const SELECTOR: &str = "machine_selector_config";

/// Where Rancher writes `additional_manifest`.
const ADDONS: &str = "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml";

/// Prefixes of paths in the folder of the module.
const MODULE: &[&str] = &["${path.module}/", "${path.root}/", "${path.cwd}/"];

/// Attributes that hold lists of commands.
const COMMANDS: &[&str] = &["inline", "commands"];

/// A word in the source of the module `terraform-local-rke2-config`: `rancher/rke2-config/local`.
const CONFIG_MODULE: &str = "rke2-config";

/// Attributes that pin the release.
const VERSIONS: &[&str] = &["kubernetes_version", "rke2_version"];

#[derive(Clone, Copy)]
enum Meaning {
    Config,
    Manifest,
    ChartValues,
}

fn fits(host: &Host<'_>) -> bool {
    host.has_extension(EXTENSIONS)
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    let speaks = ["rancher/rke2", "helm.cattle.io", "rke_config"].iter().any(|word| text.contains(word));
    if text.len() > MAX_BYTES {
        return;
    }
    match hcl_edit::parser::parse_body(text) {
        Ok(body) => {
            Reader { view: host.view(), path: host.full_path(), locals: &host.given().locals }
                .file(&body, found);
        }
        Err(_) if speaks => found.unread("", "not valid HCL"),
        Err(_) => {}
    }
}

/// Whether a block is one of Rancher's clusters whose version, or the name of what gives it, says that it runs K3s.
fn is_of_k3s(block: &Block) -> bool {
    let is_cluster = block.labels.first().is_some_and(|label| label.as_str() == "rancher2_cluster_v2");
    let version = block.body.get_attribute("kubernetes_version");
    is_cluster
        && version.is_some_and(|version| version.value.to_string().to_ascii_lowercase().contains("k3s"))
}

struct Reader<'r> {
    view: &'r View,
    path: &'r str,
    /// Where the text of each local is written on the node.
    locals: &'r BTreeMap<String, String>,
}

impl Reader<'_> {
    fn file(&self, body: &Body, found: &mut Found) {
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    found.node();
                    self.attribute("", attribute, found);
                }
                // Each local is a separate value.
                Structure::Block(block) if block.ident.as_str() == "locals" => {
                    for attribute in block.body.attributes() {
                        found.node();
                        let name = attribute.key.as_str();
                        let place = self.locals.get(name);
                        let encoded = self.locals.get(&format!("{ENCODED}{name}"));
                        match (place, encoded) {
                            (Some(place), _) => self.write(name, place, &attribute.value, found),
                            (None, Some(place)) if is_map(&attribute.value) => {
                                let text = hcl::document(self.view, &attribute.value);
                                write_text(name, place, &text, found);
                            }
                            (None, _) => self.attribute("", attribute, found),
                        }
                    }
                }
                Structure::Block(block) if is_of_k3s(block) => {}
                // The default of a variable is meant to be overridden.
                Structure::Block(block) => {
                    found.node();
                    let is_variable = block.ident.as_str() == "variable";
                    if is_variable && let Some((name, release)) = self.default_release(block) {
                        found.default_release(name, &release);
                    }
                    self.block(block, is_variable, found);
                }
            }
        }
    }

    fn block(&self, block: &Block, is_default: bool, found: &mut Found) {
        let attribute = |names: &[&str]| names.iter().find_map(|name| block.body.get_attribute(name));
        let written = attribute(PATHS).and_then(|path| self.literal(&path.value)).zip(attribute(CONTENTS));
        if block.ident.as_str() == "module" {
            self.module(block, found);
        }
        if block.labels.first().is_some_and(|label| USER_DATA.contains(&label.as_str())) {
            return self.user_data(block, found);
        }
        let mut taken = None;
        if let Some((path, content)) = written.filter(|(path, _)| is_ours(path)) {
            self.write(content.key.as_str(), &path, &content.value, found);
            taken = Some(content.key.as_str());
        }
        for structure in &block.body {
            match structure {
                Structure::Attribute(attribute) if Some(attribute.key.as_str()) == taken => {}
                Structure::Attribute(attribute) if is_default && attribute.key.as_str() != "default" => {}
                Structure::Attribute(attribute) => self.attribute(block.ident.as_str(), attribute, found),
                Structure::Block(inner) => {
                    // `dynamic "x" { content { … } }` creates blocks `x`, each for other machines.
                    self.block(inner, is_default, found);
                }
            }
        }
    }

    /// Reads user data with several parts, which cloud-init merges. A part whose text is not certain is read by itself.
    fn user_data(&self, block: &Block, found: &mut Found) {
        let (mut merged, mut others) = (Vec::new(), Vec::new());
        for part in block.body.blocks() {
            match self.part(part).filter(|_| part.ident.as_str() == "part") {
                Some(part) => merged.push(part),
                None => others.push(part),
            }
        }
        for part in others {
            self.block(part, false, found);
        }
        parts::read(&merged, found);
    }

    /// A part of user data that is a cloud-config without branches.
    fn part(&self, part: &Block) -> Option<Part> {
        let attribute = |name: &str| part.body.get_attribute(name).map(|one| &one.value);
        let content = attribute("content")?;
        let text = hcl::text(self.view, content)?;
        let (ways, is_open) = ways(&text).ok()?;
        let [view] = &ways[..] else { return None };
        let kind = attribute("content_type").map_or(Some(String::new()), |kind| self.literal(kind))?;
        let is_configuration = name_of(&kind, view.text()) == Some(CLOUD_CONFIG);
        (is_configuration && !is_open).then(|| Part {
            written_by: "content".to_owned(),
            name: CLOUD_CONFIG,
            view: view.clone(),
            merge: attribute("merge_type").map_or(Some(String::new()), |merge| self.literal(merge)),
        })
    }

    /// The release that is the default of a variable, and the name of the variable.
    fn default_release<'b>(&self, block: &'b Block) -> Option<(&'b str, String)> {
        let name = block.labels.first()?.as_str();
        let release = self.literal(&block.body.get_attribute("default")?.value)?;
        release.contains("+rke2").then_some((name, release))
    }

    /// Reads Rancher's module that writes config.yaml, which has an argument for each key.
    fn module(&self, block: &Block, found: &mut Found) {
        let source = block.body.get_attribute("source").and_then(|source| self.literal(&source.value));
        if !source.is_some_and(|source| source.contains(CONFIG_MODULE)) {
            return;
        }
        let keys = block.body.attributes().filter(|one| catalog::config_key(one.key.as_str()).is_some());
        let text = hcl::attributes(self.view, keys);
        if !text.view.text().is_empty() {
            found.config("module", text.view);
        }
    }

    fn attribute(&self, block: &str, attribute: &Attribute, found: &mut Found) {
        let name = attribute.key.as_str();
        if VERSIONS.contains(&name) && block != "variable" {
            match self.literal(&attribute.value) {
                Some(version) if version.contains("+rke2") => found.release_of_all(name, &version),
                None if attribute.value.is_template() => found.release_of_all(name, "${VERSION}"),
                _ => {}
            }
        }
        self.value(block, name, &attribute.value, found);
    }

    /// Reads a value whose meaning depends on the name of its attribute or key.
    fn value(&self, block: &str, name: &str, value: &Expression, found: &mut Found) {
        let qualified = format!("{block}.{name}");
        let meaning = ATTRIBUTES.iter().find(|(known, _)| *known == name || *known == qualified);
        if let Some((_, meaning)) = meaning
            && let Some(text) = hcl::text(self.view, value)
        {
            if let Some(place) = place_of(*meaning) {
                encodes(value, place, found);
            }
            if name == "config" {
                // Applies to some machines only.
                found.apart(|found| known(*meaning, name, &text, found));
            } else {
                known(*meaning, name, &text, found);
            }
            return;
        }
        if let Some((_, meaning)) = meaning
            && let Some(place) = place_of(*meaning)
            && self.elsewhere(value, Some(place), found)
        {
            return;
        }
        match value {
            Expression::Conditional(_) => {}
            // A map of strings in older releases of the provider.
            Expression::Object(map) if block == SELECTOR && meaning.is_some() && !has_numbers(map) => {
                return found
                    .apart(|found| known(Meaning::Config, name, &hcl::document(self.view, value), found));
            }
            Expression::Object(_) if meaning.is_some() => {
                found.unread(name, "expected a YAML string, found a map");
            }
            _ if meaning.is_some() => found.unread(name, "its value is computed elsewhere"),
            _ => {}
        }
        self.any(name, value, found);
    }

    /// Searches a value of any type for texts.
    fn any(&self, name: &str, value: &Expression, found: &mut Found) {
        if let Some(text) = hcl::text(self.view, value) {
            // A single word is not a file.
            if text.is_encoded || text.view.text().contains('\n') || COMMANDS.contains(&name) {
                guess(name, &text, found);
            }
            return;
        }
        if self.elsewhere(value, None, found) {
            return;
        }
        match value {
            Expression::Object(map) => self.map(name, map, value, found),
            Expression::Array(items) if COMMANDS.contains(&name) => self.commands(name, items, found),
            Expression::Array(items) => items.iter().for_each(|item| self.any(name, item, found)),
            Expression::Parenthesis(inner) => self.any(name, inner.inner(), found),
            Expression::Conditional(choice) => {
                for value in [&choice.true_expr, &choice.false_expr] {
                    found.apart(|found| self.value("", name, value, found));
                }
            }
            Expression::FuncCall(call) => call.args.iter().for_each(|value| self.any(name, value, found)),
            Expression::Traversal(traversal) => self.any(name, &traversal.expr, found),
            _ => {}
        }
    }

    /// Commands that run one after the other in a shell: a later one may move the file that an earlier one writes.
    fn commands(&self, name: &str, commands: &Array, found: &mut Found) {
        let texts = commands.iter().filter_map(|command| hcl::text(self.view, command));
        let (plain, templates): (Vec<Text>, Vec<Text>) =
            texts.partition(|text| !text.is_encoded && hcl::filled_in(text).is_some());
        let mut script = Builder::new(self.view).finish();
        for text in plain.iter().filter_map(hcl::filled_in) {
            let mut end = Builder::new(self.view);
            end.made_up("\n");
            script = script.joined(&text).joined(&end.finish());
        }
        found.text(name, "commands.sh", script);
        for text in &templates {
            guess(name, text, found);
        }
    }

    fn map(&self, name: &str, map: &Object, value: &Expression, found: &mut Found) {
        let entry = |names: &[&str]| names.iter().find_map(|name| hcl::entry(map, name));
        if let Some((path, content)) = entry(PATHS)
            .and_then(|path| self.literal(path))
            .zip(entry(CONTENTS))
            .filter(|(path, _)| is_ours(path))
        {
            self.write(name, &path, content, found);
            return;
        }
        let group = entry(&["apiVersion"]).and_then(|version| self.literal(version));
        if group.is_some_and(|group| group.starts_with("helm.cattle.io/")) {
            guess(name, &hcl::document(self.view, value), found);
            return;
        }
        for (key, value) in map {
            self.value("", hcl::key_name(key), value.expr(), found);
        }
    }

    /// Records a template or a local whose text is written to a file. Returns whether the value is one of these.
    fn elsewhere(&self, value: &Expression, place: Option<&str>, found: &mut Found) -> bool {
        if let (Some(name), Some(place)) = (hcl::local(value), place) {
            found.local(name, place);
            return true;
        }
        let Some(call) = hcl::call(value, "templatefile") else { return false };
        let mut arguments = call.args.iter();
        let (path, values) = (arguments.next(), arguments.next());
        let Some(path) = path.and_then(|path| hcl::text(self.view, path)) else { return false };
        let path = path.view.text();
        let path = MODULE.iter().find_map(|start| path.strip_prefix(start)).unwrap_or(path);
        if path.contains("${") || path.starts_with('/') {
            return true;
        }
        let known = values.and_then(Expression::as_object).into_iter().flat_map(Object::iter);
        let values = known.map(|(key, value)| (hcl::key_name(key).to_owned(), printed(value.expr())));
        found.call(Call {
            templates: vec![join(source::folder(self.path), path.trim_start_matches("./"))],
            place: place.map(str::to_owned),
            values: values.collect(),
            island: Some(found.island()),
        });
        true
    }

    /// A string without interpolations.
    fn literal(&self, value: &Expression) -> Option<String> {
        value.as_str().map(str::to_owned).or_else(|| {
            let text = hcl::filled_in(&hcl::text(self.view, value)?)?;
            (!text.has_masks()).then(|| text.text().to_owned())
        })
    }

    /// Adds a file whose path is next to its content.
    fn write(&self, part: &str, path: &str, content: &Expression, found: &mut Found) {
        encodes(content, path, found);
        let Some(text) = hcl::text(self.view, content) else {
            if !self.elsewhere(content, Some(path), found) {
                self.any(part, content, found);
            }
            return;
        };
        write_text(part, path, &text, found);
    }
}

/// Records a local that is written to a file as YAML or JSON.
fn encodes(value: &Expression, place: &str, found: &mut Found) {
    if let Some(name) = hcl::encoded_local(value) {
        found.local(&format!("{ENCODED}{name}"), place);
    }
}

/// Adds a file with a known text.
fn write_text(part: &str, path: &str, text: &Text, found: &mut Found) {
    match ways(text) {
        Ok((ways, open)) => found.ways("", ways, |found, _, view| {
            if open {
                found.part_of_file(part, path, view.clone());
            } else {
                found.file(part, path, view.clone());
            }
        }),
        Err(reason) => found.unread(format!("{part} {path}"), reason),
    }
}

/// Whether a value is a map, or made of maps.
fn is_map(value: &Expression) -> bool {
    matches!(value, Expression::Object(_)) || hcl::call(value, "merge").is_some()
}

/// Where Rancher writes the text of an attribute, if it writes a single file.
fn place_of(meaning: Meaning) -> Option<&'static str> {
    match meaning {
        Meaning::Config => Some("/etc/rancher/rke2/config.yaml.d/50-rancher.yaml"),
        Meaning::Manifest => Some(ADDONS),
        Meaning::ChartValues => None,
    }
}

/// Whether a value of a map is a number, which Terraform converts to a string in a map of strings.
fn has_numbers(map: &Object) -> bool {
    map.iter().any(|(_, value)| matches!(value.expr(), Expression::Number(_)))
}

/// What a template prints for a literal value.
fn printed(value: &Expression) -> Option<String> {
    match value {
        Expression::Bool(value) => Some(value.to_string()),
        Expression::Number(value) => Some(value.to_string()),
        _ => value.as_str().filter(|text| is_word(text)).map(str::to_owned),
    }
}

/// Adds a text whose path on the node is unknown.
fn guess(name: &str, text: &Text, found: &mut Found) {
    match ways(text) {
        Ok((ways, _)) => found.ways("", ways, |found, _, view| found.guess(name, "user-data", view.clone())),
        // Not YAML, but it may be a script.
        Err(reason) => match hcl::filled_in(text) {
            Some(view) => found.text(name, "user-data", view),
            None if is_script(text.view.text()) => {
                if let Ok(masked) = masked_script(&text.view, Dialect::Terraform) {
                    found.ways("user-data", masked.ways, |found, path, view| {
                        found.text(name, path, view.clone());
                    });
                }
            }
            None if text.view.text().contains("rancher/rke2") => found.unread(name, reason),
            None => {}
        },
    }
}

/// Adds the value of an attribute of `rancher2_cluster_v2`.
fn known(meaning: Meaning, name: &str, text: &Text, found: &mut Found) {
    let (ways, is_open) = match ways(text) {
        Ok(found) => found,
        Err(reason) => return found.unread(name, reason),
    };
    let is_whole = ways.len() == 1 && !is_open;
    found.ways("", ways, |found, _, view| match meaning {
        Meaning::Config => {
            part_of_text(view, name, found);
        }
        Meaning::Manifest => {
            found.file(name, ADDONS, view.clone());
        }
        Meaning::ChartValues => {
            let stream = Stream::parse(View::id(), &view.shared_text());
            for root in stream.documents().filter_map(Document::root) {
                values_of_charts(view, root, name, is_whole, found);
            }
        }
    });
}

/// The possible results of a text, with interpolations masked, and whether keys may be added that are not in the text.
fn ways(text: &Text) -> Result<(Vec<View>, bool), &'static str> {
    if let Some(view) = hcl::filled_in(text).filter(|view| text.is_encoded || is_yaml(view)) {
        return Ok((vec![view], text.open));
    }
    // The text contains interpolated lines or branches.
    let masked = masked(&text.view, Dialect::Terraform)?;
    Ok((masked.ways, masked.open))
}

/// Whether a path is one of RKE2's files.
fn is_ours(path: &str) -> bool {
    path.contains("rancher/rke2")
}
