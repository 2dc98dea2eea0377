//! `manifest/missing-apiversion-or-kind`: documents without `apiVersion` or `kind`.

use crate::cluster::charts::Manifest;
use crate::finding::{Edit, Fix, Safety};
use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{Document, Kind, NodeRef};

const KEYS: [&str; 2] = ["apiVersion", "kind"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    let foreign = matches!(file.content, Content::Kustomization | Content::Fleet);
    if file.stream.first_error().is_some() || foreign || manifest.overlay.patch {
        return;
    }
    for root in file.stream.documents().filter_map(Document::root) {
        if is_object(root, manifest) {
            drafts.extend(KEYS.iter().find_map(|key| missing(root, key)));
        }
    }
}

/// Whether a document is meant to be an object. In RKE2's own directory every document must be one.
fn is_object(root: NodeRef<'_>, manifest: &Manifest<'_>) -> bool {
    root.kind() == Kind::Mapping
        && !root.is_opaque()
        && root.entries().len() > 0
        // The items of a list inherit missing fields.
        && root.get("items").is_none()
        && (manifest.is_certain() || KEYS.iter().any(|key| root.get(key).is_some()))
}

fn missing(root: NodeRef<'_>, key: &str) -> Option<Draft> {
    if let Some(entry) = root.entry(key) {
        if entry.value.kind() != Kind::Scalar || entry.value.string().is_some_and(|text| !text.is_empty()) {
            return None;
        }
        let type_name = entry.value.value().map_or("nothing", |value| value.type_name());
        let message = format!("`{key}` is {type_name}, not a string; RKE2 rejects the whole file");
        return Some(Draft::new(entry.label_span(), message).help(format!("quote the value of `{key}`")));
    }
    let near = root.entries().find(|entry| entry.name().eq_ignore_ascii_case(key));
    if let Some(near) = near {
        let span = near.key.span();
        let message = format!("key `{}` is not `{key}`; RKE2 rejects the whole file", near.name());
        let mut draft = Draft::new(span, message).help(format!("write `{key}`"));
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: format!("rename the key to `{key}`"),
            edits: vec![Edit { span, replacement: key.to_owned() }],
        });
        return Some(draft);
    }
    let first = root.entries().next()?.key;
    let other = KEYS.iter().filter(|other| **other != key).find_map(|other| root.entry(other));
    let place = other.map_or(first.span(), |entry| entry.label_span());
    let kind = root.get("kind").and_then(NodeRef::text);
    let draft = Draft::new(place, format!("missing `{key}`; RKE2 rejects the whole file"));
    Some(match (key, kind) {
        ("apiVersion", Some(kind @ ("HelmChart" | "HelmChartConfig"))) => {
            let mut draft = draft.help("add `apiVersion: helm.cattle.io/v1`");
            // Flux also defines a kind `HelmChart`.
            draft.fix = (kind == "HelmChartConfig").then(|| add_helm_version(first)).flatten();
            draft
        }
        _ => draft.help(format!(
            "add `{key}`, or move documents other than objects out of the manifests directory"
        )),
    })
}

/// Adds a line before the first key, if each key is on its own line.
fn add_helm_version(first: NodeRef<'_>) -> Option<Fix> {
    let span = first.span();
    let text = first.document().text();
    let starts_line = span.start == 0 || text.as_bytes().get(span.start as usize - 1) == Some(&b'\n');
    starts_line.then(|| Fix {
        safety: Safety::Safe,
        message: "add `apiVersion: helm.cattle.io/v1`".to_owned(),
        edits: vec![Edit {
            span: Span::new(span.file, span.start as usize, span.start as usize),
            replacement: "apiVersion: helm.cattle.io/v1\n".to_owned(),
        }],
    })
}
