//! Files that mention RKE2, for a run in which none was linted: scripts, templates, values of other tools. Produces no
//! findings.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::names::shown;
use super::walk::SKIPPED_FOLDERS;
use crate::read;
use crate::rke2::addon::has_manifest_extension;
use crate::settings::{FILE_NAMES, Paths};
use crate::yaml::looks_templated;

/// The maximum number of files that are listed.
const MOST: usize = 5;
/// Larger files are not searched.
const MAX_BYTES: u64 = 1024 * 1024;
/// Extensions of templates.
const TEMPLATES: [&str; 5] = ["erb", "j2", "tftpl", "tmpl", "tpl"];
/// Texts that occur only in repositories with RKE2 in them.
const TRACES: [&str; 3] = ["/etc/rancher/rke2", "rke2-server", "helm.cattle.io"];

/// Files below the paths that contain a trace of RKE2, each with the reason why it was not linted; the first ones by
/// name.
pub fn traces(
    paths: &[PathBuf],
    exclude: &[Paths],
    reason: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let is_excluded = |path: &Path| exclude.iter().any(|exclude| exclude.matches(&shown(path)));
    let mut buffer = Vec::new();
    let mut found = Vec::new();
    for path in paths {
        let walk = WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(SKIPPED_FOLDERS.contains(&name.as_ref()) || is_excluded(entry.path()))
        });
        for entry in walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
            let is_settings = entry.file_name().to_str().is_some_and(|name| FILE_NAMES.contains(&name));
            if is_settings || read::walked_into(entry.path(), MAX_BYTES, &mut buffer).is_err() {
                continue;
            }
            let Some(trace) = TRACES.iter().find(|trace| holds(&buffer, trace)) else { continue };
            let shown = shown(entry.path());
            let why = if is_template(&shown, &buffer) {
                "template; only its rendered form can be linted".to_owned()
            } else {
                reason(&shown).unwrap_or_else(|| "not a YAML file".to_owned())
            };
            found.push((shown, format!("mentions `{trace}`; {why}")));
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// Whether a file is a template according to its name, or a YAML file with template marks. In scripts, such marks are
/// ordinary variables.
fn is_template(path: &str, bytes: &[u8]) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    TEMPLATES.contains(&extension)
        || (has_manifest_extension(path) && std::str::from_utf8(bytes).is_ok_and(looks_templated))
}

fn holds(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}
