//! Finds what an upgrade of RKE2 breaks: lints the tree for each release on the path, and leaves out today's findings.
//! Must not print.

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
use crate::finding::{Finding, Report, Severity};
use crate::fingerprint::Fingerprint;
use crate::release::Release;
use compare::{Today, stretches};

/// The source of a release from the command line.
const FROM: &str = "--from";

/// Why an upgrade cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// There is no upgrade path between the releases.
    #[error(transparent)]
    Path(#[from] PathError),
    /// It is not known which release runs today.
    #[error("unknown current release{}; set `--from`", of_clusters(.0))]
    UnknownStart(Vec<String>),
}

/// The maximum number of clusters that an error names.
const MOST_NAMED: usize = 3;

fn of_clusters(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" in {}{more}", shown.join(", "))
}

/// The effects of an upgrade on a tree.
#[derive(Debug, Default)]
pub struct Upgrade {
    /// The releases that run today, oldest first.
    pub from: Vec<Start>,
    /// The releases on the path, from the oldest of today's to the target. Empty if there are no clusters.
    pub path: Vec<Release>,
    /// The components whose version changes.
    pub components: Vec<ComponentChange>,
    /// The charts whose version changes and that the clusters may run.
    pub charts: Vec<ChartStep>,
    /// The new findings, by group, then in the order of the report.
    pub items: Vec<Item>,
    /// The steps to take outside the files.
    pub steps: Vec<Step>,
    /// The number of errors and warnings that the files have today.
    pub today: usize,
    /// The report of today's release.
    pub now: Report,
    /// The report of the target, reduced to the findings of the items, including those of releases on the path.
    pub report: Report,
}

/// A release that runs today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The release.
    pub release: Release,
    /// The clusters that run it.
    pub clusters: Vec<String>,
    /// The source of the release, for display; that of the first cluster if there are several.
    pub source: String,
}

/// A finding that today's release does not have, but the target or a release on the path does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it means for the upgrade.
    pub group: Group,
    /// The first release of the path for which it holds.
    pub release: Release,
    /// The last release of the path for which it holds; `None` if that is the target.
    pub until: Option<Release>,
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

    /// The target release.
    pub fn to(&self) -> Option<Release> {
        self.path.last().copied()
    }
}

/// Lints a tree for each release of an upgrade. `from` is the release that runs today; it overrides that of the files.
/// Afterwards, `options` are set to the target.
///
/// # Errors
/// There is no path to the target, or the current release is unknown.
pub fn upgrade(
    paths: &[PathBuf],
    options: &mut Options,
    from: Option<Release>,
    to: Release,
) -> Result<Upgrade, UpgradeError> {
    // Findings in a baseline are part of today's findings anyway.
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
    let Some(first) = starts.first().map(|start| start.release) else {
        return Err(UpgradeError::UnknownStart(Vec::new()));
    };
    let newest = starts.last().map_or(first, |start| start.release);
    if newest > to {
        return Err(PathError::Downgrade { from: newest, to }.into());
    }
    let path = path::path(first, to)?;
    let today = Today::of(&now);
    let mut new: Vec<BTreeMap<Fingerprint, Finding>> = Vec::new();
    let mut report = Report { problems: now.problems.clone(), ..Report::default() };
    let upgraded = |release: &Release| Options { upgrade: one(*release), ..options.clone() };
    let mut texts = BTreeMap::new();
    for options in later.get_or_init(|| path[1..].iter().map(upgraded).collect::<Vec<_>>()) {
        tree.set_options(options);
        report = tree.check();
        let found = today.new_in(&report).into_iter();
        let found: BTreeMap<_, _> =
            found.map(|(name, index)| (name, report.findings[index].clone())).collect();
        let files = found.values().flat_map(Finding::files);
        texts.extend(files.map(|file| (file, report.sources.shared(file))));
        new.push(found);
    }
    // A report has the texts of its own findings only.
    for (file, text) in texts {
        report.sources.set(file, text);
    }
    options.upgrade = one(to);
    let found = on_path(&path[1..], &new);
    let items = arrange(found, &mut report);
    let clusters = steps::Clusters {
        charts: now.groups.iter().flat_map(|group| &group.charts).map(String::as_str).collect(),
        roles: now.groups.iter().flat_map(|group| &group.members).map(|member| member.role).collect(),
    };
    Ok(Upgrade {
        components: ReleaseDiff::components(first, to),
        charts: charts::steps(&path, &clusters.charts),
        steps: steps::steps(&path, &clusters),
        from: starts,
        today: now.findings.iter().filter(|finding| finding.severity > Severity::Info).count(),
        path,
        items,
        now,
        report,
    })
}

/// The releases that run today, with the clusters that run them.
fn starts(report: &Report) -> Result<Vec<Start>, UpgradeError> {
    let mut starts: BTreeMap<Release, Start> = BTreeMap::new();
    let mut unknown = Vec::new();
    for group in &report.groups {
        // The newest of several revisions of a patch release.
        match group.releases.last().and_then(|release| release.parse().ok()) {
            Some(release) => {
                let source = || group.release_from.clone();
                let start = || Start { release, clusters: Vec::new(), source: source() };
                starts.entry(release).or_insert_with(start).clusters.push(group.name.clone());
            }
            None => unknown.push(group.name.clone()),
        }
    }
    if unknown.is_empty() {
        Ok(starts.into_values().collect())
    } else {
        Err(UpgradeError::UnknownStart(unknown))
    }
}

/// The new findings on a path, each with the releases for which it holds. A finding that is gone at the target counts
/// only if it breaks or changes something on the way.
fn on_path(path: &[Release], new: &[BTreeMap<Fingerprint, Finding>]) -> Vec<(Item, Finding)> {
    let names: BTreeSet<&Fingerprint> = new.iter().flat_map(BTreeMap::keys).collect();
    let breaks_at = |index: usize, finding: &Finding| {
        let of_release = new.get(index).into_iter().flat_map(BTreeMap::values);
        of_release
            .filter(|other| Group::of(other) == Group::Breaks)
            .any(|other| other.primary.span == finding.primary.span)
    };
    let mut found = Vec::new();
    for name in names {
        for stretch in stretches(new.iter().map(|findings| findings.contains_key(name))) {
            let is_lasting = stretch.end == new.len();
            let Some(finding) = new[if is_lasting { stretch.end - 1 } else { stretch.start }].get(name)
            else {
                continue;
            };
            let group = Group::of(finding);
            let matters = match group {
                // Otherwise a finding of another rule continues at the same place.
                Group::Breaks => is_lasting || !breaks_at(stretch.end, finding),
                Group::Changes => is_lasting || finding.severity > Severity::Info,
                Group::Cleanup | Group::New => is_lasting,
            };
            if !matters {
                continue;
            }
            let mut first = stretch.start;
            while group == Group::Breaks && first > 0 && breaks_at(first - 1, finding) {
                first -= 1;
            }
            let until = (!is_lasting).then(|| path[stretch.end - 1]);
            found.push((Item { group, release: path[first], until, finding: 0 }, finding.clone()));
        }
    }
    found
}

/// Replaces the findings of the report by those of the items, in the order of the report.
fn arrange(mut found: Vec<(Item, Finding)>, report: &mut Report) -> Vec<Item> {
    let place = |finding: &Finding| {
        let span = finding.primary.span;
        (report.sources.get(span.file).path().to_owned(), span.start, span.end)
    };
    found.sort_by_cached_key(|(item, finding)| {
        (place(finding), finding.rule.clone(), finding.message.clone(), item.release)
    });
    let (mut items, findings): (Vec<Item>, Vec<Finding>) = found.into_iter().unzip();
    for (index, item) in items.iter_mut().enumerate() {
        item.finding = index;
    }
    items.sort_by_key(|item| (item.group, item.finding));
    report.findings = findings;
    items
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Label, RuleId};
    use crate::fingerprint::fingerprints;
    use crate::source::{SourceFile, Sources, Span};

    /// The items of a path: for each finding its rule, its severity, its place, and the releases that have it.
    fn items(findings: &[(&str, Severity, usize, &str)]) -> Vec<(Group, String, Option<String>)> {
        let mut sources = Sources::default();
        let file = sources.add(Arc::new(SourceFile::new("a.yaml", "abcdef")));
        let path: Vec<Release> = (31..35).map(|minor| Release::new(minor, 1, 1)).collect();
        let of_release = |index: usize| {
            let has = |row: &&(&str, Severity, usize, &str)| row.3.as_bytes()[index] == b'x';
            let all: Vec<Finding> = findings.iter().filter(has).map(|row| finding(file, row)).collect();
            fingerprints(&all, &sources).into_iter().zip(all).collect::<BTreeMap<_, _>>()
        };
        let new: Vec<_> = (0..path.len()).map(of_release).collect();
        let mut report = Report { sources: sources.clone(), ..Report::default() };
        let items = arrange(on_path(&path, &new), &mut report);
        items
            .iter()
            .map(|item| (item.group, item.release.to_string(), item.until.map(|until| until.to_string())))
            .collect()
    }

    fn finding(file: crate::source::FileId, row: &(&str, Severity, usize, &str)) -> Finding {
        Finding {
            rule: RuleId::new(row.0),
            severity: row.1,
            message: row.0.to_owned(),
            primary: Label { span: Span::new(file, row.2, row.2 + 1), message: String::new() },
            related: Vec::new(),
            help: None,
            fix: None,
            notes: Vec::new(),
            unit: None,
            effect: None,
            subject: None,
        }
    }

    fn release(minor: u16) -> String {
        Release::new(minor, 1, 1).to_string()
    }

    #[test]
    fn what_breaks_on_the_way_is_told_with_its_releases() {
        let one = |holds| items(&[("a/b", Severity::Error, 0, holds)]);
        assert_eq!(one("..xx"), [(Group::Breaks, release(33), None)]);
        assert_eq!(one(".xx."), [(Group::Breaks, release(32), Some(release(33)))]);
        assert_eq!(
            one("x..x"),
            [(Group::Breaks, release(31), Some(release(31))), (Group::Breaks, release(34), None)]
        );
        assert_eq!(items(&[("a/b", Severity::Warning, 0, "x...")]).len(), 1);
        assert!(items(&[("a/b", Severity::Info, 0, "xx..")]).is_empty());
    }

    #[test]
    fn two_rules_that_break_one_place_are_one_item() {
        let rows = [("a/ignored", Severity::Error, 0, ".x.."), ("a/refused", Severity::Error, 0, "..xx")];
        assert_eq!(items(&rows), [(Group::Breaks, release(32), None)]);
        let apart = [("a/ignored", Severity::Error, 0, ".x.."), ("a/refused", Severity::Error, 3, "..xx")];
        assert_eq!(items(&apart).len(), 2);
    }
}
