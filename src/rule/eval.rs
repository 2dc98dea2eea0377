//! Runs rules over a cluster. A rule fires only when its conditions are known to be true, for every server
//! whose configuration may apply.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use rayon::prelude::*;

use super::Draft;
use super::compile::{ANY_CHART, Body, Condition, ConfigSubject, FixTemplate, ReportTemplate, Rule, Subject};
use super::context::{Context, Target};
use super::grammar::VersionRange;
use super::path::{Path, Root};
use super::predicate::Literal;
use super::truth::Truth;
use super::{chart_values, edit};
use crate::catalog;
use crate::cluster::Cluster;
use crate::cluster::charts::Manifest;
use crate::cluster::fact::{Datum, Fact, Found};
use crate::cluster::host::Host;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::{Edit, Finding, Fix, Label};
use crate::rke2::object::{HelmKind, Object};
use crate::source::Span;

/// How many targets make it worth while to share the work on one cluster among threads.
const LARGE: usize = 512;

/// Rules about the text of values, which hold for a patch as well; others ask for the whole object.
const OF_PATCHES: &[&str] = &[
    "helm-chart-config/values-duplicate-key",
    "helm-chart-config/values-multi-document",
    "helm-chart-config/values-parse-error",
];

/// The rules that have something to say of a target, by their subjects: most clusters have the same target.
#[derive(Debug)]
pub struct Selection<'r> {
    target: catalog::Target,
    by_subject: BTreeMap<SubjectKey<'r>, Vec<&'r Rule>>,
}

impl<'r> Selection<'r> {
    /// Picks the rules for a target.
    pub fn new(rules: &'r [Rule], target: &catalog::Target) -> Self {
        let mut by_subject: BTreeMap<SubjectKey<'r>, Vec<&'r Rule>> = BTreeMap::new();
        for rule in rules.iter().filter(|rule| applies(rule, target)) {
            by_subject.entry(SubjectKey::of(&rule.subject)).or_default().push(rule);
        }
        Self { target: target.clone(), by_subject }
    }

    /// Whether these are the rules for a target.
    pub fn is_for(&self, target: &catalog::Target) -> bool {
        self.target == *target
    }
}

/// Runs every rule over every subject of a cluster. `before` is the same cluster in the tree before.
pub fn run<'a>(
    selection: &Selection<'_>,
    cluster: &Cluster<'a>,
    before: Option<&Cluster<'a>>,
) -> Vec<Finding> {
    let by_subject = &selection.by_subject;
    let run = Run { cluster, before, servers: cluster.servers().into_iter().map(Some).collect() };
    let run_target = |target: &Target<'_, 'a>| {
        let mut found = Vec::new();
        for rule in SubjectKey::of_target(target).iter().filter_map(|key| by_subject.get(key)).flatten() {
            if matches_target(rule, target, cluster) {
                run.rule(rule, target, &mut found);
            }
        }
        found
    };
    let targets = targets(cluster);
    if targets.len() < LARGE {
        // Clusters are checked side by side already.
        targets.iter().flat_map(run_target).collect()
    } else {
        targets.par_iter().flat_map_iter(run_target).collect()
    }
}

fn applies(rule: &Rule, target: &catalog::Target) -> bool {
    if rule.releases.as_ref().is_some_and(|range| !target.all(|release| range.contains(release))) {
        return false;
    }
    rule.subject != Subject::Engine
}

/// Whether every version is there, and in a range.
fn fits(range: &VersionRange, versions: &[Option<&str>]) -> bool {
    versions.iter().all(|version| version.is_some_and(|version| range.contains(version) == Some(true)))
}

/// An index of subjects, so that a rule is only asked where it has something to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SubjectKey<'r> {
    Chart(&'r str),
    Kind(std::borrow::Cow<'r, str>),
    Config,
    Registries,
    File,
    Cluster,
}

impl<'r> SubjectKey<'r> {
    fn of(subject: &'r Subject) -> Self {
        match subject {
            Subject::Chart(name) => Self::Chart(name),
            Subject::Kind(kind) => Self::Kind(kind.as_str().into()),
            Subject::Config(_) => Self::Config,
            Subject::Registries => Self::Registries,
            Subject::ManifestFile => Self::File,
            // A rule of the engine is never asked.
            Subject::Cluster | Subject::Engine => Self::Cluster,
        }
    }

    fn of_target(target: &'r Target<'_, '_>) -> Vec<Self> {
        match target {
            Target::Chart { object, .. } => vec![Self::Chart(&object.name), Self::Chart(ANY_CHART)],
            Target::Object { object, .. } => {
                let kind = object.kind();
                // Flux has a HelmChart of its own.
                let foreign = kind.as_deref().is_some_and(|kind| kind.starts_with("HelmChart"))
                    && object.helm_kind().is_none();
                kind.filter(|_| !foreign)
                    .map(Self::Kind)
                    .into_iter()
                    .chain([Self::Kind("*".into())])
                    .collect()
            }
            Target::Config(_) => vec![Self::Config],
            Target::Registries(_) => vec![Self::Registries],
            Target::File(_) => vec![Self::File],
            Target::Cluster => vec![Self::Cluster],
        }
    }
}

fn targets<'c, 'a>(cluster: &'c Cluster<'a>) -> Vec<Target<'c, 'a>> {
    let mut targets = Vec::new();
    for chart in &cluster.charts {
        let packaged = cluster.is_packaged(&chart.name);
        // An upgrade breaks nothing of a chart that comes with it.
        let is_new = |from: &catalog::Target| from.chart_versions(&chart.name).iter().all(Option::is_none);
        if cluster.upgraded_from.as_ref().is_some_and(is_new) {
            continue;
        }
        if packaged && (chart.kind == HelmKind::Config || chart.is_generated()) {
            let values = cluster.values(chart);
            targets.push(Target::Chart { object: chart, values, faults: OnceLock::new() });
        }
    }
    for patch in cluster.patches.iter().filter(|patch| patch.kind == HelmKind::Config) {
        if cluster.is_packaged(&patch.name) {
            let values = cluster.values(patch);
            targets.push(Target::Chart { object: patch, values, faults: OnceLock::new() });
        }
    }
    let readable = |(_, manifest): &(Object<'a>, &Manifest<'a>)| {
        !manifest.overlay.patch && manifest.file.stream.first_error().is_none()
    };
    let objects = cluster.all_objects().filter(readable);
    targets.extend(objects.map(|(object, manifest)| Target::Object { object, manifest }));
    targets.extend(cluster.manifests.iter().map(Target::File));
    targets.extend(cluster.own_nodes().iter().map(Target::Config));
    targets.extend(cluster.registries.iter().map(|file| Target::Registries(file)));
    targets.push(Target::Cluster);
    targets
}

fn matches_target(rule: &Rule, target: &Target<'_, '_>, cluster: &Cluster<'_>) -> bool {
    if let (Subject::Config(wanted), Target::Config(node)) = (&rule.subject, target) {
        return match wanted {
            ConfigSubject::Any => true,
            ConfigSubject::Server => node.role == NodeRole::Server,
            ConfigSubject::Agent => node.role == NodeRole::Agent,
        };
    }
    if let Target::Chart { object, .. } = target
        && cluster.manifests[object.manifest].overlay.patch
        && !matches!(rule.body, Body::ChartValues(_))
        && !OF_PATCHES.contains(&rule.info.id.as_str())
    {
        return false;
    }
    match (target, &rule.chart_versions) {
        // What the tree holds counts, not what the releases ship.
        (Target::Chart { object, .. }, Some(range)) => fits(range, &cluster.versions(&object.name)),
        _ => true,
    }
}

/// What is the same for all rules and targets of a cluster.
struct Run<'c, 'a> {
    cluster: &'c Cluster<'a>,
    before: Option<&'c Cluster<'a>>,
    /// The servers whose configuration may apply.
    servers: Vec<Option<&'c NodeConfig<'a>>>,
}

impl<'c, 'a> Run<'c, 'a> {
    fn rule(&self, rule: &Rule, target: &Target<'c, 'a>, findings: &mut Vec<Finding>) {
        let own: [Option<&NodeConfig<'a>>; 1];
        let servers = match target {
            // A node's own configuration is the only one that counts for it.
            Target::Config(node) => {
                own = [Some(node)];
                &own[..]
            }
            _ if self.servers.is_empty() => &[None],
            _ => &self.servers,
        };
        // Every host is a real node: what is true of one is true of the cluster. A server's configuration may be
        // meant for any of them, so that counts only if it is true of all.
        let mut found: Vec<Draft> = Vec::new();
        for host in self.hosts(rule, target) {
            let mut worlds = servers.iter().map(|&server| {
                let Self { cluster, before, .. } = *self;
                drafts(rule, Context { cluster, before, server, host, target, bindings: Vec::new() })
            });
            let mut drafts = worlds.next().unwrap_or_default();
            while !drafts.is_empty()
                && let Some(other) = worlds.next()
            {
                let places: HashSet<Span> = other.iter().map(|draft| draft.at).collect();
                drafts.retain(|draft| places.contains(&draft.at));
            }
            // A mistake on two hosts is one finding.
            if !found.is_empty() {
                let places: HashSet<Span> = found.iter().map(|draft| draft.at).collect();
                drafts.retain(|draft| !places.contains(&draft.at));
            }
            found.append(&mut drafts);
        }
        findings.extend(found.into_iter().map(|draft| draft.finish(&rule.info)));
    }

    /// The hosts that a rule is asked for, one after the other.
    fn hosts(&self, rule: &Rule, target: &Target<'c, 'a>) -> impl Iterator<Item = Option<&'c Host<'a>>> {
        let asked = !self.cluster.hosts.is_empty() && speaks_of_hosts(rule);
        let all = if asked { &self.cluster.hosts[..] } else { &[] };
        let own = match target {
            Target::Config(node) => Some(node.role),
            _ => None,
        };
        let mut fitting = all.iter().filter(move |host| own.is_none_or(|role| !host.is_other_than(role)));
        // Without any, the rule is asked all the same.
        let first = fitting.next();
        std::iter::once(first).chain(fitting.map(Some))
    }
}

/// Whether what a rule finds may depend on a host. Of a check written in Rust nobody knows.
fn speaks_of_hosts(rule: &Rule) -> bool {
    fn speaks(condition: &Condition) -> bool {
        match condition {
            Condition::Test(path, _) => path.root == Root::Host,
            Condition::Any(inner) | Condition::All(inner) => inner.iter().any(speaks),
            Condition::Not(inner) => speaks(inner),
        }
    }
    match &rule.body {
        Body::Check(_) | Body::ChartValues(_) => true,
        Body::Data { when, .. } => when.iter().any(speaks),
        Body::Engine => false,
    }
}

fn drafts(rule: &Rule, context: Context<'_, '_>) -> Vec<Draft> {
    match &rule.body {
        Body::Engine => Vec::new(),
        Body::ChartValues(verdict) => chart_values::drafts(&context, *verdict),
        Body::Check(check) => {
            let mut drafts = Vec::new();
            check(&context, &mut drafts);
            drafts
        }
        Body::Data { when, report } => {
            let fires = |context: &Context<'_, '_>| {
                when.iter().all(|condition| holds(condition, context) == Truth::True)
            };
            let Some(pattern) = pattern(when, report) else {
                return if fires(&context) { vec![draft(report, &context)] } else { Vec::new() };
            };
            let contexts = bound_contexts(context, pattern).into_iter();
            contexts.filter(fires).map(|context| draft(report, &context)).collect()
        }
    }
}

/// The path whose wildcards are to be bound: that of the report, or the first of the conditions.
fn pattern<'r>(when: &'r [Condition], report: &'r ReportTemplate) -> Option<&'r Path> {
    let mut found = report.at.wildcard().map(|_| &report.at);
    for condition in when {
        first_wildcard(condition, &mut found);
    }
    found
}

/// One context for each choice of the wildcards of a path.
fn bound_contexts<'c, 'a>(context: Context<'c, 'a>, pattern: &Path) -> Vec<Context<'c, 'a>> {
    let wildcards = pattern.steps.iter().enumerate().filter(|(_, step)| **step == super::path::Step::Every);
    let mut contexts = vec![context];
    for (at, _) in wildcards {
        let prefix = Path { root: pattern.root.clone(), steps: pattern.steps[..=at].to_vec() };
        contexts = contexts
            .iter()
            .flat_map(|context| {
                // The pattern is compared as bound so far.
                let pattern = context.bind(&prefix);
                context
                    .choices(&prefix)
                    .into_iter()
                    .map(move |choice| context.with(pattern.clone(), at, choice))
            })
            .collect();
    }
    contexts
}

fn first_wildcard<'r>(condition: &'r Condition, found: &mut Option<&'r Path>) {
    match condition {
        Condition::Test(path, _) if path.wildcard().is_some() => {
            found.get_or_insert(path);
        }
        Condition::Test(..) => {}
        Condition::Any(inner) | Condition::All(inner) => {
            for condition in inner {
                first_wildcard(condition, found);
            }
        }
        Condition::Not(inner) => first_wildcard(inner, found),
    }
}

fn holds(condition: &Condition, context: &Context<'_, '_>) -> Truth {
    match condition {
        Condition::Test(path, predicate) => predicate.test(&context.fact(path), context),
        Condition::Any(inner) => Truth::any(inner.iter().map(|condition| holds(condition, context))),
        Condition::All(inner) => Truth::all(inner.iter().map(|condition| holds(condition, context))),
        Condition::Not(inner) => !holds(inner, context),
    }
}

fn draft(report: &ReportTemplate, context: &Context<'_, '_>) -> Draft {
    let value = |path: &Path| match context.fact(path) {
        Fact::Known(found) => found.value.to_string(),
        Fact::Absent(_) | Fact::Unknown => "not set".to_owned(),
    };
    let mut draft = Draft::new(context.place(&report.at), report.message.render(value));
    for (at, message) in &report.related {
        // What was not written before has no place in the old file.
        if matches!(at.root, Root::Before(_)) && context.fact(at).span().is_none() {
            continue;
        }
        let span = context.place(at);
        if span != draft.at {
            draft.related.push(Label { span, message: message.render(value) });
        }
    }
    draft.help = report.help.as_ref().map(|help| help.render(value));
    draft.fix = report.fix.as_ref().and_then(|template| fix(template, draft.at, context));
    draft
}

/// The edits of a fix; `None` where not all of them can be made.
fn fix(template: &FixTemplate, at: Span, context: &Context<'_, '_>) -> Option<Fix> {
    let mut edits = Vec::new();
    let mut words = Vec::new();
    for (path, literal) in &template.set {
        let text = literal_text(literal);
        words.push(format!("set `{}` to `{text}`", path.key_words()));
        edits.push(match context.fact(path) {
            Fact::Known(Found {
                value: Datum::Map(_) | Datum::List(_) | Datum::Null | Datum::Opaque,
                ..
            })
            | Fact::Unknown => None,
            Fact::Known(Found { at: Some(span), .. }) => Some(Edit { span, replacement: text }),
            Fact::Known(_) | Fact::Absent(_) => {
                let mut roots = context.roots(path).into_iter();
                let keys = path.plain_keys()?;
                roots.find(|root| root.span().file == at.file).and_then(|root| edit::set(root, &keys, &text))
            }
        });
    }
    for path in &template.remove {
        words.push(format!("remove `{}`", path.key_words()));
        edits.push(context.without_path(path));
    }
    let edits = edits.into_iter().collect::<Option<Vec<Edit>>>()?;
    Some(Fix { safety: template.safety, message: words.join(", "), edits })
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(value) => value.to_string(),
        Literal::Text(text) => {
            let plain = !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
                && matches!(
                    crate::yaml::resolve(text, crate::yaml::Style::Plain, None),
                    crate::yaml::Value::Str(_)
                );
            if plain { text.clone().into_owned() } else { format!("{text:?}") }
        }
    }
}
