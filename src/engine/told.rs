//! Builds one report from the results of each cluster: places, precedence, numbers, the user's filters. Must not
//! produce findings itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::account::account;
use super::check::{Outcome, join};
use super::options::Options;
use super::plan;
use super::precedence::yield_to_others;
use super::release_words;
use super::settle::{Scope, settle};
use super::store::Store;
use super::survey::Survey;
use crate::cluster::{Layout, Plan};
use crate::finding::{Considered, Group, Report, Summary};
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, RkeFile};
use crate::source::{FileId, Sources};

/// The input of the report.
pub struct Seen<'s> {
    /// How the files were found.
    pub survey: &'s Survey,
    /// The files.
    pub store: &'s Store,
    /// How they were grouped into clusters.
    pub layout: &'s Layout,
    /// The plan from settings and arguments.
    pub plan: &'s Plan<'s>,
    /// The settings file.
    pub settings: Option<&'s RkeFile>,
}

/// Builds the report.
pub fn report(
    seen: &Seen<'_>,
    outcomes: impl Iterator<Item = Outcome>,
    sources: Sources,
    options: &Options,
) -> Report {
    let Seen { survey, store, layout, plan, settings } = *seen;
    let scope = survey.scope();
    let mut report = Report { sources, problems: store.problems.clone(), ..Report::default() };
    let mut linted = store.units.hosts_of(join(outcomes, &mut report));
    // Links that have their target on the node only are listed as skipped.
    for file in store.listed.iter().filter(|file| file.content == Content::OnNode) {
        linted.remove(&file.id);
    }
    store.units.place(&mut report);
    store.units.remark(&options.rules, &mut report);
    if scope.is_whole {
        report.problems.extend(plan::unmatched(&store.listed, settings, options));
    }
    if scope.is_whole && scope.asked.is_none() {
        report.unused = plan::unused_overrides(&store.listed, settings, options);
    }
    if let Some(asked) = scope.asked {
        report.groups.retain(|group| group.members.iter().any(|member| asked.holds(&member.path)));
    }
    yield_to_others(&mut report.findings, options, &report.sources);
    report.summary = summary(&store.listed, &linted, &report.groups, plan, scope);
    let is_asked = |path: &str| scope.asked.is_none_or(|asked| asked.holds(path));
    let unread: Vec<(String, String)> = store.units.unread().filter(|(path, _)| is_asked(path)).collect();
    let all = options.listing || report.summary.linted == 0;
    report.files = account(&store.listed, layout, &linted, &report.groups, |path| {
        if all { is_asked(path) } else { scope.names(path) }
    });
    if options.listing {
        name_unread(&mut report.files, &unread);
    }
    report.skipped.extend(unread);
    for file in &mut report.files {
        file.named = scope.names(&file.path);
    }
    let is_host = |id| store.units.is_host(id);
    settle(&mut report, store.awake.iter().chain(settings), is_host, scope, options);
    report.rules = options.rules.iter().map(|rule| (rule.info.id.clone(), rule.info.clone())).collect();
    #[cfg(feature = "disk")]
    survey.tell(&mut report, options);
    report
}

/// Names what was recognized in hosts and not read: as the reason why a file was skipped, or else in a row of its own.
fn name_unread(files: &mut Vec<Considered>, unread: &[(String, String)]) {
    let mut by_path: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, reason) in unread {
        by_path.entry(path).or_default().push(reason);
    }
    for (path, reasons) in by_path {
        let named = Considered {
            path: path.to_owned(),
            kind: "other".to_owned(),
            skipped: Some(reasons.join("; ")),
            ..Considered::default()
        };
        match files.iter_mut().find(|file| file.path == path && file.skipped.is_some()) {
            Some(file) => *file = named,
            None => files.push(named),
        }
    }
}

/// Counts the files that the user asked for; files that were read only as their context are not counted.
fn summary(
    files: &[Listed],
    linted: &BTreeSet<FileId>,
    groups: &[Arc<Group>],
    plan: &Plan<'_>,
    scope: Scope<'_>,
) -> Summary {
    // A template in a place where RKE2 reads files belongs to a cluster, so it is counted as linted.
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

/// The release of the run: that of its clusters, if they all have the same.
fn release_of_all(groups: &[Arc<Group>], plan: &Plan<'_>) -> String {
    let words: BTreeSet<&str> = groups.iter().map(|group| group.release.as_str()).collect();
    match words.len() {
        0 => release_words(&plan.target.0, &plan.target.1),
        1 => words.into_iter().collect(),
        count => format!("differs between clusters; -v lists all {count}"),
    }
}
