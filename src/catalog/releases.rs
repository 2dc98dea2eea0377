//! What each RKE2 release ships: chart names and versions. This module must not choose a release for anyone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::neutral::{NeutralError, read_lines};
use crate::rke2::release::Release;

/// The version of a stub that only removes what an older release installed.
const REMOVED: &str = "0.0.0";

/// Releases and the chart versions they ship.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ReleaseTable<'a> {
    /// Sorted; finals only.
    releases: Vec<(u16, u16, u16)>,
    #[serde(borrow)]
    charts: Vec<Shipped<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Shipped<'a> {
    chart: &'a str,
    #[serde(borrow)]
    versions: Vec<&'a str>,
    /// From this release (by index) on, this version (by index + 1, 0 = not shipped).
    runs: Vec<(u16, u16)>,
}

/// Tags without release notes: `(minor, patch, revision)`. docs.rke2.io, release notes, against the tags of
/// rancher/rke2. Whoever is told to upgrade to one of them may not find it.
const WITHOUT_NOTES: &[(u16, u16, u16)] = &[
    (24, 1, 1),
    (28, 1, 1),
    (31, 1, 2),
    (32, 11, 2),
    (32, 13, 2),
    (33, 7, 2),
    (33, 10, 2),
    (34, 3, 2),
    (34, 6, 2),
    (35, 0, 2),
    (35, 3, 2),
];

/// Whether a release has release notes.
pub(super) fn has_notes(release: Release) -> bool {
    !WITHOUT_NOTES.contains(&(release.minor, release.patch, release.revision))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    release: String,
    charts: BTreeMap<String, String>,
}

/// Turns the neutral form of the release table into its binary one.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, NeutralError> {
    let mut releases: Vec<(Release, BTreeMap<String, String>)> = read_lines::<Record>(text)?
        .into_iter()
        .enumerate()
        .map(|(index, record)| {
            let release = record.release.parse().map_err(|_| NeutralError::Word {
                line: index + 1,
                what: "release",
                word: record.release.clone(),
            })?;
            Ok((release, record.charts))
        })
        .collect::<Result<_, NeutralError>>()?;
    releases.sort_by_key(|(release, _)| *release);
    let mut charts: Vec<&str> =
        releases.iter().flat_map(|(_, charts)| charts.keys().map(String::as_str)).collect();
    charts.sort_unstable();
    charts.dedup();
    let coded: Vec<Shipped> = charts
        .into_iter()
        .map(|chart| {
            let mut versions: Vec<&str> = Vec::new();
            let mut runs: Vec<(u16, u16)> = Vec::new();
            for (index, (_, charts)) in releases.iter().enumerate() {
                let version = charts.get(chart).map(String::as_str).filter(|version| *version != REMOVED);
                let number = version.map_or(0, |version| {
                    let known = versions.iter().position(|known| *known == version);
                    known.unwrap_or_else(|| {
                        versions.push(version);
                        versions.len() - 1
                    }) + 1
                });
                if runs.last().map_or(0, |(_, last)| *last) != number as u16 {
                    runs.push((index as u16, number as u16));
                }
            }
            Shipped { chart, versions, runs }
        })
        .collect();
    let numbers = releases.iter().map(|(release, _)| (release.minor, release.patch, release.revision));
    Ok(super::coding::encode(&ReleaseTable { releases: numbers.collect(), charts: coded }))
}

impl<'a> ReleaseTable<'a> {
    /// The releases, oldest first.
    pub(super) fn releases(&self) -> Vec<Release> {
        self.releases.iter().map(|&(minor, patch, revision)| Release::new(minor, patch, revision)).collect()
    }

    /// The names of all charts that a release ships.
    pub(super) fn charts(&self) -> impl Iterator<Item = &'a str> {
        self.charts.iter().map(|shipped| shipped.chart)
    }

    /// The version of a chart in a release; `None` when it is not shipped, or one of them is not known.
    pub(super) fn version(&self, release: Release, chart: &str) -> Option<&'a str> {
        if release.is_candidate() {
            return None;
        }
        let key = (release.minor, release.patch, release.revision);
        let index = self.releases.binary_search(&key).ok()? as u16;
        let position = self.charts.binary_search_by(|shipped| shipped.chart.cmp(chart)).ok()?;
        let shipped = self.charts.get(position)?;
        let run = shipped.runs.iter().rev().find(|(from, _)| *from <= index)?.1;
        shipped.versions.get(usize::from(run.checked_sub(1)?)).copied()
    }

    /// The different versions of a chart in all releases from one on, in their order; `None` where it is not
    /// shipped.
    pub(super) fn versions_from(&self, first: Release, chart: &str) -> Vec<Option<&'a str>> {
        let key = (first.minor, first.patch, first.revision);
        let first = self.releases.partition_point(|release| *release < key);
        let shipped = self.charts.binary_search_by(|shipped| shipped.chart.cmp(chart)).ok();
        let (Some(shipped), true) =
            (shipped.and_then(|position| self.charts.get(position)), first < self.releases.len())
        else {
            return Vec::new();
        };
        // The run that holds at the first release, and those that start later.
        let later = shipped.runs.partition_point(|(from, _)| usize::from(*from) <= first);
        let held = later.checked_sub(1).map_or(0, |at| shipped.runs[at].1);
        let runs = shipped.runs[later..].iter().map(|(_, number)| *number);
        let mut versions = Vec::new();
        for number in std::iter::once(held).chain(runs) {
            let version = number.checked_sub(1).and_then(|at| shipped.versions.get(usize::from(at)).copied());
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        versions
    }
}
