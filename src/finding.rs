//! Findings and the report of a run: plain data. Must not print.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::{FileId, Sources, Span};

/// How severe a finding is.
///
/// `error`: RKE2, Helm or Kubernetes rejects, loses, deletes or breaks something. `warning`: it works, but almost
/// certainly not as intended. `info`: advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Info,
    /// It works, but almost certainly not as intended.
    Warning,
    /// RKE2, Helm or Kubernetes rejects, loses, deletes or breaks something.
    Error,
}

impl Severity {
    /// The name used in all outputs and settings.
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
    /// The identifier from a string.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// `category/name`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this names a rule: the rule itself, or all rules of its category (`category/*`).
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

/// The metadata of a rule for outputs.
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

/// A place with a short message about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The message; may be empty for the primary place.
    pub message: String,
}

/// How far a fix can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Does what the author intended; can be applied without a review.
    Safe,
    /// Changes what the cluster does; must be reviewed.
    Unsafe,
    /// Only shown, never applied.
    Display,
}

/// A replacement of one span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edit {
    /// The span that is replaced.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// A way to fix a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fix {
    /// How far it can be trusted.
    pub safety: Safety,
    /// One imperative sentence.
    pub message: String,
    /// The edits; empty if the fix can only be described.
    pub edits: Vec<Edit>,
}

/// One mistake at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleId,
    /// Its severity, after settings were applied.
    pub severity: Severity,
    /// What was found, and what RKE2 does with it.
    pub message: String,
    /// The primary place.
    pub primary: Label,
    /// Related places, possibly in other files.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Edits that fix it.
    pub fix: Option<Fix>,
    /// Further information, such as the assumptions behind the finding.
    pub notes: Vec<String>,
    /// The unit that contains the mistake, if it is only a part of the file: see `docs/forms.md`.
    pub unit: Option<Arc<UnitName>>,
    /// The effect of a removed value, if the rule knows it.
    pub effect: Option<Effect>,
    /// Distinguishes findings at the same place, such as values that the file does not set.
    pub subject: Option<Arc<str>>,
}

/// The effect of a value that a chart no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Effect {
    /// Helm ignores it: the install succeeds, and the value has no effect.
    Ignored,
    /// The install of the chart fails.
    Refused,
}

/// The name of a unit: a text that RKE2 or Helm will read, written inside another file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnitName {
    /// The file that contains it.
    pub host: Arc<str>,
    /// Its path on the node, or a description of its purpose there.
    pub path: String,
    /// `config`, `registries`, `manifests` or `chart-values`.
    pub kind: &'static str,
    /// Its place in the host; may be empty.
    pub written_by: String,
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {}", self.path)?;
        if self.written_by.is_empty() { Ok(()) } else { write!(f, ", written by {}", self.written_by) }
    }
}

/// Maximum length of a text in a finding, in bytes: a quoted name may be as long as a file.
const MAX_WORDS: usize = 4_000;
/// Number of bytes kept from the end of a longer text.
const END_OF_WORDS: usize = 500;

impl Finding {
    /// The files that it points into, with repetitions.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        let labels = self.related.iter().chain([&self.primary]).map(|label| label.span.file);
        labels.chain(self.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span.file))
    }

    /// Shortens texts that are too long to read.
    pub fn shorten(&mut self) {
        let labels = self.related.iter_mut().chain([&mut self.primary]).map(|label| &mut label.message);
        let texts = labels.chain([&mut self.message]).chain(&mut self.help).chain(&mut self.notes);
        for text in texts.chain(self.fix.as_mut().map(|fix| &mut fix.message)) {
            shorten(text);
        }
    }
}

/// Cuts out the middle of a long text.
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

/// An error that prevented the tool from processing an input; leads to exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder.
    pub path: String,
    /// What happened; lower-case start.
    pub message: String,
}

/// Numbers of files and findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were linted.
    pub linted: usize,
    /// Files that are templates and could not be read as YAML.
    pub templated: usize,
    /// Files that do not belong to RKE2.
    pub other: usize,
    /// Clusters that were found.
    pub clusters: usize,
    /// Findings that a comment or a baseline suppresses.
    pub suppressed: usize,
    /// The release checked against and where it was taken from, as text.
    pub release: String,
    /// The changes to files; `None` if files were not to be changed.
    pub fixed: Option<Fixed>,
}

/// The changes that a run made to files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// Findings whose fix was applied.
    pub findings: usize,
    /// Findings for which an ignore comment was added.
    pub ignored: usize,
    /// Files that changed.
    pub files: usize,
}

/// How files were grouped into one cluster, for `-v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The cluster's name: its common folder, or its name in the settings.
    pub name: String,
    /// The release, and where it was taken from.
    pub release: String,
    /// Where the release was taken from, as text.
    pub release_from: String,
    /// The releases that it may be, oldest first; empty when nothing is known.
    pub releases: Vec<String>,
    /// Packaged charts that the files select or set values for, sorted.
    pub charts: Vec<String>,
    /// Its files, sorted by path.
    pub members: Vec<Member>,
    /// Configurations next to these that belong to another cluster, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A file of a cluster, for `-v`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its path; for a unit, the path of its host.
    pub path: Arc<str>,
    /// The unit, if it is a part of the file: `in /etc/rancher/rke2/config.yaml, written by write_files[0]`.
    pub unit: Option<String>,
    /// Its role: `server config`, `manifest`, …
    pub role: &'static str,
    /// Why it belongs to the cluster, as text; `None` if the reason is not in the files.
    pub tie: Option<Arc<str>>,
}

/// The outcome for a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Considered {
    /// Its path, as shown to the user.
    pub path: String,
    /// Its kind: `server config`, `manifest`, `template`.
    pub kind: String,
    /// The path from which RKE2 reads it on a node; `None` if unknown.
    pub place: Option<String>,
    /// The cluster it belongs to.
    pub cluster: Option<String>,
    /// The release that its cluster is checked against and where that was taken from, as text.
    pub release: Option<String>,
    /// Whether the user named it.
    #[serde(skip)]
    pub named: bool,
    /// Whether neither its name nor its contents suggest RKE2.
    #[serde(skip)]
    pub is_foreign: bool,
    /// Why it was not linted; `None` if it was.
    pub skipped: Option<String>,
    /// How to get it linted, as an imperative sentence.
    pub help: Option<String>,
}

/// The order of findings in outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By path, position and rule.
    #[default]
    Path,
    /// Most severe first.
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

/// A finding as recorded in a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The rule, for readers.
    pub rule: String,
    /// The file.
    pub path: String,
    /// The fingerprint that identifies the finding.
    pub fingerprint: String,
    /// The message, for readers.
    pub message: String,
}

/// All results of a run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// All findings, sorted by path, position and rule.
    pub findings: Vec<Finding>,
    /// The files that findings point into.
    pub sources: Sources,
    /// The active rules, by identifier.
    pub rules: BTreeMap<RuleId, Arc<RuleInfo>>,
    /// Inputs that could not be processed.
    pub problems: Vec<Problem>,
    /// Numbers of files and findings.
    pub summary: Summary,
    /// The clusters, for `-v`.
    pub groups: Vec<Arc<Group>>,
    /// The outcome for files: for all of them when a listing was requested, otherwise for those that the user named.
    pub files: Vec<Considered>,
    /// Files that mention RKE2 and were not linted, each with the reason; only if nothing was linted.
    pub traces: Vec<(String, String)>,
    /// Paths that were skipped, each with its reason, for `-v`.
    pub skipped: Vec<(String, String)>,
    /// Settings that have no effect.
    pub unused: Vec<Problem>,
    /// Paths that the user named and that were skipped nevertheless, each with the reason.
    pub passed_over: Vec<(String, String)>,
    /// The contents of a new baseline, if one was requested.
    pub recorded: Vec<Record>,
    /// Records of the baseline that no longer match a finding.
    pub gone: Vec<Record>,
}

impl Report {
    /// The number of findings with this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The number of findings whose fix has edits and can be trusted to this degree.
    pub fn fixable(&self, safety: Safety) -> usize {
        let fixes = self.findings.iter().filter_map(|finding| finding.fix.as_ref());
        fixes.filter(|fix| fix.safety == safety && !fix.edits.is_empty()).count()
    }

    /// The highest severity of all findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Reorders sorted findings; findings that compare as equal stay sorted.
    pub fn arrange(&mut self, order: Order) {
        match order {
            Order::Path => {}
            Order::Severity => self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity)),
            Order::Rule => self.findings.sort_by(|a, b| a.rule.cmp(&b.rule)),
        }
    }

    /// The findings by file, without changing their order: files in the order of their first finding.
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
