//! Applies the edits of findings in rounds. An edit is kept only if its finding is gone, no new finding appears, and
//! nothing else has changed. Must not print or access the disk, except in [`disk`].

mod diff;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "applies fixes to files")]
pub mod disk;
mod ignores;
mod leaves;
mod patch;
mod refusal;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use diff::unified;
pub use refusal::{Refusal, WriteError};

use crate::finding::{Edit, Finding, Report, RuleId, Safety};
use patch::{Moves, Patch};
use verify::Unexpected;

/// The maximum number of rounds that apply fixes, even if fixable findings remain.
const MOST_ROUNDS: usize = 10;

/// The maximum number of follow-up fixes for findings that a fix reveals.
const MOST_FOLLOW_UPS: usize = 3;

/// What to do with a tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// Apply safe fixes.
    pub fixes: bool,
    /// Also apply fixes that change what the cluster does.
    pub unsafe_fixes: bool,
    /// Write an ignore comment for each remaining finding.
    pub ignores: bool,
}

/// Whether a file may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The file may be changed.
    Granted,
    /// The user did not name the file.
    OutOfScope,
    /// The file must not be changed, for this reason.
    Denied(String),
}

/// What a fix run needs from its environment: linting, and access to files.
pub trait World {
    /// Lints the tree with the texts of some files replaced, by path.
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
    /// The original text.
    pub before: Arc<str>,
    /// The text after all edits.
    pub after: Arc<str>,
}

/// A finding whose edits were not applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// The file.
    pub path: String,
    /// The line of the finding when its fix was tried, from 1.
    pub line: usize,
    /// The rule.
    pub rule: RuleId,
    /// The reason.
    pub reason: Refusal,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The report after all edits.
    pub report: Report,
    /// The files that changed, sorted by path.
    pub changes: Vec<Change>,
    /// How many findings were fixed, by file.
    pub fixed: BTreeMap<String, usize>,
    /// How many findings got an ignore comment, by file.
    pub ignored: BTreeMap<String, usize>,
    /// The fixes that were not applied.
    pub refused: Vec<Refused>,
    /// Files that must not be changed, each with the reason.
    pub denied: BTreeMap<String, String>,
}

/// Fixes a tree that has been linted.
pub fn run(request: Request, report: Report, world: &dyn World) -> Outcome {
    let mut session = Session {
        world,
        state: State { report, texts: BTreeMap::new(), before: BTreeMap::new() },
        unsafe_fixes: request.unsafe_fixes,
        rejected: BTreeSet::new(),
        outcome: Outcome::default(),
    };
    if request.fixes {
        session.outcome.fixed = session.rounds(Session::fixes);
    }
    if request.ignores {
        session.outcome.ignored = session.rounds(Session::ignore_comments);
    }
    session.finish()
}

/// The edit that adds an ignore comment for a finding of a report; `None` if no comment can suppress it.
pub fn ignore_comment(report: &Report, finding: usize) -> Option<Edit> {
    let ignores::Comments { candidates, .. } = ignores::comments(report, &[finding]);
    Some(candidates.into_iter().next()?.edits.into_iter().next()?.1)
}

/// Edits that belong together, and the findings that they should remove.
#[derive(Clone, Debug)]
struct Candidate {
    /// Indices into the findings of the current report.
    findings: Vec<usize>,
    /// Edits by file.
    edits: Vec<(String, Edit)>,
}

/// Identifies a finding across rounds: rule, path, message, and the text of its line.
type Key = (RuleId, String, String, String);

/// A version of the texts and its report.
struct State {
    report: Report,
    /// Texts that differ from the files, by path.
    texts: BTreeMap<String, Arc<str>>,
    /// The original texts of these files.
    before: BTreeMap<String, Arc<str>>,
}

impl State {
    /// The text of a file.
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
}

struct Session<'w> {
    world: &'w dyn World,
    /// The state on which the next edits are based.
    state: State,
    rejected: BTreeSet<Key>,
    outcome: Outcome,
    /// Whether unsafe fixes may be applied.
    unsafe_fixes: bool,
}

impl Session<'_> {
    /// Applies candidates until none are left; returns the number of removed findings by file.
    fn rounds(&mut self, candidates: impl Fn(&mut Self) -> Vec<Candidate>) -> BTreeMap<String, usize> {
        let (mut removed, mut rounds) = (BTreeMap::new(), 0);
        while rounds < MOST_ROUNDS {
            let group = disjoint(candidates(self));
            if group.is_empty() {
                break;
            }
            let adopted = self.settle(&group);
            // Rounds that only reject candidates do not count, because each leaves fewer for the next.
            rounds += usize::from(!adopted.is_empty());
            for path in adopted {
                *removed.entry(path).or_default() += 1;
            }
        }
        removed
    }

    /// Applies a group of candidates. If it fails, tries the first half, and the second half if no edit of the first is
    /// kept; a single candidate that fails is rejected. Returns the files of the removed findings.
    fn settle(&mut self, group: &[Candidate]) -> Vec<String> {
        match self.attempt(group) {
            Ok(removed) => removed,
            Err(reason) => {
                let [only] = group else {
                    let (first, second) = group.split_at(group.len() / 2);
                    let adopted = self.settle(first);
                    // The edits of the second half refer to the texts before the first was applied.
                    return if adopted.is_empty() { self.settle(second) } else { adopted };
                };
                self.reject(only, &reason);
                Vec::new()
            }
        }
    }

    fn attempt(&mut self, group: &[Candidate]) -> Result<Vec<String>, Refusal> {
        let removed: BTreeSet<usize> =
            group.iter().flat_map(|candidate| &candidate.findings).copied().collect();
        let mut moves = Moves::default();
        let mut next = self.step(&self.state, group, &mut moves)?;
        let mut follow_ups = 0;
        while let Err(unexpected) = verify::report(&self.state.report, &next.report, &removed, &moves) {
            let new = match unexpected {
                Unexpected::Broken(refusal) => return Err(refusal),
                Unexpected::New(new) => new,
            };
            // Findings that a fix reveals may be fixable themselves.
            let fixes: Vec<Candidate> =
                new.iter().filter_map(|&index| self.candidate(&next, index)).collect();
            if group.len() > 1 || fixes.len() < new.len() || follow_ups == MOST_FOLLOW_UPS {
                let finding = &next.report.findings[new[0]];
                let (rule, message) = (finding.rule.clone(), finding.message.clone());
                return Err(Refusal::NewFinding { rule, message });
            }
            follow_ups += 1;
            next = self.step(&next, &disjoint(fixes), &mut moves)?;
        }
        let report = &self.state.report;
        let path =
            |&index: &usize| report.sources.get(report.findings[index].primary.span.file).path().to_owned();
        let files = removed.iter().map(path).collect();
        self.state = next;
        Ok(files)
    }

    /// Applies edits and lints the result.
    fn step(&self, state: &State, group: &[Candidate], moves: &mut Moves) -> Result<State, Refusal> {
        let mut patch = Patch::default();
        for candidate in group {
            patch.add(&candidate.edits);
        }
        let (mut texts, mut before) = (state.texts.clone(), state.before.clone());
        let mut ranges = BTreeMap::new();
        for path in patch.paths() {
            let old = state.text(path).ok_or(Refusal::UnknownText)?;
            let new: Arc<str> = patch.apply(path, &old).into();
            verify::text(path, &old, &new, &patch)?;
            for name in self.world.other_names(path).into_iter().chain([path.to_owned()]) {
                texts.insert(name.clone(), Arc::clone(&new));
                before.entry(name).or_insert_with(|| Arc::clone(&old));
            }
            ranges.insert(path.to_owned(), patch.ranges(path, &old));
        }
        moves.add(ranges);
        Ok(State { report: self.world.lint(&texts), texts, before })
    }

    fn reject(&mut self, candidate: &Candidate, reason: &Refusal) {
        for &index in &candidate.findings {
            let finding = &self.state.report.findings[index];
            let source = self.state.report.sources.get(finding.primary.span.file);
            self.outcome.refused.push(Refused {
                path: source.path().to_owned(),
                line: source.position(finding.primary.span.start as usize).line,
                rule: finding.rule.clone(),
                reason: reason.clone(),
            });
            self.rejected.insert(self.state.key(finding));
        }
    }

    /// The fixes of the current report that may be applied.
    fn fixes(&mut self) -> Vec<Candidate> {
        let all = 0..self.state.report.findings.len();
        let mut candidates: Vec<Candidate> = all
            .filter(|&index| !self.rejected.contains(&self.state.key(&self.state.report.findings[index])))
            .filter_map(|index| self.candidate(&self.state, index))
            .collect();
        self.retain_editable(&mut candidates);
        candidates
    }

    /// The fix of a finding, if it has one with a requested safety.
    fn candidate(&self, state: &State, index: usize) -> Option<Candidate> {
        let fix = state.report.findings[index].fix.as_ref()?;
        let wanted = fix.safety == Safety::Safe || (fix.safety == Safety::Unsafe && self.unsafe_fixes);
        let source = |edit: &Edit| state.report.sources.get(edit.span.file);
        let fits = |edit: &Edit| source(edit).text().get(edit.span.range()).is_some();
        let edits = || fix.edits.iter().map(|edit| (source(edit).path().to_owned(), edit.clone())).collect();
        (wanted && !fix.edits.is_empty() && fix.edits.iter().all(fits))
            .then(|| Candidate { findings: vec![index], edits: edits() })
    }

    /// Keeps the candidates whose files may all be changed, and records the denied files.
    fn retain_editable(&mut self, candidates: &mut Vec<Candidate>) {
        candidates.retain(|candidate| {
            let mut all = true;
            for (path, _) in &candidate.edits {
                match self.world.access(path) {
                    Access::Granted => {}
                    Access::OutOfScope => all = false,
                    Access::Denied(reason) => {
                        all = false;
                        self.outcome.denied.insert(path.clone(), reason);
                    }
                }
            }
            all
        });
    }

    /// Ignore comments for the findings of the current report.
    fn ignore_comments(&mut self) -> Vec<Candidate> {
        let wanted: Vec<usize> = (0..self.state.report.findings.len())
            .filter(|&index| !self.rejected.contains(&self.state.key(&self.state.report.findings[index])))
            .collect();
        let ignores::Comments { candidates, impossible } = ignores::comments(&self.state.report, &wanted);
        for (index, reason) in impossible {
            self.reject(&Candidate { findings: vec![index], edits: Vec::new() }, &reason);
        }
        let mut candidates = candidates;
        self.retain_editable(&mut candidates);
        candidates
    }

    fn finish(self) -> Outcome {
        let Self { state, rejected, mut outcome, .. } = self;
        // Fixes that were refused are removed from the report.
        let refused: Vec<bool> =
            state.report.findings.iter().map(|finding| rejected.contains(&state.key(finding))).collect();
        let State { mut report, texts, before } = state;
        for (finding, _) in report.findings.iter_mut().zip(refused).filter(|(_, refused)| *refused) {
            if let Some(fix) = &mut finding.fix {
                fix.safety = Safety::Display;
            }
        }
        let pairs = texts.into_iter().filter_map(|(path, after)| Some((before.get(&path)?, path, after)));
        outcome.changes = pairs
            .filter(|(before, _, after)| *before != after)
            .map(|(before, path, after)| Change { path, before: Arc::clone(before), after })
            .collect();
        outcome.report = report;
        outcome.refused.sort();
        outcome.refused.dedup();
        outcome
    }
}

/// The candidates whose edits do not overlap those of an earlier one. Identical edits of several findings are merged.
fn disjoint(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let place = |candidate: &Candidate| {
        candidate.edits.iter().map(|(path, edit)| (path.clone(), edit.span.start, edit.span.end)).min()
    };
    candidates.sort_by_cached_key(place);
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut patch = Patch::default();
    for candidate in candidates {
        if let Some(last) = chosen.iter_mut().rev().find(|other| patch::same(&other.edits, &candidate.edits))
        {
            last.findings.extend(candidate.findings);
        } else if !patch.conflicts(&candidate.edits) {
            patch.add(&candidate.edits);
            chosen.push(candidate);
        }
    }
    chosen
}
