//! From files to clusters, in two passes: group files by path and kind, then build one cluster at a time, so
//! that only the clusters being checked are in memory. Must not read files.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::charts::{ChartObject, Manifest};
use super::generated::{self, Generated};
use super::grouping::{Members, group, group_joined};
use super::named;
use super::objects::Objects;
use super::overlay::{Overlay, Overlays, is_overlay};
use super::place::{Place, is_manifest, places};
use super::server::{self, NodeConfig};
use super::tree::Tree;
use super::verdict::{Verdict, verdicts};
use super::{Cluster, Declared, Pin, Plan, SkipMark};
use crate::catalog::Target;
use crate::rke2::file::{Listed, RkeFile};
use crate::source::Span;

/// Which files belong to which cluster.
#[derive(Debug)]
pub struct Layout {
    places: Vec<Place>,
    clusters: Vec<Members>,
    tree: Arc<Tree>,
    verdicts: Vec<Verdict>,
}

/// Files that affect more than one cluster.
#[derive(Debug)]
pub struct Shared<'a> {
    overlays: Overlays,
    policies: Vec<&'a RkeFile>,
    pins: &'a [Pin],
}

/// What hosts state about the plain files of their tree, by path.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// Configurations with which services start RKE2.
    pub configurations: BTreeSet<String>,
    /// Files that become drop-ins.
    pub drop_ins: BTreeSet<String>,
}

impl Layout {
    /// Groups files into clusters; files are referred to by index.
    pub fn new(files: &[Listed], plan: &Plan<'_>, stated: &Stated) -> Self {
        let verdicts = verdicts(files, plan);
        let places = places(files, &stated.drop_ins, &verdicts, plan);
        let of_island = |island: Range<usize>| {
            group(&files[island.clone()], &places[island.clone()], &plan.declared[island])
        };
        // The units of one node are adjacent, after all files of the tree.
        let mut islands = islands(files).into_iter();
        let mut grouping = islands.next().map(of_island).unwrap_or_default();
        let tree = Arc::new(Tree::new(files, &verdicts, &grouping, &stated.configurations));
        let mut clusters = std::mem::take(&mut grouping.clusters);
        for island in islands {
            let first = island.start;
            let joined = files[first].island.as_ref().is_some_and(|island| island.joined);
            let grouping = if joined {
                group_joined(&files[island.clone()], &places[island])
            } else {
                of_island(island)
            };
            clusters.extend(grouping.clusters.into_iter().map(|members| members.moved(first)));
        }
        Self { places, clusters, tree, verdicts }
    }

    /// The files of each cluster, in no particular order.
    pub fn clusters(&self) -> &[Members] {
        &self.clusters
    }

    /// Whether rules that depend on something missing see the same tree.
    pub fn has_same_tree(&self, other: &Self) -> bool {
        self.tree == other.tree
    }

    /// The purpose of a file, by its index.
    pub fn place(&self, index: usize) -> &Place {
        &self.places[index]
    }

    /// Whether the keys of a file make it RKE2's, by its index.
    pub fn verdict(&self, index: usize) -> Verdict {
        self.verdicts[index]
    }
}

/// Ranges of files that are grouped separately: the files of the tree, and the units of each node.
fn islands(files: &[Listed]) -> Vec<Range<usize>> {
    let mut islands = Vec::new();
    let mut start = 0;
    for part in files.chunk_by(|one, other| one.island == other.island) {
        islands.push(start..start + part.len());
        start += part.len();
    }
    islands
}

impl<'a> Shared<'a> {
    /// Collects what may affect any cluster. `files` are those in memory; `listed` describes all files of the tree.
    pub fn of(files: &'a [RkeFile], listed: &[Listed], pins: &'a [Pin]) -> Self {
        let policies = files.iter().filter(|file| named::is_policy(file)).collect();
        Self { overlays: Overlays::of(files, listed), policies, pins }
    }

    /// The release that a unit names, or else the one on which the pins of other files agree.
    fn pinned(&self, files: &[&RkeFile]) -> Option<(Target, String)> {
        let of_unit = files.iter().find_map(|file| file.unit.as_ref()?.target.clone());
        of_unit.or_else(|| {
            files.iter().find_map(|file| {
                let pins = self.pins_of(file);
                let first = pins.iter().find(|pin| !pin.is_partial)?.target.as_ref()?;
                let agrees = |(target, _): &(Target, String)| target.to_string() == first.0.to_string();
                pins.iter().all(|pin| pin.target.as_ref().is_some_and(agrees)).then(|| first.clone())
            })
        })
    }

    /// The pins of other files that apply to a file.
    fn pins_of(&self, file: &RkeFile) -> Vec<&'a Pin> {
        if self.pins.is_empty() {
            return Vec::new();
        }
        let path = file.full_path();
        self.pins.iter().filter(|pin| pin.holds(&path)).collect()
    }

    /// Whether a file must be in memory for every cluster.
    pub fn concerns(file: &RkeFile) -> bool {
        is_overlay(file.content) || named::is_policy(file)
    }
}

impl<'a> Cluster<'a> {
    /// Builds one cluster. `file` returns a file by its index; a file that no longer exists is left out. `None` when no
    /// file is left.
    pub fn assemble(
        members: &Members,
        layout: &Layout,
        file: impl Fn(usize) -> Option<&'a RkeFile>,
        shared: &Shared<'a>,
        plan: &Plan<'a>,
    ) -> Option<Self> {
        let declared = members.files().find_map(|index| plan.declared[index]);
        let declared: Option<&Declared<'a>> = declared.map(|cluster| &plan.clusters[cluster]);
        let is_shared = !members.judges.is_empty();
        let (nodes, unread) = nodes(members, layout, &file, declared);
        let mut hosts = declared.map(|declared| declared.hosts.clone()).unwrap_or_default();
        hosts.extend(plan.hosts.iter().cloned());
        let manifests = manifests(members, layout, &file, shared);
        let objects = |patch: bool| -> Vec<ChartObject<'a>> {
            let all = manifests.iter().enumerate().filter(|(_, manifest)| manifest.overlay.patch == patch);
            all.flat_map(|(index, manifest)| ChartObject::of_manifest(index, manifest)).collect()
        };
        let charts = objects(false);
        let patches =
            objects(true).into_iter().map(|object| ChartObject { patched: true, ..object }).collect();
        let skip_mark = |&index: &usize| match &layout.places[index] {
            Place::SkipMark(root) => Some(SkipMark { file: file(index)?, root: root.clone() }),
            _ => None,
        };
        let skip_marks = members.manifests.iter().filter_map(skip_mark).collect();
        let registries = members.registries.iter().filter_map(|&index| file(index)).collect();
        let mut generated = Generated::of(&charts);
        let applied: Vec<String> = generated
            .iter()
            .filter(|copy| manifests[copy.manifest].is_certain())
            .map(|copy| copy.name.clone())
            .collect();
        // If RKE2 applies a copy of the chart, copies elsewhere in the tree are ignored.
        generated.retain(|copy| manifests[copy.manifest].is_certain() || !applied.contains(&copy.name));
        let aim = Aim::of(members, &file, shared, plan, declared, |target| {
            target.resolved().is_none().then(|| generated::release(&generated, &charts)).flatten()
        });
        if aim.upgraded_from.is_some() {
            // The upgrade replaces the charts that the old release left in the tree.
            generated.clear();
        }
        let named = named::named_files(&shared.policies, &nodes);
        let mut cluster = Self {
            is_shared,
            tree: Arc::clone(&layout.tree),
            deciding: server::deciding(&nodes),
            objects: Objects::of(&manifests, &charts),
            name: String::new(),
            anchor: Span::file_start(members.files().filter_map(&file).map(|file| file.id).min()?),
            target: aim.target,
            target_source: aim.source,
            upgraded_from: aim.upgraded_from,
            is_told: aim.is_told,
            is_image: members.files().filter_map(&file).any(|file| !shared.pins_of(file).is_empty()),
            nodes,
            unread,
            manifests,
            skip_marks,
            charts,
            patches,
            generated,
            registries,
            hosts,
            named,
        };
        let has_config = !is_shared && cluster.nodes.iter().any(|node| node.files().next().is_some());
        if !has_config
            && cluster.unread.is_empty()
            && cluster.manifests.is_empty()
            && cluster.registries.is_empty()
        {
            return None;
        }
        cluster.name = declared.map_or_else(|| cluster.common_folder(), |declared| declared.name.clone());
        Some(cluster)
    }
}

/// The nodes of a cluster, and the configurations that RKE2 does not read.
fn nodes<'a>(
    members: &Members,
    layout: &Layout,
    file: impl Fn(usize) -> Option<&'a RkeFile>,
    declared: Option<&Declared<'a>>,
) -> (Vec<NodeConfig<'a>>, Vec<&'a RkeFile>) {
    let configs = if members.judges.is_empty() { &members.configs } else { &members.judges };
    let mut unread = Vec::new();
    let mut nodes: Vec<NodeConfig<'a>> = configs
        .iter()
        .map(|(main, drop_ins)| {
            let drop_ins = drop_ins.iter().filter_map(|&index| file(index)).collect();
            NodeConfig::new(main.and_then(&file), drop_ins)
        })
        .filter(|node| {
            let skipped = node.main.filter(|file| server::unread_reason(file).is_some());
            unread.extend(skipped);
            skipped.is_none() && (node.main.is_some() || !node.drop_ins.is_empty())
        })
        .collect();
    for node in &mut nodes {
        node.is_completed_elsewhere |= node.main.is_some_and(|main| layout.tree.completes(&main.place));
    }
    if let Some(facts) = declared.and_then(|declared| declared.config) {
        server::add_facts(&mut nodes, facts);
    }
    (nodes, unread)
}

/// The releases against which a cluster is checked.
struct Aim {
    target: Target,
    source: String,
    /// Whether the charts in the tree determine it.
    is_told: bool,
    /// The target before the upgrade that the user asked about.
    upgraded_from: Option<Target>,
}

impl Aim {
    /// `told`: what the charts in the tree say about a target.
    fn of<'a>(
        members: &Members,
        file: impl Fn(usize) -> Option<&'a RkeFile>,
        shared: &Shared<'a>,
        plan: &Plan<'a>,
        declared: Option<&Declared<'a>>,
        told: impl FnOnce(&Target) -> Option<(Target, String)>,
    ) -> Self {
        let (target, source) =
            declared.and_then(|declared| declared.target.clone()).unwrap_or_else(|| plan.target.clone());
        // If the release is named without a revision, the charts may determine the revision, but no other patch.
        let told = told(&target).filter(|(told, _)| {
            target.is_unnamed() || told.all(|release| target.releases().contains(&release))
        });
        let is_told = told.is_some();
        let pinned = || shared.pinned(&members.files().filter_map(&file).collect::<Vec<_>>());
        let told = told.or_else(|| target.is_unnamed().then(pinned).flatten());
        let (target, source) = told.unwrap_or((target, source));
        match plan.upgrade.as_ref().filter(|to| target.newest() < to.newest()) {
            Some(to) => Self {
                target: to.clone(),
                source: "the upgrade".to_owned(),
                is_told,
                upgraded_from: Some(target),
            },
            None => Self { target, source, is_told, upgraded_from: None },
        }
    }
}

/// The manifest files of a cluster.
fn manifests<'a>(
    members: &Members,
    layout: &Layout,
    file: impl Fn(usize) -> Option<&'a RkeFile>,
    shared: &Shared<'a>,
) -> Vec<Manifest<'a>> {
    let manifest = |&index: &usize| {
        let root = match &layout.places[index] {
            Place::Manifest(root) => root.clone(),
            _ => None,
        };
        // The listing was based on a quick look; now the file is parsed.
        let file = file(index).filter(|file| is_manifest(file.content, root.as_ref()))?;
        let certain = root.as_ref().is_some_and(|root| root.certain);
        let overlay = if certain { Overlay::default() } else { shared.overlays.on(file) };
        Some(Manifest { file, root, overlay })
    };
    members.manifests.iter().filter_map(manifest).collect()
}
