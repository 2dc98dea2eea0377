//! Compiles rule files. Every mistake in a rule file is an error with its location, reported before anything is linted.

mod binders;
mod condition;
mod data;
mod fields;
mod fix;
mod quantifier;
mod types;
mod wildcard;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

pub use binders::BINDERS;
pub use condition::{CONDITIONS, PREDICATES};
use condition::{condition, patterns};
use data::data_body;
use fields::{Fields, Place, text};
pub use fix::EDITS;

use super::body::{Condition, Data};
use super::chart_values::Verdict;
use super::checks::{self, CheckFn};
use super::grammar::VersionRange;
use super::head::{self, Head};
use super::names::{Names, Slot};
use super::needs::needs;
use super::raw::Raw;
use crate::finding::{RuleId, RuleInfo, Severity, UnknownSeverity};
use crate::release::ReleaseRange;

/// The fields of a rule file: name, value, description. Used by the documentation.
pub const FIELDS: &[(&str, &str, &str)] = &[
    ("id", "`category/name`", "the identifier, which must match the path of the file"),
    ("severity", "`error`, `warning`, `info`", "the severity of its findings"),
    ("summary", "string", "a noun phrase for lists"),
    ("explanation", "Markdown", "the text of its page"),
    ("references", "list of URLs", "sources of the facts"),
    ("since", "version", "the version of rke2-lint that introduced it"),
    (
        "yields-to",
        "list of rules",
        "rules, or categories such as `cni-canal/*`, whose finding at the same place suppresses this one",
    ),
    (
        "aliases",
        "list of rules",
        "former identifiers, which settings, options, ignore comments and baselines may still use",
    ),
    ("default", "`off`", "disabled unless the settings enable it"),
    (
        "applies",
        "map",
        "the subject of the rule, see Subjects; with `rke2` (a range of releases, or a list of them) and `chart-version`",
    ),
    ("for-each", "list of binders", "names that multiply the rule"),
    ("let", "map of paths", "names for computed values"),
    ("when", "list of conditions", "all must be true"),
    ("report", "map", "what is reported; the defaults of `cases`"),
    ("cases", "list of maps", "alternative reports; the first that holds is used"),
    ("all", "boolean", "report every case that holds"),
    ("fix", "map", "edits that every case offers"),
    ("check", "name", "a check in Rust instead of `when` (built-in rules only)"),
    ("verdict", "name", "for `check: chart-values`: the kind of mistake"),
    ("fixable", "boolean", "the check in Rust offers fixes"),
];

/// The subjects and their descriptions. Used by the documentation.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("chart: NAME", "the objects that set values of a packaged chart; a list of names, or `\"*\"` for any"),
    ("kind: KIND", "the objects of a kind; a list of kinds, or `\"*\"` for any"),
    ("config: server|agent|any", "the configurations of nodes"),
    ("registries: true", "the registries.yaml files"),
    ("manifest-file: true", "the manifest files"),
    ("cluster: true", "the clusters"),
];

/// The fields of `report` and of a case: name, value, description. Used by the documentation.
pub const REPORT_FIELDS: &[(&str, &str, &str)] = &[
    ("when", "list of conditions", "a case only: all must be true"),
    (
        "rke2",
        "range, list of ranges, or `{change: NAME}`",
        "a case only: every possible release must be in the range, or have a change that the catalogue names",
    ),
    ("chart-version", "range", "a case only: the same for the versions of the subject chart"),
    ("severity", "`error`, `warning`, `info`", "a case only: another severity than the rule's"),
    (
        "at",
        "path, `key(PATH)`, `value(PATH)`, `subject`, or a list",
        "the place; the first of a list that is written",
    ),
    ("message", "text with `{PATH}`", "the fact and its consequence"),
    ("help", "text with `{PATH}`", "what to do about it"),
    (
        "related",
        "list of `at` and `message`",
        "related places; a `written.` or `before.` path that is not written is omitted",
    ),
    ("fix", "map", "a case only: the edits"),
];

/// The `check` of rules whose findings the engine itself raises.
const ENGINE: &str = "engine";
/// The `check` of rules that report one kind of mistake in chart values.
const CHART_VALUES: &str = "chart-values";
/// The wildcard for every packaged chart.
pub(super) const ANY_CHART: &str = "*";

/// A compiled rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The metadata for outputs.
    pub info: Arc<RuleInfo>,
    /// The things on which it runs.
    pub subject: Subject,
    /// The releases to which it applies; `None` for all.
    pub releases: Option<ReleaseRange>,
    /// The versions of the subject chart to which it applies; `None` for all.
    pub chart_versions: Option<VersionRange>,
    /// Keys of its subject of which one must be present for a finding, such as `spec.timeout`; empty if there are none.
    pub needs: Vec<Cow<'static, str>>,
    /// What it does.
    pub body: Body,
    /// Rules that take precedence: their finding at the same place suppresses this rule's.
    pub yields_to: Vec<RuleId>,
    /// Former identifiers.
    pub aliases: Vec<RuleId>,
    /// The version of rke2-lint that introduced it.
    pub since: Cow<'static, str>,
    /// Disabled unless settings enable it.
    pub off_by_default: bool,
    /// `fixable: true` in the file: its check offers fixes, which cannot be derived from the rule file.
    pub fixable: bool,
    /// The ranges of releases as written.
    pub release_texts: Vec<Cow<'static, str>>,
}

impl Rule {
    /// Whether a name refers to this rule: its identifier, a former one, or its category.
    pub fn is_named(&self, name: &str) -> bool {
        self.is_called(name) || self.info.id.category() == name
    }

    /// Whether a name is its identifier or a former one.
    pub fn is_called(&self, name: &str) -> bool {
        self.info.id.as_str() == name || self.aliases.iter().any(|alias| alias.as_str() == name)
    }

    /// Whether its findings may include a fix.
    pub fn has_fix(&self) -> bool {
        self.fixable
            || matches!(&self.body, Body::Data(data) if data.get(&self.subject).cases.iter().any(|case| case.report.fix.is_some()))
    }

    /// The releases to which it applies, for display.
    pub fn release_words(&self) -> String {
        if self.release_texts.is_empty() {
            "all".to_owned()
        } else {
            format!("`{}`", self.release_texts.join("` or `"))
        }
    }
}

/// The things on which a rule runs; it is evaluated once for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Objects that set values of the packaged charts with these names; `*` means any packaged chart.
    Charts(Vec<String>),
    /// Objects of these kinds; `HelmChart` and `HelmChartConfig` mean those of helm-controller.
    Kinds(Vec<String>),
    /// Configurations of nodes.
    Config(ConfigSubject),
    /// registries.yaml files.
    Registries,
    /// Manifest files.
    ManifestFile,
    /// The cluster as a whole.
    Cluster,
    /// Nothing: the engine itself raises the findings, and the rule file describes them.
    Engine,
}

/// The roles of the nodes whose configuration a rule checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSubject {
    /// Servers.
    Server,
    /// Agents.
    Agent,
    /// All roles, including an unknown one.
    Any,
}

impl ConfigSubject {
    fn named(role: &str) -> Option<Self> {
        match role {
            "server" => Some(Self::Server),
            "agent" => Some(Self::Agent),
            "any" => Some(Self::Any),
            _ => None,
        }
    }
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Body {
    /// A declarative rule.
    Data(Box<DataBody>),
    /// A check written in Rust.
    Check(CheckFn),
    /// One verdict on the values of a packaged chart (`check: chart-values`).
    ChartValues(Verdict),
    /// Nothing: the engine raises the findings (`check: engine`).
    Engine,
}

/// The body of a declarative rule. That of a built-in rule is compiled lazily, when its first condition holds for a
/// subject, because few rules get that far in most trees.
#[derive(Clone, Debug)]
pub struct DataBody {
    compiled: OnceLock<Data>,
    /// The first conditions, which can be evaluated before the rest of the rule is compiled.
    pub leading: Leading,
    /// As the build script wrote it.
    coded: &'static [u8],
}

/// Conditions that are compiled one by one, when they are needed.
#[derive(Clone, Debug, Default)]
pub struct Leading {
    compiled: OnceLock<Option<Box<(Condition, Leading)>>>,
    /// As the build script wrote them, one after the other.
    coded: &'static [u8],
}

impl Leading {
    /// Returns the first condition, compiled for the subject of its rule, and the remaining ones.
    pub fn split_first(&self, subject: &Subject) -> Option<(&Condition, &Self)> {
        if self.coded.is_empty() {
            return None;
        }
        // A test compiles all of these.
        let compile = || built_in_condition(self.coded, subject).map(Box::new);
        self.compiled.get_or_init(compile).as_ref().map(|split| (&split.0, &split.1))
    }
}

impl DataBody {
    /// The body, compiled for the subject of its rule.
    pub fn get(&self, subject: &Subject) -> &Data {
        // A test compiles every built-in rule, so the default is never used.
        self.compiled.get_or_init(|| built_in_body(self.coded, subject).unwrap_or_default())
    }
}

impl From<Data> for DataBody {
    fn from(data: Data) -> Self {
        Self { compiled: OnceLock::from(data), leading: Leading::default(), coded: &[] }
    }
}

fn built_in_body(coded: &'static [u8], subject: &Subject) -> Option<Data> {
    let raw = Raw::Map(postcard::from_bytes(coded).ok()?);
    let mut top = Fields::new(&raw, Place::TOP).ok()?;
    let scope = Scope { subject, strict: false, names: &Names::default(), within: None };
    data_body(&mut top, scope).ok()
}

fn built_in_condition(coded: &'static [u8], subject: &Subject) -> Option<(Condition, Leading)> {
    let (raw, coded) = postcard::take_from_bytes(coded).ok()?;
    let scope = Scope { subject, strict: false, names: &Names::default(), within: None };
    Some((condition(&raw, &Place::TOP, scope).ok()?, Leading { compiled: OnceLock::new(), coded }))
}

/// A mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The keys and indices that lead to the mistake.
    pub path: Vec<String>,
    /// The message, which starts in lower case.
    pub message: String,
}

/// The context in which the paths of a rule are resolved.
#[derive(Clone, Copy)]
struct Scope<'s> {
    subject: &'s Subject,
    /// Whether paths are looked up in the catalogue, and predicates checked against the types of their operands.
    strict: bool,
    /// The names bound so far.
    names: &'s Names,
    /// Inside a quantifier, the name it binds; keys of conditions are paths under that name.
    within: Option<Slot>,
}

type Outcome<T> = Result<T, CompileError>;

/// The subject, the release ranges as written, and the versions of the subject chart.
type Applies = (Subject, Vec<Cow<'static, str>>, Option<VersionRange>);

/// Builds a built-in rule from its head. Nothing is checked here, because a test compiles every rule file strictly.
pub fn built_in(head: Head<'static>) -> Option<Rule> {
    static EXPLANATIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/explanations.txt"));
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let texts = |texts: Vec<&'static str>| texts.into_iter().map(Cow::Borrowed).collect();
    let subject = match head.applies {
        head::Applies::Charts(names) => Subject::Charts(owned(names)),
        head::Applies::Kinds(names) => Subject::Kinds(owned(names)),
        head::Applies::Config(role) => Subject::Config(ConfigSubject::named(role)?),
        head::Applies::Registries => Subject::Registries,
        head::Applies::ManifestFile => Subject::ManifestFile,
        head::Applies::Cluster => Subject::Cluster,
        head::Applies::Engine => Subject::Engine,
    };
    let body = match head.check {
        Some(ENGINE) => Body::Engine,
        Some(CHART_VALUES) => Body::ChartValues(Verdict::named(head.verdict?)?),
        Some(name) => Body::Check(checks::find(name)?),
        None => Body::Data(Box::new(DataBody {
            compiled: OnceLock::new(),
            leading: Leading { compiled: OnceLock::new(), coded: head.leading },
            coded: head.body,
        })),
    };
    let releases = (!head.rke2.is_empty()).then(|| ReleaseRange::parse(head.rke2.iter().copied()));
    let (start, end) = head.explanation;
    let info = RuleInfo {
        id: RuleId::new(head.id),
        severity: head.severity.parse().ok()?,
        summary: head.summary.into(),
        explanation: EXPLANATIONS.get(start..end)?.into(),
        url: Some(head.url.into()),
        references: texts(head.references),
    };
    Some(Rule {
        info: Arc::new(info),
        subject,
        releases: releases.transpose().ok()?,
        chart_versions: head.chart_version.map(VersionRange::parse).transpose().ok()?,
        needs: texts(head.needs),
        body,
        yields_to: head.yields_to.into_iter().map(RuleId::new).collect(),
        aliases: head.aliases.into_iter().map(RuleId::new).collect(),
        since: head.since.into(),
        off_by_default: head.off_by_default,
        fixable: head.fixable,
        release_texts: texts(head.rke2),
    })
}

/// Compiles a rule file that has not been checked before.
///
/// # Errors
/// The first mistake, with the keys that lead to it.
pub fn compile_strictly(id: &str, raw: &Raw) -> Outcome<Rule> {
    let rule = compile(id, raw)?;
    patterns(raw, &Place::TOP)?;
    Ok(rule)
}

fn compile(id: &str, raw: &Raw) -> Outcome<Rule> {
    let mut top = Fields::new(raw, Place::TOP)?;
    let written = top.required_text("id")?;
    if written != id {
        return Err(top.error("id", format!("the path means `{id}`, but the file has `{written}`")));
    }
    if !is_rule_id(id) {
        return Err(top.error("id", format!("`{id}` is not of the form `category/name` in lower case")));
    }
    let severity = top.required_text("severity")?;
    let severity: Severity =
        severity.parse().map_err(|error: UnknownSeverity| top.error("severity", error.to_string()))?;
    let summary = top.required_text("summary")?;
    let explanation = top.required_text("explanation")?;
    let references = top.texts("references")?;
    let since = top.required_text("since")?;
    let yields_to = top.texts("yields-to")?.into_iter().map(RuleId::new).collect();
    let aliases = top.texts("aliases")?;
    if let Some(wrong) = aliases.iter().find(|alias| !is_rule_id(alias)) {
        return Err(
            top.error("aliases", format!("`{wrong}` is not of the form `category/name` in lower case"))
        );
    }
    let aliases = aliases.into_iter().map(RuleId::new).collect();
    let fixable = matches!(top.take("fixable"), Some(Raw::Bool(true)));
    let off_by_default = matches!(top.take("default"), Some(Raw::Text(word)) if word == "off");
    let check = top.take("check").map(|name| text(name, &top.at("check"))).transpose()?;
    let engine = check.as_deref() == Some(ENGINE);
    let (subject, release_texts, chart_versions) = if engine {
        (Subject::Engine, Vec::new(), None)
    } else {
        applies_to(top.required("applies")?, top.at("applies"))?
    };
    let releases = if release_texts.is_empty() {
        None
    } else {
        let range = ReleaseRange::parse(release_texts.iter().map(AsRef::as_ref));
        Some(range.map_err(|error| top.error("applies", error.to_string()))?)
    };
    let body = match check {
        Some(_) if engine => Body::Engine,
        Some(name) if name == CHART_VALUES => {
            let name = top.required_text("verdict")?;
            let names = || Verdict::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("`, `");
            let verdict = Verdict::named(&name).ok_or_else(|| {
                top.error("verdict", format!("unknown value `{name}`; expected one of `{}`", names()))
            })?;
            Body::ChartValues(verdict)
        }
        Some(name) => {
            let check =
                checks::find(&name).ok_or_else(|| top.error("check", format!("unknown check `{name}`")))?;
            Body::Check(check)
        }
        None => {
            let scope = Scope { subject: &subject, strict: true, names: &Names::default(), within: None };
            Body::Data(Box::new(data_body(&mut top, scope)?.into()))
        }
    };
    top.finish()?;
    let needs = match raw {
        Raw::Map(fields) => needs(fields).into_iter().map(Cow::Owned).collect(),
        _ => Vec::new(),
    };
    let info = RuleInfo { id: RuleId::new(id), severity, summary, explanation, url: None, references };
    Ok(Rule {
        info: Arc::new(info),
        subject,
        releases,
        chart_versions,
        needs,
        body,
        yields_to,
        aliases,
        since,
        off_by_default,
        fixable,
        release_texts,
    })
}

fn applies_to(raw: &Raw, place: Place<'_>) -> Outcome<Applies> {
    let mut fields = Fields::new(raw, place)?;
    let mut subjects = Vec::new();
    for key in ["chart", "kind", "config"] {
        let names = fields.texts(key)?;
        let [first, ..] = names.as_slice() else { continue };
        let owned = || names.iter().map(|name| name.clone().into_owned()).collect();
        subjects.push(match key {
            "chart" => {
                let is_known = |name: &str| name == ANY_CHART || crate::cluster::charts::is_packaged(name);
                if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
                    let near = crate::spelling::nearest(unknown, crate::catalog::charts(), 3);
                    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                    return Err(fields.error(key, format!("unknown RKE2 chart `{unknown}`{near}")));
                }
                Subject::Charts(owned())
            }
            "kind" => Subject::Kinds(owned()),
            _ => {
                let role = ConfigSubject::named(first).filter(|_| names.len() == 1);
                Subject::Config(role.ok_or_else(|| {
                    fields.error(key, format!("unknown role `{first}`; expected `server`, `agent` or `any`"))
                })?)
            }
        });
    }
    for (key, subject) in [
        ("registries", Subject::Registries),
        ("manifest-file", Subject::ManifestFile),
        ("cluster", Subject::Cluster),
    ] {
        if let Some(raw) = fields.take(key) {
            if *raw != Raw::Bool(true) {
                return Err(fields.error(key, "expected `true`".to_owned()));
            }
            subjects.push(subject);
        }
    }
    let releases = fields.texts("rke2")?;
    let chart_versions = match fields.take("chart-version") {
        None => None,
        Some(raw) => {
            let range = text(raw, &fields.at("chart-version"))?;
            Some(VersionRange::parse(&range).map_err(|message| fields.error("chart-version", message))?)
        }
    };
    fields.finish()?;
    let count = subjects.len();
    match subjects.pop() {
        Some(subject) if count == 1 => Ok((subject, releases, chart_versions)),
        _ => Err(place.error(
            "expected exactly one subject: `chart`, `kind`, `config`, `registries`, `manifest-file` or `cluster`",
        )),
    }
}

fn is_rule_id(id: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    id.split_once('/').is_some_and(|(category, name)| word(category) && word(name))
}
