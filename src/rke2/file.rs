//! A parsed file, with the documents inside its scalars.

use std::sync::{Arc, OnceLock};

use super::classify::{Content, classify, overrides_packaged_chart};
use super::first_look::Facts;
use super::object::{Object, Parts};
use crate::catalog::Target;
use crate::source::{FileId, SourceFile, Span, file_name, folder};
use crate::yaml::{Document, Embedded, Kind, NodeRef, Stream, SyntaxError, embedded, looks_templated};

/// One file of the linted tree.
#[derive(Debug)]
pub struct RkeFile {
    /// Its identifier in spans.
    pub id: FileId,
    /// Its path and text.
    pub source: Arc<SourceFile>,
    /// Its documents.
    pub stream: Stream,
    /// The folder that contains it: absolute where that is known, regardless of the path shown.
    pub place: Arc<str>,
    /// The kind of its content.
    pub content: Content,
    /// The documents inside `spec.valuesContent` of its objects, in the order of their positions.
    pub values: Vec<ValuesDocument>,
    /// Whether scripts or notes next to it mention K3s. Searched only where this matters.
    pub beside_k3s: bool,
    /// Set for a unit of another file: see [`crate::unit`].
    pub unit: Option<UnitFacts>,
    objects: OnceLock<Box<[Parts]>>,
}

/// What the host states about a unit.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub struct UnitFacts {
    /// The path of the host in the folder that really contains it.
    pub host: Arc<str>,
    /// Whether keys may be added that are not in the text: what is missing is then unknown.
    pub open: bool,
    /// For an open unit, the only keys of config.yaml that the host may add; `None` for any.
    pub adds: Option<Arc<[String]>>,
    /// The release that the host pins, and where it does so.
    pub target: Option<(Target, String)>,
    /// Whether the host declares its node to be an agent.
    pub agent: bool,
    /// Whether the host is a program, which may deploy objects that no file holds.
    pub of_program: bool,
    /// Whether the host may link, mount or copy the default data directory to another one.
    pub moves_data: bool,
}

/// The folder that represents the node of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Island {
    /// A folder that only this node has.
    pub folder: Arc<str>,
    /// Whether all nodes in it form one cluster, because objects refer to each other.
    pub joined: bool,
    /// The file that holds the unit, if it sets options of a node whose config.yaml may be another file of the tree.
    pub completes: Option<FileId>,
}

/// What has to be known about a file to assign it to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its identifier in spans.
    pub id: FileId,
    /// Its path as shown to the user, with `/`.
    pub path: Arc<str>,
    /// The folder that contains it: absolute where that is known, without a trailing slash.
    pub place: Arc<str>,
    /// The kind of its content.
    pub content: Content,
    /// What it states about itself or other files, for grouping.
    pub facts: Option<Facts>,
    /// The target, if it is a symbolic link.
    pub link: Option<Arc<str>>,
    /// Whether it overrides a packaged chart.
    pub packaged: bool,
    /// For a unit of another file: its node. Units are grouped separately from files.
    pub island: Option<Island>,
}

impl Listed {
    /// The folder that contains it, which is used for grouping.
    pub fn folder(&self) -> &str {
        &self.place
    }

    /// Whether it is grouped in the same way as before. Most keys of a configuration do not affect grouping.
    pub fn is_grouped_like(&self, before: &Self) -> bool {
        let Self { id, path, place, content, facts, link, packaged, island } = self;
        let same_content = match (content, before.content) {
            (Content::Config(now), Content::Config(before)) => now.decides_like(before),
            (content, before) => *content == before,
        };
        same_content
            && (id, path, place) == (&before.id, &before.path, &before.place)
            && (facts, link) == (&before.facts, &before.link)
            && (packaged, island) == (&before.packaged, &before.island)
    }

    /// Its name in the folder that contains it.
    pub fn full_path(&self) -> String {
        join(&self.place, self.name())
    }

    /// The file's name without its folders.
    pub fn name(&self) -> &str {
        file_name(&self.path)
    }
}

/// The path of a name in a folder.
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        folder => format!("{folder}/{name}"),
    }
}

/// A relative path resolved against a folder, without `.` and `..`.
pub fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if folder.starts_with('/') { format!("/{path}") } else { path }
}

/// A document inside a scalar of a manifest.
#[derive(Debug)]
pub struct ValuesDocument {
    /// The scalar.
    pub host: Span,
    /// Its text with the map to the file.
    pub text: Embedded,
    /// Its documents.
    pub stream: Stream,
    /// Whether the text is not valid YAML because of template marks.
    pub templated: bool,
}

impl ValuesDocument {
    /// The maps that Helm reads, lowest precedence first. There are several only if the text contains several
    /// documents.
    pub fn roots(&self) -> impl Iterator<Item = NodeRef<'_>> {
        let mappings = |root: &NodeRef<'_>| root.kind() == Kind::Mapping && !root.is_opaque();
        self.stream.documents().filter_map(Document::root).filter(mappings)
    }

    /// Whether some values are unknown: the text cannot be parsed, or contains placeholders.
    pub fn is_incomplete(&self) -> bool {
        self.templated
            || self.stream.first_error().is_some()
            || self.stream.documents().filter_map(Document::root).any(NodeRef::is_opaque)
    }
}

impl RkeFile {
    /// Parses a text and determines its kind.
    pub fn read(id: FileId, source: Arc<SourceFile>) -> Self {
        let stream = Stream::parse(id, &source.shared_text());
        let content = classify(&source, &stream);
        let mut file = Self { stream, content, ..Self::host(id, source, content) };
        file.values = file.read_values();
        file
    }

    /// Parses a unit of another file. Its kind is determined from its text, as for a file.
    pub fn read_unit(id: FileId, source: Arc<SourceFile>, facts: UnitFacts) -> Self {
        let mut file = Self::read(id, source);
        file.unit = Some(facts);
        file
    }

    /// A file that is read only for its units and its comments.
    pub fn host(id: FileId, source: Arc<SourceFile>, content: Content) -> Self {
        let place = folder(source.path()).into();
        Self {
            id,
            source,
            stream: Stream::default(),
            place,
            content,
            values: Vec::new(),
            beside_k3s: false,
            unit: None,
            objects: OnceLock::new(),
        }
    }

    /// Whether keys may be added that are not in the text.
    pub fn is_open(&self) -> bool {
        self.content == Content::OnNode
            || self.unit.as_ref().is_some_and(|unit| unit.open)
            || self.has_unknown_keys()
    }

    /// Whether a key of the first document is filled in later: `{{ name }}: value`.
    fn has_unknown_keys(&self) -> bool {
        let document = self.stream.documents().next().filter(|document| document.has_opaque());
        let root = document.and_then(Document::root);
        root.is_some_and(|root| root.entries().any(|entry| entry.key.is_opaque()))
    }

    /// Whether the host may add a key of config.yaml that is not in the text.
    pub fn may_add(&self, key: &str) -> bool {
        self.content == Content::OnNode
            || self.has_unknown_keys()
            || self.unit.as_ref().is_some_and(|unit| {
                let is_listed = |adds: &Arc<[String]>| adds.iter().any(|listed| listed == key);
                unit.open && unit.adds.as_ref().is_none_or(is_listed)
            })
    }

    /// Whether the host writes all of config.yaml, or all values of a chart, except for the keys of
    /// [`RkeFile::may_add`].
    pub fn is_all(&self) -> bool {
        self.unit.as_ref().is_some_and(|unit| unit.adds.is_some())
    }

    /// The same file in the folder that really contains it.
    pub fn placed(mut self, place: &Arc<str>) -> Self {
        self.place = Arc::clone(place);
        self
    }

    /// A file without text, or whose text does not matter.
    pub fn without_text(id: FileId, path: impl Into<Arc<str>>, content: Content) -> Self {
        let source = Arc::new(SourceFile::new(path, ""));
        Self::host(id, source, content)
    }

    /// A file that is not UTF-8 from byte `valid` on. The text before that is kept.
    pub fn not_text(id: FileId, path: impl Into<Arc<str>>, bytes: &[u8], valid: usize) -> Self {
        let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
        let source = Arc::new(SourceFile::new(path, text));
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let stream = Stream::not_text(Span::new(id, valid, valid), utf16);
        Self { stream, ..Self::host(id, source, Content::NotText) }
    }

    /// Path as shown to the user, with `/`.
    pub fn path(&self) -> &str {
        self.source.path()
    }

    /// The folder of the path shown, without a trailing slash; empty for the working directory.
    pub fn folder(&self) -> &str {
        folder(self.path())
    }

    /// The file's name without its folders.
    pub fn name(&self) -> &str {
        self.source.file_name()
    }

    /// What others have to know about the file.
    pub fn listed(&self) -> Listed {
        Listed {
            id: self.id,
            path: self.source.shared_path(),
            place: Arc::clone(&self.place),
            content: self.content,
            facts: Facts::of(self),
            link: None,
            packaged: overrides_packaged_chart(self.content, self.source.text()),
            island: None,
        }
    }

    /// Its path in the folder that really contains it.
    pub fn full_path(&self) -> String {
        join(&self.place, self.name())
    }

    /// Whether this contains Kubernetes objects and can be parsed completely. Parse errors have a finding of their own.
    pub fn is_readable_manifest(&self) -> bool {
        matches!(self.content, Content::Manifest { .. }) && self.stream.first_error().is_none()
    }

    /// Whether something fills in values, or all of the text.
    pub fn is_template(&self) -> bool {
        self.content == Content::Templated
            || self.stream.documents().filter_map(Document::root).any(NodeRef::holds_opaque)
            || self.values.iter().any(ValuesDocument::is_incomplete)
    }

    /// The objects of a manifest, in order.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        let find = || {
            let chunks = self.stream.chunks.iter().enumerate();
            chunks
                .filter_map(|(index, chunk)| Some(Parts::of_document(index, chunk.document.as_ref()?)))
                .flatten()
                .collect()
        };
        self.objects.get_or_init(find).iter().filter_map(|parts| Object::new(self, parts))
    }

    /// The root of the first document, which is all that RKE2 reads of config.yaml and registries.yaml.
    pub fn first_root(&self) -> Option<NodeRef<'_>> {
        self.stream.first()?.document.as_ref()?.root()
    }

    /// The error in the first document.
    pub fn first_document_error(&self) -> Option<&SyntaxError> {
        self.stream.first()?.error.as_ref()
    }

    fn read_values(&self) -> Vec<ValuesDocument> {
        if !matches!(self.content, Content::Manifest { helm: true }) {
            return Vec::new();
        }
        let mut values: Vec<ValuesDocument> = self
            .objects()
            .filter(|object| object.helm_kind().is_some())
            .filter_map(|object| {
                let host = object.values_content()?;
                let text = embedded(host)?;
                // Up to Helm 3, the text is read as one document. Helm 4 reads the first document in the same way.
                let stream = text.parse().uncut();
                let templated = stream.first_error().is_some() && looks_templated(text.text());
                Some(ValuesDocument { host: host.span(), text, stream, templated })
            })
            .collect();
        // An alias may use a text that is written elsewhere.
        values.sort_by_key(|values| values.host);
        values.dedup_by_key(|values| values.host);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(resolve("a/b", "./c.yaml"), "a/b/c.yaml");
        assert_eq!(resolve("a/b", "../c.yaml"), "a/c.yaml");
        assert_eq!(resolve("/a/b", "../../c.yaml"), "/c.yaml");
    }
}
