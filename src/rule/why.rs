//! Explains why a rule fires at a subject or not: what each condition evaluates to, and where its values come from. The
//! rule is evaluated a second time for this. Must not print.

mod record;
mod source;
mod value;

use super::compile::{Body, Rule, Subject};
use super::context::Target;
use super::eval::{self, Run};
pub use super::truth::Truth;
use super::{Context, firing};
use crate::cluster::Cluster;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::RuleId;
use crate::source::Span;
use record::Recorder;
pub use source::RuleSource;

/// The rule and the subject to explain.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The rule.
    pub rule: &'q Rule,
    /// The source of the rule.
    pub source: &'q RuleSource,
    /// The file and line of the subject; `None` for every subject.
    pub at: Option<(&'q str, usize)>,
}

/// A place as shown to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line, from 1; `None` if the text is not on any line of the file.
    pub line: Option<usize>,
}

/// Converts a span to a place.
pub type Locate<'l> = dyn Fn(Span) -> Place + 'l;

/// The evaluation of a rule at one subject.
#[derive(Clone, Debug)]
pub struct Trace {
    /// A description of the subject.
    pub subject: String,
    /// The steps in order.
    pub lines: Vec<Line>,
    /// Whether the rule reports something.
    pub fires: bool,
}

/// One line of a trace.
#[derive(Clone, Debug)]
pub struct Line {
    /// The nesting depth, from 0.
    pub depth: usize,
    /// The kind of step.
    pub step: Step,
    /// The text.
    pub text: String,
    /// The keys that lead to the step in the rule file; empty if it has no place there.
    pub keys: Vec<String>,
}

/// The kind of step that a line of a trace describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A remark.
    Note,
    /// A name is bound to something at a place.
    Bound(Option<Place>),
    /// A condition with its result; the flag marks the first condition of its list that is not true.
    Condition(Truth, bool),
    /// A value that a condition reads.
    Value,
    /// A case.
    Case,
    /// The reported finding.
    Report,
}

impl Line {
    fn note(depth: usize, text: impl Into<String>) -> Self {
        Self { depth, step: Step::Note, text: text.into(), keys: Vec::new() }
    }
}

/// Evaluates a rule again for its subjects in a cluster.
pub fn traces<'a>(
    question: &Question<'_>,
    cluster: &Cluster<'a>,
    before: Option<&Cluster<'a>>,
    locate: &Locate<'_>,
) -> Vec<Trace> {
    let subjects = eval::subjects(question.rule, cluster);
    let asked = |target: &Target<'_, 'a>| match question.at {
        None => Some(true),
        Some(at) => holds_line(target, cluster, at, locate),
    };
    let mut chosen: Vec<(bool, &Target<'_, 'a>)> =
        subjects.iter().filter_map(|target| Some((asked(target)?, target))).collect();
    // A line that is in none of the objects selects all objects of the file.
    if chosen.iter().any(|(exactly, _)| *exactly) {
        chosen.retain(|(exactly, _)| *exactly);
    }
    let run = Run::new(cluster, before);
    chosen.into_iter().map(|(_, target)| trace(question, target, &run, cluster, locate)).collect()
}

/// Whether a line belongs to a subject; `None` if even the file is a different one.
fn holds_line(
    target: &Target<'_, '_>,
    cluster: &Cluster<'_>,
    (path, line): (&str, usize),
    locate: &Locate<'_>,
) -> Option<bool> {
    let is_file = |span: Span| locate(span).path == path;
    let is_within = |span: Span| {
        let (start, end) = (locate(span), locate(Span { start: span.end, ..span }));
        (start.path == path).then(|| start.line <= Some(line) && Some(line) <= end.line)
    };
    match target {
        Target::Chart { object, .. } => is_within(object.object.node.span()),
        Target::Object { object, .. } => is_within(object.node.span()),
        Target::Config(node) => node.files().any(|file| is_file(Span::file_start(file.id))).then_some(true),
        Target::Registries(file) => is_file(Span::file_start(file.id)).then_some(true),
        Target::File(manifest) => is_file(Span::file_start(manifest.file.id)).then_some(true),
        Target::Cluster => {
            cluster.files().into_iter().any(|(file, _)| is_file(Span::file_start(file.id))).then_some(true)
        }
    }
}

fn trace<'c, 'a>(
    question: &Question<'_>,
    target: &Target<'c, 'a>,
    run: &Run<'c, 'a>,
    cluster: &Cluster<'a>,
    locate: &Locate<'_>,
) -> Trace {
    let rule = question.rule;
    let subject = subject_words(target, cluster, locate);
    if let Some(reason) = refusal(rule, target, cluster) {
        return Trace { subject, lines: vec![Line::note(0, reason)], fires: false };
    }
    let contexts = run.contexts(rule, target);
    let mut lines = Vec::new();
    if let Some(words) = rust_words(rule, question.source) {
        lines.push(Line::note(0, words));
    }
    for context in &contexts {
        let world = if contexts.len() > 1 { world_words(context, locate) } else { None };
        let depth = usize::from(world.is_some());
        lines.extend(world.map(|world| Line::note(0, world)));
        lines.extend(of_context(question, context, depth, locate));
    }
    let mut findings = Vec::new();
    run.rule(rule, target, &mut findings);
    let fires = !findings.is_empty();
    if !fires && contexts.len() > 1 && lines.iter().any(|line| line.step == Step::Report) {
        lines.push(Line::note(0, "not reported: the rule must fire at the same place for every server"));
    }
    if fires && !rule.yields_to.is_empty() {
        let others: Vec<&str> = rule.yields_to.iter().map(RuleId::as_str).collect();
        lines.push(Line::note(
            0,
            format!("a finding of `{}` at the same place would replace this one", others.join("`, `")),
        ));
    }
    Trace { subject, lines, fires }
}

/// The trace of the rule for one server and host.
fn of_context(
    question: &Question<'_>,
    context: &Context<'_, '_>,
    depth: usize,
    locate: &Locate<'_>,
) -> Vec<Line> {
    if let Body::Data(data) = &question.rule.body {
        let mut recorder = Recorder::new(question.source, depth, locate);
        firing::drafts(data.get(&question.rule.subject), 0, &mut context.clone(), &mut recorder);
        match question.at {
            Some(at) => record::near(recorder.lines, at),
            None => recorder.lines,
        }
    } else {
        let drafts = eval::drafts(question.rule, context.clone());
        if drafts.is_empty() {
            return vec![Line::note(depth, "reports nothing")];
        }
        drafts.iter().map(|draft| report(draft, depth, locate)).collect()
    }
}

fn report(draft: &super::Draft, depth: usize, locate: &Locate<'_>) -> Line {
    let text = format!("{} ({})", draft.message, locate(draft.at));
    Line { depth, step: Step::Report, text, keys: Vec::new() }
}

/// Why the rule is not evaluated for a subject.
fn refusal(rule: &Rule, target: &Target<'_, '_>, cluster: &Cluster<'_>) -> Option<String> {
    if !eval::applies(rule, &cluster.target) {
        return Some(if rule.subject == Subject::Engine {
            "rke2-lint itself raises these findings; no rule is evaluated".to_owned()
        } else {
            format!(
                "not evaluated: the rule is for releases {}, and the cluster is checked against {}",
                rule.release_words(),
                cluster.target
            )
        });
    }
    if eval::matches_target(rule, target, cluster) {
        return None;
    }
    Some(match target {
        Target::Config(node) if node.role == NodeRole::Unknown => {
            "not evaluated: the files do not determine the role of the node".to_owned()
        }
        Target::Config(node) => {
            format!("not evaluated: the rule is not for the configuration of a {}", role(node))
        }
        Target::Chart { object, .. } if cluster.manifests[object.manifest].overlay.patch => {
            "not evaluated: the object is a Kustomize patch".to_owned()
        }
        Target::Chart { object, .. } => {
            let versions = cluster.versions(&object.name);
            let known: Vec<&str> = versions.iter().flatten().copied().collect();
            format!(
                "not evaluated: the rule is for other versions of {} than {}",
                object.name,
                known.join(", ")
            )
        }
        _ => "not evaluated".to_owned(),
    })
}

fn role(node: &NodeConfig<'_>) -> &'static str {
    match node.role {
        NodeRole::Server => "server",
        NodeRole::Agent => "agent",
        NodeRole::Unknown => "unknown",
    }
}

/// The remark for a rule that is not declarative.
fn rust_words(rule: &Rule, source: &RuleSource) -> Option<String> {
    match &rule.body {
        Body::Data(_) | Body::Engine => None,
        Body::Check(_) => Some(match source.reason() {
            Some(reason) => format!("the check is in Rust, because it {}", reason.trim_end_matches('.')),
            None => "the check is in Rust".to_owned(),
        }),
        Body::ChartValues(verdict) => Some(format!(
            "the check is in Rust: one walk through all values of the chart; this rule reports its verdict `{}`",
            verdict.name()
        )),
    }
}

/// The server and the host that are assumed.
fn world_words(context: &Context<'_, '_>, locate: &Locate<'_>) -> Option<String> {
    let server = context.server.and_then(NodeConfig::place).map(|at| format!("server {}", locate(at).path));
    let host = context.host.and_then(|host| host.text(&["hostname"])).map(|(name, _)| format!("host {name}"));
    let words: Vec<String> = server.into_iter().chain(host).collect();
    (!words.is_empty()).then(|| format!("for {}:", words.join(" and ")))
}

fn subject_words(target: &Target<'_, '_>, cluster: &Cluster<'_>, locate: &Locate<'_>) -> String {
    let object = |object: crate::rke2::object::Object<'_>| {
        let kind = object.kind().unwrap_or_default();
        let name = object.name().unwrap_or_default();
        format!("{} ({kind} {name})", locate(object.label_span()))
    };
    let file = |file: &crate::rke2::file::RkeFile| locate(Span::file_start(file.id)).path;
    match target {
        Target::Chart { object: chart, .. } => object(chart.object),
        Target::Object { object: found, .. } => object(*found),
        Target::Config(node) => {
            let files: Vec<String> = node.files().map(file).collect();
            format!("{} (configuration of a node, role {})", files.join(", "), role(node))
        }
        Target::Registries(found) => format!("{} (registries.yaml)", file(found)),
        Target::File(manifest) => format!("{} (manifest file)", file(manifest.file)),
        Target::Cluster => format!("cluster {}", cluster.name),
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}
