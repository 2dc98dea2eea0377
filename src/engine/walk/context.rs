//! The user's paths, and the folders that contain the rest of their clusters. Must not read files.

use std::path::{Path, PathBuf};

use crate::engine::names::text_of;
use crate::engine::site::repository;

/// RKE2's two folders on a node.
const NODE: [&str; 2] = ["/etc/rancher/rke2", "/var/lib/rancher/rke2/server/manifests"];
/// Parts of a path by which it is recognized as being in one of them.
const NODE_MARKS: [&str; 2] = ["/etc/rancher/rke2", "/var/lib/rancher/rke2"];

/// The folders with the rest of the clusters that a folder's files belong to: its repository; or on a node, outside of
/// a repository, RKE2's two folders; or else the folder itself.
pub fn context_roots(folder: &Path) -> Vec<PathBuf> {
    let text = text_of(folder);
    let root = NODE_MARKS.iter().find_map(|mark| {
        let at = text.find(mark)?;
        let rest = &text[at + mark.len()..];
        (rest.is_empty() || rest.starts_with('/')).then(|| text[..at].to_owned())
    });
    let repository = repository(folder);
    match (root, repository) {
        // A node's `/etc` may be under version control.
        (Some(root), repository) if root.is_empty() || repository.is_none() => {
            let mut roots: Vec<PathBuf> =
                NODE.iter().map(|place| PathBuf::from(format!("{root}{place}"))).collect();
            roots.retain(|place| place.is_dir());
            if !roots.iter().any(|root| folder.starts_with(root)) {
                roots.push(folder.to_owned());
            }
            roots
        }
        (_, Some(repository)) => vec![repository.to_owned()],
        (_, None) => vec![folder.to_owned()],
    }
}

/// Whether a folder is or is in the `templates` folder of a chart.
pub fn is_template_of_chart(folder: &Path) -> bool {
    folder.ancestors().any(|inner| {
        let is_part = inner.file_name().is_some_and(|name| name == super::TEMPLATES);
        is_part && inner.parent().is_some_and(|chart| chart.join("Chart.yaml").exists())
    })
}

/// The reason why a folder outside of a repository is skipped, if it is part of a chart.
pub fn part_of_chart(folder: &Path) -> Option<&'static str> {
    folder.ancestors().find_map(|inner| {
        let is_part = inner.file_name().is_some_and(|name| super::is_chart_part(&name.to_string_lossy()));
        (is_part && inner.parent()?.join("Chart.yaml").exists()).then_some(super::OF_CHART)
    })
}
