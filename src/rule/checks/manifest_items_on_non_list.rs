//! `manifest/items-on-non-list`: a top-level `items` turns any kind into a list.

use crate::rule::{Context, Draft, Target};
use crate::yaml::{Document, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    if !file.is_readable_manifest() {
        return;
    }
    for root in file.stream.documents().filter_map(Document::root) {
        let (Some(items), Some(kind)) = (root.entry("items"), root.get("kind").and_then(NodeRef::text))
        else {
            continue;
        };
        if kind.ends_with("List") || root.get("kind").is_some_and(NodeRef::is_opaque) {
            continue;
        }
        let message = format!(
            "top-level `items` in a `{kind}`; RKE2 treats the object as a list and applies only its items"
        );
        drafts.push(
            Draft::new(items.key.span(), message)
                .help("move `items` to the right level, or write `kind: List`"),
        );
    }
}
