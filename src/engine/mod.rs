//! From paths to a report: walk, read, parse, assemble, check, sort. The library's front door.
//! This layer must not print.

mod load;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use globset::GlobSet;
use rayon::prelude::*;

pub use load::Input;
pub use walk::shown;

use crate::catalog::Target;
use crate::cluster::{Cluster, Plan, assemble};
use crate::finding::{Finding, Group, Problem, Report, RuleId, Severity, Summary};
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::{self, Rule};
use crate::settings::Levels;
use crate::source::{SourceFile, Sources, Span};

/// The source of a release that nobody gave.
const NOT_GIVEN: &str = "not given";

/// What a run is to do.
#[derive(Debug)]
pub struct Options {
    /// The release to check against, with where it was taken from; `None`: any maintained one.
    pub release: Option<(Target, String)>,
    /// Paths to pass over.
    pub exclude: GlobSet,
    /// Levels of rules and categories.
    pub levels: Levels,
    /// Findings below this severity are not reported.
    pub min_severity: Severity,
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            release: None,
            exclude: GlobSet::empty(),
            levels: Levels::default(),
            min_severity: Severity::Info,
            rules: rule::built_in(),
        }
    }
}

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
    let mut walk = walk::walk(paths, &options.exclude);
    let overlays: BTreeMap<String, Vec<u8>> =
        overlays.into_iter().map(|overlay| (overlay.path, overlay.bytes)).collect();
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
    let mut report = run(inputs, walk.named.as_ref(), options);
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
    run(sources.into_par_iter(), named, options)
}

fn run(
    inputs: impl IndexedParallelIterator<Item = (String, Result<Input, Problem>)>,
    named: Option<&BTreeSet<String>>,
    options: &Options,
) -> Report {
    let mut report = Report::default();
    let loaded: Vec<(String, Result<RkeFile, Problem>)> = inputs
        .enumerate()
        .map(|(index, (shown, input))| {
            let id = Sources::id_at(index);
            let file = input.map(|input| load::parse(id, &shown, input));
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
    let plan = Plan {
        target: options.release.clone().unwrap_or_else(|| (Target::unknown(), NOT_GIVEN.to_owned())),
        clusters: Vec::new(),
        declared: vec![None; files.len()],
        manifest_roots: Vec::new(),
    };
    let clusters = assemble(&files, &plan);
    let rules: Vec<&Rule> = options.rules.iter().collect();
    let mut findings: Vec<Finding> =
        clusters.par_iter().flat_map(|cluster| rule::run(&rules, cluster)).collect();
    yield_to_others(&mut findings, &options.rules, &report.sources);
    apply_levels(&mut findings, options);
    if let Some(named) = named {
        let touches = |finding: &Finding| {
            let labels = finding.related.iter().chain([&finding.primary]);
            labels.into_iter().any(|label| named.contains(report.sources.get(label.span.file).path()))
        };
        findings.retain(touches);
    }
    report.findings = findings;
    report.sort();
    report.findings.dedup();
    report.rules = options.rules.iter().map(|rule| (rule.info.id.clone(), rule.info.clone())).collect();
    report.summary = summary(&files, &clusters, &plan);
    report.groups = clusters.iter().map(group).collect();
    report
}

/// Drops findings whose rule yields to another one that fired at the same place, or on the same line: one mistake,
/// one finding. A key and its value are one place.
fn yield_to_others(findings: &mut Vec<Finding>, rules: &[Rule], sources: &Sources) {
    let yields: BTreeMap<_, _> = rules
        .iter()
        .filter(|rule| !rule.yields_to.is_empty())
        .map(|rule| (&rule.info.id, &rule.yields_to))
        .collect();
    let places: Vec<_> =
        findings.iter().map(|finding| (finding.rule.clone(), finding.primary.span)).collect();
    let line = |span: Span| sources.get(span.file).position(span.start as usize).line;
    let same = |a: Span, b: Span| a.file == b.file && (a.contains(b) || b.contains(a) || line(a) == line(b));
    findings.retain(|finding| {
        let Some(others) = yields.get(&finding.rule) else { return true };
        let span = finding.primary.span;
        let beats = |rule: &RuleId| *rule != finding.rule && others.iter().any(|other| other.covers(rule));
        !places.iter().any(|(rule, place)| beats(rule) && same(*place, span))
    });
}

fn apply_levels(findings: &mut Vec<Finding>, options: &Options) {
    let rules: BTreeMap<_, _> = options.rules.iter().map(|rule| (&rule.info.id, rule)).collect();
    findings.retain_mut(|finding| {
        let level = rules.get(&finding.rule).and_then(|rule| options.levels.severity(rule, finding.severity));
        match level {
            Some(severity) if severity >= options.min_severity => {
                finding.severity = severity;
                true
            }
            _ => false,
        }
    });
}

fn summary(files: &[RkeFile], clusters: &[Cluster<'_>], plan: &Plan) -> Summary {
    let members: BTreeSet<_> = clusters.iter().flat_map(Cluster::files).map(|(file, _)| file.id).collect();
    let templated = files.iter().filter(|file| file.content == Content::Templated).count();
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
fn release_of_all(clusters: &[Cluster<'_>], plan: &Plan) -> String {
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

fn group(cluster: &Cluster<'_>) -> Group {
    Group {
        name: cluster.name.clone(),
        release: release_words(&cluster.target, &cluster.target_source),
        members: cluster
            .files()
            .into_iter()
            .map(|(file, role)| (file.path().to_owned(), role.to_owned()))
            .collect(),
    }
}
