//! Keys that make the install of a newer chart version fail. Produces no findings.

use serde::{Deserialize, Serialize};

use super::attr::Scalar;
use super::neutral::{NeutralError, read_lines};
use crate::release::Release;

/// A key that once was a value and that a newer chart refuses to be installed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HardFailKey {
    pub(super) chart: String,
    pub(super) path: Vec<String>,
    pub(super) last_valid: String,
    pub(super) first_fail: String,
    /// The last version that fails; `None` when the newest one still does.
    pub(super) last_fail: Option<String>,
    /// Another value that must be one of some for the guard to be reached; `None` when it always is.
    #[serde(default)]
    pub(super) when: Option<When>,
}

/// A value of the chart that must be one of some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The value.
    pub path: Vec<String>,
    /// What it must be.
    pub one_of: Vec<String>,
}

/// Keys whose guard compares them with the empty string.
const ANY_VALUE: &[&[&str]] = &[&["proxy", "prometheus", "enabled"]];

/// Reads the neutral form.
pub(super) fn read(text: &str) -> Result<Vec<HardFailKey>, NeutralError> {
    read_lines(text)
}

/// What setting a key does to the install of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HardFail {
    /// The key.
    pub path: Vec<String>,
    /// The last version in which the key was a value.
    pub last_valid: &'static str,
    /// Versions after it that silently ignore the key.
    pub silent_versions: Vec<&'static str>,
    /// The first version that fails.
    pub first_fail: &'static str,
    /// The last version that fails; `None` when the newest known one still does.
    pub last_fail: Option<&'static str>,
    /// Another value that must be one of some for the guard to be reached.
    pub when: Option<&'static When>,
    /// Whether only keys below this one are tested: the deepest failing key is the one to report.
    pub is_parent: bool,
    pub(super) versions: Vec<&'static str>,
}

impl HardFail {
    /// Whether a chart version fails. A version that is not known does not.
    pub fn fails_at(&self, version: &str) -> bool {
        let index = |wanted: &str| self.versions.iter().position(|known| *known == wanted);
        let (Some(version), Some(first)) = (index(version), index(self.first_fail)) else { return false };
        let last = self.last_fail.and_then(index).unwrap_or(usize::MAX);
        (first..=last).contains(&version)
    }

    /// Whether a chart version silently ignores the key, on the way from value to failure.
    pub fn is_silent_at(&self, version: &str) -> bool {
        self.silent_versions.contains(&version)
    }

    /// The releases that ship a failing version, oldest first.
    pub fn fail_releases(&self, chart: &str) -> Vec<Release> {
        super::releases()
            .iter()
            .copied()
            .filter(|release| {
                super::chart_version(*release, chart).is_some_and(|version| self.fails_at(version))
            })
            .collect()
    }

    /// The first failing release of each minor.
    pub fn first_fail_releases(&self, chart: &str) -> Vec<Release> {
        let mut releases = self.fail_releases(chart);
        releases.dedup_by_key(|release| release.minor);
        releases
    }

    /// Whether such a value surely fails: one that Go templates take for true does under any form of guard.
    /// For null, `false`, `0` and the empty string the catalogue does not know.
    pub fn fails_with(&self, value: &Scalar) -> bool {
        let tested = ANY_VALUE.iter().any(|path| self.path.iter().eq(path.iter()));
        value.is_truthy() || (tested && !matches!(value, Scalar::Null | Scalar::String(_)))
    }
}

/// Looks a key up among those of a chart.
pub(super) fn find<S: AsRef<str>>(
    keys: &'static [HardFailKey],
    versions: Vec<&'static str>,
    chart: &str,
    path: &[S],
) -> Option<HardFail> {
    let of_chart = || keys.iter().filter(|key| key.chart == chart);
    let key =
        of_chart().find(|key| key.path.iter().map(String::as_str).eq(path.iter().map(AsRef::as_ref)))?;
    let silent_versions = versions
        .iter()
        .copied()
        .skip_while(|version| *version != key.last_valid)
        .skip(1)
        .take_while(|version| *version != key.first_fail)
        .collect();
    Some(HardFail {
        path: key.path.clone(),
        last_valid: &key.last_valid,
        silent_versions,
        first_fail: &key.first_fail,
        last_fail: key.last_fail.as_deref(),
        when: key.when.as_ref(),
        is_parent: of_chart()
            .any(|other| other.path.len() > key.path.len() && other.path.starts_with(&key.path)),
        versions,
    })
}
