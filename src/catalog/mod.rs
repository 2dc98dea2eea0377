//! What each RKE2 release ships and which values each chart reads: embedded facts, decoded lazily, and the same model
//! from a chart archive. This layer must not produce findings, print or touch the file system.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, OnceLock};

mod about;
pub mod accepted;
pub mod archive;
mod attr;
pub mod calico;
mod chart;
pub mod cilium;
mod coding;
pub mod components;
mod config_key;
mod config_values;
mod diff;
mod embedded;
pub mod fields;
mod guard;
mod hard_fail;
mod history;
mod import;
mod kept;
mod listing;
mod measured;
mod neutral;
pub mod nginx;
mod releases;
mod resolve;
mod rows;
mod suggest;
mod table;
pub mod traefik;

pub use about::{about_chart, about_config_key, about_value, type_of, type_of_value};
pub use attr::{Attr, Fails, Flags, Scalar, Shapes, Types};
pub use chart::{ChartValues, ChartView, Lookup, Memo};
pub use config_key::{ConfigKey, KeySource, KeyState, KeyType, Role};
pub use config_values::ConfigValues;
pub use diff::{ChartChange, ChartDiff, ComponentChange, DefaultChange, Path, ReleaseDiff, Rename};
pub use embedded::{EmbedError, LoadError, embed, embedded_size, is_loaded, load, newest_built_in};
#[doc(hidden)]
pub use embedded::{decode_chart_uncached, decoded_charts};
pub use guard::{Clause, Guard, Test};
pub use hard_fail::{HardFail, When};
pub use history::{PathHistory, Presence, ReleaseSpan, charts_accepting, path_history};
pub use import::{ImportError, import_archive, import_files, import_packaged};
pub use kept::{Change, ChartField, Kernel, MovedValue, RemovedApi};
pub use listing::{ShippedChart, ValueRow, list_release, list_values};
pub use neutral::NeutralError;
pub use releases::Date;
pub use resolve::{Basis, Resolved, Target, UnknownRelease, newest_patch, resolve, spec};
pub use rows::{ChannelRow, ConfigKeyRow, ConfigValuesRow, ReleaseRow};
pub use suggest::{Reason, Suggestion, near_sibling, suggest, suggest_config_key};
pub use table::{ChartTable, compare_versions};

use crate::release::Release;

/// The known final releases, oldest first.
pub fn releases() -> &'static [Release] {
    embedded::release_list()
}

/// The known releases that have release notes, oldest first. Messages name only these as the first or last release with
/// something.
pub fn announced() -> impl DoubleEndedIterator<Item = Release> {
    releases().iter().copied().filter(|release| embedded::release_table().has_notes(*release))
}

/// The newest candidates of upcoming releases, oldest first. Their facts may still change.
pub fn candidates() -> Vec<Release> {
    embedded::release_table().candidates()
}

/// The release of RKE2's stable channel.
pub fn stable() -> Option<Release> {
    embedded::release_table().stable()
}

/// The newest final release that has not been pulled from RKE2's channels.
pub fn latest() -> Option<Release> {
    releases().iter().rev().copied().find(|release| !is_pulled(*release))
}

/// The date of a known release: that of its release notes, or else that of its tag.
pub fn date(release: Release) -> Option<Date> {
    embedded::release_table().date(release)
}

/// Whether a release was pulled from RKE2's channels because of a defect.
pub fn is_pulled(release: Release) -> bool {
    embedded::release_table().is_pulled(release)
}

/// The components of a known release other than charts, such as containerd and etcd, with their versions, by name.
pub fn components_of(release: Release) -> Vec<(&'static str, &'static str)> {
    embedded::release_table().components(release)
}

/// The known releases of the `count` newest minors, oldest first.
pub fn newest_minors(count: usize) -> &'static [Release] {
    let releases = releases();
    let mut older = releases;
    for _ in 0..count {
        let Some(newest) = older.last() else { break };
        older = &older[..older.partition_point(|release| release.minor < newest.minor)];
    }
    &releases[older.len()..]
}

/// The version of a chart in a known release; `None` if the release does not ship it.
pub fn chart_version(release: Release, chart: &str) -> Option<&'static str> {
    embedded::release_table().version(release, chart)
}

/// The distinct versions of a chart in all known releases from `first` on, in order; `None` where it is not shipped.
fn versions_from(first: Release, chart: &str) -> Vec<Option<&'static str>> {
    embedded::release_table().versions_from(first, chart)
}

/// The names of all charts that any known release ships, sorted.
pub fn charts() -> impl Iterator<Item = &'static str> {
    embedded::release_table().charts()
}

/// The charts and versions that a known release ships.
pub fn shipped(release: Release) -> impl Iterator<Item = (&'static str, &'static str)> {
    charts().filter_map(move |chart| Some((chart, chart_version(release, chart)?)))
}

/// The values of a packaged chart, decoded on first use.
pub fn chart(name: &str) -> Option<&'static ChartValues> {
    embedded::chart(name)
}

/// The values of a chart as a known release ships it.
pub fn chart_at(release: Release, name: &str) -> Option<ChartView<'static>> {
    chart(name)?.at(chart_version(release, name)?)
}

/// The keys of config.yaml that any known release has or removed from those of K3s, sorted.
pub fn config_keys() -> &'static [ConfigKey] {
    embedded::config_keys()
}

/// A key of config.yaml by its name or an alias.
pub fn config_key(name: &str) -> Option<&'static ConfigKey> {
    static BY_NAME: LazyLock<HashMap<&str, &ConfigKey>> = LazyLock::new(|| {
        let keys = config_keys().iter();
        let aliases = keys.clone().flat_map(|key| key.aliases.iter().map(move |alias| (alias.as_str(), key)));
        // A name comes after the aliases, and so replaces an equal one.
        aliases.chain(keys.map(|key| (key.name.as_str(), key))).collect()
    });
    BY_NAME.get(name).copied()
}

/// Whether a release accepts a key of config.yaml on a node with this role.
pub fn accepts_config_key(name: &str, role: Role, release: Release) -> bool {
    config_key(name).is_some_and(|key| key.is_accepted(role, release))
}

/// The values of `cni`, `ingress-controller`, `disable` and `profile` that a release accepts.
pub fn config_values(release: Release) -> Option<&'static ConfigValues> {
    config_values::at(embedded::config_values(), release)
}

/// The effect of a key on installs of a chart, if newer versions fail on it.
pub fn hard_fail<S: AsRef<str>>(chart: &str, path: &[S]) -> Option<HardFail> {
    let versions = embedded::chart(chart)?.versions().collect();
    hard_fail::find(embedded::hard_fail_keys(), versions, chart, path)
}

/// The keys that make installs of some version of a chart fail.
pub fn hard_fails(chart: &str) -> &'static [HardFail] {
    static BY_CHART: LazyLock<BTreeMap<&str, OnceLock<Vec<HardFail>>>> = LazyLock::new(|| {
        embedded::hard_fail_keys().iter().map(|key| (key.chart.as_str(), OnceLock::new())).collect()
    });
    let all = || {
        let keys = embedded::hard_fail_keys().iter().filter(|key| key.chart == chart);
        keys.filter_map(|key| hard_fail(chart, &key.path)).collect()
    };
    BY_CHART.get(chart).map_or(&[], |known| known.get_or_init(all))
}

/// The combinations of values that some version of a chart rejects.
pub fn guards(chart: &str) -> impl Iterator<Item = &'static Guard> {
    embedded::guards().iter().filter(move |guard| guard.chart == chart)
}

/// The values of a packaged chart that newer versions have moved, renamed or removed: `catalog/kept/renames.jsonl`.
pub fn moved_values(chart: &str) -> &'static [MovedValue] {
    let rows = embedded::moved_values();
    let start = rows.partition_point(|row| *row.chart < *chart);
    let end = rows.partition_point(|row| *row.chart <= *chart);
    &rows[start..end]
}

/// The Kubernetes API versions that newer API servers no longer serve.
pub fn removed_apis() -> &'static [RemovedApi] {
    embedded::removed_apis()
}

/// The oldest kernels that packaged charts support; for each chart, oldest version first.
pub fn kernels() -> &'static [Kernel] {
    embedded::kernels()
}

/// The fields of `HelmChart.spec`, by name.
pub fn chart_fields() -> &'static [ChartField] {
    embedded::chart_fields()
}

/// A field of `HelmChart.spec` by name.
pub fn chart_field(name: &str) -> Option<&'static ChartField> {
    chart_fields().iter().find(|field| field.field == name)
}

/// The fields that `HelmChartConfig.spec` also has, by name.
pub fn config_fields() -> impl Iterator<Item = &'static ChartField> {
    chart_fields().iter().filter(|field| field.config)
}

/// Whether a `HelmChartConfig` of a release has a field.
pub fn has_config_field(name: &str, release: Release) -> bool {
    chart_field(name).is_some_and(|field| field.config && field.is_in(release))
}

/// Whether a release has a change of `catalog/kept/changes.jsonl`.
pub fn has_change(name: &str, release: Release) -> bool {
    let is_in = |change: &Change| change.name == name && change.chart.is_none() && change.is_in(release);
    embedded::changes().iter().any(is_in)
}

/// Whether a version of a chart has a change of `catalog/kept/changes.jsonl`.
pub fn chart_has_change(name: &str, chart: &str, version: &str) -> bool {
    let of_chart =
        |(known, first): &(String, String)| known == chart && compare_versions(version, first).is_ge();
    embedded::changes()
        .iter()
        .any(|change| change.name == name && change.chart.as_ref().is_some_and(of_chart))
}

/// Changes in the behaviour of RKE2 and packaged charts: the rows of `catalog/kept/changes.jsonl`.
pub fn changes() -> &'static [Change] {
    embedded::changes()
}

/// Whether the install jobs of a release run Helm 4.
pub fn runs_helm_4(release: Release) -> bool {
    // An unknown version of Helm is that of the previous release of the minor, or for a new minor that of the newest
    // release.
    let is_new = releases().last().is_some_and(|newest| release.minor > newest.minor);
    let is_before = |other: &Release| is_new || (other.minor == release.minor && *other < release);
    let before = releases().iter().rev().copied().filter(is_before);
    let version = |release: Release| {
        components_of(release).into_iter().find(|(name, _)| *name == "helm").map(|(_, version)| version)
    };
    let known = std::iter::once(release).chain(before).find_map(version);
    known.is_some_and(|version| compare_versions(version, "4").is_ge())
}

/// The default of a path at a chart version: the value that a template gets when it is not set.
pub fn default_value<S: AsRef<str>>(view: ChartView<'_>, path: &[S]) -> Option<Scalar> {
    view.lookup(path).attr().and_then(Attr::default_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helm_4_came_with_backports() {
        let runs = |release: &str| runs_helm_4(release.parse().unwrap());
        for release in ["v1.33.13+rke2r1", "v1.34.9+rke2r1", "v1.35.6+rke2r1", "v1.36.2+rke2r1"] {
            assert!(runs(release), "{release}");
        }
        for release in
            ["v1.32.13+rke2r1", "v1.33.12+rke2r1", "v1.34.8+rke2r1", "v1.35.5+rke2r1", "v1.36.1+rke2r2"]
        {
            assert!(!runs(release), "{release}");
        }
        // Releases that are not in the catalogue.
        assert!(runs("v1.36.4-rc1+rke2r1") && runs("v1.37.0+rke2r1") && !runs("v1.24.1+rke2r1"));
    }
}
