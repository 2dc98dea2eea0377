//! `manifest/items-on-non-list`: a top-level `items` makes any kind a list.

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
            "`items` at the top of a `{kind}`: RKE2 takes it for a list and applies only what is in it"
        );
        drafts.push(
            Draft::new(items.key.span(), message)
                .help("move `items` to where it belongs, or make the object a `kind: List`"),
        );
    }
}
