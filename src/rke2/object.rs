//! Kubernetes objects in manifests, as views that keep their places.

use std::borrow::Cow;

use super::file::{RkeFile, ValuesDocument};
use crate::source::Span;
use crate::yaml::{Document, Entry, Kind, NodeRef};

/// The API group of HelmChart and HelmChartConfig.
pub const HELM_GROUP: &str = "helm.cattle.io";

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
                .map(|node| Self { file, node })
                .collect(),
            None => vec![Self { file, node: root }],
        }
    }

    /// `apiVersion`, if it is a string.
    pub fn api_version(self) -> Option<Cow<'a, str>> {
        self.node.get("apiVersion")?.string()
    }

    /// `kind`, if it is a string.
    pub fn kind(self) -> Option<Cow<'a, str>> {
        self.node.get("kind")?.string()
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

    /// `spec`, if it is a mapping.
    pub fn spec(self) -> Option<NodeRef<'a>> {
        self.node.get("spec").filter(|spec| spec.kind() == Kind::Mapping)
    }

    /// The document inside `spec.valuesContent`.
    pub fn values_document(self) -> Option<&'a ValuesDocument> {
        let content = self.spec()?.get("valuesContent")?;
        self.file.values.iter().find(|values| values.host == content.span())
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
pub struct ObjectKey {
    /// The API group; versions of one group are the same objects.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; `default` where none is written.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The key of an object, if all of it is written and no template.
    pub fn of(object: Object<'_>) -> Option<Self> {
        let version = object.api_version()?;
        let key = Self {
            group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
            kind: object.kind()?.into_owned(),
            namespace: object.namespace().map_or_else(|| "default".to_owned(), Cow::into_owned),
            name: object.name().filter(|name| !name.is_empty())?.into_owned(),
        };
        let parts = [&key.group, &key.kind, &key.namespace, &key.name];
        parts.iter().all(|part| crate::yaml::template_mark(part).is_none()).then_some(key)
    }
}
