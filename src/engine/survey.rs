//! The set of files: those found by a walk and those given as text. Must not read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::options::Options;
use super::settle::Scope;
use super::store::Entry;
use super::walk::{self, Asked, Candidate, Walk, shown};
use super::{is_below, traces};
use crate::finding::{Considered, Problem, Report};
use crate::source::{SourceFile, folder};

/// Where files come from.
#[derive(Debug)]
pub enum Origin {
    /// These files and folders, with the rest of their clusters.
    Paths(Vec<PathBuf>),
    /// The texts that are given, and nothing else.
    Texts {
        /// Symbolic links to nothing among them.
        dangling: BTreeSet<String>,
        /// What findings must touch; `None`: all.
        asked: Option<Asked>,
    },
}

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// What findings must touch; `None`: all.
    pub asked: Option<Asked>,
    /// Whether all that settings may speak of was looked at.
    is_whole: bool,
    /// The folders that the user named; `None`: there is no file system.
    folders: Option<Vec<String>>,
    paths: Vec<PathBuf>,
    walk: Walk,
}

impl Survey {
    /// Finds the files, sorted by the name shown. `given` holds the names of those whose text is given.
    pub fn of<'t>(
        origin: &Origin,
        given: impl Iterator<Item = &'t str>,
        options: &Options,
    ) -> (Self, Vec<Entry>) {
        match origin {
            Origin::Paths(paths) => Self::of_paths(paths, &given.collect(), options),
            Origin::Texts { dangling, asked } => {
                let survey = Self {
                    asked: asked.clone(),
                    is_whole: asked.is_none(),
                    folders: None,
                    paths: Vec::new(),
                    walk: Walk::default(),
                };
                (survey, texts(given.map(|name| (name, false)), dangling))
            }
        }
    }

    fn of_paths(paths: &[PathBuf], given: &BTreeSet<&str>, options: &Options) -> (Self, Vec<Entry>) {
        let is_given = |shown: &str| given.contains(shown);
        let mut walk = walk::walk(paths, &options.exclude, options.reach, is_given);
        let found: BTreeSet<&str> =
            walk.candidates.iter().map(|candidate| candidate.shown.as_str()).collect();
        let unmet: Vec<Candidate> =
            given.iter().filter(|name| !found.contains(*name)).map(|name| Candidate::at(name)).collect();
        if let Some(asked) = &mut walk.asked {
            asked.files.extend(given.iter().map(|&name| name.to_owned()));
        }
        walk.candidates.extend(unmet);
        walk.candidates.sort();
        let entries = std::mem::take(&mut walk.candidates).into_iter().map(|candidate| {
            let Candidate { shown, path, place, link, dangling, of_chart } = candidate;
            let dangling = dangling && !is_given(&shown);
            Entry { path: shown.into(), place, link, of_chart, dangling, file: path }
        });
        let entries = entries.collect();
        let folders = paths.iter().filter(|path| path.is_dir()).map(|path| shown(path)).collect();
        let survey = Self {
            asked: walk.asked.take(),
            is_whole: !options.names_paths() || options.base.lies_below(&walk.roots),
            folders: Some(folders),
            paths: paths.to_owned(),
            walk,
        };
        (survey, entries)
    }

    /// What of the tree the user asked for.
    pub fn scope(&self) -> Scope<'_> {
        Scope { asked: self.asked.as_ref(), folders: self.folders.as_deref(), is_whole: self.is_whole }
    }

    /// Adds what there is to say of the walk.
    pub fn tell(&self, report: &mut Report, options: &Options) {
        if self.folders.is_none() {
            return;
        }
        let Self { asked, walk, .. } = self;
        let settings = options.settings.as_deref().map(SourceFile::path);
        if let Some(asked) = asked {
            // Nobody asked for what lies around.
            let problems = std::mem::take(&mut report.problems).into_iter();
            let (own, context): (Vec<Problem>, Vec<Problem>) = problems
                .partition(|problem| asked.holds(&problem.path) || Some(problem.path.as_str()) == settings);
            report.problems = own;
            report.skipped.extend(context.into_iter().map(|problem| (problem.path, problem.message)));
        }
        report.problems.extend(walk.problems.iter().cloned());
        report.problems.sort();
        report.problems.dedup();
        if report.summary.linted == 0 && asked.as_ref().is_none_or(|asked| asked.files.is_empty()) {
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

    /// Says of files that speak of RKE2 why none was linted.
    fn add_traces(&self, report: &mut Report, options: &Options) {
        let passed: BTreeMap<&str, &str> =
            self.walk.skipped.iter().map(|(path, reason)| (path.as_str(), reason.as_str())).collect();
        report.traces = traces::traces(&self.paths, &options.exclude, |shown| {
            let listed = report.files.iter().find(|file| file.path == shown);
            let folder = || passed.iter().find(|(path, _)| is_below(shown, path)).map(|(_, reason)| *reason);
            listed.and_then(|file| file.skipped.clone()).or_else(|| folder().map(str::to_owned))
        });
        if !options.listing {
            // No file was named.
            report.files.clear();
        }
    }
}

/// Texts without a file system, as if they were files.
fn texts<'t>(given: impl Iterator<Item = (&'t str, bool)>, dangling: &'t BTreeSet<String>) -> Vec<Entry> {
    let mut names: Vec<(&str, bool)> =
        given.chain(dangling.iter().map(|name| (name.as_str(), true))).collect();
    names.sort_unstable();
    let charts: Vec<String> = names
        .iter()
        .filter_map(|(name, _)| name.strip_suffix("Chart.yaml"))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(|folder| format!("{folder}templates/"))
        .collect();
    let mut place: Arc<str> = Arc::default();
    let entry = |(shown, dangling): (&str, bool)| {
        if *place != *folder(shown) {
            place = folder(shown).into();
        }
        Entry {
            path: shown.into(),
            place: Arc::clone(&place),
            link: None,
            of_chart: charts.iter().any(|templates| shown.starts_with(templates)),
            dangling,
            file: Path::new(shown).to_owned(),
        }
    };
    names.into_iter().map(entry).collect()
}
