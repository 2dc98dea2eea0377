//! Applies the edits of findings in rounds, and keeps an edit only if the result is what the finding promised: it is
//! gone, nothing new is found, and nothing else changed. This module must not print or touch the disk, but for
//! [`disk`].

mod diff;
pub mod disk;
mod ignores;
mod leaves;
mod patch;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use diff::unified;

use crate::finding::{Edit, Finding, Report, RuleId, Safety};
use patch::Patch;

/// Rounds of applied fixes after which fixing ends, however much is left.
const MOST_ROUNDS: usize = 10;

/// What to do with a tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// Apply safe fixes.
    pub fixes: bool,
    /// Also apply fixes that change what the cluster does.
    pub unsafe_fixes: bool,
    /// Write an ignore comment for each finding that is left.
    pub ignores: bool,
}

/// Whether a file may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// The user did not ask for it.
    OutOfScope,
    /// It may not, for this reason.
    Denied(String),
}

/// The world around a fix run: the engine, and the files.
pub trait World {
    /// Lints the tree with some texts replaced.
    fn lint(&self, texts: &BTreeMap<String, Arc<str>>) -> Report;

    /// Whether a file may be changed.
    fn access(&self, path: &str) -> Access;

    /// The other paths under which a file is linted.
    fn other_names(&self, path: &str) -> Vec<String>;
}

/// A file with its text before and after.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its path as shown to the user.
    pub path: String,
    /// The text that was linted first.
    pub before: Arc<str>,
    /// The text with all edits.
    pub after: Arc<str>,
}

/// A finding whose edits were not applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// The file.
    pub path: String,
    /// The line of the finding at that time, from 1.
    pub line: usize,
    /// The rule.
    pub rule: RuleId,
    /// Why.
    pub reason: String,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is left.
    pub report: Report,
    /// The files that changed, sorted by path.
    pub changes: Vec<Change>,
    /// How many findings were fixed, by file.
    pub fixed: BTreeMap<String, usize>,
    /// How many findings got an ignore comment, by file.
    pub ignored: BTreeMap<String, usize>,
    /// What was not applied.
    pub refused: Vec<Refused>,
    /// Files that may not be changed, each with the reason.
    pub denied: BTreeMap<String, String>,
}

/// Fixes a tree that was linted already.
pub fn run(request: Request, report: Report, world: &dyn World) -> Outcome {
    let mut session = Session {
        world,
        report,
        texts: BTreeMap::new(),
        before: BTreeMap::new(),
        rejected: BTreeSet::new(),
        outcome: Outcome::default(),
    };
    if request.fixes {
        session.outcome.fixed = session.rounds(|session| session.fixes(request.unsafe_fixes));
    }
    if request.ignores {
        session.outcome.ignored = session.rounds(Session::ignore_comments);
    }
    session.finish()
}

/// Edits that belong together, and the findings that they are to remove.
#[derive(Clone, Debug)]
struct Candidate {
    /// Indices into the findings of the current report.
    findings: Vec<usize>,
    /// Edits by file.
    edits: Vec<(String, Edit)>,
}

/// Names a finding in whatever round: rule, path, message, and the line that it is on.
type Key = (RuleId, String, String, String);

struct Session<'w> {
    world: &'w dyn World,
    /// The state that the next edits start from.
    report: Report,
    /// Texts that differ from the files, by path.
    texts: BTreeMap<String, Arc<str>>,
    /// The texts of these files at the start.
    before: BTreeMap<String, Arc<str>>,
    rejected: BTreeSet<Key>,
    outcome: Outcome,
}

impl Session<'_> {
    /// Applies candidates until there are none; returns how many findings they removed, by file.
    fn rounds(&mut self, candidates: impl Fn(&mut Self) -> Vec<Candidate>) -> BTreeMap<String, usize> {
        let (mut removed, mut rounds) = (BTreeMap::new(), 0);
        while rounds < MOST_ROUNDS {
            let group = disjoint(candidates(self));
            if group.is_empty() {
                break;
            }
            let adopted = self.settle(&group);
            // A round that only rejects candidates makes the next one smaller.
            rounds += usize::from(!adopted.is_empty());
            for path in adopted {
                *removed.entry(path).or_default() += 1;
            }
        }
        removed
    }

    /// Applies a group of candidates, or the first part of it that holds; rejects a single one that does not. Returns
    /// the files of the findings that were removed.
    fn settle(&mut self, group: &[Candidate]) -> Vec<String> {
        match self.attempt(group) {
            Ok(removed) => removed,
            Err(reason) => {
                let [only] = group else {
                    let (first, second) = group.split_at(group.len() / 2);
                    let adopted = self.settle(first);
                    // The edits of the second part count from the texts before the first.
                    return if adopted.is_empty() { self.settle(second) } else { adopted };
                };
                self.reject(only, &reason);
                Vec::new()
            }
        }
    }

    fn attempt(&mut self, group: &[Candidate]) -> Result<Vec<String>, String> {
        let mut patch = Patch::default();
        for candidate in group {
            patch.add(&candidate.edits);
        }
        let mut texts = self.texts.clone();
        let mut before = BTreeMap::new();
        for path in patch.paths() {
            let old = self.text(path).ok_or("the text of the file is not known")?;
            let new: Arc<str> = patch.apply(path, &old).into();
            verify::text(path, &old, &new, &patch)?;
            for name in self.world.other_names(path).into_iter().chain([path.to_owned()]) {
                texts.insert(name.clone(), Arc::clone(&new));
                before.insert(name, Arc::clone(&old));
            }
        }
        let report = self.world.lint(&texts);
        let removed: BTreeSet<usize> =
            group.iter().flat_map(|candidate| &candidate.findings).copied().collect();
        verify::report(&self.report, &report, &removed, &patch)?;
        let files = removed.iter().map(|&index| {
            let span = self.report.findings[index].primary.span;
            self.report.sources.get(span.file).path().to_owned()
        });
        let files = files.collect();
        self.report = report;
        self.texts = texts;
        for (name, old) in before {
            self.before.entry(name).or_insert(old);
        }
        Ok(files)
    }

    fn reject(&mut self, candidate: &Candidate, reason: &str) {
        for &index in &candidate.findings {
            let finding = &self.report.findings[index];
            let source = self.report.sources.get(finding.primary.span.file);
            self.outcome.refused.push(Refused {
                path: source.path().to_owned(),
                line: source.position(finding.primary.span.start as usize).line,
                rule: finding.rule.clone(),
                reason: reason.to_owned(),
            });
            self.rejected.insert(self.key(finding));
        }
    }

    /// The fixes of the current report that may be applied.
    fn fixes(&mut self, unsafe_fixes: bool) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (index, finding) in self.report.findings.iter().enumerate() {
            let Some(fix) = &finding.fix else { continue };
            let wanted = fix.safety == Safety::Safe || (fix.safety == Safety::Unsafe && unsafe_fixes);
            if !wanted || fix.edits.is_empty() || self.rejected.contains(&self.key(finding)) {
                continue;
            }
            let path = |edit: &Edit| self.report.sources.get(edit.span.file).path().to_owned();
            let edits: Vec<_> = fix.edits.iter().map(|edit| (path(edit), edit.clone())).collect();
            let fits = |(path, edit): &(String, Edit)| {
                self.text(path).is_some_and(|text| text.get(edit.span.range()).is_some())
            };
            if !edits.iter().all(fits) {
                continue;
            }
            if may_edit(self.world, edits.iter().map(|(path, _)| path.as_str()), &mut self.outcome.denied) {
                candidates.push(Candidate { findings: vec![index], edits });
            }
        }
        candidates
    }

    /// Ignore comments for the findings of the current report.
    fn ignore_comments(&mut self) -> Vec<Candidate> {
        let wanted: Vec<usize> = (0..self.report.findings.len())
            .filter(|&index| !self.rejected.contains(&self.key(&self.report.findings[index])))
            .collect();
        let ignores::Comments { candidates, impossible } = ignores::comments(&self.report, &wanted);
        for (index, reason) in impossible {
            self.reject(&Candidate { findings: vec![index], edits: Vec::new() }, reason);
        }
        let Self { world, outcome, .. } = self;
        let mut candidates = candidates;
        candidates.retain(|candidate| {
            may_edit(*world, candidate.edits.iter().map(|(path, _)| path.as_str()), &mut outcome.denied)
        });
        candidates
    }

    /// The current text of a file.
    fn text(&self, path: &str) -> Option<Arc<str>> {
        self.texts.get(path).cloned().or_else(|| {
            let (id, _) = self.report.sources.iter().find(|(_, source)| source.path() == path)?;
            Some(self.report.sources.get(id).shared_text())
        })
    }

    fn key(&self, finding: &Finding) -> Key {
        let span = finding.primary.span;
        let source = self.report.sources.get(span.file);
        let line = source.position(span.start as usize).line;
        let text = source.line_range(line).map_or("", |range| &source.text()[range]);
        (finding.rule.clone(), source.path().to_owned(), finding.message.clone(), text.trim().to_owned())
    }

    fn finish(mut self) -> Outcome {
        // What was refused is not offered again.
        for index in 0..self.report.findings.len() {
            if self.rejected.contains(&self.key(&self.report.findings[index]))
                && let Some(fix) = &mut self.report.findings[index].fix
            {
                fix.safety = Safety::Display;
            }
        }
        let before = &self.before;
        let changed = self.texts.iter().filter(|(path, after)| before[path.as_str()] != **after);
        self.outcome.changes = changed
            .map(|(path, after)| Change {
                path: path.clone(),
                before: Arc::clone(&before[path.as_str()]),
                after: Arc::clone(after),
            })
            .collect();
        self.outcome.report = self.report;
        self.outcome.refused.sort();
        self.outcome.refused.dedup();
        self.outcome
    }
}

/// Whether all of these files may be changed; notes those that are denied.
fn may_edit<'p>(
    world: &dyn World,
    paths: impl Iterator<Item = &'p str>,
    denied: &mut BTreeMap<String, String>,
) -> bool {
    let mut all = true;
    for path in paths {
        match world.access(path) {
            Access::Granted => {}
            Access::OutOfScope => all = false,
            Access::Denied(reason) => {
                all = false;
                denied.insert(path.to_owned(), reason);
            }
        }
    }
    all
}

/// The candidates whose edits do not overlap those of an earlier one. Equal edits of several findings are one.
fn disjoint(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let place = |candidate: &Candidate| {
        candidate.edits.iter().map(|(path, edit)| (path.clone(), edit.span.start, edit.span.end)).min()
    };
    candidates.sort_by_cached_key(place);
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut patch = Patch::default();
    for candidate in candidates {
        if let Some(last) = chosen.iter_mut().rev().find(|other| patch::same(&other.edits, &candidate.edits)) {
            last.findings.extend(candidate.findings);
        } else if !patch.conflicts(&candidate.edits) {
            patch.add(&candidate.edits);
            chosen.push(candidate);
        }
    }
    chosen
}
