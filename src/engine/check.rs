//! Checks clusters one by one: parses the files of a cluster, builds it, runs the rules, and keeps only the results.
//! Must not decide what is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::editable;
use super::previous::counterpart;
use super::reader::Reader;
use super::release_words;
use super::repeated;
use super::store::{Store, find};
use crate::catalog::Target;
use crate::cluster::charts::ChartObject;
use crate::cluster::grouping::tie::Tie;
use crate::cluster::{Cluster, Layout, Members, Plan, Shared};
use crate::finding::{Finding, Group, Member, Problem, Report};
use crate::rke2::file::RkeFile;
use crate::rule::{self, Rule, Selection};
use crate::source::{FileId, SourceFile, Sources, Span, file_name};
use crate::unit::is_model_name;

/// What is needed to check any cluster.
pub struct Check<'c> {
    /// Which files belong to which cluster.
    pub layout: &'c Layout,
    /// Files that affect more than one cluster.
    pub shared: Shared<'c>,
    /// The rules to evaluate.
    pub rules: &'c [&'c Rule],
    /// The rules selected for the target of most clusters.
    pub selection: Selection<'c>,
    /// The files.
    pub store: &'c Store,
    /// Reads the files that are not in memory.
    pub reader: &'c dyn Reader,
    /// The plan from settings and arguments.
    pub plan: &'c Plan<'c>,
    /// The clusters of the previous tree.
    pub before: &'c [Cluster<'c>],
    /// The names of all files.
    pub sources: &'c Sources,
    /// By the index of a file, whether only one check needs its text; empty if all texts are kept.
    pub single_use: Vec<bool>,
}

/// The results of checking a cluster.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    findings: Vec<Finding>,
    /// `None` when none of its files exists any more.
    group: Option<Arc<Group>>,
    /// Its files.
    pub linted: Vec<FileId>,
    /// The releases that it was checked against.
    pub target: Option<Target>,
    /// The files that findings point into.
    sources: Vec<(FileId, Arc<SourceFile>)>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    /// Checks the cluster with these files.
    pub fn cluster(&self, members: &Members) -> Outcome {
        let (files, problems) = self.store.wake(members.needed(), self.reader, &self.single_use);
        let file = |index: usize| self.store.file(index, &files);
        let cluster = Cluster::assemble(members, self.layout, file, &self.shared, self.plan);
        let Some(cluster) = cluster else { return Outcome { problems, ..Outcome::default() } };
        let own;
        let selection = if self.selection.is_for(&cluster.target) {
            &self.selection
        } else {
            own = Selection::new(self.rules, &cluster.target);
            &own
        };
        let mut findings = rule::run(selection, &cluster, counterpart(&cluster, self.before));
        drop_replaced(&mut findings, &cluster);
        self.drop_words(&mut findings, &files);
        editable::restrict(&mut findings, |id| find(&files, id).or_else(|| find(&self.store.awake, id)));
        repeated::merge(&mut findings, |id| find(&files, id).or_else(|| find(&self.store.awake, id)));
        self.note_guesses(&mut findings, members);
        let pointed_at = files_of(&findings);
        let sources = files.iter().filter(|file| pointed_at.contains(&file.id));
        Outcome {
            group: Some(Arc::new(group(&cluster, members, self.store, self.sources))),
            linted: cluster.files().into_iter().map(|(file, _)| file.id).collect(),
            sources: sources.map(|file| (file.id, Arc::clone(&file.source))).collect(),
            target: Some(cluster.target.clone()),
            findings,
            problems,
        }
    }
}

impl Check<'_> {
    /// Drops findings about words in capitals that examples have instead of values: `cluster-cidr: CIDR`.
    fn drop_words(&self, findings: &mut Vec<Finding>, files: &[RkeFile]) {
        findings.retain(|finding| {
            let span = finding.primary.span;
            let Some(file) = find(files, span.file).or_else(|| find(&self.store.awake, span.file)) else {
                return true;
            };
            let name = self.store.units.name(file.id).map_or(file.name(), |unit| file_name(&unit.host));
            let value = || file.source.text().get(span.range()).unwrap_or_default();
            !is_model_name(name) || !is_word_in_capitals(value())
        });
    }

    /// Adds a note to findings that compare several files, if only their folders suggest that these files are one
    /// cluster.
    fn note_guesses(&self, findings: &mut [Finding], members: &Members) {
        let mut guesses: Option<BTreeMap<FileId, String>> = None;
        for finding in findings {
            let files: BTreeSet<FileId> =
                finding.related.iter().chain([&finding.primary]).map(|label| label.span.file).collect();
            if files.len() < 2 {
                continue;
            }
            let guesses = guesses.get_or_insert_with(|| self.guesses(members));
            finding.notes.extend(files.iter().find_map(|file| guesses.get(file)).cloned());
        }
    }

    /// The note for each file that is in its cluster because of its folder only. The place of a unit is stated by its
    /// host, so units need no note.
    fn guesses(&self, members: &Members) -> BTreeMap<FileId, String> {
        let files = members.ties.iter().map(|(index, tie)| (&self.store.listed[*index], tie));
        let guessed = files.filter_map(|(file, tie)| {
            let place = tie.place_words().filter(|_| self.store.units.name(file.id).is_none())?;
            let note = format!(
                "{} is assumed to belong to this cluster ({place}); set `clusters` in .rke2-lint.yaml to change that",
                file.path
            );
            Some((file.id, note))
        });
        guessed.collect()
    }
}

/// Whether a value is one word in capitals.
fn is_word_in_capitals(value: &str) -> bool {
    let word = value.trim_matches(['"', '\'']);
    let is_part =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    word.len() > 1 && word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(is_part)
}

/// Drops findings about values that nothing reads, because patches replace them on every way to a cluster.
fn drop_replaced(findings: &mut Vec<Finding>, cluster: &Cluster<'_>) {
    let replaced: Vec<Span> = cluster.charts.iter().filter_map(ChartObject::replaced_text).collect();
    if replaced.is_empty() {
        return;
    }
    let is_inside = |span: Span| {
        let holds = |text: &Span| text.file == span.file && text.start <= span.start && span.end <= text.end;
        replaced.iter().any(holds)
    };
    findings.retain(|finding| {
        let labels = finding.related.iter().chain([&finding.primary]);
        !labels.into_iter().any(|label| is_inside(label.span))
    });
}

/// Combines the results into a report that does not depend on the order of the work; returns the files that were
/// linted.
pub fn join(outcomes: impl Iterator<Item = Outcome>, report: &mut Report) -> BTreeSet<FileId> {
    let mut linted = Vec::new();
    for outcome in outcomes {
        report.findings.extend(outcome.findings);
        report.groups.extend(outcome.group);
        report.problems.extend(outcome.problems);
        linted.extend(outcome.linted);
        for (id, source) in outcome.sources {
            report.sources.set(id, source);
        }
    }
    report.groups.sort_by(|a, b| (&a.name, &a.members).cmp(&(&b.name, &b.members)));
    // To a reader, the ways through one template are one cluster.
    report.groups.dedup();
    // Sorting everything at once is several times faster than inserting one by one.
    linted.into_iter().collect()
}

/// All files that a finding points into.
fn files_of(findings: &[Finding]) -> BTreeSet<FileId> {
    findings.iter().flat_map(Finding::files).collect()
}

fn group(cluster: &Cluster<'_>, members: &Members, store: &Store, sources: &Sources) -> Group {
    let ties: BTreeMap<FileId, &Tie> =
        members.ties.iter().map(|(&index, tie)| (store.listed[index].id, tie)).collect();
    // Most files of a cluster have the same tie, so its text is shared.
    let mut words: BTreeMap<&Tie, Arc<str>> = BTreeMap::new();
    let files = cluster.files().into_iter();
    let mut listed: Vec<Member> = files
        .map(|(file, role)| {
            let tie = ties
                .get(&file.id)
                .map(|&tie| Arc::clone(words.entry(tie).or_insert_with(|| tie.to_string().into())));
            let unit = store.units.name(file.id);
            Member {
                path: unit.map_or_else(|| file.source.shared_path(), |unit| Arc::clone(&unit.host)),
                unit: unit.map(|unit| store.units.words(file.id, unit)),
                role,
                tie,
            }
        })
        .collect();
    if let Some(facts) = cluster.own_nodes().iter().find_map(|node| node.facts) {
        let path = sources.get(facts.span().file).shared_path();
        listed.push(Member { path, unit: None, role: "facts of the settings", tie: None });
    }
    let host = cluster.files().first().and_then(|(file, _)| store.units.name(file.id));
    let apart = members.apart.iter();
    let mut left_out: Vec<(String, String)> =
        apart.map(|(file, reason)| (store.listed[*file].path.to_string(), reason.to_string())).collect();
    left_out.sort();
    left_out.dedup();
    Group {
        name: host.map_or_else(|| cluster.name.clone(), |unit| unit.host.to_string()),
        release: release_words(&cluster.target, &cluster.target_source),
        release_from: cluster.target_source.clone(),
        releases: if cluster.target.is_unnamed() {
            Vec::new()
        } else {
            cluster.target.releases().iter().map(ToString::to_string).collect()
        },
        charts: cluster.chosen_charts(),
        members: listed,
        left_out,
    }
}
