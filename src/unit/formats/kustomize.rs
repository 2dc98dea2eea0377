//! Kustomize and Flux: patches in a Kustomization that replace the values of a packaged chart. A patch replaces the
//! whole string in `spec.valuesContent`, so RKE2 reads exactly the text of the patch.

use std::ops::Range;

use crate::rke2::file::resolve;
use crate::rke2::patch::{PATCH_LISTS, VALUES_PATH, writes};
use crate::source::folder;
use crate::unit::{Format, Found, Host, View};
use crate::words::Words;
use crate::yaml::{Document, Kind, NodeRef, Stream, template_mark};

/// Kustomizations with patches of HelmChartConfigs.
pub const FORMAT: Format = Format {
    name: "kustomize",
    files: &[],
    marks: &[
        "HelmChartConfig",
        "helm.cattle.io",
        VALUES_PATH,
        "patches",
        "components",
        "namePrefix",
        "nameSuffix",
        "replacements",
        "transformers",
        "kustomize",
    ],
    is_program: false,
    fits,
    read,
};

/// Keys of a kustomization, in addition to patches, that change or rename the objects of other files.
const CHANGES: &[&str] = &["components", "namePrefix", "nameSuffix", "replacements", "transformers"];

/// Kinds of objects whose findings depend on patches.
const PATCHED: &[&str] =
    &["Plan", "RKE2ControlPlane", "RKE2ControlPlaneTemplate", "RKE2Config", "RKE2ConfigTemplate"];

/// Why a JSON patch without a known target is not read.
const NO_TARGET: &str = "no kustomization that lists this patch targets a single HelmChartConfig";

fn fits(host: &Host<'_>) -> bool {
    static PATCHES: Words = Words::new(|| {
        let lists = ["atches", VALUES_PATH, "kustomize:", "kustomize\":"].into_iter();
        lists.chain(CHANGES.iter().copied()).collect()
    });
    PATCHES.is_in(host.text().as_bytes())
        && (host.has_extension(&["yaml", "yml", "json"]) || host.name() == "Kustomization")
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        if root.kind() == Kind::Sequence {
            operations(host, root, found);
            continue;
        }
        let of_kustomize =
            host.name() == "Kustomization" || host.name().to_ascii_lowercase().starts_with("kustomization.");
        let kind = root.get("kind").and_then(NodeRef::text).unwrap_or_default();
        if (of_kustomize || may_be_kustomization(kind)) && changes_others(root) || has_kustomize(root) {
            found.patches();
        }
        if !of_kustomize && kind != "Kustomization" {
            continue;
        }
        for (list, entries) in lists(root) {
            for (index, entry) in entries.items().enumerate() {
                patch(host, entry, &format!("{list}[{index}]"), found);
            }
        }
    }
}

/// The lists of patches in a kustomization of Kustomize, or below `spec` in one of Flux, with their paths.
fn lists(root: NodeRef<'_>) -> impl Iterator<Item = (String, NodeRef<'_>)> {
    let own = PATCH_LISTS.into_iter().filter_map(move |key| Some((key.to_owned(), root.get(key)?)));
    let of_flux = move |key| Some((format!("spec.{key}"), root.at(&["spec", key])?));
    own.chain(PATCH_LISTS.into_iter().filter_map(of_flux))
}

/// Whether an object with this kind may be a kustomization of Kustomize or Flux.
fn may_be_kustomization(kind: &str) -> bool {
    matches!(kind, "Kustomization" | "Component") || template_mark(kind).is_some()
}

/// Whether an application of Argo CD has fields of a kustomization.
fn has_kustomize(root: NodeRef<'_>) -> bool {
    let kind = root.get("kind").and_then(NodeRef::text).unwrap_or_default();
    kind.starts_with("Application") && root.source_text().contains("kustomize")
}

/// Whether a kustomization may change objects of [`PATCHED`] kinds that are in other files.
fn changes_others(root: NodeRef<'_>) -> bool {
    let places = [Some(root), root.get("spec")];
    let has_changes = places.into_iter().flatten().any(|place| {
        let is_set = |key: &&str| place.get(key).is_some_and(|value| !value.is_null());
        CHANGES.iter().any(is_set)
    });
    let is_open = |list: NodeRef<'_>| list.kind() != Kind::Sequence || list.items().any(may_reach);
    has_changes || lists(root).any(|(_, list)| is_open(list))
}

/// Whether a patch may change an object of a [`PATCHED`] kind: it does not name another kind. A kind in a selector is a
/// regular expression, and so is a part of it.
fn may_reach(entry: NodeRef<'_>) -> bool {
    let is_plain = |kind: &str| kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let may_be = |kind: &str| !is_plain(kind) || PATCHED.contains(&kind);
    if let Some(kind) = entry.at(&["target", "kind"]).and_then(NodeRef::text) {
        return may_be(kind);
    }
    let inline = entry.get("patch").unwrap_or(entry).text().unwrap_or_default();
    let mut kinds = inline.lines().filter_map(|line| line.strip_prefix("kind:")).peekable();
    entry.get("target").is_some() || kinds.peek().is_none() || kinds.any(|kind| may_be(kind.trim()))
}

/// Reads a JSON patch in a separate file.
fn operations(host: &Host<'_>, root: NodeRef<'_>, found: &mut Found) {
    if host.is_nested() {
        return;
    }
    for (index, operation) in root.items().enumerate() {
        let Some((at, value)) = written(operation) else { continue };
        match &host.given().chart {
            Some(chart) => {
                values(host.view(), (chart, at), host.view(), value, &format!("[{index}].value"), found);
            }
            None => found.unread(format!("[{index}].value"), NO_TARGET),
        }
    }
}

/// The value that an operation of a JSON patch writes, with the place of its path.
fn written(operation: NodeRef<'_>) -> Option<(Range<usize>, NodeRef<'_>)> {
    let path = operation.get("path").filter(|_| writes(operation, &[VALUES_PATH]))?;
    Some((path.span().range(), operation.get("value")?))
}

/// The name of the chart whose HelmChartConfig a selector matches, with its place.
fn target(entry: NodeRef<'_>) -> Option<(&str, Range<usize>)> {
    let target = entry.get("target")?;
    let of_helm = |key: &str, wanted: &str| target.get(key).is_none_or(|node| node.text() == Some(wanted));
    let name = target.get("name")?;
    let text = name.text().filter(|text| is_name(text))?;
    (of_helm("kind", "HelmChartConfig") && of_helm("group", "helm.cattle.io"))
        .then(|| (text, name.span().range()))
}

/// A selector is a regular expression; a plain name matches itself.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && template_mark(text).is_none()
}

fn patch(host: &Host<'_>, entry: NodeRef<'_>, part: &str, found: &mut Found) {
    if let Some(path) = entry.get("path").and_then(NodeRef::text).filter(|_| entry.get("target").is_some()) {
        let chart = target(entry).map(|(chart, _)| chart);
        found.aim(resolve(folder(host.full_path()), path), chart);
    }
    let Some(view) = host.view().of_scalar(entry.get("patch").unwrap_or(entry)) else { return };
    if !view.text().contains("valuesContent") {
        return;
    }
    let target = target(entry);
    let stream = Stream::parse(View::id(), &view.shared_text());
    if stream.first_error().is_some() {
        return;
    }
    for root in stream.documents().filter_map(Document::root) {
        // A patch is either a list of JSON patch operations or a part of the object.
        for operation in root.items() {
            if let (Some((_, value)), Some((chart, at))) = (written(operation), &target) {
                values(host.view(), (chart, at.clone()), &view, value, part, found);
            }
        }
        let Some(value) = root.at(&["spec", "valuesContent"]) else { continue };
        let name = root.at(&["metadata", "name"]);
        let is_chart = root.get("kind").and_then(NodeRef::text) == Some("HelmChartConfig");
        match (&target, name.and_then(NodeRef::text).filter(|text| is_name(text))) {
            (Some((chart, at)), _) => values(host.view(), (chart, at.clone()), &view, value, part, found),
            (None, Some(chart)) if is_chart => {
                let at = name.map(|name| name.span().range()).unwrap_or_default();
                values(&view, (chart, at), &view, value, part, found);
            }
            _ => {}
        }
    }
}

fn values(
    named_in: &View,
    (chart, at): (&str, Range<usize>),
    view: &View,
    value: NodeRef<'_>,
    part: &str,
    found: &mut Found,
) {
    if let Some(text) = view.of_scalar(value).filter(|text| template_mark(text.text()).is_none()) {
        // Several patches of one object are alternatives, or the last one wins.
        found.node();
        found.values(part, named_in, chart, at, &text);
    }
}
