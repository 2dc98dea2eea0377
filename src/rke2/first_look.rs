//! What a file states about itself and others, recorded at the first look: which node a configuration is for, which
//! objects a manifest contains, and what a delivery does to files elsewhere. Small enough to keep for every file.
//! Produces no findings.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::classify::Content;
use super::config::{Setting, merge};
use super::file::RkeFile;
use super::object::{HELM_GROUP, Object};
use super::patch::{PATCH_LISTS, VALUES_PATH, is_json_patch, is_json_patch_of_values, replaces_values};
use super::url::JoinUrl;
use crate::catalog::{self, Role};
use crate::words::{Word, Words};
use crate::yaml::{Kind, NodeRef, template_mark};

/// What a file states for grouping and for rules about other files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// A configuration, or a drop-in of one.
    Node(Box<NodeFacts>),
    /// Objects, and changes to those of other files.
    Objects {
        /// The objects whose absence matters to rules.
        objects: Box<[ObjectFact]>,
        /// What Flux, Argo CD or Fleet do with a path of this repository.
        deliveries: Box<[Delivery]>,
    },
    /// A JSON patch that replaces the values of a HelmChartConfig; the target is named in another file.
    ValuesPatch,
}

/// What a configuration states about its node and cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// Whether a key is set that only servers read.
    pub server_key: bool,
    /// Whether `server` is set to any value.
    pub joins: bool,
    /// The host in `server`, in lower case.
    pub join_host: Option<Box<str>>,
    /// The secret in `token`, hashed.
    pub token: Option<u64>,
    /// The path in `token-file`.
    pub token_file: Option<Box<str>>,
    /// The secret in `agent-token`, hashed.
    pub agent_token: Option<u64>,
    /// Whether `agent-token` or `agent-token-file` is set.
    pub has_agent_token: bool,
    /// Names and addresses of the node, in lower case, each with its key.
    pub names: Vec<(NameKey, Box<str>)>,
    /// The packaged charts that it disables or does not select.
    pub left_out: LeftOut,
}

/// The packaged charts that a configuration disables or does not select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The CNI that it selects, other than Multus.
    pub cni: Option<Box<str>>,
    /// The elements of `disable`, hashed.
    pub disabled: Vec<u64>,
}

/// A key with a name or address of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKey {
    /// `node-ip`
    NodeIp,
    /// `node-external-ip`
    NodeExternalIp,
    /// `advertise-address`
    AdvertiseAddress,
    /// `node-name`
    NodeName,
    /// `tls-san`
    TlsSan,
}

impl NameKey {
    const ALL: [Self; 5] =
        [Self::NodeIp, Self::NodeExternalIp, Self::AdvertiseAddress, Self::NodeName, Self::TlsSan];

    /// The name of the key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NodeIp => "node-ip",
            Self::NodeExternalIp => "node-external-ip",
            Self::AdvertiseAddress => "advertise-address",
            Self::NodeName => "node-name",
            Self::TlsSan => "tls-san",
        }
    }
}

/// A kind of object whose presence in the tree matters to rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A HelmChart of helm-controller.
    HelmChart,
    /// A HelmChartConfig.
    HelmChartConfig,
    /// A Namespace, or a Project of Rancher or `OpenShift`, which creates one.
    Namespace,
    /// A Secret, or an object that creates one with its name.
    Secret,
    /// A ConfigMap.
    ConfigMap,
    /// A release of Flux, or an Application of Argo CD, which may install a chart.
    Release,
}

impl ObjectKind {
    fn of(kind: &str, helm: bool) -> Option<Self> {
        Some(match kind {
            "HelmChart" if helm => Self::HelmChart,
            "HelmChartConfig" if helm => Self::HelmChartConfig,
            "Namespace" | "Project" => Self::Namespace,
            "Secret" | "ExternalSecret" | "SealedSecret" => Self::Secret,
            "ConfigMap" => Self::ConfigMap,
            "HelmRelease" | "Application" => Self::Release,
            _ => return None,
        })
    }

    /// The name of the kind in Kubernetes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HelmChart => "HelmChart",
            Self::HelmChartConfig => "HelmChartConfig",
            Self::Namespace => "Namespace",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
            Self::Release => "HelmRelease",
        }
    }
}

/// What others have to know about an object. Names are hashed: a collision can at worst suppress a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectFact {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name, hashed; `None` when a template fills it in.
    pub name: Option<u64>,
    /// Its namespace, hashed; `None` when it is not set, or a template fills it in.
    pub namespace: Option<u64>,
    /// Whether it sets `spec.valuesContent`: as a patch, it replaces the values of the object.
    pub has_values: bool,
}

/// The namespace into which a tool moves objects; `None` if it is not known.
pub type Moved = Option<Box<str>>;

/// The namespace that a value moves objects into.
pub fn moved(value: NodeRef<'_>) -> Moved {
    value.text().filter(|name| !name.is_empty() && template_mark(name).is_none()).map(Into::into)
}

/// What another tool does with a path of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The path relative to the root of the repository, without `./`; empty for the whole repository, `None` when it is
    /// unknown.
    pub path: Option<Box<str>>,
    /// Whether namespaces are set or replaced.
    pub namespace: bool,
    /// The namespace that replaces those that objects name; `None` if it does not replace any.
    pub moves: Option<Moved>,
    /// The targets of its patches.
    pub patches: Box<[PatchTarget]>,
}

/// The target of a patch; a field that is `None` matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchTarget {
    /// The kind.
    pub kind: Option<Box<str>>,
    /// The name, hashed.
    pub name: Option<u64>,
    /// Whether the patch replaces the values of the object.
    pub replaces: bool,
}

impl PatchTarget {
    /// Whether an object may be the target.
    pub fn may_mean(&self, kind: &str, name: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
            && self.name.is_none_or(|wanted| wanted == name_hash(name))
    }

    /// The target of an entry of `patches`: the selector, or else the object that the patch names. `None` when the
    /// patch is in another file.
    pub fn of_entry(entry: NodeRef<'_>) -> Option<Self> {
        if let Some(target) = entry.get("target") {
            let plain = |key: &str| {
                let text = target.get(key)?.text()?;
                // A selector is a regular expression; a plain name matches itself.
                let literal = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                (literal && !text.is_empty()).then_some(text)
            };
            // In Flux, operations are a list, in Kustomize a string.
            let replaces = entry
                .get("patch")
                .is_some_and(|patch| patch.text().is_some_and(replaces_values) || is_json_patch(patch));
            return Some(Self {
                kind: plain("kind").map(Into::into),
                name: plain("name").map(name_hash),
                replaces,
            });
        }
        // In Flux, `patchesStrategicMerge` contains objects.
        if entry.get("kind").is_some() {
            let text = |path: &[&str]| entry.at(path).and_then(NodeRef::text);
            let name = text(&["metadata", "name"]).filter(|name| template_mark(name).is_none());
            return Some(Self {
                kind: text(&["kind"]).map(Into::into),
                name: name.map(name_hash),
                replaces: entry.at(&["spec", "valuesContent"]).is_some(),
            });
        }
        let inline = entry.get("patch").unwrap_or(entry).text()?;
        inline.contains('\n').then(|| Self::of_text(inline))
    }

    /// The target named in the text of a patch.
    fn of_text(text: &str) -> Self {
        let kind = left_value(text, "kind:").map(Into::into);
        let (name, _) = metadata(text);
        let name = name.filter(|name| template_mark(name).is_none()).map(name_hash);
        Self { kind, name, replaces: replaces_values(text) }
    }
}

impl From<&ObjectFact> for PatchTarget {
    fn from(object: &ObjectFact) -> Self {
        Self { kind: Some(object.kind.as_str().into()), name: object.name, replaces: object.has_values }
    }
}

/// The hash of a name in [`ObjectFact`].
pub fn name_hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Facts {
    /// The facts of a parsed file.
    pub fn of(file: &RkeFile) -> Option<Self> {
        match file.content {
            Content::Manifest { .. } => {
                let objects = file.objects().filter_map(ObjectFact::of).collect();
                let deliveries = file.objects().flat_map(Delivery::of).collect();
                Self::of_objects(objects, deliveries)
            }
            Content::Broken { .. } | Content::Templated => Self::of_text(file.source.text()),
            Content::Config(_) => Some(Self::Node(Box::new(NodeFacts::of(file)?))),
            Content::Other if is_json_patch_of_values(file.source.text()) => Some(Self::ValuesPatch),
            // There are too few keys to recognize the file, but its place suggests a configuration.
            Content::Other if file.name() == "config.yaml" || file.place.ends_with(".d") => {
                Some(Self::Node(Box::new(NodeFacts::of(file)?)))
            }
            _ => None,
        }
    }

    /// The facts of a manifest that is not parsed.
    pub fn of_text(text: &str) -> Option<Self> {
        Self::of_objects(objects_in(text), Vec::new())
    }

    fn of_objects(objects: Vec<ObjectFact>, deliveries: Vec<Delivery>) -> Option<Self> {
        (!objects.is_empty() || !deliveries.is_empty())
            .then(|| Self::Objects { objects: objects.into(), deliveries: deliveries.into() })
    }
}

impl NodeFacts {
    /// The facts of a configuration, regardless of the kind of its content; `None` when it is not a map.
    pub fn of(file: &RkeFile) -> Option<Self> {
        let root = file.first_root().filter(|root| root.kind() == Kind::Mapping)?;
        let merged = merge([root]);
        let get = |key: &str| {
            merged
                .get(key)
                .or_else(|| catalog::config_key(key)?.aliases.iter().find_map(|alias| merged.get(alias)))
        };
        let last = |key: &str| get(key)?.literals().next_back().map(|(_, text)| text.into_owned());
        let newest = catalog::releases().last().copied();
        let server_key = merged.settings.iter().any(|setting| {
            catalog::config_key(&setting.key).zip(newest).is_some_and(|(key, newest)| {
                key.is_accepted(Role::Server, newest) && !key.is_accepted(Role::Agent, newest)
            })
        });
        let names = NameKey::ALL.into_iter().flat_map(|key| {
            let parts = get(key.as_str()).map(Setting::parts).unwrap_or_default().into_iter();
            let known = parts.map(|(_, part)| part).filter(|part| template_mark(part).is_none());
            known.map(move |part| (key, part.to_ascii_lowercase().into()))
        });
        Some(Self {
            server_key,
            joins: get("server").is_some(),
            join_host: last("server")
                .and_then(|text| JoinUrl::parse(&text).map(|url| url.host.to_ascii_lowercase().into())),
            token: last("token").filter(|text| !text.is_empty()).map(|text| name_hash(secret(&text))),
            token_file: last("token-file").filter(|text| !text.is_empty()).map(Into::into),
            agent_token: last("agent-token")
                .filter(|text| !text.is_empty())
                .map(|text| name_hash(secret(&text))),
            has_agent_token: get("agent-token").is_some() || get("agent-token-file").is_some(),
            names: names.collect(),
            left_out: LeftOut {
                cni: get("cni")
                    .and_then(|setting| {
                        setting.parts().into_iter().map(|(_, part)| part).find(|part| part != "multus")
                    })
                    .filter(|cni| template_mark(cni).is_none())
                    .map(Into::into),
                disabled: get("disable")
                    .map(|setting| setting.parts().iter().map(|(_, part)| name_hash(part)).collect())
                    .unwrap_or_default(),
            },
        })
    }

    /// Merges the facts of a drop-in, which is read later and takes precedence.
    pub fn add(&mut self, later: &Self) {
        self.server_key |= later.server_key;
        self.joins |= later.joins;
        self.has_agent_token |= later.has_agent_token;
        if later.join_host.is_some() {
            self.join_host.clone_from(&later.join_host);
        }
        if later.token.is_some() {
            self.token = later.token;
        }
        if later.token_file.is_some() {
            self.token_file.clone_from(&later.token_file);
        }
        if later.agent_token.is_some() {
            self.agent_token = later.agent_token;
        }
        if later.left_out.cni.is_some() {
            self.left_out.cni.clone_from(&later.left_out.cni);
        }
        self.left_out.disabled.extend(&later.left_out.disabled);
        self.names.extend(later.names.iter().cloned());
    }
}

/// The secret in a token without the hash of the cluster's certificate: `SECRET` in `K10…::server:SECRET`.
fn secret(token: &str) -> &str {
    token
        .rsplit_once("::")
        .map_or(token, |(_, after)| after.split_once(':').map_or(after, |(_, secret)| secret))
}

impl ObjectFact {
    fn of(object: Object<'_>) -> Option<Self> {
        let kind = ObjectKind::of(&object.kind()?, object.helm_kind().is_some())?;
        let has_values = object.values_content().is_some();
        Some(Self::new(kind, &object.name()?, object.namespace().as_deref(), has_values))
    }

    fn new(kind: ObjectKind, name: &str, namespace: Option<&str>, has_values: bool) -> Self {
        let known = |text: &str| template_mark(text).is_none().then(|| name_hash(text));
        Self { kind, name: known(name), namespace: namespace.and_then(known), has_values }
    }
}

impl Delivery {
    /// The deliveries of an object of Flux, Argo CD or Fleet, one for each path.
    fn of(object: Object<'_>) -> Vec<Self> {
        let (Some(version), Some(kind), Some(spec)) = (object.api_version(), object.kind(), object.spec())
        else {
            return Vec::new();
        };
        match (version.split('/').next().unwrap_or_default(), kind.as_ref()) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => vec![Self {
                path: known_path(spec.get("path")),
                namespace: spec.get("targetNamespace").is_some(),
                moves: spec.get("targetNamespace").map(|name| moved(name).filter(|_| is_own_source(spec))),
                patches: PATCH_LISTS.iter().filter_map(|key| spec.get(key)).flat_map(patch_targets).collect(),
            }],
            ("argoproj.io", "Application") => Self::of_argo(spec),
            ("argoproj.io", "ApplicationSet") => {
                spec.at(&["template", "spec"]).map(Self::of_argo).unwrap_or_default()
            }
            ("fleet.cattle.io", "GitRepo") => {
                let namespace = spec.get("targetNamespace").is_some();
                let paths: Vec<_> = spec.get("paths").into_iter().flat_map(NodeRef::items).collect();
                let one = |path: Option<NodeRef<'_>>| Self {
                    path: known_path(path),
                    namespace,
                    moves: namespace.then_some(None),
                    patches: [].into(),
                };
                if paths.is_empty() {
                    vec![one(None)]
                } else {
                    paths.into_iter().map(|path| one(Some(path))).collect()
                }
            }
            _ => Vec::new(),
        }
    }

    fn of_argo(spec: NodeRef<'_>) -> Vec<Self> {
        let namespace = spec.at(&["destination", "namespace"]).is_some();
        let sources =
            spec.get("source").into_iter().chain(spec.get("sources").into_iter().flat_map(NodeRef::items));
        // The path may be one of another repository.
        let moves = |source: NodeRef<'_>| source.at(&["kustomize", "namespace"]).map(|_| None);
        let deliver = |source: NodeRef<'_>| Self {
            path: known_path(source.get("path")),
            namespace: namespace || moves(source).is_some(),
            moves: moves(source),
            patches: source.at(&["kustomize", "patches"]).map(patch_targets).unwrap_or_default().into(),
        };
        // A source that is a chart does not have a path.
        sources.filter(|source| source.get("path").is_some()).map(deliver).collect()
    }
}

/// Whether a Kustomization of Flux takes its path from the repository that it is in itself: Flux's bootstrap names that
/// source so.
fn is_own_source(spec: NodeRef<'_>) -> bool {
    spec.at(&["sourceRef", "name"]).and_then(NodeRef::text).is_none_or(|name| name == "flux-system")
}

fn patch_targets(list: NodeRef<'_>) -> Vec<PatchTarget> {
    list.items().map(|entry| PatchTarget::of_entry(entry).unwrap_or_default()).collect()
}

/// A path of a repository: empty if it is not set, `None` for a template or pattern.
fn known_path(path: Option<NodeRef<'_>>) -> Option<Box<str>> {
    let text = path.and_then(NodeRef::text).unwrap_or_default();
    let is_pattern = template_mark(text).is_some() || text.contains(['*', '{']);
    (!is_pattern).then(|| plain_path(text))
}

/// A path of a repository without empty parts and `.`.
fn plain_path(path: &str) -> Box<str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/").into()
}

/// The objects in a text, found without parsing. Templates are read as far as their lines look like YAML.
fn objects_in(text: &str) -> Vec<ObjectFact> {
    static KIND: Word = Word::new("kind:");
    static VALUES: Word = Word::new("valuesContent:");
    let mut objects = Vec::new();
    for at in KIND.places(text.as_bytes()) {
        let before = &text[..at];
        if !(before.is_empty() || before.ends_with('\n')) {
            continue;
        }
        let word = value_of(&text[at + "kind:".len()..]);
        if ObjectKind::of(word, true).is_none() {
            continue;
        }
        let start = before.rfind("\n---").map_or(0, |at| at + 1);
        let end = memchr::memmem::find(&text.as_bytes()[at..], b"\n---").map_or(text.len(), |end| at + end);
        let document = &text[start..end];
        let helm = left_value(document, "apiVersion:").is_some_and(|version| version.starts_with(HELM_GROUP));
        let Some(kind) = ObjectKind::of(word, helm) else { continue };
        if let (Some(name), namespace) = metadata(document) {
            let has_values = helm && VALUES.is_in(document.as_bytes());
            objects.push(ObjectFact::new(kind, name, namespace, has_values));
        }
    }
    objects
}

/// API groups with objects that affect files elsewhere.
const DELIVERIES: [&str; 3] = ["kustomize.toolkit.fluxcd.io", "argoproj.io", "fleet.cattle.io"];
/// Kinds that matter to rules about other files, in addition to those of helm-controller. The kind of a list of such
/// objects has the same prefix.
const ASKED_FOR: [&str; 7] =
    ["Namespace", "Secret", "ExternalSecret", "SealedSecret", "ConfigMap", "Project", "HelmRelease"];

/// Whether a text may contain something that matters to other files, determined without parsing.
pub fn speaks_to_others(text: &str) -> bool {
    static WORDS: Words = Words::new(|| [&DELIVERIES[..], &[VALUES_PATH]].concat());
    WORDS.is_in(text.as_bytes())
        || kinds(text).any(|kind| ASKED_FOR.iter().any(|asked| kind.starts_with(asked)))
}

/// Whether a text may contain a list, whose items do not start at the beginning of a line.
pub fn may_list(text: &str) -> bool {
    kinds(text).any(|kind| {
        kind.split(|c: char| !c.is_ascii_alphanumeric()).next().is_some_and(|word| word.ends_with("List"))
    })
}

/// The text after each key `kind`, regardless of quotes around key and value.
fn kinds(text: &str) -> impl Iterator<Item = &str> {
    static KIND: Word = Word::new("kind");
    KIND.places(text.as_bytes()).filter_map(|at| {
        let after = text[at + "kind".len()..].trim_start_matches(['"', '\'', ' ']).strip_prefix(':')?;
        Some(after.trim_start_matches(['"', '\'', ' ']))
    })
}

/// Whether a text may affect files elsewhere.
pub fn may_deliver(text: &str) -> bool {
    static WORDS: Words = Words::new(|| DELIVERIES.to_vec());
    WORDS.is_in(text.as_bytes())
}

/// The value of a key at the start of a line.
fn left_value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value_of(line)).filter(|value| !value.is_empty())
}

/// `metadata.name` and `metadata.namespace` of one document.
fn metadata(document: &str) -> (Option<&str>, Option<&str>) {
    let mut lines = document.lines().skip_while(|line| !line.starts_with("metadata:"));
    let Some(head) = lines.next() else { return (None, None) };
    if let Some((_, flow)) = head.split_once('{') {
        let field = |key: &str| {
            flow.split([',', '{', '}']).find_map(|part| Some(value_of(part.trim().strip_prefix(key)?)))
        };
        return (field("name:"), field("namespace:"));
    }
    let (mut name, mut namespace, mut indent) = (None, None, None);
    for line in lines {
        let inner = line.trim_start_matches(' ');
        if inner.is_empty() || inner.starts_with(['#', '{']) {
            continue;
        }
        let depth = line.len() - inner.len();
        if depth == 0 {
            break;
        }
        if *indent.get_or_insert(depth) != depth {
            continue;
        }
        if let Some(value) = inner.strip_prefix("name:") {
            name = Some(value_of(value));
        } else if let Some(value) = inner.strip_prefix("namespace:") {
            namespace = Some(value_of(value));
        }
    }
    (name.filter(|name| !name.is_empty()), namespace.filter(|namespace| !namespace.is_empty()))
}

/// A scalar on the rest of a line, without quotes and comments.
fn value_of(rest: &str) -> &str {
    let line = rest.lines().next().unwrap_or_default().trim();
    if let Some(quote @ ('"' | '\'')) = line.chars().next() {
        return line[1..].split(quote).next().unwrap_or_default();
    }
    line.split(" #").next().unwrap_or_default().trim_end()
}
