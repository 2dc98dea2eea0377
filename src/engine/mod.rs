//! From paths to a report: walk, read, parse, assemble, check, sort. The library's front door.
//! This layer must not print.

mod account;
mod check;
mod editable;
mod hosts;
mod ignores;
mod load;
mod neighbours;
mod options;
mod plan;
mod precedence;
mod previous;
mod progress;
mod settle;
mod site;
mod store;
mod traces;
mod units;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

pub use hosts::host_facts;
pub use load::Input;
pub use options::Options;
pub use previous::{Previous, PreviousFile, previous};
pub use progress::Progress;
pub use walk::{is_below as lies_in, shown};

use check::{Check, Outcome, join};
use precedence::yield_to_others;
use settle::{Scope, settle};
use site::Site;
use store::{Entry, Origin, Store};
use walk::Asked;

use crate::catalog::Target;
use crate::cluster::{Layout, Plan, Shared};
use crate::finding::{Considered, Group, Problem, Report, Summary};
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, RkeFile};
use crate::rule::Selection;
use crate::source::{FileId, SourceFile};
use crate::yaml::Stream;

/// The source of a release that nobody gave.
const NOT_GIVEN: &str = "not given";

/// How many files or findings make it worth while to share the work on one cluster among threads.
const LARGE: usize = 256;

/// A file of the tree whose text is given instead of read: what an editor has not saved yet.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The name shown.
    pub path: String,
    /// The text.
    pub bytes: Vec<u8>,
}

/// Lints files and folders. Problems of single files end up in the report; the rest is linted all the same.
pub fn lint(paths: &[PathBuf], overlays: Vec<Overlay>, options: &Options) -> Report {
    let is_excluded = |shown: &str| options.exclude.iter().any(|exclude| exclude.matches(shown));
    let overlays: BTreeMap<String, Vec<u8>> = overlays
        .into_iter()
        .filter(|overlay| !is_excluded(&overlay.path))
        .map(|overlay| (overlay.path, overlay.bytes))
        .collect();
    let mut walk = walk::walk(paths, &options.exclude, options.ignores, |shown| overlays.contains_key(shown));
    for shown in overlays.keys() {
        if let Some(asked) = &mut walk.asked {
            asked.files.insert(shown.clone());
        }
        if !walk.candidates.iter().any(|candidate| candidate.shown == *shown) {
            walk.candidates.push(walk::Candidate::at(shown));
        }
    }
    walk.candidates.sort();
    let inputs = walk.candidates.into_iter().map(|candidate| {
        let walk::Candidate { shown, path, place, link, dangling, of_chart } = candidate;
        let origin = match overlays.get(&shown) {
            Some(bytes) => Origin::Given(Input::Bytes(bytes.clone())),
            None if dangling => Origin::Given(Input::DanglingLink),
            None => Origin::Disk(path),
        };
        Entry { path: shown.into(), place, link, of_chart, origin }
    });
    let folders: Vec<String> = paths.iter().filter(|path| path.is_dir()).map(|path| shown(path)).collect();
    let is_whole = options.clusters.is_empty() || options.base.lies_below(&walk.roots);
    let scope = Scope { asked: walk.asked.as_ref(), folders: Some(&folders), is_whole };
    let site = std::env::current_dir().map(|working| Site::at(&working)).unwrap_or_default();
    let mut report = run(inputs.collect(), scope, options, &site);
    let settings = options.settings.as_deref().map(SourceFile::path);
    if let Some(asked) = &walk.asked {
        // Nobody asked for what lies around.
        let problems = std::mem::take(&mut report.problems).into_iter();
        let (own, context): (Vec<Problem>, Vec<Problem>) = problems
            .partition(|problem| asked.holds(&problem.path) || Some(problem.path.as_str()) == settings);
        report.problems = own;
        report.skipped.extend(context.into_iter().map(|problem| (problem.path, problem.message)));
    }
    report.problems.extend(walk.problems);
    report.problems.sort();
    report.problems.dedup();
    let is_named = |shown: &str| walk.asked.as_ref().is_some_and(|asked| asked.files.contains(shown));
    let names_files = walk.asked.as_ref().is_some_and(|asked| !asked.files.is_empty());
    if report.summary.linted == 0 && !names_files {
        let passed: BTreeMap<&str, &str> =
            walk.skipped.iter().map(|(path, reason)| (path.as_str(), reason.as_str())).collect();
        report.traces = traces::traces(paths, &options.exclude, |shown| {
            let listed = report.files.iter().find(|file| file.path == shown);
            let folder = || passed.iter().find(|(path, _)| is_below(shown, path)).map(|(_, reason)| *reason);
            listed.and_then(|file| file.skipped.clone()).or_else(|| folder().map(str::to_owned))
        });
        if !options.listing {
            report.files.retain(|file| is_named(&file.path));
        }
    }
    if options.listing {
        let of_walk = walk.skipped.iter().map(|(path, reason)| Considered {
            path: path.clone(),
            kind: "other".to_owned(),
            skipped: Some(reason.clone()),
            ..Considered::default()
        });
        let unread = report.files.iter().filter_map(|file| Some((file.path.clone(), file.skipped.clone()?)));
        report.skipped.extend(unread);
        report.files.extend(of_walk);
        report.files.sort();
    }
    report.skipped.extend(walk.skipped);
    report.skipped.sort();
    report.skipped.dedup();
    report.passed_over = walk.passed_over;
    report.summary.other += walk.other;
    report
}

/// Whether a path is another one, or lies below it.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Lints texts, without a file system. Names are relative paths with `/`; `named` limits what is reported to
/// findings that touch these files.
pub fn lint_sources(
    sources: BTreeMap<String, Input>,
    named: Option<&BTreeSet<String>>,
    options: &Options,
) -> Report {
    let asked = named.map(|files| Asked { files: files.clone(), ..Asked::default() });
    let mut place: Arc<str> = Arc::default();
    let charts: Vec<String> = sources
        .keys()
        .filter_map(|name| name.strip_suffix("Chart.yaml"))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(|folder| format!("{folder}templates/"))
        .collect();
    let entries = sources.into_iter().map(|(shown, input)| {
        let folder = crate::source::folder(&shown);
        if *place != *folder {
            place = folder.into();
        }
        let origin = Origin::Given(input);
        let of_chart = charts.iter().any(|templates| shown.starts_with(templates));
        Entry { path: shown.into(), place: Arc::clone(&place), link: None, of_chart, origin }
    });
    let scope = Scope { asked: asked.as_ref(), folders: None, is_whole: named.is_none() };
    run(entries.collect(), scope, options, &Site::default())
}

fn run(inputs: Vec<Entry>, scope: Scope<'_>, options: &Options, site: &Site) -> Report {
    let mut report = Report::default();
    if let Some(progress) = &options.progress {
        progress.reading().expect(inputs.len());
    }
    let mut store = Store::open(inputs, options, &mut report.sources);
    report.problems.append(&mut store.problems);
    let settings = options.settings.as_ref().map(|source| {
        let id = report.sources.add(Arc::clone(source));
        RkeFile::read(id, Arc::clone(source))
    });
    let hosts: Vec<Stream> = options
        .hosts
        .iter()
        .map(|source| {
            let id = report.sources.add(Arc::clone(source));
            Stream::parse(id, &source.shared_text())
        })
        .collect();
    let mut old_files = options
        .previous
        .as_ref()
        .map(|previous| previous.parse(&mut report.sources, options))
        .unwrap_or_default();
    previous::leave_out_emptied(&mut old_files, &store.listed);
    let before = previous::clusters(&old_files, settings.as_ref(), options, site);
    let plan = plan::plan(&store.listed, settings.as_ref(), &hosts, options, site);
    let unmatched =
        if scope.is_whole { plan::unmatched(&store.listed, settings.as_ref(), options) } else { Vec::new() };
    let check = Check {
        layout: Layout::new(&store.listed, &plan),
        shared: Shared::of(&store.awake, &store.listed, &store.units.pins),
        rules: &options.rules,
        selection: Selection::new(&options.rules, plan.upgrade.as_ref().unwrap_or(&plan.target.0)),
        store: &store,
        plan: &plan,
        before: &before,
        sources: &report.sources,
    };
    if let Some(progress) = &options.progress {
        progress.checking().expect(check.layout.clusters().len());
    }
    let outcomes: Vec<Outcome> = check
        .layout
        .clusters()
        .par_iter()
        .map(|members| {
            let outcome = check.cluster(members);
            if let Some(progress) = &options.progress {
                progress.checking().advance();
            }
            outcome
        })
        .collect();
    let layout = check.layout;
    let linted = store.units.hosts_of(join(outcomes, &mut report));
    store.units.place(&mut report);
    store.units.remark(&options.rules, &mut report);
    report.problems.extend(unmatched);
    if let Some(asked) = scope.asked {
        report.groups.retain(|group| group.members.iter().any(|member| asked.holds(&member.path)));
    }
    yield_to_others(&mut report.findings, options, &report.sources);
    report.summary = summary(&store.listed, &linted, &report.groups, &plan, scope);
    report.skipped.extend(store.units.unread());
    let all = options.listing || report.summary.linted == 0;
    report.files =
        account::account(&store.listed, &layout, &linted, &report.groups, |path| all || scope.names(path));
    for file in &mut report.files {
        file.named = scope.names(&file.path);
    }
    let is_host = |id| store.units.is_host(id);
    settle(&mut report, store.awake.iter().chain(&settings), is_host, scope, options);
    report.rules = options.rules.iter().map(|rule| (rule.info.id.clone(), rule.info.clone())).collect();
    report
}

/// Numbers of what the user asked for: what is read as context of named files does not count.
fn summary(
    files: &[Listed],
    linted: &BTreeSet<FileId>,
    groups: &[Group],
    plan: &Plan<'_>,
    scope: Scope<'_>,
) -> Summary {
    // A template may lie where RKE2 reads: then it belongs to a cluster all the same.
    let asked = files.iter().filter(|file| file.island.is_none());
    let asked = asked.filter(|file| scope.asked.is_none_or(|asked| asked.holds(&file.path)));
    let (mut own, mut templated, mut other) = (0, 0, 0);
    for file in asked {
        let counter = match file.content {
            _ if linted.contains(&file.id) => &mut own,
            Content::Templated => &mut templated,
            _ => &mut other,
        };
        *counter += 1;
    }
    Summary {
        linted: own,
        templated,
        other,
        clusters: groups.len(),
        suppressed: 0,
        release: release_of_all(groups, plan),
        fixed: None,
    }
}

/// The release of the run: that of its clusters, when they agree.
fn release_of_all(groups: &[Group], plan: &Plan<'_>) -> String {
    let words: BTreeSet<&str> = groups.iter().map(|group| group.release.as_str()).collect();
    match words.len() {
        0 => release_words(&plan.target.0, &plan.target.1),
        1 => words.into_iter().collect(),
        count => format!("differs between clusters: -v names them, {count} in all"),
    }
}

fn release_words(target: &Target, source: &str) -> String {
    match target.resolved() {
        Some(_) => format!("{target} from {source}"),
        None if source == NOT_GIVEN => format!("not known: checked against {target}"),
        None => format!("{target}, from {source}"),
    }
}
