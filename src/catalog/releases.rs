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
    /// Indexes of tags without release notes.
    unpublished: Vec<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Shipped<'a> {
    chart: &'a str,
    #[serde(borrow)]
    versions: Vec<&'a str>,
    /// From this release (by index) on, this version (by index + 1, 0 = not shipped).
    runs: Vec<(u16, u16)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    release: String,
    charts: BTreeMap<String, String>,
    #[serde(default = "yes")]
    notes: bool,
}

fn yes() -> bool {
    true
}

/// Turns the neutral form of the release table into its binary one.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, NeutralError> {
    let mut releases: Vec<(Release, BTreeMap<String, String>, bool)> = read_lines::<Record>(text)?
        .into_iter()
        .enumerate()
        .map(|(index, record)| {
            let release = record.release.parse().map_err(|_| NeutralError::Word {
                line: index + 1,
                what: "release",
                word: record.release.clone(),
            })?;
            Ok((release, record.charts, record.notes))
        })
        .collect::<Result<_, NeutralError>>()?;
    releases.sort_by_key(|(release, ..)| *release);
    let mut charts: Vec<&str> =
        releases.iter().flat_map(|(_, charts, _)| charts.keys().map(String::as_str)).collect();
    charts.sort_unstable();
    charts.dedup();
    let coded: Vec<Shipped> = charts
        .into_iter()
        .map(|chart| {
            let mut versions: Vec<&str> = Vec::new();
            let mut runs: Vec<(u16, u16)> = Vec::new();
            for (index, (_, charts, _)) in releases.iter().enumerate() {
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
    let numbers = releases.iter().map(|(release, ..)| (release.minor, release.patch, release.revision));
    let unpublished =
        releases.iter().enumerate().filter(|(_, (.., notes))| !notes).map(|(index, _)| index as u16);
    Ok(super::coding::encode(&ReleaseTable {
        releases: numbers.collect(),
        charts: coded,
        unpublished: unpublished.collect(),
    }))
}

impl<'a> ReleaseTable<'a> {
    /// The releases, oldest first.
    pub(super) fn releases(&self) -> Vec<Release> {
        self.releases.iter().map(|&(minor, patch, revision)| Release::new(minor, patch, revision)).collect()
    }

    /// Whether a release has release notes, by which users find it.
    pub(super) fn is_published(&self, release: Release) -> bool {
        let key = (release.minor, release.patch, release.revision);
        let index = self.releases.binary_search(&key).ok();
        index.is_none_or(|index| !self.unpublished.contains(&(index as u16)))
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
