//! The releases of rancher/rke2 and the contents of their tags. This module must not read charts.

use std::collections::BTreeMap;

pub use rke2_lint::catalog::ReleaseRow as Row;
use rke2_lint::release::Release;
use serde::Deserialize;

use super::RefreshError;
use super::channels::Channels;
use super::components::Components;
use super::git::Repository;
use super::go::pattern;

/// The oldest minor of the catalogue.
const OLDEST_MINOR: u16 = 24;
/// The version of a stub that only removes what an older release installed.
const REMOVED: &str = "0.0.0";

/// A tag of a release or a candidate.
#[derive(Clone, Debug)]
pub struct Tag {
    pub release: Release,
    pub name: String,
    pub date: String,
}

/// The final releases, and the newest candidate of each patch that is newer than the final releases of its minor;
/// oldest first.
pub fn tags(rke2: &Repository, candidates: bool) -> Result<Vec<Tag>, RefreshError> {
    let form = pattern(r"^v1\.\d+\.\d+(-rc\d+)?\+rke2r\d+$");
    let mut tags: Vec<Tag> = rke2
        .tags()?
        .into_iter()
        .filter(|(name, _)| form.is_match(name))
        .filter_map(|(name, date)| Some(Tag { release: name.parse().ok()?, name, date }))
        .filter(|tag| tag.release.minor >= OLDEST_MINOR)
        .collect();
    tags.sort_by_key(|tag| tag.release);
    let newest_final = |minor: u16| {
        let finals = tags.iter().map(|tag| tag.release).filter(|release| !release.is_candidate());
        finals.filter(|release| release.minor == minor).max()
    };
    let newest_minor =
        tags.iter().filter(|tag| !tag.release.is_candidate()).map(|tag| tag.release.minor).max();
    let patch = |release: Release| (release.minor, release.patch);
    let kept = tags.iter().enumerate().filter(|(index, tag)| {
        if !tag.release.is_candidate() {
            return true;
        }
        let newer = match newest_final(tag.release.minor) {
            Some(last) => tag.release.patch > last.patch,
            // A minor without any release yet; an older one will not get any.
            None => Some(tag.release.minor) > newest_minor,
        };
        let last = tags.get(index + 1).is_none_or(|next| patch(next.release) != patch(tag.release));
        candidates && newer && last
    });
    Ok(kept.map(|(_, tag)| tag.clone()).collect())
}

/// The row of a tag.
pub fn row(
    rke2: &Repository,
    tag: &Tag,
    channels: &Channels,
    notes: Option<&BTreeMap<String, String>>,
    before: Option<&Row>,
    components: &Components<'_>,
) -> Result<Row, RefreshError> {
    // Without the documentation, the previous date is kept.
    let day = match notes {
        Some(notes) => notes.get(&tag.name).cloned(),
        None => before.filter(|row| row.notes).map(|row| row.date.clone()),
    };
    let mut versions = components.at(rke2, &tag.name)?;
    if let Some(helm) = before.and_then(|row| row.components.get("helm")) {
        versions.entry("helm".to_owned()).or_insert_with(|| helm.clone());
    }
    Ok(Row {
        release: tag.name.clone(),
        notes: day.is_some(),
        date: day.unwrap_or_else(|| tag.date.clone()),
        pulled: channels.excludes(tag.release) && !tag.release.is_candidate(),
        components: versions,
        charts: charts(rke2, &tag.name)?,
    })
}

#[derive(Deserialize)]
struct ChartVersions {
    charts: Vec<ChartVersion>,
}

#[derive(Deserialize)]
struct ChartVersion {
    version: String,
    filename: String,
}

/// The charts that a tag ships, by the names of their manifests, with their versions.
fn charts(rke2: &Repository, tag: &str) -> Result<BTreeMap<String, String>, RefreshError> {
    let path = "charts/chart_versions.yaml";
    let pairs: Vec<(String, String)> = if let Some(text) = rke2.text(tag, path)? {
        let read: ChartVersions = serde_yaml::from_str(&text)
            .map_err(|error| RefreshError::source(tag, path, &error.to_string()))?;
        let stem = |name: &str| {
            let file = name.rsplit('/').next().unwrap_or(name);
            file.strip_suffix(".yaml").unwrap_or(file).to_owned()
        };
        read.charts.into_iter().map(|chart| (stem(&chart.filename), chart.version)).collect()
    } else {
        // Up to v1.28.3, the Dockerfile fetched them one by one.
        let text = rke2.text(tag, "Dockerfile")?.unwrap_or_default();
        let line = pattern(r#"(?m)^RUN CHART_VERSION="([^"]+)"\s+CHART_FILE=/charts/([\w.-]+)\.yaml"#);
        line.captures_iter(&text).map(|found| (found[2].to_owned(), found[1].to_owned())).collect()
    };
    if pairs.is_empty() {
        return Err(RefreshError::source(tag, path, "no charts, nor in the Dockerfile"));
    }
    Ok(pairs.into_iter().filter(|(_, version)| version != REMOVED).collect())
}
