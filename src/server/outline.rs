//! Symbols of a file, links to the files that a configuration names, and inlay hints with overridden defaults. Produces
//! no findings.

use std::path::Path;
use std::sync::Arc;

use lsp_types::{DocumentLink, DocumentSymbol, InlayHint, InlayHintKind, InlayHintLabel, SymbolKind};

use super::place::{Encoding, uri_of};
use crate::catalog::{ChartView, Scalar, Target, default_value};
use crate::rke2::file::{RkeFile, ValuesDocument};
use crate::source::{SourceFile, Sources, Span};
use crate::yaml::{Document, Entry, Kind, NodeRef};

/// The maximum depth of keys that are symbols.
const MOST_DEPTH: usize = 8;

/// Parses a text as RKE2 would.
fn read(source: &SourceFile) -> RkeFile {
    let source = SourceFile::new(source.shared_path(), source.shared_text());
    RkeFile::read(Sources::id_at(0), Arc::new(source))
}

/// The objects and keys of a file.
pub fn symbols(source: &SourceFile, encoding: Encoding) -> Vec<DocumentSymbol> {
    let file = read(source);
    let outline = Outline { source, encoding, file: &file };
    let roots = file.stream.documents().filter_map(Document::root);
    roots.flat_map(|root| outline.document(root)).collect()
}

struct Outline<'o> {
    source: &'o SourceFile,
    encoding: Encoding,
    file: &'o RkeFile,
}

impl Outline<'_> {
    fn document(&self, root: NodeRef<'_>) -> Vec<DocumentSymbol> {
        let text = |path: &[&str]| root.at(path).and_then(NodeRef::text).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        let children = self.keys(root, 0);
        if kind.is_empty() || children.is_empty() {
            return children;
        }
        let name = if name.is_empty() { kind } else { name };
        let start = root.span();
        let selected = root.at(&["metadata", "name"]).map_or(start, NodeRef::span);
        vec![self.symbol(name, kind, SymbolKind::OBJECT, start, selected, children)]
    }

    fn keys(&self, node: NodeRef<'_>, depth: usize) -> Vec<DocumentSymbol> {
        if depth == MOST_DEPTH || node.is_alias() {
            return Vec::new();
        }
        let below = |entry: Entry<'_>| -> Vec<DocumentSymbol> {
            let inner = self.file.values.iter().filter(|values| values.host == entry.value.span());
            let inner: Vec<DocumentSymbol> =
                inner.flat_map(ValuesDocument::roots).flat_map(|root| self.keys(root, depth + 1)).collect();
            if inner.is_empty() { self.keys(entry.value, depth + 1) } else { inner }
        };
        node.entries()
            .filter(|entry| !entry.name().is_empty())
            .map(|entry| {
                let children = below(entry);
                let detail = match entry.value.kind() {
                    Kind::Scalar if children.is_empty() => entry.value.text().unwrap_or_default(),
                    _ => "",
                };
                let detail: String = detail.lines().next().unwrap_or_default().chars().take(40).collect();
                let whole =
                    Span { end: entry.value.span().end.max(entry.key.span().end), ..entry.key.span() };
                self.symbol(&entry.name(), &detail, SymbolKind::KEY, whole, entry.key.span(), children)
            })
            .collect()
    }

    #[allow(deprecated, reason = "the protocol still has the field")]
    fn symbol(
        &self,
        name: &str,
        detail: &str,
        kind: SymbolKind,
        whole: Span,
        selected: Span,
        children: Vec<DocumentSymbol>,
    ) -> DocumentSymbol {
        let selection_range = self.encoding.range(self.source, selected.range());
        let mut range = self.encoding.range(self.source, whole.range());
        // The protocol requires that the range contains the selection, which an alias or a value elsewhere may violate.
        range.start = range.start.min(selection_range.start);
        range.end = range.end.max(selection_range.end);
        DocumentSymbol {
            name: name.to_owned(),
            detail: Some(detail.to_owned()).filter(|detail| !detail.is_empty()),
            kind,
            tags: None,
            deprecated: None,
            range,
            selection_range,
            children: Some(children).filter(|children| !children.is_empty()),
        }
    }
}

/// Links to files that a configuration refers to and that exist: at the path itself, or under the same name next to the
/// configuration.
pub fn links(source: &SourceFile, path: &Path, encoding: Encoding) -> Vec<DocumentLink> {
    let file = read(source);
    let folder = path.parent().unwrap_or(Path::new("/"));
    let target = |text: &str| {
        let named = Path::new(text);
        let beside = folder.join(named.file_name()?);
        [named.to_owned(), beside].into_iter().find(|file| file.is_absolute() && file.is_file())
    };
    let roots = file.stream.documents().filter_map(Document::root);
    roots
        .flat_map(|root| root.entries().collect::<Vec<_>>())
        .filter(|entry| entry.name().ends_with("-file") || entry.name().ends_with("_file"))
        .filter_map(|entry| {
            let uri = uri_of(&target(entry.value.text()?)?)?;
            let range = encoding.range(source, entry.value.span().range());
            Some(DocumentLink { range, target: Some(uri), tooltip: None, data: None })
        })
        .collect()
}

/// The defaults that values of packaged charts override.
pub fn hints(source: &SourceFile, target: &Target, encoding: Encoding) -> Vec<InlayHint> {
    let file = read(source);
    let mut hints = Vec::new();
    for root in file.stream.documents().filter_map(Document::root) {
        let (Some(name), Some(values)) =
            (root.at(&["metadata", "name"]).and_then(NodeRef::text), root.at(&["spec", "valuesContent"]))
        else {
            continue;
        };
        let Some(view) = target.views(name).last().copied() else { continue };
        for inner in file.values.iter().filter(|inner| inner.host == values.span()) {
            for root in inner.roots() {
                defaults(root, &mut Vec::new(), view, &mut |at, default| {
                    hints.push(InlayHint {
                        position: encoding.position(source, at.end as usize),
                        label: InlayHintLabel::String(format!("default: {default}")),
                        kind: Some(InlayHintKind::PARAMETER),
                        text_edits: None,
                        tooltip: None,
                        padding_left: Some(true),
                        padding_right: None,
                        data: None,
                    });
                });
            }
        }
    }
    hints
}

/// Calls back with the place of each scalar and the default that it overrides.
fn defaults(
    node: NodeRef<'_>,
    path: &mut Vec<String>,
    view: ChartView<'_>,
    found: &mut dyn FnMut(Span, &Scalar),
) {
    for entry in node.entries() {
        path.push(entry.name().into_owned());
        match entry.value.kind() {
            Kind::Mapping => defaults(entry.value, path, view, found),
            Kind::Scalar if !entry.value.is_alias() => {
                let written = entry.value.text().unwrap_or_default();
                if let Some(default) = default_value(view, path)
                    && default.to_string().trim_matches('"') != written
                {
                    found(entry.value.span(), &default);
                }
            }
            _ => {}
        }
        path.pop();
    }
}
