//! The hand-maintained tables, checked against the releases and charts of the sources: each row must refer to something
//! that exists, and each table must have been reviewed for the newest minor. This module must not change a table.

use std::collections::BTreeMap;

use rke2_lint::catalog::{
    Change, ChartField, ChartTable, ChartValues, ChartView, Kernel, MovedValue, RemovedApi, compare_versions,
};
use rke2_lint::release::Release;
use serde::Deserialize;

use super::RefreshError;
use super::store::{Files, records};

/// How far the sources of a table have been reviewed by hand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviewed {
    table: String,
    /// A chart, or `kubernetes`.
    subject: String,
    /// The newest reviewed minor: `1.36` for Kubernetes, or a minor of the chart's versions.
    until: String,
}

/// The results.
#[derive(Debug, Default)]
pub struct Tables {
    /// Number of rows.
    pub rows: usize,
    /// Rows that refer to something that does not exist.
    pub wrong: Vec<String>,
    /// Tables that have not been reviewed for the newest minor.
    pub unread: Vec<String>,
}

/// Checks all tables against the releases and charts. Charts that are not in the sources are skipped.
pub fn check(
    kept: &Files,
    releases: &[Release],
    charts: &BTreeMap<String, ChartTable>,
) -> Result<Tables, RefreshError> {
    let values = charts.iter().map(|(name, table)| (name.as_str(), ChartValues::from(table))).collect();
    let mut checked = Checked { releases, values, found: Tables::default() };
    for row in records::<MovedValue>(kept, "renames.jsonl")? {
        checked.moved(&row);
    }
    for row in records::<RemovedApi>(kept, "removed_apis.jsonl")? {
        let what = format!("removed_apis.jsonl: {} {}", row.api, row.kind);
        checked.row(&what, &row.source, row.served.as_ref().is_none_or(|served| *served != row.api));
    }
    let kernels = records::<Kernel>(kept, "kernels.jsonl")?;
    for (index, row) in kernels.iter().enumerate() {
        let before = kernels[..index].iter().rfind(|before| before.chart == row.chart);
        let rises = before.is_none_or(|before| {
            compare_versions(&before.from, &row.from).is_lt()
                && compare_versions(&before.kernel, &row.kernel).is_lt()
        });
        checked.row(&format!("kernels.jsonl: {} {}", row.chart, row.from), &row.source, rises);
    }
    for row in records::<ChartField>(kept, "chart_fields.jsonl")? {
        let known = checked.known(&row.since);
        checked.row(&format!("chart_fields.jsonl: {}", row.field), &row.source, known);
    }
    for row in records::<Change>(kept, "changes.jsonl")? {
        let known = checked.known(&row.since)
            && row.chart.as_ref().is_none_or(|(chart, first)| checked.starts(chart, first))
            && row.chart.is_some() == row.since.is_empty();
        checked.row(&format!("changes.jsonl: {}", row.name), &row.source, known);
    }
    for row in records::<Reviewed>(kept, "reviewed.jsonl")? {
        checked.reviewed(&row);
    }
    Ok(checked.found)
}

struct Checked<'a> {
    releases: &'a [Release],
    values: BTreeMap<&'a str, ChartValues>,
    found: Tables,
}

impl Checked<'_> {
    fn row(&mut self, what: &str, source: &str, is_right: bool) {
        self.found.rows += 1;
        if !is_right {
            self.found.wrong.push(format!("catalog/kept/{what}: not what the sources say"));
        }
        if !source.starts_with("https://") {
            self.found.wrong.push(format!("catalog/kept/{what}: no source"));
        }
    }

    /// Checks a row: in some version, the old path must be a value, and so must each successor.
    fn moved(&mut self, row: &MovedValue) {
        let what = format!("renames.jsonl: {} {}", row.chart, row.from.join("."));
        let is_right = self.values.get(row.chart.as_str()).is_none_or(|values| {
            let is_value = |path: &[String]| {
                let has = |view: ChartView<'_>| {
                    let lookup = view.lookup(path);
                    lookup.is_accepted() && lookup.attr().is_none_or(|attr| !attr.is_guard_only())
                };
                values.versions().filter_map(|version| values.at(version)).any(has)
            };
            is_value(&row.from) && row.to.iter().all(|to| is_value(to))
        });
        self.row(&what, &row.source, is_right);
    }

    /// Whether all of these releases exist, one for each minor without gaps.
    fn known(&self, since: &[Release]) -> bool {
        let oldest = self.releases.first();
        since.iter().all(|first| {
            self.releases.contains(first) || oldest.is_none_or(|oldest| first.minor < oldest.minor)
        }) && since.windows(2).all(|pair| pair[0].minor + 1 == pair[1].minor)
    }

    /// Whether a chart has versions both before and from `first` on, or is not in the sources.
    fn starts(&self, chart: &str, first: &str) -> bool {
        self.values.get(chart).is_none_or(|values| {
            let is_before = |version: &str| compare_versions(version, first).is_lt();
            values.versions().any(is_before) && !values.versions().all(is_before)
        })
    }

    fn reviewed(&mut self, row: &Reviewed) {
        let newest = match self.values.get(row.subject.as_str()).map(|values| values.versions().last()) {
            Some(newest) => newest.and_then(minor_of),
            None if row.subject == "kubernetes" => {
                self.releases.last().map(|release| format!("1.{}", release.minor))
            }
            None => None,
        };
        if let Some(newest) = newest.filter(|newest| compare_versions(newest, &row.until).is_gt()) {
            let Reviewed { table, subject, until } = row;
            self.found.unread.push(format!(
                "`kept/{table}.jsonl` was read up to {subject} {until}: read the sources of {newest}, add rows where \
                 something changed, and set `until` in `kept/reviewed.jsonl`"
            ));
        }
    }
}

/// The first two numbers of a version.
fn minor_of(version: &str) -> Option<String> {
    let mut numbers = version.trim_start_matches('v').split('.');
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}
