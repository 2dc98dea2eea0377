//! From git clones to the neutral form of the catalogue, with checks and a report. Everything is read again in each
//! run: only hand-written tables and measurements with Helm are kept from the previous catalogue.

mod audit;
mod channels;
mod charts;
mod compare;
mod components;
mod fields;
mod flags;
mod git;
mod go;
mod keys;
mod notes;
mod releases;
mod report;
mod store;
mod tables;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rke2_lint::catalog::{ChannelRow, ChartField, ChartTable, KeySource, embed};
use rke2_lint::release::Release;

use self::channels::Channels;
use self::components::Components;
use self::git::Repository;
use self::releases::Tag;
use self::report::Report;
use self::store::{Files, Store, lines, records};

/// The sources, and the catalogue to write.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub rke2: PathBuf,
    pub charts: PathBuf,
    pub helm_controller: Option<PathBuf>,
    pub klipper_helm: Option<PathBuf>,
    pub k3s: Option<PathBuf>,
    pub docs: Option<PathBuf>,
    /// Whether to include release candidates.
    pub candidates: bool,
    /// Whether to compare only, without writing anything.
    pub check: bool,
    pub catalog: PathBuf,
}

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What changed, and the numbers of the audit, in Markdown.
    pub report: String,
    /// Why the result must not be used. If there are any, nothing was written.
    pub failures: Vec<String>,
}

/// Why a run was aborted.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// `git` failed, or the clone does not contain what is needed.
    #[error("{folder}: {reason}")]
    Git { folder: String, reason: String },
    /// A source file does not have the expected structure.
    #[error("{revision}:{path}: {reason}: the program that reads it needs a change")]
    Source { revision: String, path: String, reason: String },
    /// A file is not in the expected form.
    #[error("{name}: {reason}")]
    Form { name: String, reason: String },
    /// A chart cannot be imported.
    #[error("chart {name}: {reason}")]
    Archive { name: String, reason: String },
    /// A file of the catalogue cannot be read or written.
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}

impl RefreshError {
    fn git(folder: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Git { folder: folder.display().to_string(), reason: reason.to_string() }
    }

    fn source(revision: &str, path: &str, reason: &str) -> Self {
        Self::Source { revision: revision.to_owned(), path: path.to_owned(), reason: reason.to_owned() }
    }

    fn form(name: &str, reason: &dyn std::fmt::Display) -> Self {
        Self::Form { name: name.to_owned(), reason: reason.to_string() }
    }

    fn archive(name: &str, reason: &dyn std::fmt::Display) -> Self {
        Self::Archive { name: name.to_owned(), reason: reason.to_string() }
    }

    fn file(path: &Path, source: &std::io::Error) -> Self {
        let source = std::io::Error::new(source.kind(), source.to_string());
        Self::File { path: path.display().to_string(), source }
    }
}

/// Refreshes a catalogue, or compares it with its sources.
pub fn run(options: &Options) -> Result<Outcome, RefreshError> {
    let rke2 = Repository::open(&options.rke2)?;
    let charts = Repository::open(&options.charts)?;
    let open = |folder: &Option<PathBuf>| folder.as_deref().map(Repository::open).transpose();
    let store = Store::new(&options.catalog);
    let before = store.read("neutral")?;
    let kept = store.read("kept")?;
    let mut report = Report::default();

    let rows_before: Vec<releases::Row> = records(&before, "releases.jsonl")?;
    let tags = releases::tags(&rke2, options.candidates)?;
    let head = rke2.branch(&["HEAD"])?;
    let channels_text = rke2.text(&head, "channels.yaml")?.unwrap_or_default();
    let channels = Channels::read(&channels_text)?;
    let notes = open(&options.docs)?.map(|docs| notes::read(&docs)).transpose()?;
    let klipper = open(&options.klipper_helm)?;
    let components = Components::new(klipper.as_ref());
    let mut rows = Vec::new();
    for tag in &tags {
        let known = rows_before.iter().find(|row| row.release == tag.name);
        rows.push(releases::row(&rke2, tag, &channels, notes.as_ref(), known, &components)?);
    }
    report.releases(&rows_before, &rows);

    let mut after = Files::new();
    after.insert("releases.jsonl".to_owned(), lines(&rows)?);
    let stable = channels
        .stable()
        .map(|release| ChannelRow { name: "stable".to_owned(), release: release.to_owned() });
    after.insert("channels.jsonl".to_owned(), lines(stable)?);

    let mut types: Vec<keys::Row> = records(&kept, "k3s_keys.jsonl")?;
    let count = types.len();
    let key_rows = key_rows(&rke2, open(&options.k3s)?.as_ref(), &tags, &head, &mut types)?;
    let known: Vec<Release> = rows_before.iter().filter_map(releases::Row::parsed).collect();
    report.keys(&records(&before, "config_keys.jsonl")?, &key_rows, &known);
    after.insert("config_keys.jsonl".to_owned(), lines(&key_rows)?);

    let functions: Vec<values::Function> = records(&kept, "functions.jsonl")?;
    let mut unread = Vec::new();
    let mut accepted = Vec::new();
    for tag in &tags {
        accepted.push((tag.release, values::read(&rke2, &tag.name, &functions, &mut unread)?));
    }
    let accepted = values::steps(accepted);
    report.values(&records(&before, "config_values.jsonl")?, &accepted, &unread);
    after.insert("config_values.jsonl".to_owned(), lines(&accepted)?);

    if let Some(controller) = open(&options.helm_controller)? {
        let releases: Vec<(Release, String)> =
            tags.iter().map(|tag| (tag.release, tag.name.clone())).collect();
        let table: Vec<ChartField> = records(&kept, "chart_fields.jsonl")?;
        report.fields(fields::compare(&rke2, &controller, &releases, &table)?);
    }

    let mut missing = Vec::new();
    let versions = charts::versions(&charts, &rke2, &rows, &mut missing)?;
    report.missing(&missing);
    let tables = charts::tables(&versions)?;
    report.audit(audit::audit(&versions, &tables));
    let finals: Vec<Release> =
        tags.iter().map(|tag| tag.release).filter(|release| !release.is_candidate()).collect();
    report.tables(tables::check(&kept, &finals, &tables)?);
    let measured = store.read("measured")?;
    let mut unmeasured = Vec::new();
    let tables = with_measured(tables, &measured, &mut unmeasured)?;
    report.unmeasured(&unmeasured);
    report.charts(&before, &tables, &rows, &rows_before)?;
    for (name, table) in &tables {
        after.insert(format!("charts/{name}.jsonl"), table.to_neutral());
    }

    let all: BTreeMap<String, String> =
        kept.iter().chain(&after).map(|(name, text)| (name.clone(), text.clone())).collect();
    let embedded = embed(&all).map_err(|error| RefreshError::form("catalog", &error))?;
    report.size(embedded.len());
    if options.check {
        report.stale(&before, &after);
    } else if report.failures.is_empty() {
        store.write_neutral(&after)?;
        if types.len() > count {
            store.write("kept/k3s_keys.jsonl", lines(&types)?.as_bytes())?;
        }
        store.write("embedded.bin", &embedded)?;
    }
    Ok(Outcome { report: report.markdown(), failures: report.failures })
}

/// The rows of the config keys. The default branch shows the keys of the next minor once the newest minor has its own
/// branch. Types of keys that are new in K3s are added to `types` if a clone of K3s is given.
fn key_rows(
    rke2: &Repository,
    k3s: Option<&Repository>,
    tags: &[Tag],
    head: &str,
    types: &mut Vec<keys::Row>,
) -> Result<Vec<keys::Row>, RefreshError> {
    let mut revisions = Vec::new();
    for tag in tags {
        let flags = flags::read(rke2, &tag.name)?;
        revisions.push(keys::Revision { release: tag.release, label: tag.name.clone(), flags });
    }
    if let Some(newest) = tags.last().map(|tag| tag.release.minor)
        && rke2.branch(&[&format!("release-1.{newest}")]).is_ok()
    {
        let release = Release::new(newest + 1, 0, 0);
        revisions.push(keys::Revision {
            release,
            label: release.to_string(),
            flags: flags::read(rke2, head)?,
        });
    }
    let known = |types: &[keys::Row]| -> BTreeMap<String, keys::Row> {
        types.iter().map(|row| (row.name.clone(), row.clone())).collect()
    };
    let rows = keys::rows(&revisions, &known(types));
    let new: Vec<&keys::Row> =
        rows.iter().filter(|row| row.kind == rke2_lint::catalog::KeyType::Unknown).collect();
    let (Some(k3s), false) = (k3s, new.is_empty()) else { return Ok(rows) };
    let module = rke2.text(head, "go.mod")?.unwrap_or_default();
    let version = go::pattern(r"k3s-io/k3s (\S+)").captures(&module).map(|found| found[1].to_owned());
    let commit = version.as_deref().and_then(|version| version.rsplit('-').next()).unwrap_or("HEAD");
    let flags = flags::of_k3s(k3s, if k3s.has(commit) { commit } else { "HEAD" })?;
    for row in new {
        if let Some(flag) = flags.get(&row.name) {
            types.push(keys::of_flag(&row.name, flag, KeySource::K3s));
        }
    }
    types.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(keys::rows(&revisions, &known(types)))
}

fn with_measured(
    tables: BTreeMap<String, ChartTable>,
    measured: &Files,
    unmeasured: &mut Vec<String>,
) -> Result<BTreeMap<String, ChartTable>, RefreshError> {
    let mut merged = BTreeMap::new();
    for (name, table) in tables {
        let file = format!("{name}.jsonl");
        let facts = measured
            .get(&file)
            .map(|text| ChartTable::from_neutral(text).map_err(|error| RefreshError::form(&file, &error)))
            .transpose()?;
        let known = facts.as_ref().map_or(&[][..], ChartTable::versions);
        let missing: Vec<&str> =
            table.versions().iter().filter(|version| !known.contains(version)).map(String::as_str).collect();
        if !missing.is_empty() {
            unmeasured.push(format!("{name} {}", missing.join(", ")));
        }
        let table = match facts {
            Some(facts) => table.with_measured(&facts),
            None => table,
        };
        merged.insert(name, table);
    }
    Ok(merged)
}
