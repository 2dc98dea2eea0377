//! The files found by walking folders, and a report on the walk. Must not read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Survey;
use crate::engine::asked::Asked;
use crate::engine::names::shown;
use crate::engine::options::Options;
use crate::engine::store::Entry;
use crate::engine::walk::{self, Candidate, Walk};
use crate::engine::{is_below, traces};
use crate::finding::{Considered, Problem, Report};
use crate::source::SourceFile;

/// A walk, and the paths where it started.
#[derive(Debug)]
pub struct Walked {
    paths: Vec<PathBuf>,
    walk: Walk,
}

/// Finds the files of paths, with the rest of their clusters.
pub fn survey(paths: &[PathBuf], given: &BTreeSet<&str>, options: &Options) -> (Survey, Vec<Entry>) {
    let is_given = |shown: &str| given.contains(shown);
    let mut walk = walk::walk(paths, &options.exclude, options.reach, is_given);
    if !given.is_empty() {
        let found: BTreeSet<&str> =
            walk.candidates.iter().map(|candidate| candidate.shown.as_str()).collect();
        let unmet: Vec<Candidate> =
            given.iter().filter(|name| !found.contains(*name)).map(|name| Candidate::at(name)).collect();
        walk.candidates.extend(unmet);
        walk.candidates.sort();
    }
    if let Some(asked) = &mut walk.asked {
        asked.files.extend(given.iter().map(|&name| name.to_owned()));
    }
    let entries = std::mem::take(&mut walk.candidates).into_iter().map(|candidate| {
        let Candidate { shown, path, place, link, dangling, on_node, of_chart } = candidate;
        let is_lost = !is_given(&shown);
        let (dangling, on_node) = (dangling && is_lost, on_node && is_lost);
        Entry { path: shown.into(), place, link, of_chart, dangling, on_node, file: path }
    });
    let entries = entries.collect();
    let folders = paths.iter().filter(|path| path.is_dir()).map(|path| shown(path)).collect();
    let survey = Survey {
        asked: walk.asked.take(),
        is_whole: !options.names_paths() || options.base.lies_below(&walk.roots),
        folders: Some(folders),
        walked: Some(Walked { paths: paths.to_owned(), walk }),
    };
    (survey, entries)
}

impl Walked {
    /// Adds the results of the walk to a report.
    pub fn tell(&self, asked: Option<&Asked>, report: &mut Report, options: &Options) {
        let walk = &self.walk;
        let settings = options.settings.as_deref().map(SourceFile::path);
        if let Some(asked) = asked {
            // Only problems with requested files are reported, not those with the files around them.
            let problems = std::mem::take(&mut report.problems).into_iter();
            let (own, context): (Vec<Problem>, Vec<Problem>) = problems
                .partition(|problem| asked.holds(&problem.path) || Some(problem.path.as_str()) == settings);
            report.problems = own;
            report.skipped.extend(context.into_iter().map(|problem| (problem.path, problem.message)));
        }
        report.problems.extend(walk.problems.iter().cloned());
        report.problems.sort();
        report.problems.dedup();
        if report.summary.linted == 0 && asked.is_none_or(|asked| asked.files.is_empty()) {
            self.add_traces(report, options);
        }
        if options.listing {
            let of_walk = walk.skipped.iter().map(|(path, reason)| Considered {
                path: path.clone(),
                kind: "other".to_owned(),
                skipped: Some(reason.clone()),
                ..Considered::default()
            });
            let unread =
                report.files.iter().filter_map(|file| Some((file.path.clone(), file.skipped.clone()?)));
            report.skipped.extend(unread);
            report.files.extend(of_walk);
            report.files.sort();
        }
        report.skipped.extend(walk.skipped.iter().cloned());
        report.skipped.sort();
        report.skipped.dedup();
        report.passed_over.clone_from(&walk.passed_over);
        report.summary.other += walk.other;
    }

    /// Reports why none of the files that mention RKE2 was linted.
    fn add_traces(&self, report: &mut Report, options: &Options) {
        let passed: BTreeMap<&str, &str> =
            self.walk.skipped.iter().map(|(path, reason)| (path.as_str(), reason.as_str())).collect();
        report.traces = traces::traces(&self.paths, &options.exclude, |shown| {
            let listed = report.files.iter().find(|file| file.path == shown);
            let folder = || passed.iter().find(|(path, _)| is_below(shown, path)).map(|(_, reason)| *reason);
            listed.and_then(|file| file.skipped.clone()).or_else(|| folder().map(str::to_owned))
        });
        if !options.listing {
            // These were added for the traces only: no file was named.
            report.files.clear();
        }
    }
}
