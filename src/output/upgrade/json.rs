//! The report about an upgrade as JSON, described in `docs/upgrade.md`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::catalog::ComponentChange;
use crate::output::json::{FindingDocument, write_pretty};
use crate::upgrade::{Group, Item, Step, Upgrade};

/// Incremented when a field is removed or changes its meaning, but not for a new field.
const VERSION: u32 = 1;

/// Writes the report as one document.
pub fn render(upgrade: &Upgrade, out: &mut dyn Write) -> io::Result<()> {
    let items = |group| upgrade.of(group).map(|item| ItemDocument::of(upgrade, item)).collect();
    let document = Document {
        version: VERSION,
        from: upgrade
            .from
            .iter()
            .map(|start| StartDocument {
                release: start.release.to_string(),
                clusters: &start.clusters,
                source: &start.source,
            })
            .collect(),
        to: upgrade.to().map(|to| to.to_string()),
        path: upgrade.path.iter().map(ToString::to_string).collect(),
        components: &upgrade.components,
        charts: upgrade.charts.iter().map(ChartDocument::of).collect(),
        breaks: items(Group::Breaks),
        changes: items(Group::Changes),
        cleanup: items(Group::Cleanup),
        new: items(Group::New),
        steps: &upgrade.steps,
        today: upgrade.today,
        problems: upgrade
            .report
            .problems
            .iter()
            .map(|problem| BTreeMap::from([("path", &*problem.path), ("message", &*problem.message)]))
            .collect(),
    };
    write_pretty(&document, out)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    from: Vec<StartDocument<'a>>,
    to: Option<String>,
    path: Vec<String>,
    components: &'a [ComponentChange],
    charts: Vec<ChartDocument<'a>>,
    breaks: Vec<ItemDocument<'a>>,
    changes: Vec<ItemDocument<'a>>,
    cleanup: Vec<ItemDocument<'a>>,
    new: Vec<ItemDocument<'a>>,
    steps: &'a [Step],
    today: usize,
    problems: Vec<BTreeMap<&'static str, &'a str>>,
}

#[derive(Serialize)]
struct StartDocument<'a> {
    release: String,
    clusters: &'a [String],
    source: &'a str,
}

#[derive(Serialize)]
struct ChartDocument<'a> {
    chart: &'a str,
    chosen: bool,
    versions: Vec<ChartVersion<'a>>,
}

#[derive(Serialize)]
struct ChartVersion<'a> {
    release: &'a str,
    version: Option<&'a str>,
}

impl<'a> ChartDocument<'a> {
    fn of(step: &'a crate::upgrade::ChartStep) -> Self {
        let versions = step.versions.iter();
        Self {
            chart: step.chart,
            chosen: step.chosen,
            versions: versions
                .map(|(release, version)| ChartVersion { release, version: *version })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct ItemDocument<'a> {
    release: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(flatten)]
    finding: FindingDocument<'a>,
}

impl<'a> ItemDocument<'a> {
    fn of(upgrade: &'a Upgrade, item: &Item) -> Self {
        let finding = FindingDocument::of(&upgrade.report, &upgrade.report.findings[item.finding]);
        let until = item.until.map(|until| until.to_string());
        Self { release: item.release.to_string(), until, finding }
    }
}
