//! The report of a refresh, in Markdown: the body of a pull request. This module must not compare anything itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rke2_lint::catalog::{ChartDiff, ChartTable, ChartValues};
use rke2_lint::release::Release;

use super::audit::Audit;
use super::fields::Comparison;
use super::releases::Row;
use super::store::Files;
use super::tables::Tables;
use super::values::Unread;
use super::{RefreshError, compare, keys, values};

/// Maximum number of lines printed for one list; further lines are counted.
const MOST: usize = 40;

/// A report that is built section by section.
#[derive(Debug, Default)]
pub struct Report {
    /// Why the result must not be used.
    pub failures: Vec<String>,
    changes: String,
    figures: Vec<(&'static str, usize, usize)>,
}

impl Report {
    /// The complete text.
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Catalogue refresh\n");
        if !self.failures.is_empty() {
            text.push_str("\n## Failed checks\n\nNothing was written.\n\n");
            list(&mut text, &self.failures);
        }
        text.push_str(if self.changes.is_empty() { "\nNothing changed.\n" } else { &self.changes });
        text.push_str("\n## Figures\n\n| checked | number | wrong |\n|---|---:|---:|\n");
        for (what, number, wrong) in &self.figures {
            let _ = writeln!(text, "| {what} | {number} | {wrong} |");
        }
        text
    }

    fn section(&mut self, title: &str, lines: &[String]) {
        if !lines.is_empty() {
            let _ = write!(self.changes, "\n## {title}\n\n");
            list(&mut self.changes, lines);
        }
    }

    /// New releases, and changes to known ones.
    pub fn releases(&mut self, before: &[Row], now: &[Row]) {
        let found = compare::releases(before, now);
        let line = |row: &&Row| {
            let candidate = row.parsed().is_some_and(Release::is_candidate);
            let mark = match (candidate, row.pulled, row.notes) {
                (true, ..) => ", a candidate",
                (_, true, _) => ", left out by the channels",
                (.., false) => ", without release notes",
                _ => "",
            };
            format!("{} ({}{mark})", row.release, row.date)
        };
        self.section("New releases", &found.new.iter().map(line).collect::<Vec<_>>());
        self.figures.push(("charts of known releases", found.pairs, found.changed.len()));
        self.failures
            .extend(found.changed.into_iter().map(|what| format!("an older release changed: {what}")));
        let old: BTreeMap<&str, &Row> = before.iter().map(|row| (row.release.as_str(), row)).collect();
        let mut told = Vec::new();
        for row in now {
            let Some(known) = old.get(row.release.as_str()) else { continue };
            if known.notes != row.notes {
                told.push(format!(
                    "{}: notes {}",
                    row.release,
                    if row.notes { "are there" } else { "are gone" }
                ));
            }
            if known.pulled != row.pulled {
                told.push(format!(
                    "{}: {} the channels",
                    row.release,
                    if row.pulled { "left" } else { "back in" }
                ));
            }
            if known.components != row.components {
                told.push(format!("{}: other components", row.release));
            }
        }
        self.section("Known releases", &told);
    }

    /// The config keys, compared with the previous ones for the releases that were known then.
    pub fn keys(&mut self, before: &[keys::Row], now: &[keys::Row], known: &[Release]) {
        let finals: Vec<Release> = known.iter().copied().filter(|release| !release.is_candidate()).collect();
        let found = compare::keys(before, now, &finals);
        self.section("New keys of config.yaml", &found.new);
        self.section("Keys whose type is not known (read K3s, or pass `--k3s`)", &found.untyped);
        self.figures.push(("states of config keys", found.states, found.changed.len()));
        self.failures.extend(found.changed.into_iter().map(|what| format!("an older key changed: {what}")));
    }

    /// The accepted values of keys.
    pub fn values(&mut self, before: &[values::Row], now: &[values::Row], unread: &[Unread]) {
        let new = now.iter().filter(|row| !before.contains(row));
        let line = |row: &values::Row| {
            format!(
                "from {}: `cni` {:?}, `ingress-controller` {:?}, `disable` {:?}, `profile` {:?}",
                row.from, row.cni, row.ingress, row.disable, row.profile
            )
        };
        self.section("Accepted values", &new.map(line).collect::<Vec<_>>());
        self.figures.push(("functions behind keys", now.len(), unread.len()));
        self.failures.extend(unread.iter().map(|one| {
            format!(
                "what `{}` accepts is decided by a text that nobody has read: {} at {}. Read it, and add a row with \
                 the digest {} to catalog/kept/functions.jsonl",
                one.key,
                if one.functions.is_empty() { "no function".to_owned() } else { one.functions.join(", ") },
                one.release,
                one.digest
            )
        }));
    }

    /// The fields of `HelmChart`.
    pub fn fields(&mut self, found: Comparison) {
        self.figures.push(("fields of HelmChart and HelmChartConfig", found.compared, found.wrong.len()));
        self.failures.extend(found.wrong);
    }

    /// The hand-maintained tables.
    pub fn tables(&mut self, found: Tables) {
        self.section("Tables to be read by a person", &found.unread);
        self.figures.push(("rows of hand-maintained tables", found.rows, found.wrong.len()));
        self.failures.extend(found.wrong);
    }

    /// Charts with versions that were not measured with Helm.
    pub fn unmeasured(&mut self, charts: &[String]) {
        self.section("Charts to be measured with `scripts/helm-facts/refresh.py`", charts);
    }

    /// Missing archives.
    pub fn missing(&mut self, archives: &[String]) {
        self.figures.push(("archives that are missing", archives.len(), archives.len()));
        self.failures.extend(archives.iter().map(|name| format!("no archive {name}")));
    }

    /// The results of the independent reader.
    pub fn audit(&mut self, audit: Audit) {
        self.figures.push(("paths of values.yaml and their shapes", audit.values, audit.types_wrong));
        self.figures.push(("defaults", audit.defaults, audit.defaults_wrong.len()));
        self.figures.push(("references of templates", audit.references, audit.unknown.len()));
        self.figures.push(("values.yaml with keys twice, not audited", audit.unread.len(), 0));
        self.section("Other defaults than in values.yaml", &audit.defaults_wrong);
        self.failures.extend(audit.unknown.into_iter().map(|what| format!("unknown to its table: {what}")));
    }

    /// The changes in the charts of new releases.
    pub fn charts(
        &mut self,
        before: &Files,
        now: &BTreeMap<String, ChartTable>,
        rows: &[Row],
        rows_before: &[Row],
    ) -> Result<(), RefreshError> {
        let mut bumps: Vec<(&str, &str, &str)> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if rows_before.iter().any(|known| known.release == row.release) {
                continue;
            }
            let Some(previous) = rows[..index]
                .iter()
                .rev()
                .find(|row| row.parsed().is_some_and(|release| !release.is_candidate()))
            else {
                continue;
            };
            for (chart, version) in &row.charts {
                if let Some(old) = previous.charts.get(chart).filter(|old| *old != version)
                    && !bumps.iter().any(|(name, from, to)| name == chart && from == old && to == version)
                {
                    bumps.push((chart, old, version));
                }
            }
        }
        if !bumps.is_empty() && !rows_before.is_empty() {
            self.changes.push_str("\n## Charts\n");
        }
        for (chart, old, version) in bumps.into_iter().filter(|_| !rows_before.is_empty()) {
            let Some(values) = now.get(chart).map(ChartValues::from) else { continue };
            if let (Some(old_view), Some(view)) = (values.at(old), values.at(version)) {
                let _ = write!(self.changes, "\n### {chart} {old} → {version}\n\n");
                difference(&mut self.changes, &ChartDiff::between(old_view, view));
            }
        }
        let mut other = Vec::new();
        for (name, table) in now {
            let Some(text) = before.get(&format!("charts/{name}.jsonl")) else { continue };
            let known = ChartTable::from_neutral(text).map_err(|error| RefreshError::form(name, &error))?;
            let count = table.differences(&known);
            if count > 0 {
                other.push(format!("{name}: {count}"));
            }
        }
        self.section("Changed or newly measured facts of known chart versions", &other);
        Ok(())
    }

    /// The size of the embedded form.
    pub fn size(&mut self, bytes: usize) {
        self.figures.push(("bytes of the embedded form", bytes, 0));
    }

    /// Files that a refresh would change.
    pub fn stale(&mut self, before: &Files, after: &Files) {
        let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
            self.failures.push(format!("catalog/neutral/{name} is not what its sources say"));
        }
    }
}

fn difference(text: &mut String, diff: &ChartDiff) {
    if diff.is_empty() {
        text.push_str("No values changed.\n");
    }
    let dotted = |path: &[String]| path.join(".");
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        diff.renamed.iter().map(|one| format!("renamed: `{}` → `{}`", dotted(&one.from), dotted(&one.to))),
    );
    lines.extend(diff.gone.iter().map(|path| format!("gone: `{}`", dotted(path))));
    lines.extend(diff.new.iter().map(|path| format!("new: `{}`", dotted(path))));
    lines.extend(diff.defaults.iter().map(|change| {
        let word = |value: &Option<rke2_lint::catalog::Scalar>| {
            value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
        };
        format!("default of `{}`: {} → {}", dotted(&change.path), word(&change.before), word(&change.after))
    }));
    list(text, &lines);
}

fn list(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(MOST) {
        let _ = writeln!(text, "- {line}");
    }
    if lines.len() > MOST {
        let _ = writeln!(text, "- and {} more", lines.len() - MOST);
    }
}
