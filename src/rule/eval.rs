//! Runs rules over a cluster. A rule fires only when its conditions are known to be true, for every server
//! whose configuration may apply.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::Draft;
use super::compile::{ANY_CHART, Body, Condition, ConfigSubject, ReportTemplate, Rule, Subject};
use super::context::{Context, Target};
use super::path::{Path, Root};
use super::predicate::Literal;
use super::truth::Truth;
use crate::cluster::Cluster;
use crate::cluster::fact::{Datum, Fact};
use crate::cluster::host::Host;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::{Edit, Finding, Fix, Label, Safety};
use crate::rke2::object::HelmKind;

/// Runs every rule over every subject of a cluster. `before` is the same cluster in the tree before.
pub fn run<'a>(rules: &[&Rule], cluster: &Cluster<'a>, before: Option<&Cluster<'a>>) -> Vec<Finding> {
    let mut by_subject: BTreeMap<SubjectKey<'_>, Vec<&Rule>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| applies(rule, cluster)) {
        by_subject.entry(SubjectKey::of(&rule.subject)).or_default().push(rule);
    }
    let run_target = |target: &Target<'_, 'a>| {
        SubjectKey::of_target(target)
            .iter()
            .filter_map(|key| by_subject.get(key))
            .flatten()
            .filter(|rule| matches_target(rule, target, cluster))
            .flat_map(|rule| run_rule(rule, cluster, before, target))
            .collect::<Vec<_>>()
    };
    targets(cluster).par_iter().flat_map_iter(run_target).collect()
}

fn applies(rule: &Rule, cluster: &Cluster<'_>) -> bool {
    if rule.subject == Subject::Engine {
        return false;
    }
    rule.releases.as_ref().is_none_or(|range| cluster.target.all(|release| range.contains(release)))
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
        if packaged && (chart.kind == HelmKind::Config || chart.is_generated()) {
            let values = cluster.values(chart);
            targets.push(Target::Chart { object: chart, values, faults: OnceLock::new() });
        }
    }
    for manifest in &cluster.manifests {
        if !manifest.overlay.patch && manifest.file.stream.first_error().is_none() {
            targets.extend(manifest.file.objects().map(|object| Target::Object { object, manifest }));
        }
        targets.push(Target::File(manifest));
    }
    targets.extend(cluster.nodes.iter().map(Target::Config));
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
    match (target, &rule.chart_versions) {
        (Target::Chart { object, .. }, Some(range)) => {
            let versions = cluster.target.chart_versions(&object.name);
            versions
                .iter()
                .all(|version| version.is_some_and(|version| range.contains(version) == Some(true)))
        }
        _ => true,
    }
}

fn run_rule<'c, 'a>(
    rule: &Rule,
    cluster: &'c Cluster<'a>,
    before: Option<&'c Cluster<'a>>,
    target: &'c Target<'c, 'a>,
) -> Vec<Finding> {
    let mut servers: Vec<Option<&NodeConfig<'a>>> = match target {
        // A node's own configuration is the only one that counts for it.
        Target::Config(node) => vec![Some(node)],
        _ => cluster.servers().into_iter().map(Some).collect(),
    };
    if servers.is_empty() {
        servers.push(None);
    }
    // Every host is a real node: what is true of one is true of the cluster. A server's configuration may be
    // meant for any of them, so that counts only if it is true of all.
    let mut hosts: Vec<Option<&Host<'a>>> = cluster.hosts.iter().map(Some).collect();
    if !hosts.is_empty()
        && let Target::Config(node) = target
    {
        hosts.retain(|host| host.is_some_and(|host| !host.is_other_than(node.role)));
    }
    if hosts.is_empty() || !speaks_of_hosts(rule) {
        hosts = vec![None];
    }
    let mut found: Vec<Draft> = Vec::new();
    for host in hosts {
        let mut worlds = servers.iter().map(|server| {
            drafts(rule, Context { cluster, before, server: *server, host, target, bindings: Vec::new() })
        });
        let mut drafts = worlds.next().unwrap_or_default();
        for other in worlds {
            drafts.retain(|draft| other.iter().any(|same| same.at == draft.at));
        }
        // Two hosts make no two mistakes.
        drafts.retain(|draft| found.iter().all(|other| other.at != draft.at));
        found.append(&mut drafts);
    }
    found.into_iter().map(|draft| draft.finish(&rule.info)).collect()
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
        Body::Check(_) => true,
        Body::Data { when, .. } => when.iter().any(speaks),
        Body::Engine => false,
    }
}

fn drafts(rule: &Rule, context: Context<'_, '_>) -> Vec<Draft> {
    match &rule.body {
        Body::Engine => Vec::new(),
        Body::Check(check) => {
            let mut drafts = Vec::new();
            check(&context, &mut drafts);
            drafts
        }
        Body::Data { when, report } => bound_contexts(context, when, report)
            .into_iter()
            .filter(|context| when.iter().all(|condition| holds(condition, context) == Truth::True))
            .map(|context| draft(report, &context))
            .collect(),
    }
}

/// One context for each choice of the wildcards that the report, or the first condition, speaks of.
fn bound_contexts<'c, 'a>(
    context: Context<'c, 'a>,
    when: &[Condition],
    report: &ReportTemplate,
) -> Vec<Context<'c, 'a>> {
    let mut first = None;
    for condition in when {
        first_wildcard(condition, &mut first);
    }
    let pattern = if report.at.wildcard().is_some() { Some(&report.at) } else { first };
    let Some(pattern) = pattern.filter(|pattern| pattern.root != Root::Config) else { return vec![context] };
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
    if let Some((safety, set)) = &report.fix {
        draft.fix = Some(fix(*safety, set, context));
    }
    draft
}

fn fix(safety: Safety, set: &[(Path, Literal)], context: &Context<'_, '_>) -> Fix {
    let mut edits = Vec::new();
    let mut words = Vec::new();
    for (path, literal) in set {
        let text = literal_text(literal);
        words.push(format!("set `{path}` to `{text}`"));
        if let Fact::Known(found) = context.fact(path)
            && let Some(span) = found.at
            && !matches!(found.value, Datum::Map(_) | Datum::List(_) | Datum::Null)
        {
            edits.push(Edit { span, replacement: text });
        }
    }
    if edits.len() < set.len() {
        // Half a fix is none: what has to be added has no place yet.
        edits.clear();
    }
    Fix { safety, message: words.join(", "), edits }
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
