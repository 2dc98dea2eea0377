//! Findings and the report of a run: plain data. Must not print.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::{Sources, Span};

/// How bad a finding is.
///
/// `error`: RKE2 refuses, loses, deletes or breaks something. `warning`: it works, but almost surely not
/// as meant. `info`: advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// It works, but almost surely not as meant.
    Warning,
    /// RKE2 refuses, loses, deletes or breaks something.
    Error,
}

impl Severity {
    /// The word used in every output and setting.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a severity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown severity `{0}`; expected `error`, `warning` or `info`")]
pub struct UnknownSeverity(pub String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

/// The identifier of a rule: `category/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The identifier with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// `category/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this names a rule: the rule itself, or all of its category (`category/*`).
    pub fn covers(&self, rule: &Self) -> bool {
        self == rule || self.0.strip_suffix("/*").is_some_and(|category| category == rule.category())
    }

    /// The part before the slash.
    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(category, _)| category)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the outputs need to know of a rule.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RuleInfo {
    /// `category/name`.
    pub id: RuleId,
    /// Severity before settings.
    pub severity: Severity,
    /// One line: what is wrong.
    pub summary: Cow<'static, str>,
    /// Markdown: what RKE2 does, what the user sees, what to do.
    pub explanation: Cow<'static, str>,
    /// Address of the rule's page; `None` for a user's own rule.
    pub url: Option<Cow<'static, str>>,
    /// Where the facts come from.
    pub references: Vec<Cow<'static, str>>,
}

/// A place with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be said about it; may be empty for the primary place.
    pub message: String,
}

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Keeps the meaning that the author had in mind; may be applied unseen.
    Safe,
    /// Changes what the cluster does; to be reviewed.
    Unsafe,
    /// To be shown only.
    Display,
}

/// A replacement of one span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// The text that takes its place.
    pub replacement: String,
}

/// A way to fix a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fix {
    /// How far it may be trusted.
    pub safety: Safety,
    /// One imperative sentence.
    pub message: String,
    /// The edits that do it; empty when only words can.
    pub edits: Vec<Edit>,
}

/// One thing that is wrong, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// How bad it is, settings applied.
    pub severity: Severity,
    /// What was found and what RKE2 does with it.
    pub message: String,
    /// The place.
    pub primary: Label,
    /// Other places that belong to it, also in other files.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Edits that fix it.
    pub fix: Option<Fix>,
    /// What else the reader should know, such as what the finding rests on.
    pub notes: Vec<String>,
    /// The unit that it is about, when that is a part of the file: see `docs/forms.md`.
    pub unit: Option<Arc<UnitName>>,
    /// What becomes of a value that was removed, where the rule knows it.
    pub effect: Option<Effect>,
    /// Distinguishes findings at the same place, such as values that the file does not set.
    pub subject: Option<Arc<str>>,
}

/// What becomes of a value that a chart no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effect {
    /// Helm ignores it: the chart installs, and the value has no effect.
    Ignored,
    /// The chart fails to install.
    Refused,
}

/// What a unit is called: a text that RKE2 or Helm will read, written inside another file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnitName {
    /// The file that it is written in.
    pub host: Arc<str>,
    /// Its path on the node, or what it is there.
    pub path: String,
    /// `config`, `registries`, `manifests` or `chart-values`.
    pub kind: &'static str,
    /// The part of the host that writes it; may be empty.
    pub written_by: String,
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {}", self.path)?;
        if self.written_by.is_empty() { Ok(()) } else { write!(f, ", written by {}", self.written_by) }
    }
}

/// Words about a finding are no longer than this, in bytes: a name that is quoted may be as long as a file.
const MAX_WORDS: usize = 4_000;
/// What is kept of the end of longer ones.
const END_OF_WORDS: usize = 500;

impl Finding {
    /// Cuts words that are too long to read.
    pub fn shorten(&mut self) {
        let labels = self.related.iter_mut().chain([&mut self.primary]).map(|label| &mut label.message);
        let texts = labels.chain([&mut self.message]).chain(&mut self.help).chain(&mut self.notes);
        for text in texts.chain(self.fix.as_mut().map(|fix| &mut fix.message)) {
            shorten(text);
        }
    }
}

/// Leaves out the middle of a long text.
fn shorten(text: &mut String) {
    if text.len() <= MAX_WORDS {
        return;
    }
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (head, tail) = (boundary(MAX_WORDS - END_OF_WORDS), boundary(text.len() - END_OF_WORDS));
    *text = format!("{} … {}", &text[..head], &text[tail..]);
}

/// Something that kept the tool from doing its work on an input; ends in exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder.
    pub path: String,
    /// What happened, lower-case start.
    pub message: String,
}

/// What was looked at and what was skipped, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were read as RKE2's.
    pub linted: usize,
    /// Files that are templates and could not be read as YAML.
    pub templated: usize,
    /// Files that are not RKE2's.
    pub other: usize,
    /// Clusters that were put together.
    pub clusters: usize,
    /// Findings that a comment or a baseline suppresses.
    pub suppressed: usize,
    /// The release checked against and where it was taken from, in words.
    pub release: String,
    /// What was changed; `None` when nothing was to be.
    pub fixed: Option<Fixed>,
}

/// What a run changed in the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// Findings whose fix was applied.
    pub findings: usize,
    /// Findings that got an ignore comment.
    pub ignored: usize,
    /// Files that changed.
    pub files: usize,
}

/// How the files were put together, for `-v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The cluster's name: its common folder, or the name that settings give.
    pub name: String,
    /// Release and where it was taken from.
    pub release: String,
    /// Where the release was taken from, in words.
    pub release_from: String,
    /// The releases that it may be, oldest first; empty when nothing tells.
    pub releases: Vec<String>,
    /// Packaged charts that the files choose or set values for, sorted.
    pub charts: Vec<String>,
    /// Its files, sorted by path.
    pub members: Vec<Member>,
    /// Configurations next to these that are another cluster's, each with what keeps it apart.
    pub left_out: Vec<(String, String)>,
}

/// A file of a cluster, for `-v`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its path; of a unit the one of its host.
    pub path: Arc<str>,
    /// Which unit of the file it is: `in /etc/rancher/rke2/config.yaml, written by write_files[0]`.
    pub unit: Option<String>,
    /// What it is: `server config`, `manifest`, …
    pub role: &'static str,
    /// What put it into the cluster, in words; nothing where it is not the files that say so.
    pub tie: Option<Arc<str>>,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Considered {
    /// Its path, as shown to the user.
    pub path: String,
    /// What it is, in words: `server config`, `manifest`, `template`.
    pub kind: String,
    /// Where RKE2 reads it on a node; `None` where that is not known.
    pub place: Option<String>,
    /// The cluster it belongs to.
    pub cluster: Option<String>,
    /// The release that the cluster is checked against and where that was taken from, in words.
    pub release: Option<String>,
    /// Whether the user named it.
    #[serde(skip)]
    pub named: bool,
    /// Whether neither its name nor its contents hint at RKE2.
    #[serde(skip)]
    pub is_foreign: bool,
    /// Why it was not linted; `None`: it was.
    pub skipped: Option<String>,
    /// How to have it linted, as an imperative sentence.
    pub help: Option<String>,
}

/// The order of findings in the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By path, position and rule.
    #[default]
    Path,
    /// The worst first.
    Severity,
    /// By rule.
    Rule,
}

/// A word that is not an order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown order `{0}`; expected `path`, `severity` or `rule`")]
pub struct UnknownOrder(pub String);

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "path" => Ok(Self::Path),
            "severity" => Ok(Self::Severity),
            "rule" => Ok(Self::Rule),
            _ => Err(UnknownOrder(text.to_owned())),
        }
    }
}

/// A finding as a baseline keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The rule, for people.
    pub rule: String,
    /// The file.
    pub path: String,
    /// What the finding is known by.
    pub fingerprint: String,
    /// What was found, for people.
    pub message: String,
}

/// Everything a run has to say.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// All findings, sorted by path, position and rule.
    pub findings: Vec<Finding>,
    /// The files that findings point into.
    pub sources: Sources,
    /// The rules that were in force, by identifier.
    pub rules: BTreeMap<RuleId, Arc<RuleInfo>>,
    /// Inputs that could not be worked on.
    pub problems: Vec<Problem>,
    /// Numbers.
    pub summary: Summary,
    /// The clusters, for `-v`.
    pub groups: Vec<Arc<Group>>,
    /// What became of the files: of all when a listing is asked for, else of those that the user named.
    pub files: Vec<Considered>,
    /// Files with traces of RKE2 that were not linted, each with the reason; only when nothing was.
    pub traces: Vec<(String, String)>,
    /// Paths that were skipped, each with its reason, for `-v`.
    pub skipped: Vec<(String, String)>,
    /// Settings without effect.
    pub unused: Vec<Problem>,
    /// What the user named and was skipped nevertheless, each with its reason.
    pub passed_over: Vec<(String, String)>,
    /// What a new baseline would hold, when one is asked for.
    pub recorded: Vec<Record>,
    /// What the baseline holds and nothing raises any more.
    pub gone: Vec<Record>,
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// How many findings have edits that may be trusted so far.
    pub fn fixable(&self, safety: Safety) -> usize {
        let fixes = self.findings.iter().filter_map(|finding| finding.fix.as_ref());
        fixes.filter(|fix| fix.safety == safety && !fix.edits.is_empty()).count()
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Puts sorted findings into another order; those that are equal in it stay sorted.
    pub fn arrange(&mut self, order: Order) {
        match order {
            Order::Path => {}
            Order::Severity => self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity)),
            Order::Rule => self.findings.sort_by(|a, b| a.rule.cmp(&b.rule)),
        }
    }

    /// The findings by file, whatever their order: files as they first come, with their findings as they come.
    pub fn by_file(&self) -> Vec<(&str, Vec<&Finding>)> {
        let mut files: Vec<(&str, Vec<&Finding>)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &self.findings {
            let path = self.sources.get(finding.primary.span.file).path();
            let place = *places.entry(path).or_insert_with(|| {
                files.push((path, Vec::new()));
                files.len() - 1
            });
            files[place].1.push(finding);
        }
        files
    }

    /// Sorts findings by path, position and rule, so that the output does not depend on threads.
    pub fn sort(&mut self) {
        let Self { findings, sources, .. } = self;
        findings.sort_by(|a, b| {
            let place = |finding: &Finding| {
                let span = finding.primary.span;
                (sources.get(span.file).path(), span.start, span.end)
            };
            place(a)
                .cmp(&place(b))
                .then_with(|| a.rule.cmp(&b.rule))
                .then_with(|| a.message.cmp(&b.message))
                .then_with(|| a.related.cmp(&b.related))
        });
    }
}
