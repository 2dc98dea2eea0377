//! `manifest/filename-not-rfc1123`: file names that are not valid `AddOn` names.

use crate::finding::Severity;
use crate::rke2::addon::{addon_name, is_valid_addon_name};
use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::File(manifest) = context.target else { return };
    let file = manifest.file;
    let name = addon_name(file.name());
    if is_valid_addon_name(name) || !manifest.is_deployed_as_is() || file.content == Content::DanglingLink {
        return;
    }
    // Files of a folder that merely contains chart objects may be deployed under other names.
    let helm = matches!(file.content, Content::Manifest { helm: true });
    if !manifest.is_certain() && !helm {
        return;
    }
    let message = format!("file name `{name}` is not a valid AddOn name; RKE2 never applies the file");
    let mut draft = Draft::new(context.subject_place(), message)
        .help(format!("rename the file to `{}`", better(file.name())));
    if !manifest.is_certain() {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft);
}

/// The name in lower case, with dashes for characters that are not allowed.
fn better(file_name: &str) -> String {
    let name = addon_name(file_name);
    let stem: String =
        name.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let stem = stem.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    format!("{stem}{}", &file_name[name.len()..])
}
