//! `config/duplicate-key`: a key that occurs twice in one file.

use std::collections::HashMap;

use crate::finding::{Safety, Severity};
use crate::rke2::config::key_name;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Entry;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let entries: Vec<_> = node.entries().collect();
    for entries in entries.chunk_by(|(one, _), (other, _)| one.id == other.id) {
        // Each branch of a template may have the key.
        let text = entries[0].0.source.text();
        if text.contains("{%") || text.contains("{{") || text.contains("%{") {
            continue;
        }
        let mut written: HashMap<_, Entry<'_>> = HashMap::new();
        for &(_, entry) in entries {
            let name = key_name(&entry);
            let Some(first) = written.insert(name.clone(), entry) else { continue };
            // Repeated `key+` entries accumulate; keys that are not strings are reported elsewhere.
            if name.is_empty() || name.ends_with('+') {
                continue;
            }
            let same = first.value.source_text() == entry.value.source_text();
            let message = if same {
                format!("duplicate key `{name}` with the same value")
            } else {
                format!("duplicate key `{name}`; RKE2 uses this value and silently drops the first")
            };
            let mut draft = Draft::new(entry.key.span(), message)
                .related(first.key.span(), "first defined here")
                .help("remove one of them");
            let safety = if same { Safety::Safe } else { Safety::Unsafe };
            draft = draft.fixed(safety, "remove the first one", context.without(first));
            if same {
                draft = draft.severity(Severity::Warning);
            }
            drafts.push(draft);
        }
    }
}
