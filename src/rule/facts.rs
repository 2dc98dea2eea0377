//! Derived facts: values that Rust code computes from the files and that rules read as paths. The compiler and the
//! documentation use the same table; a new fact is a new entry here. Produces no findings.

mod files;
mod objects;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::context::{Context, Target};
use super::language_error::LanguageError;
use crate::catalog::{chart_has_change, has_change, has_config_field};
use crate::cluster::cilium::{self, KubeProxyReplacement, agent_option, kube_proxy_replacement};
use crate::cluster::effective::Effective;
use crate::cluster::fact::{Datum, Fact, Item};
use crate::cluster::pod_network::PodNetwork;
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::rke2::addon::disable_name;
use crate::rke2::file::RkeFile;
use crate::spelling::nearest;

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactType {
    /// A string.
    Text,
    /// A boolean.
    Bool,
    /// An integer.
    Int,
    /// A list of strings.
    List,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An RKE2 release.
    Release,
    /// A network in CIDR notation.
    Network,
    /// A list of maps with these keys.
    Records(&'static [&'static str]),
}

impl FactType {
    /// The type as documentation names it.
    pub fn words(self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::Bool => "boolean".to_owned(),
            Self::Int => "integer".to_owned(),
            Self::List => "list".to_owned(),
            Self::OneOf(words) => format!("one of `{}`", words.join("`, `")),
            Self::Release => "release".to_owned(),
            Self::Network => "network".to_owned(),
            Self::Records(keys) => format!("list of maps with `{}`", keys.join("`, `")),
        }
    }
}

/// A derived fact.
pub struct FactDef {
    /// The path in rule files, without the argument.
    pub path: &'static str,
    /// The name of its argument, if it has one: `cilium.agent-option(NAME)`.
    pub argument: Option<&'static str>,
    /// The type of its value.
    pub kind: FactType,
    /// What it means, and when it is unknown or absent.
    pub doc: &'static str,
    /// Computes the fact.
    pub of: for<'x, 'c, 'a> fn(&'x Context<'c, 'a>, &str) -> Fact<'a>,
}

impl std::fmt::Debug for FactDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

impl PartialEq for FactDef {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

const fn fact(
    path: &'static str,
    kind: FactType,
    doc: &'static str,
    of: for<'x, 'c, 'a> fn(&'x Context<'c, 'a>, &str) -> Fact<'a>,
) -> FactDef {
    FactDef { path, argument: None, kind, doc, of }
}

/// All derived facts.
pub fn all() -> impl Iterator<Item = &'static FactDef> {
    FACTS.iter().chain(files::FACTS).chain(objects::FACTS)
}

/// Facts about clusters, nodes, objects and charts.
static FACTS: &[FactDef] = &[
    fact(
        "cluster.release",
        FactType::Release,
        "the RKE2 release; unknown if several are possible",
        |context, _| match context.cluster.target.resolved() {
            Some(resolved) => text(resolved.asked.to_string()),
            None => Fact::Unknown,
        },
    ),
    fact(
        "cluster.cni",
        FactType::Text,
        "the primary CNI that a server's configuration selects",
        |context, _| context.cluster.cni(context.server),
    ),
    fact("cluster.multus", FactType::Bool, "whether Multus comes before the primary CNI", |context, _| {
        context.cluster.multus(context.server)
    }),
    fact(
        "cluster.ingress",
        FactType::List,
        "the ingress controllers of a server's configuration",
        |context, _| context.cluster.ingress(context.server),
    ),
    fact(
        "cluster.charts",
        FactType::List,
        "the names of the HelmChart and HelmChartConfig objects",
        |context, _| list(context.cluster.charts.iter().map(|chart| chart.name.clone())),
    ),
    fact("cluster.disabled", FactType::List, "the names in `disable`", |context, _| disabled(context.server)),
    fact(
        "cluster.servers",
        FactType::Int,
        "the number of deciding server configurations; unknown if there are none",
        |context, _| match context.cluster.servers().len() {
            0 => Fact::Unknown,
            count => Fact::default(Datum::Int(i64::try_from(count).unwrap_or(i64::MAX))),
        },
    ),
    fact(
        "cluster.windows",
        FactType::Bool,
        "true if the files show a Windows agent; absent otherwise",
        |context, _| context.cluster.windows(),
    ),
    fact("cluster.keeps-tokens", FactType::Bool, "whether any configuration has a token", |context, _| {
        truth(context.cluster.keeps_tokens())
    }),
    fact(
        "cluster.pods.ipv4",
        FactType::Network,
        "the IPv4 network of the pods; absent without one",
        |context, _| pods(context, PodNetwork::ipv4),
    ),
    fact(
        "cluster.pods.ipv6",
        FactType::Network,
        "the IPv6 network of the pods; absent without one",
        |context, _| pods(context, PodNetwork::ipv6),
    ),
    fact(
        "cluster.nodes-have-ipv4",
        FactType::Bool,
        "whether some node has an IPv4 address; unknown if none is known to and not all are known not to",
        |context, _| {
            let all: Vec<_> = context.cluster.own_nodes().iter().map(NodeConfig::has_ipv4).collect();
            if all.contains(&Some(true)) {
                truth(true)
            } else if all.is_empty() || all.contains(&None) {
                Fact::Unknown
            } else {
                truth(false)
            }
        },
    ),
    fact(
        "cluster.cloud-controller",
        FactType::Text,
        "the name of a cloud controller manager in the manifests; absent without one",
        |context, _| named(context.cluster.cloud_controller()),
    ),
    fact(
        "cluster.may-have-cloud-controller",
        FactType::Bool,
        "whether something in the manifests is or may install a cloud controller manager; true if no manifests are in view",
        |context, _| {
            let sees = context.cluster.manifests.iter().any(|manifest| manifest.root.is_some());
            truth(!sees || context.cluster.may_have_cloud_controller())
        },
    ),
    fact(
        "node.role",
        FactType::OneOf(&["server", "agent"]),
        "the role of the node; unknown if the files do not determine it",
        |context, _| match context.node().map(|node| node.role) {
            Some(NodeRole::Server) => text("server"),
            Some(NodeRole::Agent) => text("agent"),
            _ => Fact::Unknown,
        },
    ),
    fact("node.joins", FactType::Bool, "whether the configuration has `server`", |context, _| {
        context.node().map_or(Fact::Unknown, |node| truth(node.joins()))
    }),
    fact(
        "node.complete",
        FactType::Bool,
        "whether missing keys are known to have their defaults: the main file exists, is not a fragment and does not join",
        |context, _| context.node().map_or(Fact::Unknown, |node| truth(node.is_complete())),
    ),
    fact(
        "node.readable",
        FactType::Bool,
        "whether the main file is in view, no file of the configuration has a syntax error, and nothing is added to them elsewhere",
        |context, _| {
            context.node().map_or(Fact::Unknown, |node| {
                let readable =
                    node.files().all(|file| file.first_document_error().is_none() && !file.is_open());
                truth(node.main.is_some() && readable && !node.is_completed_elsewhere)
            })
        },
    ),
    fact(
        "node.etcd",
        FactType::Bool,
        "whether the server runs etcd: without `datastore-endpoint` and `disable-etcd`",
        |context, _| context.node().and_then(NodeConfig::runs_etcd).map_or(Fact::Unknown, truth),
    ),
    fact(
        "cilium.kube-proxy-replacement",
        FactType::OneOf(&["full", "partial", "off"]),
        "how far Cilium replaces kube-proxy, according to the values of the subject rke2-cilium, or else of its only HelmChartConfig",
        |context, _| {
            with_cilium(context, |values| {
                match kube_proxy_replacement(values) {
                    KubeProxyReplacement::Full => Some("full"),
                    KubeProxyReplacement::Partial => Some("partial"),
                    KubeProxyReplacement::Off => Some("off"),
                    KubeProxyReplacement::Unknown => None,
                }
                .map(text)
            })
        },
    ),
    FactDef {
        path: "cilium.agent-option",
        argument: Some("NAME"),
        kind: FactType::Bool,
        doc: "whether `extraConfig` or `extraArgs` sets an option of Cilium's agent directly",
        of: |context, name| with_cilium(context, |values| agent_option(values, name).map(truth)),
    },
    FactDef {
        path: "cilium.agent-option-in-view",
        argument: Some("NAME"),
        kind: FactType::Bool,
        doc: "the same, assuming that no values are set outside the files in view",
        of: |context, name| with_cilium(context, |values| agent_option(&values.in_view(), name).map(truth)),
    },
    fact(
        "cilium.native-routing",
        FactType::Bool,
        "whether Cilium uses native routing, according to `routingMode` or `tunnel`",
        |context, _| with_cilium(context, |values| cilium::is_native_routing(values).map(truth)),
    ),
    fact(
        "cilium.cloud-mode",
        FactType::Bool,
        "whether pod addresses come from a cloud that also determines routing",
        |context, _| with_cilium(context, |values| cilium::is_cloud_mode(values).map(truth)),
    ),
    fact(
        "cilium.oldest-kernel",
        FactType::Text,
        "the oldest kernel that the packaged Cilium of every possible release supports",
        |context, _| {
            cilium::oldest_kernel(context.cluster)
                .map_or(Fact::Unknown, |numbers| text(cilium::kernel_words(&numbers)))
        },
    ),
    FactDef {
        path: "cluster.packages",
        argument: Some("CHART"),
        kind: FactType::Bool,
        doc: "whether a chart with this name is RKE2's packaged one: nothing in the tree installs or may install another",
        of: |context, name| truth(context.cluster.is_packaged(name)),
    },
    FactDef {
        path: "cluster.ships",
        argument: Some("CHART"),
        kind: FactType::Bool,
        doc: "whether RKE2 ships a chart; unknown if only some of the possible releases do",
        of: |context, name| {
            let versions = context.cluster.target.chart_versions(name);
            let shipped = versions.iter().filter(|version| version.is_some()).count();
            match shipped {
                _ if context.cluster.target.releases().is_empty() => Fact::Unknown,
                0 => truth(false),
                all if all == versions.len() => truth(true),
                _ => Fact::Unknown,
            }
        },
    },
    FactDef {
        path: "cluster.has-chart-field",
        argument: Some("FIELD"),
        kind: FactType::Bool,
        doc: "whether some possible release has a field in the `spec` of HelmChartConfig",
        of: |context, name| truth(context.cluster.target.any(|release| has_config_field(name, release))),
    },
    fact(
        "cluster.may-have-policy-engine",
        FactType::Bool,
        "whether something in the manifests enforces network policies independently of the CNI, or may install such a program",
        |context, _| truth(context.cluster.may_have_policy_engine()),
    ),
    fact(
        "cluster.may-have-multus",
        FactType::Bool,
        "whether something in the manifests installs or may install Multus",
        |context, _| truth(context.cluster.may_have_multus()),
    ),
    fact("cluster.nodes", FactType::Int, "the number of node configurations in view", |context, _| {
        i64::try_from(context.cluster.own_nodes().len())
            .map_or(Fact::Unknown, |count| Fact::default(Datum::Int(count)))
    }),
    fact(
        "node.windows",
        FactType::Bool,
        "true if the configuration has a Windows path; absent otherwise",
        |context, _| match context.node().and_then(NodeConfig::windows_sign) {
            Some(at) => Fact::written(Datum::Bool(true), at),
            None => Fact::Absent(None),
        },
    ),
    fact(
        "node.main",
        FactType::Bool,
        "whether the main file of the configuration is in view and can be read",
        |context, _| {
            let main = context.node().and_then(|node| node.main);
            truth(main.is_some_and(|main| main.stream.first_error().is_none()))
        },
    ),
    fact(
        "node.has-server-key",
        FactType::Bool,
        "whether the configuration has a key that only a server reads",
        |context, _| context.node().map_or(Fact::Unknown, |node| truth(node.has_server_key())),
    ),
    fact(
        "object.packaged",
        FactType::Bool,
        "whether the subject has the name of a packaged chart that nothing else installs",
        |context, _| {
            let name = match context.target {
                Target::Object { object, .. } => object.name(),
                Target::Chart { object, .. } => object.object.name(),
                _ => None,
            };
            name.map_or(Fact::Unknown, |name| truth(context.cluster.is_packaged(&name)))
        },
    ),
    fact("cluster.target", FactType::Text, "the possible releases, as messages name them", |context, _| {
        text(context.cluster.target.to_string())
    }),
    fact(
        "cluster.metallb",
        FactType::Text,
        "the name of the object that installs MetalLB; absent without one",
        |context, _| named(context.cluster.metallb()),
    ),
    fact(
        "cluster.sets-load-balancer-class",
        FactType::Bool,
        "whether some manifest mentions a load balancer class, or is a template that may",
        |context, _| {
            let mentions = |file: &RkeFile| {
                let text = file.source.text();
                file.is_template() || text.contains("loadBalancerClass") || text.contains("lb-class")
            };
            truth(context.cluster.manifests.iter().any(|manifest| mentions(manifest.file)))
        },
    ),
    FactDef {
        path: "cluster.has-manifest",
        argument: Some("NAME"),
        kind: FactType::Bool,
        doc: "whether a manifest has the name that `disable` and `.skip` files use",
        of: |context, name| {
            let mut manifests = context.cluster.manifests.iter();
            truth(manifests.any(|manifest| disable_name(manifest.file.name()) == name))
        },
    },
    fact(
        "cluster.may-define-monitors",
        FactType::Bool,
        "whether something in the manifests installs or may install the CRDs of the Prometheus operator",
        |context, _| truth(context.cluster.may_define_monitors()),
    ),
    fact(
        "cluster.may-define-monitors-without-dns",
        FactType::Bool,
        "whether something in the manifests installs or may install these CRDs before pods can resolve names",
        |context, _| truth(context.cluster.may_define_monitors_without_dns()),
    ),
    fact(
        "cluster.is-image",
        FactType::Bool,
        "whether Edge Image Builder builds the files into an image",
        |context, _| truth(context.cluster.is_image),
    ),
    fact(
        "chart.applied-at-bootstrap",
        FactType::Bool,
        "whether the subject chart is installed before other manifests can install what it needs",
        |context, _| match context.target {
            Target::Chart { object, .. } => truth(context.cluster.is_applied_at_bootstrap(object)),
            _ => Fact::Unknown,
        },
    ),
    FactDef {
        path: "chart.reads",
        argument: Some("VALUE"),
        kind: FactType::Bool,
        doc: "whether every possible version of the subject chart reads a value; unknown if only some do",
        of: |context, name| {
            let Target::Chart { object, .. } = context.target else { return Fact::Unknown };
            let views = context.cluster.views(&object.name);
            let keys: Vec<&str> = name.split('.').collect();
            let reads = views.iter().filter(|view| view.lookup(&keys).is_accepted()).count();
            match reads {
                _ if views.is_empty() => Fact::Unknown,
                0 => truth(false),
                all if all == views.len() => truth(true),
                _ => Fact::Unknown,
            }
        },
    },
    fact(
        "object.certain",
        FactType::Bool,
        "whether the subject is in a directory from which RKE2 is certain to apply it",
        |context, _| match context.target {
            Target::Object { manifest, .. } | Target::File(manifest) => truth(manifest.is_certain()),
            _ => Fact::Unknown,
        },
    ),
    FactDef {
        path: "cluster.has-change",
        argument: Some("CHANGE"),
        kind: FactType::Bool,
        doc: "whether the possible releases have a change of behaviour that the catalogue names; unknown if only some do",
        of: |context, name| {
            let target = &context.cluster.target;
            match (
                target.all(|release| has_change(name, release)),
                target.any(|release| has_change(name, release)),
            ) {
                (true, _) => truth(true),
                (_, false) => truth(false),
                _ => Fact::Unknown,
            }
        },
    },
    FactDef {
        path: "chart.has-change",
        argument: Some("CHANGE"),
        kind: FactType::Bool,
        doc: "the same for the versions of the subject chart",
        of: |context, name| {
            let Target::Chart { object, .. } = context.target else { return Fact::Unknown };
            let versions = context.cluster.versions(&object.name);
            let Some(versions) = versions.iter().copied().collect::<Option<Vec<&str>>>() else {
                return Fact::Unknown;
            };
            let have =
                versions.iter().filter(|version| chart_has_change(name, &object.name, version)).count();
            match have {
                _ if versions.is_empty() => Fact::Unknown,
                0 => truth(false),
                all if all == versions.len() => truth(true),
                _ => Fact::Unknown,
            }
        },
    },
];

/// The first element of each fact's path.
pub fn roots() -> impl Iterator<Item = &'static str> {
    all().filter_map(|fact| fact.path.split('.').next())
}

/// The fact at the start of a path, and its argument.
///
/// # Errors
/// There is no such fact. The error suggests the nearest one.
pub fn find(
    written: &str,
    root: &str,
    rest: &[String],
) -> Result<(&'static FactDef, String, usize), LanguageError> {
    if !roots().any(|known| known == root) {
        let known: BTreeSet<&str> =
            ["values", "config", "resource", "registries", "host"].into_iter().chain(roots()).collect();
        return Err(match nearest(root, known.iter().copied(), 2) {
            Some(near) => format!("unknown root `{root}`; did you mean `{near}`?"),
            None => format!(
                "unknown root `{root}`; expected `{}`, `chart(NAME).values` or `$NAME`",
                known.into_iter().collect::<Vec<_>>().join("`, `")
            ),
        }
        .into());
    }
    for count in (1..=rest.len()).rev() {
        let whole = format!("{root}.{}", rest[..count].join("."));
        let (name, argument) = match whole.split_once('(') {
            Some((name, argument)) => (name, argument.strip_suffix(')')),
            None => (whole.as_str(), None),
        };
        let Some(fact) = all().find(|fact| fact.path == name) else { continue };
        return match (fact.argument, argument) {
            (Some(_), Some(argument)) if !argument.is_empty() => Ok((fact, argument.to_owned(), count)),
            (Some(wanted), _) => Err(format!("`{written}`: write `{}({wanted})`", fact.path).into()),
            (None, Some(_)) => Err(format!("`{written}`: `{}` takes no argument", fact.path).into()),
            (None, None) => Ok((fact, String::new(), count)),
        };
    }
    let known: Vec<&str> = all()
        .map(|fact| fact.path)
        .filter(|path| path.strip_prefix(root).is_some_and(|rest| rest.starts_with('.')))
        .collect();
    Err(match nearest(written, known.iter().copied(), 2) {
        Some(near) => format!("unknown path `{written}`; did you mean `{near}`?"),
        None => format!("unknown path `{written}`; expected one of `{}`", known.join("`, `")),
    }
    .into())
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Fact<'a> {
    Fact::default(Datum::Text(text.into()))
}

fn truth<'a>(value: bool) -> Fact<'a> {
    Fact::default(Datum::Bool(value))
}

fn list<'a>(names: impl IntoIterator<Item = String>) -> Fact<'a> {
    let items = names.into_iter().map(|name| Item { value: Datum::Text(Cow::Owned(name)), at: None });
    Fact::default(Datum::List(items.collect()))
}

/// The name of an object; absent without an object.
fn named(object: Option<crate::rke2::object::Object<'_>>) -> Fact<'_> {
    object.map_or(Fact::Absent(None), |object| {
        Fact::written(Datum::Text(object.name().unwrap_or_default()), object.label_span())
    })
}

fn disabled<'a>(server: Option<&NodeConfig<'a>>) -> Fact<'a> {
    let Some(server) = server else { return Fact::Unknown };
    match server.setting("disable") {
        Some(setting) if setting.is_literal() => list(setting.parts().into_iter().map(|(_, part)| part)),
        None if server.is_complete() => list([]),
        _ => Fact::Unknown,
    }
}

fn pods<'a>(context: &Context<'_, 'a>, family: fn(&PodNetwork) -> Option<ipnet::IpNet>) -> Fact<'a> {
    match PodNetwork::of(context.server) {
        None => Fact::Unknown,
        Some(network) => match (family(&network), network.at) {
            (None, near) => Fact::Absent(near),
            (Some(net), None) => text(net.to_string()),
            (Some(net), Some(at)) => Fact::written(Datum::Text(Cow::Owned(net.to_string())), at),
        },
    }
}

/// A fact derived from the values of rke2-cilium; unknown if they are not in view.
fn with_cilium<'a>(
    context: &Context<'_, 'a>,
    of: impl FnOnce(&Effective<'_, 'a>) -> Option<Fact<'a>>,
) -> Fact<'a> {
    let known = match context.target {
        Target::Chart { object, .. } if object.name == cilium::CHART => {
            of(&context.cluster.effective(object))
        }
        _ => context.cluster.effective_of(cilium::CHART).and_then(|values| of(&values)),
    };
    known.unwrap_or(Fact::Unknown)
}
