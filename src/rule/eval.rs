//! Runs rules over a cluster. A rule fires only when its conditions are known to be true, for every server
//! whose configuration may apply.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use super::Draft;
use super::compile::{ANY_CHART, Body, ConfigSubject, Rule, Subject};
use super::context::{Context, Target};
use super::grammar::VersionRange;
use super::present::Candidates;
use super::truth::Truth;
use super::{chart_values, firing};
use crate::catalog;
use crate::cluster::Cluster;
use crate::cluster::charts::Manifest;
use crate::cluster::host::Host;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::Finding;
use crate::rke2::object::{HelmKind, Object};
use crate::source::Span;
use crate::threads;

/// The number of targets from which on the work on one cluster is shared among threads.
const LARGE: usize = 512;

/// Rules about the text of values, which are also valid for a patch; all others need the whole object.
const OF_PATCHES: &[&str] = &[
    "helm-chart-config/values-duplicate-key",
    "helm-chart-config/values-multi-document",
    "helm-chart-config/values-parse-error",
];

/// The rules that apply to a target, by subject. Reused between clusters, most of which have the same target.
#[derive(Debug)]
pub struct Selection<'r> {
    target: catalog::Target,
    by_subject: BTreeMap<SubjectKey<'r>, Candidates<'r>>,
}

impl<'r> Selection<'r> {
    /// Selects the rules for a target.
    pub fn new(rules: &[&'r Rule], target: &catalog::Target) -> Self {
        let mut by_subject: BTreeMap<SubjectKey<'r>, Candidates<'r>> = BTreeMap::new();
        for &rule in rules.iter().filter(|rule| applies(rule, target)) {
            for key in SubjectKey::of(&rule.subject) {
                by_subject.entry(key).or_default().add(rule);
            }
        }
        Self { target: target.clone(), by_subject }
    }

    /// Whether this selection was made for a target.
    pub fn is_for(&self, target: &catalog::Target) -> bool {
        self.target == *target
    }
}

/// Runs every rule over every subject of a cluster. `before` is the same cluster in the previous tree.
pub fn run<'a>(
    selection: &Selection<'_>,
    cluster: &Cluster<'a>,
    before: Option<&Cluster<'a>>,
) -> Vec<Finding> {
    let by_subject = &selection.by_subject;
    let run = Run::new(cluster, before);
    let run_target = |target: &Target<'_, 'a>| {
        let mut found = Vec::new();
        let candidates = SubjectKey::of_target(target).into_iter().filter_map(|key| by_subject.get(&key));
        for rule in candidates.flat_map(|candidates| candidates.of(target)) {
            if matches_target(rule, target, cluster) {
                run.rule(rule, target, &mut found);
            }
        }
        found
    };
    let targets = targets(cluster);
    // Clusters already run in parallel.
    let is_large = targets.len() >= LARGE;
    threads::map(&targets, is_large, run_target).into_iter().flatten().collect()
}

/// Whether a rule applies to every possible release.
pub(super) fn applies(rule: &Rule, target: &catalog::Target) -> bool {
    if rule.releases.as_ref().is_some_and(|range| !target.all(|release| range.contains(release))) {
        return false;
    }
    rule.subject != Subject::Engine
}

/// Whether every version is known and lies in a range.
pub(super) fn fits(range: &VersionRange, versions: &[Option<&str>]) -> bool {
    versions.iter().all(|version| version.is_some_and(|version| range.contains(version) == Some(true)))
}

/// The key of the index of rules by subject, so that a rule runs only on targets that it may concern.
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
    fn of(subject: &'r Subject) -> Vec<Self> {
        match subject {
            Subject::Charts(names) => names.iter().map(|name| Self::Chart(name)).collect(),
            Subject::Kinds(kinds) => kinds.iter().map(|kind| Self::Kind(kind.as_str().into())).collect(),
            Subject::Config(_) => vec![Self::Config],
            Subject::Registries => vec![Self::Registries],
            Subject::ManifestFile => vec![Self::File],
            // Rules of the engine are never evaluated; any key will do.
            Subject::Cluster | Subject::Engine => vec![Self::Cluster],
        }
    }

    fn of_target(target: &'r Target<'_, '_>) -> Vec<Self> {
        match target {
            Target::Chart { object, .. } => vec![Self::Chart(&object.name), Self::Chart(ANY_CHART)],
            Target::Object { object, .. } => {
                let kind = object.kind();
                // Flux defines a different kind `HelmChart`.
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

/// The subjects of a rule, including those whose release, version or role it does not apply to.
pub(super) fn subjects<'c, 'a>(rule: &Rule, cluster: &'c Cluster<'a>) -> Vec<Target<'c, 'a>> {
    let keys = SubjectKey::of(&rule.subject);
    let mut targets = targets(cluster);
    targets.retain(|target| SubjectKey::of_target(target).iter().any(|key| keys.contains(key)));
    targets
}

fn targets<'c, 'a>(cluster: &'c Cluster<'a>) -> Vec<Target<'c, 'a>> {
    let mut targets = Vec::new();
    for chart in &cluster.charts {
        let packaged = cluster.is_packaged(&chart.name);
        // An upgrade cannot break a chart that only the new release includes.
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

/// Whether a rule applies to a subject, considering its role, its chart version, and whether it is a patch.
pub(super) fn matches_target(rule: &Rule, target: &Target<'_, '_>, cluster: &Cluster<'_>) -> bool {
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
        // The chart versions of the tree decide, not those that the releases ship.
        (Target::Chart { object, .. }, Some(range)) => fits(range, &cluster.versions(&object.name)),
        _ => true,
    }
}

/// The state shared by all rules and targets of a cluster.
pub(super) struct Run<'c, 'a> {
    cluster: &'c Cluster<'a>,
    before: Option<&'c Cluster<'a>>,
    /// The servers whose configuration may apply.
    servers: Vec<Option<&'c NodeConfig<'a>>>,
}

impl<'c, 'a> Run<'c, 'a> {
    pub(super) fn new(cluster: &'c Cluster<'a>, before: Option<&'c Cluster<'a>>) -> Self {
        Self { cluster, before, servers: cluster.servers().into_iter().map(Some).collect() }
    }

    /// The servers whose configuration may apply to a subject.
    fn servers<'s>(
        &'s self,
        target: &Target<'c, 'a>,
        own: &'s mut [Option<&'c NodeConfig<'a>>; 1],
    ) -> &'s [Option<&'c NodeConfig<'a>>] {
        match target {
            // For a node, only its own configuration applies.
            Target::Config(node) => {
                *own = [Some(node)];
                own
            }
            _ if self.servers.is_empty() => &[None],
            _ => &self.servers,
        }
    }

    /// The context of a subject for one server and host.
    fn context<'t>(
        &self,
        server: Option<&'c NodeConfig<'a>>,
        host: Option<&'c Host<'a>>,
        target: &'t Target<'c, 'a>,
    ) -> Context<'t, 'a>
    where
        'c: 't,
    {
        Context { cluster: self.cluster, before: self.before, server, host, target, names: Vec::new() }
    }

    /// The contexts of a subject for each host and server.
    pub(super) fn contexts<'t>(&self, rule: &Rule, target: &'t Target<'c, 'a>) -> Vec<Context<'t, 'a>>
    where
        'c: 't,
    {
        let mut own = [None];
        let servers = self.servers(target, &mut own);
        let of_host = |host| servers.iter().map(move |&server| self.context(server, host, target));
        self.hosts(rule, target).flat_map(of_host).collect()
    }

    pub(super) fn rule(&self, rule: &Rule, target: &Target<'c, 'a>, findings: &mut Vec<Finding>) {
        let mut own = [None];
        let servers = self.servers(target, &mut own);
        // Every host is a real node, so a finding on one host is a finding for the cluster. Any of the servers'
        // configurations may be the one in use, so a finding counts only if it is true for all of them.
        let mut found: Vec<Draft> = Vec::new();
        for host in self.hosts(rule, target) {
            let mut worlds = servers.iter().map(|&server| drafts(rule, self.context(server, host, target)));
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

    /// The hosts for which a rule is evaluated.
    fn hosts(&self, rule: &Rule, target: &Target<'c, 'a>) -> impl Iterator<Item = Option<&'c Host<'a>>> {
        let asked = !self.cluster.hosts.is_empty() && asks_hosts(rule);
        let all = if asked { &self.cluster.hosts[..] } else { &[] };
        let own = match target {
            Target::Config(node) => Some(node.role),
            _ => None,
        };
        let mut fitting = all.iter().filter(move |host| own.is_none_or(|role| !host.is_other_than(role)));
        // Without a fitting host, the rule is evaluated once with no host.
        let first = fitting.next();
        std::iter::once(first).chain(fitting.map(Some))
    }
}

/// Whether the findings of a rule may depend on a host. Always assumed for a check in Rust.
fn asks_hosts(rule: &Rule) -> bool {
    match &rule.body {
        Body::Check(_) | Body::ChartValues(_) => true,
        Body::Data(data) => data.get(&rule.subject).asks_hosts,
        Body::Engine => false,
    }
}

pub(super) fn drafts(rule: &Rule, mut context: Context<'_, '_>) -> Vec<Draft> {
    match &rule.body {
        Body::Engine => Vec::new(),
        Body::ChartValues(verdict) => chart_values::drafts(&context, *verdict),
        Body::Check(check) => {
            let mut drafts = Vec::new();
            check(&context, &mut drafts);
            drafts
        }
        Body::Data(data) => {
            let (mut asked, mut leading) = (0, &data.leading);
            while let Some((condition, rest)) = leading.split_first(&rule.subject) {
                if firing::holds(condition, &context) != Truth::True {
                    return Vec::new();
                }
                (asked, leading) = (asked + 1, rest);
            }
            // The first conditions were already evaluated.
            firing::drafts(data.get(&rule.subject), asked, &mut context, &mut ())
        }
    }
}
