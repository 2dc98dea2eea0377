//! Keys that make the install of a newer chart version fail. Produces no findings.

use serde::{Deserialize, Serialize};

use super::attr::Scalar;
use super::neutral::{NeutralError, read_lines};
use crate::release::Release;

/// A former value with which a newer chart fails to install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HardFailKey {
    pub(super) chart: String,
    pub(super) path: Vec<String>,
    pub(super) last_valid: String,
    pub(super) first_fail: String,
    /// The last version that fails; `None` if the newest version still does.
    pub(super) last_fail: Option<String>,
    /// A condition on another value for the guard to be reached; `None` if it is always reached.
    #[serde(default)]
    pub(super) when: Option<When>,
}

/// A condition: a value of the chart must be one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The value.
    pub path: Vec<String>,
    /// The accepted values.
    pub one_of: Vec<String>,
}

/// Keys whose guard only compares them with the empty string.
const ANY_VALUE: &[&[&str]] = &[&["proxy", "prometheus", "enabled"]];

/// Reads the neutral form.
pub(super) fn read(text: &str) -> Result<Vec<HardFailKey>, NeutralError> {
    read_lines(text)
}

/// The effect of a key on the install of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HardFail {
    /// The key.
    pub path: Vec<String>,
    /// The last version in which the key was a valid value.
    pub last_valid: &'static str,
    /// Later versions that silently ignore the key.
    pub silent_versions: Vec<&'static str>,
    /// The first version that fails.
    pub first_fail: &'static str,
    /// The last version that fails; `None` if the newest known version still does.
    pub last_fail: Option<&'static str>,
    /// A condition on another value for the guard to be reached.
    pub when: Option<&'static When>,
    /// Whether only keys under this one are tested. The deepest failing key is the one to report.
    pub is_parent: bool,
    pub(super) versions: Vec<&'static str>,
}

impl HardFail {
    /// Whether a chart version fails. For an unknown version, this is false.
    pub fn fails_at(&self, version: &str) -> bool {
        let index = |wanted: &str| self.versions.iter().position(|known| *known == wanted);
        let (Some(version), Some(first)) = (index(version), index(self.first_fail)) else { return false };
        let last = self.last_fail.and_then(index).unwrap_or(usize::MAX);
        (first..=last).contains(&version)
    }

    /// Whether a chart version silently ignores the key: after it stopped being a value, and before it fails.
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

    /// Whether the value is certain to fail. Values that Go templates treat as true fail under any form of guard. For
    /// null, `false`, `0` and the empty string, it depends on the guard.
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
