//! Decides what is reported: applies levels, comments, the baseline, and the user's filters. Must not produce findings
//! itself.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, is_below};
use super::options::Options;
use crate::finding::{Edit, Finding, Record, Report, RuleId};
use crate::fingerprint::fingerprints_named;
use crate::rke2::file::RkeFile;
use crate::source::{FileId, Sources, Span};
use crate::suppress::Ignores;
use crate::suppress::baseline::Baseline;

/// The part of the tree that the user asked for.
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    /// What findings must touch; `None` for everything.
    pub asked: Option<&'s Asked>,
    /// The folders that the user named; `None` without a file system.
    pub folders: Option<&'s [String]>,
    /// Whether everything that settings may refer to was read.
    pub is_whole: bool,
}

impl Scope<'_> {
    /// Whether the user named a file.
    pub fn names(self, shown: &str) -> bool {
        self.asked.is_some_and(|asked| asked.files.contains(shown))
    }

    /// Whether a file was checked completely, so that a baseline entry without a finding is obsolete.
    fn covers(self, shown: &str) -> bool {
        match self.asked {
            Some(asked) => asked.holds(shown),
            None => self.folders.is_none_or(|folders| folders.iter().any(|folder| is_below(shown, folder))),
        }
    }
}

/// Decides which findings are reported, and with which severity. Comments and the baseline are compared with all
/// findings, so that an entry outside the scope of this run does not look obsolete.
pub fn settle<'a>(
    report: &mut Report,
    files: impl Iterator<Item = &'a RkeFile>,
    is_host: impl Fn(FileId) -> bool,
    scope: Scope<'_>,
    options: &Options,
) {
    let mut ignores = Ignores::of(files, is_host, &options.rules);
    report.sort();
    report.findings.dedup();
    let mut quiet: BTreeSet<(Span, String, String)> = BTreeSet::new();
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
    // Edits are places in a text that the file does not have.
    let of_other_bytes = |edit: &Edit| report.sources.get(edit.span.file).is_recoded();
    for finding in &mut report.findings {
        finding.fix.take_if(|fix| fix.edits.iter().any(of_other_bytes));
    }
    let baseline = options.baseline.as_ref();
    let fingerprints: Vec<String> = if baseline.is_some() || options.record {
        let file = |path| options.base.name(path);
        let all = fingerprints_named(&report.findings, &report.sources, file, RuleId::as_str);
        all.iter().map(ToString::to_string).collect()
    } else {
        Vec::new()
    };
    let former = baseline.map(|baseline| former_fingerprints(report, options, baseline)).unwrap_or_default();
    let rules: BTreeMap<_, _> = options.rules.iter().map(|rule| (&rule.info.id, rule)).collect();
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let Report { findings, sources, recorded, summary, .. } = report;
    let settled = |(index, mut finding): (usize, Finding)| {
        let fingerprint = fingerprints.get(index).map(String::as_str);
        // The key of a finding is made of copies of its texts.
        let is_quiet = !quiet.is_empty() && quiet.contains(&key(&finding));
        let former = former.get(&index).map(Vec::as_slice).unwrap_or_default();
        let is_recorded =
            fingerprint.is_some_and(|name| baseline.is_some_and(|baseline| baseline.holds(name)));
        let known = is_recorded || !former.is_empty();
        if !is_quiet {
            found.extend(fingerprint);
            found.extend(former.iter().map(String::as_str));
        }
        let path = sources.get(finding.primary.span.file).path();
        let level =
            rules.get(&finding.rule).and_then(|rule| options.levels.severity(rule, finding.severity, path));
        finding.severity = level.filter(|severity| *severity >= options.min_severity)?;
        finding.shorten();
        if scope.asked.is_some_and(|asked| !touches(&finding, asked, sources)) {
            return None;
        }
        if let Some(fingerprint) = fingerprint.filter(|_| options.record && !is_quiet) {
            recorded.push(Record {
                rule: finding.rule.as_str().to_owned(),
                path: options.base.name(path).into_owned(),
                fingerprint: fingerprint.to_owned(),
                message: finding.message.clone(),
            });
        }
        if is_quiet || known {
            summary.suppressed += 1;
            return None;
        }
        Some(finding)
    };
    // Reuses the memory of the list.
    *findings = std::mem::take(findings).into_iter().enumerate().filter_map(settled).collect();
    let gone = baseline.into_iter().flat_map(Baseline::records).filter(|record| {
        !found.contains(record.fingerprint.as_str()) && scope.covers(&options.base.shown(&record.path))
    });
    report.gone = gone.cloned().collect();
    report.gone.sort_by(|a, b| (&a.path, &a.rule, &a.message).cmp(&(&b.path, &b.rule, &b.message)));
}

/// The fingerprints in the baseline of findings under former names of their rules, by the index of the finding. A rule
/// may have replaced several others, and a baseline may have records from before and after that.
fn former_fingerprints(
    report: &Report,
    options: &Options,
    baseline: &Baseline,
) -> BTreeMap<usize, Vec<String>> {
    let mut former: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for rule in options.rules.iter().filter(|rule| !rule.aliases.is_empty()) {
        let own = || report.findings.iter().enumerate().filter(|(_, finding)| finding.rule == rule.info.id);
        for alias in &rule.aliases {
            let findings = own().map(|(_, finding)| finding);
            let file = |path| options.base.name(path);
            let names = fingerprints_named(findings, &report.sources, file, |_| alias.as_str());
            for ((index, _), name) in own().zip(names) {
                let name = name.to_string();
                if baseline.holds(&name) {
                    former.entry(index).or_default().push(name);
                }
            }
        }
    }
    former
}

fn touches(finding: &Finding, asked: &Asked, sources: &Sources) -> bool {
    let mut labels = finding.related.iter().chain([&finding.primary]);
    labels.any(|label| asked.holds(sources.get(label.span.file).path()))
}
