//! `registries/decode-error`: a registries.yaml that RKE2 cannot decode.

use std::collections::HashSet;

use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rke2::registries::{AUTH_KEYS, TLS_KEYS};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::yaml::{
    Entry, Kind, NodeRef, SyntaxError, SyntaxErrorKind, Value, advice, decode_help, looks_templated,
    plain_words, template_mark,
};

/// The Go type into which a value is decoded.
enum Shape {
    Text,
    Bool,
    /// A list of texts.
    Endpoints,
    /// A mapping with any keys.
    Hosts(&'static Shape),
    /// A map with keys that RKE2 reads; others are skipped.
    Fields(&'static [(&'static str, Shape)]),
    /// A map with known keys whose values are scalars.
    Scalars(&'static [&'static str]),
}

use Shape::{Bool, Endpoints, Fields, Hosts, Scalars, Text};

static FILE: Shape = Fields(&[
    ("mirrors", Hosts(&Fields(&[("endpoint", Endpoints), ("rewrite", Hosts(&Text))]))),
    ("configs", Hosts(&Fields(&[("auth", Scalars(AUTH_KEYS)), ("tls", Scalars(TLS_KEYS))]))),
    // Has no effect, but still has to decode.
    ("auths", Hosts(&Scalars(AUTH_KEYS))),
]);

impl Shape {
    /// Whether this is a mapping.
    fn is_mapping(&self) -> bool {
        matches!(self, Hosts(_) | Fields(_) | Scalars(_))
    }

    /// The type of the value of a key; `None` if the key is ignored.
    fn below(&self, name: &str) -> Option<&Self> {
        match self {
            Hosts(inner) => Some(inner),
            Fields(fields) => fields.iter().find(|(known, _)| *known == name).map(|(_, inner)| inner),
            Scalars(known) if !known.contains(&name) => None,
            Scalars(_) => Some(if name == "insecure_skip_verify" { &Bool } else { &Text }),
            Text | Bool | Endpoints => None,
        }
    }
}

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    if matches!(file.content, Content::Templated | Content::DanglingLink) {
        return;
    }
    if let Some(error) = file.first_document_error().filter(|error| is_in_force(file, error)) {
        let (text, at) = (file.source.text(), error.span.start as usize);
        let draft = Draft::unreadable(
            error,
            &plain_words(&error.message, text, at),
            "the node hangs waiting for its agent configuration",
        );
        drafts.push(match error.kind {
            SyntaxErrorKind::Tab => draft.help("indent with spaces"),
            SyntaxErrorKind::Decode => draft.help(decode_help(&error.message)),
            SyntaxErrorKind::Syntax => draft.help(advice(text, at)),
            _ => draft,
        });
        return;
    }
    let Some(root) = file.first_root() else { return };
    let mut walk = Walk { file, drafts };
    if root.kind() == Kind::Mapping || root.is_null() {
        walk.value(root, &FILE, "the file");
    } else {
        walk.wrong(root, "the top level", "a map");
    }
}

/// Whether a decoding error occurs in RKE2. It does not under a key that RKE2 ignores.
fn is_in_force(file: &RkeFile, error: &SyntaxError) -> bool {
    if error.kind != SyntaxErrorKind::Decode || error.message.contains("anchor") {
        return true;
    }
    let (mut node, mut shape) = (file.first_root(), &FILE);
    while let Some(entry) = node.and_then(|node| entry_with(node, error.span)).filter(|_| shape.is_mapping())
    {
        let Some(inner) = shape.below(&entry.name()) else { return false };
        shape = inner;
        node = Some(entry.value);
    }
    true
}

/// The entry of a mapping whose value contains a place.
fn entry_with(node: NodeRef<'_>, span: Span) -> Option<Entry<'_>> {
    node.entries().find(|entry| entry.value.span().contains(span))
}

/// The entries of a mapping that are decoded: all written ones, including duplicates, and the merged ones.
fn decoded(node: NodeRef<'_>) -> Vec<Entry<'_>> {
    let mut all: Vec<_> = node.entries().filter(|entry| !entry.is_merge()).collect();
    let written: HashSet<u32> = all.iter().map(|entry| entry.key.span().start).collect();
    all.extend(node.fields().into_iter().filter(|field| !written.contains(&field.key.span().start)));
    all
}

struct Walk<'d, 'a> {
    file: &'a RkeFile,
    drafts: &'d mut Vec<Draft>,
}

impl<'a> Walk<'_, 'a> {
    fn value(&mut self, node: NodeRef<'a>, shape: &Shape, what: &str) {
        match shape {
            Text if node.kind() != Kind::Scalar => self.wrong(node, what, "a string"),
            Bool if !matches!(node.value(), Some(Value::Bool(_) | Value::Null)) => {
                self.wrong(node, what, "`true` or `false` without quotes");
            }
            // A value that is not a list is reported by `registries/endpoint-not-list`.
            Endpoints => node.items().for_each(|item| self.value(item, &Text, "endpoint")),
            Text | Bool => {}
            mapping if node.kind() == Kind::Mapping => self.entries(node, mapping),
            _ if node.is_null() => {}
            _ => self.wrong(node, what, "a map"),
        }
    }

    fn entries(&mut self, node: NodeRef<'a>, mapping: &Shape) {
        for entry in decoded(node) {
            let name = entry.name();
            if entry.key.kind() != Kind::Scalar {
                self.wrong(entry.key, "key", "a string");
            } else if let Some(shape) = mapping.below(&name) {
                self.value(entry.value, shape, &format!("`{name}`"));
            }
        }
    }

    fn wrong(&mut self, node: NodeRef<'_>, what: &str, wanted: &str) {
        let written = self.file.source.text().get(node.span().range()).unwrap_or_default();
        if looks_templated(written) || template_mark(written).is_some() {
            return;
        }
        let found = match node.kind() {
            Kind::Mapping => "a map".to_owned(),
            Kind::Sequence => "a list".to_owned(),
            Kind::Scalar => format!("`{}`", written.lines().next().unwrap_or_default()),
        };
        self.drafts.push(
            Draft::new(
                node.span(),
                format!(
                    "{what}: expected {wanted}, found {found}; the node hangs waiting for its agent configuration"
                ),
            )
            .help(format!("write {wanted}")),
        );
    }
}
