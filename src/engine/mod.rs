//! From paths to a report: walk, read, parse, assemble, check, sort. The library's front door.
//! This layer must not print.

mod hosts;
mod load;
mod options;
mod plan;
mod precedence;
mod previous;
mod progress;
mod settle;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

pub use hosts::host_facts;
pub use load::Input;
pub use options::Options;
pub use previous::{Previous, PreviousFile, previous};
pub use progress::Progress;
pub use walk::shown;

use precedence::yield_to_others;
use settle::{Scope, settle};

use crate::catalog::Target;
use crate::cluster::{Cluster, Plan, assemble};
use crate::finding::{Finding, Group, Problem, Report, Summary};
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::{self, Rule};
use crate::source::{SourceFile, Sources};
use crate::yaml::Stream;

/// The source of a release that nobody gave.
const NOT_GIVEN: &str = "not given";

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
    let mut walk = walk::walk(paths, &options.exclude, |shown| overlays.contains_key(shown));
    for shown in overlays.keys() {
        if let Some(named) = &mut walk.named {
            named.insert(shown.clone());
        }
        if !walk.candidates.iter().any(|candidate| candidate.shown == *shown) {
            let candidate =
                walk::Candidate { shown: shown.clone(), path: PathBuf::from(shown), dangling: false };
            walk.candidates.push(candidate);
        }
    }
    walk.candidates.sort();
    let inputs = walk.candidates.into_par_iter().map(|candidate| {
        let input = match overlays.get(&candidate.shown) {
            Some(bytes) => Ok(Input::Bytes(bytes.clone())),
            None => load::read(&candidate),
        };
        (candidate.shown, input)
    });
    let folders: Vec<String> = paths.iter().filter(|path| path.is_dir()).map(|path| shown(path)).collect();
    let scope = Scope { named: walk.named.as_ref(), folders: Some(&folders) };
    let mut report = run(inputs, scope, options);
    if let Some(named) = &walk.named {
        // Nobody asked for what lies around the named files.
        let (asked, context) = std::mem::take(&mut report.problems)
            .into_iter()
            .partition(|problem| named.contains(&problem.path));
        report.problems = asked;
        let context: Vec<Problem> = context;
        report.skipped.extend(context.into_iter().map(|problem| (problem.path, problem.message)));
    }
    report.problems.extend(walk.problems);
    report.problems.sort();
    report.problems.dedup();
    report.skipped.extend(walk.skipped);
    report.skipped.sort();
    report.summary.other += walk.other;
    report
}

/// Lints texts, without a file system. Names are relative paths with `/`; `named` limits what is reported to
/// findings that touch these files.
pub fn lint_sources(
    sources: BTreeMap<String, Input>,
    named: Option<&BTreeSet<String>>,
    options: &Options,
) -> Report {
    let sources: Vec<_> = sources.into_iter().map(|(shown, input)| (shown, Ok(input))).collect();
    run(sources.into_par_iter(), Scope { named, folders: None }, options)
}

fn run(
    inputs: impl IndexedParallelIterator<Item = (String, Result<Input, Problem>)>,
    scope: Scope<'_>,
    options: &Options,
) -> Report {
    let mut report = Report::default();
    if let Some(progress) = &options.progress {
        progress.reading().expect(inputs.len());
    }
    let loaded: Vec<(String, Result<RkeFile, Problem>)> = inputs
        .enumerate()
        .map(|(index, (shown, input))| {
            let id = Sources::id_at(index);
            let file =
                input.map(|input| load::parse(id, &shown, input, &options.manifest_roots([shown.as_str()])));
            if let Some(progress) = &options.progress {
                progress.reading().advance();
            }
            (shown, file)
        })
        .collect();
    let mut files = Vec::with_capacity(loaded.len());
    for (shown, file) in loaded {
        match file {
            Ok(file) => {
                report.sources.add(std::sync::Arc::clone(&file.source));
                files.push(file);
            }
            Err(problem) => {
                // Its number stays taken, so that the others keep theirs.
                report.sources.add(std::sync::Arc::new(SourceFile::new(shown, "")));
                report.problems.push(problem);
            }
        }
    }
    let settings = options.settings.as_ref().map(|source| {
        let id = report.sources.add(std::sync::Arc::clone(source));
        RkeFile::read(id, std::sync::Arc::clone(source))
    });
    let hosts: Vec<Stream> = options
        .hosts
        .iter()
        .map(|source| {
            let id = report.sources.add(std::sync::Arc::clone(source));
            Stream::parse(id, &source.shared_text())
        })
        .collect();
    let plan = plan::plan(&files, settings.as_ref(), &hosts, options);
    let clusters = assemble(&files, &plan);
    let old_files = options
        .previous
        .as_ref()
        .map(|previous| previous.parse(&mut report.sources, options))
        .unwrap_or_default();
    let old_clusters = assemble(&old_files, &plan::plan(&old_files, settings.as_ref(), &[], options));
    let rules: Vec<&Rule> = options.rules.iter().collect();
    if let Some(progress) = &options.progress {
        progress.checking().expect(clusters.len());
    }
    let mut findings: Vec<Finding> = clusters
        .par_iter()
        .flat_map(|cluster| {
            let findings = rule::run(&rules, cluster, previous::counterpart(cluster, &old_clusters));
            if let Some(progress) = &options.progress {
                progress.checking().advance();
            }
            findings
        })
        .collect();
    yield_to_others(&mut findings, options, &report.sources);
    report.findings = findings;
    report.summary = summary(&files, &clusters, &plan);
    settle(&mut report, files.iter().chain(&settings), scope, options);
    report.rules = options.rules.iter().map(|rule| (rule.info.id.clone(), rule.info.clone())).collect();
    report.groups = clusters.iter().map(|cluster| group(cluster, &report.sources)).collect();
    report
}

fn summary(files: &[RkeFile], clusters: &[Cluster<'_>], plan: &Plan<'_>) -> Summary {
    let members: BTreeSet<_> = clusters.iter().flat_map(Cluster::files).map(|(file, _)| file.id).collect();
    // A template may lie where RKE2 reads: then it belongs to a cluster all the same.
    let is_templated = |file: &&RkeFile| file.content == Content::Templated && !members.contains(&file.id);
    let templated = files.iter().filter(is_templated).count();
    Summary {
        linted: members.len(),
        templated,
        other: files.len() - members.len() - templated,
        clusters: clusters.len(),
        suppressed: 0,
        release: release_of_all(clusters, plan),
    }
}

/// The release of the run: that of its clusters, when they agree.
fn release_of_all(clusters: &[Cluster<'_>], plan: &Plan<'_>) -> String {
    let words: BTreeSet<String> =
        clusters.iter().map(|cluster| release_words(&cluster.target, &cluster.target_source)).collect();
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

fn group(cluster: &Cluster<'_>, sources: &Sources) -> Group {
    let mut members: Vec<(String, String)> =
        cluster.files().into_iter().map(|(file, role)| (file.path().to_owned(), role.to_owned())).collect();
    if let Some(facts) = cluster.nodes.iter().find_map(|node| node.facts) {
        let path = sources.get(facts.span().file).path();
        members.push((path.to_owned(), "facts of the settings".to_owned()));
    }
    Group {
        name: cluster.name.clone(),
        release: release_words(&cluster.target, &cluster.target_source),
        members,
    }
}
