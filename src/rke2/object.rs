//! Kubernetes objects in manifests, as views that keep their places.

use std::borrow::Cow;

use super::file::{RkeFile, ValuesDocument};
use crate::source::Span;
use crate::yaml::{Document, Entry, Handle, Kind, NodeRef};

/// The API group of HelmChart and HelmChartConfig.
pub const HELM_GROUP: &str = "helm.cattle.io";

/// API groups that are mistakenly used for helm-controller's kinds. Other tools, such as Flux, also have a kind
/// HelmChart.
pub const MISTAKEN_HELM_GROUPS: [&str; 6] =
    ["", "k3s.cattle.io", "rke2.cattle.io", "cattle.io", "helm.k3s.io", "helm.rke2.io"];

/// The group of an apiVersion; empty for the core group.
pub fn group_of(version: &str) -> &str {
    match version.split_once('/') {
        Some((group, _)) => group,
        None if version == HELM_GROUP => version,
        None => "",
    }
}

/// The two kinds of RKE2's helm-controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelmKind {
    /// Installs a chart.
    Chart,
    /// Changes the values of a chart that a HelmChart with the same name and namespace installs.
    Config,
}

/// One object of a manifest file.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The file that contains it.
    pub file: &'a RkeFile,
    /// The object's own node: a document's root, or an item of a list.
    pub node: NodeRef<'a>,
    parts: &'a Parts,
}

/// The nodes of an object that almost every rule needs; found only once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Index of the chunk that the object is in.
    chunk: usize,
    node: Handle,
    api_version: Option<Handle>,
    kind: Option<Handle>,
    /// Whether `kind` is that of the list that contains the object.
    in_list: bool,
    metadata: Option<Handle>,
    name: Option<Handle>,
    namespace: Option<Handle>,
    /// `spec`, if it is a mapping.
    spec: Option<Handle>,
    values_content: Option<Handle>,
    helm_kind: Option<HelmKind>,
    is_patch: bool,
}

impl Parts {
    /// The objects of a document: the document itself, or its `items`, which make an object of any kind a list
    /// (docs/internals/semantics.md, Documents and objects).
    pub(super) fn of_document(chunk: usize, document: &Document) -> Vec<Self> {
        let Some(root) = document.root().filter(|root| root.kind() == Kind::Mapping) else {
            return Vec::new();
        };
        match root.get("items").filter(|items| items.kind() == Kind::Sequence) {
            Some(items) => items
                .items()
                .filter(|item| item.kind() == Kind::Mapping)
                .map(|node| Self::of_list(chunk, node, root).with_helm_kind(document))
                .collect(),
            None => vec![Self::new(chunk, root).with_helm_kind(document)],
        }
    }

    /// Determines whether it is one of helm-controller's kinds; cached, because many rules ask.
    fn with_helm_kind(self, document: &Document) -> Self {
        let string = |part: Option<Handle>| document.node_at(part?).string();
        let is_helm =
            string(self.api_version).is_some_and(|version| version.split('/').next() == Some(HELM_GROUP));
        let kind = string(self.kind).filter(|_| is_helm);
        let helm_kind = match (kind.as_deref(), self.in_list) {
            (Some("HelmChart"), false) | (Some("HelmChartList"), true) => Some(HelmKind::Chart),
            (Some("HelmChartConfig"), false) | (Some("HelmChartConfigList"), true) => Some(HelmKind::Config),
            _ => None,
        };
        Self { helm_kind, ..self }
    }

    fn new(chunk: usize, node: NodeRef<'_>) -> Self {
        let metadata = node.get("metadata");
        let spec = node.get("spec").filter(|spec| spec.kind() == Kind::Mapping);
        let of = |parent: Option<NodeRef<'_>>, key: &str| Some(parent?.get(key)?.handle());
        let directs = |node: NodeRef<'_>| node.get("$patch").is_some();
        Self {
            chunk,
            node: node.handle(),
            api_version: of(Some(node), "apiVersion"),
            kind: of(Some(node), "kind"),
            in_list: false,
            metadata: metadata.map(NodeRef::handle),
            name: of(metadata, "name"),
            namespace: of(metadata, "namespace"),
            spec: spec.map(NodeRef::handle),
            values_content: of(spec, "valuesContent"),
            helm_kind: None,
            is_patch: directs(node) || spec.is_some_and(directs),
        }
    }

    /// An item of a list inherits a missing apiVersion and kind from the list: an item of a `NamespaceList` is a
    /// Namespace.
    fn of_list(chunk: usize, node: NodeRef<'_>, list: NodeRef<'_>) -> Self {
        let own = Self::new(chunk, node);
        match list.get("kind").filter(|kind| own.kind.is_none() && kind.text() != Some("List")) {
            Some(kind) => Self {
                api_version: own.api_version.or_else(|| Some(list.get("apiVersion")?.handle())),
                kind: Some(kind.handle()),
                in_list: true,
                ..own
            },
            None => own,
        }
    }
}

impl<'a> Object<'a> {
    pub(super) fn new(file: &'a RkeFile, parts: &'a Parts) -> Option<Self> {
        let document = file.stream.chunks.get(parts.chunk)?.document.as_ref()?;
        Some(Self { file, node: document.node_at(parts.node), parts })
    }

    fn part(self, handle: Option<Handle>) -> Option<NodeRef<'a>> {
        Some(self.node.document().node_at(handle?))
    }

    /// `apiVersion`, if it is a string.
    pub fn api_version(self) -> Option<Cow<'a, str>> {
        self.part(self.parts.api_version)?.string()
    }

    /// `kind`, if it is a string.
    pub fn kind(self) -> Option<Cow<'a, str>> {
        let kind = self.part(self.parts.kind)?.string()?;
        if !self.parts.in_list {
            return Some(kind);
        }
        kind.strip_suffix("List").map(|item| Cow::Owned(item.to_owned()))
    }

    /// Which of helm-controller's kinds it is. Flux also has a kind HelmChart, so the group must match.
    pub fn helm_kind(self) -> Option<HelmKind> {
        self.parts.helm_kind
    }

    /// `metadata`.
    pub fn metadata(self) -> Option<NodeRef<'a>> {
        self.part(self.parts.metadata)
    }

    /// `metadata.name`.
    pub fn name(self) -> Option<Cow<'a, str>> {
        self.part(self.parts.name)?.string()
    }

    /// `metadata.namespace`; `None` if it is missing or empty.
    pub fn namespace(self) -> Option<Cow<'a, str>> {
        self.part(self.parts.namespace)?.string().filter(|namespace| !namespace.is_empty())
    }

    /// Whether a template fills in the namespace.
    pub fn is_namespace_open(self) -> bool {
        self.is_any_open([self.parts.metadata, self.parts.namespace])
    }

    /// Whether a template fills in the identity of the object: its `apiVersion`, `kind` or name.
    pub fn is_open(self) -> bool {
        let parts = self.parts;
        self.is_any_open([Some(parts.node), parts.api_version, parts.kind, parts.metadata, parts.name])
    }

    /// Whether this is a patch of kustomize with a directive, such as `$patch: delete`.
    pub fn is_patch(self) -> bool {
        self.parts.is_patch
    }

    fn is_any_open<const N: usize>(self, parts: [Option<Handle>; N]) -> bool {
        self.node.document().has_opaque()
            && parts.into_iter().any(|part| self.part(part).is_some_and(NodeRef::is_opaque))
    }

    /// Whether this may be an object of a kind with a name that satisfies `is_named`. Fields that a template fills in
    /// may have any value.
    pub fn may_be(self, kind: &str, is_named: impl Fn(&str) -> bool) -> bool {
        let parts = self.parts;
        (self.is_any_open([Some(parts.node), parts.kind]) || self.kind().as_deref() == Some(kind))
            && (self.is_any_open([parts.metadata, parts.name])
                || is_named(self.name().as_deref().unwrap_or_default()))
    }

    /// `spec`, if it is a map.
    pub fn spec(self) -> Option<NodeRef<'a>> {
        self.part(self.parts.spec)
    }

    /// `spec.valuesContent`.
    pub fn values_content(self) -> Option<NodeRef<'a>> {
        self.part(self.parts.values_content)
    }

    /// The document inside `spec.valuesContent`.
    pub fn values_document(self) -> Option<&'a ValuesDocument> {
        let content = self.values_content()?;
        let values = &self.file.values;
        let at = values.binary_search_by_key(&content.span(), |values| values.host).ok()?;
        Some(&values[at])
    }

    /// The best place to point at for the object as a whole: its name, or else its kind, or else its first key.
    pub fn label_span(self) -> Span {
        let entry = |node: Option<NodeRef<'a>>, key: &str| node.and_then(|node| node.entry(key));
        entry(self.part(self.parts.metadata), "name")
            .or_else(|| entry(Some(self.node), "kind"))
            .map(|entry| entry.label_span())
            .or_else(|| self.node.entries().next().map(|entry: Entry<'a>| entry.key.span()))
            .unwrap_or_else(|| self.node.span())
    }
}

/// What identifies an object in the Kubernetes API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey<'a> {
    // The first field, since it tells most objects apart.
    /// The name.
    pub name: Cow<'a, str>,
    /// The API group; all versions of a group refer to the same objects.
    pub group: Cow<'a, str>,
    /// The kind.
    pub kind: Cow<'a, str>,
    /// The namespace; `default` if it is not set.
    pub namespace: Cow<'a, str>,
}

impl<'a> ObjectKey<'a> {
    /// The key of an object, if all parts are known.
    pub fn of(object: Object<'a>) -> Option<Self> {
        let group = match object.api_version()? {
            Cow::Borrowed(version) => version.split_once('/').map_or("", |(group, _)| group).into(),
            Cow::Owned(version) => version.split_once('/').map_or("", |(group, _)| group).to_owned().into(),
        };
        if object.is_open() || object.is_namespace_open() {
            return None;
        }
        let key = Self {
            group,
            kind: object.kind()?,
            namespace: object.namespace().unwrap_or(Cow::Borrowed("default")),
            name: object.name().filter(|name| !name.is_empty())?,
        };
        Some(key)
    }
}
