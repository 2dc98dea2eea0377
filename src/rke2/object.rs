//! Kubernetes objects in manifests, as views that keep their places.

use std::borrow::Cow;

use super::file::{RkeFile, ValuesDocument};
use crate::source::Span;
use crate::yaml::{Document, Entry, Kind, NodeRef};

/// The API group of HelmChart and HelmChartConfig.
pub const HELM_GROUP: &str = "helm.cattle.io";

/// Groups under which people look for helm-controller's kinds, where these are not. Other tools, such as Flux, have a
/// HelmChart of their own.
pub const MISTAKEN_HELM_GROUPS: [&str; 6] =
    ["", "k3s.cattle.io", "rke2.cattle.io", "cattle.io", "helm.k3s.io", "helm.rke2.io"];

/// The group of an apiVersion; empty for the core's.
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
    /// Changes the values of a chart that a HelmChart of the same name and namespace installs.
    Config,
}

/// One object of a manifest file.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The file it is written in.
    pub file: &'a RkeFile,
    /// The object's own node: a document's root, or an item of a list.
    pub node: NodeRef<'a>,
    // Almost every rule asks for these two.
    api_version: Option<NodeRef<'a>>,
    kind: Option<NodeRef<'a>>,
    /// Whether `kind` is that of the list it is an item of.
    in_list: bool,
}

impl<'a> Object<'a> {
    /// The objects of a document: itself, or its `items`, which make any kind a list (semantics.md 3.3).
    pub fn of_document(file: &'a RkeFile, document: &'a Document) -> Vec<Self> {
        let Some(root) = document.root().filter(|root| root.kind() == Kind::Mapping) else {
            return Vec::new();
        };
        match root.get("items").filter(|items| items.kind() == Kind::Sequence) {
            Some(items) => items
                .items()
                .filter(|item| item.kind() == Kind::Mapping)
                .map(|node| Self::of_list(file, node, root))
                .collect(),
            None => vec![Self::new(file, root)],
        }
    }

    fn new(file: &'a RkeFile, node: NodeRef<'a>) -> Self {
        Self { file, node, api_version: node.get("apiVersion"), kind: node.get("kind"), in_list: false }
    }

    /// An item of a list takes what it lacks from the list: one of a `NamespaceList` is a Namespace.
    fn of_list(file: &'a RkeFile, node: NodeRef<'a>, list: NodeRef<'a>) -> Self {
        let own = Self::new(file, node);
        match list.get("kind").filter(|kind| own.kind.is_none() && kind.text() != Some("List")) {
            Some(kind) => Self {
                api_version: own.api_version.or_else(|| list.get("apiVersion")),
                kind: Some(kind),
                in_list: true,
                ..own
            },
            None => own,
        }
    }

    /// `apiVersion`, if it is a string.
    pub fn api_version(self) -> Option<Cow<'a, str>> {
        self.api_version?.string()
    }

    /// `kind`, if it is a string.
    pub fn kind(self) -> Option<Cow<'a, str>> {
        let kind = self.kind?.string()?;
        if !self.in_list {
            return Some(kind);
        }
        kind.strip_suffix("List").map(|item| Cow::Owned(item.to_owned()))
    }

    /// Which of helm-controller's kinds it is. Flux has a HelmChart of its own, so the group counts.
    pub fn helm_kind(self) -> Option<HelmKind> {
        let group = self.api_version()?;
        if group.split('/').next() != Some(HELM_GROUP) {
            return None;
        }
        match self.kind()?.as_ref() {
            "HelmChart" => Some(HelmKind::Chart),
            "HelmChartConfig" => Some(HelmKind::Config),
            _ => None,
        }
    }

    /// `metadata.name`.
    pub fn name(self) -> Option<Cow<'a, str>> {
        self.node.at(&["metadata", "name"])?.string()
    }

    /// `metadata.namespace`; `None` also for an empty one.
    pub fn namespace(self) -> Option<Cow<'a, str>> {
        self.node.at(&["metadata", "namespace"])?.string().filter(|namespace| !namespace.is_empty())
    }

    /// Whether a template is to fill in the namespace.
    pub fn is_namespace_open(self) -> bool {
        let metadata = self.node.get("metadata");
        let namespace = metadata.and_then(|metadata| metadata.get("namespace"));
        [metadata, namespace].into_iter().flatten().any(NodeRef::is_opaque)
    }

    /// Whether a template is to fill in what the object is: its `apiVersion`, `kind` or name.
    pub fn is_open(self) -> bool {
        let metadata = self.node.get("metadata");
        let name = metadata.and_then(|metadata| metadata.get("name"));
        let parts = [Some(self.node), self.api_version, self.kind, metadata, name];
        parts.into_iter().flatten().any(NodeRef::is_opaque)
    }

    /// Whether this may be an object of a kind, of a namespace and with a name for which `is_named` holds: what a
    /// template is to fill in may be anything.
    pub fn may_be(self, kind: &str, is_named: impl Fn(&str) -> bool) -> bool {
        let metadata = self.node.get("metadata");
        let open = |node: Option<NodeRef<'_>>| node.is_some_and(NodeRef::is_opaque);
        let name = metadata.and_then(|metadata| metadata.get("name"));
        (open(Some(self.node)) || open(self.kind) || self.kind().as_deref() == Some(kind))
            && (open(metadata) || open(name) || is_named(self.name().as_deref().unwrap_or_default()))
    }

    /// `spec`, if it is a mapping.
    pub fn spec(self) -> Option<NodeRef<'a>> {
        self.node.get("spec").filter(|spec| spec.kind() == Kind::Mapping)
    }

    /// The document inside `spec.valuesContent`.
    pub fn values_document(self) -> Option<&'a ValuesDocument> {
        let content = self.spec()?.get("valuesContent")?;
        let values = &self.file.values;
        let at = values.binary_search_by_key(&content.span(), |values| values.host).ok()?;
        Some(&values[at])
    }

    /// The best place to point at for the object as a whole: its name, else its kind, else its first key.
    pub fn label_span(self) -> Span {
        let entry = |node: Option<NodeRef<'a>>, key: &str| node.and_then(|node| node.entry(key));
        entry(self.node.get("metadata"), "name")
            .or_else(|| entry(Some(self.node), "kind"))
            .map(|entry| entry.label_span())
            .or_else(|| self.node.entries().next().map(|entry: Entry<'a>| entry.key.span()))
            .unwrap_or_else(|| self.node.span())
    }
}

/// What makes two objects one to the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey<'a> {
    /// The API group; versions of one group are the same objects.
    pub group: Cow<'a, str>,
    /// The kind.
    pub kind: Cow<'a, str>,
    /// The namespace; `default` where none is written.
    pub namespace: Cow<'a, str>,
    /// The name.
    pub name: Cow<'a, str>,
}

impl<'a> ObjectKey<'a> {
    /// The key of an object, if all of it is written and no template.
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
