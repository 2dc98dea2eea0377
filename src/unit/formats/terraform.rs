//! Terraform and `OpenTofu`: here-documents in `rancher2_cluster_v2`, user data, locals and file resources.

use std::ops::Range;

use crate::unit::mask::{Dialect, masked};
use crate::unit::{Builder, Format, Found, Host, View};

/// Here-documents in HCL.
pub const FORMAT: Format = Format {
    name: "terraform",
    marks: &["rancher/rke2", "helm.cattle.io", "rke_config", "rke2"],
    fits,
    read,
};

/// Attributes of `rancher2_cluster_v2` that are YAML, each with what it is.
const ATTRIBUTES: &[(&str, Meaning)] = &[
    ("machine_global_config", Meaning::Config),
    ("additional_manifest", Meaning::Manifest),
    ("chart_values", Meaning::ChartValues),
];

#[derive(Clone, Copy)]
enum Meaning {
    Config,
    Manifest,
    ChartValues,
}

fn fits(host: &Host<'_>) -> bool {
    host.has_extension(&["tf", "tofu", "hcl", "tfvars"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    let text = host.text();
    for (key, version) in versions(text) {
        found.release(key, version);
    }
    for document in documents(text) {
        let raw = document.view(host.view());
        let Document { attribute, line, body, .. } = &document;
        let part = if attribute.is_empty() { format!("line {line}") } else { (*attribute).to_owned() };
        found.node();
        match masked(&raw, Dialect::Terraform) {
            Ok(masked) => match masked.ways.as_slice() {
                [view] => unit(host, attribute, part, view, found),
                _ => found.unread(part, "it has branches"),
            },
            // No YAML: a script, say.
            Err(_) if !text[body.clone()].contains("%{") => {
                if let Some(view) = expressions(&raw) {
                    found.text(part, "user-data", view);
                }
            }
            Err(reason) if text[body.clone()].contains("rancher/rke2") => found.unread(part, reason),
            Err(_) => {}
        }
    }
}

fn unit(host: &Host<'_>, attribute: &str, part: String, view: &View, found: &mut Found) {
    let meaning = ATTRIBUTES.iter().find(|(name, _)| *name == attribute).map(|(_, meaning)| *meaning);
    match meaning {
        Some(Meaning::Config) => found.config(part, view.clone()),
        Some(Meaning::Manifest) => {
            found.file(part, "/var/lib/rancher/rke2/server/manifests/rancher/addons.yaml", view.clone());
        }
        Some(Meaning::ChartValues) => chart_values(host, view, &part, found),
        None => found.guess(part, "user-data", view.clone()),
    }
}

/// A mapping of charts to their values.
fn chart_values(host: &Host<'_>, view: &View, part: &str, found: &mut Found) {
    let stream = crate::yaml::Stream::parse(View::id(), &view.shared_text());
    for root in stream.documents().filter_map(crate::yaml::Document::root) {
        for chart in root.entries().filter(|chart| chart.value.kind() == crate::yaml::Kind::Mapping) {
            let name = chart.name();
            let mut builder = Builder::new(view);
            crate::unit::emit(&mut builder, chart.value, 0);
            let key = view.outer(&chart.key.span().range()).unwrap_or_default();
            found.values(format!("{part}.{name}"), host, &name, key, &builder.finish());
        }
    }
}

/// Releases that attributes pin.
fn versions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let key = key.trim();
        let value = value.trim().strip_prefix('"')?.split('"').next()?;
        let is_key = matches!(key, "kubernetes_version" | "rke2_version");
        (is_key && (value.contains("+rke2") || value.contains("${"))).then_some((key, value))
    })
}

/// A here-document of HCL.
struct Document<'t> {
    attribute: &'t str,
    line: usize,
    body: Range<usize>,
    indented: bool,
    text: &'t str,
}

fn documents(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((number, line)) = lines.next() {
        at += line.len();
        let Some((before, after)) = line.split_once("<<") else { continue };
        if before.trim_start().starts_with(['#', '/']) {
            continue;
        }
        let (indented, word) = match after.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, after),
        };
        let end =
            word.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(word.len());
        let delimiter = &word[..end];
        if delimiter.is_empty() {
            continue;
        }
        let attribute = before.trim_end().strip_suffix('=').map_or("", |name| {
            name.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
        });
        let start = at;
        let mut closed = None;
        for (_, line) in lines.by_ref() {
            let here = at;
            at += line.len();
            if line.trim() == delimiter {
                closed = Some(here);
                break;
            }
        }
        // One without its end: nothing after it is read.
        let Some(end) = closed else { break };
        documents.push(Document { attribute, line: number + 1, body: start..end, indented, text });
    }
    documents
}

impl Document<'_> {
    /// What the attribute holds: the smallest indentation taken off, where that is asked for.
    fn view(&self, host: &View) -> View {
        let body = &self.text[self.body.clone()];
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let strip = if self.indented {
            body.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0)
        } else {
            0
        };
        let mut builder = Builder::new(host);
        let mut at = self.body.start;
        for line in body.split_inclusive('\n') {
            let from = strip.min(indent(line));
            builder.verbatim(at + from..at + line.len());
            at += line.len();
        }
        builder.finish()
    }
}

/// A text that is no YAML, its `${…}` masked.
fn expressions(view: &View) -> Option<View> {
    let text = view.text();
    let mut builder = Builder::new(view);
    let mut kept = 0;
    for (at, _) in text.match_indices("${") {
        if at < kept || text[..at].ends_with('$') {
            continue;
        }
        let end = at + text[at..].find('}')? + 1;
        builder.verbatim(kept..at);
        builder.masked(at..end);
        kept = end;
    }
    builder.verbatim(kept..text.len());
    Some(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_documents_name_their_attribute() {
        let text = "x = 1\n  machine_global_config = <<-EOT\n    a: b\n      c: d\n    EOT\ny = <<EOF\nz\n";
        let found = documents(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attribute, "machine_global_config");
        let view = found[0].view(&View::whole(text));
        assert_eq!(view.text(), "a: b\n  c: d\n");
        let at = view.text().find("c: d").unwrap();
        assert_eq!(&text[view.outer(&(at..at + 4)).unwrap()], "c: d");
    }

    #[test]
    fn only_literal_releases_count() {
        let found: Vec<_> = versions("kubernetes_version = \"v1.34.2+rke2r1\"\n  a = \"v1\"\n").collect();
        assert_eq!(found, [("kubernetes_version", "v1.34.2+rke2r1")]);
    }
}
