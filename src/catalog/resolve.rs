//! From a release in the user's notation to the releases whose facts apply. Must not read settings.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::chart::ChartView;
use super::{
    Date, announced, candidates, chart, chart_version, charts, date, is_pulled, latest, newest_minors,
    releases, stable, versions_from,
};
use crate::release::{Release, ReleaseError, ReleaseSpec};

/// Number of maintained minors, which are used if no release is named.
const MAINTAINED_MINORS: usize = 4;

/// How the requested release relates to the one whose facts are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The release itself, final or not.
    Exact,
    /// Only a minor was named; the newest announced patch is used.
    NewestPatch,
    /// An unknown candidate, or a release that has only candidates so far. Used is the final release of the candidate,
    /// or the newest candidate of the release.
    Candidate,
    /// Newer than the catalogue; the newest release in the catalogue is used.
    Newer,
}

/// A requested release, and the known release whose facts are used for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The requested release.
    pub asked: Release,
    /// The release whose facts are used.
    pub data: Release,
    /// How the two relate.
    pub basis: Basis,
}

impl Resolved {
    /// The warning for the user if the facts are those of another release.
    pub fn warning(&self) -> Option<String> {
        let Self { asked, data, .. } = self;
        match self.basis {
            Basis::Exact if asked.is_candidate() => {
                Some(format!("`{asked}` is a release candidate; its final release may differ"))
            }
            Basis::Exact if is_pulled(*asked) => Some(pulled(*asked)),
            Basis::Exact | Basis::NewestPatch => None,
            Basis::Candidate if data.is_candidate() => {
                Some(format!("`{asked}` is newer than the catalogue; using the release candidate `{data}`"))
            }
            Basis::Candidate => Some(format!("`{asked}` is a release candidate; using `{data}`")),
            Basis::Newer => Some(format!("`{asked}` is newer than the catalogue; using `{data}`")),
        }
    }
}

/// A release that is not in the catalogue, and not newer than the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown RKE2 release `{asked}`; the nearest known one is `{nearest}`")]
pub struct UnknownRelease {
    /// The requested release.
    pub asked: String,
    /// The nearest known release.
    pub nearest: Release,
}

fn pulled(asked: Release) -> String {
    let later = releases()
        .iter()
        .find(|release| **release > asked && release.minor == asked.minor && !is_pulled(**release));
    let instead = later.map_or_else(String::new, |later| format!("; use `{later}` or newer"));
    format!("`{asked}` was withdrawn from RKE2's release channels{instead}")
}

/// A release in the user's notation, or the name of an RKE2 channel: `stable`, `latest`.
///
/// # Errors
/// The text is neither a release nor a channel.
pub fn spec(text: &str) -> Result<ReleaseSpec, ReleaseError> {
    let named = match text.trim() {
        "stable" => stable(),
        "latest" => latest(),
        _ => None,
    };
    match named {
        Some(release) => Ok(ReleaseSpec {
            minor: release.minor,
            patch: Some(release.patch),
            rc: None,
            revision: Some(release.revision),
        }),
        None => text.parse(),
    }
}

/// Finds the release that a specification refers to.
///
/// `1.34` is the newest patch with release notes, as returned by [`newest_patch`]; a patch without a revision is its
/// first known revision. [`Target::of`] includes all revisions of such a patch.
///
/// # Errors
/// The release is unknown, and not newer than the newest known one of a maintained minor.
pub fn resolve(spec: ReleaseSpec) -> Result<Resolved, UnknownRelease> {
    let known = releases();
    let of_minor = || known.iter().copied().filter(|release| release.minor == spec.minor);
    let asked = spec.exact().unwrap_or_else(|| Release::new(spec.minor, 0, 1));
    if spec.patch.is_none()
        && let Some(data) = newest_patch(spec.minor, None)
    {
        return Ok(Resolved { asked: data, data, basis: Basis::NewestPatch });
    }
    let candidates = candidates();
    let exact = known.iter().chain(&candidates).copied().find(|release| spec.matches(*release));
    if let Some(data) = exact {
        return Ok(Resolved { asked: data, data, basis: Basis::Exact });
    }
    // A candidate of the second revision becomes the second revision, which may ship other charts than the first.
    let finals = [spec.revision, None].map(|revision| ReleaseSpec { rc: None, revision, ..spec });
    if spec.rc.is_some()
        && let Some(data) =
            finals.iter().find_map(|spec| known.iter().copied().find(|release| spec.matches(*release)))
    {
        return Ok(Resolved { asked, data, basis: Basis::Candidate });
    }
    let of_patch = |release: &Release| (release.minor, Some(release.patch)) == (spec.minor, spec.patch);
    if let Some(data) = candidates.iter().copied().find(of_patch) {
        return Ok(Resolved { asked, data, basis: Basis::Candidate });
    }
    let newest = known.last().copied();
    let data = if newest.is_some_and(|newest| spec.minor > newest.minor) {
        newest
    } else {
        let maintained = newest_minors(MAINTAINED_MINORS).first();
        of_minor().next_back().filter(|last| asked > *last && maintained.is_some_and(|first| last >= first))
    };
    match data {
        Some(data) => Ok(Resolved { asked, data, basis: Basis::Newer }),
        None => Err(UnknownRelease { asked: spell(spec), nearest: nearest(asked) }),
    }
}

/// The newest final release of a minor that was announced and not pulled. With a date, the newest one up to that date,
/// if the minor has one. Tags without release notes are used only if a minor has no other.
pub fn newest_patch(minor: u16, until: Option<Date>) -> Option<Release> {
    let good = || announced().filter(|release| release.minor == minor && !is_pulled(*release)).rev();
    let in_time =
        good().find(|release| until.is_none_or(|until| date(*release).is_some_and(|date| date <= until)));
    let known = || releases().iter().rev().copied().find(|release| release.minor == minor);
    in_time.or_else(|| good().next()).or_else(known)
}

fn distinct_versions(releases: &[Release], chart: &str) -> Vec<Option<&'static str>> {
    let mut versions = Vec::new();
    for release in releases {
        let version = chart_version(*release, chart);
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn nearest(asked: Release) -> Release {
    let distance = |release: &Release| {
        (
            release.minor.abs_diff(asked.minor),
            release.patch.abs_diff(asked.patch),
            release.revision.abs_diff(asked.revision),
        )
    };
    // Without a catalogue, there is no other release than the requested one.
    releases().iter().copied().min_by_key(distance).unwrap_or(asked)
}

fn spell(spec: ReleaseSpec) -> String {
    match (spec.patch, spec.rc, spec.revision) {
        (None, ..) => format!("v1.{}", spec.minor),
        (Some(patch), None, None) => format!("v1.{}.{patch}", spec.minor),
        _ => spec.exact().map_or_else(String::new, |release| release.to_string()),
    }
}

/// The target releases of a check: one known release, or all that the cluster may run.
///
/// A finding must hold for all of them.
#[derive(Clone, Debug)]
pub struct Target {
    releases: Vec<Release>,
    resolved: Option<Resolved>,
    /// Cached, because all rules and clusters look up the same charts.
    charts: Arc<BTreeMap<&'static str, Versions>>,
}

/// The versions of one chart that the target releases ship, computed on demand.
#[derive(Debug, Default)]
struct Versions {
    distinct: OnceLock<Vec<Option<&'static str>>>,
    views: OnceLock<Vec<ChartView<'static>>>,
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        (&self.releases, self.resolved) == (&other.releases, other.resolved)
    }
}

impl Eq for Target {}

impl Target {
    /// A single known release.
    pub fn one(resolved: Resolved) -> Self {
        Self::new(vec![resolved.data], Some(resolved))
    }

    /// The releases that a specification refers to: one, or all known revisions of a patch that is named without a
    /// revision. Their charts may differ by minor versions.
    ///
    /// # Errors
    /// See [`resolve`].
    pub fn of(spec: ReleaseSpec) -> Result<Self, UnknownRelease> {
        let resolved = resolve(spec)?;
        let revisions: Vec<Release> = match (spec.patch, spec.revision, spec.rc) {
            (Some(_), None, None) => {
                releases().iter().copied().filter(|release| spec.matches(*release)).collect()
            }
            _ => Vec::new(),
        };
        if revisions.len() > 1 {
            return Ok(Self::new(revisions, None));
        }
        Ok(Self::one(resolved))
    }

    /// An unknown release: any release of the maintained minors.
    pub fn unknown() -> Self {
        Self::new(newest_minors(MAINTAINED_MINORS).to_vec(), None)
    }

    /// One of these known releases, oldest first; `None` if the list is empty.
    pub fn one_of(releases: Vec<Release>) -> Option<Self> {
        let (first, more) = releases.split_first()?;
        let resolved = Resolved { asked: *first, data: *first, basis: Basis::Exact };
        let resolved = more.is_empty().then_some(resolved);
        Some(Self::new(releases, resolved))
    }

    fn new(releases: Vec<Release>, resolved: Option<Resolved>) -> Self {
        let charts = charts().map(|chart| (chart, Versions::default())).collect();
        Self { releases, resolved, charts: Arc::new(charts) }
    }

    /// The target releases, oldest first. Never empty unless the catalogue is.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The release, if it is known.
    pub fn resolved(&self) -> Option<&Resolved> {
        self.resolved.as_ref()
    }

    /// Whether the release is neither named nor known from other evidence.
    pub fn is_unnamed(&self) -> bool {
        self.resolved.is_none() && self.releases == newest_minors(MAINTAINED_MINORS)
    }

    /// The requested release, if its charts and keys are unknown: a release newer than the catalogue, or a candidate.
    /// The facts are then those of another release, without what is new in this one.
    pub fn beyond_catalogue(&self) -> Option<Release> {
        let resolved = self.resolved?;
        matches!(resolved.basis, Basis::Newer | Basis::Candidate).then_some(resolved.asked)
    }

    /// The target releases, and the requested one if it is newer than the catalogue: facts that are recorded with their
    /// first release may include it.
    pub fn with_asked(&self) -> impl Iterator<Item = Release> {
        self.releases.iter().copied().chain(self.beyond_catalogue())
    }

    /// Whether a condition holds for all target releases.
    pub fn all(&self, condition: impl FnMut(Release) -> bool) -> bool {
        self.releases.iter().copied().all(condition)
    }

    /// Whether a condition holds for any target release.
    pub fn any(&self, condition: impl FnMut(Release) -> bool) -> bool {
        self.releases.iter().copied().any(condition)
    }

    /// The newest target release.
    pub fn newest(&self) -> Option<Release> {
        self.releases.last().copied()
    }

    /// The distinct versions of a chart that the target releases ship, in order; `None` where it is not shipped. The
    /// tree may contain another version: see `Cluster::versions` for what a cluster runs.
    pub fn chart_versions(&self, chart: &str) -> &[Option<&'static str>] {
        match self.charts.get(chart) {
            Some(versions) => versions.distinct.get_or_init(|| {
                // An unknown release has many target releases: all known ones from the first on.
                match self.releases.first() {
                    Some(first) if self.is_unnamed() => versions_from(*first, chart),
                    _ => distinct_versions(&self.releases, chart),
                }
            }),
            None => &[None],
        }
    }

    /// The values of the distinct versions of a chart that the target releases ship; releases without the chart are
    /// skipped. See `Cluster::views` for what a cluster runs.
    pub fn views(&self, name: &str) -> &[ChartView<'static>] {
        let Some(versions) = self.charts.get(name) else { return &[] };
        versions.views.get_or_init(|| {
            let versions = self.chart_versions(name).iter().flatten();
            versions.filter_map(|version| chart(name)?.at(version)).collect()
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.resolved, self.releases.first(), self.releases.last()) {
            (Some(resolved), ..) => resolved.asked.fmt(f),
            (None, Some(first), Some(last)) if (first.minor, first.patch) == (last.minor, last.patch) => {
                write!(f, "v1.{}.{}", first.minor, first.patch)
            }
            (None, Some(first), Some(last)) if first.minor == last.minor => {
                write!(f, "{first}–{last}")
            }
            (None, Some(first), Some(last)) => write!(f, "v1.{}–v1.{}", first.minor, last.minor),
            (None, ..) => f.write_str("no known release"),
        }
    }
}
