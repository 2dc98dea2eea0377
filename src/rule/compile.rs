//! Compiles rule files: every mistake in one is an error with its place, before anything is linted.

use std::fmt;

use super::checks::{self, CheckFn};
use super::grammar::VersionRange;
use super::message::Message;
use super::net::Family;
use super::path::{Path, Root};
use super::predicate::{Literal, NetTest, Pattern, Predicate, TYPES};
use super::raw::Raw;
use crate::finding::{RuleId, RuleInfo, Safety, Severity};
use crate::rke2::release::ReleaseRange;

/// The name that stands for every packaged chart.
pub(super) const ANY_CHART: &str = "*";

/// A rule, ready to run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What the outputs need to know of it.
    pub info: RuleInfo,
    /// What it runs on.
    pub subject: Subject,
    /// The releases it applies to; all when there is none.
    pub releases: Option<ReleaseRange>,
    /// The versions of the subject chart it applies to.
    pub chart_versions: Option<VersionRange>,
    /// What it does.
    pub body: Body,
    /// Rules whose finding at the same place makes this one's superfluous.
    pub yields_to: Vec<RuleId>,
    /// The version of rke2-lint that introduced it.
    pub since: String,
    /// Off unless settings switch it on.
    pub off_by_default: bool,
    /// The ranges of releases as written.
    pub release_texts: Vec<String>,
}

impl Rule {
    /// Whether its findings may carry edits.
    pub fn has_fix(&self) -> bool {
        matches!(&self.body, Body::Data { report, .. } if report.fix.is_some())
    }

    /// The releases it applies to, in words.
    pub fn release_words(&self) -> String {
        if self.release_texts.is_empty() {
            "all".to_owned()
        } else {
            format!("`{}`", self.release_texts.join("` or `"))
        }
    }
}

/// What a rule runs on, once for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Objects that set values of a packaged chart of this name; `*`: of any packaged chart.
    Chart(String),
    /// Objects of a kind; `HelmChart` and `HelmChartConfig` mean those of helm-controller.
    Kind(String),
    /// Configurations of nodes.
    Config(ConfigSubject),
    /// registries.yaml files.
    Registries,
    /// Manifest files.
    ManifestFile,
    /// The cluster as a whole.
    Cluster,
}

/// Which nodes' configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSubject {
    /// Servers.
    Server,
    /// Agents.
    Agent,
    /// All, also where the role is not known.
    Any,
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Body {
    /// Conditions and a report.
    Data {
        /// All must be true.
        when: Vec<Condition>,
        /// What is said then.
        report: Box<ReportTemplate>,
    },
    /// A check written in Rust.
    Check(CheckFn),
}

/// A condition of a rule.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A predicate over a path.
    Test(Path, Predicate),
    /// Any of these.
    Any(Vec<Condition>),
    /// All of these.
    All(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

/// What a rule says when it fires.
#[derive(Clone, Debug)]
pub struct ReportTemplate {
    /// The place.
    pub at: Path,
    /// What was found.
    pub message: Message,
    /// Other places.
    pub related: Vec<(Path, Message)>,
    /// The way out.
    pub help: Option<Message>,
    /// Values to set, with how far that may be trusted.
    pub fix: Option<(Safety, Vec<(Path, Literal)>)>,
}

/// A mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// Keys and indices that lead to the mistake.
    pub path: Vec<String>,
    /// What is wrong, lower-case start.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path.join("."), self.message)
        }
    }
}

type Outcome<T> = Result<T, CompileError>;

/// Compiles a rule file. `id` is the one that its place gives it.
///
/// # Errors
/// The first mistake, with the keys that lead to it.
pub fn compile(id: &str, raw: &Raw, url: Option<String>) -> Outcome<Rule> {
    let mut top = Fields::new(raw, &[])?;
    let written = top.required_text("id")?;
    if written != id {
        return Err(top.error("id", format!("the file's place says `{id}`, not `{written}`")));
    }
    if !is_rule_id(id) {
        return Err(top.error("id", format!("`{id}` does not have the form `category/name` in lower case")));
    }
    let severity = top.required_text("severity")?;
    let severity: Severity = severity.parse().map_err(|message| top.error("severity", message))?;
    let summary = top.required_text("summary")?;
    let explanation = top.required_text("explanation")?;
    let references = top.texts("references")?;
    let since = top.required_text("since")?;
    let yields_to = top.texts("yields-to")?.into_iter().map(RuleId::new).collect();
    let off_by_default = matches!(top.take("default"), Some(Raw::Text(word)) if word == "off");
    let applies = top.required("applies")?;
    let (subject, release_texts, chart_versions) = applies_to(applies, &top.at("applies"))?;
    let releases = if release_texts.is_empty() {
        None
    } else {
        let range = ReleaseRange::parse(release_texts.iter().map(String::as_str));
        Some(range.map_err(|error| top.error("applies", error.to_string()))?)
    };
    let body = match top.take("check") {
        Some(name) => {
            let name = text(name, &top.at("check"))?;
            let check = checks::find(&name)
                .ok_or_else(|| top.error("check", format!("there is no check called `{name}`")))?;
            Body::Check(check)
        }
        None => data_body(&mut top, &subject)?,
    };
    top.finish()?;
    let info = RuleInfo { id: RuleId::new(id), severity, summary, explanation, url, references };
    Ok(Rule {
        info,
        subject,
        releases,
        chart_versions,
        body,
        yields_to,
        since,
        off_by_default,
        release_texts,
    })
}

fn data_body(top: &mut Fields<'_>, subject: &Subject) -> Outcome<Body> {
    let when = top.required("when")?;
    let when = conditions(when, &top.at("when"), subject)?;
    let mut report = Fields::new(top.required("report")?, &top.at("report"))?;
    let at = report.required_path("at", subject)?;
    let message = report.required_message("message", subject)?;
    let help = report.message("help", subject)?;
    let mut related = Vec::new();
    if let Some(list) = report.take("related") {
        let place = report.at("related");
        for (index, item) in list_of(list, &place)?.iter().enumerate() {
            let mut item = Fields::new(item, &child(&place, &index.to_string()))?;
            related.push((item.required_path("at", subject)?, item.required_message("message", subject)?));
            item.finish()?;
        }
    }
    report.finish()?;
    let fix = match top.take("fix") {
        None => None,
        Some(raw) => Some(fix(raw, &top.at("fix"), subject)?),
    };
    Ok(Body::Data { when, report: Box::new(ReportTemplate { at, message, related, help, fix }) })
}

fn fix(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<(Safety, Vec<(Path, Literal)>)> {
    let mut fields = Fields::new(raw, place)?;
    let safety = match fields.required_text("safety")?.as_str() {
        "safe" => Safety::Safe,
        "unsafe" => Safety::Unsafe,
        "display" => Safety::Display,
        other => {
            return Err(fields.error("safety", format!("`{other}` is none of `safe`, `unsafe`, `display`")));
        }
    };
    let set = fields.required("set")?;
    let place = fields.at("set");
    let set = map_of(set, &place)?
        .iter()
        .map(|(key, value)| {
            Ok((path(key, &child(&place, key), subject)?, literal(value, &child(&place, key))?))
        })
        .collect::<Outcome<_>>()?;
    fields.finish()?;
    Ok((safety, set))
}

fn applies_to(raw: &Raw, place: &[String]) -> Outcome<(Subject, Vec<String>, Option<VersionRange>)> {
    let mut fields = Fields::new(raw, place)?;
    let mut subjects = Vec::new();
    for key in ["chart", "kind", "config"] {
        let Some(raw) = fields.take(key) else { continue };
        let name = text(raw, &fields.at(key))?;
        subjects.push(match key {
            "chart" if name != ANY_CHART && !crate::cluster::charts::is_packaged(&name) => {
                return Err(fields.error(key, format!("RKE2 ships no chart called `{name}`")));
            }
            "chart" => Subject::Chart(name),
            "kind" => Subject::Kind(name),
            _ => Subject::Config(match name.as_str() {
                "server" => ConfigSubject::Server,
                "agent" => ConfigSubject::Agent,
                "any" => ConfigSubject::Any,
                other => {
                    return Err(fields.error(key, format!("`{other}` is none of `server`, `agent`, `any`")));
                }
            }),
        });
    }
    for (key, subject) in [
        ("registries", Subject::Registries),
        ("manifest-file", Subject::ManifestFile),
        ("cluster", Subject::Cluster),
    ] {
        if let Some(raw) = fields.take(key) {
            if *raw != Raw::Bool(true) {
                return Err(fields.error(key, "write `true`".to_owned()));
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
        _ => Err(CompileError {
            path: place.to_vec(),
            message:
                "name one subject: `chart`, `kind`, `config`, `registries`, `manifest-file` or `cluster`"
                    .to_owned(),
        }),
    }
}

fn conditions(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Vec<Condition>> {
    list_of(raw, place)?
        .iter()
        .enumerate()
        .map(|(index, item)| condition(item, &child(place, &index.to_string()), subject))
        .collect()
}

fn condition(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Condition> {
    let mut parts = Vec::new();
    for (key, value) in map_of(raw, place)? {
        let place = child(place, key);
        parts.push(match key.as_str() {
            "any" => Condition::Any(conditions(value, &place, subject)?),
            "all" => Condition::All(conditions(value, &place, subject)?),
            "not" => Condition::Not(Box::new(condition(value, &place, subject)?)),
            _ => Condition::Test(path(key, &place, subject)?, predicate(value, &place, subject)?),
        });
    }
    match parts.len() {
        0 => Err(CompileError { path: place.to_vec(), message: "an empty condition".to_owned() }),
        1 => Ok(parts.remove(0)),
        _ => Ok(Condition::All(parts)),
    }
}

fn predicate(raw: &Raw, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let Raw::Map(entries) = raw else { return Ok(Predicate::Equals(literal(raw, place)?)) };
    let mut parts = Vec::new();
    for (name, value) in entries {
        parts.push(named_predicate(name, value, &child(place, name), subject)?);
    }
    match parts.len() {
        0 => Err(CompileError { path: place.to_vec(), message: "an empty predicate".to_owned() }),
        1 => Ok(parts.remove(0)),
        _ => Ok(Predicate::All(parts)),
    }
}

fn named_predicate(name: &str, value: &Raw, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let boxed = |raw: &Raw| predicate(raw, place, subject).map(Box::new);
    let fail = |message: String| CompileError { path: place.to_vec(), message };
    Ok(match name {
        "not" => Predicate::Not(boxed(value)?),
        "one-of" => Predicate::OneOf(literals(value, place)?),
        "none-of" => Predicate::Not(Box::new(Predicate::OneOf(literals(value, place)?))),
        "all" => Predicate::All(
            list_of(value, place)?
                .iter()
                .map(|item| predicate(item, place, subject))
                .collect::<Outcome<_>>()?,
        ),
        "matches" => {
            let pattern = text(value, place)?;
            // Built-in rules are compiled by a test; a user's pattern is worth the time it takes here.
            if let Err(error) = regex_syntax_check(&pattern) {
                return Err(fail(format!("`{pattern}` is not a regular expression: {error}")));
            }
            Predicate::Matches(Pattern::new(pattern))
        }
        "set" => Predicate::Set(boolean(value, place)?),
        "defined" => Predicate::Defined(boolean(value, place)?),
        "type" => {
            let name = text(value, place)?;
            if !TYPES.contains(&name.as_str()) {
                return Err(fail(format!("`{name}` is not a type: use one of `{}`", TYPES.join("`, `"))));
            }
            Predicate::Type(name)
        }
        "at-least" => Predicate::AtLeast(number(value, place)?),
        "at-most" => Predicate::AtMost(number(value, place)?),
        "less-than" => Predicate::LessThan(number(value, place)?),
        "greater-than" => Predicate::GreaterThan(number(value, place)?),
        "version" => Predicate::Version(VersionRange::parse(&text(value, place)?).map_err(fail)?),
        "length" => Predicate::Length(boxed(value)?),
        "contains" => Predicate::Contains(literal(value, place)?),
        "any" => Predicate::Any(boxed(value)?),
        "each" => Predicate::Each(boxed(value)?),
        "unique" => Predicate::Unique(boolean(value, place)?),
        "cidr" => net(value, false, place, subject)?,
        "ip" => net(value, true, place, subject)?,
        "duration" => valid(value, place, Predicate::Duration)?,
        "cron" => valid(value, place, Predicate::Cron)?,
        "regex" => valid(value, place, Predicate::RegexSyntax)?,
        "same-as" => Predicate::SameAs(path(&text(value, place)?, place, subject)?),
        _ => return Err(fail(format!("`{name}` is not a predicate"))),
    })
}

fn net(raw: &Raw, address: bool, place: &[String], subject: &Subject) -> Outcome<Predicate> {
    let predicate = |test| Predicate::Net { address, test };
    if let Raw::Text(word) = raw {
        return match word.as_str() {
            "valid" => Ok(predicate(NetTest::Valid(true))),
            "invalid" => Ok(predicate(NetTest::Valid(false))),
            _ => Err(CompileError {
                path: place.to_vec(),
                message: format!("`{word}` is none of `valid`, `invalid`"),
            }),
        };
    }
    let mut tests = Vec::new();
    for (name, value) in map_of(raw, place)? {
        let place = child(place, name);
        let other = || path(&text(value, &place)?, &place, subject);
        tests.push(predicate(match name.as_str() {
            "valid" => NetTest::Valid(boolean(value, &place)?),
            "dual-stack" => NetTest::DualStack(boolean(value, &place)?),
            "family" => NetTest::Family(match text(value, &place)?.as_str() {
                "ipv4" => Family::V4,
                "ipv6" => Family::V6,
                other => {
                    return Err(CompileError {
                        path: place,
                        message: format!("`{other}` is none of `ipv4`, `ipv6`"),
                    });
                }
            }),
            "within" => NetTest::Within(other()?),
            "overlaps" => NetTest::Overlaps(other()?),
            "same-families-as" => NetTest::SameFamiliesAs(other()?),
            _ => {
                return Err(CompileError {
                    path: place,
                    message: format!("`{name}` is not a test of networks"),
                });
            }
        }));
    }
    Ok(if tests.len() == 1 { tests.remove(0) } else { Predicate::All(tests) })
}

fn valid(raw: &Raw, place: &[String], predicate: Predicate) -> Outcome<Predicate> {
    match text(raw, place)?.as_str() {
        "valid" => Ok(predicate),
        "invalid" => Ok(Predicate::Not(Box::new(predicate))),
        other => Err(CompileError {
            path: place.to_vec(),
            message: format!("`{other}` is none of `valid`, `invalid`"),
        }),
    }
}

fn path(written: &str, place: &[String], subject: &Subject) -> Outcome<Path> {
    let fail = |message: String| CompileError { path: place.to_vec(), message };
    let path = Path::parse(written).map_err(fail)?;
    let exists = match path.root {
        Root::Values => matches!(subject, Subject::Chart(_)),
        Root::Resource => matches!(subject, Subject::Chart(_) | Subject::Kind(_)),
        Root::Registries => *subject == Subject::Registries,
        Root::File => *subject != Subject::Cluster,
        Root::ChartValues(_) | Root::Config | Root::Cluster | Root::Host => true,
    };
    if exists { Ok(path) } else { Err(fail(format!("`{written}` does not exist for this rule's subject"))) }
}

fn literals(raw: &Raw, place: &[String]) -> Outcome<Vec<Literal>> {
    list_of(raw, place)?.iter().map(|item| literal(item, place)).collect()
}

#[allow(clippy::cast_precision_loss, reason = "rule files hold small numbers")]
fn literal(raw: &Raw, place: &[String]) -> Outcome<Literal> {
    Ok(match raw {
        Raw::Null => Literal::Null,
        Raw::Bool(value) => Literal::Bool(*value),
        Raw::Int(value) => Literal::Number(*value as f64),
        Raw::Float(value) => Literal::Number(*value),
        Raw::Text(text) => Literal::Text(text.clone()),
        Raw::List(_) | Raw::Map(_) => {
            return Err(CompileError { path: place.to_vec(), message: "a scalar is needed here".to_owned() });
        }
    })
}

#[allow(clippy::cast_precision_loss, reason = "rule files hold small numbers")]
fn number(raw: &Raw, place: &[String]) -> Outcome<f64> {
    match raw {
        Raw::Int(value) => Ok(*value as f64),
        Raw::Float(value) => Ok(*value),
        _ => Err(CompileError { path: place.to_vec(), message: "a number is needed here".to_owned() }),
    }
}

fn boolean(raw: &Raw, place: &[String]) -> Outcome<bool> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        _ => {
            Err(CompileError { path: place.to_vec(), message: "`true` or `false` is needed here".to_owned() })
        }
    }
}

fn text(raw: &Raw, place: &[String]) -> Outcome<String> {
    match raw {
        Raw::Text(text) if !text.trim().is_empty() => Ok(text.clone()),
        Raw::Int(number) => Ok(number.to_string()),
        Raw::Float(number) => Ok(number.to_string()),
        _ => Err(CompileError { path: place.to_vec(), message: "text is needed here".to_owned() }),
    }
}

fn list_of<'r>(raw: &'r Raw, place: &[String]) -> Outcome<&'r [Raw]> {
    match raw {
        Raw::List(items) => Ok(items),
        _ => Err(CompileError { path: place.to_vec(), message: "a list is needed here".to_owned() }),
    }
}

fn map_of<'r>(raw: &'r Raw, place: &[String]) -> Outcome<&'r [(String, Raw)]> {
    match raw {
        Raw::Map(entries) => Ok(entries),
        _ => Err(CompileError { path: place.to_vec(), message: "a mapping is needed here".to_owned() }),
    }
}

fn child(place: &[String], key: &str) -> Vec<String> {
    place.iter().cloned().chain([key.to_owned()]).collect()
}

fn is_rule_id(id: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    id.split_once('/').is_some_and(|(category, name)| word(category) && word(name))
}

/// Checked without compiling: a compiled expression costs more than all else in a rule.
fn regex_syntax_check(pattern: &str) -> Result<(), String> {
    regex_syntax::Parser::new()
        .parse(pattern)
        .map(|_| ())
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

/// The fields of a mapping, each to be taken once; what is left over is unknown.
struct Fields<'r> {
    entries: Vec<(&'r str, &'r Raw)>,
    place: Vec<String>,
}

impl<'r> Fields<'r> {
    fn new(raw: &'r Raw, place: &[String]) -> Outcome<Self> {
        let entries = map_of(raw, place)?.iter().map(|(key, value)| (key.as_str(), value)).collect();
        Ok(Self { entries, place: place.to_vec() })
    }

    fn at(&self, key: &str) -> Vec<String> {
        child(&self.place, key)
    }

    fn error(&self, key: &str, message: String) -> CompileError {
        CompileError { path: self.at(key), message }
    }

    fn take(&mut self, key: &str) -> Option<&'r Raw> {
        let index = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.remove(index).1)
    }

    fn required(&mut self, key: &str) -> Outcome<&'r Raw> {
        self.take(key)
            .ok_or_else(|| CompileError { path: self.place.clone(), message: format!("`{key}` is missing") })
    }

    fn required_text(&mut self, key: &str) -> Outcome<String> {
        let raw = self.required(key)?;
        text(raw, &self.at(key))
    }

    fn required_path(&mut self, key: &str, subject: &Subject) -> Outcome<Path> {
        let written = self.required_text(key)?;
        path(&written, &self.at(key), subject)
    }

    fn required_message(&mut self, key: &str, subject: &Subject) -> Outcome<Message> {
        let message = self.message(key, subject)?;
        message
            .ok_or_else(|| CompileError { path: self.place.clone(), message: format!("`{key}` is missing") })
    }

    fn message(&mut self, key: &str, subject: &Subject) -> Outcome<Option<Message>> {
        let Some(raw) = self.take(key) else { return Ok(None) };
        let place = self.at(key);
        let message =
            Message::parse(text(raw, &place)?.trim()).map_err(|message| self.error(key, message))?;
        for used in message.paths() {
            path(&used.to_string(), &place, subject)?;
        }
        Ok(Some(message))
    }

    /// A text or a list of texts; empty when the key is missing.
    fn texts(&mut self, key: &str) -> Outcome<Vec<String>> {
        let place = self.at(key);
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Raw::List(items)) => items.iter().map(|item| text(item, &place)).collect(),
            Some(raw) => Ok(vec![text(raw, &place)?]),
        }
    }

    fn finish(self) -> Outcome<()> {
        match self.entries.first() {
            None => Ok(()),
            Some((key, _)) => Err(CompileError {
                path: child(&self.place, key),
                message: format!("`{key}` is not a field here"),
            }),
        }
    }
}
