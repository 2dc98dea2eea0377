//! `manifest/duplicate-key`: duplicate keys with different values, and merges that override keys.

use std::collections::HashMap;

use crate::cluster::fact::Datum;
use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{Document, Entry, Kind, NodeRef};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    if !file.is_readable_manifest() {
        return;
    }
    let documents = file.stream.documents().filter(|document| !document.has_plain_keys());
    for mapping in documents.flat_map(Document::mappings) {
        check_mapping(mapping, drafts);
    }
}

fn check_mapping(mapping: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    for (earlier, later) in mapping.repeated() {
        let scalars = earlier.key.kind() == Kind::Scalar && later.key.kind() == Kind::Scalar;
        if !scalars || Datum::of(earlier.value).same(&Datum::of(later.value)) != Some(false) {
            continue;
        }
        let message =
            format!("duplicate key `{}`; RKE2 uses the later value and drops this one", later.name());
        drafts.push(
            Draft::new(earlier.key.span(), message)
                .related(later.key.span(), "used instead")
                .help("remove one of the two, or merge both into one")
                .fixed(Safety::Unsafe, "remove the dropped one", edit::remove(mapping, earlier)),
        );
    }
    if !mapping.entries().any(|entry| entry.is_merge()) {
        return;
    }
    let mut written: HashMap<_, Entry<'_>> = HashMap::new();
    for entry in mapping.entries().filter(|entry| entry.key.kind() == Kind::Scalar) {
        if entry.is_merge() {
            lost_to_merge(entry, &written, drafts);
        } else {
            written.insert(entry.name(), entry);
        }
    }
}

/// Reports keys before a `<<` that merges another value for them.
fn lost_to_merge(
    merge: Entry<'_>,
    written: &HashMap<std::borrow::Cow<'_, str>, Entry<'_>>,
    drafts: &mut Vec<Draft>,
) {
    let sources =
        if merge.value.kind() == Kind::Mapping { vec![merge.value] } else { merge.value.items().collect() };
    // The first of several sources takes precedence.
    let mut seen = std::collections::HashSet::new();
    for field in sources.into_iter().flat_map(NodeRef::fields) {
        let name = field.name();
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(earlier) = written.get(&name) else { continue };
        if Datum::of(earlier.value).same(&Datum::of(field.value)) != Some(false) {
            continue;
        }
        let message = format!("the `<<` after this key overrides `{name}`; RKE2 drops this value");
        drafts.push(
            Draft::new(earlier.key.span(), message)
                .related(merge.key.span(), "merged value is used")
                .help("move `<<` above the keys that should override it"),
        );
    }
}
