//! Kustomize patches, as far as they replace the values of a HelmChartConfig. Must not know which files they are in.

use std::sync::Arc;

use crate::source::Sources;
use crate::yaml::{Document, Kind, NodeRef, Stream};

/// Paths of a JSON patch that replace the values, alone or together with a parent (RFC 6902, section 4).
const REPLACED: &[&str] = &[VALUES_PATH, "/spec", ""];

/// The path of a JSON patch that replaces only the values.
pub const VALUES_PATH: &str = "/spec/valuesContent";

/// The keys of a kustomization, of Kustomize or of Flux, that hold lists of patches.
pub const PATCH_LISTS: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];

/// Operations that remove the old value.
const REPLACING: &[&str] = &["add", "remove", "replace"];

/// Whether a patch, a partial object or a JSON patch, replaces `spec.valuesContent`.
pub fn replaces_values(text: &str) -> bool {
    let may = text.contains("valuesContent") || text.contains("/spec");
    may && any_root(text, |root| is_json_patch(root) || root.at(&["spec", "valuesContent"]).is_some())
}

/// Whether a file is a JSON patch that replaces `spec.valuesContent`.
pub fn is_json_patch_of_values(text: &str) -> bool {
    text.contains(VALUES_PATH) && any_root(text, is_json_patch)
}

fn any_root(text: &str, holds: impl Fn(NodeRef<'_>) -> bool) -> bool {
    let stream = Stream::parse(Sources::id_at(0), &Arc::from(text));
    stream.first_error().is_none() && stream.documents().filter_map(Document::root).any(holds)
}

/// Whether a list is a JSON patch with an operation that replaces `spec.valuesContent`.
pub fn is_json_patch(root: NodeRef<'_>) -> bool {
    root.kind() == Kind::Sequence && root.items().any(|operation| writes(operation, REPLACED))
}

/// Whether an operation of a JSON patch writes to one of these paths.
pub fn writes(operation: NodeRef<'_>, paths: &[&str]) -> bool {
    let is_one = |key: &str, of: &[&str]| {
        operation.get(key).and_then(NodeRef::text).is_some_and(|text| of.contains(&text))
    };
    is_one("op", REPLACING) && is_one("path", paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_that_replace_values_are_told() {
        for (text, replaces) in [
            ("- op: replace\n  path: /spec/valuesContent\n  value: a\n", true),
            ("[{\"op\": \"add\", \"path\": \"/spec/valuesContent\", \"value\": \"a\"}]", true),
            ("- op: replace\n  path: /spec\n  value: {valuesContent: a}\n", true),
            ("- op: test\n  path: /spec/valuesContent\n  value: a\n", false),
            ("- op: add\n  path: /spec/values/hubble\n  value: a\n", false),
            ("metadata: {name: x}\nspec:\n  valuesContent: |-\n    a: b\n", true),
            ("metadata: {name: x}\nspec:\n  failurePolicy: abort # not valuesContent\n", false),
            ("spec: [valuesContent\n", false),
        ] {
            assert_eq!(replaces_values(text), replaces, "{text}");
        }
        assert!(!is_json_patch_of_values("spec:\n  valuesContent: a\n"));
    }
}
