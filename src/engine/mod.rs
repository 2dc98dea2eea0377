//! From paths to a report: walk, read, parse, assemble, check, sort. The library's front door.
//! This layer must not print.

mod load;
mod options;
mod plan;
mod progress;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

pub use load::Input;
pub use options::Options;
pub use progress::Progress;
pub use walk::shown;

use crate::catalog::Target;
use crate::cluster::{Cluster, Plan, assemble};
use crate::finding::{Finding, Group, Problem, Report, Summary};
use crate::fingerprint::{Record, fingerprints_named};
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::{self, Rule};
use crate::source::{SourceFile, Sources};
use crate::suppress::Ignores;

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

/// What of the tree the user asked for.
#[derive(Clone, Copy)]
struct Scope<'s> {
    /// The files that findings must touch; `None`: all.
    named: Option<&'s BTreeSet<String>>,
    /// The folders that were walked; `None`: all there are.
    folders: Option<&'s [String]>,
}

impl Scope<'_> {
    /// Whether all that is to be found in a file was looked for.
    fn covers(self, shown: &str) -> bool {
        let below = |folder: &String| {
            folder == "." && !shown.starts_with(['/', '.'])
                || shown.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        match self.named {
            Some(named) => named.contains(shown),
            None => self.folders.is_none_or(|folders| folders.iter().any(below)),
        }
    }
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
    let plan = plan::plan(&files, settings.as_ref(), options);
    let clusters = assemble(&files, &plan);
    let rules: Vec<&Rule> = options.rules.iter().collect();
    if let Some(progress) = &options.progress {
        progress.checking().expect(clusters.len());
    }
    let mut findings: Vec<Finding> = clusters
        .par_iter()
        .flat_map(|cluster| {
            let findings = rule::run(&rules, cluster);
            if let Some(progress) = &options.progress {
                progress.checking().advance();
            }
            findings
        })
        .collect();
    yield_to_others(&mut findings, &options.rules);
    report.findings = findings;
    report.summary = summary(&files, &clusters, &plan);
    settle(&mut report, files.iter().chain(&settings), scope, options);
    report.rules = options.rules.iter().map(|rule| (rule.info.id.clone(), rule.info.clone())).collect();
    report.groups = clusters.iter().map(|cluster| group(cluster, &report.sources)).collect();
    report
}

/// Decides which findings are reported, and how bad they are. Comments and baseline are held against all that
/// was found, so that what is not asked for this time does not look as if it were gone.
fn settle<'a>(
    report: &mut Report,
    files: impl Iterator<Item = &'a RkeFile>,
    scope: Scope<'_>,
    options: &Options,
) {
    let mut ignores = Ignores::of(files, &options.rules);
    report.sort();
    report.findings.dedup();
    let mut quiet: BTreeSet<(crate::source::Span, String, String)> = BTreeSet::new();
    let key =
        |finding: &Finding| (finding.primary.span, finding.rule.as_str().to_owned(), finding.message.clone());
    for finding in &report.findings {
        if ignores.hit(finding, &report.sources) {
            quiet.insert(key(finding));
        }
    }
    for (finding, hit) in ignores.findings(&report.sources) {
        if hit {
            quiet.insert(key(&finding));
        }
        report.findings.push(finding);
    }
    report.sort();
    let baseline = options.baseline.as_ref();
    let fingerprints: Vec<String> = if baseline.is_some() || options.record {
        fingerprints_named(&report.findings, &report.sources, |path| options.base.name(path))
            .iter()
            .map(ToString::to_string)
            .collect()
    } else {
        Vec::new()
    };
    let rules: BTreeMap<_, _> = options.rules.iter().map(|rule| (&rule.info.id, rule)).collect();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for (index, mut finding) in std::mem::take(&mut report.findings).into_iter().enumerate() {
        let fingerprint = fingerprints.get(index).map(String::as_str);
        let is_quiet = quiet.contains(&key(&finding));
        let known = fingerprint.is_some_and(|name| baseline.is_some_and(|baseline| baseline.holds(name)));
        if let Some(fingerprint) = fingerprint.filter(|_| !is_quiet) {
            found.insert(fingerprint);
        }
        let path = report.sources.get(finding.primary.span.file).path();
        let level =
            rules.get(&finding.rule).and_then(|rule| options.levels.severity(rule, finding.severity, path));
        let Some(severity) = level.filter(|severity| *severity >= options.min_severity) else { continue };
        finding.severity = severity;
        if scope.named.is_some_and(|named| !touches(&finding, named, &report.sources)) {
            continue;
        }
        if let Some(fingerprint) = fingerprint.filter(|_| options.record && !is_quiet) {
            report.recorded.push(Record {
                rule: finding.rule.as_str().to_owned(),
                path: options.base.name(path).into_owned(),
                fingerprint: fingerprint.to_owned(),
                message: finding.message.clone(),
            });
        }
        if is_quiet || known {
            report.summary.suppressed += 1;
        } else {
            report.findings.push(finding);
        }
    }
    let gone = baseline.into_iter().flat_map(crate::suppress::baseline::Baseline::records).filter(|record| {
        !found.contains(record.fingerprint.as_str()) && scope.covers(&options.base.shown(&record.path))
    });
    report.gone = gone.cloned().collect();
    report.gone.sort_by(|a, b| (&a.path, &a.rule, &a.message).cmp(&(&b.path, &b.rule, &b.message)));
}

fn touches(finding: &Finding, named: &BTreeSet<String>, sources: &Sources) -> bool {
    let mut labels = finding.related.iter().chain([&finding.primary]);
    labels.any(|label| named.contains(sources.get(label.span.file).path()))
}

/// Drops findings whose rule yields to another one that fired at the same place: one mistake, one finding.
fn yield_to_others(findings: &mut Vec<Finding>, rules: &[Rule]) {
    let yields: BTreeMap<_, _> = rules
        .iter()
        .filter(|rule| !rule.yields_to.is_empty())
        .map(|rule| (&rule.info.id, &rule.yields_to))
        .collect();
    let places: Vec<_> =
        findings.iter().map(|finding| (finding.rule.clone(), finding.primary.span)).collect();
    findings.retain(|finding| {
        let Some(others) = yields.get(&finding.rule) else { return true };
        let span = finding.primary.span;
        !places
            .iter()
            .any(|(rule, place)| others.contains(rule) && (place.contains(span) || span.contains(*place)))
    });
}

fn summary(files: &[RkeFile], clusters: &[Cluster<'_>], plan: &Plan<'_>) -> Summary {
    let members: BTreeSet<_> = clusters.iter().flat_map(Cluster::files).map(|(file, _)| file.id).collect();
    let templated = files.iter().filter(|file| file.content == Content::Templated).count();
    let (target, source) = &plan.target;
    Summary {
        linted: members.len(),
        templated,
        other: files.len() - members.len() - templated,
        clusters: clusters.len(),
        suppressed: 0,
        release: release_words(target, source),
    }
}

fn release_words(target: &Target, source: &str) -> String {
    match target.resolved() {
        Some(_) => format!("{target} from {source}"),
        None => format!("not known: checked against {target}"),
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
