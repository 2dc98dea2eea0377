//! The accepted values of `cni`, `ingress-controller`, `disable` and `profile`, by release. Produces no
//! findings.

use serde::{Deserialize, Serialize};

use super::config_key::start;
use super::neutral::{NeutralError, read_lines};
use super::rows::ConfigValuesRow;
use crate::release::Release;

/// The values that one release accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigValues<From = Release> {
    /// The first release of its minor to which this applies.
    pub from: From,
    /// Names that `disable` accepts, in addition to the charts that `cni` and `ingress-controller` select.
    pub disable: Vec<String>,
    /// Values of `cni`. `multus` is accepted only together with another one.
    pub cni: Vec<String>,
    /// The CNI when the key is not set.
    pub cni_default: String,
    /// Values of `ingress-controller`; empty if the release does not have the key.
    pub ingress: Vec<String>,
    /// The ingress controller when the key is not set; `None` if it depends on the cluster.
    pub ingress_default: Option<String>,
    /// Values of `profile`.
    pub profile: Vec<String>,
    /// Deprecated values of `profile`.
    pub profile_deprecated: Vec<String>,
}

impl ConfigValues {
    /// All names that `disable` accepts, sorted.
    pub fn all_disable(&self) -> Vec<String> {
        let charts = self.cni.iter().chain(&self.ingress).filter(|name| *name != "none");
        let mut all: Vec<String> =
            self.disable.iter().cloned().chain(charts.map(|name| format!("rke2-{name}"))).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Reads the neutral form.
pub(super) fn read(text: &str) -> Result<Vec<ConfigValues>, NeutralError> {
    let mut values = Vec::new();
    for (index, record) in read_lines::<ConfigValuesRow>(text)?.into_iter().enumerate() {
        values.push(ConfigValues {
            from: start(&record.from, index + 1)?,
            disable: record.disable,
            cni: record.cni,
            cni_default: record.cni_default,
            ingress: record.ingress,
            ingress_default: record.ingress_default,
            profile: record.profile,
            profile_deprecated: record.profile_deprecated,
        });
    }
    values.sort_by_key(|values| values.from);
    Ok(values)
}

/// The values that apply to a release: the last row that is not newer, or else the first row.
pub(super) fn at(values: &[ConfigValues], release: Release) -> Option<&ConfigValues> {
    values.iter().rev().find(|values| values.from <= release).or_else(|| values.first())
}
