//! The releases in which a value path exists. Must not order releases by chart versions: those of different minors
//! interleave.

use std::fmt;

use serde::{Serialize, Serializer};

use super::chart::Lookup;
use super::{chart, chart_at, chart_version, charts, hard_fail, releases};
use crate::release::Release;

/// How a release treats a value path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// The release does not ship the chart.
    NotShipped,
    /// The chart does not have the path.
    Absent,
    /// The path makes the install fail.
    Fails,
    /// The path is accepted.
    Accepted,
}

/// A range of consecutive known releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseSpan {
    /// The oldest.
    pub first: Release,
    /// The newest.
    pub last: Release,
}

impl fmt::Display for ReleaseSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{} to {}", self.first, self.last)
    }
}

impl Serialize for ReleaseSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([self.first.to_string(), self.last.to_string()])
    }
}

/// How each known release treats one value path of one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathHistory {
    entries: Vec<(Release, Presence)>,
}

impl PathHistory {
    /// How a release treats the path; `None` for an unknown release.
    pub fn at(&self, release: Release) -> Option<Presence> {
        let position = self.entries.binary_search_by_key(&release, |(known, _)| *known).ok()?;
        self.entries.get(position).map(|(_, presence)| *presence)
    }

    /// The releases that accept the path, oldest first.
    pub fn accepted(&self) -> impl DoubleEndedIterator<Item = Release> {
        let accepted = self.entries.iter().filter(|(_, presence)| *presence == Presence::Accepted);
        accepted.map(|(release, _)| *release)
    }

    /// The first later release that accepts the path, which may be of a newer minor.
    pub fn next_after(&self, release: Release) -> Option<Release> {
        self.accepted().find(|known| *known > release)
    }

    /// The last earlier release that accepts the path.
    pub fn last_before(&self, release: Release) -> Option<Release> {
        self.accepted().rev().find(|known| *known < release)
    }

    /// The releases that accept the path, as ranges without gaps between known releases.
    pub fn spans(&self) -> Vec<ReleaseSpan> {
        let mut spans: Vec<ReleaseSpan> = Vec::new();
        let mut before = false;
        for (release, presence) in &self.entries {
            let accepted = *presence == Presence::Accepted;
            match spans.last_mut() {
                Some(span) if accepted && before => span.last = *release,
                _ if accepted => spans.push(ReleaseSpan { first: *release, last: *release }),
                _ => {}
            }
            before = accepted;
        }
        spans
    }
}

/// The history of a path over all known releases; `None` for an unknown chart.
pub fn path_history<S: AsRef<str>>(name: &str, path: &[S]) -> Option<PathHistory> {
    let values = chart(name)?;
    let fails = hard_fail(name, path);
    let mut seen: Vec<(&str, Presence)> = Vec::new();
    let entries = releases()
        .iter()
        .map(|&release| {
            let Some(version) = chart_version(release, name) else { return (release, Presence::NotShipped) };
            if let Some((_, presence)) = seen.iter().rev().find(|(known, _)| *known == version) {
                return (release, *presence);
            }
            let presence = match values.at(version).map(|view| view.lookup(path)) {
                _ if fails.as_ref().is_some_and(|fails| fails.fails_at(version)) => Presence::Fails,
                Some(Lookup::Known(_) | Lookup::Open) => Presence::Accepted,
                Some(Lookup::Unknown { .. }) | None => Presence::Absent,
            };
            seen.push((version, presence));
            (release, presence)
        })
        .collect();
    Some(PathHistory { entries })
}

/// The charts of a release that have a path by name, rather than because everything under a parent is accepted.
pub fn charts_accepting<S: AsRef<str>>(release: Release, path: &[S]) -> Vec<&'static str> {
    charts()
        .filter(|chart| {
            let view = chart_at(release, chart);
            view.is_some_and(|view| matches!(view.lookup(path), Lookup::Known(attr) if !attr.is_guard_only()))
        })
        .collect()
}
