//! Chart values that become fields of Kubernetes objects with a type or a fixed set of values, by chart version: plain
//! text in `catalog/components/chart-fields.txt`, measured with Helm and parsed on first use. Produces no findings.

use std::sync::LazyLock;

use super::compare_versions;
use super::components::rows;

const FIELDS: &str = include_str!("../../catalog/components/chart-fields.txt");

/// What a field accepts. Sources: the types of k8s.io/api and the validation in pkg/apis of kubernetes/kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// One of these words; an empty string means the default.
    Words(&'static [&'static str]),
    /// A map whose `type` is one of these words.
    Strategy(&'static [&'static str]),
    /// The kind of workload that the chart renders; for any other word, it renders none.
    Workload(&'static [&'static str]),
    /// A map of strings that the template prints verbatim, without adding quotes.
    Texts,
    /// A list of environment variables.
    Env,
    /// A list of tolerations.
    Tolerations,
    /// Requests and limits of a container.
    Resources,
    /// A whole number.
    Integer,
}

const STRATEGIES: &[&str] = &["RollingUpdate", "OnDelete", "Recreate"];

/// The fields by their names in the table.
const NAMES: &[(&str, Field)] = &[
    ("service-type", Field::Words(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
    ("traffic-policy", Field::Words(&["Cluster", "Local"])),
    ("ip-family-policy", Field::Words(&["SingleStack", "PreferDualStack", "RequireDualStack"])),
    ("session-affinity", Field::Words(&["None", "ClientIP"])),
    ("pull-policy", Field::Words(&["Always", "IfNotPresent", "Never"])),
    ("dns-policy", Field::Words(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
    // Some charts use one value for both a Deployment and a DaemonSet.
    ("daemonset-strategy", Field::Words(STRATEGIES)),
    ("deployment-strategy", Field::Words(STRATEGIES)),
    ("daemonset-strategy-map", Field::Strategy(STRATEGIES)),
    ("deployment-strategy-map", Field::Strategy(STRATEGIES)),
    ("workload", Field::Workload(&["Deployment", "DaemonSet"])),
    ("workload-or-both", Field::Workload(&["Deployment", "DaemonSet", "Both"])),
    ("texts", Field::Texts),
    ("env", Field::Env),
    ("tolerations", Field::Tolerations),
    ("resources", Field::Resources),
    ("integer", Field::Integer),
];

/// A chart value that becomes a Kubernetes field.
#[derive(Clone, Debug)]
pub struct Row {
    /// The packaged chart.
    pub chart: &'static str,
    /// The path of the value, joined with dots.
    pub path: &'static str,
    /// The keys of the path.
    pub keys: Vec<&'static str>,
    /// The first version to which the row applies.
    pub since: &'static str,
    /// The field; `None` if it is unknown from this version on.
    pub field: Option<Field>,
}

/// All rows, by chart, path and version.
pub fn fields() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| rows(FIELDS).filter_map(row).collect());
    &ROWS
}

/// The rows of a chart.
pub fn of_chart(chart: &str) -> &'static [Row] {
    let rows = fields();
    let start = rows.partition_point(|row| row.chart < chart);
    let end = rows.partition_point(|row| row.chart <= chart);
    &rows[start..end]
}

/// The field that a value becomes in a version; `None` if it is unknown.
pub fn field(rows: &[Row], version: &str) -> Option<Field> {
    let known = rows.iter().rev().find(|row| compare_versions(row.since, version).is_le());
    known.and_then(|row| row.field)
}

fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ');
    let (chart, path, since, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let field = NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
    Some(Row { chart, path, keys: path.split('.').collect(), since, field })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_row_names_a_known_field_of_a_known_chart() {
        assert_eq!(fields().len(), rows(FIELDS).count());
        for line in rows(FIELDS) {
            let name = line.rsplit(' ').next();
            assert!(name == Some("-") || NAMES.iter().any(|(known, _)| name == Some(known)), "{line}");
        }
        assert!(fields().iter().all(|row| catalog::chart(row.chart).is_some()));
    }

    #[test]
    fn rows_are_in_order() {
        for pair in fields().windows(2) {
            let places = pair.iter().map(|row| (row.chart, row.path));
            let versions = || compare_versions(pair[0].since, pair[1].since);
            let same = pair[0].chart == pair[1].chart && pair[0].path == pair[1].path;
            assert!(places.is_sorted() && (!same || versions().is_lt()), "{pair:?}");
            // The rows of a key are found by a binary search.
            let tops = pair.iter().map(|row| (row.chart, row.path.split('.').next()));
            assert!(tops.is_sorted(), "{pair:?}");
        }
    }
}
