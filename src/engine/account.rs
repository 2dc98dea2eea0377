//! The outcome for each file: what it is treated as, and why it was not linted. Must not make these decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::Layout;
use crate::cluster::place::Place;
use crate::cluster::verdict::{Foreign, Verdict};
use crate::finding::{Considered, Group};
use crate::rke2::addon::has_manifest_extension;
use crate::rke2::classify::Content;
use crate::rke2::file::Listed;
use crate::source::FileId;

/// Where RKE2 reads its files on a node.
const NODE: &str = "/etc/rancher/rke2";
const MANIFESTS: &str = "/var/lib/rancher/rke2/server/manifests";

const AS_CONFIG: &str = "list it under `clusters[].configs` in .rke2-lint.yaml to lint it as a config.yaml";
const AS_MANIFEST: &str =
    "list its folder under `clusters[].manifests` in .rke2-lint.yaml to lint it as a manifest";

/// Names that RKE2's own files have.
const RKE2_NAMES: &[&str] = &["config.yaml", "registries.yaml"];

/// The outcome for the files that `wanted` selects, in the order of their names.
pub fn account(
    files: &[Listed],
    layout: &Layout,
    linted: &BTreeSet<FileId>,
    groups: &[Arc<Group>],
    wanted: impl Fn(&str) -> bool,
) -> Vec<Considered> {
    let mut members: BTreeMap<&str, (&Group, &'static str)> = BTreeMap::new();
    let mut units: Vec<Considered> = Vec::new();
    for group in groups {
        for member in group.members.iter().filter(|member| wanted(&member.path)) {
            let Some(unit) = &member.unit else {
                members.insert(&member.path, (group, member.role));
                continue;
            };
            units.push(Considered {
                path: member.path.to_string(),
                kind: member.role.to_owned(),
                place: Some(unit.clone()),
                cluster: Some(group.name.clone()),
                release: Some(group.release.clone()),
                ..Considered::default()
            });
        }
    }
    // A unit is listed once, even if several ways through branches lead to it.
    let mut seen = BTreeSet::new();
    units.retain(|unit| seen.insert(unit.clone()));
    // A file that is read only for its units is represented by these.
    let hosts: BTreeSet<String> = units.iter().map(|unit| unit.path.clone()).collect();
    let only_host = |path: &str| hosts.contains(path) && !members.contains_key(path);
    let is_wanted =
        |(_, file): &(usize, &Listed)| file.island.is_none() && wanted(&file.path) && !only_host(&file.path);
    let considered = files.iter().enumerate().filter(is_wanted).map(|(index, file)| {
        let path = file.path.to_string();
        if let (true, Some((group, role))) = (linted.contains(&file.id), members.get(&*file.path)) {
            return Considered {
                path,
                kind: (*role).to_owned(),
                place: place(file, layout.place(index)),
                cluster: Some(group.name.clone()),
                release: Some(group.release.clone()),
                ..Considered::default()
            };
        }
        let (kind, reason, help) = skipped(file, layout.verdict(index));
        Considered {
            path,
            kind: kind.to_owned(),
            skipped: Some(reason),
            help: help.map(str::to_owned),
            is_foreign: file.content == Content::Other && !RKE2_NAMES.contains(&file.name()),
            ..Considered::default()
        }
    });
    units.into_iter().chain(considered).collect()
}

/// The path on a node, if it can be derived from the place in the tree.
fn place(file: &Listed, place: &Place) -> Option<String> {
    match place {
        Place::Config => Some(format!("{NODE}/config.yaml")),
        Place::DropIn { .. } => Some(format!("{NODE}/config.yaml.d/{}", file.name())),
        Place::Registries => Some(format!("{NODE}/registries.yaml")),
        Place::Manifest(Some(root)) | Place::SkipMark(root) => {
            let below = file.path.strip_prefix(&*root.path).unwrap_or_else(|| file.name());
            Some(format!("{MANIFESTS}/{}", below.trim_start_matches('/')))
        }
        Place::Manifest(None) | Place::None => None,
    }
}

/// Kind, reason and help for a file that was not linted.
fn skipped(file: &Listed, verdict: Verdict) -> (&'static str, String, Option<&'static str>) {
    let said = |kind, reason: &str, help| (kind, reason.to_owned(), help);
    if let Verdict::Foreign(foreign) = verdict {
        let kind = if foreign == Foreign::K3s { "K3s" } else { "other" };
        return (kind, foreign.to_string(), Some(AS_CONFIG));
    }
    match file.content {
        Content::Manifest { helm: false } => {
            said("manifest", "Kubernetes objects outside a manifests directory", Some(AS_MANIFEST))
        }
        Content::Manifest { helm: true } | Content::Broken { helm: true } => {
            said("manifest", "RKE2 does not deploy it: its name, or a `.skip` file", None)
        }
        Content::Templated => said("template", "template; only its rendered form can be linted", None),
        Content::Broken { helm: false } => {
            said("other", "invalid YAML without a sign of RKE2", Some(AS_CONFIG))
        }
        Content::Empty => said("other", "empty", None),
        Content::NotText => said("other", "not UTF-8", None),
        Content::OfChart => said("other", "part of a Helm chart", None),
        Content::DanglingLink => said("other", "dangling symlink outside RKE2's folders", None),
        Content::OnNode => {
            said("other", "absolute symlink that the node resolves in its own file system", None)
        }
        Content::SkipMark => said("skip marker", "marks another file as skipped", None),
        Content::Kustomization | Content::Fleet => {
            said("overlay", "read only for what it changes in other files", None)
        }
        Content::Registries => said("registries", "registries.yaml of another program", None),
        Content::Other if !has_manifest_extension(file.name()) => {
            said("other", "no RKE2 configuration found in it", None)
        }
        Content::Config(_) | Content::Other => {
            said("other", "no RKE2 option, HelmChart or HelmChartConfig found", Some(AS_CONFIG))
        }
    }
}
