//! What each RKE2 release ships, and its metadata: dates, release notes, channels. Must not choose a release.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::neutral::{NeutralError, read_lines};
use super::rows::{ChannelRow, ReleaseRow};
use crate::release::Release;

/// Releases and what they ship.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ReleaseTable<'a> {
    /// Final releases, sorted.
    releases: Vec<(u16, u16, u16)>,
    /// The metadata of each release.
    about: Vec<About>,
    #[serde(borrow)]
    charts: Vec<Shipped<'a>>,
    #[serde(borrow)]
    components: Vec<Shipped<'a>>,
    /// Candidates of upcoming releases, sorted.
    #[serde(borrow)]
    candidates: Vec<Candidate<'a>>,
    /// The release of the stable channel.
    stable: Option<(u16, u16, u16)>,
}

/// The metadata of a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    date: Date,
    notes: bool,
    pulled: bool,
}

/// A calendar date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().and_then(|part| part.parse::<u16>().ok()).ok_or(());
        let (year, month, day) = (part()?, part()?, part()?);
        let small =
            |number: u16, most: u8| u8::try_from(number).ok().filter(|number| (1..=most).contains(number));
        Ok(Self { year, month: small(month, 12).ok_or(())?, day: small(day, 31).ok_or(())? })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Shipped<'a> {
    name: &'a str,
    #[serde(borrow)]
    versions: Vec<&'a str>,
    /// From this release (by index) on, this version (by index + 1; 0 if not shipped).
    runs: Vec<(u16, u16)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Candidate<'a> {
    release: Release,
    date: Date,
    #[serde(borrow)]
    charts: Vec<(&'a str, &'a str)>,
    #[serde(borrow)]
    components: Vec<(&'a str, &'a str)>,
}

/// Converts the neutral form of the release table and the channels to the binary form.
pub(super) fn encode(text: &str, channels: &str) -> Result<Vec<u8>, NeutralError> {
    let bad = |line: usize, what: &'static str, word: &str| NeutralError::Word {
        line,
        what,
        word: word.to_owned(),
    };
    let parse = |text: &str, line: usize| text.parse::<Release>().map_err(|_| bad(line, "release", text));
    let mut rows: Vec<(Release, Date, ReleaseRow)> = Vec::new();
    for (index, record) in read_lines::<ReleaseRow>(text)?.into_iter().enumerate() {
        let release = parse(&record.release, index + 1)?;
        let date = record.date.parse().map_err(|()| bad(index + 1, "date", &record.date))?;
        rows.push((release, date, record));
    }
    rows.sort_by_key(|(release, ..)| *release);
    let (candidates, finals): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(release, ..)| release.is_candidate());
    let charts: Vec<_> = finals.iter().map(|(.., record)| &record.charts).collect();
    let components: Vec<_> = finals.iter().map(|(.., record)| &record.components).collect();
    let mut stable = None;
    for (index, record) in read_lines::<ChannelRow>(channels)?.into_iter().enumerate() {
        if record.name == "stable" {
            stable = Some(key(parse(&record.release, index + 1)?));
        }
    }
    Ok(super::coding::encode(&ReleaseTable {
        releases: finals.iter().map(|(release, ..)| key(*release)).collect(),
        about: finals
            .iter()
            .map(|(_, date, record)| About { date: *date, notes: record.notes, pulled: record.pulled })
            .collect(),
        charts: shipped(&charts),
        components: shipped(&components),
        candidates: candidates
            .iter()
            .map(|(release, date, record)| Candidate {
                release: *release,
                date: *date,
                charts: pairs(&record.charts),
                components: pairs(&record.components),
            })
            .collect(),
        stable,
    }))
}

fn key(release: Release) -> (u16, u16, u16) {
    (release.minor, release.patch, release.revision)
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter().map(|(name, version)| (name.as_str(), version.as_str())).collect()
}

/// For each item, the releases from which its versions are shipped.
fn shipped<'a>(releases: &[&'a BTreeMap<String, String>]) -> Vec<Shipped<'a>> {
    let names: BTreeSet<&str> = releases.iter().flat_map(|names| names.keys().map(String::as_str)).collect();
    let one = |name: &'a str| {
        let mut versions: Vec<&str> = Vec::new();
        let mut runs: Vec<(u16, u16)> = Vec::new();
        for (index, release) in releases.iter().enumerate() {
            let version = release.get(name).map(String::as_str);
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
        Shipped { name, versions, runs }
    };
    names.into_iter().map(one).collect()
}

impl<'a> Shipped<'a> {
    /// The version in a release, given by its index.
    fn at(&self, index: u16) -> Option<&'a str> {
        let run = self.runs.iter().rev().find(|(from, _)| *from <= index)?.1;
        self.versions.get(usize::from(run.checked_sub(1)?)).copied()
    }
}

fn of_name<'t, 'a>(table: &'t [Shipped<'a>], name: &str) -> Option<&'t Shipped<'a>> {
    table.get(table.binary_search_by(|shipped| shipped.name.cmp(name)).ok()?)
}

impl<'a> ReleaseTable<'a> {
    /// The releases, oldest first.
    pub(super) fn releases(&self) -> Vec<Release> {
        self.releases.iter().map(|&(minor, patch, revision)| Release::new(minor, patch, revision)).collect()
    }

    /// The candidates of upcoming releases, oldest first.
    pub(super) fn candidates(&self) -> Vec<Release> {
        self.candidates.iter().map(|candidate| candidate.release).collect()
    }

    /// The release of the stable channel.
    pub(super) fn stable(&self) -> Option<Release> {
        self.stable.map(|(minor, patch, revision)| Release::new(minor, patch, revision))
    }

    /// The names of all charts that any release ships.
    pub(super) fn charts(&self) -> impl Iterator<Item = &'a str> {
        self.charts.iter().map(|shipped| shipped.name)
    }

    /// The version of a chart in a release; `None` if it is not shipped, or the release or chart is unknown.
    pub(super) fn version(&self, release: Release, chart: &str) -> Option<&'a str> {
        if release.is_candidate() {
            return pick(&self.candidate(release)?.charts, chart);
        }
        of_name(&self.charts, chart)?.at(self.index(release)?)
    }

    /// The known components of a release with their versions, by name.
    pub(super) fn components(&self, release: Release) -> Vec<(&'a str, &'a str)> {
        if release.is_candidate() {
            return self.candidate(release).map_or_else(Vec::new, |candidate| candidate.components.clone());
        }
        let Some(index) = self.index(release) else { return Vec::new() };
        self.components.iter().filter_map(|shipped| Some((shipped.name, shipped.at(index)?))).collect()
    }

    /// The date on which a release was published, or tagged if it does not have release notes.
    pub(super) fn date(&self, release: Release) -> Option<Date> {
        if release.is_candidate() {
            return self.candidate(release).map(|candidate| candidate.date);
        }
        self.about(release).map(|about| about.date)
    }

    /// Whether a release has release notes.
    pub(super) fn has_notes(&self, release: Release) -> bool {
        self.about(release).is_some_and(|about| about.notes)
    }

    /// Whether a release was pulled from RKE2's channels.
    pub(super) fn is_pulled(&self, release: Release) -> bool {
        self.about(release).is_some_and(|about| about.pulled)
    }

    fn index(&self, release: Release) -> Option<u16> {
        self.releases.binary_search(&key(release)).ok().map(|index| index as u16)
    }

    fn about(&self, release: Release) -> Option<About> {
        let index = (!release.is_candidate()).then(|| self.index(release))??;
        self.about.get(usize::from(index)).copied()
    }

    fn candidate(&self, release: Release) -> Option<&Candidate<'a>> {
        self.candidates.iter().find(|candidate| candidate.release == release)
    }

    /// The distinct versions of a chart in all releases from `first` on, in order; `None` where it is not shipped.
    pub(super) fn versions_from(&self, first: Release, chart: &str) -> Vec<Option<&'a str>> {
        let first = self.releases.partition_point(|release| *release < key(first));
        let (Some(shipped), true) = (of_name(&self.charts, chart), first < self.releases.len()) else {
            return Vec::new();
        };
        // The run that includes the first release, and those that start later.
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

fn pick<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| *known == name).map(|(_, version)| *version)
}
