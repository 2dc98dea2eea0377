//! What an upgrade of RKE2 breaks: the tree is linted for each release on the path, and what is found today is left out.
//! This module must not print.

mod charts;
mod compare;
mod groups;
mod migrate;
mod path;
mod steps;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub use charts::ChartStep;
pub use groups::Group;
pub use migrate::migrate;
pub use path::{PathError, known};
pub use steps::Step;

use crate::catalog::{ComponentChange, ReleaseDiff, Target};
use crate::engine::{Options, Workspace};
use crate::finding::{Report, Severity};
use crate::fingerprint::Fingerprint;
use crate::rke2::release::Release;
use compare::{Today, first_with};

/// Where the release that runs today is taken from.
const FROM: &str = "--from";

/// Why an upgrade cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// There is no path between the releases.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Nothing tells which release runs today.
    #[error("unknown current release{}; set `--from`", of_clusters(.0))]
    UnknownStart(Vec<String>),
}

/// How many clusters an error names.
const MOST_NAMED: usize = 3;

fn of_clusters(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" in {}{more}", shown.join(", "))
}

/// What an upgrade does to a tree.
#[derive(Debug, Default)]
pub struct Upgrade {
    /// The releases that run today, oldest first, each with the clusters that run it.
    pub from: Vec<(Release, Vec<String>)>,
    /// The releases on the way: today's oldest first, the target last. Empty where there are no clusters.
    pub path: Vec<Release>,
    /// Components of another version at the target.
    pub components: Vec<ComponentChange>,
    /// Charts of another version at the target that the clusters may run.
    pub charts: Vec<ChartStep>,
    /// What is to be said of the files, by group, then in the order of the report.
    pub items: Vec<Item>,
    /// What is to be done outside the files.
    pub steps: Vec<Step>,
    /// How many errors and warnings the files have today.
    pub today: usize,
    /// The report of today's release.
    pub now: Report,
    /// The report of the target, with the findings of the items only.
    pub report: Report,
}

/// A finding of the target that today's release does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it means.
    pub group: Group,
    /// The release of the path from which on it holds.
    pub release: Release,
    /// The finding, by its index in the report.
    pub finding: usize,
}

impl Upgrade {
    /// The items of a group, in the order of the report.
    pub fn of(&self, group: Group) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.group == group)
    }

    /// Whether something breaks.
    pub fn breaks(&self) -> bool {
        self.of(Group::Breaks).next().is_some()
    }

    /// The release that the clusters are upgraded to.
    pub fn to(&self) -> Option<Release> {
        self.path.last().copied()
    }
}

/// Lints a tree for each release of an upgrade. `from`: the release that runs today, in place of what the files say.
/// Afterwards `options` are those of the target.
///
/// # Errors
/// There is no path to the target, or nothing tells where it starts.
pub fn upgrade(
    paths: &[PathBuf],
    options: &mut Options,
    from: Option<Release>,
    to: Release,
) -> Result<Upgrade, UpgradeError> {
    // What a baseline holds is known today, and is found there.
    options.baseline = None;
    let one = |release| Target::one_of(vec![release]);
    if let Some(from) = from {
        options.release = one(from).map(|target| (target, FROM.to_owned()));
        for cluster in &mut options.clusters {
            cluster.release = None;
        }
    }
    let now = options.clone();
    let later = OnceCell::new();
    let mut tree = Workspace::open(paths, &now);
    let now = tree.check();
    if now.groups.is_empty() {
        return Ok(Upgrade { report: now, ..Upgrade::default() });
    }
    let starts = starts(&now)?;
    let Some((&first, _)) = starts.first_key_value() else {
        return Err(UpgradeError::UnknownStart(Vec::new()));
    };
    let newest = starts.last_key_value().map_or(first, |(newest, _)| *newest);
    if newest > to {
        return Err(PathError::Downgrade { from: newest, to }.into());
    }
    let path = path::path(first, to)?;
    let today = Today::of(&now);
    let mut new: Vec<BTreeMap<Fingerprint, usize>> = Vec::new();
    let mut report = Report { problems: now.problems.clone(), ..Report::default() };
    let upgraded = |release: &Release| Options { upgrade: one(*release), ..options.clone() };
    for options in later.get_or_init(|| path[1..].iter().map(upgraded).collect::<Vec<_>>()) {
        tree.set_options(options);
        report = tree.check();
        new.push(today.new_in(&report));
    }
    options.upgrade = one(to);
    let mut items: Vec<Item> = new
        .last()
        .into_iter()
        .flatten()
        .map(|(name, index)| Item {
            group: Group::of(&report.findings[*index]),
            release: path[1 + first_with(*name, &new)],
            finding: *index,
        })
        .collect();
    items.sort_by_key(|item| (item.group, item.finding));
    keep(&mut report, &mut items);
    let clusters = steps::Clusters {
        charts: now.groups.iter().flat_map(|group| &group.charts).map(String::as_str).collect(),
        roles: now.groups.iter().flat_map(|group| &group.members).map(|member| member.role).collect(),
    };
    Ok(Upgrade {
        components: ReleaseDiff::components(first, to),
        charts: charts::steps(&path, &clusters.charts),
        steps: steps::steps(&path, &clusters),
        from: starts.into_iter().collect(),
        today: now.findings.iter().filter(|finding| finding.severity > Severity::Info).count(),
        path,
        items,
        now,
        report,
    })
}

/// The releases that run today, with the clusters that run them.
fn starts(report: &Report) -> Result<BTreeMap<Release, Vec<String>>, UpgradeError> {
    let mut starts: BTreeMap<Release, Vec<String>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for group in &report.groups {
        // Of several revisions of a patch the newest.
        match group.releases.last().and_then(|release| release.parse().ok()) {
            Some(release) => starts.entry(release).or_default().push(group.name.clone()),
            None => unknown.push(group.name.clone()),
        }
    }
    if unknown.is_empty() { Ok(starts) } else { Err(UpgradeError::UnknownStart(unknown)) }
}

/// Leaves the findings of the items in the report.
fn keep(report: &mut Report, items: &mut [Item]) {
    let kept: BTreeSet<usize> = items.iter().map(|item| item.finding).collect();
    for item in &mut *items {
        item.finding = kept.range(..item.finding).count();
    }
    let mut index = 0;
    report.findings.retain(|_| {
        index += 1;
        kept.contains(&(index - 1))
    });
}
