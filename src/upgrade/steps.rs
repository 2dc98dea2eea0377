//! The steps of an upgrade outside the files: a table in `steps.yaml`, and the minimum kernels of the catalogue. Must
//! not look at files.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::catalog::{self, Kernel, chart_version, compare_versions, components_of};
use crate::release::Release;

/// Something to do or to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// One or two sentences.
    pub text: String,
    /// The source of the statement.
    pub source: String,
}

/// A row of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    topic: Option<String>,
    component: Option<String>,
    chart: Option<String>,
    reaches: Option<String>,
    minor: Option<u16>,
    chosen: Option<String>,
    file: Option<String>,
    text: String,
    source: String,
}

/// The parts of the clusters that decide which steps apply.
#[derive(Debug)]
pub struct Clusters<'r> {
    /// The packaged charts that the files mention.
    pub charts: BTreeSet<&'r str>,
    /// The roles of their files.
    pub roles: BTreeSet<&'r str>,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    // A test reads every row.
    ROWS.get_or_init(|| {
        let written: Vec<Row> = serde_yaml::from_str(include_str!("steps.yaml")).unwrap_or_default();
        // A requirement of all versions of a chart is not an upgrade step.
        let kernels = catalog::kernels().iter().filter(|row| row.from != "0").map(Row::of_kernel);
        written.into_iter().chain(kernels).collect()
    })
}

/// The steps of a path, which starts with today's release.
pub fn steps(path: &[Release], clusters: &Clusters<'_>) -> Vec<Step> {
    let Some((to, true)) = path.last().map(|to| (to, path.len() > 1)) else { return Vec::new() };
    let mut steps: Vec<(Option<&str>, Step)> = Vec::new();
    for row in rows() {
        let Some(release) = row.release(path, clusters) else { continue };
        let text = row.text.replace("{release}", &release.to_string()).replace("{to}", &to.to_string());
        let step = Step { text, source: row.source.clone() };
        let topic = row.topic.as_deref();
        match steps.iter_mut().find(|(known, _)| topic.is_some() && *known == topic) {
            Some((_, known)) => *known = step,
            None => steps.push((topic, step)),
        }
    }
    let mut steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
    for release in &path[1..] {
        steps.push(Step {
            text: format!("Read the release notes of {release}."),
            source: format!(
                "https://github.com/rancher/rke2/releases/tag/{}",
                release.to_string().replace('+', "%2B")
            ),
        });
    }
    steps
}

impl Row {
    fn of_kernel(needed: &Kernel) -> Self {
        let Kernel { chart, from, kernel, source } = needed;
        Self {
            topic: Some(format!("kernel of {chart}")),
            component: None,
            chart: Some(chart.clone()),
            reaches: Some(from.clone()),
            minor: None,
            chosen: None,
            file: None,
            text: format!(
                "Check that every node has a kernel of {kernel} or newer. {chart} needs it from {{release}} on."
            ),
            source: source.clone(),
        }
    }

    /// The first release of the path for which all conditions hold; `None` if there is none, or if they held before the
    /// upgrade.
    fn release(&self, path: &[Release], clusters: &Clusters<'_>) -> Option<Release> {
        let holds = |wanted: Option<&String>, known: &BTreeSet<&str>| {
            wanted.is_none_or(|name| known.contains(name.as_str()))
        };
        if !holds(self.chosen.as_ref(), &clusters.charts)
            || !holds(self.chart.as_ref(), &clusters.charts)
            || !holds(self.file.as_ref(), &clusters.roles)
        {
            return None;
        }
        let reaches = |release: &Release| {
            let minor = self.minor.is_none_or(|minor| release.minor >= minor);
            minor
                && self.reaches.as_ref().is_none_or(|wanted| {
                    self.version(*release).is_some_and(|version| compare_versions(version, wanted).is_ge())
                })
        };
        let is_conditional = self.minor.is_some() || self.reaches.is_some();
        match path {
            [start, ..] if is_conditional && reaches(start) => None,
            [_, later @ ..] => later.iter().copied().find(|release| reaches(release)),
            [] => None,
        }
    }

    /// The version of the row's component or chart in a release.
    fn version(&self, release: Release) -> Option<&'static str> {
        match (&self.component, &self.chart) {
            (Some(component), _) => {
                let components = components_of(release);
                components.iter().find(|(name, _)| name == component).map(|(_, version)| *version)
            }
            (None, Some(chart)) => chart_version(release, chart),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(from: &str, to: &str, charts: &[&str], roles: &[&str]) -> String {
        let path = crate::upgrade::path::path(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        let clusters =
            Clusters { charts: charts.iter().copied().collect(), roles: roles.iter().copied().collect() };
        steps(&path, &clusters).into_iter().map(|step| step.text + "\n").collect()
    }

    #[test]
    fn the_table_is_valid() {
        let rows: Vec<Row> = serde_yaml::from_str(include_str!("steps.yaml")).unwrap();
        for row in &rows {
            assert!(row.component.is_none() || row.chart.is_none(), "{row:?}");
            assert_eq!(row.reaches.is_some(), row.component.is_some() || row.chart.is_some(), "{row:?}");
            assert!(row.source.starts_with("https://"), "{row:?}");
            for name in row.chart.iter().chain(&row.chosen) {
                assert!(crate::catalog::chart(name).is_some(), "{row:?}");
            }
        }
        let kernels = catalog::kernels().iter().filter(|row| row.from != "0").count();
        assert!(kernels > 0);
        assert_eq!(rows.len() + kernels, super::rows().len());
    }

    #[test]
    fn steps_come_with_the_release_that_needs_them() {
        let all = texts("v1.30.5", "v1.36.3", &["rke2-cilium"], &["registries"]);
        assert!(all.contains("From v1.31.14+rke2r2 on RKE2 runs containerd 2."), "{all}");
        assert!(all.contains("From v1.33.13+rke2r2 on install jobs run Helm 4."), "{all}");
        assert!(all.contains("kernel of 5.10 or newer") && !all.contains("kernel of 5.4"), "{all}");
        assert!(all.contains("Add the images") && !all.contains("ingress-nginx"), "{all}");
        let later = texts("v1.36.2", "v1.36.3", &["rke2-canal", "rke2-ingress-nginx"], &[]);
        for word in ["containerd", "Helm 4", "kernel", "registry", "Plan the move"] {
            assert!(!later.contains(word), "{later}");
        }
        assert!(
            texts("v1.35.7", "v1.36.3", &["rke2-ingress-nginx"], &[])
                .contains("removes ingress-nginx in v1.37")
        );
    }

    #[test]
    fn nothing_is_to_do_where_the_release_stays() {
        assert_eq!(texts("v1.36.3", "v1.36.3", &["rke2-cilium"], &[]), "");
    }
}
